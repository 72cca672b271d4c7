"""Input files: the same lines and numbers whatever the compression and the size of a block."""

import gzip
import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core.errors import TruefriendError, WrongUse
from sources.files import (
    Block,
    InputDamaged,
    InputFile,
    expand_inputs,
    find_reference,
    open_blocks,
    read_rows,
)

BOM = b"\xef\xbb\xbf"
ZSTD = zstandard.ZstdCompressor(write_checksum=True)
PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".jsonl": bytes,
    ".jsonl.gz": gzip.compress,
    ".jsonl.zst": ZSTD.compress,
}


def lines_of(path: Path | None, block_bytes: int = 4 << 20) -> list[tuple[int, bytes]]:
    """All lines with their numbers, read as a consumer of blocks reads them."""
    lines: list[tuple[int, bytes]] = []
    for block in open_blocks(path, block_bytes):
        pieces = block.data.split(b"\n")
        pieces = pieces[:-1] if pieces[-1] == b"" else pieces
        lines += enumerate(pieces, block.first_line)
    return lines


def numbered(content: bytes) -> list[tuple[int, bytes]]:
    pieces = content.removeprefix(BOM).split(b"\n")
    return list(enumerate(pieces[:-1] if pieces[-1] == b"" else pieces, 1))


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


contents = st.lists(
    st.sampled_from([b"\n", b"a", BOM, b"\r\n", b"{}", b"x" * 70]), max_size=40
).map(b"".join) | st.binary(max_size=200)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(contents, max_size=3),
    ending=st.sampled_from(sorted(PACKED)),
    size=st.integers(1, 300),
)
def test_any_content_gives_the_same_lines(
    tmp_path: Path, parts: list[bytes], ending: str, size: int
) -> None:
    """Several parts are several gzip members or zstd frames, as `cat` makes them."""
    packed = b"".join(map(PACKED[ending], parts))
    path = write(tmp_path, f"e{ending}", packed)
    assert lines_of(path, size) == numbered(b"".join(parts))
    done = [block.done_bytes for block in open_blocks(path, size)]
    assert done == sorted(done)
    assert all(0 < count <= len(packed) for count in done)


rows_of_text = st.lists(st.none() | st.text(max_size=20), max_size=30)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(rows=rows_of_text, size=st.integers(1, 300), group=st.integers(1, 40))
def test_a_parquet_row_is_one_line(
    tmp_path: Path, rows: list[str | None], size: int, group: int
) -> None:
    path = tmp_path / "e.parquet"
    pq.write_table(pa.table({"event": pa.array(rows, pa.string())}), path, row_group_size=group)
    expected = [(row or "").replace("\n", "\t").encode() for row in rows]
    assert [line for _, line in lines_of(path, size)] == [
        line.removeprefix(BOM) if number == 0 else line for number, line in enumerate(expected)
    ]
    assert [number for number, _ in lines_of(path, size)] == list(range(1, len(rows) + 1))


def test_blocks_are_whole_lines_with_their_first_number(tmp_path: Path) -> None:
    path = write(tmp_path, "e.jsonl", BOM + b"aa\nbb\n\ncc")
    assert list(open_blocks(path, 3)) == [
        Block(1, 1, b"aa\n", 6),
        Block(2, 1, b"bb\n", 9),
        Block(3, 2, b"\ncc", 12),
    ]
    assert list(open_blocks(path)) == [Block(1, 4, b"aa\nbb\n\ncc", 12)]


@pytest.mark.parametrize("ending", [*PACKED, ".parquet"])
def test_an_empty_file_gives_no_block(tmp_path: Path, ending: str) -> None:
    assert list(open_blocks(write(tmp_path, f"e{ending}", b""))) == []


@pytest.mark.parametrize("ending", PACKED)
def test_nothing_but_a_bom_gives_no_block(tmp_path: Path, ending: str) -> None:
    assert list(open_blocks(write(tmp_path, f"e{ending}", PACKED[ending](BOM)))) == []


@pytest.mark.parametrize("ending", PACKED)
def test_lines_of_two_mebibytes(tmp_path: Path, ending: str) -> None:
    long = b"x" * (2 << 20)
    path = write(tmp_path, f"e{ending}", PACKED[ending](b"a\n" + long + b"\nb\n"))
    assert lines_of(path, 1000) == [(1, b"a"), (2, long), (3, b"b")]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BOM + b"a\nb")))
    assert lines_of(None) == [(1, b"a"), (2, b"b")]


def test_gzip_padding_and_skippable_frames_are_no_damage(tmp_path: Path) -> None:
    padded = write(tmp_path, "e.jsonl.gz", gzip.compress(b"a\n") + bytes(1000))
    assert lines_of(padded, 7) == [(1, b"a")]
    skippable = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
    framed = write(tmp_path, "e.jsonl.zst", skippable + ZSTD.compress(b"a\n") + skippable)
    assert lines_of(framed) == [(1, b"a")]


def read_until_damage(path: Path) -> tuple[bytes, InputDamaged]:
    blocks: list[Block] = []
    with pytest.raises(InputDamaged) as caught:
        blocks.extend(open_blocks(path, 100))
    return b"".join(block.data for block in blocks), caught.value


@pytest.mark.parametrize("ending", [".jsonl.gz", ".jsonl.zst"])
@pytest.mark.parametrize("cut", [1, 5, -1, -5])
def test_a_cut_file_gives_its_whole_lines_and_then_an_error(
    tmp_path: Path, ending: str, cut: int
) -> None:
    content = b"".join(b'{"n":%d}\n' % n for n in range(1000))
    path = write(tmp_path, f"e{ending}", PACKED[ending](content)[:cut])
    data, error = read_until_damage(path)
    assert content.startswith(data)
    assert data == b"" or data.endswith(b"\n")
    assert error.line == data.count(b"\n") + 1
    assert str(error).startswith(f"{path}: The file is damaged near line {error.line}: its ")
    assert str(error).endswith("Get a whole copy of the file and run the command again.")
    assert (error.exit_code, isinstance(error, TruefriendError)) == (1, True)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("e.jsonl.gz", b"no gzip at all\n"),
        ("e.jsonl.gz", gzip.compress(b"a\n", mtime=0) + b"rubbish"),
        ("e.jsonl.gz", gzip.compress(b"abc\n", mtime=0)[:-8] + bytes(8)),
        ("e.jsonl.zst", b"no zstd at all\n"),
        ("e.jsonl.zst", ZSTD.compress(b"abc\n")[:-4] + bytes(4)),
        ("e.parquet", b"PAR1 and then nothing"),
        ("e.parquet", b"no"),
    ],
)
def test_other_bytes_are_damage(tmp_path: Path, name: str, data: bytes) -> None:
    path = write(tmp_path, name, data)
    with pytest.raises(InputDamaged, match=r"is damaged near line [12]: its (gzip|zstd|Parquet)"):
        list(open_blocks(path))


def test_a_cut_or_overwritten_parquet_file_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    table = pa.table({"event": [f'{{"n":{n}}}' for n in range(5000)]})
    pq.write_table(table, path, write_page_checksum=True, compression="none", row_group_size=1000)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(InputDamaged, match="near line 1: its Parquet data are not valid"):
        lines_of(path)
    place = whole.index(b'{"n":3500}')
    path.write_bytes(whole[:place] + b"?" + whole[place + 1 :])
    with pytest.raises(InputDamaged) as caught:
        lines_of(path, 1000)
    assert 2000 < caught.value.line <= 3501


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="cannot be opened"):
        list(open_blocks(tmp_path / "e.jsonl"))


def as_parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.string_view()]
)
def test_text_columns_of_all_kinds(tmp_path: Path, kind: pa.DataType) -> None:
    path = as_parquet(
        tmp_path / "e.parquet", event=pa.array(["a\nb", None, "早"], kind), x=[1, 2, 3]
    )
    assert lines_of(path) == [(1, b"a\tb"), (2, b""), (3, "早".encode())]


def test_a_dictionary_column_is_text_too(tmp_path: Path) -> None:
    column = pa.array(["a", "b", "a"]).dictionary_encode()
    path = as_parquet(tmp_path / "e.parquet", event=column)
    assert lines_of(path) == [(1, b"a"), (2, b"b"), (3, b"a")]


@pytest.mark.parametrize("columns", [{"events": ["a"]}, {"event": [1]}])
def test_parquet_without_the_column_is_wrong_use(tmp_path: Path, columns: dict[str, Any]) -> None:
    with pytest.raises(
        WrongUse, match=f"has no text column `event`; it has: {next(iter(columns))}"
    ):
        lines_of(as_parquet(tmp_path / "e.parquet", **columns))


def test_a_newline_in_a_row_leaves_right_json_right_and_wrong_json_wrong(tmp_path: Path) -> None:
    rows = ['{\n  "a":\r\n 1\n}', '{"a":"x\ny"}']
    (_, right), (_, wrong) = lines_of(as_parquet(tmp_path / "e.parquet", event=rows))
    assert msgspec.json.decode(right) == json.loads(right) == {"a": 1}
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(wrong)


def test_a_folder_gives_its_own_files_by_name(tmp_path: Path) -> None:
    for name in ("b.jsonl", "B.parquet", "a.jsonl.zst", "a.jsonl.gz", "notes.txt"):
        write(tmp_path, name, b"12")
    (tmp_path / "sub.jsonl").mkdir()
    names = ["B.parquet", "a.jsonl.gz", "a.jsonl.zst", "b.jsonl"]
    assert expand_inputs([str(tmp_path), "-", f"{tmp_path}/./b.jsonl"]) == [
        *(InputFile(f"{tmp_path}/{name}", tmp_path / name, 2) for name in names),
        InputFile("-", None, None),
        InputFile(f"{tmp_path}/./b.jsonl", tmp_path / "b.jsonl", 2),
    ]


def test_wrong_inputs(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", b"")
    wrong = {
        f"{tmp_path}/none": "There is no such file or folder",
        f"{tmp_path}/a.csv": "The name must end in .jsonl, .jsonl.gz, .jsonl.zst, .parquet.",
        str(tmp_path): "No file in the folder ends in",
    }
    for given_path, sentence in wrong.items():
        with pytest.raises(WrongUse, match=sentence) as caught:
            expand_inputs([given_path])
        assert str(caught.value).startswith(f"{given_path}: ")
        assert caught.value.exit_code == 2
    with pytest.raises(WrongUse, match="only once"):
        expand_inputs(["-", "-"])


@pytest.mark.parametrize("ending", PACKED)
def test_rows_of_lines(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path, f"staff{ending}", PACKED[ending](BOM + b'{"a":1}\n \n\r\n{"a":2}'))
    assert list(read_rows(path)) == [(1, b'{"a":1}'), (4, b'{"a":2}')]


def test_rows_of_parquet_fields(tmp_path: Path) -> None:
    path = as_parquet(
        tmp_path / "customers.parquet",
        bank_customer_id=["b1", "b2"],
        account_opened_on=[date(2026, 1, 2), None],
        manager_since=pa.array([datetime(2026, 1, 3), None], pa.timestamp("ns")),
        at=[datetime(2026, 1, 3, 4, 5, 6, 7, tzinfo=UTC), None],
        employee=[True, None],
        tags=[["a", "b"], []],
        segment=pa.array([b"gold", None], pa.binary()),
    )
    assert [(line, json.loads(row)) for line, row in read_rows(path)] == [
        (
            1,
            {
                "bank_customer_id": "b1",
                "account_opened_on": "2026-01-02",
                "manager_since": "2026-01-03",
                "at": "2026-01-03T04:05:06.000007Z",
                "employee": True,
                "tags": ["a", "b"],
                "segment": "gold",
            },
        ),
        (2, {"bank_customer_id": "b2", "tags": []}),
    ]


def test_rows_of_one_parquet_column(tmp_path: Path) -> None:
    held = as_parquet(tmp_path / "a.parquet", row=['{"a":1}', None, '{"a":\n2}'])
    assert list(read_rows(held)) == [(1, b'{"a":1}'), (3, b'{"a":\t2}')]
    keys = as_parquet(tmp_path / "b.parquet", bank_customer_id=["b1"])
    assert list(read_rows(keys)) == [(1, b'{"bank_customer_id":"b1"}')]
    with pytest.raises(InputDamaged, match="near line 1"):
        list(read_rows(write(tmp_path, "c.parquet", b"PAR1")))


def test_the_file_of_a_reference(tmp_path: Path) -> None:
    path = write(tmp_path, "staff.jsonl.gz", b"")
    assert find_reference(tmp_path, "staff", required=True) == path
    assert find_reference(tmp_path, "cases", required=False) is None
    with pytest.raises(WrongUse, match=r"The file customers\.jsonl is missing"):
        find_reference(tmp_path, "customers", required=True)
    write(tmp_path, "staff.jsonl", b"")
    with pytest.raises(WrongUse, match=r"both staff\.jsonl and staff\.jsonl\.gz"):
        find_reference(tmp_path, "staff", required=True)
    with pytest.raises(WrongUse, match="There is no such folder"):
        find_reference(tmp_path / "none", "staff", required=False)
