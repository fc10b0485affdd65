"""Other clients of OpenAI's API, unpatched: programs of docs/clients.md, and OpenAI's for Node."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.client_table import PAGE
from tests.support.foreign_clients import run_node, run_python
from tests.support.running import HOME, Running

pytestmark = pytest.mark.asyncio(loop_scope="session")

OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LANGSMITH_TRACING": "false"}


def program(mentions: str, service: Running) -> str:
    """The program in the docs with this import, for the running service."""
    blocks = re.findall(r"```(?:python|js)\n(.*?)```", PAGE.read_text(), re.DOTALL)
    [block] = [block for block in blocks if mentions in block]
    return str(block).replace("http://127.0.0.1:8000", service.url)


@pytest.mark.client_call("langchain", "`invoke`, `stream`")
@pytest.mark.client_call("litellm", "`completion`, also streamed, `image_generation`")
async def test_programs_in_python(service: Running, tmp_path: Path) -> None:
    imports = ("import openai\n", "langchain_openai", "import litellm")
    programs = [program(mentioned, service) for mentioned in imports]
    # in one process: each of them takes seconds to import
    output = await run_python("\nprint('\\n--')\n".join(programs), OFFLINE, tmp_path)
    plainly, langchain, litellm = output.split("\n--\n")
    assert plainly == "generated text for A slogan for a bakery\n"
    assert langchain == (
        "generated text for A slogan for a bakery\ngenerated text for A slogan for a florist"
    )
    assert litellm.count("generated text for A slogan for a bakery") == 2
    assert re.search(r"\d+ characters of a picture", litellm)


@pytest.mark.client_call("ai-sdk-compatible", "`generateText`, `streamText`, `generateImage`")
@pytest.mark.client_call("ai-sdk-openai", "`generateText`")
async def test_the_vercel_ai_sdk(service: Running, tmp_path: Path) -> None:
    output = await run_node(program("@ai-sdk", service), {}, tmp_path)
    assert output.count("generated text for A slogan for a bakery") == 3
    assert re.search(r"image/png \d+", output)


@pytest.mark.client_call("openai-js", "chat")
@pytest.mark.client_call("openai-js", "chat, streamed")
@pytest.mark.client_call("openai-js", "responses in the background, polled and streamed")
@pytest.mark.client_call("openai-js", "pictures")
@pytest.mark.client_call("openai-js", "error classes")
async def test_openai_for_node(service: Running, tmp_path: Path) -> None:
    script = (HOME / "tests" / "clients" / "openai.mjs").read_text()
    output = await run_node(script, {"FEEDMILL": service.url}, tmp_path)
    assert json.loads(output) == {
        "chat": "generated text for Hello",
        "streamed": "generated text for Hello",
        "usage": True,
        "background": "completed",
        "text": "generated text for Hello",
        "last": "response.completed",
        "cancelled": "completed",
        "picture": "iVBORw0KGgo",
        "refused": ["BadRequestError", "tools", True],
        "missing": ["NotFoundError", "not_found", True],
    }
