"""What a client searches for: words that have to be in a prompt or a text."""

from __future__ import annotations

from typing import Any, Self

from service.config import HttpConfig
from service.http.parameters.types import checked_text, text_schema
from service.store.sql.requests.request_search import words_of

MAX_SEARCH_CHARACTERS = 200


class SearchWords(str):
    """Words to search for; one that ends with `*` stands for all that begin like it."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        text = checked_text(value, MAX_SEARCH_CHARACTERS)
        if not words_of(text):
            raise ValueError("Has no letter or digit to search for.")
        return cls(text)

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return text_schema(
            MAX_SEARCH_CHARACTERS,
            "Words that all have to be in the prompt or the text, in any order. Case and accents "
            "do not matter; `rain*` finds all words that begin with `rain`.",
        ) | {"pattern": r"[^\W_]", "examples": ["lisbon rain*"]}
