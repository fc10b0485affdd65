"""The life of requests as a random walk, over both engines at once and compared after each step."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from service import clock
from service.messages import PARTS, TAGS, Failed, Generated, Kind, Origin, Started
from service.request_ids import new_id
from service.store.database import Database
from service.store.postgres.database import Database as PostgresDatabase
from service.store.sql.events import Events
from service.store.sql.requests.dead_letters import DeadLetters
from service.store.sql.requests.request_cancellation import EndedRequests, RequestCancellation
from service.store.sql.requests.request_listing import RequestListing
from service.store.sql.requests.request_records import Request
from service.store.sql.requests.requests import Requests
from service.store.sqlite.database import Database as SqliteDatabase
from tests.support.postgres import Cluster

STEPS = 70
SEED = 3
TABLES = {
    "requests": "id",
    "parts": "request_id, kind",
    "events": "request_id, seq",
    "failures": "request_id, kind, started_at",
}


class Engine:
    """The stores of requests over one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.requests = Requests(database)
        self.events = Events(database)
        self.dead_letters = DeadLetters(database, self.events)
        self.cancellation = RequestCancellation(database)
        self.listing = RequestListing(database)

    async def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows, as far as they are about requests."""
        return {
            table: [
                tuple(map(plain, row))
                for row in await self.database.all(f"SELECT * FROM {table} ORDER BY {order}")
            ]
            for table, order in TABLES.items()
        }


def plain(value: Any) -> Any:
    """A value as both engines give it."""
    return int(value) if isinstance(value, bool) else value


def in_order(outcome: Any) -> Any:
    """An outcome with what has no order in one that both engines share."""
    if isinstance(outcome, EndedRequests):
        return (outcome.ids, sorted(outcome.parts), outcome.notices, sorted(outcome.ends))
    return outcome


class Walk:
    """Random steps, each with the same inputs for both engines."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.ids: dict[str, tuple[Kind, ...]] = {}
        self.now = clock.now() - STEPS  # it ends before the present

    def some(self) -> list[str]:
        """A few requests."""
        return self.dice.sample([*self.ids], min(len(self.ids), self.dice.randint(1, 3)))

    def parts(self) -> list[tuple[str, Kind]]:
        """A few parts, in any order; one may come twice."""
        parts = [(id_, kind) for id_ in self.some() for kind in self.ids[id_]]
        return self.dice.choices(parts, k=self.dice.randint(1, len(parts))) if parts else []

    def origin(self) -> Origin:
        return Origin("scripted", "here.text-1", self.now, 0.25, model="m", seed=7)

    async def step(self, engines: Sequence[Engine]) -> None:
        """One step on each engine; what it returns has to be the same."""
        self.now += self.dice.random()
        names = ("accept", "start", "generate", "fail", "cancel", "expire", "retry", "redrive")
        name = self.dice.choices(names, weights=(5, 4, 5, 5, 1, 1, 3, 1))[0]
        call = getattr(self, name)(engines)
        outcomes = [in_order(await call(engine)) for engine in engines]
        assert outcomes[0] == outcomes[1], name
        assert await engines[0].rows() == await engines[1].rows(), name

    def accept(self, _: Sequence[Engine]) -> Any:
        tag = self.dice.choice(TAGS)
        due = {"finish_by": self.now + 3} if self.dice.random() < 0.3 else {}
        request = Request(
            *(new_id(self.now), tag, "a fox", 7, self.now, {}, "ann"),
            publish=self.dice.random() < 0.5,
            **due,  # type: ignore[arg-type] # a float
        )
        self.ids[request.id] = PARTS[tag]
        return lambda engine: engine.requests.accept(request)

    def start(self, _: Sequence[Engine]) -> Any:
        started = [Started(id_, kind, "here.text-1", self.now) for id_, kind in self.parts()]
        return lambda engine: engine.requests.start_parts(started)

    def generate(self, _: Sequence[Engine]) -> Any:
        results = [
            Generated(id_, kind, self.dice.randint(1, 3), self.origin(), text="a text")
            for id_, kind in self.parts()
        ]
        return lambda engine: settled(engine, results, [None] * len(results))

    def fail(self, _: Sequence[Engine]) -> Any:
        failures = [
            Failed(id_, kind, self.dice.randint(1, 3), self.origin(), "busy", retryable=True)
            for id_, kind in self.parts()
        ]
        later = [self.dice.choice((None, self.now + 1)) for _ in failures]

        async def both(engine: Engine) -> Any:
            await engine.dead_letters.record_failures(failures)
            return await settled(engine, failures, later)

        return both

    def cancel(self, _: Sequence[Engine]) -> Any:
        ids = self.some()
        return lambda engine: engine.cancellation.cancel(*ids)

    def expire(self, _: Sequence[Engine]) -> Any:
        return lambda engine: engine.cancellation.expire()

    def retry(self, _: Sequence[Engine]) -> Any:
        return lambda engine: engine.requests.take_due_retries(self.now)

    def redrive(self, _: Sequence[Engine]) -> Any:
        ids = self.some()
        return lambda engine: engine.dead_letters.redrive(ids)


async def settled(engine: Engine, results: Any, retry_at: Any) -> Any:
    return await engine.requests.settle(results, retry_at)


async def test_every_step_leaves_the_same_rows(
    tmp_path: Path, postgres_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = Walk(SEED)
    url = await postgres_cluster.take()
    monkeypatch.setattr(clock, "now", lambda: walk.now)
    async with (
        SqliteDatabase.open(tmp_path / "walk.db") as sqlite,
        PostgresDatabase.open(url) as postgres,
    ):
        engines = [Engine(sqlite), Engine(postgres)]
        for _ in range(STEPS):
            await walk.step(engines)
        ends = {row[0] for row in await sqlite.all("SELECT DISTINCT status FROM requests")}
        assert ends >= {"completed", "failed", "cancelled"}
        for tag in (None, *TAGS):
            pages = [await engine.listing.page(None, None, tag, "g", 20) for engine in engines]
            assert pages[0] == pages[1]
    await postgres_cluster.give_back(url)
