"""The 34 provinces of the contract, and what counts as an address."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

__all__ = ["PROVINCES", "PROVINCE_NAMES", "is_ip", "province_code", "province_name"]

PROVINCE_NAMES = (
    *("北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "浙江"),
    *("安徽", "福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "广西", "海南", "重庆"),
    *("四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海", "宁夏", "新疆", "台湾", "香港"),
    "澳门",
)
"""The short names in the order of GB/T 2260."""

PROVINCES = frozenset(PROVINCE_NAMES)
_CODES = {name: code for code, name in enumerate(PROVINCE_NAMES)}


def province_code(name: str | None) -> int | None:
    """The province's place in PROVINCE_NAMES, as state keeps it; None for None."""
    return None if name is None else _CODES[name]


def province_name(code: int | None) -> str | None:
    return None if code is None else PROVINCE_NAMES[code]


_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_is_ipv4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}").fullmatch


def is_ip(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address."""
    return _is_ipv4(text) is not None or _is_other_ip(text)


@lru_cache(maxsize=1 << 12)
def _is_other_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
