"""Bodies with `Transfer-Encoding: chunked`: each chunk costs time, however small it is."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest

from tests.support.raw_http import Answer, read_answer, request, send
from tests.support.running import Running
from tests.support.waiting import HANGS_SECONDS

FORM = "application/x-www-form-urlencoded"


def chunked(body: bytes, size: int, *, extension: bytes = b"", end: bytes = b"0\r\n\r\n") -> bytes:
    """A request whose body is cut into chunks of this size."""
    head = request(content_type=FORM, content_length="", transfer_encoding="chunked")
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return head + b"".join(b"%x%b\r\n%b\r\n" % (len(p), extension, p) for p in pieces) + end


def prompt(size: int) -> bytes:
    return (b"tag=text&prompt=" + b"a fox in the snow " * size)[:size]


def is_refused(answer: Answer) -> bool:
    return (
        answer.status == 400
        and answer.headers["connection"] == "close"
        and "chunks" in answer.json()["detail"]
    )


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("size", [1, 2, 7])
async def test_a_long_body_in_tiny_chunks_is_refused(service: Running, size: int) -> None:
    answer = await send(service.url, chunked(b"tag=text&prompt=p&x=" + b"x" * 500_000, size))
    assert is_refused(answer)


@pytest.mark.asyncio(loop_scope="session")
async def test_the_extensions_of_chunks_count_as_well(service: Running) -> None:
    answer = await send(service.url, chunked(prompt(2000), 100, extension=b";x=" + b"y" * 5000))
    assert is_refused(answer)


@pytest.mark.asyncio(loop_scope="session")
async def test_tiny_chunks_are_refused_before_the_body_has_ended(service: Running) -> None:
    assert is_refused(await send(service.url, chunked(b"x" * 50_000, 1, end=b"")))


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("length", "size"),
    [
        pytest.param(5000, 1, id="a short body, byte by byte"),
        pytest.param(9000, 50, id="small pieces"),
        pytest.param(9000, 9000, id="one piece"),
    ],
)
async def test_bodies_that_programs_write_in_pieces_are_accepted(
    service: Running, length: int, size: int
) -> None:
    assert (await send(service.url, chunked(prompt(length), size))).status == 202


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("size", [64, 1_000_000])
async def test_a_large_body_in_larger_chunks_is_accepted(service: Running, size: int) -> None:
    """What the parser has received and not parsed yet is not mistaken for small chunks."""
    body = b'{"tag": "text", "prompt": "a fox"' + b" " * 1_000_000 + b"}"
    data = chunked(body, size).replace(FORM.encode(), b"application/json")
    assert (await send(service.url, data)).status == 202


@pytest.mark.asyncio(loop_scope="session")
async def test_the_next_request_of_a_connection_counts_its_own_chunks(service: Running) -> None:
    data = chunked(prompt(5000), 1).replace(b"connection: close", b"connection: keep-alive")
    address = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(data * 4)
        async with asyncio.timeout(HANGS_SECONDS):
            assert {(await read_answer(reader)).status for _ in range(4)} == {202}
    finally:
        writer.close()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_refusal_ends_a_connection_that_was_to_stay(service: Running) -> None:
    data = chunked(b"x" * 500_000, 1).replace(b"connection: close", b"connection: keep-alive")
    assert is_refused(await send(service.url, data))
