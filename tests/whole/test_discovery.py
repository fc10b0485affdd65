"""Model servers on this machine: scripted servers, with the answers of each program."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from service.commands import models
from service.config import ConfigError, load
from service.config.discovered import use_server
from service.config.editing import set_values
from service.local_models import discovery
from service.local_models.discovery import Discovery, ModelServer
from tests.support.comfyui import WORKFLOW, comfy
from tests.support.outside import Outside, outside, unused_url
from tests.support.running import running_service
from tests.support.waiting import eventually, wait_until

Answers = Mapping[str, Any]

OLLAMA = {
    "/api/tags": {
        "models": [
            {"name": "nomic-embed-text:latest", "details": {"family": "nomic-bert"}},
            {"name": "llama3.2:latest", "details": {"family": "llama"}},
        ]
    }
}
LLAMA_CPP = {
    "/v1/models": {"data": [{"id": "qwen.gguf", "owned_by": "llamacpp"}]},
    "/props": {"model_path": "/models/qwen.gguf", "total_slots": 1},
}
LOCALAI = {
    "/v1/models": {"data": [{"id": "phi-4", "object": "model"}]},
    "/system": {"backends": ["llama-cpp"], "loaded_models": []},
}
OTHER = {"/v1/models": {"data": [{"id": "gpt-oss", "object": "model"}]}}
OURS = {"/v1/models": {"data": [{"id": "text", "owned_by": "feedmill"}]}}
LM_STUDIO = {
    "/v1/models": {"data": [{"id": "nomic"}, {"id": "qwen3"}, {"id": "phi"}]},
    "/api/v0/models": {
        "data": [
            {"id": "nomic", "type": "embeddings", "state": "not-loaded"},
            {"id": "qwen3", "type": "llm", "state": "not-loaded"},
            {"id": "phi", "type": "vlm", "state": "loaded"},
        ]
    },
}
SD_CPP = {"/v1/models": {"data": [{"id": "sd-cpp-local", "owned_by": "local"}]}}


@pytest.fixture(autouse=True)
def _nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No port of this machine is asked but those that a test opens."""
    for name in ("PORT_8080", "PORT_1234", "COMFYUI"):
        monkeypatch.setattr(discovery, name, unused_url())
    monkeypatch.setenv("OLLAMA_HOST", unused_url())


@asynccontextmanager
async def serving(answers: Answers) -> AsyncIterator[Outside]:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path in answers:
            return web.json_response(answers[request.path])
        return web.json_response({"error": "unknown"}, status=404)

    async with outside(answer) as server:
        yield server


@pytest.mark.parametrize(
    ("port", "answers", "program", "kind", "names"),
    [
        ("OLLAMA_HOST", OLLAMA, "Ollama", "text", ("llama3.2:latest",)),
        ("PORT_8080", LLAMA_CPP, "llama.cpp", "text", ("qwen.gguf",)),
        ("PORT_8080", LOCALAI, "LocalAI", "text", ("phi-4",)),
        ("PORT_8080", OTHER, "a server with OpenAI's API", "text", ("gpt-oss",)),
        ("PORT_1234", LM_STUDIO, "LM Studio", "text", ("phi", "qwen3")),
        ("PORT_1234", SD_CPP, "stable-diffusion.cpp", "image", ("sd-cpp-local",)),
        ("PORT_1234", OTHER, "a server with OpenAI's API", "text", ("gpt-oss",)),
    ],
)
async def test_a_program_is_known_by_its_answers_and_gets_no_prompt(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    port: str,
    answers: Answers,
    program: str,
    kind: str,
    names: tuple[str, ...],
) -> None:
    async with serving(answers) as server:
        if port == "OLLAMA_HOST":
            monkeypatch.setenv(port, server.url)
        else:
            monkeypatch.setattr(discovery, port, server.url)
        found = await discovery.find_model_servers()
    assert found == [ModelServer(program, kind, f"{server.url}/v1", names)]  # type: ignore[arg-type] # a kind
    assert {asked.method for asked in server.requests} == {"GET"}
    file = tmp_path / "config.toml"
    file.write_text(found[0].lines(), "utf-8")
    loaded = load(file, environment={})
    model = loaded.models[loaded.default(kind)]  # type: ignore[arg-type] # a kind
    assert (model.pool.generator, model.settings.model) == ("openai", names[0])  # type: ignore[union-attr] # it is openai's


async def test_comfyui_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async with comfy() as server:
        monkeypatch.setattr(discovery, "COMFYUI", server.url)
        found = await discovery.find_model_servers()
    assert found == [ModelServer("ComfyUI", "image", server.url, ())]
    assert 'generator = "comfyui"' in found[0].lines()


@pytest.mark.parametrize("answers", [OURS, {"/v1/models": []}, {"/v1/models": {"data": 5}}, {}])
async def test_a_feedmill_and_other_programs_are_not_model_servers(
    monkeypatch: pytest.MonkeyPatch, answers: Answers
) -> None:
    async with serving(answers) as server:
        for port in ("PORT_8080", "PORT_1234", "COMFYUI"):
            monkeypatch.setattr(discovery, port, server.url)
        assert await discovery.find_model_servers() == []


async def test_the_start_says_what_runs_here(tmp_path: Path) -> None:
    settings = ("text.generator=simulated", "image.generator=simulated")
    async with serving(OLLAMA) as server:
        environment = {"OLLAMA_HOST": server.url}
        async with (
            running_service(tmp_path, *settings, environment=environment) as running,
            ClientSession(running.url) as http,
            http.get("/status") as answer,
        ):
            status = await answer.json()
            said = [line["found"] for line in running.log_lines() if "found" in line]
    assert {
        "program": "Ollama",
        "kind": "text",
        "base_url": f"{server.url}/v1",
        "models": ["llama3.2:latest"],
    } in status["found"]
    assert any(f"Ollama at {server.url}/v1: llama3.2:latest" in words for words in said)


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104 - what Ollama may be set to
        ("0.0.0.0:5000", "http://127.0.0.1:5000"),
        (":5000", "http://127.0.0.1:5000"),
        (" 'localhost:5000' ", "http://localhost:5000"),
        ('"127.0.0.1:5"', "http://127.0.0.1:5"),
        ("localhost:port", "http://localhost:11434"),
        ("localhost:99999", "http://localhost:11434"),
        ("http://ollama.example.com", "http://ollama.example.com"),
        ("https://ollama.example.com", "https://ollama.example.com"),
        ("https://ollama.example.com:8443/", "https://ollama.example.com:8443"),
        ("http://localhost:1/ollama/", "http://localhost:1/ollama"),
        ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:5000", "http://[::1]:5000"),
        ("[::]:5000", "http://[::1]:5000"),
        ("::", "http://[::1]:11434"),
        ("http://ann:sEcReT@localhost:5", "http://localhost:5"),
        ("ann:sEcReT@localhost", "http://localhost:11434"),
        ("http://ann:5/sEcReT@localhost", None),
        ("http://ann:5?sEcReT@localhost", None),
        ("http://localhost:5?key=sEcReT", "http://localhost:5"),
        ("tcp://localhost:5", None),
        ("[::1", None),
        ("http://a b\x1b:5", None),
    ],
)
def test_the_variable_of_ollama_names_an_address(variable: str, address: str | None) -> None:
    assert discovery.ollama_address(variable) == address


async def test_a_password_in_the_variable_of_ollama_is_not_shown() -> None:
    async with serving(OLLAMA) as server:
        environment = {"OLLAMA_HOST": server.url.replace("://", "://ann:sEcReT@")}
        [found] = await discovery.find_model_servers(environment)
    assert found.base_url == f"{server.url}/v1"
    assert "sEcReT" not in f"{found}{found.lines()}"


async def test_a_name_that_is_not_printable_is_no_model() -> None:
    names = ["x\n[auth]\nrequired = false\n# \x1b[31m", "x\x7f", "x\u202e", "llama3.2"]
    async with serving({"/api/tags": {"models": [{"name": name} for name in names]}}) as server:
        [found] = await discovery.find_model_servers({"OLLAMA_HOST": server.url})
    assert found.models == ("llama3.2",)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a connection is refused later")
async def test_where_nothing_listens_no_request_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests take threads that look up names, in every service that has no model server."""
    made: list[object] = []
    request = ClientSession._request  # noqa: SLF001 - behind `get`

    async def counted(self: ClientSession, *given: Any, **more: Any) -> Any:
        made.append(given)
        return await request(self, *given, **more)

    monkeypatch.setattr(ClientSession, "_request", counted)
    assert await discovery.find_model_servers() == []
    assert made == []


async def test_one_setting_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not load(None, {}, ["service.discover=false"]).service.discover
    async with serving(OLLAMA) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        async with Discovery(wanted=False) as nothing:
            await asyncio.sleep(0)
        async with Discovery(wanted=True) as something:
            await wait_until(lambda: bool(something.found), "it is found")
    assert nothing.found == ()
    assert len(server.requests) == 1


CONFIG = """\
# mine
[text]
generator = "local"  # for now
workers = 3

[text.openai]
# the key of the office
api_key_env = "OFFICE_KEY" # ask ann

[feed]
limit = 50
"""

Outcome = tuple[int, str, str]
Found = ModelServer("Ollama", "text", "http://127.0.0.1:11434/v1", ("llama3.2", "qwen3"))
Comfy = ModelServer("ComfyUI", "image", "http://127.0.0.1:8188", ())


@pytest.fixture
def discover(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    """Runs `models discover` where Ollama and ComfyUI run: exit code, standard output, error."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", action="append", default=[])
    parser.set_defaults(umask=0o022)
    models.add(parser.add_subparsers())
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.replace("\n[feed]\nlimit = 50\n", ""), "utf-8")

    async def found() -> list[ModelServer]:
        return [Found, Comfy]

    monkeypatch.setattr(discovery, "find_model_servers", found)

    def run(*words: str) -> Outcome:
        arguments = parser.parse_args(["models", "discover", *words])
        code = arguments.do(arguments, load(file, {}))
        return (int(code), *capsys.readouterr())

    return run


async def test_one_click_uses_what_was_found_while_the_service_runs(tmp_path: Path) -> None:
    lines = '# mine\n[text]\ngenerator = "simulated" # for now\n[image]\ngenerator = "simulated"\n'
    file = tmp_path / "config.toml"
    file.write_text(lines, "utf-8")
    chat = {"choices": [{"message": {"content": "A fox."}, "finish_reason": "stop"}], "model": "m"}
    answers = {**OLLAMA, "/v1/chat/completions": chat}
    async with serving(answers) as server:
        environment = {"OLLAMA_HOST": server.url}
        async with (
            running_service(tmp_path, environment=environment) as running,
            ClientSession(running.url) as http,
        ):
            async with http.get("/models/discovered") as answer:
                [found] = [
                    one for one in (await answer.json())["servers"] if one["program"] == "Ollama"
                ]
            assert (found["models"], found["used_by"]) == (["llama3.2:latest"], [])
            for wrong, status in (({"program": "Clippy"}, 400), ({}, 400)):
                async with http.post("/models/discovered", json=wrong) as answer:
                    assert answer.status == status
            missing = {"program": "Ollama", "model": "phi"}
            async with http.post("/models/discovered", json=missing) as answer:
                assert (answer.status, "has no model phi" in await answer.text()) == (409, True)
            assert file.read_text("utf-8") == lines
            async with http.post("/models/discovered", json={"program": "ollama"}) as answer:
                used = await answer.json()
            assert used == {"name": "ollama", "kind": "text", "default": True}
            assert file.read_text("utf-8").startswith(lines)

            async def is_default() -> bool:
                async with http.get("/models") as answer:
                    models = (await answer.json())["models"]
                return [one["name"] for one in models if one["default"]] == ["image", "ollama"]

            await eventually(is_default, "the model is live")
            async with http.post("/content", data={"prompt": "a fox", "tag": "text"}) as answer:
                id_ = (await answer.json())["RequestId"]
            async with http.get(f"/content/{id_}?wait=60") as answer:
                record = await answer.json()
            assert (record["text"], record["model"]) == ("A fox.", "ollama")
            async with http.get("/models/discovered") as answer:
                used_by = [one["used_by"] for one in (await answer.json())["servers"]]
            assert ["ollama"] in used_by


def test_the_command_prints_the_lines(discover: Callable[..., Outcome]) -> None:
    code, out, _ = discover()
    assert code == 0
    assert "# Ollama at http://127.0.0.1:11434/v1: llama3.2, qwen3\n[models.ollama]\n" in out
    code, out, _ = discover("--json")
    assert [one["program"] for one in json.loads(out)] == ["Ollama", "ComfyUI"]


def test_use_writes_the_lines_and_keeps_comments(
    discover: Callable[..., Outcome], tmp_path: Path
) -> None:
    code, out, _ = discover("--use", "ollama", "--model", "qwen3")
    assert code == 0
    assert "within a second" in out
    text = (tmp_path / "config.toml").read_text("utf-8")
    for kept in ("# mine\n", "# for now\n", "# the key of the office\n", "# ask ann\n"):
        assert kept in text
    loaded = load(tmp_path / "config.toml", {})
    assert (loaded.text.generator, loaded.text.workers) == ("local", 3)
    assert loaded.default("text") == "ollama"
    used: Any = loaded.models["ollama"].settings
    assert (used.base_url, used.model) == ("http://127.0.0.1:11434/v1", "qwen3")
    assert used.api_key_env == ""


def test_use_writes_into_the_local_file_where_there_is_one(
    discover: Callable[..., Outcome], tmp_path: Path
) -> None:
    local = tmp_path / "config.local.toml"
    local.write_text('[text]\ngenerator = "simulated"\n', "utf-8")
    before = (tmp_path / "config.toml").read_text("utf-8")
    assert discover("--use", "Ollama")[0] == 0
    assert (tmp_path / "config.toml").read_text("utf-8") == before
    assert load(tmp_path / "config.toml", {}).default("text") == "ollama"


def test_use_of_comfyui_needs_a_usable_workflow(
    discover: Callable[..., Outcome], tmp_path: Path
) -> None:
    before = (tmp_path / "config.toml").read_text("utf-8")
    code, _, err = discover("--use", "comfyui")
    assert (code, "--workflow" in err) == (1, True)
    file = tmp_path / "workflow.json"
    file.write_text("{", "utf-8")
    code, _, err = discover("--use", "comfyui", "--workflow", str(file))
    assert (code, "no JSON" in err) == (1, True)
    assert (tmp_path / "config.toml").read_text("utf-8") == before
    file.write_text(json.dumps(WORKFLOW), "utf-8")
    assert discover("--use", "comfyui", "--workflow", str(file))[0] == 0
    loaded = load(tmp_path / "config.toml", {})
    assert loaded.default("image") == "comfyui"
    assert loaded.models["comfyui"].settings.workflow == str(file)  # type: ignore[union-attr] # it is ComfyUI's


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--use", "lmstudio"), "lmstudio is not found. Found: Ollama"),
        (("--use", "ollama", "--model", "phi"), "Ollama has no model phi: llama3.2, qwen3."),
    ],
)
def test_what_is_not_there_changes_nothing(
    discover: Callable[..., Outcome], tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    before = (tmp_path / "config.toml").read_text("utf-8")
    code, _, err = discover(*words)
    assert (code, reason in err) == (1, True)
    assert (tmp_path / "config.toml").read_text("utf-8") == before


def test_an_explicit_setting_elsewhere_wins_and_the_command_says_so(
    discover: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FEEDMILL_TEXT__GENERATOR", "simulated")
    code, _, err = discover("--use", "ollama")
    assert code == 1
    assert "goes first" in err
    assert load(tmp_path / "config.toml", {}).default("text") == "text"


def test_a_model_of_this_name_or_another_default_goes_first(
    discover: Callable[..., Outcome], tmp_path: Path
) -> None:
    local = tmp_path / "config.local.toml"
    mine = '[models.mine]\nkind = "text"\ngenerator = "simulated"\ndefault = true\n'
    local.write_text(mine, "utf-8")
    code, _, err = discover("--use", "ollama")
    assert (code, "name the model ollama" in err) == (1, True)
    loaded = load(tmp_path / "config.toml", {})
    assert (loaded.default("text"), loaded.models["ollama"].default) == ("mine", False)
    text = local.read_text("utf-8").replace("11434", "11435").replace(mine, "")
    local.write_text(text, "utf-8")
    code, _, err = discover("--use", "ollama")
    assert (code, "another address" in err) == (1, True)
    assert local.read_text("utf-8") == text


def test_a_second_use_takes_another_model_and_keeps_what_was_set(
    discover: Callable[..., Outcome], tmp_path: Path
) -> None:
    assert discover("--use", "ollama")[0] == 0
    file = tmp_path / "config.toml"
    edit = file.read_text("utf-8").replace("60.0", "90.0 # it is slow").replace("true", "false")
    file.write_text(edit, "utf-8")
    code, _, err = discover("--use", "ollama", "--model", "qwen3")
    assert (code, "goes first" in err) == (1, True)  # that it is no default is explicit now
    loaded: Any = load(file, {}).models["ollama"]
    used = loaded.settings
    assert (used.model, used.first_token_timeout, loaded.default) == ("qwen3", 90.0, False)
    assert "# it is slow" in file.read_text("utf-8")


def test_two_uses_at_once_are_both_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.replace("\n[feed]\nlimit = 50\n", ""), "utf-8")
    both = threading.Barrier(2)

    def sync(_: int) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.2)  # each has read the file before either replaces it, if that can be

    monkeypatch.setattr(os, "fsync", sync)
    other = ModelServer("LM Studio", "text", "http://127.0.0.1:1234/v1", ("m",))
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda server: use_server(server, lambda: load(file, {})), (Found, other)))
    assert {"ollama", "lm-studio"} <= load(file, {}).models.keys()


def test_a_file_that_is_no_toml_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[text\n", "utf-8")
    with pytest.raises(ConfigError, match="not valid TOML"):
        set_values(file, {"text": {"generator": "openai"}})
    assert file.read_text("utf-8") == "[text\n"
    assert list(tmp_path.iterdir()) == [file]


def test_editing_keeps_links_rights_and_all_else(tmp_path: Path) -> None:
    file, link = tmp_path / "real.toml", tmp_path / "config.toml"
    file.write_text(CONFIG, "utf-8")
    file.chmod(0o640)
    link.symlink_to(file)
    set_values(link, {"image": {"workers": 2}, "image.openai": {"size": "512x512"}})
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.read_text("utf-8").startswith(CONFIG)


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_new_file_has_the_rights_of_the_user(tmp_path: Path, umask: int, mode: int) -> None:
    file = tmp_path / "config.local.toml"
    set_values(file, {"text": {"workers": 2}}, umask)
    assert file.stat().st_mode & 0o777 == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_leaves_files_to_their_owner(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    os.chown(tmp_path, 10001, 10002)
    set_values(file, {"text": {"workers": 2}}, 0o022)
    assert (file.stat().st_uid, file.stat().st_gid) == (10001, 10002)
    os.chown(file, 10003, 10004)
    set_values(file, {"text": {"workers": 3}}, 0o022)
    assert (file.stat().st_uid, file.stat().st_gid) == (10003, 10004)
