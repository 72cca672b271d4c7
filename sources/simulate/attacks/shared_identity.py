"""Shared identity: one bank number (or a few) vouches for many accounts."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from sources.simulate.attacks.pool import Pool, draw
from sources.simulate.chance import pick, whole
from sources.simulate.scene import Scene

LABEL = "shared_identity"


def shape(scene: Scene, rng: Random, pool_id: str) -> Pool:
    """Often a real customer of the staff member who profits, sometimes an invented number."""
    pool = draw(scene, rng, LABEL, pool_id)
    pool.per_account = whole(rng, 1, 4)
    own = rng.random() < 0.6
    pool.banks = [
        scene.own_bank(rng, pick(rng, pool.targets)) if own else scene.crm.unknown()
        for _ in range(whole(rng, 1, 6))
    ]
    pool.manner = replace(pool.manner, verify=rng.uniform(0.5, 0.98))
    return pool
