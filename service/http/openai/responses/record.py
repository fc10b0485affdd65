"""The state of a request as a response object."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from service.http.calls.kept import kept_of
from service.http.calls.pictures import picture_as_base64
from service.http.calls.results import failure, origin_of
from service.http.openai.chat.answer import finish_reason
from service.http.openai.responses.parameters import KeptResponse
from service.http.openai.shapes import usage_of
from service.http.services import Services
from service.messages import Status
from service.store.sql.events import EventLog
from service.store.sql.requests.request_records import Request

PREFIX = "resp_"  # before the id of the request
PLAIN = {"format": {"type": "text"}}
"""The form of a text if the call names none."""

ResponseStatus = Literal["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]
STATUSES: dict[Status, ResponseStatus] = {
    "queued": "queued",
    "generating": "in_progress",
    "completed": "completed",
    "failed": "failed",
    "expired": "failed",
    "cancelled": "cancelled",
}


class ResponseObject(msgspec.Struct):
    """A response, finished or not; `output` is there when it is complete."""

    id: str
    created_at: int
    status: ResponseStatus
    model: str
    output: list[dict[str, Any]]
    metadata: dict[str, str]
    instructions: str | None
    background: bool
    error: dict[str, str] | None
    incomplete_details: dict[str, str] | None
    usage: dict[str, Any] | None
    max_output_tokens: int | None
    temperature: float | None
    top_p: float | None
    tools: list[dict[str, Any]]
    text: dict[str, Any] = msgspec.field(default_factory=lambda: PLAIN)
    tool_choice: Literal["auto"] = "auto"
    parallel_tool_calls: bool = False
    previous_response_id: None = None
    truncation: Literal["disabled"] = "disabled"
    object: Literal["response"] = "response"


def begun(request: Request) -> ResponseObject:
    """The response of a request that has just been accepted."""
    kept = kept_of(request, KeptResponse)
    return ResponseObject(
        PREFIX + request.id,
        int(request.created_at),
        "queued",
        kept.model or request.tag,
        [],
        kept.metadata,
        kept.instructions,
        kept.background,
        None,
        None,
        None,
        kept.max_output_tokens,
        kept.temperature,
        kept.top_p,
        kept.tools,
        kept.text or PLAIN,
    )


async def response_of(services: Services, log: EventLog) -> ResponseObject:
    """The response as it is now, with its picture in base64. Raises Problem."""
    response = begun(log.record.request)
    response.status = STATUSES[log.record.status]
    if log.record.status in {"failed", "expired"}:
        problem = failure(log)
        code = problem.more["code"] if problem else ""
        response.error = {"code": code, "message": str(problem)}
    if log.record.status != "completed":
        return response
    origin = origin_of(log.record)
    response.model = origin.get("model") or response.model
    response.usage = _usage(log)
    response.output = await output_of(services, log)
    if finish_reason(response.max_output_tokens, origin) == "length":
        response.status = "incomplete"
        response.incomplete_details = {"reason": "max_output_tokens"}
    return response


async def output_of(services: Services, log: EventLog) -> list[dict[str, Any]]:
    """The text and the picture of a completed request, as items. Raises Problem."""
    id_ = log.record.request.id
    items: list[dict[str, Any]] = []
    tools = kept_of(log.record.request, KeptResponse).tools
    formats = (tool["output_format"] for tool in tools if "output_format" in tool)
    media_type = f"image/{next(formats, 'png')}"
    for part in sorted(log.record.parts, key=lambda part: part.kind != "text"):
        if part.image_uri:
            data = await picture_as_base64(services, part.image_uri, media_type)
            items.append(picture_item(id_, "completed", data))
        if part.text is not None:
            items.append(message_item(id_, "completed", [text_part(part.text)]))
    return items


def picture_item(id_: str, status: str, result: str | None = None) -> dict[str, Any]:
    """The item of a picture, finished or being made."""
    return {"type": "image_generation_call", "id": f"ig_{id_}", "status": status, "result": result}


def message_item(id_: str, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    """A text as a message."""
    return {
        "type": "message",
        "id": f"msg_{id_}",
        "status": status,
        "role": "assistant",
        "content": content,
    }


def text_part(text: str) -> dict[str, Any]:
    """The text of a message."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(log: EventLog) -> dict[str, Any] | None:
    origin = origin_of(log.record)
    usage = usage_of([origin])
    if usage is None or usage.total_tokens is None:
        return None  # these clients expect all numbers or none
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": origin.get("cached_tokens", 0)},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": origin.get("reasoning_tokens", 0)},
        "total_tokens": usage.total_tokens,
    }
