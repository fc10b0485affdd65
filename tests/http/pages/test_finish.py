"""Finish, then publish: a request is a draft until its author publishes it, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, expect

from tests.http.pages.test_studio import SIMULATED, Studio, visitor
from tests.support.running import Running, running_service

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running_service(tmp_path_factory.mktemp("finish"), *SIMULATED) as running:
        yield running


async def make(me: Studio, prompt: str) -> None:
    await me.submit(prompt, user="ann")
    await expect(me.card(prompt)).to_have_attribute("data-status", "completed")


async def test_a_draft_is_edited_published_and_edited_again(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me:
        await make(me, "Fog")
        card, dialog = me.card("Fog"), me.page.get_by_role("dialog", name="Publish")
        await card.get_by_role("button", name="Publish …").click()
        await expect(dialog.get_by_label("User name")).to_have_value("ann")
        await dialog.get_by_label("Text", exact=True).fill("Fog on the river 🌫\n#fog #river")
        await expect(dialog.get_by_text("30 characters, 2 hashtags")).to_be_visible()
        await dialog.get_by_role("button", name="Keep as a draft").click()
        await me.page.reload()  # what was typed is still there
        await card.get_by_role("button", name="Publish …").click()
        await dialog.get_by_label("Title").fill("A <foggy> day")
        await dialog.get_by_label("Alternative text").fill("Grey all over")
        preview = dialog.get_by_role("region", name="Preview")
        await expect(preview.get_by_role("heading")).to_have_text("A <foggy> day")
        await expect(preview.locator("img")).to_have_attribute("alt", "Grey all over")
        await expect(preview).to_contain_text("Fog on the river")
        await dialog.get_by_role("button", name="Publish now").click()
        await expect(dialog).to_be_hidden()
        await me.read_feed_of("ann")
        await expect(me.post("A <foggy> day").locator("img")).to_have_attribute(
            "alt", "Grey all over"
        )
        await me.page.reload()
        await expect(card.get_by_role("button", name="Published")).to_be_visible()
        await card.get_by_role("button", name="Edit post").click()
        dialog = me.page.get_by_role("dialog", name="Edit the post")
        await expect(dialog.get_by_label("Title")).to_have_value("A <foggy> day")
        await dialog.get_by_label("Title").fill("A clear day")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog).to_be_hidden()
        await me.page.reload()
        await expect(me.post("A clear day")).to_be_visible()


async def test_a_post_comes_later_is_moved_or_taken_back(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me, ClientSession(service.url) as http:
        await make(me, "Snow")
        card, dialog = me.card("Snow"), me.page.get_by_role("dialog")
        await card.get_by_role("button", name="Publish …").click()
        await dialog.get_by_label("Title").fill("White")
        await dialog.get_by_label("Publish at").fill("2027-01-01T08:00")
        await dialog.get_by_role("button", name="Publish at this time").click()
        await expect(card.get_by_text("Comes on Jan 1, 2027")).to_be_visible()
        await me.page.reload()
        await card.get_by_role("button", name="Edit or take back …").click()
        await expect(dialog.get_by_label("Title")).to_have_value("White")
        await expect(dialog.get_by_label("Publish at")).to_have_value("2027-01-01T08:00")
        await dialog.get_by_label("Publish at").fill("2027-02-01T08:00")
        await dialog.get_by_role("button", name="Save").click()
        await expect(card.get_by_text("Comes on Feb 1, 2027")).to_be_visible()
        id_ = await card.get_attribute("data-id")
        async with http.get("/feed/scheduled?user-id=ann") as answer:
            [post] = (await answer.json())["posts"]
        assert (post["id"], post["title"]) == (id_, "White")
        await card.get_by_role("button", name="Edit or take back …").click()
        await dialog.get_by_role("button", name="Take it back").click()
        await expect(card.get_by_role("button", name="Publish …")).to_be_visible()
        async with http.get("/feed/scheduled?user-id=ann") as answer:
            assert (await answer.json())["posts"] == []


async def test_what_is_refused_is_said_and_nothing_is_lost(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me:
        await make(me, "Hail")
        dialog = me.page.get_by_role("dialog", name="Publish")
        await me.card("Hail").get_by_role("button", name="Publish …").click()
        await dialog.get_by_label("Title").fill("Hail!")
        await dialog.get_by_label("Publish at").fill("2999-01-01T08:00")
        await dialog.get_by_role("button", name="Publish at this time").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("days")
        await expect(dialog.get_by_label("Title")).to_have_value("Hail!")
        me.expected.append("status of 400")


async def test_the_dialog_fits_on_a_phone(service: Running, browser: Browser) -> None:
    async with visitor(service, browser, 360) as me:
        await make(me, "Sleet")
        await me.card("Sleet").get_by_role("button", name="Publish …").click()
        dialog = me.page.get_by_role("dialog", name="Publish")
        await expect(dialog).to_be_visible()
        assert await dialog.evaluate("node => node.scrollWidth <= innerWidth")
        await me.page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
