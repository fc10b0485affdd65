"""From a prompt to a poster: words, layout, ground, object, type."""

from __future__ import annotations

from dataclasses import dataclass, replace

from service.generators.illustrator.art import Sprite
from service.generators.illustrator.cast import art_of
from service.generators.illustrator.colours import mix, rgb
from service.generators.illustrator.figures import figure
from service.generators.illustrator.lexicon import drawable
from service.generators.illustrator.picture import Composition
from service.generators.illustrator.poster.ground import lay
from service.generators.illustrator.poster.layouts import (
    PALETTES,
    TEXT,
    Layout,
    Palette,
    mood_of,
    object_of,
    suited,
)
from service.generators.illustrator.poster.typesetting import (
    Box,
    Line,
    Paragraph,
    hyphenated,
    paint,
    set_lines,
    words_of,
)
from service.generators.illustrator.poster.wording import FACT, Wording, wording
from service.generators.illustrator.reading import read

CONTRAST = 4.5
"""WCAG AA: what every text has at least against its ground."""
WIDE = 1.2
"""Width by height from which the object stands beside the words."""
MARGIN = 84.0
"""Picture units between the words and the edge."""
LARGEST, SMALLEST, COMFORTABLE, LEGIBLE = 0.135, 0.026, 0.06, 0.038
"""Of the shorter side: sizes of type. A headline below COMFORTABLE and facts below LEGIBLE take the
object's room as well."""
FACTS = 0.48
"""The size of the facts, by that of the headline."""
LEAST_PIXELS = 11
LONGEST_PART = 14
"""Letters: where a word is wider than the picture, words are cut into such parts."""


@dataclass(frozen=True, slots=True)
class Poster:
    """What was set, to be measured: the lines in pixels, their inks, and the object's area."""

    wording: Wording
    lines: list[Line]
    inks: list[str]
    ground: str
    thing: Box | None
    missing: tuple[str, ...]


def draw_poster(picture: Composition, prompt: str) -> Poster | None:
    """Draw the poster of a prompt; None if its words fit in no layout or no font has them."""
    words = wording(prompt)
    texts = (words.headline, *words.lines)
    set_words = [words_of(text) for text in texts]
    unknown = tuple(dict.fromkeys(char for _, chars in set_words for char in chars))
    letters = sum(char.isalnum() for text in texts for char in text)
    if sum(char.isalnum() for char in unknown) > letters * 0.05 or not set_words[0][0]:
        return None
    rng = picture.rng
    layouts = suited(words.kind)
    layout = layouts[int(rng.integers(len(layouts)))]
    palettes = PALETTES[mood_of(prompt, words.kind)]
    palette = palettes[int(rng.integers(len(palettes)))]
    sprite = chosen(prompt, words)
    fonts = [layout.headline, *([TEXT] * (len(texts) - 1))]
    paragraphs = [
        Paragraph(found, name, 1.0 if i == 0 else FACTS)
        for i, ((found, _), name) in enumerate(zip(set_words, fonts, strict=True))
        if found
    ]
    cut = [replace(one, words=hyphenated(one.words, LONGEST_PART)) for one in paragraphs]
    tries = [(0.46, paragraphs), (0.3, paragraphs)] if sprite else []
    for share, parts in (*tries, (0.0, paragraphs), (0.0, cut)):
        room, area = rooms(picture, layout, share)
        least = COMFORTABLE if share else SMALLEST
        lines = setting(picture, parts, room, least, centred=layout.centred)
        if lines is not None:
            lay(picture, layout, palette, area)
            if sprite and area:
                place(picture, sprite, area)
            inks = [
                readable(
                    palette.headline if line.font == layout.headline else palette.facts, palette
                )
                for line in lines
            ]
            paint(picture.image, lines, inks)
            return Poster(words, lines, inks, palette.ground, area, unknown)
    return None


def setting(
    picture: Composition, paragraphs: list[Paragraph], room: Box, least: float, *, centred: bool
) -> list[Line] | None:
    side = min(picture.size)
    scale = picture.scale
    pixels = (room[0] * scale, room[1] * scale, room[2] * scale, room[3] * scale)
    floor = max(LEAST_PIXELS, round(side * (LEGIBLE if least > SMALLEST else SMALLEST)))
    sizes = (round(side * LARGEST), max(floor, round(side * least)), floor)
    return set_lines(paragraphs, pixels, sizes, centred=centred)


def rooms(picture: Composition, layout: Layout, share: float) -> tuple[Box, Box | None]:
    """Where the words and the object stand, in picture units; they never overlap."""
    left, top = MARGIN, MARGIN
    right, bottom = picture.width - MARGIN, picture.height - MARGIN
    if not share:
        return (left, top, right, bottom), None
    gap = 44.0
    if picture.width > picture.height * WIDE:
        cut = (right - left) * share * 0.85
        if layout.above:
            return (left, top, right - cut - gap, bottom), (right - cut, top, right, bottom)
        return (left + cut + gap, top, right, bottom), (left, top, left + cut, bottom)
    cut = (bottom - top) * share
    if layout.above:
        return (left, top + cut + gap, right, bottom), (left, top, right, top + cut)
    return (left, top, right, bottom - cut - gap), (left, bottom - cut, right, bottom)


def chosen(prompt: str, words: Wording) -> Sprite | None:
    """The first thing that the prompt names and that can be drawn, or one that fits its kind."""
    seen = [thing for thing in read(FACT.sub(" ", words.alt)).things if drawable(thing.art)]
    for thing in sorted(seen, key=lambda thing: thing.kind.startswith("person")):
        return art_of(replace(thing, on=-1))
    art = object_of(prompt, words.kind)
    return figure(art) if art and drawable(art) else None


def place(picture: Composition, sprite: Sprite, area: Box) -> None:
    """Draw the object in the middle of its area, as large as looks calm."""
    left, top, right, bottom = area
    wide, high = (right - left) * 0.74, (bottom - top) * 0.78
    box = sprite.box
    scale = min(wide / (box[2] - box[0]), high / (box[3] - box[1]))
    x = (left + right) / 2 - scale * (box[0] + box[2]) / 2
    y = (top + bottom) / 2 - scale * (box[1] + box[3]) / 2
    picture.layer.add(
        f'<g transform="translate({x:.1f} {y:.1f}) scale({scale:.4f})">{sprite.body}</g>'
    )
    picture.flatten()


def readable(ink: str, palette: Palette) -> str:
    """The ink, moved towards black or white until it stands out from the ground."""
    end = "#000000" if luminance(palette.ground) > 0.18 else "#ffffff"  # noqa: PLR2004 - where both stand out alike
    for step in range(11):
        moved = mix(ink, end, step / 10)
        if contrast(moved, palette.ground) >= CONTRAST:
            return moved
    return end


def luminance(colour: str) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - of sRGB
        for part in rgb(colour)
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG, 1 … 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
