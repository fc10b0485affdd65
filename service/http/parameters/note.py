"""The parameter type of a private note on a request."""

from __future__ import annotations

from typing import Any, Self

from service.config import HttpConfig
from service.http.parameters.types import checked_text

MAX_NOTE_CHARACTERS = 2000


class Note(str):
    """A private note on a request, for those who review it."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        if value == "":  # removes the note
            return cls("")
        return cls(checked_text(value, MAX_NOTE_CHARACTERS))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return {
            "type": "string",
            "maxLength": MAX_NOTE_CHARACTERS,
            "description": "A private note for those who review the request; never published. "
            "An empty one removes it.",
        }
