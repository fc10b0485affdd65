"""Event recorder: turns the workers' messages into events in the log of each request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from service.messages import (
    CUT_OFF,
    AnyMessage,
    Failed,
    Generated,
    Kind,
    Message,
    Moved,
    StageReached,
    Started,
    TextPiece,
)
from service.store.sql.events import Event, Events, LogState
from service.store.sql.requests.request_records import Part
from service.subscriptions.requests import Subscriptions

MAX_CACHED_LOGS = 4096  # requests whose logs are cached; others are read again
MAX_EARLY_REQUESTS = 1024  # requests with early pieces: texts that arrived out of order
MAX_EARLY_PIECES = 32  # early pieces per request


class EventRecorder:
    """Appends to the logs of unfinished requests and notifies their subscribers."""

    def __init__(self, events: Events, subscriptions: Subscriptions) -> None:
        self._events = events
        self._subscriptions = subscriptions
        self._states: dict[str, LogState] = {}
        self._early: dict[str, dict[int, TextPiece]] = {}
        """Pieces of text whose predecessor is missing: another process may have it."""

    async def record(
        self,
        batch: Sequence[AnyMessage],
        due: dict[tuple[str, Kind], float],
        parts: Iterable[tuple[str, Kind]],
        final: Iterable[str],
    ) -> None:
        """Append the events of a stored batch and notify subscribers.

        `due` has the times of the next attempts, `parts` the parts that are final now, `final` the
        requests that are. The last events of a final request follow from its record.
        """
        ended = set(final)
        done = {part for part in parts if part[0] not in ended}
        messages = [message for message in batch if message.id not in ended]
        early = self._take_early({message.id for message in messages})
        messages = [*early, *messages]
        for _ in range(2):  # the second time for what another process has appended in between
            try:
                new = [
                    (message.id, event)
                    for message in messages
                    for event in await self._news(message, due, done)
                ]
                if not new:
                    break
                late = await self._events.append(new)
            except BaseException:  # nothing was appended: the batch is delivered again
                self._forget([message.id for message in messages])
                for piece in early:
                    self._keep_early(piece)
                raise
            messages = [message for message in messages if message.id in late]
            self._forget(late)
        self._forget(ended)
        for id_ in ended & self._early.keys():
            del self._early[id_]
        self._subscriptions.changed(message.id for message in batch)

    async def _news(
        self,
        message: Message,
        due: dict[tuple[str, Kind], float],
        done: set[tuple[str, Kind]],
    ) -> list[Event]:
        match message:
            case Started(id=id_, kind=kind, attempt=attempt):
                state = await self._state(id_)
                return state.start(kind, attempt) if state else []
            case TextPiece():
                return await self._add_text(message)
            case StageReached() | Moved():
                return await self._add_on_the_way(message)
            case Failed(id=id_, kind=kind, attempt=attempt) if (id_, kind) in due:
                # of a text that was cut off, the next attempt continues
                state = await self._state(id_) if message.reason != CUT_OFF else None
                return state.wait(kind, attempt + 1, due[id_, kind]) if state else []
            case Generated(id=id_, kind=kind, attempt=attempt) if (id_, kind) in done:
                state = await self._state(id_)
                uri = message.image_uri
                part = Part(kind, "completed", attempt, message.text, uri, None, None)
                return state.finish(part) if state else []
            case _:
                return []

    async def _add_text(self, piece: TextPiece) -> list[Event]:
        state = await self._state(piece.id)
        if state is None:
            return []
        events = state.add_text(piece.text, piece.attempt, piece.after)
        if events is None:
            self._keep_early(piece)
            return []
        early = self._early.pop(piece.id, {})
        for _, later in sorted(early.items()):
            more = state.add_text(later.text, later.attempt, later.after)
            if more is None:
                self._keep_early(later)
            else:
                events += more
        return events

    async def _add_on_the_way(self, message: StageReached | Moved) -> list[Event]:
        state = await self._state(message.id)
        if state is None:
            return []
        if isinstance(message, Moved):
            return state.move(message)
        return state.reach(message.kind, message.attempt, message.stage)

    def _keep_early(self, piece: TextPiece) -> None:
        pieces = self._early.setdefault(piece.id, {})
        if len(pieces) < MAX_EARLY_PIECES:
            pieces[piece.after] = piece
        if len(self._early) > MAX_EARLY_REQUESTS:
            del self._early[next(iter(self._early))]

    def _take_early(self, ids: AbstractSet[str]) -> list[TextPiece]:
        """Remove and return the early pieces of these requests; their logs are read again."""
        ids &= self._early.keys()
        self._forget(ids)
        return [piece for id_ in ids for _, piece in sorted(self._early.pop(id_).items())]

    async def _state(self, id_: str) -> LogState | None:
        """The state of a request's log; None if the request is final or unknown."""
        state = self._states.get(id_)
        if state is None:
            log = await self._events.log(id_)
            if log is None or log.final:
                return None
            state = self._states[id_] = LogState(log.events)
            self._forget(list(islice(self._states, max(0, len(self._states) - MAX_CACHED_LOGS))))
        return state

    def _forget(self, ids: Iterable[str]) -> None:
        for id_ in ids:
            self._states.pop(id_, None)
