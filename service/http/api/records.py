"""The whole record of a request, as clients see it."""

from __future__ import annotations

from typing import Any

from service.generators.protocol import CHAT, chat_request
from service.http.api.responses import ContentPartResponse, ContentRecordResponse, UsedResponse
from service.http.api.submission.input_pictures import input_address
from service.http.parameters.types import GeneratorOptions
from service.messages import PARTS, Kind, Options
from service.store.sql.events import EventLog
from service.store.sql.requests.request_records import Part, Position, Record, iso

# what other APIs keep with a request for themselves is not shown
PUBLIC_OPTIONS = frozenset(GeneratorOptions.__struct_fields__)


def full(log_: EventLog, place: Position | None) -> ContentRecordResponse:
    """The whole record of a request; `place` is its position in the queue."""
    record, request = log_.record, log_.record.request
    parts: dict[Kind, Part] = {part.kind: part for part in record.parts}
    text, image = parts.get("text"), parts.get("image")
    return ContentRecordResponse(
        id=request.id,
        tag=request.tag,
        prompt=request.prompt,
        status=record.status,
        text=text.text if text else None,
        imageUri=image.image_uri if image else None,
        error=record.error,
        created_at=iso(request.created_at) or "",
        started_at=iso(record.started_at),
        completed_at=iso(record.finished_at),
        position=place.position if place else None,
        eta_seconds=place.eta if place else None,
        paused=bool(place and place.paused),
        attempts=max((part.attempts for part in record.parts), default=0),
        seed=request.seed,
        user_id=request.user_id,
        publish=request.publish,
        priority=request.priority,
        group=request.group,
        options=_public(request.options),
        image=input_address(request.id, request.options),
        webhook=request.webhook,
        note=record.note,
        event_id=str(log_.newest if log_.final else log_.last),
        model=_models({kind: made_by(kind, record) for kind in PARTS[request.tag]}),
        wanted_model=_models(request.pools),
        parts={kind: _part(parts.get(kind)) for kind in PARTS[request.tag]},
        usage=_used(record),
    )


def _public(options: Options) -> dict[str, Any]:
    """The options as they were sent; a conversation is not repeated."""
    shown = {name: value for name, value in options.items() if name in PUBLIC_OPTIONS}
    return shown | chat_request(str(options[CHAT])).extras if CHAT in options else shown


def made_by(kind: Kind, record: Record) -> str:
    """The model that made a part, or at which it is."""
    part = next((part for part in record.parts if part.kind == kind), None)
    if part is not None and part.origin:
        return str(part.origin.get("pool") or kind)
    return record.waiting.pools[kind]


def _models(names: dict[Kind, str]) -> str | dict[Kind, str]:
    """The name of the one part's model, or those of both."""
    return dict(names) if len(names) > 1 else next(iter(names.values()))


def _used(record: Record) -> UsedResponse:
    """What the results of a request have used."""
    done = [part for part in record.parts if part.status == "completed"]
    origins = [part.origin or {} for part in done]
    costs = [origin["cost"] for origin in origins if "cost" in origin]
    return UsedResponse(
        sum(origin.get("prompt_tokens", 0) for origin in origins),
        sum(origin.get("completion_tokens", 0) for origin in origins),
        sum(part.kind == "image" for part in done),
        round(sum(origin.get("seconds", 0.0) for origin in origins), 4),
        sum(costs) if costs else None,
    )


def _part(part: Part | None) -> ContentPartResponse:
    if part is None:
        return ContentPartResponse("queued", 0)
    origin: dict[str, Any] = dict(part.origin or {})
    origin.pop("worker", None)  # its name has the machine's in it
    origin.pop("pool", None)
    origin["started_at"] = iso(origin.get("started_at"))
    return ContentPartResponse(part.status, part.attempts, part.error, **origin)
