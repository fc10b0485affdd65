"""Whether a drawing really looks like the colour that it was given."""

# ruff: noqa: PLR2004 - the numbers here are shares of a colour, each beside what it judges

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from service.generators.illustrator.sprites.art import Sprite
from service.generators.illustrator.sprites.colours import hls

ENOUGH = 0.2
"""Of its pixels have the colour."""
HUE = 0.07
"""Of 1 around the circle: how far a shade may be from its colour."""


@lru_cache(256)
def shows(sprite: Sprite, colour: str) -> bool:
    """Whether enough of a drawing has a colour: a red house that is pink does not."""
    pixels = np.asarray(sprite.pixels, np.float64) / 255
    seen = pixels[pixels[..., 3] > 0.5][:, :3]
    if not len(seen):
        return False
    high, low = seen.max(1), seen.min(1)
    lightness, spread = (high + low) / 2, high - low
    hue, wanted, saturation = hls(colour)
    if saturation < 0.15:
        if wanted < 0.3:
            alike = lightness < 0.42
        elif wanted > 0.85:
            alike = (lightness > 0.68) & (spread < 0.3)
        else:
            alike = spread < 0.2
    else:
        alike = (spread > 0.18) & (distances(seen, high, spread, hue) < HUE)
        alike &= np.abs(lightness - wanted) < 0.22
    return float(alike.mean()) >= ENOUGH


def distances(
    seen: NDArray[np.float64], high: NDArray[np.float64], spread: NDArray[np.float64], hue: float
) -> NDArray[np.float64]:
    """How far the hue of each pixel is from another one."""
    red, green, blue = seen[:, 0], seen[:, 1], seen[:, 2]
    wide = np.maximum(spread, 1e-6)
    hues = np.where(
        high == red,
        ((green - blue) / wide) % 6,
        np.where(high == green, (blue - red) / wide + 2, (red - green) / wide + 4),
    )
    away: NDArray[np.float64] = np.abs(hues / 6 - hue)
    nearest: NDArray[np.float64] = np.minimum(away, 1 - away)
    return nearest
