"""Payroll onboarding: a firm moves its wages to the bank, and its people add one manager.

Lawful because: they are real employees, many from other provinces, who open accounts that day.
It looks fake because: dozens within the hour, one address, seldom a message.
"""

from __future__ import annotations

from random import Random

from sources.simulate.chance import log_uniform, whole
from sources.simulate.clock import MINUTE, at_hour
from sources.simulate.friendship import Manner
from sources.simulate.places import any_address, broadband
from sources.simulate.scene import Scene

NAME = "payroll_onboarding"


def gather(scene: Scene, rng: Random, day: int) -> None:
    staff = scene.seller(rng, day)
    helpers = scene.colleagues(rng, staff, rng.randint(1, 2))
    start = at_hour(rng, day, 8.5, 17)
    length = log_uniform(rng, 3, 120) * MINUTE
    office = broadband(rng, staff.branch.province)
    locals_share, inside = rng.uniform(0.3, 0.95), rng.uniform(0.5, 1.0)
    manner = _manner(rng)
    # Some people fill in the firm's number instead of their own, until somebody notices.
    firm, mistaken = scene.own_bank(rng, staff), whole(rng, 2, 20) if rng.random() < 0.3 else 0
    for visitor in range(whole(rng, 12, 200)):
        province = scene.province_of(rng, staff, locals_share)
        address = office if rng.random() < inside else any_address(rng, staff.branch.province)
        rank = staff.rank if rng.random() < 0.9 else -1
        bank = firm if visitor < mistaken else scene.crm.newcomer(day, rank)
        person = scene.person(rng, bank, province, address)
        time = start + int(rng.random() * length)
        for number, helper in enumerate(helpers):
            if number == 0 or rng.random() < 0.6:
                add = scene.friendships.befriend
                scene.calendar.at(time, add, helper, person, manner, number == 0)
                time += int(rng.random() * 3 * MINUTE)


def _manner(rng: Random) -> Manner:
    return Manner(
        context=NAME,
        ways=(1, 1, 1, 16, 16, 3) if rng.random() < 0.6 else (1, 1, 4, 6, 24, 2),
        channels=("campaign-payroll", "h5-page", "card-qr"),
        seen=rng.uniform(0.3, 0.9),
        other_province=rng.uniform(0.0, 0.2),
        verify=rng.uniform(0.6, 0.97),
        verify_hours=log_uniform(rng, 0.1, 30),
        remove=rng.uniform(0.01, 0.2),
        greet=rng.uniform(0.0, 0.8),
        answer=rng.uniform(0.0, 0.15),
        keep=rng.uniform(0.05, 0.3),
    )
