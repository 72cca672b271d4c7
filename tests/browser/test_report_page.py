"""The report's page in a real browser: it opens offline, says nothing to the console, prints."""

import re
import struct
from pathlib import Path

import pytest

from sinks.reports import read_report, render
from tests.browser.chromium import Browser, find_chromium
from tests.report_database import DAY, small_bank


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return Browser(find_chromium(), tmp_path_factory.mktemp("chromium"))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    bank = small_bank(folder / "bank.duckdb")
    found = {}
    for name, branches in (("bank", []), ("branch", ["B1"])):
        report = read_report(bank, DAY, branches, staff=bool(branches))
        for language in ("zh", "en"):
            found[f"{name}_{language}"] = folder / f"{name}_{language}.html"
            text = render(report, "html", language)
            found[f"{name}_{language}"].write_text(text, encoding="utf-8")
    return found


@pytest.mark.parametrize("name", ["bank_zh", "bank_en", "branch_zh", "branch_en"])
@pytest.mark.parametrize("width", [1180, 390])
def test_it_shows_without_a_word_on_the_console(
    browser: Browser, pages: dict[str, Path], name: str, width: int, tmp_path: Path
) -> None:
    out = tmp_path / "page.png"
    assert browser.picture(pages[name], out, width, 1600) == []
    assert struct.unpack(">II", out.read_bytes()[16:24]) == (width, 1600)
    assert out.stat().st_size > 40_000, "the picture is all but empty"


def test_the_console_would_be_heard(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "loud.html"
    page.write_text("<script>console.error('loud')</script>")
    assert any("loud" in line for line in browser.picture(page, tmp_path / "p.png", 300, 300))


def test_a_request_would_be_seen(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "asks.html"
    page.write_text("<img src='http://pixel.invalid/a.png'>")
    assert "http://pixel.invalid/a.png" in browser.requests(page)


@pytest.mark.parametrize("name", ["bank_zh", "branch_en"])
def test_it_asks_for_nothing_but_itself(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    asked = browser.requests(pages[name])
    assert [address for address in asked if not address.startswith(("data:", "file:"))] == []


def test_a_name_runs_no_script(browser: Browser, pages: dict[str, Path]) -> None:
    document = browser.document(pages["branch_zh"])
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in document
    assert "<script" not in document


@pytest.mark.parametrize("name", ["bank_zh", "branch_en"])
def test_it_prints_on_a4(
    browser: Browser, pages: dict[str, Path], name: str, tmp_path: Path
) -> None:
    out = tmp_path / "page.pdf"
    assert browser.pdf(pages[name], out) == []
    content = out.read_bytes()
    assert content.startswith(b"%PDF-")
    boxes = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content))
    assert {(round(float(w)), round(float(h))) for w, h in boxes} == {(595, 842)}
    assert 2 <= content.count(b"/Type /Page\n") <= 4
