"""How adds look and what comes after them: per crowd a habit, per seed and group drawn about it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.judging.second.chance import Dice

__all__ = ["HABITS", "Life", "Look", "draw_life", "draw_looks"]

Ways = tuple[tuple[int, float], ...]
Channels = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """Weights of ways and channels ("" is none); the rest are chances that a field is told."""

    ways: Ways
    channels: Channels
    page: float
    device: float
    told: float
    kind: float
    one_sided: float
    mutual: float


@dataclass(frozen=True, slots=True)
class Life:
    """What follows an add: chances, waits (median hours) and how much is said."""

    verify: float
    verify_after: float
    greet: float
    chats: float  # mean number of conversations in a fortnight
    leave: float
    leave_after: float
    dropped: float  # removed by the staff
    reacts: float
    clicks: float
    buys: float


@dataclass(frozen=True, slots=True)
class Habit:
    ways: Ways
    channels: Channels
    page: float
    verify: float
    verify_after: float
    chats: float
    leave: float
    leave_after: float
    one_sided: float = 0.04


HABITS = {
    "everyday": Habit(
        ((1, 5), (2, 2), (3, 2), (5, 0.6), (6, 0.5), (24, 0.6), (0, 0.3)),
        (("", 4), ("staff_card", 4), ("app", 1.5)), 0.3, 0.6, 20, 2.0, 0.07, 200,
    ),
    "hall_counter": Habit(
        ((1, 9), (3, 0.3), (24, 0.3)), (("hall", 6), ("", 2), ("staff_card", 1)),
        0.45, 0.55, 2, 0.8, 0.1, 120,
    ),
    "payroll": Habit(
        ((1, 9), (16, 1), (3, 0.2)), (("payroll", 5), ("", 2), ("staff_card", 1)),
        0.7, 0.7, 0.6, 0.25, 0.22, 90,
    ),
    "campus": Habit(
        ((1, 8), (16, 2), (4, 0.4)), (("campus", 5), ("redpacket", 1), ("", 1)),
        0.7, 0.6, 1.5, 0.25, 0.3, 70,
    ),
    "fair": Habit(
        ((1, 9), (3, 0.5)), (("fair", 5), ("poster", 2), ("", 1)),
        0.5, 0.3, 3, 0.3, 0.35, 40,
    ),
    "call_centre": Habit(
        ((2, 7), (16, 2), (1, 0.6), (24, 0.5)), (("callback", 3), ("", 5)),
        0.25, 0.4, 40, 0.6, 0.14, 60, 0.2,
    ),
    "red_packet": Habit(
        ((16, 5), (1, 3), (10, 1)), (("redpacket", 6), ("h5_link", 2), ("", 1)),
        0.8, 0.45, 0.5, 0.3, 0.4, 20, 0.08,
    ),
    "residents_group": Habit(
        ((4, 8), (1, 1.5), (3, 0.5)), (("group", 3), ("", 5)), 0.2, 0.3, 20, 0.9, 0.12, 150, 0.06,
    ),
    "hall_tablet": Habit(
        ((1, 8), (2, 1), (24, 0.4)), (("hall", 4), ("tablet", 3), ("", 1)),
        0.85, 0.85, 0.15, 0.3, 0.07, 300,
    ),
    "family": Habit(
        ((1, 5), (3, 4), (2, 1), (6, 0.4)), (("", 4), ("staff_card", 4), ("app", 1)),
        0.5, 0.5, 5, 1.2, 0.06, 200,
    ),
    "corporate_finance": Habit(
        ((1, 4), (2, 3), (3, 3), (12, 0.7), (9, 0.4)), (("", 6), ("staff_card", 2)),
        0.25, 0.25, 60, 2.5, 0.07, 300, 0.05,
    ),
    "rate_shopper": Habit(
        ((1, 3), (2, 3), (3, 2), (16, 1)), (("", 4), ("app", 2), ("poster", 1), ("h5_link", 1)),
        0.35, 0.35, 20, 1.8, 0.4, 60, 0.06,
    ),
    "transfer": Habit(
        ((202, 6), (201, 2.5), (1, 1), (3, 0.7)), (("", 7), ("staff_card", 1)),
        0.05, 0.4, 70, 0.7, 0.1, 60, 0.05,
    ),
    "referral": Habit(
        ((3, 7), (201, 0.6), (1, 2), (24, 0.4)), (("referral", 1), ("", 5), ("staff_card", 1)),
        0.2, 0.5, 24, 1.3, 0.09, 150,
    ),
    "relatives": Habit(
        ((6, 2), (5, 2), (1, 4), (3, 3), (24, 0.6)), (("", 5), ("staff_card", 2)),
        0.25, 0.25, 40, 1.6, 0.1, 250,
    ),
    "insurance_day": Habit(
        ((1, 8), (3, 2), (4, 0.4)), (("insurance", 4), ("hall", 2), ("", 2)),
        0.5, 0.4, 3, 0.8, 0.2, 80,
    ),
    "late_night": Habit(
        ((10, 4), (16, 4), (1, 2)), (("livestream", 5), ("h5_link", 3), ("", 1)),
        0.75, 0.35, 1, 0.5, 0.35, 30, 0.08,
    ),
    "month_end_push": Habit(
        ((2, 4), (1, 4), (3, 2), (24, 0.6), (0, 0.2)), (("", 5), ("staff_card", 3), ("app", 1)),
        0.25, 0.45, 20, 0.6, 0.15, 120, 0.1,
    ),
    "merchants": Habit(
        ((1, 8), (2, 1), (6, 0.3)), (("merchant", 4), ("", 3), ("staff_card", 1)),
        0.5, 0.55, 2, 1.0, 0.12, 150,
    ),
}  # fmt: skip
"""What each lawful crowd is like in the middle; seeds and single events stray far from it."""

_ANYWHERE_WAYS = ((1, 0.25), (2, 0.1), (3, 0.15), (16, 0.08), (0, 0.05), (24, 0.05))
_ANYWHERE_CHANNELS = (("", 0.3), ("staff_card", 0.15), ("h5_link", 0.05))


def draw_looks(dice: Dice) -> dict[str, Look]:
    """The looks of all crowds at this seed's bank: another bank uses other codes for the same."""
    kind, told, mutual = dice.uniform(0.3, 1), dice.uniform(0.05, 0.6), dice.uniform(0.2, 0.9)
    device = dice.uniform(0.4, 1.0)
    return {
        name: Look(
            tuple((way, w * dice.gammavariate(2, 0.5)) for way, w in habit.ways + _ANYWHERE_WAYS),
            tuple(
                (text, w * dice.gammavariate(2, 0.5))
                for text, w in habit.channels + _ANYWHERE_CHANNELS
            ),
            dice.share(habit.page),
            device * dice.uniform(0.6, 1.0),
            told * dice.uniform(0.5, 1.0),
            kind,
            dice.share(habit.one_sided, 25),
            mutual,
        )
        for name, habit in HABITS.items()
    }


def draw_life(dice: Dice, context: str) -> Life:
    """One group's life after its adds, about its crowd's habit."""
    habit = HABITS[context]
    return Life(
        verify=dice.share(habit.verify, 5),
        verify_after=dice.near(habit.verify_after, 0.8),
        greet=dice.share(0.5, 2),
        chats=dice.near(habit.chats, 0.6),
        leave=dice.share(habit.leave, 8),
        leave_after=dice.near(habit.leave_after, 0.8),
        dropped=dice.share(0.015, 60),
        reacts=dice.share(0.1, 6),
        clicks=dice.share(0.1, 6),
        buys=dice.share(0.06, 10),
    )
