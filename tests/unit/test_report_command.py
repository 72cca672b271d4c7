"""`truefriend report` as a command: forms, files, sentences and exit codes."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.report import report
from pipeline.core.errors import TruefriendError
from tests.report_database import small_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_bank(tmp_path_factory.mktemp("report") / "bank.duckdb")


def run(bank: Path, *arguments: str) -> Result:
    return CliRunner().invoke(report, ["--db", str(bank), "--date", "2026-11-20", *arguments])


def error_of(result: Result) -> TruefriendError:
    assert isinstance(result.exception, TruefriendError)
    return result.exception


def test_text_in_chinese_is_the_default(bank: Path) -> None:
    result = run(bank)
    assert result.exit_code == 0
    assert result.stdout.startswith("企业微信新增外部联系人日报 · 全行 · 2026年11月20日星期五\n")


@pytest.mark.parametrize("form", ["html", "text", "json"])
def test_a_file_holds_what_standard_output_would(bank: Path, form: str, tmp_path: Path) -> None:
    out = tmp_path / "report"
    printed = run(bank, "--format", form)
    assert run(bank, "--format", form, "--out", str(out)).stdout == ""
    assert out.read_text(encoding="utf-8") == printed.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("r.html", b"<!doctype html>"),
        ("r.json", b"{"),
        ("R.XLSX", b"PK"),
        ("r.txt", "企业".encode()),
    ],
)
def test_the_file_s_name_says_the_format(
    bank: Path, name: str, begins: bytes, tmp_path: Path
) -> None:
    out = tmp_path / name
    assert run(bank, "--out", str(out)).exit_code == 0
    assert out.read_bytes().lstrip()[: len(begins)].lower() == begins.lower()


def test_json_lists_staff_of_the_whole_bank(bank: Path) -> None:
    document = json.loads(run(bank, "--format", "json").stdout)
    assert len(document["staff"]) == 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--format", "xlsx"], "name a file with --out"),
        (["--branch", "B9"], "There is no branch 'B9'"),
        (["--out", "/no/such/folder/report"], "There is no folder"),
    ],
)
def test_wrong_use(bank: Path, arguments: list[str], sentence: str) -> None:
    error = error_of(run(bank, *arguments))
    assert error.exit_code == 2
    assert sentence in str(error)


def test_a_bad_day_is_wrong_use(bank: Path) -> None:
    result = CliRunner().invoke(report, ["--db", str(bank), "--date", "20.11.2026"])
    assert result.exit_code == 2
    assert "write it as 2026-11-20" in result.output


def test_a_file_that_is_being_written(bank: Path, tmp_path: Path) -> None:
    script = (
        "import duckdb, sys, time\n"
        f"connection = duckdb.connect({str(bank)!r})\n"
        "print('open', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        error = error_of(run(bank))
    assert error.exit_code == 1
    assert "is being written by another process" in str(error)


def test_a_report_of_a_small_bank_is_quick(bank: Path) -> None:
    run(bank)
    start = time.perf_counter()
    assert run(bank).exit_code == 0
    assert time.perf_counter() - start < 5
