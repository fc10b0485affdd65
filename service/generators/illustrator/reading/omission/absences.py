"""What a prompt wants left out: scenery, and parts of the things that are drawn."""

from __future__ import annotations

from service.generators.illustrator.reading.reader import Reader
from service.generators.illustrator.reading.words.lexicon import lexicon

SCENERY_PARTS = {
    "trees": {"trees", "pines", "palms", "birches", "round-tree", "pine", "deciduous-tree"},
    "flowers": {"flowers", "daisy", "poppy", "poppies", "daisies", "rose", "tulip", "sunflower"},
    "clouds": {"clouds"},
    "sun": {"sun"},
}
"""What painters leave out -> the scenery and drawings that a prompt may name for it."""
NO_PARTS = {"text", "texts", "words", "letters", "writing", "logo", "logos", "watermark"}
"""What no drawing of a scene has anyway."""


def absent_scenery(negated: list[str], language: str) -> set[str]:
    """The scenery that the words of negated things name: trees, clouds, flowers, sun."""
    reader = Reader(negated, lexicon(), language)
    reader.read()
    named = set(reader.said.get("feature", ()))
    arts = {thing.art for _, thing in reader.found}
    for whole, parts in SCENERY_PARTS.items():
        if parts & (named | arts):
            named.add(whole)
    return named


def without_parts(negated: list[str], language: str) -> list[str]:
    """The parts of things that a prompt does not want, which their drawings may show: laces."""
    reader = Reader(negated, lexicon(), language)
    reader.read()
    known = {at for at, _ in reader.found} | {setting.at for setting in reader.settings}
    skip = {*NO_PARTS, *lexicon().skip, *lexicon().hollow, *lexicon().counts}
    return [
        f"no {word}"
        for at, word in enumerate(negated)
        if word.isalpha() and at not in known and word not in skip
    ]
