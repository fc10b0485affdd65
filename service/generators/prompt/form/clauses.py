"""The clauses of a sentence: the places where an instruction may begin."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_BOUNDARIES = 24
"""Places of a sentence where an instruction may begin: the first ones count."""

BOUNDARY = re.compile(
    r"\s*[,;]\s+|\s+[-\u2013\u2014]\s+|\s+(?=(?:and|but|y|et|und|pero|mais|ma|mas|aber|plus|e)\s)|(?<=[:!?])\s+",
    re.IGNORECASE,
)
"""Between clauses: a comma, a dash, "and"."""
BRACKETS = re.compile(
    r"\([^()]*\)|[\"\u201c\u201e\u00ab][^\"\u201d\u201c\u00bb]*[\"\u201d\u201c\u00bb]"
)
"""What is in brackets or quotation marks is not cut."""


@dataclass(frozen=True, slots=True)
class Clauses:
    """A sentence and the places of its clauses."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @property
    def many(self) -> int:
        """How many clauses there are."""
        return len(self.starts)

    @property
    def mark(self) -> str:
        """What ends the sentence."""
        found = re.search(r"[.!?\u2026]+$", self.text)
        return found[0] if found else "."

    def clause(self, at: int, upto: int) -> str:
        """The text of some clauses."""
        return self.text[self.starts[at] : self.ends[upto - 1]]

    def rest(self, at: int) -> str:
        """The text from a clause on."""
        return self.text[self.starts[at] :]

    def between(self, at: int, upto: int) -> str:
        """The text of the clauses before another; empty if there are none."""
        return self.clause(at, upto) if upto > at else ""

    def has_colon(self, at: int) -> bool:
        """Whether a colon stands before a clause."""
        return 0 < at < self.many and self.text[self.ends[at - 1] - 1] == ":"


def clauses(sentence: str) -> Clauses:
    """The clauses of a sentence."""
    inside = [found.span() for found in BRACKETS.finditer(sentence)]
    bounds = [
        found
        for found in BOUNDARY.finditer(sentence)
        if not any(start < found.start() < end for start, end in inside)
    ][: MOST_BOUNDARIES - 1]
    starts = (0, *(found.end() for found in bounds))
    return Clauses(sentence, starts, (*(found.start() for found in bounds), len(sentence)))
