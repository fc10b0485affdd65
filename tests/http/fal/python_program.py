"""What fal's Python client does here; its hosts come from the environment before its import."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import fal_client

APP, HELLO = "fal-ai/flux/dev", {"prompt": "Hello"}


def queue() -> dict[str, Any]:
    handle = fal_client.submit(APP, HELLO, priority="low", start_timeout=60)
    states = [type(state).__name__ for state in handle.iter_events(with_logs=True, interval=0.02)]
    result = handle.get()
    again = fal_client.result(APP, handle.request_id)
    fal_client.status(APP, handle.request_id, with_logs=True)
    return {"last": states[-1], "images": len(result["images"]), "same": again == result}


def errors() -> list[list[Any]]:
    told = []
    for app, arguments in ((APP, {"prompt": ""}), ("fal-ai/text", {"prompt": "p", "top_p": 0.5})):
        try:
            fal_client.run(app, arguments)
        except fal_client.FalClientHTTPError as refused:
            told.append([refused.status_code, refused.error_type, str(refused)])
    return told


async def asynchronous() -> dict[str, Any]:
    seen: list[str] = []
    result = await fal_client.subscribe_async(
        APP,
        HELLO,
        interval=0.02,
        with_logs=True,
        on_queue_update=lambda state: seen.append(type(state).__name__),
    )
    return {"prompt": result["prompt"], "last": seen[-1]}


def time_out() -> str:
    try:
        fal_client.subscribe("fal-ai/slow/text", {"prompt": "slow"}, client_timeout=1.5)
    except fal_client.FalClientTimeoutError as late:
        return str(late.request_id)
    return ""


def main() -> Any:
    slow = fal_client.submit("fal-ai/slow/text", {"prompt": "cancelled"})
    slow.cancel()
    return {
        "run": len(fal_client.run(APP, HELLO)["images"]),
        "queue": queue(),
        "async": asyncio.run(asynchronous()),
        "errors": errors(),
        "cancelled": [slow.request_id, time_out()],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
