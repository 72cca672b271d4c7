"""Mutual ring: staff of other banks and this bank's staff add each other to fill their counts.

The accounts are real people of the same city with real lives: no proxy, no province far away,
few removals. But they have no account here, and each adds many of this bank's staff over days.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from sources.simulate.attacks.pool import Pool, draw
from sources.simulate.chance import log_uniform, whole
from sources.simulate.clock import DAY, HOUR
from sources.simulate.scene import Scene

LABEL = "mutual_ring"


def shape(scene: Scene, rng: Random, pool_id: str) -> Pool:
    pool = draw(scene, rng, LABEL, pool_id)
    longest = scene.clock.end * 0.9
    pool.duration = int(min(longest, log_uniform(rng, 6 * HOUR, 28 * DAY)))
    pool.start = int(rng.random() * (scene.clock.end - pool.duration))
    pool.accounts = whole(rng, 15, 70)
    pool.per_account = whole(rng, 3, 12)
    pool.targets = scene.sellers(rng, pool.start // DAY, whole(rng, pool.per_account, 30))
    pool.gap = log_uniform(rng, HOUR / 60, DAY)
    pool.in_order = rng.random() < 0.2
    pool.clump = whole(rng, 1, 4)
    pool.local = rng.uniform(0.8, 1.0)
    pool.devices = pool.addresses = 0
    pool.strangers = rng.uniform(0.7, 1.0)
    pool.wecom = rng.uniform(0.05, 0.8)
    pool.manner = replace(
        pool.manner,
        verify=pool.manner.verify * rng.random(),
        remove=rng.uniform(0.0, 0.15),
        greet=rng.uniform(0.1, 0.9),
        answer=rng.uniform(0.0, 0.5),
    )
    return pool
