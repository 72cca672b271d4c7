"""Campus day: first-year students open accounts at a booth for a gift.

Lawful because: they are real students who will use the account.
It looks fake because: they come from all provinces, behind the campus's address, in a burst,
write nothing, and some remove the manager once they have the gift.
"""

from __future__ import annotations

from random import Random

from sources.simulate.chance import log_uniform, whole
from sources.simulate.clock import MINUTE, at_hour
from sources.simulate.friendship import Manner
from sources.simulate.places import any_address, broadband
from sources.simulate.scene import Scene

NAME = "campus_day"


def gather(scene: Scene, rng: Random, day: int) -> None:
    booth = scene.colleagues(rng, scene.seller(rng, day), rng.randint(1, 4))
    home = booth[0].branch.province
    start = at_hour(rng, day, 9, 16)
    length = log_uniform(rng, 30, 300) * MINUTE
    campus = [broadband(rng, home) for _ in range(rng.randint(1, 4))]
    locals_share, wireless = rng.uniform(0.1, 0.7), rng.uniform(0.2, 0.9)
    again = rng.uniform(0.0, 0.5)
    manner = _manner(rng)
    for _ in range(whole(rng, 20, 160)):
        staff = booth[int(rng.random() * len(booth))]
        province = scene.province_of(rng, staff, locals_share)
        address = campus[int(rng.random() * len(campus))]
        if rng.random() > wireless:
            address = any_address(rng, home if rng.random() < 0.7 else province)
        bank = scene.crm.newcomer(day, staff.rank if rng.random() < 0.8 else -1)
        person = scene.person(rng, bank, province, address)
        time = start + int(rng.random() * length)
        for number, other in enumerate(scene.colleagues(rng, staff, 3)):
            if number == 0 or rng.random() < again:
                scene.calendar.at(
                    time, scene.friendships.befriend, other, person, manner, number == 0
                )
                time += MINUTE


def _manner(rng: Random) -> Manner:
    return Manner(
        context=NAME,
        ways=(1, 1, 1, 1, 16, 4) if rng.random() < 0.7 else (16, 16, 10, 1, 3, 24),
        channels=("campaign-campus", "poster", "h5-page"),
        seen=rng.uniform(0.3, 0.9),
        other_province=rng.uniform(0.02, 0.3),
        one_sided=rng.uniform(0.02, 0.25),
        verify=rng.uniform(0.4, 0.9),
        verify_first=rng.uniform(0.0, 0.5),
        verify_hours=log_uniform(rng, 0.1, 48),
        remove=rng.uniform(0.05, 0.6),
        remove_days=log_uniform(rng, 0.1, 10),
        greet=rng.uniform(0.0, 0.8),
        answer=rng.uniform(0.0, 0.2),
        keep=rng.uniform(0.02, 0.3),
    )
