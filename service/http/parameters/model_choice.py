"""The models that a request names: one, or one for each part."""

from __future__ import annotations

from typing import Any, Self

from service.config import HttpConfig
from service.http.parameters.types import checked_text
from service.http.parameters.validation import from_json
from service.messages import KINDS

MAX_MODEL_CHARACTERS = 64
ANY_PART = ""
"""The part of a name that came alone."""


class ModelChoice(dict[str, str]):
    """The name of a model, or an object with one for `text` and `image`, by part."""

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        if isinstance(value, str) and value.lstrip().startswith("{"):
            value = from_json(value)  # in a query or a form
        if isinstance(value, str):
            return cls({ANY_PART: checked_text(value, MAX_MODEL_CHARACTERS)})
        if not isinstance(value, dict) or not value or not value.keys() <= set(KINDS):
            raise ValueError("Must be the name of a model, or an object with `text` and `image`.")
        return cls({k: checked_text(name, MAX_MODEL_CHARACTERS) for k, name in value.items()})

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        name = {"type": "string", "minLength": 1, "maxLength": MAX_MODEL_CHARACTERS}
        both = {"type": "object", "properties": dict.fromkeys(KINDS, name), "minProperties": 1}
        return {"anyOf": [name, {**both, "additionalProperties": False}]}
