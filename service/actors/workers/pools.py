"""Pools: the pools of all models; those of named models come and go while the service runs.

What waits for a model that is removed goes on with its fallback. Without one it fails after a
grace time, in which the model may come back.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import structlog

from service.actors.workers.attempt import Generate
from service.actors.workers.pool import Pool
from service.config import Model, removed_model
from service.generators.not_started import NotStarted
from service.generators.protocol import CannotStart
from service.messages import KINDS, Kind
from service.queueing.admission import Admission
from service.store.errors import DatabaseUnavailable, RedisUnavailable
from service.store.redis.streams import Streams
from service.stream_groups import pool_streams

log = structlog.get_logger()

LOOK_SECONDS = 0.5  # between two looks whether anything waits for a removed model

Open = Callable[[Model], AbstractAsyncContextManager[Any]]


class Pools(Mapping[str, Pool]):
    """The pools by name: those of the kinds, then those of the named models."""

    def __init__(
        self,
        open_generator: Open,
        make: Callable[[Model, Any], Pool],
        streams: Streams,
        admission: Admission,
        grace: Callable[[], float],
        waiting: Callable[[], Awaitable[Mapping[str, Kind]]],
        gone: Callable[[str], None],
    ) -> None:
        """`waiting` looks for which models something waits.

        `gone` is called when nothing waits any more for a model that was removed.
        """
        self._grace = grace  # seconds
        self._open_generator = open_generator
        self._make = make
        self._streams = streams
        self._admission = admission
        self._waiting = waiting
        self._gone = gone
        self._wanted: dict[str, Model] = {}  # as configured
        self._pools: dict[str, Pool] = {}
        self._models: dict[str, Model] = {}
        self._opened: dict[str, AsyncExitStack] = {}
        self._working: dict[str, asyncio.Task[None]] = {}
        self._changes: set[asyncio.Task[None]] = set()
        self._changing: dict[str, asyncio.Lock] = {}
        self._first: frozenset[str] = frozenset()  # that were there at the start
        self._tasks: asyncio.TaskGroup
        self._works = True
        self._stopping = False

    def __getitem__(self, name: str) -> Pool:
        return self._pools[name]

    def __iter__(self) -> Iterator[str]:
        return iter([*self._pools])

    def __len__(self) -> int:
        return len(self._pools)

    @contextlib.asynccontextmanager
    async def opened(
        self, models: Sequence[Model], generators: Mapping[str, Any], removed: Sequence[Model]
    ) -> AsyncIterator[None]:
        """Make the pools of these models; their generators are open while the context lasts.

        `generators` are open already. Something waits for those that are `removed`. Raises
        CannotStart.
        """
        self._wanted = {model.name: model for model in models}
        self._show([model.name for model in removed])
        try:
            for model in models:
                if model.name in generators:
                    self._add(model, generators[model.name])
            others = [model for model in models if model.name not in generators]
            made = await asyncio.gather(*map(self._opening, others), return_exceptions=True)
            for model, generator in zip(others, made, strict=True):
                if isinstance(generator, BaseException):
                    raise generator
                self._add(model, generator)
            for model in removed:
                self._add_removed(model)
            self._first = frozenset(self._pools)
            yield
        finally:
            for stack in self._opened.values():
                await stack.aclose()

    @property
    def generate(self) -> Mapping[str, Generate]:
        """How a part is generated at each pool, ahead of its streams."""
        return DirectDoors(self)

    def expected(self) -> list[Pool]:
        """The pools that have to be at work: without those that are just being added."""
        if not self._works:
            return []
        return [pool for name, pool in self.items() if name in self._first or pool.seen]

    def start(self, tasks: asyncio.TaskGroup, *, works: bool) -> None:
        """Let all pools work, in this task group; without `works` they only show what there is."""
        self._tasks = tasks
        self._works = works
        for name in self._pools:
            self._begin(name)
        self._change(self._look_after())

    async def stop(self) -> None:
        """Begin nothing new; the tasks of the pools end when what runs is finished."""
        self._stopping = True
        for change in self._changes:
            change.cancel()
        for pool in self._pools.values():
            await pool.stop()

    @property
    def working(self) -> list[tuple[Pool, asyncio.Task[None]]]:
        """The pools, and their tasks."""
        return [(self._pools[name], task) for name, task in self._working.items()]

    def apply(self, models: Mapping[str, Model]) -> None:
        """Change to these models: add, remove, resize, or open a generator again."""
        self._wanted = {**models}
        self._show()
        for name, model in models.items():
            pool = self._pools.get(name)
            if pool is not None:
                pool.stay()
            if pool is not None and (name in KINDS or _same(self._models.get(name), model)):
                self._models[name] = model
                pool.resize(model.pool.bounds(model.settings))
                pool.set_budget(model.pool.budget)
            elif not self._stopping:
                self._change(self._replace(model))
        for name, pool in self._pools.items():
            if name not in models and not pool.leaving:
                log.info("model removed", model=name)
                pool.leave(time.monotonic() + self._grace())

    # ------------------------------------------------------------------ changes
    def _show(self, more: Sequence[str] = ()) -> None:
        names = dict.fromkeys([*self._wanted, *self._pools, *more])
        self._streams.set_models([name for name in names if name not in KINDS])

    def _change(self, change: Any) -> None:
        task = self._tasks.create_task(change, name="change of models")
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)

    async def _opening(self, model: Model) -> Any:
        stack = AsyncExitStack()
        generator = await stack.enter_async_context(self._open_generator(model))
        self._opened[model.name] = stack
        return generator

    def _add(self, model: Model, generator: Any) -> None:
        self._models[model.name] = model
        self._pools[model.name] = self._make(model, generator)

    def _add_removed(self, model: Model) -> Pool:
        """A pool for what waits for a model that is not configured."""
        pool = self._make_broken(model, f"The model {model.name} was removed.")
        pool.leave(time.monotonic() + self._grace())
        return pool

    def _work(self, name: str) -> None:
        pool = self._pools[name]
        if name not in self._wanted and not pool.leaving:  # it was removed in the meantime
            pool.leave(time.monotonic() + self._grace())
        self._begin(name)

    def _begin(self, name: str) -> None:
        if self._works:
            pool = self._pools[name]
            self._working[name] = self._tasks.create_task(pool.run(), name=pool.name)

    async def _replace(self, model: Model) -> None:
        """Start the pool of a model; one that was there finishes what runs first.

        If the generator cannot start, the one that was there goes on.
        """
        name = model.name
        async with self._changing.setdefault(name, asyncio.Lock()):
            if self._wanted.get(name) is not model:
                return  # it has changed again
            with contextlib.suppress(RedisUnavailable):  # the relay makes them once Redis answers
                await self._streams.ensure_groups()
            stack = AsyncExitStack()
            try:
                generator = await stack.enter_async_context(self._open_generator(model))
            except CannotStart as error:
                log.error("model cannot start", model=name, reason=str(error))  # noqa: TRY400 - a sentence
                await self._add_broken(model, str(error))
                return
            except Exception:
                log.exception("model cannot start", model=name)
                await self._add_broken(model, "Its generator cannot start.")
                return
            async with stack:  # closes it, if something else comes first
                if self._wanted.get(name) is not model:
                    return
                await self._end(name)
                self._opened[name] = stack.pop_all()
            self._add(model, generator)
            log.info("model added", model=name, kind=model.kind, generator=model.pool.generator)
            self._work(name)

    async def _add_broken(self, model: Model, why: str) -> None:
        """A pool that moves its jobs, or fails them after the time of an outage."""
        pool = self._pools.get(model.name)
        if pool is None or pool.broken:
            await self._end(model.name)
            self._make_broken(model, why)
            self._work(model.name)

    def _make_broken(self, model: Model, why: str) -> Pool:
        pool = self._pools[model.name] = self._make(model, NotStarted(why))
        pool.broken = why
        return pool

    async def _end(self, name: str) -> None:
        """Let a pool finish what runs, and close its generator."""
        self._models.pop(name, None)  # an edit from now on makes a new pool
        if (task := self._working.get(name)) is not None:
            await self._pools[name].stop()
            await asyncio.wait({task})  # a stop of the service cancels this, and not the pool
            del self._working[name]
        if (stack := self._opened.pop(name, None)) is not None:
            await stack.aclose()

    async def _look_after(self) -> None:
        """Forget removed models when nothing waits for them, and find those it waits for."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for name, pool in [*self._pools.items()]:
                if pool.leaving and await self._is_over(name, pool):
                    async with self._changing.setdefault(name, asyncio.Lock()):
                        await self._forget(name, pool)
            counted = [name for name in self._admission.pools if self._admission[name] > 0]
            if any(name not in self._pools and name not in self._wanted for name in counted):
                with contextlib.suppress(DatabaseUnavailable):
                    await self._find(await self._waiting())

    async def _forget(self, name: str, pool: Pool) -> None:
        if self._pools.get(name) is not pool or not pool.leaving:
            return  # it has come back
        if not await self._is_over(name, pool):
            return
        await self._end(name)
        if name not in self._wanted:
            with contextlib.suppress(RedisUnavailable):
                await self._streams.drop_pool(name)
        del self._pools[name]
        self._show()
        self._gone(name)
        log.info("nothing waits for a removed model", model=name)

    async def _find(self, waiting: Mapping[str, Kind]) -> None:
        """Make pools for models that are not there and for which something waits."""
        unknown = {
            name: kind
            for name, kind in waiting.items()
            if name not in self._pools and name not in self._wanted
        }
        if not unknown:
            return
        for name, kind in unknown.items():
            self._add_removed(removed_model(name, kind))
        self._show()
        with contextlib.suppress(RedisUnavailable):  # the relay makes them once Redis answers
            await self._streams.ensure_groups()
        for name in unknown:
            if name in self._pools and name not in self._working:
                self._work(name)

    async def _is_over(self, name: str, pool: Pool) -> bool:
        if pool.in_flight or self._admission[name] > 0:
            return False
        try:
            lengths = await self._streams.call(*[("XLEN", key) for key in pool_streams(name)])
        except RedisUnavailable:
            return False
        return not any(lengths)


class DirectDoors(Mapping[str, Generate]):
    """The direct calls of pools, by name."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    def __getitem__(self, name: str) -> Generate:
        return self._pools[name].generate

    def __iter__(self) -> Iterator[str]:
        return iter(self._pools)

    def __len__(self) -> int:
        return len(self._pools)


def _same(before: Model | None, after: Model) -> bool:
    """Whether a pool can go on with its generator as it is."""
    return (
        before is not None
        and before.kind == after.kind
        and before.pool.generator == after.pool.generator
        and before.settings == after.settings
    )
