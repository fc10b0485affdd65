"""The engine room: what operators see and do there, in a real browser, and its endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from playwright.async_api import Browser, Locator, Page, Route, expect

from service.store.sql.keys.api_keys import Rights
from tests.support import api_keys
from tests.support.outside import outside
from tests.support.pages import give_focus
from tests.support.receivers import Receiver, status
from tests.support.running import Running, running_service
from tests.support.waiting import HANGS_SECONDS, eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
expect.set_options(timeout=HANGS_SECONDS * 1000)

SETTINGS = (
    "text.generator=simulated",
    "text.workers=1",
    "text.simulated.delay=0.2",
    "image.generator=simulated",
    "image.attempts=1",
    "image.simulated.failure_rate=1",
    'webhooks.allow=["127.0.0.0/8"]',
    "webhooks.schedule=[3600]",
)


@dataclass
class EngineRoom:
    """A service that asks for keys, and a browser; the same for all tests."""

    service: Running
    http: ClientSession
    """With a key for everything."""
    admin: str
    writer: str
    receiver: Receiver
    receiver_url: str
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def page(self, key: str = "", path: str = "engine") -> AsyncIterator[Page]:
        """A page with this key in its tab; the browser may complain about nothing."""
        complaints: list[str] = []
        async with await self.browser.new_context(reduced_motion="reduce") as context:
            context.set_default_timeout(HANGS_SECONDS * 1000)
            if key:
                await context.add_init_script(f"sessionStorage.setItem('feedmill-key', '{key}')")
            page = await context.new_page()
            page.on("console", lambda said: complaints.append(said.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            await page.goto(f"{self.service.url}/{path}")
            yield page
        assert complaints == []

    async def submit(self, tag: str, prompt: str, **more: Any) -> str:
        async with self.http.post("/content", json={"tag": tag, "prompt": prompt, **more}) as made:
            assert made.status == 202, await made.text()
            return str((await made.json())["RequestId"])

    async def get(self, path: str, key: str | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        async with self.http.get(path, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def pause(self, pool: str, what: str = "pause") -> None:
        async with self.http.post(f"/pools/{pool}/{what}") as answer:
            assert answer.status == 200


async def ollama(request: web.BaseRequest) -> web.StreamResponse:
    """A model server with two models."""
    names = ["llama3.2", "qwen3"] if request.path == "/api/tags" else []
    return web.json_response({"models": [{"name": name} for name in names]})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def room(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> AsyncIterator[EngineRoom]:
    folder, receiver = tmp_path_factory.mktemp("engine"), Receiver()
    database = folder / "data" / "feedmill.db"
    admin = api_keys.create(database, "operator", ("admin",), Rights(priority="high"))
    writer = api_keys.create(database, "writer", ("content", "feed"))
    async with (
        outside(receiver) as world,
        outside(ollama) as models,
        running_service(folder, *SETTINGS, environment={"OLLAMA_HOST": models.url}) as service,
        ClientSession(service.url, headers={"Authorization": f"Bearer {admin}"}) as http,
    ):
        yield EngineRoom(service, http, admin, writer, receiver, world.url, browser)


def pool(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name, exact=True)


async def test_an_operator_pauses_a_pool_sees_what_is_next_and_resumes_it(room: EngineRoom) -> None:
    async with room.page(room.admin) as page:
        await expect(page.locator("#status")).to_have_text("Ready")
        texts = pool(page, "Texts")
        await expect(texts.locator(".chip")).to_have_text("Runs")
        await page.get_by_role("button", name="Pause Texts").press("Enter")
        await expect(texts.locator(".chip")).to_have_text("Paused")
        await expect(texts.get_by_text("Paused by an operator")).to_be_visible()
        for prompt, priority in (("Slow", "low"), ("<b>Soon</b>", "normal"), ("First", "high")):
            await room.submit("text", prompt, priority=priority)
        queue = page.locator("#queue-text")
        await expect(queue.locator("[data-head=Prompt]")).to_have_text(
            ["First", "<b>Soon</b>", "Slow"]
        )
        await expect(queue.locator("[data-head=Before]")).to_have_text(["0", "1", "2"])
        await expect(queue.locator("[data-head=Client]")).to_have_text(["key operator"] * 3)
        await page.get_by_role("button", name="Resume Texts").click()
        await expect(texts.locator(".chip")).to_have_text("Runs")
        await expect(texts.locator(".workers")).to_contain_text("text-1")
        await expect(queue.get_by_text("Nothing waits.")).to_be_visible()
        await expect(texts.get_by_text("The worker is idle.")).to_be_visible()


async def test_every_number_has_a_word(room: EngineRoom) -> None:
    async with room.page(room.admin) as page:
        await expect(page.locator("#stores dt").first).to_be_visible()
        await expect(page.locator("#streams tbody tr").first).to_be_visible()
        numbers = page.locator(".facts dt, .facts dd")
        titles = await numbers.evaluate_all("nodes => nodes.map(node => node.title)")
        assert len(titles) > 40
        assert all(titles)
        plots = page.locator("#plots svg")
        await expect(plots).to_have_count(5)
        labels = await plots.evaluate_all("all => all.map(node => node.ariaLabel)")
        assert all("over the last 10 minutes. Latest: " in label for label in labels)
        await page.get_by_text("What the numbers mean").click()
        await expect(page.get_by_text("Entries on the stream: its backlog.")).to_be_visible()
        await page.set_viewport_size({"width": 360, "height": 740})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_dead_letter_is_shown_with_its_history_and_redriven(room: EngineRoom) -> None:
    id_ = await room.submit("image", "A sinking ship")
    async with room.page(room.admin) as page:
        letter = page.locator("#letters li", has_text="A sinking ship").first
        await expect(letter.get_by_text("1 failed attempt")).to_be_visible()
        await letter.get_by_role("button", name="Redrive: A sinking ship").click()
        await expect(page.locator("#letters-title")).to_be_focused()
        await letter.get_by_text("2 failed attempts").click()
        await expect(letter.locator(".attempts > li")).to_have_count(2)
        await expect(letter.get_by_text("attempt 2, simulated")).to_be_visible()
    _, letters = await room.get("/dead-letters")
    assert [len(one["history"]) for one in letters["dead_letters"] if one["id"] == id_] == [2]


async def test_a_webhook_that_hangs_is_shown_and_sent_again(room: EngineRoom) -> None:
    room.receiver.answers["/hook"] = status(500, 200)
    url = f"{room.receiver_url}/hook"
    id_ = await room.submit("text", "p", webhook=url)

    async def hanging() -> Any:
        _, found = await room.get("/deliveries")
        return found["deliveries"] or None

    [one] = await eventually(hanging, "it hangs")
    assert (one["request"], one["delivery"]["url"]) == (id_, url)
    assert [attempt["status_code"] for attempt in one["delivery"]["attempts"]] == [500]
    async with room.page(room.admin) as page:
        hooks = page.locator("#hooks")
        await expect(hooks.get_by_text(url)).to_be_visible()
        await hooks.get_by_role("button", name=f"Send again to {url}").click()
        await expect(hooks.get_by_text("None: every receiver")).to_be_visible()
    assert (await room.get("/deliveries"))[1] == {"deliveries": []}


async def test_the_page_says_in_words_which_key_it_needs(room: EngineRoom) -> None:
    async with room.page() as page:
        await expect(page.get_by_role("dialog")).to_be_visible()
        field_ = page.get_by_label("API key")
        for key, fault in (
            ("fm_wrong_key", "The key is wrong, or was revoked."),
            (room.writer, "The key “writer” does not have the scope admin"),
        ):
            await field_.fill(key)
            await field_.press("Enter")
            await expect(page.get_by_role("alert")).to_contain_text(fault)
        await page.keyboard.press("Escape")
        await expect(page.locator("#reason")).to_contain_text("does not have the scope admin")
        await expect(page.locator("#gauges")).to_be_hidden()
        await page.get_by_role("button", name="Use another key").click()
        await field_.fill(room.admin)
        await field_.press("Enter")
        await expect(page.locator("#status")).to_have_text("Ready")
        await expect(pool(page, "Pictures")).to_be_visible()
        await expect(page.locator("#trouble")).to_be_hidden()


async def test_only_admins_find_the_way_in_the_studio(room: EngineRoom) -> None:
    async with room.page(room.writer, "") as page:
        await expect(page.locator("#status")).to_have_text("Ready")
        await expect(page.get_by_role("link", name="Engine room")).to_have_count(0)
    async with room.page(room.admin, "") as page:
        await page.get_by_role("link", name="Engine room").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Engine room")


async def test_the_endpoints_need_the_scope_admin(room: EngineRoom) -> None:
    for path in ("/deliveries", "/status/history", "/pools/text/queue"):
        assert (await room.get(path))[0] == 200
        assert (await room.get(path, room.writer))[0] == 403
        assert (await room.get(path, "wrong"))[0] == 401
        assert (await room.get(f"{path}?limit=0&nothing=1"))[0] in {200, 400}
    assert (await room.get("/pools/text/queue?limit=101"))[0] == 400
    assert (await room.get("/deliveries?limit=x"))[0] == 400
    assert (await room.get("/pools/song/queue"))[0] == 404
    assert (await room.get("/key", room.writer))[1] == {
        "required": True,
        "name": "writer",
        "scopes": ["content", "feed"],
        "priorities": ["normal", "low"],
    }
    assert (await room.get("/key", "wrong"))[1] == {
        "required": True,
        "name": None,
        "scopes": [],
        "priorities": [],
    }


async def test_running_generations_are_in_the_status(room: EngineRoom) -> None:
    id_ = await room.submit("text", "Rain")

    async def running() -> Any:
        _, seen = await room.get("/status")
        return seen["pools"]["text"]["running"]

    [work] = await eventually(running, "it runs")
    assert (work["request"], work["attempt"]) == (id_, 1)
    assert work["worker"].endswith(".text-1")
    assert 0 <= work["seconds"] < HANGS_SECONDS


async def test_a_model_server_of_this_machine_is_used_with_one_click(room: EngineRoom) -> None:
    async with room.page(room.admin) as page:
        found = page.locator("#found li", has_text="Ollama")
        await found.get_by_label("Model of Ollama").select_option("qwen3")
        await found.get_by_role("button", name="Use Ollama").click()
        await expect(page.locator("#said")).to_contain_text("requests may name ollama")
        await expect(found.get_by_text("Used by ollama.")).to_be_visible()
        await expect(pool(page, "ollama").locator(".chip")).to_have_text("Runs")
    status, problem = await room.get("/models/discovered", room.writer)
    assert (status, "scope" in problem["detail"]) == (403, True)
    _, listed = await room.get("/status")
    assert listed["pools"]["ollama"]["generator"] == "openai"


@asynccontextmanager
async def late_answer(page: Page, pattern: str) -> AsyncIterator[asyncio.Event]:
    """Hold the answer to the next request, and later requests, to the end of the block.

    Yields the event that it is held.
    """
    held, leaving, delivered = (asyncio.Event() for _ in range(3))
    routes: list[Route] = []

    async def hold(route: Route) -> None:
        routes.append(route)
        if route is not routes[0]:
            await delivered.wait()
            await route.continue_()
            return
        answer = await route.fetch()
        held.set()
        await leaving.wait()
        await route.fulfill(response=answer)
        delivered.set()

    await page.route(pattern, hold)
    yield held
    leaving.set()
    await page.unroute_all(behavior="wait")


async def test_a_waiting_request_gets_another_priority(room: EngineRoom) -> None:
    await room.pause("text")
    try:
        first = await room.submit("text", "the first to wait", **{"user-id": "ann"})
        second = await room.submit("text", "the second to wait", **{"user-id": "ann"})
        async with room.page(room.admin) as page:
            queue = page.locator("#queue-text")
            await expect(queue.locator("tbody tr").first).to_contain_text("the first to wait")
            choice = queue.get_by_label("Priority of “the second to wait”")
            await give_focus(choice)
            await choice.select_option("High")
            await expect(queue.locator("tbody tr").first).to_contain_text("the second to wait")
            await expect(choice).to_be_focused()
            await expect(queue.locator(".fact", has_text="High")).to_contain_text("1")
            async with late_answer(page, "**/pools/text/queue?*") as held:
                await page.evaluate("dispatchEvent(new Event('changed'))")
                await held.wait()  # the page gets the queue from before the next change after it
                await choice.select_option("Low")
                await expect(page.locator("#said")).to_contain_text("Low")
            await expect(queue.locator("tbody tr").first).to_contain_text("the first to wait")
            await expect(choice).to_be_focused()
    finally:
        await room.pause("text", "resume")
    for id_ in (second, first):
        assert (await room.get(f"/content/{id_}?wait=60"))[1]["status"] == "completed"
