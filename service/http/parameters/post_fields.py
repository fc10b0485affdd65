"""Parameter types of a post that a client writes."""

from __future__ import annotations

from typing import Any, Self

from service.config import HttpConfig
from service.http.parameters.types import checked_text, text_schema
from service.store.media.names import ADDRESS, COPY_QUERY
from service.subjects import MAX_SUBJECT_CHARACTERS

MAX_TITLE_CHARACTERS = 200
MAX_CONTENT_CHARACTERS = 20_000
MAX_URI_CHARACTERS = 500
MAX_ALT_CHARACTERS = 1000


class Title(str):
    """The title of a post."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        return cls(checked_text(value, MAX_TITLE_CHARACTERS))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return text_schema(MAX_TITLE_CHARACTERS, "The title of the post.")


class PostContent(str):
    """The text of a post."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        return cls(checked_text(value, MAX_CONTENT_CHARACTERS))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return text_schema(MAX_CONTENT_CHARACTERS, "The text of the post.")


class Subject(str):
    """What posts are about."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        return cls(checked_text(value, MAX_SUBJECT_CHARACTERS))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return text_schema(
            MAX_SUBJECT_CHARACTERS, "A word or a hashtag, with or without its sign: `cats`."
        )


class ImageUri(str):
    """The address of a picture, as this service gave it."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        return cls(checked_text(value, MAX_URI_CHARACTERS))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return text_schema(MAX_URI_CHARACTERS, "The address of a picture of this service.")


class AltText(str):
    """What is in the picture of a post."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        return cls(checked_text(value, MAX_ALT_CHARACTERS))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return text_schema(MAX_ALT_CHARACTERS, "What is in the picture.")


def picture_of(uri: str, bases: tuple[str, ...]) -> str | None:
    """A picture's address without the base that it begins with; that of a copy is the picture's.

    None if it is not the address of a picture below one of `bases`.
    """
    whole = COPY_QUERY.sub("", uri)
    for base in bases:
        if whole.startswith(base) and ADDRESS.fullmatch(whole[len(base) :]):
            return whole[len(base) :]
    return None
