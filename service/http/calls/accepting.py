"""Acceptance of calls: each is an ordinary request, or several, with the fields of its API."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import ClassVar

from aiohttp import web

from service.config import Model
from service.http.api.submission.abilities import refuse_unable
from service.http.api.submission.idempotency import idempotency_key
from service.http.api.submission.input_pictures import with_input
from service.http.api.submission.model_choice import chosen_models
from service.http.api.submission.submission import Asked, check_submission, submit
from service.http.guards.access import caller, permitted_priority
from service.http.parameters.input_image import InputImage
from service.http.parameters.model_choice import ANY_PART
from service.http.parameters.parse import Parameters
from service.http.parameters.types import Deadline, UserId, Webhook
from service.http.services import Services
from service.messages import Options, Priority, Tag
from service.store.sql.requests.request_records import Request


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

    def field_of(self, ability: str) -> str:
        """What this API calls the field that needs an ability of the generator."""
        return ability


async def accept_calls(
    request: web.Request,
    services: Services,
    parameters: CallParameters,
    tag: Tag,
    prompt: str,
    options: Options,
    model: Model | None = None,
    image: InputImage | None = None,
) -> list[Request]:
    """Accept `n` requests, all or none; `model` is the one that was named. Raises Problem.

    With an Idempotency-Key that was used before they are those of the first call.
    """
    check_submission(request, services, parameters)
    names = {} if model is None else {ANY_PART: model.name}
    who = caller(request)
    priority = permitted_priority(who, parameters.urgency)
    models = chosen_models(who, services, tag, names)
    refuse_unable(caller(request), services, tag, models, options, parameters.field_of)
    given: AbstractAsyncContextManager[Options] = nullcontext(options)
    if image is not None:
        given = with_input(request, services, tag, models, image, options)
    async with given as all_options:
        asked = Asked(tag, prompt, all_options, models, priority)
        key = idempotency_key(request, parameters, tag)
        with services.tracing.request(_name(request), request.headers) as trace:
            return await submit(request, services, parameters, asked, key, trace)


def _name(request: web.Request) -> str:
    """The endpoint, as a trace has it."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else request.path}".rstrip("/")
