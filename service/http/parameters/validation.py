"""Validation of parameters against a struct; it reports all errors, not only the first."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, Self, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from service.config import HttpConfig


class ParameterType(Protocol):
    """A parameter type with additional rules."""

    @classmethod
    def parse(cls, value: Any, http: HttpConfig) -> Self:
        """The checked value. Raises ValueError."""

    @classmethod
    def schema(cls, http: HttpConfig) -> dict[str, Any]:
        """These rules as JSON Schema."""


def checked(
    values: Mapping[str, Any], shape: type[msgspec.Struct], http: HttpConfig
) -> tuple[dict[str, Any], dict[str, str]]:
    """The valid parameters, and the reason for each invalid one."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    right, wrong = {}, {}
    for name, field in fields.items():
        if name in values:
            try:
                right[name] = convert(values[name], field.type, http)
            except msgspec.ValidationError as error:
                wrong[name] = _reason(str(error), field.type)
        elif field.required:
            wrong[name] = "Missing."
    is_strict = shape.__struct_config__.forbid_unknown_fields
    for name in values if is_strict else ():
        if name not in fields:
            wrong[name] = _unknown(name, fields)
    return right, wrong


def convert(value: Any, shape: Any, http: HttpConfig) -> Any:
    """Convert what a client sent to `shape`; text counts as the number or truth value it spells.

    Raises msgspec.ValidationError.
    """
    return msgspec.convert(
        value, shape, strict=False, dec_hook=lambda field, raw: field.parse(raw, http)
    )


def schema_of(http: HttpConfig) -> Callable[[Any], dict[str, Any]]:
    """A hook that describes a ParameterType in the API document."""
    return lambda field: dict(field.schema(http))


def from_json(text: str | bytes) -> Any:
    """The value that a JSON text stands for. Raises ValueError."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("Is not valid JSON.") from None


def _unknown(name: str, fields: Mapping[str, FieldInfo]) -> str:
    """Why a parameter is unknown: it may be a member of another one, as `top_p` of `options`."""
    for holder, field in fields.items():
        if any(name in getattr(part, "NAMES", ()) for part in (field.type, *get_args(field.type))):
            return f"Unknown here: write it into `{holder}`."
    known = ", ".join(fields)
    return f"Unknown; known here: {known}." if known else "Unknown: there are none."


_WORDS = {
    "int": "an integer",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
}


def _reason(words: str, shape: Any) -> str:
    """An error of msgspec as a sentence: "Expected `int` >= 1" is "Must be an integer >= 1."."""
    if words.startswith("Invalid enum value"):
        return f"Must be one of {', '.join(_choices(shape))}."
    words = re.sub(r" - at `\$.*`$", "", words).replace(" | null", "").rstrip(".")
    words = re.sub(r"`([\w |]+)`", lambda match: _in_words(match[1]), words)
    return words.replace("Expected", "Must be") + "."


def _in_words(types: str) -> str:
    """`str | object` as "text or an object"."""
    return " or ".join(_WORDS.get(name, name) for name in types.split(" | "))


def _choices(shape: Any) -> list[str]:
    """The values of a Literal, also inside Annotated and unions."""
    if get_origin(shape) is Literal:
        return [str(value) for value in get_args(shape)]
    return [choice for part in get_args(shape) for choice in _choices(part)]
