"""The endpoints of this API, for the route table."""

from __future__ import annotations

from service.http.calls.accepting import AnyParameters
from service.http.endpoint import Endpoint
from service.http.openai import images, models
from service.http.openai.chat import completions
from service.http.openai.chat.parameters import CreateChatCompletionParameters
from service.http.openai.responses import responses
from service.http.openai.responses.parameters import CreateResponseParameters, GetResponseParameters
from service.http.openai.responses.record import ResponseObject
from service.http.openai.shapes import (
    ChatCompletionResponse,
    ImageListResponse,
    ModelListResponse,
    ModelResponse,
)

PICTURE = "/media/" + "0123456789abcdef" * 4 + "/a-fox.webp"

OPENAI_ENDPOINTS = [
    Endpoint(
        "POST",
        "/v1/chat/completions",
        completions.create_chat_completion,
        "Answer a conversation (OpenAI's API)",
        CreateChatCompletionParameters,
        {200: (ChatCompletionResponse, "text/event-stream")},
        ("generation-failed", "queue-full", "too-late", "gone", "unavailable"),
        {"model": "text", "messages": [{"role": "user", "content": "Rain in Lisbon"}]},
    ),
    Endpoint(
        "POST",
        "/v1/responses",
        responses.create_response,
        "Answer an input (OpenAI's API)",
        CreateResponseParameters,
        {200: (ResponseObject, "text/event-stream")},
        ("generation-failed", "queue-full", "too-late", "gone", "unavailable"),
        {"model": "text", "input": "Rain in Lisbon"},
    ),
    Endpoint(
        "GET",
        "/v1/responses/{response}",
        responses.get_response,
        "A response, or its events (OpenAI's API)",
        GetResponseParameters,
        {200: (ResponseObject, "text/event-stream")},
        ("not-found", "gone", "unavailable"),
    ),
    Endpoint(
        "POST",
        "/v1/responses/{response}/cancel",
        responses.cancel_response,
        "Cancel a response (OpenAI's API)",
        AnyParameters,
        {200: ResponseObject},
        ("not-found", "gone", "unavailable"),
    ),
    Endpoint(
        "POST",
        "/v1/images/generations",
        images.create_image,
        "Draw pictures (OpenAI's API)",
        images.CreateImageParameters,
        {200: (ImageListResponse, "text/event-stream")},
        ("generation-failed", "queue-full", "too-late", "gone", "unavailable"),
        {"prompt": "A red fox in the snow", "size": "1024x1024"},
    ),
    Endpoint(
        "POST",
        "/v1/images/edits",
        images.edit_image,
        "Make pictures from another one (OpenAI's API)",
        images.EditImageParameters,
        {200: (ImageListResponse, "text/event-stream")},
        ("generation-failed", "queue-full", "too-late", "gone", "unavailable"),
        {"prompt": "A red fox in the snow", "image": PICTURE},
    ),
    Endpoint(
        "POST",
        "/v1/images/variations",
        images.vary_image,
        "Make pictures like another one (OpenAI's API)",
        images.VaryImageParameters,
        {200: (ImageListResponse, "text/event-stream")},
        ("generation-failed", "queue-full", "too-late", "gone", "unavailable"),
        {"image": PICTURE, "n": 2},
    ),
    Endpoint(
        "GET",
        "/v1/models",
        models.list_models,
        "The names of models (OpenAI's API)",
        AnyParameters,
        {200: ModelListResponse},
    ),
    Endpoint(
        "GET",
        "/v1/models/{model}",
        models.get_model,
        "One of these names (OpenAI's API)",
        AnyParameters,
        {200: ModelResponse},
        ("not-found",),
    ),
]
