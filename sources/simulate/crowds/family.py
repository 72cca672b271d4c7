"""A family: two to five people at one address, often with one device or one account.

Lawful because: parents add for grandparents and children.
It looks fake because: one device, one bank number for several accounts, minutes apart.
"""

from __future__ import annotations

from random import Random

from sources.simulate.chance import log_uniform
from sources.simulate.clock import MINUTE, moment_of_day
from sources.simulate.friendship import Manner
from sources.simulate.places import any_address
from sources.simulate.scene import Scene

NAME = "family"
MANNER = Manner(context=NAME, seen=0.6, verify=0.75, verify_hours=5.0, one_sided=0.08)


def gather(scene: Scene, rng: Random, day: int) -> None:
    staff = scene.seller(rng, day)
    time = moment_of_day(rng, day)
    province = scene.province_of(rng, staff)
    home = any_address(rng, province)
    first = scene.person(rng, scene.own_bank(rng, staff), province, home)
    one_device, one_bank = rng.random() < 0.5, rng.random() < 0.25
    gap = log_uniform(rng, 0.5, 4000) * MINUTE
    for number in range(rng.randint(2, 5)):
        person = first
        if number:
            bank = first.bank if one_bank else scene.own_bank(rng, staff)
            person = scene.person(rng, bank, province, home)
        if one_device:
            person = person._replace(device=first.device)
        scene.calendar.at(time, scene.friendships.befriend, staff, person, MANNER)
        time += int(gap * rng.random())
