"""Two users with keys, several tabs, and a kill in the middle, in a real browser."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect

from tests.http.pages.test_lists import open_list
from tests.http.pages.test_studio import AWAY, SIMULATED, Studio
from tests.support import api_keys
from tests.support.running import running_service, spawn
from tests.support.waiting import HANGS_SECONDS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LINES = 12
SLOW = (*SIMULATED, "text.simulated.delay=0.2", "text.workers=1")


async def tab(service_url: str, page: Page, key: str = "") -> Studio:
    """The studio in a tab, with a key that only this tab has."""
    me = Studio(service_url, page)  # type: ignore[arg-type] # what has a url is enough
    page.on("console", me.note_message)
    page.on("pageerror", lambda error: me.complaints.append(str(error)))
    await page.goto(f"{service_url}/docs")
    await page.evaluate("(key) => sessionStorage.setItem('feedmill-key', key)", key)
    await page.goto(f"{service_url}/")
    await expect(page.locator("#status")).to_have_text("Ready")
    return me


async def test_neither_of_two_users_sees_what_is_the_others(
    tmp_path: Path, browser: Browser
) -> None:
    """They share a browser, and what it remembers; each tab has a key of its own."""
    database = tmp_path / "data" / "feedmill.db"
    keys = {name: api_keys.create(database, name, ["content", "feed"]) for name in ("ann", "bob")}
    users = 'auth.users={ann=["ann"],bob=["bob"]}'
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(running_service(tmp_path, *SIMULATED, users))
        context = await stack.enter_async_context(await browser.new_context())
        context.set_default_timeout(HANGS_SECONDS * 1000)
        tabs = {}
        for name, key in keys.items():
            tabs[name] = await tab(service.url, await context.new_page(), key)
        ids = {}
        for name, me in tabs.items():
            await me.submit(f"A secret of {name}", "Text", user=name)
            await expect(me.card(f"A secret of {name}")).to_have_attribute(
                "data-status", "completed"
            )
            ids[name] = await me.card(f"A secret of {name}").get_attribute("data-id")
        for name, me in tabs.items():
            other = "bob" if name == "ann" else "ann"
            await me.page.reload()
            await expect(me.card(f"A secret of {name}")).to_be_visible()
            await expect(me.page.get_by_text(f"A secret of {other}")).to_have_count(0)
            await me.page.get_by_label("of user").fill(other)
            await me.page.get_by_label("of user").press("Enter")
            await expect(me.page.locator("#since")).to_contain_text("not for that user")
            await me.page.goto(f"{service.url}/gallery")
            await expect(me.page.locator(".tile .prompt")).to_have_text([f"A secret of {name}"])
            await me.page.get_by_label("Search").fill("secret")
            await expect(me.page).to_have_url(re.compile("q=secret"))  # it has been looked for
            await expect(me.page.locator(".tile .prompt")).to_have_text([f"A secret of {name}"])
            await me.page.goto(f"{service.url}/gallery#{ids[other]}")
            await expect(me.page.get_by_role("alert")).to_contain_text("no request with this id")
            await expect(me.page.get_by_role("dialog")).to_be_hidden()
            await me.page.goto(f"{service.url}/engine")
            await expect(me.page.locator("#reason")).to_contain_text("scope admin")
            assert [said for said in me.complaints if "403" not in said and "404" not in said] == []


async def test_a_kill_in_the_middle_loses_nothing_in_any_tab(
    tmp_path: Path, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        killed = await spawn(tmp_path, *SLOW)
        url = (await killed.logged("ready"))["url"]
        context = await stack.enter_async_context(
            await browser.new_context(viewport={"width": 390, "height": 800})
        )
        context.set_default_timeout(HANGS_SECONDS * 1000)
        list_, draft, gallery, engine = [await context.new_page() for _ in range(4)]
        writer = await tab(url, draft)
        await writer.submit("Fog", "Text", user="ann")
        card = writer.card("Fog")
        await expect(card).to_have_attribute("data-status", "completed")
        await card.get_by_role("button", name="Publish …").click()
        dialog = draft.get_by_role("dialog", name="Publish")
        await dialog.get_by_label("Text", exact=True).fill("Typed before the kill #fog")
        sender = await tab(url, list_)
        sheet = await open_list(sender)
        await sheet.get_by_label("Make of each").select_option("Text")
        await sheet.get_by_label("The list").fill("\n".join(f"Line {n}" for n in range(LINES)))
        await sheet.get_by_role("button", name=f"Send {LINES}").click()
        batch = list_.get_by_role("article", name=f"A list of {LINES} prompts")
        await gallery.goto(f"{url}/gallery")
        await expect(gallery.locator(".tile").first).to_be_visible()
        await engine.goto(f"{url}/engine")
        await expect(engine.locator("#status")).to_have_text("Ready")
        await list_.bring_to_front()
        await expect(batch.locator("[data-slot=count]")).to_contain_text("done")
        await killed.kill()
        await expect(list_.locator("#status")).to_have_text("Out of reach")
        await draft.bring_to_front()
        await dialog.get_by_role("button", name="Publish now").click()
        await expect(dialog.get_by_role("alert")).to_be_visible()
        await stack.enter_async_context(
            running_service(tmp_path, *SLOW, f"http.port={url.rpartition(':')[2]}")
        )
        await expect(draft.locator("#status")).to_have_text("Ready")
        await dialog.get_by_role("button", name="Publish now").click()
        await expect(dialog).to_be_hidden()
        await list_.bring_to_front()
        await expect(batch).to_contain_text(f"{LINES} done")
        await engine.bring_to_front()
        await expect(engine.locator("#status")).to_have_text("Ready")
        await gallery.bring_to_front()
        await gallery.get_by_label("Search").fill("Line 7")
        await expect(gallery.locator(".tile .prompt")).to_have_text(["Line 7"])
        http = await stack.enter_async_context(ClientSession(url))
        async with http.get("/content", params={"q": "line", "limit": "100"}) as answer:
            prompts = [each["prompt"] for each in (await answer.json())["requests"]]
        assert sorted(prompts) == sorted(f"Line {n}" for n in range(LINES))
        async with http.get("/feed", params={"user-id": "ann"}) as answer:
            posts = [post["content"] for post in (await answer.json())["posts"]]
        assert posts == ["Typed before the kill #fog"]
        complaints = [*writer.complaints, *sender.complaints]
        assert [said for said in complaints if not any(one in said for one in AWAY)] == []


async def test_the_whole_way_by_keyboard_on_a_phone(tmp_path: Path, browser: Browser) -> None:
    """From a prompt to a published post, with nothing but keys."""
    async with (
        running_service(tmp_path, *SIMULATED) as service,
        await browser.new_context(viewport={"width": 360, "height": 740}) as context,
    ):
        context.set_default_timeout(HANGS_SECONDS * 1000)
        me = await tab(service.url, await context.new_page())
        keys = me.page.keyboard
        await keys.press("Tab")
        await keys.press("Enter")
        await keys.type("Made by keys")
        await tab_to(me.page, "#author")
        await keys.type("kim")
        await keys.press("Control+Enter")
        await expect(me.card("Made by keys")).to_have_attribute("data-status", "completed")
        await tab_to(me.page, "[data-slot=toggle]")
        await keys.press("Enter")
        await tab_to(me.page, ".note textarea")
        await keys.type("Checked.")
        await expect(me.card("Made by keys").locator(".note [role=status]")).to_have_text("Saved")
        await tab_to(me.page, "[data-slot=finish]", back=True)
        await keys.press("Enter")
        await tab_to(me.page, "#post-title")
        await keys.type("By keys alone")
        await tab_to(me.page, "#finish [type=submit]")
        await keys.press("Enter")
        await expect(me.page.get_by_role("dialog")).to_be_hidden()
        await tab_to(me.page, ".views [data-view=feed]", back=True)
        await keys.press("Enter")
        await me.read_feed_of("kim")
        await expect(me.post("By keys alone")).to_be_visible()
        await tab_to(me.page, ".views [data-view=gallery]", back=True)
        await keys.press("Enter")
        await expect(me.page.get_by_role("heading", level=1)).to_have_text("Gallery")
        await tab_to(me.page, ".tile a")
        await keys.press("Enter")
        await expect(me.page.get_by_role("dialog").get_by_label("Private note")).to_have_value(
            "Checked."
        )
        await keys.press("Escape")
        await expect(me.page.locator(".tile a:focus")).to_be_visible()
        assert await me.page.evaluate("document.documentElement.scrollWidth") <= 360
        assert me.complaints == []


async def tab_to(page: Page, selector: str, *, back: bool = False) -> None:
    """Press Tab until something has the focus."""
    for _ in range(60):
        if await page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        await page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{selector} is not reached by the Tab key")
