"""WebSocket frames as bytes: clients must mask theirs (RFC 6455, 5.1)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.support.raw_http import read_answer, request, send
from tests.support.running import Running, running_service
from tests.support.waiting import HANGS_SECONDS

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
PROTOCOL_ERROR = struct.pack("!H", 1002)


def frame(opcode: int, payload: bytes = b"", *, masked: bool = True, fin: bool = True) -> bytes:
    size = len(payload)
    bit = 0x80 if masked else 0
    head = bytes([opcode | (0x80 if fin else 0)])
    if size < 126:
        head += bytes([bit | size])
    elif size < 2**16:
        head += bytes([bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))


class Socket:
    """A client that sends what it is given, and reads frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def read(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame that is no event."""
        while True:
            first, second = await self._reader.readexactly(2)
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8))
            payload = await self._reader.readexactly(size)
            if first & 0xF != TEXT:
                return first & 0xF, payload

    async def ended(self) -> bool:
        try:
            return await self._reader.read() == b""
        except ConnectionError:
            return True


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def slow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A service whose texts take long."""
    settings = (
        "text.generator=simulated",
        "image.generator=simulated",
        "text.simulated.delay=60",
        "service.drain=0",
        "http.max_incoming=65536",
        "http.max_body=1024",
    )
    folder = tmp_path_factory.mktemp("slow")
    async with running_service(folder, *settings) as running:
        yield running


@asynccontextmanager
async def listening(service: Running) -> AsyncIterator[Socket]:
    """A WebSocket that follows a request which waits for long."""
    accepted = await send(service.url, request("/content?prompt=p&tag=text"))
    path = f"/content/{accepted.json()['RequestId']}/ws"
    address = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    key = base64.b64encode(bytes(16)).decode()
    upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec_websocket_version": "13"}
    try:
        async with asyncio.timeout(HANGS_SECONDS):
            writer.write(request(path, b"", method="GET", sec_websocket_key=key, **upgrade))
            assert (await read_answer(reader)).status == 101
            yield Socket(reader, writer)
    finally:
        writer.close()


@pytest.mark.parametrize(
    "odd",
    [
        {"upgrade": "websocket\xe9"},
        {"upgrade": "websocket", "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZ\xe9=="},
        {"upgrade": "websocket", "sec_websocket_version": "13\xe9"},
        {"upgrade": "websocket", "sec_websocket_key": "short"},
        {"upgrade": "websocket", "connection": "keep-alive\xe9"},
    ],
)
async def test_an_invalid_handshake_is_refused(slow: Running, odd: dict[str, str]) -> None:
    accepted = await send(slow.url, request("/content?prompt=p&tag=text"))
    path = f"/content/{accepted.json()['RequestId']}/ws"
    headers = {"connection": "Upgrade", "sec_websocket_version": "13", **odd}
    asked = request(path, b"", method="GET", **headers)
    assert (await send(slow.url, asked)).status == 426


GOOD = frame(TEXT, b"hello") + frame(PING, b"a")
BEGUN = frame(TEXT, b"he", fin=False)


@pytest.mark.parametrize(
    ("before", "bad"),
    [
        pytest.param(b"", frame(TEXT, b"hello", masked=False), id="text"),
        pytest.param(b"", frame(BINARY, b"hello", masked=False), id="binary"),
        pytest.param(b"", frame(TEXT, masked=False), id="empty"),
        pytest.param(b"", frame(PING, b"a", masked=False), id="ping"),
        pytest.param(b"", frame(PONG, masked=False), id="pong"),
        pytest.param(b"", frame(CLOSE, struct.pack("!H", 1000), masked=False), id="close"),
        pytest.param(b"", frame(TEXT, b"x" * 300, masked=False), id="longer"),
        pytest.param(b"", frame(TEXT, b"x" * 70_000, masked=False), id="longest"),
        pytest.param(GOOD, frame(TEXT, b"hello", masked=False), id="after good ones"),
        pytest.param(GOOD + BEGUN, frame(0, b"llo", masked=False), id="continued"),
    ],
)
@pytest.mark.parametrize("cut", [1, 2, 5, 100_000])
async def test_a_frame_without_a_mask_ends_the_connection_with_1002(
    slow: Running, before: bytes, bad: bytes, cut: int
) -> None:
    data = before + (bad if cut > len(bad) else bad[:2])  # in the second byte it shows
    async with listening(slow) as socket:
        for start in range(0, len(data), cut):
            socket.writer.write(data[start : start + cut])
            await socket.writer.drain()
            await asyncio.sleep(0)
        if before:
            assert await socket.read() == (PONG, b"a")
        opcode, payload = await socket.read()
        assert (opcode, payload[:2]) == (CLOSE, PROTOCOL_ERROR)
        assert await socket.ended()


async def test_frames_do_not_count_as_an_unfinished_request(slow: Running) -> None:
    async with listening(slow) as socket, AsyncExitStack() as stack:
        socket.writer.write(frame(TEXT, b"x" * 4000) + frame(PING, b"a"))
        assert await socket.read() == (PONG, b"a")
        address = urlsplit(slow.url)
        others = []
        for _ in range(10):  # more than the budget: the oldest are cut off
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            stack.callback(writer.close)
            writer.write(b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000)
            await writer.drain()
            others.append(reader)
        with contextlib.suppress(ConnectionError):
            assert await others[0].read() == b""
        socket.writer.write(frame(PING, b"b"))
        assert await socket.read() == (PONG, b"b")


@pytest.mark.parametrize("cut", [1, 7, 100_000])
async def test_masked_frames_of_all_sizes_are_accepted(slow: Running, cut: int) -> None:
    sizes = (0, 1, 125, 126, 127, 4000)
    data = b"".join(frame(TEXT, b"x" * size) + frame(PING, str(size).encode()) for size in sizes)
    async with listening(slow) as socket:
        for start in range(0, len(data), cut):
            socket.writer.write(data[start : start + cut])
            if cut < 100:
                await socket.writer.drain()
        for size in sizes:
            assert await socket.read() == (PONG, str(size).encode())
        socket.writer.write(frame(CLOSE, struct.pack("!H", 1000)))
        assert (await socket.read())[0] == CLOSE
