"""Odd values in the calls of other APIs: each is refused or ignored, and none is an error here."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from aiohttp import ClientSession

pytestmark = pytest.mark.asyncio(loop_scope="session")

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    1e308,
    0.5,
    "",
    "\0",
    "\ud800",
    "\N{FOX FACE}" * 300,
    [],
    ["a", None, {}],
    {},
    {"type": [], "width": {}, "\ud800": "\ud800"},
    [[[[]]]],
)
FIELDS = (
    *("prompt", "input", "inputs", "parameters", "messages", "version", "model", "stream", "seed"),
    *("webhook", "webhook_completed", "fal_webhook", "webhook_events_filter", "n", "num_images"),
    *("num_outputs", "width", "height", "aspect_ratio", "image_size", "max_tokens", "temperature"),
    *("max_new_tokens", "top_p", "stop", "stop_sequences", "system_prompt", "presence_penalty"),
    *("negative_prompt", "image", "tools", "logprobs", "user-id", "publish", "priority"),
    *("start-by", "finish-by", "service_tier", "made_up"),
)
VALUES = 1  # for each field, others for each path: all of them take a minute
CALLS: dict[str, dict[str, Any]] = {
    "/replicate/v1/predictions": {"version": "text", "input": {"prompt": "p"}},
    "/fal/fal-ai/text": {"prompt": "p"},
    "/fal/run/fal-ai/flux": {"prompt": "p"},
    "/v1/text-to-image": {"inputs": "p", "parameters": {}},
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "p"}]},
}


@pytest.mark.parametrize("path", CALLS)
async def test_odd_values_of_fields(http: ClientSession, path: str) -> None:
    chosen, whole = random.Random(path), CALLS[path]
    for field in FIELDS:
        for value in chosen.sample(ODD, VALUES):
            await post(http, path, {**whole, field: value})
            for nested in {"input", "parameters"} & {*whole}:
                await post(http, path, {**whole, nested: {**whole[nested], field: value}})


async def post(http: ClientSession, path: str, body: Any) -> None:
    text, headers = json.dumps(body), {"Content-Type": "application/json"}
    async with http.post(path, data=text, headers=headers) as answer:
        content = await answer.read()
        assert answer.status < 500, (text, content)
        if answer.status >= 400:
            assert json.loads(content)["detail"], text


@pytest.mark.parametrize(
    "path",
    [
        "/replicate/v1/predictions/{odd}",
        "/replicate/v1/predictions/{odd}/stream?proof={odd}",
        "/replicate/v1/predictions?cursor={odd}",
        "/replicate/v1/models/{odd}/{odd}",
        "/replicate/v1/models/a/b/versions/{odd}",
        "/fal/a/b/requests/{odd}",
        "/fal/{odd}/{odd}/requests/x/status?logs={odd}",
        "/fal/a/b/requests/{odd}/status/stream",
    ],
)
async def test_odd_addresses(http: ClientSession, path: str) -> None:
    for odd in ("%00", "%ff", "%ed%a0%80", "%F0%9F%A6%8A", "..", "%2e%2e", "a" * 900, "%25", "'"):
        async with http.get(path.replace("{odd}", odd)) as answer:
            assert answer.status < 500, (path, odd, await answer.text())


async def test_odd_headers(http: ClientSession) -> None:
    body = {"version": "text", "input": {"prompt": "p"}, "prompt": "p"}
    for name in ("Prefer", "Cancel-After", "X-Fal-Queue-Priority", "X-Fal-Request-Timeout"):
        for value in (
            "",
            "wait=",
            "wait=0",
            "wait=x",
            "respond-async",
            "9" * 400,
            "inf",
            "-0",
            "é",
        ):
            for path in ("/replicate/v1/predictions", "/fal/a/text"):
                async with http.post(path, json=body, headers={name: value}) as answer:
                    assert answer.status < 500, (name, value)
    for target in ("https://queue.fal.run/" + "x/" * 500, "https://fal.run/é/é", "x://[::1", "//"):
        for method in ("GET", "POST", "PUT"):
            headers = {"x-fal-target-url": target}
            async with http.request(method, "/fal/proxy", json=body, headers=headers) as answer:
                assert answer.status < 500, (method, target)
