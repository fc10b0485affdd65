"""Validation of values against the type of their section, with errors in words."""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from service.config.sources import ConfigError, Value, shown

MAX_FLOAT = 1e9  # keeps infinity and broken timers out

SECRET = {"secrets"}  # keys whose values are never shown

WORDS = {
    "int": "an integer",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}


def checked(section: str, kind: type[Struct], values: Mapping[str, Value]) -> Struct:
    """The section made of these values and the defaults of the others. Raises ConfigError."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    settings: dict[str, Any] = {}
    for key, value in values.items():
        if key not in fields:
            raise ConfigError(
                f"{value.source}: unknown key {key} in [{section}]; there are {listed(fields)}."
            )
        settings[key] = _converted(section, key, value, fields[key].type)
        try:
            kind(
                **{key: settings[key]}
            )  # all others have their defaults: an error is about this one
        except ValueError as error:
            raise refusal(section, key, value, str(error)) from error
    return kind(**settings)


def refusal(section: str, key: str, entry: Value, reason: str) -> ConfigError:
    """The error for an invalid value, never with a password in it."""
    value = entry.value if entry.raw and entry.value else shown(entry.value)
    value = "***" if key in SECRET else re.sub(r"[^/\s\"]*@|(?<=password=)[^&\"]*", "***", value)
    return ConfigError(f"{entry.source}: [{section}] {key} is {value}: {reason.rstrip('.')}.")


def listed(names: Iterable[str]) -> str:
    """Names with commas between them."""
    return ", ".join(names)


def check_network(network: str) -> None:
    """Raises ValueError, with what is allowed, if this is not an IP address or network."""
    try:
        ip_network(network, strict=False)
    except ValueError:
        raise ValueError("expected IP addresses or networks like 10.0.0.0/8") from None


def _converted(section: str, key: str, entry: Value, expected: Any) -> Any:
    reason = ""
    for candidate in _candidates(entry):
        try:
            value = msgspec.convert(candidate, expected)
        except msgspec.ValidationError as error:
            reason = reason or str(error)
            continue
        if not isinstance(value, float) or abs(value) <= MAX_FLOAT:
            return value
        reason = reason or f"Expected `float` <= {MAX_FLOAT:.0f}"
    raise refusal(section, key, entry, _allowed(expected) or _in_words(reason))


def _candidates(entry: Value) -> Iterator[Any]:
    """The possible readings of a value: text may be a TOML value, or mean itself."""
    if entry.raw:
        with contextlib.suppress(ValueError, RecursionError):  # TOMLDecodeError, or too many digits
            yield tomllib.loads(f"v = {entry.value}")["v"]
    yield entry.value


def _allowed(expected: Any) -> str:
    """The description of a type's allowed values; "" for none."""
    if get_origin(expected) is Literal:
        return f"expected one of {listed(get_args(expected))}"
    for meta in getattr(expected, "__metadata__", ()):
        if isinstance(meta, Meta) and meta.description:
            return f"expected {meta.description}"
    return ""


def _in_words(reason: str) -> str:
    """An error of msgspec in plain words: "Expected `int` >= 1" → "expected an integer >= 1"."""
    reason = re.sub(r" - at `.*`$", "", reason)
    reason = re.sub(r"`([^`]+)`", lambda match: _types(match[1]), reason)
    return reason[:1].lower() + reason[1:]


def _types(names: str) -> str:
    return " or ".join(WORDS.get(name, name) for name in names.split(" | "))
