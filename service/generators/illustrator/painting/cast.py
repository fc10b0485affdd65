"""From things to actors: what is drawn for each, with what it carries, wears and holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from service.generators.illustrator.painting.carrying import CHAIRS, FLAT, LEDGES, stacked_sprite
from service.generators.illustrator.painting.riders import rider
from service.generators.illustrator.reading.words.lexicon import lexicon
from service.generators.illustrator.scene import MANY, Scene, Thing
from service.generators.illustrator.sprites.art import Sprite
from service.generators.illustrator.sprites.figures import SKIN, figure
from service.generators.illustrator.sprites.recolour import recoloured
from service.generators.illustrator.sprites.svg import circle, group

COMPRESSION = 0.42
"""Sizes are drawn as metres to this power: a cup beside a house stays visible, and smaller."""
EVEN = {"book-flat", "towel-folded"}
"""Flat things that lie close on each other in a stack, each in another colour."""
PAINTABLE = {"daisy": "cornflower", "house": "painted-house", "house-with-garden": "painted-house"}
"""Drawings that take no colour -> others that do."""
OPENED = {"vase": "vase-empty", "package": "box-open"}
"""What is in it is seen in these drawings."""
COLOURFUL = ("#e8453c", "#f6c02e", "#3f8fe0", "#4bb35c", "#a05bd0", "#f58a2e", "#f27fb0", "#2fb5ad")
"""What colourful things look like, one after the other."""


SINGLE_SEATS = {"chair", "stool", "rocking-chair", "armchair"}
"""On these sits one person each."""


class Bearing(NamedTuple):
    """What those have with them that a thing carries, by their ids."""

    held: Mapping[int, Thing]
    """What they hold."""
    inner: Mapping[int, list[Thing]]
    """What lies in them: a basket on a chair has apples."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One subject to be drawn, sized relative to the others."""

    sprite: Sprite
    size: float
    """Height, first relative, then in picture units."""
    stance: str
    thing: int = -1
    """Its index in the scene."""

    @property
    def width(self) -> float:
        return self.size * self.sprite.aspect


def umbrella_held(scene: Scene) -> Thing | None:
    """The umbrella, when there is a person to hold it."""
    people = any(thing.kind.startswith("person") for thing in scene.things)
    return next((t for t in scene.things if t.art == "umbrella" and people), None)


def under_umbrella(actor: Figure, umbrella: Thing) -> Figure:
    """The same person with an umbrella over the head, its handle in one hand."""
    who, cover = actor.sprite, art_of(umbrella)
    left, top, right, bottom = who.box
    tall = (bottom - top) * 0.96
    scale = tall / (cover.box[3] - cover.box[1])
    hand_x, hand_y = right - (right - left) * 0.06, top + (bottom - top) * 0.62
    hand_x, hand_y = who.hands[1] if who.hands else (hand_x, hand_y)
    hand = circle(hand_x, hand_y, (bottom - top) * 0.031, SKIN) if who.hands else ""
    x = hand_x - scale * (cover.box[0] + cover.box[2]) / 2
    y = hand_y + tall * 0.03 - scale * cover.box[3]
    room = max(0.0, top - (y + scale * cover.box[1])) + 4
    wide = scale * (cover.box[2] - cover.box[0]) / 2
    side = max(0.0, hand_x + wide - who.width) + 2
    body = (
        f'<g transform="translate({side:.1f} {room:.1f})">'
        f'<g transform="translate({x:.1f} {y:.1f}) scale({scale:.3f})">{cover.body}</g>'
        f"{who.body}{hand}</g>"
    )
    both = Sprite(f"{who.name}+{cover.name}", who.width + 2 * side, who.height + room, body)
    share = (both.box[3] - both.box[1]) / (bottom - top)
    return replace(actor, sprite=both, size=actor.size * share)


def actors(
    thing: Thing, carried: list[Thing], arms: str = "", bearing: Bearing | None = None
) -> list[Figure]:
    """One actor for each of a thing, with what sits on it, people with such arms."""
    if thing.colour == MANY:
        one = figure(thing.art)
        size = max(0.02, thing.metres) ** COMPRESSION
        shades = (COLOURFUL[i % len(COLOURFUL)] for i in range(thing.count))
        return [Figure(recoloured(one, shade), size, thing.stance) for shade in shades]
    if carried and thing.art in OPENED:
        thing = replace(thing, art=OPENED[thing.art])
    base = art_of(thing, arms=arms)
    size = (max(0.02, thing.metres) * max(1, thing.piled)) ** COMPRESSION
    if carried and carried[0].rides and thing.art in lexicon().mounts:
        mounted = rider(base, thing.art, carried[0], art_of(carried[0]))
        return [Figure(mounted, size * mounted_height(mounted, base), thing.stance)]
    if carried:
        chair = thing.art in CHAIRS | LEDGES
        bases = bases_for(thing, carried)
        sitters = [
            (one, borne(one, bearing, seated=chair))
            for one in carried
            for _ in range(one.count // bases)
        ]
        stacked = stacked_sprite(base, thing, sitters)
        share = (stacked.box[3] - stacked.box[1]) / (base.box[3] - base.box[1])
        return [Figure(stacked, size * share, thing.stance)] * bases
    if thing.stance == "water" and thing.art in lexicon().waterline:
        base = swimming(base, lexicon().waterline[thing.art])
    return [Figure(base, size, thing.stance)] * thing.count


def bases_for(thing: Thing, carried: list[Thing]) -> int:
    """How many of a thing are drawn, each with as many on it: three chairs on three tables."""
    first = carried[0]
    if thing.art in SINGLE_SEATS and first.kind.startswith("person") and len(carried) == 1:
        return first.count
    whole = thing.count > 1 and all(one.count % thing.count == 0 for one in carried)
    return thing.count if whole else 1


def borne(one: Thing, bearing: Bearing | None, *, seated: bool) -> Sprite:
    """One of those that a thing carries, with what it holds or has in it."""
    held = bearing.held.get(id(one)) if bearing else None
    if held:
        return holding(art_of(one, seated=seated, arms="front"), held)
    inner = bearing.inner.get(id(one)) if bearing else None
    if not inner:
        return art_of(one, seated=seated)
    opened = replace(one, art=OPENED.get(one.art, one.art))
    lying = [(other, art_of(other)) for other in inner for _ in range(other.count)]
    return stacked_sprite(art_of(opened), opened, lying)


def swimming(sprite: Sprite, share: float) -> Sprite:
    """The sprite without the part that is under water."""
    _, top, _, bottom = sprite.box
    line = bottom - (bottom - top) * share
    name = f"w-{sprite.name}".replace("#", "")
    clip = f'<clipPath id="{name}"><rect width="{sprite.width}" height="{line:.1f}"/></clipPath>'
    body = f'{clip}<g clip-path="url(#{name})">{sprite.body}</g>'
    return Sprite(name, sprite.width, sprite.height, body)


def mounted_height(mounted: Sprite, base: Sprite) -> float:
    return (mounted.box[3] - mounted.box[1]) / (base.box[3] - base.box[1])


def art_of(thing: Thing, *, seated: bool = False, arms: str = "") -> Sprite:
    """The whole figure of a thing, in its colour."""
    if thing.colour and thing.kind.startswith("person"):
        dressed = figure(thing.art, thing.colour, seated=seated, arms=arms)
        if dressed.name != figure(thing.art).name:
            return dressed
    # A daisy stays white in every colour, so another flower shows the wanted one.
    art = PAINTABLE.get(thing.art, thing.art) if thing.colour else thing.art
    sprite = figure(art, seated=seated, arms=arms)
    if thing.piled:
        return pile(sprite, thing)
    return recoloured(sprite, thing.colour) if thing.colour else sprite


def pile(sprite: Sprite, thing: Thing) -> Sprite:
    """So many of a thing on each other, a little out of line."""
    left, top, right, bottom = sprite.box
    wide, step = (
        right - left,
        (bottom - top) * (0.97 if thing.art in EVEN else 0.45 if thing.art in FLAT else 0.86),
    )
    height = step * (thing.piled - 1) + bottom - top
    parts = []
    for i in range(thing.piled):
        colour = thing.colour
        if not colour and thing.art in EVEN:
            colour = COLOURFUL[i * 3 % len(COLOURFUL)]
        one = recoloured(sprite, colour) if colour and colour != MANY else sprite
        shift = 0.07 if thing.art in EVEN else 0.025
        across = wide * (0.1 + shift * (-1, 1, 0, 1, -1)[i % 5])
        parts.append(
            group(one.body, f"translate({across - left:.1f} {height - i * step - bottom:.1f})")
        )
    return Sprite(
        f"{sprite.name}{thing.colour}-pile{thing.piled}", wide * 1.2, height, "".join(parts)
    )


def holding(who: Sprite, thing: Thing) -> Sprite:
    """A person with a thing in both hands, as one sprite."""
    if not who.hands:
        return who
    what = art_of(thing)
    left, top, right, bottom = what.box
    tall = who.box[3] - who.box[1]
    scale = min(0.3 * tall / (bottom - top), 0.62 * (who.box[2] - who.box[0]) / (right - left))
    x = (who.hands[0][0] + who.hands[1][0]) / 2 - scale * (left + right) / 2
    y = who.hands[0][1] + tall * 0.03 - scale * bottom
    body = group(what.body, f"translate({x:.1f} {y:.1f}) scale({scale:.3f})")
    hands = "".join(circle(*point, tall * 0.035, SKIN) for point in who.hands)
    return replace(who, name=f"{who.name}+{what.name}", body=f"{who.body}{body}{hands}")
