"""`/content/{id}/deliveries`: the webhook deliveries of a request, and their redelivery."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from aiohttp import web

from service.http.api.content import unknown
from service.http.api.responses import (
    RedeliveredResponse,
    WebhookAttemptResponse,
    WebhookDeliveriesResponse,
    WebhookDeliveryResponse,
    json_reply,
)
from service.http.guards.access import is_visible
from service.http.guards.connection_limits import client_of_request
from service.http.parameters.parse import EmptyParameters, parse_parameters
from service.http.problems import Problem
from service.http.services import services_of
from service.store.sql.requests.request_records import iso
from service.store.sql.webhooks.delivery_history import WebhookDelivery

log = structlog.get_logger()


async def list_deliveries(request: web.Request) -> web.StreamResponse:
    """List the webhook deliveries of a request, with every attempt."""
    await parse_parameters(request, EmptyParameters)
    return json_reply(
        WebhookDeliveriesResponse([delivery_reply(delivery) for delivery in await _of(request)])
    )


async def redeliver_delivery(request: web.Request) -> web.StreamResponse:
    """Send one delivery again at once; it keeps its id."""
    await parse_parameters(request, EmptyParameters)
    id_ = request.match_info["delivery"]
    return await _redeliver(
        request, [delivery for delivery in await _of(request) if delivery.id == id_]
    )


async def redeliver_latest_delivery(request: web.Request) -> web.StreamResponse:
    """Send the latest delivery of a request again at once; it keeps its id."""
    await parse_parameters(request, EmptyParameters)
    return await _redeliver(request, await _of(request))


async def _of(request: web.Request) -> list[WebhookDelivery]:
    services = services_of(request)
    id_ = request.match_info["id"]
    if not await is_visible(request, id_):
        raise unknown(id_, services)
    return await services.stores.delivery_history.of_request(id_, client=client_of_request(request))


async def _redeliver(
    request: web.Request, deliveries: Sequence[WebhookDelivery]
) -> web.StreamResponse:
    if not deliveries:
        raise Problem("not-found", "This request has no such delivery.")
    delivery = deliveries[-1]
    services = services_of(request)
    due = await services.stores.deliveries.redeliver(delivery.request_id, delivery.event)
    if due is None:
        raise Problem("conflict", "An attempt at this delivery is being made just now.")
    services.relay.deliver(due)
    log.info("redelivery asked for", request=delivery.request_id, delivery=delivery.id)
    return json_reply(RedeliveredResponse(delivery.id), 202)


def delivery_reply(delivery: WebhookDelivery) -> WebhookDeliveryResponse:
    """A delivery as clients see it."""
    attempts = [
        WebhookAttemptResponse(
            attempt.number,
            iso(attempt.started_at) or "",
            round(attempt.seconds, 3),
            attempt.code,
            attempt.reason,
        )
        for attempt in delivery.attempts
    ]
    return WebhookDeliveryResponse(
        delivery.id,
        str(delivery.event),
        delivery.type,
        delivery.url,
        "sending" if delivery.in_hand else delivery.status,
        iso(delivery.ended_at) or "",
        None if delivery.in_hand else iso(delivery.next_at),
        attempts,
    )
