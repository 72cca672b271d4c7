"""A red-packet campaign: who adds a member of staff gets a few yuan.

Lawful because: these are real people, one account each, whom the bank itself invited.
It looks fake because: a link goes round in chats, so that strangers of all provinces come in
minutes; where every host pays, most of them go through the whole list, and most leave once they
are paid.
"""

from __future__ import annotations

from random import Random

from sources.simulate.chance import log_uniform, some, whole
from sources.simulate.clock import DAY, MINUTE, at_hour, moment_of_day
from sources.simulate.friendship import Manner
from sources.simulate.scene import Scene

NAME = "red_packet"


def gather(scene: Scene, rng: Random, day: int) -> None:
    hosts = scene.sellers(rng, day, whole(rng, 1, 12))
    # Some campaigns open at midnight, and the chats are awake.
    start = at_hour(rng, day, 0, 5) if rng.random() < 0.12 else moment_of_day(rng, day)
    length = log_uniform(rng, 5 * MINUTE, 2 * DAY)
    locals_share, again = rng.uniform(0.25, 0.9), rng.random() ** 2
    most, pause = whole(rng, 1, 9), log_uniform(rng, 1, 120)
    manner = _manner(rng)
    for _ in range(whole(rng, 15, 150)):
        staff = hosts[int(rng.random() * len(hosts))]
        province = scene.province_of(rng, staff, locals_share)
        known = rng.random() < 0.5
        bank = scene.own_bank(rng, staff) if known else scene.crm.newcomer(day, staff.rank)
        person = scene.person(rng, bank, province)
        time = start + int(length * rng.random() ** 2)  # a chat is fast at first
        others = some(rng, hosts, whole(rng, 1, most)) if rng.random() < again else []
        for number, host in enumerate([staff, *(one for one in others if one is not staff)]):
            scene.calendar.at(time, scene.friendships.befriend, host, person, manner, number == 0)
            time += int(log_uniform(rng, 0.1, pause) * MINUTE)


def _manner(rng: Random) -> Manner:
    return Manner(
        context=NAME,
        ways=(16, 16, 16, 4, 4, 1, 3, 10, 0) if rng.random() < 0.6 else (1, 1, 4, 6, 24, 3),
        channels=("campaign-11a", "campaign-11b", "h5-page", "community"),
        seen=rng.uniform(0.3, 0.95),
        other_province=rng.uniform(0.02, 0.25),
        one_sided=rng.uniform(0.02, 0.4),
        verify=rng.uniform(0.35, 0.95),
        verify_first=rng.uniform(0.0, 0.7),
        verify_hours=log_uniform(rng, 0.05, 40),
        remove=rng.uniform(0.08, 0.85),
        remove_days=log_uniform(rng, 0.05, 10),
        greet=rng.uniform(0.0, 0.7),
        answer=rng.uniform(0.0, 0.3),
        keep=rng.uniform(0.02, 0.4),
    )
