"""The problems that an endpoint may answer with, in the API document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service.http.fal import errors as fal_errors
from service.http.openai import errors as openai_errors
from service.http.openapi.headers import headers_of
from service.http.openapi.schemas import REF
from service.http.problems import CONTENT_TYPE, ProblemType, members

PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "error"],
    "properties": {
        "type": {"type": "string", "description": "A section of the problems page."},
        "title": {"type": "string", "description": "The kind of problem in a few words."},
        "status": {"type": "integer", "description": "The status code of the answer."},
        "detail": {"type": "string", "description": "What went wrong this time, as a sentence."},
        "error": {"type": "string", "description": "The same sentence as `detail`."},
        "errors": {
            "type": "array",
            "description": "Each invalid parameter, with the reason.",
            "items": {
                "type": "object",
                "required": ["name", "reason"],
                "properties": {"name": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}
OPENAI_ERROR = {
    **PROBLEM,
    "properties": {
        **PROBLEM["properties"],
        "error": {
            "type": "object",
            "description": "The error as OpenAI's API has it.",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string", "description": "The same sentence as `detail`."},
                "type": {"type": "string", "description": "The class of the error."},
                "param": {
                    "type": ["string", "null"],
                    "description": "The first invalid parameter; null for other errors.",
                },
                "code": {"type": "string", "description": "The kind of error."},
            },
        },
    },
}
FAL_ERROR = {
    **PROBLEM,
    "required": [*PROBLEM["required"], "message", "error_type"],
    "properties": {
        **PROBLEM["properties"],
        "message": {"type": "string", "description": "The same sentence as `detail`."},
        "error_type": {"type": "string", "description": "The kind of error."},
    },
}
FOREIGN_ERRORS: dict[Any, str] = {openai_errors: "OpenAIError", fal_errors: "FalError"}
"""The schemas of errors in the form of other APIs, by the module that writes them."""
ALWAYS = ("method-not-allowed",)
"""Problems that any endpoint may answer with."""
WITH_PARAMETERS = ("invalid-request", "request-timeout", "too-large", "unsupported-media-type")
"""Problems of endpoints that read a body."""


def problem_response(path: str, status: int, kinds: Sequence[ProblemType]) -> dict[str, Any]:
    """The answer of a path with this status: one example of each kind, in the form of its API."""
    problems = {kind.slug: members(kind, kind.help) for kind in kinds}
    name, content_type = "Problem", CONTENT_TYPE
    for door, error in FOREIGN_ERRORS.items():
        if path.startswith(door.PATHS):
            name, content_type = error, door.CONTENT_TYPE
            problems = {slug: door.body(body, slug) for slug, body in problems.items()}
    examples = {slug: {"value": body} for slug, body in problems.items()}
    schema = {"$ref": REF.format(name=name)}
    return {
        "description": "; ".join(kind.title for kind in kinds),
        "content": {content_type: {"schema": schema, "examples": examples}},
    } | headers_of(status)
