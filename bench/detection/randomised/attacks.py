"""Bought friends: regions of the same knobs, and how they hide.

What they have in common is true of any of them: whoever is paid for adds makes several, seldom is
or becomes a customer, hardly writes, does no business later; and the same people serve many orders.
"""

from __future__ import annotations

from bench.detection.randomised.knobs import DAY, HOUR, MINUTE
from bench.detection.randomised.ranges import Log, Pick, Region, Share

__all__ = ["ATTACKS", "HIDING"]

_PAID: Region = {
    "rounds": Log(2, 16),
    "turnover": Share(0, 0.7),
    "same_staff": Share(0, 0.6),
    "known": Share(0.1, 0.8),
    "several": Share(0.55, 1, 0.6),
    "breadth": Share(0.3, 1),
    "customers": Share(0, 0.4, 2),
    "opening": Share(0, 0.3, 2),
    "write": Share(0, 0.15, 2.5),
    "business": Share(0, 0.2, 2),
    "chat": Share(0, 0.15, 3),
    "routine": Share(0, 0.02, 2),
    "leave": Share(0, 0.95),
    "verify": Share(0, 0.8, 1.5),
}

ATTACKS: dict[str, Region] = {
    "bought_pool": {
        **_PAID,
        "people": Log(8, 300),
        "duration": Log(2 * MINUTE, 4 * DAY),
        "staff": Log(2, 12),
        "reach": Pick({"branch": 2, "province": 2, "bank": 5}),
        "gap": Log(1, HOUR),
        "gap_spread": Log(0.1, 1.2),
        "prefix": Share(0.2, 1),
        "line": Pick({"own": 4, "few": 3, "carrier": 3}),
    },
    "device_farm": {
        **_PAID,
        "people": Log(6, 200),
        "duration": Log(5 * MINUTE, 6 * DAY),
        "staff": Log(2, 12),
        "gap": Log(1, 2 * HOUR),
        "seen": Share(0.2, 1),
        "line": Pick({"one": 3, "few": 4, "carrier": 2, "own": 1}),
        "on_line": Share(0.3, 1),
        "devices": Log(1, 30),
        "on_device": Share(0.2, 1),
    },
    "mutual_ring": {
        **_PAID,
        "people": Log(5, 80),
        "duration": Log(HOUR, 15 * DAY),
        "staff": Log(3, 20),
        "breadth": Share(0.3, 1),
        "gap": Log(5, 2 * DAY),
        "wecom": Share(0.1, 1),
        "line": Pick({"own": 4, "one": 2, "few": 3, "carrier": 2}),
        "write": Share(0, 0.22, 2),
        "leave": Share(0, 0.6, 2),
    },
    "reward_hunter": {
        **_PAID,
        "people": Log(6, 250),
        "duration": Log(10 * MINUTE, 8 * DAY),
        "staff": Log(2, 20),
        "several": Share(0.5, 1),
        "gap": Log(2, 12 * HOUR),
        "leave": Share(0.4, 1),
        "stay": Log(5 * MINUTE, 6 * DAY),
        "leave_all": Share(0.5, 1),
        "customers": Share(0, 0.7, 1.5),
        "verify": Share(0.1, 0.9),
    },
    "shared_identity": {
        **_PAID,
        "people": Log(6, 200),
        "duration": Log(10 * MINUTE, 10 * DAY),
        "staff": Log(2, 12),
        "gap": Log(1, 12 * HOUR),
        "verify": Share(0.4, 1),
        "customers": Share(0, 0.8),
        "borrowed": Share(0.2, 1),
        "borrowers": Log(3, 60),
        "away": Share(0, 0.9),
    },
    "slow_drip": {
        **_PAID,
        "people": Log(8, 150),
        "duration": Log(2 * DAY, 20 * DAY),
        "rhythm": Pick({"drip": 3, "office": 3, "bursts": 1}),
        "staff": Log(3, 12),
        "several": Share(0.6, 1),
        "breadth": Share(0.4, 1),
        "prefix": Share(0.4, 1),
        "write": Share(0, 0.1, 2),
        "gap": Log(HOUR, 4 * DAY),
        "turnover": Share(0, 0.4),
    },
}
"""By label."""

HIDING = {"bare": 0.03, "light": 0.15, "heavy": 0.35}
"""The context of a fake, and how probably each of its knobs is a lawful crowd's."""
