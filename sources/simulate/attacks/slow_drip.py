"""Slow drip: a pool for one or two members of staff, a few accounts a day, for weeks."""

from __future__ import annotations

from random import Random

from sources.simulate.attacks.pool import Pool, draw
from sources.simulate.chance import whole
from sources.simulate.clock import DAY
from sources.simulate.scene import Scene

LABEL = "slow_drip"


def shape(scene: Scene, rng: Random, pool_id: str) -> Pool:
    pool = draw(scene, rng, LABEL, pool_id)
    pool.duration = int(scene.clock.end * rng.uniform(0.3, 0.97))
    pool.start = int(rng.random() * (scene.clock.end - pool.duration))
    a_day = rng.uniform(0.8, 7)
    pool.accounts = max(15, min(400, int(a_day * pool.duration / DAY)))
    pool.per_account = whole(rng, 1, 3)
    pool.targets = scene.sellers(rng, pool.start // DAY, max(pool.per_account, whole(rng, 1, 4)))
    pool.clump = 1
    pool.daytime = rng.uniform(0.8, 0.99)
    return pool
