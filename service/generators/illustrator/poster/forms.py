"""The forms of posters: where the words and the object stand, and what lies under them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from service.generators.illustrator.poster.palettes import Palette
from service.generators.illustrator.poster.typesetting import Box
from service.generators.illustrator.sprites.svg import circle, group, path, rect

MARGIN = 84.0
"""Picture units between the words and the edge."""
GAP = 40.0
MARK = "M0 100V52Q0 10 46 0l8 18Q30 26 28 48h24v52Zm74 0V52q0-42 46-52l8 18q-24 8-26 30h24v52Z"
"""The outline of a large quotation mark."""
WIDE = 1.2
"""Width by height from which the object stands beside the words."""


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A room for words: all of them, the headline, or the facts."""

    words: str
    room: Box
    ground: str
    inks: tuple[str, str]
    """Of the headline and the facts."""
    centred: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """A layout at the size of one picture, in picture units."""

    blocks: tuple[TextBlock, ...]
    thing: Box | None
    under: str = ""
    """SVG on the ground, under the object and the words."""
    backing: bool = True
    """Whether a shape stands behind the object."""
    bare: bool = True
    """Whether the margins are empty: a garland may hang there."""


def whole(room: Box, palette: Palette, *, centred: bool) -> tuple[TextBlock, ...]:
    return (TextBlock("all", room, palette.ground, (palette.headline, palette.facts), centred),)


def beside(wide: float, high: float, palette: Palette, *, left: bool, share: float = 0.42) -> Plan:
    """The object in a panel at one side."""
    cut = wide * share
    panel = (0.0, 0.0, cut, high) if left else (wide - cut, 0.0, wide, high)
    room = (cut + GAP * 1.4, MARGIN, wide - MARGIN * 0.8, high - MARGIN)
    if not left:
        room = (MARGIN * 0.8, MARGIN, wide - cut - GAP * 1.4, high - MARGIN)
    under = rect(panel[0], panel[1], cut, high, palette.shape)
    thing = inset(panel, 26)
    return Plan(whole(room, palette, centred=False), thing, under, backing=False, bare=False)


def stacked(wide: float, high: float, palette: Palette, *, above: bool, centred: bool) -> Plan:
    """The object above or below the words; on a wide picture beside them."""
    if wide > high * WIDE:
        cut = (wide - 2 * MARGIN) * 0.4
        areas = ((MARGIN, MARGIN, MARGIN + cut, high - MARGIN),
                 (MARGIN + cut + GAP, MARGIN, wide - MARGIN, high - MARGIN))  # fmt: skip
        if above:
            return Plan(whole(areas[1], palette, centred=centred), areas[0])
        room = (MARGIN, MARGIN, wide - MARGIN - cut - GAP, high - MARGIN)
        thing = (wide - MARGIN - cut, MARGIN, wide - MARGIN, high - MARGIN)
        return Plan(whole(room, palette, centred=centred), thing)
    cut = (high - 2 * MARGIN) * (0.46 if high < wide * WIDE else 0.5)
    if above:
        room = (MARGIN, MARGIN + cut + GAP, wide - MARGIN, high - MARGIN)
        return Plan(whole(room, palette, centred=centred), (MARGIN, 60, wide - MARGIN, 60 + cut))
    room = (MARGIN, MARGIN, wide - MARGIN, high - MARGIN - cut - GAP)
    thing = (MARGIN, high - 60 - cut, wide - MARGIN, high - 60)
    return Plan(whole(room, palette, centred=centred), thing)


def band(wide: float, high: float, palette: Palette, *, dark: bool) -> Plan:
    """The headline above, the facts beside the object below; one of them on a dark band."""
    cut = high * 0.46
    head = (MARGIN * 0.9, MARGIN * 0.7, wide - MARGIN * 0.9, cut - MARGIN * 0.6)
    middle = wide * 0.56
    facts = (MARGIN * 0.9, cut + 50, middle, high - 60)
    thing = (middle + 30, cut + 36, wide - 50, high - 36)
    inverse = (palette.ground, palette.ground)
    inks = (palette.headline, palette.facts)
    if dark:
        blocks = (
            TextBlock("headline", head, palette.headline, inverse, centred=False),
            TextBlock("facts", facts, palette.ground, inks, centred=False),
        )
        return Plan(blocks, thing, rect(0, 0, wide, cut, palette.headline), bare=False)
    blocks = (
        TextBlock("headline", head, palette.ground, inks, centred=False),
        TextBlock("facts", facts, palette.shape, inks, centred=False),
    )
    under = rect(0, cut, wide, high - cut, palette.shape)
    return Plan(blocks, thing, under, backing=False, bare=False)


def footer(wide: float, high: float, palette: Palette, *, curved: bool) -> Plan:
    """The facts on a band at the foot, the headline above, the object between."""
    cut = high * 0.3
    line = high - cut
    if wide > high * WIDE:
        head = (MARGIN, 60.0, wide * 0.56, line - 60)
        thing = (wide * 0.6, 40.0, wide - MARGIN, line - 50)
    else:
        middle = line * (0.46 if high < wide * WIDE else 0.4)
        head = (MARGIN, 56.0, wide - MARGIN, middle)
        thing = (MARGIN, middle + 24, wide - MARGIN, line - 46)
    facts = (MARGIN, line + 34, wide - MARGIN, high - 44)
    bend = f"Q{wide / 2:.1f} {line - 44:.1f} {wide:.1f} {line:.1f}" if curved else f"H{wide:.1f}"
    foot = path(f"M0 {line:.1f}{bend}V{high:.1f}H0Z", palette.headline)
    dark = (palette.ground, palette.ground)
    light = (palette.headline, palette.facts)
    return Plan(
        (
            TextBlock("headline", head, palette.ground, light),
            TextBlock("facts", facts, palette.headline, dark),
        ),
        thing,
        foot,
        backing=not curved,
        bare=False,
    )


def card(wide: float, high: float, palette: Palette, *, badge: bool) -> Plan:
    """A card on a coloured ground, the object in a badge over its upper edge or inside."""
    edge = 52.0
    under = rect(0, 0, wide, high, palette.shape)
    if wide > high * WIDE:
        cut = (wide - 2 * edge) * 0.36
        under += rect(edge, edge, wide - 2 * edge, high - 2 * edge, palette.ground, rx=28)
        thing = (edge + 30, edge + 40, edge + cut, high - edge - 40)
        room = (edge + cut + 34, edge + 44, wide - edge - 50, high - edge - 44)
        return Plan(whole(room, palette, centred=False), thing, under, bare=False)
    radius = min(wide, high) * 0.185
    top = edge + (radius if badge else 0)
    under += rect(edge, top, wide - 2 * edge, high - top - edge, palette.ground, rx=28)
    low = edge + 2 * radius
    if badge:
        under += circle(wide / 2, edge + radius, radius + 10, palette.shape)
        under += circle(wide / 2, edge + radius, radius - 4, palette.ground)
        spot = radius * 0.72
        thing = (wide / 2 - spot, edge + radius - spot, wide / 2 + spot, edge + radius + spot)
    else:
        low = edge + (high - 2 * edge) * 0.42
        thing = (edge + 40, edge + 36, wide - edge - 40, low)
    room = (edge + 44, low + 30, wide - edge - 44, high - edge - 40)
    return Plan(whole(room, palette, centred=True), thing, under, backing=not badge, bare=False)


def corner(wide: float, high: float, palette: Palette, *, left: bool) -> Plan:
    """Large words from the upper left, the object on a quarter of a disc in a lower corner."""
    side = min(wide, high)
    if wide > high * WIDE:
        radius = high * 0.86
        x = 0.0 if left else wide
        room = (radius * 0.86 + GAP, MARGIN, wide - MARGIN, high - MARGIN)
        thing = (36.0, high - radius * 0.8, radius * 0.74, high - 36)
        if not left:
            room = (MARGIN, MARGIN, wide - radius * 0.86 - GAP, high - MARGIN)
            thing = (wide - radius * 0.74, high - radius * 0.8, wide - 36, high - 36)
        return Plan(
            whole(room, palette, centred=False), thing,
            circle(x, high, radius * 0.94, palette.shape), backing=False, bare=False,
        )  # fmt: skip
    radius = side * 0.56
    x = 0.0 if left else wide
    room = (MARGIN, MARGIN * 0.8, wide - MARGIN, high - radius - 20)
    thing = (30.0, high - radius * 0.8, radius * 0.8, high - 30)
    if not left:
        thing = (wide - radius * 0.8, high - radius * 0.8, wide - 30, high - 30)
    return Plan(
        whole(room, palette, centred=False), thing, circle(x, high, radius, palette.shape),
        backing=False, bare=False,
    )  # fmt: skip


def ticket(wide: float, high: float, palette: Palette) -> Plan:
    """A ticket with a line of holes between the headline and the facts."""
    edge, hole = 56.0, 30.0
    under = rect(0, 0, wide, high, palette.headline)
    under += rect(edge, edge, wide - 2 * edge, high - 2 * edge, palette.ground, rx=20)
    inks = (palette.headline, palette.facts)
    if wide > high * WIDE:
        x = wide * 0.6
        under += circle(x, edge, hole, palette.headline) + circle(
            x, high - edge, hole, palette.headline
        )
        under += dashes((x, edge + hole + 14), (x, high - edge - hole - 14), palette)
        head = (edge + 50, edge + 40, x - 44, high - edge - 40)
        middle = edge + (high - 2 * edge) * 0.5
        facts = (x + 40, middle + 10, wide - edge - 40, high - edge - 30)
        thing = (x + 40, edge + 30, wide - edge - 40, middle - 10)
    else:
        y = edge + (high - 2 * edge) * 0.64
        under += circle(edge, y, hole, palette.headline) + circle(
            wide - edge, y, hole, palette.headline
        )
        under += dashes((edge + hole + 14, y), (wide - edge - hole - 14, y), palette)
        middle = edge + (y - edge) * 0.5
        thing = (edge + 50, edge + 26, wide - edge - 50, middle)
        head = (edge + 46, middle + 20, wide - edge - 46, y - 30)
        facts = (edge + 46, y + 26, wide - edge - 46, high - edge - 28)
    blocks = (
        TextBlock("headline", head, palette.ground, inks),
        TextBlock("facts", facts, palette.ground, inks),
    )
    return Plan(blocks, thing, under, bare=False)


def dashes(start: tuple[float, float], end: tuple[float, float], palette: Palette) -> str:
    d = f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}"
    return path(
        d, stroke=palette.shape, stroke_width=6, stroke_dasharray="4 18", stroke_linecap="round"
    )


def framed(wide: float, high: float, palette: Palette, *, double: bool, thing: bool) -> Plan:
    """A frame around all, the object small above the words."""
    under = rect(28, 28, wide - 56, high - 56, "none", stroke=palette.shape, stroke_width=6)
    if double:
        under += rect(44, 44, wide - 88, high - 88, "none", stroke=palette.shape, stroke_width=2)
    plan = stacked(wide, high, palette, above=True, centred=True)
    if not thing:
        room = (MARGIN, MARGIN, wide - MARGIN, high - MARGIN)
        return Plan(whole(room, palette, centred=True), None, under, bare=False)
    return replace(plan, under=under, backing=False, bare=False)


def spoken(wide: float, high: float, palette: Palette, *, bar: bool) -> Plan:
    """Words alone: a bar at the side, or a foot with the facts."""
    inks = (palette.headline, palette.facts)
    if bar:
        under = rect(MARGIN * 0.7, MARGIN, 16, high - 2 * MARGIN, palette.shape, rx=8)
        under += circle(wide, 0, min(wide, high) * 0.16, palette.shape)
        room = (MARGIN * 0.7 + 56, MARGIN * 1.3, wide - MARGIN, high - MARGIN)
        return Plan(whole(room, palette, centred=False), None, under, bare=False)
    cut = high * 0.3
    room = (MARGIN, MARGIN, wide - MARGIN, high - cut - 36)
    facts = (MARGIN, high - cut + 34, wide - MARGIN, high - 44)
    under = rect(0, high - cut, wide, cut, palette.headline)
    under += rect(0, high - cut, wide, 12, palette.shape)
    inverse = (palette.ground, palette.ground)
    return Plan(
        (
            TextBlock("headline", room, palette.ground, inks, centred=False),
            TextBlock("facts", facts, palette.headline, inverse, centred=False),
        ),
        None, under, bare=False,
    )  # fmt: skip


def quoted(wide: float, high: float, palette: Palette, *, mark: bool) -> Plan:
    """A quote: a large mark above it, or a panel around it."""
    if mark:
        top = MARGIN + 150
        moves = f"translate({MARGIN:.1f} {MARGIN - 14:.1f}) scale(1.5)"
        under = group(path(MARK, palette.shape), moves)
        room = (MARGIN, top, wide - MARGIN, high - MARGIN * 0.8)
        return Plan(whole(room, palette, centred=False), None, under, bare=False)
    under = rect(0, 0, wide, high, palette.shape)
    under += rect(60, 60, wide - 120, high - 120, palette.ground, rx=24)
    room = (60 + 50, 60 + 50, wide - 110, high - 110)
    return Plan(whole(room, palette, centred=True), None, under, bare=False)


def inset(box: Box, by: float) -> Box:
    return (box[0] + by, box[1] + by, box[2] - by, box[3] - by)
