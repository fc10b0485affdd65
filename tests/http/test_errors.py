"""Errors: every one is a problem that says all that is wrong, and changes nothing."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, FormData

from tests.support.raw_http import Answer, request, send
from tests.support.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON = {"Content-Type": "application/json"}
LONG = "x" * 10_001


async def refused(http: ClientSession, path: str, **how: Any) -> dict[str, Any]:
    """POST; the 400 that comes back, checked for what every problem has."""
    async with http.post(path, **how) as answer:
        problem: dict[str, Any] = await answer.json(content_type="application/problem+json")
        assert answer.status == problem["status"] == 400, problem
    assert problem["error"] == problem["detail"]
    assert problem["type"].startswith("/problems#")
    return problem


def names(problem: dict[str, Any]) -> set[str]:
    assert all(error["reason"] for error in problem["errors"])
    return {error["name"] for error in problem["errors"]}


@pytest.mark.parametrize(
    ("path", "given", "wrong"),
    [
        ("/content", {}, {"prompt", "tag"}),
        ("/content", {"prompt": "", "tag": ""}, {"prompt", "tag"}),
        ("/content", {"prompt": " \n\t", "tag": "video"}, {"prompt", "tag"}),
        ("/content", {"prompt": LONG, "tag": "Text", "size": "1"}, {"prompt", "tag", "size"}),
        ("/content", {"prompt": "a\0b", "tag": "text\0", "n": "\0"}, {"prompt", "tag", "n"}),
        ("/content", {"tag": "text", "publish": "true"}, {"prompt", "user-id"}),
        ("/content", {"prompt": "p", "tag": "text", "publish": "true"}, {"user-id"}),
        ("/content", {"prompt": "p", "tag": "text", "publish": "maybe"}, {"publish"}),
        ("/content", {"prompt": "p", "tag": "text", "user-id": ""}, {"user-id"}),
        ("/content", {"prompt": "p", "tag": "text", "user-id": "u" * 201}, {"user-id"}),
        ("/content", {"prompt": "p", "tag": "text", "seed": "-1"}, {"seed"}),
        ("/content", {"prompt": "p", "tag": "text", "seed": "9" * 5000}, {"seed"}),
        ("/content", {"prompt": "p", "tag": "text", "seed": ""}, {"seed"}),
        ("/content", {"prompt": "p", "tag": "text", "options": "{"}, {"options"}),
        ("/content", {"prompt": "p", "tag": "text", "options": "[]"}, {"options"}),
        ("/content", {"prompt": "p", "tag": "text", "options": '{"size": "1x1"}'}, {"options"}),
        ("/content", {"prompt": "p", "tag": "text", "options": '{"x": {}}'}, {"options"}),
        ("/content", {"prompt": "p", "tag": "text", "options": "[" * 9_000}, {"options"}),
        ("/content/view", {}, {"request-id"}),
        ("/content/view", {"request-id": ""}, {"request-id"}),
        ("/content/view", {"request_id": "x"}, {"request-id", "request_id"}),
        ("/content/view", {"request-id": "x" * 5000}, {"request-id"}),
        ("/content/view", {"request-id": "a\0"}, {"request-id"}),
        ("/feed", {}, {"user-id"}),
        ("/feed", {"user-id": "", "timestamp": ""}, {"user-id", "timestamp"}),
        ("/feed", {"user-id": "a\0", "timestamp": "soon"}, {"user-id", "timestamp"}),
        ("/feed", {"timestamp": "1", "limit": "1"}, {"user-id", "limit"}),
        ("/worker/text", {}, {"prompt"}),
        ("/worker/text", {"prompt": " ", "temperature": "nan"}, {"prompt", "temperature"}),
        ("/worker/text", {"prompt": "p", "max_tokens": "0", "tag": "x"}, {"max_tokens", "tag"}),
        ("/worker/image", {"prompt": LONG, "size": "64x9999"}, {"prompt", "size"}),
        ("/worker/image", {"prompt": "p", "size": "64x64\n"}, {"size"}),
    ],
)
async def test_a_bad_request_names_every_invalid_parameter(
    http: ClientSession, path: str, given: dict[str, str], wrong: set[str]
) -> None:
    form = FormData(given, default_to_multipart=True)
    for how in ({"params": given}, {"data": given}, {"data": form}, {"json": given}):
        assert names(await refused(http, path, **how)) == wrong


@pytest.mark.parametrize(
    ("path", "given", "wrong"),
    [
        ("/content", {"prompt": 5, "tag": None}, {"prompt", "tag"}),
        ("/content", {"prompt": ["p"], "tag": {"text": 1}}, {"prompt", "tag"}),
        ("/content", {"prompt": True, "tag": 1.5, "seed": 1.5}, {"prompt", "tag", "seed"}),
        ("/content", {"prompt": "p", "tag": "text", "seed": True}, {"seed"}),
        ("/content", {"prompt": "p", "tag": "text", "options": 5}, {"options"}),
        ("/content", {"prompt": "p", "tag": "text", "user-id": False}, {"user-id"}),
        ("/content", {"prompt": "p", "tag": "text", "user-id": 1.5}, {"user-id"}),
        ("/content", {"prompt": "p", "tag": "text", "user-id": 10**250}, {"user-id"}),
        ("/content", {"prompt": "p", "tag": "text", "publish": 2}, {"publish"}),
        ("/content", {"prompt": "p", "tag": "text", "publish": True, "user-id": None}, {"user-id"}),
        ("/content/view", {"request-id": 5}, {"request-id"}),
        ("/feed", {"user-id": [1], "timestamp": True}, {"user-id", "timestamp"}),
        ("/feed", {"user-id": "u", "timestamp": 1e300}, {"timestamp"}),
        ("/feed", {"user-id": "u", "timestamp": 10**300}, {"timestamp"}),
        ("/feed", {"user-id": "u", "timestamp": {}}, {"timestamp"}),
    ],
)
async def test_a_json_value_of_the_wrong_type_is_named(
    http: ClientSession, path: str, given: dict[str, Any], wrong: set[str]
) -> None:
    assert names(await refused(http, path, json=given)) == wrong


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'"text"',
        b"[]",
        b"null",
        b"5",
        b"{} {}",
        b'{"prompt": "\xff", "tag": "text"}',
        b'{"prompt": "\\ud800", "tag": "text"}',
        b'{"prompt": "p", "tag": "text", "\\udfff": 1}',
        b'{"prompt": "p", "tag": "text", "options": {"a": {"\\ud800": "\\ud800"}}}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"prompt": NaN}',
        b'{"seed": 1e999}',
        b'{"seed": ' + b"9" * 5000 + b"}",
        b"\x00",
        '{"prompt": "p"}'.encode("utf-16"),
    ],
)
async def test_a_body_that_is_not_a_json_object_is_refused(
    http: ClientSession, body: bytes
) -> None:
    for path in ("/content", "/content/view", "/feed", "/worker/text", "/worker/image"):
        await refused(http, path, data=body, headers=JSON)


async def test_a_repeated_parameter_is_named(http: ClientSession) -> None:
    assert names(await refused(http, "/content?prompt=a&prompt=b&tag=text")) == {"prompt"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    problem = await refused(http, "/content", data="tag=text&tag=text&prompt=p", headers=form)
    assert names(problem) == {"tag"}


async def test_unknown_names_are_shortened_and_escaped_in_answers(http: ClientSession) -> None:
    fields = {"<script>": "1", "n" * 5000: "1", "schön": "1"}
    shown = names(await refused(http, "/content/view", params=fields))
    assert shown == {"request-id", "<script>", "n" * 100, "schön"}


@pytest.mark.parametrize(
    "declared",
    ["text/plain", "application/xml", "application/octet-stream", "nonsense", "a/b/c", ";", ""],
)
async def test_other_media_types_are_not_supported(service: Running, declared: str) -> None:
    for path in ("/content?prompt=p&tag=text", "/feed?user-id=x", "/worker/text?prompt=p"):
        answer = await send(service.url, request(path, b"prompt=p", content_type=declared))
        assert answer.status == 415
        assert answer.json()["type"] == "/problems#unsupported-media-type"


async def test_a_charset_parameter_does_not_change_the_media_type(service: Running) -> None:
    json_ = 'application/json; charset="foo"'
    body = '{"prompt": "ü", "tag": "text"}'.encode()
    assert (await send(service.url, request(body=body, content_type=json_))).status == 202
    form = "application/x-www-form-urlencoded; charset=foo"
    body = b"prompt=%C3%BC&tag=text"
    assert (await send(service.url, request(body=body, content_type=form))).status == 202


def too_large(answer: Answer) -> bool:
    return answer.status == 413 and answer.json()["type"] == "/problems#too-large"


async def test_a_body_over_the_limit_is_too_large(service: Running) -> None:
    size = 1_048_577
    for declared in ("application/json", "application/x-www-form-urlencoded"):
        body = b"x" * size
        assert too_large(await send(service.url, request(body=body, content_type=declared)))
        chunked = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        data = request(content_type=declared, transfer_encoding="chunked", content_length="")
        assert too_large(await send(service.url, data + chunked * 17 + b"0\r\n\r\n"))


@pytest.mark.parametrize("sent", ["x" * 1_048_577, "\r\n--b\r\n" + "x" * 1_048_577])
async def test_a_multipart_body_over_the_limit_is_too_large(service: Running, sent: str) -> None:
    declared = "multipart/form-data; boundary=b"
    head = b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n'
    for before in (head, b"", b"--b\r\nX: "):
        body = before + sent.encode() + b"\r\n--b--\r\n"
        answer = await send(service.url, request(body=body, content_type=declared))
        assert too_large(answer), before
        data = request(content_type=declared, transfer_encoding="chunked", content_length="")
        chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
        assert (await send(service.url, data + chunk)).status in {400, 413}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/content/", {"GET", "HEAD", "POST"}),
        ("GET", "/content/view", {"POST"}),
        ("GET", "/content/view/", {"POST"}),
        ("DELETE", "/content/view", {"POST"}),
        ("PUT", "/feed/", {"POST"}),
        ("GET", "/worker/text", {"POST"}),
        ("GET", "/worker/image/", {"POST"}),
        ("POST", "/", {"GET", "HEAD"}),
        ("POST", "/healthz", {"GET", "HEAD"}),
        ("PUT", "/content/some-id", {"DELETE", "GET", "HEAD", "PATCH"}),
        ("PROPFIND", "/content", {"GET", "HEAD", "POST"}),
        ("TRACE", "/readyz/", {"GET", "HEAD"}),
        ("POST", "/media/a/b.png", {"GET", "HEAD"}),
        ("POST", "/openapi.json", {"GET", "HEAD"}),
    ],
)
async def test_a_wrong_method_gets_the_allowed_ones(
    http: ClientSession, method: str, path: str, allowed: set[str]
) -> None:
    async with http.request(method, path) as answer:
        assert answer.status == 405
        assert (await answer.json(content_type=None))["type"] == "/problems#method-not-allowed"
        methods = {*answer.headers["Allow"].split(", ")}
        assert methods >= {*allowed, "OPTIONS"}
        assert method not in methods
    async with http.options(path) as answer:
        assert answer.status == 204
        assert {*answer.headers["Allow"].split(", ")} == methods


@pytest.mark.parametrize(
    "path",
    [
        "//",
        "/content//",
        "//content",
        "/content/view//",
        "/content/a/b",
        "/nothing",
        "/%",
        "/%zz",
        "/%00",
        "/%FF%FE",
        "/%ED%A0%80",
        "/CONTENT",
        "/" + "x" * 100_000,
        "/" + "x/" * 50_000,
        "/..",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/.git/config",
        "/studio.py",
        "/;",
        "/media",
        "/media/",
    ],
)
async def test_an_unknown_path_is_not_found(service: Running, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS", "PURGE"):
        answer = await send(service.url, request(path.encode("latin-1"), method=method))
        assert answer.status == 404, (method, path[:50])
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/problems#not-found"


async def test_every_problem_links_to_a_section_that_exists(http: ClientSession) -> None:
    async with http.get("/openapi.json") as answer:
        document = await answer.text()
    async with http.get("/problems") as answer:
        assert answer.content_type == "text/html"
        page = await answer.text()
    linked = {part.partition('"')[0] for part in document.split("/problems#")[1:]}
    assert linked
    assert all(f'id="{slug}"' in page for slug in linked)


async def test_a_rejected_request_leaves_no_trace(
    service: Running, http: ClientSession, data_folder: Path
) -> None:
    def stored() -> int:
        with closing(sqlite3.connect(data_folder / "feedmill.db")) as database:
            return int(database.execute("SELECT count(*) FROM requests").fetchone()[0])

    before = stored()
    for body in ({}, {"prompt": "p"}, {"prompt": "p", "tag": "text", "publish": True, "x": 1}):
        await refused(http, "/content", json=body)
    await refused(http, "/content", data=json.dumps({"prompt": "p", "tag": "x"}), headers=JSON)
    assert (await send(service.url, request("/content?prompt=p&tag=text&seed=x"))).status == 400
    assert stored() == before
