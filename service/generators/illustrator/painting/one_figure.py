"""Drawing one figure where it was placed: its light and shadow, its strings, the hands over it."""

from __future__ import annotations

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.painting.placement.placing import AIR, Placed, Tie
from service.generators.illustrator.places.sea import ripples
from service.generators.illustrator.places.stage import StageLayout
from service.generators.illustrator.sprites.art import Tint
from service.generators.illustrator.sprites.figures import SKIN
from service.generators.illustrator.sprites.svg import circle, ellipse, path


def draw_one(
    picture: Composition, stage: StageLayout, light: Light, one: Placed, tint: Tint
) -> None:
    """One figure with the light around it, its shadow or its ripples."""
    actor, x, y, layer = one.figure, one.x, one.foot, picture.layer
    if one.stands and stage.halo:  # a black cat at night is seen against the light
        pale = [
            (0.0, "#a9bdf5", stage.halo),
            (0.6, "#8fa6ea", stage.halo * 0.5),
            (1.0, "#8fa6ea", 0.0),
        ]
        spot = layer.spot(pale)
        wide, high = actor.width * 0.72, actor.size * 0.68
        layer.add(ellipse(x, y - actor.size * 0.48, wide, high, spot))
    if one.stands and stage.shadows:
        wide = actor.width * 0.5
        layer.shadow(
            x,
            y - 2,
            wide * 1.05,
            max(7.0, min(wide * 0.16, actor.size * 0.14)),
            stage.shadows,
        )
    if one.lies:
        wide, high = actor.width * 0.62, actor.size * 0.60
        layer.shadow(x + 8, y - actor.size * 0.5 + 14, wide, high, 0.34)
    if one.backdrop:
        layer.shadow(x, y - 3, actor.width * 0.6, 12, stage.shadows or 0.25)
    for tie in one.ties:
        if tie.string:
            layer.add(string(one, tie, tint))
    layer.place(actor.sprite, x, y, actor.size, tint=tint, flip=one.flip, turn=one.turn)
    for tie in one.ties:
        if not tie.string:
            layer.add(circle(*tie.point, tie.to.size * 0.031, tint.of(SKIN)))
    if one.floats:
        ripples(picture, light, x, y - actor.size * 0.012, actor.width)


def string(one: Placed, tie: Tie, tint: Tint) -> str:
    """A slack string from the foot of a flying figure, or the side of another, to a point."""
    x, y = tie.point
    flies = one.layer == AIR or one.foot < y
    start = (one.x, one.foot - one.size * 0.02) if flies else (one.x, one.foot - one.size * 0.55)
    sag = min(40.0, abs(x - start[0]) * 0.2) + (0 if flies else 16)
    middle = ((start[0] + x) / 2, (start[1] + y) / 2 + sag)
    d = f"M{start[0]:.1f} {start[1]:.1f}Q{middle[0]:.1f} {middle[1]:.1f} {x:.1f} {y:.1f}"
    return path(d, stroke=tint.of("#5b5148"), stroke_width=3.2, stroke_linecap="round")
