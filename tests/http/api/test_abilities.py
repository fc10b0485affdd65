"""Declared abilities: shown by `GET /models`, and refused by name where a model lacks them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from service.store.sql.keys.api_keys import Rights
from tests.support import api_keys
from tests.support.pictures import picture
from tests.support.running import running_service

pytestmark = pytest.mark.asyncio(loop_scope="module")

GENERATORS = f"""
from feedmill.generators import Drawn, Written

class Writer:
    abilities = frozenset({{"messages", "stop", "top_p"}})
    def __init__(self, settings, home):
        pass
    async def __aenter__(self):
        return self
    async def __aexit__(self, *error):
        pass
    async def generate(self, job, say):
        said = [(turn.role, turn.content) for turn in job.chat.messages]
        return Written(repr((job.chat.extras, said)), model="mine")

class Large(Writer):
    abilities = ["size"]
    sides = range(256, 1025)

class Faulty(Large):
    model_name = None
    @property
    def sides(self):
        raise RuntimeError("not known before the first picture")

class Unnamed(Writer):
    abilities = frozenset({{"messages"}})
    model_name = None

class Drawer(Writer):
    abilities = ["seed", "unheard-of"]
    async def generate(self, job, say):
        return Drawn({picture("PNG", 64, 40)!r}, "image/png", 64, 40, "mine")

class Silent(Writer):
    abilities = None
"""
MODELS = """
[text]
generator = "simulated"
[image]
generator = "simulated"
[models.draft]
kind = "text"
generator = "declared:Writer"
[models.photo]
kind = "image"
generator = "declared:Drawer"
[models.large]
kind = "image"
generator = "declared:Large"
[models.faulty]
kind = "image"
generator = "declared:Faulty"
[models.unnamed]
kind = "text"
generator = "declared:Unnamed"
[models.silent]
kind = "text"
generator = "declared:Silent"
"""
SAYS = "The generator simulated of the model text cannot honour it: leave it out"


def key(folder: Path, name: str, models: tuple[str, ...] = ()) -> dict[str, str]:
    """The headers that go with a new key."""
    path = folder / "data" / "feedmill.db"
    made = api_keys.create(path, name, ("content", "worker"), Rights(models=models))
    return {"Authorization": f"Bearer {made}"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("abilities")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(folder: Path) -> AsyncIterator[ClientSession]:
    (folder / "config.toml").write_text(MODELS)
    (folder / "declared.py").write_text(GENERATORS)
    headers = key(folder, "all")
    async with (
        running_service(folder) as service,
        ClientSession(service.url, headers=headers) as session,
    ):
        yield session


async def post(http: ClientSession, path: str, fields: Any) -> tuple[int, Any]:
    async with http.post(path, json=fields) as answer:
        return answer.status, await answer.json(content_type=None)


async def queued(http: ClientSession) -> int:
    async with http.get("/content") as answer:
        return len((await answer.json())["requests"])


async def test_models_show_what_their_generators_honour(http: ClientSession) -> None:
    async with http.get("/models") as answer:
        models = {model["name"]: model for model in (await answer.json())["models"]}
    assert {name: model["abilities"] for name, model in models.items()} == {
        "text": ["max_tokens", "n", "seed", "temperature"],
        "image": ["image", "n", "seed", "size", "style"],
        "draft": ["messages", "n", "stop", "top_p"],
        "photo": ["n", "seed"],
        "large": ["n", "size"],
        "faulty": ["n", "size"],
        "unnamed": ["messages", "n"],
        "silent": ["max_tokens", "n", "seed", "temperature"],
    }


CHAT = {"messages": [{"role": "user", "content": "a cat"}]}
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("/v1/chat/completions", CHAT | {"stop": ["."]}, "stop", f"{SAYS} or choose draft."),
    (
        "/v1/chat/completions",
        CHAT | {"stop": ".", "top_p": 0.5, "presence_penalty": 1},
        "presence_penalty",
        f"{SAYS}.",
    ),
    (
        "/v1/chat/completions",
        CHAT | {"model": "draft", "max_completion_tokens": 9},
        "max_completion_tokens",
        "max_tokens: The generator declared:Writer of the model draft cannot honour it: leave",
    ),
    (
        "/v1/responses",
        {"input": "a cat", "text": {"format": {"type": "json_object"}}},
        "text",
        f"response_format: {SAYS}.",
    ),
    (
        "/replicate/v1/models/me/text/predictions",
        {"input": {"prompt": "a cat", "stop_sequences": "."}},
        "stop_sequences",
        f"stop: {SAYS} or choose draft.",
    ),
    (
        "/content",
        {"prompt": "a cat", "tag": "image", "model": "photo", "options": {"style": "poster"}},
        "options",
        "style: The generator declared:Drawer of the model photo cannot honour it: leave it",
    ),
    (
        "/content",
        {"prompt": "a cat", "tag": "instagram", "image-model": "photo"}
        | {"options": {"size": "64x64", "max_tokens": 3}},
        "options",
        "size: The generator declared:Drawer",
    ),
    (
        "/v1/images/generations",
        {"prompt": "a cat", "model": "large", "size": "255x1024"},
        "size",
        "The generator declared:Large of the model large draws sides of 256 to 1024 pixels.",
    ),
    (
        "/content",
        {"prompt": "a cat", "tag": "image", "model": "large", "options": {"size": "256x1025"}},
        "options",
        "size: The generator declared:Large of the model large draws sides of 256 to 1024 pixels.",
    ),
    (
        "/v1/images/generations",
        {"prompt": "a cat", "model": "photo", "size": "512x512"},
        "size",
        "The generator declared:Drawer",
    ),
    (
        "/v1/text-to-image",
        {"inputs": "a cat", "model": "photo", "parameters": {"width": 512}},
        "width",
        "size: The generator declared:Drawer",
    ),
    (
        "/worker/image",
        {"prompt": "a cat", "model": "photo", "style": "scene"},
        "style",
        "The generator declared:Drawer",
    ),
]


@pytest.mark.parametrize(("path", "fields", "name", "reason"), REFUSED)
async def test_what_a_model_lacks_is_refused_by_name(
    http: ClientSession, path: str, fields: dict[str, Any], name: str, reason: str
) -> None:
    before = await queued(http)
    status, problem = await post(http, path, fields)
    assert status == 400, problem
    reasons = {error["name"]: error["reason"] for error in problem["errors"]}
    assert reasons[name].startswith(reason), reasons
    assert await queued(http) == before


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/v1/chat/completions", CHAT | {"model": "draft", "stop": ["."], "top_p": 0.5}),
        ("/v1/chat/completions", CHAT | {"top_p": 1, "stop": [], "presence_penalty": 0}),
        ("/v1/chat/completions", CHAT | {"response_format": {"type": "text"}, "seed": 7}),
        ("/v1/chat/completions", CHAT | {"model": "silent", "max_tokens": 5, "temperature": 1}),
        ("/worker/text", {"prompt": "a cat", "model": "draft", "chat": {"stop": ["."]}}),
    ],
)
async def test_what_a_model_honours_or_what_asks_for_nothing_passes(
    http: ClientSession, path: str, fields: dict[str, Any]
) -> None:
    status, answer = await post(http, path, fields)
    assert status == 200, answer


async def test_options_of_content_are_the_same(http: ClientSession) -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
    options = {"stop": ["."], "top_p": 0.5, "messages": turns}
    fields = {"prompt": "a cat", "tag": "text", "model": "draft", "options": options}
    for sent in ({"json": fields}, {"data": {**fields, "options": json.dumps(options)}}):
        async with http.post("/content", **sent) as answer:  # type: ignore[arg-type] # one of both
            assert answer.status == 202, await answer.text()
            id_ = (await answer.json())["RequestId"]
        async with http.get(f"/content/{id_}?wait=60") as answer:
            record = await answer.json()
        said = [("system", "Be brief."), ("user", "Hello"), ("user", "a cat")]
        assert record["text"] == repr(({"stop": (".",), "top_p": 0.5}, said))
        assert record["options"] == {"stop": ["."], "top_p": 0.5}
    for wrong, reason in (
        ({"top_p": 0.5}, "top_p: The generator simulated of the model text cannot honour it"),
        ({"top_p": 2}, "top_p: Must be a number <= 1.0"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages: Must be one of"),
        ({"messages": [{"role": "user", "content": "x" * 10_001}]}, "messages: At most 10000"),
        ({"stop": "."}, "stop: Must be a list"),
    ):
        status, problem = await post(
            http, "/content", {"prompt": "p", "tag": "text", "options": wrong}
        )
        assert status == 400
        assert problem["errors"][0]["reason"].startswith(reason), problem["errors"]


async def test_the_model_that_a_limited_key_gets_is_the_one_that_counts(
    http: ClientSession, folder: Path
) -> None:
    async with http.post(
        "/v1/chat/completions",
        json=CHAT | {"stop": ["."]},
        headers=key(folder, "drafts", ("draft",)),
    ) as answer:
        assert answer.status == 200, await answer.text()
    async with http.post(
        "/v1/chat/completions",
        json=CHAT | {"stop": ["."]},
        headers=key(folder, "texts", ("text", "silent")),
    ) as answer:
        problem = await answer.json()
    assert (answer.status, problem["detail"]) == (400, f"stop: {SAYS}.")  # not: "or choose draft"


async def test_a_generator_whose_sides_cannot_be_read_takes_any_size(http: ClientSession) -> None:
    fields = {"prompt": "a cat", "tag": "image", "options": {"size": "512x512"}, "model": "faulty"}
    status, answer = await post(http, "/content", fields)
    assert status == 202, answer


async def test_no_name_of_a_model_is_no_word_in_a_stream(http: ClientSession) -> None:
    fields = {"model": "unnamed", "stream": True, "messages": CHAT["messages"]}
    async with http.post("/v1/chat/completions", json=fields) as answer:
        lines = (await answer.text()).splitlines()
    chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    assert {chunk["model"] for chunk in chunks} <= {"unnamed", "mine"}
