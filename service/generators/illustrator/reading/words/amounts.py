"""How many: numbers, "one of them", and measures that count what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from service.generators.illustrator.reading.subjects.subjects import PAIR, Subjects
from service.generators.illustrator.reading.words.grammar import (
    DOZENS,
    EACH,
    EATERS,
    FOR,
    LABELS,
    NO_COUNT,
    PAIRS,
)
from service.generators.illustrator.reading.words.lexicon import kind_of

DOZEN = 12
GERMAN_MEASURES = {"tasse", "tassen", "glas", "glaser", "becher", "flasche", "flaschen", "stuck"}
GERMAN_MEASURES |= {"scheibe", "scheiben", "teller", "kanne", "schale", "schalen"}
EACH_OTHER = {"and", ",", "the", "other", "is", "in", "und", "y", "et", "e"}
SUCH = {"of", "them", "is", "are", "in", "a", "being"}
"""Words of "one of them is blue"."""


@dataclass
class Amounts(Subjects):
    """Reads the numbers in a prompt."""

    def is_part_of_them(self, at: int, size: int) -> bool:
        """Whether some of those before have another colour: "two cups, one of them blue"."""
        words = self.tokens[at : at + size]
        colour = self.lexicon.colour(words[-1])
        some = self.lexicon.counts.get(words[0], 0)
        told = [word for word in words[1:-1] if word not in SUCH]
        if not (self.found and colour and some and size > 2) or told:  # noqa: PLR2004
            return False
        several = [i for i, (_, thing) in enumerate(self.found) if thing.count > some]
        if not several or "them" not in words[1:-1]:
            return False
        index, thing = self.found[several[-1]]
        self.found[several[-1]] = (index, replace(thing, count=thing.count - some))
        self.found.append((index, replace(thing, count=some, colour=colour, apart=True)))
        return True

    def is_each(self, at: int, size: int) -> bool:
        """Whether the words tell the colours of those before: "two boats, one red and one blue"."""
        words = [word for word in self.tokens[at : at + size] if word not in EACH_OTHER]
        parts = [words[i : i + 2] for i in range(0, len(words), 2)]
        told = [
            (self.lexicon.counts.get(part[0], 0), self.lexicon.colour(part[1]))
            for part in parts
            if len(part) == PAIR
        ]
        if not self.found or len(told) < PAIR or len(told) != len(parts):
            return False
        index, thing = self.found[-1]
        fits = sum(count for count, _ in told) == thing.count and self.tokens[at - 1] == ","
        if not (fits and all(count and colour for count, colour in told)):
            return False
        self.found.pop()
        for count, colour in told:
            self.found.append(
                (index, replace(thing, count=count, colour=colour, apart=bool(count)))
            )
        return True

    def is_portion(self, at: int, size: int) -> bool:
        """Whether the words say for how many it is: "for four people", "10 euro a persona"."""
        words = self.tokens[at : at + size]
        before = self.tokens[at - 1] if at else ""
        if words[-1] not in EATERS:
            return False
        number = size == 2 and (words[0].isdecimal() or words[0] in self.lexicon.counts)  # noqa: PLR2004
        return (number and before in FOR) or (size == 1 and before in EACH)

    def is_count(self, key: str, at: int, size: int) -> bool:
        if key in self.lexicon.counts and self.lexicon.means(key, self.language):
            number = self.lexicon.counts[key]
        elif size == 1 and key.isdecimal():
            number = int(key[:4])
        else:
            return False
        before = self.tokens[at - 1] if at else ""
        after = self.tokens[at + size] if at + size < len(self.tokens) else ""
        if key in PAIRS and self.count[0] == at:  # "three pairs of shoes"
            number = 2 * self.count[1]
        if key in DOZENS:
            number = DOZEN * (self.count[1] if self.count[0] == at else 1)
        if number > 1 and (after in NO_COUNT or before in LABELS or before in NO_COUNT - {"in"}):
            return True  # "50%", "a five-year-old girl", "Room 5"
        self.count = (at + size, max(1, number))
        return True

    def is_cup_of(self, key: str, at: int, size: int) -> bool:
        """Whether a German word right before a drink or a cake says how much: "zwei Tassen Tee"."""
        after = self.tokens[at + size] if at + size < len(self.tokens) else ""
        if self.language != "de" or key not in GERMAN_MEASURES or not after.isalpha():
            return False
        art = self.lexicon.art_for(after, "de")
        return bool(art) and kind_of(art).startswith(("drink", "food"))
