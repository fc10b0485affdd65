"""Whole figures: bodies for the animals and people that are packed as heads and busts only."""

# ruff: noqa: PLR2004 - the numbers here are shapes and chances, each beside what it shapes

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple, cast

from service.generators.illustrator.sprites.art import Sprite, drawing, packed
from service.generators.illustrator.sprites.colours import difference, hexed, lab, mix, repaint, rgb
from service.generators.illustrator.sprites.svg import circle, ellipse, group, path

SKIN = "#fac036"
"""The yellow of the emoji hands and faces."""
TABLE = Path(__file__).with_name("figures.toml")

BUST_KINDS = {"person-role", "person-fantasy", "person", "person-gesture"}
SHOULDERS = 0.55
"""A drawing that is painted along this share of its lower edge is a bust, cut off there."""

GOWN = "M43 {hip:.0f}H85Q96 {foot:.0f} 112 {foot:.0f}H16Q32 {foot:.0f} 43 {hip:.0f}z"
"""A skirt to the floor."""
SEATED = 0.48
"""Of the legs: what is seen of them from the front when a person sits."""
APART = 25
"""Of CIE 1976: clothes nearer to the skin look like skin in a small picture."""
LIGHTER, DARKER = "#fff9b0", "#5c3d00"
"""Where clothes in the colour of the skin move to: lemon yellow, and bronze for gold."""
PLAIN = "#5f8fc0"
"""The clothes of a bust that has bare shoulders."""
CLOSE = 0.55
"""Of 3 (red, green and blue together): colours this near belong to the same cloth."""

Row = Mapping[str, object]


@cache
def table() -> Mapping[str, Mapping[str, Row]]:
    return tomllib.loads(TABLE.read_text())


@lru_cache(512)
def figure(name: str, clothes: str = "", *, seated: bool = False, arms: str = "") -> Sprite:
    """The drawing of that name as a whole body, people in these clothes with such arms.

    KeyError if there is no such drawing.
    """
    rows = table()
    if name in rows["made"]:
        return made(name, rows["made"][name])
    if name in rows["asleep"]:
        return asleep(name, rows["asleep"][name])
    head = drawing(name)
    if name in rows["sitting"]:
        return sitting(head, rows["sitting"][name])
    if name in rows["standing"]:
        return standing(head, rows["standing"][name], clothes, seated=seated, arms=arms)
    if name in rows["busts"] or is_bust(head):
        row = rows["busts"].get(name, {})
        return whole_person(head, row, clothes, seated=seated, arms=arms)
    return head


def made(name: str, row: Row) -> Sprite:
    """A packed drawing in other colours with a piece added."""
    base = drawing(str(row["from"]))
    colours = cast("Mapping[str, str]", row["colours"])
    room = float(cast("float", row["room"]))
    body = repaint(base.body, lambda colour: colours.get(colour.lower(), colour)) + str(row["add"])
    moved = group(body, f"translate(0 {room})")
    return Sprite(name, base.width, base.height + room, moved)


def is_bust(sprite: Sprite) -> bool:
    alpha = sprite.pixels.getchannel("A")
    low = alpha.crop((0, alpha.height - 3, alpha.width, alpha.height - 2)).tobytes()
    kind = packed("drawings.json.gz").get(sprite.name, {}).get("kind", "")
    return kind in BUST_KINDS and sum(value > 128 for value in low) > SHOULDERS * len(low)


def sitting(head: Sprite, row: Row) -> Sprite:
    """A sitting animal in a box of 128 by 190: tail, body, legs, and the head over them."""
    fur, belly, paws = str(row["fur"]), str(row["belly"]), str(row["paws"])
    arms = str(row.get("arms", fur))
    dark = mix(fur, "#20140c", 0.16)
    parts = []
    if row["tail"] == "bushy":
        parts += [
            path("M84 168q44 6 42-34q-2-22-16-34q2 22-10 34q-14 14-22 16z", dark),
            path("M126 134q-2-22-16-34q2 12-2 22q10 2 18 12z", str(row["tip"])),
        ]
    elif row["tail"] == "tuft":
        parts += [
            path("M86 172q34 4 34-26", stroke=dark, stroke_width=7, stroke_linecap="round"),
            circle(120, 140, 9, str(row["tip"])),
        ]
    parts += [
        ellipse(36, 164, 24, 20, dark),
        ellipse(92, 164, 24, 20, dark),
        path("M36 92q28-14 56 0q18 34 14 66q-6 24-42 24t-42-24q-4-32 14-66z", fur),
        path("M46 100q18-8 36 0q12 28 8 54q-6 18-26 18t-26-18q-4-26 8-54z", belly),
        path("M40 112q-8 34 2 64h16q4-36-2-66z", arms),
        path("M88 112q8 34-2 64H70q-4-36 2-66z", arms),
        ellipse(49, 178, 14, 8.5, paws),
        ellipse(79, 178, 14, 8.5, paws),
        ellipse(26, 178, 14, 8, paws),
        ellipse(102, 178, 14, 8, paws),
        group(head.body, "translate(7 4) scale(0.89)"),
    ]
    return Sprite(f"{head.name}-sitting", 128, 190, "".join(parts))


EARS = {
    "pointed": ("M18 52L20 22L40 44z", "M46 44L64 22L66 52z"),
    "floppy": ("M20 50Q4 52 8 82Q20 86 26 60z", "M62 50Q80 52 76 82Q64 86 58 60z"),
    "round": ("M14 50a13 13 0 1 1 20-12z", "M50 38a13 13 0 1 1 20 12z"),
}
ZS = "M84 30h11l-11 12h11M102 16h14l-14 15h14M122 0h17l-17 18h17"
"""The letters of sleep."""


def asleep(name: str, row: Row) -> Sprite:
    """A curled-up animal in a box of 176 by 120: back, tail, and the head on its paws."""
    fur, belly = str(row["fur"]), str(row["belly"])
    dark, line = mix(fur, "#20140c", 0.14), mix(fur, "#120a08", 0.75)
    ears, tip = str(row.get("ear", dark)), str(row.get("tip", dark))
    left, right = EARS[str(row["ears"])]
    lids = "M22 68q6 6 13 0M50 68q6 6 13 0"
    letters = "#5c6b8c"
    parts = [
        path("M30 112Q24 46 104 46Q170 46 170 92Q170 116 140 116H44z", fur),
        path("M104 46Q170 46 170 92Q170 116 140 116H120Q166 92 104 46z", dark),
        path("M164 92Q160 114 96 110", stroke=dark, stroke_width=17, stroke_linecap="round"),
        path("M104 111L92 110", stroke=tip, stroke_width=17, stroke_linecap="round"),
        path(left, ears),
        path(right, ears),
        ellipse(42, 70, 33, 28, fur),
        ellipse(42, 82, 17, 12, belly),
        ellipse(42, 75, 5, 3.6, line),
        path(lids, stroke=line, stroke_width=3.4, stroke_linecap="round"),
        ellipse(72, 108, 19, 9, mix(fur, "#ffffff", 0.12)),
        ellipse(34, 110, 17, 8, mix(fur, "#ffffff", 0.12)),
        path(ZS, stroke=letters, stroke_width=4, stroke_linecap="round", stroke_linejoin="round"),
    ]
    return Sprite(name, 176, 120, "".join(parts))


def standing(
    head: Sprite, row: Row, wanted: str = "", *, seated: bool = False, arms: str = ""
) -> Sprite:
    """A standing person in a box of 128 by 250 (small ones: 128 by 200) under a packed head."""
    shirt, trousers = clothing(wanted or str(row["shirt"])), str(row["trousers"])
    if wanted and row.get("skirt"):
        trousers = shirt
    size, legs = (0.70, 52) if row.get("small") else (0.56, 84)
    neck = 128 * size - 10
    hip = neck + (62 if row.get("small") else 74)
    foot = hip + legs * (SEATED if seated else 1)
    pair = both_arms(arms, (24, neck + 8), hip, mix(shirt, "#1c2038", 0.16), SKIN)
    parts = [
        path(f"M50 {neck - 6:.0f}h28v16h-28z", mix(SKIN, "#b3701a", 0.3)),
        *limbs(shirt, trousers, (neck + 4, hip, foot), pair.behind, skirt=bool(row.get("skirt"))),
        group(head.body, f"translate({64 - 64 * size:.1f} 0) scale({size})"),
        *pair.before,
    ]
    name = f"{head.name}{wanted}{arms}-{'seated' if seated else 'standing'}"
    return widened(Sprite(name, 128, foot + 10, "".join(parts), pair.hands), arms)


def limbs(
    shirt: str,
    trousers: str,
    heights: tuple[float, float, float],
    arms: list[str],
    *,
    skirt: bool,
) -> list[str]:
    """Arms, legs, shoes and clothes between the neck, the hip and the feet."""
    neck, hip, foot = heights
    legs = SKIN if skirt else trousers
    parts = [
        path(f"M46 {hip - 4:.0f}h16l-1 {foot - hip:.0f}H49z", legs),
        path(f"M66 {hip - 4:.0f}h16l-3 {foot - hip:.0f}H67z", mix(legs, "#1c2038", 0.14)),
        path(f"M42 {foot + 6:.0f}q0-12 12-12h7v12z", "#3b2f2a"),
        path(f"M86 {foot + 6:.0f}q0-12-12-12h-7v12z", "#2f2622"),
        *arms,
        path(f"M40 {neck + 2:.0f}Q64 {neck - 8:.0f} 88 {neck + 2:.0f}L86 {hip + 4:.0f}H42z", shirt),
    ]
    if skirt:
        hem = hip + 34
        parts.append(path(f"M43 {hip - 8:.0f}h42l14 {hem - hip + 8:.0f}q-35 10-70 0z", trousers))
    return parts


def whole_person(
    bust: Sprite, row: Row, wanted: str = "", *, seated: bool = False, arms: str = ""
) -> Sprite:
    """A bust, made smaller, on a standing body in the colour of its clothes."""
    own = clothes_of(bust)
    colour = clothing(wanted or str(row.get("shirt", PLAIN if is_skin(own) else own)))
    if wanted and not is_skin(own):
        bust = Sprite(bust.name, bust.width, bust.height, in_colour(bust.body, own, colour))
    hands = str(row.get("gloves", SKIN))
    size = 0.80
    low, hip, foot = 124 * size, 124 * size + 44, 124 * size + (74 if seated else 104)
    left, right = 64 - 46 * size, 64 + 46 * size
    pair = both_arms(arms, (46 * size, low - 3), hip, mix(colour, "#1c2038", 0.13), hands)
    trousers = str(row.get("trousers", mix(colour, "#2a3048", 0.55)))
    parts = [
        path(f"M48 {hip - 6:.0f}h15l-1 {foot - hip:.0f}H50z", trousers),
        path(f"M65 {hip - 6:.0f}h15l-2 {foot - hip:.0f}H66z", mix(trousers, "#10131f", 0.15)),
        path(f"M43 {foot + 4:.0f}q0-12 12-12h8v12z", "#33302f"),
        path(f"M85 {foot + 4:.0f}q0-12-12-12h-8v12z", "#282524"),
        *pair.behind,
        path(
            f"M{left - 6:.0f} {low - 2:.0f}H{right + 6:.0f}Q{right - 4:.0f} {low + 20:.0f} 86"
            f" {hip:.0f}H42Q{left + 4:.0f} {low + 20:.0f} {left - 6:.0f} {low - 2:.0f}z",
            colour,
        ),
        *([path(GOWN.format(hip=hip - 14, foot=foot + 6), colour)] if row.get("gown") else []),
        group(bust.body, f"translate({64 - 64 * size:.1f} 0) scale({size})"),
        *pair.before,
    ]
    name = f"{bust.name}{wanted}{arms}-{'seated' if seated else 'whole'}"
    return widened(Sprite(name, 128, foot + 8, "".join(parts), pair.hands), arms)


ARMS = {
    "": ((38, 0.5), (36, 0.94), (36, 1.06)),
    "bent": ((47, 0.86), (46, 0.44), (46, 0.36)),
    "up": ((54, 0.16), (48, -0.26), (47, -0.38)),
    "out": ((46, 0.62), (58, 0.52), (61, 0.52)),
    "front": ((48, 0.86), (17, 0.74), (12, 0.74)),
}
"""Where an arm bends, where the sleeve ends and where the hand is: outwards from the middle, and
downwards from the shoulder by the height of the trunk."""
POSES = {
    "bent": ("", "bent"),
    "up": ("", "up"),
    "out": ("", "out"),
    "front": ("front", "front"),
    "both": ("bent", "bent"),
}
"""Arms of a person -> the left and the right one."""
ROOM = 14
"""Units at both sides of a person with arms away from the body."""


class Pair(NamedTuple):
    """Both arms of a person."""

    behind: list[str]
    """What the trunk hides."""
    before: list[str]
    hands: tuple[tuple[float, float], ...]


def both_arms(arms: str, shoulder: tuple[float, float], hip: float, sleeve: str, skin: str) -> Pair:
    """The arms of a person in a box of 128: the shoulders are so far from its middle."""
    pair = Pair([], [], ())
    out, top = shoulder
    drop, wider = hip - top - 8, (out - 24) * 0.3
    for side, kind in zip((-1, 1), POSES.get(arms, ("", "")), strict=True):
        bend, cuff, hand = (
            (64 + side * (x + wider * (x > out)), top + y * drop) for x, y in ARMS[kind]
        )
        start = f"M{64 + side * (out - 2):.0f} {top:.0f}"
        d = f"{start}Q{bend[0]:.0f} {bend[1]:.0f} {cuff[0]:.0f} {cuff[1]:.0f}"
        drawn = [
            path(d, stroke=sleeve, stroke_width=13, stroke_linecap="round"),
            circle(hand[0], hand[1], 7.2, skin),
        ]
        (pair.before if kind == "front" else pair.behind).extend(drawn)
        pair = pair._replace(hands=(*pair.hands, hand))
    return pair


def widened(sprite: Sprite, arms: str) -> Sprite:
    """With room at both sides for arms that are away from the body."""
    if not arms:
        return sprite
    hands = tuple((x + ROOM, y) for x, y in sprite.hands)
    body = group(sprite.body, f"translate({ROOM} 0)")
    return Sprite(sprite.name, sprite.width + 2 * ROOM, sprite.height, body, hands)


def in_colour(svg: str, old: str, new: str) -> str:
    """The SVG with the colours close to one changed to another, darker or lighter as they were."""
    light = sum(rgb(old))

    def change(colour: str) -> str:
        apart = sum(abs(a - b) for a, b in zip(rgb(colour), rgb(old), strict=True))
        if apart > CLOSE or is_skin(colour):
            return colour
        shade = sum(rgb(colour)) - light
        return mix(new, "#ffffff" if shade > 0 else "#000000", min(0.5, abs(shade) * 0.5))

    return repaint(svg, change)


@lru_cache(256)
def clothing(colour: str) -> str:
    """The colour, or the nearest towards LIGHTER or DARKER that cannot be taken for skin."""
    end = LIGHTER if lab(colour)[0] > lab(SKIN)[0] else DARKER
    shades = (mix(colour, end, step / 20) for step in range(21))
    return next(shade for shade in shades if difference(shade, SKIN) >= APART)


def is_skin(colour: str) -> bool:
    return sum(abs(a - b) for a, b in zip(rgb(colour), rgb(SKIN), strict=True)) < 0.3


def clothes_of(bust: Sprite) -> str:
    """The colour along the lower edge of a bust: the median of what is painted there."""
    image = bust.pixels
    row = image.crop((8, image.height - 4, image.width - 8, image.height - 3))
    seen = [row.getpixel((x, 0)) for x in range(row.width)]
    colours = sorted(
        (pixel for pixel in seen if isinstance(pixel, tuple) and pixel[3] > 200),
        key=sum,
    )
    if not colours:
        return "#7f8ca3"
    red, green, blue, _ = colours[len(colours) // 2]
    return hexed((red / 255, green / 255, blue / 255))
