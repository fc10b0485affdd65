"""Tables and desks: words for places that are subjects where others are beside or on them."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.generators.illustrator.reading.relations import Spatial
from service.generators.illustrator.reading.subjects.subjects import REACH
from service.generators.illustrator.reading.words.amounts import Amounts
from service.generators.illustrator.reading.words.tokens import singulars

WALLS = {"wall", "mur", "muro", "mauer"}
UPON_TABLES = {"chair", "stool"}
"""Furniture that is put up on tables after hours."""


@dataclass
class Furniture(Amounts):
    """Takes a word for a place for a subject."""

    spatial: list[Spatial] = field(default_factory=list)

    def is_furniture(self, key: str, at: int, size: int) -> bool:
        """Whether a word for a place is a subject here: "a cat under the table"."""
        forms = singulars(key, foreign=False)
        art = next(
            (self.lexicon.furniture[one] for one in forms if one in self.lexicon.furniture), ""
        )
        last = self.spatial[-1] if self.spatial else None
        if (
            key in WALLS
            and last is not None
            and last.kind == "on"
            and self.is_for_sitting(at, last.end)
        ):
            self.add(at, size, "stone-wall", plural=False)
            return True
        if not art or last is None or (last.kind in ("on", "in") and not self.is_stood_on(art)):
            return False
        if at - last.end > (REACH if last.kind != "between" else 2 * REACH):
            return False
        self.add(at, size, art, plural=key not in self.lexicon.furniture)
        return True

    def is_for_sitting(self, at: int, end: int) -> bool:
        """Whether who was named last sits on it: "three friends on a wall"."""
        above = self.found[-1][1] if self.found else None
        return at - end <= 1 and above is not None and above.kind.startswith(("person", "animal"))

    def is_stood_on(self, art: str) -> bool:
        """Whether a table is a subject though things are on it: it was named, or bears chairs."""
        named = any(thing.art == art for _, thing in self.found)
        above = self.found[-1][1] if self.found else None
        return named or (above is not None and above.art in UPON_TABLES)
