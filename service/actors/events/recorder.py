"""Event recorder: turns the workers' messages into events in the log of each request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from service.messages import AnyMessage, Failed, Generated, Kind, Message, Said, Started
from service.store.sql.events import Event, Events, LogState
from service.store.sql.request_records import Part
from service.subscriptions import Subscriptions

MAX_CACHED_LOGS = 4096  # requests whose logs are kept in mind; others are read again


class EventRecorder:
    """Appends to the logs of unfinished requests and notifies their subscribers."""

    def __init__(self, events: Events, subscriptions: Subscriptions) -> None:
        self._events = events
        self._subscriptions = subscriptions
        self._told: dict[str, LogState] = {}

    async def tell(
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
                raise
            messages = [message for message in messages if message.id in late]
            self._forget(late)
        self._forget(ended)
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
            case Said(id=id_, text=text, attempt=attempt):
                told = self._known(id_)
                return told.say(text, attempt) if told else []
            case Failed(id=id_, kind=kind, attempt=attempt) if (id_, kind) in due:
                told = self._known(id_)
                return told.wait(kind, attempt + 1, due[id_, kind]) if told else []
            case Generated(id=id_, kind=kind, attempt=attempt) if (id_, kind) in done:
                told = self._known(id_)
                uri = message.image_uri
                part = Part(kind, "completed", attempt, message.text, uri, None, None)
                return told.finish(part) if told else []
            case _:
                return []

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
