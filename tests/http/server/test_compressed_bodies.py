"""Compressed request bodies: inflated only for those who may send them, and only so far."""

from __future__ import annotations

import asyncio
import gzip
import random
import threading
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from service.http.app import application
from service.http.parameters import decompression
from service.http.server.server import Server, bind
from tests.support.pipelines import Scripted, running_pipeline
from tests.support.raw_http import Answer, read_answer, request, send
from tests.support.running import Running
from tests.support.waiting import HANGS_SECONDS

FORM = "application/x-www-form-urlencoded"
GOOD = b"prompt=p&tag=text"
BOMB = gzip.compress(bytes(50_000_000), 9)
LIMIT = 1_048_576  # bytes: `[http] max_body` of the tests
PART = (
    b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\np\r\n'
    b'--b\r\nContent-Disposition: form-data; name="tag"\r\n\r\ntext\r\n--b--\r\n'
)


class Inflated:
    """Counts what zlib inflates in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes = 0
        make = zlib.decompressobj

        def counting(*arguments: Any, **options: Any) -> Any:
            return Counting(make(*arguments, **options), self)

        monkeypatch.setattr(zlib, "decompressobj", counting)


class Counting:
    """A decompressor that adds to an `Inflated`."""

    def __init__(self, inner: Any, count: Inflated) -> None:
        self._inner, self._count = inner, count

    def decompress(self, *arguments: Any) -> bytes:
        made: bytes = self._inner.decompress(*arguments)
        self._count.bytes += len(made)
        return made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@pytest.fixture
async def closed(tmp_path: Path, redis_url: str) -> AsyncIterator[str]:
    """The URL of a service in this process that asks for a key."""
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), "auth.required=true"
    ) as pipeline:
        serving = Server(application(pipeline.services))
        with bind("127.0.0.1", 0) as address:
            yield await serving.start(address)
            await serving.stop(0)


async def to_the_end(url: str, data: bytes) -> Answer:
    """The answer to `data` on a connection that the server must then close."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(data)
        async with asyncio.timeout(HANGS_SECONDS):
            answer = await read_answer(reader)
            assert await reader.read() == b""
        return answer
    finally:
        writer.close()


@pytest.mark.parametrize("path", ["/content", "/content/view", "/feed", "/worker/text", "/nothing"])
async def test_no_byte_of_a_refused_body_is_inflated(
    closed: str, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    inflated = Inflated(monkeypatch)
    for coding, body in (("gzip", BOMB), ("deflate", zlib.compress(bytes(50_000_000)))):
        data = request(path, body, content_type=FORM, content_encoding=coding)
        assert (await send(closed, data)).status in {401, 404}
    assert inflated.bytes == 0


async def test_a_refusal_ends_a_connection_whose_body_is_still_on_its_way(closed: str) -> None:
    data = request(body=bytes(LIMIT), content_type=FORM, connection="keep-alive")
    answer = await to_the_end(closed, data[:-1])
    assert answer.status == 401
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("size", [10, 2 * LIMIT])
async def test_a_client_that_sends_expect_sends_no_refused_body(closed: str, size: int) -> None:
    head = request(content_type=FORM, content_length=str(size), expect="100-continue")
    assert (await to_the_end(closed, head)).status == 401


@pytest.mark.asyncio(loop_scope="session")
async def test_expect_100_continue_is_answered(service: Running) -> None:
    address = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    part = {"content_type": "multipart/form-data; boundary=b"}
    for body, declared in ((GOOD, {"content_type": FORM}), (PART, part)):
        data = request(body=body, expect="100-continue", connection="", **declared)
        writer.write(data[: -len(body)])
        async with asyncio.timeout(HANGS_SECONDS):
            assert (await read_answer(reader)).status == 100
            writer.write(body)
            assert (await read_answer(reader)).status == 202
    head = request(content_length=str(2 * LIMIT), content_type=FORM, expect="100-continue")
    assert (await to_the_end(service.url, head)).status == 413
    writer.close()


async def test_a_refusal_of_a_whole_small_body_keeps_the_connection(closed: str) -> None:
    address = urlsplit(closed)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    for _ in range(3):
        writer.write(request(body=GOOD, content_type=FORM, connection="keep-alive"))
        async with asyncio.timeout(HANGS_SECONDS):
            assert (await read_answer(reader)).status == 401
    writer.close()


@pytest.mark.asyncio(loop_scope="session")
async def test_known_codings_are_inflated(service: Running) -> None:
    raw = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    for coding, body in (
        ("gzip", gzip.compress(GOOD)),
        ("x-gzip", gzip.compress(GOOD)),
        ("GZIP", gzip.compress(GOOD)),
        ("gzip", gzip.compress(GOOD[:5]) + gzip.compress(GOOD[5:])),
        ("deflate", zlib.compress(GOOD)),
        ("deflate", raw.compress(GOOD) + raw.flush()),
        ("gzip", gzip.compress(GOOD + b"&options={}" + b" " * 500_000)),
        ("identity", GOOD),
    ):
        data = request(body=body, content_type=FORM, content_encoding=coding)
        assert (await send(service.url, data)).status == 202, coding
    data = request(
        body=gzip.compress(PART),
        content_type="multipart/form-data; boundary=b",
        content_encoding="gzip",
    )
    assert (await send(service.url, data)).status == 202


@pytest.mark.asyncio(loop_scope="session")
async def test_other_codings_are_refused_and_the_known_ones_named(service: Running) -> None:
    for coding in ("br", "zstd", "compress", "nonsense", "gzip, gzip", "gzip, deflate"):
        data = request(body=GOOD, content_type=FORM, content_encoding=coding)
        answer = await send(service.url, data)
        assert answer.status == 415, coding
        assert answer.headers["accept-encoding"] == "gzip, deflate"
        assert answer.json()["type"] == "/problems#unsupported-media-type"


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("coding", "body"),
    [
        pytest.param("gzip", b"no gzip at all", id="other bytes"),
        pytest.param("gzip", b"", id="empty"),
        pytest.param("gzip", gzip.compress(GOOD)[:-20], id="cut off"),
        pytest.param("gzip", gzip.compress(GOOD)[:-1], id="a byte too short"),
        pytest.param("gzip", gzip.compress(GOOD) + b"more", id="more behind it"),
        pytest.param("gzip", gzip.compress(b"") * 1000, id="a thousand members"),
        pytest.param("deflate", b"\xff" * 50, id="no deflate"),
        pytest.param("deflate", zlib.compress(GOOD)[:-1], id="deflate a byte too short"),
    ],
)
async def test_broken_compressed_bodies_are_a_bad_request(
    service: Running, coding: str, body: bytes
) -> None:
    answer = await send(service.url, request(body=body, content_type=FORM, content_encoding=coding))
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_bytes_that_wait_to_be_inflated_are_limited(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def held_up(_body: bytes, _coding: str, _max_bytes: int) -> bytes:
        go_on.wait()
        return GOOD

    monkeypatch.setattr(decompression, "_inflate", held_up)
    packed = random.Random(0).randbytes(LIMIT - 1000)
    data = request(body=packed, content_type=FORM, content_encoding="gzip")
    settings = ("http.max_incoming=100000000",)  # they come in parallel
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted(), *settings) as pipeline:
        serving = Server(application(pipeline.services))
        with bind("127.0.0.1", 0) as address:
            url = await serving.start(address)
            sent = [asyncio.create_task(send(url, data)) for _ in range(20)]
            refused, waiting = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
            while len(refused) < 4:  # all that do not fit into 16 MiB
                more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                refused |= more
            assert {task.result().status for task in refused} == {503}
            go_on.set()
            answers = await asyncio.gather(*waiting)
            assert [answer.status for answer in answers] == [202] * 16
            await serving.stop(0)


async def test_the_size_of_an_inflated_body_is_limited(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inflated = Inflated(monkeypatch)
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted()) as pipeline:
        serving = Server(application(pipeline.services))
        with bind("127.0.0.1", 0) as address:
            url = await serving.start(address)
            for declared in (FORM, "application/json", "multipart/form-data; boundary=b"):
                for body in (BOMB, gzip.compress(bytes(LIMIT + 1))):
                    inflated.bytes = 0
                    data = request(body=body, content_type=declared, content_encoding="gzip")
                    assert (await send(url, data)).status == 413
                    assert inflated.bytes <= LIMIT + 2**15
            await serving.stop(0)
