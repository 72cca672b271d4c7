"""Transfers: a manager leaves, and the bank hands the friends over to colleagues.

Lawful because: nobody is new; the add at the colleague counts as `transferred`. Bought accounts
among the leaver's friends are handed over as well, and stay what they are.
"""

from __future__ import annotations

from functools import partial
from random import Random

from sources.simulate.chance import generator, pick
from sources.simulate.clock import DAY, MINUTE, SECOND, at_hour
from sources.simulate.friendship import Manner
from sources.simulate.scene import Scene
from sources.simulate.staff import Staff

NAME = "transfer"
_LAWFUL = Manner(context=NAME, ways=(202, 202, 202, 202, 201))


def plan(scene: Scene) -> None:
    """Enter each leaver's last evening in the calendar."""
    for rank, heir in scene.team.leavers.items():
        leaver = scene.team.managers[rank]
        if leaver.active_to is not None:
            rng = generator(scene.seed, NAME, rank)
            heirs = [one for one in scene.colleagues(rng, heir, 3) if one is not leaver]
            for one in heirs:
                one.met = set() if one.met is None else one.met
            evening = at_hour(rng, leaver.active_to, 17.5, 19)
            scene.calendar.at(evening, partial(_hand_over, scene, rng), leaver, heirs)


def _hand_over(scene: Scene, rng: Random, time: int, leaver: Staff, heirs: list[Staff]) -> None:
    friends, events = scene.friendships, scene.friendships.events
    for account, bank in zip(leaver.friends, leaver.banks, strict=True):
        staff = heirs[0] if rng.random() < 0.8 else pick(rng, heirs)
        customer = friends.customer_id(account)
        draw = rng.random()
        result = "success" if draw < 0.9 else "refused" if draw < 0.96 else "limit"
        time += SECOND + int(rng.random() * 20 * SECOND)
        events.friend_transferred(time, leaver.staff_id, staff.staff_id, customer, result)
        if result != "success":
            continue
        added = time + SECOND + int(rng.random() ** 4 * DAY)
        events.friend_removed(added + MINUTE, leaver.staff_id, customer, "transfer")
        manner = friends.pool_manner(account) or _LAWFUL
        friends.add(added, staff, account, pick(rng, _LAWFUL.ways), "", manner)
        staff.remember(account, bank)
