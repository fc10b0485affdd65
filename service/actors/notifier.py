"""Notifier: publishes finished requests, as a post in the feed and a webhook delivery."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec
import structlog

from service.actors.actor import ActorContext, StreamActor
from service.addresses import with_base
from service.messages import NOTICES, AnyMessage, Finished, Message
from service.store.sql.deliveries import NewDelivery
from service.store.sql.events import EventLog
from service.store.sql.feeds.posts import UnpublishedPost
from service.store.sql.feeds.publishing import publication_of
from service.store.sql.request_records import Record, iso
from service.store.stores import Stores

log = structlog.get_logger()


ForeignBody = Callable[[EventLog], bytes | None]
"""The webhook body in the form of another API that a request came through, or None."""


class Notifier(StreamActor):
    """Publishes each finished request and queues its webhook; a repeated message has no effect."""

    name = "notifier"
    stream = NOTICES

    def __init__(
        self,
        context: ActorContext,
        stores: Stores,
        base: str,
        foreign_body: ForeignBody = lambda _: None,
    ) -> None:
        super().__init__(context)
        self._requests = stores.requests
        self._posts = stores.posts
        self._feeds = stores.feeds
        self._fanouts = stores.fanouts
        self._events = stores.events
        self._deliveries = stores.deliveries
        self._base = base
        self._foreign_body = foreign_body

    async def park(self, message: AnyMessage) -> None:
        """Stop retrying a request that cannot be published."""
        await self._requests.mark_noticed([message.id])

    async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        records = [
            record
            for notice in batch
            if isinstance(notice, Finished) and (record := self._requests.record(notice.id))
        ]
        published = [record for record in records if is_published(record)]
        unpublished = await asyncio.to_thread(drafts_of, published) if published else []
        posts = await self._posts.publish(unpublished)
        for post in posts:
            await self._feeds.insert(post.author, [post])
            log.info("published", request=post.id, author=post.author)
        hooked = [record.request.id for record in records if record.request.webhook]
        deliveries = [
            delivery
            for id_ in hooked
            if (delivery := delivery_of(self._events.log(id_), self._base, self._foreign_body))
        ]
        due = await self._deliveries.store(deliveries) if deliveries else ()
        await self._requests.mark_noticed([record.request.id for record in records])
        return [*due, *self._fanouts.slices(posts)]


def delivery_of(
    log_: EventLog | None, base: str = "", foreign_body: ForeignBody = lambda _: None
) -> NewDelivery | None:
    """The webhook delivery of a request: the last event of its log, in the form of a webhook.

    Picture addresses begin with `base`. None without a webhook, or if the request is not final:
    it may have been redriven.
    """
    if log_ is None or not log_.final or not log_.record.request.webhook:
        return None
    request, ended_at, end = log_.record.request, log_.record.finished_at, log_.events[-1]
    if (foreign := foreign_body(log_)) is not None:
        return NewDelivery(
            request.id, end.seq, request.webhook or "", foreign.decode(), ended_at or 0.0
        )
    body = {
        "type": f"content.{end.name}",
        "timestamp": iso(ended_at),
        "data": msgspec.Raw(with_base(end.data, base)),
        "event_id": str(end.seq),
    }
    text = msgspec.json.encode(body).decode()
    return NewDelivery(request.id, end.seq, request.webhook or "", text, ended_at or 0.0)


def is_published(record: Record) -> bool:
    """Whether a request is to become a post, and can."""
    request = record.request
    return record.status == "completed" and request.publish and bool(request.user_id)


def drafts_of(records: Sequence[Record]) -> list[UnpublishedPost]:
    """The posts that these requests become."""
    return [publication_of(record, record.request.user_id or "") for record in records]
