"""Reward hunters: a few people with many accounts who come for the red packet and go."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from sources.simulate.attacks.pool import Pool, draw
from sources.simulate.chance import log_uniform, whole
from sources.simulate.scene import Scene

LABEL = "reward_hunter"


def shape(scene: Scene, rng: Random, pool_id: str) -> Pool:
    """Short or long, but most verify (for the reward) and most leave."""
    pool = draw(scene, rng, LABEL, pool_id)
    pool.accounts = whole(rng, 15, 200)
    pool.per_account = whole(rng, 1, 6)
    pool.clump = whole(rng, 2, 12)
    if rng.random() < 0.7:
        pool.devices = max(2, pool.accounts // whole(rng, 2, 12))
    pool.manner = replace(
        pool.manner,
        channels=("campaign-11a", "campaign-11b", "h5-page", "community"),
        seen=rng.uniform(0.3, 0.95),
        verify=rng.uniform(0.3, 0.98),
        remove=rng.uniform(0.25, 0.9),
        remove_days=log_uniform(rng, 0.02, 9),
        keep=rng.uniform(0.0, 0.2),
    )
    return pool
