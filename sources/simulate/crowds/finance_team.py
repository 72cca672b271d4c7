"""A firm's finance team: each of its members adds the staff who serve the firm, in all cities.

Lawful because: they work with all of these staff and verify as the firm's accountants.
It looks fake because: several accounts, often WeCom ones, add the same staff across branches,
and often all verify with the one bank number that the firm has.
"""

from __future__ import annotations

from random import Random

from sources.simulate.chance import log_uniform, some, whole
from sources.simulate.clock import DAY, MINUTE, at_hour
from sources.simulate.friendship import Manner
from sources.simulate.places import any_address, broadband
from sources.simulate.scene import Scene

NAME = "finance_team"


def gather(scene: Scene, rng: Random, day: int) -> None:
    contacts = scene.sellers(rng, day, whole(rng, 3, 12))
    home = contacts[0].branch.province
    office = broadband(rng, home)
    spread = log_uniform(rng, 20 * MINUTE, 12 * DAY)
    wecom, verifies = rng.random(), rng.uniform(0.2, 0.9)
    manner = _manner(rng, verifies)
    start = at_hour(rng, day, 8.5, 17)
    firm = scene.own_bank(rng, contacts[0]) if rng.random() < 0.5 else -1
    for _ in range(whole(rng, 3, 14)):
        bank = firm if firm >= 0 else scene.own_bank(rng, contacts[0])
        address = office if rng.random() < 0.7 else any_address(rng, home)
        person = scene.person(rng, bank, home, address)
        person = person._replace(kind="wecom" if rng.random() < wecom else "wechat")
        together = rng.random() < 0.5  # all contacts from one list, or as work brings them
        time = start + int(rng.random() * spread)
        for number, staff in enumerate(some(rng, contacts, rng.randint(2, len(contacts) + 1))):
            scene.calendar.at(time, scene.friendships.befriend, staff, person, manner, number == 0)
            time += int(rng.random() * (5 * MINUTE if together else spread / 4))


def _manner(rng: Random, verifies: float) -> Manner:
    return Manner(
        context=NAME,
        ways=(3, 3, 3, 2, 1, 5, 4, 201),
        channels=("referral", "card-qr", "community"),
        seen=rng.uniform(0.0, 0.6),
        one_sided=rng.uniform(0.0, 0.3),
        verify=verifies,
        remove=0.02,
        greet=rng.uniform(0.2, 0.9),
        answer=rng.uniform(0.1, 0.7),
    )
