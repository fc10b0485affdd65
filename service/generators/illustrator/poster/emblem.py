"""The one drawn object of a poster: what its words are about, or none where that is in doubt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from service.generators.illustrator.poster.wording import Wording
from service.generators.illustrator.reading.lexicon import (
    drawable,
    kind_of,
    language_of,
    lexicon,
)
from service.generators.illustrator.reading.prompt import read
from service.generators.illustrator.reading.tokens import WORD, fold, singulars
from service.generators.illustrator.reading.tokens import words as tokens_of
from service.generators.illustrator.sprites.art import Sprite
from service.generators.illustrator.sprites.figures import figure
from service.generators.illustrator.sprites.recolour import recoloured
from service.generators.prompt import understand
from service.generators.prompt.subject.negation import without_negated

TOPICS = Path(__file__).with_name("topics.tsv")
"""What is drawn for a subject: a drawing, a tab, its words without accents; "*" ends a stem."""
LONGEST_TOPIC = 3
"""Words."""
SHORTEST_WORD = 3
"""Letters of a word that names its object by itself."""
UNFIT = (
    *("person", "face", "body", "hand", "place", "time", "phone", "office", "money", "flag"),
    *("other", "light", "award", "game"),
)
"""Kinds that are only mentioned: whom the words are for, where, when, how much."""


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
FIRST = 2
"""The headline and the line below it: a drawing's own name in them is what it is about."""
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
            if plain.endswith("*"):
                stems.setdefault(plain[:-1], marked)
            else:
                phrases.setdefault(tuple(WORD.findall(plain.replace("_", " "))), marked)
    return phrases, stems


def emblem(words: Wording) -> Sprite | None:
    """The emoji of the prompt, or what the headline is about, or else the lines below it.

    What the words say is not there ("no pets") is no object.
    """
    if words.emoji:
        return figure(words.emoji)
    language = language_of(tokens_of(words.alt)) or understand(words.alt).language or "en"
    vague: Found | None = None
    texts = (words.headline, *words.lines)
    for text in texts:
        said = text if text == words.headline else TITLE.sub(" ", text)
        plain = without_negated(tokens_of(said), language).tokens
        every = list(topics_of(plain))
        if text in texts[:FIRST] and any(found.art == UNDRAWN for found in every):
            return None  # what it is about has no drawing
        unfit = {NOTHING, UNDRAWN}
        topics = [one for one in every if one.art not in unfit and not aside(plain, one)]
        found = next((one for one in topics if not one.vague), None)
        if text in texts[:FIRST]:  # the others mention what it is not about
            other = None if found else named(text, language)
            found = other if other and not aside(plain, other) else found
        if found:
            return coloured(figure(found.art), tokens_of(words.alt), found, language)
        vague = vague or next(iter(topics), None)
    return figure(vague.art) if vague else None


def aside(plain: list[str], found: Found) -> bool:
    """Whether a topic only says when or where something is: "after the marathon"."""
    size = len(found.words)
    at = next((i for i in range(len(plain)) if plain[i : i + size] == found.words), 0)
    return not ASIDE.isdisjoint(plain[max(0, at - 2) : at])


def coloured(sprite: Sprite, plain: list[str], found: Found, language: str) -> Sprite:
    """The drawing in the colour of its thing: "a grey cat", "bike, dark green", "bici roja"."""
    at = next((i for i in range(len(plain)) if plain[i : i + len(found.words)] == found.words), -1)
    if at < 0:
        return sprite
    before = range(max(0, at - FAR), at)
    after = range(at + len(found.words), min(len(plain), at + len(found.words) + BEHIND))
    if language in NOUNS_LAST:  # in "a bike, dark green" a mark or "in" stands between
        marks = [i for i in after if plain[i] in {",", "\n", "in"}]
        after = range(marks[0] + 1, after.stop) if marks else range(0)
    for i in (*reversed(before), *after):
        for size in (2, 1):
            colour = lexicon().colour(" ".join(plain[i : i + size]))
            if colour:
                return recoloured(sprite, colour)
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
            if stem:
                yield topic(stems[stem], [word])


def named(text: str, language: str) -> Found | None:
    """The first word that is the name of a drawing itself; no kinds, no parts of names."""
    spoken = WORD.findall(text)
    plain = [fold(word) for word in spoken]
    taken = names_in(spoken, language) | joined_in(text)
    drawn = {thing.art for thing in read(text).things}  # in the sense of its sentence
    for at in range(len(plain)):
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
        if len(form) < SHORTEST_WORD or form in lex.skip or form in lex.counts:
            continue
        if lex.is_half(form, language) and form not in lex.things:
            continue
        art = lex.art_for(form, language)
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
    return frozenset(at for at in range(1, len(spoken)) if capital[at])
