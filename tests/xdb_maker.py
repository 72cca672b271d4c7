"""Writes small IPv4 files in the xdb format of ip2region (structures 2 and 3).

The format: a header of 256 bytes; an index by the first two bytes of the address, 256 × 256
pairs of pointers to the first and last segment; the texts; the segments, 14 bytes each: first
and last address, length of the text, pointer to it. All numbers are little-endian, and no
segment crosses the border of a /16.
"""

import struct
from collections.abc import Iterable
from ipaddress import IPv4Address

__all__ = ["make_xdb"]

_HEADER, _VECTORS, _SEGMENT = 256, 256 * 256 * 8, 14


def make_xdb(segments: Iterable[tuple[str, str, str]], structure: int = 3) -> bytes:
    """An xdb file of (first address, last address, region text), sorted and disjoint."""
    texts = bytearray()
    index = bytearray()
    places: dict[str, int] = {}
    vectors: dict[int, list[int]] = {}
    split = [piece for segment in segments for piece in _split(*segment)]
    for first, last, region in split:
        if region not in places:
            places[region] = _HEADER + _VECTORS + len(texts)
            texts += region.encode()
        vectors.setdefault(first >> 16, []).append(len(index))
        index += struct.pack("<IIHI", first, last, len(region.encode()), places[region])
    start = _HEADER + _VECTORS + len(texts)
    end = start + len(index) - _SEGMENT
    header = struct.pack("<HHIIIHH", structure, 1, 1_700_000_000, start, end, 4, 4)
    table = bytearray(_VECTORS)
    for pair, offsets in vectors.items():
        struct.pack_into("<II", table, pair * 8, start + offsets[0], start + offsets[-1] + _SEGMENT)
    return header.ljust(_HEADER, b"\0") + bytes(table) + bytes(texts) + bytes(index)


def _split(first_text: str, last_text: str, region: str) -> Iterable[tuple[int, int, str]]:
    first, last = int(IPv4Address(first_text)), int(IPv4Address(last_text))
    while first <= last:
        border = min(last, first | 0xFFFF)
        yield first, border, region
        first = border + 1
