"""How results reach clients: many listeners, pushed ends, and the accuracy of `eta_seconds`."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from benchmarks import driver, processes
from benchmarks.client import Client
from benchmarks.contenders import SIMULATED, running
from benchmarks.jobs import ACCEPTED
from benchmarks.results import Results

LISTENERS = 1000
TEXT = 5.0  # seconds of the text that they follow
JOIN = 50  # listeners that connect at a time: real ones do not all connect at once
RATE = 100.0  # requests per second
WAITED, FIRST = 1100, 100  # all requests, and those at the beginning that only warm up
LOOK_AGAIN = 0.002  # seconds between two views of a polling client
QUEUE, WORKERS, JOB = 60, 4, 0.5  # waiting requests, workers, seconds per job


@dataclass
class Listener:
    """What one listener received: the time of each event by its id."""

    seen: dict[bytes, float] = field(default_factory=dict)
    text: str = ""
    ended: bool = False


async def delivery(folder: Path, results: Results) -> None:
    """All figures of one round."""
    await listeners(folder / "listeners", results)
    await waiting(folder / "waiting", results)
    await etas(folder / "etas", results)


async def listeners(folder: Path, results: Results) -> None:
    """Many listeners follow one text while it is written."""
    settings = (*SIMULATED, f"text.simulated.delay={TEXT}")
    async with running("service", folder, *settings) as service:
        client = Client(service.url)
        before = processes.resident(service.pid)
        first = await _submit(client, "a text for one worker")
        used = processes.cpu(service.pid)
        crowd = [Listener() for _ in range(LISTENERS)]
        joined = asyncio.Semaphore(JOIN)
        began = time.perf_counter()
        async with asyncio.timeout(10 * TEXT + driver.PATIENCE):
            await asyncio.gather(*(_listen(service.url, first, each, joined) for each in crowd))
        seconds = time.perf_counter() - began
        used = processes.cpu(service.pid) - used
        memory = processes.resident(service.pid) - before
    events = {id_ for listener in crowd for id_ in listener.seen}
    late = []
    for id_ in events:
        times = [listener.seen[id_] for listener in crowd if id_ in listener.seen]
        late += [at - min(times) for at in times]
    figures = {
        "cpu_percent": used / seconds * 100,
        "kib_each": memory / LISTENERS * 1024,
        "behind_p50_ms": driver.percentile(late, 50),
        "behind_p99_ms": driver.percentile(late, 99),
    }
    results.note("listeners", "service", figures)
    expected = "generated text for a text for one worker"
    wrong = sum(not listener.ended or listener.text != expected for listener in crowd)
    if wrong:
        results.wrong.append(f"service, listeners: {wrong} of {LISTENERS} did not see the text")


async def _listen(url: str, id_: str, seen: Listener, joined: asyncio.Semaphore) -> None:
    address = urlsplit(url)
    async with joined:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(
            f"GET /content/{id_}/events HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
    name, number = b"", b""
    while not seen.ended:
        line = await reader.readline()
        if not line:
            break
        if line.startswith(b"id: "):
            number = line[4:-1]
            seen.seen[number] = time.perf_counter()
        elif line.startswith(b"event: "):
            name = line[7:-1]
        elif line.startswith(b"data: "):
            data = msgspec.json.decode(line[6:])
            if name == b"snapshot":
                del seen.seen[number]  # each listener gets a different one
                seen.text = data["text"] or ""
            elif name == b"text.delta":
                seen.text += data["text"]
            seen.ended = name == b"completed"
    writer.close()


async def waiting(folder: Path, results: Results) -> None:
    """The time from submitting to the end, at a fixed rate.

    Every second request waits for a pushed end (`wait`); the others are polled.
    """
    async with running("service", folder, *SIMULATED) as service:
        client = Client(service.url)
        start = time.perf_counter()
        pushed: list[float] = []
        polled: list[float] = []

        async def request(number: int) -> None:
            await asyncio.sleep(max(0.0, start + number / RATE - time.perf_counter()))
            began = time.perf_counter()
            id_ = await _submit(client, f"a text {number}")
            if number % 2:
                _, body = await client.get(f"/content/{id_}?wait=30")
            else:
                body = await _poll(client, id_)
            took = time.perf_counter() - began
            if number >= FIRST:
                (pushed if number % 2 else polled).append(took)
            if b'"completed"' not in body:
                raise driver.Unchecked(f"a request that was waited for is {body[:200]!r}")

        async with asyncio.timeout(WAITED / RATE + driver.PATIENCE):
            await asyncio.gather(*(request(number) for number in range(WAITED)))
    figures = {
        "p50_ms": driver.percentile(pushed, 50),
        "p99_ms": driver.percentile(pushed, 99),
        "polled_p50_ms": driver.percentile(polled, 50),
        "polled_p99_ms": driver.percentile(polled, 99),
    }
    results.note("waiting", "service", figures)


async def _poll(client: Client, id_: str) -> bytes:
    while True:
        _, body = await client.post(f"/content/view/?request-id={id_}")
        if b'"queued"' not in body and b'"generating"' not in body:
            return body
        await asyncio.sleep(LOOK_AGAIN)


async def etas(folder: Path, results: Results) -> None:
    """The `eta_seconds` of requests in a queue, compared with the time they take."""
    settings = (*SIMULATED, f"text.workers={WORKERS}", f"text.simulated.delay={JOB}")
    async with running("service", folder, *settings) as service:
        client = Client(service.url)
        for _ in range(2):  # from the first ones the service learns how long a job takes
            ids = [await _submit(client, "a text") for _ in range(QUEUE)]
            estimates = {}
            for id_ in ids:
                _, body = await client.get(f"/content/{id_}")
                eta = msgspec.json.decode(body)["eta_seconds"]
                estimates[id_] = (time.perf_counter(), eta)
            ended = dict(await asyncio.gather(*(_end(client, id_) for id_ in ids)))
    errors = []
    for id_, (at, eta) in estimates.items():
        left = ended[id_] - at
        if eta is not None and left > JOB / 2:
            errors.append((eta - left) / left * 100)
    figures = {
        "error_percent": statistics.median(abs(error) for error in errors),
        "bias_percent": statistics.median(errors),
    }
    results.note("eta", "service", figures)


async def _end(client: Client, id_: str) -> tuple[str, float]:
    body = b""
    while b'"completed"' not in body:
        _, body = await client.get(f"/content/{id_}?wait=60")
    return id_, time.perf_counter()


async def _submit(client: Client, prompt: str) -> str:
    status, body = await client.post(f"/content/?tag=text&prompt={prompt.replace(' ', '+')}")
    if status != ACCEPTED:
        raise driver.Unchecked(f"a request was answered with {status} {body[:200]!r}")
    id_: str = msgspec.json.decode(body)["RequestId"]
    return id_
