"""Rate limits: writing requests a second for each key, or for each address without keys.

Reading is not counted, so that clients can always ask for the state of an accepted request.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web
from aiohttp.typedefs import Handler

from service.config import Config, HttpConfig, LimitsConfig
from service.http.guards.access import Caller
from service.http.problems import Problem
from service.store.redis.rate_limits import RateLimits, TokenGrant

READS = {"/content/view", "/feed"}  # POST only because the original API has it so
IPV6_SITE_BITS = 64  # prefix length of the smallest IPv6 network that a customer gets

ADDRESS = "address:"  # before the address of a client without a key

Network = IPv4Network | IPv6Network

LATEST_GRANT = web.RequestKey("latest grant", TokenGrant)
"""What the headers of the answer say, if a call took more than one token."""


def is_limited(method: str, path: str) -> bool:
    """Whether requests to the endpoint with this method and path are counted."""
    return method != "GET" and path not in READS


class RateLimiter:
    """Passes requests on to their handlers, at most at the rate in `[limits]`."""

    def __init__(self, config: Callable[[], Config], rate_limits: RateLimits) -> None:
        self._config = config
        self._rate_limits = rate_limits
        self._proxies = networks(config().http)

    def through(
        self, request: web.Request, who: Caller, handler: Handler
    ) -> Awaitable[web.StreamResponse]:
        """The answer of the handler, or a 429; where a limit is set both say how much is left."""
        limits = self._config().limits
        return self._limited(request, who, handler, limits) if limits.rate else handler(request)

    async def _limited(
        self, request: web.Request, who: Caller, handler: Handler, limits: LimitsConfig
    ) -> web.StreamResponse:
        client = client_of(request, who.name, self._proxies)
        grant = await self._rate_limits.take_token(client, limits.rate, limits.burst)
        if grant.allowed:
            try:
                response = await handler(request)
            except Problem as problem:
                response = problem.response()
        else:
            response = _too_many(grant, limits).response()
        _add_headers(response, request.get(LATEST_GRANT, grant), limits)
        return response


async def take_more_tokens(
    request: web.Request, who: Caller, limits: RateLimits, config: Config, count: int
) -> None:
    """Take tokens for the requests of one call besides its first. Raises Problem."""
    rate, burst = config.limits.rate, config.limits.burst
    if not rate or count < 1:
        return
    client = client_of(request, who.name, networks(config.http))
    grant = await limits.take_token(client, rate, burst, count=min(count, burst - 1))
    request[LATEST_GRANT] = grant
    if not grant.allowed:
        raise _too_many(grant, config.limits)


def _too_many(grant: TokenGrant, limits: LimitsConfig) -> Problem:
    seconds = max(1, math.ceil(grant.retry_after))
    return Problem(
        "rate-limited",
        f"Too many requests: {limits.rate:g} a second are allowed.",
        headers={"Retry-After": str(seconds)},
    )


def client_of(request: web.BaseRequest, key: str | None, proxies: Sequence[Network]) -> str:
    """One client: an API key, or an address without one."""
    if key is not None:
        return f"key:{key}"
    return client_of_address(client_address(request, proxies))


def site(request: web.BaseRequest, proxies: Sequence[Network]) -> str:
    """The client of a request without a key: its IPv4 address, or its IPv6 network."""
    return _site(client_address(request, proxies))


def client_of_address(address: str) -> str:
    """The client at an address; an IPv6 one counts with its network."""
    return ADDRESS + _site(address)


def networks(http: HttpConfig) -> list[Network]:
    """The networks of trusted proxies."""
    return [ip_network(network, strict=False) for network in http.trusted_proxies]


def client_address(request: web.BaseRequest, proxies: Sequence[Network]) -> str:
    """Where a request comes from: the last address in the list that is not a trusted proxy.

    A proxy appends its own client, so entries further left may be forged. `Forwarded` (RFC 7239)
    wins over `X-Forwarded-For`.
    """
    address = request.remote or ""
    if not proxies or not is_from(address, proxies):
        return address
    forwarded = request.headers.getall("Forwarded", ())
    if forwarded:
        elements = ",".join(forwarded).split(",")
        hops = [_parameter(element, "for") for element in elements]
    else:
        hops = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    for hop in reversed(hops):
        hop_address = _address(hop)
        if hop_address is None:  # hidden or invalid: entries to its left cannot be trusted
            return address
        address = hop_address
        if not is_from(address, proxies):
            return address
    return address


def _parameter(element: str, name: str) -> str:
    for pair in element.split(";"):
        key, _, value = pair.partition("=")
        if key.strip().lower() == name:
            return value
    return ""


def _address(hop: str) -> str | None:
    """The address in `192.0.2.1`, `192.0.2.1:80`, `"[2001:db8::1]:80"`, `2001:db8::1`."""
    hop = hop.strip().strip('"')
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        return str(ip_address(hop))
    except ValueError:
        return None


def is_from(address: str, proxies: Sequence[Network]) -> bool:
    """Whether an address is in one of these networks."""
    try:
        ip = _plain(address)
    except ValueError:
        return False
    return any(ip in network for network in proxies)


def _plain(address: str) -> IPv4Address | IPv6Address:
    """An address without its zone; an IPv4-mapped IPv6 address becomes IPv4."""
    ip = ip_address(address.partition("%")[0])
    return ip if isinstance(ip, IPv4Address) else ip.ipv4_mapped or ip


@lru_cache(maxsize=4096)
def _site(address: str) -> str:
    """The key for one client: an IPv4 address, or the network of an IPv6 one."""
    try:
        ip = _plain(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        return str(ip_network((int(ip), IPV6_SITE_BITS), strict=False))
    return str(ip)


def _add_headers(response: web.StreamResponse, grant: TokenGrant, limits: LimitsConfig) -> None:
    """Headers of draft-ietf-httpapi-ratelimit-headers, beside those of the queue if it is full."""
    window = max(1, math.ceil(limits.burst / limits.rate))
    fields = {
        "RateLimit-Policy": f'"requests";q={limits.burst};w={window}',
        "RateLimit": f'"requests";r={grant.remaining};t={math.ceil(grant.full_in)}',
    }
    for name, value in fields.items():
        before = response.headers.get(name)
        response.headers[name] = f"{before}, {value}" if before else value
