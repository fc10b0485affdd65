"""A lane: one connection that commits in groups what was written since its last commit."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog

from service.store.database import Rows
from service.store.errors import DatabaseUnavailable, RowsRejected
from service.store.postgres.connection import Hosts
from service.store.postgres.errors import AGAIN, passes
from service.store.postgres.transaction import Doubles, NotCommitted, Transactions
from service.store.sql.statements import Write

log = structlog.get_logger()

MAX_TRIES = 20  # of a batch that deadlocks


class Call(msgspec.Struct, frozen=True, eq=False):
    """The rows of one caller, which waits for their commit."""

    write: Write
    rows: Sequence[Sequence[Any]]
    future: asyncio.Future[list[Rows]]
    then: Callable[[list[Rows]], None] | None


Outcomes = Sequence[tuple[Sequence[Call], list[Rows] | Exception]]
Measure = Callable[[Outcomes, float], None]


class Lane:
    """Writes that wait while a commit is under way share the next one."""

    def __init__(self, hosts: Hosts, measure: Measure) -> None:
        self._transactions = Transactions(hosts)
        self._measure = measure
        self._waiting: deque[Call] = deque()
        self._task: asyncio.Task[None] | None = None
        self._away = False  # the last commit failed for a temporary reason
        self._closed = False

    def add(
        self,
        write: Write,
        rows: Sequence[Sequence[Any]],
        then: Callable[[list[Rows]], None] | None,
    ) -> asyncio.Future[list[Rows]]:
        """A future that is done when `rows` are committed."""
        future: asyncio.Future[list[Rows]] = asyncio.get_running_loop().create_future()
        if self._closed:
            future.set_exception(DatabaseUnavailable("The database is closed."))
            return future
        self._waiting.append(Call(write, rows, future, then))
        if self._task is None:
            # it begins after the other requests of this turn of the event loop have joined
            self._task = asyncio.create_task(self._commit_all(), name="postgres lane")
        return future

    async def close(self) -> None:
        """Commit everything, and close the connection."""
        self._closed = True
        self._transactions.decide_soon()
        if self._task is not None:
            await self._task
        await self._transactions.close()

    async def _commit_all(self) -> None:
        while self._waiting:
            batch = [*self._waiting]
            self._waiting.clear()
            began = time.perf_counter()
            outcomes = await self._commit(batch)
            self._measure(outcomes, time.perf_counter() - began)
            for calls, outcome in outcomes:
                self._log_outcome(calls, outcome)
                for call in calls:
                    _resolve(call, outcome)
        self._task = None

    async def _commit(self, batch: Sequence[Call]) -> Outcomes:
        apart: set[Write] = set()
        for _ in range(MAX_TRIES):
            try:
                return await self._transactions.run(_grouped(batch), apart)
            except AGAIN as error:
                failure: Exception = error
            except Doubles as doubles:
                apart.add(doubles.write)
                failure = doubles
            except Exception as error:  # noqa: BLE001 - any error has to reach the callers
                failure = error
                break
        if passes(failure) or isinstance(failure, NotCommitted) or len(batch) == 1:
            return [(batch, failure)]
        # rows that cannot be stored must not fail the others of the batch
        half = len(batch) // 2
        return [*await self._commit(batch[:half]), *await self._commit(batch[half:])]

    def _log_outcome(self, calls: Sequence[Call], outcome: list[Rows] | Exception) -> None:
        """Log a failure; a temporary one once at its beginning and once at its end."""
        if not isinstance(outcome, Exception):
            if self._away:
                log.info("commits succeed again")
            self._away = False
        elif not (self._away and _is_temporary(outcome)):
            self._away = _is_temporary(outcome)
            names = sorted({call.write.name for call in calls})
            log.error("commit failed", writes=names, reason=str(outcome))


def _grouped(batch: Sequence[Call]) -> dict[Write, list[Call]]:
    calls: dict[Write, list[Call]] = {}
    for call in batch:
        calls.setdefault(call.write, []).append(call)
    return calls


def _is_temporary(error: Exception) -> bool:
    return passes(error) or isinstance(error, NotCommitted)


def _resolve(call: Call, outcome: list[Rows] | Exception) -> None:
    if isinstance(outcome, Exception):
        kind = DatabaseUnavailable if _is_temporary(outcome) else RowsRejected
        if not call.future.done():
            call.future.set_exception(kind(f"{call.write.name}: {outcome}"))
        return
    if call.then is not None:
        try:
            call.then(outcome)
        except Exception:  # a defect, which must not affect other callers
            log.exception("handler failed", write=call.write.name)
    if not call.future.done():  # its caller was cancelled
        call.future.set_result(outcome)
