"""Attacks: one small file for each kind, and the plan that a seed draws before anything else.

Each kind only shapes a `Pool`; `pool.py` plays it. Kinds, sizes, times and the share of fake
adds (1 to 6 % of all) differ from seed to seed.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from sources.simulate.attacks import (
    bought_pool,
    device_farm,
    mutual_ring,
    reward_hunter,
    shared_identity,
    slow_drip,
)
from sources.simulate.attacks.pool import Pool, play
from sources.simulate.chance import generator, log_uniform
from sources.simulate.scene import Scene

ADDS_A_STAFF_DAY: Final = 5.0  # lawful adds, measured over seeds; sizes the plan
SMALLEST: Final = 15  # accounts of a pool
Shape = Callable[[Scene, Random, str], Pool]
KINDS: Final[dict[str, Shape]] = {
    bought_pool.LABEL: bought_pool.shape,
    mutual_ring.LABEL: mutual_ring.shape,
    reward_hunter.LABEL: reward_hunter.shape,
    slow_drip.LABEL: slow_drip.shape,
    device_farm.LABEL: device_farm.shape,
    shared_identity.LABEL: shared_identity.shape,
}


def plan(scene: Scene) -> list[Pool]:
    """The pools of a seed: every kind once in random order, then any, until enough."""
    rng = generator(scene.seed, "attacks")
    lawful = len(scene.team.sellers) * scene.clock.days * ADDS_A_STAFF_DAY
    budget = int(log_uniform(rng, 0.012, 0.058) * lawful)
    if lawful >= SMALLEST / 0.06:
        budget = max(budget, SMALLEST)  # even a quiet seed has one pool
    whole_budget = budget
    order = rng.sample(list(KINDS), len(KINDS))
    liking = [rng.expovariate(1.0) for _ in order]  # each seed's criminals have their own taste
    pools: list[Pool] = []
    while budget >= SMALLEST:
        label = order[len(pools)] if len(pools) < len(order) else rng.choices(order, liking)[0]
        pool_id = f"p{len(pools) + 1:05d}"
        pool = KINDS[label](scene, generator(scene.seed, pool_id), pool_id)
        largest = int(whole_budget * rng.uniform(0.08, 0.5))  # a small bank sees several kinds
        budget -= _fit(pool, max(SMALLEST, min(budget, largest)))
        pools.append(pool)
    return pools


def launch(scene: Scene) -> None:
    """Draw the plan and enter every pool's beginning in the calendar."""
    for pool in plan(scene):
        scene.calendar.at(pool.start, _begin, scene, pool)


def _begin(_time: int, scene: Scene, pool: Pool) -> None:
    play(scene, pool)


def _fit(pool: Pool, budget: int) -> int:
    """Shrink a pool to the adds that are left; returns how many it will make."""
    if pool.accounts * pool.per_account > budget:
        pool.accounts = max(SMALLEST, budget // pool.per_account)
    if pool.accounts * pool.per_account > budget:
        pool.per_account = max(1, budget // pool.accounts)
    return pool.accounts * min(pool.per_account, len(pool.targets))
