"""Keys, scopes, and whose a request is."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, ClientWebSocketResponse, WSCloseCode

from service.http.routes import ENDPOINTS
from service.store.sql.keys.api_keys import Rights, Scope
from tests.support import api_keys
from tests.support.running import command, running_service, spawn
from tests.support.waiting import HANGS_SECONDS, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
OPEN = ("/", "/healthz", "/readyz", "/openapi.json", "/problems", "/studio.js")


def make(tmp_path: Path, name: str, *scopes: Scope) -> dict[str, str]:
    """The headers that go with a new key."""
    key = api_keys.create(tmp_path / "data" / "feedmill.db", name, scopes)
    return {"Authorization": f"Bearer {key}"}


@asynccontextmanager
async def serving(tmp_path: Path, *settings: str) -> AsyncIterator[ClientSession]:
    """A client of a service of this test's own, in whose log no key may stand at the end."""
    async with (
        running_service(tmp_path, *SIMULATED, *settings) as service,
        ClientSession(service.url) as http,
    ):
        yield http
        assert not any("fm_" in line for line in service.lines)


class Guarded:
    """A service that asks for keys, and all the keys that tests have made for it."""

    def __init__(self, http: ClientSession, folder: Path) -> None:
        self.http = http
        self.folder = folder
        self._numbers = itertools.count(1)

    def key(self, *scopes: Scope, name: str = "") -> dict[str, str]:
        """The headers that go with a new key, whose name is its own unless it is given."""
        return make(self.folder, name or f"key {next(self._numbers)}", *scopes)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    make(folder, "the first, which closes the door", "content")
    users, vip = 'auth.users={bound=["ann", 7], author=["ann"], nobody=[]}', "models.vip"
    named = (f"{vip}.kind=text", f"{vip}.generator=simulated")
    async with serving(folder, users, *named) as http:
        yield Guarded(http, folder)


async def ask(http: ClientSession, method: str, path: str, **how: Any) -> tuple[int, Any, Any]:
    async with http.request(method, path, **how) as answer:
        return answer.status, await answer.json(content_type=None), answer.headers


async def submit(http: ClientSession, headers: dict[str, str], **more: Any) -> str:
    submission = {"prompt": "p", "tag": "text", **more}
    status, body, _ = await ask(http, "POST", "/content", json=submission, headers=headers)
    assert status == 202, body
    return str(body["RequestId"])


async def test_every_endpoint_rejects_a_wrong_key(guarded: Guarded) -> None:
    ann = guarded.key("content", "feed", "worker", "admin")
    key = ann["Authorization"].split()[1]
    wrong = [f"Bearer {sent}" for sent in ("", "x", f"{key}0", key[:-1], key.upper(), "fm__")]
    wrong += ["", "Bearer", f"Basic {key}", "Bearer fm_ü_ü", f"Bearer {'fm_1' * 1000}"]
    wrong += ["Key", "Token x"]
    http = guarded.http
    for sent in wrong:
        headers = {"Authorization": sent} if sent else {}
        for method, path in (
            ("POST", "/content/"),
            ("POST", "/content/view"),
            ("GET", "/content/x"),
            ("DELETE", "/content/x"),
            ("POST", "/feed"),
            ("POST", "/worker/text"),
            ("GET", "/dead-letters"),
            ("POST", "/dead-letters/x/redrive"),
        ):
            status, body, response_headers = await ask(http, method, path, headers=headers)
            assert (status, body["type"]) == (401, "/problems#unauthorized"), (sent, path)
            assert response_headers["WWW-Authenticate"].startswith("Bearer ")
            assert key[20:] not in str(body)
    for path in OPEN:
        async with http.get(path) as answer:
            assert answer.status == 200, path
    async with http.post("/content", params={"access_token": key}) as answer:
        assert answer.status == 401  # only where a browser cannot send headers
    for scheme in ("bearer", "Token", "KEY"):
        assert await submit(http, {"Authorization": f"{scheme}  {key} "})


async def test_an_event_stream_accepts_its_key_in_the_query(guarded: Guarded) -> None:
    ann, bob = guarded.key("content"), guarded.key("content")
    http = guarded.http
    id_ = await submit(http, ann)
    for headers, query, status in (
        (ann, {}, 200),
        ({}, {}, 401),
        ({}, {"access_token": "x"}, 401),
        ({}, {"access_token": ann["Authorization"].split()[1]}, 200),
        ({}, {"access_token": bob["Authorization"].split()[1]}, 404),
    ):
        url = f"/content/{id_}/events"
        async with http.get(url, params=query, headers=headers) as answer:
            assert answer.status == status
        async with http.get(url.replace("events", "ws"), params=query, headers=headers) as answer:
            assert answer.status == {200: 426}.get(status, status)


async def test_a_key_gives_access_to_its_scopes_only(guarded: Guarded) -> None:
    scopes: tuple[Scope, ...] = ("content", "feed", "worker", "admin")
    keys = {scope: guarded.key(scope) for scope in scopes}
    calls = {
        "content": ("POST", "/content/view", {"request-id": "x"}),
        "feed": ("POST", "/feed", {"user-id": "x"}),
        "worker": ("POST", "/worker/text", {"prompt": "x"}),
        "admin": ("POST", "/dead-letters/redrive", {}),
    }
    http = guarded.http
    for needed, (method, path, body) in calls.items():
        for scope, headers in keys.items():
            status, reply, _ = await ask(http, method, path, json=body, headers=headers)
            if scope in {needed, "admin"}:
                assert status in {200, 202, 404}, (scope, path)
            else:
                assert (status, reply["type"]) == (403, "/problems#forbidden"), (scope, path)


async def test_the_request_of_another_key_is_answered_like_an_unknown_id(guarded: Guarded) -> None:
    ann, bob = guarded.key("content"), guarded.key("content")
    admin = guarded.key("admin")
    http = guarded.http
    id_ = await submit(http, ann)
    for headers, mine in ((ann, True), (bob, False), (admin, True)):
        for method, path, body in (
            ("POST", "/content/view", {"request-id": id_}),
            ("GET", f"/content/{id_}", None),
            ("DELETE", f"/content/{id_}?cancel=true", None),  # removes nothing
        ):
            status, reply, _ = await ask(http, method, path, json=body, headers=headers)
            if mine:
                assert status in {200, 202, 409}, path
            else:
                path_, body_ = path.replace(id_, "no"), body and {"request-id": "no"}
                same = await ask(http, method, path_, json=body_, headers=headers)
                assert (status, reply) == same[:2]
                assert status == 404


async def test_a_key_permits_priorities_up_to_its_highest(guarded: Guarded) -> None:
    http = guarded.http
    usual, low = guarded.key("content", name="usual"), guarded.key("content", name="low")
    high = guarded.key("content", "admin", name="high")
    database = guarded.folder / "data" / "feedmill.db"

    async def answer(headers: dict[str, str], path: str, **more: str) -> tuple[int, Any]:
        submission = {"prompt": "p", "tag": "text", **more}
        if path != "/content":
            message = {"role": "user", "content": "p"}
            submission = {"model": "text", "messages": [message], **more}  # type: ignore[dict-item]
        status, body, _ = await ask(http, "POST", path, json=submission, headers=headers)
        return status, body

    for headers, highest in ((usual, "normal"), (high, "normal")):  # as keys are created
        status, body = await answer(headers, "/content", priority="high")
        assert status == 403
        assert body["detail"] == f"This key permits no priority above `{highest}`."
        assert (await answer(headers, "/content", priority="normal"))[0] == 202
        assert (await answer(headers, "/v1/chat/completions", priority="high"))[0] == 403
        assert (await answer(headers, "/v1/chat/completions", service_tier="priority"))[0] == 403
        assert (await answer(headers, "/v1/chat/completions", service_tier="auto"))[0] == 200
    api_keys.change(database, "high", None, "high")
    api_keys.change(database, "low", None, "low")
    status, body = await answer(high, "/content", priority="high")
    assert status == 202
    _, record, _ = await ask(http, "GET", f"/content/{body['RequestId']}", headers=high)
    assert record["priority"] == "high"
    assert (await answer(low, "/content", priority="normal"))[0] == 403
    status, body = await answer(low, "/content")
    assert status == 202
    _, record, _ = await ask(http, "GET", f"/content/{body['RequestId']}", headers=low)
    assert record["priority"] == "low"


async def test_a_key_may_be_limited_to_models(guarded: Guarded) -> None:
    """What it names is refused, what it does not name gets what the key permits."""
    path = guarded.folder / "data" / "feedmill.db"
    key = api_keys.create(path, "texts only", ("content",), Rights(models=("text",)))
    headers = {"Authorization": f"Bearer {key}"}

    async def submit(**fields: str) -> tuple[int, Any]:
        body = {"prompt": "p", "tag": "text", **fields}
        async with guarded.http.post("/content", json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    assert (await submit())[0] == (await submit(model="text"))[0] == 202
    for tag in ("image", "instagram"):
        status, problem = await submit(tag=tag)
        assert (status, problem["detail"]) == (
            403, "This key may not use the model image, only text.",
        )  # fmt: skip
    assert (await submit(tag="image", model="image"))[0] == 403
    async with guarded.http.get("/models", headers=headers) as answer:
        assert [model["name"] for model in (await answer.json())["models"]] == ["text"]
    async with guarded.http.get("/v1/models", headers=headers) as answer:
        assert "vip" not in [model["id"] for model in (await answer.json())["data"]]
    async with guarded.http.get("/v1/models/vip", headers=headers) as answer:
        assert answer.status == 404
    body = {"prompt": "p"}
    async with guarded.http.post("/v1/images/generations", json=body, headers=headers) as answer:
        assert answer.status == 403
    api_keys.change(path, "texts only", None, None, ("text", "image"))
    assert (await submit(tag="instagram"))[0] == 202


async def test_no_endpoint_shows_another_keys_request(guarded: Guarded) -> None:
    ann, bob = guarded.key("content"), guarded.key("content")
    http = guarded.http
    id_ = await submit(http, ann)
    about = [item for item in ENDPOINTS if item.path.startswith("/content/{id}")]
    assert len(about) > 4
    for item in about:
        path = re.sub(r"{\w+}", "1", item.path.replace("{id}", id_))
        status, reply, _ = await ask(http, item.method, path, headers=bob)
        assert (status, reply["type"]) == (404, "/problems#not-found"), item
    for headers, known in ((ann, [id_]), (bob, [])):
        _, page, _ = await ask(http, "GET", "/content", headers=headers)
        assert [item["id"] for item in page["requests"]] == known


async def test_a_key_is_valid_from_its_creation_until_it_is_revoked(tmp_path: Path) -> None:
    async with serving(tmp_path) as http:
        old = await submit(http, {})
        reply = await asyncio.to_thread(command, tmp_path, "keys", "create", "ann", "--yes")
        ann = {"Authorization": f"Bearer {reply.stdout.strip()}"}
        assert (await ask(http, "GET", f"/content/{old}"))[0] == 401  # the first closes the door
        assert (await ask(http, "GET", f"/content/{old}", headers=ann))[0] == 404
        id_ = await submit(http, ann)
        api_keys.revoke(tmp_path / "data" / "feedmill.db", "ann")
        assert (await ask(http, "GET", f"/content/{id_}", headers=ann))[0] == 401
        assert (await ask(http, "GET", f"/content/{id_}"))[0] == 401  # and it stays closed
        again = make(tmp_path, "ann", "content")
        assert (await ask(http, "GET", f"/content/{id_}", headers=again))[0] == 200


async def test_streams_end_when_their_key_is_revoked(tmp_path: Path) -> None:
    ann, bob = make(tmp_path, "ann", "content"), make(tmp_path, "bob", "content")
    slow = ("text.simulated.delay=30", "service.drain=0")
    async with serving(tmp_path, *slow) as http:
        ids = [await submit(http, headers) for headers in (bob, ann)]
        bobs, anns = (f"/content/{id_}" for id_ in ids)
        async with (
            http.ws_connect(f"{bobs}/ws", headers=bob) as stays,
            http.ws_connect(f"{anns}/ws", headers=ann) as socket,
            http.get(f"{anns}/events", headers=ann) as events,
        ):
            api_keys.revoke(tmp_path / "data" / "feedmill.db", "ann")
            async with asyncio.timeout(HANGS_SECONDS):
                reply = await events.text()
                assert await last_of(socket) != "completed"
            assert socket.close_code == WSCloseCode.POLICY_VIOLATION
            assert "event: snapshot" in reply
            await ask(http, "DELETE", bobs, headers=bob)
            assert await last_of(stays) == "cancelled"


async def test_streams_without_a_key_end_when_the_first_key_is_created(tmp_path: Path) -> None:
    async with serving(tmp_path, "text.simulated.delay=30", "service.drain=0") as http:
        id_ = await submit(http, {})
        async with http.get(f"/content/{id_}/events") as events:
            make(tmp_path, "ann", "content")
            async with asyncio.timeout(HANGS_SECONDS):
                assert "event: completed" not in await events.text()


async def last_of(socket: ClientWebSocketResponse) -> str:
    """The name of the last event before a WebSocket is closed."""
    *_, last = [message.json()["event"] async for message in socket]
    return str(last)


async def test_a_key_bound_to_users_works_only_for_them(guarded: Guarded) -> None:
    ann, bob = guarded.key("content", "feed", name="bound"), guarded.key("content", "feed")
    http = guarded.http
    for user, status in (("ann", 200), (7, 200), ("bob", 403)):
        response = await ask(http, "POST", "/feed", json={"user-id": user}, headers=ann)
        assert response[0] == status
        submission = {"prompt": "p", "tag": "text", "user-id": user, "publish": True}
        response = await ask(http, "POST", "/content", json=submission, headers=ann)
        assert response[0] == {200: 202, 403: 403}[status]
    await submit(http, ann)
    assert (await ask(http, "POST", "/feed", json={"user-id": "ann"}, headers=bob))[0] == 200


async def test_a_post_of_a_request_is_changed_by_its_key_its_author_or_admin(
    guarded: Guarded,
) -> None:
    http = guarded.http
    maker, other, admin = guarded.key("content", "feed"), guarded.key("feed"), guarded.key("admin")
    author = guarded.key("feed", name="author")
    later = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    for when, published, changed in (({}, 201, 200), ({"at": later}, 202, 202)):
        id_ = await submit(http, maker, **{"user-id": "ann"})
        post, publish = f"/feed/posts/{id_}", f"/content/{id_}/publish"

        async def completed(id_: str = id_) -> bool:
            _, body, _ = await ask(http, "GET", f"/content/{id_}", headers=maker)
            return bool(body["status"] == "completed")

        await eventually(completed, "the request is completed")
        assert (await ask(http, "POST", publish, json=when, headers=maker))[0] == published
        for method, how in (("PATCH", {"json": {"title": "Theirs"}}), ("DELETE", {})):
            status, body, _ = await ask(http, method, post, headers=other, **how)
            assert (status, body["type"]) == (403, "/problems#forbidden"), (method, body)
            assert "another key" in body["detail"]
        for headers in (maker, author, admin):
            change = {"title": "Ours"}
            status, body, _ = await ask(http, "PATCH", post, json=change, headers=headers)
            assert (status, body["title"]) == (changed, "Ours")
        assert (await ask(http, "DELETE", post, headers=author))[0] == 204
    by_hand = {"user-id": "ann", "title": "t", "content": "c"}
    _, body, _ = await ask(http, "POST", "/feed/posts", json=by_hand, headers=other)
    assert (await ask(http, "DELETE", f"/feed/posts/{body['id']}", headers=other))[0] == 204


async def test_whether_keys_are_required_can_change_while_the_service_runs(tmp_path: Path) -> None:
    async with serving(tmp_path) as http:

        async def status() -> int:
            return (await ask(http, "GET", "/content/unknown"))[0]

        async def becomes(required: str, expected: int) -> None:
            (tmp_path / "config.toml").write_text(f"[auth]\nrequired = {required}\n")

            async def there() -> bool:
                return await status() == expected

            await eventually(there, f"{expected} with required = {required}")

        assert await status() == 404
        await becomes("true", 401)
        make(tmp_path, "ann", "content")
        await becomes("false", 404)
        await becomes('"auto"', 401)


async def test_an_open_address_without_keys_must_be_confirmed(tmp_path: Path) -> None:
    running = await spawn(tmp_path, *SIMULATED, "http.host=0.0.0.0")
    assert await running.process.wait() == 1
    await running.stop()
    assert "Feedmill cannot start: others can reach 0.0.0.0," in running.tail()
    assert "[auth] required = false" in running.tail()
    key = make(tmp_path, "ann", "content")
    async with serving(tmp_path, "http.host=0.0.0.0") as http:
        assert (await ask(http, "GET", "/content/unknown"))[0] == 401
        assert (await ask(http, "GET", "/content/unknown", headers=key))[0] == 404
