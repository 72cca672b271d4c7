"""Bought pool: a dealer's accounts add the buyers' staff, list by list."""

from __future__ import annotations

from random import Random

from sources.simulate.attacks.pool import Pool, draw
from sources.simulate.scene import Scene

LABEL = "bought_pool"


def shape(scene: Scene, rng: Random, pool_id: str) -> Pool:
    """Any shape at all: this is the attack with the widest range."""
    return draw(scene, rng, LABEL, pool_id)
