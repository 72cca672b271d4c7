"""Bad files, lines, rows and policies: a sentence or a dead letter, and all else goes on."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from pipeline.core.errors import TruefriendError, WrongUse
from pipeline.replay.options import ReplayOptions, Summary
from pipeline.replay.run import replay
from sources.files import InputDamaged
from tests.command import NOON, add, contents, refusal, rows, run
from tests.definition.build import line, write_reference

STAFF = {"staff_id": "s1", "role": "manager", "branch_id": "b1"}
DEEP = b"[" * 100_000 + b"]" * 100_000
BOM = b"\xef\xbb\xbf"
LETTERS = 'SELECT "offset", code, original FROM dead_letters ORDER BY seq'


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    return write_reference(tmp_path / "reference", {"customers": [], "staff": [STAFF]})


def read(tmp_path: Path, *lines: bytes, shards: int = 1, end: bytes = b"\n") -> Summary:
    """Replays the lines of one file."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(end.join(lines) + end)
    return replay_files(tmp_path, path, shards=shards)


def replay_files(tmp_path: Path, *files: Path, **more: Any) -> Summary:
    db, folder = tmp_path / "t.duckdb", tmp_path / "reference"
    return replay(ReplayOptions(inputs=files, reference=folder, db=db, **more))


BAD: list[tuple[bytes, str]] = [
    (b"not JSON", "bad_json"),
    (b"\xff\xfe" + add(9), "bad_json"),
    (BOM + add(9), "bad_json"),
    (b"\0", "bad_json"),
    (add(9)[:-1], "bad_json"),
    (add(9).replace(b'"c9"', b'"\\ud800"'), "bad_json"),
    (add(9).replace(b"1}}", b"NaN}}"), "bad_json"),
    (b"[]", "bad_envelope"),
    (add(9).replace(b'"1.0"', b'"0.3"'), "bad_envelope"),
    (line("friend.found", NOON, "e9"), "unknown_type"),
    (add(9).replace(b"12:00:00", b"12:00:60"), "bad_time"),
    (add(9, add_way=1.0), "bad_data"),
    (add(9, customer_id=""), "bad_data"),
    (add(1, channel="another"), "conflicting_duplicate"),
]


@pytest.mark.parametrize("shards", [1, 3])
def test_a_bad_line_is_a_dead_letter_and_those_around_it_count(
    tmp_path: Path, reference: Path, shards: int
) -> None:
    lines = [add(1)]
    for number, (bad, _) in enumerate(BAD, 2):
        lines += [bad, add(number)]
    summary = read(tmp_path, *lines, shards=shards)
    codes = [code for _, code in BAD]
    assert summary.dead_letters == {code: codes.count(code) for code in codes}
    assert (summary.lines, summary.applied) == (2 * len(BAD) + 1, len(BAD) + 1)
    assert summary.adds == {"pending": len(BAD) + 1}
    letters = rows(tmp_path / "t.duckdb", LETTERS)
    assert sorted(letters) == [(2 * n, code, bad) for n, (bad, code) in enumerate(BAD, 1)]


def test_a_dead_letter_says_where_it_was(tmp_path: Path, reference: Path) -> None:
    read(tmp_path, b"x", add(1), add(1, channel="q"))
    found = rows(
        tmp_path / "t.duckdb",
        'SELECT topic, partition, "offset", key, code FROM dead_letters ORDER BY seq',
    )
    path = str(tmp_path / "events.jsonl")
    assert sorted(found) == [
        (path, 0, 1, None, "bad_json"),
        (path, 0, 3, "c1", "conflicting_duplicate"),
    ]


def test_nul_bytes_and_control_characters(tmp_path: Path, reference: Path) -> None:
    bad = [b"\0" * 50, add(2) + b"\0", add(3).replace(b'"e3"', b'"e\x003"'), b"\x1a"]
    summary = read(tmp_path, add(1), *bad, add(4))
    assert (summary.applied, summary.dead_letters) == (2, {"bad_json": 4})
    assert [original for *_, original in rows(tmp_path / "t.duckdb", LETTERS)] == bad


def test_lines_end_as_windows_ends_them(tmp_path: Path, reference: Path) -> None:
    summary = read(tmp_path, add(1), b"", b" \t", add(2), b"x", end=b"\r\n")
    assert (summary.lines, summary.applied) == (3, 2)
    assert rows(tmp_path / "t.duckdb", LETTERS) == [(5, "bad_json", b"x\r")]


def test_a_bom_is_skipped_at_each_file_s_start_only(tmp_path: Path, reference: Path) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.write_bytes(BOM + add(1) + b"\n" + BOM + add(2) + b"\n")
    second.write_bytes(BOM + add(3))
    summary = replay_files(tmp_path, first, second)
    assert (summary.applied, summary.dead_letters) == (2, {"bad_json": 1})


def test_the_last_line_needs_no_end(tmp_path: Path, reference: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(add(1) + b"\n" + add(2))
    assert replay_files(tmp_path, path).applied == 2


def test_a_cut_last_line_is_a_dead_letter(tmp_path: Path, reference: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(add(1) + b"\n" + add(2)[:40])
    assert replay_files(tmp_path, path).dead_letters == {"bad_json": 1}
    assert rows(tmp_path / "t.duckdb", LETTERS) == [(2, "bad_json", add(2)[:40])]


def test_long_lines(tmp_path: Path, reference: Path) -> None:
    good = add(2, unknown="x" * (2 << 20))
    bad = b"{" + b"y" * (2 << 20)
    wide = add(3, unknown=[{}] * 700_000)
    summary = read(tmp_path, add(1), good, bad, wide, add(4), shards=2)
    assert (summary.applied, summary.dead_letters) == (4, {"bad_json": 1})
    assert rows(tmp_path / "t.duckdb", LETTERS) == [(3, "bad_json", bad)]


def test_deep_nesting_is_refused_wherever_it_stands(tmp_path: Path, reference: Path) -> None:
    inside = add(9, unknown="%").replace(b'"%"', DEEP)
    summary = read(tmp_path, add(1), DEEP, DEEP[:100_000], inside, add(2))
    assert (summary.applied, summary.dead_letters) == (2, {"bad_json": 3})


def test_empty_files_hold_nothing(tmp_path: Path, reference: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.touch()
    summary = replay_files(tmp_path, path)
    assert (summary.lines, summary.adds, summary.as_of) == (0, {}, None)
    for name, empty in (
        ("e.jsonl.gz", gzip.compress(b"")),
        ("e.jsonl.zst", b""),
        ("f.parquet", b""),
    ):
        (tmp_path / name).write_bytes(empty)
        assert replay_files(tmp_path, tmp_path / name).lines == 0


def _damaged() -> list[tuple[str, bytes]]:
    lines = b"\n".join(add(n) for n in range(200)) + b"\n"
    packed, zst = gzip.compress(lines), zstandard.ZstdCompressor().compress(lines)
    flipped = bytearray(packed)
    flipped[len(packed) // 2] ^= 0xFF
    return [
        ("cut.jsonl.gz", packed[: len(packed) // 2]),
        ("no-sum.jsonl.gz", packed[:-5]),
        ("wrong-sum.jsonl.gz", packed[:-8] + b"\1\2\3\4" + packed[-4:]),
        ("flipped.jsonl.gz", bytes(flipped)),
        ("none.jsonl.gz", b"not gzip at all"),
        ("cut.jsonl.zst", zst[:-9]),
        ("none.jsonl.zst", b"not zstd at all"),
        ("none.parquet", b"PAR1 not parquet at all PAR1"),
    ]


@pytest.mark.parametrize(("name", "damaged"), _damaged(), ids=lambda one: str(one)[:12])
def test_a_damaged_file_changes_nothing(
    tmp_path: Path, reference: Path, name: str, damaged: bytes
) -> None:
    read(tmp_path, add(1000))
    before = contents(tmp_path / "t.duckdb")
    good, bad = tmp_path / "good.jsonl", tmp_path / name
    good.write_bytes(add(1001))
    bad.write_bytes(damaged)
    with pytest.raises(InputDamaged, match=f"{name}.*damaged near line .*Get a whole copy"):
        replay_files(tmp_path, good, bad)
    assert contents(tmp_path / "t.duckdb") == before
    assert replay_files(tmp_path, good).adds == {"pending": 2}


def test_a_cut_file_leaves_no_database_and_its_whole_copy_is_read(
    tmp_path: Path, reference: Path
) -> None:
    path, db = tmp_path / "events.jsonl.gz", tmp_path / "new.duckdb"
    packed = gzip.compress(b"\n".join(add(n) for n in range(100)))
    path.write_bytes(packed[:-20])
    arguments = ("replay", path, "--reference", reference, "--db", db, "--shards", "1")
    assert "events.jsonl.gz: The file is damaged" in refusal(run(*arguments), 1)
    assert not list(tmp_path.glob("new.duckdb*"))
    path.write_bytes(packed)
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.splitlines()[-1])["adds"] == {"pending": 100}


def test_dead_letters_do_not_fail_a_run_of_the_command(tmp_path: Path, reference: Path) -> None:
    arguments = ("replay", "-", "--reference", reference, "--db", tmp_path / "t.duckdb")
    done = run(*arguments, stdin=b"\n".join([b"\xff", add(1), DEEP, add(1), b"", add(1, ip="::1")]))
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "lines": 5, "applied": 1, "duplicates": 1, "after_as_of": 0, "late": 0,
        "dead_letters": {"bad_json": 2, "conflicting_duplicate": 1}, "adds": {"pending": 1},
        "as_of": NOON,
    }  # fmt: skip


def test_wrong_use_is_said_in_one_sentence(tmp_path: Path, reference: Path) -> None:
    good, other = tmp_path / "good.jsonl", tmp_path / "events.txt"
    good.write_bytes(add(1))
    other.write_bytes(add(1))
    db = tmp_path / "t.duckdb"

    def refused(*arguments: str | Path, folder: Path = reference) -> str:
        return refusal(run("replay", *arguments, "--reference", folder, "--db", db), 2)

    assert "no such file" in refused(tmp_path / "missing.jsonl")
    assert "must end in .jsonl" in refused(other)
    assert "no such folder" in refused(good, folder=tmp_path / "nowhere")
    assert "customers.jsonl is missing" in refused(good, folder=tmp_path)
    assert "--as-of yesterday" in refused(good, "--as-of", "yesterday")
    assert "missing.toml" in refused(good, "--policy", tmp_path / "missing.toml")
    assert not db.exists()


def test_an_as_of_earlier_than_the_database_s(tmp_path: Path, reference: Path) -> None:
    read(tmp_path, add(1))
    before = contents(tmp_path / "t.duckdb")
    with pytest.raises(WrongUse, match="earlier than the database's, which is 2026-11-10T12:00:00"):
        replay_files(tmp_path, tmp_path / "events.jsonl", as_of="2026-11-09")
    assert contents(tmp_path / "t.duckdb") == before


POLICIES = [
    (b'version = "v"\neffective_from = 2026-01-01\nkeep_day = 7\n', ":3: .*keep_days"),
    (b'version = "v"\neffective_from = "2026"\n', ":2: "),
    (b'version = "v"\neffective_from = 2026-01-01\n[out_of_province]\nlimit = "-1"\n', ":4: "),
    (b"version = \n", ":1: "),
    (b'version = "\xff"\n', ":1: .*UTF-8"),
    (b"", "version"),
]


@pytest.mark.parametrize(("policy", "sentence"), POLICIES)
def test_a_broken_policy_changes_nothing(
    tmp_path: Path, reference: Path, policy: bytes, sentence: str
) -> None:
    read(tmp_path, add(1))
    before = contents(tmp_path / "t.duckdb")
    path = tmp_path / "policy.toml"
    path.write_bytes(policy)
    with pytest.raises(WrongUse, match=sentence):
        replay_files(tmp_path, tmp_path / "events.jsonl", policies=[path])
    assert contents(tmp_path / "t.duckdb") == before


def test_the_last_row_of_a_key_counts_and_bad_rows_are_dead_letters(tmp_path: Path) -> None:
    boss = b'{"staff_id":"s1","role":"boss","branch_id":"b9"}'
    soon = b'{"staff_id":"s1","role":"teller","branch_id":"b9","active_to":"soon"}'
    bad = [b"{", b'{"staff_id":""}', boss, b"\xff", DEEP, b"[]", soon]
    staff = [STAFF, *bad[:4], {**STAFF, "branch_id": "b2"}, *bad[4:]]
    customers = [{"bank_customer_id": "k", "segment": "a"}, {"bank_customer_id": "k"}]
    write_reference(tmp_path / "reference", {"staff": staff, "customers": customers})
    assert read(tmp_path, add(1)).dead_letters == {}
    db = tmp_path / "t.duckdb"
    assert rows(db, "SELECT staff_id, branch_id FROM staff") == [("s1", "b2")]
    assert rows(db, "SELECT bank_customer_id, segment FROM customers") == [("k", None)]
    lines = [2, 3, 4, 5, 7, 8, 9]
    expected = [(n, "bad_reference", row) for n, row in zip(lines, bad, strict=True)]
    assert rows(db, LETTERS) == expected


def test_an_unknown_staff_member_s_add_is_an_add(tmp_path: Path, reference: Path) -> None:
    summary = read(tmp_path, add(1, staff_id="nobody"), add(2))
    assert summary.adds == {"pending": 2}
    found = rows(tmp_path / "t.duckdb", "SELECT staff_id, branch_id FROM staff_daily ORDER BY ALL")
    assert found == [("nobody", None), ("s1", "b1")]


def test_two_files_of_one_reference(tmp_path: Path, reference: Path) -> None:
    (reference / "staff.jsonl.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(TruefriendError, match=r"both staff\.jsonl and staff\.jsonl\.gz"):
        read(tmp_path, add(1))
    assert not (tmp_path / "t.duckdb").exists()


def test_a_damaged_reference_changes_nothing(tmp_path: Path, reference: Path) -> None:
    read(tmp_path, add(1))
    before = contents(tmp_path / "t.duckdb")
    (reference / "branches.jsonl.gz").write_bytes(gzip.compress(b'{"branch_id":"b"}')[:-5])
    with pytest.raises(InputDamaged, match=r"branches\.jsonl\.gz: The file is damaged"):
        read(tmp_path, add(2))
    assert contents(tmp_path / "t.duckdb") == before
