"""A request as fal's clients see it: its state, its result, and the body of its webhook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from service.addresses import absolute
from service.http.calls.kept import Kept, kept_of
from service.http.calls.results import failure, origin_of, picture_of, reason_of, text_of
from service.http.fal.errors import error_type
from service.messages import Status
from service.store.media.names import ADDRESS, MEDIA_TYPES
from service.store.sql.events import Event, EventLog
from service.store.sql.requests.request_records import Record, Request, iso

QueueStatus = Literal["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]
STATUSES: dict[Status, QueueStatus] = {"queued": "IN_QUEUE", "generating": "IN_PROGRESS"}
"""All other statuses are `COMPLETED`; whether the request failed is in `error`."""


class KeptRun(Kept):
    """What is kept with a request: the name of the app, which addresses repeat."""

    door: str = "fal"
    app: str = ""


class QueuedResponse(msgspec.Struct, omit_defaults=True):
    """A request in the queue, at work, or over."""

    status: QueueStatus
    request_id: str
    response_url: str
    status_url: str
    cancel_url: str
    queue_position: int | None = None
    logs: list[dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET
    metrics: dict[str, float] | msgspec.UnsetType = msgspec.UNSET
    error: str | None = None
    error_type: str | None = None


class CancelRequestedResponse(msgspec.Struct):
    """The request is cancelled."""

    status: Literal["CANCELLATION_REQUESTED"] = "CANCELLATION_REQUESTED"


class FalImageResponse(msgspec.Struct):
    """A picture: the address of its file."""

    url: str
    content_type: str
    file_name: str
    width: int | None
    height: int | None


class FalResultResponse(msgspec.Struct, omit_defaults=True):
    """The text in `output`, the picture in `images`; `model` is what made them."""

    prompt: str
    seed: int
    model: str | None
    output: str | None = None
    images: list[FalImageResponse] = msgspec.field(default_factory=list)
    timings: dict[str, float] = msgspec.field(default_factory=dict)


def queued_of(
    log: EventLog, root: str, position: int = 0, logs: list[dict[str, Any]] | None = None
) -> QueuedResponse:
    """The state of a request; addresses begin with `root`."""
    record = log.record
    state = in_queue(record.request, root)
    state.status = STATUSES.get(record.status, "COMPLETED")
    if state.status == "IN_QUEUE":
        state.queue_position = position
        return state
    state.queue_position = None
    state.logs = logs or []
    if state.status == "COMPLETED":
        state.metrics = timings_of(record)
        if problem := failure(log):
            state.error = str(problem)
            state.error_type = error_type(problem.more, problem.kind.slug)
    return state


def in_queue(request: Request, root: str) -> QueuedResponse:
    """A request that was just accepted."""
    app = kept_of(request, KeptRun).app or f"feedmill/{request.tag}"
    own = f"{root}/fal/{app}/requests/{request.id}"
    return QueuedResponse("IN_QUEUE", request.id, own, f"{own}/status", f"{own}/cancel", 0)


def result_of(record: Record, root: str) -> FalResultResponse:
    """The result of a completed request."""
    part, request = picture_of(record), record.request
    images = []
    if part is not None and part.image_uri is not None:
        origin, uri = part.origin or {}, part.image_uri
        address = ADDRESS.fullmatch(uri)
        images.append(
            FalImageResponse(
                absolute(uri, root),
                MEDIA_TYPES[address[2]] if address else "application/octet-stream",
                uri.rpartition("/")[2],
                origin.get("width"),
                origin.get("height"),
            )
        )
    return FalResultResponse(
        request.prompt,
        request.seed,
        origin_of(record).get("model"),
        text_of(record),
        images,
        timings_of(record),
    )


def timings_of(record: Record) -> dict[str, float]:
    """The seconds of work, if it began."""
    if record.started_at is None or record.finished_at is None:
        return {}
    return {"inference_time": round(record.finished_at - record.started_at, 6)}


def logs_of(record: Record, events: Sequence[Event]) -> list[dict[str, Any]]:
    """What happened to a request, as lines of a log."""
    lines = []
    for event in events:
        data = msgspec.json.decode(event.data)
        at = iso(record.started_at or record.request.created_at)
        if event.name == "started":
            message = f"Attempt {data['attempt']} at the {data['part']} has begun."
        elif event.name == "queued" and "retry_at" in data:
            message, at = f"The {data['part']} is tried again.", data["retry_at"]
        elif event.name == "image.ready":
            message = "The picture is drawn."
        else:
            continue
        lines.append({"message": message, "timestamp": at, "level": "INFO", "source": "feedmill"})
    return lines


def webhook_body(log: EventLog, root: str) -> dict[str, Any]:
    """What the webhook of a request gets when it is final."""
    id_ = log.record.request.id
    body: dict[str, Any] = {"request_id": id_, "gateway_request_id": id_}
    if log.record.status == "completed":
        result = msgspec.to_builtins(result_of(log.record, root))
        return {**body, "status": "OK", "error": None, "payload": result}
    reason = reason_of(log.record)
    return {**body, "status": "ERROR", "error": reason, "payload": {"detail": reason}}
