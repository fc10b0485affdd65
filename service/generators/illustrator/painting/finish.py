"""The last touch on every picture: a soft vignette and a little grain."""

from __future__ import annotations

import numpy as np
from PIL import Image

from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.scene import Scene


def finish(picture: Composition, scene: Scene) -> None:
    bright = scene.place == "studio"
    if scene.has("white"):
        return
    across, down = picture.x / picture.width - 0.5, picture.y / picture.height - 0.5
    corners = np.clip(across**2 + down**2 - 0.14, 0, 1).astype(np.float32)
    picture.shade(1 - (0.22 if bright else 0.42) * corners)
    grain(picture)


def grain(picture: Composition) -> None:
    """Up to two steps of brightness, in a tile that repeats: it hides the bands of gradients."""
    tile = picture.rng.integers(-2, 3, (256, 256), dtype=np.int16)
    wide, high = picture.size
    noise = np.tile(tile, (-(-high // 256), -(-wide // 256)))[:high, :wide, None]
    pixels = np.asarray(picture.image, np.int16) + noise
    picture.image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
