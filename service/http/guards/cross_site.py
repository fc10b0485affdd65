"""Which web pages may talk to the service: those of its own, and the configured ones.

A service that asks for no key trusts whoever reaches it. A web page anywhere reaches it through the
browser of somebody who may: by a form or a script that does not wait for permission, or under a
name that has come to mean 127.0.0.1 (DNS rebinding). Both are refused here. A key is what no
browser sends by itself, so with keys nothing is to be refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from functools import lru_cache

from aiohttp import web

from service.config import HttpConfig
from service.http.guards.access import is_loopback
from service.http.problems import Problem

SAFE = {"GET", "HEAD", "OPTIONS"}
EXPOSED = "Content-Location, Date, ETag, Idempotent-Replayed, Link, Location, RateLimit, "
EXPOSED += "RateLimit-Policy, Retry-After, WWW-Authenticate"
SENDABLE = "Accept, Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, "
SENDABLE += "Prefer, Range"
REMEMBERED = "7200"  # seconds a browser may remember a permission; Chromium takes no longer ones


class CrossSitePolicy:
    """Refuses requests of foreign pages, and tells browsers which pages may read the answers."""

    def __init__(self, http: HttpConfig, asks_for_keys: Callable[[], bool]) -> None:
        self._asks_for_keys = asks_for_keys
        self._allowed = {origin.lower() for origin in http.cors_origins}
        self._any = "*" in self._allowed
        # bound to an address of this machine only, it is asked under names of this machine only
        local = is_loopback(http.host)
        self._names = {http.host, *map(str.lower, http.hosts)} if local else None
        self._knows = lru_cache(maxsize=64)(self._is_known)

    def check(self, request: web.BaseRequest) -> None:
        """Refuse what a foreign web page may have sent. Raises Problem."""
        if not self._knows(request.headers.get("Host", "")):
            why = "This service is not known under the name in `Host`."
        elif self._is_foreign(request):
            why = "Pages of other origins may not do this."
        else:
            return
        if not self._asks_for_keys():
            raise Problem("cross-site", why)

    def _is_known(self, host: str) -> bool:
        if self._names is None or not host:
            return True
        name = re.sub(r":\d*$", "", host).strip("[]").rstrip(".").lower()
        return name in self._names or is_loopback(name) or name.endswith(".localhost")

    def _is_foreign(self, request: web.BaseRequest) -> bool:
        """Whether a page that is neither ours nor allowed sends what changes something."""
        headers = request.headers
        if request.method in SAFE and "Upgrade" not in headers:
            return False
        origin, site = headers.get("Origin"), headers.get("Sec-Fetch-Site")
        if site is None and origin is None:  # no browser
            return False
        own = site in {"same-origin", "none"} if site else _is_at(origin or "", headers.get("Host"))
        return not (own or self._any or (origin or "").lower() in self._allowed)

    def mark(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """Say in the headers of the answer whether the page that asks may read it."""
        if not self._allowed:
            return
        headers = response.headers
        if not self._any:
            _vary(headers, "Origin")
        origin = request.headers.get("Origin", "")
        if not origin or not (self._any or origin.lower() in self._allowed):
            return
        headers["Access-Control-Allow-Origin"] = "*" if self._any else origin
        headers["Access-Control-Expose-Headers"] = EXPOSED
        if request.method == "OPTIONS" and "Allow" in headers:
            headers["Access-Control-Allow-Methods"] = headers["Allow"]
            headers["Access-Control-Allow-Headers"] = SENDABLE
            headers["Access-Control-Max-Age"] = REMEMBERED


def _vary(headers: MutableMapping[str, str], name: str) -> None:
    before = headers.get("Vary")
    headers["Vary"] = f"{before}, {name}" if before else name


def _is_at(origin: str, host: str | None) -> bool:
    """Whether a page of this origin came from this host."""
    return origin.partition("://")[2].lower() == (host or "").lower() != ""
