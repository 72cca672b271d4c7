"""A community chat: a group's members add the manager who was just presented to them.

Lawful because: neighbours, parents of a school, members of a club.
It looks fake because: all by group chat within minutes, late in the evening too.
"""

from __future__ import annotations

from random import Random

from sources.simulate.chance import log_uniform, whole
from sources.simulate.clock import HOUR, MINUTE, moment_of_day
from sources.simulate.friendship import Manner
from sources.simulate.scene import Scene

NAME = "community_chat"


def gather(scene: Scene, rng: Random, day: int) -> None:
    staff = scene.seller(rng, day)
    start = moment_of_day(rng, day)
    length = log_uniform(rng, 3 * MINUTE, 20 * HOUR)
    locals_share = rng.uniform(0.7, 1.0)
    manner = Manner(
        context=NAME,
        ways=(4, 4, 4, 4, 3, 6, 1),
        channels=("community", "referral"),
        seen=rng.uniform(0.0, 0.5),
        verify=rng.uniform(0.2, 0.7),
        one_sided=rng.uniform(0.0, 0.2),
        remove=rng.uniform(0.02, 0.2),
        answer=rng.uniform(0.1, 0.6),
    )
    for _ in range(whole(rng, 6, 60)):
        province = scene.province_of(rng, staff, locals_share)
        person = scene.person(rng, scene.own_bank(rng, staff), province)
        time = start + int(length * rng.random() ** 2)
        scene.calendar.at(time, scene.friendships.befriend, staff, person, manner)
