"""The drawings: packed emoji, own SVG files in art/own, and whole figures made of both."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import resvg_py
from PIL import Image

from service.generators.illustrator.sprites.colours import RGB, grey_share, mix, repaint, scaled

ART = Path(__file__).resolve().parent.parent / "art"
OWN = ART / "own"

MEASURED_AT = 64
"""Pixels: fine enough for a bounding box that looks right, and drawn in a millisecond."""


LAMPS = {"#ffe19a", "#ffe6a3", "#ffe9a6", "#ffd24f", "#f6862a", "#ffd98a", "#fff3c9"}
"""What shines by itself in the own drawings, windows and flames: night does not dim it."""
FAINT = 24
"""Of 255: paint below this opacity does not count as part of the shape."""


@dataclass(frozen=True, slots=True)
class Tint:
    """How light and air change colours: dimmed per channel, greyed, then mixed with the haze."""

    light: RGB = (1.0, 1.0, 1.0)
    grey: float = 0.0
    haze: str = "#ffffff"
    far: float = 0.0

    def over(self, svg: str) -> str:
        return svg if self == Tint() else repaint(svg, self.of)

    def of(self, colour: str) -> str:
        if colour in LAMPS:
            return colour
        return mix(scaled(grey_share(colour, self.grey), self.light), self.haze, self.far)

    def at(self, far: float) -> Tint:
        """The same light on something farther away (0 … 1)."""
        return Tint(self.light, self.grey, self.haze, far)


@dataclass(frozen=True)
class Sprite:
    """One drawing: SVG elements in a view box of width by height. The name tells it from others."""

    name: str
    width: float
    height: float
    body: str
    hands: tuple[tuple[float, float], ...] = ()
    """The left and the right hand of a person, in view box units, if something can be put there."""

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what is painted, in view box units."""
        seen = self.pixels.getchannel("A").point(lambda alpha: 255 * (alpha > FAINT))
        found = seen.getbbox()
        scale = self.width / MEASURED_AT
        if found is None:
            return (0, 0, self.width, self.height)
        return (found[0] * scale, found[1] * scale, found[2] * scale, found[3] * scale)

    @cached_property
    def pixels(self) -> Image.Image:
        """The drawing, small, to measure its shape and colours."""
        return render(self.body, (self.width, self.height), MEASURED_AT)

    @property
    def aspect(self) -> float:
        """Width by height of what is painted."""
        left, top, right, bottom = self.box
        return (right - left) / (bottom - top)


def render(body: str, view: tuple[float, float], width: int) -> Image.Image:
    """SVG elements as an RGBA image of this width in pixels."""
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' viewBox="0 0 {view[0]:.2f} {view[1]:.2f}">{body}</svg>'
    )
    data = resvg_py.svg_to_bytes(svg_string=text, width=width, skip_system_fonts=True)
    return Image.open(io.BytesIO(data)).convert("RGBA")


@cache
def packed(file: str) -> Any:
    """One of the files that tools/pack_art.py makes."""
    return json.loads(gzip.decompress((ART / file).read_bytes()))


def is_drawn(name: str) -> bool:
    """Whether there is a plain drawing of that name; weather and landscapes are painted instead."""
    return name in packed("drawings.json.gz") or (OWN / f"{name}.svg").exists()


@lru_cache(512)
def drawing(name: str) -> Sprite:
    """A plain drawing: an own SVG file, or the packed emoji of that name. KeyError if neither."""
    own = OWN / f"{name}.svg"
    if own.exists():
        text = own.read_text()
        head, _, rest = text.partition(">")
        width, height = (
            float(part) for part in head.split('viewBox="0 0 ')[1].split('"')[0].split()
        )
        return Sprite(name, width, height, rest.rpartition("</svg>")[0])
    found = packed("drawings.json.gz")[name]
    return Sprite(name, found["width"], found["height"], found["body"])
