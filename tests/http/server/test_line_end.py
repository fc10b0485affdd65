"""JSON answers end with a line end: after curl the prompt of a shell is on the next line."""

from __future__ import annotations

import pytest

from tests.support.raw_http import request, send
from tests.support.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("connection", ["keep-alive", "close"])  # two ways through aiohttp
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/status", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/content", 200),
        ("GET", "/dead-letters", 200),
        ("POST", "/content?tag=text&prompt=line", 202),
        ("POST", "/content?tag=song", 400),
        ("POST", "/feed/?user-id=line", 200),
        ("POST", "/feed?user-id=line&timestamp=soon", 400),
        ("POST", "/worker/text?prompt=line", 200),
        ("GET", "/content/none", 404),
        ("GET", "/nowhere", 404),
        ("PUT", "/content", 405),
    ],
)
async def test_a_json_answer_ends_with_one_line_end(
    service: Running, method: str, path: str, status: int, connection: str
) -> None:
    answer = await send(service.url, request(path, method=method, connection=connection))
    assert answer.status == status
    assert "json" in answer.headers["content-type"]
    assert answer.json() is not None
    assert answer.body.endswith((b"}\n", b"]\n"))


async def test_malformed_http_is_answered_with_a_line_end(service: Running) -> None:
    answer = await send(service.url, b"nonsense\r\n\r\n")
    assert answer.status == 400
    assert answer.body.endswith(b"}\n")
