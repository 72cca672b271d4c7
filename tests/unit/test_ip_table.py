"""Provinces by address, from both kinds of file."""

import hashlib
import ipaddress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core.errors import WrongUse
from pipeline.ip_table import load_ip_table
from tests.xdb_maker import make_xdb
from topics.provinces import PROVINCE_NAMES, PROVINCES, is_ip

CSV = """cidr,province
1.0.0.0/8,广东
1.2.0.0/16,美国
1.2.3.0/24,内蒙古
1.2.3.4,北京
0.0.0.0/0,上海

2001:db8::/32,四川
2001:db8:1::/48,
::ffff:9.9.0.0/112,西藏
::/0,云南
"""


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "ip.csv"
    path.write_text(CSV)
    return path


def test_there_are_34_provinces() -> None:
    assert len(PROVINCE_NAMES) == len(PROVINCES) == 34


@pytest.mark.parametrize(
    ("ip", "province"),
    [
        ("1.9.9.9", "广东"),
        ("1.2.9.9", None),
        ("1.2.3.9", "内蒙古"),
        ("1.2.3.4", "北京"),
        ("8.8.8.8", "上海"),
        ("9.9.1.1", "西藏"),
        ("::ffff:1.2.3.4", "北京"),
        ("::FFFF:102:304", "北京"),
        ("2001:db8::1", "四川"),
        ("2001:db8:1::1", None),
        ("fe80::1", "云南"),
        ("1.2.3", None),
        ("", None),
        ("01.2.3.4", None),
    ],
)
def test_the_longest_prefix_decides(csv_file: Path, ip: str, province: str | None) -> None:
    assert load_ip_table(csv_file).province(ip) == province


def test_a_mapped_address_falls_back_to_ipv6(tmp_path: Path) -> None:
    path = tmp_path / "ip.csv"
    path.write_bytes("\ufeffcidr,province\r\n::/0,云南\r\n".encode())
    table = load_ip_table(path)
    assert (table.province("::ffff:1.2.3.4"), table.province("1.2.3.4")) == ("云南", None)


def test_the_fingerprint_is_that_of_the_file(csv_file: Path) -> None:
    assert load_ip_table(csv_file).fingerprint == hashlib.sha256(CSV.encode()).hexdigest()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    prefixes=st.dictionaries(
        st.tuples(st.integers(0, 7), st.integers(0, 3)), st.sampled_from(["广东", "海南", "x"])
    ),
    last=st.integers(0, 7),
)
def test_it_agrees_with_a_search_of_all_lines(
    tmp_path: Path, prefixes: dict[tuple[int, int], str], last: int
) -> None:
    networks = {
        ipaddress.ip_network((value, 32 - width), strict=False): province
        for (value, width), province in prefixes.items()
    }
    path = tmp_path / "ip.csv"
    path.write_text("cidr,province\n" + "".join(f"{n},{p}\n" for n, p in networks.items()))
    address = ipaddress.ip_address(last)
    covering = [n for n in networks if address in n]
    longest = networks[max(covering, key=lambda n: n.prefixlen)] if covering else None
    expected = longest if longest in PROVINCES else None
    assert load_ip_table(path).province(str(address)) == expected


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", ":1: The first line of an ip table must be: cidr,province"),
        (b"province,cidr\n", ":1: The first line of an ip table must be"),
        (b"cidr,province\n1.2.3.0/24\n", ":2: A line of an ip table has two fields"),
        (b"cidr,province\n\n1.2.3.0/33,x\n", ":3: '1.2.3.0/33' is no network"),
        (b"cidr,province\n1.2.3.4/8,\xb1\n", ":2: This is not UTF-8 text"),
        (
            "cidr,province\n1.0.0.0/8,广东\n1.0.0.0/8,广东\n1.2.3.4/8,海南".encode(),
            ":4: 1.2.3.4/8 stands in the table twice",
        ),
    ],
)
def test_a_wrong_csv_is_refused_with_its_line(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "ip.csv"
    path.write_bytes(content)
    with pytest.raises(WrongUse) as caught:
        load_ip_table(path)
    assert str(caught.value).startswith(f"{path}{sentence}")


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"An ip table is a \.csv or an \.xdb file"):
        load_ip_table(tmp_path / "ip.txt")
    with pytest.raises(WrongUse, match="cannot be read"):
        load_ip_table(tmp_path / "ip.xdb")


REGIONS = {
    "中国|广东省|深圳市|电信|CN": "广东",
    "中国|0|广东省|深圳市|电信": "广东",
    "中国|北京|北京市|联通|CN": "北京",
    "中国|0|重庆|重庆市|0": "重庆",
    "中国|内蒙古自治区|包头市|移动|CN": "内蒙古",
    "中国|广西壮族自治区|南宁市|移动|CN": "广西",
    "中国|0|宁夏回族自治区|0|0": "宁夏",
    "中国|新疆维吾尔自治区|0|0|CN": "新疆",
    "中国|西藏|拉萨市|0|CN": "西藏",
    "中国|香港特别行政区|0|0|HK": "香港",
    "中国|0|澳门|0|0": "澳门",
    "中国|台湾省|台北市|0|TW": "台湾",
    "台湾|0|0|0|0": "台湾",
    "中国|0|0|电信|CN": None,
    "中国|0|吉林市|0|0": None,
    "美国|加利福尼亚|洛杉矶|0|US": None,
    "0|0|0|内网IP|内网IP": None,
}


@pytest.mark.parametrize("structure", [2, 3])
def test_regions_of_an_xdb_file(tmp_path: Path, structure: int) -> None:
    path = tmp_path / "ip.xdb"
    segments = [(f"1.{n}.0.0", f"1.{n}.0.255", region) for n, region in enumerate(REGIONS)]
    segments.append(("9.0.3.0", "9.3.0.7", "中国|海南省|海口市|0|CN"))
    path.write_bytes(make_xdb(segments, structure))
    table = load_ip_table(path)
    found = {region: table.province(f"1.{n}.0.77") for n, region in enumerate(REGIONS)}
    assert found == REGIONS
    inside = ("9.0.3.0", "9.2.255.255", "9.3.0.7", "::ffff:9.1.2.3")
    assert {table.province(ip) for ip in inside} == {"海南"}
    outside = ("9.0.2.255", "9.3.0.8", "1.0.1.0", "200.1.1.1", "2001:db8::1", "no")
    assert {table.province(ip) for ip in outside} == {None}


def test_a_wrong_xdb_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ip.xdb"
    whole = make_xdb([("1.0.0.0", "1.0.0.255", "中国|海南省|海口市|0|CN")])
    for content in (b"", whole[:1000], whole[:-1]):
        path.write_bytes(content)
        with pytest.raises(WrongUse, match="no whole ip2region xdb file"):
            load_ip_table(path)
    path.write_bytes(b"\x09" + whole[1:])
    with pytest.raises(WrongUse, match="has structure 9"):
        load_ip_table(path)
    path.write_bytes(whole[:-4] + b"\xff" * 4)  # the pointer to the text
    assert load_ip_table(path).province("1.0.0.1") is None
    path.write_bytes(whole[: 256 + 2048] + b"\xff" * 8 + whole[256 + 2056 :])
    with pytest.raises(WrongUse, match="no whole ip2region xdb file"):
        load_ip_table(path).province("1.0.0.1")


@pytest.mark.parametrize(
    ("text", "answer"),
    [("1.2.3.4", True), ("::1", True), ("::ffff:1.2.3.4", True), ("1.2.3", False), ("", False)],
)
def test_is_ip(text: str, answer: bool) -> None:
    assert is_ip(text) is answer
