"""The whole pipeline in this process, with real stores and scripted generators."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from service import config
from service.actors.relay import Relay
from service.actors.workers.pool import Pool
from service.config.pools import TextConfig
from service.generators.protocol import Generator, Job, Say, Written
from service.http.services import Services
from service.messages import Models, Options, Priority, Tag
from service.pipeline import Process, pipeline
from service.process.shutdown import Shutdown
from service.request_ids import new_id
from service.roles import ROLES, Role
from service.store.data_folder import NODES
from service.store.database import Database
from service.store.media.opening import open_media
from service.store.redis.streams import Streams
from service.store.sql.requests.request_cancellation import EndedRequests
from service.store.sql.requests.request_records import Record, Request
from service.store.sql.statements import Write
from service.store.stores import Stores
from tests.support.databases import open_database
from tests.support.waiting import HANGS_SECONDS, at_once, wait_until

NO_BOUND = TextConfig("", workers=1, timeout=1.0, max_queued=10**9, max_queued_bytes=10**12)
KEY = b"the key that webhooks are signed with"

Behaviour = Callable[[Job], Awaitable[Any]]


async def write_at_once(job: Job) -> Written:
    """The default behaviour of a scripted generator."""
    return Written(f"about {job.prompt}", "scripted")


class Scripted:
    """A generator with scripted behaviour; records its jobs and how many run at once."""

    def __init__(self, behaviour: Behaviour = write_at_once) -> None:
        self.behaviour = behaviour
        self.jobs: list[Job] = []
        self.at_work = 0
        self.most_at_work = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    async def generate(self, job: Job, say: Say) -> Any:
        del say
        self.jobs.append(job)
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            return await self.behaviour(job)
        finally:
            self.at_work -= 1

    @property
    def prompts(self) -> list[str]:
        """The prompts in the order of their start."""
        return [job.prompt for job in self.jobs]


class Gate:
    """A behaviour that holds every job until the gate is opened."""

    def __init__(self) -> None:
        self.open = asyncio.Event()

    async def __call__(self, job: Job) -> Written:
        await self.open.wait()
        return await write_at_once(job)


@dataclass
class Pipeline:
    """A running pipeline: `services` as the HTTP API sees it."""

    services: Services
    streams: Streams
    database: Database
    media_folder: Path
    configs: list[config.Config]

    def edit(self, *settings: str) -> None:
        """Change the configuration to these settings, as an edit of its file does."""
        self.configs.append(_loaded(*settings))
        os.kill(os.getpid(), signal.SIGHUP)

    async def submit(
        self,
        prompt: str,
        tag: Tag = "text",
        *,
        user: str | None = None,
        publish: bool = False,
        start_by: float | None = None,
        finish_by: float | None = None,
        webhook: str | None = None,
        owner: str | None = None,
        priority: Priority = "normal",
        models: Models | None = None,
        options: Options | None = None,
    ) -> str:
        """Accept a prompt as the API does; returns its id. Deadlines in seconds from now."""
        now = time.time()
        request = Request(
            new_id(),
            tag,
            prompt,
            7,
            now,
            options or {},
            user,
            publish,
            owner,
            priority,
            start_by=None if start_by is None else now + start_by,
            finish_by=None if finish_by is None else now + finish_by,
            webhook=webhook,
            text_model=(models or {}).get("text"),
            image_model=(models or {}).get("image"),
        )
        places = [(pool, request.queued_bytes) for pool in request.pools.values()]
        self.services.admission.admit(places, lambda _: NO_BOUND)
        await self.services.stores.requests.accept(request)
        self.services.relay.accepted(request.accepted())
        return request.id

    async def submit_and_start(self, text: Scripted, prompt: str, **fields: Any) -> str:
        """Submit a request for a text and wait until `text` generates it; returns its id."""
        before = text.at_work
        id_ = await self.submit(prompt, **fields)
        await wait_until(lambda: text.at_work > before, "it is generated")
        return id_

    async def cancel(self, id_: str) -> EndedRequests:
        """Cancel a request as the API does."""
        ended = await self.services.stores.cancellation.cancel(id_)
        self.services.ends.follow(ended)
        return ended

    def compare_everything(self) -> None:
        """Have the relay look for what is missing on the streams, as after a loss."""
        relay = self.services.relay
        assert isinstance(relay, Relay)
        relay.look_for_losses()

    async def pass_deadlines(self, **ids: str) -> None:
        """Move deadlines of requests into the past: `start_by=ID`, `finish_by=ID`."""
        moved = (f"UPDATE requests SET {what} = 1 WHERE id = '{id_}'" for what, id_ in ids.items())
        await self.database.write(Write("past", "", tuple(moved)), [])

    async def redrive(self, id_: str) -> tuple[str, ...]:
        """Redrive a dead letter as the API does; returns the pools of its parts."""
        places = (await self.services.stores.dead_letters.redrive([id_]))[id_]
        self.services.admission.admit(places, lambda _: NO_BOUND)
        for message in await self.services.stores.requests.unfinished_parts(id_):
            self.services.relay.accepted(message)
        return tuple(pool for pool, _ in places)

    def record(self, id_: str) -> Record:
        """The stored state of a request."""
        record = at_once(self.services.stores.requests.record(id_))
        assert record is not None
        return record

    async def finished(self, *ids: str) -> list[Record]:
        """Wait until all of these are in a final state."""
        final = {"completed", "failed", "cancelled", "expired"}
        records: dict[str, Record | None] = {}

        async def are_final() -> bool:
            for id_ in ids:
                if (found := records.get(id_)) is None or found.status not in final:
                    found = records[id_] = await self.services.stores.requests.record(id_)
                if found is None or found.status not in final:
                    return False
            return True

        async with asyncio.timeout(HANGS_SECONDS):
            while not await are_final():  # noqa: ASYNC110 - nothing wakes us
                await asyncio.sleep(0.005)
        return [found for id_ in ids if (found := records[id_])]

    def pool(self, name: str) -> Pool:
        """The pool of a kind, or of a named model."""
        pool = getattr(self.services.generate[name], "__self__", None)
        assert isinstance(pool, Pool)
        return pool

    async def consumers_are(self, stream: str, names: list[str]) -> None:
        """Wait until these are the consumers of a stream."""
        consumers: list[str] = []
        async with asyncio.timeout(HANGS_SECONDS):
            while consumers != names:
                consumers = sorted((await self.streams.overview())[stream].consumers)
                await asyncio.sleep(0.005)

    async def quiet(self) -> None:
        """Wait until all streams are empty and nothing is pending."""
        async with asyncio.timeout(HANGS_SECONDS):
            while True:
                overview = await self.streams.overview()
                if not any(stream.pending or stream.length for stream in overview.values()):
                    return
                await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def running_pipeline(
    folder: Path,
    redis_url: str,
    text: Scripted | Generator[Written],
    image: Scripted,
    *settings: str,
    node: str = "here",
    alone: bool = True,
    roles: tuple[Role, ...] = ROLES,
    models: Mapping[str, Scripted] = {},
) -> AsyncIterator[Pipeline]:
    """Run the actors over the database in `folder` and this Redis; drains at the end.

    `models` are the generators of the named models in `settings`.
    """
    configs = [loaded := _loaded(*settings)]
    async with (
        open_database(folder) as database,
        database.seat([node], may_lead="mill" in roles, alone=alone) as seat,
    ):
        streams = Streams(redis_url)
        stores = Stores.over(
            database,
            streams,
            open_media(loaded.media, folder / "media", "node"),
            loaded.feed,
            alone=alone,
        )
        generators: dict[str, Any] = {"text": text, "image": image}
        process = Process(
            loaded,
            lambda: configs[-1],
            generators,
            lambda model: models[model.name],
            seat,
            roles,
            folder / NODES,
            Shutdown(),
            [KEY],
        )
        async with pipeline(process, stores) as services:
            async with asyncio.timeout(HANGS_SECONDS):
                while await services.not_at_work():  # noqa: ASYNC110 - nothing wakes us
                    await asyncio.sleep(0.005)
            yield Pipeline(services, streams, database, folder / "media", configs)


def _loaded(*settings: str) -> config.Config:
    return config.load(None, {}, ("text.backoff=0", "image.backoff=0", *settings))
