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
    Said,
    Started,
)
from service.store.sql.events import Event, Events, LogState
from service.store.sql.request_records import Part
from service.subscriptions import Subscriptions

MAX_CACHED_LOGS = 4096  # requests whose logs are kept in mind; others are read again
MAX_EARLY_REQUESTS = 1024  # of whose texts there are pieces with something missing before them
MAX_EARLY_PIECES = 32  # of each of these


class EventRecorder:
    """Appends to the logs of unfinished requests and notifies their subscribers."""

    def __init__(self, events: Events, subscriptions: Subscriptions) -> None:
        self._events = events
        self._subscriptions = subscriptions
        self._told: dict[str, LogState] = {}
        self._early: dict[str, dict[int, Said]] = {}
        """Pieces of texts with something missing before them: another process may have it."""

    async def record(
        self,
        batch: Sequence[AnyMessage],
        due: dict[tuple[str, Kind], float],
        parts: Iterable[tuple[str, Kind]],
        final: Iterable[str],
    ) -> None:
        """Tell of a batch, which is stored: parts to be tried again at a time, final ones, ends.

        What cannot be told because the request is final follows from its record.
        """
        ended = set(final)
        done = {part for part in parts if part[0] not in ended}
        messages = [message for message in batch if message.id not in ended]
        early = self._take_early({message.id for message in messages})
        messages = [*early, *messages]
        for _ in range(2):  # another process may have told something meanwhile: then look again
            try:
                new = [
                    (message.id, event)
                    for message in messages
                    for event in self._news(message, due, done)
                ]
                if not new:
                    break
                late = await self._events.append(new)
            except BaseException:  # it was not told after all: it comes again
                self._forget([message.id for message in messages])
                for said in early:
                    self._keep_early(said)
                raise
            messages = [message for message in messages if message.id in late]
            self._forget(late)
        self._forget(ended)
        for id_ in ended & self._early.keys():
            del self._early[id_]
        self._subscriptions.changed(message.id for message in batch)

    def _news(
        self,
        message: Message,
        due: dict[tuple[str, Kind], float],
        done: set[tuple[str, Kind]],
    ) -> list[Event]:
        match message:
            case Started(id=id_, kind=kind, attempt=attempt):
                told = self._known(id_)
                return told.start(kind, attempt) if told else []
            case Said(id=id_):
                return self._say(message)
            case Failed(id=id_, kind=kind, attempt=attempt, reason=reason) if (id_, kind) in due:
                if reason == CUT_OFF:
                    return []  # the text goes on where it was
                told = self._known(id_)
                return told.wait(kind, attempt + 1, due[id_, kind]) if told else []
            case Generated(id=id_, kind=kind, attempt=attempt) if (id_, kind) in done:
                told = self._known(id_)
                uri = message.image_uri
                part = Part(kind, "completed", attempt, message.text, uri, None, None)
                return told.finish(part) if told else []
            case _:
                return []

    def _say(self, said: Said) -> list[Event]:
        told = self._known(said.id)
        if told is None:
            return []
        events = told.say(said.text, said.attempt, said.after)
        if events is None:
            self._keep_early(said)
            return []
        early = self._early.pop(said.id, {})
        for _, piece in sorted(early.items()):
            more = told.say(piece.text, piece.attempt, piece.after)
            if more is None:
                self._keep_early(piece)
            else:
                events += more
        return events

    def _keep_early(self, said: Said) -> None:
        pieces = self._early.setdefault(said.id, {})
        if len(pieces) < MAX_EARLY_PIECES:
            pieces[said.after] = said
        if len(self._early) > MAX_EARLY_REQUESTS:
            del self._early[next(iter(self._early))]

    def _take_early(self, ids: AbstractSet[str]) -> list[Said]:
        """The early pieces of these requests; what was told of them is read again."""
        ids &= self._early.keys()
        self._forget(ids)
        return [said for id_ in ids for _, said in sorted(self._early.pop(id_).items())]

    def _known(self, id_: str) -> LogState | None:
        """What was told of a request; None if it is final or not there."""
        told = self._told.get(id_)
        if told is None:
            log = self._events.log(id_)
            if log is None or log.final:
                return None
            told = self._told[id_] = LogState(log.events)
            self._forget(list(islice(self._told, max(0, len(self._told) - MAX_CACHED_LOGS))))
        return told

    def _forget(self, ids: Iterable[str]) -> None:
        for id_ in ids:
            self._told.pop(id_, None)
