"""Device farm: a few phones log in and out of many accounts."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from sources.simulate.attacks.pool import Pool, draw
from sources.simulate.chance import whole
from sources.simulate.scene import Scene

LABEL = "device_farm"


def shape(scene: Scene, rng: Random, pool_id: str) -> Pool:
    """One to ten devices; the page sees them when an account adds or verifies."""
    pool = draw(scene, rng, LABEL, pool_id)
    pool.devices = whole(rng, 1, 10)
    pool.addresses = 0 if rng.random() < 0.3 else whole(rng, 1, 12)
    pool.per_account = whole(rng, 1, 8)
    pool.manner = replace(pool.manner, seen=rng.uniform(0.4, 1.0), verify=rng.uniform(0.1, 0.95))
    return pool
