"""Rate shoppers: savers who compare deposit rates and add the same published list of staff.

Lawful because: they are real people with real money who look for the best rate.
It looks fake because: strangers of many provinces add the same staff in the same order, verify
late or never, and remove those who offered too little. But they take their time, and they ask.
"""

from __future__ import annotations

from random import Random

from sources.simulate.chance import log_uniform, some, whole
from sources.simulate.clock import DAY, HOUR, MINUTE, moment_of_day
from sources.simulate.friendship import Manner
from sources.simulate.scene import Scene

NAME = "rate_shoppers"


def gather(scene: Scene, rng: Random, day: int) -> None:
    published = scene.sellers(rng, day, whole(rng, 2, 14))
    span = log_uniform(rng, 12 * HOUR, 15 * DAY)
    start = moment_of_day(rng, day)
    gap = log_uniform(rng, 2, 900) * MINUTE
    locals_share, in_order = rng.uniform(0.2, 0.85), rng.random() < 0.5
    manner = _manner(rng)
    for _ in range(whole(rng, 5, 60)):
        province = scene.province_of(rng, published[0], locals_share)
        bank = scene.crm.unknown() if rng.random() < 0.25 else scene.crm.anyone(rng)
        person = scene.person(rng, bank, province)
        chosen = published if in_order else some(rng, published, len(published))
        time = start + int(rng.random() * span)
        for number, staff in enumerate(chosen[: rng.randint(1, len(chosen))]):
            scene.calendar.at(time, scene.friendships.befriend, staff, person, manner, number == 0)
            time += int(rng.expovariate(1 / gap)) + 3000


def _manner(rng: Random) -> Manner:
    return Manner(
        context=NAME,
        ways=(2, 3, 16, 1, 10, 24, 6, 5, 0),
        channels=("community", "referral", "h5-page", "app-banner"),
        seen=rng.uniform(0.1, 0.8),
        other_province=rng.uniform(0.02, 0.3),
        one_sided=rng.uniform(0.02, 0.35),
        verify=rng.uniform(0.15, 0.7),
        verify_hours=log_uniform(rng, 1, 200),
        remove=rng.uniform(0.05, 0.7),
        remove_days=log_uniform(rng, 0.1, 10),
        greet=rng.uniform(0.2, 0.9),
        answer=rng.uniform(0.3, 0.85),
        keep=rng.uniform(0.1, 0.5),
    )
