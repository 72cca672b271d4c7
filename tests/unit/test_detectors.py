"""Detectors: literal members in, literal moods, levels, signals and alerts out."""

from __future__ import annotations

import json

import pytest

from pipeline.core.calendar import Calendar
from pipeline.core.detectors import CUSTOMER_DETECTORS, GROUP_DETECTORS, levels, runbooks
from pipeline.core.detectors.base import CAP, FULL, CustomerDetector
from pipeline.core.detectors.cells import NAMES, SCALES, cells_of, window_of
from pipeline.core.detectors.customers import suspicion_of
from pipeline.core.detectors.detection import Detection
from pipeline.core.detectors.group import COUNTS, Group, mood_of
from pipeline.core.detectors.levels import LEAST, group_level, points_of, tables
from pipeline.core.detectors.members import (
    SPANS,
    Hurry,
    Identity,
    Member,
    Traits,
    month_of_subject,
)
from pipeline.core.detectors.pools import alerts_of
from pipeline.core.detectors.telling import traits_of
from pipeline.core.ledger.account import Account
from pipeline.core.policy import DEFAULT_POLICY
from pipeline.core.records import Signal
from pipeline.core.score import score
from tests.property.points import points_in_force

CALENDAR = Calendar("Asia/Shanghai")
SECOND = 1_000_000
MINUTE = 60 * SECOND
NOVEMBER = 2026 * 12 + 10
START = CALENDAR.start_of(20_758)  # 2026-11-01
PAIR = f"p{NOVEMBER}\x1fs1\x1fs2"


def pair(number: int, apart: int = 2 * SECOND, **traits: int) -> Member:
    """A customer who added s1 ``number`` seconds after noon of the third, s2 then, and a third
    staff member where ``hurry`` says so."""
    noon = START + 2 * 86_400 * SECOND + 12 * 3_600 * SECOND + number * SECOND
    known = {"hurry": 3 if apart <= 10 * SECOND else 2 if apart <= MINUTE else 1, **traits}
    return Member((noon, noon + apart), Traits(adds=2, span=2, **known))


def detected(members: dict[str, Member], subject: str = PAIR) -> dict[tuple[str, str], Signal]:
    """Signals of a subject with these members, by customer and code."""
    detection = Detection(CALENDAR)
    for customer_id, member in members.items():
        detection.take(subject, customer_id, member)
    return {(one.customer_id, one.code): one for one in detection.finish()[0]}


def decides(signal: Signal | None) -> bool:
    """Whether it makes a fake by itself, under the default policy."""
    found = score([] if signal is None else [signal], DEFAULT_POLICY)
    return found.fake_score >= DEFAULT_POLICY.fake_threshold


def test_every_table_of_points_fits_its_detector() -> None:
    wanted: dict[str, dict[str, int]] = {}
    for detector in GROUP_DETECTORS:
        for kind in detector.kinds:
            for scale in NAMES[kind]:
                parts = dict.fromkeys(detector.parts, 5)
                parts |= {name: 8 for name in ("haste",) if name in parts}
                parts |= {name: 13 for name in ("locked", "alike") if name in parts}
                for manner in ("", "-hurried"):
                    table = f"{detector.code.removeprefix('fake_')}-{kind}-{scale}{manner}"
                    wanted[table] = {"size": 8, **parts}
    for table, sizes in wanted.items():
        found = tables()[table]
        assert {part: len(places) for part, places in found.items()} == {"bias": 1, **sizes}
        for part, places in found.items():
            rising = sorted(places, reverse=part in ("wrote", "sound"))
            assert places == rising, (table, part)
    assert set(tables()) == set(wanted) | {one.table for one in CUSTOMER_DETECTORS}


@pytest.mark.parametrize("detector", CUSTOMER_DETECTORS, ids=lambda one: one.code)
def test_examples_of_customer_detectors(detector: CustomerDetector) -> None:
    assert detector.examples
    for example in detector.examples:
        found = points_of(detector.table, detector.level(example.traits)) >= LEAST
        assert found is example.found, example.name


@pytest.mark.parametrize("adds", [1, 2, 3, 5, 9, 400])
@pytest.mark.parametrize("identity", list(Identity))
def test_levels_of_customers_have_their_places(adds: int, identity: Identity) -> None:
    for removed in (0, 1, 2):
        for span in SPANS:
            traits = Traits(adds, span, removed, identity, True, False, True)
            for detector in CUSTOMER_DETECTORS:
                points_of(detector.table, detector.level(traits))  # no place is missing


@pytest.mark.parametrize(
    ("gaps", "hurry"),
    [
        ((), Hurry.NONE),
        ((0,), Hurry.SECONDS),
        ((10 * SECOND,), Hurry.SECONDS),
        ((10 * SECOND + 1,), Hurry.MINUTE),
        ((MINUTE,), Hurry.MINUTE),
        ((MINUTE + 1,), Hurry.HOUR),
        ((60 * MINUTE,), Hurry.HOUR),
        ((60 * MINUTE + 1,), Hurry.NONE),
        ((90 * MINUTE, 5 * SECOND, 90 * MINUTE), Hurry.SECONDS),
        ((0, 0), Hurry.SCRIPT),
        ((90 * MINUTE, 5 * SECOND, 5 * SECOND, 90 * MINUTE), Hurry.SCRIPT),
        ((5 * SECOND, 5 * SECOND + 1), Hurry.SECONDS),
        ((5 * SECOND, 90 * MINUTE, 5 * SECOND), Hurry.SECONDS),
    ],
)
def test_hurry_is_the_soonest_next_add(gaps: tuple[int, ...], hurry: Hurry) -> None:
    account, time, adds = Account(), START, [(START, "s0")]
    for number, gap in enumerate(gaps, 1):
        time += gap
        adds.append((time, f"s{number}"))
    for _, staff_id in adds:
        account.pair(staff_id)
    assert traits_of(account, NOVEMBER, adds).hurry == hurry


def test_the_same_company_has_points_of_its_own_for_who_is_hurried() -> None:
    points = {
        name: {
            part: [(2 if name.endswith("-hurried") else 1) * 10**6 * (part == "bias")] * len(places)
            for part, places in table.items()
        }
        for name, table in tables().items()
    }
    at_device = {f"c{n}": Member((START,), Traits(adds=2, hurry=n)) for n in range(5)}
    at_device |= {f"d{n}": Member((START,), Traits()) for n in range(3)}
    with points_in_force(points):
        found = detected(at_device, f"d{NOVEMBER}\x1f00112233")
    scores = [found[f"c{n}", "fake_shared_device"].score * FULL / 10**6 for n in range(5)]
    assert scores == pytest.approx([1, 1, 2, 2, 2])


def test_the_others_suspicion_counts_again_for_the_suspected() -> None:
    mood = (4, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0)
    calm = (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    suspected = (1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0)
    parts = ("locked", "alike")
    assert group_level(mood, calm, parts) == {"size": 3, "locked": 8, "alike": 0}
    assert group_level(mood, suspected, parts) == {"size": 3, "locked": 4, "alike": 4}


@pytest.mark.parametrize(
    ("totals", "mood"),
    [
        ((3, 2, 0), (3, 2, 0)),
        ((12, 7, 1), (12, 7, 1)),
        ((13, 13, 6), (12, 12, 6)),
        ((47, 47, 0), (40, 40, 0)),
        ((48, 24, 6), (48, 24, 6)),
        ((100, 99, 1), (96, 96, 1)),
    ],
)
def test_a_large_cell_s_mood_is_coarse(totals: tuple[int, ...], mood: tuple[int, ...]) -> None:
    assert mood_of(totals) == mood


def test_a_group_of_n_changes_its_mood_some_log_n_times() -> None:
    group = Group(cells_of("d"))
    looked_at = 0
    for number in range(2_000):
        group.put(f"c{number}", Member((START + number,), Traits(adds=1 + number % 2)))
        looked_at += len(group.settle([f"c{number}"]))
    assert looked_at < 40 * 2_000


def test_others_leave_the_customer_itself_out() -> None:
    group = Group(cells_of("d"))
    for number in range(3):
        group.put(f"c{number}", Member((START,), Traits(adds=1 + number, wrote=number == 0)))
    group.settle(())
    own = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)  # c0 wrote
    ((_, mood),) = group.moods(group.members["c0"])
    assert dict(zip(COUNTS, mood, strict=True))["customers"] == 3
    assert group_level(mood, own, ("several", "wrote")) == {"size": 2, "several": 4, "wrote": 0}
    assert group_level((1, *own[1:]), own, ()) is None


@pytest.mark.parametrize("kind", list(SCALES))
def test_two_within_half_a_window_share_a_cell(kind: str) -> None:
    for scale, window in enumerate(SCALES[kind]):
        if not window:
            continue
        for edge in (0, window // 2, window - 1, window):
            times = (START + edge - window // 4, START + edge + window // 4 - 1)
            cells = [
                {cell for cell in cells_of(kind)(member) if cell[0] == scale}
                for member in (
                    Member((time,) * (2 if kind == "p" else 1), Traits()) for time in times
                )
            ]
            assert cells[0] & cells[1]


def test_a_cell_s_window_holds_its_times() -> None:
    member = pair(0)
    for cell in cells_of("p")(member):
        window = window_of("p", cell)
        assert window is None or window[0] <= min(member.times) <= max(member.times) <= window[1]


def test_six_in_the_same_hurry_are_locked() -> None:
    found = detected({f"c{number}": pair(number, hurry=Hurry.SCRIPT) for number in range(6)})
    locked = found["c0", "fake_lockstep"]
    assert decides(locked)
    assert (locked.staff_id, locked.window_start >= START) == ("", True)
    detail = json.loads(locked.evidence)
    assert (detail["by"], detail["others"], detail["staff"]) == ("p", 5, ["s1", "s2"])
    assert detail["quarters"]["haste"] == 4


@pytest.mark.parametrize("traits", [{"wrote": True}, {"identity": Identity.ACCOUNT}])
def test_a_page_that_adds_two_at_once_is_no_script(traits: dict[str, int]) -> None:
    """Many come to it, and one of them wrote or has an account."""
    members = {f"c{number}": pair(number) for number in range(40)}
    found = detected({**members, "c40": pair(40, **traits)})
    assert not any(decides(signal) for signal in found.values())
    assert decides(detected(members)["c0", "fake_lockstep"])  # nobody did


@pytest.mark.parametrize(("scripts", "decisive"), [(3, True), (2, False)])
def test_half_of_the_others_must_be_scripts(scripts: int, decisive: bool) -> None:
    members = {f"c{n}": pair(n, hurry=3 + (n < scripts), wrote=n == 0) for n in range(7)}
    assert decides(detected(members).get(("c6", "fake_lockstep"))) is decisive


@pytest.mark.parametrize("traits", [{"wrote": True}, {"identity": Identity.ACCOUNT}])
@pytest.mark.parametrize(("customers", "decisive"), [(1, True), (2, False)])
def test_where_a_quarter_are_customers_haste_is_not_decisive(
    customers: int, decisive: bool, traits: dict[str, int]
) -> None:
    members = {f"c{n}": pair(n, hurry=4, **(traits if n < customers else {})) for n in range(8)}
    assert decides(detected(members).get(("c7", "fake_lockstep"))) is decisive


def test_evidence_of_all_pairs_adds_up_but_does_not_decide_alone() -> None:
    """Who shares a pair with a crowd met it; who shares many works through a list."""

    def signal(name: str, code: str, points: float) -> Signal:
        return Signal(name, code, "c", "", points * 10**6 / FULL, START, START)

    def is_fake(pairs: int, *more: Signal) -> bool:
        some = [signal(f"p{n}", "fake_lockstep", 1.2) for n in range(pairs)]
        return score([*some, *more], DEFAULT_POLICY).fake_score >= DEFAULT_POLICY.fake_threshold

    device = signal("d", "fake_shared_device", 4.0)
    assert [is_fake(2, device), is_fake(15), is_fake(15, device)] == [False, False, True]


def test_who_take_their_time_are_not() -> None:
    slow = {f"c{number}": pair(number * 40, apart=11 * MINUTE, wrote=True) for number in range(6)}
    assert all(signal.score < 0.2 for signal in detected(slow).values())


def test_a_customer_alone_is_no_evidence() -> None:
    assert detected({"c0": pair(0, removed=2)}) == {}


def test_what_falls_away_is_taken_back() -> None:
    detection = Detection(CALENDAR)
    for number in range(6):
        detection.take(PAIR, f"c{number}", pair(number))
    said, rows = detection.finish()
    assert len(rows) == 6
    for number in range(1, 6):
        detection.take(PAIR, f"c{number}", None)
    gone, rows = detection.finish()
    assert {one.signal_id for one in gone} == {one.signal_id for one in said}
    assert {one.score for one in gone} == {0.0}
    assert [row[4] for row in rows] == [None] * 5
    assert detection.finish() == ([], [])


def test_only_the_cohort_reads_suspicion(monkeypatch: pytest.MonkeyPatch) -> None:
    ample = {
        name: {part: [n * 10**6 for n in range(len(places))] for part, places in table.items()}
        for name, table in tables().items()
    }
    monkeypatch.setattr(levels, "tables", lambda: ample)
    device = f"d{NOVEMBER}\x1f00112233"

    def at_device(suspicion: int) -> dict[tuple[str, str], Signal]:
        traits = Traits(adds=2, suspicion=suspicion)
        return detected({f"c{n}": Member((START,), traits) for n in range(6)}, device)

    calm, wary = at_device(0), at_device(3)
    first = {key: one for key, one in wary.items() if key[1] != "fake_cohort"}
    assert first == {key: one for key, one in calm.items() if key[1] != "fake_cohort"}
    assert wary["c0", "fake_cohort"].score > calm["c0", "fake_cohort"].score


def test_suspicion_sums_up_the_first_stratum() -> None:
    def signal(code: str, score: float) -> Signal:
        return Signal(code, code, "c", "", score, START, START)

    ring, lawful = signal("fake_ring", 0.6), signal("lawful_contact", 0.9)
    locked, cohort = signal("fake_lockstep", 1.0), signal("fake_cohort", 1.0)
    assert suspicion_of([], []) == 0
    assert suspicion_of([], [locked]) == 3
    assert suspicion_of([ring], [cohort]) == 0
    assert suspicion_of([ring], [locked, cohort]) == 3
    assert suspicion_of([ring, lawful, lawful], [signal("fake_burst", 0.1)]) == 0


def test_slow_lockstep_alone_makes_nobody_a_suspect() -> None:
    def locked(score: float) -> Signal:
        return Signal("s", "fake_lockstep", "c", "", score, START, START)

    device = Signal("d", "fake_shared_device", "c", "", 0.25, START, START)
    most = CAP / FULL
    assert suspicion_of([], [locked(most)]) == 0
    assert suspicion_of([], [locked(most + 0.01)]) > 0  # that is haste
    assert suspicion_of([], [locked(0.2), device]) == suspicion_of([], [locked(most), device]) > 0


def suspect(staff: tuple[str, ...], groups: tuple[str, ...], day: int = 0) -> Member:
    time = START + day * 86_400 * SECOND
    return Member((time, time + MINUTE), Traits(adds=len(staff), suspicion=2), groups, staff)


def test_one_alert_for_a_pool() -> None:
    members = {
        "c1": suspect(("s1", "s2"), ("g1",)),
        "c2": suspect(("s2",), ("g1", "g2"), day=1),
        "c3": suspect(("s3",), ("g2",)),
        "c4": suspect(("s9",), ("g9",)),  # alone: no pool
    }
    (alert,) = alerts_of(f"q{NOVEMBER}\x1f", members).values()
    evidence = json.loads(alert.evidence)
    assert evidence["members"] == ["c1", "c2", "c3"]
    assert (evidence["customers"], evidence["adds"], evidence["staff"]) == (3, 4, 3)
    assert (alert.severity, alert.started_at) == ("warning", START)
    assert alert.ended_at == START + 2 * 86_400 * SECOND + MINUTE
    assert "3 个客户账号" in alert.summary_zh
    assert "3 customers added 3 staff" in alert.summary_en
    del members["c4"]
    assert list(alerts_of(f"q{NOVEMBER}\x1f", members)) == [alert.fingerprint]


def test_a_staff_member_of_many_suspects_is_alerted_and_no_more() -> None:
    members = {f"c{number:02}": suspect(("s1",), ()) for number in range(15)}
    (alert,) = alerts_of(f"q{NOVEMBER}\x1f", members).values()
    assert (alert.key, alert.severity) == ("staff s1", "warning")
    del members["c00"]
    assert alerts_of(f"q{NOVEMBER}\x1f", members) == {}


def test_subjects_name_their_month() -> None:
    assert month_of_subject(PAIR) == NOVEMBER
    assert month_of_subject("s\x1fs1") is None


def test_every_fake_code_has_a_runbook() -> None:
    codes = [one.code for one in (*GROUP_DETECTORS, *CUSTOMER_DETECTORS)]
    for code in codes:
        assert all(runbooks(code)) is code.startswith("fake_")
