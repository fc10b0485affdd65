"""The groups of endpoints in the API document, and the links between operations."""

from __future__ import annotations

from typing import Any

GROUPS = {
    "Content": "Submit prompts; read, wait for or follow their results.",
    "Feed": "Posts of a user and of the authors that the user follows; publish, follow, mute.",
    "Dead letters": "Requests that failed for good, and their redrive.",
    "OpenAI": "The same service for clients of OpenAI's API.",
    "Replicate": "The same service for clients of Replicate's API.",
    "fal": "The same service for clients of fal's API.",
    "Workers": "One generation at once, for other Feedmill processes.",
    "Pages": "The studio, the pictures and this documentation.",
    "Operations": "The state of the service.",
}
_PLACES = {
    "content": "Content",
    "feed": "Feed",
    "dead-letters": "Dead letters",
    "worker": "Workers",
    "v1": "OpenAI",
    "replicate": "Replicate",
    "fal": "fal",
    "": "Pages",
    "media": "Pages",
    "docs": "Pages",
    "gallery": "Pages",
    "openapi.json": "Pages",
    "problems": "Pages",
    "engine": "Pages",
}
"""The group of an endpoint by the first word of its path; all others are operations."""


def _to(operation: str, id_: str, **more: str) -> dict[str, Any]:
    return {"operationId": operation, "parameters": {"id": id_, **more}}


def _to_request(id_: str) -> dict[str, Any]:
    return {
        name: _to(name, id_)
        for name in ("getContent", "followContent", "cancelContent", "listDeliveries")
    }


_REQUEST_ID = "$response.body#/RequestId"
_DEAD_LETTER_ID = "$response.body#/dead_letters/0/id"

_LINKS: dict[tuple[str, int], dict[str, Any]] = {
    ("createContent", 202): {
        **_to_request(_REQUEST_ID),
        "viewContent": {"operationId": "viewContent", "requestBody": {"request-id": _REQUEST_ID}},
    },
    ("listContent", 200): _to_request("$response.body#/requests/0/id"),
    ("cancelContent", 202): {"getContent": _to("getContent", "$response.body#/id")},
    ("listDeliveries", 200): {
        "redeliverDelivery": _to(
            "redeliverDelivery", "$request.path.id", delivery="$response.body#/deliveries/0/id"
        )
    },
    ("listDeadLetters", 200): {
        "redriveDeadLetter": _to("redriveDeadLetter", _DEAD_LETTER_ID),
        "getContent": _to("getContent", _DEAD_LETTER_ID),
    },
    ("redriveDeadLetter", 202): {"getContent": _to("getContent", "$response.body#/redriven/0")},
}
"""The links of operations' answers, by their status."""


def group_of(path: str) -> str:
    """The group that an endpoint is in."""
    return _PLACES.get(path.split("/")[1], "Operations")


def links(operation: str, status: int) -> dict[str, Any]:
    """The links of an operation's response."""
    return _LINKS.get((operation, status), {})
