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
from service.http.api.events.events import HEARTBEAT_SECONDS, has_all, send_events, snapshot_of
from service.http.guards.access import is_visible
from service.http.guards.key_revocation import OpenStream
from service.http.parameters.lists import LastEvents, RequestIds
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.problems import Problem, members
from service.http.server.public_address import PUBLIC
from service.http.services import Services, services_of
from service.store.sql.events import Event
from service.subscriptions.requests import INITIAL, Stand, Topic
from service.subscriptions.signals import news_of_any

PROBLEM = "problem"  # the event for a request that does not exist
FOR_ALL = ((0,), (None,))
"""What `after` may be for all requests at once: whole logs, or snapshots."""


class FollowSeveralParameters(Parameters):
    """Which requests, and the last event that the client knows of each, in the same order."""

    ids: RequestIds
    after: LastEvents | None = None


@dataclass(eq=False)
class FollowedRequest:
    """A request in the stream: its topic, and the last event that was sent, None for none.

    `problem` says why it cannot be followed.
    """

    id: str
    topic: Topic
    last: int | None
    problem: Problem | None = None
    done: bool = False
    told: Stand = INITIAL


async def follow_several(request: web.Request) -> web.StreamResponse:
    """Server-Sent Events of several requests, until all of them are final.

    The id of an event lists the last event of each request, in the order of `ids`: it resumes the
    stream. `data` names the request and has its event with the same id as in other streams. A
    request that does not exist, or is not yours, is reported once, as the event `problem`.
    """
    parameters = await parse_parameters(request, FollowSeveralParameters)
    services, ids = services_of(request), parameters.ids
    last = _last_event_ids(request, len(ids)) or parameters.after or LastEvents([None] * len(ids))
    if last in FOR_ALL:
        last = LastEvents(list(last) * len(ids))
    if len(last) != len(ids):
        wrong = "Must have a number for each of `ids`, with commas between them, or be 0."
        raise Problem("invalid-request", f"after: {wrong}", errors={"after": wrong})
    with contextlib.ExitStack() as stack:
        followed = [
            FollowedRequest(id_, stack.enter_context(services.subscriptions.subscribe(id_)), seq)
            for id_, seq in zip(ids, last, strict=True)
        ]
        for target in followed:
            if not await is_visible(request, target.id):
                target.problem = unknown(target.id, services)
        if all(target.problem for target in followed) and followed[0].problem:
            raise followed[0].problem
        if all([target.problem or await has_all(target.topic, target.last) for target in followed]):
            return web.Response(status=204)
        path = request.app[PUBLIC].path(request)
        return await send_events(
            request,
            lambda stream: _batches(services, followed, stream, path),
            followed[0].topic.notify,
        )


def _last_event_ids(request: web.Request, count: int) -> LastEvents | None:
    """The content of `Last-Event-ID`: browsers send it when they reconnect to the same address."""
    with contextlib.suppress(ValueError):
        last = LastEvents.parse(request.headers.get("Last-Event-ID"), None)
        if len(last) == count:
            return last
    return None


async def _batches(
    services: Services, followed: Sequence[FollowedRequest], stream: OpenStream, path: str
) -> AsyncIterator[Sequence[bytes]]:
    """New events until the last end or a revoked key; [] is a heartbeat."""
    await _look_up_positions(services, followed)
    for target in followed:
        target.told = target.topic.stand_at_first
    while True:
        versions = {target.topic: target.topic.version for target in followed if not target.done}
        for target in followed:
            if not (target.done or target.problem):
                await target.topic.read()
            events = [] if target.done else list(_news(target, services, path))
            if events:
                yield [_encoded(target, event, followed, path) for event in events]
            if stream.over:
                return
        if services.subscriptions.closed or all(target.done for target in followed):
            return
        await news_of_any(versions, HEARTBEAT_SECONDS)
        if all(topic.version == version for topic, version in versions.items()):
            yield []


async def _look_up_positions(services: Services, followed: Sequence[FollowedRequest]) -> None:
    """Look up the queue positions of waiting requests."""
    logs = [
        (target.topic, None if target.problem else await target.topic.read()) for target in followed
    ]
    waiting = [(topic, log) for topic, log in logs if log and log.record.status == "queued"]
    places = await services.positions.positions_of([log.record.waiting for _, log in waiting])
    for (topic, _), place in zip(waiting, places, strict=True):
        topic.set_position(place)


def _news(target: FollowedRequest, services: Services, path: str) -> Iterator[Event]:
    """The unsent events of a request; `done` is set with its last one."""
    log = None if target.problem else target.topic.log()
    if log is None:
        target.done = True
        problem = target.problem or unknown(target.id, services)
        content = members(problem.kind, str(problem))
        content["type"] = path + content["type"]
        yield Event(target.last or 0, PROBLEM, msgspec.json.encode(content))
        return
    if target.last is None or target.last > log.newest:
        snapshot = snapshot_of(target.topic)
        target.last = snapshot.seq
        yield snapshot
    for event in target.topic.news(target.last, target.told):
        target.last = event.seq
        yield event
    target.told = target.topic.stand
    target.done = log.final


def _encoded(
    target: FollowedRequest, event: Event, followed: Sequence[FollowedRequest], path: str
) -> bytes:
    target.last = event.seq
    ids = ",".join("" if other.last is None else str(other.last) for other in followed)
    return b'id: %s\nevent: %s\ndata: {"request":"%s","id":"%d","event":"%s","data":%s}\n\n' % (
        ids.encode(),
        event.name.encode(),
        target.id.encode(),
        event.seq,
        event.name.encode(),
        with_base(event.data, path),
    )
