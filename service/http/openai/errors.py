"""Errors in the form of OpenAI's API, beside the members of a problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from service.http.problems import MEMBERS, SLUG, Problem, encoded, members
from service.request_ids import new_id

PATHS = "/v1/"  # how the paths of this API begin
CONTENT_TYPE = "application/json"

TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
"""The type of an error, by its status; other client errors are invalid requests."""
FAILED = {"generation-failed": "generation_error"}
"""The type of an error, by its kind of problem, which goes first."""
CODES = {
    "unauthorized": "invalid_api_key",
    "forbidden": "permission_denied",
    "cross-site": "permission_denied",
}
"""The code of an error where it is not the kind of problem with underscores."""


def error_of(problem: Mapping[str, Any], slug: str) -> dict[str, Any]:
    """The error that clients read, made of a problem's members."""
    status = problem["status"]
    fallback = "invalid_request_error" if status < 500 else "server_error"
    errors = problem.get("errors", ())
    return {
        "message": problem["detail"],
        "type": FAILED.get(slug) or TYPES.get(status, fallback),
        "param": errors[0]["name"] if errors else None,
        "code": problem.get("code") or CODES.get(slug, slug.replace("-", "_")),
    }


def body(problem: Mapping[str, Any], slug: str) -> dict[str, Any]:
    """The members of a problem, with `error` in the form of this API."""
    return {**problem, "error": error_of(problem, slug)}


def error_event(problem: Problem) -> bytes:
    """The event that ends a stream whose answer fails."""
    content = {**members(problem.kind, str(problem)), **problem.more}
    return b"data: %b\n\n" % msgspec.json.encode({"error": error_of(content, problem.kind.slug)})


def in_openai_form(response: web.Response) -> None:
    """Change the body of a problem into an error of this API."""
    problem, slug = response[MEMBERS], response[SLUG]
    response.body = encoded(body(problem, slug))
    response.content_type = CONTENT_TYPE
    response.headers["x-request-id"] = new_id()
    del response[MEMBERS]  # it is final: neither a page nor in another form
