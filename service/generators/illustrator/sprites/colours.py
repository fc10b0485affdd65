"""Colours: hex text to numbers and back, mixing, and shifting one colour to another's family."""

from __future__ import annotations

import colorsys
import math
import re
from collections.abc import Callable
from functools import lru_cache

RGB = tuple[float, float, float]
"""Red, green, blue, each 0 … 1."""

HEX = re.compile(r'(?<=")#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?=")')
"""A colour as an SVG attribute has it. (A reference like "#leaf1" has other letters.)"""


@lru_cache(4096)
def rgb(text: str) -> RGB:
    digits = text.lstrip("#")
    if len(digits) == 3:  # noqa: PLR2004 - the short form, #rgb
        digits = "".join(digit * 2 for digit in digits)
    return (int(digits[:2], 16) / 255, int(digits[2:4], 16) / 255, int(digits[4:6], 16) / 255)


def hexed(colour: RGB) -> str:
    red, green, blue = (round(255 * min(1.0, max(0.0, part))) for part in colour)
    return f"#{red:02x}{green:02x}{blue:02x}"


def mix(first: str, second: str, share: float) -> str:
    """The first colour with a share (0 … 1) of the second."""
    a, b = rgb(first), rgb(second)
    return hexed(
        (
            a[0] + (b[0] - a[0]) * share,
            a[1] + (b[1] - a[1]) * share,
            a[2] + (b[2] - a[2]) * share,
        )
    )


def scaled(colour: str, factor: RGB | float) -> str:
    parts = (factor, factor, factor) if isinstance(factor, int | float) else factor
    one = rgb(colour)
    return hexed((one[0] * parts[0], one[1] * parts[1], one[2] * parts[2]))


def grey_share(colour: str, share: float) -> str:
    """The colour with a share of its saturation taken away."""
    one = rgb(colour)
    grey = 0.3 * one[0] + 0.59 * one[1] + 0.11 * one[2]
    return mix(colour, hexed((grey, grey, grey)), share)


def hls(colour: str) -> tuple[float, float, float]:
    """Hue, lightness and saturation, each 0 … 1."""
    return colorsys.rgb_to_hls(*rgb(colour))


def from_hls(hue: float, lightness: float, saturation: float) -> str:
    return hexed(
        colorsys.hls_to_rgb(hue % 1, min(1, max(0, lightness)), min(1, max(0, saturation)))
    )


@lru_cache(4096)
def lab(colour: str) -> RGB:
    """CIE L*a*b* (D65): in it equal distances look about equally far apart."""
    linear = [_linear(c) for c in rgb(colour)]
    weights = (
        (0.4124, 0.3576, 0.1805, 0.9505),
        (0.2126, 0.7152, 0.0722, 1.0),
        (0.0193, 0.1192, 0.9505, 1.0891),
    )
    x, y, z = (sum(w * c for w, c in zip(row, linear, strict=False)) / row[3] for row in weights)
    x, y, z = (_root(t) for t in (x, y, z))
    return (116 * y - 16, 500 * (x - y), 200 * (y - z))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - of sRGB


def _root(part: float) -> float:
    return math.cbrt(part) if part > 0.008856 else 7.787 * part + 16 / 116  # noqa: PLR2004 - of L*a*b*


def difference(one: str, other: str) -> float:
    """How different two colours look (CIE 1976): 2 is just seen, 20 is seen in a small picture."""
    return math.dist(lab(one), lab(other))


def repaint(svg: str, change: Callable[[str], str]) -> str:
    """The SVG text with every colour replaced by what `change` makes of it."""
    return HEX.sub(lambda match: change(match[0]), svg)


def hue_distance(one: float, other: float) -> float:
    """0 … 0.5 around the colour circle."""
    apart = abs(one - other) % 1
    return min(apart, 1 - apart)
