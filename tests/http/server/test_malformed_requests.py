"""Hostile input: whatever arrives, the answer is a problem below 500 and the log stays clean.

That the log stays clean is seen to by the fixture of the shared service.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from aiohttp import ClientSession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.raw_http import Answer, read_answer, request, send
from tests.support.running import Running, running_service
from tests.support.waiting import HANGS_SECONDS

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENDPOINTS = ["/content", "/content/view/", "/feed", "/worker/text", "/worker/image"]
FORM = "application/x-www-form-urlencoded"
GOOD = b"prompt=p&tag=text"
PROMPT = b'Content-Disposition: form-data; name="prompt"'
SECRETS = (b"Traceback", b".py", b"/work", b"site-packages", b"aiohttp", b"sqlite")


def is_problem(answer: Answer, status: int | None = None) -> bool:
    assert answer.status < 500, answer
    assert not any(secret in answer.body for secret in SECRETS)
    if status is not None:
        assert answer.status == status, answer
    return (
        answer.status >= 400
        and answer.headers["content-type"] == "application/problem+json"
        and answer.json()["status"] == answer.status
    )


def chunked(*chunks: bytes, declared: str) -> bytes:
    head = request(content_type=declared, transfer_encoding="chunked", content_length="")
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n\r\nnonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /  HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n: empty\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"GET * HTTP/1.1\r\n\r\n",
        b"G\xc3\x89T / HTTP/1.1\r\n\r\n",
        b"POST /content HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /content HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n",
        b"POST /content HTTP/1.1\r\nContent-Length: " + b"9" * 50 + b"\r\n\r\n",
        b"POST /content HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"POST /content HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_malformed_http_is_a_bad_request(service: Running, data: bytes) -> None:
    assert is_problem(await send(service.url, data), 400)


@pytest.mark.parametrize("end", [b"zz\r\n", b"5\r\nab", b"-1\r\n", b"fffffffffffffffff\r\n"])
async def test_broken_chunks_are_a_bad_request(service: Running, end: bytes) -> None:
    for path in ("/content", "/feed"):
        data = request(path, transfer_encoding="chunked", content_length="", content_type=FORM)
        assert is_problem(await send(service.url, data + b"3\r\nabc\r\n" + end + b"\r\n\r\n"), 400)
    data = request("/healthz", method="GET", transfer_encoding="chunked", content_length="")
    assert (await send(service.url, data + end)).status in {200, 400}


async def test_chunked_bodies_are_accepted(service: Running) -> None:
    answer = await send(service.url, chunked(b"prompt=", b"p&tag", b"=text", b"", declared=FORM))
    assert answer.status == 202
    answer = await send(service.url, chunked(b"", declared=FORM))
    assert is_problem(answer, 400)


async def test_compressed_bodies_are_accepted_and_broken_or_huge_ones_refused(
    service: Running,
) -> None:
    for coding, body, status in [
        ("gzip", gzip.compress(GOOD), 202),
        ("deflate", zlib.compress(GOOD), 202),
        ("gzip", gzip.compress(GOOD)[:-20], 400),
        ("gzip", b"no gzip at all", 400),
        ("deflate", b"\xff" * 50, 400),
        ("gzip", gzip.compress(b"x" * 200_000_000, 1), 413),
        ("gzip", b"", 400),
        ("br", GOOD, 415),
        ("zstd", GOOD, 415),
        ("gzip, gzip", GOOD, 415),
        ("nonsense", GOOD, 415),
    ]:
        data = request(body=body, content_type=FORM, content_encoding=coding)
        answer = await send(service.url, data)
        if status == 202:
            assert answer.status == 202, coding
        else:
            assert is_problem(answer, status), coding


async def test_a_client_that_waits_for_100_continue_gets_it(service: Running) -> None:
    data = request(body=GOOD, content_type=FORM, expect="100-continue")
    assert (await send(service.url, data)).status == 202
    for path in ("/content", "/nothing"):
        for other in ("nonsense", "9" * 9000):
            answer = await send(service.url, request(path, GOOD, content_type=FORM, expect=other))
            assert is_problem(answer, 417)


@pytest.mark.parametrize(
    ("declared", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=b", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\n"),
        ("multipart/form-data; boundary=b", b"--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nno name\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\nX\r\n\r\nv\r\n--b--\r\n"),
        ("multipart/form-data; boundary=" + "b" * 71, b"x"),
        ("multipart/form-data; boundary=\xfc", b"x"),
        ("multipart/form-data; boundary=b; charset=foo", b"--b\r\n\r\n"),
    ],
)
async def test_broken_multipart_bodies_are_a_bad_request(
    service: Running, declared: str, body: bytes
) -> None:
    for path in ENDPOINTS:
        assert is_problem(await send(service.url, request(path, body, content_type=declared)), 400)


@pytest.mark.parametrize(
    "part",
    [
        PROMPT + b'; filename="x.txt"\r\n\r\np',
        PROMPT + b"\r\n\r\n\xff\xfe",
        b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--",
        PROMPT + b"\r\nContent-Transfer-Encoding: base64\r\n\r\ncA==",
        b'Content-Disposition: form-data; name="\xff"\r\n\r\np',
        b'Content-Disposition: form-data; name="_charset_"\r\n\r\nfoo',
        b'Content-Disposition: form-data; name="a"\r\n\r\np\r\n--b\r\n' * 100,
        b"\r\np",
    ],
)
async def test_unusual_form_parts_are_refused(service: Running, part: bytes) -> None:
    tag = b'--b\r\nContent-Disposition: form-data; name="tag"\r\n\r\ntext\r\n'
    body = tag + b"--b\r\n" + part + b"\r\n--b--\r\n"
    data = request(body=body, content_type="multipart/form-data; boundary=b")
    assert is_problem(await send(service.url, data), 400)


async def test_a_client_that_disconnects_during_its_body_leaves_no_trace(
    service: Running, http: ClientSession
) -> None:
    address = urlsplit(service.url)
    for declared in (FORM, "application/json", "multipart/form-data; boundary=b"):
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(request(body=b"x" * 100, content_type=declared)[:-50])
        await writer.drain()
        writer.transport.abort()
    async with http.get("/healthz") as answer:
        assert answer.status == 200


async def test_pipelined_requests_are_answered_in_order(service: Running) -> None:
    address = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    paths = ["/healthz", "/nothing", "/openapi.json", "/healthz"]
    for path in paths:
        writer.write(request(path, method="GET", connection="keep-alive"))
    async with asyncio.timeout(HANGS_SECONDS):
        statuses = [(await read_answer(reader)).status for _ in paths]
    writer.close()
    assert statuses == [200, 404, 200, 200]


text = st.text() | st.sampled_from(["text", "true", "null", "1e999", "\0", "9" * 400, "{}", "[[["])
names = st.text(max_size=5) | st.sampled_from(
    ["prompt", "tag", "user-id", "publish", "seed", "options", "request-id", "timestamp", "size"]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=8
)
often = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def answered(status: int, problem: Any) -> None:
    assert status < 500
    assert status < 400 or problem["status"] == status


@often
@given(path=st.sampled_from(ENDPOINTS), body=values, query=st.dictionaries(names, text))
async def test_any_json_and_any_query_is_answered(
    http: ClientSession, path: str, body: Any, query: dict[str, str]
) -> None:
    async with http.post(path, json=body, params=query) as answer:
        answered(answer.status, await answer.json(content_type=None))


@often
@given(path=st.sampled_from(ENDPOINTS), form=st.dictionaries(names, text))
async def test_any_form_is_answered(http: ClientSession, path: str, form: dict[str, str]) -> None:
    body, declared = urlencode(form).encode(), {"Content-Type": FORM}
    async with http.post(path, data=body, headers=declared) as answer:
        answered(answer.status, await answer.json(content_type=None))


declared_types = st.sampled_from(
    ["application/json", FORM, "multipart/form-data; boundary=b", "text/plain", ""]
)


@often
@given(path=st.sampled_from(ENDPOINTS), declared=declared_types, body=st.binary())
async def test_any_bytes_as_a_body_are_answered(
    service: Running, path: str, declared: str, body: bytes
) -> None:
    answer = await send(service.url, request(path, body, content_type=declared))
    assert answer.status < 500


@often
@given(target=st.binary(max_size=50), method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]))
async def test_any_address_is_answered(service: Running, target: bytes, method: str) -> None:
    for path in (b"/" + target, b"/content/" + target, b"/media/" + target, target):
        answer = await send(service.url, b"%s %s HTTP/1.0\r\n\r\n" % (method.encode(), path))
        assert answer.status < 500


async def test_one_connection_can_carry_all_kinds_of_answers(service: Running) -> None:
    address = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    for path, status in (("/healthz", 200), ("/content?prompt=a&tag=b", 400), ("/healthz", 200)):
        method = "POST" if "?" in path else "GET"
        writer.write(request(path, method=method, connection=""))
        answer = await read_answer(reader)
        assert answer.status == status
        assert answer.headers["server"] == "Feedmill"
        assert answer.headers["date"].endswith("GMT")
        assert "connection" not in answer.headers
    writer.write(request("/healthz", method="GET"))
    answer = await read_answer(reader)
    assert answer.headers["connection"] == "close"
    assert await reader.read() == b""
    writer.close()


async def test_a_replacement_character_from_a_client_is_text(service: Running) -> None:
    answer = await send(service.url, request("/content?tag=text&prompt=%EF%BF%BD"))
    assert answer.status == 202
    answer = await send(service.url, request("/content?tag=text&prompt=%EF%BF%BD%FF"))
    assert answer.status == 400


async def test_no_warning_quotes_what_a_client_sends(tmp_path: Path) -> None:
    simulated = ("text.generator=simulated", "image.generator=simulated", "text.simulated.delay=60")
    async with running_service(tmp_path, *simulated, "service.drain=0") as service:
        answer = await send(service.url, request("/content?prompt=p&tag=text"))
        id_ = answer.json()["RequestId"]
        fields: Any = {
            "connection": "Upgrade",
            "upgrade": "websocket",
            "sec_websocket_version": "13",
            "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==",
            "sec_websocket_protocol": "bearer-secret",
            "content_length": "",
            "cookie": "a secret=1; b=2",
        }
        for path in (f"/content/{id_}/ws", "/healthz"):
            answer = await send(service.url, request(path, method="GET", **fields))
            assert answer.status == (200 if path == "/healthz" else 101)
        for part in (
            b'form-data; secret; name="x"',
            b"secret=form-data",
            b'form-data; se{cret="x"',
        ):
            body = b"--b\r\nContent-Disposition: " + part + b"\r\n\r\np\r\n--b--\r\n"
            await send(
                service.url, request(body=body, content_type="multipart/form-data; boundary=b")
            )
    assert not [line for line in service.lines if "secret" in line or "se{cret" in line]
