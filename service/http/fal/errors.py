"""Errors in the form of fal's API, beside the members of a problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from service.http.problems import MEMBERS, SLUG, encoded
from service.request_ids import new_id

PATHS = "/fal/"  # how the paths of this API begin
CONTENT_TYPE = "application/json"  # clients read no other
REQUEST_ID = "x-fal-request-id"
ERROR_TYPE = "x-fal-error-type"
TIMEOUT_TYPE = "x-fal-request-timeout-type"
TYPES = {"cancelled": "client_cancelled", "expired": "request_timeout"}
"""The type of an error where it is not the kind of problem with underscores."""


def error_type(problem: Mapping[str, Any], slug: str) -> str:
    """The class of an error, for programs."""
    code = str(problem.get("code") or slug.replace("-", "_"))
    return TYPES.get(code, code)


def body(problem: Mapping[str, Any], slug: str) -> dict[str, Any]:
    """The members of a problem, with those that these clients read beside `detail`."""
    return {**problem, "message": problem["detail"], "error_type": error_type(problem, slug)}


def in_fal_form(response: web.Response) -> None:
    """Change the body of a problem into an error of this API."""
    content = body(response[MEMBERS], response[SLUG])
    response.body = encoded(content)
    response.content_type = CONTENT_TYPE
    response.headers[ERROR_TYPE] = content["error_type"]
    response.headers.setdefault(REQUEST_ID, new_id())
    if content["error_type"] == TYPES["expired"]:
        response.headers[TIMEOUT_TYPE] = "user"
    del response[MEMBERS]  # it is final: neither a page nor in another form
