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

from service.config import Http
from service.http.access import is_loopback
from service.http.problems import Problem

SAFE = {"GET", "HEAD", "OPTIONS"}
EXPOSED = "Content-Location, Date, ETag, Idempotency-Replayed, Link, Location, RateLimit, "
EXPOSED += "RateLimit-Policy, Retry-After, WWW-Authenticate"
SENDABLE = "Accept, Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, "
SENDABLE += "Prefer, Range"
REMEMBERED = "7200"  # seconds a browser may remember a permission; Chromium takes no longer ones


class Origins:
    """Refuses requests of foreign pages, and tells browsers which pages may read the answers."""

    def __init__(self, http: Http, asks_for_keys: Callable[[], bool]) -> None:
        self._asks_for_keys = asks_for_keys
        self._allowed = {origin.lower() for origin in http.cors_origins}
        self._any = "*" in self._allowed
        # bound to an address of this machine only, it is asked under names of this machine only
        local = is_loopback(http.host)
        self._names = {http.host, *map(str.lower, http.hosts)} if local else None

    def check(self, request: web.BaseRequest) -> None:
        """Refuse what a foreign web page may have sent. Raises Problem."""
        if self._asks_for_keys():
            return
        headers = request.headers
        host = headers.get("Host", "")
        if self._names is not None and host:
            name = _name(host)
            if not (_is_here(name) or name in self._names):
                raise Problem("cross-site", "This service is not known under the name in `Host`.")
        if request.method in SAFE and "Upgrade" not in headers:
            return
        origin = headers.get("Origin")
        site = headers.get("Sec-Fetch-Site")
        if site is None and origin is None:  # no browser
            return
        own = site in {"same-origin", "none"} if site else _is_at(origin or "", host)
        if not (own or self._any or (origin or "").lower() in self._allowed):
            raise Problem("cross-site", "Pages of other origins may not do this.")

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


@lru_cache(maxsize=64)
def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    return re.sub(r":\d*$", "", host).strip("[]").rstrip(".").lower()


@lru_cache(maxsize=64)
def _is_here(name: str) -> bool:
    return is_loopback(name) or name.endswith(".localhost")


def _is_at(origin: str, host: str) -> bool:
    """Whether a page of this origin came from this host."""
    return origin.partition("://")[2].lower() == host.lower() != ""
