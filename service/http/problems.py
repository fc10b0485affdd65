"""Errors as clients get them: `application/problem+json` after RFC 9457."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from service.installation import PROGRAM

CONTENT_TYPE = "application/problem+json"
PAGE = "/problems"
SLUG = web.ResponseKey("problem", str)
"""The kind of a problem, kept with its response."""
MEMBERS = web.ResponseKey("members", Mapping[str, Any])
"""The members of a problem, kept with its response: browsers get them as a page."""


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem: its place on the problems page, status, title, and what to do."""

    slug: str
    status: int
    title: str
    help: str


KINDS = {
    kind.slug: kind
    for kind in (
        ProblemType(
            "invalid-request",
            400,
            "The request is not valid",
            "A parameter is missing, empty, unknown, too long or of the wrong form, or the body "
            "cannot be read. `errors` names each parameter and what is wrong with it.",
        ),
        ProblemType(
            "unauthorized",
            401,
            "A key is needed",
            f"Send an API key as `Authorization: Bearer …`. `{PROGRAM} keys create NAME` makes "
            "one. Under `/worker/` the internal token counts as well.",
        ),
        ProblemType(
            "forbidden",
            403,
            "Not allowed",
            "The key does not have the scope for this, or is not for this user. What it may do was "
            "decided when it was made (`--scopes`) and in the section `[auth]` of config.toml.",
        ),
        ProblemType(
            "cross-site",
            403,
            "Not under this name, nor for this page",
            "A service without API keys refuses requests from web pages of other origins, and "
            "under unknown names. List its own names in `hosts` and the other pages in "
            "`cors_origins`, both in the section `[http]` of config.local.toml, as `hosts = "
            '["mill.example"]`. Or create a key: with keys this rule is not needed.',
        ),
        ProblemType(
            "not-found",
            404,
            "There is nothing here",
            "The address or the id is unknown. `POST /content` returns ids.",
        ),
        ProblemType(
            "method-not-allowed",
            405,
            "This method does not work here",
            "The `Allow` header lists those that do.",
        ),
        ProblemType(
            "request-timeout",
            408,
            "The request took too long to arrive",
            "Send the whole body without long pauses.",
        ),
        ProblemType("conflict", 409, "Not in its present state", "Its state has changed."),
        ProblemType(
            "gone",
            410,
            "It was here, and its time is over",
            "Finished requests are removed after `results` seconds of the section `[retention]`.",
        ),
        ProblemType(
            "precondition-failed",
            412,
            "A precondition does not hold",
            "`If-Match` or `If-Unmodified-Since` names another version than the one that is there.",
        ),
        ProblemType(
            "too-large",
            413,
            "The body is too large",
            "Send less, or raise `max_body` in the section `[http]` of config.toml.",
        ),
        ProblemType(
            "unsupported-media-type",
            415,
            "This media type is not understood",
            "Send parameters in the query, as a form (`application/x-www-form-urlencoded` or "
            "`multipart/form-data`) or as a JSON object (`application/json`).",
        ),
        ProblemType(
            "range-not-satisfiable",
            416,
            "There is nothing in this range",
            "`Content-Range` says how many bytes there are.",
        ),
        ProblemType(
            "expectation-failed",
            417,
            "The expectation cannot be met",
            "The only one that is understood is `Expect: 100-continue`.",
        ),
        ProblemType(
            "other-role",
            421,
            "This process does not serve the API",
            "It has other roles (`roles` in the section `[service]`): send the request to a node "
            "with the role `http`. `/healthz`, `/readyz`, `/metrics` and `/status` answer here.",
        ),
        ProblemType(
            "generation-failed",
            422,
            "This prompt cannot be generated",
            "The generator refuses it for good; `detail` says why.",
        ),
        ProblemType(
            "idempotency-key-reused",
            422,
            "This key was used for something else",
            "An `Idempotency-Key` stands for one request with the same parameters; use a new key.",
        ),
        ProblemType(
            "upgrade-required",
            426,
            "This address speaks WebSocket",
            "Connect with a WebSocket client, or read the same events from `/content/{id}/events`.",
        ),
        ProblemType(
            "queue-full",
            429,
            "The queue is full",
            "`Retry-After` says in how many seconds to try again, from how fast the queue moves. "
            "`detail` says whether too many requests wait (`max_queued`) or too many bytes of "
            "their prompts (`max_queued_bytes`, in the section of the kind), or too many requests "
            "of this client (`max_queued` in the section `[limits]`).",
        ),
        ProblemType(
            "too-late",
            429,
            "It would start or end too late",
            "As fast as the queue moves now, it would miss its `start-by` or `finish-by`: `detail` "
            "says when it would start or end, `Retry-After` when to try again. `refuse_late` in "
            "the section `[queue]` decides whether such a request is accepted and expires.",
        ),
        ProblemType(
            "rate-limited",
            429,
            "Too many requests",
            "`Retry-After` says in how many seconds to try again; `RateLimit` and "
            "`RateLimit-Policy` how many requests are allowed, or generations of one client at "
            "once (`client-running`). The section `[limits]` decides.",
        ),
        ProblemType(
            "too-many-connections",
            429,
            "Too many connections of one client",
            "Close some: `max_connections_per_client` of the section `[http]` limits the event "
            "streams and connections of a client (an API key, or an address without one).",
        ),
        ProblemType(
            "head-too-large",
            431,
            "The address and headers are too large",
            "In a browser, delete the cookies of this address, or use another name for it. "
            "Otherwise send long parameters in the body.",
        ),
        ProblemType(
            "internal-error",
            500,
            "Something went wrong here",
            "This is a defect of the server. Its log has the details.",
        ),
        ProblemType(
            "unavailable",
            503,
            "Not possible at the moment",
            "Nothing was accepted. Try again after the seconds in `Retry-After`.",
        ),
        ProblemType(
            "not-ready",
            503,
            "Not everything is up",
            "`waiting_for` names what is missing; the server repairs it by itself if it can.",
        ),
    )
}
_BY_STATUS = {kind.status: kind for kind in reversed(KINDS.values())}  # the first one wins


class Problem(Exception):
    """An error for the client; `detail` is a sentence, `errors` maps parameters to reasons.

    `more` are further members of the answer.
    """

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = KINDS[slug]
        self.headers = headers
        self.more = dict(more or {})
        if errors:
            self.more["errors"] = [{"name": n, "reason": reason} for n, reason in errors.items()]

    def response(self) -> web.Response:
        """The answer for the client."""
        return respond(self.kind, str(self), self.more, self.headers)


def respond(
    kind: ProblemType,
    detail: str,
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """A problem of this kind as a response."""
    content = {**members(kind, detail), **(more or {})}
    response = web.Response(
        body=encoded(content),
        status=kind.status,
        content_type=CONTENT_TYPE,
        headers=headers,
    )
    response[SLUG], response[MEMBERS] = kind.slug, content
    return response


def encoded(content: Mapping[str, Any]) -> bytes:
    """The members of a problem as JSON."""
    return msgspec.json.encode(content) + b"\n"


def members(kind: ProblemType, detail: str) -> dict[str, Any]:
    """The members of every problem of this kind."""
    return {
        "type": f"{PAGE}#{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "error": detail,  # the original API's name for it
    }


def of_status(status: int, detail: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """A problem for an error that aiohttp found; unknown codes count as an invalid request."""
    kind = _BY_STATUS.get(status) or KINDS["invalid-request" if status < 500 else "internal-error"]
    return respond(kind, detail, None, headers)


def unavailable(detail: str, retry_after: float = 1.0) -> Problem:
    """The 503 that says when to try again."""
    return Problem(
        "unavailable", detail, headers={"Retry-After": str(max(1, math.ceil(retry_after)))}
    )
