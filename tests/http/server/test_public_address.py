"""Below a path and under other names: every address that leaves the service can be used."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from aiohttp import ClientSession, web

from feedmill.addresses import seen_from
from service.config import ConfigError, load
from service.config.sections import OWN_PATHS
from service.http.routes import ENDPOINTS
from tests.support.outside import outside
from tests.support.prefix_proxy import prefix_proxy
from tests.support.raw_http import request, send
from tests.support.running import command, running_service
from tests.support.streaming import followed
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
TRUSTING = 'http.trusted_proxies=["127.0.0.1"]'


@dataclass
class Way:
    """One way to a service: its root as a client has it, and the path that it is below."""

    url: str
    path: str


@asynccontextmanager
async def way(tmp_path: Path, how: str) -> AsyncIterator[Way]:
    """A service at its own root, or below a path: by its configuration, or as a proxy says."""
    settings = {
        "root": (),
        "unstripped": ("http.base_path=/mill/",),
        "stripped": ("http.base_path=/a/mill",),
        "said": (TRUSTING,),
        "public": ('http.public_url="http://127.0.0.1/mill/"',),
    }[how]
    await asyncio.to_thread(tmp_path.mkdir, exist_ok=True)
    async with running_service(tmp_path, *SIMULATED, *settings) as service:
        if how == "root":
            yield Way(service.url, "")
        elif how == "unstripped":
            yield Way(f"{service.url}/mill", "/mill")
        else:
            path = "/a/mill" if how == "stripped" else "/mill"
            headers = {"X-Forwarded-Prefix": path} if how == "said" else {}
            async with prefix_proxy(service.url, path, headers) as proxy:
                yield Way(proxy.url, path)


@pytest.mark.parametrize("how", ["root", "unstripped", "stripped", "said"])
async def test_every_address_in_an_answer_leads_back_to_the_service(
    tmp_path: Path, how: str
) -> None:
    async with way(tmp_path, how) as here, ClientSession() as http:

        async def found(address: str, base: str = f"{here.url}/") -> bytes:
            async with http.get(urljoin(base, address)) as answer:
                assert answer.status == 200, (address, await answer.text())
                return await answer.read()

        submission = {"prompt": "Rain", "tag": "instagram", "user-id": "ann", "publish": True}
        for _ in range(2):
            async with http.post(f"{here.url}/content/", json=submission) as answer:
                location, id_ = answer.headers["Location"], (await answer.json())["RequestId"]
        assert location == f"{here.path}/content/{id_}"
        record = json.loads(await found(f"{location}?wait=60"))
        pictures = {record["imageUri"]}
        assert record["imageUri"].startswith(f"{here.path}/media/")
        async with http.post(f"{here.url}/content/view", data={"request-id": id_}) as answer:
            pictures.add((await answer.json())["imageUri"])
        async with http.get(f"{here.url}/content?limit=1&tag=instagram") as answer:
            listed = await answer.json()
            pictures.add(listed["requests"][0]["imageUri"])
            link = answer.headers["Link"]
        following = json.loads(await found(link[1:].partition(">")[0]))
        assert following["requests"][0]["id"] != listed["requests"][0]["id"]
        for query in ("", "?after=0"):
            events = await followed(http, f"{here.url}/content/{id_}/events{query}")
            pictures |= {event.data["imageUri"] for event in events if "imageUri" in event.data}
        async with http.ws_connect(f"{here.url}/content/{id_}/ws?after=0") as socket:
            records = [json.loads(message.data)["data"] async for message in socket]
        pictures |= {data["imageUri"] for data in records if "imageUri" in data}
        assert len(pictures) == 1, "the same address everywhere"
        async with http.post(f"{here.url}/worker/image", json={"prompt": "p"}) as answer:
            pictures.add((await answer.json())["imageUri"])
        async with http.post(f"{here.url}/feed/", json={"user-id": "ann"}) as answer:
            pictures |= {post["imageUri"] for post in await answer.json()}
        for picture in pictures:
            assert (await found(picture))[:4] in {b"RIFF", b"\x89PNG"}

        document = json.loads(await found("openapi.json"))
        assert document["servers"] == [{"url": here.path or "/"}]
        async with http.get(f"{here.url}/content/unknown") as answer:
            problem = await answer.json(content_type=None)
        assert problem["type"] == f"{here.path}/problems#not-found"
        assert b'id="not-found"' in await found(problem["type"])


async def test_a_stream_is_followed_live_below_a_path(tmp_path: Path) -> None:
    slow = (*SIMULATED, "text.simulated.delay=0.5", TRUSTING)
    headers = {"X-Forwarded-Prefix": "/mill"}
    async with (
        running_service(tmp_path, *slow) as service,
        prefix_proxy(service.url, "/mill", headers) as proxy,
        ClientSession() as http,
    ):
        async with http.post(f"{proxy.url}/content", json={"prompt": "p", "tag": "text"}) as answer:
            id_ = (await answer.json())["RequestId"]
        names = [event.name for event in await followed(http, f"{proxy.url}/content/{id_}/events")]
        assert names[0] == "snapshot"
        assert names[-1] == "completed"


async def test_only_a_trusted_proxy_can_set_the_public_address(tmp_path: Path) -> None:
    async def location(url: str, **headers: str) -> str:
        body = b"prompt=p&tag=text"
        form = "application/x-www-form-urlencoded"
        data = request("/content", body, content_type=form, **headers)
        answer = await send(url, data)
        assert answer.status == 202
        return answer.headers["location"].rpartition("/content/")[0]

    async with running_service(tmp_path, *SIMULATED, TRUSTING) as service:
        for path_prefix, expected in (
            ("/mill", "/mill"),
            ("/mill/", "/mill"),
            ("/", ""),
            ("/outer, /inner/", "/outer/inner"),
            ("/m%C3%BChle", "/m%C3%BChle"),
            ("//evil.example", ""),
            ("/\\evil.example", ""),
            ("https://evil.example", ""),
            ("evil", ""),
            ('/a"b', ""),
            ("/../x", ""),
        ):
            assert await location(service.url, x_forwarded_prefix=path_prefix) == expected, (
                path_prefix
            )
    untrusting = 'http.trusted_proxies=["192.0.2.0/24"]'
    async with running_service(tmp_path, *SIMULATED, untrusting) as service:
        assert await location(service.url, x_forwarded_prefix="/mill") == ""


async def test_a_path_is_answered_with_and_without_it(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED, "http.base_path=/mill") as service:
        for path, status in (
            ("/mill/healthz", 200),
            ("/healthz", 200),
            ("/mill/healthz?x=1", 200),
            ("/mill/mill/healthz", 404),
            ("/millhealthz", 404),
            ("/mills/healthz", 404),
            ("/mill//healthz", 404),
        ):
            answer = await send(service.url, request(path, method="GET"))
            assert answer.status == status, path
        bare = await send(service.url, request("/mill?x=1", method="GET"))
        assert (bare.status, bare.headers["location"]) == (308, "/mill/?x=1")


@pytest.mark.parametrize(
    "setting",
    [
        "http.base_path=mill",
        "http.base_path=/mill?x",
        "http.base_path=//mill",
        "http.base_path=/a/../b",
        "http.base_path=/content",
        "http.base_path=/feed/x",
        'http.public_url="mill.example"',
        'http.public_url="ftp://mill.example"',
        'http.public_url="https://ann:secret@mill.example"',
        'http.public_url="https://mill.example?x"',
        'http.public_url="https://mill.example:99999"',
        'http.public_url="https://mill.example/a/../b//c"',
    ],
)
async def test_an_invalid_address_is_refused(tmp_path: Path, setting: str) -> None:
    process = await asyncio.to_thread(command, tmp_path, "--check", "--set", setting)
    assert process.returncode == 2
    assert setting.partition(".")[2].partition("=")[0] in process.stderr
    assert "Traceback" not in process.stderr


async def test_a_base_path_that_begins_like_an_endpoint_is_refused() -> None:
    assert {endpoint.path.split("/")[1] for endpoint in ENDPOINTS} - {""} == OWN_PATHS


async def test_a_configured_address_is_encoded_like_other_addresses() -> None:
    setting = 'http.public_url="https://mühle.example/a b\\"c/"'
    with pytest.raises(ConfigError):
        load(None, {}, [setting])  # no spaces
    http = load(None, {}, ["http.public_url='https://mühle.example/mühle\"x/'"]).http
    assert http.url == "https://xn--mhle-0ra.example/m%C3%BChle%22x"
    assert http.path == "/m%C3%BChle%22x"


async def feed_of_ann(http: ClientSession, url: str, **headers: str) -> list[dict[str, Any]]:
    async with http.post(f"{url}/feed", json={"user-id": "ann"}, headers=headers) as answer:
        posts: list[dict[str, Any]] = await answer.json()
        return posts


async def test_feeds_and_webhooks_have_whole_addresses_if_the_service_knows_its_own(
    tmp_path: Path,
) -> None:
    async def taken(_request: web.BaseRequest) -> web.StreamResponse:
        return web.Response()

    settings = (
        'http.public_url="https://mill.example/sub/"',
        'webhooks.allow=["127.0.0.0/8"]',
        "image.simulated.distinct=true",
    )
    async with (
        outside(taken) as receiver,
        running_service(tmp_path, *SIMULATED, *settings) as service,
        ClientSession() as http,
    ):
        quoting = 'He said "imageUri":"/media/x" and {"imageUri":"/'
        submission = {"prompt": quoting, "tag": "instagram", "user-id": "ann", "publish": True}
        submission["webhook"] = receiver.url
        async with http.post(f"{service.url}/content", json=submission) as answer:
            id_ = (await answer.json())["RequestId"]
        async with http.get(f"{service.url}/content/{id_}?wait=60") as answer:
            record = await answer.json()
        assert record["imageUri"].startswith("/sub/media/")
        whole = f"https://mill.example{record['imageUri']}"

        async def told_and_published() -> bool:
            return bool(receiver.requests and await feed_of_ann(http, service.url))

        await eventually(told_and_published, "the webhook is sent and the post published")
        data = json.loads(receiver.requests[0].body)["data"]
        assert data["imageUri"] == whole
        assert data["text"] == record["text"]
        assert quoting in data["text"]
        [post] = await feed_of_ann(http, service.url)
        assert post["imageUri"] == whole
        assert post["title"] == f"generated text for {quoting}"


async def test_a_trusted_proxy_sets_the_whole_addresses_in_a_feed(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED, TRUSTING) as service, ClientSession() as http:
        submission = {"prompt": "p", "tag": "image", "user-id": "ann", "publish": True}
        async with http.post(f"{service.url}/content", json=submission) as answer:
            assert answer.status == 202

        async def published() -> bool:
            return bool(await feed_of_ann(http, service.url))

        await eventually(published, "the picture is published")
        for headers, expected in (
            ({}, "/media/"),
            ({"X-Forwarded-Host": "mill.example"}, "http://mill.example/media/"),
            (
                {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "mill.example:8443"},
                "https://mill.example:8443/media/",
            ),
            (
                {
                    "X-Forwarded-Proto": "https",
                    "X-Forwarded-Host": "mill.example",
                    "X-Forwarded-Port": "443",
                    "X-Forwarded-Prefix": "/sub",
                },
                "https://mill.example/sub/media/",
            ),
            (
                {"Forwarded": 'for=192.0.2.1;host="mill.example";proto=https'},
                "https://mill.example/",
            ),
            ({"X-Forwarded-Proto": "https", "Host": "localhost"}, "https://localhost/media/"),
            ({"X-Forwarded-Host": 'evil"}'}, "/media/"),
            ({"X-Forwarded-Proto": "javascript", "X-Forwarded-Host": "evil"}, "/media/"),
        ):
            [post] = await feed_of_ann(http, service.url, **headers)
            assert post["imageUri"].startswith(expected), headers


async def test_the_command_line_fetches_pictures_below_a_path(tmp_path: Path) -> None:
    async with way(tmp_path, "stripped") as here:
        process = await asyncio.to_thread(
            command, tmp_path, "generate", "Rain", "--server", here.url, "--out", "pictures"
        )
        assert process.returncode == 0, process.stderr
        assert list((tmp_path / "pictures").iterdir())


async def test_a_remote_generator_fetches_pictures_below_a_path(tmp_path: Path) -> None:
    async with way(tmp_path / "far", "stripped") as far:
        settings = ("text.generator=simulated", "image.generator=remote")
        urls = f'image.remote.urls=["{far.url}"]'
        async with (
            running_service(tmp_path, *settings, urls) as near,
            ClientSession(near.url) as http,
            http.post("/worker/image", json={"prompt": "p"}) as answer,
        ):
            assert answer.status == 200, await answer.text()


@pytest.mark.parametrize(
    ("server", "uri", "expected"),
    [
        ("http://h:1", "/media/x", "http://h:1/media/x"),
        ("http://h:1/", "/media/x", "http://h:1/media/x"),
        ("http://h:1/mill", "/media/x", "http://h:1/mill/media/x"),
        ("http://h:1/mill/", "/mill/media/x", "http://h:1/mill/media/x"),
        ("http://h:1", "/mill/media/x", "http://h:1/mill/media/x"),
        ("http://h:1/mill", "https://store/x", "https://store/x"),
        ("http://h:1/mill", "media/x", "http://h:1/mill/media/x"),
    ],
)
async def test_an_address_in_an_answer_is_resolved_against_its_server(
    server: str, uri: str, expected: str
) -> None:
    assert seen_from(server, uri) == expected
