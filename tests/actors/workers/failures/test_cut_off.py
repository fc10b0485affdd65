"""A job that kills the process fails in the end, and no other job fails with it."""

from __future__ import annotations

import contextlib
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession

from service import clock
from service.actors import relay
from service.actors.maintenance import cleanup
from service.messages import CUT_OFF, TextWanted
from service.store.data_folder import NODES
from service.store.in_hand import SUFFIX, InHand
from service.store.redis.connection import RedisConnection
from tests.support.pipelines import Gate, Scripted, running_pipeline
from tests.support.running import Running, running_service, spawn
from tests.support.waiting import HANGS_SECONDS, at_once, eventually, wait_until

SETTINGS = (
    "text.generator=tests.support.deadly:Deadly",
    "image.generator=simulated",
    "service.node=here",
    "text.workers=2",
)
MOST_STARTS = 12


async def get(url: str, path: str) -> Any:
    async with ClientSession(url) as http, http.get(path) as answer:
        return await answer.json()


async def submit(service: Running, *prompts: str) -> dict[str, str]:
    """The ids of these prompts, which begin when all are there: one may kill the service."""
    service.url = (await service.logged("ready", seconds=HANGS_SECONDS))["url"]
    ids = {}
    async with ClientSession(service.url) as http:
        async with http.post("/pools/text/pause") as answer:
            assert answer.status == 200
        for prompt in prompts:
            parameters = {"prompt": prompt, "tag": "text"}
            async with http.post("/content", data=parameters) as answer:
                ids[prompt] = (await answer.json())["RequestId"]
        with contextlib.suppress(ClientError):
            await http.post("/pools/text/resume")
    return ids


async def all_final(service: Running) -> bool:
    """Whether all requests became final before the service died."""

    async def end() -> str:
        if service.process.returncode is not None:
            return "died"
        with contextlib.suppress(ClientError, AssertionError):
            if not service.url:
                service.url = (await service.logged("ready"))["url"]
            listed = (await get(service.url, "/content?limit=100"))["requests"]
            if not {row["status"] for row in listed} & {"queued", "generating"}:
                return "final"
        return ""

    return await eventually(end, "all are final, or the service died") == "final"


async def restarted_until_all_final(folder: Path, *settings: str) -> Running:
    """Restart the service whenever it dies, as a service manager does, until all is final."""
    for _ in range(MOST_STARTS):
        service = await spawn(folder, *SETTINGS, *settings)
        if await all_final(service):
            return service
        await service.kill()  # it is dead already: this cleans up
    raise AssertionError(f"it died {MOST_STARTS} times")


def begun(folder: Path) -> Counter[str]:
    return Counter((folder / "data" / "begun").read_text(encoding="utf-8").splitlines())


async def test_a_deadly_job_fails_after_its_attempts(tmp_path: Path) -> None:
    service = await spawn(tmp_path, *SETTINGS)
    ids = await submit(service, "long one", "deadly", "waiting 1", "waiting 2")
    assert not await all_final(service)
    await service.kill()
    service = await restarted_until_all_final(tmp_path)
    shown = {prompt: await get(service.url, f"/content/{id_}") for prompt, id_ in ids.items()}
    [letter] = (await get(service.url, "/dead-letters"))["dead_letters"]
    await service.stop()
    assert {prompt: view["status"] for prompt, view in shown.items()} == {
        "long one": "completed",
        "deadly": "failed",
        "waiting 1": "completed",
        "waiting 2": "completed",
    }
    assert shown["deadly"]["attempts"] == 3
    assert letter["id"] == ids["deadly"]
    assert [failure["reason"] for failure in letter["history"]] == [CUT_OFF] * 3
    times = begun(tmp_path)
    assert times["deadly"] == 3
    assert max(times.values()) == 3  # no other job was interrupted each time
    assert times["long one"] <= 2


async def test_crashes_are_counted_even_if_redis_is_flushed(
    tmp_path: Path, redis_url: str, redis: RedisConnection
) -> None:
    settings = (f"redis.url={redis_url}", "text.workers=1")
    service = await spawn(tmp_path, *SETTINGS, *settings)
    ids = await submit(service, "deadly")
    starts = 1
    while not await all_final(service):
        await service.kill()
        await redis.one("FLUSHALL")
        starts += 1
        assert starts < MOST_STARTS
        service = await spawn(tmp_path, *SETTINGS, *settings)
    assert (await get(service.url, f"/content/{ids['deadly']}"))["status"] == "failed"
    await service.stop()
    assert begun(tmp_path)["deadly"] == 3


async def test_a_single_crash_fails_no_other_job(tmp_path: Path) -> None:
    settings = (*SETTINGS, "text.attempts=1")
    service = await spawn(tmp_path, *settings)
    ids = await submit(service, "harmless", "deadly")
    assert not await all_final(service)
    await service.kill()
    service = await restarted_until_all_final(tmp_path, "text.attempts=1")
    assert (await get(service.url, f"/content/{ids['harmless']}"))["status"] == "completed"
    assert (await get(service.url, f"/content/{ids['deadly']}"))["status"] == "failed"
    await service.stop()
    assert begun(tmp_path)["deadly"] == 2


@pytest.mark.parametrize("end", ["drain", "at once"])
async def test_an_orderly_stop_uses_up_no_attempt(tmp_path: Path, end: str) -> None:
    settings = ("text.generator=simulated", *SETTINGS[1:], "text.simulated.delay=300")
    drain = "service.drain=0" if end == "at once" else "service.drain=0.2"
    async with running_service(tmp_path, *settings, drain) as service:
        ids = await submit(service, "long")

        async def is_generating() -> bool:
            shown = await get(service.url, f"/content/{ids['long']}")
            return bool(shown["status"] == "generating")

        await eventually(is_generating, "it is being generated")
    async with running_service(tmp_path, *settings, "text.simulated.delay=0") as service:
        assert await all_final(service)
        assert (await get(service.url, f"/content/{ids['long']}"))["attempts"] == 1


async def test_a_live_node_counts_the_attempts_of_a_dead_one(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleanup, "DEAD_SECONDS", 0.0)
    gate = Gate()
    text = Scripted(gate)
    async with running_pipeline(
        tmp_path, redis_url, text, Scripted(), node="alive", alone=False
    ) as mill:
        id_ = await mill.submit_and_start(text, "a fox")
        requests = mill.services.stores.requests
        assert not await requests.was_cut_off(id_, "text")
        with InHand(tmp_path / NODES, "dead") as in_hand:
            in_hand.begin(TextWanted(id_, "a fox", 7), "text", 1, clock.now())
        await wait_until(
            lambda: at_once(requests.was_cut_off(id_, "text")), "the attempt has failed"
        )
        file = tmp_path / NODES / f"dead{SUFFIX}"
        await wait_until(lambda: not any(file.read_bytes()), "it is counted once")
        gate.open.set()
        [record] = await mill.finished(id_)
        assert record.status == "completed"


async def test_the_end_of_a_job_that_kills_processes_is_noticed_at_once(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleanup, "DEAD_SECONDS", 0.0)
    monkeypatch.setattr(relay, "RECHECK_SECONDS", 3600.0)  # a check would find it, too
    gate = Gate()
    text = Scripted(gate)
    async with running_pipeline(
        tmp_path, redis_url, text, Scripted(), "text.attempts=2", node="alive", alone=False
    ) as mill:
        id_ = await mill.submit("a fox", webhook="http://127.0.0.1:1/")
        requests = mill.services.stores.requests

        def began(attempt: int) -> bool:
            return len(text.jobs) == attempt

        for attempt in (1, 2):
            await wait_until(partial(began, attempt), "it is at work")
            with InHand(tmp_path / NODES, f"dead-{attempt}") as in_hand:
                wanted = TextWanted(id_, "a fox", 7, attempt=attempt)
                in_hand.begin(wanted, "text", 1, clock.now())
            await wait_until(
                lambda: at_once(requests.was_cut_off(id_, "text")), "the attempt has failed"
            )
        [record] = await mill.finished(id_)
        assert record.status == "failed"

        async def noticed() -> bool:
            return not await requests.unnoticed()

        await eventually(noticed, "the notifier has its notice")
        gate.open.set()
