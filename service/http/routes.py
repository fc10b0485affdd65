"""The route table: every endpoint with what it takes and what it gives."""

from __future__ import annotations

from service.http import content, dead_letters, feed, home, media, ops, worker
from service.http.endpoint import Endpoint
from service.http.examples import ID, PROMPT
from service.http.parameters import Nothing
from service.http.replies import (
    Alive,
    Cancelled,
    DeadLetters,
    Full,
    Image,
    PostReply,
    Readiness,
    Redriven,
    RedrivenPage,
    Taken,
    Text,
    View,
    Welcome,
)

INTERNAL = ("unauthorized", "forbidden", "generation-failed", "unavailable")

ENDPOINTS = [
    Endpoint(
        "GET", "/", home.home, "The studio page, or a welcome", gives={200: (Welcome, "text/html")}
    ),
    Endpoint(
        "POST",
        "/content",
        content.submit,
        "Submit a prompt; get a request id at once",
        content.Submit,
        {202: Taken},
        ("queue-full", "unavailable"),
        {"prompt": PROMPT, "tag": "instagram"},
    ),
    Endpoint(
        "POST",
        "/content/view",
        content.view,
        "How far a request is",
        content.ViewWish,
        {200: View},
        ("not-found", "gone", "unavailable"),
        {"request-id": ID},
    ),
    Endpoint(
        "GET",
        "/content/{id}",
        content.show,
        "The whole record of a request",
        Nothing,
        {200: Full},
        ("not-found", "gone", "unavailable"),
    ),
    Endpoint(
        "DELETE",
        "/content/{id}",
        content.cancel,
        "Cancel a request",
        Nothing,
        {202: Cancelled},
        ("not-found", "gone", "conflict", "unavailable"),
    ),
    Endpoint(
        "GET",
        "/dead-letters",
        dead_letters.dead_letters,
        "What failed for good, and why",
        dead_letters.Page,
        {200: DeadLetters},
        ("unavailable",),
    ),
    Endpoint(
        "POST",
        "/dead-letters/redrive",
        dead_letters.redrive_all,
        "Have dead letters tried again",
        dead_letters.Filter,
        {202: RedrivenPage},
        ("unavailable",),
    ),
    Endpoint(
        "POST",
        "/dead-letters/{id}/redrive",
        dead_letters.redrive,
        "Have one dead letter tried again",
        Nothing,
        {202: Redriven},
        ("not-found", "conflict", "unavailable"),
    ),
    Endpoint(
        "POST",
        "/feed",
        feed.feed,
        "What is new in a feed since a timestamp",
        feed.FeedWish,
        {200: list[PostReply]},
        ("unavailable",),
        {"user-id": "1", "timestamp": "2026-01-31T08:00:00Z"},
    ),
    Endpoint(
        "POST",
        "/worker/text",
        worker.text,
        "Generate one text at once (internal)",
        worker.TextWish,
        {200: Text},
        INTERNAL,
        {"prompt": PROMPT},
    ),
    Endpoint(
        "POST",
        "/worker/image",
        worker.image,
        "Generate one picture at once (internal)",
        worker.ImageWish,
        {200: Image},
        INTERNAL,
        {"prompt": PROMPT},
    ),
    Endpoint(
        "GET",
        "/media/{digest}/{name}",
        media.picture,
        "A picture",
        gives={200: "image/*", 206: "image/*", 304: ()},
        problems=("not-found", "range-not-satisfiable"),
    ),
    Endpoint("GET", "/healthz", ops.healthz, "Is the event loop alive", gives={200: Alive}),
    Endpoint(
        "GET",
        "/readyz",
        ops.readyz,
        "Is everything up",
        gives={200: Readiness},
        problems=("not-ready",),
    ),
]
