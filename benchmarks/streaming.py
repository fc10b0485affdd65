"""Many streamed chat completions at once, from a scripted model server in another process."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import msgspec

from benchmarks import driver, processes
from benchmarks.contenders import HOME, running
from benchmarks.model_server import CYCLE, now, time_of
from benchmarks.results import Results

FIRST_TOKENS = (100, 20)  # streams, and tokens of each, for the latency of tokens
MANY = (1000, 160)  # the same for the CPU time
RATE = 20.0  # tokens a second
START_SECONDS = 2.0  # in which streams begin, evenly
SETTLE_SECONDS = 1.0  # after it, until the CPU is measured
CPU_SECONDS = 4.0

_CONTENT = re.compile(rb'"content":"([-\w ]+)"')


class Stream(asyncio.Protocol):
    """One client: how late each token came, in seconds."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.ended = asyncio.get_running_loop().create_future()
        self._rest = b""
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def ask(self, host: str, number: int) -> None:
        """Send the request."""
        body = msgspec.json.encode(
            {"stream": True, "messages": [{"role": "user", "content": f"prompt {number}"}]}
        )
        self._transport.write(
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json"
            f"\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )

    def data_received(self, data: bytes) -> None:
        came = now()
        *events, self._rest = (self._rest + data).split(b"\n\n")
        for event in events:
            if found := _CONTENT.search(event):
                for token in found[1].decode().split():
                    self.late.append((came - time_of(token)) % CYCLE / 1e6)
        if events and events[-1].endswith(b"data: [DONE]"):
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        del error
        if not self.ended.done():
            self.ended.set_result(None)


async def streaming(folder: Path, results: Results) -> None:
    """All figures of one round."""
    streams = await _run(folder.with_name(f"{folder.name}-first"), *FIRST_TOKENS, results)
    first = [stream.late[0] for stream in streams]
    every = [late for stream in streams for late in stream.late]
    figures = {
        "first_p50_ms": driver.percentile(first, 50),
        "first_p99_ms": driver.percentile(first, 99),
        "token_p50_ms": driver.percentile(every, 50),
        "token_p99_ms": driver.percentile(every, 99),
    }
    results.note("streams", "service", figures)
    await _run(folder.with_name(f"{folder.name}-many"), *MANY, results)


async def _run(folder: Path, count: int, tokens: int, results: Results) -> list[Stream]:
    async with _model_server(tokens) as address:
        settings = (
            "text.generator=openai",
            f"text.openai.base_url={address}/v1",
            "text.openai.api_key_env=",
            f"text.workers={count}",
            "image.generator=simulated",
            "log.level=warning",
        )
        async with running("service", folder, *settings) as service:
            url = urlsplit(service.url)
            streams = [Stream() for _ in range(count)]
            loop = asyncio.get_running_loop()
            began = loop.time()

            async def open_stream(number: int) -> None:
                await asyncio.sleep(began + number * START_SECONDS / count - loop.time())
                stream = streams[number]
                await loop.create_connection(lambda: stream, str(url.hostname), url.port or 80)
                stream.ask(url.netloc, number)
                await stream.ended

            def received() -> int:
                return sum(len(stream.late) for stream in streams)

            async def measure() -> None:
                await asyncio.sleep(START_SECONDS + SETTLE_SECONDS)
                used, before = processes.cpu(service.pid), received()
                await asyncio.sleep(CPU_SECONDS)
                each = (processes.cpu(service.pid) - used) / max(1, received() - before)
                if (count, tokens) == MANY:
                    figures = {"token_us": each * 1e6, "cpu_percent": each * count * RATE * 100}
                    results.note("streams", "service", figures)

            async with asyncio.timeout(START_SECONDS + tokens / RATE + driver.PATIENCE):
                await asyncio.gather(measure(), *(open_stream(number) for number in range(count)))
    if wrong := sum(len(stream.late) != tokens for stream in streams):
        results.wrong.append(f"service, streams: {wrong} of {count} did not get their text")
    return streams


@asynccontextmanager
async def _model_server(tokens: int) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.model_server", str(tokens), str(RATE)),
        cwd=HOME,
        stdout=asyncio.subprocess.PIPE,
    )
    port = b"" if process.stdout is None else await process.stdout.readline()
    try:
        yield f"http://127.0.0.1:{int(port)}"
    finally:
        process.kill()
        await process.wait()
