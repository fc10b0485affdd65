"""Reads requests and their parts from SQLite."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from service import clock
from service.messages import (
    PARTS,
    UNFINISHED,
    Accepted,
    Kind,
    Models,
    Options,
    Priority,
    Status,
    Tag,
    client_of,
    encode,
)
from service.store.database import Database
from service.store.result_cache import View

LISTED_PROMPT_CHARACTERS = 200  # shown in lists: a page of whole prompts may be megabytes
LISTED_PROMPT = (
    f"CASE WHEN length(prompt) > {LISTED_PROMPT_CHARACTERS} "
    f"THEN substr(prompt, 1, {LISTED_PROMPT_CHARACTERS - 1}) || '…' ELSE prompt END"
)

CLIENT = """CASE WHEN owner IS NOT NULL THEN 'key:' || owner
  WHEN user_id IS NOT NULL THEN 'user:' || user_id ELSE coalesce('address:' || client, '') END"""
"""`client_of` in SQL."""

POOL = """coalesce(parts.model, CASE {kind} WHEN 'text' THEN text_model ELSE image_model END,
    {kind})"""
"""The pool in which a part is: `kind` is an expression, the row of the part may be missing."""

_VIEW = """
SELECT status, error,
  (SELECT text FROM parts WHERE request_id = requests.id AND kind = 'text'),
  (SELECT image_uri FROM parts WHERE request_id = requests.id AND kind = 'image')
FROM requests WHERE id = ?
"""

RECORD = """
SELECT tag, prompt, status, error, created_at, started_at, finished_at, user_id, publish, seed,
  options, owner, priority, webhook, client, group_id, text_model, image_model,
  (SELECT json_rows(kind, parts.status, attempts, text, image_uri, parts.error, origin, model)
   FROM parts WHERE request_id = requests.id),
  (SELECT note FROM request_notes WHERE request_id = requests.id),
  {more}
FROM requests WHERE id = ?
"""
"""The columns for `record_of`, and one more for the caller."""

_RECORD = RECORD.format(more="NULL")

# Without attempts that have begun already (a duplicate message) or whose request is final.
_WANTED = """
SELECT json_rows(requests.id, v.attempt) FROM rows(?1: id text, attempt int) AS v
CROSS JOIN requests ON requests.id = v.id
LEFT JOIN parts ON request_id = requests.id AND kind = ?2
WHERE requests.status IN ('queued', 'generating')
  AND coalesce(parts.status, 'queued') IN ('queued', 'generating')
  AND coalesce(attempts, 0) < v.attempt
  AND (start_by IS NULL OR start_by > ?3 OR requests.status = 'generating')
"""


AttemptKey = tuple[str, int]
"""The id of a request, and the number of an attempt at one of its parts."""


Place = tuple[str, int]
"""A part's place in its queue: its pool, and the `queued_bytes` of its request."""

QUEUED_BYTES = "octet_length(prompt) + coalesce(octet_length(options), 0)"
"""`Request.queued_bytes` of a row."""

IS_UNFINISHED = "coalesce(requests.status, '') IN ('queued', 'generating')"
"""For requests that are found by their id: `coalesce` keeps engines from the partial index."""


NO_MODELS: Models = {}
OWN_POOLS: dict[Tag, dict[Kind, str]] = {
    tag: {kind: kind for kind in kinds} for tag, kinds in PARTS.items()
}


class Load(NamedTuple):
    """The load or the limit of a queue: parts, and bytes of their requests."""

    parts: int
    size: int


class Request(msgspec.Struct, frozen=True):
    """A prompt as it was accepted. Times are seconds since the epoch."""

    id: str
    tag: Tag
    prompt: str
    seed: int
    created_at: float
    options: Options
    user_id: str | None = None
    publish: bool = False
    owner: str | None = None
    priority: Priority = "normal"
    client: str | None = None  # the client's address, if something needs it and no key came
    # from here on most have none
    start_by: float | None = None
    finish_by: float | None = None
    webhook: str | None = None
    trace: str | None = None
    group: str | None = None  # of variants: the id of the first
    text_model: str | None = None  # None: that of the kind
    image_model: str | None = None

    @property
    def models(self) -> Models:
        """The wanted models of its parts that are not those of their kinds."""
        if self.text_model is self.image_model is None:
            return NO_MODELS
        models: Models = {}
        if self.text_model not in (None, "text"):
            models["text"] = self.text_model
        if self.image_model not in (None, "image"):
            models["image"] = self.image_model
        return models

    @property
    def pools(self) -> dict[Kind, str]:
        """The pool that each of its parts wants."""
        own = OWN_POOLS[self.tag]
        return own if self.text_model is self.image_model is None else own | self.models

    @property
    def queued_bytes(self) -> int:
        """What it counts in its queues: its prompt and, as they are stored, its options.

        A conversation is in the options, as is what other APIs keep for their clients.
        """
        return len(self.prompt.encode()) + (len(encode(self.options)) if self.options else 0)

    @property
    def queue_client(self) -> str:
        """The client among whom the pools are shared."""
        return client_of(self.owner, self.user_id, self.client)

    def accepted(
        self,
        kinds: tuple[Kind, ...] | None = None,
        attempt: int = 1,
        base: int = 0,
    ) -> Accepted:
        """The message to generate these parts, or all of them."""
        return Accepted(
            self.id,
            self.tag,
            self.prompt,
            self.seed,
            PARTS[self.tag] if kinds is None else kinds,
            attempt,
            base,
            self.options,
            self.priority,
            client_of(self.owner, self.user_id, self.client),
            NO_MODELS if self.text_model is self.image_model is None else self.models,
        )


class Part(msgspec.Struct, frozen=True):
    """The present state of a part; `origin` says how its result was generated."""

    kind: Kind
    status: str
    attempts: int
    text: str | None
    image_uri: str | None
    error: str | None
    origin: dict[str, Any] | None
    model: str | None = None
    """The pool that it has moved to, if it is not the wanted one."""


class Record(msgspec.Struct, frozen=True):
    """A request with its state and parts."""

    request: Request
    status: Status
    error: str | None
    started_at: float | None
    finished_at: float | None
    parts: tuple[Part, ...]
    note: str | None = None
    """For those who review it; never published."""

    @property
    def moved(self) -> Models:
        """The models of parts that are not at the ones that were wanted."""
        return {part.kind: part.model for part in self.parts if part.model is not None}

    @property
    def waiting(self) -> Request:
        """The request, with the models at which its parts are."""
        moved = {f"{kind}_model": model for kind, model in self.moved.items()}
        return msgspec.structs.replace(self.request, **moved) if moved else self.request


class RequestRecords:
    """Reads requests and their parts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def view(self, id_: str) -> View | None:
        """Status, error, text and image URI of a request; None for an unknown id."""
        row = await self._database.get(_VIEW, id_)
        return None if row is None else (row[0], row[1], row[2], row[3])

    async def owner(self, id_: str) -> str | None:
        """The name of the request's API key; None without a key or for an unknown id."""
        row = await self._database.get("SELECT owner FROM requests WHERE id = ?", id_)
        return None if row is None else row[0]

    async def record(self, id_: str) -> Record | None:
        """Everything about a request; None for an unknown id."""
        row = await self._database.get(_RECORD, id_)
        return None if row is None else record_of(id_, row)

    async def still_wanted(self, kind: Kind, attempts: Iterable[AttemptKey]) -> set[AttemptKey]:
        """Which of these attempts at parts of this kind have not begun yet and are still needed."""
        rows = msgspec.json.encode(list(attempts)).decode()
        [(matches,)] = await self._database.few(_WANTED, rows, kind, clock.now())
        return {(id_, number) for id_, number in from_json(matches)}

    async def first_failure(self, kind: Kind, id_: str, attempt: int) -> float | None:
        """When the first failure of an attempt began (seconds since the epoch), or None."""
        row = await self._database.get(
            "SELECT min(started_at) FROM failures"
            " WHERE request_id = ? AND kind = ? AND attempt = ?",
            *(id_, kind, attempt),
        )
        return None if row is None else row[0]

    async def is_unfinished(self, id_: str) -> bool:
        """Whether a request is not final yet."""
        row = await self._database.get("SELECT status FROM requests WHERE id = ?", id_)
        return row is not None and row[0] in UNFINISHED


def from_json(text: str | None) -> Any:
    """The value of a JSON column, or None."""
    return msgspec.json.decode(text) if text else None


def record_of(id_: str, row: tuple[Any, ...]) -> Record:
    """The record in a row of RECORD."""
    (tag, prompt, status, error, created, started, finished, user, publish, seed, opts) = row[:11]
    owner, priority, webhook, client, group, text_model, image_model, parts, note, _ = row[11:]
    request = Request(
        id_,
        tag,
        prompt,
        seed,
        created,
        from_json(opts) or {},
        user_id=user,
        publish=bool(publish),
        owner=owner,
        priority=priority,
        webhook=webhook,
        client=client,
        group=group,
        text_model=text_model,
        image_model=image_model,
    )
    record_parts = tuple(
        Part(kind, state, attempts, text, uri, reason, from_json(origin), model)
        for kind, state, attempts, text, uri, reason, origin, model in msgspec.json.decode(parts)
    )
    return Record(request, status, error, started, finished, record_parts, note)


def iso(seconds: float | None) -> str | None:
    """A time of the service's clock as ISO 8601 in UTC, by the wall clock."""
    if seconds is None:
        return None
    moment = datetime.fromtimestamp(clock.shown(seconds), UTC)
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"


@dataclass(frozen=True, slots=True)
class Position:
    """How many parts are before a request, and estimated seconds until it is done, if known.

    `paused`: it waits for a pool that is paused.
    """

    position: int
    eta: float | None
    paused: bool = False
