"""How the API document is arranged: the groups of endpoints, and how one leads to others."""

from __future__ import annotations

from typing import Any

GROUPS = {
    "Content": "Prompts come in; results are asked for, waited for or followed.",
    "Feed": "What is new for a user.",
    "Dead letters": "What failed for good, and having it tried again.",
    "Workers": "One generation at once, for other Feedmill processes.",
    "Pages": "The studio, the pictures, and the words that explain all this.",
    "Operations": "How the service is.",
}
_PLACES = {
    "content": "Content",
    "feed": "Feed",
    "dead-letters": "Dead letters",
    "worker": "Workers",
    "": "Pages",
    "media": "Pages",
    "docs": "Pages",
    "openapi.json": "Pages",
    "problems": "Pages",
}
"""The group of an endpoint by the first word of its path; all others are operations."""

_OF_REQUEST = ("show", "events", "cancel")
"""The operations on one request, whose id they have in the path."""


def group_of(path: str) -> str:
    """The group that an endpoint is in."""
    return _PLACES.get(path.split("/")[1], "Operations")


def links(operation: str, status: int) -> dict[str, Any]:
    """Where an answer leads: the links of an operation's response."""
    match operation, status:
        case "submit", 202:
            id_ = "$response.body#/RequestId"
            return {
                **{name: _to(name, id_) for name in _OF_REQUEST},
                "view": {"operationId": "view", "requestBody": {"request-id": id_}},
            }
        case "listing", 200:
            id_ = "$response.body#/requests/0/id"
            return {name: _to(name, id_) for name in _OF_REQUEST}
        case "dead_letters", 200:
            id_ = "$response.body#/dead_letters/0/id"
            return {"redrive": _to("redrive", id_), "show": _to("show", id_)}
        case "redrive", 202:
            return {"show": _to("show", "$response.body#/redriven/0")}
        case "cancel", 202:
            return {"show": _to("show", "$response.body#/id")}
        case _:
            return {}


def _to(operation: str, id_: str) -> dict[str, Any]:
    return {"operationId": operation, "parameters": {"id": id_}}
