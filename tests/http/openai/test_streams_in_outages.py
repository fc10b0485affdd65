"""Streamed answers while the database is away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from service.http.app import application
from service.http.calls import following
from service.http.server.server import Server, bind
from service.store.errors import DatabaseUnavailable
from tests.support.pipelines import Gate, Scripted, running_pipeline
from tests.support.waiting import wait_until


@pytest.mark.parametrize(
    ("path", "call"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hello"}], "n": 2}),
        ("/v1/responses", {"input": "Hello"}),
    ],
)
async def test_a_stream_outlives_an_outage_of_the_database(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch, path: str, call: dict[str, Any]
) -> None:
    monkeypatch.setattr(following, "RETRY_SECONDS", 0.01)
    text = Scripted()
    gate = text.behaviour = Gate()
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        events, reads = mill.services.stores.events, 0

        def away(*_: object) -> None:
            nonlocal reads
            reads += 1
            raise DatabaseUnavailable("disk I/O error")

        server = Server(application(mill.services))
        url = await server.start(bind("127.0.0.1", 0))
        try:
            async with (
                ClientSession(url) as http,
                http.post(path, json={**call, "stream": True}) as answer,
            ):
                await wait_until(lambda: text.at_work == call.get("n", 1), "it is generated")
                with monkeypatch.context() as outage:
                    outage.setattr(events, "log", away)
                    gate.open.set()
                    await wait_until(lambda: reads > 2, "it was read in vain")
                whole = (await answer.read()).decode()
        finally:
            await server.stop(1.0)
        assert whole.count("about Hello") >= call.get("n", 1)
        assert "error" not in whole.replace('"error":null', "")
        rows = await mill.database.all("SELECT DISTINCT status FROM requests")
        assert rows == [("completed",)]
