"""The endpoints of this API, for the route table."""

from __future__ import annotations

from service.http.calls.accepting import AnyParameters
from service.http.endpoint import Endpoint
from service.http.replicate import (
    models,
    prediction_parameters,
    predictions,
    stream,
    webhook_secret,
)
from service.http.replicate.prediction import PREFIX, PredictionPageResponse, PredictionResponse

CREATING = {201: PredictionResponse, 202: PredictionResponse}
REFUSALS = ("not-found", "idempotency-key-reused", "queue-full", "too-late", "gone", "unavailable")
HEADERS = {
    "Idempotency-Key": "A prompt sent several times with the same key makes one prediction.",
    "Prefer": "`wait` or `wait=N`: seconds to wait for the end.",
    prediction_parameters.CANCEL_AFTER: "A deadline such as `90s` or `1m30s`.",
}
WITH_BODY = ("invalid-request", "request-timeout", "too-large", "unsupported-media-type")
"""Problems with a body that is not expected."""
MODEL = f"{PREFIX}/models/{{owner}}/{{name}}"

REPLICATE_ENDPOINTS = [
    Endpoint(
        "POST",
        f"{PREFIX}/predictions",
        predictions.create_prediction,
        "Start a prediction by a version (Replicate's API)",
        prediction_parameters.CreatePredictionParameters,
        CREATING,
        REFUSALS,
        {"version": "text", "input": {"prompt": "Rain in Lisbon"}},
        HEADERS,
    ),
    Endpoint(
        "POST",
        f"{MODEL}/predictions",
        predictions.create_model_prediction,
        "Start a prediction by a model (Replicate's API)",
        prediction_parameters.CreateModelPredictionParameters,
        CREATING,
        REFUSALS,
        {"input": {"prompt": "Rain in Lisbon"}},
        HEADERS,
    ),
    Endpoint(
        "GET",
        f"{PREFIX}/predictions",
        predictions.list_predictions,
        "Predictions, newest first (Replicate's API)",
        prediction_parameters.ListPredictionsParameters,
        {200: PredictionPageResponse},
        ("unavailable",),
    ),
    Endpoint(
        "GET",
        f"{PREFIX}/predictions/{{prediction}}",
        predictions.get_prediction,
        "A prediction (Replicate's API)",
        AnyParameters,
        {200: PredictionResponse},
        ("not-found", "gone", "unavailable"),
    ),
    Endpoint(
        "POST",
        f"{PREFIX}/predictions/{{prediction}}/cancel",
        predictions.cancel_prediction,
        "Cancel a prediction (Replicate's API)",
        None,
        {200: PredictionResponse},
        ("not-found", "gone", "unavailable", *WITH_BODY),
    ),
    Endpoint(
        "GET",
        f"{PREFIX}/predictions/{{prediction}}/stream",
        stream.stream_prediction,
        "The output of a prediction as it grows (Replicate's API)",
        AnyParameters,
        {200: "text/event-stream"},
        ("not-found", "gone", "too-many-connections", "unavailable"),
        headers={"Last-Event-ID": "The id of the last event that the client has."},
    ),
    Endpoint(
        "GET",
        MODEL,
        models.get_hosted_model,
        "A model (Replicate's API)",
        AnyParameters,
        {200: models.HostedModelResponse},
    ),
    Endpoint(
        "GET",
        f"{MODEL}/versions",
        models.list_model_versions,
        "The versions of a model (Replicate's API)",
        AnyParameters,
        {200: models.ModelVersionPageResponse},
    ),
    Endpoint(
        "GET",
        f"{MODEL}/versions/{{version}}",
        models.get_model_version,
        "A version of a model (Replicate's API)",
        AnyParameters,
        {200: models.ModelVersionResponse},
    ),
    Endpoint(
        "GET",
        f"{PREFIX}/webhooks/default/secret",
        webhook_secret.get_webhook_secret,
        "The secret of webhooks (Replicate's API)",
        AnyParameters,
        {200: webhook_secret.WebhookSecretResponse},
    ),
]
