"""What is done to a painted picture: black and white, few colours, pixels, watercolour, sepia."""

# ruff: noqa: PLR2004 - the numbers here are shares and strengths, each beside what it shapes

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from service.generators.illustrator.looks.reading import Look
from service.generators.illustrator.poster.contrast import luminance
from service.generators.illustrator.sprites.colours import rgb

Pixels = npt.NDArray[np.floating]
CELLS = 135
"""Squares along the shorter side of a picture in pixels."""
SHADES = 40
"""Colours of a picture in pixels."""
UNDER_WORDS = ("pixels", "watercolour")
"""Done before the letters are set, which stay sharp."""


def under_words(image: Image.Image, look: Look, rng: np.random.Generator) -> Image.Image:
    """The ground and the object of a poster, before its words."""
    return changed(image, look.effect, rng) if look.effect in UNDER_WORDS else image


def over_all(
    image: Image.Image, look: Look, colours: Sequence[str], rng: np.random.Generator
) -> Image.Image:
    """The finished picture; `colours` are the ground and the letters of a poster."""
    named = look.all_colours
    if "two" in look.effects or (look.only and 1 <= len(named) <= 2):
        return duotone(image, *(colours or two_of(named)))
    if look.only and named:
        return nearest(image, tuple(dict.fromkeys((*colours, *named))))
    return image if look.effect in UNDER_WORDS else changed(image, look.effect, rng)


def whole(image: Image.Image, look: Look, rng: np.random.Generator) -> Image.Image:
    """A finished scene."""
    if "two" in look.effects:
        return duotone(image, *two_of(look.all_colours))
    return changed(image, look.effect, rng)


def changed(image: Image.Image, effect: str, rng: np.random.Generator) -> Image.Image:
    match effect:
        case "grey":
            return image.convert("L").convert("RGB")
        case "sepia":
            return toned(image)
        case "pixels":
            return in_pixels(image)
        case "watercolour":
            return watercolour(image, rng)
        case _:
            return image


def two_of(named: Sequence[str]) -> tuple[str, str]:
    """A light and a dark colour of those that are named."""
    light, dark = "#fbf7ef", "#16284f"
    if len(named) == 1:
        return (light, named[0]) if luminance(named[0]) < 0.4 else (named[0], dark)
    if len(named) > 1:
        dark, light = sorted(named[:2], key=luminance)
    return light, dark


def duotone(image: Image.Image, one: str, other: str) -> Image.Image:
    """Only two colours: each point has that whose brightness is nearer."""
    grey = np.asarray(image.convert("L"), np.float32) / 255
    first, second = (np.asarray(rgb(colour), np.float32) for colour in (one, other))
    low, high = sorted((brightness(one), brightness(other)))
    middle = (low + high) / 2
    lighter = np.clip((grey - middle) / 0.08 + 0.5, 0, 1)[..., None]
    light, dark = (first, second) if brightness(one) >= brightness(other) else (second, first)
    return imaged(dark + (light - dark) * lighter)


def brightness(colour: str) -> float:
    red, green, blue = rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def nearest(image: Image.Image, colours: Sequence[str]) -> Image.Image:
    """Only these colours: each point has that which is nearest."""
    pixels = np.asarray(image, np.float32) / 255
    table = np.asarray([rgb(colour) for colour in colours], np.float32)
    away = np.stack([((pixels - colour) ** 2).sum(-1) for colour in table], -1)
    return imaged(table[away.argmin(-1)])


def toned(image: Image.Image) -> Image.Image:
    """The browns of an old photograph."""
    grey = np.asarray(image.convert("L"), np.float32)[..., None] / 255
    dark, light = (np.asarray(rgb(colour), np.float32) for colour in ("#2b1a0e", "#f7ead0"))
    return imaged(dark + (light - dark) * grey)


def in_pixels(image: Image.Image) -> Image.Image:
    """Large squares of few colours."""
    share = CELLS / min(image.size)
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    small = image.resize(size, Image.Resampling.BOX)
    few = small.quantize(SHADES, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return few.convert("RGB").resize(image.size, Image.Resampling.NEAREST)


def watercolour(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Colours that run: soft edges, darker at their rims, uneven, on white paper."""
    half = image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)
    soft = half.filter(ImageFilter.MedianFilter(5))
    pixels = wavered(np.asarray(soft, np.float32) / 255, rng)
    blurred = np.asarray(
        Image.fromarray((pixels * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(6)),
        np.float32,
    )
    rims = np.clip(blurred / 255 - pixels, 0, 0.2)
    uneven = noise(pixels.shape[:2], 7, rng) * 0.5 + noise(pixels.shape[:2], 34, rng) * 0.3
    washed = 1 - (1 - pixels) * (0.62 + 0.42 * uneven[..., None]) - rims * 0.6
    grain = noise(pixels.shape[:2], 220, rng)[..., None]
    washed = washed - 0.035 * grain
    edge = paper_edge(pixels.shape[:2], rng)[..., None]
    washed = washed * (1 - edge) + 0.985 * edge
    return imaged(washed).resize(image.size, Image.Resampling.BICUBIC)


def wavered(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """The points moved a little, so that no line is straight."""
    high, wide = pixels.shape[:2]
    reach = min(high, wide) * 0.012
    down = (noise((high, wide), 16, rng) - 0.5) * 2 * reach
    across = (noise((high, wide), 16, rng) - 0.5) * 2 * reach
    rows = np.clip(np.arange(high)[:, None] + down, 0, high - 1).astype(int)
    columns = np.clip(np.arange(wide)[None, :] + across, 0, wide - 1).astype(int)
    moved: Pixels = pixels[rows, columns]
    return moved


def paper_edge(shape: tuple[int, int], rng: np.random.Generator) -> Pixels:
    """1 at the ragged white margin, 0 inside."""
    high, wide = shape
    rows, columns = np.arange(high)[:, None], np.arange(wide)[None, :]
    border = np.minimum(np.minimum(rows, high - 1 - rows), np.minimum(columns, wide - 1 - columns))
    depth = border / min(high, wide) + 0.03 * (noise(shape, 12, rng) - 0.5)
    return np.clip((0.03 - depth) / 0.006, 0, 1).astype(np.float32)


def noise(shape: tuple[int, int], cells: int, rng: np.random.Generator) -> Pixels:
    """Smooth chance 0 … 1, with so many bumps across."""
    high, wide = shape
    bumps = rng.random((cells + 1, max(2, cells * wide // high) + 1), dtype=np.float32)
    smooth = Image.fromarray(bumps).resize((wide, high), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(smooth, np.float32), 0, 1)


def imaged(pixels: Pixels) -> Image.Image:
    return Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8))
