"""Cross-site protection: only the service's own and configured web pages may use it.

Without keys the service trusts every caller that reaches it. Any web page can reach it through the
browser of a permitted user: by a form or a script that does not wait for permission, or under a
name that now resolves to 127.0.0.1 (DNS rebinding). Both are refused here. Browsers never send a
key by themselves, so with keys no check is needed.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable
from functools import lru_cache

from aiohttp import web
from yarl import URL

from service.config import HttpConfig
from service.http.guards.access import is_loopback
from service.http.negotiation import add_vary
from service.http.problems import Problem

SAFE = {"GET", "HEAD", "OPTIONS"}
EXPOSED = "Content-Location, Date, ETag, Idempotent-Replayed, Link, Location, RateLimit, "
EXPOSED += "RateLimit-Policy, Retry-After, WWW-Authenticate, X-Fal-Request-Id, X-Request-Id"
SENDABLE = "Accept, Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, "
SENDABLE += "Prefer, Range, Cancel-After, X-Fal-Queue-Priority, X-Fal-Request-Timeout, "
SENDABLE += "X-Fal-Target-Url"
WRITABLE = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*", re.ASCII)
"""A host that is valid in `[http] hosts`."""
WRITABLE_ORIGIN = re.compile(r"https?://[A-Za-z0-9._-]+(:[0-9]{1,5})?", re.ASCII)
STYLE_OF_REFUSALS = {"/studio.css", "/studio.parts.css", "/studio.text.css", "/studio.svg"}
"""Files that a refusal page needs: the same for every visitor, so they are never refused."""
PERMISSION_SECONDS = "7200"  # that a browser may cache a permission; Chromium's maximum


class CrossSitePolicy:
    """Refuses requests of foreign pages, and tells browsers which pages may read the answers."""

    def __init__(
        self,
        http: HttpConfig,
        asks_for_keys: Callable[[], Awaitable[bool]],
        host_of: Callable[[web.BaseRequest], str],
    ) -> None:
        self._asks_for_keys = asks_for_keys
        self._host_of = host_of
        self._allowed = {origin.lower() for origin in http.cors_origins}
        self.marks = bool(self._allowed)
        """Whether answers say which pages may read them."""
        self._any = "*" in self._allowed
        url = URL(http.public_url)
        own = [url.host] if url.host else []
        self._own = str(url.origin()) if own else ""
        # bound to a loopback address, the service has only names of this machine
        local = is_loopback(http.host)
        self._names = (
            {host_name(host) for host in (http.host, *http.hosts, *own)} if local else None
        )
        self._knows = lru_cache(maxsize=64)(self._is_known)

    def suspects(self, request: web.BaseRequest) -> bool:
        """Whether a foreign web page may have sent a request: then it has to be checked."""
        return not self._knows(request.headers.get("Host", "")) or self._is_foreign(request)

    async def check(self, request: web.BaseRequest) -> None:
        """Refuse a suspected request, unless callers need a key. Raises Problem."""
        host = request.headers.get("Host", "")
        if self._knows(host):
            why = _foreign_origin(request.headers.get("Origin", ""))
        elif request.rel_url.raw_path in STYLE_OF_REFUSALS:
            return
        else:
            why = _unknown_host(host_name(host))
        if not await self._asks_for_keys():
            raise Problem("cross-site", why)

    def _is_known(self, host: str) -> bool:
        if self._names is None or not host:
            return True
        name = host_name(host)
        return name in self._names or is_loopback(name) or name.endswith(".localhost")

    def _is_foreign(self, request: web.BaseRequest) -> bool:
        """Whether a page that is neither ours nor allowed sends a state-changing request."""
        headers = request.headers
        if request.method in SAFE and "Upgrade" not in headers:
            return False
        origin, site = headers.get("Origin"), headers.get("Sec-Fetch-Site")
        if site is None and origin is None:  # no browser
            return False
        if site:
            own = site in {"same-origin", "none"}
        else:  # an older browser, or a page without TLS
            own = origin == self._own or _is_at(origin or "", self._host_of(request))
        return not (own or self._any or (origin or "").lower() in self._allowed)

    def mark(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """Add the headers that say whether the calling page may read the answer."""
        if not self.marks:
            return
        headers = response.headers
        if not self._any:
            add_vary(headers, "Origin")
        origin = request.headers.get("Origin", "")
        if not origin or not (self._any or origin.lower() in self._allowed):
            return
        headers["Access-Control-Allow-Origin"] = "*" if self._any else origin
        headers["Access-Control-Expose-Headers"] = EXPOSED
        if request.method == "OPTIONS" and "Allow" in headers:
            headers["Access-Control-Allow-Methods"] = headers["Allow"]
            headers["Access-Control-Allow-Headers"] = SENDABLE
            headers["Access-Control-Max-Age"] = PERMISSION_SECONDS


def host_name(host: str) -> str:
    """The name in a Host header, or in `[http] hosts`: without port, in its one spelling."""
    name = re.sub(r":\d*$", "", host) if host.count(":") == 1 or "]" in host else host
    name = name.strip("[]").rstrip(".").lower()
    if not name.isascii():
        with contextlib.suppress(UnicodeError):
            name = name.encode("idna").decode()
    return name


def _unknown_host(name: str) -> str:
    if not WRITABLE.fullmatch(name):  # do not show arbitrary text that a client sent
        return "The name in the header `Host` is not one that this service is known under."
    return (
        f"This service is not known under the name {name}. If it should be, as behind a proxy, "
        f'write `hosts = ["{name}"]` in the section `[http]` of config.local.toml and start again.'
    )


def _foreign_origin(origin: str) -> str:
    if not WRITABLE_ORIGIN.fullmatch(origin):
        return "Pages of other origins may not do this."
    return (
        f"Pages of {origin} may not do this. If they should, write "
        f'`cors_origins = ["{origin}"]` in the section `[http]` of config.local.toml and start '
        "again."
    )


def _is_at(origin: str, host: str) -> bool:
    """Whether a page of this origin came from this host."""
    return origin.partition("://")[2].lower() == host.lower() != ""
