"""Descriptions of the fields of this API, for the API document."""

from __future__ import annotations

_CREATE = {
    "input": "The prompt and the fields of a model; Feedmill's own fields may be here, too.",
    "seed": "In `input`.",
    "n": "In `input`: 1.",
    "stream": "Has no effect: every prediction has a stream.",
    "webhook": "A URL that gets the final prediction, signed after Standard Webhooks.",
    "webhook_completed": "The same, under its older name.",
    "webhook_events_filter": "Without `completed` in it, nothing is sent.",
}

REPLICATE_FIELDS: dict[str, dict[str, str]] = {
    "CreatePrediction": {
        **_CREATE,
        "version": "`text`, `image` or `instagram`, or the name of any model.",
    },
    "CreateModelPrediction": _CREATE,
    "Prediction": {
        "id": "The id of the request.",
        "model": "The model that made the output, or the wanted one before.",
        "version": "What the client asked for, or what it makes.",
        "input": "The prompt, and the short values of known fields that the client sent.",
        "output": "A text, the address of a picture, or both; null before the end.",
        "status": "The state: the last three are final.",
        "error": "Why it failed; null otherwise.",
        "created_at": "When it was accepted.",
        "started_at": "When the first part began; null before.",
        "completed_at": "When it was final; null before.",
        "urls": "Where to read, cancel and follow it. The stream needs no key for an hour.",
        "metrics": "Seconds of work and in total, and tokens if they are counted.",
        "logs": "Always empty.",
        "data_removed": "Always false.",
        "source": "Always the same.",
    },
    "PredictionPage": {
        "results": "The predictions; long prompts are shortened.",
        "next": "The address of the next page; null on the last one.",
        "previous": "Always null.",
    },
    "HostedModel": {
        "url": "Its address.",
        "owner": "Its owner, as in the address.",
        "name": "Its name, as in the address.",
        "description": "What it makes.",
        "latest_version": "Its version.",
        "run_count": "Always 0.",
        **dict.fromkeys(
            (
                "visibility",
                "github_url",
                "paper_url",
                "license_url",
                "cover_image_url",
                "default_example",
            ),
            "Always the same.",
        ),
    },
    "ModelVersion": {
        "id": "What the version makes, or the id in the address.",
        "openapi_schema": "An OpenAPI document with the schemas `Input` and `Output`.",
        "created_at": "Always the same.",
        "cog_version": "Always the same.",
    },
    "ModelVersionPage": {
        "results": "The one version.",
        "next": "Always null.",
        "previous": "Always null.",
    },
    "WebhookSecret": {"key": "`whsec_` and the secret in base64."},
}
