"""The event log of a request: what clients are told, in order, each under an id that stays.

An id is a number that rises along the log. What workers tell in between is stored as rows; all else
follows from the request itself, so a request that is generated in an instant costs no row, and the
log outlives Redis and every process:

    1 … FIRST   queued: FIRST less the position, which only falls
    FIRST+1 …   the rows: started, text.delta, image.ready, and queued again before a retry
    after them  what no row tells of the parts of a final request, then its end

Nothing is stored for a request that is final, so what follows from it follows for good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from service import clock
from service.messages import PARTS, UNFINISHED, Kind
from service.store.sql.request_records import RECORD, Part, Position, Record, iso, record_of
from service.store.sqlite.database import Database, Write

FIRST_EVENT_ID = 1_000_000  # more than may ever wait before one request

# The rows: request id, seq, name, data, the first seq of this request's rows. Whoever is first has
# the number, and those behind it are told by nobody else; after the end nobody has one.
_APPEND = Write(
    "events",
    (
        """
        INSERT INTO events (request_id, seq, name, data)
        SELECT v.value->>0, v.value->>1, v.value->>2, v.value->>3
        FROM json_each(?) AS v
        JOIN requests ON requests.id = v.value->>0 AND status IN ('queued', 'generating')
        WHERE NOT EXISTS (SELECT 1 FROM events AS there
                          WHERE there.request_id = v.value->>0 AND there.seq >= v.value->>4)
        ON CONFLICT DO NOTHING
        RETURNING request_id, seq
        """,
    ),
)

_LOG = RECORD.format(
    more="""(SELECT json_group_array(json_array(seq, name, data)) FROM
             (SELECT seq, name, data FROM events
              WHERE request_id = requests.id AND seq > ? ORDER BY seq))"""
)

_NEWS = """
SELECT requests.id, status, (SELECT max(seq) FROM events WHERE request_id = requests.id)
FROM json_each(?) JOIN requests ON requests.id = value
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
        """Whether the last event is the end."""
        return self.record.status not in UNFINISHED

    @property
    def newest(self) -> int:
        """The id of the last event, or the last that the request may have had while queued."""
        return self.events[-1].seq if self.events else FIRST_EVENT_ID

    @property
    def last(self) -> int:
        """The id of the last event before the end; 0 while the request is queued."""
        before = self.events[:-1] if self.final else self.events
        if before:
            return before[-1].seq
        return 0 if self.record.status == "queued" else FIRST_EVENT_ID

    @property
    def said(self) -> str | None:
        """The text as far as it was told."""
        known = LogState(self.events)
        return known.said or None


class LogState:
    """The state that the events of a request add up to."""

    def __init__(self, events: Sequence[Event] = ()) -> None:
        self.seq = FIRST_EVENT_ID
        self.said = ""
        self.marks: set[tuple[str, Kind, int]] = set()
        """Name, part and attempt of all that is told once."""
        for event in events:
            self.add(event)

    def add(self, event: Event) -> None:
        """Take in the next event."""
        self.seq = event.seq
        data = msgspec.json.decode(event.data)
        if event.name == "text.delta":
            self.said += data["text"]
        elif "part" in data:
            self.marks.add((event.name, data["part"], data["attempt"]))
            if event.name == "started" and data["part"] == "text":
                self.said = ""  # the text begins anew

    def knows(self, name: str, kind: Kind) -> bool:
        """Whether this was told of a part, at any attempt."""
        return any(mark[:2] == (name, kind) for mark in self.marks)

    def next(self, name: str, data: Mapping[str, Any]) -> Event:
        """The event that comes now; it is taken in as well."""
        event = Event(self.seq + 1, name, encode(data))
        self.add(event)
        return event

    def start(self, kind: Kind, attempt: int) -> list[Event]:
        """`started`, unless that was told.

        What goes on after the death of the process was not announced as a retry: it says the same
        again, and clients read on.
        """
        if ("queued", kind, attempt) not in self.marks and self.knows("started", kind):
            self.marks.add(("started", kind, attempt))
        if ("started", kind, attempt) in self.marks:
            return []
        return [self.next("started", {"part": kind, "attempt": attempt})]

    def wait(self, kind: Kind, attempt: int, at: float) -> list[Event]:
        """`queued` again, for an attempt that is due at this time, unless that was told."""
        if ("queued", kind, attempt) in self.marks:
            return []
        return [self.next("queued", {"part": kind, "attempt": attempt, "retry_at": iso(at)})]

    def say(self, text: str, attempt: int, after: int = 0) -> list[Event] | None:
        """What is new in `text`, which follows the first `after` characters of the whole.

        A generation that is repeated after a crash says the same again, and then there is nothing
        new in it. If it says something else the text begins anew. None if something is missing
        before it: then it cannot be told yet.
        """
        if after > len(self.said) or (after and ("started", "text", attempt) not in self.marks):
            return None
        before, told = self.said[:after], self.said[after:]
        if told.startswith(text):
            return []
        events = self.start("text", attempt)
        if not text.startswith(told) and self.said:
            events.append(self.next("started", {"part": "text", "attempt": attempt}))
        new = {"text": (before + text)[len(self.said) :]}
        return [*events, self.next("text.delta", new)]

    def finish(self, part: Part) -> list[Event]:
        """What is not told yet of a part that is final."""
        events = [] if self.knows("started", part.kind) else self.start(part.kind, part.attempts)
        if part.status != "completed":
            return events
        if part.text is not None:
            if not part.text.startswith(self.said):
                again = {"part": part.kind, "attempt": part.attempts}
                events.append(self.next("started", again))
            if part.text != self.said:
                events.append(self.next("text.delta", {"text": part.text[len(self.said) :]}))
        elif not self.knows("image.ready", part.kind):
            ready = {"part": part.kind, "attempt": part.attempts, "imageUri": part.image_uri}
            events.append(self.next("image.ready", ready))
        return events


class Events:
    """Reads logs, and adds to them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def log(self, id_: str, known: EventLog | None = None) -> EventLog | None:
        """The log of a request; None for an unknown id. Raises DatabaseAway.

        `known` is what it was before: only what is new is read, for rows are added behind the last
        one and nowhere else.
        """
        # a final log ends with what is no row, unless there was a redrive since
        rows = list(known.events) if known and not known.final else []
        row = self._database.get(_LOG, rows[-1].seq if rows else FIRST_EVENT_ID, id_)
        if row is None:
            return None
        record = record_of(id_, row)
        new = msgspec.json.decode(row[-1])
        rows += [Event(seq, name, data.encode()) for seq, name, data in new]
        return EventLog(record, (*rows, *_derived(record, rows)))

    def reopened(self, id_: str) -> list[Event]:
        """The log of a failed request as it goes on when the failed parts are tried again.

        Empty if it has not failed: its end would be missing.
        """
        log = self.log(id_)
        if log is None or log.record.status != "failed":
            return []
        told, now = LogState(log.events), clock.now()
        failed = [part for part in log.record.parts if part.status == "failed"]
        again = [event for part in failed for event in told.wait(part.kind, part.attempts + 1, now)]
        return [*log.events, *again]

    async def append(self, events: Sequence[tuple[str, Event]]) -> set[str]:
        """Store events of requests that are not final; the ids of those that came too late.

        Too late is also who took a number that another process has used meanwhile: of what follows
        from a log that was longer already, nothing is stored.
        """
        first: dict[str, int] = {}
        rows = [
            (id_, event.seq, event.name, event.data.decode(), first.setdefault(id_, event.seq))
            for id_, event in events
        ]
        [stored] = await self._database.write(_APPEND, rows)
        there = {(id_, seq) for id_, seq in stored}
        return {id_ for id_, event in events if (id_, event.seq) not in there}

    async def news(self, ids: Sequence[str]) -> dict[str, tuple[str, int | None]]:
        """Status and last stored number of each of these requests."""
        rows = await self._database.all(_NEWS, encode(ids).decode())
        return {id_: (status, seq) for id_, status, seq in rows}


def queued(place: Position) -> Event:
    """That a request waits, with so many before it and so many seconds to go."""
    data = {"position": place.position, "eta_seconds": place.eta}
    return Event(max(1, FIRST_EVENT_ID - place.position), "queued", encode(data))


def _derived(record: Record, stored: Sequence[Event]) -> list[Event]:
    if record.status in UNFINISHED:
        return []
    told = LogState(stored)
    parts = {part.kind: part for part in record.parts}
    events = [
        event
        for kind in PARTS[record.request.tag]
        if kind in parts and parts[kind].status in {"completed", "failed"}
        for event in told.finish(parts[kind])
    ]
    return [*events, told.next(record.status, end_of(record))]


def end_of(record: Record) -> dict[str, Any]:
    """What is told of the end of a request, by every way of delivery."""
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
