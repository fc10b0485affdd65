"""Who waits and who is served, in `/status`, `/metrics` and `run.py status`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from service.store.sql.keys.api_keys import Rights
from tests.support import api_keys
from tests.support.running import command, running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SLOW = (
    "text.generator=simulated",
    "image.generator=simulated",
    "text.workers=1",
    "text.simulated.delay=0.05",
)


class Mill:
    """A service that asks for keys."""

    def __init__(self, http: ClientSession, folder: Path) -> None:
        self.http = http
        self.folder = folder
        self.keys: list[str] = []

    def key(self, name: str, weight: int = 1, *scopes: api_keys.Scope) -> dict[str, str]:
        database = self.folder / "data" / "feedmill.db"
        key = api_keys.create(database, name, scopes or ("content",), Rights(weight))
        self.keys.append(key)
        return {"Authorization": f"Bearer {key}"}

    async def submit(self, headers: dict[str, str], count: int, **more: str) -> None:
        async def one(number: int) -> None:
            body = {"prompt": f"p {number}", "tag": "text", **more}
            async with self.http.post("/content", json=body, headers=headers) as answer:
                assert answer.status == 202

        await asyncio.gather(*(one(number) for number in range(count)))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mill(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mill]:
    folder = tmp_path_factory.mktemp("clients")
    closing = Mill(None, folder)  # type: ignore[arg-type] # only makes the first key
    admin = closing.key("operator", 1, "admin")
    async with (
        running_service(folder, *SLOW) as service,
        ClientSession(service.url, headers=admin) as http,
    ):
        mill = Mill(http, folder)
        mill.keys = closing.keys
        yield mill
        assert not any(key.split("_")[2] in line for line in service.lines for key in mill.keys)


async def clients(mill: Mill) -> dict[str, Any]:
    async with mill.http.get("/status") as answer:
        text = await answer.text()
        assert not any(key in text or key.split("_")[2] in text for key in mill.keys)
        status = await answer.json()
    return dict(status["pools"]["text"]["clients"])


async def test_the_status_says_who_waits_and_who_is_served(mill: Mill) -> None:
    ann, bob = mill.key("ann", 3), mill.key("bob")
    await mill.submit(ann, 60, **{"user-id": "x"})
    await mill.submit(ann, 60, **{"user-id": "y"})  # many users of one key are one client
    await mill.submit(bob, 60)

    async def both_served() -> dict[str, Any] | None:
        seen = await clients(mill)
        return seen if seen["served"] == 2 else None

    seen = await eventually(both_served, "both are served")
    rows = {row["client"]: row for row in seen["first"]}
    assert seen["waiting"] == 2
    assert set(rows) == {"key:ann", "key:bob"}
    assert [rows[f"key:{name}"]["weight"] for name in ("ann", "bob")] == [3, 1]
    assert 0 < rows["key:ann"]["waiting"] <= 120
    assert 0 < rows["key:bob"]["share"] < 1
    assert rows["key:bob"]["oldest_waiting_seconds"] > 0
    async with mill.http.get("/metrics") as answer:
        page = await answer.text()
    assert 'feedmill_clients_waiting{kind="text"} 2.0' in page
    assert 'feedmill_clients_served{kind="text"} 2.0' in page
    assert 'feedmill_largest_client_share{kind="text"} 0.' in page
    assert "key:" not in page  # no labels from clients


async def test_a_changed_weight_is_in_force_at_once(mill: Mill) -> None:
    cas, dan = mill.key("cas"), mill.key("dan")
    await mill.submit(cas, 40)
    await mill.submit(dan, 40)
    result = await asyncio.to_thread(command, mill.folder, "keys", "change", "dan", "--weight", "9")
    assert result.returncode == 0

    async def is_shown() -> bool:
        rows = {row["client"]: row for row in (await clients(mill))["first"]}
        return "key:dan" in rows and rows["key:dan"]["weight"] == 9

    await eventually(is_shown, "the status shows the new weight")


async def test_the_command_shows_clients_without_their_keys(mill: Mill) -> None:
    eve = mill.key("eve")
    await mill.submit(eve, 100)
    file = mill.folder / "admin"
    file.write_text(mill.keys[0])
    words = ("status", "--server", str(mill.http._base_url), "--key-file", str(file))  # noqa: SLF001 - its address
    result = await asyncio.to_thread(command, mill.folder, *words)
    assert result.returncode == 0, result.stderr
    rows = [line.split() for line in result.stdout.splitlines()]
    [row] = [row for row in rows if row[:1] == ["key:eve"]]
    assert row[1:3] == ["text", "1"]
    assert 0 < int(row[3]) <= 100
    assert not any(key in result.stdout for key in mill.keys)


async def test_without_keys_a_client_is_a_user_or_an_address(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SLOW) as service, ClientSession(service.url) as http:
        mill = Mill(http, tmp_path)
        await mill.submit({}, 20, **{"user-id": "ann"})
        await mill.submit({}, 20)
        await mill.submit({}, 20, **{"user-id": "ann", "webhook": "https://receiver.example/"})
        await mill.submit({}, 5, priority="high")  # without keys every priority is allowed
        names = {row["client"] for row in (await clients(mill))["first"]}
        assert names == {"user:ann", "address:127.0.0.1"}
