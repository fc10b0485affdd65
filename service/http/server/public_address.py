"""The public address of the service: its path prefix and its name.

Both are configured (`[http] base_path` and `public_url`), or sent by a trusted proxy with each
request: X-Forwarded-Prefix, -Proto, -Host and -Port, or Forwarded (RFC 7239).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import Any

from aiohttp import web

from service.addresses import absolute, path_of
from service.config import HttpConfig
from service.http.guards.rate_limiting import is_from, networks

HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?", re.ASCII)
SCHEMES = {"http": "80", "https": "443"}
PREFIX = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*/?", re.ASCII)


class PublicAddress:
    """The path and URL of this service as clients see them, for the addresses in answers."""

    def __init__(self, http: HttpConfig) -> None:
        self._path = http.path
        self._url = http.url
        self._proxies = networks(http)

    def path(self, request: web.BaseRequest) -> str:
        """The path that the service is below, "" for none."""
        if self._proxies and "X-Forwarded-Prefix" in request.headers and self._trusts(request):
            prefix = "".join(
                part.strip().rstrip("/")
                for line in request.headers.getall("X-Forwarded-Prefix")
                for part in line.split(",")
            )
            with contextlib.suppress(ValueError):
                if PREFIX.fullmatch(prefix):
                    return path_of(prefix)
        return self._path

    def whole(self, request: web.BaseRequest) -> str:
        """The URL of the service; only the path if its name is unknown."""
        if self._url:
            return self._url
        if self._proxies and self._trusts(request):
            scheme, host = _forwarded(request)
            if scheme in SCHEMES and HOST.fullmatch(host):
                return f"{scheme}://{host}{self.path(request)}"
            return self.path(request)
        return self._path

    def root(self, request: web.BaseRequest) -> str:
        """The URL of the service, for documents that are read elsewhere.

        By the name that the client or a trusted proxy has for this host; a name that cannot be
        one gives way to the address that the client connected to.
        """
        whole = self.whole(request)
        if "://" in whole:
            return whole
        host = self.host(request)
        if not HOST.fullmatch(host):
            name = request.transport and request.transport.get_extra_info("sockname")
            host = _netloc(name)
        return f"http://{host}{whole}"

    def host(self, request: web.BaseRequest) -> str:
        """The client's name for this host, with the port if there is one."""
        if self._proxies and self._trusts(request):
            return _forwarded(request)[1]
        return request.headers.get("Host", "")

    def below_path(self, make_request: Callable[..., Any]) -> Callable[..., Any]:
        """Strip the configured path from the addresses of requests that have it.

        A proxy may have stripped it already, so both forms are answered.
        """
        if not self._path:
            return make_request

        def make_stripped(message: Any, *others: Any) -> Any:
            path = message.url.raw_path
            if path.startswith(f"{self._path}/"):
                url = message.url.with_path(path[len(self._path) :], encoded=True, keep_query=True)
                message = message._replace(url=url, path=url.raw_path_qs)
            return make_request(message, *others)

        return make_stripped

    def _trusts(self, request: web.BaseRequest) -> bool:
        return is_from(request.remote or "", self._proxies)


PUBLIC = web.AppKey("public address", PublicAddress)


def address(request: web.Request, uri: str) -> str:
    """An address of this service as its client has to write it: `/media/…` with its prefix."""
    return absolute(uri, request.app[PUBLIC].path(request))


def _forwarded(request: web.BaseRequest) -> tuple[str, str]:
    """Scheme and host according to the proxies; "" for what they do not send."""
    headers = request.headers
    first = _parameters(headers.get("Forwarded", ""))
    scheme = first.get("proto") or _first(headers.get("X-Forwarded-Proto", ""))
    named = first.get("host") or _first(headers.get("X-Forwarded-Host", ""))
    host = named or headers.get("Host", "")  # passed on, as nginx does with `$host`
    port = _first(headers.get("X-Forwarded-Port", ""))
    scheme = scheme.lower() or ("http" if named else "")
    if port.isdecimal() and not re.search(r":\d+$", host) and port != SCHEMES.get(scheme):
        host = f"{host}:{port}"
    return scheme, host


def _netloc(name: Any) -> str:
    """Host and port of a socket as they stand in a URL."""
    host, port = name[:2] if name else ("localhost", 80)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _first(values: str) -> str:
    return values.partition(",")[0].strip()


def _parameters(forwarded: str) -> dict[str, str]:
    """The parameters of the first element of Forwarded."""
    pairs = (pair.partition("=") for pair in forwarded.partition(",")[0].split(";"))
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
