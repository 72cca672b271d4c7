"""Alerts kept up to date are those that the definition has, whatever came and went meanwhile."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.detectors.members import Member, Traits
from pipeline.core.detectors.pools import AlertFound, alerts_of
from pipeline.core.detectors.suspects import Suspects

SUBJECT = "q24322\x1f"

members = st.builds(
    lambda time, adds, groups, staff: Member(
        (time, time + 5), Traits(adds=adds, suspicion=2), tuple(sorted(groups)), tuple(staff)
    ),
    st.integers(0, 3),
    st.integers(1, 3),
    st.sets(st.sampled_from("abcdefgh"), max_size=2),
    st.lists(st.sampled_from(("S1", "S2")), max_size=2, unique=True),
)
steps = st.lists(
    st.tuples(st.integers(0, 29), st.one_of(members, st.none()), st.booleans()), max_size=80
)


@given(given=st.lists(members, max_size=30), steps=steps)
@settings(deadline=None)
def test_what_changes_and_what_is_defined(
    given: list[Member], steps: list[tuple[int, Member | None, bool]]
) -> None:
    suspects, known = Suspects(SUBJECT), dict[str, Member]()
    told: dict[str, AlertFound] = {}
    first = [(number, member, False) for number, member in enumerate(given)]
    for number, member, settle in [*first, *steps, (0, None, True)]:
        name = f"C{number:02}"
        suspects.put(name, member)
        if member is None:
            known.pop(name, None)
        else:
            known[name] = member
        if settle:
            for fingerprint, alert in suspects.settle().items():
                if alert is None:
                    del told[fingerprint]
                else:
                    assert told.get(fingerprint) != alert
                    told[fingerprint] = alert
            assert told == suspects.alerts == alerts_of(SUBJECT, known)
    assert suspects.members == known
