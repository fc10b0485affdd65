"""The page of the API in a real browser, over the real service."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect

from tests.support.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_the_page_shows_every_endpoint_and_sends_requests(
    service: Running, http: ClientSession, browser: Browser
) -> None:
    complaints: list[str] = []
    async with await browser.new_context(viewport={"width": 390, "height": 844}) as context:
        async with http.get("/openapi.json") as answer:
            described = await answer.json()
        async with http.get("/docs") as answer:
            assert "'unsafe" not in answer.headers["Content-Security-Policy"]
        page = await context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.extend(_elsewhere(request.url, service.url)))
        await page.goto(f"{service.url}/docs#createContent")
        for place in ("paths", "x-websockets"):
            for methods in described[place].values():
                for operation in methods.values():
                    await expect(page.locator(f"#{operation['operationId']}")).to_have_count(1)
        submit = page.locator("#createContent")
        await expect(submit.get_by_text("Idempotency-Key").first).to_be_visible()
        await expect(submit.get_by_text("-H 'Content-Type: application/json'")).to_be_visible()
        await submit.get_by_role("button", name="Send").click()
        await expect(submit.locator("output")).to_contain_text("202 Accepted")
        await expect(submit.locator("output")).to_contain_text("RequestId")
        for key in ("max_tokens", "temperature", "size"):
            await expect(submit.locator(".inner td", has_text=key).first).to_be_visible()
        await page.goto(f"{service.url}/docs#getStatus")
        status = page.locator("#getStatus")
        await status.locator("summary", has_text="200").click()
        await expect(status.get_by_text("The median in seconds").first).to_be_visible()
        await page.get_by_label("Filter endpoints").fill("dead")
        await expect(page.locator("#redriveDeadLetter")).to_be_visible()
        await expect(submit).to_be_hidden()
        assert await _is_as_wide_as_its_window(page)
    assert not complaints


def _elsewhere(url: str, home: str) -> list[str]:
    return [] if url.startswith(home) else [f"asked {url}"]


async def _is_as_wide_as_its_window(page: Page) -> bool:
    measured: bool = await page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    return measured
