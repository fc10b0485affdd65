"""The post that a finished request becomes."""

from __future__ import annotations

import re

from service.store.sql.feeds.posts import UnpublishedPost
from service.store.sql.requests.request_records import Record
from service.subjects import subjects_of

MAX_TITLE_CHARACTERS = 200  # as of a post that is written by hand
READ_CHARACTERS = 2000  # of a text in which its first sentence is looked for

_MARKS = re.compile(r"^(?:[-*>\u2022]+\s+|#{1,6}\s+|\d{1,3}[.)]\s+)+|\*\*|__|`+")
"""What Markdown puts before a line or around words."""
_TAGS = re.compile(r"(?:(?:^|\s+)#[^\s#]+)+\s*$")  # hashtags at the end of a line
_STOP = re.compile(r"[\u3002\uff01\uff1f]+[\u300d\u300f\u201d]?")
"""Ends of Chinese and Japanese sentences: no space comes after them."""


def publication_of(
    record: Record, author: str, *, title: str | None = None, content: str | None = None
) -> UnpublishedPost:
    """A completed request as a post, with the title and text of the author if there are any.

    It reads the nouns of the prompt, which may take a while: call it in a thread.
    """
    parts = {part.kind: part for part in record.parts}
    text = (parts["text"].text if "text" in parts else None) or ""
    prompt = record.request.prompt
    content = text if content is None else content
    image = parts.get("image")
    return UnpublishedPost(
        record.request.id,
        author,
        title_of(text, prompt) if title is None else title,
        content,
        None if image is None else image.image_uri,
        subjects_of(prompt, content),
        (None if image is None or image.origin is None else image.origin.get("alt")) or None,
    )


def title_of(text: str, prompt: str) -> str:
    """The first sentence of a text, without hashtags; the prompt if the text has none."""
    for line in text[:READ_CHARACTERS].splitlines():
        plain = _TAGS.sub("", _MARKS.sub("", line)).strip()
        if any(char.isalnum() for char in plain):
            return _shortened(_first_sentence(plain))
    return _shortened(prompt)


def _first_sentence(line: str) -> str:
    # its package compiles many patterns, which only publishing needs here
    from service.generators.prompt.language.sentences import split  # noqa: PLC0415

    stop = _STOP.search(line)
    complete, rest = split(line[: stop.end()] if stop else line)
    return complete[0] if complete else rest


def _shortened(text: str) -> str:
    """Text on one line, shortened at the end of a word."""
    words = " ".join(text.split())
    if len(words) <= MAX_TITLE_CHARACTERS:
        return words
    return words[: MAX_TITLE_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"
