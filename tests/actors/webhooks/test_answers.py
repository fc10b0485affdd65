"""Answers of webhook receivers: only the status line counts."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from service.actors.webhooks import room, status_line
from service.actors.webhooks.http_sender import ReceiverAnswer, WebhookSender

OK = b"HTTP/1.1 200 OK\r\n"

DELIVERED = {
    "20 KB of cookies": OK + b"Set-Cookie: session=" + b"x" * 20_000 + b"\r\n\r\n",
    "Content-Length twice": OK + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    "length and chunks": OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "unknown coding": OK + b"Transfer-Encoding: rot13\r\n\r\n",
    "negative length": OK + b"Content-Length: -1\r\n\r\n",
    "broken chunks": OK + b"Transfer-Encoding: chunked\r\n\r\nnonsense",
    "a name with spaces": OK + b"X Powered By : magic\r\n\r\n",
    "no colon": OK + b"nonsense\r\n\r\n",
    "a folded header": OK + b"X-Long: a\r\n b\r\n\r\n",
    "control characters": OK + b"X-\x00\x01: \x7f\xff\r\n\r\n",
    "a thousand headers": OK + b"X-Header: x\r\n" * 1000 + b"\r\n",
    "more than is read": OK + b"X-Header: xxxxxxxx\r\n" * 10_000,
    "packed": OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nnot",
    "line feeds only": b"HTTP/1.1 204 No Content\nServer: old\n\n",
    "no reason": b"HTTP/1.1 200\r\n\r\n",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n",
    "a reason in latin-1": b"HTTP/1.1 200 Ch\xe9ri\r\n\r\n",
    "the status line only": OK,
    "half of the status line": OK.rstrip(),
    "an empty line first": b"\r\n" + OK + b"\r\n",
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK + b"\r\n",
    "two interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 2 + OK + b"\r\n",
}

FAILED = {
    "another protocol": (b"SSH-2.0-OpenSSH_9.9\r\n", "not HTTP"),
    "no status": (b"HTTP/1.1 OK\r\n\r\n", "not HTTP"),
    "four digits": (b"HTTP/1.1 2000 OK\r\n\r\n", "not HTTP"),
    "an answer that ends early": (b"HTTP/1.1 20", "not HTTP"),
    "interim answers only": (b"HTTP/1.1 100 Continue\r\n\r\n", "not HTTP"),
    "a line without end": (b"HTTP/1.1 200 " + b"x" * 100_000, "not HTTP"),
    "interim answers without end": (b"HTTP/1.1 102 Wait\r\n\r\n" * 5000, "not HTTP"),
    "nothing": (b"", "connection was lost"),
    "another protocol from now on": (b"HTTP/1.1 101 Yes\r\n\r\n", "Answered 101."),
    "a redirect": (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "Answered 302;"),
}


@asynccontextmanager
async def receiver(answer: bytes, *, close: bool = True) -> AsyncIterator[str]:
    """A receiver that answers with these bytes after it has read the event; yields its URL."""
    left = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b'{"a": 1}')
        writer.write(answer)
        if not close:
            with contextlib.suppress(ConnectionError):
                await reader.read()  # until the sender closes the connection
        writer.close()
        left.set()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        await left.wait()


async def sent_to(url: str) -> ReceiverAnswer:
    return await WebhookSender([b"k" * 24], lambda: [ip_network("127.0.0.0/8")], 60.0).send(
        url, "msg_1_1", b'{"a": 1}'
    )


@pytest.mark.parametrize("answer", DELIVERED.values(), ids=DELIVERED)
async def test_any_headers_after_a_good_status_line_are_accepted(answer: bytes) -> None:
    async with receiver(answer) as url:
        delivered = await sent_to(url)
    assert (delivered.code in (200, 204), delivered.reason) == (True, None)


@pytest.mark.parametrize(("answer", "reason"), FAILED.values(), ids=FAILED)
async def test_an_answer_without_a_good_status_line_is_a_failure(
    answer: bytes, reason: str
) -> None:
    async with receiver(answer) as url:
        failed = await sent_to(url)
    assert failed.reason is not None
    assert reason in failed.reason


@pytest.mark.parametrize("rest", [b"", b"X-Slow: ", b"X-Slow: 1\r\n"])
async def test_headers_that_never_arrive_do_not_delay_the_outcome(
    monkeypatch: pytest.MonkeyPatch, rest: bytes
) -> None:
    monkeypatch.setattr(status_line, "HEADERS_TIMEOUT_SECONDS", 0.01)
    async with receiver(OK + rest, close=False) as url:
        assert await sent_to(url) == ReceiverAnswer(200, None)


async def test_an_answer_before_the_event_was_read_counts() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        writer.write(b"HTTP/1.1 413 Too Large\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert (await sent_to(url)).code in (413, None)  # the system may drop what was unread


@pytest.mark.parametrize(
    ("head", "seconds"),
    [
        (b"Retry-After: 60\r\n", 60.0),
        (b"Content-Length: 0\r\nContent-Length: 0\r\nretry-after:60\r\n", 60.0),
        (b"nonsense\nRETRY-AFTER : 60 \n", 60.0),
        (b"X-Retry-After: 60\r\n", None),
        (b"Retry-After: soon\r\n", None),
        (b"\r\nRetry-After: 60\r\n", None),  # in the body
        (b"", None),
    ],
)
async def test_retry_after_is_found_among_any_headers(head: bytes, seconds: float | None) -> None:
    async with receiver(b"HTTP/1.1 503 Busy\r\n" + head + b"\r\n") as url:
        assert (await sent_to(url)).retry_after == seconds


@pytest.mark.parametrize(
    "url", ["http://a b/", "http://127.0.0.1/\r\nX: y", "ftp://127.0.0.1/", "http://é/", "http:///"]
)
async def test_an_unusable_url_in_the_database_is_not_contacted(url: str) -> None:
    assert await sent_to(url) == ReceiverAnswer(None, "The URL cannot be used.", hopeless=True)


def certified(name: str, folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for a name, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=hook",
            "-addext", f"subjectAltName=DNS:{name}",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
async def test_a_certificate_must_be_trusted_and_for_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = certified("hook.example", tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, key)

    def look_up(_: str, port: int, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    async with await asyncio.start_server(_answers_204, "127.0.0.1", 0, ssl=served) as server:
        port = server.sockets[0].getsockname()[1]
        untrusted = await sent_to(f"https://hook.example:{port}/")
        trusting = partial(ssl.create_default_context, cafile=str(certificate))
        monkeypatch.setattr(ssl, "create_default_context", trusting)
        other = await sent_to(f"https://other.example:{port}/")
        right = await sent_to(f"https://hook.example:{port}/")
    assert right == ReceiverAnswer(204, None)
    for answer in (untrusted, other):
        assert answer.reason == "No secure connection could be made: see its certificate."
        assert not answer.hopeless


async def test_names_that_no_server_answers_for_delay_no_other_receiver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As many as one client may have under way, twice: a look-up outlasts its attempt."""
    ends = threading.Event()

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        if host.startswith("hangs"):
            ends.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    count = 2 * int(room.MAX_URLS_PER_CLIENT * room.STANDING_SHARES[room.UNTRIED])
    sender = WebhookSender([b"key"], lambda: [ip_network("127.0.0.0/8")], 60.0)
    async with await asyncio.start_server(_answers_204, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        hanging = [
            asyncio.create_task(sender.send(f"http://hangs-{number}.example:{port}/", "i", b""))
            for number in range(count)
        ]
        await asyncio.sleep(0)
        try:
            answer = await sender.send(f"http://fine.example:{port}/", "i", b'{"a": 1}')
        finally:
            for task in hanging:
                task.cancel()
            ends.set()
    assert answer == ReceiverAnswer(204, None)


async def _answers_204(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        await reader.readuntil(b'{"a": 1}')
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
    writer.close()
