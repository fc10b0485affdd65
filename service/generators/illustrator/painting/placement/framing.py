"""How near the picture looks at its subjects: portraits and close-ups before a soft background."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageFilter

from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.painting.placement.placing import WATER, Placed
from service.generators.illustrator.scene import Scene

NEAR = ("portrait", "closeup")
HEADS = {"standing": 1.9, "seated": 1.9, "whole": 1.6, "sitting": 1.55}
"""The ends of the names of whole figures -> how many heights of the picture one takes, so that its
head fills the upper half."""
TOP = 0.09
"""Of the height: free above a head."""
FILLED = 0.84
"""Of the width or height: what a subject without a body takes in a portrait."""
WIDEST = 1.2
"""Of the width: shoulders may be cut off by the edges."""
SOFT = 5
"""Pixels of blur, on a quarter of the size."""


def soften(picture: Composition) -> None:
    """Blur what is painted so far, as a lens does behind a near subject."""
    picture.flatten()
    wide, high = picture.size
    small = picture.image.resize((max(1, wide // 4), max(1, high // 4)), Image.Resampling.BILINEAR)
    blurred = small.filter(ImageFilter.GaussianBlur(SOFT * min(wide, high) / 1080))
    picture.image = blurred.resize((wide, high), Image.Resampling.BICUBIC)


def frame(picture: Composition, scene: Scene, placed: Sequence[Placed]) -> None:
    """Enlarge the subjects around the one that the picture is about."""
    focus = [one for one in placed if one.layer > WATER - 0.5] or list(placed)
    if not focus:
        return
    if scene.framing == "portrait":
        living = [one for one in focus if one.figure.sprite.name.endswith(tuple(HEADS))]
        focus = living or [one for one in focus if one.thing == focus[0].thing]
    left, right = min(one.left for one in focus), max(one.right for one in focus)
    top, foot = min(one.top for one in focus), max(one.foot for one in focus)
    ends = [end for end in HEADS if focus[0].figure.sprite.name.endswith(end)]
    if scene.framing == "portrait" and ends:
        factor = picture.height * HEADS[ends[0]] / (foot - top)
        factor = min(factor, picture.width * WIDEST / (right - left))
        start = picture.height * TOP
    else:
        share = FILLED if scene.framing == "portrait" else 1.02
        room = min(picture.width / (right - left), picture.height / (foot - top))
        factor = room * share
        start = (picture.height - (foot - top) * factor) / 2
    for one in placed:
        one.x = picture.width / 2 + (one.x - (left + right) / 2) * factor
        one.foot = start + (one.foot - top) * factor
        one.scale(factor)
        one.stands = one.backdrop = False
