"""Notifier: publishes finished requests, as a post in the feed and a webhook delivery."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from service.actors.actor import ActorContext, StreamActor
from service.messages import NOTICES, AnyMessage, Finished, Message
from service.store.sql.events import EventLog
from service.store.sql.feeds.posts import UnpublishedPost
from service.store.sql.feeds.publishing import publication_of
from service.store.sql.requests.request_records import Record
from service.store.sql.webhooks.deliveries import NewDelivery
from service.store.stores import Stores

log = structlog.get_logger()


WebhookBody = Callable[[EventLog], bytes]
"""The webhook body for the end of a request, in the form of the API that it came through."""


class Notifier(StreamActor):
    """Publishes each finished request and queues its webhook; a repeated message has no effect."""

    name = "notifier"
    stream = NOTICES

    def __init__(self, context: ActorContext, stores: Stores, webhook_body: WebhookBody) -> None:
        super().__init__(context)
        self._requests = stores.requests
        self._posts = stores.posts
        self._feeds = stores.feeds
        self._fanouts = stores.fanouts
        self._events = stores.events
        self._pending_posts = stores.pending_posts
        self._deliveries = stores.deliveries
        self._webhook_body = webhook_body

    async def park(self, message: AnyMessage) -> None:
        """Stop retrying a request that cannot be published."""
        await self._requests.mark_noticed([message.id])

    async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        ids = {notice.id for notice in batch}
        self._pending_posts.begin(ids)
        try:
            return await self._handle(batch)
        finally:
            self._pending_posts.remove(ids)

    async def _handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        records = [
            record
            for notice in batch
            if isinstance(notice, Finished) and (record := await self._requests.record(notice.id))
        ]
        published = [record for record in records if is_published(record)]
        unpublished = await asyncio.to_thread(drafts_of, published) if published else []
        posts = await self._posts.publish(unpublished)
        for post in posts:
            await self._feeds.insert(post.author, [post])
            log.info("published", request=post.id, author=post.author)
        self._pending_posts.remove(post.id for post in posts)
        hooked = [record.request.id for record in records if record.request.webhook]
        deliveries = [
            delivery
            for id_ in hooked
            if (delivery := self._delivery_of(await self._events.log(id_)))
        ]
        due = await self._deliveries.store(deliveries) if deliveries else ()
        await self._requests.mark_noticed([record.request.id for record in records])
        return [*due, *await self._fanouts.slices(posts)]

    def _delivery_of(self, log_: EventLog | None) -> NewDelivery | None:
        """None without a webhook, or if the request is not final: it may have been redriven."""
        if log_ is None or not log_.final or not log_.record.request.webhook:
            return None
        request, ended_at = log_.record.request, log_.record.finished_at
        body = self._webhook_body(log_).decode()
        number = log_.events[-1].seq
        return NewDelivery(request.id, number, request.webhook or "", body, ended_at or 0.0)


def is_published(record: Record) -> bool:
    """Whether a request is to become a post, and can."""
    request = record.request
    return record.status == "completed" and request.publish and bool(request.user_id)


def drafts_of(records: Sequence[Record]) -> list[UnpublishedPost]:
    """The posts that these requests become."""
    return [publication_of(record, record.request.user_id or "") for record in records]
