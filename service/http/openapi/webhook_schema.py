"""The body of a webhook, for the API document; the notifier makes it from the last event."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from service.messages import Status, Tag

HEADERS = {
    "webhook-id": "The same for every attempt at a delivery: remember the ids that you have seen.",
    "webhook-timestamp": "When this attempt began, in seconds since the epoch.",
    "webhook-signature": "`v1,` and a base64 HMAC-SHA256, one for each secret in force.",
}


class EndedContent(msgspec.Struct):
    """The end of a request, as in the last of its events."""

    id: str
    tag: Tag
    status: Status
    text: str | None
    imageUri: str | None  # noqa: N815 - the name in the contract
    error: str | None
    created_at: str
    started_at: str | None
    completed_at: str


class WebhookEvent(msgspec.Struct):
    """A request has ended (Standard Webhooks). `event_id` is that of the last of its events."""

    type: Literal["content.completed", "content.failed", "content.cancelled", "content.expired"]
    timestamp: str
    data: EndedContent
    event_id: str


def webhooks(schema: dict[str, str], example: WebhookEvent) -> dict[str, Any]:
    """The section `webhooks` of the API document."""
    return {
        "content.ended": {
            "post": {
                "summary": "A request has ended",
                "operationId": "ended",
                "description": "Sent to the `webhook` of a request, after Standard Webhooks.",
                "tags": ["Content"],
                "parameters": [
                    {
                        "name": name,
                        "in": "header",
                        "required": True,
                        "description": text,
                        "schema": {"type": "string"},
                    }
                    for name, text in HEADERS.items()
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": schema,
                            "example": msgspec.to_builtins(example),
                        }
                    },
                },
                "responses": {
                    "2XX": {"description": "Received"},
                    "410": {"description": "Send nothing to this URL any more"},
                    "default": {"description": "The delivery is retried later"},
                },
            }
        }
    }
