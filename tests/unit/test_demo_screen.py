"""What the demo shows while it streams, from a look of literal numbers."""

from __future__ import annotations

from rich.console import Console

from pipeline.demo.screen import picture, plain_line
from pipeline.demo.watch import Seen, parse_metrics

SEEN = Seen(
    seconds=12.4,
    lines=124_313,
    sent=True,
    events=62_000,
    rate=15_432.1,
    best=21_000.0,
    lag=(62_313, 1_204, 3_010),
    as_of="2026-11-30T23:59:58.932000+08:00",
    verdicts={"invalid": 1_730, "valid": 3_793, "excluded": 1_718, "pending": 2_842},
    reasons={"unverified": 2_842, "transferred": 170, "duplicate_identity": 56, "new_code": 1},
    dead={"conflicting_duplicate": 11, "bad_data": 8},
)

PICTURE = """\
╭───────────────────────── truefriend · Kafka · 12 s ──────────────────────────╮
│ 处理 · Worked  ━━━━━━━━━━━╸              62,000 / 124,313                    │
│ 速率 · Rate    15,432/s  最高 best 21,000/s  文件已发完 · all sent           │
│ 积压 · Lag     事件 events 62,313  阶段 stages 1,204  入库 sink 3,010        │
│ 截至 · As of   2026-11-30 23:59:58                                           │
│                                                                              │
│ 判定 · Verdicts       理由 · First reasons      死信 · Dead letters          │
│ 有效 valid      3,793 transferred           170 bad_data                  8  │
│ 待认证 pending  2,842 duplicate_identity     56 conflicting_duplicate    11  │
│ 无效 invalid    1,730 unverified          2,842                              │
│ 不计 excluded   1,718 new_code                1                              │
╰───────────────── 判定含修订 · Verdicts with their revisions ─────────────────╯
"""


def test_the_picture() -> None:
    console = Console(width=100, color_system=None)
    with console.capture() as capture:
        console.print(picture(SEEN))
    print(capture.get())
    assert capture.get() == PICTURE


def test_the_plain_line() -> None:
    assert plain_line(SEEN) == (
        "   12 s  已处理 worked 62,000/124,313 (15,432/s)  积压 lag 62,313 + 1,204 + 3,010"
        "  判定 verdicts 10,083  死信 dead letters 19"
    )
    assert plain_line(Seen(seconds=0, lines=10, sent=False)) == (
        "    0 s  已处理 worked 0/10 (0/s)  积压 lag 0 + 0 + 0"
        "  判定 verdicts 0  死信 dead letters 0"
    )


def test_metrics_by_name_and_label() -> None:
    text = """\
# HELP truefriend_events_total Interactions by what became of them.
# TYPE truefriend_events_total counter
truefriend_events_total{outcome="applied"} 12.0
truefriend_events_total{outcome="duplicates"} 3.0
# HELP truefriend_partitions Partitions that this worker has taken over.
# TYPE truefriend_partitions gauge
truefriend_partitions 4.0
"""
    assert parse_metrics(text) == {
        ("truefriend_events_total", "applied"): 12,
        ("truefriend_events_total", "duplicates"): 3,
        ("truefriend_partitions", ""): 4,
    }
