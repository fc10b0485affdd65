"""One example of each answer, for the API document."""

from __future__ import annotations

import msgspec

from service.http.api.content import MESSAGE
from service.http.api.feeds.feed_responses import (
    AffinityResponse,
    AuthorPageResponse,
    FeedPageResponse,
    FeedPostResponse,
    FilterResponse,
    FollowerPageResponse,
    FollowResponse,
    LikedPostResponse,
    MarkerResponse,
    MutedPageResponse,
    MuteResponse,
    PartResponse,
    ReasonResponse,
    RecordedResponse,
    ScheduledPostResponse,
    TasteResponse,
    WhyResponse,
)
from service.http.api.feeds.json_feed import (
    VERSION,
    JsonFeed,
    JsonFeedAttachment,
    JsonFeedAuthor,
    JsonFeedItem,
)
from service.http.api.key import KeyResponse
from service.http.api.pool_queue import PoolQueueResponse, QueuedPartResponse
from service.http.api.pools import PoolListResponse, PoolResponse
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
    LivenessResponse,
    PostResponse,
    ReadinessResponse,
    RedeliveredResponse,
    RedrivenPageResponse,
    RedrivenResponse,
    WebhookAttemptResponse,
    WebhookDeliveriesResponse,
    WebhookDeliveryResponse,
    WelcomeResponse,
)
from service.http.api.troubled_deliveries import (
    TroubledDeliveriesResponse,
    TroubledDeliveryResponse,
)
from service.http.fal.shapes import (
    CancelRequestedResponse,
    FalImageResponse,
    FalResultResponse,
    QueuedResponse,
)
from service.http.monitoring.clients import ClientStatus, PoolClientsStatus
from service.http.monitoring.history import KindHistory, StatusHistoryResponse
from service.http.monitoring.status import (
    ConnectionStatus,
    ConsumerStatus,
    DatabaseStatus,
    FeedStatus,
    FoundServer,
    Latencies,
    Percentiles,
    PoolStatus,
    Rates,
    RedisStatus,
    RunningStatus,
    ServiceStatus,
    StreamStatus,
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
from service.http.openapi.webhook_schema import EndedContent, WebhookEvent
from service.http.pages.studio import WELCOME
from service.http.replicate.models import (
    HostedModelResponse,
    ModelVersionPageResponse,
    ModelVersionResponse,
)
from service.http.replicate.prediction import PredictionPageResponse, PredictionResponse
from service.http.replicate.webhook_secret import WebhookSecretResponse

ID = "064a1b2c3d4e5" + "0123456789abcdef" * 2
PROMPT = "A rainy morning in Lisbon with a cup of coffee"
WORDS = "Rain on the tiles, steam over the cup: Lisbon takes its time this morning."
PICTURE = "/media/" + "0123456789abcdef" * 4 + "/a-rainy-morning-in-lisbon.webp"
HERE = "https://feedmill.example"
DETAIL = "https://api.openai.com/v1/chat/completions: 429 Rate limit reached"
BUSY = "The model is busy."
TIMES = Percentiles(1.9, 3.2, 4.8)
WHEN = "2026-01-31T08:00:00.000001Z"
POST = FeedPostResponse(
    ID, PROMPT, WORDS, PICTURE, WHEN, "ann", ["cupofcoffee", "rain"], "A cup of coffee.", None
)

REASON = ReasonResponse("because-you-liked", f"Those who liked “{PROMPT}” like it.", ID)
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

EXAMPLES: dict[type[msgspec.Struct], msgspec.Struct] = {
    type(example): example
    for example in (
        WelcomeResponse(WELCOME),
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
            webhook=None,
            event_id="1000003",
            parts={"text": ContentPartResponse("completed", 1, seed=7, seconds=2.5)},
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
        PostResponse(ID, PROMPT, WORDS, PICTURE, WHEN),
        POST,
        FeedPageResponse([POST], None, 1),
        MarkerResponse(WHEN, 1),
        JsonFeed(
            VERSION,
            "ann",
            f"{HERE}/",
            f"{HERE}/feed/authors/ann/json",
            [JsonFeedAuthor("ann")],
            [
                JsonFeedItem(
                    f"tag:feedmill,2026:post/{ID}",
                    f"{HERE}/feed/posts/{ID}",
                    PROMPT,
                    f'<p><img src="{HERE}{PICTURE}" alt="{PROMPT}"></p>\n<p>{WORDS}</p>',
                    WORDS,
                    WHEN,
                    ["cupofcoffee", "rain"],
                    f"{HERE}{PICTURE}",
                    [JsonFeedAttachment(f"{HERE}{PICTURE}", "image/webp", 48_213)],
                )
            ],
        ),
        FollowResponse("ann", following=True),
        MuteResponse(muted=True, subject="cat"),
        RecordedResponse(1),
        REASON,
        FilterResponse("seen", passed=False, why="The reader has seen it."),
        PartResponse("neighbours", 4.0, 0.31),
        WhyResponse(
            post_id=ID,
            eligible=False,
            filters=[FilterResponse("seen", passed=False, why="The reader has seen it.")],
            sources=["neighbours"],
            score=0.31,
            parts=[PartResponse("neighbours", 4.0, 0.31)],
            follows=True,
            views=120,
            likes=14,
            reason=REASON,
        ),
        LikedPostResponse(ID, PROMPT),
        AffinityResponse("rain", 0.72, "likes a lot"),
        TasteResponse(
            [LikedPostResponse(ID, PROMPT)],
            [AffinityResponse("ann", 0.35, "likes")],
            [AffinityResponse("rain", 0.72, "likes a lot")],
        ),
        MutedPageResponse(["ann"], ["cat"], None),
        AuthorPageResponse(["ann", "bob"], None),
        ScheduledPostResponse(ID, "ann", WHEN),
        FollowerPageResponse(["cleo", "dan"], None),
        GeneratedTextResponse(WORDS, "smollm2"),
        GeneratedImageResponse(
            PICTURE, "illustrator", 1080, 1080, [], "Illustration: fox in a forest in the snow"
        ),
        ReadinessResponse(ready=True, waiting_for={}),
        POOL,
        PoolListResponse([POOL]),
        PoolQueueResponse(
            "text",
            {"high": 0, "normal": 1, "low": 0},
            [QueuedPartResponse(ID, "text", PROMPT, "normal", "key:ann", 2, WHEN, 0, None)],
        ),
        TroubledDeliveriesResponse([TroubledDeliveryResponse(ID, DELIVERY)]),
        KeyResponse(True, "ann", ["content", "feed"]),
        StatusHistoryResponse(
            20,
            [WHEN],
            [0.5],
            [0.45],
            [0.0],
            {
                "text": KindHistory([10], [0.8], [1.9], [2]),
                "image": KindHistory([0], [None], [None], [0]),
            },
        ),
        LivenessResponse(alive=True),
        ServiceStatus(
            version="1.0.0",
            node="mill",
            started_at=WHEN,
            uptime_seconds=3600.0,
            ready=True,
            waiting_for={},
            accepted=1200,
            finished=1198,
            rates=Rates(0.5, 0.483),
            backlog={"text": 2, "image": 0},
            pools={
                "text": PoolStatus(
                    "local",
                    2,
                    2,
                    0,
                    2,
                    2,
                    4.7,
                    1.3,
                    "closed",
                    None,
                    None,
                    [],
                    1,
                    1,
                    False,
                    None,
                    None,
                    PoolClientsStatus(1, 1, [ClientStatus("key:ann", 4, 2, 2, 1.0, 4.7)]),
                    False,
                    2,
                    0,
                    None,
                    None,
                    [RunningStatus("mill.text-1", ID, 1, 1.3)],
                ),
                "image": PoolStatus(
                    "illustrator",
                    1,
                    0,
                    1,
                    0,
                    7,
                    None,
                    None,
                    "closed",
                    None,
                    None,
                    [],
                    0,
                    0,
                    True,
                    "operator",
                    WHEN,
                    PoolClientsStatus(0, 0, []),
                    False,
                    1,
                    0,
                    None,
                    None,
                    [],
                ),
            },
            latencies={
                "text": Latencies(TIMES, TIMES, TIMES),
                "image": Latencies(None, None, None),
            },
            streams={
                "content:text": StreamStatus(
                    2, "text-workers", 2, {"mill.text-1": ConsumerStatus(2, 0.5)}
                )
            },
            dead_letters=0,
            database=DatabaseStatus(900, 0, 4800, 5.33, 2_097_152),
            redis=RedisStatus(True, "9.1.2", 1_700_000, 8, 0),
            feeds=FeedStatus(1, 0.012, 4, {"stored": 930, "rebuilt": 4, "database": 66}),
            event_loop_lag=Percentiles(0.0004, 0.0011, 0.0052),
            connections=ConnectionStatus(3, 1, 0),
            found=[FoundServer("Ollama", "text", "http://127.0.0.1:11434/v1", ["llama3.2:latest"])],
        ),
    )
}
