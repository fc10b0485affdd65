"""The stores and actors that handlers use; filled in by the pipeline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from aiohttp import web

from service.config import Config
from service.http.snapshot import ServiceMonitor
from service.messages import Accepted, DeliveryDue, Failed, Generated, Priority, Wanted
from service.queueing.admission import Admission
from service.queueing.positions import Positions
from service.recommendations import Recommendations
from service.store.sql.requests.request_cancellation import EndedRequests
from service.store.stores import Stores
from service.subscriptions.feeds import FeedSubscriptions
from service.subscriptions.requests import Subscriptions
from service.telemetry.tracing import OFF, Tracing

Ready = Callable[[], Awaitable[Mapping[str, str]]]
"""What is not ready, and why; empty if everything is."""


class RelayDoor(Protocol):
    """The relay, as handlers see it: forwards committed work to the streams."""

    def accepted(self, request: Accepted) -> None:
        """Pass on a request that is committed."""

    async def reprioritize(self, id_: str, priority: Priority) -> None:
        """Move what waits of a request, whose new priority is committed."""

    def deliver(self, due: Iterable[DeliveryDue]) -> None:
        """Pass on webhook deliveries that are due, now or later."""


class Ends(Protocol):
    """The effects of a cancel or an expiry, as handlers see them."""

    def follow(self, ended: EndedRequests) -> None:
        """Free the slots, stop the work and notify."""


@dataclass(frozen=True, slots=True)
class Services:
    """The stores, and the few interfaces to the actors."""

    config: Callable[[], Config]
    reread: Callable[[], Config]
    """Reads the configuration from its files, without putting it in force. Raises ConfigError."""
    stores: Stores
    admission: Admission
    positions: Positions
    subscriptions: Subscriptions
    feed_subscriptions: FeedSubscriptions
    recommendations: Recommendations
    forget_taste: Callable[[str], Awaitable[None]]
    """Removes the taste of a user, and takes their likes back from what was learnt."""
    relay: RelayDoor
    generate: Mapping[str, Callable[[Wanted], Awaitable[Generated | Failed]]]
    ends: Ends
    not_at_work: Ready
    """As `not_ready`, without the generators: a start does not wait for them."""
    not_ready: Ready
    monitor: ServiceMonitor
    webhook_keys: Sequence[bytes]
    """The keys that webhooks are signed with, the newest first."""
    tracing: Tracing = OFF


SERVICES = web.AppKey("services", Services)


class ServiceRequest(web.Request):
    """A request that knows its application and services, without a search through its route.

    `request_class` makes a subclass for each application.
    """

    app: ClassVar[web.Application]
    services: ClassVar[Services]


def request_class(app: web.Application) -> type[ServiceRequest]:
    """The class for the requests to this application."""
    return type("Request", (ServiceRequest,), {"app": app, "services": app[SERVICES]})


def services_of(request: web.Request) -> Services:
    """The services of the application that a request came to."""
    services: Services = request.services  # type: ignore[attr-defined] # see `request_class`
    return services
