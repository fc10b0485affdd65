"""What words mean: the tables of words.toml and subjects.toml, and the packed names and nouns."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from service.generators.illustrator.reading.words.tokens import phrase, singulars
from service.generators.illustrator.sprites.art import OWN, packed
from service.generators.illustrator.sprites.colours import mix
from service.generators.illustrator.sprites.figures import table as figure_table

HERE = Path(__file__).parent
LANGUAGES = ("en", "es", "fr", "de", "it", "pt")

FUNCTION_WORDS_OF = {
    "en": """
        a an the of in on at with and or for to from by under near is are his her its while
        no but not without this that we our your you
    """,
    "es": """
        el la los las un una unos de del en con y por para sobre al su bajo junto esta
        detras delante debajo izquierda derecha encima junto al lado entre unos unas que sus sin a
    """,
    "fr": """
        le la les un une des de du au aux en dans avec et sur sous pour par est son sa
        devant derriere gauche droite sous entre cote dessus l aux ses d qui pres sans
    """,
    "de": """
        der die das ein eine einen einem einer im in mit und auf am an vor unter bei zu ist
        links rechts neben hinter uber dem den zwischen eines sich zum zur vom ohne
    """,
    "it": """
        il lo la gli un uno una di del della in con e su sul sulla nel nella per al alla
        sotto sopra dietro davanti sinistra destra accanto tra dei delle sulle nello alla che a da
        senza vicino
    """,
    "pt": """
        o a os as um uma de do da em no na com e por para sobre ao sob seu sua atras debaixo
        esquerda direita frente acima lado entre nos nas dos das pelo pela que sem perto
    """,
}
FUNCTION_WORDS = {language: frozenset(text.split()) for language, text in FUNCTION_WORDS_OF.items()}

NO_KIND = {
    *("building", "structure", "furniture", "vehicle", "animal", "plant", "device", "container"),
    *("tool", "clothing", "food", "covering", "machine", "transport", "person", "instrument"),
    *("equipment", "drug", "game", "stone", "craft"),
}
"""Kinds that say nothing about how a thing looks: nothing is drawn for them."""
TOO_WIDE = {
    "fish",
    "tree",
    "rock",
    "box",
    "house",
    "bag",
    "paper",
    "book",
    "ball",
    "insect",
    "bottle",
}
"""Kinds too wide to stand for every thing of the kind two steps away."""
DARK = {"dark", "deep", "oscuro", "oscura", "fonce", "foncee", "scuro", "scura", "escuro", "escura"}
LIGHT = {"light", "pale", "claro", "clara", "clair", "claire", "chiaro", "chiara"}
"""Beside a colour these make a shade of it: "dark green", "bleu clair"."""
DARKER, LIGHTER = ("#101418", 0.42), ("#ffffff", 0.45)
"""What a shade is mixed with, and how much of it."""
MOST_KINDS = 12
STEPS = 4
"""How far up the tree of nouns a word may be from what is drawn for it."""


@dataclass(frozen=True)
class Lexicon:
    scene: Mapping[str, tuple[tuple[str, str], ...]]
    """phrase -> the (table, value) pairs of words.toml it sets."""
    things: Mapping[str, str]
    """phrase -> the art it is drawn as, from subjects.toml."""
    native: Mapping[str, Mapping[str, str]]
    """language -> words that mean something else in others -> the art."""
    groups: Mapping[str, tuple[str, ...]]
    poses: Mapping[str, str]
    names: Mapping[str, Mapping[str, str]]
    """language -> label -> art, from the packed names."""
    emoji: Mapping[str, str]
    scenic: Mapping[str, tuple[tuple[str, str], ...]]
    """Emoji that are scenes -> what they set."""
    colours: Mapping[str, str]
    colour_things: Mapping[str, str]
    counts: Mapping[str, int]
    relations: Mapping[str, str]
    spatial: Mapping[str, Mapping[str, str]]
    """language ("" for all) -> phrase -> the kind of relation."""
    furniture: Mapping[str, str]
    """Words for places -> what they are as a subject: "a cat under the table"."""
    skip: frozenset[str]
    hollow: frozenset[str]
    undrawn: frozenset[str]
    both: frozenset[str]
    measures: frozenset[str]
    many_coloured: frozenset[str]
    metres: Mapping[str, float]
    kinds: Mapping[str, float]
    stance: Mapping[str, str]
    swims: frozenset[str]
    seats: Mapping[str, float]
    containers: frozenset[str]
    hatted: frozenset[str]
    garments: frozenset[str]
    shows: Mapping[str, str]
    """What is on a drawing already -> that drawing."""
    waterline: Mapping[str, float]
    wholes: frozenset[str]
    """Drawings that show several already: "grapes", "headphones" are drawn once."""
    piles: Mapping[str, str]
    """Drawing -> what a stack of it is made of."""
    mounts: frozenset[str]
    nouns: Mapping[str, str]
    false_friends: frozenset[str]
    """Words of other languages that mean something else in English: "pan", "chat"."""
    idioms: frozenset[str]
    """Figures of speech: nothing of them is drawn."""
    loose: frozenset[str]
    """Words whose drawing only resembles them."""
    halves: Mapping[str, frozenset[str]]
    """language -> the words that stand for a longer label: "rollo" for "rollo de papel"."""
    approximate: frozenset[str]
    """Words for places that the picture only resembles: "gym" is any room."""
    unspecific: frozenset[str]
    """Words that suggest a place and are not to be seen themselves: "breakfast"."""
    shops: frozenset[str]
    """Places that are a shop front when the picture plays in the street."""
    props: Mapping[str, str]
    """Words for places -> a drawing that shows which kind of place it is."""
    opaque: frozenset[str]
    """English compounds without a drawing whose words have one: "jam session"."""
    heads: frozenset[str]
    """English nouns that make another thing of the noun before: "mouse pad"."""
    senses: Mapping[str, tuple[tuple[frozenset[str], str], ...]]
    """English word -> what it is drawn as ("": nothing) beside some others."""
    several: Mapping[str, tuple[int, str]]
    """Drawing -> how many it shows, and the drawing of one ("": there is none)."""
    verbs: frozenset[str]
    """English words for things that are verbs behind "to", "we" or at the beginning."""
    inanimate: frozenset[str]
    """The kinds of things that are made: before them "bat" and "mouse" are no animals."""

    def means(self, key: str, language: str) -> bool:
        """Whether the tables of words hold for this word in a language."""
        return language != "en" or key not in self.false_friends

    def colour(self, key: str) -> str:
        """The colour of a word, or of two: "dark green", "hellblau"; "" if it is none."""
        if key in self.colours:
            return self.colours[key]
        first, _, last = key.partition(" ")
        for shade, name in ((first, last), (last, first)):
            if name in self.colours and shade in DARK | LIGHT:
                return mix(self.colours[name], *(DARKER if shade in DARK else LIGHTER))
        for start, towards in (("dunkel", DARKER), ("hell", LIGHTER)):
            if key.startswith(start) and key.removeprefix(start) in self.colours:
                return mix(self.colours[key.removeprefix(start)], *towards)
        return ""

    def is_half(self, key: str, language: str) -> bool:
        """Whether a word is known only as a part of the label of a drawing."""
        return any(
            key in self.halves[tongue] for tongue in ((language,) if language else LANGUAGES)
        )

    def is_inanimate(self, word: str) -> bool:
        """Whether an English noun names a made thing."""
        return not self.inanimate.isdisjoint(self.chain(word))

    def chain(self, word: str) -> list[str]:
        """The kinds of an English noun, the nearest first."""
        found: list[str] = []
        while (word := self.nouns.get(word, "")) and len(found) < MOST_KINDS:
            found.append(word)
        return found

    def size(self, art: str) -> float:
        return self.metres.get(art, self.kinds.get(kind_of(art), 0.4))

    def art_for(self, key: str, language: str) -> str:
        """What is drawn for a word or phrase in the singular; "" if nothing is."""
        found = self.things.get(key, "") if self.means(key, language) else ""
        spoken = (language, "en") if language else LANGUAGES
        for tongue in spoken:
            found = found or self.names[tongue].get(key, "")
        named = key in self.things and self.means(key, language)
        return found if named or key not in self.undrawn else ""

    def kin(self, word: str) -> str:
        """What is drawn for the kind of thing that an English noun names."""
        if word in self.undrawn:
            return ""
        kind, steps = self.nouns.get(word, ""), 1
        while kind and steps <= STEPS:
            if kind not in self.hollow | self.undrawn | NO_KIND and (
                steps == 1 or kind not in TOO_WIDE
            ):
                found = self.art_for(kind, "en")
                if found and not kind_of(found).startswith("person"):
                    return found
            kind, steps = self.nouns.get(kind, ""), steps + 1
        return ""


def kind_of(art: str) -> str:
    if art in figure_table()["standing"]:
        return "person"
    entry = packed("drawings.json.gz").get(art)
    return entry["kind"] if entry else own_kinds().get(art, "own")


@cache
def own_kinds() -> dict[str, str]:
    """The own drawings that count as more than things: birds, food, vehicles."""
    return reverse(tomllib.loads((HERE / "subjects.toml").read_text())["own_kinds"], keep=True)


def language_of(tokens: Iterable[str]) -> str:
    """The language with most function words in a prompt; "" if none leads.

    English wins a tie, and among others the language that knows most of the nouns.
    """
    present = list(tokens)
    votes = {
        language: sum(word in known for word in present)
        for language, known in FUNCTION_WORDS.items()
    }
    most = max(votes.values())
    leaders = [language for language in LANGUAGES if votes[language] == most]
    if not most:
        return ""
    if leaders[0] == "en":
        return "en"  # "a gate": the article is Portuguese as well
    names = lexicon().names
    nouns = {name: sum(word in names[name] for word in present) for name in leaders}
    leaders = [name for name in leaders if nouns[name] == max(nouns.values())]
    return leaders[0] if len(leaders) == 1 else ""


@cache
def lexicon() -> Lexicon:
    words = tomllib.loads((HERE / "words.toml").read_text())
    subjects = tomllib.loads((HERE / "subjects.toml").read_text())
    scene: dict[str, list[tuple[str, str]]] = {}
    for group in ("time", "weather", "place", "feature", "framing"):
        for value, text in words[group].items():
            for word in text.split():
                pairs = scene.setdefault(phrase(word), [])
                if (group, value) not in pairs:
                    pairs.append((group, value))
    packed_names = packed("names.json.gz")
    nouns = packed("nouns.json.gz")
    swims = set(subjects["stance"].pop("swim").split())
    spoken = packed_names["words"]
    scenic = {
        art: tuple((pair.split()[0], pair.split()[1]) for pair in text.split(", "))
        for art, text in words["scenic"].items()
    }
    for art, sets in scenic.items():
        for language in LANGUAGES:
            scene.setdefault(phrase(spoken[language][art][0]), list(sets))
    names = {language: labels(spoken[language], language, nouns) for language in LANGUAGES}
    return Lexicon(
        scenic=scenic,
        scene={key: tuple(pairs) for key, pairs in scene.items()},
        things=reverse(subjects["things"]),
        native={language: reverse(table) for language, table in subjects["native"].items()},
        groups={key: tuple(arts.split()) for key, arts in reverse(subjects["groups"]).items()},
        poses=reverse(subjects["poses"]),
        names=names,
        emoji=packed_names["emoji"],
        colours=reverse(words["colour"]),
        colour_things=reverse(words["colour_or_thing"]),
        counts={key: int(number) for key, number in reverse(words["count"]).items()},
        relations=reverse(words["relation"]),
        spatial=by_language(words["spatial"]),
        furniture=reverse(words["furniture"]),
        skip=frozenset(phrase(word) for word in words["skip"]["words"].split()),
        hollow=frozenset(phrase(word) for word in words["hollow"]["words"].split()),
        undrawn=frozenset(phrase(word) for word in words["undrawn"]["words"].split()),
        many_coloured=frozenset(phrase(word) for word in words["many_coloured"]["words"].split()),
        measures=frozenset(phrase(word) for word in words["measure"]["words"].split()),
        both=frozenset(phrase(word) for word in words["both"]["words"].split()),
        metres={art: float(high) for art, high in reverse(subjects["metres"], keep=True).items()},
        kinds=subjects["kinds"],
        stance=reverse(subjects["stance"], keep=True),
        swims=frozenset(swims),
        seats=subjects["seats"],
        hatted=frozenset(subjects["hatted"]["arts"].split()),
        shows=reverse(subjects["shows"], keep=True),
        garments=frozenset(subjects["garments"]["arts"].split()),
        containers=frozenset(subjects["containers"]["arts"].split()),
        waterline=subjects["waterline"],
        wholes=frozenset(subjects["wholes"]["arts"].split()),
        piles=subjects["piles"],
        mounts=frozenset(subjects["rides"]["wheels"].split()),
        nouns=nouns,
        false_friends=frozenset(phrase(word) for word in words["false_friends"]["words"].split()),
        idioms=frozenset(phrase(word) for word in words["idioms"]["words"].split()),
        halves={language: halves(spoken[language], names[language]) for language in LANGUAGES},
        loose=frozenset(phrase(word) for word in words["loose"]["words"].split()),
        approximate=frozenset(phrase(word) for word in words["approximate"]["words"].split()),
        unspecific=frozenset(phrase(word) for word in words["unspecific"]["words"].split()),
        shops=frozenset(phrase(word) for word in words["shops"]["words"].split()),
        props=reverse(words["props"]),
        opaque=frozenset(phrase(word) for word in words["opaque"]["words"].split()),
        heads=frozenset(words["heads"]["words"].split()),
        senses={
            word: tuple((frozenset(near.split()), art) for art, near in rows.items())
            for word, rows in words["senses"].items()
        },
        several={
            art: (int(text.split()[0]), "".join(text.split()[1:]))
            for art, text in subjects["several"].items()
        },
        verbs=frozenset(phrase(word) for word in words["verbs"]["words"].split()),
        inanimate=frozenset(phrase(word) for word in words["inanimate"]["words"].split()),
    )  # fmt: skip


def reverse(table: Mapping[str, Any], *, keep: bool = False) -> dict[str, str]:
    """A table of value = "word word" as word -> value; the first row that has a word keeps it."""
    found: dict[str, str] = {}
    for value, text in table.items():
        for word in text.split():
            found.setdefault(word if keep else phrase(word), value)
    return found


def by_language(tables: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The tables of each language, and under "" of all."""
    found = {language: reverse(table) for language, table in tables.items()}
    return {**found, "": {word: kind for table in found.values() for word, kind in table.items()}}


def labels(
    spoken: Mapping[str, list[str]], language: str, nouns: Mapping[str, str]
) -> dict[str, str]:
    """The names of the packed drawings in one language; whole labels go before parts of them."""
    whole: dict[str, str] = {}
    parts: dict[str, tuple[int, str]] = {}
    for art, (label, *_) in spoken.items():
        plain = phrase(re.sub(r"\(.*?\)", "", label))
        plain = re.sub(r"^(cara|rosto|muso|tete|visage) (de|di|d) ", "", plain)
        plain = re.sub(r" (gesicht|face)$", "", plain)
        if not plain or not drawable(art) or kind_of(art).startswith("face"):
            continue
        if language == "en" and kind_of(art).startswith("person") and plain.endswith("ing"):
            continue  # "woman walking" is a woman who does something
        whole.setdefault(plain, art)
        several = plain.split()
        if len(several) > 1 and not kind_of(art).startswith("person"):
            word = several[-1] if language == "en" else several[0]
            if language == "en" and next((s for s in singulars(word) if s in nouns), "") == "":
                continue
            if word not in parts or len(plain) < parts[word][0]:
                parts[word] = (len(plain), art)
    for word, (_, art) in parts.items():
        for form in (word, *list(singulars(word, foreign=False))[1:2]):
            whole.setdefault(form, art)
    return whole


def halves(spoken: Mapping[str, list[str]], names: Mapping[str, str]) -> frozenset[str]:
    """The names of drawings that are only a part of the label."""
    whole = {phrase(label) for label, *_ in spoken.values()}
    return frozenset(name for name in names if name not in whole)


def drawable(art: str) -> bool:
    """Whether there is a drawing of that name."""
    made = art in figure_table()["made"]
    return made or art in packed("drawings.json.gz") or (OWN / f"{art}.svg").exists()
