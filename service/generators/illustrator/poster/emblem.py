"""The one drawn object of a poster: what its words are about, or none where that is in doubt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from service.generators.illustrator.painting.cast import art_of
from service.generators.illustrator.poster.facts import facts_in
from service.generators.illustrator.poster.wording import (
    BUSINESS,
    OURS,
    SENTENCE_END,
    TEXTUAL,
    Wording,
)
from service.generators.illustrator.reading.prompt import read
from service.generators.illustrator.reading.words.lexicon import (
    drawable,
    kind_of,
    language_of,
    lexicon,
)
from service.generators.illustrator.reading.words.tokens import WORD, fold, singulars
from service.generators.illustrator.reading.words.tokens import words as tokens_of
from service.generators.illustrator.scene import MANY, Scene
from service.generators.illustrator.sprites.art import Sprite
from service.generators.illustrator.sprites.figures import figure
from service.generators.illustrator.sprites.recolour import recoloured
from service.generators.illustrator.sprites.shades import shows
from service.generators.illustrator.sprites.svg import group
from service.generators.prompt import understand
from service.generators.prompt.subject.negation import without_negated

TOPICS = Path(__file__).with_name("topics.tsv")
"""What is drawn for a subject: a drawing, a tab, its words without accents; "*" ends a stem."""
UNLIKE = {"different", "various", "assorted", "one", "verschiedene", "distintos", "differents"}
"""Words that make members of a group differ."""
MOST_SHOWN, APART = 6, 1.12
"""How many of a first subject stand on a poster, and their distance by their size."""
LONGEST_TOPIC = 3
"""Words."""
SHORTEST_WORD = 3
"""Letters of a word that names its object by itself."""
UNFIT = (
    *("person", "face", "body", "hand", "place", "time", "phone", "office", "money", "flag"),
    *("other", "light", "award", "game"),
)
"""Kinds that are only mentioned: whom the words are for, where, when, how much."""


STALLS = {"market-stall": "flea-stall"}
"""What a stall sells is said by the words of topics.tsv, or not at all."""
NEEDS = re.compile(r"\b(?:needs?|wants?|seeks?|offers?|looking|available)\b", re.IGNORECASE)
"""Who is said to do so is no picture."""
VAGUE = "?"
"""Behind a word in the table of topics: it counts only where nothing else is known."""
TITLE = re.compile(r"[\"“„«][^\"”“»]*[\"”“»]")
"""In a line below the headline, a title is not what the poster is about."""
ALSO_VERBS = frozenset(
    {"cerca", "present", "show", "play", "watch", "match", "fall", "park", "train"}
)
"""Names of drawings that a headline mostly means otherwise."""
FAR, BEHIND = 3, 5
"""Words from a colour to its thing before it, and behind it."""
NOUNS_LAST = ("en", "de")
"""Languages in which a colour stands before its noun."""
LABEL_WORDS = 3
"""Of a headline like "Flash sale": what it is about stands in the line below."""
CLEAR_GLASS = {"wine-glass", "beer-mug", "cocktail-glass", "teapot", "tea-cup"}
"""A colour before these is that of the drink."""
LONG_STEM = 6
EARLY = 7
"""Words from the beginning, among which the name of a drawing is what the words are about."""
NEAR = 5
WHERE = {
    "en": {"in", "at", "inside", "outside", "by"},
    "de": {"in", "im", "beim", "am"},
    "es": {"en"},
    "fr": {"dans", "chez"},
    "it": {"nel", "nella", "nei", "presso"},
    "pt": {"no", "na", "em"},
}
"""Words before a place where something else happens."""
VEHICLES = {"bus", "train", "taxi", "tram", "bicycle", "automobile"}
"""Things are found on them."""
FORBIDS = re.compile(
    r"(?:please\s+|bitte\s+|por\s+favor,?\s+|merci\s+de\s+)?(?:do\s+not|don't|never|no|nicht|kein\w*|ne|non|não|prohibido|verboten)\b",
    re.IGNORECASE,
)
"""How a headline begins that forbids something."""
GONE = {("is", "yesterday"), ("is", "over"), ("is", "out"), ("is", "history"), ("are", "over")}
"""Behind what the words turn away from: "sourdough is yesterday"."""
WRITTEN_LARGE = {
    "christmas",
    "xmas",
    "easter",
    "halloween",
    "yoga",
    "zumba",
    "pilates",
    "lego",
    "dj",
}
"""Words with a capital that are no names of shops and people."""
UNDRAWN = "!"
"""In the table of topics: subjects that no drawing shows."""
ASIDE = {"after", "before", "near", "opposite", "above", "nach", "vor", "neben", "gegenuber"}
ASIDE |= {"despues", "antes", "apres", "avant", "dopo", "prima", "depois", "perto"}
ASIDE |= {"behind", "beside", "hinter", "detras", "derriere", "dietro", "atras"}
"""Words before what is only mentioned."""
NOTHING = "-"
"""In the table of topics: these words look like a topic and are none."""


@dataclass(frozen=True, slots=True)
class Found:
    """A drawing and the words that ask for it."""

    art: str
    words: list[str]
    vague: bool = False


@cache
def topics() -> tuple[dict[tuple[str, ...], str], dict[str, str]]:
    """Phrases, and stems, with their drawings."""
    phrases: dict[tuple[str, ...], str] = {}
    stems: dict[str, str] = {}
    for row in TOPICS.read_text(encoding="utf-8").splitlines():
        art, _, words = row.partition("\t")
        for word in words.split():
            marked = art + VAGUE * word.endswith(VAGUE)
            plain = word.removesuffix(VAGUE)
            if plain.endswith("*") and "_" in plain:
                for end in ("", "s"):
                    phrases.setdefault(
                        tuple(WORD.findall(plain[:-1].replace("_", " ") + end)), marked
                    )
            elif plain.endswith("*"):
                stems.setdefault(plain[:-1], marked)
            else:
                phrases.setdefault(tuple(WORD.findall(plain.replace("_", " "))), marked)
    return phrases, stems


def object_of(words: Wording, prompt: str, scene: Scene) -> Sprite | None:
    """What a poster shows besides its words: of a described scene its first subject, if sure."""
    if words.emoji:
        return figure(words.emoji)
    if words.kind == "quote":
        return None
    told = describes(words, prompt) and not NEEDS.search(prompt)
    return first_subject(prompt, scene) if told else emblem(words)


def describes(words: Wording, prompt: str) -> bool:
    """Whether a prompt tells what is to be seen, and has no speaker."""
    spoken = (TEXTUAL, BUSINESS, OURS, SENTENCE_END)
    told = any(pattern.search(prompt) for pattern in spoken) or understand(prompt).order.name
    return not (words.kind or told or re.search(r"[\d?]", prompt))


def first_subject(prompt: str, scene: Scene) -> Sprite | None:
    """The drawing of a single thing that the prompt names before all others."""
    told = [thing for thing in scene.things if position(prompt, thing.word) >= 0]
    if not told:
        return None
    one = min(told, key=lambda thing: position(prompt, thing.word))
    start = position(prompt, one.word)
    doubted = (*scene.doubts, *scene.missing, *scene.unshown)
    vague = one.on >= 0 and one.kind == "clothing"
    if vague or one.count > MOST_SHOWN or one.piled or one.colour == MANY:
        return None
    alike = [thing for thing in scene.things if thing.word == one.word]
    unlike = one.count > 1 and UNLIKE & set(tokens_of(prompt))
    clad = one.kind.startswith("person") and one.colour and scene.unshown
    filled = f"{one.word} of " in " ".join(tokens_of(prompt)) and one.art in lexicon().containers
    if len(alike) > 1 or unlike or clad or filled:
        return None
    if any(-1 < position(prompt, word) < start + len(one.word) for word in doubted):
        return None
    sprite = art_of(one)
    clothed = one.kind.startswith("person")
    return grid(sprite, one.count) if clothed or kept(sprite, one.colour) else None


def kept(sprite: Sprite, colour: str) -> bool:
    """Whether a drawing has the colour that it was given, if one was."""
    return not colour or shows(sprite, colour)


def grid(sprite: Sprite, count: int) -> Sprite:
    """So many of a drawing in rows of up to three, as one drawing."""
    if count == 1:
        return sprite
    left, top, right, bottom = sprite.box
    wide, high = (right - left) * APART, (bottom - top) * APART
    columns = 2 if count in (2, 4) else 3
    rows = -(-count // columns)
    parts = []
    for i in range(count):
        row, column = divmod(i, columns)
        short = columns - min(columns, count - row * columns)
        x, y = (column + short / 2) * wide - left, row * high - top
        parts.append(group(sprite.body, f"translate({x:.1f} {y:.1f})"))
    return Sprite(f"{sprite.name}-{count}", columns * wide, rows * high, "".join(parts))


def position(prompt: str, word: str) -> int:
    """Where a word or phrase begins in the folded words of a prompt."""
    return f" {' '.join(tokens_of(prompt))} ".find(f" {word} ")


def emblem(words: Wording) -> Sprite | None:
    """The emoji of the prompt, or what the headline is about, or else the lines below it.

    What the words say is not there ("no pets") is no object.
    """
    if words.emoji:
        return figure(words.emoji)
    if FORBIDS.match(words.headline):
        return None  # what is forbidden is not to be seen
    language = language_of(tokens_of(words.alt)) or understand(words.alt).language or "en"
    vague: Found | None = None
    for text in subjects_of(words):
        spoken = WORD.findall(text)
        plain = without_negated(tokens_of(text), language).tokens
        every = [one for one in topics_of(plain) if not aside(plain, one, language)]
        if any(found.art == UNDRAWN for found in every):
            return None  # what it is about has no drawing
        names = names_in(spoken, language)
        proper = {fold(spoken[at]) for at in names if len(names) < len(spoken)} - WRITTEN_LARGE
        topics = [
            one
            for one in every
            if one.art != NOTHING
            and not (one.vague and for_whom(plain, one))
            and (proper.isdisjoint(one.words) or len(one.words) > 1 or language == "de")
        ]
        found = head_of([one for one in topics if not one.vague], plain, language)
        other = None if found else named(text, language)
        unsaid = {word for one in every if one.art == NOTHING for word in one.words}
        if other and unsaid.isdisjoint(other.words) and not aside(plain, other, language):
            found = other
        if found:
            return coloured(figure(found.art), tokens_of(words.alt), found, language)
        vague = vague or next(iter(topics), None)
    return figure(vague.art) if vague else None


def head_of(topics: list[Found], plain: list[str], language: str) -> Found | None:
    """The first topic; of two kinds of food together the second: "sourdough pizza" is a pizza."""
    if not topics:
        return None
    first, *others = topics
    if not others or language != "en" or not is_food(first) or not is_food(others[0]):
        return first
    together = [*first.words, *others[0].words]
    starts = range(len(plain) - len(together) + 1)
    beside = any(plain[at : at + len(together)] == together for at in starts)
    return others[0] if beside else first


def is_food(one: Found) -> bool:
    return kind_of(one.art).startswith("food")


def subjects_of(words: Wording) -> list[str]:
    """The headline, with the lines that go on with its sentence; behind a label the next line."""
    whole = words.headline
    rest = list(words.lines)
    while rest and rest[0][:1].islower():
        whole = f"{whole} {rest.pop(0)}"
    dated = any(one.start() == 0 for one in facts_in(rest[0])) if rest else True
    label = len(whole.split()) <= LABEL_WORDS and not dated  # "4 October, Church Green"
    below = [TITLE.sub(" ", rest[0])] if label else []
    return list(filter(None, [whole, *below, words.author]))


def aside(plain: list[str], found: Found, language: str) -> bool:
    """Whether a topic only says when or where something is: "after the marathon", "in the hall"."""
    size = len(found.words)
    at = next((i for i in range(len(plain)) if plain[i : i + size] == found.words), 0)
    where = WHERE.get(language, set()).intersection(plain[max(1, at - NEAR) : at])
    where |= {"on"}.intersection(plain[max(0, at - 2) : at] if found.art in VEHICLES else ())
    rejected = tuple(plain[at + size : at + size + 2]) in GONE
    return bool(where) or rejected or not ASIDE.isdisjoint(plain[max(0, at - 3) : at])


def for_whom(plain: list[str], found: Found) -> bool:
    """Whether a topic only says whom something is for: "an escape room for schools"."""
    at = next((i for i in range(len(plain)) if plain[i : i + len(found.words)] == found.words), 0)
    return not {"for", "fur", "para", "pour", "per"}.isdisjoint(plain[max(0, at - 2) : at])


def coloured(sprite: Sprite, plain: list[str], found: Found, language: str) -> Sprite | None:
    """The drawing in the colour of its thing: "a grey cat", "bike, dark green", "bici roja"."""
    at = next((i for i in range(len(plain)) if plain[i : i + len(found.words)] == found.words), -1)
    if at < 0:
        return sprite
    before = range(max(0, at - FAR), at)
    after = range(at + len(found.words), min(len(plain), at + len(found.words) + BEHIND))
    if language in NOUNS_LAST:  # in "a bike, dark green" a mark or "in" stands between
        marks = [i for i in after if plain[i] in {",", "\n", "in"}]
        after = range(marks[0] + 1, after.stop) if marks else range(0)
    if found.art in CLEAR_GLASS:
        return sprite
    for i in (*reversed(before), *after):
        for size in (2, 1):
            colour = lexicon().colour(" ".join(plain[i : i + size]))
            if colour:
                other = recoloured(sprite, colour)
                return other if kept(other, colour) else None
    return sprite


def topic(marked: str, words: list[str]) -> Found:
    return Found(marked.removesuffix(VAGUE), words, marked.endswith(VAGUE))


def topics_of(plain: list[str]) -> Iterator[Found]:
    """The topics of a text, the first before the others, the longest phrase at each place."""
    phrases, stems = topics()
    end = 0
    for at, word in enumerate(plain):
        if at < end:
            continue
        for size in range(min(LONGEST_TOPIC, len(plain) - at), 0, -1):
            if tuple(plain[at : at + size]) in phrases:
                yield topic(phrases[tuple(plain[at : at + size])], plain[at : at + size])
                end = at + size
                break
        else:
            known = (word[:end] for end in range(len(word), SHORTEST_WORD - 1, -1))
            stem = next((start for start in known if start in stems), "")
            done = word.endswith("ing") and not stem.endswith("ing") and len(stem) < LONG_STEM
            if stem and not done:  # "shoeing" is no shoe
                yield topic(stems[stem], [word])


def named(text: str, language: str) -> Found | None:
    """The first word that is the name of a drawing itself; no kinds, no parts of names."""
    spoken = WORD.findall(text)
    plain = [fold(word) for word in spoken]
    taken = names_in(spoken, language) | joined_in(text)
    drawn = {thing.art for thing in read(text).things}  # in the sense of its sentence
    for at in range(min(EARLY, len(plain))):
        for size in (2, 1):
            several = plain[at : at + size]
            if language == "de" and not spoken[at][0].isupper():
                continue  # "sagen" is no saw: nouns have capitals
            if len(several) < size or taken & set(range(at, at + size)):
                continue
            art = art_named(" ".join(several), language)
            if art in drawn:
                return Found(art, several)
    return None


def joined_in(text: str) -> frozenset[int]:
    """Where words are parts of one with hyphens: a "pique-nique" is no spade."""
    found = list(WORD.finditer(text))
    pairs = [
        at
        for at in range(1, len(found))
        if text[found[at - 1].end() : found[at].start()] in {"-", "\u2010", "'", "\u2019"}
    ]
    return frozenset([*pairs, *(at - 1 for at in pairs)])


def art_named(text: str, language: str) -> str:
    lex = lexicon()
    forms = list(singulars(text, foreign=language != "en"))
    if language != "de" and not (lex.verbs | ALSO_VERBS).isdisjoint(forms):
        return ""  # "grade 4 presents": no gift
    for form in forms:
        if len(form) < SHORTEST_WORD or form in lex.loose or form in lex.skip or form in lex.counts:
            continue
        if lex.is_half(form, language) and form not in lex.things:
            continue
        art = STALLS.get(found := lex.art_for(form, language), found)
        if art and drawable(art) and not kind_of(art).startswith(UNFIT):
            return art
    return ""


def names_in(spoken: list[str], language: str) -> frozenset[int]:
    """Where words are parts of proper names: capitals inside a sentence, in German two together."""
    capital = [word[0].isupper() for word in spoken]
    if sum(capital) > len(capital) * 0.6 and language != "de":
        return frozenset(range(len(spoken)))  # a title: nothing tells names and nouns apart
    if language == "de":
        pairs = {at for at in range(2, len(spoken)) if capital[at] and capital[at - 1]}
        return frozenset(pairs | {at - 1 for at in pairs})
    pair = len(spoken) > 1 and capital[0] and capital[1] and spoken[0].lower() not in lexicon().skip
    return frozenset(at for at in range(0 if pair else 1, len(spoken)) if capital[at])
