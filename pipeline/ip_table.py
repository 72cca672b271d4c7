"""The table that says in which province an ip address is.

Two kinds of file: `.csv` with the first line `cidr,province` (IPv4 and IPv6, the longest prefix
decides), and ip2region's `.xdb` (IPv4 or IPv6, held in memory whole). An IPv4 address written as
IPv6 (::ffff:1.2.3.4, as servers that listen on both write it) is looked up as the IPv4 address
it is; prefixes below ::ffff:0:0/96 in a .csv count as IPv4 likewise.
"""

import csv
import hashlib
import io
import ipaddress
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import ip2region.searcher as xdb
import ip2region.util as xdb_util

from pipeline.core.errors import WrongUse
from topics.provinces import PROVINCE_NAMES, PROVINCES

__all__ = ["IpTable", "load_ip_table"]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LookUp = Callable[[_Address], str | None]

_REMEMBERED = 1 << 16
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


class IpTable:
    """Provinces by address. `fingerprint`: SHA-256 of the file, lower-case hex."""

    def __init__(self, fingerprint: str, look_up: _LookUp) -> None:
        self.fingerprint = fingerprint
        self._look_up = look_up
        self._remembered = lru_cache(_REMEMBERED)(self._find)

    def province(self, ip: str) -> str | None:
        """One of the 34 short names; None where the table knows none, or `ip` is no address."""
        return self._remembered(ip)

    def _find(self, ip: str) -> str | None:
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return None
        return self._look_up(address)


def load_ip_table(path: Path) -> IpTable:
    """Reads a .csv or .xdb file; raises `WrongUse` with the path, and for .csv with the line."""
    if path.suffix not in (".csv", ".xdb"):
        raise WrongUse(f"{path}: An ip table is a .csv or an .xdb file. Check the path.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WrongUse(
            f"{path}: The ip table cannot be read ({error.strerror}). Check the path."
        ) from error
    look_up = _read_csv(data, path) if path.suffix == ".csv" else _read_xdb(data, path)
    return IpTable(hashlib.sha256(data).hexdigest(), look_up)


# ---- csv


class _Prefixes:
    """Prefixes of one address family, as a dict for each length that occurs."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._by_length: dict[int, dict[int, str | None]] = {}
        self._lengths: list[int] = []

    def add(self, length: int, address: int, province: str | None) -> bool:
        """False where the prefix is there already with another province."""
        if length not in self._by_length:
            self._lengths = sorted([*self._lengths, length], reverse=True)
        prefixes = self._by_length.setdefault(length, {})
        return prefixes.setdefault(address >> (self._bits - length), province) == province

    def find(self, address: int) -> tuple[bool, str | None]:
        """Whether any prefix covers the address, and what the longest says."""
        for length in self._lengths:
            prefixes = self._by_length[length]
            key = address >> (self._bits - length)
            if key in prefixes:
                return True, prefixes[key]
        return False, None


def _read_csv(data: bytes, path: Path) -> _LookUp:
    v4, v6 = _Prefixes(32), _Prefixes(128)
    rows = csv.reader(io.StringIO(_utf8(data, path), newline=""))
    if next(rows, None) != ["cidr", "province"]:
        raise WrongUse(f"{path}:1: The first line of an ip table must be: cidr,province")
    for row in rows:
        if not row:
            continue
        length, address, mapped = _split(_network(row, path, rows.line_num))
        province = row[1].strip()
        family = v4 if mapped else v6
        if not family.add(length, address, province if province in PROVINCES else None):
            raise WrongUse(
                f"{path}:{rows.line_num}: {row[0]} stands in the table twice, with different "
                "provinces. Remove one of the lines."
            )

    def look_up(address: _Address) -> str | None:
        if (short := _as_v4(address)) is not None:
            found, province = v4.find(int(short))
            if found or short is address:
                return province
        return v6.find(int(address))[1]

    return look_up


def _utf8(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WrongUse(
            f"{path}:{line}: This is not UTF-8 text. Save the table as UTF-8."
        ) from error


def _network(row: list[str], path: Path, line: int) -> _Network:
    if len(row) != 2:
        raise WrongUse(
            f"{path}:{line}: A line of an ip table has two fields, cidr and province; "
            f"this one has {len(row)}. Correct it."
        )
    try:
        return ipaddress.ip_network(row[0].strip(), strict=False)
    except ValueError as error:
        raise WrongUse(
            f"{path}:{line}: {row[0]!r} is no network; write it as 1.2.3.0/24 or 2001:db8::/32."
        ) from error


def _split(network: _Network) -> tuple[int, int, bool]:
    """(prefix length, address, whether in IPv4's numbers)."""
    address = int(network.network_address)
    if isinstance(network, ipaddress.IPv6Network):
        if not network.subnet_of(_MAPPED):
            return network.prefixlen, address, False
        return network.prefixlen - 96, address & 0xFFFF_FFFF, True
    return network.prefixlen, address, True


def _as_v4(address: _Address) -> ipaddress.IPv4Address | None:
    return address if isinstance(address, ipaddress.IPv4Address) else address.ipv4_mapped


# ---- xdb


def _read_xdb(data: bytes, path: Path) -> _LookUp:
    damaged = WrongUse(
        f"{path}: This is no whole ip2region xdb file. Get it again from where it came."
    )
    if len(data) < xdb_util.HeaderInfoLength + xdb_util.VectorIndexLength:
        raise damaged
    header = xdb_util.Header(data[: xdb_util.HeaderInfoLength])
    version = xdb_util.version_from_header(header)
    known = (xdb_util.XdbStructure20, xdb_util.XdbStructure30)
    if header.version not in known or version is None:
        raise WrongUse(
            f"{path}: The xdb file has structure {header.version}, and only {known[0]} and "
            f"{known[1]} can be read. Get the table in one of these."
        )
    # The index ends the file; endIndexPtr is where its last entry begins, or in files of other
    # makers where it ends.
    last = header.endIndexPtr
    whole = last == len(data) or last + version.index_size <= len(data)
    if not whole or header.startIndexPtr > last:
        raise damaged
    # The searcher may look one entry beyond the last: an empty one, which matches nothing.
    searcher = xdb.new_with_buffer(version, data + bytes(version.index_size))

    def look_up(address: _Address) -> str | None:
        short = _as_v4(address)
        own = short if short is not None and version.byte_num == 4 else address
        if len(own.packed) != version.byte_num:
            return None
        try:
            return _province(searcher.search(own.packed))
        except (IndexError, ValueError) as error:  # pointers that lead out of the file
            raise damaged from error

    return look_up


def _province(region: str) -> str | None:
    """From 中国|广东省|深圳市|电信|CN or, in older files, 中国|0|广东省|深圳市|电信."""
    country, *parts = region.split("|")
    candidates = parts[:2] if country == "中国" else [country]
    names = (_SHORT_NAMES.get(part) for part in candidates)
    return next((name for name in names if name), None)


def _long_name(province: str) -> str:
    special = {
        **dict.fromkeys(("北京", "天津", "上海", "重庆"), "市"),
        **dict.fromkeys(("内蒙古", "西藏"), "自治区"),
        **dict.fromkeys(("香港", "澳门"), "特别行政区"),
        "广西": "壮族自治区",
        "宁夏": "回族自治区",
        "新疆": "维吾尔自治区",
    }
    return province + special.get(province, "省")


_SHORT_NAMES = {name: name for name in PROVINCE_NAMES} | {
    _long_name(name): name for name in PROVINCE_NAMES
}
