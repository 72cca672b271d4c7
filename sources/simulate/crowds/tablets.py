"""Tablets: one in a branch's hall for weeks, or one at an event for a day.

Lawful because: the staff help people who stand before them to fill in the form.
It looks fake because: dozens of accounts on one device and one address, who often add the
colleague at the next desk as well.
"""

from __future__ import annotations

from random import Random

from sources.simulate.chance import log_uniform, some, whole
from sources.simulate.clock import DAY, MINUTE, at_hour
from sources.simulate.friendship import Manner
from sources.simulate.places import broadband, carrier
from sources.simulate.scene import Scene

HALL = "hall_tablet"
ONE_DAY = "one_day_tablet"


def gather_in_hall(scene: Scene, rng: Random, day: int) -> None:
    """Some customers a day, on the branch's own line, for days to weeks."""
    _gather(scene, rng, day, HALL, days=whole(rng, 4, 25), visitors=whole(rng, 10, 90))


def gather_for_a_day(scene: Scene, rng: Random, day: int) -> None:
    """A stall in a market or a firm's canteen."""
    _gather(scene, rng, day, ONE_DAY, days=1, visitors=whole(rng, 8, 70))


def _gather(scene: Scene, rng: Random, day: int, name: str, days: int, visitors: int) -> None:
    team = scene.colleagues(rng, scene.seller(rng, day), rng.randint(1, 4))
    home = team[0].branch.province
    line = broadband(rng, home) if name == HALL or rng.random() < 0.4 else carrier(rng, home)
    tablet = scene.new_device()
    open_hours = log_uniform(rng, 0.5, 7) if days == 1 else 8.5
    morning = rng.uniform(8.5, 16.5 - open_hours) if days == 1 else 8.5
    locals_share, fresh = rng.uniform(0.5, 0.95), rng.random()
    again = rng.random() ** 2
    manner = _manner(rng, name)
    for _ in range(visitors):
        staff = team[int(rng.random() * len(team))]
        when = day + int(rng.random() * days)
        new = rng.random() < fresh and when < scene.clock.days
        bank = scene.crm.newcomer(when, staff.rank) if new else scene.own_bank(rng, staff)
        person = scene.person(rng, bank, scene.province_of(rng, staff, locals_share), line)
        person = person._replace(device=tablet)
        time = at_hour(rng, when, morning, morning + open_hours)
        scene.calendar.at(time, scene.friendships.befriend, staff, person, manner)
        for other in some(rng, [one for one in team if one is not staff], 2):
            if rng.random() < again:
                time += int(rng.random() ** 3 * DAY / 8) + MINUTE
                scene.calendar.at(time, scene.friendships.befriend, other, person, manner, False)


def _manner(rng: Random, name: str) -> Manner:
    return Manner(
        context=name,
        ways=(1, 1, 1, 16, 16, 24) if rng.random() < 0.7 else (16, 1, 2, 3),
        channels=("hall-qr", "h5-page", "poster"),
        seen=rng.uniform(0.6, 1.0),
        other_province=rng.uniform(0.0, 0.15),
        verify=rng.uniform(0.5, 0.97),
        verify_first=rng.uniform(0.2, 0.9),
        verify_hours=log_uniform(rng, 0.05, 2),
        remove=rng.uniform(0.02, 0.5),
        remove_days=log_uniform(rng, 0.2, 10),
        greet=rng.uniform(0.1, 0.9),
        answer=rng.uniform(0.0, 0.3),
        keep=rng.uniform(0.05, 0.4),
    )
