"""Many prompts at once, saved prompts, keys, and a device that is offline, in a real browser."""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Locator, Response, expect

from tests.http.pages.conftest import LIMIT
from tests.http.pages.test_studio import Studio, visitor
from tests.support.running import Running
from tests.support.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

FIRST_LOAD_BYTES = 100_000


@pytest.fixture(name="service", scope="module")
def shared_service(making_service: Running) -> Running:
    return making_service


@asynccontextmanager
async def paused(service: Running) -> AsyncIterator[None]:
    """No text begins within the context."""
    async with ClientSession(service.url) as http:
        await http.post("/pools/text/pause")
        try:
            yield
        finally:
            await http.post("/pools/text/resume")


async def made(service: Running, words: str) -> list[dict[str, Any]]:
    async with ClientSession(service.url) as http:
        async with http.get("/content", params={"q": words, "limit": "100"}) as answer:
            ids = [each["id"] for each in (await answer.json())["requests"]]
        return [await (await http.get(f"/content/{id_}")).json() for id_ in ids]


async def open_list(me: Studio) -> Locator:
    await me.page.get_by_role("button", name="Many at once …").click()
    dialog = me.page.get_by_role("dialog", name="Many at once")
    await expect(dialog).to_be_visible()
    return dialog


async def saved_file(me: Studio, button: Locator, folder: Path) -> bytes:
    async with me.page.expect_download() as download:
        await button.click()
    path = folder / "saved"
    await (await download.value).save_as(path)
    return path.read_bytes()


async def test_a_list_is_sent_once_at_the_pace_of_the_service_over_reloads(
    service: Running, browser: Browser, tmp_path: Path
) -> None:
    async with visitor(service, browser) as me:
        dialog = await open_list(me)
        await dialog.get_by_label("Make of each").select_option("Text")
        lines = [f"Pebble {number}, round" for number in range(10)]
        await dialog.get_by_label("The list").fill("\n\n".join(lines))
        card = me.page.get_by_role("article", name="A list of 10 prompts")
        async with paused(service):
            await dialog.get_by_role("button", name="Send 10").click()
            await expect(card.get_by_text(f"{LIMIT} of 10 sent")).to_be_visible()
            await expect(card.get_by_text("This client has 6 unfinished requests")).to_be_visible()
            await me.page.reload()
            await expect(card.get_by_text(f"{LIMIT} of 10 sent")).to_be_visible()
        await expect(card.get_by_text("10 done")).to_be_visible()
        requests = await made(service, "pebble")
        assert sorted(each["prompt"] for each in requests) == lines
        assert {each["priority"] for each in requests} == {"low"}
        data = await saved_file(me, card.get_by_role("button", name="Table (CSV)"), tmp_path)
        table = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        assert [row["prompt"] for row in table] == lines
        assert [row["line"] for row in table] == [str(line) for line in range(1, 21, 2)]
        assert all("generated text" in row["text"] for row in table)
        await card.get_by_role("button", name="Remove this card").click()
        await me.page.reload()
        await expect(card).to_have_count(0)
        me.expected.append("status of 429")


async def test_a_table_says_what_is_wrong_with_which_line(
    service: Running, browser: Browser, tmp_path: Path
) -> None:
    text = (
        "\ufeffPrompt;Tag;Seed;Size;Publish;n\r\n"
        '"Two lines; one\r\n""cell""";image;7;320x320;;2\r\n'
        "=1+1;text;;;;\r\n"
        "Wrong seed;text;x;;;\r\n"
        "Wrong kind;song;;;;\r\n"
        ";text;;;;\r\n"
        "No author;text;;;yes;\r\n"
    )
    async with visitor(service, browser) as me:
        dialog = await open_list(me)
        await dialog.locator("[type=file]").set_input_files(
            {"name": "list.csv", "mimeType": "text/csv", "buffer": text.encode()}
        )
        rows = dialog.locator("tbody tr")
        await expect(rows).to_have_count(6)
        expected = {
            2: "fine",
            4: "fine",
            5: "seed cannot be x.",
            6: "tag cannot be song.",
            7: "Write what it is about first.",
            8: "Publishing needs a user name.",
        }
        found = await rows.evaluate_all(
            "rows => rows.map(({ cells }) => [Number(cells[0].textContent), cells[1].textContent])"
        )
        assert dict(found) == expected
        await dialog.get_by_role("button", name="Send 2").click()
        card = me.page.get_by_role("article", name="A list of 2 prompts")
        await expect(card.get_by_text("3 done")).to_be_visible()  # the first line is two variants
        data = await saved_file(me, card.get_by_role("button", name="Table (CSV)"), tmp_path)
        table = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        assert [row["prompt"] for row in table] == ['Two lines; one\n"cell"'] * 2 + ["'=1+1"]
        assert [row["seed"] for row in table][:2] == ["7", "8"]
        data = await saved_file(me, card.get_by_role("button", name="Pictures (ZIP)"), tmp_path)
        archive = zipfile.ZipFile(io.BytesIO(data))
        assert archive.testzip() is None
        names = archive.namelist()
        assert [name[:5] for name in names] == ["0002-", "0002-", "list."]
        async with ClientSession() as http, http.get(table[0]["picture"]) as picture:
            assert await picture.read() in {archive.read(name) for name in names[:2]}


async def test_a_whole_list_is_cancelled(service: Running, browser: Browser) -> None:
    async with visitor(service, browser) as me, paused(service):
        dialog = await open_list(me)
        await dialog.get_by_label("The list").fill("prompt,tag\nMoss,image\n" + "Moss,text\n" * 8)
        await me.page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        await open_list(me)  # what was typed is still there
        await dialog.get_by_role("button", name="Send 9").click()
        card = me.page.get_by_role("article", name="A list of 9 prompts")
        await expect(card.get_by_text(f"{LIMIT + 1} of 9 sent")).to_be_visible()
        await card.get_by_role("button", name="Cancel all").click()
        words = f"1 done · {LIMIT} cancelled · 2 not sent"  # what is finished stays
        await expect(card.get_by_text(words)).to_be_visible()

        async def all_ended() -> bool:
            states = [each["status"] for each in await made(service, "moss")]
            return sorted(states) == ["cancelled"] * LIMIT + ["completed"]

        await eventually(all_ended, "all are cancelled")
        await expect(card.get_by_role("button", name="Remove this card")).to_be_visible()
        me.expected += ["status of 429", "status of 409"]  # full, or over already


async def test_the_columns_of_a_list(service: Running, browser: Browser) -> None:
    async with visitor(service, browser) as me:

        async def read(text: str) -> Any:
            return await me.page.evaluate(
                "async (text) => (await import('/studio.list.js')).readList(text, 'text')", text
            )

        assert (await read("a, b\r\n\r\n c\n"))["rows"] == [
            {
                "line": 1,
                "parameters": {"priority": "low", "prompt": "a, b", "tag": "text"},
                "faults": [],
            },
            {
                "line": 3,
                "parameters": {"priority": "low", "prompt": "c", "tag": "text"},
                "faults": [],
            },
        ]
        whole = "prompt\tuser_id\tpriority\tfinish-by\twebhook\toptions\tmax-tokens\tpublish\n"
        row = 'p\tann\tHigh\t1.5\thttps://a.example/h\t"{""style"": ""poster""}"\t9\tTRUE\n'
        [only] = (await read(whole + row))["rows"]
        assert only["faults"] == []
        assert only["parameters"] == {
            "prompt": "p",
            "tag": "text",
            "user-id": "ann",
            "priority": "high",
            "finish-by": 1.5,
            "webhook": "https://a.example/h",
            "publish": True,
            "options": {"style": "poster", "max_tokens": 9},
        }
        assert "wings" in (await read("prompt,wings\np,2\n"))["fault"]
        assert "seed" in (await read("prompt,seed,SEED\np,2,3\n"))["fault"]
        [open_quote] = (await read('prompt,tag\n"p,text\n'))["rows"]
        assert len(open_quote["faults"]) == 1
        [wide] = (await read("prompt,tag\np,text,more\n"))["rows"]
        assert len(wide["faults"]) == 1
        assert (await read("x\n" * 2001))["fault"]


async def test_saved_prompts_have_blanks_and_travel_as_a_file(
    service: Running, browser: Browser, tmp_path: Path
) -> None:
    async with visitor(service, browser) as me:
        await me.page.get_by_label("Your prompt").fill("A poster for {place} on {day}: {place}!")
        await me.page.get_by_role("button", name="Saved prompts …").click()
        dialog = me.page.get_by_role("dialog", name="Saved prompts")
        await dialog.get_by_label("Name").fill("Opening <b>")
        await dialog.get_by_role("button", name="Save", exact=True).click()
        await dialog.get_by_role("button", name="Use Opening <b>").click()
        await dialog.get_by_label("place").fill("the $& café")
        await dialog.get_by_label("day").fill("Monday")
        await me.page.keyboard.press("Enter")
        prompt = me.page.get_by_label("Your prompt")
        await expect(prompt).to_have_value("A poster for the $& café on Monday: the $& café!")
        await expect(prompt).to_be_focused()
        await me.page.get_by_role("button", name="Saved prompts …").click()
        data = await saved_file(me, dialog.get_by_role("button", name="Export"), tmp_path)
        assert [each["name"] for each in json.loads(data)["prompts"]] == ["Opening <b>"]
    async with visitor(service, browser) as other:
        await other.page.get_by_role("button", name="Saved prompts …").click()
        dialog = other.page.get_by_role("dialog", name="Saved prompts")
        for content, words in (
            (b"no json", "not a file of saved prompts"),
            (b'{"prompts": 5}', "not a file of saved prompts"),
            (data, "1 new prompt."),
            (data, "0 new prompts."),
        ):
            await dialog.locator("[type=file]").set_input_files(
                {"name": "p.json", "mimeType": "application/json", "buffer": content}
            )
            await expect(dialog.get_by_text(words)).to_be_visible()
        await dialog.get_by_role("button", name="Delete Opening <b>").click()
        await expect(dialog.get_by_text("Nothing is saved yet.")).to_be_visible()


async def test_keys_lead_everywhere_and_typing_is_typing(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me:
        await me.page.get_by_label("Your prompt").fill("")
        await me.page.keyboard.type("What? either/or")
        await expect(me.page.get_by_label("Your prompt")).to_have_value("What? either/or")
        await me.page.get_by_label("Your prompt").blur()
        await me.page.keyboard.press("?")
        dialog = me.page.get_by_role("dialog", name="Keys")
        await expect(dialog.get_by_text("go to the search")).to_be_visible()
        await me.page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await me.page.keyboard.press("/")
        await expect(me.page.get_by_role("searchbox")).to_be_focused()
        await me.open()
        await expect(me.page.get_by_label("Your prompt")).to_have_value("What? either/or")


async def test_offline_is_said_and_what_was_typed_is_sent_later(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me:
        await me.page.context.set_offline(True)
        notice = me.page.locator("#offline")  # the status says it, too, when it has looked
        await expect(notice).to_contain_text("This device is offline.")
        await expect(notice).to_be_visible()
        await me.submit("Clouds", "Text")
        await expect(me.page.get_by_text("cannot be reached").last).to_be_visible()
        await expect(me.page.get_by_label("Your prompt")).to_have_value("Clouds")
        await me.page.context.set_offline(False)
        await expect(me.page.locator("#status")).to_have_text("Ready")
        await me.page.keyboard.press("Control+Enter")
        await me.page.get_by_role("button", name="Make it").click()
        await expect(me.card("Clouds").first).to_have_attribute("data-status", "completed")
        me.expected.append("ERR_")  # Chromium reports what could not be reached


async def test_the_first_load_is_small(service: Running, browser: Browser) -> None:
    async with await browser.new_context() as context:
        page = await context.new_page()
        files: list[Response] = []

        def note(response: Response) -> None:
            files.append(response)

        page.on("response", note)
        await page.goto(f"{service.url}/")
        await expect(page.locator("#status")).to_have_text("Ready")
        sizes = {}
        for file in files:
            path = file.url.removeprefix(service.url)
            if path == "/" or path.endswith((".js", ".css", ".svg")):
                sizes[path] = (await file.request.sizes())["responseBodySize"]
        assert not [path for path in sizes if "batch" in path or "saved" in path]
        assert all(sizes.values())
        assert sum(sizes.values()) < FIRST_LOAD_BYTES, sizes


DROP = """([selector, base64, name]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, { type: "text/csv" }));
  const at = document.querySelector(selector);
  at.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""
FILES = {
    "utf-8": "Prompt,Tag\r\nCafé „Zürich“,text\r\n",
    "utf-8-sig": '"Prompt";"Tag"\n"Café „Zürich“";text',
    "utf-16": "Prompt\tTag\r\nCafé „Zürich“\ttext\r\n",
    "utf-16-le": "prompt,tag\nCafé „Zürich“,text\n",
    "utf-16-be": "tag|prompt\ntext|Café „Zürich“\n",
    "cp1252": "sep=;\r\nTag;Prompt\r\nText;Café „Zürich“\r\n",
}
QUOTES = (
    'prompt,user-id\n"Says ""hello"", twice\nand, again","ann ""the"" mill"\n'
    "  plain 'single' and in\"side ,bob\n"
)


async def test_dropped_files_are_read_whatever_their_encoding_separator_and_quotes(
    service: Running, browser: Browser
) -> None:
    async with visitor(service, browser) as me:
        dialog = me.page.get_by_role("dialog", name="Many at once")
        rows = dialog.locator("tbody tr")
        for encoding, text in FILES.items():
            data = base64.b64encode(text.encode(encoding)).decode()
            at = "body" if encoding == "utf-8" else ".batch"  # the page takes it as well
            await me.page.evaluate(DROP, [at, data, f"{encoding}.csv"])
            await expect(me.page.locator("#said")).to_contain_text(f"{encoding}.csv")
            await expect(rows, encoding).to_have_count(1)
            await expect(rows.locator("td.long"), encoding).to_have_text("Café „Zürich“")
            await expect(rows, encoding).to_contain_text("text")
        data = base64.b64encode(QUOTES.encode()).decode()
        await me.page.evaluate(DROP, [".batch", data, "quotes.csv"])
        await expect(rows).to_have_count(2)
        cells = await rows.locator("td.long").all_text_contents()
        assert cells == ['Says "hello", twice\nand, again', "plain 'single' and in\"side"]
        await expect(rows.first).to_contain_text('ann "the" mill')
