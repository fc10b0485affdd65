"""Subjects: what a post is about, each written as one word, like a hashtag."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MOST_SUBJECTS = 12  # of one post
MAX_SUBJECT_CHARACTERS = 60
MAX_TEXT_CHARACTERS = 20_000  # of a text in which hashtags are looked for

# fmt: off
VAGUE = {
    "apartager", "augenblick", "aviso", "avviso", "bonasavoir", "community", "comparte",
    "dasapere", "fotodeldia", "fotodelgiorno", "fotodestages", "fotododia", "goodtoknow",
    "gutzuwissen", "info", "informacao", "informacion", "instadaily", "instafoto",
    "instaphoto", "momente", "momenti", "momentos", "moments", "partilha", "passaparola",
    "passiton", "photodujour", "photooftheday", "weitersagen",
}
# fmt: on
"""Hashtags that fit every post, so that they say nothing about one."""

_CAMEL = re.compile(r"(?<=[a-z\u00df-\u00ff])(?=[A-Z\u00c0-\u00de])")
_TAG = re.compile(r"(?<![\w&/#])#(?=(\S{1,200}))")  # no "C#", "/#part" or "&#39;"


def subject_of(text: str) -> str:
    """The subject that a word, a phrase or a hashtag names; "" if it names none.

    "#OakTrees", "oak trees" and "Oak tree" are the same subject: lower case, without spaces,
    accents and marks, in the singular. The first call loads the nouns: call it in a thread.
    """
    # takes 0.3 s and 25 MB, which only publishing and muting need
    from service.generators.illustrator.reading.words.nouns import singular  # noqa: PLC0415
    from service.generators.illustrator.reading.words.tokens import fold  # noqa: PLC0415

    spaced = fold(_CAMEL.sub(" ", text[: 2 * MAX_SUBJECT_CHARACTERS]))
    parts = "".join(char if _is_word(char) else " " for char in spaced).split()
    if not any(char.isalpha() for part in parts for char in part):
        return ""
    return "".join([*parts[:-1], singular(parts[-1])])[:MAX_SUBJECT_CHARACTERS]


def subjects_of(prompt: str, text: str) -> tuple[str, ...]:
    """The subjects of a post: the nouns of its prompt, then the hashtags of its text.

    Hashtags that fit every post are left out. Call it in a thread.
    """
    from service.generators.illustrator.reading.words.nouns import nouns  # noqa: PLC0415 - as above

    named = map(subject_of, [*nouns(prompt), *_hashtags(prompt), *_hashtags(text)])
    return tuple(dict.fromkeys(s for s in named if s and s not in VAGUE))[:MOST_SUBJECTS]


def _hashtags(text: str) -> Iterator[str]:
    """The hashtags of a text, without their sign."""
    for match in _TAG.finditer(text[:MAX_TEXT_CHARACTERS]):
        end = next((i for i, char in enumerate(match[1]) if not _is_tag(char)), len(match[1]))
        if any(char.isalpha() for char in match[1][:end]):
            yield match[1][:end]


def _is_word(char: str) -> bool:
    """Whether a character can stand in a hashtag: a letter, a digit or a mark of one."""
    return unicodedata.category(char)[0] in "LMN"


def _is_tag(char: str) -> bool:
    return char == "_" or _is_word(char)
