"""Examples of answers in the form of other APIs, for the API document."""

from __future__ import annotations

import msgspec

from service.http.fal.shapes import (
    CancelRequestedResponse,
    FalImageResponse,
    FalResultResponse,
    QueuedResponse,
)
from service.http.openai.responses.record import ResponseObject, message_item, text_part
from service.http.openai.shapes import (
    ChatChoiceResponse,
    ChatCompletionResponse,
    ChatMessageResponse,
    ImageListResponse,
    ImageResponse,
    ModelListResponse,
    ModelResponse,
    UsageResponse,
)
from service.http.openapi.example_values import HERE, ID, PICTURE, PROMPT, WHEN, WORDS
from service.http.replicate.models import (
    HostedModelResponse,
    ModelVersionPageResponse,
    ModelVersionResponse,
)
from service.http.replicate.prediction import PredictionPageResponse, PredictionResponse
from service.http.replicate.webhook_secret import WebhookSecretResponse

PREDICTION = PredictionResponse(
    ID,
    "gpt-4o-mini",
    "text",
    {"prompt": PROMPT},
    WORDS,
    "succeeded",
    None,
    WHEN,
    WHEN,
    WHEN,
    {
        "get": f"{HERE}/replicate/v1/predictions/{ID}",
        "cancel": f"{HERE}/replicate/v1/predictions/{ID}/cancel",
        "stream": f"{HERE}/replicate/v1/predictions/{ID}/stream?proof=1769850000.a1b2",
    },
    {"predict_time": 2.5, "total_time": 2.6},
)
FAL_ADDRESS = f"{HERE}/fal/fal-ai/flux/requests/{ID}"
MODEL_VERSION = ModelVersionResponse("text", {"openapi": "3.0.2"})
MODEL = ModelResponse("text", 1_790_000_000)

OTHER_API_EXAMPLES: tuple[msgspec.Struct, ...] = (
    ChatCompletionResponse(
        f"chatcmpl-{ID}",
        1_769_846_400,
        "gpt-4o-mini",
        [ChatChoiceResponse(0, ChatMessageResponse(WORDS), "stop")],
        UsageResponse(14, 18, 32),
    ),
    ResponseObject(
        id=f"resp_{ID}",
        created_at=1_769_846_400,
        status="completed",
        model="gpt-4o-mini",
        output=[message_item(ID, "completed", [text_part(WORDS)])],
        metadata={},
        instructions=None,
        background=False,
        error=None,
        incomplete_details=None,
        usage=None,
        max_output_tokens=None,
        temperature=None,
        top_p=None,
        tools=[],
    ),
    ImageListResponse(1_769_846_400, [ImageResponse(b64_json="iVBORw0KGgo=")]),
    MODEL,
    ModelListResponse([MODEL]),
    PREDICTION,
    PredictionPageResponse([PREDICTION], f"{HERE}/replicate/v1/predictions?cursor={ID}"),
    QueuedResponse(
        "IN_QUEUE", ID, FAL_ADDRESS, f"{FAL_ADDRESS}/status", f"{FAL_ADDRESS}/cancel", 3
    ),
    CancelRequestedResponse(),
    FalResultResponse(
        PROMPT,
        7,
        "illustrator-1",
        images=[FalImageResponse(HERE + PICTURE, "image/webp", "a-rainy.webp", 1024, 1024)],
        timings={"inference_time": 0.8},
    ),
    MODEL_VERSION,
    HostedModelResponse(
        f"{HERE}/replicate/v1/models/feedmill/text",
        "feedmill",
        "text",
        "Makes texts.",
        MODEL_VERSION,
    ),
    ModelVersionPageResponse([MODEL_VERSION]),
    WebhookSecretResponse("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
)
