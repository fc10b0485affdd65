"""Options, variants to choose from, and what is made again, in a real browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Request, Route, expect

from tests.http.pages.test_studio import Studio, visitor
from tests.support.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

OBSERVE_SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      const nodes = sources.map(({ node }) => node?.className ?? "");
      if (!hadRecentInput && value > 0.001) window.shifts.push([value, ...nodes]);
    }
  }).observe({ type: "layout-shift" });
}"""


@pytest.fixture(name="service", scope="module")
def shared_service(making_service: Running) -> Running:
    return making_service


def sent_by(me: Studio) -> list[dict[str, Any]]:
    """The bodies that the page posts to /content, as they come."""
    sent: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/content"):
            sent.append(json.loads(request.post_data or "{}"))

    me.page.on("request", note)
    return sent


async def test_options_are_sent_remembered_and_shape_the_frame_without_a_shift(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me:
        page, sent = me.page, sent_by(me)
        await page.get_by_text("Options", exact=True).click()
        await page.get_by_label("Free").check()
        await page.get_by_label("Width in pixels").fill("320")
        await page.get_by_label("Height in pixels").fill("560")
        await page.get_by_label("Seed").fill("7")
        await page.get_by_label("Priority").select_option("Low")
        await page.get_by_label("Done within, in minutes").fill("10")
        await page.get_by_text("Options", exact=True).click()  # folded, they still hold
        await page.evaluate(OBSERVE_SHIFTS)
        await me.submit("Boats", "Picture")
        card = me.card("Boats")
        frame = card.locator(".frame")
        before = await frame.bounding_box()
        assert before is not None
        assert abs(before["width"] / before["height"] - 320 / 560) < 0.01
        await expect(card).to_have_attribute("data-status", "completed")
        await expect(frame.locator("img")).to_have_class("there")
        assert await frame.bounding_box() == before
        assert await page.evaluate("shifts") == []
        assert sent == [
            {
                "prompt": "Boats",
                "tag": "image",
                "publish": False,
                "seed": 7,
                "options": {"size": "320x560"},
                "priority": "low",
                "finish-by": 600,
            }
        ]
        await page.reload()
        await expect(page.locator("#chosen")).to_have_text(
            "320 \N{MULTIPLICATION SIGN} 560 · Low · within 10 minutes"
        )
        await expect(page.get_by_text("With seed 7")).to_be_visible()
        after = await frame.bounding_box()
        assert after is not None
        assert after["height"] == before["height"]
        await page.get_by_text("Options", exact=True).click()
        await expect(page.get_by_label("Model for pictures")).to_be_hidden()  # there is one
        await me.submit("Waves", "Text")  # what a text does not have is not sent
        await expect(me.card("Waves")).to_have_attribute("data-status", "completed")
        assert "options" not in sent[1]
        await page.get_by_label("Model for texts").select_option("good")
        await page.reload()
        await expect(page.locator("#chosen")).to_contain_text("good")
        await me.submit("Foam", "Text")
        card = me.card("Foam")
        await card.get_by_role("button", name="Again …").click()
        await page.get_by_role("button", name="Reset the options").click()
        await card.get_by_role("button", name="With another seed").click()
        await expect(page.locator(".card")).to_have_count(4)
        assert [each.get("text-model") for each in sent] == [None, None, "good", "good"]


async def test_a_refused_option_is_said_beside_it(service: Running, browser: Browser) -> None:
    async with visitor(service, browser) as me:
        page = me.page
        await page.get_by_text("Options", exact=True).click()
        await page.get_by_label("Webhook").fill("http://10.0.0.1/hook")
        await page.get_by_text("Options", exact=True).click()
        await me.submit("Kites", "Text")
        await expect(page.locator("[data-fault=webhook]")).to_be_visible()
        await expect(page.get_by_label("Webhook")).to_be_focused()
        await expect(page.get_by_label("Your prompt")).to_have_value("Kites")
        await page.reload()  # nothing that was typed is lost
        await expect(page.get_by_label("Your prompt")).to_have_value("Kites")
        await page.get_by_role("button", name="Reset the options").click()
        await expect(page.get_by_label("Webhook")).to_have_value("")
        me.expected.append("status of 400")


@pytest.mark.parametrize("priorities", [["normal", "low"], ["low"]])
async def test_only_permitted_priorities_can_be_chosen(
    service: Running, browser: Browser, priorities: list[str]
) -> None:
    key = {"required": False, "name": None, "scopes": ["content"], "priorities": priorities}

    async def answer(route: Route) -> None:
        await route.fulfill(json=key)

    async with visitor(service, browser) as me:
        await me.page.route("**/key", answer)
        await me.open()
        await me.page.get_by_text("Options", exact=True).click()
        choice = me.page.get_by_label("Priority")
        if priorities == ["low"]:
            await expect(choice).to_be_hidden()
        else:
            await expect(choice.locator("option")).to_have_text(["Normal", "Low"])


async def test_one_of_several_variants_is_chosen_and_the_others_fold(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me:
        page, sent = me.page, sent_by(me)
        await page.get_by_text("Options", exact=True).click()
        await page.get_by_label("Variants").select_option("3")
        await page.evaluate(OBSERVE_SHIFTS)
        await me.submit("Hills", "Text", user="ann", publish=True)
        group = page.get_by_role("region", name="Hills")
        await expect(group.get_by_text("3 variants: choose one")).to_be_visible()
        assert (sent[0]["n"], sent[0]["publish"]) == (3, False)
        assert await page.evaluate("shifts") == []
        variants = group.get_by_role("article")
        await expect(variants).to_have_count(3)
        boxes = [await variants.nth(i).bounding_box() for i in range(3)]
        assert len({box["y"] for box in boxes if box}) == 1  # side by side
        await variants.nth(1).get_by_role("button", name="Choose this one").press("Enter")
        await expect(variants).to_have_count(1)
        await expect(group.get_by_role("button", name="Publish …")).to_be_focused()
        await page.reload()
        await expect(variants).to_have_count(1)
        assert await variants.get_attribute("aria-label") == "Variant 2: Hills"
        await group.get_by_role("button", name="Show the other 2 variants").click()
        await expect(variants).to_have_count(3)
        await page.get_by_role("button", name="Clear the list").click()
        await expect(group).to_have_count(0)


async def test_a_finished_card_makes_more_of_the_same(service: Running, browser: Browser) -> None:
    async with visitor(service, browser) as me:
        page, sent = me.page, sent_by(me)
        await page.get_by_text("Options", exact=True).click()
        await page.get_by_label("16:9").check()
        await me.submit("Fields", user="ann")
        card = page.locator(".card").last
        await expect(card).to_have_attribute("data-status", "completed")
        shape = {"options": {"size": "1920x1080"}, "user-id": "ann", "publish": False}
        for button, tag in (
            ("With another seed", "instagram"),
            ("Only the text", "text"),
            ("Only the picture", "image"),
        ):
            if not await card.get_by_role("button", name=button).is_visible():
                await card.get_by_role("button", name="Again …").click()
            await card.get_by_role("button", name=button).click()
            await expect(page.locator(f".card[data-tag={tag}]").first).to_be_visible()
            assert sent[-1] == {"prompt": "Fields", "tag": tag, **shape}
        await page.get_by_role("button", name="Reset the options").click()
        await card.get_by_role("button", name="Same seed, new prompt").click()
        await expect(page.get_by_label("Your prompt")).to_be_focused()
        await page.keyboard.type("Meadows")
        await page.keyboard.press("Control+Enter")
        await expect(me.card("Meadows")).to_be_visible()
        details = card.locator(".details")
        seed = details.locator("dt", has_text="Seed").locator("xpath=following-sibling::dd[1]")
        assert str(sent[-1]["seed"]) == await seed.text_content()
        assert sent[-1]["options"] == {"size": "1920x1080"}


async def test_the_priority_of_what_waits_is_changed_on_its_card(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me, ClientSession(service.url) as http:
        async with http.post("/pools/text/pause") as answer:
            assert answer.status == 200
        try:
            await me.submit("waits first", "Text")
            await me.submit("waits second", "Text")
            first, second = me.card("waits first"), me.card("waits second")
            await expect(second.locator("p.chip")).to_contain_text("1 ahead")
            await second.get_by_label("Priority of").select_option("High")
            await expect(second.locator("p.chip")).to_contain_text("next")
            await expect(first.locator("p.chip")).to_contain_text("1 ahead")
            async with http.get("/pools/text/queue") as answer:
                waiting = (await answer.json())["next"]
            assert [each["prompt"] for each in waiting] == ["waits second", "waits first"]
            await me.page.reload()
            await expect(second.get_by_label("Priority of")).to_have_value("high")
        finally:
            async with http.post("/pools/text/resume") as answer:
                assert answer.status == 200
        await expect(second).to_have_attribute("data-status", "completed")
        await expect(second.get_by_label("Priority of")).to_be_hidden()


async def test_a_note_saves_itself_and_is_not_lost_while_the_service_is_away(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me:
        await me.submit("to be reviewed", "Text")
        card, page = me.card("to be reviewed"), me.page
        await expect(card).to_have_attribute("data-status", "completed")
        await card.get_by_role("button", name="Details").click()
        note = card.get_by_label("Private note")
        await note.fill("Ask Ann.")
        await expect(card.locator(".note").get_by_role("status")).to_have_text("Saved")
        await card.get_by_role("button", name="Details").click()
        await expect(card.locator(".remark")).to_have_text("Ask Ann.")
        await page.reload()
        await expect(card.locator(".remark")).to_have_text("Ask Ann.")
        await card.get_by_role("button", name="Details").click()
        await page.context.set_offline(True)
        await note.fill("Ask Bob, too.")
        await expect(card.locator(".note").get_by_role("status")).to_contain_text("Not saved yet")
        await page.context.set_offline(False)
        await page.reload()
        await card.get_by_role("button", name="Details").click()
        await expect(note).to_have_value("Ask Bob, too.")
        await expect(card.locator(".note").get_by_role("status")).to_have_text("Saved")
        id_ = await card.get_attribute("data-id")
        async with ClientSession(service.url) as http, http.get(f"/content/{id_}") as answer:
            assert (await answer.json())["note"] == "Ask Bob, too."
        await page.goto(f"{service.url}/gallery#{id_}")
        await expect(page.locator("#large").get_by_label("Private note")).to_have_value(
            "Ask Bob, too."
        )
        me.expected.append("ERR_INTERNET_DISCONNECTED")
