"""Notifier: publishes finished requests, as a post in the feed and a webhook delivery."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import structlog

from service.actors.actor import ActorContext, StreamActor
from service.addresses import with_base
from service.messages import NOTICES, AnyMessage, Finished, Message
from service.store.sql.deliveries import NewDelivery
from service.store.sql.events import EventLog
from service.store.sql.posts import UnpublishedPost
from service.store.sql.request_records import Record, iso
from service.store.stores import Stores

log = structlog.get_logger()

MAX_TITLE_CHARACTERS = 80  # characters of the prompt that a post is titled with


class Notifier(StreamActor):
    """Publishes each finished request and queues its webhook; a repeated message has no effect."""

    name = "notifier"
    stream = NOTICES

    def __init__(
        self,
        context: ActorContext,
        stores: Stores,
        base: str,
    ) -> None:
        super().__init__(context)
        self._requests = stores.requests
        self._posts = stores.posts
        self._feeds = stores.feeds
        self._events = stores.events
        self._deliveries = stores.deliveries
        self._base = base

    async def park(self, message: AnyMessage) -> None:
        """Stop retrying a request that cannot be published."""
        await self._requests.noticed([message.id])

    async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        records = [
            record
            for notice in batch
            if isinstance(notice, Finished) and (record := self._requests.record(notice.id))
        ]
        drafts = [draft for record in records if (draft := draft_of(record))]
        posts = await self._posts.publish(drafts)
        for post in posts:
            await self._feeds.insert(post.author, [post])
            log.info("published", request=post.id, author=post.author)
        hooked = [record.request.id for record in records if record.request.webhook]
        told = [one for id_ in hooked if (one := told_of(self._events.log(id_), self._base))]
        due = await self._deliveries.store(told) if told else []
        await self._requests.noticed([record.request.id for record in records])
        return due


def told_of(log_: EventLog | None, base: str = "") -> NewDelivery | None:
    """What the URL of a request is told: the last event of its log, in the form of a webhook.

    Pictures are named below `base`. None without a URL, or if it has not ended, or not any more.
    """
    if log_ is None or not log_.final or not log_.record.request.webhook:
        return None
    request, ended_at, end = log_.record.request, log_.record.finished_at, log_.events[-1]
    body = {
        "type": f"content.{end.name}",
        "timestamp": iso(ended_at),
        "data": msgspec.Raw(with_base(end.data, base)),
        "event_id": str(end.seq),
    }
    text = msgspec.json.encode(body).decode()
    return NewDelivery(request.id, end.seq, request.webhook or "", text, ended_at or 0.0)


def draft_of(record: Record) -> UnpublishedPost | None:
    """The post that a finished request makes, or None if it makes none."""
    request = record.request
    if record.status != "completed" or not request.publish or not request.user_id:
        return None
    made = {part.kind: part for part in record.parts}
    text = made["text"].text if "text" in made else None
    return UnpublishedPost(
        request.id,
        request.user_id,
        title_of(request.prompt),
        text or "",
        made["image"].image_uri if "image" in made else None,
    )


def title_of(prompt: str) -> str:
    """A prompt as a title: its first words, ended where a word ends."""
    words = " ".join(prompt.split())
    if len(words) <= MAX_TITLE_CHARACTERS:
        return words
    return words[: MAX_TITLE_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"
