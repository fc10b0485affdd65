"""The whole pipeline, the service and its commands over PostgreSQL."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession
from yarl import URL

from service.request_ids import AFTER_ALL_IDS, new_id
from service.store import engines
from service.store.database import Database
from service.store.sql.keys.usage import Usage, UsageQuery
from service.store.sql.requests.request_listing import RequestListing
from service.store.sql.requests.request_records import Request
from service.store.sql.requests.requests import Requests
from tests.support.pipelines import Scripted, running_pipeline
from tests.support.postgres import Cluster
from tests.support.running import HOME, command, running_service
from tests.support.tcp_relay import tcp_relay
from tests.support.waiting import eventually

SIMULATED = ("text.generator=simulated", "image.generator=simulated")


@pytest.mark.over_both_engines
async def test_requests_go_through_the_whole_pipeline(
    tmp_path: Path, redis_url: str, engine: str
) -> None:
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted()) as mill:
        assert engine in mill.database.engine.lower()
        ids = [await mill.submit(f"about {n}", user="ann", publish=True) for n in range(30)]
        records = await mill.finished(*ids)
        assert {record.status for record in records} == {"completed"}
        await mill.quiet()
        feed = await mill.services.stores.feeds.read_posts("ann", -1)
        assert len(feed.bodies) == 30
        assert await mill.database.size() > 0
        assert mill.database.commits > 0


@pytest.mark.over_both_engines
async def test_two_processes_share_the_work(tmp_path: Path, redis_url: str, engine: str) -> None:
    assert engine
    here, there = Scripted(), Scripted()
    async with (
        running_pipeline(tmp_path, redis_url, here, Scripted(), node="here", alone=False) as one,
        running_pipeline(
            tmp_path, redis_url, there, Scripted(), node="there", alone=False
        ) as other,
    ):
        ids = [
            await mill.submit(f"about {n}", user="ann", publish=True)
            for n in range(15)
            for mill in (one, other)
        ]
        records = await other.finished(*ids)
        assert {record.status for record in records} == {"completed"}
        await one.quiet()
        feed = await other.services.stores.feeds.read_posts("ann", -1)
        assert len(feed.bodies) == 30
        assert sorted(here.prompts + there.prompts) == sorted(
            f"about {n}" for n in range(15) for _ in range(2)
        )


@pytest.mark.over_both_engines
async def test_what_is_stored_counts_with_the_bytes_that_it_came_with(database: Database) -> None:
    requests = Requests(database)
    options: dict[str, int | float | str] = {"size": 2, "temperature": 1.5, "style": "b, c: d"}
    request = Request(new_id(), "text", "a prompt", 7, 1.0, options)
    await requests.accept(request)
    loads = await requests.backlog()
    assert loads["text"].size == request.queued_bytes
    record = await requests.record(request.id)
    assert record is not None
    assert record.request.options == options


@pytest.mark.over_both_engines
async def test_a_nul_finds_nothing(database: Database) -> None:
    assert await Requests(database).record("\0") is None
    rows = await Usage(database).page(UsageQuery(0, 9, "ann\0"), (-1, "", ""), 5, "ann")
    assert rows == []
    page = await RequestListing(database).page("ann\0", None, None, AFTER_ALL_IDS, 5)
    assert page == []


@pytest.fixture
async def url(postgres_cluster: Cluster) -> AsyncIterator[str]:
    """The URL of an empty database, with no schema yet."""
    made = await postgres_cluster.make_empty()
    yield made
    await postgres_cluster.drop(made)


async def test_a_service_over_postgres_keeps_what_it_accepted(tmp_path: Path, url: str) -> None:
    setting = f"database.url={url}"

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return command(tmp_path, *words[:1], "--set", setting, *words[1:])

    doctor = json.loads(run("doctor", "--json").stdout)
    assert [line["says"] for line in doctor if line["check"] == "database"] == ["made at the start"]
    made = run("keys", "create", "ann", "--scopes", "content,feed,admin", "--yes")
    assert made.returncode == 0, made.stderr
    headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
    fields = {"prompt": "rain in Zürich", "tag": "instagram", "user-id": "ann", "publish": "true"}
    async with running_service(tmp_path, *SIMULATED, setting) as service:
        async with ClientSession(service.url, headers=headers) as http:
            async with http.post("/content", data=fields) as answer:
                assert answer.status == 202, await answer.text()
                id_ = (await answer.json())["RequestId"]
            async with http.get(f"/content/{id_}?wait=60") as answer:
                record = await answer.json()
                assert record["status"] == "completed"
            for path in ("/content/a%00b", "/content/%00/events", "/feed/posts/a%00b"):
                async with http.get(URL(f"{service.url}{path}", encoded=True)) as answer:
                    assert answer.status == 404, await answer.text()  # a NUL names nothing
            async with http.get("/openapi.json") as answer:
                paths = (await answer.json())["paths"]
            for path in paths:
                if "get" in paths[path] and not path.endswith("/events") and "{" not in path:
                    async with http.get(path) as answer:
                        assert answer.status < 500, f"{path}: {await answer.text()}"
            async with ClientSession(service.url) as stranger, stranger.get("/content") as answer:
                assert answer.status == 401
        [said] = [line for line in service.log_lines() if line["event"] == "database"]
        assert said["engine"].startswith("PostgreSQL ")
        assert said["synchronous_standbys"] == 0
        assert any(line["event"] == "commits are not replicated" for line in service.log_lines())
    async with (
        running_service(tmp_path, *SIMULATED, setting) as service,
        ClientSession(service.url, headers=headers) as http,
    ):
        async with http.get(f"/content/{id_}") as answer:
            assert await answer.json() == record
        async with http.post("/feed", data={"user-id": "ann"}) as answer:
            assert id_ in await answer.text()

        async def found() -> bool:
            async with http.get("/content", params={"q": "zurich rai*"}) as answer:
                assert answer.status == 200, await answer.text()
                return [listed["id"] for listed in (await answer.json())["requests"]] == [id_]

        await eventually(found, "it is indexed, without accents")
        assert not [line for line in service.log_lines() if line.get("level") == "error"]
    assert "ann" in run("keys", "list").stdout
    assert run("keys", "revoke", "ann").returncode == 0
    backup = run("backup", str(tmp_path / "copy"))
    assert (backup.returncode, "pg_dump" in backup.stderr) == (1, True)
    assert not list((tmp_path / "data").glob("feedmill.db*"))


@pytest.mark.parametrize("host", ["u:sesame/x@127.0.0.1:1", "u:sesame@[::1", "u@h,h:sesame"])
def test_a_url_without_a_readable_host_is_refused_without_its_password(
    tmp_path: Path, host: str
) -> None:
    setting = ("--set", f"database.url=postgresql://{host}/feedmill")
    for words in (("keys", *setting, "list"), ("doctor", *setting)):
        ended = command(tmp_path, *words)
        said = ended.stdout + ended.stderr
        assert "no readable host" in said
        assert "Traceback" not in said
        assert "sesame" not in said


async def test_while_postgres_is_away_nothing_is_accepted(
    tmp_path: Path, url: str, postgres_cluster: Cluster
) -> None:
    fields = {"prompt": "rain", "tag": "text"}
    async with AsyncExitStack() as back, AsyncExitStack() as reachable:
        relay = await reachable.enter_async_context(tcp_relay(postgres_cluster.port))
        away = f"postgresql://postgres@127.0.0.1:{relay.port}/{url.rpartition('/')[2]}"
        async with (
            running_service(tmp_path, *SIMULATED, f"database.url={away}") as service,
            ClientSession(service.url) as http,
        ):

            async def submitted() -> int:
                async with http.post("/content", data=fields) as answer:
                    return answer.status

            async def is_unready() -> bool:
                async with http.get("/readyz") as answer:
                    return answer.status == 503 and "database" in await answer.text()

            assert await submitted() == 202
            await reachable.aclose()
            await eventually(is_unready, "it says so")
            assert await submitted() == 503
            await back.enter_async_context(tcp_relay(postgres_cluster.port, relay.port))

            async def is_accepted() -> bool:
                return await submitted() == 202

            await eventually(is_accepted, "it is accepted again")


def test_without_the_driver_the_start_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "asyncpg.py").write_text("raise ModuleNotFoundError('asyncpg')")
    ended = subprocess.run(
        [
            *(sys.executable, str(HOME / "run.py"), "--config", "/dev/null"),
            *("--data-dir", str(tmp_path / "data"), "--set", "http.port=0"),
            *(word for setting in SIMULATED for word in ("--set", setting)),
            *("--set", "database.url=postgresql://ann@127.0.0.1:1/feedmill"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        check=False,
    )
    assert ended.returncode != 0
    assert engines.NO_DRIVER in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr
