"""The event log of a request: the events that clients receive, in order, with stable ids.

Ids are numbers that rise along the log. Progress from workers is stored as rows; all other events
are derived from the request, so a request that is generated in an instant costs no row, and the log
outlives Redis and every process:

    1 … FIRST   queued: FIRST minus the position, which only falls
    FIRST+1 …   the rows: started, text.delta, progress, image.ready, and queued again before a
                retry
    after them  derived: events of final parts that have no row, then the final event

No row is added to a final request, so its derived events never change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from service import clock
from service.generators.protocol import Stage
from service.messages import PARTS, UNFINISHED, Kind, Moved
from service.store.database import Database
from service.store.sql.requests.request_records import (
    IS_UNFINISHED,
    RECORD,
    Part,
    Position,
    Record,
    iso,
    record_of,
)
from service.store.sql.statements import Write

FIRST_EVENT_ID = 1_000_000  # more than the highest possible position

# `first` is the first seq of this request's rows. The first writer gets a number; a writer whose
# log is out of date, or whose request is final, stores nothing.
_APPEND = Write(
    "events",
    "id text, seq int, name text, data text, first int",
    (
        f"""
        INSERT INTO events (request_id, seq, name, data)
        SELECT rows.id, seq, name, data
        FROM rows JOIN requests ON requests.id = rows.id AND {IS_UNFINISHED}
        WHERE NOT EXISTS (SELECT 1 FROM events AS there
                          WHERE there.request_id = rows.id AND there.seq >= rows.first)
        ON CONFLICT DO NOTHING
        RETURNING request_id, seq
        """,
    ),
)

_LOG = RECORD.format(
    more="""(SELECT json_rows(seq, name, data) FROM
             (SELECT seq, name, data FROM events
              WHERE request_id = requests.id AND seq > ? ORDER BY seq) AS new)"""
)

_NEWS = """
SELECT requests.id, status, (SELECT max(seq) FROM events WHERE request_id = requests.id), priority
FROM json_items(?) AS asked JOIN requests ON requests.id = asked.value
"""

encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a log; `data` is a JSON object."""

    seq: int
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class EventLog:
    """All events of a request, and the record they were read with."""

    record: Record
    events: tuple[Event, ...]

    @property
    def final(self) -> bool:
        """Whether the last event is the final one."""
        return self.record.status not in UNFINISHED

    @property
    def newest(self) -> int:
        """The id of the last event, or the highest id that a queued request can have."""
        return self.events[-1].seq if self.events else FIRST_EVENT_ID

    @property
    def last(self) -> int:
        """The id of the last event before the final one; 0 while the request is queued."""
        before = self.events[:-1] if self.final else self.events
        if before:
            return before[-1].seq
        return 0 if self.record.status == "queued" else FIRST_EVENT_ID

    @property
    def text_so_far(self) -> str | None:
        """The text that the events contain so far."""
        return LogState(self.events).text or None


class LogState:
    """The state of a request's log after its events, and the next events to add."""

    def __init__(self, events: Sequence[Event] = ()) -> None:
        self.seq = FIRST_EVENT_ID
        self.text = ""
        self.marks: set[tuple[str, Kind, int]] = set()
        """Name, part and attempt of the events that occur once."""
        self.progress: dict[Kind, dict[str, Any]] = {}
        """What the latest `progress` of each part says."""
        self.models: dict[Kind, str] = {}
        """The model with which each part went on."""
        for event in events:
            self.add(event)

    def add(self, event: Event) -> None:
        """Apply the next event."""
        self.seq = event.seq
        data = msgspec.json.decode(event.data)
        if event.name == "text.delta":
            self.text += data["text"]
        elif event.name == "progress":
            self.progress[data["part"]] = data
        elif event.name == "fallback":
            self.models[data["part"]] = data["model"]
            self.marks.add(("queued", data["part"], data["attempt"]))  # `started` comes again
        elif "part" in data:
            self.marks.add((event.name, data["part"], data["attempt"]))
            if event.name == "started" and data["part"] == "text":
                self.text = ""  # the text restarts

    def knows(self, name: str, kind: Kind) -> bool:
        """Whether the log has this event for a part, at any attempt."""
        return any(mark[:2] == (name, kind) for mark in self.marks)

    def next(self, name: str, data: Mapping[str, Any]) -> Event:
        """Create the next event and apply it."""
        event = Event(self.seq + 1, name, encode(data))
        self.add(event)
        return event

    def start(self, kind: Kind, attempt: int) -> list[Event]:
        """`started`, unless the log has it.

        A generation repeated after a crash was not announced as a retry: it produces the same text
        again, and clients simply continue to read.
        """
        if ("queued", kind, attempt) not in self.marks and self.knows("started", kind):
            self.marks.add(("started", kind, attempt))
        if ("started", kind, attempt) in self.marks:
            return []
        return [self.next("started", {"part": kind, "attempt": attempt})]

    def reach(self, kind: Kind, attempt: int, stage: Stage) -> list[Event]:
        """`progress` of an attempt that has started and not ended, unless it says nothing new."""
        data = {"part": kind, "attempt": attempt, **msgspec.to_builtins(stage)}
        running = ("started", kind, attempt) in self.marks and not self.knows("image.ready", kind)
        if not running or data == self.progress.get(kind):
            return []
        return [self.next("progress", data)]

    def wait(self, kind: Kind, attempt: int, at: float) -> list[Event]:
        """`queued` again, for an attempt that is due at this time, unless the log has it."""
        if ("queued", kind, attempt) in self.marks:
            return []
        return [self.next("queued", {"part": kind, "attempt": attempt, "retry_at": iso(at)})]

    def move(self, moved: Moved) -> list[Event]:
        """`fallback`: the part moves to another model, unless the log has it."""
        if self.models.get(moved.kind) == moved.to:
            return []
        data = {
            "part": moved.kind,
            "attempt": moved.done + 1,
            "from": moved.model,
            "model": moved.to,
            "reason": moved.reason,
        }
        return [self.next("fallback", data)]

    def add_text(self, piece: str, attempt: int, after: int = 0) -> list[Event] | None:
        """Events for the new characters of `piece`, which starts `after` characters into the text.

        A generation repeated after a crash produces the same text, so there are no new characters.
        If the text differs, it restarts. None if text before it is missing: the event has to wait.
        """
        if after > len(self.text) or (after and ("started", "text", attempt) not in self.marks):
            return None
        before, known = self.text[:after], self.text[after:]
        if known.startswith(piece):
            return []
        events = self.start("text", attempt)
        if not piece.startswith(known) and self.text:
            events.append(self.next("started", {"part": "text", "attempt": attempt}))
        new = {"text": (before + piece)[len(self.text) :]}
        return [*events, self.next("text.delta", new)]

    def finish(self, part: Part) -> list[Event]:
        """The events of a final part that the log does not have yet."""
        events = [] if self.knows("started", part.kind) else self.start(part.kind, part.attempts)
        if part.status != "completed":
            return events
        if part.text is not None:
            if not part.text.startswith(self.text):
                again = {"part": part.kind, "attempt": part.attempts}
                events.append(self.next("started", again))
            if part.text != self.text:
                events.append(self.next("text.delta", {"text": part.text[len(self.text) :]}))
        elif not self.knows("image.ready", part.kind):
            ready = {"part": part.kind, "attempt": part.attempts, "imageUri": part.image_uri}
            events.append(self.next("image.ready", ready))
        return events


class Events:
    """Reads event logs, and appends to them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def log(self, id_: str, earlier: EventLog | None = None) -> EventLog | None:
        """The log of a request; None for an unknown id. Raises DatabaseUnavailable.

        `earlier` is a state of the log read before: only newer rows are read, since rows are only
        ever appended.
        """
        # a final log ends with derived events, which a redrive may have turned into rows
        rows = list(earlier.events) if earlier and not earlier.final else []
        row = await self._database.get(_LOG, rows[-1].seq if rows else FIRST_EVENT_ID, id_)
        if row is None:
            return None
        record = record_of(id_, row)
        new = msgspec.json.decode(row[-1])
        rows += [Event(seq, name, data.encode()) for seq, name, data in new]
        return EventLog(record, (*rows, *_derived(record, rows)))

    async def reopened(self, id_: str) -> list[Event]:
        """The log of a failed request, continued with the retry of its failed parts.

        Empty if it has not failed: the final event would be missing.
        """
        log = await self.log(id_)
        if log is None or log.record.status != "failed":
            return []
        state, now = LogState(log.events), clock.now()
        failed = [part for part in log.record.parts if part.status == "failed"]
        retries = [
            event for part in failed for event in state.wait(part.kind, part.attempts + 1, now)
        ]
        return [*log.events, *retries]

    async def append(self, events: Sequence[tuple[str, Event]]) -> set[str]:
        """Store events of unfinished requests; returns the ids of requests it was too late for.

        It is also too late if another process has used one of the numbers: the events were derived
        from an outdated log, so none of them is stored.
        """
        first: dict[str, int] = {}
        rows = [
            (id_, event.seq, event.name, event.data.decode(), first.setdefault(id_, event.seq))
            for id_, event in events
        ]
        [stored] = await self._database.write(_APPEND, rows)
        there = {(id_, seq) for id_, seq in stored}
        return {id_ for id_, event in events if (id_, event.seq) not in there}

    async def news(self, ids: Sequence[str]) -> dict[str, tuple[str, int | None, str]]:
        """Status, last stored event number and priority of each of these requests."""
        rows = await self._database.all(_NEWS, encode(ids).decode())
        return {id_: (status, seq, priority) for id_, status, seq, priority in rows}


def queued(place: Position) -> Event:
    """The event of a request that waits: its position, and the estimated seconds to wait."""
    data = {"position": place.position, "eta_seconds": place.eta}
    if place.paused:
        data["paused"] = True
    return Event(max(1, FIRST_EVENT_ID - place.position), "queued", encode(data))


def _derived(record: Record, stored: Sequence[Event]) -> list[Event]:
    if record.status in UNFINISHED:
        return []
    state = LogState(stored)
    parts = {part.kind: part for part in record.parts}
    events = [
        event
        for kind in PARTS[record.request.tag]
        if kind in parts and parts[kind].status in {"completed", "failed"}
        for event in state.finish(parts[kind])
    ]
    return [*events, state.next(record.status, end_of(record))]


def end_of(record: Record) -> dict[str, Any]:
    """The data of the final event, the same in event streams, long polls and webhooks."""
    parts = {part.kind: part for part in record.parts}
    text, image = parts.get("text"), parts.get("image")
    return {
        "id": record.request.id,
        "tag": record.request.tag,
        "status": record.status,
        "text": text.text if text else None,
        "imageUri": image.image_uri if image else None,
        "error": record.error,
        "created_at": iso(record.request.created_at),
        "started_at": iso(record.started_at),
        "completed_at": iso(record.finished_at),
    }
