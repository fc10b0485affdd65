"""Access control: API keys, their scopes, and the owner of a request.

`Access` checks every call before its handler; handlers use `caller` and `is_mine`.
"""

from __future__ import annotations

import contextlib
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from aiohttp import web

from service.config import Config
from service.http.guards.feed_proof import FeedProofs
from service.http.guards.stream_proof import StreamProofs
from service.http.problems import Problem
from service.http.services import services_of
from service.installation import PROGRAM
from service.messages import PRIORITIES, Priority
from service.process.credentials import credential
from service.store.errors import DatabaseUnavailable
from service.store.sql.keys.api_keys import NOTICED_SECONDS, SCOPES, ApiKeys, KeyInUse, Scope

PLACES: Mapping[str, Scope | None] = {
    "content": "content",
    "feed": "feed",
    "worker": "worker",
    "v1": "content",
    "replicate": "content",
    "fal": "content",
    "dead-letters": "admin",
    "metrics": "admin",
    "status": "admin",
    "pools": "admin",
    "deliveries": "admin",
    "models": "content",
    "usage": "content",
    # no key needed: pictures have unguessable addresses, the rest is public
    "": None,
    "media": None,
    "healthz": None,
    "readyz": None,
    "openapi.json": None,
    "docs": None,
    "gallery": None,
    "problems": None,
    "engine": None,
    "key": None,
}
"""The scope that a key needs, by the first word of the path."""

EXCEPTIONS: Mapping[str, Scope] = {
    "/models/discovered": "admin",
    "/replicate/v1/webhooks/default/secret": "admin",
}
"""Paths whose scope differs."""

STREAMS = ("/events", "/ws", "/events/", "/ws/")
"""Endings of the paths that browsers open without headers (EventSource and WebSocket send none).

There, and nowhere else, a key may also come as `?access_token=`. It is never logged here, but a
proxy in front may log it: give such pages a separate key.
"""
QUERY_KEY = "access_token"  # as in RFC 6750, section 2.3
SCHEMES = {"bearer", "token", "key"}
"""The words before a key: the standard one, and those of Replicate's and fal's clients."""


class OpenToNetwork(Exception):
    """The service would be reachable from other machines without a key."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller: the name of a key, or None if no key is required."""

    name: str | None
    scopes: frozenset[str]
    sees_all: bool
    """Whether the caller may see the requests of other keys."""
    highest: Priority = "high"
    """The highest priority that its requests may have."""
    models: Sequence[str] | None = None
    """The models that its requests may use; None for all."""


ANYONE = Caller(None, frozenset(SCOPES), sees_all=True)
ANOTHER_SERVICE = Caller(None, frozenset(SCOPES), sees_all=True)
"""The caller with the internal token, which has clients of its own: their limits are there."""
ANYBODY = Caller(None, frozenset(), sees_all=False)
"""The caller of what is public."""
CALLER = web.RequestKey("caller", Caller)


def caller(request: web.Request) -> Caller:
    """The caller of a request. Set for every request to an endpoint with a scope."""
    return request[CALLER]


async def is_mine(request: web.Request, id_: str) -> bool:
    """Whether the caller may see this request: another key's is answered like an unknown id."""
    who = request[CALLER]
    return who.sees_all or await services_of(request).stores.requests.owner(id_) == who.name


async def is_visible(request: web.Request, id_: str) -> bool:
    """Whether a request with this id exists, and the caller may see it."""
    requests = services_of(request).stores.requests
    return id_.isascii() and await requests.view(id_) is not None and await is_mine(request, id_)


def check_user(request: web.Request, user_id: str) -> None:
    """Raises Problem if the caller's key is bound to other users."""
    name = request[CALLER].name
    bound = None if name is None else services_of(request).config().auth.users.get(name)
    if bound is not None and user_id not in map(str, bound):
        raise Problem("forbidden", "This key is not for that user.")


async def check_post(request: web.Request, author: str, id_: str) -> None:
    """Raises Problem if the caller may not change this post.

    A post that was made from a request belongs to the key of the request, and to the keys that are
    bound to its author. Of a post without a request, only the author is known.
    """
    check_user(request, author)
    services, who = services_of(request), request[CALLER]
    if who.sees_all or who.name in services.config().auth.users:
        return
    is_made = await services.stores.requests.view(id_) is not None
    if is_made and not await is_mine(request, id_):
        raise Problem("forbidden", "This post was made from a request of another key.")


def permitted_priority(who: Caller, wanted: Priority | None) -> Priority:
    """The priority of a new request; if none is wanted: normal, or low if the key permits no more.

    Raises Problem if the caller's key does not permit what is wanted.
    """
    highest = who.highest
    if wanted is None:
        return "low" if highest == "low" else "normal"
    if highest != "high" and PRIORITIES.index(wanted) < PRIORITIES.index(highest):
        raise Problem("forbidden", f"This key permits no priority above `{highest}`.")
    return wanted


def scope_of(path: str) -> Scope | None:
    """The scope that an endpoint at this path requires; None if it needs no key."""
    return EXCEPTIONS.get(path.rstrip("/")) or PLACES[path.split("/")[1]]


class Access:
    """The access check: admits callers or raises Problem. Key changes take effect at once."""

    def __init__(
        self,
        config: Callable[[], Config],
        keys: ApiKeys,
        proofs: StreamProofs | None = None,
        feed_proofs: FeedProofs | None = None,
    ) -> None:
        self._config = config
        self._keys = keys
        self._proofs = proofs
        self._feed_proofs = feed_proofs
        self._is_local = is_loopback(config().http.host)
        self._any_key = False
        self._look_again = 0.0  # time.monotonic()
        self._open_under: Config | None = None  # with this configuration calls need no key

    async def asks_for_keys(self) -> bool:
        """Whether callers need a key: as configured, or as soon as there is one."""
        config = self._config()
        required = config.auth.required
        if required != "auto":
            return required
        if self._any_key or not self._is_local:
            return True
        if time.monotonic() > self._look_again:
            self._look_again = time.monotonic() + NOTICED_SECONDS / 2
            with contextlib.suppress(DatabaseUnavailable):  # no key can be created then, either
                self._any_key = await self._keys.any()
        self._open_under = None if self._any_key else config
        return self._any_key

    def is_open(self, scope: Scope) -> bool:
        """Whether calls with this scope are known to need no key, since the last look."""
        return (
            self._open_under is self._config()
            and time.monotonic() <= self._look_again
            and scope != "worker"
        )

    async def admit(self, request: web.Request, scope: Scope) -> Caller:
        """The caller, if the scope allows the call. Raises Problem."""
        if scope == "worker":
            return await self._admit_worker(request)
        return await self._by_key(request, scope) if await self.asks_for_keys() else ANYONE

    async def who(self, request: web.Request) -> Caller:
        """The caller by its key; without scopes if the key is missing or wrong."""
        if not await self.asks_for_keys():
            return ANYONE
        match = await self._keys.find(sent_key(request))
        if match is None:
            return ANYBODY
        return _caller(match)

    async def _by_key(self, request: web.Request, scope: Scope) -> Caller:
        key = sent_key(request)
        if not key and (bearer := await self._by_proof(request)):
            return bearer
        match = await self._keys.find(key)
        if match is None:
            raise _unauthorized("The key is wrong." if key else "A key is needed.", key)
        if not match.scopes & {scope, "admin"}:
            raise Problem(
                "forbidden",
                f"This key does not have the scope `{scope}`.",
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
            )
        return _caller(match)

    async def _by_proof(self, request: web.Request) -> Caller | None:
        """The owner of a stream or feed with a proof in its address, unless the key was revoked."""
        if self._feed_proofs is not None and (owner := await self._feed_proofs.proved(request)):
            in_use = await self._keys.in_use(owner)
            return Caller(owner, frozenset(), sees_all=False) if in_use else None
        if self._proofs is None:
            return None
        id_ = self._proofs.proved(request, is_open=CALLER in request)
        if id_ is None:
            return None
        owner = await self._proofs.owner_of(id_)
        if owner is not None and not await self._keys.in_use(owner):
            return None
        return Caller(owner, frozenset(), sees_all=False)

    async def _admit_worker(self, request: web.Request) -> Caller:
        """Accepts the internal token, and also a key where callers need one."""
        token = credential(self._config().http.internal_token_env)
        key = sent_key(request)
        if token and hmac.compare_digest(key.encode(errors="replace"), token.encode()):
            return ANOTHER_SERVICE
        if await self.asks_for_keys():
            return await self._by_key(request, "worker")
        if token:
            raise _unauthorized("The internal token is missing or wrong.", key)
        if not self._is_local:
            raise Problem("forbidden", "Internal endpoints are closed: no internal token is set.")
        return ANYONE


def _caller(key: KeyInUse) -> Caller:
    return Caller(key.name, key.scopes, "admin" in key.scopes, key.priority, key.models)


ACCESS = web.AppKey("access", Access)


async def refuse_unauthenticated_bind(
    config: Config, any_key: Callable[[], Awaitable[bool]]
) -> None:
    """Raises OpenToNetwork if the service would unintentionally be reachable without a key."""
    host = config.http.host
    if config.auth.required == "auto" and not is_loopback(host) and not await any_key():
        raise OpenToNetwork(
            f"others can reach {host}, and there is no API key. Make one with `{PROGRAM} keys "
            "create NAME`, or set [auth] required = false to allow every caller."
        )


def is_loopback(host: str) -> bool:
    """Whether an address to bind to is reached from this machine only."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def takes_query_key(request: web.Request) -> bool:
    """Whether the key may come in the query."""
    return request.method == "GET" and request.path.endswith(STREAMS)


def sent_key(request: web.Request) -> str:
    """The key that the client sent; "" for none."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in SCHEMES:
        return key.strip()
    return request.rel_url.query.get(QUERY_KEY, "") if takes_query_key(request) else ""


def _unauthorized(sentence: str, key: str) -> Problem:
    challenge = 'Bearer realm="Feedmill"' + (', error="invalid_token"' if key else "")
    return Problem("unauthorized", sentence, headers={"WWW-Authenticate": challenge})
