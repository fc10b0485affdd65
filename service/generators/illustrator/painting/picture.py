"""The picture while it is painted: an image, soft washes over it, and glass layers of SVG."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops

from service.generators.illustrator.sprites.art import render
from service.generators.illustrator.sprites.colours import rgb
from service.generators.illustrator.sprites.svg import Layer

Field = npt.NDArray[np.float32]
"""One number for each point of the coarse grid."""

SHORT = 1000.0
"""The shorter side of every picture in its own units, whatever its pixels."""
COARSE = 4
"""Soft things (sky, fog, glow) are computed on a grid this many pixels wide, then enlarged."""


class Composition:
    """Units: the shorter side is 1000 wide; x runs right, y down."""

    def __init__(self, size: tuple[int, int], rng: np.random.Generator) -> None:
        self.size = size
        self.rng = rng
        self.scale = min(size) / SHORT
        self.width, self.height = size[0] / self.scale, size[1] / self.scale
        self.image = Image.new("RGB", size)
        self.layer = Layer()
        columns, rows = (-(-side // COARSE) for side in size)
        self.x = np.linspace(0, self.width, columns, dtype=np.float32)[None, :]
        self.y = np.linspace(0, self.height, rows, dtype=np.float32)[:, None]

    def flatten(self) -> None:
        """Paint the layer in hand onto the image and take a fresh one."""
        if self.layer:
            glass = render(self.layer.text(), (self.width, self.height), self.size[0])
            self.image.paste(glass, (0, 0), glass)
            self.layer = Layer()

    def fill(self, red_green_blue: Field) -> None:
        """Replace everything by a soft field of colour, shape (rows, columns, 3)."""
        self.image = enlarged(red_green_blue, self.size)

    def coat(self, top: float, bottom: float, *colours: str) -> None:
        """Paint a band with colours that run downwards, under the layer in hand.

        Large gradients cost a tenth of what they cost in a layer.
        """
        first, last = (max(0, min(self.size[1], round(y * self.scale))) for y in (top, bottom))
        if last <= first:
            return
        rows = np.linspace(0, 1, last - first)
        stops = np.linspace(0, 1, len(colours))
        parts = [[rgb(colour)[channel] for colour in colours] for channel in range(3)]
        ramp = np.stack([np.interp(rows, stops, part) for part in parts], -1)[:, None, :]
        strip = Image.fromarray((ramp * 255 + 0.5).astype(np.uint8))
        wide = self.size[0]
        self.image.paste(strip.resize((wide, last - first), Image.Resampling.NEAREST), (0, first))

    def wash(self, colour: str, strength: Field) -> None:
        """Lay a colour over everything, 0 … 1 strong at each point."""
        self.flatten()
        mask = enlarged(np.broadcast_to(strength, (self.y.size, self.x.size)), self.size)
        self.image.paste(colour, (0, 0, *self.size), mask)

    def glow(self, colour: str, strength: Field) -> None:
        """Add light of a colour, 0 … 1 strong at each point."""
        self.shine(strength[..., None] * np.asarray(rgb(colour), np.float32))

    def shine(self, light: Field) -> None:
        """Add a field of light, red, green and blue at each point."""
        self.flatten()
        self.image = ImageChops.screen(self.image, enlarged(light, self.size))

    def shade(self, strength: Field) -> None:
        """Multiply everything by 0 … 1."""
        self.flatten()
        mask = enlarged(np.broadcast_to(strength, (self.y.size, self.x.size)), self.size)
        self.image = ImageChops.multiply(self.image, Image.merge("RGB", (mask, mask, mask)))

    def halo(self, x: float, y: float, radius: float) -> Field:
        """1 at a point, falling softly to 0."""
        return np.exp(-((self.x - x) ** 2 + (self.y - y) ** 2) / (2 * radius * radius))

    def clouds(self, cells: float, octaves: int = 4, stretch: float = 1.0) -> Field:
        """Smooth noise 0 … 1; `cells` bumps across the shorter side, `stretch` times wider."""
        total = np.zeros((self.y.size, self.x.size), np.float32)
        weight = 1.0
        for octave in range(octaves):
            across = max(2, round(cells * self.width / SHORT / stretch * 2**octave)) + 1
            down = max(2, round(cells * self.height / SHORT * 2**octave)) + 1
            bumps = Image.fromarray(self.rng.random((down, across), dtype=np.float32))
            shape = (self.x.size, self.y.size)
            total += weight * np.asarray(bumps.resize(shape, Image.Resampling.BICUBIC))
            weight /= 2
        return total / (2 - 2 * weight)

    def wander(self, points: int, base: int = 3, rough: float = 0.5, octaves: int = 5) -> Field:
        """A line of smooth noise, about -1 … 1."""
        total = np.zeros(points, np.float32)
        height, bumps = 1.0, base
        for _ in range(octaves):
            knots = self.rng.standard_normal(bumps + 2).astype(np.float32)
            at = np.linspace(0, bumps, points, dtype=np.float32)
            left = at.astype(int)
            t = at - left
            t = t * t * (3 - 2 * t)
            total += height * (knots[left] * (1 - t) + knots[left + 1] * t)
            height *= rough
            bumps *= 2
        return total / 1.8

    def encoded(self, quality: int) -> bytes:
        """The finished picture as a WebP file."""
        self.flatten()
        file = io.BytesIO()
        # Method 3 of 0 … 6: slower ones save a few percent of the file and cost as much as drawing.
        self.image.save(file, "WEBP", quality=quality, method=3)
        return file.getvalue()


def enlarged(field: Field, size: tuple[int, int]) -> Image.Image:
    """A coarse field (0 … 1, one or three values a point) as an image of the full size."""
    coarse = Image.fromarray((np.clip(field, 0, 1) * 255 + 0.5).astype(np.uint8))
    return coarse.resize(size, Image.Resampling.BICUBIC)
