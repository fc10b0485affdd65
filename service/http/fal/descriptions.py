"""Descriptions of the fields of this API, for the API document."""

from __future__ import annotations

from service.http.calls.descriptions import MODEL_INPUT

FAL_FIELDS: dict[str, dict[str, str]] = {
    "SubmitFalRequest": {
        **MODEL_INPUT,
        "fal_webhook": "A URL that gets the result, signed after Standard Webhooks.",
    },
    "FalStatus": {"logs": "`1` or `true`: whether the answer says what happened."},
    "Queued": {
        "status": "The state; a completed one may have failed.",
        "request_id": "The id of the request.",
        "response_url": "The address of the result.",
        "status_url": "The address of the state.",
        "cancel_url": "The address to cancel it at, by PUT.",
        "queue_position": "Parts that are before it; only while it waits.",
        "logs": "What happened to it; only once it began.",
        "metrics": "Seconds of work; only at the end.",
        "error": "Why there is no result.",
        "error_type": "The same for programs.",
    },
    "CancelRequested": {"status": "Always the same."},
    "FalImage": {
        "url": "The whole address of the file.",
        "content_type": "The type of the file.",
        "file_name": "The name of the file.",
    },
    "FalResult": {
        "prompt": "What the client sent.",
        "seed": "The seed that made it.",
        "model": "The model that made it.",
        "output": "The text, if there is one.",
        "images": "The picture, if there is one.",
        "timings": "Seconds of work.",
    },
}
