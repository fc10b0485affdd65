"""The programs for Replicate, fal and Hugging Face in docs/clients.md run as they are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.http.openai.test_other_clients import program
from tests.support.foreign_clients import run_node, run_program
from tests.support.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_program_for_replicate(service: Running, tmp_path: Path) -> None:
    text = program("replicate.client", service)
    output = await run_program([sys.executable, "-c", text], {}, tmp_path)
    assert output == "generated text for A slogan for a bakery\n"


async def test_the_program_for_hugging_face(service: Running, tmp_path: Path) -> None:
    text = program("huggingface_hub", service)
    await run_program([sys.executable, "-c", text], {}, tmp_path)
    assert (tmp_path / "fox.png").read_bytes().startswith(b"\x89PNG")


async def test_the_program_for_fal(service: Running, tmp_path: Path) -> None:
    output = await run_node(program("@fal-ai/client", service), {}, tmp_path)
    assert output.startswith(f"{service.url}/media/")
