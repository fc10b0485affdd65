"""The wall clock is set while the service runs, or stands still: order, pauses and ages stay."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from service import clock
from service.actors.maintenance import clock_watch
from tests.support.moved_clock import FAKETIME, MovedClock
from tests.support.outside import outside
from tests.support.pipelines import Gate, Scripted, running_pipeline
from tests.support.receivers import status
from tests.support.running import Running, running_service
from tests.support.waiting import eventually, wait_until

HOUR, DAY = 3600.0, 86_400.0
YEAR = 365 * DAY
SET = "wall clock was set, service clock runs on"
RIGHT = "wall clock is right again"
SIMULATED = ("text.generator=simulated", "image.generator=simulated")


class Client:
    """A user of a service."""

    def __init__(self, http: ClientSession) -> None:
        self._http = http

    async def submit(self, prompt: str, **more: str) -> str:
        data = {"prompt": prompt, "tag": "text", **more}
        async with self._http.post("/content", data=data) as answer:
            assert answer.status == 202, await answer.text()
            return str((await answer.json())["RequestId"])

    async def show(self, id_: str) -> dict[str, Any]:
        async with self._http.get(f"/content/{id_}") as answer:
            return dict(await answer.json())

    async def becomes(self, id_: str, *statuses: str) -> dict[str, Any]:
        async def found() -> dict[str, Any] | None:
            shown = await self.show(id_)
            return shown if shown["status"] in statuses else None

        return await eventually(found, f"{id_} is {statuses}")

    async def feed(self, user: str, timestamp: str = "0") -> list[dict[str, Any]]:
        data = {"user-id": user, "timestamp": timestamp}
        async with self._http.post("/feed", data=data) as answer:
            return list(await answer.json())

    async def publish(self, prompt: str) -> dict[str, Any]:
        """The post that came of a prompt."""
        id_ = await self.submit(prompt, publish="true", **{"user-id": "ann"})

        async def published() -> dict[str, Any] | None:
            return next((post for post in await self.feed("ann") if post["id"] == id_), None)

        return await eventually(published, f"{prompt} is published")


@asynccontextmanager
async def started(
    folder: Path, machine: MovedClock, *settings: str
) -> AsyncIterator[tuple[Running, Client]]:
    async with (
        running_service(folder, *settings, environment=machine.environment()) as service,
        ClientSession(service.url) as http,
    ):
        yield service, Client(http)


@pytest.fixture
def machine(tmp_path: Path) -> MovedClock:
    return MovedClock(tmp_path)


def since_epoch(shown: str) -> float:
    return datetime.fromisoformat(shown).timestamp()


def off(shown: str) -> float:
    """Seconds between what is shown and the right time."""
    return abs(since_epoch(shown) - datetime.now(UTC).timestamp())


def refusing(
    times: int, seconds: str, asked: list[float] | None = None
) -> Callable[[web.BaseRequest], Any]:
    """A model server that is busy so many times, and wants to be left alone for a while.

    The times of its calls are added to `asked`.
    """
    left = times

    async def answer(_: web.BaseRequest) -> web.Response:
        nonlocal left
        left -= 1
        if asked is not None:
            asked.append(time.monotonic())
        if left >= 0:
            return web.Response(status=429, headers={"Retry-After": seconds})
        choice = {"message": {"role": "assistant", "content": "Rain in Lisbon."}}
        return web.json_response({"choices": [{**choice, "finish_reason": "stop"}]})

    return answer


def by_openai(url: str) -> tuple[str, ...]:
    """Settings for texts of this server."""
    return (
        "text.generator=openai",
        f"text.openai.base_url={url}/v1",
        "text.openai.api_key_env=",
        *SIMULATED[1:],
    )


# --------------------------------------------------------------------- while it runs


@pytest.mark.parametrize("step", [-2 * HOUR, 2 * HOUR, -40 * DAY, 40 * DAY])
async def test_a_step_of_the_clock_does_not_change_a_pause(
    tmp_path: Path, machine: MovedClock, step: float
) -> None:
    asked: list[float] = []
    async with outside(refusing(1, "2", asked)) as world:
        settings = by_openai(world.url)
        async with started(tmp_path, machine, *settings) as (service, client):
            id_ = await client.submit("rain")
            await service.logged("fewer generations at once")
            machine.set(step)
            shown = await client.becomes(id_, "completed", "failed")
            assert shown["status"] == "completed"
            first, second = asked
            assert second - first > 1.99  # seconds
            assert off(shown["completed_at"]) < 60


@pytest.mark.parametrize("step", [-2 * HOUR, 2 * HOUR])
async def test_a_webhook_is_repeated_when_it_is_due(
    tmp_path: Path, machine: MovedClock, step: float
) -> None:
    settings = (
        *SIMULATED,
        "webhooks.schedule=[2, 600]",
        "webhooks.allow=['127.0.0.0/8']",
    )
    async with (
        outside(status(500, 500, 200)) as world,
        started(tmp_path, machine, *settings) as (service, client),
    ):
        await client.submit("a fox", webhook=f"{world.url}/hook")
        await service.logged("webhook failed")
        machine.set(step)
        await wait_until(lambda: len(world.requests) == 2, "it is repeated after two seconds")
        await service.logged(SET)
        assert len(world.requests) == 2  # the next one is due in ten minutes


@pytest.mark.parametrize("step", [-2 * HOUR, 2 * HOUR])
async def test_a_step_of_the_clock_does_not_move_a_deadline(
    tmp_path: Path, machine: MovedClock, step: float
) -> None:
    busy = (*SIMULATED, "text.simulated.delay=300", "text.workers=1", "service.drain=0")
    async with started(tmp_path, machine, *busy) as (service, client):
        begun = await client.submit("begun", **{"finish-by": "600"})
        await client.becomes(begun, "generating")
        soon = await client.submit("soon", **{"start-by": "1.5"})
        late = await client.submit("late", **{"start-by": "600"})
        machine.set(step)
        await service.logged(SET)
        await client.becomes(soon, "expired")
        assert (await client.show(late))["status"] == "queued"
        assert (await client.show(begun))["status"] == "generating"


@pytest.mark.parametrize("step", [-40 * DAY, 40 * DAY])
async def test_a_step_of_the_clock_ages_nothing(
    tmp_path: Path, machine: MovedClock, step: float
) -> None:
    settings = (*SIMULATED, "retention.interval=0.5", f"retention.results={30 * DAY}")
    async with started(tmp_path, machine, *settings) as (service, client):
        posts = [await client.publish(f"post {n}") for n in range(5)]
        machine.set(step)
        await service.logged(SET)
        after = await client.publish("after the step")
        assert off(after["created_at"]) < 60  # the time of posts does not step
        machine.set(0)
        await service.logged(RIGHT)
        last = await client.publish("at last")
        shown = [await client.show(post["id"]) for post in (*posts, after, last)]
        assert [item["status"] for item in shown] == ["completed"] * 7
        times = [post["created_at"] for post in (*posts, after, last)]
        assert times == sorted(set(times))


async def test_old_requests_are_removed_when_the_clock_is_wrong(
    tmp_path: Path, machine: MovedClock
) -> None:
    settings = (*SIMULATED, "retention.interval=0.5", "retention.results=2")
    async with started(tmp_path, machine, *settings) as (service, client):
        id_ = await client.submit("a fox")
        await client.becomes(id_, "completed")
        machine.set(-HOUR)
        assert (await service.logged("removed finished requests"))["count"] == 1


@pytest.mark.skipif(not FAKETIME, reason="needs libfaketime")
async def test_the_clock_of_the_c_library_can_be_set_as_well(
    tmp_path: Path, machine: MovedClock
) -> None:
    environment = machine.environment_of_all()
    async with (
        running_service(tmp_path, *SIMULATED, environment=environment) as service,
        ClientSession(service.url) as http,
    ):
        times = []
        for step in (0, -HOUR, 40 * DAY, -40 * DAY, 0):
            machine.set(step)
            times.append((await Client(http).publish(f"set by {step}"))["created_at"])
        assert times == sorted(times)
        assert max(map(off, times)) < 60


async def test_waiting_work_begins_after_a_step_and_the_loss_of_redis(
    tmp_path: Path, machine: MovedClock
) -> None:
    settings = (*SIMULATED, "text.simulated.delay=0.3", "text.workers=1")
    async with started(tmp_path, machine, *settings) as (service, client):
        machine.set(-HOUR)
        ids = [await client.submit(f"prompt {n}") for n in range(5)]
        process = await asyncio.create_subprocess_exec(
            *("pkill", "-KILL", "-P", str(service.process.pid), "valkey-server")
        )
        await process.wait()
        for folder in (tmp_path / "data" / "redis").glob("appendonlydir/*"):
            folder.unlink()  # and what it had on disk
        for id_ in ids:
            await client.becomes(id_, "completed")


# --------------------------------------------------------------------- over restarts


async def test_the_order_holds_when_the_clock_is_set_back_between_two_starts(
    tmp_path: Path, machine: MovedClock
) -> None:
    busy = (*SIMULATED, "text.simulated.delay=300", "text.workers=1", "service.drain=0")
    async with started(tmp_path, machine, *busy) as (_, client):
        ids = [await client.submit(f"before {n}") for n in range(4)]
    machine.set(-HOUR)
    async with started(tmp_path, machine, *busy) as (_, client):
        ids += [await client.submit(f"after {n}") for n in range(3)]
        await client.becomes(ids[0], "generating")
        places = [(await client.show(id_))["position"] for id_ in ids[1:]]
        assert places == [1, 2, 3, 4, 5, 6]
        assert ids == sorted(ids)


async def test_a_pause_continues_when_the_clock_is_set_back_between_two_starts(
    tmp_path: Path, machine: MovedClock
) -> None:
    async with outside(refusing(1, "3")) as world:
        settings = by_openai(world.url)
        async with started(tmp_path, machine, *settings) as (service, client):
            id_ = await client.submit("rain")
            await service.logged("fewer generations at once")
        machine.set(-2 * HOUR)
        async with started(tmp_path, machine, *settings) as (_, client):
            assert (await client.becomes(id_, "completed", "failed"))["status"] == "completed"


async def test_posts_of_a_clock_far_ahead_are_corrected(
    tmp_path: Path, machine: MovedClock
) -> None:
    machine.set(3 * YEAR)
    async with started(tmp_path, machine, *SIMULATED) as (_, client):
        far = [await client.publish(f"far {n}") for n in range(3)]
        assert off(far[-1]["created_at"]) > 2 * YEAR
    machine.set(0)
    async with started(tmp_path, machine, *SIMULATED) as (_, client):
        post = await client.publish("in time")
        assert off(post["created_at"]) < 60
        feed = await client.feed("ann")
        assert [item["id"] for item in feed] == [
            post["id"],
            *(item["id"] for item in reversed(far)),
        ]
        assert max(off(item["created_at"]) for item in feed) < 60
        # who has read up to the year that never was reads on
        assert await client.feed("ann", far[-1]["created_at"]) == [post]
        assert [item["id"] for item in await client.feed("ann", far[1]["created_at"])] == [
            post["id"],
            far[2]["id"],
        ]


async def test_a_clock_that_starts_in_1970_is_adopted_when_it_is_right(
    tmp_path: Path, machine: MovedClock
) -> None:
    machine.set(-datetime.now(UTC).timestamp() + 60)
    settings = (*SIMULATED, "retention.interval=0.5", f"retention.results={30 * DAY}")
    async with started(tmp_path, machine, *settings) as (service, client):
        early = await client.publish("early")
        assert early["created_at"].startswith("1970-01-01T00:")
        machine.set(0)
        await service.logged("new wall clock time adopted")
        post = await client.publish("in time")
        assert off(post["created_at"]) < 60
        shown = await client.show(early["id"])  # it is not 50 years old
        assert (shown["status"], shown["completed_at"][:4]) == ("completed", "1970")


async def test_a_clock_beyond_all_ids_is_refused(tmp_path: Path, machine: MovedClock) -> None:
    machine.set(100 * YEAR)
    with pytest.raises(AssertionError, match="The clock of this machine is wrong: set it"):
        async with started(tmp_path, machine, *SIMULATED):
            pytest.fail("it must not start")


async def test_a_lasting_correction_of_the_clock_is_adopted(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_watch, "SETTLED_SECONDS", 0.05)
    monkeypatch.setattr(clock_watch, "TICK_SECONDS", 0.02)
    ahead, right = 0.0, time.time
    monkeypatch.setattr("time.time", lambda: right() + ahead)
    monkeypatch.setattr(clock._Clock, "shifts", ())  # noqa: SLF001 - so that it is as before at the end
    text = Scripted(Gate())
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        waiting = await mill.submit("waiting", finish_by=600)
        before = clock.wall() - clock.now()
        ahead = -5000.0
        await wait_until(
            lambda: clock.wall() - clock.now() < before - 4000, "the shown time follows"
        )
        assert abs(clock.wall() - (right() - 5000)) < 60
        assert mill.record(waiting).status in {"queued", "generating"}
