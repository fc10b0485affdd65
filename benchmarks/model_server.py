"""A scripted model server: `python -m benchmarks.model_server TOKENS RATE` prints its port.

It answers every POST with a streamed chat completion: a token at once, then RATE a second. Each
token is the time when it was sent, on a clock that all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import cast

import uvloop

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    b"Connection: close\r\n\r\n"
)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
CYCLE = len(_DIGITS) ** 4  # microseconds after which the tokens begin again: 17 s
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def now() -> int:
    """Microseconds within the cycle."""
    return time.monotonic_ns() // 1000 % CYCLE


def token_of(time_: int) -> str:
    """A time as a token: a space and four characters, as long as a usual one."""
    digits = (_DIGITS[time_ // len(_DIGITS) ** place % len(_DIGITS)] for place in (3, 2, 1, 0))
    return " " + "".join(digits)


def time_of(token: str) -> int:
    """The time of a token."""
    time_ = 0
    for digit in token:
        time_ = time_ * len(_DIGITS) + _VALUES[digit]
    return time_


def event(content: str, reason: str) -> bytes:
    """A chunk of HTTP with one event of a chat completion."""
    data = (
        '{"id":"c","object":"chat.completion.chunk","model":"scripted","choices":[{"index":0,'
        f'"delta":{{"content":"{content}"}},"finish_reason":{reason}}}]}}'
    )
    body = f"data: {data}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(body), body)


class Answer(asyncio.Protocol):
    """One connection, with one answer."""

    def __init__(self, tokens: int, rate: float) -> None:
        self._left = tokens
        self._pause = 1 / rate
        self._head = b""
        self._next = 0.0
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._head += data
        head, end, body = self._head.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if end and len(body) >= (int(length[1]) if length else 0):
            self._transport.write(HEAD)
            self._next = asyncio.get_running_loop().time()
            self._send()

    def _send(self) -> None:
        if self._transport.is_closing():
            return
        self._left -= 1
        self._transport.write(event(token_of(now()), "null"))
        if self._left:
            self._next += self._pause
            asyncio.get_running_loop().call_at(self._next, self._send)
        else:
            self._transport.write(event("", '"stop"') + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
            self._transport.close()


async def main(tokens: str, rate: str) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Answer(int(tokens), float(rate)), "127.0.0.1", 0, backlog=2048
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
