"""Rate limits: exact over all processes, told in headers, and no lock when Redis is away."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import make_mocked_request

from service.config import HttpConfig
from service.http.guards.rate_limiting import client_address, is_limited, networks
from service.http.routes import ENDPOINTS
from service.store.redis import rate_limits as module
from service.store.redis.connection import RedisConnection
from service.store.redis.rate_limits import RateLimits, TokenGrant
from tests.support import api_keys
from tests.support.outside import unused_url
from tests.support.running import running_service
from tests.support.waiting import HANGS_SECONDS

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
WISH = {"prompt": "p", "tag": "text"}


async def post(
    http: ClientSession, headers: Mapping[str, str] | None = None, path: str = "/content"
) -> tuple[int, Mapping[str, str], Any]:
    async with http.post(path, json=WISH, headers=headers) as answer:
        return answer.status, answer.headers, await answer.json(content_type=None)


async def test_a_bucket_allows_its_burst_and_no_more(redis_url: str) -> None:
    limits = [RateLimits(RedisConnection(redis_url)) for _ in range(2)]
    tokens = await asyncio.gather(
        *(limits[i % 2].take_token("x", rate=0.01, burst=10) for i in range(100))
    )
    assert Counter(token.allowed for token in tokens) == {True: 10, False: 90}
    assert sorted(token.remaining for token in tokens if token.allowed) == list(range(10))
    for token in tokens:
        if not token.allowed:
            assert 90 < token.retry_after <= 100
            assert 900 < token.full_in <= 1000
    assert (await limits[0].take_token("y", rate=0.01, burst=10)).remaining == 9
    for one_ in limits:
        await one_.aclose()


async def test_a_clock_that_was_ahead_delays_no_client_longer_than_an_empty_bucket(
    redis_url: str, redis: RedisConnection
) -> None:
    limits = RateLimits(RedisConnection(redis_url))
    seconds, micros = map(int, await redis.one("TIME"))
    full = (seconds + 3600) * 1_000_000 + micros  # written an hour ahead
    await redis.one("SET", "limits:x", str(full), "PX", 3_600_000)
    refused = await limits.take_token("x", rate=50, burst=5)
    assert not refused.allowed
    assert refused.retry_after <= 0.02
    async with asyncio.timeout(HANGS_SECONDS):
        while not (await limits.take_token("x", rate=50, burst=5)).allowed:  # noqa: ASYNC110 - it fills
            await asyncio.sleep(0.005)
    await limits.aclose()


async def test_a_bucket_fills_at_its_rate(redis_url: str, redis: RedisConnection) -> None:
    limits = RateLimits(RedisConnection(redis_url))
    first = await limits.take_token("x", rate=1000, burst=1)
    assert first.allowed
    allowed = 0
    began = asyncio.get_running_loop().time()
    while allowed < 50:
        allowed += (await limits.take_token("x", rate=1000, burst=1)).allowed
    assert asyncio.get_running_loop().time() - began > 0.045
    await limits.take_token("x", rate=0.5, burst=5)
    assert 0 < await redis.one("PTTL", "limits:x") <= 10_000  # it goes by itself
    await limits.aclose()


async def test_without_redis_each_process_counts_for_itself() -> None:
    limits = RateLimits(RedisConnection(unused_url().replace("http", "redis")))
    tokens = [await limits.take_token("x", rate=0.01, burst=3) for _ in range(5)]
    assert [token.allowed for token in tokens] == [True] * 3 + [False] * 2
    assert [token.remaining for token in tokens] == [2, 1, 0, 0, 0]
    assert (await limits.take_token("y", rate=0.01, burst=3)).allowed


async def test_without_redis_a_bucket_fills_at_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 1000.0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: seconds))
    limits = RateLimits(RedisConnection(unused_url().replace("http", "redis")))

    async def take() -> TokenGrant:
        return await limits.take_token("x", rate=0.5, burst=2)

    assert [(await take()).allowed for _ in range(3)] == [True, True, False]
    assert (await take()).retry_after == 2.0
    seconds += 1.9
    assert not (await take()).allowed
    seconds += 0.2
    assert [(await take()).allowed for _ in range(2)] == [True, False]
    seconds += 3600  # no more than the burst
    assert [(await take()).allowed for _ in range(3)] == [True, True, False]


async def test_without_redis_the_number_of_buckets_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = 1000.0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: seconds))
    monkeypatch.setattr(module, "MAX_LOCAL_BUCKETS", 3)
    limits = RateLimits(RedisConnection(unused_url().replace("http", "redis")))

    async def allowed(whose: str) -> bool:
        return (await limits.take_token(whose, rate=1.0, burst=1)).allowed

    assert [await allowed(name) for name in "abc"] == [True] * 3
    assert [await allowed("d") for _ in range(2)] == [True] * 2  # no room: not counted
    assert not await allowed("a")  # the bucket of a client that is counted stays
    seconds += 1.5  # the buckets are full again and give way
    assert [await allowed("d") for _ in range(2)] == [True, False]


async def test_two_processes_share_the_limit_of_a_key(tmp_path: Path, redis_url: str) -> None:
    database = tmp_path / "data" / "feedmill.db"
    bob, *others = (
        {"Authorization": f"Bearer {api_keys.create(database, name, ['content'])}"}
        for name in ("bob", "ann", "ben", "cid", "dan")
    )
    settings = (*SIMULATED, f"redis.url={redis_url}", "limits.rate=0.01", "limits.burst=20")
    async with AsyncExitStack() as stack:
        https = []
        for _ in range(2):
            service = await stack.enter_async_context(running_service(tmp_path, *settings))
            https.append(await stack.enter_async_context(ClientSession(service.url)))
        for ann in others:  # if Redis is late on a busy machine, each process counts its own
            answers = await asyncio.gather(*(post(https[i % 2], ann) for i in range(60)))
            counted = Counter(status for status, _, _ in answers)
            if counted[202] == 20:
                break
            assert counted[202] <= 40
            await asyncio.sleep(module.REDIS_PAUSE_SECONDS)  # then it is asked again
        assert counted == {202: 20, 429: 40}
        for status, headers, body in answers:
            assert headers["RateLimit-Policy"] == '"requests";q=20;w=2000'
            assert headers["RateLimit"].startswith('"requests";r=')
            if status == 429:
                assert 1 <= int(headers["Retry-After"]) <= 100
                assert body["type"] == "/problems#rate-limited"
                assert headers["RateLimit"].startswith('"requests";r=0;t=')
        assert (await post(https[0], bob))[0] == 202  # another key has its own
        for _ in range(3):  # asking is not counted, and wrong keys use nothing up
            assert (await post(https[0], ann, "/content/view"))[0] == 400
            assert (await post(https[0]))[0] == 401
        assert "RateLimit" not in (await post(https[0], ann, "/content/view"))[1]


async def test_without_keys_the_address_counts_and_headers_show_both_limits(tmp_path: Path) -> None:
    settings = (*SIMULATED, "text.simulated.delay=30", "text.max_queued=2", "service.drain=0")
    trusted = 'http.trusted_proxies=["127.0.0.0/8"]'
    async with (
        running_service(
            tmp_path, *settings, "limits.rate=0.01", "limits.burst=4", trusted
        ) as service,
        ClientSession(service.url) as http,
    ):
        statuses = [(await post(http))[0] for _ in range(5)]
        assert statuses == [202, 202, 429, 429, 429]
        other = await post(http, {"X-Forwarded-For": "203.0.113.1, 127.0.0.1"})
        assert other[0] == 429  # not because of the rate
        assert other[2]["type"] == "/problems#queue-full"
        assert other[1]["RateLimit"].count(";r=") == 2
        assert '"requests";r=3;' in other[1]["RateLimit"]
        assert (await post(http))[2]["type"] == "/problems#rate-limited"
        # the network of an IPv6 address counts, not the address
        for last in range(4):
            await post(http, {"X-Forwarded-For": f"2001:db8:1:1::{last}"})
        for prefix, kind in (("1:1", "rate-limited"), ("1:2", "queue-full")):
            headers = await post(http, {"X-Forwarded-For": f"2001:db8:{prefix}::ff"})
            assert headers[2]["type"] == f"/problems#{kind}"


WRITING = (
    ("POST", "/content"),
    ("PATCH", "/content/{id}"),
    ("DELETE", "/content/{id}"),
    ("POST", "/content/{id}/redeliver"),
    ("POST", "/content/{id}/deliveries/msg_1/redeliver"),
    ("POST", "/dead-letters/redrive"),
    ("POST", "/dead-letters/{id}/redrive"),
    ("POST", "/pools/{pool}/pause"),
    ("POST", "/pools/{pool}/resume"),
    ("POST", "/models/discovered"),
    ("POST", "/worker/text"),
    ("POST", "/worker/image"),
    ("POST", "/content/{id}/publish"),
    ("POST", "/feed/posts"),
    ("DELETE", "/feed/posts/{id}"),
    ("PATCH", "/feed/posts/{id}"),
    ("POST", "/feed/addresses"),
    ("DELETE", "/feed/addresses"),
    ("POST", "/feed/follow"),
    ("DELETE", "/feed/follow"),
    ("POST", "/feed/mute"),
    ("DELETE", "/feed/mute"),
    ("PUT", "/feed/marker"),
    ("POST", "/feed/events"),
    ("DELETE", "/feed/taste"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/images/generations"),
    ("POST", "/v1/images/edits"),
    ("POST", "/v1/images/variations"),
    ("POST", "/v1/responses"),
    ("POST", "/v1/responses/{response}/cancel"),
    ("POST", "/v1/text-to-image"),
    ("POST", "/replicate/v1/predictions"),
    ("POST", "/replicate/v1/models/{owner}/{name}/predictions"),
    ("POST", "/replicate/v1/predictions/{prediction}/cancel"),
    ("POST", "/fal/{app}"),
    ("POST", "/fal/run/{app}"),
    ("PUT", "/fal/{app}/requests/{request}/cancel"),
    ("POST", "/fal/proxy"),
    ("PUT", "/fal/proxy"),
)


async def test_exactly_the_writing_requests_are_counted(tmp_path: Path) -> None:
    database = tmp_path / "data" / "feedmill.db"
    settings = (*SIMULATED, "limits.rate=0.001", "limits.burst=2")
    callers = {
        endpoint: {
            "Authorization": f"Bearer {api_keys.create(database, ' '.join(endpoint), ['admin'])}"
        }
        for endpoint in WRITING
    }
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        id_ = (await post(http, callers["POST", "/content"]))[2]["RequestId"]

        async def ask(method: str, path: str, headers: Mapping[str, str]) -> int:
            prompts = method == "POST" and path.rstrip("/") in {
                "/content",
                "/worker/text",
                "/worker/image",
            }
            fields = {"prompt": "p"} | ({} if "/worker" in path else {"tag": "text"})
            named = path.replace("{app}", "a/b").replace("{pool}", "text")
            url = re.sub(r"{\w+}", id_, named)
            body = fields if prompts else None
            query = {"cancel": "true"} if (method, path[:9]) == ("DELETE", "/content/") else None
            sent = http.request(method, url, data=body, params=query, headers=headers)
            async with sent as answer:
                return answer.status

        for (method, path), caller in callers.items():
            allowed = 1 if path == "/content" else 2  # one was used up above
            for form in (path, path + "/")[:allowed]:
                assert await ask(method, form, caller) not in {429, 405}, (method, form)
            for form in (path, path + "/"):
                assert await ask(method, form, caller) == 429, (method, form)
            # a client over its limit can still read
            for looking in ("/content", f"/content/{id_}", f"/content/{id_}/deliveries", "/status"):
                assert await ask("GET", looking, caller) == 200
            seen = {"request-id": id_}
            async with http.post("/content/view", data=seen, headers=caller) as answer:
                assert answer.status == 200
            async with http.post("/feed", data={"user-id": "a"}, headers=caller) as answer:
                assert answer.status == 200
    counted = {
        (endpoint.method, endpoint.path)
        for endpoint in ENDPOINTS
        if is_limited(endpoint.method, endpoint.path)
    }
    same = {(m, p.replace("msg_1", "{delivery}")) for m, p in WRITING}
    assert counted == same


async def test_the_limit_can_change_while_the_service_runs(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED) as service, ClientSession(service.url) as http:
        assert "RateLimit" not in (await post(http))[1]
        (tmp_path / "config.toml").write_text("[limits]\nrate = 0.01\nburst = 2\n")
        await service.logged("configuration changed")
        assert [(await post(http))[0] for _ in range(3)] == [202, 202, 429]


@pytest.mark.parametrize(
    ("remote", "headers", "found"),
    [
        ("203.0.113.9", {"X-Forwarded-For": "1.1.1.1"}, "203.0.113.9"),
        ("10.0.0.1", {}, "10.0.0.1"),
        ("10.0.0.1", {"X-Forwarded-For": "1.1.1.1"}, "1.1.1.1"),
        ("10.0.0.1", {"X-Forwarded-For": "6.6.6.6, 1.1.1.1, 10.9.9.9"}, "1.1.1.1"),
        ("10.0.0.1", {"X-Forwarded-For": "6.6.6.6, nonsense, 10.9.9.9"}, "10.9.9.9"),
        ("10.0.0.1", {"X-Forwarded-For": "1.1.1.1:1234"}, "1.1.1.1"),
        ("10.0.0.1", {"X-Forwarded-For": "[2001:db8::1]:80"}, "2001:db8::1"),
        ("10.0.0.1", {"X-Forwarded-For": "10.3.3.3"}, "10.3.3.3"),
        ("::ffff:10.0.0.1", {"X-Forwarded-For": "1.1.1.1"}, "1.1.1.1"),
        ("10.0.0.1", {"Forwarded": 'proto=https;For="[2001:db8::7]:4711"'}, "2001:db8::7"),
        ("10.0.0.1", {"Forwarded": "for=6.6.6.6, for=1.1.1.1;by=10.2.2.2"}, "1.1.1.1"),
        ("10.0.0.1", {"Forwarded": "for=6.6.6.6, for=_hidden"}, "10.0.0.1"),
        ("10.0.0.1", {"Forwarded": "for=2.2.2.2", "X-Forwarded-For": "6.6.6.6"}, "2.2.2.2"),
    ],
)
async def test_only_trusted_proxies_name_the_client_address(
    remote: str, headers: dict[str, str], found: str
) -> None:
    proxies = networks(HttpConfig(trusted_proxies=["10.0.0.0/8"]))
    request = make_mocked_request("POST", "/content", headers).clone(remote=remote)
    assert client_address(request, proxies) == found
