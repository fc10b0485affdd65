"""Nouns that belong together: compounds, possessives, and what is in a bowl or a glass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from service.generators.illustrator.reading.words.grammar import (
    ARTICLES,
    FULL,
    MANY_ENDINGS,
    OF,
    WITH,
)
from service.generators.illustrator.reading.words.lexicon import kind_of
from service.generators.illustrator.reading.words.senses import Senses
from service.generators.illustrator.reading.words.tokens import singulars
from service.generators.illustrator.scene import Thing

COMPOUNDS = ("", "en", "de")
"""Languages (or none known) in which a noun right before another one describes it."""
LIVING_KINDS = ("animal", "person")
NO_MODIFIERS = (*LIVING_KINDS, "transport")
"""Kinds that are subjects even there, where no language is known: "cat dog bird" is a list."""
YOUNG = {"baby", "child", "boy", "girl", "man", "woman"}
"""Before another living being these say what it is like: "a baby elephant"."""
MATERIALS = {"bamboo": "#d9b273", "wood": "#b5793f", "gem-stone": "#8fd3f0"}
"""What a thing made of another looks like: "a bamboo toothbrush"."""
CONTENTS = ("food", "drink", "plant", "game", "money", "office", "writing", "own", "sport")
"""Kinds that lie in a bowl or a basket that the words say is full of them."""
GLASSES = {
    "pitcher",
    "mug",
    "tumbler-glass",
    "jar",
    "bottle",
    "hot-beverage",
    "teapot",
    "bowl-with-spoon",
}
"""What a drink is in: its drawing shows it already."""
POURED = {"bottle": {"wine-glass": "bottle-with-popping-cork"}, "jar": {"honey-pot": "honey-pot"}}
"""Vessel -> drink -> what both together are drawn as, where it is not the drink."""
CUPS = {"cup", "teacup", "mug", "tasse", "taza", "tazza", "chavena", "glass"}
"""A drink by these words is a vessel itself: "a teapot with two cups"."""
PLATES = {"plate", "tray"}
FLAT = 0.3
"""Metres: what is not higher lies on a plate, whose own height says nothing."""
BODY = {"hair", "hand", "hands", "face", "head", "back", "arm", "arms", "leg", "legs", "shoulder"}
BODY |= {"shoulders", "nose", "ear", "ears", "eyes", "tail", "paw", "paws", "foot", "feet", "lap"}
Contained = Literal["no", "shown", "inside"]
"""`shown`: its own drawing has the vessel."""
LONG_AGO = -9
NO_COLOUR, NO_COUNT_YET, NO_RELATION = (LONG_AGO, ""), (LONG_AGO, 0), (LONG_AGO, "")


@dataclass
class Compounds(Senses):
    """The subjects found so far, and what the next noun makes of the last one."""

    found: list[tuple[int, Thing]] = field(default_factory=list)
    """Where in the prompt each subject is named, and the subject."""
    missing: list[str] = field(default_factory=list)
    colour: tuple[int, str] = NO_COLOUR
    """The colour said last that is still without a thing, and where its words end."""
    count: tuple[int, int] = NO_COUNT_YET
    said_count: tuple[int, int] = NO_COUNT_YET
    """The number before the last subject, and where that stands."""
    filled: int = LONG_AGO
    """Where the thing is named that was put into a vessel last."""
    last_end: int = LONG_AGO
    """Where the words of the last thing end."""
    understood: set[int] = field(default_factory=set)
    """Where words are that change a subject and are none: "in a red dress", "with candles"."""

    def touches(self, at: int) -> bool:
        """Whether the last subject stands right before, with no word or mark between."""
        return bool(self.found) and self.last_end == at

    def drop_modifier(self, at: int, art: str) -> None:
        """In "apple pie" and "dog bowl" the first noun tells the kind: it is no subject."""
        if not self.touches(at) or self.language not in COMPOUNDS:
            return
        index, before = self.found[-1]
        kind = kind_of(art)
        worn = before.kind.startswith("person") and kind == "clothing"  # "a chef hat"
        subject = before.kind.startswith(NO_MODIFIERS) and not worn
        if subject and self.language == "en":
            alive = kind.startswith(LIVING_KINDS)
            subject = alive and (before.art not in YOUNG or before.count > 1)
        if before.on < 0 and not subject:
            if before.kind.startswith("place"):
                self.understood.add(index)  # "a hotel reception desk"
            while self.found and self.found[-1][0] == index:
                self.found.pop()
            colour = before.colour or MATERIALS.get(before.art, "")
            self.colour = (at, colour) if colour else self.colour
            number = self.said_count[1] if self.said_count[0] == index else before.count
            self.count = (at, number) if number > 1 else self.count

    def drop_describing(self) -> set[int]:
        """Take back what only tells the kind of a place: a "school desk" is no school.

        Where the words are that need no report: buildings.
        """
        index, before = self.found[-1]
        if before.on >= 0 or before.kind.startswith(NO_MODIFIERS):
            return set()
        while self.found and self.found[-1][0] == index:
            self.found.pop()
        number = self.said_count[1] if self.said_count[0] == index else 0
        self.count = (self.last_end, number) if number > 1 else self.count
        return {index} if before.kind.startswith("place") else set()

    def tasted(self, at: int) -> str:
        """Take the thing before an unknown noun back: "tomato sauce" is no tomato."""
        if not self.touches(at) or self.language not in COMPOUNDS:
            return ""
        index, before = self.found[-1]
        if before.on >= 0 or (before.kind.startswith("person") and self.language != "en"):
            return ""
        while self.found and self.found[-1][0] == index:
            self.found.pop()
        return f"{before.word} "

    def is_possessive(self, at: int) -> bool:
        """Take an owner back: of "a kid's toy" and "the chef's knife" only the thing is seen."""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else ""
        if self.tokens[at] != "s" or not self.touches(at) or self.language not in ("", "en"):
            return False
        stays = not after[:1].isalpha() or after in self.lexicon.skip | ARTICLES  # "the cat's on"
        if after in BODY:
            return True  # who has the hair is seen
        if stays and after not in self.lexicon.things:
            return False
        index = self.found[-1][0]
        while self.found and self.found[-1][0] == index:
            self.found.pop()
        return True

    def is_action(self, at: int) -> bool:
        """Whether a word right behind a living being is what it does: "the girl books a trip"."""
        word = self.tokens[at]
        if self.language != "en" or not self.touches(at) or self.found[-1][1].on >= 0:
            return False
        before = self.found[-1][1]
        base = {word, word.removesuffix("s"), word.removesuffix("es")}
        if before.kind.startswith(LIVING_KINDS) and word.endswith("ing") and len(word) > 5:  # noqa: PLR2004
            return True  # "a grandmother knitting"
        if not before.kind.startswith(LIVING_KINDS) or not base & self.lexicon.verbs:
            return False
        many = before.word.endswith(MANY_ENDINGS)
        return word.endswith("s") != many

    def belongs_to_unknown(self, at: int) -> bool:
        """Whether it only says the kind of a thing without a drawing: "tapis de souris"."""
        if at < 2 or self.tokens[at - 1] not in OF or not self.missing:  # noqa: PLR2004 - two words
            return False
        named = self.tokens[at - 2]
        if self.missing[-1] != named or self.language in COMPOUNDS:
            return False
        self.missing[-1] = " ".join(self.tokens[at - 2 : at + 1])
        return True

    def flavours(self, at: int) -> bool:
        """Whether it only says the kind of the thing before: "tarta de chocolate"."""
        if self.language in COMPOUNDS or not self.found:
            return False
        before = self.found[-1][1]
        between = self.tokens[self.last_end : at]
        link = between == ["a", "la"] or (
            len(between) == 1 and between[0] in OF | {"au", "aux", "al"}
        )
        vessel = before.art in self.lexicon.containers | GLASSES | PLATES
        bare = between in (["de"], ["di"], ["d"]) and not before.kind.startswith("person")
        kind_of_it = bare and not vessel and not before.piled
        return (link and before.kind.startswith("food") and not vessel) or kind_of_it

    def contained(self, at: int, thing: Thing) -> Contained:
        """How a thing is in the vessel named before: "a basket of apples", "a mug of beer"."""
        if not self.found or self.found[-1][1].on >= 0:
            return "no"
        vessel = self.found[-1][1]
        between = self.tokens[self.last_end : at]
        full = bool(between) and (between[0] in OF | WITH - {","} or between[0] in FULL)
        if self.filled == at:
            return "inside"  # the next of a group: "a cart full of vegetables"
        if not full or "," in between or len(between) > 4:  # noqa: PLR2004 - "full of ripe red"
            return "no"
        cups = bool({*singulars(self.tokens[at], foreign=False)} & CUPS) and between[0] not in OF
        poured = thing.kind == "drink" or thing.art in POURED.get(vessel.art, {})
        poured = poured and not cups
        if vessel.art in GLASSES and poured:
            return "shown"
        small = thing.metres <= max(FLAT, vessel.metres * 1.3)
        fits = small and thing.kind.startswith(CONTENTS)
        holds = vessel.art in self.lexicon.containers or vessel.art in PLATES | {"shelf"}
        return "inside" if fits and holds else "no"
