"""Pictures from OpenAI's image API, with servers that answer well, badly or not at all."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from aiohttp import web

from service.generators.openai.image import OpenAIImage, Settings
from service.generators.protocol import (
    CannotStart,
    Drawn,
    GenerationFailed,
    InputPicture,
    Job,
)
from tests.support.outside import Outside, outside, says, unused_url
from tests.support.pictures import picture, png_that_says
from tests.support.waiting import wait_until

KEY = "sk-very-secret"
CAT = Job("a cat", seed=7)
PNG = picture("PNG", 64, 40)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_KEY", KEY)


def settings(url: str, **others: Any) -> Settings:
    return Settings(base_url=f"{url}/v1", model="m-1", api_key_env="IMAGE_KEY", **others)


async def draw(how: Settings, job: Job = CAT) -> Drawn:
    async with OpenAIImage(how, home=None) as generator:  # type: ignore[arg-type] # keeps no files
        return await generator.generate(job, print)


async def failure(how: Settings, job: Job = CAT) -> GenerationFailed:
    with pytest.raises(GenerationFailed) as failed:
        await draw(how, job)
    sentence = str(failed.value)
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert not any(word in sentence for word in (KEY, "://", "127.0.0.1", "/v1", "m-1"))
    return failed.value


def base64_of(data: bytes) -> dict[str, Any]:
    return {"created": 1, "data": [{"b64_json": base64.b64encode(data).decode()}]}


def link_to(url: str) -> dict[str, Any]:
    return {"created": 1, "data": [{"url": url}]}


async def test_a_picture_arrives_as_base64_with_its_real_size() -> None:
    async with outside(says(base64_of(PNG))) as server:
        drawn = await draw(settings(server.url))
    assert drawn == Drawn(PNG, "image/png", 64, 40, model="m-1")
    [asked] = server.requests
    assert (asked.method, asked.path) == ("POST", "/v1/images/generations")
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    # No response_format: the newer models of OpenAI answer 400 to it.
    assert json.loads(asked.body) == {
        "model": "m-1",
        "prompt": "a cat",
        "n": 1,
        "size": "1024x1024",
    }


@pytest.mark.parametrize(
    ("job", "size"),
    [
        (CAT, "640x480"),
        (Job("a cat", seed=1, instagram=True), "1024x1024"),
        (Job("a cat", seed=1, instagram=True, options={"size": "512x512"}), "512x512"),
        (Job("a cat", seed=1, options={"size": "256x512"}), "256x512"),
    ],
)
async def test_the_size_is_from_the_job_then_instagram_then_the_settings(
    job: Job, size: str
) -> None:
    async with outside(says(base64_of(PNG))) as server:
        await draw(settings(server.url, size="640x480"), job)
    assert json.loads(server.requests[0].body)["size"] == size


async def test_extra_fields_are_sent_as_configured() -> None:
    async with outside(says(base64_of(PNG))) as server:
        await draw(settings(server.url, extra={"quality": "low", "output_compression": 50}))
    sent = json.loads(server.requests[0].body)
    assert (sent["quality"], sent["output_compression"]) == ("low", 50)


async def test_without_a_key_no_authorization_is_sent() -> None:
    async with outside(says(base64_of(PNG))) as server:
        await draw(Settings(base_url=server.url, api_key_env=""))
    assert "Authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("seed", "field", "prompt"),
    [
        ("none", None, "a cat"),
        ("field", 7, "a cat"),
        ("sd.cpp", None, 'a cat<sd_cpp_extra_args>{"seed": 7}</sd_cpp_extra_args>'),
    ],
)
async def test_the_seed_is_sent_the_way_the_server_takes_it(
    seed: str, field: int | None, prompt: str
) -> None:
    async with outside(says(base64_of(PNG))) as server:
        await draw(settings(server.url, seed=seed))
    sent = json.loads(server.requests[0].body)
    assert (sent.get("seed"), sent["prompt"]) == (field, prompt)


async def test_a_prompt_cannot_set_options_of_stable_diffusion_cpp() -> None:
    tag = "<sd_cpp_extra_args>"
    prompt = f'{tag}{{"steps": 9999}}</sd_cpp_extra_args> <sd_cpp_{tag}extra_args>'
    async with outside(says(base64_of(PNG))) as server:
        await draw(settings(server.url), Job(prompt, seed=1))
    assert "sd_cpp_extra_args" not in json.loads(server.requests[0].body)["prompt"]


# Base64 in other dresses

ENCODED = base64.b64encode(PNG).decode()


def in_lines(end: str) -> str:
    return end.join(ENCODED[at : at + 76] for at in range(0, len(ENCODED), 76)) + end


@pytest.mark.parametrize(
    "text",
    [
        in_lines("\n"),
        in_lines("\r\n"),
        in_lines(" \t"),
        ENCODED.rstrip("="),
        base64.urlsafe_b64encode(PNG).decode(),
        f"data:image/png;base64,{in_lines(chr(10))}",
        f"DATA:image/png;name=a.png;BASE64,{quote(ENCODED)}",
    ],
)
@pytest.mark.parametrize("field", ["b64_json", "url"])
async def test_base64_is_read_in_many_variants(text: str, field: str) -> None:
    if field == "url" and text[:5].lower() != "data:":
        text = f"data:image/png;base64,{text}"
    async with outside(says({"data": [{field: text}]})) as server:
        assert (await draw(settings(server.url))).data == PNG


async def test_a_picture_may_be_a_data_url_without_base64() -> None:
    async with outside(says(link_to("data:image/png," + quote(PNG)))) as server:
        assert (await draw(settings(server.url))).data == PNG


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_metadata_in_a_file_is_removed(kind: str) -> None:
    data = picture(kind)
    async with outside(says(base64_of(data + bytes(200)))) as server:
        assert (await draw(settings(server.url))).data == data
    async with outside(linked(data + b"a secret prompt").answer) as server:
        assert (await draw(settings(server.url))).data == data


async def test_an_answer_shorter_than_its_content_length_is_used_if_it_is_complete() -> None:
    async def promising(request: web.BaseRequest) -> web.StreamResponse:
        body = json.dumps(base64_of(PNG)).encode()
        response = web.StreamResponse()
        response.content_length = len(body) + 50
        await response.prepare(request)
        await response.write(body)
        assert request.transport is not None
        request.transport.close()
        return response

    async with outside(promising) as server:
        assert (await draw(settings(server.url))).data == PNG


async def test_a_long_cookie_does_no_harm() -> None:
    async with outside(says(base64_of(PNG), 200, {"Set-Cookie": "a=" + "x" * 20_000})) as server:
        assert (await draw(settings(server.url))).data == PNG


# Pictures by link


def linked(data: bytes = PNG, path: str = "/files/1.png") -> Outside:
    """A server that answers with a link to itself."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST":
            return web.json_response(link_to(f"http://{request.host}{path}"))
        return web.Response(body=data)

    return Outside(answer)


async def test_a_link_to_the_same_server_is_fetched_with_the_key() -> None:
    async with outside(linked(picture("JPEG")).answer) as server:
        drawn = await draw(settings(server.url))
    assert (drawn.media_type, drawn.width, drawn.height) == ("image/jpeg", 48, 32)
    assert server.paths() == ["/v1/images/generations", "/files/1.png"]
    assert server.requests[1].headers["Authorization"] == f"Bearer {KEY}"


async def test_a_link_to_another_server_is_fetched_without_the_key() -> None:
    async with outside(says(PNG)) as elsewhere, outside(linked().answer) as server:
        server.answer = says(link_to(f"{elsewhere.url}/signed?sig=1"))
        assert (await draw(settings(server.url))).data == PNG
    assert "Authorization" not in elsewhere.requests[0].headers


@pytest.mark.parametrize(
    "path",
    [
        "/1.png?X-Amz-Credential=AK%2F2026%2Fs3&t=%7E",
        "/a%2Fb%7E/c+d%20e.png?sig=a%2Bb%3D%3d&x=%c3%A9&&y",
        "/%E2%82%AC/%41.png?q='()*!",
    ],
)
async def test_a_signed_link_is_requested_with_its_exact_bytes(path: str) -> None:
    async with outside(linked(path=path).answer) as server:
        await draw(settings(server.url))
        assert server.requests[1].target == path

        async def moved(request: web.BaseRequest) -> web.StreamResponse:
            if request.method == "POST":
                return web.json_response(link_to(f"{server.url}/moved"))
            if request.path == "/moved":
                return web.Response(status=302, headers={"Location": path})
            return web.Response(body=PNG)

        server.answer = moved
        await draw(settings(server.url))
        assert server.requests[-1].target == path


async def test_a_redirect_to_another_server_is_followed_without_the_key() -> None:
    async with outside(says(PNG)) as elsewhere, outside(linked().answer) as server:

        async def moved(request: web.BaseRequest) -> web.StreamResponse:
            if request.method == "POST":
                return web.json_response(link_to(f"{server.url}/moved"))
            raise web.HTTPFound(f"{elsewhere.url}/there")

        server.answer = moved
        assert (await draw(settings(server.url))).data == PNG
    assert "Authorization" not in elsewhere.requests[0].headers


async def test_a_link_that_redirects_forever_is_given_up() -> None:
    async with outside(linked().answer) as server:

        async def round_and_round(request: web.BaseRequest) -> web.StreamResponse:
            if request.method == "POST":
                return web.json_response(link_to(f"{server.url}/round"))
            raise web.HTTPFound("/round")

        server.answer = round_and_round
        failed = await failure(settings(server.url))
    assert failed.retryable
    assert server.paths().count("/round") < 6


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "data:image/png;base64,AAAA",
        "/relative.png",
        "http://",
        "http://[",
        "http://" + "a" * 300 + "/",
        "http://127.0.0.1:99999/",
        "javascript:alert(1)",
    ],
)
async def test_a_link_that_is_no_web_address_fails(url: str) -> None:
    async with outside(says(link_to(url))) as server:
        assert (await failure(settings(server.url))).retryable


async def test_a_redirect_to_a_file_is_not_followed() -> None:
    async with outside(linked().answer) as server:

        async def to_a_file(request: web.BaseRequest) -> web.StreamResponse:
            if request.method == "POST":
                return web.json_response(link_to(f"{server.url}/x"))
            return web.Response(status=302, headers={"Location": "file:///etc/passwd"})

        server.answer = to_a_file
        await failure(settings(server.url))


async def test_a_dead_link_is_a_retryable_failure() -> None:
    async with outside(linked(path="/gone").answer) as server:

        async def gone(request: web.BaseRequest) -> web.StreamResponse:
            if request.method == "POST":
                return web.json_response(link_to(f"{server.url}/gone"))
            raise web.HTTPNotFound

        server.answer = gone
        failed = await failure(settings(server.url))
    assert failed.retryable
    assert "fetched" in str(failed)


# Refusals


def error(code: str | None, kind: str = "invalid_request_error") -> dict[str, Any]:
    message = f"Incorrect key {KEY} at http://127.0.0.1/v1"
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


@pytest.mark.parametrize(
    ("status", "body", "retryable", "word"),
    [
        (400, error("content_policy_violation"), False, "content"),
        (400, error("moderation_blocked", "image_generation_user_error"), False, "content"),
        (400, error("unknown_parameter"), False, "accept"),
        (400, {"error": "prompt required"}, False, "accept"),
        (401, error("invalid_api_key"), False, "key"),
        (402, error(None), False, "credit"),
        (403, error(None), False, "allow"),
        (404, error("model_not_found"), False, "model"),
        (408, b"", True, "image"),
        (413, b"", False, "long"),
        (422, {"detail": [{"loc": ["body", "size"]}]}, False, "accept"),
        (429, error("rate_limit_exceeded", "rate_limit_error"), True, "fewer"),
        (429, error("insufficient_quota", "insufficient_quota"), False, "quota"),
        (400, error("billing_hard_limit_reached"), False, "quota"),
        (500, {"error": "generate_image returned no results"}, True, "problem"),
        (502, b"<html>Bad Gateway</html>", True, "problem"),
        (503, error("server_is_overloaded"), True, "problem"),
        (301, b"", False, "redirects"),
    ],
)
async def test_a_refusal_says_whether_to_try_again(
    status: int, body: Any, retryable: bool, word: str
) -> None:
    async with outside(says(body, status, {"Location": "/elsewhere"})) as server:
        failed = await failure(settings(server.url))
    assert failed.retryable is retryable
    assert word in str(failed)
    assert len(server.requests) == 1  # retries are not the generator's business


@pytest.mark.parametrize(
    ("body", "retryable", "word"),
    [
        ({"error": {"code": "content_policy_violation"}}, False, "content"),
        (
            {"created": 1, "data": [], "error": error("moderation_blocked")["error"]},
            False,
            "content",
        ),
        ({"error": {"type": "image_generation_user_error", "code": None}}, False, "content"),
        ({"error": {"code": "contentFilter", "message": "no"}}, False, "content"),
        ({"data": [{"b64_json": None, "finish_reason": "CONTENT_FILTERED"}]}, False, "content"),
        ({"data": [{"error": {"code": "content_filter"}}]}, False, "content"),
        ({"code": "content_policy_violation", "message": "no"}, False, "content"),
        ({"errors": [{"code": "insufficient_quota"}]}, False, "quota"),
        ({"error": {"code": 400, "message": "no"}}, False, "accept"),
        ({"error": {"code": "server_error"}}, True, "problem"),
        ({"error": "overloaded"}, True, "problem"),
    ],
)
async def test_an_error_in_an_answer_with_status_200_fails_the_job(
    body: Any, retryable: bool, word: str
) -> None:
    async with outside(says(body)) as server:
        failed = await failure(settings(server.url))
    assert failed.retryable is retryable
    assert word in str(failed)


@pytest.mark.parametrize("nothing", [None, {}, "", [], {"message": ""}])
async def test_an_empty_error_beside_a_picture_is_ignored(nothing: Any) -> None:
    async with outside(says({"error": nothing, **base64_of(PNG)})) as server:
        assert (await draw(settings(server.url))).data == PNG


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (503, {"error": "Loading model"}, "away"),
        (502, b"<html>Bad Gateway</html>", "away"),
        (500, b"", "job"),
        (429, b"", "busy"),
        (401, b"", "setup"),
        (404, error("model_not_found"), "setup"),
        (400, error("billing_hard_limit_reached"), "setup"),
        (400, error("content_policy_violation"), "job"),
    ],
)
async def test_a_failure_has_a_cause(status: int, body: Any, cause: str) -> None:
    async with outside(says(body, status)) as server:
        failed = await failure(settings(server.url))
    assert failed.cause == cause
    assert failed.detail.startswith(f"{server.url}/v1/images/generations: {status}")
    assert KEY not in failed.detail


async def test_a_link_to_an_unreachable_server_is_no_outage() -> None:
    async with outside(says(link_to(f"{unused_url()}/1.png?sig=secret"))) as server:
        failed = await failure(settings(server.url))
    assert failed.retryable
    assert failed.cause == "job"
    assert "secret" not in failed.detail


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [("12", 12, 12), ("0.5", 0.5, 0.5), ("-3", 0, 0)],
)
async def test_retry_after_of_a_server_is_passed_on(header: str, low: float, high: float) -> None:
    async with outside(says(error(None), 429, {"Retry-After": header})) as server:
        failed = await failure(settings(server.url))
    assert failed.retry_after is not None
    assert low <= failed.retry_after <= high


# Answers that are none


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Welcome to nginx</body></html>",
        b"{",
        b"",
        {"data": []},
        {"data": [{"b64_json": "%%%"}]},
        base64_of(b"GIF89a"),
        base64_of(PNG[:-20]),
        {"error": {"code": "oops"}},
    ],
    ids=["html", "half", "nothing", "no data", "no base64", "no picture", "cut off", "error"],
)
async def test_an_answer_without_a_picture_is_a_retryable_failure(body: Any) -> None:
    async with outside(says(body)) as server:
        assert (await failure(settings(server.url))).retryable


async def test_a_pixel_bomb_is_a_final_failure() -> None:
    async with outside(says(base64_of(png_that_says(50_000, 50_000)))) as server:
        assert not (await failure(settings(server.url))).retryable


async def test_a_compressed_answer_is_not_inflated() -> None:
    async with outside(says(base64_of(PNG))) as server:

        async def compressed(request: web.BaseRequest) -> web.StreamResponse:
            assert request.headers["Accept-Encoding"] == "identity"
            response = web.json_response(base64_of(PNG))
            response.enable_compression(web.ContentCoding.gzip)
            return response

        server.answer = compressed
        assert (await failure(settings(server.url))).retryable


class Flood:
    """Sends up to 200 MB, by link or directly, with or without a Content-Length."""

    def __init__(self, by_link: bool, announced: bool) -> None:
        self.by_link, self.announced = by_link, announced
        self.sent = 0

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.by_link and request.method == "POST":
            return web.json_response(link_to(f"http://{request.host}/flood"))
        response = web.StreamResponse()
        if self.announced:
            response.content_length = 200_000_000
        await response.prepare(request)
        for _ in range(2000):
            await response.write(bytes(100_000))
            self.sent += 100_000
        return response


@pytest.mark.parametrize("by_link", [False, True])
@pytest.mark.parametrize("announced", [False, True])
async def test_a_flood_is_cut_off_at_the_limit(by_link: bool, announced: bool) -> None:
    flood = Flood(by_link, announced)
    async with outside(flood.answer) as server:
        failed = await failure(settings(server.url, max_bytes=1_000_000))
        await wait_until(lambda: server.disconnected, "the connection is closed")
    assert not failed.retryable
    # The bytes above the limit fit into the buffers of the sockets and of both processes.
    assert flood.sent < 20_000_000


async def trickle(request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.01)  # each byte is a sign of life, but the picture never ends


async def silence(request: web.BaseRequest) -> web.StreamResponse:
    del request
    return await asyncio.Future()


def then(answer: Any) -> Any:
    """Answer with a link to a resource that answers like that."""

    async def linking(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST":
            return web.json_response(link_to(f"http://{request.host}/slow"))
        response: web.StreamResponse = await answer(request)
        return response

    return linking


SLOW = {
    "silence": silence,
    "a trickle": trickle,
    "a silent link": then(silence),
    "a trickling link": then(trickle),
}


@pytest.mark.parametrize("slow", SLOW)
async def test_a_slow_server_is_a_retryable_failure_within_the_time_limit(slow: str) -> None:
    timeout = 1.5 if "link" in slow else 0.3  # on a busy machine the link must be reached in it
    async with outside(SLOW[slow]) as server:
        failed = await failure(settings(server.url, timeout=timeout))
        await wait_until(lambda: server.disconnected == 1, "the connection is closed")
    assert failed.retryable
    assert "in time" in str(failed)


@pytest.mark.parametrize("slow", SLOW)
async def test_cancelling_closes_the_connection(slow: str) -> None:
    async with outside(SLOW[slow]) as server:
        job = asyncio.create_task(draw(settings(server.url)))
        requests = 2 if "link" in slow else 1
        await wait_until(lambda: len(server.requests) == requests, "the request is under way")
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        await wait_until(lambda: server.disconnected == 1, "the connection is closed")


async def test_a_lost_connection_is_a_retryable_failure() -> None:
    async def hang_up(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 1000
        await response.prepare(request)
        assert request.transport is not None
        request.transport.close()
        return response

    async with outside(hang_up) as server:
        failed = await failure(settings(server.url))
    assert failed.retryable
    assert "lost" in str(failed)


async def test_an_unreachable_server_is_a_retryable_failure() -> None:
    failed = await failure(settings(unused_url()))
    assert failed.retryable
    assert "reached" in str(failed)


async def test_many_concurrent_jobs_share_one_generator(tmp_path: Path) -> None:
    async with (
        outside(says(base64_of(PNG))) as server,
        OpenAIImage(settings(server.url), tmp_path) as generator,
    ):
        drawn = await asyncio.gather(*(generator.generate(CAT, print) for _ in range(20)))
    assert all(picture.data == PNG for picture in drawn)


@pytest.mark.parametrize("key", [None, "", "  ", "two\nlines", "schlüssel"])
async def test_a_named_key_that_is_unusable_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.delenv("IMAGE_KEY")
    if key is not None:
        monkeypatch.setenv("IMAGE_KEY", key)
    with pytest.raises(CannotStart, match="IMAGE_KEY"):
        await draw(settings(unused_url()))


@pytest.mark.parametrize("own", ["prompt", "model", "n", "size", "seed", "stream"])
async def test_the_fields_of_the_job_cannot_be_configured(own: str) -> None:
    with pytest.raises(CannotStart, match=own):
        await draw(settings(unused_url(), extra={own: 1}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "localhost:8080"},
        {"base_url": "ftp://example.org"},
        {"size": "big"},
        {"timeout": 0},
        {"max_bytes": 0},
        {"seed": "yes"},
        {"extra": {"quality": ["low"]}},
        {"key": "sk-1"},
    ],
)
def test_settings_refuse_what_cannot_work(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Settings)


async def test_an_input_picture_goes_to_the_edits() -> None:
    job = Job("make it blue", seed=7, image=InputPicture(PNG, "image/png"))
    async with outside(says(base64_of(PNG))) as server:
        drawn = await draw(settings(server.url, seed="field", extra={"quality": "high"}), job)
    assert drawn.data == PNG
    [asked] = server.requests
    assert (asked.method, asked.path) == ("POST", "/v1/images/edits")
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    body = asked.body
    assert b'name="image"; filename="image.png"' in body
    assert PNG in body
    for name, value in (("prompt", "make it blue"), ("model", "m-1"), ("quality", "high")):
        assert f'name="{name}"\r\n\r\n{value}\r\n'.encode() in body
    assert b'name="seed"' in body


def test_what_it_can_depends_on_the_server() -> None:
    def can(**others: Any) -> frozenset[str]:
        return OpenAIImage(settings("http://x", **others), home=None).abilities  # type: ignore[arg-type] # keeps no files

    assert can() == {"size", "image"}
    assert can(edits=False, seed="field") == {"size", "seed"}
