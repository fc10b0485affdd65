"""What sits on a thing or lies in it, drawn with it as one sprite."""

# ruff: noqa: PLR2004 - the numbers here are shares of boxes, each beside what it sizes

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from service.generators.illustrator.reading.words.lexicon import lexicon
from service.generators.illustrator.scene import Thing
from service.generators.illustrator.sprites.art import Sprite
from service.generators.illustrator.sprites.svg import group

PLATEFUL = 0.7
"""Of the width of a plate: what lies on it."""
HAT = 0.17
"""Of the height of its wearer."""
CANDLE = 0.42
"""Of the height of a cake."""
FLAT = {"puddle": 0.45, "plate": 1.0, "tray": 1.0, "rug": 0.6, "towel": 0.6, "skateboard-flat": 0.9}
"""What lies so flat that a thing on it is sized by its width, and the share of that."""
HEAPED = ("food", "plant", "game", "drink", "own")
"""Kinds that show above the rim of what they are in."""
RIMS = {
    "bowl": 0.7,
    "basket": 0.66,
    "bucket": 0.85,
    "bowl-with-spoon": 0.63,
    "box-open": 0.71,
    "wheelbarrow": 0.79,
    "cart": 0.7,
    "trailer": 0.76,
    "crate": 0.86,
}
"""Where the front edge of a vessel is, by its height: what is in it is seen above."""
CHAIRS = {"rocking-chair", "sofa", "armchair", "bench", "chair", "bed"}
"""On these people sit, their legs over the front edge."""
LEDGES = {"stool", "barrel", "stone-wall", "hay-bale", "steps", "pier", "rock", "wood", "crate"}
LEDGES |= {"package", "luggage", "fence", "picnic-blanket", "rowing-boat", "canoe", "haystack"}
"""On these, too, though they are made for nothing of the kind."""
TOPS = {"table", "desk", "counter", "workbench", "shelf", "dresser", "stove", "market-stall"}
"""On these things stand side by side, as large as there is room."""
BOARDS = {"cutting-board"}
"""What lies on these is sized by their width, and stands up from them."""
PEEKING = 0.36
"""Of an animal in a box: what is behind the front of the box."""


class Seat(NamedTuple):
    """The thing that carries others, by its box."""

    art: str
    left: float
    right: float
    bottom: float
    high: float
    level: float
    """Where what it carries stands."""

    @property
    def wide(self) -> float:
        return self.right - self.left

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def rim(self) -> float:
        return self.bottom - self.high * RIMS[self.art] if self.art in RIMS else self.level


class Spot(NamedTuple):
    """Where one of those is: the middle of its foot, its size and its turn in degrees."""

    x: float
    y: float
    scale: float
    turn: float = 0.0


def stacked_sprite(base: Sprite, thing: Thing, sitters: list[tuple[Thing, Sprite]]) -> Sprite:
    """A thing with others sitting on its seat, or in it, as one sprite."""
    left, top, right, bottom = base.box
    high = bottom - top
    level = bottom - high * lexicon().seats.get(thing.art, 0.9)
    seat = Seat(thing.art, left, right, bottom, high, level)
    inside = thing.art in lexicon().containers
    heaped = [inside and is_heaped(one) for one, _ in sitters]
    ratio = min((one.metres / thing.metres for one, _ in sitters), default=1.0)
    low = [sprite for (_, sprite), lies in zip(sitters, heaped, strict=True) if lies]
    least = 0.6 if len(low) == 1 else 0.36
    mound = heap(seat, low, seat.high * min(0.72, max(least, ratio**0.5)))
    behind, above, rise = list[str](), list[str](), 0.0
    for i, (one, sprite) in enumerate(sitters):
        peeks = inside and one.kind.startswith("animal")
        spot = mound.pop(0) if heaped[i] else spot_of(seat, thing, one, sprite, i, len(sitters))
        middle = (sprite.box[0] + sprite.box[2]) / 2
        rise = max(rise, top - (spot.y - spot.scale * tall(sprite)))
        moves = (
            f"translate({spot.x:.1f} {spot.y:.1f}) rotate({spot.turn:.0f}) scale({spot.scale:.3f})"
        )
        part = group(sprite.body, f"{moves} translate({-middle:.1f} {-sprite.box[3]:.1f})")
        (above if (heaped[i] or peeks) and thing.art in RIMS else behind).append(part)
    parts = [*behind, base.body] if inside else [base.body, *behind]
    if above:
        box = f'<rect x="-99" y="-999" width="999" height="{999 + seat.rim:.1f}"/>'
        clip = f'<clipPath id="rim-{thing.art}">{box}</clipPath>'
        above.reverse()  # the upper row of a heap is behind the lower one
        parts.append(f'{clip}<g clip-path="url(#rim-{thing.art})">{"".join(above)}</g>')
    name = "+".join([base.name, *(sprite.name for _, sprite in sitters)])
    body = group("".join(parts), f"translate(0 {rise + 4:.1f})")
    return Sprite(name, base.width, base.height + rise + 4, body)


def tall(sprite: Sprite) -> float:
    return sprite.box[3] - sprite.box[1]


def wide(sprite: Sprite) -> float:
    return sprite.box[2] - sprite.box[0]


def is_heaped(one: Thing) -> bool:
    return one.kind.startswith(HEAPED) and one.kind != "plant-flower"


def heap(seat: Seat, sprites: list[Sprite], highest: float) -> list[Spot]:
    """A mound behind the rim of a vessel: from three on in two rows."""
    if not sprites:
        return []
    count = len(sprites)
    lower = count if count < 3 else ceil(count * 0.6)
    room = seat.wide * (0.8 if lower > 1 else 0.5) / lower
    scale = min(min(room * 1.12 / wide(one), highest / tall(one)) for one in sprites)
    spots = []
    for i, one in enumerate(sprites):
        first, row = (i, lower) if i < lower else (i - lower, count - lower)
        step = scale * wide(one) * 0.9
        x = seat.middle + (first - (row - 1) / 2) * step
        raised = 0.0 if i < lower else 0.5
        spots.append(Spot(x, seat.rim + tall(one) * scale * (0.35 - raised), scale))
    return spots


def spot_of(seat: Seat, thing: Thing, one: Thing, sprite: Sprite, i: int, count: int) -> Spot:
    """Where one of several is that do not lie in a heap."""
    inside = thing.art in lexicon().containers
    off = i - (count - 1) / 2
    x = seat.left + seat.wide / (count + 1) * (i + 1)
    room = seat.wide * PLATEFUL / count / wide(sprite)
    scale = seat.high * min(1.3, max(0.36, (one.metres / thing.metres) ** 0.65)) / tall(sprite)
    person = one.kind.startswith("person")
    spot = Spot(x, seat.level + seat.high * 0.10, min(scale, room) if inside else scale)
    if inside and one.kind.startswith("animal"):
        spot = peeking(seat, sprite, x, scale, room)
    elif inside and one.kind == "plant-flower":
        bent = Spot(seat.middle, seat.level + seat.high * 0.2, seat.high * 0.95 / tall(sprite))
        spot = bent._replace(turn=off * 26)
    elif one.kind == "clothing" and thing.kind.startswith(("person", "animal")):
        spot = Spot(x, seat.level - seat.high * 0.02, seat.high * HAT / tall(sprite))
    elif one.art == "candle" and thing.kind.startswith("food"):
        x = seat.middle + off * seat.wide * 0.62 / max(1, count - 1)
        spot = Spot(x, seat.level + seat.high * 0.03, seat.high * CANDLE / tall(sprite))
    elif thing.art in BOARDS:
        share = min(0.9 / count, 0.24) * seat.wide / wide(sprite)
        x = seat.middle + off * min(0.8 / count, 0.22) * seat.wide
        spot = spot._replace(x=x, scale=min(share, 0.3 * seat.wide / tall(sprite)))
    elif thing.art in FLAT:
        spot = spot._replace(scale=room * FLAT[thing.art])
    elif thing.art in TOPS:
        fitting = scale_on_top(seat, one.metres / thing.metres, sprite, count)
        spot = spot._replace(y=seat.level + seat.high * 0.02, scale=fitting)
    elif person and thing.art in LEDGES:
        spot = Spot(x, seat.level + tall(sprite) * scale * 0.24, scale)
    elif person and thing.art in CHAIRS:
        spot = spot._replace(y=seat.level + seat.high * 0.34)
    return spot


def scale_on_top(seat: Seat, ratio: float, sprite: Sprite, count: int) -> float:
    """How large a thing on a table is, which is so many times as high as the table."""
    if seat.art == "market-stall":
        return min(seat.high * 0.15 / tall(sprite), 0.9 * seat.wide / count / wide(sprite))
    share = min(1.3, max(0.3, ratio**0.65))
    largest = max(tall(sprite), wide(sprite) * 0.7)
    return float(min(seat.high * share / largest, 0.9 * seat.wide / count / wide(sprite)))


def peeking(seat: Seat, sprite: Sprite, x: float, scale: float, room: float) -> Spot:
    """Where an animal is in a box: its head over the edge, or asleep along it."""
    if sprite.name.endswith("-asleep"):
        scale = seat.wide * 0.8 / wide(sprite)
        return Spot(x, seat.rim + tall(sprite) * scale * 0.3, scale)
    scale = min(max(scale, seat.high * 0.62 / tall(sprite)), room * 1.6)
    return Spot(x, seat.rim + tall(sprite) * scale * PEEKING, scale)
