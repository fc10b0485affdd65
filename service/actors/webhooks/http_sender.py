"""Sender: one request to somebody else's URL, bounded in time, size, and where it may lead.

The address is checked where the socket is made, so the one that is checked is the one that is
connected to, whatever a name stood for a moment ago.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from service import __version__
from service.generators.http_failures import pause
from service.webhook_signing import signatures
from service.webhook_targets import Network, why_not

CONNECT_SECONDS = 5.0  # seconds to connect
MAX_LOOKUPS = 64  # names looked up at a time; each takes a thread, and the system decides how long

OK = range(200, 300)
REDIRECT = range(300, 400)
GONE = 410
BUSY = {429, 503}  # what Retry-After belongs to


class AddressBlocked(OSError):  # noqa: N818 - reads as the fact it is
    """The address may not be reached; the message says why."""


@dataclass(frozen=True, slots=True)
class ReceiverAnswer:
    """What came of an attempt: the status of the answer, or why there is none.

    `reason` is a sentence without anything that the other side has said; None for a success.
    `retry_after` in seconds. Another attempt at what is `hopeless` would lead to the same.
    """

    code: int | None
    reason: str | None
    retry_after: float | None = None
    hopeless: bool = False


class WebhookSender:
    """Sends signed bodies. Use it as an async context manager."""

    def __init__(self, keys: Sequence[bytes], allow: Sequence[Network], timeout: float) -> None:
        self._keys = keys
        self._allow = allow
        self._timeout = timeout

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            # A kept connection may be closed by the server just as a request is sent on it, which
            # looks like a receiver that failed.
            connector=aiohttp.TCPConnector(
                resolver=_Resolver(self._allow),
                socket_factory=self._socket,
                use_dns_cache=False,
                force_close=True,
                limit=0,
            ),
            timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=CONNECT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"Feedmill/{__version__}", "Accept-Encoding": "identity"},
            auto_decompress=False,
            trust_env=False,  # a proxy would connect to what is not checked here
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def send(self, url: str, id_: str, body: bytes) -> ReceiverAnswer:
        """Post a body, signed as of now. Nothing of the answer's own body is read."""
        try:
            return await self._post(url, id_, body)
        except aiohttp.ConnectionTimeoutError:
            return ReceiverAnswer(
                None, f"Could not be connected to within {CONNECT_SECONDS:g} seconds."
            )
        except TimeoutError:
            return ReceiverAnswer(None, f"Did not answer within {self._timeout:g} seconds.")
        except aiohttp.ClientConnectorError as error:
            return _unreached(error)
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            return _broken(error)

    async def _post(self, url: str, id_: str, body: bytes) -> ReceiverAnswer:
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": id_,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures(self._keys, id_, timestamp, body),
        }
        async with self._session.post(
            URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
        ) as response:
            answer = _judge(response)
            response.close()
            return answer

    def _socket(self, info: Any) -> socket.socket:
        """The socket for an address, if it may be reached. Raises Barred."""
        family, kind, protocol, _, address = info
        why = why_not(ip_address(address[0]), self._allow)
        if why:
            raise AddressBlocked(f"Leads to {why}, which webhooks may not reach.")
        return socket.socket(family, kind, protocol)


class _Resolver(AbstractResolver):
    """Looks names up in threads of its own, and gives only addresses that may be reached.

    Other threads are not for this: a slow name server would keep them from their work.
    """

    def __init__(self, allow: Sequence[Network]) -> None:
        self._allow = allow
        self._free = asyncio.Semaphore(MAX_LOOKUPS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host. Raises OSError; Barred if none of them may be reached."""
        found = await self._in_a_thread(
            lambda: socket.getaddrinfo(
                host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
            )
        )
        why: str | None = None
        results: list[ResolveResult] = []
        for family_, _, protocol, _, address in found:
            why_ = why_not(ip_address(address[0]), self._allow)
            if why_:
                why = why_
                continue
            results.append(
                ResolveResult(
                    hostname=host,
                    host=str(address[0]),
                    port=port,
                    family=family_,
                    proto=protocol,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
            )
        if why and not results:
            raise AddressBlocked(f"Leads to {why}, which webhooks may not reach.")
        return results

    async def close(self) -> None:
        """Nothing is kept."""

    async def _in_a_thread(self, look_up: Callable[[], list[Any]]) -> list[Any]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Any]] = loop.create_future()

        def done(found: list[Any], error: Exception | None) -> None:
            self._free.release()  # now, and not when nobody waits for it any more
            if future.done():
                return
            if error is None:
                future.set_result(found)
            else:
                future.set_exception(error)

        def run() -> None:
            found: list[Any] = []
            failed: Exception | None = None
            try:
                found = look_up()
            except (OSError, UnicodeError) as error:
                failed = error
            with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
                loop.call_soon_threadsafe(done, found, failed)

        await self._free.acquire()
        # a daemon, for the end of the process does not wait for a name server
        threading.Thread(target=run, name="webhook-names", daemon=True).start()
        return await future


def _judge(response: aiohttp.ClientResponse) -> ReceiverAnswer:
    code = response.status
    if code in OK:
        return ReceiverAnswer(code, None)
    if code in REDIRECT:
        return ReceiverAnswer(code, f"Answered {code}; redirects are not followed.")
    if code == GONE:
        return ReceiverAnswer(code, "Answered 410: nothing more is sent to this URL.")
    return ReceiverAnswer(
        code, f"Answered {code}.", retry_after=pause(response.headers) if code in BUSY else None
    )


def _unreached(error: aiohttp.ClientConnectorError) -> ReceiverAnswer:
    match error:
        case _ if isinstance(error.os_error, AddressBlocked):
            return ReceiverAnswer(None, str(error.os_error), hopeless=True)
        case aiohttp.ClientConnectorDNSError():
            return ReceiverAnswer(None, "The name of the host is not known.")
        case aiohttp.ClientSSLError():
            return ReceiverAnswer(None, "No secure connection could be made: see its certificate.")
        case _:
            return ReceiverAnswer(None, "Could not be connected to.")


def _broken(error: Exception) -> ReceiverAnswer:
    match error:
        case aiohttp.InvalidURL() | UnicodeError():
            return ReceiverAnswer(None, "The URL cannot be used.", hopeless=True)
        case aiohttp.ClientResponseError():
            return ReceiverAnswer(None, "Answered with something that is not HTTP.")
        case _:
            return ReceiverAnswer(None, "The connection was lost.")
