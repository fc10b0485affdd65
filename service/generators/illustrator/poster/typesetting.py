"""Setting type: text and emoji in lines that fit, as large as possible, never cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from service.generators.illustrator.reading.words.lexicon import lexicon
from service.generators.illustrator.sprites.art import drawing, is_drawn, render
from service.generators.prompt.subject.facts import MONTHS

FONTS = Path(__file__).with_name("fonts")
LEADING = 1.18
"""Of the font's size, from line to line."""
GAP = 0.45
"""Of a size, between two paragraphs."""
LONGEST_EMOJI = 8
"""Code points of one emoji."""
BLANK = re.compile(r"[ \t\n\r]+")
TOGETHER = re.compile(
    r"(?<=\d) (?=(?:am|pm|a\.m\.|p\.m\.|uhr|h|€|%|\$|£|euros?|km|kg|cm|o'clock)(?!\w))"
    rf"|(?<=\d) (?=(?:{MONTHS})\b)"
    r"|(?<=\d\.) (?=\w)|(?<=[€$£]) (?=\d)|(?<=\bSt\.) (?=\w)",
    re.IGNORECASE,
)
"""Blanks at which no line ends: "7 pm", "14 November"."""
INVISIBLE = "\ufe0f\u200d\u200b\u2060\ufeff"
BATCH = 0.93
"""From one size that is tried to the next."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A piece of a word: letters, or the name of one drawn emoji."""

    text: str
    art: str = ""


Word = tuple[Glyphs, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words in one font and ink; `size` is a share of the headline's."""

    words: tuple[Word, ...]
    font: str
    size: float
    ink: str = "#000000"


@dataclass(frozen=True, slots=True)
class TypesetLine:
    """One line that is set: where it stands, in which font, size and ink."""

    words: tuple[Word, ...]
    font: str
    size: int
    box: Box
    ink: str


@lru_cache(256)
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    # The basic layout is the same on every machine; shaping libraries differ.
    return ImageFont.truetype(FONTS / f"{name}.ttf", size, layout_engine=ImageFont.Layout.BASIC)


@cache
def characters() -> frozenset[str]:
    """What the fonts can show."""
    listed = (FONTS / "characters.txt").read_text(encoding="utf-8")
    return frozenset(listed.replace("\n", "")) | {" "}


def words_of(text: str) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    """The words of a text in letters and emoji, and the characters that have neither."""
    unknown: list[str] = []
    kept = TOGETHER.sub("\u00a0", text)
    words = tuple(word for part in BLANK.split(kept) if (word := tuple(pieces(part, unknown))))
    return words, tuple(dict.fromkeys(unknown))


def pieces(word: str, unknown: list[str]) -> Iterator[Glyphs]:
    emoji, known = lexicon().emoji, characters()
    letters = ""
    word = word.replace("\ufe0f", "").replace("\u00a0", " ")
    at = 0
    while at < len(word):
        for length in range(min(LONGEST_EMOJI, len(word) - at), 0, -1):
            art = emoji.get(word[at : at + length])
            if art and not word[at].isascii() and is_drawn(art):
                if letters:
                    yield Glyphs(letters)
                    letters = ""
                yield Glyphs("", art)
                at += length
                break
        else:
            if word[at] in known:
                letters += word[at]
            elif word[at] not in INVISIBLE:
                unknown.append(word[at])
            at += 1
    if letters:
        yield Glyphs(letters)


def hyphenated(words: tuple[Word, ...], longest: int) -> tuple[Word, ...]:
    """The words with those of more letters cut into pieces that end with a hyphen."""
    result: list[Word] = []
    for word in words:
        for piece in word if sum(len(piece.text) for piece in word) > longest else ():
            starts = range(0, max(1, len(piece.text)), longest)
            parts = [piece.text[at : at + longest] for at in starts]
            result += [(Glyphs(f"{part}-"),) for part in parts[:-1]]
            result.append((Glyphs(parts[-1], piece.art),))
        if sum(len(piece.text) for piece in word) <= longest:
            result.append(word)
    return tuple(result)


def width_of(word: Word, name: str, size: int) -> float:
    face = font(name, size)
    return sum(size * 1.1 if piece.art else face.getlength(piece.text) for piece in word)


def broken(
    words: tuple[Word, ...], name: str, size: int, wide: float
) -> list[tuple[Word, ...]] | None:
    """The words in lines of about equal length; None if a word is wider than the line."""
    blank = font(name, size).getlength(" ")
    lengths = [width_of(word, name, size) for word in words]
    if max(lengths, default=0) > wide:
        return None
    least = greedy(lengths, blank, wide)
    narrow, widest = wide * 0.45, wide
    for _ in range(6):  # the narrowest measure with as few lines: no last line of one word
        middle = (narrow + widest) / 2
        if max(lengths) <= middle and len(greedy(lengths, blank, middle)) == len(least):
            widest = middle
        else:
            narrow = middle
    result, at = [], 0
    for count in greedy(lengths, blank, widest):
        result.append(words[at : at + count])
        at += count
    return result


def greedy(lengths: list[float], blank: float, wide: float) -> list[int]:
    """How many words stand in each line."""
    counts, used = [0], 0.0
    for length in lengths:
        more = length if not counts[-1] else used + blank + length
        if counts[-1] and more > wide:
            counts.append(1)
            used = length
        else:
            counts[-1] += 1
            used = more
    return counts


def set_lines(
    paragraphs: list[Paragraph], room: Box, sizes: tuple[int, int, int], *, centred: bool
) -> list[TypesetLine] | None:
    """All paragraphs in the room, as large as fits; None if not even the smallest size does.

    `sizes`: the largest and the smallest of the headline, and the smallest of the other lines.
    """
    largest, smallest, least = sizes
    size = float(largest)
    while size >= smallest:
        lines = at_size(paragraphs, room, round(size), least, centred=centred)
        if lines is not None:
            return lines
        size *= BATCH
    return None


def at_size(
    paragraphs: list[Paragraph], room: Box, size: int, smallest: int, *, centred: bool
) -> list[TypesetLine] | None:
    left, top, right, bottom = room
    wide = right - left
    y = top
    lines: list[TypesetLine] = []
    for number, paragraph in enumerate(paragraphs):
        own = max(smallest, round(size * paragraph.size))
        rows = broken(paragraph.words, paragraph.font, own, wide)
        if rows is None:
            return None
        y += own * GAP * (2.2 if number == 1 else 1) if number else 0
        blank = font(paragraph.font, own).getlength(" ")
        for row in rows:
            long = sum(width_of(word, paragraph.font, own) for word in row) + blank * (len(row) - 1)
            x = left + (wide - long) / 2 if centred else left
            box = (x, y, x + long, y + own * LEADING)
            lines.append(TypesetLine(row, paragraph.font, own, box, paragraph.ink))
            y += own * LEADING
        if y > bottom:
            return None
    slack = (bottom - y) / 2
    down = slack if centred else slack * 0.9
    return [replace(line, box=moved(line.box, down)) for line in lines]


def moved(box: Box, down: float) -> Box:
    return (box[0], box[1] + down, box[2], box[3] + down)


def paint(image: Image.Image, lines: list[TypesetLine]) -> None:
    """Draw the lines."""
    brush = ImageDraw.Draw(image)
    for line in lines:
        face = font(line.font, line.size)
        x, baseline = line.box[0], line.box[1] + line.size * 0.92
        for word in line.words:
            for piece in word:
                if piece.art:
                    glass = emoji_of(piece.art, line.size)
                    image.paste(
                        glass,
                        (round(x + line.size * 0.05), round(line.box[1] + line.size * 0.1)),
                        glass,
                    )
                    x += line.size * 1.1
                else:
                    brush.text((x, baseline), piece.text, fill=line.ink, font=face, anchor="ls")
                    x += face.getlength(piece.text)
            x += face.getlength(" ")


@lru_cache(64)
def emoji_of(art: str, size: int) -> Image.Image:
    sprite = drawing(art)
    scale = size / max(sprite.width, sprite.height)
    return render(sprite.body, (sprite.width, sprite.height), max(1, round(sprite.width * scale)))
