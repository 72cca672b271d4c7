"""A pool: accounts that somebody bought, made or lent to add staff, and how they are used.

`draw` gives each pool its own shape from wide ranges, so that no size, rate, hour or province
mix tells a pool; the files beside this one narrow it to one kind of attack. Camouflage (0 to
1) moves the pool's habits towards those of lawful people, each habit by its own amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from sources.simulate.chance import log_uniform, pick, some, whole
from sources.simulate.clock import DAY, HOUR, MINUTE, hour_of_day
from sources.simulate.friendship import ALL_WAYS, CHANNELS, Manner, Person
from sources.simulate.places import PROVINCES, any_address, broadband, carrier
from sources.simulate.scene import Scene
from sources.simulate.staff import Staff


@dataclass
class Pool:
    """One pool, before it is played. Times in ms; shares from 0 to 1."""

    rng: Random
    label: str
    pool_id: str
    camouflage: float
    accounts: int
    per_account: int  # staff that an account adds
    targets: list[Staff]  # staff whom the pool is to serve
    start: int
    duration: int
    gap: float  # mean time between an account's adds
    in_order: bool  # all accounts add the targets in one order
    clump: int  # accounts that are worked through together
    daytime: float  # share of sessions kept to a bank's hours
    local: float  # share of accounts that seem to come from the staff's province
    provinces: list[int]
    devices: int  # 0: each account has its own
    addresses: int  # 0: each account has its own
    banks: list[int]  # bank customers to verify as; empty: the mix of `strangers`
    strangers: float  # share of verifications with a number that the CRM does not know
    innocents: float  # share of accounts that also add a member of staff nobody paid for
    wecom: float
    manner: Manner


def draw(scene: Scene, rng: Random, label: str, pool_id: str) -> Pool:
    """A pool of any shape."""
    camouflage = rng.random() ** 1.6  # most dealers do no more than they must
    duration = int(log_uniform(rng, 2 * MINUTE, min(30 * DAY, scene.clock.end)) * 0.95)
    start = _start(scene, rng, duration)
    per_account = whole(rng, 1, 12)
    return Pool(
        rng=rng,
        label=label,
        pool_id=pool_id,
        camouflage=camouflage,
        accounts=whole(rng, 15, 400),
        per_account=per_account,
        targets=scene.sellers(rng, start // DAY, max(per_account, whole(rng, 1, 20))),
        start=start,
        duration=duration,
        gap=log_uniform(rng, 2_000, 2 * HOUR),
        in_order=rng.random() < 0.5,
        clump=whole(rng, 1, 12),
        daytime=rng.uniform(0.5, 0.99),
        local=_habit(rng, rng.random() ** 1.5, 0.9, camouflage),
        provinces=some(rng, range(len(PROVINCES)), whole(rng, 1, 34)),
        devices=whole(rng, 2, 60) if rng.random() < 0.4 else 0,
        addresses=whole(rng, 1, 80) if rng.random() < 0.5 else 0,
        banks=[],
        strangers=rng.random(),
        innocents=rng.random() * camouflage * 0.6,
        wecom=0.07 if rng.random() < 0.7 else rng.uniform(0.0, 0.6),
        manner=_manner(rng, label, pool_id, camouflage),
    )


def _start(scene: Scene, rng: Random, duration: int) -> int:
    """When it begins: most short attacks keep a bank's hours, so as not to be seen."""
    start = int(rng.random() * (scene.clock.end - duration))
    if duration < DAY / 2 and rng.random() < 0.85:
        start = start // DAY * DAY + hour_of_day(rng) * HOUR + start % HOUR
    return min(start, scene.clock.end - duration)


def play(scene: Scene, pool: Pool) -> None:
    """Enter each account's session in the calendar."""
    rng = pool.rng
    devices = [scene.new_device() for _ in range(pool.devices)]
    lines = [_shared_line(rng, pool) for _ in range(pool.addresses)]
    order = some(rng, pool.targets, len(pool.targets))
    moment = pool.start
    for number in range(pool.accounts):
        if number % pool.clump == 0:
            moment = pool.start + int(rng.random() * pool.duration)
            if pool.duration > DAY and rng.random() < pool.daytime:
                moment = moment // DAY * DAY + hour_of_day(rng) * HOUR + moment % HOUR
        time = moment + int(rng.expovariate(1 / min(pool.gap, pool.duration / 4)))
        scene.calendar.at(time, _session, scene, pool, _person(scene, pool, devices, lines), order)


def _session(time: int, scene: Scene, pool: Pool, person: Person, order: list[Staff]) -> None:
    """One account adds its staff, one after the other, and perhaps an innocent one."""
    rng = pool.rng
    chosen = order if pool.in_order else some(rng, order, len(order))
    count = max(1, min(pool.per_account, len(chosen)))
    first = 0 if pool.in_order or len(chosen) <= count else rng.randrange(len(chosen) - count + 1)
    staff = chosen[first : first + count]
    if rng.random() < pool.innocents:
        innocent = scene.seller(rng, time // DAY)
        staff += [innocent] if innocent not in staff else []
    for number, one in enumerate(staff):
        befriend = scene.friendships.befriend
        scene.calendar.at(time, befriend, one, person, pool.manner, number == 0)
        time += 1500 + int(rng.expovariate(1 / pool.gap))


def _person(scene: Scene, pool: Pool, devices: list[int], lines: list[tuple[int, str]]) -> Person:
    rng = pool.rng
    draw = rng.random()
    province = pick(rng, pool.provinces)
    if draw > 0.94:  # a dealer mixes in whatever is at hand
        province = int(rng.random() * len(PROVINCES))
    elif draw < pool.local:
        province = pool.targets[0].branch.province
    where, address = pick(rng, lines) if lines else (province, any_address(rng, province))
    if where != province and rng.random() < 0.5:
        province = where  # the page saw the line's province
    return Person(
        account=scene.new_account(),
        bank=_bank(scene, pool),
        province=province,
        address=address,
        device=pick(rng, devices) if devices else scene.new_device(),
        kind="wecom" if rng.random() < pool.wecom else "wechat",
    )


def _bank(scene: Scene, pool: Pool) -> int:
    """Whom an account verifies as: invented, stolen, or the staff member's own customer."""
    rng = pool.rng
    if pool.banks:
        return pick(rng, pool.banks)
    if rng.random() < pool.strangers:
        return scene.crm.unknown()
    if rng.random() < 0.5:
        return scene.crm.anyone(rng)
    return scene.own_bank(rng, pick(rng, pool.targets))


def _shared_line(rng: Random, pool: Pool) -> tuple[int, str]:
    """A proxy's line or a carrier's address, and its province."""
    local = rng.random() < pool.local
    province = pool.targets[0].branch.province if local else pick(rng, pool.provinces)
    line = carrier if rng.random() < 0.35 else broadband
    return province, line(rng, province)


def _habit(rng: Random, bare: float, lawful: float, camouflage: float) -> float:
    """Between the two, nearer to `lawful` the more camouflage; each habit by its own amount."""
    share = min(1.0, camouflage * rng.uniform(0.5, 1.5))
    return bare + (lawful - bare) * share


def _manner(rng: Random, label: str, pool_id: str, camouflage: float) -> Manner:
    ways: Final = (*(pick(rng, ALL_WAYS[:-2]) for _ in range(rng.randint(6, 24))), *ALL_WAYS)
    level = "bare" if camouflage < 1 / 3 else "light" if camouflage < 2 / 3 else "heavy"

    def habit(bare: float, lawful: float) -> float:
        return _habit(rng, bare, lawful, camouflage)

    return Manner(
        label=label,
        pool_id=pool_id,
        context=level,
        ways=ways,
        channels=tuple(some(rng, CHANNELS, whole(rng, 2, len(CHANNELS)))),
        seen=rng.uniform(0.1, 0.9),
        located=rng.uniform(0.5, 0.95),
        other_province=habit(rng.uniform(0.0, 0.4), 0.05),
        one_sided=habit(rng.uniform(0.0, 0.5), 0.05),
        verify=habit(rng.uniform(0.0, 0.5), 0.6),
        verify_first=rng.uniform(0.0, 0.7),
        verify_hours=log_uniform(rng, 0.05, 100),
        app=rng.uniform(0.0, 0.6),
        remove=habit(rng.uniform(0.0, 0.7), 0.08),
        remove_days=log_uniform(rng, 0.05, 15),
        greet=habit(rng.uniform(0.0, 0.7), 0.75),
        answer=habit(rng.uniform(0.0, 0.1), 0.4),
        keep=habit(rng.uniform(0.0, 0.1), 0.4),
    )
