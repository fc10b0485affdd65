"""Emoji among the words of a poster: drawn where there is a drawing, else reported."""

import pytest

from service.generators.illustrator.drawing import draw
from service.generators.illustrator.poster.typesetting import words_of
from service.generators.illustrator.reading.words.lexicon import lexicon
from service.generators.illustrator.sprites.art import drawing


def test_every_emoji_is_drawn_or_reported() -> None:
    for emoji in lexicon().emoji:
        if emoji.isascii():
            continue
        words, unknown = words_of(emoji)
        for word in words:
            for piece in word:
                assert not piece.art or drawing(piece.art)
        assert words or unknown, emoji


@pytest.mark.parametrize("style", ["scene", "poster", "auto"])
@pytest.mark.parametrize("prompt", ["Fog 🌫 over a lighthouse", "Sunny weekend ☀ at 5 ⭐ prices"])
def test_emoji_of_the_weather_spoil_no_picture(prompt: str, style: str) -> None:
    assert draw(prompt, 1, (256, 256), style=style).alt
