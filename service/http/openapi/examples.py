"""One example of each answer, for the API document."""

from __future__ import annotations

import msgspec

from service.http.api.content import MESSAGE
from service.http.api.discovered import (
    DiscoveredServerResponse,
    DiscoveredServersResponse,
    UsedServerResponse,
)
from service.http.api.key import KeyResponse
from service.http.api.models import NamedModelListResponse, NamedModelResponse
from service.http.api.pools.pool_queue import PoolQueueResponse, QueuedPartResponse
from service.http.api.pools.pools import PoolListResponse, PoolResponse
from service.http.api.responses import (
    AcceptedResponse,
    CancelledResponse,
    ContentPageResponse,
    ContentPartResponse,
    ContentRecordResponse,
    ContentStatusResponse,
    ContentSummaryResponse,
    DeadLetterPageResponse,
    DeadLetterResponse,
    FailedAttemptResponse,
    GeneratedImageResponse,
    GeneratedTextResponse,
    RedeliveredResponse,
    RedrivenPageResponse,
    RedrivenResponse,
    UsedResponse,
    WebhookAttemptResponse,
    WebhookDeliveriesResponse,
    WebhookDeliveryResponse,
    WelcomeResponse,
)
from service.http.api.usage import DayUsageResponse, UsageReportResponse
from service.http.api.webhooks.troubled_deliveries import (
    TroubledDeliveriesResponse,
    TroubledDeliveryResponse,
)
from service.http.openapi.example_values import HERE, ID, PICTURE, PROMPT, WHEN, WORDS
from service.http.openapi.feed_examples import FEED_EXAMPLES
from service.http.openapi.other_api_examples import OTHER_API_EXAMPLES
from service.http.openapi.status_examples import STATUS_EXAMPLES
from service.http.openapi.webhook_schema import EndedContent, WebhookEvent
from service.http.pages.studio import WELCOME

DETAIL = "https://api.openai.com/v1/chat/completions: 429 Rate limit reached"
BUSY = "The model is busy."
WEBHOOK_EVENT = WebhookEvent(
    "content.completed",
    WHEN,
    EndedContent(ID, "text", "completed", WORDS, None, None, WHEN, WHEN, WHEN),
    "1000003",
)
DELIVERY = WebhookDeliveryResponse(
    f"msg_{ID}_1",
    "1000003",
    "content.completed",
    HERE,
    "pending",
    WHEN,
    WHEN,
    [WebhookAttemptResponse(1, WHEN, 0.4, 503, "It answered 503.")],
)
POOL = PoolResponse("image", "image", "illustrator", True, "operator", WHEN, 1, 0, 7, None)

EXAMPLES: dict[type[msgspec.Struct], msgspec.Struct] = {
    type(example): example
    for example in (
        *FEED_EXAMPLES,
        *STATUS_EXAMPLES,
        *OTHER_API_EXAMPLES,
        WelcomeResponse(WELCOME),
        AcceptedResponse(MESSAGE, ID),
        ContentStatusResponse("completed", WORDS, PICTURE, None),
        ContentRecordResponse(
            id=ID,
            tag="text",
            prompt=PROMPT,
            status="completed",
            text=WORDS,
            imageUri=None,
            error=None,
            created_at=WHEN,
            started_at=WHEN,
            completed_at=WHEN,
            position=None,
            eta_seconds=None,
            paused=False,
            attempts=1,
            seed=7,
            user_id="1",
            publish=True,
            priority="normal",
            group=None,
            options={},
            image=None,
            webhook=None,
            note=None,
            event_id="1000003",
            model="text",
            wanted_model="text",
            parts={"text": ContentPartResponse("completed", 1, seed=7, seconds=2.5)},
            usage=UsedResponse(0, 0, 0, 2.5, None),
        ),
        ContentPageResponse(
            [
                ContentSummaryResponse(
                    ID,
                    "instagram",
                    PROMPT,
                    "completed",
                    WORDS,
                    PICTURE,
                    None,
                    WHEN,
                    WHEN,
                    WHEN,
                    None,
                )
            ],
            ID,
        ),
        CancelledResponse(ID, "cancelled"),
        DeadLetterPageResponse(
            [
                DeadLetterResponse(
                    ID,
                    "text",
                    PROMPT,
                    f"text: {BUSY}",
                    WHEN,
                    WHEN,
                    [FailedAttemptResponse("text", 1, WHEN, 0.4, "openai", BUSY, DETAIL)],
                )
            ],
            None,
        ),
        WebhookDeliveriesResponse(
            [
                WebhookDeliveryResponse(
                    f"msg_{ID}_1000003",
                    "1000003",
                    "content.completed",
                    "https://example.com/feedmill",
                    "delivered",
                    WHEN,
                    None,
                    [
                        WebhookAttemptResponse(1, WHEN, 0.2, 500, "Answered 500."),
                        WebhookAttemptResponse(2, WHEN, 0.1, 200, None),
                    ],
                )
            ]
        ),
        RedeliveredResponse(f"msg_{ID}_1000003"),
        RedrivenResponse([ID]),
        RedrivenPageResponse([ID], None),
        GeneratedTextResponse(WORDS, "smollm2"),
        GeneratedImageResponse(
            PICTURE, "illustrator", 1080, 1080, [], "Illustration: fox in a forest in the snow"
        ),
        POOL,
        PoolListResponse([POOL]),
        NamedModelListResponse(
            [
                NamedModelResponse(
                    *("good", "text", "openai", True, ["text"], "busy", None, 8, 12, 3.4),
                    abilities=["messages", "n", "response_format", "seed", "stop"],
                )
            ]
        ),
        DiscoveredServersResponse(
            [
                DiscoveredServerResponse(
                    "Ollama", "text", "http://127.0.0.1:11434/v1", ["llama3.2:latest"], ["ollama"]
                )
            ]
        ),
        UsedServerResponse("ollama", "text", True),
        UsageReportResponse(
            [DayUsageResponse("2026-01-31", "ann", "good", 12, 360, 4200, 0, 31.4, 0.05)],
            UsedResponse(360, 4200, 0, 31.4, 0.05),
            None,
        ),
        PoolQueueResponse(
            "text",
            {"high": 0, "normal": 1, "low": 0},
            [QueuedPartResponse(ID, "text", PROMPT, "normal", "key:ann", 2, WHEN, 0, None)],
        ),
        TroubledDeliveriesResponse([TroubledDeliveryResponse(ID, DELIVERY)]),
        KeyResponse(True, "ann", ["content", "feed"], ["normal", "low"]),
    )
}
