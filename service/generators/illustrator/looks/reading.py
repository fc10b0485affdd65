"""Which words of a prompt say how the picture is to look: they are carried out, or reported."""

# ruff: noqa: E501, RUF001 - tables of words; the dashes and quotes are those that prompts have

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from service.generators.illustrator.reading.words.lexicon import lexicon
from service.generators.illustrator.reading.words.tokens import LONGEST_PROMPT, fold, phrase

TABLE = Path(__file__).parent / "looks.toml"
PART = re.compile(r"[^\W_]+|[.,;:!?()\"“”„«»\n]|(?<=\s)[–—-](?=\s)")
OPEN = re.compile(
    r"^\W*(?:(?:an?|un[ae]?|eine?)\s+)?(?:(?:of|de|von|di)\s+|d['’]\s*)(?=\w)|^(?:painting|peinture|pintura|dipinto)\s+(?:of|de|di)\s+",
    re.IGNORECASE,
)
"""What is left of "watercolour of a lighthouse"."""
LONGEST = 4
"""Words of a phrase."""
ENDINGS = ("es", "er", "en", "em", "e", "s")
"""Of adjectives, in German and of plurals."""
LOOKS = ("colour", "mood", "effect", "unable")
INSIDE = (*LOOKS, "ground", "type", "only", "glue")
STRONG = ("effect", "unable", "type", "ground", "only")
"""Words that are about the picture, never about a thing in it."""
NEAR = 3
"""Words between a look and the noun it belongs to."""
JOINTS = frozenset({"in", "with", "on", "mit", "auf", "im", "en", "con", "sobre", "avec", "dans", "sur", "su", "com", "em", "a", "all", "de"})  # fmt: skip
"""How a look behind the noun begins: "poster in blue", "with gold letters"."""
SAYING = frozenset({"that", "saying", "says", "for", "with", "to", "fur", "para", "pour", "per", "mit", "con", "avec", "com", ":", ",", '"', "“", "„", "«"})  # fmt: skip
"""What follows a sign or a card that is ordered; others are things of a scene."""
OF = frozenset({"of", "de", "d", "von", "eines", "einer", "di", "do", "da", "du", "des"})
QUOTES = '"“”„«»'


class Word(NamedTuple):
    """A word or mark of the prompt, folded, and where it stands."""

    text: str
    start: int
    end: int


class Piece(NamedTuple):
    """Words that mean one thing together: of the words first..last, a kind and its value."""

    kind: str
    value: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Look:
    """How the picture is to look, and the prompt without the words that say so."""

    rest: str
    ordered: bool = False
    """Whether a poster, flyer or card is asked for."""
    ground: str = ""
    ink: str = ""
    """Colours for the ground and the letters, "" if none is said."""
    colours: tuple[str, ...] = ()
    """Those that are said of neither, in their order."""
    only: bool = False
    """Whether there are to be no other colours."""
    moods: frozenset[str] = frozenset()
    effects: tuple[str, ...] = ()
    unable: tuple[str, ...] = ()
    """The words for what cannot be carried out."""

    @property
    def all_colours(self) -> tuple[str, ...]:
        """Every colour once, that of the ground first."""
        return tuple(dict.fromkeys(filter(None, (self.ground, self.ink, *self.colours))))

    def has(self, mood: str) -> bool:
        return mood in self.moods

    @property
    def has_ground(self) -> bool:
        """Whether it says what the ground is like: "blue", "dark"."""
        return bool(self.all_colours) or self.has("dark") or self.has("light")

    @property
    def effect(self) -> str:
        """What is done to the finished picture."""
        return self.effects[0] if self.effects else ""


def joined_looks(one: Look, other: Look) -> Look:
    """Both looks; where they differ the first holds."""
    return Look(
        one.rest,
        one.ordered or other.ordered,
        one.ground or other.ground,
        one.ink or other.ink,
        tuple(dict.fromkeys((*one.colours, *other.colours))),
        one.only or other.only,
        one.moods | other.moods,
        tuple(dict.fromkeys((*one.effects, *other.effects))),
        tuple(dict.fromkeys((*one.unable, *other.unable))),
    )


@cache
def table() -> Mapping[str, tuple[str, str]]:
    """Phrase -> what kind of word it is, and its value."""
    rows = tomllib.loads(TABLE.read_text())
    found: dict[str, tuple[str, str]] = {}
    for kind, values in (("mood", rows["mood"]), ("effect", rows["effects"])):
        for value, text in values.items():
            found |= {phrase(word): (kind, value) for word in text.split()}
    for kind in ("glue", "ground", "type", "only", "unable"):
        found |= {phrase(word): (kind, kind) for word in rows[kind]["words"].split()}
    found |= {phrase(word): ("glue", "over") for word in rows["over"]["words"].split()}
    for value, text in rows["colours"].items():
        found |= {phrase(word): ("colour", value) for word in text.split()}
    return found


@cache
def nouns(name: str) -> frozenset[str]:
    rows = tomllib.loads(TABLE.read_text())
    lists = {"mediums": ("mediums", "words"), "also": ("mediums", "also"), "pictures": ("pictures", "words")}  # fmt: skip
    group, key = lists[name]
    return frozenset(rows[group][key].split())


def look_of(prompt: str) -> Look:
    """The look that a prompt asks for."""
    words = [
        Word(fold(one[0]), one.start(), one.end()) for one in PART.finditer(prompt[:LONGEST_PROMPT])
    ]
    pieces = list(pieces_of(words))
    quoted = inside_quotes(words)
    medium = ordered_at(words, quoted)
    found: list[list[Piece]] = []
    for run in runs(pieces, words):
        kept = accepted(run, words, medium, quoted)
        if kept:
            found.append(kept)
    if not found:
        return Look(prompt, ordered=medium >= 0)
    return collected(prompt, words, found, ordered=medium >= 0)


def inside_quotes(words: Sequence[Word]) -> set[int]:
    """The places of words that are quoted: they are what the poster says."""
    inside, open_ = set[int](), False
    for at, word in enumerate(words):
        if word.text in QUOTES:
            open_ = not open_ if word.text == '"' else word.text in "“„«"
        elif open_:
            inside.add(at)
    return inside


def ordered_at(words: Sequence[Word], quoted: set[int]) -> int:
    """Where the noun of an ordered poster stands; -1 if none is ordered."""
    for at, word in enumerate(words):
        if at in quoted:
            continue
        after = words[at + 1].text if at + 1 < len(words) else ""
        if word.text in nouns("mediums"):
            return at
        if word.text in nouns("also") and (after in SAYING or not after) and at < LONGEST + 2:
            return at
    return -1


def pieces_of(words: Sequence[Word]) -> Iterator[Piece]:
    """The prompt in pieces; what says nothing of looks has the kind ""."""
    at = 0
    while at < len(words):
        size, kind, value = 1, "", ""
        for length in range(min(LONGEST, len(words) - at), 0, -1):
            key = " ".join(word.text for word in words[at : at + length])
            kind, value = kind_of_words(key)
            if kind:
                size = length
                break
        yield Piece(kind, value, at, at + size - 1)
        at += size


def kind_of_words(key: str) -> tuple[str, str]:
    known = table().get(key)
    if known:
        return known
    colour = lexicon().colour(key) or loose_colour(key)
    return ("colour", colour) if colour else ("", "")


def loose_colour(key: str) -> str:
    """The colour of "weinrotes", "dunkelgrünes", "dark teal", or of "orange", which is a thing too."""
    lex = lexicon()
    forms = [key, *(key.removesuffix(end) for end in ENDINGS if key.endswith(end))]
    for form in forms:
        known = table().get(form, ("", ""))
        found = (
            known[1]
            if known[0] == "colour"
            else lex.colour(form) or lex.colour_things.get(form, "")
        )
        if found:
            return found
    return ""


def runs(pieces: Sequence[Piece], words: Sequence[Word]) -> Iterator[list[Piece]]:
    """Pieces next to each other that may say how it looks, without what only joins them."""
    run: list[Piece] = []
    for piece in [*pieces, Piece("", "", len(words), len(words))]:
        if piece.kind in INSIDE:
            run.append(piece)
            continue
        trailing = piece.first < len(words) and words[piece.first].text[0].isalnum()
        while run and run[-1].kind == "glue" and trailing:  # "…, manga style," ends with it
            run.pop()
        if any(one.kind in LOOKS for one in run):
            yield run
        run = []


def accepted(
    run: list[Piece], words: Sequence[Word], medium: int, quoted: set[int]
) -> list[Piece] | None:
    """The part of a run that is a look by its place in the prompt; None if it describes a thing."""
    if run[0].first in quoted or run[-1].last in quoted:
        return None
    before = words[run[0].first - 1].text if run[0].first else "."
    after = words[run[-1].last + 1].text if run[-1].last + 1 < len(words) else "."
    ends, starts = not after[0].isalnum(), not before[0].isalnum()
    joint = next((i for i, one in enumerate(run) if words[one.first].text in JOINTS), -1)
    strong = any(one.kind in STRONG for one in run)
    if medium >= 0:
        leads = starts and run[0].first <= 1 and 0 <= medium - run[-1].last <= NEAR
        if medium == run[-1].last + 1 or leads:
            return from_look(run)  # "a dark green poster", "minimalist concert poster"
        if medium == run[0].first - 1 and (joint == 0 or run[0].kind in LOOKS):
            return run  # "a poster in navy and cream for …", "affiche orange pour …"
    several = sum(one.kind == "colour" for one in run) > 1 or any(one.kind == "mood" for one in run)
    moods = joint == 0 and several and all(one.kind in ("mood", "glue", "colour") for one in run)
    if ends and ((starts and (strong or medium >= 0)) or (moods and medium >= 0)):
        return run  # "…, dynamic and blue", "… in pastel colours"
    if ends and strong and joint >= 0 and (medium >= 0 or any(one.kind == "effect" for one in run)):
        tail = run[joint:]
        return tail if any(one.kind in LOOKS for one in tail) else None
    return of_picture(run, words, before)


def of_picture(run: list[Piece], words: Sequence[Word], before: str) -> list[Piece] | None:
    """The look of a picture whose subject follows: "a black and white drawing of a violin"."""
    for i, piece in enumerate(run):
        after = words[piece.last + 1].text if piece.last + 1 < len(words) else ""
        if piece.kind not in ("effect", "unable"):
            continue
        if before in nouns("pictures") and after in OF:
            return run[: i + 1]  # "fotografía en blanco y negro de un gato"
        if run[0].first <= 1 and (after in nouns("pictures") or after in OF):
            return from_look(run[: i + 1])
    return None


def from_look(run: list[Piece]) -> list[Piece]:
    """A run from its first look on, without the article before it."""
    first = next(i for i, one in enumerate(run) if one.kind in LOOKS)
    return run[first:]


def collected(
    prompt: str, words: Sequence[Word], found: Sequence[Sequence[Piece]], *, ordered: bool
) -> Look:
    """The look that accepted runs ask for together."""
    rest = prompt
    for run in reversed(found):
        rest = cut(rest, words[run[0].first].start, words[run[-1].last].end)
    ground, ink, colours = coloured_parts(found)
    pieces = [piece for run in found for piece in run]
    unable = (
        prompt[words[one.first].start : words[one.last].end].lower()
        for one in pieces
        if one.kind == "unable"
    )
    return Look(
        OPEN.sub("", rest),
        ordered,
        ground,
        ink,
        colours,
        any(one.kind == "only" for one in pieces),
        frozenset(one.value for one in pieces if one.kind == "mood"),
        tuple(dict.fromkeys(one.value for one in pieces if one.kind == "effect")),
        tuple(dict.fromkeys(unable)),
    )


def coloured_parts(found: Sequence[Sequence[Piece]]) -> tuple[str, str, tuple[str, ...]]:
    """The colours of the ground and of the letters, and those of neither."""
    parts = {"ground": "", "type": ""}
    colours: list[str] = []
    for run in found:
        waiting: list[str] = []
        part, over = "", False
        for piece in run:
            if piece.kind == "colour" and part:  # "fondo azul": the colour comes behind its noun
                parts[part], part = piece.value, ""
            elif piece.kind == "colour" and over and waiting:  # "gold on cream"
                parts["type"], parts["ground"] = waiting.pop(), piece.value
            elif piece.kind == "colour":
                waiting.append(piece.value)
            elif piece.kind in parts and waiting:
                parts[piece.kind] = waiting.pop()
            elif piece.kind in parts:
                part = piece.kind
            over = piece.value == "over"
        colours += waiting
    return parts["ground"], parts["type"], tuple(dict.fromkeys(colours))


def cut(text: str, start: int, end: int) -> str:
    """The text without a part, and without the mark that set it off."""
    left, right = text[:start].rstrip(), text[end:].lstrip()
    if (not left or left[-1] in ",;:(") and right[:1] in {",", ";", ":", ")", "."}:
        right = right[1:].lstrip() if left[-1:] == "(" or not left else right
        left = left.rstrip(" ,;:(") if left[-1:] in ",;:(" else left
    if not right:
        left = left.rstrip(" ,;:(")
    joined = f"{left} {right}" if left and right and right[0] not in ",;:.!?)" else f"{left}{right}"
    return joined.strip()
