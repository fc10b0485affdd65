"""Pictures of the illustrator through the API and the terminal: what is said about them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.support.running import Running, command, running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

SMALL = {"size": "256x256"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def drawing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The service with the illustrator."""
    home = tmp_path_factory.mktemp("illustrated")
    async with running_service(home, "text.generator=simulated") as running:
        yield running


async def completed(service: Running, submission: dict[str, Any]) -> dict[str, Any]:
    """The record of a picture."""
    async with ClientSession(service.url) as http:
        async with http.post("/content", json={"tag": "image", **submission}) as answer:
            assert answer.status == 202, await answer.text()
            where = answer.headers["Location"]

        async def record() -> dict[str, Any] | None:
            async with http.get(where) as answer:
                content: dict[str, Any] = await answer.json()
            return content if content["status"] == "completed" else None

        return await eventually(record, "the picture is drawn")


@pytest.mark.parametrize(
    ("prompt", "options", "alt"),
    [
        ("three red apples on a table", SMALL, "Illustration: 3 red apples"),
        ("Concert on Friday at 8 pm", SMALL, "Concert\non Friday at 8 pm"),
        ("a fox", {**SMALL, "style": "poster"}, "Poster of the words: A fox"),
        ("a cat, on Friday at 8 pm", {**SMALL, "style": "scene"}, "Illustration: cat"),
    ],
)
async def test_the_record_has_the_alternative_text_of_the_picture(
    drawing: Running, prompt: str, options: dict[str, str], alt: str
) -> None:
    record = await completed(drawing, {"prompt": prompt, "options": options})
    description = record["parts"]["image"]["alt"]
    assert description.startswith(alt) if alt.startswith("Illustration") else description == alt


async def test_a_picture_at_once_has_its_alternative_text_and_what_is_missing(
    drawing: Running,
) -> None:
    body = {"prompt": "a fox and a theodolite", "style": "scene", "size": "256x256"}
    async with (
        ClientSession(drawing.url) as http,
        http.post("/worker/image", json=body) as answer,
    ):
        picture = await answer.json()
    assert picture["alt"].startswith("Illustration: fox")
    assert picture["missing"] == ["theodolite"]


async def test_an_unknown_style_is_refused(drawing: Running) -> None:
    async with ClientSession(drawing.url) as http:
        body = {"prompt": "a fox", "tag": "image", "options": {"style": "oil"}}
        async with http.post("/content", json=body) as answer:
            assert answer.status == 400
            assert "style" in (await answer.json(content_type=None))["detail"]


async def test_the_terminal_client_prints_what_was_not_drawn(
    drawing: Running, tmp_path: Path
) -> None:
    async def said(prompt: str) -> list[str]:
        words = (prompt, "--tag", "image", "--server", drawing.url)
        outcome = await asyncio.to_thread(command, tmp_path, "generate", *words)
        assert outcome.returncode == 0, outcome.stderr
        return outcome.stderr.splitlines()

    address, missing = await said("a drawing of a fox and a theodolite and a hovercraft and a cat")
    assert address.startswith("The picture is at http")
    assert missing == "Not drawn: theodolite, hovercraft"
    assert len(await said("a fox and a cat")) == 1


async def test_json_of_the_terminal_client_stays_one_line(drawing: Running, tmp_path: Path) -> None:
    words = ("a fox and a theodolite", "--tag", "image", "--json", "--server", drawing.url)
    outcome = await asyncio.to_thread(command, tmp_path, "generate", *words)
    assert json.loads(outcome.stdout)["status"] == "completed"
