"""Examples of posts and feeds, for the API document."""

from __future__ import annotations

import msgspec

from service.http.api.feeds.feed_responses import (
    AffinityResponse,
    AuthorPageResponse,
    ComparedTextsResponse,
    FeedAddressesResponse,
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
    ScheduledPageResponse,
    ScheduledPostResponse,
    TasteResponse,
    WhyResponse,
)
from service.http.api.feeds.syndication.json_feed import (
    VERSION,
    JsonFeed,
    JsonFeedAttachment,
    JsonFeedAuthor,
    JsonFeedItem,
)
from service.http.api.responses import (
    PostResponse,
)
from service.http.openapi.example_values import HERE, ID, PICTURE, PROMPT, WHEN, WORDS

POST = FeedPostResponse(
    ID, PROMPT, WORDS, PICTURE, WHEN, "ann", ["cupofcoffee", "rain"], "A cup of coffee.", None
)
SCHEDULED = ScheduledPostResponse(ID, "ann", WHEN, "Fox", WORDS, PICTURE, "A fox in the snow.")
REASON = ReasonResponse("because-you-liked", f"Those who liked “{PROMPT}” like it.", ID)

FEED_EXAMPLES: tuple[msgspec.Struct, ...] = (
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
        ComparedTextsResponse("nomic-embed-text", 12),
    ),
    ComparedTextsResponse("nomic-embed-text", 12),
    MutedPageResponse(["ann"], ["cat"], None),
    AuthorPageResponse(["ann", "bob"], None),
    SCHEDULED,
    FeedAddressesResponse(
        f"{HERE}/feed/authors/ann/atom?proof=7.a1b2", f"{HERE}/feed/authors/ann/json?proof=7.a1b2"
    ),
    ScheduledPageResponse([SCHEDULED], None),
    FollowerPageResponse(["cleo", "dan"], None),
)
