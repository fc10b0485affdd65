"""Schemas: public names of structs, and the parameters as JSON and as a form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from service.http.parameters.parse import Parameters

FORM = "Form"  # suffix of the name of a schema, for the same fields in a form
NULL = {"enum": [None, "null"]}  # the alternative of fields that are not text
TRUTH = [True, False, 1, 0]  # accepted truth values; text in a form
REF = "#/components/schemas/{name}"


def schema_name(struct: type[msgspec.Struct]) -> str:
    """The name of a struct in the document, and so of a class in a generated client."""
    return public_name(struct.__name__)


def public_name(name: str) -> str:
    """A class name without the suffix that says in which direction the struct is sent."""
    return name.removesuffix("Response").removesuffix("Parameters")


def with_public_names(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema whose title and references have public names."""
    text = msgspec.json.encode(schema).decode()
    text = re.sub(
        r'(?<="\$ref":")([^"]*/)(\w+)', lambda match: match[1] + public_name(match[2]), text
    )
    renamed: dict[str, Any] = msgspec.json.decode(text)
    if "title" in renamed:
        renamed["title"] = public_name(renamed["title"])
    return renamed


def parameters_together(struct: type[Parameters]) -> Iterable[dict[str, Any]]:
    """Parameters that need another one, as JSON Schema."""
    for name, other in struct.REQUIRES.items():
        needs = other.replace("_", "-")
        yield {
            "if": {"properties": {name: {"enum": [True, 1]}}, "required": [name]},
            "then": {"required": [needs], "properties": {needs: {"not": {"type": "null"}}}},
        }


def loosely(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of parameters, with all accepted truth values."""
    properties = {name: _loose(value) for name, value in schema["properties"].items()}
    return {**schema, "properties": properties}


def _loose(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("type") == "boolean":
        return {"enum": TRUTH}
    if {"type": "boolean"} in value.get("anyOf", ()):
        return {**value, "anyOf": [_loose(alternative) for alternative in value["anyOf"]]}
    return value


def as_form(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema for a form, where everything is text: null is a word, objects are JSON."""
    properties = {}
    for name, value in schema["properties"].items():
        some = [one for one in _alternatives(value) if one.get("type") != "array"]
        kinds = {alternative.get("type") for alternative in some}
        if "object" in kinds or kinds <= {"null"}:
            continue
        if "null" in kinds:
            values = [alternative for alternative in some if alternative.get("type") != "null"]
            value = {"anyOf": values if "string" in kinds else [*values, NULL]}  # noqa: PLW2901 - as a form has it
        properties[name] = value
    needed = [name for name in schema.get("required", ()) if name in properties]
    return {**schema, "properties": properties, "required": needed}


def _alternatives(schema: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    if "anyOf" not in schema:
        yield schema
    for alternative in schema.get("anyOf", ()):
        yield from _alternatives(alternative)
