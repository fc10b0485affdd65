"""The gallery in a real browser: all requests of a key, found, filtered and seen large."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, Route, expect

from tests.http.pages.test_studio import SIMULATED
from tests.support.pages import give_focus, press
from tests.support.running import Running, running_service
from tests.support.waiting import HANGS_SECONDS, eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

POSTS = 45  # more than a page
PROMPT = "Rain in Lisbon <b>&"
LONG = 600  # requests
LAST = "Math.max(...[...document.querySelectorAll('.tile')].map((tile) => tile.ariaPosInSet))"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A service with finished requests: posts, then a picture, then a text."""
    async with (
        running_service(tmp_path_factory.mktemp("gallery"), *SIMULATED) as running,
        ClientSession(running.url) as http,
    ):
        made = [(f"Hedgehog {n}", "text") for n in range(POSTS)]
        for prompt, tag in [*made, ("A fox", "image"), (PROMPT, "instagram")]:
            data = {"prompt": prompt, "tag": tag, "seed": "7"}
            async with http.post("/content", data=data) as answer:
                last = (await answer.json())["RequestId"]
        async with http.get(f"/content/{last}?wait=60") as answer:
            assert (await answer.json())["status"] == "completed"
        yield running


@asynccontextmanager
async def gallery(
    service: Running, browser: Browser, path: str = "/gallery", width: int = 1280
) -> AsyncIterator[Page]:
    """The open page; nothing may be wrong with it at the end."""
    complaints: list[str] = []
    async with await browser.new_context(
        viewport={"width": width, "height": 800}, reduced_motion="reduce"
    ) as context:
        context.set_default_timeout(HANGS_SECONDS * 1000)
        page = await context.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{service.url}{path}")
        yield page
    assert complaints == []


async def test_everything_is_there_newest_first_and_no_other_view_is_loaded(
    service: Running, browser: Browser
) -> None:
    async with gallery(service, browser) as page:
        loaded: list[str] = []
        page.on("request", lambda item: loaded.append(item.url.rpartition("/")[2]))
        await page.reload()
        await expect(page.locator(".tile .prompt").first).to_have_text(PROMPT)
        await page.mouse.wheel(0, 100_000)
        await expect(page.locator("#found")).to_have_text("47 requests, newest first.")
        last = page.locator(f'.tile[aria-posinset="{POSTS + 2}"][aria-setsize="{POSTS + 2}"]')
        await expect(last.locator(".prompt")).to_have_text("Hedgehog 0")
        assert {name for name in loaded if name.endswith(".js")} == {
            "studio.choices.js",
            "studio.gallery.js",
            "studio.gallery.items.js",
            "studio.gallery.large.js",
            "studio.gallery.shelf.js",
            "studio.gallery.strip.js",
            "studio.dom.js",
            "studio.foot.js",
            "studio.gate.js",
            "studio.head.js",
            "studio.keys.js",
            "studio.memory.js",
            "studio.notes.js",
            "studio.record.js",
            "studio.service.js",
            "studio.words.js",
        }


async def test_parameters_of_an_address_that_are_no_filters_are_ignored(
    service: Running, browser: Browser
) -> None:
    async with gallery(service, browser, "/gallery?length=1&item=2&namedItem=3&q=lisb") as page:
        await expect(page.locator(".tile .prompt")).to_have_text([PROMPT])


async def test_words_kind_state_and_day_narrow_the_list_and_stay_in_the_address(
    service: Running, browser: Browser
) -> None:
    async with gallery(service, browser) as page:
        tiles = page.locator(".tile .prompt")
        await page.keyboard.press("/")
        await page.keyboard.type("LISB")  # the beginning of a word
        await expect(page).to_have_url(re.compile(r"\bq=LISB\b"))
        await expect(tiles).to_have_text([PROMPT])
        await page.reload()
        await expect(page.get_by_label("Search")).to_have_value("LISB")
        await expect(tiles).to_have_text([PROMPT])
        await page.get_by_label("Kind").select_option("Pictures")
        await expect(page.locator("#found")).to_have_text("Nothing was found.")
        await page.get_by_label("Search").fill("")
        await expect(tiles).to_have_text(["A fox"])
        await page.get_by_label("State").select_option("Failed")
        await expect(tiles).to_have_count(0)
        await page.get_by_label("State").select_option("Completed")
        await expect(tiles).to_have_text(["A fox"])
        await page.get_by_label("Day").fill("2001-02-03")
        await expect(tiles).to_have_count(0)
        today = await page.evaluate("new Date().toLocaleDateString('sv')")
        await page.get_by_label("Day").fill(today)
        await expect(tiles).to_have_text(["A fox"])


async def test_a_request_is_seen_large_and_made_again(service: Running, browser: Browser) -> None:
    async with gallery(service, browser) as page:
        await press(page.locator(".tile a").first, "Enter")
        large = page.get_by_role("dialog", name=PROMPT)
        await expect(large.locator(".details")).to_contain_text("Seed7")
        await expect(large.locator(".details")).to_contain_text("Finished")
        await expect(large.locator("img")).to_have_class("there")
        await expect(large.get_by_role("button", name="Newer")).to_be_disabled()
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("dialog", name="A fox")).to_be_visible()
        await page.reload()  # the address names it
        await expect(page.get_by_role("dialog", name="A fox")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()
        await page.get_by_text(PROMPT).click()
        await page.get_by_role("button", name="Use these settings").click()
        await expect(page.get_by_label("Your prompt")).to_have_value(PROMPT)
        await expect(page.get_by_label("Instagram post")).to_be_checked()
        await expect(page.get_by_text("With seed 7")).to_be_visible()
        async with page.expect_request(lambda sent: sent.method == "POST") as sent:
            await page.get_by_role("button", name="Make it").click()
        body = (await sent.value).post_data_json
        assert body is not None
        assert body["seed"] == 7
        await page.get_by_role("button", name="Use another").click()
        await expect(page.get_by_text("With seed 7")).to_be_hidden()


async def test_on_a_phone_nothing_is_wider_than_the_window(
    service: Running, browser: Browser
) -> None:
    async with gallery(service, browser, width=360) as page:
        await expect(page.locator(".tile").first).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        await page.locator(".tile a").first.click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        box = await page.get_by_role("dialog").bounding_box()
        assert box is not None
        assert box["width"] <= 360
        await page.get_by_role("button", name="Close").click()
        await expect(page.get_by_role("dialog")).to_be_hidden()
        await page.get_by_role("link", name="Feed", exact=True).click()
        await expect(page.get_by_role("heading", name="Feed", level=2)).to_be_visible()


async def test_variants_are_folded_and_one_is_chosen(service: Running, browser: Browser) -> None:
    async with ClientSession(service.url) as http:
        data = {"prompt": "Four herons", "tag": "image", "n": "4", "seed": "1"}
        async with http.post("/content", data=data) as answer:
            ids = (await answer.json())["RequestIds"]
        async with http.get(f"/content/{ids[-1]}?wait=60") as answer:
            assert (await answer.json())["status"] == "completed"
    async with gallery(service, browser, "/gallery?q=herons") as page:
        tile = page.locator(".tile")
        await expect(tile).to_have_count(1)
        await expect(tile).to_contain_text("4 variants")
        await expect(tile.locator("a")).to_have_attribute("href", f"#{ids[0]}")
        await press(tile.locator("a"), "Enter")
        large = page.get_by_role("dialog", name="Four herons")
        await press(large.get_by_role("button", name="Variant 3"), "Enter")
        await expect(page).to_have_url(re.compile(f"#{ids[2]}$"))
        await expect(large.locator(".details")).to_contain_text("Seed3")
        await large.get_by_role("button", name="Choose this one").click()
        await expect(large.get_by_role("button", name="Variant 3, chosen")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(tile).to_contain_text("Chosen of 4")
        await expect(tile.locator("a")).to_be_focused()
        await page.reload()
        await expect(tile.locator("a")).to_have_attribute("href", f"#{ids[2]}")
        await page.get_by_role("button", name="Select").click()
        await tile.locator(".pick").check()
        await expect(page.get_by_role("group", name="With those")).to_contain_text("4 ")


async def test_a_long_list_has_few_tiles_on_the_page_and_keeps_focus_and_choice(
    service: Running, browser: Browser
) -> None:
    async with gallery(service, browser) as page:
        await page.route("**/content?*", many)
        await page.reload()
        await expect(page.locator(".tile").first).to_contain_text("Made up 0 ")
        await page.get_by_role("button", name="Select").click()
        await page.locator(".pick").first.check()
        await give_focus(page.locator(".tile a").nth(1))
        most, reached = 0, 0
        while reached < LONG:
            await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
            reached = await further_than(reached, page)
            most = max(most, await page.locator(".tile").count())
        assert most < 80
        await expect(page.locator(".tile a:focus")).to_be_attached()  # though it is far away
        await page.evaluate("scrollTo(0, 0)")
        await expect(page.locator(".pick").first).to_be_checked()
        await page.set_viewport_size({"width": 400, "height": 700})
        await expect(page.locator(".tile").nth(2)).to_be_visible()
        boxes = [await page.locator(".tile").nth(n).bounding_box() for n in range(3)]
        assert boxes[0]["y"] == boxes[1]["y"] < boxes[2]["y"]  # type: ignore[index] # visible


async def further_than(reached: int, page: Page) -> int:
    """Wait until a later tile than that one is on the page; the place of the last one."""
    last = reached

    async def is_further() -> bool:
        nonlocal last
        last = int(await page.evaluate(LAST))  # the page's policy forbids to wait in it
        return last > reached

    await eventually(is_further, "more tiles")
    return last


async def many(route: Route) -> None:
    """Answer with a page of a list without an end."""
    query = parse_qs(urlsplit(route.request.url).query)
    first = int(query.get("cursor", ["0"])[0])
    count = int(query["limit"][0])
    requests = [
        {
            "id": f"{number:045x}",
            "tag": "text",
            "prompt": f"Made up {number} " + "word " * (number % 30),
            "status": "completed",
            "text": "Words. " * (number % 90),
            "created_at": "2026-01-02T03:04:05.000000Z",
            "started_at": "2026-01-02T03:04:05.000000Z",
            "completed_at": "2026-01-02T03:04:06.000000Z",
            "group": None,
        }
        for number in range(first, first + count)
    ]
    await route.fulfill(json={"requests": requests, "next": str(first + count)})
