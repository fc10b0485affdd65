"""The studio page in a real browser, over the real service with simulated generators."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Route,
    expect,
)

from tests.support import api_keys
from tests.support.hold import Hold
from tests.support.prefix_proxy import PrefixProxy, prefix_proxy
from tests.support.running import Running, running_service, spawn
from tests.support.streaming import followed
from tests.support.waiting import HANGS_SECONDS, eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
expect.set_options(timeout=HANGS_SECONDS * 1000)

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
AGAIN = (*SIMULATED, "text.simulated.delay=0.5")  # after a kill: in pieces, but soon
# the first has no windows: it needs half of the processor time
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


AWAY = ("ERR_", "status of 503")  # refused, or answered before all is at work


@dataclass
class Studio:
    """The page as one visitor has it open; `complaints` is what the browser found wrong."""

    service: Running | PrefixProxy
    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=lambda: ["503 .*/readyz"])
    """Patterns of the errors that a test causes; on a busy machine a pool is away for a moment."""
    feed_reads: list[str] = field(default_factory=list)
    """The addresses of the pages of feeds that were asked for."""

    def card(self, prompt: str) -> Locator:
        return self.page.get_by_role("article", name=prompt, exact=True).locator("xpath=..")

    def post(self, title: str) -> Locator:
        heading = self.page.get_by_role("heading", name=title)
        return self.page.locator(".post").filter(has=heading)

    async def open(self) -> None:
        await self.page.goto(f"{self.service.url}/")
        await expect(self.page.locator("#status")).to_have_text("Ready")

    async def submit(
        self, prompt: str, kind: str = "Instagram post", *, user: str = "", publish: bool = False
    ) -> None:
        # the page ignores a second submission until the first is accepted
        await expect(self.page.locator("form.sending")).to_have_count(0)
        await self.page.get_by_label("Your prompt").fill(prompt)
        await self.page.locator(".segments label", has_text=kind).click()
        await self.page.get_by_label("Your user name").fill(user)
        await self.page.get_by_label("Publish to my feed").set_checked(publish)
        await self.page.get_by_role("button", name="Make it").click()

    async def read_feed_of(self, user: str) -> None:
        await self.page.get_by_label("of user").fill(user)
        await self.page.get_by_label("of user").press("Enter")
        await expect(self.page.locator("#since")).not_to_have_text("Loading …")

    def note_request(self, request: Request) -> None:
        if "/feed?" in request.url:
            self.feed_reads.append(request.url)

    def note_message(self, message: ConsoleMessage) -> None:
        # Chromium reports what breaks the content security policy as an error as well
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location['url']})")


def installed_browser() -> str:
    """The path of the system's Chromium; without one the test is skipped, or fails if told to."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path:
        return path
    reason = f"The studio page was NOT tested: none of {', '.join(BROWSERS)} is installed."
    if os.environ.get("FEEDMILL_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@asynccontextmanager
async def visitor(
    service: Running | PrefixProxy, browser: Browser, width: int = 1280
) -> AsyncIterator[Studio]:
    """Open the page; nothing may be wrong with it when the visit ends."""
    async with await browser.new_context(
        viewport={"width": width, "height": 800},
        reduced_motion="reduce",  # else cards are still on their way when they are measured
    ) as context:
        context.set_default_timeout(HANGS_SECONDS * 1000)
        page = await context.new_page()
        studio = Studio(service, page)
        page.on("console", studio.note_message)
        page.on("pageerror", lambda error: studio.complaints.append(str(error)))
        page.on("request", studio.note_request)
        await studio.open()
        yield studio
    expected = re.compile("|".join(studio.expected))
    assert [said for said in studio.complaints if not expected.search(said)] == []


@pytest.mark.parametrize("said", [{"X-Forwarded-Prefix": "/mill"}, {}])
async def test_the_page_works_below_the_path_of_a_proxy(
    tmp_path: Path, browser: Browser, said: dict[str, str]
) -> None:
    hold = Hold(tmp_path)
    settings = (*SIMULATED, hold.texts, 'http.trusted_proxies=["127.0.0.1"]')
    async with (
        running_service(tmp_path, *settings) as service,
        prefix_proxy(service.url, "/mill", said) as proxy,
    ):
        root = f"{proxy.url}/"
        async with visitor(proxy, browser) as me:
            urls: list[str] = []
            me.page.on("request", lambda item: urls.append(item.url))
            await expect(me.page.locator(".post").first).to_be_visible()
            assert await is_shown(me.page.locator(".post img").first)
            await me.submit("Rain", user="ann", publish=True)
            await expect(me.card("Rain").locator(".growing")).to_be_visible()
            hold.release()
            await expect(me.card("Rain")).to_have_attribute("data-status", "completed")
            assert await is_shown(me.card("Rain").locator("img"))
            await me.card("Rain").get_by_role("button", name="Published").click()
            await expect(me.post("Rain")).to_be_visible()
            assert await is_shown(me.post("Rain").locator("img"))
            for page in ("docs", "docs/", "problems", "problems/", "nowhere/at/all"):
                answer = await me.page.goto(f"{root}{page}")
                assert answer is not None
                brand = me.page.locator(".brand")
                await expect(brand).to_be_visible()
                assert await brand.evaluate("link => link.href") == root
            assert all(item.startswith(root) for item in urls)
            me.expected.append("nowhere/at/all")


async def is_shown(picture: Locator) -> bool:
    await expect(picture).to_have_class("there")
    return bool(await picture.evaluate("image => image.naturalWidth > 0"))


async def test_a_visitor_is_welcomed_and_sees_the_test_users_feed(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me:
        await expect(me.page.get_by_role("heading", level=1)).to_have_text("Welcome to Feedmill.")
        await expect(me.page.get_by_label("of user")).to_have_value("1")
        answer = await me.page.request.post(f"{service.url}/feed", data={"user-id": "1"})
        posts = await answer.json()
        await expect(me.page.locator(".post h3")).to_have_text([post["title"] for post in posts])
        await expect(me.page.get_by_text("Begin with one of these")).to_be_visible()


async def test_a_post_shows_each_part_as_it_arrives_and_survives_a_reload(
    tmp_path: Path, browser: Browser
) -> None:
    hold = Hold(tmp_path)
    held_text = (*SIMULATED, hold.texts)
    async with running_service(tmp_path, *held_text) as service, visitor(service, browser) as me:
        await me.submit("Rain in Lisbon")
        card = me.card("Rain in Lisbon")
        await expect(card).to_have_attribute("data-status", "generating")
        await expect(card.get_by_text("Generating ·")).to_be_visible()
        assert await is_shown(card.locator("img"))
        await expect(card).to_have_attribute("data-status", "generating")

        hold.release()
        await expect(card).to_have_attribute("data-status", "completed")
        await expect(card.get_by_text("generated text for Rain in Lisbon")).to_be_visible()
        await expect(card.locator(".hash")).to_have_text(["#generated", "#simulated"])
        await expect(card.get_by_role("link", name="Download")).to_be_visible()

        await me.page.reload()
        await expect(card).to_have_attribute("data-status", "completed")
        assert await is_shown(card.locator("img"))
        await card.get_by_role("button", name="Details").click()
        await expect(card.get_by_text("simulated-text", exact=False)).to_be_visible()

        await me.page.get_by_role("button", name="Clear the list").click()
        await expect(me.page.locator(".card")).to_have_count(0)
        await me.page.reload()
        await expect(me.page.get_by_text("Begin with one of these")).to_be_visible()


async def test_a_picture_does_not_move_the_page(tmp_path: Path, browser: Browser) -> None:
    hold = Hold(tmp_path)
    held = (*SIMULATED, hold.pictures)
    async with running_service(tmp_path, *held) as service, visitor(service, browser) as me:
        await me.submit("A lighthouse", "Picture")
        frame = me.card("A lighthouse").locator(".frame")
        await expect(frame.get_by_text("Drawing the picture")).to_be_visible()
        before = await frame.bounding_box()
        hold.release()
        assert await is_shown(frame.locator("img"))
        assert await frame.bounding_box() == before


async def test_a_long_text_is_shown_whole(service: Running, browser: Browser) -> None:
    async with visitor(service, browser) as me:
        story = "a long story " * 100
        await me.submit(story, "Text")
        text = me.page.locator(".card .prose")
        await expect(text).to_contain_text(story.strip())
        frame = me.page.locator(".card .frame")
        assert await frame.evaluate("frame => frame.scrollHeight <= frame.clientHeight")


async def test_a_published_post_is_new_in_the_feed_until_the_next_visit(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me:
        await me.read_feed_of("a publisher")
        await expect(me.page.get_by_text("No posts yet.")).to_be_visible()
        await me.submit("First", user="a publisher", publish=True)
        await expect(me.card("First").get_by_role("button", name="Published")).to_be_visible()
        await expect(me.post("First").get_by_text("New", exact=True)).to_be_visible()
        await expect(me.page.get_by_text("1 new since your last visit.")).to_be_visible()

        await me.page.reload()
        await expect(me.page.get_by_text("Nothing new since your last visit.")).to_be_visible()
        await expect(me.post("First").get_by_text("New", exact=True)).to_be_hidden()

        me.feed_reads.clear()
        await me.submit("Second", "Text", user="a publisher", publish=True)
        await expect(me.post("Second").get_by_text("New", exact=True)).to_be_visible()
        await expect(me.page.locator(".post h3")).to_contain_text(["Second", "First"])
        assert all("timestamp" in address for address in me.feed_reads), "only for newer posts"


async def api(service: Running, method: str, path: str, **parameters: str) -> dict[str, Any]:
    async with (
        ClientSession(service.url) as http,
        http.request(method, path, json=parameters) as answer,
    ):
        assert answer.status < 300, await answer.text()
        return dict(await answer.json()) if answer.status != 204 else {}


async def test_an_author_is_followed_and_muted_and_posts_come_as_they_are_published(
    service: Running, browser: Browser
) -> None:
    async def write(author: str, title: str) -> str:
        fields = {"user-id": author, "title": title, "content": f"{title}. More."}
        return str((await api(service, "POST", "/feed/posts", **fields))["id"])

    await write("a star", "An old post")
    async with visitor(service, browser) as me:
        page = me.page
        await me.read_feed_of("a fan")
        await page.get_by_text("Following and muted").click()
        await page.get_by_label("Author to follow").fill("a star")
        await page.get_by_role("button", name="Follow", exact=True).click()
        await expect(me.post("An old post")).to_be_visible()
        await expect(me.post("An old post").locator(".author")).to_have_text("a star")
        await expect(page.locator("#relations li span")).to_have_text(["a star"])

        id_ = await write("a star", "A cat in the snow")
        await expect(me.post("A cat in the snow").get_by_text("New", exact=True)).to_be_visible()
        await write("a star", "A dog")
        await expect(page.locator(".post h3")).to_have_text(
            ["A dog", "A cat in the snow", "An old post"]
        )
        await api(service, "DELETE", f"/feed/posts/{id_}")
        await expect(page.locator(".post h3")).to_have_text(["A dog", "An old post"])
        await expect(page.get_by_text("2 new since your last visit.")).to_be_visible()

        await page.get_by_role("button", name="Mute posts about #dog").click()
        await expect(page.locator(".post h3")).to_have_text(["An old post"])
        await expect(page.locator("#relations li span")).to_have_text(["a star", "#dog"])
        await page.get_by_role("button", name="Unmute #dog").click()
        await expect(page.locator(".post h3")).to_have_text(["A dog", "An old post"])
        await me.post("A dog").get_by_role("button", name="Mute a star").click()
        await expect(page.locator(".post")).to_have_count(0)
        await page.get_by_role("button", name="Unmute a star").click()
        await me.post("A dog").get_by_role("button", name="Unfollow a star").click()
        await expect(page.locator(".post")).to_have_count(0)
        await expect(page.locator("#relations li")).to_have_count(0)

        await page.get_by_label("Author to follow").fill("a fan")
        await page.get_by_label("Author to follow").press("Enter")
        await expect(page.locator("#follow-fault")).to_contain_text("cannot follow themselves")
        me.expected.append("status of 400")


async def test_posts_are_liked_hidden_and_recommended_with_a_reason(
    service: Running, browser: Browser
) -> None:
    for number in range(3):
        given = {"user-id": "a painter", "title": f"Painting {number}", "content": "Colours."}
        await api(service, "POST", "/feed/posts", **given)
    await api(service, "POST", "/feed/follow", **{"user-id": "a critic", "author-id": "a painter"})
    async with visitor(service, browser) as me:
        page = me.page
        await me.read_feed_of("a critic")
        like = me.post("Painting 2").get_by_role("button", name="Like this post")
        await like.click()
        await expect(like).to_have_attribute("aria-pressed", "true")
        await me.post("Painting 1").get_by_role("button", name="Hide this post").click()
        await expect(page.locator(".post h3")).to_have_text(["Painting 2", "Painting 0"])
        await page.get_by_label("Recommended").check()
        await expect(page.get_by_text("Chosen for a critic.")).to_be_visible()
        await expect(me.post("Painting 0").locator(".reason")).not_to_be_empty()
        await expect(me.post("Painting 1")).to_have_count(0)
        await page.reload()
        await expect(page.get_by_label("Recommended")).to_be_checked()
        await page.get_by_label("Recent", exact=True).check()
        await expect(page.locator(".post h3")).to_have_text(["Painting 2", "Painting 0"])


async def test_older_posts_come_page_by_page_and_feed_readers_find_the_feed(
    service: Running, browser: Browser
) -> None:
    for number in range(25):
        fields = {"user-id": "a writer", "title": f"Post {number}", "content": "Words."}
        await api(service, "POST", "/feed/posts", **fields)
    async with visitor(service, browser) as me:
        await me.read_feed_of("a writer")
        await expect(me.page.locator(".post")).to_have_count(20)
        await me.page.get_by_role("button", name="Show older posts").click()
        await expect(me.page.locator(".post")).to_have_count(25)
        await expect(me.page.get_by_role("button", name="Show older posts")).to_be_hidden()
        for form in ("atom", "json"):
            link = me.page.locator(f'link[rel=alternate][data-form="{form}"]')
            await expect(link).to_have_attribute("href", f"./feed/authors/a%20writer/{form}")


async def test_a_post_published_between_two_visits_is_new_at_the_second(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me:
        await me.read_feed_of("another publisher")
        await me.page.goto("about:blank")
        async with visitor(service, browser) as ann:
            await ann.submit("Meanwhile", "Picture", user="another publisher", publish=True)
            published = ann.card("Meanwhile").get_by_role("button", name="Published")
            await expect(published).to_be_visible()
        await me.open()
        await expect(me.post("Meanwhile").get_by_text("New", exact=True)).to_be_visible()


async def test_a_refused_prompt_stays_in_the_form_with_the_reason(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me:
        await me.submit("   ")
        fault = me.page.locator(".composer .fault:visible")
        await expect(fault).to_have_text("Write what it is about first.")
        await expect(me.page.get_by_label("Your prompt")).to_be_focused()

        await me.submit("x" * 10_001)
        await expect(fault).to_contain_text("at most 10000 are allowed")
        await expect(me.page.get_by_label("Your prompt")).to_have_value("x" * 10_001)

        await me.submit("Without a name", publish=True)
        await expect(fault).to_contain_text("Publishing needs a user name.")
        await expect(me.page.get_by_label("Your user name")).to_be_focused()
        await expect(me.page.locator(".card")).to_have_count(0)

        # the browser itself logs every answer that is an error
        me.expected.append("status of 400")


async def test_a_failure_is_shown_and_can_be_retried(tmp_path: Path, browser: Browser) -> None:
    broken = (*SIMULATED, "text.simulated.failure_rate=1", "text.attempts=1")
    async with running_service(tmp_path, *broken) as service, visitor(service, browser) as me:
        await me.submit("Doomed")
        card = me.card("Doomed")
        await expect(card).to_have_attribute("data-status", "failed")
        await expect(card.locator(".sorry")).to_contain_text("failed this time")
        assert await is_shown(card.locator("img")), "the part that succeeded is shown"
        await card.get_by_role("button", name="Try again").click()
        await expect(me.card("Doomed")).to_have_count(2)


async def test_markup_in_a_prompt_is_shown_as_text(service: Running, browser: Browser) -> None:
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script><b>bold</b>'
    async with visitor(service, browser) as me:
        await me.read_feed_of("<i>eve</i>")
        await me.submit(evil, "Text", user="<i>eve</i>", publish=True)
        await expect(me.card(evil).locator(".prose")).to_contain_text(evil)
        await expect(me.page.locator(".post .prose")).to_contain_text(evil)
        await expect(me.page.locator(".post h3")).to_contain_text("<img src=x")
        await expect(me.card(evil).locator("script, i, .frame img, .frame b")).to_have_count(0)
        await expect(me.page).to_have_title("Feedmill")


async def test_the_page_works_with_the_keyboard_on_a_small_phone(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser, width=360) as me:
        await me.page.keyboard.press("Tab")
        await me.page.keyboard.press("Enter")  # the link that skips to the prompt
        await me.page.keyboard.type("Small")
        await me.page.keyboard.press("Control+Enter")
        await expect(me.card("Small")).to_have_attribute("data-status", "completed")
        for view in ("Feed", "Studio"):
            await me.page.get_by_role("link", name=view, exact=True).press("Enter")
            await expect(me.page.locator("section.feed")).to_be_visible(visible=view == "Feed")
            assert await me.page.evaluate("document.documentElement.scrollWidth") == 360


async def test_a_required_key_is_entered_by_the_visitor(tmp_path: Path, browser: Browser) -> None:
    key = api_keys.create(tmp_path / "data" / "feedmill.db", "ann", ["content", "feed"])
    async with (
        running_service(tmp_path, *SIMULATED) as service,
        visitor(service, browser) as studio,
    ):
        await studio.open()
        gate, field = studio.page.get_by_role("dialog"), studio.page.get_by_label("API key")
        await expect(gate).to_be_visible()
        await field.fill("fm_wrong")
        await field.press("Enter")
        await expect(gate).to_contain_text("The key is wrong.")
        await studio.page.keyboard.press("Escape")
        await expect(gate).to_be_hidden()
        await studio.submit("A lighthouse", "Text")
        await expect(gate).to_be_visible()
        await field.fill(f" {key} ")
        await gate.get_by_role("button").click()
        await expect(gate).to_be_hidden()
        await studio.submit("A lighthouse", "Text")
        await expect(studio.card("A lighthouse")).to_contain_text("Done in")
        await studio.page.reload()
        await expect(studio.card("A lighthouse")).to_contain_text("Done in")
        assert key not in await studio.page.content()
        studio.expected.append("status of 401")


async def test_a_text_continues_to_grow_after_a_kill_without_a_reload(
    tmp_path: Path, browser: Browser
) -> None:
    held = (*SIMULATED, Hold(tmp_path).texts)
    prompt = "Words that are worth the wait"
    killed = await spawn(tmp_path, *held)
    killed.url = (await killed.logged("ready"))["url"]
    async with visitor(killed, browser) as me:
        await me.submit(prompt)
        growing = me.card(prompt).locator(".growing")
        await expect(growing).to_have_text(re.compile("You generated text"))
        text_before = await growing.inner_text()
        assert not text_before.endswith("#simulated"), "some of the text, and no more"
        await killed.kill()
        async with running_service(tmp_path, *AGAIN, f"http.port={killed.url.rpartition(':')[2]}"):
            await expect(me.card(prompt)).to_have_attribute("data-status", "completed")
            text = f"You generated text for {prompt}\n\n#generated #simulated"
            assert await me.card(prompt).locator(".prose").inner_text() == text
            assert await is_shown(me.card(prompt).locator("img"))
        me.expected += AWAY


async def test_an_unfinished_request_can_be_cancelled(tmp_path: Path, browser: Browser) -> None:
    endless = (*SIMULATED, "text.simulated.delay=60", "text.workers=1", "service.drain=0")
    async with running_service(tmp_path, *endless) as service, visitor(service, browser) as me:
        for prompt in ("First", "Second", "Third"):
            await me.submit(prompt, "Text")
            await expect(me.card(prompt)).to_be_visible()
        await expect(me.card("First")).to_have_attribute("data-status", "generating")
        await expect(me.card("Third").get_by_text("Queued · 2 ahead")).to_be_visible()
        for prompt in ("First", "Third"):
            await me.card(prompt).get_by_role("button", name="Cancel").click()
            await expect(me.card(prompt)).to_have_attribute("data-status", "cancelled")
        await expect(me.card("Second")).to_have_attribute("data-status", "generating")
        await me.card("Second").get_by_role("button", name="Cancel").click()
        await expect(me.card("Second")).to_have_attribute("data-status", "cancelled")


async def test_windows_that_follow_many_requests_share_one_stream(
    tmp_path: Path, browser: Browser
) -> None:
    slow = (*SIMULATED, "text.simulated.delay=60", "text.workers=16", "service.drain=0")
    prompts = ("A fox in the snow", "Rain in Lisbon")
    async with running_service(tmp_path, *slow) as service, visitor(service, browser) as me:
        windows = [me]
        for _ in range(3):
            windows.append(Studio(service, await me.page.context.new_page()))
            await windows[-1].open()
        urls: list[str] = []
        for number, window in enumerate(windows):
            await window.page.bring_to_front()
            window.page.on("request", lambda request: urls.append(request.url))
            for prompt in prompts:
                await window.submit(f"{prompt} {number}", "Text")
        for number, window in enumerate(windows):
            for prompt in prompts:
                await expect(window.card(f"{prompt} {number}").locator(".growing")).to_be_visible()
        async with ClientSession(service.url) as http, http.get("/status") as answer:
            connections = (await answer.json())["connections"]
        assert connections["sse"] == 2, "one for all requests, one for the feed"
        assert connections["open"] <= 7, "six of the browser, and this one"
        records = [url for url in urls if "/content/" in url]
        assert len(records) < len(windows) * len(prompts), "nearly nothing is polled"
        first, last = windows[0].card(f"{prompts[0]} 0"), windows[-1].card(f"{prompts[1]} 3")
        for window, card in ((windows[0], first), (windows[-1], last)):
            await window.page.bring_to_front()
            await card.get_by_role("button", name="Cancel").click()
            await expect(card).to_have_attribute("data-status", "cancelled")


@pytest.mark.parametrize(
    "without",
    [
        "delete globalThis.SharedWorker",
        "globalThis.SharedWorker = class { constructor() { throw new DOMException('no') } }",
    ],
)
async def test_a_window_without_shared_workers_has_a_separate_stream(
    tmp_path: Path, browser: Browser, without: str
) -> None:
    hold = Hold(tmp_path)
    held = (*SIMULATED, hold.texts)
    async with running_service(tmp_path, *held) as service, visitor(service, browser) as me:
        await me.page.add_init_script(without)
        await me.open()
        for prompt in ("One", "Another"):
            hold.begin()
            await me.submit(prompt, "Text")
            await expect(me.card(prompt).locator(".growing")).to_be_visible()
            hold.release()
            await expect(me.card(prompt)).to_have_attribute("data-status", "completed")


async def test_the_first_key_removes_no_card(tmp_path: Path, browser: Browser) -> None:
    async with running_service(tmp_path, *SIMULATED) as service, visitor(service, browser) as me:
        await me.submit("From before", "Text")
        await expect(me.card("From before")).to_have_attribute("data-status", "completed")
        database = tmp_path / "data" / "feedmill.db"
        ann = api_keys.create(database, "ann", ["content", "feed"])
        boss = api_keys.create(database, "boss", ["admin"])

        async def enter(key: str) -> None:
            gate = me.page.get_by_role("dialog")
            await expect(gate).to_be_visible()
            await me.page.get_by_label("API key").fill(key)
            await gate.get_by_role("button").click()
            await expect(gate).to_be_hidden()

        async def asks_for_keys() -> bool:
            answer = await me.page.request.get(f"{service.url}/content")
            return answer.status == 401

        await eventually(asks_for_keys, "the service has noticed the first key")
        await me.submit("Refused", "Text")
        await enter(ann)
        await expect(me.card("From before")).to_be_visible()
        await me.submit("By ann", "Text")
        await expect(me.card("By ann")).to_have_attribute("data-status", "completed")
        await me.page.reload()
        hidden = me.page.get_by_text("One earlier request is not visible with this key.")
        await expect(hidden).to_be_visible()
        await expect(me.card("By ann")).to_be_visible()

        await me.page.evaluate("sessionStorage.clear()")
        await me.page.reload()
        await enter(boss)
        await expect(me.card("From before")).to_be_visible()
        await expect(hidden).to_be_hidden()
        me.expected += ["status of 401", "status of 404"]


async def test_an_unfinished_card_stays_when_the_new_key_may_not_see_it(
    tmp_path: Path, browser: Browser
) -> None:
    endless = (*SIMULATED, "text.simulated.delay=60", "service.drain=0")
    async with running_service(tmp_path, *endless) as service, visitor(service, browser) as me:
        await me.submit("Under way", "Text")
        await expect(me.card("Under way")).to_have_attribute("data-status", "generating")
        key = api_keys.create(tmp_path / "data" / "feedmill.db", "ann", ["content", "feed"])
        gate = me.page.get_by_role("dialog")
        await expect(gate).to_be_visible()
        await me.page.get_by_label("API key").fill(key)
        await gate.get_by_role("button").click()
        await expect(me.card("Under way")).to_contain_text("Not visible with this key")
        me.expected += ["status of 401", "status of 404"]


async def test_the_page_shows_what_is_not_ready_and_when_the_service_is_away(
    tmp_path: Path, browser: Browser
) -> None:
    killed = await spawn(tmp_path, *SIMULATED)
    killed.url = (await killed.logged("ready"))["url"]
    async with visitor(killed, browser) as me:
        trouble = me.page.get_by_role("status", name="What is wrong")
        await expect(trouble).to_be_hidden()
        reason = "The model's process has ended."

        async def not_ready(route: Route) -> None:
            body = {"detail": "Not ready: text.", "waiting_for": {"text": reason}}
            await route.fulfill(status=503, json=body)

        await me.page.route("**/readyz", not_ready)
        await me.page.reload()
        await expect(trouble).to_contain_text(reason)
        await expect(me.page.locator("#status")).to_have_text("Waiting for text")
        await me.page.unroute("**/readyz")
        await expect(trouble).to_be_hidden()
        await killed.kill()
        await me.submit("Into the void")
        await expect(trouble).to_contain_text("The service cannot be reached just now.")
        await expect(me.page.locator("#status")).to_have_text("Out of reach")
        async with running_service(
            tmp_path, *SIMULATED, f"http.port={killed.url.rpartition(':')[2]}"
        ):
            await expect(trouble).to_be_hidden()
            await expect(me.page.locator("#status")).to_have_text("Ready")
        me.expected += AWAY


FOLLOW = """id => {
  const seen = (window.seen = { sse: [], ws: [] });
  const source = new EventSource(`/content/${id}/events?after=0`);
  for (const name of ["queued", "started", "text.delta", "completed"]) {
    source.addEventListener(name, ({ lastEventId, data }) => {
      seen.sse.push({ id: lastEventId, event: name, data: JSON.parse(data) });
      if (name === "completed") source.close();
    });
  }
  const connect = (after) => {
    let last = after;
    const socket = new WebSocket(`ws://${location.host}/content/${id}/ws?after=${after}`);
    socket.onmessage = ({ data }) => {
      seen.ws.push(JSON.parse(data));
      last = seen.ws.at(-1).id;
    };
    socket.onclose = ({ code }) => code === 1000 || setTimeout(connect, 300, last);
  };
  connect("0");
}"""


async def test_event_source_and_websocket_resume_after_a_kill(
    tmp_path: Path, browser: Browser
) -> None:
    killed = await spawn(tmp_path, *SIMULATED, Hold(tmp_path).texts)
    killed.url = (await killed.logged("ready"))["url"]

    async def seen(way: str) -> list[dict[str, Any]]:
        return list(await me.page.evaluate("way => window.seen[way]", way))

    async def told(way: str, name: str) -> bool:
        return any(event["event"] == name for event in await seen(way))

    async with visitor(killed, browser) as me:
        submission = {"prompt": "Words that are worth the wait", "tag": "text"}
        answer = await me.page.request.post(f"{killed.url}/content", data=submission)
        id_ = (await answer.json())["RequestId"]
        await me.page.evaluate(FOLLOW, id_)
        for way in ("sse", "ws"):
            await eventually(partial(told, way, "text.delta"), f"{way}: some words")
        await killed.kill()
        async with running_service(
            tmp_path, *AGAIN, f"http.port={killed.url.rpartition(':')[2]}"
        ) as again:
            for way in ("sse", "ws"):
                await eventually(partial(told, way, "completed"), f"{way}: the end")
            async with ClientSession(again.url) as http:
                whole = await followed(http, f"/content/{id_}/events?after=0")
        for way in ("sse", "ws"):
            events = await seen(way)
            assert [
                (event["id"], event["event"]) for event in events if event["event"] != "queued"
            ] == [(event.id, event.name) for event in whole if event.name != "queued"], (
                "every event, once and in order"
            )
            text = "".join(event["data"].get("text") or "" for event in events[:-1])
            assert text == events[-1]["data"]["text"]
        me.expected += AWAY


async def test_a_card_says_what_was_not_drawn_and_what_is_in_its_picture(
    tmp_path: Path, browser: Browser
) -> None:
    async with (
        running_service(tmp_path, "text.generator=simulated") as service,
        visitor(service, browser) as me,
    ):
        await expect(me.page.locator(".makers summary")).to_have_text(
            "An illustrator on this machine draws the pictures; it is no image model. "
            "How to change that"
        )
        await me.submit("A drawing of a fox and a theodolite", "Picture")
        card = me.card("A drawing of a fox and a theodolite")
        await expect(card.get_by_text("Not drawn: theodolite")).to_be_visible()
        await expect(card.get_by_role("img")).to_have_attribute(
            "alt", re.compile("^Illustration: fox")
        )
        way = me.page.get_by_text("image.generator")
        await expect(way).to_be_hidden()
        await me.page.get_by_text("How to change that").click()
        await expect(way).to_be_visible()


async def test_other_generators_need_no_line_about_them(service: Running, browser: Browser) -> None:
    async with visitor(service, browser) as me:
        await expect(me.page.locator(".makers")).to_have_count(0)
