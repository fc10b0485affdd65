"""Follows the logs of requests for a streamed answer, until the answer is whole or fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from service.http.api.events.events import HEARTBEAT_SECONDS
from service.http.api.submission.synchronous import RETRY_SECONDS
from service.http.guards.key_revocation import OpenStream
from service.http.problems import Problem, unavailable
from service.http.services import Services
from service.store.errors import DatabaseUnavailable
from service.store.sql.events import Event, EventLog
from service.subscriptions.requests import Topic
from service.subscriptions.signals import Signal, news_of_any

News = Callable[[], Awaitable[tuple[list[bytes], bool]]]
"""The unsent events, and whether they are the last. Raises Problem if the answer fails."""


class TextDiffers(Problem):
    """A text was generated again and differs from what was sent, which cannot be taken back."""

    def __init__(self) -> None:
        super().__init__("unavailable", "The text was generated again and became another one.")


class KeyRevoked(Problem):
    """The client has lost access: an end without an error would seem to be the whole answer."""

    def __init__(self) -> None:
        super().__init__("unauthorized", "The key was revoked.")


async def follow(
    services: Services,
    topics: Sequence[Topic],
    stream: OpenStream,
    news: News,
    failed: Callable[[Problem], bytes],
    *,
    live: bool = False,
) -> AsyncIterator[Sequence[bytes]]:
    """Batches of events; an empty one is a heartbeat. `failed` encodes the event of a failure.

    With `live`, a change of what a worker is writing counts as news.

    While the database is away the work continues, and so does the wait for news.
    """
    with contextlib.suppress(DatabaseUnavailable):
        await _look_up_positions(services, topics)
    signals: list[Signal] = [*topics, *(topic.live for topic in topics if live)]
    while True:
        versions = {signal: signal.version for signal in signals}
        batch, is_last, is_away = list[bytes](), False, False
        try:
            for topic in topics:
                await topic.read()  # read every log first: an error then loses no news
            batch, is_last = await news()
        except DatabaseUnavailable:
            is_away = True
        except Problem as problem:
            yield [failed(problem)]
            return
        if batch:
            yield batch
        if is_last:
            return
        if interruption := _interruption(services, stream):
            yield [failed(interruption)]
            return
        if is_away:
            await asyncio.sleep(RETRY_SECONDS)
            yield []
            continue
        await news_of_any(versions, HEARTBEAT_SECONDS)
        if all(signal.version == version for signal, version in versions.items()):
            yield []


def log_of_topic(topic: Topic) -> EventLog:
    """The log of a followed request. Raises Problem if the request was removed."""
    log = topic.log()
    if log is None:
        raise Problem("gone", "The request was removed while it ran.")
    return log


def position_comment(event: Event, data: Mapping[str, Any]) -> bytes:
    """A comment with the queue position in an event of the log; empty for other events."""
    is_position = event.name == "queued" and "position" in data
    return b": position %d\n\n" % data["position"] if is_position else b""


def _interruption(services: Services, stream: OpenStream) -> Problem | None:
    """Why a stream cannot continue; None if it can."""
    if stream.over:
        return KeyRevoked()
    return unavailable("The server is stopping.") if services.subscriptions.closed else None


async def _look_up_positions(services: Services, topics: Sequence[Topic]) -> None:
    """Look up the queue positions of waiting requests."""
    logs = [(topic, await topic.read()) for topic in topics]
    waiting = [(topic, log) for topic, log in logs if log and log.record.status == "queued"]
    places = await services.positions.positions_of([log.record.waiting for _, log in waiting])
    for (topic, _), place in zip(waiting, places, strict=True):
        topic.set_position(place)
