"""HTTP calls to one service: JSON, events and files, with failures as sentences."""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from yarl import URL

from feedmill import sse
from feedmill.addresses import seen_from
from feedmill.client.errors import RequestRejected, ServiceBusy, ServiceUnavailable
from feedmill.sse import ServerSentEvent

CONNECT_SECONDS = 10.0  # to reach the service
ANSWER_SECONDS = 30.0  # for an answer
SILENCE_SECONDS = 40.0  # without data on a stream; the service sends a heartbeat every 15 s
MAX_FILE_BYTES = 100_000_000  # in memory for a moment
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
USER_INFO = re.compile(r"//[^/?#]*@")
"""User and password in an address."""
NO_CONTENT = 204
BUSY = 429
UNAVAILABLE = frozenset({500, 502, 503, 504})  # temporary failures


class NothingFollows(Exception):
    """The last event that the client has is the end of the log."""


class Transport:
    """The connection to a service at a URL. Raises RequestRejected if it is not a URL."""

    def __init__(self, url: str, key: str) -> None:
        self.url = _service_url(url)
        key = key.strip()
        if not re.fullmatch(r"[!-~]*", key):
            raise RequestRejected("This is not a valid key: it has characters that no key has.")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._session: aiohttp.ClientSession | None = None
        self.was_reached = False

    def __str__(self) -> str:
        return str(self.url)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        form: Mapping[str, str | bytes] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON answer to a JSON body, or to a form with files as bytes.

        Raises ServiceUnavailable and RequestRejected.
        """
        url = self._at(path).with_query(query)
        sent = {"json": body} if form is None else {"data": _multipart(form)}
        async with self._answer(method, url, **sent, headers=headers) as answer:
            try:
                return await answer.json()
            except ValueError:
                raise RequestRejected(f"{self} does not answer like Feedmill.") from None

    async def events(self, path: str, last: str | None) -> AsyncGenerator[ServerSentEvent, None]:
        """The events after the one with this id, until the connection ends.

        Raises ServiceUnavailable, RequestRejected and NothingFollows.
        """
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
        timeout = aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS)
        async with self._answer("GET", self._at(path), headers=headers, timeout=timeout) as answer:
            if answer.status == NO_CONTENT:
                raise NothingFollows
            events = sse.EventParser()
            async for chunk in answer.content.iter_any():
                for event in events.feed(chunk):
                    yield event

    def address(self, uri: str) -> str:
        """The URL of a picture, of this service or of an object store."""
        return seen_from(str(self.url), uri)

    async def file(self, uri: str) -> bytes:
        """The file at a URI. Raises ServiceUnavailable and RequestRejected."""
        url = URL(self.address(uri), encoded=True)
        async with self._answer("GET", url, allow_redirects=True) as answer:
            data = bytearray()
            async for piece in answer.content.iter_any():
                data += piece
                if len(data) > MAX_FILE_BYTES:
                    raise RequestRejected("The picture is too large.")
            return bytes(data)

    def _at(self, path: str) -> URL:
        return URL(f"{str(self.url).rstrip('/')}/{path.lstrip('/')}", encoded=True)

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:  # made here: it belongs to the running event loop
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=CONNECT_SECONDS)
            )
        return self._session

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        url: URL,
        *,
        headers: Mapping[str, str] | None = None,
        allow_redirects: bool = False,
        **options: Any,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        # the key is for this service only
        own_headers = self._headers if url.origin() == self.url.origin() else {}
        try:
            async with self._http().request(
                method,
                url,
                headers={**own_headers, **(headers or {})},
                allow_redirects=allow_redirects,
                **options,
            ) as answer:
                self.was_reached = True
                if answer.status >= 300:
                    raise await self._refusal(answer)
                yield answer
        except (aiohttp.ClientError, TimeoutError, sse.NotAnEventStream) as error:
            raise ServiceUnavailable(f"{url.origin()} cannot be reached{_why(error)}.") from error

    async def _refusal(self, answer: aiohttp.ClientResponse) -> Exception:
        status = answer.status
        if status < 400:
            elsewhere = USER_INFO.sub("//", plain(answer.headers.get("Location", "elsewhere")))
            return RequestRejected(f"{self} sends on to {elsewhere}.", status)
        try:
            sentence = plain(str(json.loads(await answer.read())["detail"]))
        except (ValueError, KeyError, TypeError):
            sentence = f"{self} answered {status} {plain(answer.reason or '')}."
        if status != BUSY and status not in UNAVAILABLE:
            challenge = answer.headers.get("WWW-Authenticate", "")
            needs_key = status == 401 or "insufficient_scope" in challenge
            return RequestRejected(sentence, status, needs_key=needs_key)
        seconds = answer.headers.get("Retry-After", "")
        kind = ServiceBusy if status == BUSY else ServiceUnavailable
        if not (seconds.isascii() and seconds.isdecimal()):
            return kind(sentence, status)
        return kind(f"{sentence} Try again in {seconds} s.", status, float(seconds))


def _multipart(form: Mapping[str, str | bytes]) -> aiohttp.FormData:
    made = aiohttp.FormData()
    for name, value in form.items():
        if isinstance(value, bytes):
            made.add_field(name, value, filename=name, content_type="application/octet-stream")
        else:
            made.add_field(name, value)
    return made


def plain(text: str) -> str:
    """A text without terminal control sequences."""
    return CONTROL_CHARACTERS.sub("", text)


def _service_url(named: str) -> URL:
    try:
        url = URL(named if "://" in named else f"http://{named}")
        if url.scheme in {"http", "https"} and url.host and not (url.user or url.password):
            return url.with_query(None).with_fragment(None)
    except ValueError:
        pass
    raise RequestRejected(
        f"{plain(named)} is not the address of a service, as http://127.0.0.1:8000 is."
    )


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
