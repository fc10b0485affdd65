"""Heads and bodies of requests: how large they may be, and what unfinished ones cost at most."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.raw_http import Answer, read_answer, request, send
from tests.support.running import Running, running_service
from tests.support.waiting import HANGS_SECONDS

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
BUDGET = ("http.max_incoming=500000", "http.max_body=100000")
LIMIT = 2**16 + 12 * 10_000  # bytes of a head, with prompts of the default length
HOST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
COOKIE = b"Cookie: a=" + b"x" * 1000 + b"; \r\n"
FORM = "application/x-www-form-urlencoded"

Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(service: Running) -> AsyncIterator[Client]:
    address = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def ended(client: Client) -> None:
    """Wait until the server has closed this connection."""
    async with asyncio.timeout(HANGS_SECONDS):
        try:
            while await client[0].read(2**16):
                pass
        except ConnectionError:
            return


def is_too_large(answer: Answer) -> bool:
    problem = answer.json()
    return (
        answer.status == 431
        and answer.headers["content-type"] == "application/problem+json"
        and answer.headers["connection"] == "close"
        and problem["type"] == "/problems#head-too-large"
        and "cookies" in problem["detail"]
        and str(LIMIT) in problem["detail"]
    )


@pytest.mark.asyncio(loop_scope="session")
async def test_long_cookies_of_other_programs_are_accepted(service: Running) -> None:
    for size in (9_660, 60_000):
        cookie = "; ".join(f"c{n}={'x' * 400}" for n in range(size // 405))
        cookie += "y" * (size - len(cookie))
        for path in ("/", "/healthz", "/studio.js"):
            data = request(path, method="GET", content_length="", cookie=cookie)
            assert (await send(service.url, data)).status == 200


@pytest.mark.asyncio(loop_scope="session")
async def test_the_longest_prompt_fits_into_a_query(service: Running) -> None:
    path = "/content?tag=text&prompt=" + "%F0%9F%A6%8A" * 10_000
    assert (await send(service.url, request(path))).status == 202


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    "head",
    [
        pytest.param(HOST + b"X: " + b"x" * 2 * LIMIT + b"\r\n\r\n", id="one field"),
        pytest.param(HOST + b"x" * 2 * LIMIT + b": y\r\n\r\n", id="one name"),
        pytest.param(HOST + COOKIE * 1000 + b"\r\n", id="many fields"),
        pytest.param(HOST + b"X: y\r\n" * 1000 + b"\r\n", id="many lines"),
        pytest.param(b"GET /?" + b"x" * 1_000_000 + b" HTTP/1.1\r\n\r\n", id="one address"),
        pytest.param(HOST + b"X: " + b"x" * 2 * LIMIT, id="one that never ends"),
    ],
)
async def test_a_head_beyond_the_limit_is_answered_with_431_and_a_remedy(
    service: Running, head: bytes
) -> None:
    assert is_too_large(await send(service.url, head))


@pytest.mark.asyncio(loop_scope="session")
async def test_a_head_that_grows_slowly_has_the_same_limit(service: Running) -> None:
    async with connected(service) as (reader, writer):
        writer.write(HOST + b"X: ")
        answer = asyncio.create_task(read_answer(reader))
        async with asyncio.timeout(HANGS_SECONDS):
            while not answer.done():
                writer.write(b"y" * 1000)
                await writer.drain()
                await asyncio.sleep(0)
        assert is_too_large(await answer)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("together", [0, 5000, 10_000])
async def test_a_bad_head_after_a_good_request_is_answered_in_order(
    service: Running, together: int
) -> None:
    bad = HOST + b"X: " + b"x" * 2 * LIMIT
    async with connected(service) as (reader, writer):
        writer.write(HOST + b"\r\n" + bad[:together])
        async with asyncio.timeout(HANGS_SECONDS):
            await writer.drain()
            writer.write(bad[together:])
            assert (await read_answer(reader)).status == 200
            assert is_too_large(await read_answer(reader))


@pytest.mark.asyncio(loop_scope="session")
async def test_large_bodies_and_the_requests_after_them_are_separated(service: Running) -> None:
    """A body is no head, however the bytes are cut."""
    prompt = b"tag=text&prompt=" + b"x" * 10_000
    whole = request(body=prompt, content_type=FORM, connection="keep-alive")
    for size in (len(whole), 8192, 1000):
        async with connected(service) as (reader, writer):
            data = whole * 30
            for start in range(0, len(data), size):
                writer.write(data[start : start + size])
                await writer.drain()
            async with asyncio.timeout(HANGS_SECONDS):
                assert {(await read_answer(reader)).status for _ in range(30)} == {202}


UNFINISHED = {
    "head": HOST + b"X: " + b"x" * 30_000,
    "body": request(body=b"x" * 60_000, content_type=FORM)[:-1],
    "chunked body": request(content_type=FORM, content_length="", transfer_encoding="chunked")
    + b"7530\r\n"
    + b"x" * 30_000,
    "refused body": request("/nothing", b"x" * 60_000)[:-1],
}


@pytest.mark.parametrize("kind", UNFINISHED)
async def test_unfinished_requests_have_a_budget_and_the_oldest_are_cut_off(
    tmp_path: Path, kind: str
) -> None:
    data = UNFINISHED[kind]
    fits = 500_000 // len(data) - 1
    async with running_service(tmp_path, *SIMULATED, *BUDGET) as service:
        address = urlsplit(service.url)
        clients = []
        for _ in range(3 * fits):
            client = await asyncio.open_connection(address.hostname, address.port)
            client[1].write(data)
            await client[1].drain()
            clients.append(client)
            # a small request is served at once, however many others have begun
            assert (await send(service.url, HOST + b"\r\n")).status == 200
        for client in clients[:fits]:
            await ended(client)
        for _, writer in clients:
            writer.close()
        told = await service.logged("clients are cut off: too many bytes are held for them")
        assert told["held"] == "requests"


async def test_requests_that_wait_for_a_long_answer_count_in_the_budget(tmp_path: Path) -> None:
    settings = (*SIMULATED, *BUDGET, "text.simulated.delay=60", "service.drain=0")
    async with running_service(tmp_path, *settings) as service, connected(service) as greedy:
        reader, writer = greedy
        writer.write(request("/content?prompt=p&tag=text", connection="keep-alive"))
        async with asyncio.timeout(HANGS_SECONDS):
            id_ = (await read_answer(reader)).json()["RequestId"]
            writer.write(request(f"/content/{id_}/events", method="GET", connection=""))
            await reader.readuntil(b"event: snapshot")
        post = request("/feed", b"user-id=a" + b" " * 60_000, content_type=FORM, connection="")
        for _ in range(20):
            writer.write(post)
        await ended(greedy)
