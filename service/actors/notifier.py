"""Notifier: what is finished and was to be published becomes a post in its author's feed."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from service.actors.actor import Lost, StreamActor
from service.messages import NOTICES, AnyMessage, Finished, Message
from service.store.feeds import Feeds
from service.store.posts import Draft, Posts
from service.store.records import Record
from service.store.requests import Requests
from service.store.streams import Streams

log = structlog.get_logger()

TITLE_LENGTH = 80  # characters of the prompt that a post is titled with


class Notifier(StreamActor):
    """Publishes each finished request once, however often it hears of it."""

    name = "notifier"
    stream = NOTICES

    def __init__(
        self,
        streams: Streams,
        lost: Lost,
        node: str,
        requests: Requests,
        posts: Posts,
        feeds: Feeds,
    ) -> None:
        super().__init__(streams, lost, node)
        self._requests = requests
        self._posts = posts
        self._feeds = feeds

    async def park(self, message: AnyMessage) -> None:
        """What cannot be published is not tried for ever."""
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
        await self._requests.noticed([record.request.id for record in records])
        return ()


def draft_of(record: Record) -> Draft | None:
    """The post that a finished request makes, or None if it makes none."""
    request = record.request
    if record.status != "completed" or not request.user_id:
        return None
    made = {part.kind: part for part in record.parts}
    text = made["text"].text if "text" in made else None
    return Draft(
        request.id,
        request.user_id,
        title_of(request.prompt),
        text or "",
        made["image"].image_uri if "image" in made else None,
    )


def title_of(prompt: str) -> str:
    """A prompt as a title: its first words, ended where a word ends."""
    words = " ".join(prompt.split())
    if len(words) <= TITLE_LENGTH:
        return words
    return words[: TITLE_LENGTH - 1].rsplit(" ", 1)[0] + "…"
