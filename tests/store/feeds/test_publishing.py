"""A post's title is the first sentence of its text."""

from __future__ import annotations

import pytest

from service.store.sql.feeds.publishing import MAX_TITLE_CHARACTERS, title_of


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Snow fell. The hills are white.", "Snow fell."),
        ("Dr. Meier opens at 9 a.m. on Monday! Come by.", "Dr. Meier opens at 9 a.m. on Monday!"),
        ("Snow\nfell", "Snow"),
        ("\n\n  Snow   fell everywhere \n\n#Snow", "Snow fell everywhere"),
        ("## **First snow**\n\nThe hills are white.", "First snow"),
        ("- Snow fell.", "Snow fell."),
        ("#Snow #Winter\nThe hills are white.", "The hills are white."),
        ("The hills are white #Snow #Winter", "The hills are white"),
        ("We like C# and snow. A lot.", "We like C# and snow."),
        ("雪が降った。山は白い。", "雪が降った。"),
        ("🎉\nA party!", "A party!"),
        ("", "the prompt"),
        ("#Snow", "the prompt"),
        ("…", "the prompt"),
    ],
)
def test_a_title_is_the_first_sentence(text: str, title: str) -> None:
    assert title_of(text, "the prompt") == title


def test_a_long_sentence_is_shortened_at_the_end_of_a_word() -> None:
    title = title_of("snowflake " * 100, "p")
    assert len(title) <= MAX_TITLE_CHARACTERS
    assert title.endswith("snowflake…")
    assert len(title_of("", "x" * 5000)) <= MAX_TITLE_CHARACTERS
