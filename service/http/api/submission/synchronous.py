"""Synchronous calls: ordinary requests whose clients wait for the end on one connection.

A client that leaves, or a service that stops, cancels them: their clients ask again.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from service.http.parameters.types import MAX_WAIT_SECONDS
from service.http.problems import Problem, unavailable
from service.http.server.connections import cancelled_if_left
from service.http.services import Services
from service.messages import UNFINISHED
from service.store.errors import DatabaseUnavailable
from service.store.sql.events import EventLog
from service.subscriptions.requests import Topic
from service.subscriptions.signals import news_of_any

REPLAYED = web.RequestKey("replayed", bool)
"""Whether the call is a repeated one: its requests belong to the first one."""
LOOK_SECONDS = 15.0  # seconds without news after which the logs are read again
RETRY_SECONDS = 1.0  # seconds between two attempts to read an unavailable database


@contextlib.asynccontextmanager
async def cancelled_at_exit(
    request: web.Request, services: Services, ids: Sequence[str]
) -> AsyncIterator[None]:
    """End the context when the client leaves; cancel those of these requests that are not final."""
    try:
        with cancelled_if_left(request):
            yield
    finally:
        await cancel_requests(request, services, ids)


async def cancel_requests(request: web.Request, services: Services, ids: Sequence[str]) -> None:
    """Cancel the requests of a call that are not final, unless it is a repeated one."""
    if REPLAYED not in request:
        await asyncio.shield(_cancel(services, ids))


async def _cancel(services: Services, ids: Sequence[str]) -> None:
    with contextlib.suppress(DatabaseUnavailable):
        views = await asyncio.gather(*(services.stores.requests.view(id_) for id_ in ids))
        going = [
            id_
            for id_, view in zip(ids, views, strict=True)
            if view is not None and view[0] in UNFINISHED
        ]
        if going:
            services.ends.follow(await services.stores.cancellation.cancel(*going))


@contextlib.asynccontextmanager
async def cancelled_if_client_leaves(
    request: web.Request, services: Services, id_: str
) -> AsyncIterator[None]:
    """End the context when the client leaves, and cancel this request; it outlives the context."""
    try:
        with cancelled_if_left(request):
            yield
    except asyncio.CancelledError:
        if REPLAYED not in request and not services.subscriptions.closed:
            await asyncio.shield(_cancel(services, [id_]))
        raise


async def log_within(id_: str, services: Services, seconds: float) -> EventLog | None:
    """The log of a request as soon as it is final, or after this many seconds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    with services.subscriptions.subscribe(id_) as topic:
        while True:
            version, log_ = topic.version, await topic.read()
            left = deadline - loop.time()
            if log_ is None or log_.final or left <= 0 or services.subscriptions.closed:
                return log_
            await topic.wait_for_news(version, left)


def preferred_wait(request: web.Request, default: float | None = None) -> float | None:
    """The seconds in `Prefer: wait=N` (RFC 7240); `default` for a bare `wait`.

    An invalid value is ignored.
    """
    for preference in ",".join(request.headers.getall("Prefer", ())).split(","):
        name, equals, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() != "wait":
            continue
        if not equals and default is not None:
            return default
        if re.fullmatch(r'\s*"?[0-9]{1,9}"?\s*', value):
            return float(max(1, min(MAX_WAIT_SECONDS, int(value.strip(' "')))))
    return None


async def wait_for_ends(services: Services, ids: Sequence[str]) -> list[EventLog]:
    """The logs of these requests as soon as all are final.

    Raises Problem if the service stops, or a request is removed, before that.
    """
    with contextlib.ExitStack() as stack:
        topics = [stack.enter_context(services.subscriptions.subscribe(id_)) for id_ in ids]
        while True:
            versions = {topic: topic.version for topic in topics}
            logs = await _logs(topics)
            if all(log.final for log in logs):
                return logs
            if services.subscriptions.closed:
                raise unavailable("The server is stopping.")
            await news_of_any(versions, LOOK_SECONDS)


async def _logs(topics: Sequence[Topic]) -> list[EventLog]:
    while True:
        try:
            logs = [await topic.read() for topic in topics]
        except DatabaseUnavailable:  # the work continues, and so does the wait
            await asyncio.sleep(RETRY_SECONDS)
            continue
        present = [log for log in logs if log is not None]
        if len(present) < len(topics):
            raise Problem("gone", "The request was removed while it ran.")
        return present
