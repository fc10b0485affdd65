"""A request as a prediction, in answers and in webhooks."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from service.addresses import absolute
from service.http.calls.kept import Kept, kept_of
from service.http.calls.model_input import ModelInput
from service.http.calls.results import origin_of, picture_of, reason_of, text_of
from service.http.guards.stream_proof import PROOF, StreamProofs
from service.messages import Status
from service.store.sql.events import EventLog
from service.store.sql.requests.request_listing import ListedRequest
from service.store.sql.requests.request_records import Record, iso

PREFIX = "/replicate/v1"
OWNER = "feedmill"  # of models that are named without one

PredictionStatus = Literal["starting", "processing", "succeeded", "failed", "canceled"]
STATUSES: dict[Status, PredictionStatus] = {
    "queued": "starting",
    "generating": "processing",
    "completed": "succeeded",
    "failed": "failed",
    "expired": "failed",
    "cancelled": "canceled",
}

KNOWN = {field.encode_name for field in msgspec.structs.fields(ModelInput)} - {"prompt"}
MAX_KEPT_CHARACTERS = 200  # of a text in the input that is returned


class KeptPrediction(Kept):
    """What is kept with a request: the name of the model, and the input besides the prompt."""

    door: str = "replicate"
    model: str = ""
    version: str = ""
    input: dict[str, Any] = msgspec.field(default_factory=dict)


class PredictionResponse(msgspec.Struct):
    """A prediction, finished or not."""

    id: str
    model: str
    version: str
    input: dict[str, Any]
    output: str | dict[str, str] | None
    status: PredictionStatus
    error: str | None
    created_at: str
    started_at: str | None
    completed_at: str | None
    urls: dict[str, str]
    metrics: dict[str, float]
    logs: str = ""
    data_removed: bool = False
    source: Literal["api"] = "api"


class PredictionPageResponse(msgspec.Struct):
    """A page of predictions, newest first; `next` is the address of the page after it."""

    results: list[PredictionResponse]
    next: str | None
    previous: None = None


def kept_input(given: dict[str, Any]) -> dict[str, Any]:
    """The input to return besides the prompt: short values of known fields.

    It travels with the request, and unknown fields may be keys for other services.
    """
    return {
        name: value
        for name, value in given.items()
        if name in KNOWN
        and (
            len(value) <= MAX_KEPT_CHARACTERS
            if isinstance(value, str)
            else value is None or (isinstance(value, bool | int | float) and abs(value) < 2**63)
        )
    }


def prediction_of(
    log: EventLog, root: str, proofs: StreamProofs | None = None
) -> PredictionResponse:
    """The prediction as it is now; addresses in it begin with `root`.

    With `proofs` the address of its stream needs no key.
    """
    record = log.record
    request = record.request
    kept = kept_of(request, KeptPrediction)
    done = record.status == "completed"
    origin = origin_of(record) if done else {}
    return PredictionResponse(
        request.id,
        origin.get("model") or kept.model or f"{OWNER}/{request.tag}",
        kept.version or request.tag,
        {"prompt": request.prompt, **kept.input},
        _output(text_of(record), _picture(record, root)) if done else None,
        STATUSES[record.status],
        reason_of(record) if record.status in {"failed", "expired"} else None,
        iso(request.created_at) or "",
        iso(record.started_at),
        iso(record.finished_at),
        _urls(request.id, root, proofs),
        _metrics(record),
    )


def listed_prediction(listed: ListedRequest, root: str, proofs: StreamProofs) -> PredictionResponse:
    """A request in a list; its prompt may be shortened."""
    picture = None if listed.image_uri is None else absolute(listed.image_uri, root)
    failed = listed.status in {"failed", "expired"}
    return PredictionResponse(
        listed.id,
        f"{OWNER}/{listed.tag}",
        listed.tag,
        {"prompt": listed.prompt},
        _output(listed.text, picture) if listed.status == "completed" else None,
        STATUSES[listed.status],
        listed.error or f"The request was {listed.status}." if failed else None,
        iso(listed.created_at) or "",
        iso(listed.started_at),
        iso(listed.finished_at),
        _urls(listed.id, root, proofs),
        {},
    )


def webhook_body(log: EventLog, root: str) -> dict[str, Any]:
    """The prediction that a webhook gets when it is final."""
    body: dict[str, Any] = msgspec.to_builtins(prediction_of(log, root))
    return body


def _picture(record: Record, root: str) -> str | None:
    part = picture_of(record)
    return None if part is None else absolute(part.image_uri or "", root)


def _output(text: str | None, picture: str | None) -> str | dict[str, str] | None:
    """A text, the address of a picture, or both."""
    if text is None or picture is None:
        return picture if text is None else text
    return {"text": text, "image": picture}


def _urls(id_: str, root: str, proofs: StreamProofs | None) -> dict[str, str]:
    own = f"{root}{PREFIX}/predictions/{id_}"
    stream = f"{own}/stream" + (f"?{PROOF}={proofs.make(id_)}" if proofs else "")
    return {"get": own, "cancel": f"{own}/cancel", "stream": stream}


def _metrics(record: Record) -> dict[str, float]:
    """The seconds that it took, and the tokens if the generator counts them."""
    metrics: dict[str, float] = {}
    if record.started_at is not None and record.finished_at is not None:
        metrics["predict_time"] = round(record.finished_at - record.started_at, 6)
    if record.finished_at is not None:
        metrics["total_time"] = round(record.finished_at - record.request.created_at, 6)
    origin = origin_of(record)
    tokens = {"prompt_tokens": "input_token_count", "completion_tokens": "output_token_count"}
    return metrics | {
        name: origin[ours] for ours, name in tokens.items() if origin.get(ours) is not None
    }
