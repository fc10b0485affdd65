"""`Idempotency-Key` of a call: a repeated call is answered with the requests of the first one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import openai
import pytest
from aiohttp import ClientSession

from tests.http.openai.test_official_client import HELLO, SIMULATED, client_of
from tests.support.running import Running, running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.client_call("openai-python", "`Idempotency-Key`")
@pytest.mark.parametrize("count", [1, 3])
async def test_a_repeated_call_makes_nothing_new(
    service: Running, http: ClientSession, count: int
) -> None:
    headers = {"Idempotency-Key": f"call-{count}"}
    async with client_of(service) as client:
        answers = await asyncio.gather(
            *(
                client.chat.completions.create(
                    model="x", messages=HELLO, n=count, extra_headers=headers
                )
                for _ in range(5)
            )
        )
        with pytest.raises(openai.UnprocessableEntityError) as refused:
            await client.chat.completions.create(
                model="x", messages=HELLO, n=count, seed=1, extra_headers=headers
            )
    assert refused.value.code == "idempotency_key_reused"
    [id_] = {answer.id for answer in answers}
    assert all(len(answer.choices) == count for answer in answers)
    async with http.get("/content", params={"limit": str(count)}) as there:
        listed = [item["id"] for item in (await there.json())["requests"]]
    assert listed[-1] == id_.removeprefix("chatcmpl-")


async def test_only_the_client_of_the_first_call_cancels_its_request(tmp_path: Path) -> None:
    slow = (*SIMULATED, "text.simulated.delay=600", "service.drain=0")
    headers = {"Idempotency-Key": "slow"}
    async with (
        running_service(tmp_path, *slow) as service,
        client_of(service) as client,
        ClientSession(service.url) as http,
    ):

        async def states() -> list[str]:
            async with http.get("/content") as answer:
                return [item["status"] for item in (await answer.json())["requests"]]

        def ask() -> asyncio.Task[object]:
            return asyncio.create_task(
                client.chat.completions.create(model="x", messages=HELLO, extra_headers=headers)
            )

        async def is_running() -> bool:
            return await states() == ["generating"]

        async def is_cancelled() -> bool:
            return await states() == ["cancelled"]

        first = ask()
        await eventually(is_running, "the first call runs")
        with pytest.raises(openai.APITimeoutError):
            await client.chat.completions.create(
                model="x", messages=HELLO, extra_headers=headers, timeout=0.5
            )
        assert await states() == ["generating"]
        second = ask()
        first.cancel()
        await eventually(is_cancelled, "it is cancelled")
        with pytest.raises(openai.UnprocessableEntityError) as ended:
            await second
        assert ended.value.code == "cancelled"
