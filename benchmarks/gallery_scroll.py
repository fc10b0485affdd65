"""Scrolls through 10,000 requests in the gallery, in a real browser.

    python -m benchmarks.gallery_scroll [REQUESTS]

makes the requests (one in four with a picture), opens the gallery and turns the wheel until the
end of the list. It prints what docs/design.md says: tasks of more than 50 ms, frames that came
late, and what the page has at most.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from playwright.async_api import Page, async_playwright

from tests.support.running import running_service

REQUESTS = 10_000
SENDERS = 16
NOTCH_PIXELS = 400  # per turn of the wheel
TURN_SECONDS = 0.02
STUCK_TURNS = 200  # without a new last tile: the end
DISTINCT = "image.simulated.distinct=true"
SETTINGS = ("text.generator=simulated", "image.generator=simulated", DISTINCT)
OBSERVE = """() => {
  window.tasks = [];
  window.frames = [];
  const note = (list) => tasks.push(...list.getEntries().map(({ duration }) => duration));
  new PerformanceObserver(note).observe({ type: "longtask" });
  let before = performance.now();
  const frame = (now) => {
    frames.push(now - before);
    before = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""
NODES = "document.querySelectorAll('*').length"
LAST = "Math.max(0, ...[...document.querySelectorAll('.tile')].map((tile) => tile.ariaPosInSet))"


async def make(http: ClientSession, count: int) -> None:
    """Submit so many requests, and wait until the last is done."""
    numbers = iter(range(count))
    last = ""

    async def send() -> None:
        nonlocal last
        for number in numbers:
            tag = "instagram" if number % 4 == 0 else "text"
            body = {"prompt": f"A prompt with the number {number}", "tag": tag}
            while True:
                async with http.post("/content", json=body) as answer:
                    if answer.status == 202:
                        last = (await answer.json())["RequestId"]
                        break
                await asyncio.sleep(0.1)  # the queue is full

    await asyncio.gather(*[send() for _ in range(SENDERS)])
    async with http.get(f"/content/{last}?wait=60") as answer:
        await answer.read()


async def scroll(page: Page) -> dict[str, Any]:
    """Turn the wheel until the end; what was measured on the way."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    await page.evaluate(OBSERVE)
    await page.mouse.move(600, 500)
    nodes, heap, tiles, last, stuck, turns = 0.0, 0.0, 0, 0, 0, 0
    busy = 0.0
    while stuck < STUCK_TURNS:
        await page.mouse.wheel(0, NOTCH_PIXELS)
        await asyncio.sleep(TURN_SECONDS)
        turns += 1
        if turns % 50 == 0:
            metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
            found = {metric["name"]: metric["value"] for metric in metrics}
            busy = found["TaskDuration"]
            nodes, heap = max(nodes, await page.evaluate(NODES)), max(heap, found["JSHeapUsedSize"])
            tiles = max(tiles, await page.locator(".tile").count())
        reached = await page.evaluate(LAST)
        stuck = 0 if reached > last else stuck + 1
        last = max(last, reached)
    tasks, frames = await page.evaluate("[tasks, frames]")
    return {
        "items reached": last,
        "turns of the wheel": turns,
        "tasks of more than 50 ms": len(tasks),
        "longest task, ms": round(max(tasks, default=0)),
        "frames": len(frames),
        "frames of more than 50 ms": sum(frame > 50 for frame in frames),
        "CPU time a frame, ms": round(busy * 1000 / len(frames), 1),
        "median frame, ms": round(sorted(frames)[len(frames) // 2], 1),
        "most tiles on the page": tiles,
        "most elements of the page": round(nodes),
        "most memory of scripts, MB": round(heap / 1e6, 1),
    }


async def main(count: int) -> None:
    """Measure, and print it."""
    browser_path = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            running_service(Path(folder), *SETTINGS) as service,
            ClientSession(service.url) as http,
            async_playwright() as playwright,
        ):
            await make(http, count)
            browser = await playwright.chromium.launch(
                executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
            )
            page = await browser.new_page(viewport={"width": 1280, "height": 800})
            await page.goto(f"{service.url}/gallery")
            await page.locator(".tile").first.wait_for()
            for name, value in (await scroll(page)).items():
                print(f"{name:28} {value:>10}")
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS))
