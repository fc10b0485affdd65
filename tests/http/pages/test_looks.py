"""Every view in both themes and languages: accessible by axe, without a word of the other language.

    python3 dev.py pictures FOLDER

runs this with the bundled generators and saves a picture of each view, light and dark, wide and on
a phone, in each language.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect

from service.http.server.html_pages import LANGUAGES
from tests.http.pages.test_studio import SIMULATED
from tests.support.running import Running, running_service
from tests.support.waiting import HANGS_SECONDS, eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HOME = Path(__file__).parents[3]
AXE = HOME / ".clients" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
WORDS = HOME / "service" / "http" / "pages" / "words"
PICTURES = os.environ.get("FEEDMILL_PICTURES", "")
PROMPTS = (
    ("A sailing boat at sunset with seagulls", "instagram"),
    ("A red fox in the snow", "image"),
    ("A hot air balloon over the mountains", "instagram"),
    ("The opening of a bakery", "text"),
    ("A rainy morning in Lisbon with a cup of coffee", "instagram"),
)
PROMPTED = {prompt for prompt, _ in PROMPTS}
USER = "ann"
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
LOADED = "Promise.all([...document.images].map((each) => each.decode().catch(() => 0)))"
SHIFTS = """window.shifted = 0;
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) shifted += value;
}).observe({ type: "layout-shift", buffered: true });"""
MOST_SHIFT = 0.05  # half of what counts as good
STEADY = ("studio", "gallery", "large", "post", "docs", "problems", "problem")
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
"""The rules whose results differ between the themes."""
# what stands in the pages that is nobody's word: texts, names, units
SEEN = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { parentElement: of, textContent } = walk.currentNode;
    if (!of.closest("script, style, noscript, template, [lang=en]:not(html)"))
      found.push(textContent);
  }
  for (const name of ["title", "aria-label", "placeholder", "aria-description"])
    for (const node of document.querySelectorAll(`[${name}]`)) found.push(node.getAttribute(name));
  return found.map((text) => text.trim()).filter(Boolean);
}"""


@dataclass(frozen=True)
class Look:
    language: str
    width: int


BROKEN = """
[models.broken]
kind = "text"
generator = "simulated"
attempts = 1
failure_rate = 1
"""
QUICK = (Look("de", 390),)
ALL = tuple(Look(language, width) for language in LANGUAGES for width in (1280, 390))
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def made(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[Running, list[str]]]:
    """A service with some requests that are published, and their ids, the newest first."""
    folder = tmp_path_factory.mktemp("looks")
    if not PICTURES:
        (folder / "config.toml").write_text(BROKEN)
    async with (
        running_service(folder, *(() if PICTURES else SIMULATED)) as service,
        ClientSession(service.url) as http,
    ):
        ids: list[str] = []
        for prompt, tag in PROMPTS:
            given = {"prompt": prompt, "tag": tag, "user-id": USER, "seed": 7}
            async with http.post("/content", json=given) as answer:
                id_ = str((await answer.json())["RequestId"])

            async def completed(id_: str = id_) -> bool:
                async with http.get(f"/content/{id_}?wait=30") as answer:
                    return bool((await answer.json())["status"] == "completed")

            await eventually(completed, "it is completed", seconds=10 * HANGS_SECONDS)
            async with http.post(f"/content/{id_}/publish") as answer:
                assert answer.status == 201
            ids.insert(0, id_)
        yield service, ids


async def studio(page: Page, ids: list[str]) -> None:
    memory = {"requests": ids, "reader": USER, "author": USER}
    await page.evaluate(f"localStorage.setItem('feedmill', {json.dumps(json.dumps(memory))})")
    await page.reload()
    await expect(page.locator(".card img.there, .card .prose").first).to_be_visible()


async def making(page: Page, ids: list[str]) -> None:
    await studio(page, ids)
    await page.locator("#options summary").click()
    await page.locator("[data-slot=toggle]").first.click()
    await expect(page.locator(".note textarea")).to_be_visible()


async def listing(page: Page, ids: list[str]) -> None:
    await studio(page, ids)
    await page.locator("#open-batch").click()
    await page.locator("#list").fill("prompt,seed\nA fox,7\nAn owl,x")
    await expect(page.get_by_role("dialog").locator("tbody tr")).to_have_count(2)


async def feed(page: Page, ids: list[str]) -> None:
    await studio(page, ids)
    await page.locator(".views [data-view=feed]").click()
    await expect(page.locator(".post").first).to_be_visible()


async def finish(page: Page, ids: list[str]) -> None:
    await studio(page, ids)
    await page.locator("[data-slot=finish]").first.click()
    await expect(page.get_by_role("dialog")).to_be_visible()


async def gallery(page: Page, _: list[str]) -> None:
    await expect(page.locator(".tile").nth(len(PROMPTS) - 1)).to_be_visible()


async def choosing(page: Page, ids: list[str]) -> None:
    await gallery(page, ids)
    await page.locator("#select").click()
    await page.locator(".pick").first.check()


async def large(page: Page, ids: list[str]) -> None:
    await page.goto(f"{page.url}#{ids[0]}")
    await expect(page.locator("#large")).to_be_visible()


async def engine(page: Page, _: list[str]) -> None:
    pools = 2 if PICTURES else 3
    await expect(page.locator("#pools .panel")).to_have_count(pools)
    root = page.url.removesuffix("/engine")
    for prompt in ("A first that fails", "Another") if pools == 3 else ():
        fails = {"prompt": prompt, "tag": "text", "user-id": USER, "model": "broken"}
        await page.request.post(f"{root}/content", data=fails)
    letters = page.locator("#letters .letters > li")
    await expect(letters.nth(1) if pools == 3 else page.locator("#letters")).to_be_visible()
    await page.request.post(f"{root}/pools/text/pause")
    waiting = {"prompt": "A long invitation to the summer party", "tag": "text", "user-id": USER}
    await page.request.post(f"{root}/content", data=waiting)
    await expect(page.locator("#queues .panel")).to_have_count(pools)
    await expect(
        page.get_by_label("Vorrang von").or_(page.get_by_label("Priority of")).first
    ).to_be_visible()
    await expect(page.locator(".plot")).to_have_count(5)


async def docs(page: Page, _: list[str]) -> None:
    await page.locator("details.operation").first.locator("summary").click()


async def plain(page: Page, _: list[str]) -> None:
    await expect(page.locator("main")).to_be_visible()


VIEWS: Mapping[str, tuple[str, Any]] = {
    "studio": ("/", studio),
    "making": ("/", making),
    "list": ("/", listing),
    "feed": ("/", feed),
    "finish": ("/", finish),
    "gallery": ("/gallery", gallery),
    "choosing": ("/gallery", choosing),
    "large": ("/gallery", large),
    "engine": ("/engine", engine),
    "post": ("/feed/posts/{id}", plain),
    "docs": ("/docs", docs),
    "problems": ("/problems", plain),
    "problem": ("/nowhere", plain),
}


def foreign(language: str) -> set[str]:
    """Words of the other languages that are not words of this one as well."""
    own: set[str] = set()
    others: set[str] = set()
    for name in LANGUAGES:
        words = json.loads((WORDS / f"{name}.json").read_text(encoding="utf-8"))
        for value in words.values():
            forms = {value} if isinstance(value, str) else {*value.values()}
            (own if name == language else others).update(forms)
    return {word for word in others - own if "{" not in word}


@pytest.mark.parametrize("look", ALL if PICTURES else QUICK, ids=str)
async def test_every_view_is_accessible_and_in_one_language(
    made: tuple[Running, list[str]], browser: Browser, look: Look
) -> None:
    if not AXE.exists():
        reason = "Accessibility was NOT tested: `python3 dev.py clients` installs axe."
        if os.environ.get("FEEDMILL_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    service, ids = made
    wrong: list[str] = []
    others = foreign(look.language)
    async with await browser.new_context(
        viewport={"width": look.width, "height": 900},
        locale=look.language,
        reduced_motion="reduce",
    ) as context:
        context.set_default_timeout(HANGS_SECONDS * 1000)
        page = await context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.add_init_script(SHIFTS)
        for view, (path, prepare) in VIEWS.items():
            await page.emulate_media(color_scheme=THEMES[0])
            await page.goto(service.url + path.replace("{id}", ids[0]))
            await prepare(page, ids)
            shifted = await page.evaluate("shifted")
            if view in STEADY and shifted > MOST_SHIFT:
                wrong.append(f"{view}: it jumps by {shifted:.3f}")
            if PICTURES:
                await page.evaluate("for (const each of document.images) each.loading = 'eager'")
                await page.evaluate(LOADED)
            await page.evaluate(AXE.read_text(encoding="utf-8"))
            for theme in THEMES:
                await page.emulate_media(color_scheme=theme)
                if PICTURES:
                    name = f"{view}-{look.language}-{theme}-{look.width}.png"
                    await page.screenshot(path=Path(PICTURES) / name, full_page=view != "docs")
                rules = RULES if theme == THEMES[0] else COLOURS
                found = await page.evaluate("(rules) => axe.run(document, rules)", rules)
                wrong += [
                    f"{view}, {theme}: {one['id']}: {one['help']}: "
                    + "; ".join(node["html"][:160] for node in one["nodes"][:3])
                    for one in found["violations"]
                ]
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            wrong += [f"{view}: {wide} pixels too wide"] if wide > 0 else []
            if view != "docs":  # it shows the API's descriptions, which are in English
                seen = await page.evaluate(SEEN)
                wrong += [f"{view}: {text!r}" for text in seen if text in others - PROMPTED]
    assert not wrong, "\n".join(wrong)


async def test_a_visitor_chooses_language_and_appearance(
    made: tuple[Running, list[str]], browser: Browser
) -> None:
    service, _ = made
    async with await browser.new_context(locale="fr", color_scheme="light") as context:
        context.set_default_timeout(HANGS_SECONDS * 1000)
        page = await context.new_page()
        await page.goto(service.url)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Welcome to Feedmill.")
        await page.locator("#prompt").fill("typed")
        await page.get_by_label("Language").select_option("de")
        await expect(page.get_by_role("heading", name="Willkommen bei Feedmill.")).to_be_visible()
        await expect(page.locator("#prompt")).to_have_value("typed")
        await page.get_by_label("Aussehen").select_option("dark")
        for path in ("/", "/gallery", "/docs", "/nowhere"):
            await page.goto(service.url + path)
            assert await page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
            assert await page.evaluate("document.documentElement.lang") == "de"
        await context.set_offline(True)
        await expect(page.locator("#offline")).to_be_visible()
        await context.set_offline(False)
        await expect(page.locator("#offline")).to_be_hidden()


EDGES = """(selectors) => selectors.filter((selector) => {
  const node = document.querySelector(selector);
  return !node || getComputedStyle(node).borderTopWidth === "0px";
})"""


async def test_with_forced_colors_surfaces_and_controls_have_edges(
    made: tuple[Running, list[str]], browser: Browser
) -> None:
    service, _ = made
    async with await browser.new_context(forced_colors="active") as context:
        context.set_default_timeout(HANGS_SECONDS * 1000)
        page = await context.new_page()
        for path, selectors in (
            ("/", [".composer", ".composer .primary", ".switch input"]),
            ("/gallery", [".tile"]),
            ("/engine", [".panel"]),
        ):
            await page.goto(service.url + path)
            await expect(page.locator(selectors[-1]).first).to_be_attached()
            assert await page.evaluate(EDGES, selectors) == [], path
        await page.goto(service.url)
        await page.locator("#options summary").click()
        chosen = page.locator(".shapes label:has(:checked)")
        await expect(chosen).to_have_css("outline-style", "solid")


async def test_it_can_be_put_on_the_home_screen(made: tuple[Running, list[str]]) -> None:
    service, _ = made
    async with ClientSession(service.url) as http:
        async with http.get("/studio.webmanifest") as answer:
            assert answer.content_type == "application/manifest+json"
            manifest = json.loads(await answer.read())
        for icon in manifest["icons"]:
            async with http.get(f"/{icon['src'].removeprefix('./')}") as answer:
                assert answer.content_type == icon["type"]
        async with http.get("/", headers={"Accept": "text/html"}) as answer:
            assert re.search(r'rel="manifest" href="./studio.webmanifest"', await answer.text())
