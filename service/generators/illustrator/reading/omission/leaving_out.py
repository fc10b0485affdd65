"""A scene without what is not surely drawn in its right sense: left out, and reported.

What is drawn beside it stays as it is; a relation with what is left out is none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from service.generators.illustrator.reading.omission.certainty import plain, uncertain_places
from service.generators.illustrator.reading.reader import Reader
from service.generators.illustrator.reading.relations import Spatial
from service.generators.illustrator.reading.subjects.acts import is_attribute
from service.generators.illustrator.reading.subjects.subjects import REACH
from service.generators.illustrator.reading.words.tokens import singulars
from service.generators.illustrator.scene import Thing

ENGLISH = ("", "en")
STOP = "."
SHORT = 4
PAIRS = {"scissors", "glasses", "jeans", "shorts"}
POSED_FOR = {"camera", "viewer"}
"""Whom a subject looks at: "looking at the camera" shows none."""
NATURAL = {
    "#38a34a": {"field", "forest", "jungle", "trees", "garden", "path"},
    "#2f6fe0": {"sea", "lake", "river", "clear", "day"},
    "#f6f6f4": {"snow", "clouds"},
    "#1fa8a0": {"sea", "beach"},
}
"""Colours that scenery has by itself."""
MANY_NOUN = re.compile(r"(?:ings|ers|ors|ments|tions)$")
"""Ends of nouns that no list has: "shavings"."""
VERBAL = re.compile(r"[a-z]{2,}(?:ing|ed|ly)$")


def modified(reader: Reader, things: Sequence[Thing], place: str) -> Iterator[str]:
    """English subjects that are only a part of a name: "traffic cone", "dentist's chair"."""
    if reader.language not in ENGLISH:
        return
    tokens = reader.tokens
    vague = set(uncertain_places(reader, things, place))
    settings = {one.at for one in reader.settings if one.words in vague}
    starts = {at for at, _ in reader.found}
    unread = {at for at in strangers(reader) if MANY_NOUN.search(tokens[at])}
    for at, thing in reader.found:
        end = at + len(thing.word.split())
        before, after = at - 1, end
        owner = tokens[max(0, at - 2) : at] in (["'", "s"], ["\u2019", "s"])
        named = before in settings or after in settings or after in starts
        named |= before >= 0 and is_strange(reader, before)
        named |= after < len(tokens) and (is_strange(reader, after) or after in unread)
        posing = thing.word in POSED_FOR and tokens[max(0, at - 2) : at] == ["at", "the"]
        if owner or named or posing:
            yield thing.word


def is_strange(reader: Reader, at: int) -> bool:
    """Whether a word is a noun that nothing is drawn for."""
    word, lex = reader.tokens[at], reader.lexicon
    told = at in reader.understood and word not in reader.missing
    if told or plain(reader, at) or is_attribute(word) or VERBAL.match(word):
        return False
    inside = any(one.at <= at < one.end for one in reader.spatial)
    inside |= any(0 <= at - one.at < len(one.words.split()) for one in reader.settings)
    inside |= any(0 <= at - start < len(one.word.split()) for start, one in reader.found)
    noun = any(form in lex.nouns for form in singulars(word, foreign=False))
    return not inside and (word in reader.missing or noun)


def strangers(reader: Reader) -> set[int]:
    """Where nouns stand that nothing is drawn for."""
    lex = reader.lexicon
    known = {at + i for at, thing in reader.found for i in range(len(thing.word.split()))}
    known |= {one.at + i for one in reader.settings for i in range(len(one.words.split()))}
    known |= {at for one in reader.spatial for at in range(one.at, one.end)} | reader.understood
    return {
        at
        for at, word in enumerate(reader.tokens)
        if at not in known
        and word.isalpha()
        and not (plain(reader, at) or word in lex.skip or VERBAL.match(word))
    }


def leave_out(reader: Reader, unsure: Collection[str]) -> list[str]:
    """Take the subjects with these words out of what was read; what is lost with them."""
    out = {at for at, thing in reader.found if thing.word in unsure}
    named = [thing.word for at, thing in reader.found if at in out]
    lex = reader.lexicon
    reader.missing += [
        word for word in named if not (word in lex.colour_things or lex.colour(word))
    ]
    kept = [i for i, (at, _) in enumerate(reader.found) if at not in out]
    moved = {old: new for new, old in enumerate(kept)}
    reader.found = [
        (at, replace(thing, on=moved.get(thing.on, -1)))
        for at, thing in (reader.found[i] for i in kept)
    ]
    reader.unset(out)
    reader.worn = [pair for pair in reader.worn if out.isdisjoint(pair)]
    lost = {one.at: lost_side(reader, one, out) for one in reader.spatial}
    told = [
        " ".join(reader.tokens[one.at : lost[one.at] + 1]) for one in reader.spatial if lost[one.at]
    ]
    for at in lost.values():
        if at and reader.tokens[at + 1 : at + 2] == [","]:
            reader.tokens[at] = STOP  # what follows belongs to nothing before it
    reader.spatial = [one for one in reader.spatial if not lost[one.at]]
    colours = set(reader.loose)
    spared = walls_coloured(reader)
    pale = [
        word
        for at, word in enumerate(reader.tokens)
        if reader.lexicon.colour(word) in colours and at not in spared
    ]
    reader.loose = [one for one in reader.loose if one in spared.values()]
    reader.found = [
        (at, replace(thing, count=1) if is_one_pair(reader, at, thing) else thing)
        for at, thing in reader.found
    ]
    return [*told, *pale]


def walls_coloured(reader: Reader) -> dict[int, str]:
    """Where the colours of scenery are said that it has anyway, or can have: "a blue wall"."""
    spared: dict[int, str] = {}
    for one in reader.settings:
        end = one.at + len(one.words.split())
        values = {value for _, value in one.sets}
        for at in (one.at - 1, end):
            word = reader.tokens[at] if 0 <= at < len(reader.tokens) else ""
            colour = reader.lexicon.colour(word)
            if colour and ("wall" in values or values & NATURAL.get(colour, set())):
                spared[at] = colour if "wall" in values else ""
    return spared


def is_one_pair(reader: Reader, at: int, thing: Thing) -> bool:
    """Whether two parts are one thing: "a pair of scissors"."""
    return thing.art in PAIRS and reader.tokens[max(0, at - 3) : at] == ["a", "pair", "of"]


def lost_side(reader: Reader, words: Spatial, out: Collection[int]) -> int:
    """Where the second side of a relation stands that is left out or unknown; 0 if it is drawn."""
    seen = {at for at, _ in reader.found} | {one.at for one in reader.settings} | reader.guessed
    seen |= {one.at for one in reader.spatial} - {words.at}
    for at in range(words.end, min(words.end + REACH + 1, len(reader.tokens))):
        word = reader.tokens[at]
        if at in out or word in reader.missing:
            return at
        if at in seen or not word[0].isalnum():
            return 0
        ends = not reader.tokens[at + 1 : at + 2] or reader.tokens[at + 1] == ","
        if is_strange(reader, at) or (ends and (is_attribute(word) or not plain(reader, at))):
            return at + named_after(reader, at)
    return 0


def named_after(reader: Reader, at: int) -> int:
    """How many words more name it: "on a wooden post" ends with the noun."""
    after = reader.tokens[at + 1] if at + 1 < len(reader.tokens) else ""
    known = after in reader.lexicon.skip and len(after) < SHORT
    return int(is_attribute(reader.tokens[at]) and after.isalpha() and not known)
