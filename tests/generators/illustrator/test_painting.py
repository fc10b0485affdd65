"""Any words of the lexicon are painted, as a scene and as a poster: a seeded sample of them."""

from __future__ import annotations

import random
from functools import cache

import pytest

from service.generators.illustrator.drawing import draw
from service.generators.illustrator.reading.words.lexicon import LANGUAGES, lexicon

SIZES = ((256, 256), (256, 320), (256, 456), (456, 256))
PICTURES = 8
"""In each language and style; another `START` is another sample."""
START = 20
SEEN_FROM = ("", "a close-up of ", "a portrait of ", "minimalist ")


@cache
def words(language: str) -> tuple[list[str], list[str]]:
    """The names of drawings in a language, and the words that set a scene."""
    lex = lexicon()
    return sorted({*lex.names[language], *lex.things}), sorted(lex.scene)


def prompt_of(language: str, chance: random.Random) -> str:
    """A few things, each with a number or a colour or neither, related, in a place."""
    lex = lexicon()
    things, scenery = words(language)
    parts = []
    for i in range(chance.randint(1, 4)):
        before = chance.choice(
            ("", "", chance.choice(sorted(lex.counts)), chance.choice(sorted(lex.colours)))
        )
        joined = chance.choice(("and", "with", chance.choice(sorted(lex.relations)))) if i else ""
        parts += [joined, before, chance.choice(things)]
    parts += chance.sample(scenery, chance.randint(0, 3))
    return chance.choice(SEEN_FROM) + " ".join(filter(None, parts))


@pytest.mark.parametrize("style", ["scene", "poster"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_any_words_are_painted(language: str, style: str) -> None:
    chance = random.Random(f"{START} {language} {style}")
    for seed in range(PICTURES):
        prompt, size = prompt_of(language, chance), chance.choice(SIZES)
        try:
            drawing = draw(prompt, seed, size, style=style)
        except Exception as error:
            error.add_note(f"{prompt!r}, seed {seed}, {size}, {style}")
            raise
        assert drawing.data[:4] == b"RIFF", prompt
        assert drawing.alt, prompt
