"""The feed in a real browser: days, links, own posts, why, readers; choosing in the gallery."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, expect

from tests.http.pages.test_studio import SIMULATED, visitor
from tests.support.pages import press
from tests.support.running import Running, running_service

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running_service(tmp_path_factory.mktemp("feed"), *SIMULATED) as running:
        yield running


async def write(http: ClientSession, user: str, title: str) -> str:
    data = {"user-id": user, "title": title, "content": f"{title} #snow"}
    async with http.post("/feed/posts", json=data) as answer:
        return str((await answer.json())["id"])


async def test_ones_own_posts_are_edited_deleted_and_linked(
    service: Running, browser: Browser
) -> None:
    async with ClientSession(service.url) as http, visitor(service, browser) as me:
        ids = [await write(http, "ann", title) for title in ("First", "Second 🔥 <b>")]
        await me.read_feed_of("ann")
        await expect(me.page.locator(".posts .day h3")).to_have_text(["today"])
        first = me.post("First")
        await expect(first.locator(".byline a")).to_have_attribute("href", f"./feed/posts/{ids[0]}")
        await first.get_by_role("button", name="Edit").click()
        await first.get_by_role("button", name="Cancel").press("Enter")
        await expect(first.get_by_role("button", name="Edit")).to_be_focused()
        await first.get_by_role("button", name="Edit").press("Enter")
        await first.get_by_label("Title").fill("Changed")
        await first.get_by_role("button", name="Save").press("Enter")
        await expect(me.post("Changed").get_by_role("button", name="Edit")).to_be_focused()
        change = {"title": "Changed elsewhere", "content": "Other words."}
        async with http.patch(f"/feed/posts/{ids[0]}", json=change) as answer:
            assert answer.status == 200
        await expect(me.post("Changed elsewhere")).to_contain_text("Other words.")
        await expect(me.post("Changed").get_by_role("button", name="Edit")).to_be_focused()
        second = me.post("Second 🔥 <b>")
        await second.get_by_role("button", name="Delete").click()
        await second.get_by_role("button", name="Delete it for good?").press("Enter")
        await expect(second).to_have_count(0)
        await expect(me.post("Changed").locator(".byline a")).to_be_focused()
        async with http.get(f"/feed/posts/{ids[1]}") as answer:
            assert answer.status == 410
        await me.page.goto(f"{service.url}/feed/posts/{ids[0]}")
        await expect(me.page.get_by_role("heading", name="Changed elsewhere")).to_be_visible()
        await expect(me.page.get_by_role("link", name="Download")).to_have_attribute(
            "download", "post.txt"
        )


async def test_what_was_seen_is_known_on_every_device(service: Running, browser: Browser) -> None:
    async with ClientSession(service.url) as http:
        await write(http, "bea", "Seen")
        async with visitor(service, browser) as me:
            await me.read_feed_of("bea")
            await expect(me.post("Seen")).to_be_visible()

            async with me.page.expect_response(lambda found: "/feed/marker" in found.url):
                await me.page.reload()
        await write(http, "bea", "Unseen")
        async with visitor(service, browser) as other:
            await other.read_feed_of("bea")
            await expect(other.page.locator("#since")).to_have_text("1 new since your last visit.")


async def test_it_says_why_what_was_learnt_and_where_readers_find_it(
    service: Running, browser: Browser
) -> None:
    async with ClientSession(service.url) as http, visitor(service, browser) as me:
        await write(http, "cyd", "Known")
        async with http.post("/feed/follow", json={"user-id": "dan", "author-id": "cyd"}):
            await me.read_feed_of("dan")
        post = me.post("Known")
        await (
            post.get_by_role("button", name="Why this?")
            .or_(post.get_by_role("button", name="Why this post is shown"))
            .click()
        )
        await expect(post.locator(".why")).to_contain_text("Score")
        await me.page.get_by_text("What was learnt of this user").click()
        await expect(me.page.locator("#taste")).to_contain_text("Nothing yet")
        await me.page.get_by_text("For feed readers").click()
        await expect(me.page.get_by_label("Posts (Atom)")).to_have_value(
            f"{service.url}/feed/authors/dan/atom"
        )


async def test_several_requests_are_published_and_deleted_at_once(
    service: Running, browser: Browser
) -> None:
    async with ClientSession(service.url) as http, visitor(service, browser) as me:
        for prompt in ("one", "two", "three"):
            given = {"prompt": prompt, "tag": "text", "user-id": "eva"}
            async with http.post("/content", json=given) as answer:
                id_ = (await answer.json())["RequestId"]
            async with http.get(f"/content/{id_}?wait=30") as answer:
                assert (await answer.json())["status"] == "completed"
        page = me.page
        await page.goto(f"{service.url}/gallery")
        await page.get_by_role("button", name="Select several").click()
        await page.get_by_label("Select: three").check()
        await press(page.get_by_label("Select: two"), "Space")
        await expect(page.locator("#selection")).to_contain_text("2 selected")
        await page.locator("#selection").get_by_role("button", name="Publish").press("Enter")
        await expect(page.get_by_label("Select: three")).not_to_be_checked()  # listed again
        await expect(page.get_by_role("button", name="Select all shown")).to_be_focused()
        for name in ("Publish", "Delete", "Export"):
            await expect(
                page.locator("#selection").get_by_role("button", name=name)
            ).to_be_disabled()
        async with page.expect_download() as download:
            await page.get_by_label("Select: one").check()
            await page.locator("#selection").get_by_role("button", name="Export").click()
        assert (await download.value).suggested_filename == "feedmill-gallery.zip"
        await page.locator("#selection").get_by_role("button", name="Select all shown").click()
        await page.locator("#selection").get_by_role("button", name="Delete").click()
        await page.get_by_role("button", name="Delete them for good?").click()
        await expect(page.locator("#found")).to_have_text(
            "Nothing here yet. What you make in the studio appears here."
        )
        async with http.get("/feed?user-id=eva") as answer:
            assert len((await answer.json())["posts"]) == 2, "posts outlive their requests"
