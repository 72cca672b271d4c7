"""Lawful adds that come together: one small file for each kind of crowd.

Each says why it is lawful and what makes it look fake. `RATES` says how often each happens.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from sources.simulate.chance import generator, poisson
from sources.simulate.crowds import (
    campus,
    carrier_line,
    community,
    fair,
    family,
    finance_team,
    payroll,
    phone_campaign,
    rate_shoppers,
    red_packet,
    tablets,
)
from sources.simulate.scene import Scene

Gather = Callable[[Scene, Random, int], None]

# Crowds for 1,000 days of staff.
RATES: Final[tuple[tuple[str, float, Gather], ...]] = (
    (payroll.NAME, 5.0, payroll.gather),
    (campus.NAME, 3.5, campus.gather),
    (fair.NAME, 4.0, fair.gather),
    (phone_campaign.NAME, 10.0, phone_campaign.gather),
    (red_packet.NAME, 6.0, red_packet.gather),
    (family.NAME, 40.0, family.gather),
    (tablets.HALL, 3.0, tablets.gather_in_hall),
    (tablets.ONE_DAY, 5.0, tablets.gather_for_a_day),
    (carrier_line.NAME, 4.0, carrier_line.gather),
    (finance_team.NAME, 4.0, finance_team.gather),
    (rate_shoppers.NAME, 2.2, rate_shoppers.gather),
    (community.NAME, 11.0, community.gather),
)


def open_day(scene: Scene, day: int) -> None:
    """Enter the crowds that begin on this day in the calendar."""
    scale = len(scene.team.sellers) * scene.clock.busy(day) / 1000
    for name, rate, gather in RATES:
        rng = generator(scene.seed, "crowd", name, day)
        for _ in range(poisson(rng, rate * scale)):
            gather(scene, rng, day)
