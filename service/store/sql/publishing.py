"""The post that a finished request becomes."""

from __future__ import annotations

from service.store.sql.posts import UnpublishedPost
from service.store.sql.request_records import Record

MAX_TITLE_CHARACTERS = 80  # characters of the prompt in the title of a post


def publication_of(
    record: Record, author: str, *, title: str | None = None, content: str | None = None
) -> UnpublishedPost:
    """A completed request as a post, with the title and text of the author if there are any."""
    parts = {part.kind: part for part in record.parts}
    text = parts["text"].text if "text" in parts else None
    return UnpublishedPost(
        record.request.id,
        author,
        title_of(record.request.prompt) if title is None else title,
        (text or "") if content is None else content,
        parts["image"].image_uri if "image" in parts else None,
    )


def title_of(prompt: str) -> str:
    """A prompt as a title: shortened at the end of a word."""
    words = " ".join(prompt.split())
    if len(words) <= MAX_TITLE_CHARACTERS:
        return words
    return words[: MAX_TITLE_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"
