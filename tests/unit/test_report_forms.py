"""What people see: the page, the terminal's text and the workbook, with hostile names in them."""

import zipfile
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sinks.reports import Report, read_report, render, write_xlsx
from sinks.reports.width import width
from tests.report_database import DAY, database, small_bank

VOID = {"meta", "link", "br", "input", "img"}


@dataclass
class Page(HTMLParser):
    """Elements with their attributes, texts by element; checks that tags close in order."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.stack[-1] if self.stack else "", data.strip()))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def said(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


def parse(page: str) -> Page:
    parsed = Page()
    parsed.feed(page)
    parsed.close()
    assert parsed.stack == []
    return parsed


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_bank(tmp_path_factory.mktemp("report") / "bank.duckdb")


@pytest.fixture(scope="module")
def whole(bank: Path) -> Report:
    return read_report(bank, DAY)


@pytest.fixture(scope="module")
def branch(bank: Path) -> Report:
    return read_report(bank, DAY, ["B1"], staff=True)


def test_the_page_says_it_in_a_sentence(whole: Report) -> None:
    zh, en = parse(render(whole, "html", "zh")), parse(render(whole, "html", "en"))
    assert zh.all("html") == [{"lang": "zh-CN"}]
    assert en.all("html") == [{"lang": "en"}]
    assert zh.said("h1") == ["全行"]
    assert (
        "新增外部联系人 8 位：3 位有效、计入考核（占 37.5%），1 位待认证，4 位不计入。"
        in zh.said("p")
    )
    assert "8 new contacts: 3 count (37.5%), 1 wait for verification, 4 do not count." in en.said(
        "p"
    )
    assert (
        "A reward of ¥1.00 for each new contact would cost ¥11.00 this month so far: ¥5.00 of it"
        " for nothing, ¥1.00 undecided." in en.said("p")
    )


def test_a_page_for_the_bank_lists_branches_only(whole: Report) -> None:
    page = parse(render(whole, "html", "zh"))
    rows = page.said("th")
    assert {"广州天河支行", "深圳南山支行", "所属机构未知"} <= set(rows)
    assert not any("张伟" in text for _, text in page.texts)


def test_a_page_for_a_branch_lists_its_staff(branch: Report) -> None:
    page = parse(render(branch, "html", "zh"))
    assert page.said("h1") == ["广州天河支行"]
    assert "张伟（S1）" in page.said("th")
    assert "<script>alert(1)</script>（S2）" in page.said("th")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_in_the_page_runs_or_loads(branch: Report, language: str) -> None:
    page = parse(render(branch, "html", language))
    assert page.all("script") == []
    assert page.all("link") == [{"rel": "icon", "href": "data:,"}]
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "xlink:href"):
            value = attributes.get(name) or "#"
            assert value.startswith("#") or value == "data:,"
    text = render(branch, "html", language)
    assert "http" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "").replace(
        "http-equiv", ""
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_can_be_heard(branch: Report, language: str) -> None:
    page = parse(render(branch, "html", language))
    assert all(head.get("scope") in ("col", "colgroup", "row") for head in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) >= 4
    charts = page.all("svg")
    assert [chart["role"] for chart in charts] == ["img"] * 3
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [name for chart in charts for name in (chart["aria-labelledby"] or "").split()]
    assert len(named) == 6
    assert set(named) <= set(ids)


def test_the_same_data_give_the_same_bytes(bank: Path, tmp_path: Path) -> None:
    copy = small_bank(tmp_path / "again.duckdb")
    for form in ("html", "text", "json"):
        first = render(read_report(bank, DAY, staff=True), form, "zh")
        assert first == render(read_report(copy, DAY, staff=True), form, "zh")
    for name, db in (("a.xlsx", bank), ("b.xlsx", copy)):
        write_xlsx(read_report(db, DAY, staff=True), "zh", tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_hostile_names_reach_no_chart_and_no_terminal(tmp_path: Path) -> None:
    with database(tmp_path / "hostile.duckdb") as bank:
        bank.branch("B1", "\x1b[31mred]]>\u202e$x^{2$")
        bank.staff("S[/bold]", "B1", "\x1b]0;title\x07[red]name[/red] & <b>" + "长" * 500)
        bank.add("S[/bold]", "c1")
    report = read_report(tmp_path / "hostile.duckdb", DAY, ["B1"], staff=True)
    for form in ("text", "html"):
        shown = render(report, form, "zh")
        assert not {"\x1b", "\x07", "\u202e", "\x00"} & set(shown)
    text = render(report, "text", "zh")
    assert "[31mred]]> $x^{2$" in text
    assert "[red]name[/red]" in text
    parse(render(report, "html", "zh"))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("chosen", [[], ["B1"], ["B1", "B2", ""]])
def test_text_stays_within_a_hundred_columns(bank: Path, language: str, chosen: list[str]) -> None:
    text = render(read_report(bank, DAY, chosen, staff=bool(chosen)), "text", language)
    assert max(map(width, text.splitlines())) <= 100
    assert "\x1b" not in text


def test_text_columns_stand_under_each_other(whole: Report) -> None:
    lines = render(whole, "text", "zh").splitlines()
    start = lines.index("主要数字")
    assert len({width(line) for line in lines[start + 1 : start + 18]}) == 1


def test_fakes_show_whatever_else_excludes_them(tmp_path: Path) -> None:
    with database(tmp_path / "bought.duckdb") as bank:
        bank.branch("B1", "广州天河支行")
        bank.staff("S1", "B1")
        bank.staff("S2", "B2")
        for n in range(60):
            bank.add("S1", f"c{n}", verdict="excluded", reasons=("not_first_time", "fake_burst"))
        for n in range(240):
            bank.add("S2", f"d{n}")
    whole = read_report(tmp_path / "bought.duckdb", DAY)
    en, zh = (render(whole, "text", language).splitlines() for language in ("en", "zh"))
    assert [line for line in en if line.startswith(("  Fake", "Signs of a fake (", "广州"))] == [
        "  Fake                                        0           0         0                 0",
        "Signs of a fake (any verdict)    20.0% (60/300)     – (0/0)         –    20.0% (60/300)",
        "广州天河支行   60      0       60     60      0       60  60 (100.0%)    0.0%   ¥60.00",
    ]
    assert [line for line in zh if line.startswith("有虚假迹象")] == [
        "有虚假迹象的新增：当日 20.0% (60/300)，本月 20.0% (60/300)，不论判定为何。",
        "有虚假迹象（不论判定）    20.0% (60/300)  – (0/0)         –    20.0% (60/300)",
    ]
    page = parse(
        render(read_report(tmp_path / "bought.duckdb", DAY, ["B1"], staff=True), "html", "en")
    )
    assert (
        "Signs of a fake: 100.0% (60/60) of the day's new contacts, 100.0% (60/60) of the"
        " month's, whatever their verdict." in page.said("p")
    )
    assert page.said("td").count("60 (100.0%)") == 1


def test_no_word_of_fakes_where_there_is_none(tmp_path: Path) -> None:
    with database(tmp_path / "good.duckdb") as bank:
        bank.add("S1", "c1")
    lines = render(read_report(tmp_path / "good.duckdb", DAY), "text", "en").splitlines()
    assert not any(line.startswith("Signs of a fake:") for line in lines)


def test_text_in_english(branch: Report) -> None:
    lines = render(branch, "text", "en").splitlines()
    assert lines[0] == (
        "Daily report on new WeCom contacts · 广州天河支行 · Friday, November 20, 2026"
    )
    assert lines[1] == "Data up to 2026-11-20 22:30 (Asia/Shanghai)."
    assert [part for part in lines if part.startswith("Verified")] == [
        "Verified                       60.0% (3/5)  100.0% (1/1)  −40.0 pp    66.7% (4/6)"
    ]


def test_text_of_many_branches_is_cut_with_a_word(tmp_path: Path) -> None:
    with database(tmp_path / "many.duckdb") as bank:
        for n in range(45):
            bank.branch(f"B{n:02d}", f"支行{n}")
    text = render(read_report(tmp_path / "many.duckdb", DAY), "text", "en")
    assert "… and 5 more: --format html, xlsx or json has them all." in text


def sheets(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {
            name: archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith(".xml")
        }


def test_a_workbook_holds_formulas_as_text(bank: Path, tmp_path: Path) -> None:
    write_xlsx(read_report(bank, DAY, staff=True), "zh", tmp_path / "report.xlsx")
    parts = sheets(tmp_path / "report.xlsx")
    cells = "".join(text for name, text in parts.items() if "worksheets" in name)
    assert "<f>" not in cells
    assert "=cmd()" in cells
    assert "&lt;script&gt;" in cells
    names = [
        sheet.attrib["name"]
        for sheet in ElementTree.fromstring(parts["xl/workbook.xml"]).iter()
        if sheet.tag.endswith("}sheet")
    ]
    assert names == [
        "主要数字", "未计入的原因", "各分支机构", "各员工", "覆盖率", "近30天", "改判",
    ]  # fmt: skip


def test_a_day_of_zeros_still_makes_every_form(bank: Path, tmp_path: Path) -> None:
    report = read_report(bank, date(2026, 1, 1), ["B2"], staff=True)
    parse(render(report, "html", "en"))
    assert "No new contacts on this day." in render(report, "text", "en")
    write_xlsx(report, "en", tmp_path / "zeros.xlsx")
