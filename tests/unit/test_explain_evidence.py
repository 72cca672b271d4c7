"""What evidence says in words."""

from __future__ import annotations

import pytest

from pipeline.cli.explain_evidence import _COMPANY, _OWN, _SHARES, said_by
from pipeline.core.detectors import CUSTOMER_DETECTORS, GROUP_DETECTORS
from pipeline.core.detectors.levels import ALIKE, tables
from sinks.reports.words import Words

WINDOW = ("2026-11-11T16:25:00+08:00", "2026-11-11T16:34:59.999999+08:00")
NIGHT = ("2026-11-11T23:55:00+08:00", "2026-11-12T00:04:59.999999+08:00")
AT_STAFF = {
    "by": "s", "group": "0eb06d30d4c61a02", "others": 5, "scale": "10min", "staff": ["s00015"],
    "quarters": {"hurried": 4, "removed": 1},
}  # fmt: skip


@pytest.mark.parametrize(
    ("detail", "window", "english", "chinese"),
    [
        (
            AT_STAFF,
            WINDOW,
            "At least 5 other customers came to staff member s00015 between 2026-11-11 16:25 and "
            "16:34 (group 0eb06d30). Of these others: nearly all added two staff members within a "
            "minute; a quarter or more were removed early",
            "2026-11-11 16:25 至 16:34 之间另有至少 5 个客户添加了员工 s00015（组 0eb06d30）。"
            "其中：几乎全部在一分钟内添加了两名员工；四分之一以上很快被删除",
        ),
        (
            {
                **AT_STAFF,
                "by": "p",
                "others": 20,
                "staff": ["s1", "s2"],
                "quarters": {"haste": 6, "locked": 5, "alike": 5},
            },
            NIGHT,
            "About 20 or more other customers also added both s1 and s2 between 2026-11-11 23:55 "
            "and 2026-11-12 00:04 (group 0eb06d30). Of these others, roughly: three quarters or "
            "more added the two within ten seconds, as this customer did; they are suspected "
            "themselves, 1.25 of 3 on average. This customer is suspected itself, too",
            "2026-11-11 23:55 至 2026-11-12 00:04 之间另有约 20 个以上的客户也都添加了 s1 和 s2 "
            "两名员工（组 0eb06d30）。其中大约：四分之三以上和该客户一样在十秒内添加了这两名员工；"
            "他们自身的嫌疑平均为 1.25（满分 3）。该客户自身也有嫌疑",
        ),
        (
            {"by": "d", "group": "748c8d9e", "others": 10, "scale": "month", "quarters": {}},
            WINDOW,
            "At least 10 other customers with adds in 2026-11 share a device with this one (group "
            "748c8d9e). Of these others: nothing that speaks against them but their number",
            "2026-11 当月有添加的其他客户中，至少 10 个客户与该客户使用同一设备（组 748c8d9e）。"
            "其中：除人数外没有其他疑点",
        ),
        (
            {"by": "b", "group": "748c8d9e", "others": 50, "scale": "month", "quarters": {}},
            None,
            "About 50 or more other customers with adds in the month of this add verified with "
            "the same bank number as this one (group 748c8d9e). Of these others, roughly: nothing "
            "that speaks against them but their number",
            "在该添加当月有添加的其他客户中，约 50 个以上的客户与该客户用同一客户号认证"
            "（组 748c8d9e）。其中大约：除人数外没有其他疑点",
        ),
        (
            {"leaves": 2},
            None,
            "added two staff members, and some of these adds were removed early",
            "添加了两名员工，其中有添加很快被删除",
        ),
        (
            {"adds": 2, "pace": 11},
            None,
            "added three staff members in the month; all within an hour",
            "当月添加了三名员工；都在一小时内",
        ),
        ({"adds": 40, "minutes": 10}, None, "adds = 40, minutes = 10", "adds = 40, minutes = 10"),
        ({}, None, "", ""),
        (
            {**AT_STAFF, "by": "z"},
            None,
            'by = z, group = 0eb06d30d4c61a02, others = 5, scale = 10min, staff = ["s00015"], '
            'quarters = {"hurried": 4, "removed": 1}',
            'by = z, group = 0eb06d30d4c61a02, others = 5, scale = 10min, staff = ["s00015"], '
            'quarters = {"hurried": 4, "removed": 1}',
        ),
        ({"others": 9}, None, "others = 9", "others = 9"),
        ({"adds": "2"}, None, "adds = 2", "adds = 2"),
        ({"adds": 6}, None, "adds = 6", "adds = 6"),
        ({"adds": True}, None, "adds = true", "adds = true"),
        ({"pace": 30}, None, "pace = 30", "pace = 30"),
        (
            {**AT_STAFF, "group": "1", "staff": "s1", "quarters": {}},
            None,
            *["by = s, group = 1, others = 5, scale = 10min, staff = s1, quarters = {}"] * 2,
        ),
        (
            {"by": "d", "group": "1", "others": 5, "scale": "month", "quarters": {"removed": 5}},
            None,
            *['by = d, group = 1, others = 5, scale = month, quarters = {"removed": 5}'] * 2,
        ),
        (["x"], None, 'detail = ["x"]', 'detail = ["x"]'),
    ],
)
def test_a_sentence_for_each_kind(
    detail: object, window: tuple[str, str] | None, english: str, chinese: str
) -> None:
    row = {"detail": detail, "window": window}
    assert said_by(row, Words("en").gettext) == english
    assert said_by(row, Words("zh").gettext) == chinese


def test_every_part_of_every_detector_has_words() -> None:
    for group in GROUP_DETECTORS:
        assert set(group.kinds) <= set(_COMPANY)
        assert set(group.parts) <= {*_SHARES, ALIKE}
    for own in CUSTOMER_DETECTORS:
        for part, points in tables()[own.table].items():
            if part == "pace":
                assert len(points) % len(_OWN[part]) == 0
            elif part != "bias":
                assert len(points) == len(_OWN[part]), part
