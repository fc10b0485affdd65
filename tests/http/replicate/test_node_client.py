"""Replicate's own client for Node, unchanged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.foreign_clients import run_node
from tests.support.running import HOME, Running

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.client_call("replicate-js", "run, with and without waiting")
@pytest.mark.client_call("replicate-js", "run, picture and both")
@pytest.mark.client_call("replicate-js", "stream, without a header")
@pytest.mark.client_call("replicate-js", "predictions create, get, cancel, list")
@pytest.mark.client_call("replicate-js", "model with schema, webhook secret")
@pytest.mark.client_call("replicate-js", "errors")
async def test_replicate_for_node(service: Running, tmp_path: Path) -> None:
    script = (HOME / "tests" / "clients" / "replicate.mjs").read_text()
    output = await run_node(script, {"FEEDMILL": service.url}, tmp_path)
    assert json.loads(output) == {
        "run": "generated text for Hello",
        "version": "generated text for Hello",
        "both": ["generated text for Hello", "image/png"],
        "streamed": "generated text for a\n\nb",
        "last": ["done", "{}"],
        "made": "succeeded",
        "cancelled": "succeeded",
        "same": True,
        "listed": True,
        "model": ["Input", "Output"],
        "secret": "whsec_",
        "refused": ["ApiError", 400, True],
    }
