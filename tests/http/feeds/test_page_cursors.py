"""Cursors that a client made are refused like those of other lists."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from service.http.parameters.page_cursor import encode_cursor

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("position", ["x", "-1", "9" * 25, "1.5", "٣"])
async def test_a_cursor_without_a_moment_is_refused(http: ClientSession, position: str) -> None:
    home = encode_cursor(position, "feed", "recent", "ann")
    author = encode_cursor(position, "author", "ann")
    for url, cursor in (
        ("/feed?user-id=ann", home),
        ("/feed/authors/ann/atom?", author),
        ("/feed/authors/ann/json?", author),
    ):
        async with http.get(f"{url}&cursor={cursor}") as answer:
            assert answer.status == 400, url
            body = await answer.json(content_type=None)
            assert body["errors"][0]["name"] == "cursor"
