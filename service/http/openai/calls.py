"""The common part of all calls of this API: acceptance, and results as answers or problems."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from aiohttp import web

from service import clock
from service.addresses import absolute
from service.generators import catalogue
from service.http.api.acceptance import accept
from service.http.api.content import client_without_key
from service.http.guards.access import caller, check_user
from service.http.parameters.parse import Parameters, refusal
from service.http.parameters.types import SEED_BITS, Deadline, UserId, Webhook
from service.http.problems import Problem
from service.http.server.public_address import PUBLIC
from service.http.services import Services
from service.messages import Options, Priority, Tag, new_id
from service.store.sql.events import EventLog
from service.store.sql.request_records import Request
from service.webhook_targets import why_not_there

NAMES: dict[str, Tag] = {"image": "image", "instagram": "instagram"}
"""Model names that stand for a kind of post."""


class CallParameters(
    Parameters,
    rename={"user_id": "user-id", "start_by": "start-by", "finish_by": "finish-by"},
    forbid_unknown_fields=False,
):
    """The fields of `POST /content` that every call of this API may have as well."""

    user_id: UserId | None = None
    publish: bool | None = None
    priority: Priority | None = None
    start_by: Deadline | None = None
    finish_by: Deadline | None = None
    webhook: Webhook | None = None
    service_tier: str | None = None
    seed: int | None = None
    n: int | None = None


TIERS: dict[str | None, Priority] = {"flex": "low", "priority": "high"}


async def accept_calls(
    request: web.Request,
    services: Services,
    parameters: CallParameters,
    tag: Tag,
    prompt: str,
    options: Options,
) -> list[Request]:
    """Accept `n` requests with seeds that follow each other, all or none. Raises Problem."""
    if parameters.publish and parameters.user_id is None:
        raise refusal({"user-id": "Missing: `publish` needs it."})
    if parameters.user_id is not None:
        check_user(request, parameters.user_id)
    if parameters.webhook is not None:
        why = why_not_there(parameters.webhook, services.config().webhooks.networks)
        if why:
            raise refusal({"webhook": why})
    seed = random.getrandbits(SEED_BITS) if parameters.seed is None else parameters.seed
    new = []
    for number in range(parameters.n or 1):
        now = clock.now()
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
                parameters.priority or TIERS.get(parameters.service_tier, "normal"),
                webhook=None if parameters.webhook is None else str(parameters.webhook),
                client=None
                if parameters.webhook is None
                else client_without_key(request, services),
            )
        )
    await accept(new, None, services)
    return new


def honoured_fields(services: Services) -> frozenset[str]:
    """The fields of a chat request that the configured text generator honours."""
    generator = catalogue.TEXT.get(services.config().text.generator)
    return getattr(generator, "chat_fields", frozenset())


def completed(logs: Sequence[EventLog]) -> Sequence[EventLog]:
    """The logs, if all their requests are completed. Raises Problem for the first that is not."""
    for log in logs:
        if problem := failure(log):
            raise problem
    return logs


def failure(log: EventLog) -> Problem | None:
    """The problem of a final request without a result; None if it is completed."""
    status = log.record.status
    if status == "completed":
        return None
    sentence = log.record.error or f"The request was {status}."
    reason = re.sub("^(text|image): ", "", sentence) if status == "failed" else sentence
    code = "generation_failed" if status == "failed" else status
    return Problem("generation-failed", reason, more={"code": code})


def whole_address(request: web.Request, uri: str) -> str:
    """The absolute URL of a picture of this service."""
    return absolute(uri, request.app[PUBLIC].root(request))
