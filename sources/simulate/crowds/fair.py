"""A fair: visitors go from desk to desk and add one to eight of the bank's staff.

Lawful because: they are people who look for a mortgage, a job, a wealth product.
It looks fake because: many accounts add the same few staff in the same minutes, from the hall's
one address, and leave once they have looked around.
"""

from __future__ import annotations

from random import Random

from sources.simulate.chance import log_uniform, some, whole
from sources.simulate.clock import MINUTE, at_hour
from sources.simulate.friendship import Manner
from sources.simulate.places import any_address, broadband
from sources.simulate.scene import Scene

NAME = "fair"


def gather(scene: Scene, rng: Random, day: int) -> None:
    first = scene.seller(rng, day)
    desks = scene.colleagues(rng, first, rng.randint(2, 6))
    if rng.random() < 0.4:  # several branches share the stand
        desks += [one for one in scene.sellers(rng, day, 5) if one not in desks]
    home = first.branch.province
    hall = broadband(rng, home)
    start, length = at_hour(rng, day, 9, 14), log_uniform(rng, 60, 360) * MINUTE
    each, locals_share = rng.uniform(1.0, 5.0), rng.uniform(0.6, 0.95)
    inside, pause = rng.uniform(0.1, 0.9), log_uniform(rng, 2, 25)
    manner = _manner(rng)
    for _ in range(whole(rng, 10, 90)):
        province = scene.province_of(rng, first, locals_share)
        address = hall if rng.random() < inside else any_address(rng, home)
        person = scene.person(rng, scene.own_bank(rng, first), province, address)
        time = start + int(rng.random() * length)
        count = max(1, min(len(desks), round(rng.gauss(each, 1))))
        for number, staff in enumerate(some(rng, desks, count)):
            scene.calendar.at(time, scene.friendships.befriend, staff, person, manner, number == 0)
            time += int(log_uniform(rng, 0.2, pause) * MINUTE)


def _manner(rng: Random) -> Manner:
    return Manner(
        context=NAME,
        ways=(1, 1, 1, 1, 3, 16, 24),
        channels=("poster", "card-qr", "campaign-11b"),
        seen=rng.uniform(0.2, 0.8),
        verify=rng.uniform(0.3, 0.7),
        verify_hours=log_uniform(rng, 0.5, 72),
        remove=rng.uniform(0.03, 0.6),
        remove_days=log_uniform(rng, 0.5, 12),
        greet=rng.uniform(0.2, 0.9),
        answer=rng.uniform(0.05, 0.5),
        keep=rng.uniform(0.1, 0.5),
    )
