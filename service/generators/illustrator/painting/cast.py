"""From things to actors: what is drawn for each, with what it carries, wears and holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from service.generators.illustrator.painting.riders import rider
from service.generators.illustrator.reading.lexicon import lexicon
from service.generators.illustrator.scene import MANY, Scene, Thing
from service.generators.illustrator.sprites.art import Sprite
from service.generators.illustrator.sprites.figures import SKIN, figure
from service.generators.illustrator.sprites.recolour import recoloured
from service.generators.illustrator.sprites.svg import circle, group

COMPRESSION = 0.42
"""Sizes are drawn as metres to this power: a cup beside a house stays visible, and smaller."""
HAT = 0.17
"""Of the height of who wears it."""
PLATEFUL = 0.7
"""Of its width is covered by what lies on it."""
FLAT = {"plate": 1.0, "tray": 1.0, "cutting-board": 0.9, "rug": 0.6, "towel": 0.6}
"""What lies so flat that a thing on it is sized by its width, and the share of that."""
HEAPED = ("food", "plant", "game", "drink", "own")
"""Kinds that show above the rim of what they are in."""
EVEN = {"book-flat", "towel-folded"}
"""Flat things that lie close on each other in a stack, each in another colour."""
OPENED = {"vase": "vase-empty", "package": "box-open"}
"""What is in it is seen in these drawings."""
RIMS = {"bowl": 0.7, "basket": 0.66, "bucket": 0.85, "bowl-with-spoon": 0.63, "box-open": 0.71}
"""Where the front edge of a vessel is, by its height: what is in it is seen above."""
CHAIRS = {"sofa", "armchair", "bench", "chair", "bed"}
"""On these people sit, their legs over the front edge."""
COLOURFUL = ("#e8453c", "#f6c02e", "#3f8fe0", "#4bb35c", "#a05bd0", "#f58a2e", "#f27fb0", "#2fb5ad")
"""What colourful things look like, one after the other."""


Held = dict[int, Thing]
"""Ids of the things that sit on another -> what they hold."""


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
    thing: Thing, carried: list[Thing], arms: str = "", held: Held | None = None
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
        stacked = stack(base, thing, carried, held or {})
        share = (stacked.box[3] - stacked.box[1]) / (base.box[3] - base.box[1])
        return [Figure(stacked, size * share, thing.stance)]
    if thing.stance == "water" and thing.art in lexicon().waterline:
        base = swimming(base, lexicon().waterline[thing.art])
    return [Figure(base, size, thing.stance)] * thing.count


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
    art = "cornflower" if thing.colour and thing.art == "daisy" else thing.art
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


def stack(base: Sprite, thing: Thing, carried: list[Thing], held: Held) -> Sprite:
    """A thing with others sitting on its seat, or in it, as one sprite."""
    left, top, right, bottom = base.box
    high = bottom - top
    seat = bottom - high * lexicon().seats.get(thing.art, 0.9)
    inside = thing.art in lexicon().containers
    chair = thing.art in CHAIRS
    sitters = [
        (one, holding(art_of(one, seated=chair, arms="front"), held[id(one)]))
        if id(one) in held
        else (one, art_of(one, seated=chair))
        for one in carried
        for _ in range(one.count)
    ]
    step = (right - left) / (len(sitters) + 1)
    parts, above, rise = list[str](), list[str](), 0.0
    for i, (one, sprite) in enumerate(sitters):
        flower = inside and one.kind == "plant-flower"
        hat = one.kind == "clothing"
        share = (
            0.62
            if flower
            else HAT
            if hat
            else min(1.3, max(0.36, (one.metres / thing.metres) ** 0.65))
        )
        tall = sprite.box[3] - sprite.box[1]
        scale = high * share / tall
        room = (right - left) * PLATEFUL / len(sitters) / (sprite.box[2] - sprite.box[0])
        heap = inside and not flower and one.kind.startswith(HEAPED)
        if thing.art in FLAT or heap:
            scale = min(room, high * 0.55 / tall) if heap else room * FLAT[thing.art]
        elif inside and not flower:
            scale = min(scale, room)
        x = (left + right) / 2 if flower else left + step * (i + 1)
        if heap:
            x = (left + right) / 2 + (i - (len(sitters) - 1) / 2) * room * (
                sprite.box[2] - sprite.box[0]
            )
        person = chair and one.kind.startswith("person")
        rim = bottom - high * RIMS.get(thing.art, 0.0)
        y = seat + high * (0.34 if person else 0.12 if flower else -0.02 if hat else 0.10)
        if sprite.name.endswith("-asleep") and inside:
            scale = (right - left) * 0.8 / (sprite.box[2] - sprite.box[0])
        low = heap or (sprite.name.endswith("-asleep") and inside)
        if low:
            y = (rim if thing.art in RIMS else seat) + tall * scale * 0.3
        turn = (i - (len(sitters) - 1) / 2) * 30 if flower else 0
        middle = (sprite.box[0] + sprite.box[2]) / 2
        rise = max(rise, top - (y - scale * (sprite.box[3] - sprite.box[1])))
        moves = f"translate({x:.1f} {y:.1f}) rotate({turn:.0f}) scale({scale:.3f})"
        part = group(sprite.body, f"{moves} translate({-middle:.1f} {-sprite.box[3]:.1f})")
        (above if low and thing.art in RIMS else parts).append(part)
    room = rise + 4
    parts = [*parts, base.body] if inside else [base.body, *parts]
    if above:
        edge = bottom - high * RIMS[thing.art]
        box = f'<rect x="-99" y="-999" width="999" height="{999 + edge:.1f}"/>'
        clip = f'<clipPath id="rim-{thing.art}">{box}</clipPath>'
        parts.append(f'{clip}<g clip-path="url(#rim-{thing.art})">{"".join(above)}</g>')
    name = "+".join([base.name, *(sprite.name for _, sprite in sitters)])
    body = group("".join(parts), f"translate(0 {room:.1f})")
    return Sprite(name, base.width, base.height + room, body)
