"""fal's own client for Node, and the Vercel AI SDK's providers of fal and Replicate, unchanged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.foreign_clients import run_node
from tests.support.running import HOME, Running

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCRIPTS = HOME / "tests" / "clients"


@pytest.mark.client_call("fal-js", "subscribe, by polling")
@pytest.mark.client_call("fal-js", "subscribe, by streaming")
@pytest.mark.client_call("fal-js", "run")
@pytest.mark.client_call("fal-js", "queue: submit, status, result; priority, start time-out")
@pytest.mark.client_call("fal-js", "errors")
async def test_fal_for_node(service: Running, tmp_path: Path) -> None:
    script = (SCRIPTS / "fal.mjs").read_text()
    output = await run_node(script, {"FEEDMILL": service.url}, tmp_path)
    assert json.loads(output) == {
        "polled": [1, True, "COMPLETED"],
        "streamed": ["generated text for Hello", "COMPLETED"],
        "run": ["image/png", True],
        "queue": "Hello",
        "refused": ["ApiError", 400, "invalid_request", True],
        "missing": ["ApiError", 404, "not_found", True],
        "over": ["ApiError", 400, "invalid_request", True],
    }


@pytest.mark.client_call("ai-sdk-replicate", "`generateImage`")
@pytest.mark.client_call("ai-sdk-fal", "`generateImage`")
async def test_the_vercel_ai_sdk(service: Running, tmp_path: Path) -> None:
    script = (SCRIPTS / "ai-sdk-pictures.mjs").read_text()
    output = await run_node(script, {"FEEDMILL": service.url}, tmp_path)
    assert json.loads(output) == {"replicate": ["image/png"] * 2, "fal": ["image/png"] * 2}
