"""Pages of generators: every configuration on them loads, and the generator works as printed."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from service import config
from service.generators import catalogue, remote
from service.generators.comfyui import image as comfyui_image
from service.generators.openai import image as openai_image
from service.generators.protocol import CannotStart, GenerationFailed, Job
from tests.support.waiting import wait_until

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("generators.md", "local-model.md", "own-generators.md")
CAT = Job("a cat", seed=1)


def blocks(language: str) -> list[str]:
    """The blocks of code in this language on all the pages."""
    text = "".join((DOCS / name).read_text("utf-8") for name in PAGES)
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("block", [one for one in blocks("toml") if "[project]" not in one])
def test_every_configuration_on_the_page_is_valid(block: str, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(blocks("python")[0], "utf-8")
    file = tmp_path / "config.toml"
    file.write_text(block, "utf-8")
    assert config.load(file, environment={})


@pytest.mark.parametrize(
    ("section", "settings", "examples"),
    [
        ("image.openai", openai_image.Settings, ()),
        ("image.comfyui", comfyui_image.Settings, ("workflow",)),
        ("text.remote", remote.Settings, ("urls", "token_env")),  # no default would do for these
    ],
)
def test_the_first_table_of_a_generator_shows_every_key_with_its_default(
    section: str, settings: type[msgspec.Struct], examples: tuple[str, ...]
) -> None:
    block = next(one for one in blocks("toml") if f"[{section}]" in one)
    kind, name = section.split(".")
    shown = msgspec.convert(tomllib.loads(block)[kind][name], settings)
    assert list(tomllib.loads(block)[kind][name]) == list(settings.__struct_fields__)
    assert shown == settings(**{key: getattr(shown, key) for key in examples})


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The generator printed on the page, saved and imported like the others."""
    code = blocks("python")[0]
    file = tmp_path / "program.py"
    file.write_text(code, "utf-8")
    spec = importlib.util.spec_from_file_location("program", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "program", module)
    spec.loader.exec_module(module)
    return module


def made(own: ModuleType, home: Path, *command: str) -> Any:
    settings = catalogue.settings_of(own.Program)
    return own.Program(settings(command=command), home)


async def test_the_generator_on_the_page_writes(own: ModuleType, tmp_path: Path) -> None:
    async with made(own, tmp_path, "tr", "a-z", "A-Z") as generator:
        written = await generator.generate(CAT, print)
    assert (written.text, written.model) == ("A CAT", "tr")


async def test_the_generator_on_the_page_fails_like_the_others(
    own: ModuleType, tmp_path: Path
) -> None:
    with pytest.raises(CannotStart, match="no-such-program"):
        await made(own, tmp_path, "no-such-program").__aenter__()
    async with made(own, tmp_path, "false") as generator:
        with pytest.raises(GenerationFailed) as failed:
            await generator.generate(CAT, print)
    assert failed.value.retryable


async def test_the_generator_on_the_page_stops_when_cancelled(
    own: ModuleType, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    async with made(own, tmp_path, "sh", "-c", f"touch '{started}'; exec sleep 600") as generator:
        job = asyncio.create_task(generator.generate(CAT, print))
        await wait_until(started.exists, "the program runs")
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job  # which waits for the end of the program
