"""Submission: a request, or `n` variants of it, accepted together or not at all."""

from __future__ import annotations

import random
from typing import Protocol

import msgspec
from aiohttp import web
from msgspec import UnsetType

from service import clock
from service.http.api.submission.acceptance import accept
from service.http.api.submission.idempotency import check_same
from service.http.api.submission.synchronous import REPLAYED
from service.http.guards.access import caller, check_user
from service.http.guards.connection_limits import Counted
from service.http.guards.rate_limiting import ADDRESS, networks, site, take_more_tokens
from service.http.parameters.parse import refusal
from service.http.parameters.types import SEED_BITS, UserId, Webhook
from service.http.services import Services
from service.messages import Models, Options, Priority, Tag
from service.request_ids import new_id
from service.store.sql.requests.request_acceptance import IdempotencyKey
from service.store.sql.requests.request_records import Request
from service.webhooks.targets import why_not_there

MAX_VARIANTS = 8
SEEDS = 2**SEED_BITS


class Asked(msgspec.Struct, frozen=True):
    """What to make."""

    tag: Tag
    prompt: str
    options: Options
    models: Models
    """Those that are not named after their kinds."""
    priority: Priority


class SubmittedBy(Protocol):
    """The parameters of a submission that say on whose behalf it is."""

    user_id: UserId | None
    webhook: Webhook | None


class SubmissionParameters(SubmittedBy, Protocol):
    """The parameters of a submission besides what to make."""

    start_by: float | None
    finish_by: float | None
    seed: int | None

    @property
    def publish(self) -> bool | None:
        """Whether to publish the result at once."""

    @property
    def n(self) -> int | UnsetType | None:
        """How many variants; unset, one request without a group."""


def check_submission(
    request: web.Request, services: Services, parameters: SubmissionParameters
) -> None:
    """Raises Problem if the caller may not submit this, whatever there is to make."""
    if parameters.publish and parameters.user_id is None:
        raise refusal({"user-id": "Missing: `publish` needs it."})
    if parameters.publish and parameters.n and parameters.n > 1:
        reason = "Choose one of the variants, and publish it with POST /content/{id}/publish."
        raise refusal({"publish": reason})
    if parameters.user_id is not None:
        check_user(request, parameters.user_id)
    if parameters.webhook is not None:
        why = why_not_there(parameters.webhook, services.config().webhooks.networks)
        if why:
            raise refusal({"webhook": why})


async def submit(
    request: web.Request,
    services: Services,
    parameters: SubmissionParameters,
    asked: Asked,
    key: IdempotencyKey | None,
    trace: str | None = None,
) -> list[Request]:
    """Accept `n` requests with seeds that follow each other, all or none. Raises Problem.

    With an Idempotency-Key that was used before they are those of the first call, and the call is
    marked as REPLAYED.
    """
    n = parameters.n or 1
    has_tokens = n == 1
    while True:
        if key is not None and (before := await _replayed(key, caller(request).name, services, n)):
            request[REPLAYED] = True
            return before
        if not has_tokens:
            limits = services.stores.rate_limits
            await take_more_tokens(request, caller(request), limits, services.config(), n - 1)
            has_tokens = True
        new = _requests(request, services, parameters, asked, trace)
        if await accept(new, key, services):
            return new
        # requests with the same key were stored first; they are the answer unless removed since


def _requests(
    request: web.Request,
    services: Services,
    parameters: SubmissionParameters,
    asked: Asked,
    trace: str | None,
) -> list[Request]:
    """The requests, of plain types: what a field is made of is encoded, not the field."""
    seed = random.getrandbits(SEED_BITS) if parameters.seed is None else parameters.seed
    who, models = caller(request), asked.models
    start_by, finish_by = parameters.start_by, parameters.finish_by
    now = clock.now()
    id_ = new_id(now)
    first = Request(
        id_,
        asked.tag,
        asked.prompt,
        seed % SEEDS,
        now,
        asked.options,
        None if parameters.user_id is None else str(parameters.user_id),
        bool(parameters.publish),
        who.name,
        asked.priority,
        address_for(request, parameters, services) if who.name is None else None,
        None if start_by is None else now + start_by,
        None if finish_by is None else now + finish_by,
        None if parameters.webhook is None else str(parameters.webhook),
        trace,
        id_ if parameters.n else None,
        models.get("text") if models else None,
        models.get("image") if models else None,
    )
    if not parameters.n:
        return [first]
    others = [
        msgspec.structs.replace(first, id=new_id(now), seed=(seed + number) % SEEDS)
        for number in range(1, parameters.n)
    ]
    return [first, *others]


def address_for(request: web.Request, parameters: SubmittedBy, services: Services) -> str | None:
    """The address to store with a new request without an API key: None if nothing needs it.

    It stands for the client in the order of webhooks, and without a user as well in that of the
    queue.
    """
    if parameters.user_id is not None and parameters.webhook is None:
        return None
    connection: Counted = request.protocol  # type: ignore[assignment] # see connections.py
    if connection.client:  # the peer is no proxy
        return connection.client.removeprefix(ADDRESS)
    return site(request, networks(services.config().http))


async def _replayed(
    key: IdempotencyKey, owner: str | None, services: Services, count: int
) -> list[Request] | None:
    """The requests of an earlier call with this key. Raises Problem if it was a different call."""
    found = []
    for each in key.several(count):
        match = await services.stores.requests.find_by_key(owner, each.key)
        if match is None:
            return None
        check_same(match[0], each)
        record = await services.stores.requests.record(match[1])
        if record is None:
            return None
        found.append(record.request)
    return found
