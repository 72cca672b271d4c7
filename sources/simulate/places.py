"""Provinces, cities and addresses of the invented bank.

Addresses lie in private, documentation and carrier-grade-NAT ranges only, but keep the habits
of real ones: a province's broadband blocks, a few carriers' addresses that thousands share,
and mobile IPv6. `address_table` is the table that maps them to provinces.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

CITIES: Final[dict[str, tuple[str, ...]]] = {
    "北京": ("北京",),
    "天津": ("天津",),
    "河北": ("石家庄", "唐山", "保定"),
    "山西": ("太原", "大同"),
    "内蒙古": ("呼和浩特", "包头"),
    "辽宁": ("沈阳", "大连"),
    "吉林": ("长春", "吉林"),
    "黑龙江": ("哈尔滨", "大庆"),
    "上海": ("上海",),
    "江苏": ("南京", "苏州", "无锡"),
    "浙江": ("杭州", "宁波", "温州"),
    "安徽": ("合肥", "芜湖"),
    "福建": ("福州", "厦门", "泉州"),
    "江西": ("南昌", "赣州"),
    "山东": ("济南", "青岛", "烟台"),
    "河南": ("郑州", "洛阳"),
    "湖北": ("武汉", "宜昌"),
    "湖南": ("长沙", "株洲"),
    "广东": ("广州", "深圳", "佛山", "东莞"),
    "广西": ("南宁", "柳州"),
    "海南": ("海口", "三亚"),
    "重庆": ("重庆",),
    "四川": ("成都", "绵阳"),
    "贵州": ("贵阳", "遵义"),
    "云南": ("昆明", "大理"),
    "西藏": ("拉萨",),
    "陕西": ("西安", "宝鸡"),
    "甘肃": ("兰州", "天水"),
    "青海": ("西宁",),
    "宁夏": ("银川",),
    "新疆": ("乌鲁木齐", "克拉玛依"),
    "香港": ("香港",),
    "澳门": ("澳门",),
    "台湾": ("台北",),
}
PROVINCES: Final = tuple(CITIES)
CARRIER_ADDRESSES: Final = 40  # shared addresses of a province's carriers
_BLOCKS: Final = 7  # /16 networks of 10.0.0.0/8 that a province has
_ABROAD: Final = ("192.0.2", "198.51.100", "203.0.113")


def broadband(rng: Random, province: int) -> str:
    """A fixed line of the province (its index in PROVINCES); a repeat is rare."""
    bits = rng.getrandbits(24)
    return f"10.{province * _BLOCKS + bits % _BLOCKS}.{bits >> 16}.{bits >> 8 & 255}"


def carrier(rng: Random, province: int) -> str:
    """An address a mobile carrier shares out: few in a province, some far busier than others."""
    number = int(CARRIER_ADDRESSES * rng.random() ** 2)
    return f"100.{64 + province}.{number >> 3}.{10 + number * 5}"


def mobile(rng: Random, province: int) -> str:
    """A mobile IPv6 address of the province; a repeat is rare."""
    bits = rng.getrandbits(48)
    return f"2001:db8:{province + 1:x}:{(bits >> 32) | 1:x}::{bits & 0xFFFF | 1:x}"


def unlisted(rng: Random) -> str:
    """An address that no table knows (a VPN, a tunnel of a firm abroad)."""
    return f"{_ABROAD[int(rng.random() * 3)]}.{int(rng.random() * 256)}"


def any_address(rng: Random, province: int) -> str:
    """What a person without an office has: a fixed line, a carrier's address, mobile IPv6."""
    draw = rng.random()
    if draw < 0.38:
        return broadband(rng, province)
    if draw < 0.78:
        return carrier(rng, province)
    return mobile(rng, province) if draw < 0.98 else unlisted(rng)


def address_table() -> Iterator[str]:
    """Lines `cidr,province` of the table for `--ip-table`, without line ends."""
    yield "cidr,province"
    for number, name in enumerate(PROVINCES):
        for block in range(_BLOCKS):
            yield f"10.{number * _BLOCKS + block}.0.0/16,{name}"
        yield f"100.{64 + number}.0.0/16,{name}"
        yield f"2001:db8:{number + 1:x}::/48,{name}"
