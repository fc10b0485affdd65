"""Parameter types of a post that a client writes."""

from __future__ import annotations

import re
from typing import Any, Self

from service.config import HttpConfig
from service.http.parameters.types import checked_text, text_schema
from service.store.media import MEDIA_TYPES

MAX_TITLE_CHARACTERS = 200
MAX_CONTENT_CHARACTERS = 20_000
MAX_URI_CHARACTERS = 500

_PICTURE = re.compile(rf"/media/([0-9a-f]{{64}})/[A-Za-z0-9_.-]+\.({'|'.join(MEDIA_TYPES)})")


class Title(str):
    """The title of a post."""

    __slots__ = ()

    @classmethod
    def parse(cls, given: Any, _http: HttpConfig) -> Self:
        return cls(checked_text(given, MAX_TITLE_CHARACTERS))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return text_schema(MAX_TITLE_CHARACTERS, "The title of the post.")


class PostContent(str):
    """The text of a post."""

    __slots__ = ()

    @classmethod
    def parse(cls, given: Any, _http: HttpConfig) -> Self:
        return cls(checked_text(given, MAX_CONTENT_CHARACTERS))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return text_schema(MAX_CONTENT_CHARACTERS, "The text of the post.")


class ImageUri(str):
    """The address of a picture, as this service gave it."""

    __slots__ = ()

    @classmethod
    def parse(cls, given: Any, _http: HttpConfig) -> Self:
        return cls(checked_text(given, MAX_URI_CHARACTERS))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return text_schema(MAX_URI_CHARACTERS, "The address of a picture of this service.")


def picture_of(uri: str, bases: tuple[str, ...]) -> tuple[str, str, str] | None:
    """A picture's address without the base that it begins with, its digest and its suffix.

    None if it is not the address of a picture below one of `bases`.
    """
    for base in bases:
        found = _PICTURE.fullmatch(uri[len(base) :]) if uri.startswith(base) else None
        if found is not None:
            return found[0], found[1], found[2]
    return None
