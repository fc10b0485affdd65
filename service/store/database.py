"""What the stores expect of a database. SQLite and PostgreSQL fulfil it; engines.py says which."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from service.messages import Status, Tag
    from service.store.sql.statements import Write
    from service.telemetry.metrics import Histogram

Rows = list[tuple[Any, ...]]

CLIENT_READ_SECONDS = 2.0  # for reads of clients, which take some ms: every filter has its index


class Inspection(NamedTuple):
    """What is in a database, read without changing it."""

    engine: str
    """Its name and version, for people."""
    version: int
    """Of the schema."""
    has_keys: bool
    """Whether an API key was ever created."""


class Durability(NamedTuple):
    """What decides whether a commit survives its host, where a server decides it."""

    settings: Mapping[str, str | int]
    warning: str
    """A sentence; "" if a commit survives."""


class Reads(Protocol):
    """Reads of one sort, which delay only each other."""

    async def all(self, sql: str, *parameters: Any, client: str = "") -> Rows:
        """All rows of a query. Raises DatabaseUnavailable, ReadRejected.

        `client` identifies the caller for its turns and its share of the queue; "" has no share.
        """


class WordIndex(Protocol):
    """The full-text index of finished requests, in the words of one engine."""

    async def index(self) -> int:
        """Index a batch of requests, or pass them while they are unfinished; returns how many.

        Those that were removed leave the index.
        """

    def ids_with(
        self, words: Sequence[str], status: Status | None, tag: Tag | None, page: tuple[Any, ...]
    ) -> tuple[str, tuple[Any, ...]]:
        """SQL for the ids of a page of what is found, and its parameters.

        `page` has the first parameters: before which id, how many, which owner, from which id on.
        """

    def has_words(self, patterns: str) -> str:
        """SQL that says whether a row of `requests` has words, read letter by letter.

        `patterns` is a parameter: `patterns_of` them.
        """

    def patterns_of(self, words: Sequence[str]) -> str:
        """Words as patterns: a JSON array."""


class Seat(Protocol):
    """The place of a process among those that work on a database."""

    name: str
    """Its name, which no other living process has."""
    is_shared: bool
    """Whether other processes may work on the database."""
    on_lead: Callable[[], None]
    """Is called when this process begins to lead."""

    @property
    def leads(self) -> bool:
        """Whether this process does what one does for all.

        For moments there may be two; all that they do may be done twice.
        """


class Database(Protocol):
    """Durable writes that share commits, and reads that see what was committed before."""

    commits: int
    rows: int
    failures: int
    batches: Histogram
    """Rows in a commit."""
    seconds: Histogram
    """Durations of successful commits."""
    engine: str
    """Its name and version, for people."""
    is_remote: bool
    """Whether each statement is a way across a network."""
    durability: Durability | None
    """None: a commit is on this machine's disk."""

    @property
    def backlog(self) -> Reads:
        """For reads over all waiting requests."""

    @property
    def lists(self) -> Reads:
        """For pages of lists for clients."""

    @property
    def short(self) -> Reads:
        """For quick reads for clients: feeds."""

    @property
    def words(self) -> WordIndex:
        """The full-text index of finished requests."""

    def write(
        self,
        write: Write,
        rows: Sequence[Sequence[Any]],
        then: Callable[[list[Rows]], None] | None = None,
    ) -> asyncio.Future[list[Rows]]:
        """A future that is done when `rows` are committed.

        Fails with DatabaseUnavailable or RowsRejected. The result has the rows of RETURNING per
        statement, for the whole commit: filter by your own keys, since other callers' rows are
        included. `then` is called with the result before any caller of the same commit continues,
        even if its own caller was cancelled.
        """

    def seat(
        self, names: Sequence[str], *, may_lead: bool, alone: bool
    ) -> AbstractAsyncContextManager[Seat]:
        """Hold the first free one of these names. Raises NodeRefused, DatabaseUnavailable.

        `alone`: no other process uses this Redis.
        """

    async def get(self, sql: str, *parameters: Any) -> tuple[Any, ...] | None:
        """One row by primary key. Raises DatabaseUnavailable."""

    async def few(self, sql: str, *parameters: Any) -> Rows:
        """A few rows by primary key. Raises DatabaseUnavailable."""

    async def all(self, sql: str, *parameters: Any) -> Rows:
        """All rows of a query of background tasks: deadlines, the relay, retention.

        Queries of clients use `lists` and `short`. Raises DatabaseUnavailable.
        """

    async def check(self) -> None:
        """Check that the database can be read and written.

        Raises DatabaseUnavailable with a sentence that says which of them fails.
        """

    async def size(self) -> int:
        """Its size on the disk, in bytes. Raises DatabaseUnavailable."""

    async def compact(self) -> None:
        """Return the room of some removed rows to the file system, where the engine does not."""
