"""Webhooks from outside: what may be given, what is listed, and what outlives a kill."""

from __future__ import annotations

import base64
import contextlib
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from standardwebhooks import Webhook

from service.config import ConfigError, load
from tests.support.outside import Outside, outside
from tests.support.receivers import Held, Receiver, requests_to, status
from tests.support.running import command, running_service, spawn
from tests.support.waiting import eventually, wait_until

SETTINGS = (
    "text.generator=simulated",
    "image.generator=simulated",
    'webhooks.allow=["127.0.0.0/8"]',
    "webhooks.schedule=[0.05, 0.05, 0.05]",
)
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def world(receiver: Receiver) -> AsyncIterator[Outside]:
    async with outside(receiver) as world:
        yield world


async def submit(http: ClientSession, webhook: str) -> str:
    fields = {"prompt": "p", "tag": "text", "webhook": webhook}
    async with http.post("/content", json=fields) as answer:
        assert answer.status == 202
        return str((await answer.json())["RequestId"])


async def delivery(http: ClientSession, id_: str, state: str) -> dict[str, Any]:
    """The latest delivery of a request, once it is in this state."""

    async def there() -> dict[str, Any] | None:
        async with http.get(f"/content/{id_}/deliveries") as answer:
            assert answer.status == 200
            deliveries: list[dict[str, Any]] = (await answer.json())["deliveries"]
        return deliveries[-1] if deliveries and deliveries[-1]["status"] == state else None

    return await eventually(there, f"the delivery is {state}")


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:6379/",
        "http://[::ffff:169.254.169.254]/",
        "http://2130706433/",
        "http://localhost/",
        "ftp://example.com/",
        "https://user:secret@example.com/",
        "https://example.com/#x",
        "https://example.com/ x",
        "https://example.com/" + "x" * 2000,
        "",
        "\ud800",
        "http://\0/",
        7,
        ["https://example.com/"],
    ],
)
async def test_a_url_that_cannot_be_used_is_refused_at_once(http: ClientSession, url: Any) -> None:
    fields = {"prompt": "p", "tag": "text", "webhook": url}
    async with http.post("/content", json=fields) as answer:
        assert answer.status == 400
        problem = await answer.json(content_type=None)
    if url != "\ud800":  # that is no JSON at all
        assert [error["name"] for error in problem["errors"]] == ["webhook"]
    assert "secret" not in problem["detail"]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_request_without_a_delivery_has_none_to_list_or_repeat(http: ClientSession) -> None:
    async with http.post(
        "/content", json={"prompt": "p", "tag": "text", "webhook": None}
    ) as answer:
        id_ = (await answer.json())["RequestId"]
    async with http.get(f"/content/{id_}/deliveries/") as answer:
        assert (answer.status, await answer.json()) == (200, {"deliveries": []})
    for path in (f"{id_}/deliveries/msg_1_1/redeliver", f"{id_}/redeliver"):
        async with http.post(f"/content/{path}") as answer:
            assert answer.status == 404
    for unknown in ("0" * 45, "ü"):
        async with http.get(f"/content/{unknown}/deliveries") as answer:
            assert answer.status == 404
        async with http.post(f"/content/{unknown}/redeliver") as answer:
            assert answer.status == 404


async def test_attempts_are_listed_and_a_delivery_can_be_repeated(
    tmp_path: Path, world: Outside, receiver: Receiver
) -> None:
    receiver.answers["/hook"] = status(500, 200)
    async with running_service(tmp_path, *SETTINGS) as running, ClientSession(running.url) as http:
        id_ = await submit(http, f"{world.url}/hook")
        record = await delivery(http, id_, "delivered")
        assert record["id"] == f"msg_{id_}_{record['event_id']}"
        assert [attempt["status_code"] for attempt in record["attempts"]] == [500, 200]
        held = receiver.answers["/hook"] = Held()
        path = f"/content/{id_}/deliveries/{record['id']}/redeliver"
        async with http.post(path) as answer:
            assert (answer.status, await answer.json()) == (202, {"redelivered": record["id"]})
        await delivery(http, id_, "sending")
        for again in (path, f"/content/{id_}/redeliver/"):
            async with http.post(again) as answer:
                assert answer.status == 409
        held.go.set()
        assert len((await delivery(http, id_, "delivered"))["attempts"]) == 3

    # without a configured secret there is one in the data folder, and for its owner alone
    file = tmp_path / "data" / "webhook-secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = file.read_text().strip()
    for request in world.requests:
        Webhook(secret).verify(request.body, dict(request.headers))
    assert secret not in "\n".join(running.lines)


async def test_a_kill_in_the_middle_of_an_attempt_repeats_it_with_the_same_id(
    tmp_path: Path, world: Outside, receiver: Receiver
) -> None:
    receiver.answers["/hook"] = Held()
    running = await spawn(tmp_path, *SETTINGS)
    async with ClientSession((await running.logged("ready"))["url"]) as http:
        first = await submit(http, f"{world.url}/hook")
        await wait_until(lambda: world.in_hand == 1, "it is in hand")
        second = await submit(http, f"{world.url}/hook")
        await eventually(lambda: _listed(http, second), "it waits behind")
    await running.kill()
    receiver.answers["/hook"] = status(200)
    async with running_service(tmp_path, *SETTINGS) as again, ClientSession(again.url) as http:
        record = await delivery(http, first, "delivered")
        behind = await delivery(http, second, "delivered")
    ids = [request.headers["webhook-id"] for request in requests_to(world, "/hook")]
    assert ids == [record["id"], record["id"], behind["id"]]


async def _listed(http: ClientSession, id_: str) -> bool:
    async with http.get(f"/content/{id_}/deliveries") as answer:
        return bool((await answer.json())["deliveries"])


async def test_attempts_are_limited_for_each_key_or_address(tmp_path: Path, world: Outside) -> None:
    fields = {"prompt": "p", "tag": "text", "webhook": f"{world.url}/hook"}
    settings = (*SETTINGS, 'http.trusted_proxies=["127.0.0.1"]', "auth.required=false")
    async with running_service(tmp_path, *settings) as running, ClientSession(running.url) as http:
        for forwarded in ("192.0.2.7", "2001:db8::1:2:3"):
            headers = {"X-Forwarded-For": forwarded}
            async with http.post("/content", json=fields, headers=headers) as answer:
                assert answer.status == 202
    key = command(tmp_path, "keys", "create", "mobile", "--yes").stdout.strip()
    async with (
        running_service(tmp_path, *SETTINGS) as running,
        ClientSession(running.url, headers={"Authorization": f"Bearer {key}"}) as http,
    ):
        await submit(http, f"{world.url}/hook")
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "feedmill.db")) as database:
        rows = database.execute(
            "SELECT owner, client FROM requests WHERE webhook IS NOT NULL ORDER BY id"
        ).fetchall()
    assert rows == [(None, "192.0.2.7"), (None, "2001:db8::/64"), ("mobile", None)]


async def test_two_secrets_sign_while_one_replaces_the_other(
    tmp_path: Path, world: Outside
) -> None:
    settings = (*SETTINGS, f'webhooks.secrets=["env:HOOK_SECRET", "{OLD}"]')
    environment = {"HOOK_SECRET": NEW}
    async with (
        running_service(tmp_path, *settings, environment=environment) as running,
        ClientSession(running.url) as http,
    ):
        await delivery(http, await submit(http, f"{world.url}/hook"), "delivered")
    [request] = world.requests
    for secret in (NEW, OLD):
        Webhook(secret).verify(request.body, dict(request.headers))
    newest, _ = request.headers["webhook-signature"].split(" ")
    Webhook(NEW).verify(request.body, {**request.headers, "webhook-signature": newest})
    assert not (tmp_path / "data" / "webhook-secret").exists()
    assert NEW not in "\n".join(running.lines)


async def test_the_refusal_of_an_address_says_how_to_allow_it_and_that_counts_at_once(
    tmp_path: Path, world: Outside
) -> None:
    fields = {"prompt": "p", "tag": "text", "webhook": f"{world.url}/hook"}
    file = tmp_path / "config.toml"
    async with (
        running_service(tmp_path, *SETTINGS[:2]) as running,
        ClientSession(running.url) as http,
    ):

        async def answered(code: int) -> bool:
            async with http.post("/content", json=fields) as answer:
                return answer.status == code

        async with http.post("/content", json=fields) as answer:
            assert answer.status == 400
            [error] = (await answer.json())["errors"]
        sentence, _, setting = error["reason"].partition("allow it: ")
        assert sentence.startswith("Leads to a loopback address")
        assert setting == '[webhooks] allow = ["127.0.0.1"]'
        file.write_text(setting.replace("] ", "]\n", 1))
        await eventually(lambda: answered(202), "the file is read again")
        await wait_until(lambda: world.requests, "it is delivered")
        file.write_text("")
        await eventually(lambda: answered(400), "it is barred again")


@pytest.mark.parametrize("given", [None, "whsec_aHVzaA=="])
async def test_a_variable_without_a_secret_stops_the_start(
    tmp_path: Path, given: str | None
) -> None:
    environment = {} if given is None else {"HOOK_SECRET": given}
    running = await spawn(
        tmp_path, *SETTINGS, 'webhooks.secrets=["env:HOOK_SECRET"]', environment=environment
    )
    assert await running.process.wait() == 1
    await wait_until(lambda: "HOOK_SECRET" in running.tail(), "it says why")
    assert "aHVzaA" not in running.tail()


@pytest.mark.parametrize(
    "setting",
    [
        "webhooks.secrets=hush",
        'webhooks.secrets="hush"',
        'webhooks.secrets=["hush"]',
        'webhooks.secrets=["whsec_hush"]',
        'webhooks.secrets=["whsec_aHVzaA=="]',
        f'webhooks.secrets=["{NEW}hush!"]',
        'webhooks.secrets=["env:hush hush"]',
        'webhooks.secrets={hush="hush"}',
    ],
)
def test_no_error_shows_a_secret(setting: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load(None, {}, [setting])
    assert "[webhooks] secrets is ***" in str(refusal.value)
    assert "hush" not in str(refusal.value)
    assert "aHVzaA" not in str(refusal.value)


@pytest.mark.parametrize("network", ["10.0.0.1/8", "everything", "10.0.0.0/33", "fd00::/129"])
def test_an_invalid_network_is_refused_at_the_start(network: str) -> None:
    with pytest.raises(ConfigError, match="expected networks"):
        load(None, {}, [f'webhooks.allow=["{network}"]'])
