"""From a prompt to a poster: words, layout, ground, object, type."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from service.generators.illustrator.looks.effects import over_all, under_words
from service.generators.illustrator.looks.palette import in_look
from service.generators.illustrator.looks.reading import Look, joined_looks
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.poster.commission.edging import edging, edging_of, is_edge
from service.generators.illustrator.poster.commission.positions import is_scattered, is_there
from service.generators.illustrator.poster.contrast import readable
from service.generators.illustrator.poster.emblem import object_of
from service.generators.illustrator.poster.facts import facts_in
from service.generators.illustrator.poster.forms import Plan, TextBlock
from service.generators.illustrator.poster.ground import SHAPES, back, garland, squares
from service.generators.illustrator.poster.layouts import TEXT, Layout, suited
from service.generators.illustrator.poster.motif import drawn_motif, named_with, single
from service.generators.illustrator.poster.palettes import Garland, Mood, Palette, mood_of
from service.generators.illustrator.poster.typesetting import (
    Box,
    Paragraph,
    TypesetLine,
    hyphenated,
    paint,
    set_lines,
    words_of,
)
from service.generators.illustrator.poster.wording import Wording, wording
from service.generators.illustrator.reading.prompt import read
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.sprites.art import Sprite
from service.generators.illustrator.sprites.colours import rgb
from service.generators.illustrator.sprites.svg import circle, group

LARGEST, SMALLEST, COMFORTABLE, LEGIBLE = 0.15, 0.026, 0.062, 0.038
"""Of the shorter side: sizes of type. A headline below COMFORTABLE and facts below LEGIBLE take the
object's room as well."""
HUGE, SHORT = 0.26, 16
"""The largest size where all words together have no more letters."""
FACTS, WEIGHTY_FACTS = 0.46, 0.54
"""The size of the lines below the headline, by that of the headline; days and prices are larger."""
MOST_CHARACTERS = 330
"""Of all words: more would be too small to read."""
MOST_FACTS = 6
"""Lines with facts, where all lines do not fit."""
LARGEST_FACTS = 0.07
LEAST_PIXELS = 11
LONGEST_PART = 14
"""Letters: where a word is wider than the picture, words are cut into such parts."""
SET_OFF = 0.36
"""Distance of an object's colour to its ground, below which it gets a disc."""
FREE, WIDEST, TALLEST = 0.94, 1.66, 1.4
"""Of the object's area it fills; on a shape, of the shape's radius."""
NARROW = 1.4
"""Height by width from which words have no room beside the object."""
QUIET = "disc"
"""The shape behind the object where the poster is to be plain."""
CORNER, CORNER_INSET = 150.0, 34.0
"""The side of a copy in a corner of the sheet, and its distance from the edges."""
FEW_LETTERS = 0.05
"""Of the letters, a poster may lack what its fonts do not have."""


@dataclass(frozen=True, slots=True)
class Poster:
    """What was set, to be measured: the words, the lines in pixels, and the object's area."""

    wording: Wording
    lines: list[TypesetLine]
    thing: Box | None
    missing: tuple[str, ...]
    layout: str
    around: bool = False
    """Whether small copies of the object are in the corners."""


@dataclass(frozen=True, slots=True)
class Copy:
    """The words in letters and emoji, the headline first."""

    paragraphs: tuple[Paragraph, ...]

    @property
    def letters(self) -> int:
        """How many letters there are."""
        return sum(
            len(piece.text) for line in self.paragraphs for word in line.words for piece in word
        )

    def of(self, block: TextBlock, headline: str) -> list[Paragraph]:
        """The paragraphs of a block, in its fonts and inks."""
        head, *lines = self.paragraphs
        first = [replace(head, font=headline, ink=readable(block.inks[0], block.ground))]
        ink = readable(block.inks[1], block.ground)
        rest = [replace(line, ink=ink) for line in lines]
        return {"headline": first, "facts": rest}.get(block.words, first + rest)


def draw_poster(
    picture: Composition, prompt: str, scene: Scene | None = None, look: Look | None = None
) -> Poster | None:
    """Draw the poster of a prompt; None if no font has its words or the headline fits nowhere.

    What is too long keeps its headline and the lines with facts.
    """
    words = wording(prompt)
    scene = scene or read(prompt)
    look = look or Look(prompt)
    if words.commission:
        look = joined_looks(look, words.commission.look)
    motif = words.motif or (named_with(words.headline) if look.ordered else "")
    sprite, away = drawn_motif(motif, prompt) if motif else (None, ())
    if sprite is None and not look.has("words"):
        sprite = object_of(words, prompt, scene)
    mood = in_look(mood_of(prompt, words.kind), look)
    fits = len(words.alt) <= MOST_CHARACTERS or not essential(words).lines
    poster = set_poster(picture, words, sprite, mood, look) if fits else None
    poster = poster or set_poster(picture, essential(words), sprite, mood, look)
    if poster is None:
        return None
    size = (picture.width, picture.height)
    unkept = () if poster.around else unkept_ornaments(words, poster.thing, size)
    if words.motif and sprite and not poster.thing:
        away = (*away, words.motif.lower())
    return replace(poster, missing=(*poster.missing, *away, *unkept))


def unkept_ornaments(
    words: Wording, thing: Box | None, size: tuple[float, float]
) -> tuple[str, ...]:
    """Patterns that are not drawn, and places that the object is not at."""
    made = words.commission
    if made is None:
        return ()
    away = [one for one in made.positions if not (thing and is_there(one, thing, size))]
    patterns = [one for one in made.patterns if not edging_of(one)]
    edges = [one for one in made.edges if patterns or not is_edge(one)]
    return (*patterns, *away, *edges)


def is_barred(layout: Layout) -> bool:
    """Whether a layout has marks of its own in the corners."""
    return layout.name != "words-frame"


def scattered(words: Wording) -> bool:
    """Whether the object is to be all around the words."""
    made = words.commission
    return made is not None and bool(made.motifs) and any(map(is_scattered, made.positions))


def corners(
    words: Wording, lines: list[TypesetLine], plan: Plan, picture: Composition
) -> tuple[Box, ...]:
    """The corners of the sheet that the words leave free: all at the top or the bottom at least."""
    if not scattered(words) or plan.thing:
        return ()
    wide, high, far = picture.width, picture.height, CORNER + CORNER_INSET
    found = []
    for top in (CORNER_INSET, high - far):
        row = [(left, top, left + CORNER, top + CORNER) for left in (CORNER_INSET, wide - far)]
        if not any(overlap(box, line.box, picture.scale) for box in row for line in lines):
            found += row
    return tuple(found)


def overlap(box: Box, pixels: Box, scale: float) -> bool:
    left, top, right, bottom = (side / scale for side in pixels)
    return box[0] < right and left < box[2] and box[1] < bottom and top < box[3]


def copies(picture: Composition, words: Wording, boxes: tuple[Box, ...]) -> None:
    """Draw the object small in each box."""
    sprite = single(words.motif)
    if sprite is None:
        return
    for left, top, right, bottom in boxes:
        box = sprite.box
        scale = min((right - left) / (box[2] - box[0]), (bottom - top) / (box[3] - box[1]))
        x = (left + right - scale * (box[0] + box[2])) / 2
        y = (top + bottom - scale * (box[1] + box[3])) / 2
        picture.layer.add(group(sprite.body, f"translate({x:.1f} {y:.1f}) scale({scale:.4f})"))
    picture.flatten()


def placed_first(
    layouts: list[Layout], words: Wording, palette: Palette, size: tuple[float, float]
) -> list[Layout]:
    """The layouts with their object where the prompt wants it, before all others."""
    wanted = words.commission.positions if words.commission and words.motif else []

    def away(layout: Layout) -> bool:
        thing = layout.form(*size, palette).thing
        return not (thing and all(is_there(one, thing, size) for one in wanted))

    return sorted(layouts, key=away) if wanted else layouts


def essential(words: Wording) -> Wording:
    """The headline and the first lines with facts."""
    facts = tuple(line for line in words.lines if facts_in(line))
    return replace(words, lines=facts[:MOST_FACTS])


def set_poster(
    picture: Composition, words: Wording, sprite: Sprite | None, mood: Mood, look: Look
) -> Poster | None:
    """Draw the poster with these words; None if they do not fit."""
    texts = (words.headline, *words.lines)
    read = [words_of(text) for text in texts]
    unknown = tuple(dict.fromkeys(char for _, chars in read for char in chars))
    letters = sum(char.isalnum() for text in texts for char in text)
    if sum(char.isalnum() for char in unknown) > letters * FEW_LETTERS or not read[0][0]:
        return None
    copy = Copy(
        tuple(
            Paragraph(found, TEXT, 1.0 if i == 0 else WEIGHTY_FACTS if facts_in(text) else FACTS)
            for i, ((found, _), text) in enumerate(zip(read, texts, strict=True))
            if found
        )
    )
    palette = mood.palettes[int(picture.rng.integers(len(mood.palettes)))]
    shape = SHAPES[int(picture.rng.integers(len(SHAPES)))]
    shape = QUIET if look.has("plain") or look.has("elegant") else shape
    for layout, plan, lines in attempts(picture, words, copy, palette, sprite, look):
        lay(picture, plan, palette, mood.garland if plan.bare else "")
        if look.effect == "pixels" and not (sprite and plan.thing):
            squares(picture, palette)
        around = corners(words, lines, plan, picture) if sprite else ()
        if sprite and scattered(words) and not plan.thing and not around:
            continue
        if around:
            copies(picture, words, around)
        elif sprite and plan.thing:
            place(picture, sprite, plan, palette, shape)
        for pattern in words.commission.patterns if words.commission else ():
            edging(picture, edging_of(pattern), words.commission, palette)
        picture.image = under_words(picture.image, look, picture.rng)
        paint(picture.image, lines)
        tones = (palette.ground, palette.headline)
        picture.image = over_all(picture.image, look, tones, picture.rng)
        thing = around[0] if around else plan.thing if sprite else None
        return Poster(words, lines, thing, unknown, layout.name, around=bool(around))
    return None


def attempts(
    picture: Composition,
    words: Wording,
    copy: Copy,
    palette: Palette,
    sprite: Sprite | None,
    look: Look,
) -> Iterator[tuple[Layout, Plan, list[TypesetLine]]]:
    """Layouts in which the words fit, in an order that the picture's seed chooses."""
    rest = bool(words.lines)
    hyphens = Copy(
        tuple(replace(one, words=hyphenated(one.words, LONGEST_PART)) for one in copy.paragraphs)
    )
    choose = partial(
        suited,
        words.kind,
        lines=rest,
        inverse=look.only or not look.has_ground,
        narrow=picture.height > picture.width * NARROW,
    )
    with_object = shuffled(choose(thing=True), picture.rng) if sprite else []
    with_object = placed_first(with_object, words, palette, (picture.width, picture.height))
    alone = shuffled(choose(thing=False), picture.rng)
    first = sorted(alone, key=is_barred) if sprite and scattered(words) else []
    for least, layouts, parts in (
        (COMFORTABLE, first, copy),
        (COMFORTABLE, with_object, copy),
        (COMFORTABLE, alone, copy),
        (SMALLEST, alone, copy),
        (SMALLEST, alone, hyphens),
    ):
        for layout in layouts:
            plan = layout.form(picture.width, picture.height, palette)
            lines = setting(picture, parts, plan, layout, least)
            if lines is not None:
                yield layout, plan, lines


def shuffled(layouts: list[Layout], rng: np.random.Generator) -> list[Layout]:
    return [layouts[i] for i in rng.permutation(len(layouts))]


def setting(
    picture: Composition, copy: Copy, plan: Plan, layout: Layout, least: float
) -> list[TypesetLine] | None:
    """All words in the rooms of the layout, or None."""
    side, scale = min(picture.size), picture.scale
    floor = max(LEAST_PIXELS, round(side * (LEGIBLE if least > SMALLEST else SMALLEST)))
    done: list[TypesetLine] = []
    for block in plan.blocks:
        left, top, right, bottom = block.room
        pixels = (left * scale, top * scale, right * scale, bottom * scale)
        paragraphs = copy.of(block, layout.headline)
        if not paragraphs:
            continue
        if block.words == "facts":
            paragraphs = [replace(line, size=line.size / WEIGHTY_FACTS) for line in paragraphs]
            sizes = (round(side * LARGEST_FACTS), floor, floor)
        else:
            largest = HUGE if copy.letters <= SHORT else LARGEST
            sizes = (round(side * largest), max(floor, round(side * least)), floor)
        lines = set_lines(paragraphs, pixels, sizes, centred=block.centred)
        if lines is None:
            return None
        done += lines
    return done


def lay(picture: Composition, plan: Plan, palette: Palette, hanging: Garland) -> None:
    """Paint the ground."""
    picture.image.paste(palette.ground, (0, 0, *picture.size))
    if plan.under:
        picture.layer.add(plan.under)
    garland(picture, palette, hanging)
    picture.flatten()


def place(picture: Composition, sprite: Sprite, plan: Plan, palette: Palette, shape: str) -> None:
    """Draw the object in the middle of its area, as large as looks calm, and set off from it."""
    if plan.thing is None:
        return
    left, top, right, bottom = plan.thing
    x, y = (left + right) / 2, (top + bottom) / 2
    backed = plan.backing and shape != "none"
    own = mean_colour(sprite)
    radius = min(right - left, bottom - top) / 2
    if distance(own, palette.shape if backed else pixel(picture, x, y)) < SET_OFF:
        grounds = (palette.ground, palette.shape, palette.headline, "#ffffff")
        disc = max(grounds, key=lambda ground: distance(own, ground))
        picture.layer.add(circle(x, y, radius * 0.96, disc))
        backed = True
    elif backed:
        back(picture, palette, plan.thing, shape)
    wide, high = (right - left) * FREE, (bottom - top) * FREE
    if backed:
        wide, high = min(wide, radius * WIDEST), radius * TALLEST
    box = sprite.box
    scale = min(wide / (box[2] - box[0]), high / (box[3] - box[1]))
    x -= scale * (box[0] + box[2]) / 2
    y -= scale * (box[1] + box[3]) / 2
    picture.layer.add(
        f'<g transform="translate({x:.1f} {y:.1f}) scale({scale:.4f})">{sprite.body}</g>'
    )
    picture.flatten()


def pixel(picture: Composition, x: float, y: float) -> str:
    """The colour that is painted at a point."""
    at = (round(x * picture.scale), round(y * picture.scale))
    red, green, blue = picture.image.getpixel(at)  # type: ignore[misc] # the image is RGB
    return f"#{red:02x}{green:02x}{blue:02x}"


def mean_colour(sprite: Sprite) -> str:
    """The colour of a drawing from afar."""
    pixels = np.asarray(sprite.pixels, np.float32)
    weights = pixels[..., 3:] + 1e-6
    red, green, blue = ((pixels[..., :3] * weights).sum((0, 1)) / weights.sum()).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"


def distance(one: str, other: str) -> float:
    """Between two colours: 0 to 1.7."""
    return math.dist(rgb(one), rgb(other))
