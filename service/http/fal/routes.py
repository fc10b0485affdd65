"""The endpoints of this API, for the route table."""

from __future__ import annotations

from service.http.calls.accepting import AnyParameters
from service.http.endpoint import Endpoint
from service.http.fal import proxy, queue, shapes, stream
from service.http.fal.proxy import TARGET
from service.http.fal.queue import PRIORITY, START_TIMEOUT

REFUSALS = ("not-found", "idempotency-key-reused", "queue-full", "too-late", "gone", "unavailable")
SUBMITTING = {
    "Idempotency-Key": "A prompt sent several times with the same key makes one request.",
    PRIORITY: "`low` or `normal`.",
    START_TIMEOUT: "Seconds in which it must begin.",
}
TARGETS = {TARGET: "The address of fal that the client means."}
EITHER = {200: "application/*"}  # a state or a result
EXAMPLE = {"prompt": "A red fox in the snow", "image_size": "square_hd"}
ONE = "/fal/{app}/requests/{request}"

FAL_ENDPOINTS = [
    Endpoint(
        "GET",
        "/fal/proxy",
        proxy.read_through_proxy,
        "Read through the proxy (fal's API)",
        AnyParameters,
        {**EITHER, 202: shapes.QueuedResponse},
        ("generation-failed", "not-found", "gone", "unavailable"),
        headers=TARGETS,
    ),
    Endpoint(
        "POST",
        "/fal/proxy",
        proxy.submit_through_proxy,
        "Submit through the proxy (fal's API)",
        queue.SubmitFalRequestParameters,
        EITHER,
        ("generation-failed", *REFUSALS),
        EXAMPLE,
        {**SUBMITTING, **TARGETS},
    ),
    Endpoint(
        "PUT",
        "/fal/proxy",
        proxy.cancel_through_proxy,
        "Cancel through the proxy (fal's API)",
        AnyParameters,
        {202: shapes.CancelRequestedResponse},
        ("not-found", "gone", "unavailable"),
        headers=TARGETS,
    ),
    Endpoint(
        "POST",
        "/fal/run/{app}",
        queue.run_fal_app,
        "Run an app (fal's API)",
        queue.SubmitFalRequestParameters,
        {200: shapes.FalResultResponse},
        ("generation-failed", *REFUSALS),
        EXAMPLE,
        SUBMITTING,
    ),
    Endpoint(
        "GET",
        f"{ONE}/status/stream",
        stream.stream_fal_status,
        "The state of a request as it changes (fal's API)",
        queue.FalStatusParameters,
        {200: "text/event-stream"},
        ("not-found", "gone", "too-many-connections", "unavailable"),
    ),
    Endpoint(
        "GET",
        f"{ONE}/status",
        queue.get_fal_status,
        "The state of a request (fal's API)",
        queue.FalStatusParameters,
        {200: shapes.QueuedResponse, 202: shapes.QueuedResponse},
        ("not-found", "gone", "unavailable"),
    ),
    Endpoint(
        "PUT",
        f"{ONE}/cancel",
        queue.cancel_fal_request,
        "Cancel a request (fal's API)",
        AnyParameters,
        {202: shapes.CancelRequestedResponse},
        ("not-found", "gone", "unavailable"),
    ),
    Endpoint(
        "GET",
        ONE,
        queue.get_fal_result,
        "The result of a request (fal's API)",
        AnyParameters,
        {200: shapes.FalResultResponse},
        ("generation-failed", "not-found", "gone", "unavailable"),
    ),
    Endpoint(
        "POST",
        "/fal/{app}",
        queue.submit_fal_request,
        "Submit to the queue (fal's API)",
        queue.SubmitFalRequestParameters,
        {200: shapes.QueuedResponse},
        REFUSALS,
        EXAMPLE,
        SUBMITTING,
    ),
]
