"""fal's own Python client, unchanged: it speaks TLS only, so a proxy is in front."""

from __future__ import annotations

import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.support.foreign_clients import run_program
from tests.support.outside import unused_port
from tests.support.running import running_service
from tests.support.tls_proxy import NAME, tls_proxy
from tests.support.waiting import eventually

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
SCRIPT = str(Path(__file__).with_name("python_program.py"))


@pytest.mark.client_call("fal-python", "run")
@pytest.mark.client_call("fal-python", "submit, status with logs, result; priority, start time-out")
@pytest.mark.client_call("fal-python", "subscribe_async")
@pytest.mark.client_call("fal-python", "errors")
@pytest.mark.client_call("fal-python", "cancel; a client time-out cancels")
async def test_calls(tmp_path: Path) -> None:
    port = unused_port()
    host = f"{NAME}:{port}"
    slow = ("text.simulated.delay=600", "text.workers=1", "service.drain=0")
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        settings = (*SIMULATED, *slow, f"http.public_url=https://{host}")
        service = await enter(running_service(tmp_path, *settings))
        environment = {
            "FAL_KEY": "none",
            "FAL_RUN_HOST": f"{host}/fal/run",
            "FAL_QUEUE_RUN_HOST": f"{host}/fal",
            "SSL_CERT_FILE": str(await enter(tls_proxy(tmp_path, port, service.url))),
        }
        http = await enter(ClientSession(service.url))
        output = await run_program([sys.executable, SCRIPT], environment, tmp_path)
        told: dict[str, Any] = json.loads(output)
        errors = told.pop("errors")
        for id_ in told.pop("cancelled"):

            async def is_cancelled(id_: str = id_) -> bool:
                async with http.get(f"/content/{id_}") as answer:
                    return bool((await answer.json())["status"] == "cancelled")

            await eventually(is_cancelled, "it is cancelled")
    assert told == {
        "run": 1,
        "queue": {"last": "Completed", "images": 1, "same": True},
        "async": {"prompt": "Hello", "last": "Completed"},
    }
    assert [error[:2] for error in errors] == [[400, "invalid_request"]] * 2
    assert errors[0][2].startswith("prompt: ")
