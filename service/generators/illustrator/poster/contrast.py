"""Contrast of ink and ground, as WCAG counts it."""

from __future__ import annotations

from service.generators.illustrator.sprites.colours import mix, rgb

CONTRAST = 4.5
"""WCAG AA: what every text has at least against its ground."""


def readable(ink: str, ground: str) -> str:
    """The ink, moved towards black or white until it stands out from the ground."""
    end = "#000000" if luminance(ground) > 0.18 else "#ffffff"  # noqa: PLR2004 - where both stand out alike
    for step in range(11):
        moved = mix(ink, end, step / 10)
        if contrast(moved, ground) >= CONTRAST:
            return moved
    return end


def luminance(colour: str) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - of sRGB
        for part in rgb(colour)
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG, 1 … 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
