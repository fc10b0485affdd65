"""HTTP sender: one request to a webhook URL, bounded in time, size and reachable addresses.

The address is checked when its socket is created, so the checked address is the one connected to,
even if the name resolved to something else a moment ago.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from aiohappyeyeballs import start_connection
from yarl import URL

from service import __version__, clock
from service.actors.webhooks.status_line import Exchange, NotHttp
from service.retry_after import pause
from service.webhooks.signing import signatures
from service.webhooks.targets import Network, why_not

CONNECT_SECONDS = 5.0  # to connect
NEXT_ADDRESS_SECONDS = 0.25  # until the next address of a name is also tried (RFC 8305)
MAX_LOOKUPS = 256
"""Concurrent name look-ups. Each takes a thread, which may outlast its attempt. One client alone
cannot need as many, or names that hang would delay the webhooks of all clients."""

OK = range(200, 300)
REDIRECT = range(300, 400)
GONE_STATUS = 410
BUSY = {429, 503}  # whose Retry-After counts

Address = tuple[Any, Any, int, str, Any]
"""Family, type, protocol, name and socket address, as `getaddrinfo` gives them."""


class AddressBlocked(OSError):
    """The address is blocked; the message says why."""


class _NotConnected(Exception):
    """No connection could be made; `answer` is the outcome of the attempt."""

    def __init__(self, answer: ReceiverAnswer) -> None:
        super().__init__(answer.reason)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class ReceiverAnswer:
    """The outcome of one attempt: the status of the answer, or why there is none.

    `reason` is a sentence without any text of the receiver; None for a success. `retry_after` is in
    seconds. `hopeless` means that another attempt would fail in the same way.
    """

    code: int | None
    reason: str | None
    retry_after: float | None = None
    hopeless: bool = False


class WebhookSender:
    """Sends signed bodies, each over a new connection.

    `allow` returns the networks that are exempt from the block list; each attempt calls it.
    """

    def __init__(
        self, keys: Sequence[bytes], allow: Callable[[], Sequence[Network]], timeout: float
    ) -> None:
        self._keys = keys
        self._allow = allow
        self._timeout = timeout
        self._look_ups = asyncio.Semaphore(MAX_LOOKUPS)
        self._tls: ssl.SSLContext | None = None

    async def send(self, url: str, id_: str, body: bytes) -> ReceiverAnswer:
        """Post a body, signed with the current time. Of the answer, only the status line counts."""
        try:
            return await self._send(_usable(url), id_, body)
        except _NotConnected as problem:
            return problem.answer
        except ValueError:
            return ReceiverAnswer(None, "The URL cannot be used.", hopeless=True)
        except TimeoutError:
            return ReceiverAnswer(None, f"Did not answer within {self._timeout:g} seconds.")
        except NotHttp:
            return ReceiverAnswer(None, "Answered with something that is not HTTP.")
        except OSError:
            return ReceiverAnswer(None, "The connection was lost.")

    async def _send(self, url: URL, id_: str, body: bytes) -> ReceiverAnswer:
        timestamp = int(clock.wall())
        headers = {
            "User-Agent": f"Feedmill/{__version__}",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            "webhook-id": id_,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures(self._keys, id_, timestamp, body),
        }
        async with contextlib.AsyncExitStack() as opened:
            async with asyncio.timeout(self._timeout):
                reader, writer = await self._connect(url)
                # abort: nothing more is read, so an orderly close is not worth waiting for
                opened.callback(writer.transport.abort)
                exchange = Exchange(reader, writer)
                code = await exchange.post(url, headers, body)
            return _judge(code, await exchange.retry_after())

    async def _connect(self, url: URL) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to an address that is not blocked. Raises _NotConnected."""
        host, port = url.raw_host or "", url.port or 0
        try:
            tls = await self._tls_context() if url.scheme == "https" else None
            addresses = self._reachable(await self._addresses(host, port))
            async with asyncio.timeout(CONNECT_SECONDS):
                connected = await start_connection(
                    addresses,
                    happy_eyeballs_delay=NEXT_ADDRESS_SECONDS,
                    interleave=1,
                    socket_factory=self._socket,
                )
                return await asyncio.open_connection(
                    sock=connected, ssl=tls, server_hostname=host.rstrip(".") if tls else None
                )
        except (OSError, UnicodeError) as error:
            raise _NotConnected(_unreached(error)) from error

    async def _tls_context(self) -> ssl.SSLContext:
        """The TLS context, created when first needed: that reads the system's certificates."""
        if self._tls is None:
            self._tls = await asyncio.to_thread(ssl.create_default_context)
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls

    def _reachable(self, addresses: Sequence[Address]) -> list[Address]:
        """The addresses that are not blocked. Raises AddressBlocked if there is none."""
        why = {address: self._why_not(address) for address in addresses}
        if all(why.values()):
            raise AddressBlocked(next(iter(why.values()), None) or "Leads nowhere.")
        return [address for address in addresses if not why[address]]

    def _why_not(self, address: Address) -> str | None:
        why = why_not(ip_address(address[4][0]), self._allow())
        if why is None:
            return None
        return f"Leads to {why}, which webhooks may not reach unless [webhooks] allow lists it."

    def _socket(self, address: Address) -> socket.socket:
        """A socket for an address. Raises AddressBlocked."""
        why = self._why_not(address)
        if why:
            raise AddressBlocked(why)
        return socket.socket(*address[:3])

    async def _addresses(self, host: str, port: int) -> list[Address]:
        """The addresses of a host, looked up in a dedicated thread. Raises OSError.

        The shared thread pool is not used: a slow name server would block its other work.
        """

        def look_up() -> list[Address]:
            flags = 0 if _is_address(host) else socket.AI_ADDRCONFIG
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)

        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Address]] = loop.create_future()

        def done(addresses: list[Address], error: Exception | None) -> None:
            self._look_ups.release()  # when the thread ends, even if the attempt gave up before
            if future.done():
                return
            if error is None:
                future.set_result(addresses)
            else:
                future.set_exception(error)

        def run() -> None:
            addresses: list[Address] = []
            failed: Exception | None = None
            try:
                addresses = look_up()
            except (OSError, UnicodeError) as error:
                failed = error
            with contextlib.suppress(RuntimeError):  # the loop is closed: the result is not needed
                loop.call_soon_threadsafe(done, addresses, failed)

        await self._look_ups.acquire()
        # a daemon: the process does not wait for a name server when it exits
        threading.Thread(target=run, name="webhook-names", daemon=True).start()
        return await future


def _usable(text: str) -> URL:
    """The parsed URL; checked, as the database may have been edited. Raises ValueError."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(text)
    url = URL(text, encoded=True)
    if url.scheme not in ("http", "https") or not url.raw_host:
        raise ValueError(text)
    return url


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _judge(code: int, retry_after: str | None) -> ReceiverAnswer:
    if code in OK:
        return ReceiverAnswer(code, None)
    if code in REDIRECT:
        return ReceiverAnswer(code, f"Answered {code}; redirects are not followed.")
    if code == GONE_STATUS:
        return ReceiverAnswer(code, "Answered 410: nothing more is sent to this URL.")
    wait = pause({"Retry-After": retry_after or ""}) if code in BUSY else None
    return ReceiverAnswer(code, f"Answered {code}.", retry_after=wait)


def _unreached(error: Exception) -> ReceiverAnswer:
    match error:
        case AddressBlocked():
            return ReceiverAnswer(None, str(error), hopeless=True)
        case UnicodeError():
            return ReceiverAnswer(None, "The URL cannot be used.", hopeless=True)
        case TimeoutError():
            return ReceiverAnswer(
                None, f"Could not be connected to within {CONNECT_SECONDS:g} seconds."
            )
        case socket.gaierror():
            return ReceiverAnswer(None, "The name of the host is not known.")
        case ssl.SSLError():
            return ReceiverAnswer(None, "No secure connection could be made: see its certificate.")
        case _:
            return ReceiverAnswer(None, "Could not be connected to.")
