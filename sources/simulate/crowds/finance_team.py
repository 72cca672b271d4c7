"""A firm's finance team, or a shop's: each member adds the staff who serve it, in all cities.

Lawful because: they work with all of these staff and verify as the firm's accountants.
It looks fake because: several accounts, often WeCom ones, add the same staff across branches,
often from the one tablet of the office, and often all verify with the one bank number that the
firm has.
"""

from __future__ import annotations

from random import Random

from sources.simulate.chance import log_uniform, pick, some, whole
from sources.simulate.clock import DAY, MINUTE, at_hour
from sources.simulate.friendship import Manner
from sources.simulate.places import any_address, broadband
from sources.simulate.scene import Scene

NAME = "finance_team"


def gather(scene: Scene, rng: Random, day: int) -> None:
    contacts = scene.sellers(rng, day, whole(rng, 2, 12))
    home = contacts[0].branch.province
    office = broadband(rng, home)
    spread = log_uniform(rng, 20 * MINUTE, 12 * DAY)
    wecom, verifies = rng.random(), rng.uniform(0.1, 0.9)
    manner = _manner(rng, verifies)
    start = at_hour(rng, day, 8.5, 17)
    firm = scene.own_bank(rng, contacts[0]) if rng.random() < 0.5 else -1
    one_device = rng.random() if rng.random() < 0.5 else 0.0
    devices = [scene.new_device() for _ in range(whole(rng, 1, 3))]
    for _ in range(whole(rng, 3, 20)):
        bank = firm if firm >= 0 else scene.own_bank(rng, contacts[0])
        address = office if rng.random() < 0.7 else any_address(rng, home)
        person = scene.person(rng, bank, home, address)
        person = person._replace(kind="wecom" if rng.random() < wecom else "wechat")
        if rng.random() < one_device:
            person = person._replace(device=pick(rng, devices))
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
        seen=rng.uniform(0.0, 0.95),
        other_province=rng.uniform(0.0, 0.3),
        one_sided=rng.uniform(0.0, 0.3),
        verify=verifies,
        remove=rng.uniform(0.0, 0.3),
        remove_days=log_uniform(rng, 0.2, 12),
        greet=rng.uniform(0.2, 0.9),
        answer=rng.uniform(0.1, 0.7),
    )
