"""`GET /deliveries`: webhook deliveries that hang, of all requests."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from service.http.api.responses import WebhookDeliveryResponse, json_reply
from service.http.api.webhooks.deliveries import delivery_reply
from service.http.guards.connection_limits import client_of_request
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.services import services_of


class TroubledDeliveryFilter(Parameters):
    """How many deliveries at most."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class TroubledDeliveryResponse(msgspec.Struct):
    """A delivery that hangs, and the id of its request."""

    request: str
    delivery: WebhookDeliveryResponse


class TroubledDeliveriesResponse(msgspec.Struct):
    """Deliveries that were not accepted, of URLs whose last attempts failed.

    First those that were tried, then those that wait behind them, each newest first.
    """

    deliveries: list[TroubledDeliveryResponse]


async def list_troubled_deliveries(request: web.Request) -> web.StreamResponse:
    """Webhook deliveries that hang: of each URL in trouble the oldest that wait, and the newest."""
    parameters = await parse_parameters(request, TroubledDeliveryFilter)
    troubled = await services_of(request).stores.delivery_history.troubled(
        parameters.limit, client=client_of_request(request)
    )
    return json_reply(
        TroubledDeliveriesResponse(
            [
                TroubledDeliveryResponse(delivery.request_id, delivery_reply(delivery))
                for delivery in troubled
            ]
        )
    )
