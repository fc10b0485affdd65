"""`POST /v1/chat/completions`: a text, a picture or both, as an answer in a conversation."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from service.http.api.responses import json_reply
from service.http.api.submission.synchronous import cancelled_at_exit, wait_for_ends
from service.http.calls.accepting import accept_calls
from service.http.calls.results import completed, origin_of
from service.http.openai.calls import NAMES
from service.http.openai.chat.answer import content_of, finish_reason
from service.http.openai.chat.parameters import (
    CreateChatCompletionParameters,
    options_of,
    refuse_unsupported,
)
from service.http.openai.chat.stream import ChatStream
from service.http.openai.conversation import prompt_of, turns_of
from service.http.openai.responses.parameters import keep_for_webhook
from service.http.openai.shapes import (
    ChatChoiceResponse,
    ChatCompletionResponse,
    ChatMessageResponse,
    usage_of,
)
from service.http.parameters.parse import parse_parameters
from service.http.services import services_of
from service.messages import Tag
from service.store.sql.events import EventLog
from service.store.sql.requests.request_records import Request


async def create_chat_completion(request: web.Request) -> web.StreamResponse:
    """Answer a conversation, at once or as a stream.

    It is an ordinary request: it waits in the queue, and `GET /content/{id}` shows it under the id
    after `chatcmpl-`. It is cancelled if the client leaves. `model` may be any name; `image` and
    `instagram` answer with a picture as Markdown. The answer's `model` says what wrote it.
    """
    services = services_of(request)
    parameters = await parse_parameters(request, CreateChatCompletionParameters)
    model = services.config().named.get(parameters.model)
    tag: Tag = model.kind if model else NAMES.get(parameters.model, "text")
    refuse_unsupported(parameters)
    turns = turns_of(
        parameters.messages,
        services.config().http.max_prompt,
        "messages",
        parameters.response_format,
    )
    options = {} if tag == "image" else options_of(parameters, turns)
    options = keep_for_webhook(options, parameters, parameters.model)
    requests = await accept_calls(
        request, services, parameters, tag, prompt_of(turns), options, model
    )
    ids = [accepted.id for accepted in requests]
    async with cancelled_at_exit(request, services, ids):
        if parameters.stream:
            return await ChatStream(request, services, parameters, requests).send()
        logs = completed(await wait_for_ends(services, ids))
    answer = _answer(request, parameters, requests[0], logs)
    return json_reply(answer, headers={"x-request-id": ids[0]})


def _answer(
    request: web.Request,
    parameters: CreateChatCompletionParameters,
    first: Request,
    logs: Sequence[EventLog],
) -> ChatCompletionResponse:
    choices = [
        ChatChoiceResponse(
            index,
            ChatMessageResponse(content_of(request, log)),
            finish_reason(parameters.longest, origin_of(log.record)),
        )
        for index, log in enumerate(logs)
    ]
    origins = [origin_of(log.record) for log in logs]
    model = origins[0].get("model") or parameters.model
    return ChatCompletionResponse(
        f"chatcmpl-{first.id}", int(first.created_at), model, choices, usage_of(origins)
    )
