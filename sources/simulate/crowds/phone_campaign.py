"""A phone campaign: a member of staff calls a list and adds people by their mobile number.

Lawful because: the bank calls its own customers.
It looks fake because: forty adds in an evening, all by number, many one-sided, few answers.
"""

from __future__ import annotations

from random import Random

from sources.simulate.chance import log_uniform, whole
from sources.simulate.clock import MINUTE, at_hour
from sources.simulate.friendship import Manner
from sources.simulate.scene import Scene

NAME = "phone_campaign"


def gather(scene: Scene, rng: Random, day: int) -> None:
    staff = scene.seller(rng, day)
    time = at_hour(rng, day, 9, 20.5)
    pause = log_uniform(rng, 0.3, 8) * MINUTE
    locals_share = rng.uniform(0.7, 0.97)
    manner = _manner(rng)
    for _ in range(whole(rng, 8, 70)):
        province = scene.province_of(rng, staff, locals_share)
        person = scene.person(rng, scene.own_bank(rng, staff), province)
        scene.calendar.at(time, scene.friendships.befriend, staff, person, manner)
        time += int(rng.expovariate(1 / pause))


def _manner(rng: Random) -> Manner:
    return Manner(
        context=NAME,
        ways=(2, 2, 2, 2, 5, 6, 24),
        channels=("call-centre", "referral", "h5-page"),
        seen=rng.uniform(0.0, 0.3),
        one_sided=rng.uniform(0.05, 0.5),
        verify=rng.uniform(0.3, 0.75),
        verify_first=rng.uniform(0.0, 0.6),
        verify_hours=log_uniform(rng, 1, 90),
        remove=rng.uniform(0.03, 0.25),
        remove_days=log_uniform(rng, 0.3, 12),
        greet=rng.uniform(0.6, 1.0),
        answer=rng.uniform(0.05, 0.5),
    )
