"""A carrier's shared address: a county whose phones all come from one address.

Lawful because: the carrier does that, not the people.
It looks fake because: one address over days, with staff of several branches.
"""

from __future__ import annotations

from random import Random

from sources.simulate.chance import whole
from sources.simulate.clock import moment_of_day
from sources.simulate.friendship import Manner
from sources.simulate.places import carrier
from sources.simulate.scene import Scene

NAME = "carrier_address"
MANNER = Manner(context=NAME, seen=0.85)


def gather(scene: Scene, rng: Random, day: int) -> None:
    home = scene.seller(rng, day).branch.province
    address = carrier(rng, home)
    days = whole(rng, 1, 20)
    for _ in range(whole(rng, 6, 60)):
        when = min(day + int(rng.random() * days), scene.clock.days - 1)
        staff = scene.seller(rng, when)
        person = scene.person(rng, scene.own_bank(rng, staff), home, address)
        time = moment_of_day(rng, when)
        scene.calendar.at(time, scene.friendships.befriend, staff, person, MANNER)
