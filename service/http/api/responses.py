"""Responses: the structs that handlers send; the API document describes them from here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from service.http.negotiation import has, header
from service.http.server.json_response import JsonResponse
from service.messages import Kind, Priority, Status, Tag

_encode = msgspec.json.Encoder().encode


class WelcomeResponse(msgspec.Struct):
    """The answer at `/` for clients other than browsers."""

    message: str


class AcceptedResponse(msgspec.Struct):
    """The request is durably accepted; read it with its id.

    With `n` there is a `group`, and `RequestIds` has all its requests; `RequestId` is the first.
    """

    message: str
    RequestId: str
    group: str | UnsetType = UNSET
    RequestIds: list[str] | UnsetType = UNSET


class ContentStatusResponse(msgspec.Struct):
    """The state of a request. The four keys are always there, null where they do not apply."""

    status: Status
    text: str | None
    imageUri: str | None  # noqa: N815 - the name in the contract
    error: str | None


class ContentPartResponse(msgspec.Struct):
    """One part of a request. Times in seconds; `missing` is what could not be drawn.

    `alt` says what is in the picture; null if its generator does not say.
    """

    status: str
    attempts: int
    error: str | None = None
    generator: str | None = None
    model: str | None = None
    seed: int | None = None
    seconds: float | None = None
    started_at: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    width: int | None = None
    height: int | None = None
    missing: list[str] = []
    alt: str | None = None
    cost: float | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class UsedResponse(msgspec.Struct):
    """What results have used. Tokens are 0 where no generator counts them; `cost` null if unknown.

    `seconds` are those of generation; attempts that failed are not in it.
    """

    prompt_tokens: int
    completion_tokens: int
    pictures: int
    seconds: float
    cost: float | None


class ContentRecordResponse(msgspec.Struct):
    """The whole record of a request; `event_id` is the last event of its log that is in it."""

    id: str
    tag: Tag
    prompt: str
    status: Status
    text: str | None
    imageUri: str | None  # noqa: N815 - the name in the contract
    error: str | None
    created_at: str
    started_at: str | None
    completed_at: str | None
    position: int | None
    eta_seconds: float | None
    paused: bool
    attempts: int
    seed: int
    user_id: str | None
    publish: bool
    priority: Priority
    group: str | None
    options: dict[str, Any]
    image: str | None
    webhook: str | None
    note: str | None
    event_id: str
    model: str | dict[Kind, str]
    wanted_model: str | dict[Kind, str]
    parts: dict[Kind, ContentPartResponse]
    usage: UsedResponse


class ContentSummaryResponse(msgspec.Struct):
    """A request in a list. A long `prompt` is shortened; `GET /content/{id}` has the whole one."""

    id: str
    tag: Tag
    prompt: str
    status: Status
    text: str | None
    imageUri: str | None  # noqa: N815 - the name in the contract
    error: str | None
    created_at: str
    started_at: str | None
    completed_at: str | None
    group: str | None


class ContentPageResponse(msgspec.Struct):
    """A page of requests, newest first; `next` is the cursor of the page after it."""

    requests: list[ContentSummaryResponse]
    next: str | None


class PostResponse(msgspec.Struct):
    """A post in a feed."""

    id: str
    title: str
    content: str
    imageUri: str | None  # noqa: N815 - the name in the contract
    created_at: str


class GeneratedTextResponse(msgspec.Struct):
    """One text, generated at once."""

    text: str
    model: str | None


class GeneratedImageResponse(msgspec.Struct):
    """One picture, generated at once."""

    imageUri: str  # noqa: N815 - the name in the contract
    model: str | None
    width: int | None
    height: int | None
    missing: list[str]
    alt: str


class CancelledResponse(msgspec.Struct):
    """The request is cancelled; a running generation is interrupted."""

    id: str
    status: Status


class FailedAttemptResponse(msgspec.Struct):
    """One attempt that failed. `seconds` is how long it took.

    `detail` is for operators: the address, status and answer of a model server, without possible
    secrets.
    """

    part: Kind
    attempt: int
    started_at: str
    seconds: float
    generator: str
    reason: str
    detail: str | None


class DeadLetterResponse(msgspec.Struct):
    """A request that failed for good, with all its attempts.

    A long `prompt` is shortened; `GET /content/{id}` has the whole one.
    """

    id: str
    tag: Tag
    prompt: str
    error: str
    created_at: str
    failed_at: str
    history: list[FailedAttemptResponse]


class DeadLetterPageResponse(msgspec.Struct):
    """A page of dead letters, newest first; `next` is the cursor of the page after it."""

    dead_letters: list[DeadLetterResponse]
    next: str | None


class RedrivenResponse(msgspec.Struct):
    """The requests that are queued again."""

    redriven: list[str]


class RedrivenPageResponse(RedrivenResponse):
    """A page of dead letters that are queued again; `next` is the cursor of the page after it."""

    next: str | None


class WebhookAttemptResponse(msgspec.Struct):
    """One attempt at a delivery: the status of the answer, if any, and why it failed, if it did."""

    number: int
    at: str
    seconds: float
    status_code: int | None
    reason: str | None


class WebhookDeliveryResponse(msgspec.Struct):
    """One event for the webhook. `id` is the `webhook-id`, the same at every attempt.

    `next_attempt_at` is null when no attempt follows, and while it waits for an earlier delivery to
    the same URL.
    """

    id: str
    event_id: str
    type: str
    url: str
    status: Literal["pending", "sending", "delivered", "failed", "disabled"]
    ended_at: str
    next_attempt_at: str | None
    attempts: list[WebhookAttemptResponse]


class WebhookDeliveriesResponse(msgspec.Struct):
    """The deliveries to the webhook of a request, oldest first."""

    deliveries: list[WebhookDeliveryResponse]


class RedeliveredResponse(msgspec.Struct):
    """The delivery is sent again, and its URL enabled if it was disabled."""

    redelivered: str


class ReadinessResponse(msgspec.Struct, omit_defaults=True):
    """Whether the service can work; `waiting_for` names what is missing.

    `paused` names the pools that are paused, `unavailable` the models that cannot work and whose
    requests go on elsewhere, or which are no default; both say why, and are not there if none is.
    `clock` says that this machine's clock is more than a second wrong, beside the database's.
    """

    ready: bool
    waiting_for: dict[str, str]
    paused: dict[str, str] = {}
    unavailable: dict[str, str] = {}
    clock: str = ""


class LivenessResponse(msgspec.Struct):
    """The event loop runs."""

    alive: bool


def json_reply(
    body: msgspec.Struct, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.StreamResponse:
    """A struct as a JSON response."""
    return JsonResponse(_encode(body), status, headers)


def json_reply_with_etag(
    request: web.Request, body: msgspec.Struct, headers: Mapping[str, str]
) -> web.StreamResponse:
    """A struct with an ETag: 304 without a body if the client has this version."""
    encoded = _encode(body)
    etag = f'"{hashlib.blake2b(encoded, digest_size=12).hexdigest()}"'
    headers = {**headers, "ETag": etag, "Cache-Control": "private, no-cache"}
    if has(header(request, "If-None-Match"), etag):
        return web.Response(status=304, headers=headers)
    return JsonResponse(encoded, headers=headers)
