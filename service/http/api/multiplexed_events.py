"""`GET /content/events`: the logs of several requests in one stream.

A browser opens six connections to a server, for all of its windows. One stream for all followed
requests leaves five of them.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

import msgspec
from aiohttp import web

from service.addresses import with_base
from service.http.api.content import unknown
from service.http.api.events import HEARTBEAT_SECONDS, has_all, send_events, snapshot_of
from service.http.guards.access import is_mine
from service.http.guards.key_revocation import OpenStream
from service.http.parameters.lists import LastEvents, RequestIds
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.problems import Problem, members
from service.http.server.public_address import PUBLIC
from service.http.services import Services, services_of
from service.store.sql.events import Event
from service.subscriptions import Topic, news_of_any

PROBLEM = "problem"  # the event for a request that does not exist


class FollowSeveralParameters(Parameters):
    """Which requests, and the last event that the client knows of each, in the same order."""

    ids: RequestIds
    after: LastEvents | None = None


@dataclass(eq=False)
class Followed:
    """One of the requests: its topic, and its last event that was sent, None for none.

    `problem` says why there is nothing to follow; it is cleared when that was sent.
    """

    id: str
    topic: Topic
    last: int | None
    problem: Problem | None = None
    done: bool = False


async def follow_several(request: web.Request) -> web.StreamResponse:
    """Server-Sent Events of several requests, until all of them are final.

    The id of an event lists the last event of each request, in the order of `ids`: it resumes the
    stream. `data` names the request and has its event with the same id as in other streams. A
    request that does not exist, or is not yours, is reported once, as the event `problem`.
    """
    parameters = await parse_parameters(request, FollowSeveralParameters)
    services, ids = services_of(request), parameters.ids
    last = _known(request, len(ids)) or parameters.after or LastEvents([None] * len(ids))
    if len(last) != len(ids):
        raise Problem(
            "invalid-request",
            "after: Must have as many events as there are ids.",
            errors={"after": "Must have as many events as there are ids."},
        )
    with contextlib.ExitStack() as stack:
        followed = [
            Followed(id_, stack.enter_context(services.subscriptions.subscribe(id_)), seq)
            for id_, seq in zip(ids, last, strict=True)
        ]
        for one in followed:
            if not _is_there(request, one.id):
                one.problem = unknown(one.id, services)
        if all(one.problem for one in followed) and followed[0].problem:
            raise followed[0].problem
        if all(one.problem or has_all(one.topic, one.last) for one in followed):
            return web.Response(status=204)
        path = request.app[PUBLIC].path(request)
        return await send_events(
            request,
            lambda stream: _batches(services, followed, stream, path),
            followed[0].topic.notify,
        )


def _known(request: web.Request, count: int) -> LastEvents | None:
    """The content of `Last-Event-ID`: browsers send it when they reconnect to the same address."""
    with contextlib.suppress(ValueError):
        last = LastEvents.parse(request.headers.get("Last-Event-ID"), None)
        if len(last) == count:
            return last
    return None


def _is_there(request: web.Request, id_: str) -> bool:
    requests = services_of(request).stores.requests
    return id_.isascii() and requests.view(id_) is not None and is_mine(request, id_)


async def _batches(
    services: Services, followed: Sequence[Followed], stream: OpenStream, path: str
) -> AsyncIterator[Sequence[bytes]]:
    """New events until the last end or a revoked key; [] is a heartbeat."""
    await _look_up_positions(services, followed)
    while True:
        versions = {one.topic: one.topic.version for one in followed if not one.done}
        for one in followed:
            events = [] if one.done else list(_news(one, services, path))
            if events:
                yield [_encoded(one, event, followed, path) for event in events]
            if stream.over:
                return
        if services.subscriptions.closed or all(one.done for one in followed):
            return
        await news_of_any(versions, HEARTBEAT_SECONDS)
        if all(topic.version == version for topic, version in versions.items()):
            yield []


async def _look_up_positions(services: Services, followed: Sequence[Followed]) -> None:
    """Look up the queue positions of waiting requests."""
    logs = [(one.topic, None if one.problem else one.topic.log()) for one in followed]
    waiting = [(topic, log) for topic, log in logs if log and log.record.status == "queued"]
    places = await services.positions.positions_of([log.record.request for _, log in waiting])
    for (topic, _), place in zip(waiting, places, strict=True):
        topic.set_position(place)


def _news(one: Followed, services: Services, path: str) -> Iterator[Event]:
    """The unsent events of a request; `done` is set with its last one."""
    log = None if one.problem else one.topic.log()
    if log is None:
        one.done = True
        problem = one.problem or unknown(one.id, services)
        said = members(problem.kind, str(problem))
        said["type"] = path + said["type"]
        yield Event(one.last or 0, PROBLEM, msgspec.json.encode(said))
        return
    if one.last is None or one.last > log.newest:
        snapshot = snapshot_of(one.topic)
        one.last = snapshot.seq
        yield snapshot
    for event in one.topic.after(one.last):
        one.last = event.seq
        yield event
    one.done = log.final


def _encoded(one: Followed, event: Event, followed: Sequence[Followed], path: str) -> bytes:
    one.last = event.seq
    ids = ",".join("" if other.last is None else str(other.last) for other in followed)
    return b'id: %s\nevent: %s\ndata: {"request":"%s","id":"%d","event":"%s","data":%s}\n\n' % (
        ids.encode(),
        event.name.encode(),
        one.id.encode(),
        event.seq,
        event.name.encode(),
        with_base(event.data, path),
    )
