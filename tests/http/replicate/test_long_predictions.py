"""Predictions that wait, are cancelled, fail, outlive a kill, or need a key."""

from __future__ import annotations

import asyncio
import json
import random
import re
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from replicate.exceptions import ModelError, ReplicateError
from replicate.webhook import Webhooks

from tests.http.replicate.test_predictions import HELLO, TEXT, client_of
from tests.support import api_keys
from tests.support.hold import Hold
from tests.support.outside import Outside, outside
from tests.support.receivers import Receiver, requests_to
from tests.support.running import running_service
from tests.support.waiting import HANGS_SECONDS, eventually, wait_until

SIMULATED = ("text.generator=simulated", "image.generator=simulated")


@pytest.mark.client_call("replicate-python", "cancel, queued and running")
@pytest.mark.client_call("replicate-python", "leaving cancels")
@pytest.mark.client_call("replicate-python", "`wait=1`, unfinished")
@pytest.mark.client_call("replicate-python", "errors, full queue")
async def test_waiting_leaving_and_cancelling(tmp_path: Path) -> None:
    record = tmp_path / "record"
    slow = ("text.simulated.delay=600", "text.workers=1", "service.drain=0", "text.max_queued=3")
    async with (
        running_service(tmp_path, *SIMULATED, *slow, f"text.simulated.record={record}") as service,
        ClientSession(service.url) as http,
        client_of(service) as client,
    ):
        running = await client.predictions.async_create("text", HELLO, wait=1)
        assert running.status == "starting"  # though it is being generated

        async def status(id_: str) -> str:
            return str((await client.predictions.async_get(id_)).status)

        async def is_running() -> bool:
            return await status(running.id) == "processing"

        await eventually(is_running, "the first one runs")
        leaving = asyncio.create_task(client.async_run("x/text", input={"prompt": "left"}))

        async def waiting() -> Any:
            page = await client.predictions.async_list()
            return page[0] if page[0].id != running.id else None

        left = await eventually(waiting, "another one waits")
        leaving.cancel()

        async def is_cancelled() -> bool:
            return await status(left.id) == "canceled"

        await eventually(is_cancelled, "what its client left is cancelled")
        queued = await client.predictions.async_create("text", {"prompt": "gone"})
        await client.predictions.async_create("text", {"prompt": "queued"})
        with pytest.raises(ReplicateError) as full:
            await client.predictions.async_create("text", {"prompt": "no room"})
        assert (full.value.status, full.value.type) == (429, "/problems#queue-full")
        for one in (queued, running):
            assert (await client.predictions.async_cancel(one.id)).status == "canceled"
        events = [event async for event in running.async_stream()]
        assert events[-1].data == '{"reason":"canceled"}'
        deadline = {"Cancel-After": "1s"}
        body = {"version": "text", "input": HELLO}
        async with http.post("/replicate/v1/predictions", json=body, headers=deadline) as answer:
            late = (await answer.json())["id"]

        async def has_failed() -> bool:
            return await status(late) == "failed"

        await eventually(has_failed, "its time is over")
        assert '"gone"' not in record.read_text()
        assert '"left"' not in record.read_text()


@pytest.mark.client_call("replicate-python", "prediction and stream over kill -9")
async def test_a_stream_and_a_prediction_outlive_a_kill(tmp_path: Path) -> None:
    held = (*SIMULATED, Hold(tmp_path).texts)
    async with running_service(tmp_path, *held) as service, client_of(service) as client:
        made = await client.predictions.async_create("text", HELLO)
        seen = []
        stream: Any = made.async_stream()
        async for event in stream:
            seen.append(event)
            break
        await stream.aclose()
        await service.kill()
        assert made.status != "succeeded"
        port = int(re.sub(r".*:", "", service.url))
        async with running_service(tmp_path, *SIMULATED, f"http.port={port}"):
            await made.async_wait()  # the same object
            assert made.output == TEXT
            last = {"Last-Event-ID": seen[-1].id}
            async with ClientSession() as http, http.get(made.urls["stream"], headers=last) as rest:
                lines = re.findall(r"event: output\ndata: (.*)\n", await rest.text())
        assert seen[-1].data + "".join(lines) == TEXT


@pytest.mark.client_call("replicate-python", "failures, `ModelError`")
async def test_what_fails_once_and_what_fails_for_good(tmp_path: Path) -> None:
    failing = ("text.simulated.failure_rate=0.5", "text.attempts=2", "text.backoff=0")
    attempts = count()

    def fails(seed: int, attempt: int) -> bool:  # as the simulated generator decides
        return random.Random(f"0 {seed} {attempt} Hello").random() < 0.5

    def seed_of(*outcomes: bool) -> int:
        """A seed with which the next attempts fail, or do not, like this."""
        numbers = [next(attempts) for _ in outcomes]
        return next(
            seed
            for seed in count()
            if all(fails(seed, n) == failed for n, failed in zip(numbers, outcomes, strict=True))
        )

    async with (
        running_service(tmp_path, *SIMULATED, *failing) as service,
        client_of(service) as client,
    ):
        once = {**HELLO, "seed": seed_of(True, False)}
        assert await client.async_run("x/text", input=once) == TEXT
        once = {**HELLO, "seed": seed_of(True, False)}
        events = [event async for event in await client.async_stream("x/text", input=once)]
        assert "".join(map(str, events)) == TEXT
        for_good = {**HELLO, "seed": seed_of(True, True)}
        with pytest.raises(ModelError, match="simulated generator failed"):
            await client.async_run("x/text", input=for_good)
        for_good = {**HELLO, "seed": seed_of(True, True)}
        made = await client.predictions.async_create("text", for_good)
        await made.async_wait()
        assert (made.status, made.error) == ("failed", "The simulated generator failed this time.")
        with pytest.raises(RuntimeError, match="simulated generator failed"):
            async for _ in made.async_stream():
                pass


async def check_webhook(world: Outside, client: Any, made: Any) -> None:
    """The webhook of a prediction is signed, and has the prediction in it."""
    secret = await client.webhooks.default.async_secret()
    await wait_until(lambda: bool(requests_to(world, "/hook")), "the webhook is sent")
    [delivered] = requests_to(world, "/hook")
    headers = {name.lower(): value for name, value in delivered.headers.items()}
    Webhooks.validate(headers=headers, body=delivered.body.decode(), secret=secret)
    body = json.loads(delivered.body)
    got = (await client.predictions.async_get(made.id)).dict()
    assert body["urls"].pop("stream") == got["urls"].pop("stream").partition("?")[0]
    assert body == {**body, **got}


@pytest.mark.client_call("replicate-python", "errors, keys and rate limit")
@pytest.mark.client_call("replicate-python", "webhook, verified with the secret")
async def test_keys_streams_without_them_limits_and_webhooks(tmp_path: Path) -> None:
    database = tmp_path / "data" / "feedmill.db"
    scopes: dict[str, api_keys.Scope] = {
        "ann": "content",
        "bob": "content",
        "reader": "feed",
        "root": "admin",
    }
    keys = {name: api_keys.create(database, name, [scope]) for name, scope in scopes.items()}
    limits = ("limits.rate=0.01", "limits.burst=4", 'webhooks.allow=["127.0.0.0/8"]')
    slow = ("image.simulated.delay=600", "service.drain=0")
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        world = await enter(outside(Receiver()))
        service = await enter(running_service(tmp_path, *SIMULATED, *limits, *slow))
        http = await enter(ClientSession())
        clients = {name: await enter(client_of(service, key)) for name, key in keys.items()}
        clients["wrong"] = await enter(client_of(service, "wrong"))
        ann = clients["ann"]
        for name, code in (("wrong", 401), ("reader", 403)):
            with pytest.raises(ReplicateError) as refused:
                await clients[name].predictions.async_create("text", HELLO)
            assert refused.value.status == code
        made = await ann.predictions.async_create(
            "text", HELLO, webhook=f"{world.url}/hook", wait=True
        )
        silent = await ann.predictions.async_create(
            "text", HELLO, webhook=f"{world.url}/silent", webhook_events_filter=["start"], wait=True
        )
        with pytest.raises(ReplicateError) as refused:
            await clients["bob"].predictions.async_get(made.id)
        assert refused.value.status == 404

        async def status(url: str, **headers: str) -> int:
            async with http.get(url, headers=headers) as answer:
                return answer.status

        assert made.urls
        stream = made.urls["stream"]
        assert await status(stream) == 200  # without any header
        other = "A" if stream[-2] != "A" else "B"
        for wrong in (
            stream.replace(made.id, silent.id),
            stream.partition("?")[0],
            stream[:-2] + other + stream[-1],
            made.urls["get"] + "?" + stream.partition("?")[2],
            re.sub(r"proof=\d+", "proof=1", stream),
        ):
            assert await status(wrong) == 401, wrong
        secret_url = f"{service.url}/replicate/v1/webhooks/default/secret"
        assert await status(secret_url, Authorization=f"Token {keys['ann']}") == 403
        await check_webhook(world, clients["root"], made)
        assert not requests_to(world, "/silent")
        drawing = await ann.predictions.async_create("image", HELLO)
        others = await clients["bob"].predictions.async_create("image", HELLO)
        await ann.predictions.async_create("text", HELLO)
        with pytest.raises(ReplicateError) as over:
            await ann.predictions.async_create("text", HELLO)
        assert (over.value.status, over.value.type) == (429, "/problems#rate-limited")
        reading = []
        for one in (drawing, others):
            open_stream = await enter(http.get(one.urls["stream"]))
            reading.append(asyncio.create_task(open_stream.read()))
        api_keys.revoke(database, "ann")
        assert await status(stream) == 401
        done, left = await asyncio.wait(
            reading, timeout=HANGS_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        assert (done, left) == ({reading[0]}, {reading[1]})  # those of other keys stay open
        assert b"event: error\ndata: The key was revoked." in reading[0].result()
        reading[1].cancel()
        await asyncio.wait(reading)
