"""What a prompt leaves open differs from seed to seed: the ground, its hills and trees, a floor.

Nothing that has a name of its own does: mountains, a path, a sunset or a field of flowers that
was not asked for would be a stray one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from service.generators.illustrator.scene import Scene

VARIANTS = 15


def varied(scene: Scene, rng: np.random.Generator) -> Scene:
    """The scene with what its prompt leaves open filled in."""
    return replace(scene, variant=int(rng.integers(VARIANTS)))
