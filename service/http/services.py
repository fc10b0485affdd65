"""What the handlers work with; filled in by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from service.config import Config
from service.http.snapshot import ServiceMonitor
from service.messages import Accepted, Failed, Generated, Kind, Wanted
from service.queueing.admission import Admission
from service.queueing.positions import Positions
from service.store.media import Media
from service.store.redis.feeds import Feeds
from service.store.redis.rate_limits import RateLimits
from service.store.sql.api_keys import ApiKeys
from service.store.sql.dead_letters import DeadLetters
from service.store.sql.deliveries import Deliveries, DueDeliveries
from service.store.sql.delivery_history import DeliveryHistory
from service.store.sql.events import Events
from service.store.sql.posts import Posts
from service.store.sql.request_cancellation import EndedRequests, RequestCancellation
from service.store.sql.request_listing import RequestListing
from service.store.sql.requests import Requests
from service.subscriptions import Subscriptions
from service.tracing import OFF, Tracing

Ready = Callable[[], Awaitable[Mapping[str, str]]]
"""What is not ready, and why; empty when all is."""


@dataclass(frozen=True, slots=True)
class Services:
    """The stores, and the doors to the actors."""

    config: Callable[[], Config]
    requests: Requests
    listing: RequestListing
    backlog: Admission
    queue: Positions
    accepted: Callable[[Accepted], None]
    generate: Mapping[Kind, Callable[[Wanted], Awaitable[Generated | Failed]]]
    feeds: Feeds
    posts: Posts
    media: Media
    cancellation: RequestCancellation
    ended: Callable[[EndedRequests], None]
    dead_letters: DeadLetters
    events: Events
    subscriptions: Subscriptions
    deliveries: Deliveries
    delivery_history: DeliveryHistory
    deliver: Callable[[DueDeliveries], None]
    not_ready: Ready
    keys: ApiKeys
    rate_limits: RateLimits
    monitor: ServiceMonitor
    tracing: Tracing = OFF


SERVICES = web.AppKey("services", Services)


def services_of(request: web.Request) -> Services:
    """The services of the application that a request came to."""
    return request.app[SERVICES]
