"""Compares `workers = "auto"` with fixed numbers at a model whose capacity moves, as a table.

    python -m benchmarks.auto_workers [--seconds N] [--retry-after N]

The model takes 4, then 16, then 2 jobs at once for N seconds each, and answers 429 to all others. A
run takes 15 N seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

import aiohttp
from aiohttp import web

from benchmarks.contenders import running

CAPACITIES = (4, 16, 2)
FIXED = (2, 4, 8, 16)
JOB_SECONDS = 0.1
SENDERS = 20  # that submit at the same time
ANSWER = {
    "model": "scripted",
    "choices": [{"message": {"role": "assistant", "content": "Done."}, "finish_reason": "stop"}],
}


class Model:
    """A server with OpenAI's chat API that takes `capacity` jobs at once."""

    def __init__(self, retry_after: int) -> None:
        self.capacity = CAPACITIES[0]
        self.done = self.refused = 0
        self._running = 0
        self._headers = {"Retry-After": str(retry_after)} if retry_after else {}

    async def complete(self, request: web.Request) -> web.Response:
        """Answer after some time, or refuse at once."""
        await request.read()
        if self._running >= self.capacity:
            self.refused += 1
            error = {"error": {"message": "Too many requests.", "code": "rate_limit_exceeded"}}
            return web.json_response(error, status=429, headers=self._headers)
        self._running += 1
        try:
            await asyncio.sleep(JOB_SECONDS * random.uniform(0.7, 1.3))
        finally:
            self._running -= 1
        self.done += 1
        return web.json_response(ANSWER)


async def measure(folder: Path, workers: str, seconds: float, retry_after: int) -> tuple[int, int]:
    """The jobs that were done, and the refusals."""
    model = Model(retry_after)
    application = web.Application()
    application.router.add_post("/v1/chat/completions", model.complete)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    settings = (
        *("text.generator=openai", f"text.openai.base_url=http://127.0.0.1:{port}/v1"),
        *("text.openai.api_key_env=", f"text.workers={workers}", "text.max_workers=32"),
        *("image.generator=simulated", "service.drain=0", "log.level=error"),
    )
    try:
        async with running("service", folder, *settings) as service:
            await _submit(service.url, int(sum(CAPACITIES) * seconds / JOB_SECONDS))
            model.done = model.refused = 0
            for model.capacity in CAPACITIES:
                await asyncio.sleep(seconds)
            return model.done, model.refused
    finally:
        await runner.cleanup()


async def _submit(url: str, count: int) -> None:
    """Fill the queue: more than can be done."""
    left = iter(range(count))

    async def send(http: aiohttp.ClientSession) -> None:
        for number in left:
            fields = {"prompt": f"text {number}", "tag": "text"}
            async with http.post("/content", data=fields) as answer:
                answer.raise_for_status()

    async with aiohttp.ClientSession(url) as http:
        await asyncio.gather(*(send(http) for _ in range(SENDERS)))


async def main(seconds: float, retry_after: int) -> None:
    """Measure all settings, one after the other, and print the table."""
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for workers in ("auto", *map(str, FIXED)):
            home = Path(folder) / workers
            figures[workers] = await measure(home, workers, seconds, retry_after)
    best = max(done for workers, (done, _) in figures.items() if workers != "auto")
    sys.stdout.write("| `workers` | jobs | of the best fixed number | refusals |\n")
    sys.stdout.write("| --- | --: | --: | --: |\n")
    for workers, (done, refused) in figures.items():
        share = refused / max(1, done + refused)
        sys.stdout.write(f"| {workers} | {done:,} | {done / best:.0%} | {share:.1%} |\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="for each capacity")
    parser.add_argument("--retry-after", type=int, default=0, help="seconds in the refusals")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.seconds, arguments.retry_after))
