"""The client of a running service: its address, the API key, and its answers."""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp
from yarl import URL

from service import sse
from service.addresses import seen_from
from service.config import Config
from service.sse import ServerSentEvent
from service.store.sql.api_keys import Scope

CONNECT_SECONDS = 10.0  # to reach the service
ANSWER_SECONDS = 30.0  # for an answer
SILENCE_SECONDS = 40.0  # without data on a stream; the service sends a heartbeat every 15 s
MAX_PICTURE_BYTES = 100_000_000  # in memory for a moment
PAUSE_SECONDS = (0.2, 4.0)  # until the next attempt: the first, and the longest; doubles
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - and how to reach it
COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
NEEDS = (
    " This command needs a key with the scope {scope} (`run.py keys create NAME --scopes {scope}`):"
    " put it into FEEDMILL_KEY, or name a file that holds it with --key-file."
)
BUSY = frozenset({429, 500, 502, 503, 504})  # temporary failures


class RequestRejected(Exception):
    """The service refuses the request; the message is a sentence that says why."""


class ServiceUnavailable(Exception):
    """The service is unreachable or busy; the message is a sentence."""


def add_server(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments for the address of the service and the key."""
    parser.add_argument(
        "--server",
        metavar="URL",
        help="address of the service (default: FEEDMILL_SERVER, or the configured host and port)",
    )
    parser.add_argument(
        "--key-file",
        metavar="FILE",
        help="a file with an API key (default: FEEDMILL_KEY); others can see arguments",
    )


class ServiceClient:
    """A client of a service while the context lasts."""

    def __init__(self, url: URL, key: str, scope: Scope) -> None:
        self._url = url
        self._scope = scope
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def __str__(self) -> str:
        return str(self._url)

    @classmethod
    def of(cls, arguments: argparse.Namespace, config: Config, scope: Scope) -> Self:
        """The client for these arguments and this scope. Raises RequestRejected."""
        named = arguments.server or os.environ.get("FEEDMILL_SERVER", "")
        url = _url(named) if named else _configured(config)
        return cls(url, _key(arguments.key_file), scope)

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=CONNECT_SECONDS)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """The JSON answer. Raises ServiceUnavailable and RequestRejected."""
        async with self._answer(method, path, json=body) as answer:
            try:
                return await answer.json()
            except ValueError:
                raise RequestRejected(f"{self} does not answer like Feedmill.") from None

    async def events(self, path: str, last: str | None) -> AsyncGenerator[ServerSentEvent, None]:
        """The events after the one with this id, until the connection ends.

        Raises ServiceUnavailable and RequestRejected.
        """
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
        timeout = aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS)
        async with self._answer("GET", path, headers=headers, timeout=timeout) as answer:
            events = sse.EventParser()
            async for chunk in answer.content.iter_any():
                for event in events.feed(chunk):
                    yield event

    def address(self, uri: str) -> URL:
        """The URL of a picture, of this service or of an object store."""
        return URL(seen_from(str(self._url), uri), encoded=True)

    async def picture(self, uri: str) -> bytes:
        """The picture at a URI. Raises ServiceUnavailable and RequestRejected."""
        async with self._answer("GET", self.address(uri), allow_redirects=True) as answer:
            data = bytearray()
            async for piece in answer.content.iter_any():
                data += piece
                if len(data) > MAX_PICTURE_BYTES:
                    raise RequestRejected("The picture is too large.")
            return bytes(data)

    def _at(self, path: str) -> URL:
        return URL(f"{str(self._url).rstrip('/')}/{path.lstrip('/')}", encoded=True)

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        target: str | URL,
        *,
        headers: Mapping[str, str] | None = None,
        allow_redirects: bool = False,
        **options: Any,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        url = self._at(target) if isinstance(target, str) else target
        own_headers = (
            self._headers if url.origin() == self._url.origin() else {}
        )  # the key is for this service only
        try:
            async with self._http.request(
                method,
                url,
                headers={**own_headers, **(headers or {})},
                allow_redirects=allow_redirects,
                **options,
            ) as answer:
                if answer.status >= 300:
                    raise await self._refusal(answer)
                yield answer
        except (aiohttp.ClientError, TimeoutError, sse.NotAnEventStream) as error:
            raise ServiceUnavailable(f"{url.origin()} cannot be reached{_why(error)}.") from error

    async def _refusal(self, answer: aiohttp.ClientResponse) -> Exception:
        if answer.status < 400:
            return RequestRejected(
                f"{self} sends on to {answer.headers.get('Location', 'elsewhere')}."
            )
        try:
            sentence = plain(str(json.loads(await answer.read())["detail"]))
        except (ValueError, KeyError, TypeError):
            sentence = f"{self} answered {answer.status} {answer.reason}."
        challenge = answer.headers.get("WWW-Authenticate", "")
        if answer.status == 401 or "insufficient_scope" in challenge:
            sentence += NEEDS.format(scope=self._scope)
        if answer.status not in BUSY:
            return RequestRejected(sentence)
        seconds = answer.headers.get("Retry-After", "")
        return ServiceUnavailable(
            f"{sentence} Try again in {seconds} s." if seconds.isdecimal() else sentence
        )


class RetryDeadline:
    """The limit on retries of an unavailable service: it may be away for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.renew()

    def renew(self) -> None:
        """Start again: the service has answered."""
        self._end = time.monotonic() + self.seconds
        self._pause = PAUSE_SECONDS[0]

    def pause(self) -> float | None:
        """Seconds until the next attempt; None if there is none left."""
        if time.monotonic() > self._end:
            return None
        pause = self._pause * random.uniform(0.5, 1.0)
        self._pause = min(2 * self._pause, PAUSE_SECONDS[1])
        return pause


def plain(text: str) -> str:
    """A text without terminal control sequences."""
    return COMMANDS.sub("", text)


def _configured(config: Config) -> URL:
    host, port = config.http.host, config.http.port
    if port == 0:
        raise RequestRejected("[http] port is 0: say with --server where the service is.")
    return URL.build(scheme="http", host=EVERYWHERE.get(host, host), port=port)


def _url(named: str) -> URL:
    try:
        url = URL(named if "://" in named else f"http://{named}")
        if url.scheme in {"http", "https"} and url.host and not (url.user or url.password):
            return url.with_query(None).with_fragment(None)
    except ValueError:
        pass
    raise RequestRejected(
        f"{plain(named)} is not the address of a service, as http://127.0.0.1:8000 is."
    )


def _key(file: str | None) -> str:
    if file is None:
        key = os.environ.get("FEEDMILL_KEY", "")
    else:
        try:
            key = Path(file).read_text(encoding="utf-8-sig")  # as editors on Windows save it
        except (OSError, UnicodeDecodeError):
            raise RequestRejected(f"{file} cannot be read as a file with a key.") from None
    key = key.strip()
    if not re.fullmatch(r"[!-~]*", key):
        raise RequestRejected("This is not a valid key: it has characters that no key has.")
    return key


def _why(error: BaseException) -> str:
    """The reason, if it is known."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return " (its certificate is not trusted)"
        case aiohttp.ClientConnectorSSLError():
            return " (it does not speak TLS)"
        case aiohttp.ClientConnectorDNSError():
            return " (the name is not known)"
        case OSError(errno=int(number)) if number > 0:
            return f" ({os.strerror(number)})"
    return ""
