"""Acceptance of calls: each is an ordinary request, or several, with the fields of its API."""

from __future__ import annotations

import random
from typing import ClassVar

from aiohttp import web

from service import clock
from service.http.api.acceptance import accept
from service.http.api.content import address_for
from service.http.api.idempotency import check_same, idempotency_key
from service.http.api.synchronous import REPLAYED
from service.http.guards.access import caller, check_user, permitted_priority
from service.http.guards.rate_limiting import take_more_tokens
from service.http.parameters.parse import Parameters, refusal
from service.http.parameters.types import SEED_BITS, Deadline, UserId, Webhook
from service.http.services import Services
from service.messages import Options, Priority, Tag, new_id
from service.store.sql.request_records import Request
from service.store.sql.requests import IdempotencyKey
from service.webhooks.targets import why_not_there


class AnyParameters(Parameters, forbid_unknown_fields=False):
    """No parameters; those that a client sends are ignored."""


class CallParameters(
    Parameters,
    rename={"user_id": "user-id", "start_by": "start-by", "finish_by": "finish-by"},
    forbid_unknown_fields=False,
):
    """The fields of `POST /content` that every call may have as well."""

    REQUIRES: ClassVar = {"publish": "user_id"}  # the author

    user_id: UserId | None = None
    publish: bool | None = None
    priority: Priority | None = None
    start_by: Deadline | None = None
    finish_by: Deadline | None = None
    webhook: Webhook | None = None
    seed: int | None = None
    n: int | None = None

    @property
    def urgency(self) -> Priority | None:
        """The priority, if one is wanted; an API may have other names for it."""
        return self.priority


async def accept_calls(
    request: web.Request,
    services: Services,
    parameters: CallParameters,
    tag: Tag,
    prompt: str,
    options: Options,
) -> list[Request]:
    """Accept `n` requests with seeds that follow each other, all or none. Raises Problem.

    With an Idempotency-Key that was used before they are those of the first call.
    """
    _check(request, services, parameters)
    key, owner = idempotency_key(request, parameters, tag), caller(request).name
    has_tokens = False
    while True:
        if key is not None and (before := _replayed(key, owner, services, parameters.n or 1)):
            request[REPLAYED] = True
            return before
        if not has_tokens:
            limits, more = services.stores.rate_limits, (parameters.n or 1) - 1
            await take_more_tokens(request, caller(request), limits, services.config(), more)
            has_tokens = True
        with services.tracing.request(_name(request), request.headers) as trace:
            new = _requests(request, services, parameters, (tag, prompt, options), trace)
            if await accept(new, key, services):
                return new


def _check(request: web.Request, services: Services, parameters: CallParameters) -> None:
    if parameters.publish and parameters.user_id is None:
        raise refusal({"user-id": "Missing: `publish` needs it."})
    if parameters.user_id is not None:
        check_user(request, parameters.user_id)
    if parameters.webhook is not None:
        why = why_not_there(parameters.webhook, services.config().webhooks.networks)
        if why:
            raise refusal({"webhook": why})


def _requests(
    request: web.Request,
    services: Services,
    parameters: CallParameters,
    asked: tuple[Tag, str, Options],
    trace: str | None,
) -> list[Request]:
    seed = random.getrandbits(SEED_BITS) if parameters.seed is None else parameters.seed
    webhook = None if parameters.webhook is None else str(parameters.webhook)
    priority = permitted_priority(request, parameters.urgency)
    new = []
    for number in range(parameters.n or 1):
        now = clock.now()
        tag, prompt, options = asked
        new.append(
            Request(
                new_id(now),
                tag,
                prompt,
                (seed + number) % 2**SEED_BITS,
                now,
                options,
                None if parameters.user_id is None else str(parameters.user_id),
                bool(parameters.publish),
                None if parameters.start_by is None else now + parameters.start_by,
                None if parameters.finish_by is None else now + parameters.finish_by,
                caller(request).name,
                priority,
                webhook=webhook,
                trace=trace,
                client=address_for(request, parameters, services),
            )
        )
    return new


def _replayed(
    key: IdempotencyKey, owner: str | None, services: Services, count: int
) -> list[Request] | None:
    """The requests of an earlier call with this key. Raises Problem if it was a different call."""
    found = []
    for each in key.several(count):
        match = services.stores.requests.find_by_key(owner, each.key)
        if match is None:
            return None
        check_same(match[0], each)
        record = services.stores.requests.record(match[1])
        if record is None:
            return None
        found.append(record.request)
    return found


def _name(request: web.Request) -> str:
    """The endpoint, as a trace has it."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else request.path}".rstrip("/")


def honoured_fields(services: Services) -> frozenset[str]:
    """The fields of a chat request that the configured text generator honours."""
    return services.monitor.pools["text"].chat_fields
