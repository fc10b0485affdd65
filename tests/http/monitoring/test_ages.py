"""How old the work is: in `/status`, in `/metrics` and in the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from service.actors.maintenance import age_watch
from service.http.app import application
from service.http.server.server import Server, bind
from service.store.sql.statements import Write
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline
from tests.support.waiting import eventually, wait_until


async def pool(http: ClientSession, kind: str) -> dict[str, Any]:
    async with http.get("/status") as answer:
        return dict((await answer.json())["pools"][kind])


async def gauges(http: ClientSession) -> dict[str, float]:
    async with http.get("/metrics") as answer:
        lines = (await answer.text()).splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if line.startswith("feedmill_oldest_")]
    return {name: float(value) for name, value in pairs}


async def accepted_ago(mill: Pipeline, id_: str, seconds: float) -> None:
    """Have a request accepted, and begun if it is, so many seconds earlier."""
    earlier = ", ".join(f"{name} = {name} - {seconds}" for name in ("created_at", "started_at"))
    await mill.database.write(
        Write("earlier", "", (f"UPDATE requests SET {earlier} WHERE id = '{id_}'",)), []
    )


async def test_the_ages_of_the_oldest_waiting_and_running_parts_are_shown(
    tmp_path: Path, redis_url: str
) -> None:
    text = Scripted(gate := Gate())
    async with running_pipeline(
        tmp_path, redis_url, text, Scripted(Gate()), "text.workers=1"
    ) as mill:
        server = Server(application(mill.services))
        async with ClientSession(await server.start(bind("127.0.0.1", 0))) as http:
            shown = await pool(http, "text")
            assert (shown["oldest_waiting_seconds"], shown["oldest_running_seconds"]) == (None,) * 2
            assert await gauges(http) == {
                f'feedmill_oldest_{what}_seconds{{kind="{kind}"}}': 0.0
                for what in ("waiting", "running")
                for kind in ("text", "image")
            }
            ids = [await mill.submit(f"prompt {n}") for n in range(3)]
            await wait_until(
                lambda: mill.record(ids[0]).status == "generating", "the first is being generated"
            )
            await accepted_ago(mill, ids[0], 1000)
            await accepted_ago(mill, ids[1], 500)
            shown = await pool(http, "text")
            assert 500 <= shown["oldest_waiting_seconds"] < 1000 <= shown["oldest_running_seconds"]
            found = await gauges(http)
            assert found['feedmill_oldest_waiting_seconds{kind="text"}'] >= 500
            assert found['feedmill_oldest_running_seconds{kind="text"}'] >= 1000
            assert found['feedmill_oldest_waiting_seconds{kind="image"}'] == 0
            gate.open.set()
            await mill.finished(*ids)
            assert max((await gauges(http)).values()) == 0
        await server.stop(1.0)


async def test_parts_that_wait_too_long_are_logged(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(age_watch, "TICK_SECONDS", 0.02)
    text = Scripted(gate := Gate())
    with capture_logs() as logged:

        def lines(event: str) -> list[tuple[str, str]]:
            return [(e["part"], e["oldest"]) for e in logged if e["event"] == event]

        async with running_pipeline(
            tmp_path, redis_url, text, Scripted(), "text.workers=1"
        ) as mill:
            ids = [await mill.submit(f"prompt {n}") for n in range(2)]
            await accepted_ago(mill, ids[1], 601)

            async def is_logged() -> bool:
                return bool(lines("work is old"))

            await eventually(is_logged, "a line says so")
            assert lines("work is old") == [("text", "waiting")]
            gate.open.set()
            await mill.finished(*ids)
            await wait_until(lambda: lines("work is not old any more"), "that it is over as well")
    assert lines("work is old") == lines("work is not old any more") == [("text", "waiting")]
