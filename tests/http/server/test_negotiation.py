"""Accept and Accept-Encoding: what a client likes best is what it gets."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from service.http.negotiation import encoding, preferred

pytestmark = pytest.mark.asyncio(loop_scope="session")

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
BOTH = ["application/json", "text/html"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        (BROWSER, "text/html"),
        ("text/html", "text/html"),
        ("TEXT/HTML", "text/html"),
        ("text/*", "text/html"),
        ("application/json, text/html;q=0.5", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("text/html;q=0.5,application/json;q=0.4", "text/html"),
        ("application/json;q=0.1, text/html ; Q=0.2", "text/html"),
        ("text/html;q=0", None),
        ("text/html;q=0, */*", "application/json"),
        ("text/html;q=0.000, */*;q=0.001", "application/json"),
        ("*/*, application/json;q=0.5", "text/html"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/html, application/json", "text/html"),
        ("application/json, text/html", "application/json"),
        ("text/html;charset=utf-8, application/json;q=0.9", "text/html"),
        ("text/html;q=nonsense, application/json;q=0.9", "text/html"),
        ("image/png", None),
        ("text/htmlx, xtext/html", None),
        (",, ;q=1,", "application/json"),
    ],
)
async def test_the_preferred_media_type_is_chosen(accept: str, expected: str | None) -> None:
    assert preferred(accept, BOTH) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("*", "br"),
        ("*;q=0.5, br;q=0", "gzip"),
        ("identity, gzip;q=0.5", "identity"),
        ("deflate", "identity"),
        ("br;q=0,gzip;q=0", "identity"),
        ("GZIP", "gzip"),
    ],
)
async def test_the_preferred_coding_is_chosen(accept: str, expected: str) -> None:
    assert encoding(accept, ["br", "gzip"]) == expected


async def test_the_root_is_answered_in_the_preferred_media_type(http: ClientSession) -> None:
    for accept, expected in (
        ("application/json, text/html;q=0.5", "application/json"),
        ("text/html;q=0", "application/json"),
        ("image/png", "application/json"),
        (BROWSER, "text/html"),
    ):
        async with http.get("/", headers={"Accept": accept}) as answer:
            assert answer.content_type == expected, accept
            assert "Accept" in answer.headers["Vary"]


async def test_metrics_are_answered_in_the_preferred_format(http: ClientSession) -> None:
    openmetrics = "application/openmetrics-text"
    for accept, expected in (
        (f"{openmetrics};version=1.0.0;q=0.5, text/plain;version=0.0.4;q=0.3", openmetrics),
        (f"{openmetrics};q=0.1, text/plain", "text/plain"),
        (f"{openmetrics};q=0", "text/plain"),
        ("text/html, */*;q=0.1", "text/plain"),
    ):
        async with http.get("/metrics", headers={"Accept": accept}) as answer:
            assert answer.content_type == expected, accept
