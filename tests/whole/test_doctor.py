"""`doctor`: a healthy set-up has no problem, and each broken one is named with what to do."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web
from yarl import URL

from service.config import Config, load
from service.doctor import machine
from service.doctor.examination import examine
from service.doctor.finding import Finding
from service.doctor.generators import generators
from service.local_models import discovery
from tests.support import api_keys
from tests.support.comfyui import WORKFLOW, comfy
from tests.support.outside import outside, says, unused_url
from tests.support.running import HOME


@pytest.fixture(autouse=True)
def nothing_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def none() -> list[discovery.ModelServer]:
        return []

    monkeypatch.setattr("service.doctor.generators.find_model_servers", none)


def configured(folder: Path, *settings: str) -> Config:
    return load(None, {}, (f"service.data_dir={folder}", "http.port=0", *settings))


async def problems(folder: Path, *settings: str) -> list[tuple[str, str]]:
    """Which checks found a problem, and what they advise."""
    findings = await examine(configured(folder, *settings))
    return [(found.check, found.advice) for found in findings if found.verdict == "problem"]


async def test_a_healthy_set_up_has_no_problem(tmp_path: Path) -> None:
    findings = await examine(configured(tmp_path))
    assert [found for found in findings if found.verdict == "problem"] == []
    assert {found.check for found in findings} >= {
        *("python", "memory", "disk", "open files", "clock", "port", "data folder", "database"),
        *("redis", "webhook secret", "text", "image", "public address"),
    }


async def test_a_port_of_another_program_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        [(check, advice)] = await problems(tmp_path, f"http.port={port}")
    assert check == "port"
    assert "--set http.port=PORT" in advice


async def test_a_service_that_runs_is_no_problem(tmp_path: Path) -> None:
    async with outside(says({"alive": True})) as service:
        port = URL(service.url).port
        assert await problems(tmp_path, f"http.port={port}") == []


async def test_a_service_on_an_ipv6_address_is_no_problem(tmp_path: Path) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    async with outside(says({"alive": True}), host="::1") as service:
        port = URL(service.url).port
        assert await problems(tmp_path, "http.host=::1", f"http.port={port}") == []


async def test_a_program_with_another_answer_is_no_service(tmp_path: Path) -> None:
    async with outside(says([])) as other:
        [(check, _)] = await problems(tmp_path, f"http.port={URL(other.url).port}")
    assert check == "port"


async def test_a_check_that_fails_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_config: Config) -> list[Finding]:
        raise RuntimeError("hunter2")

    monkeypatch.setattr("service.doctor.examination.machine", fails)
    findings = await examine(configured(tmp_path))
    [found] = [found for found in findings if found.verdict == "problem"]
    assert "RuntimeError" in found.says
    assert "hunter2" not in str(findings)


async def test_files_that_cannot_be_looked_at_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable = tmp_path / ("x" * 300)  # longer than a name may be: root may read all others
    named = await problems(unreadable)
    assert {check for check, _ in named} >= {"data folder", "disk"}
    assert {check for check, _ in named} <= {"data folder", "disk", "database", "webhook secret"}
    [(check, _)] = await problems(tmp_path, f"text.local.model={unreadable}")
    assert check == "text"
    for file in (unreadable, tmp_path):  # a folder cannot be read as a file
        monkeypatch.setattr("service.doctor.generators.TEXT_MODEL", file)
        [(check, _)] = await problems(tmp_path)
        assert check == "text"


def _file(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file" / "data"


def _newer(folder: Path) -> Path:
    with sqlite3.connect(folder / "feedmill.db") as connection:
        connection.execute("PRAGMA user_version = 9999")
    connection.close()
    return folder


def _damaged(folder: Path) -> Path:
    (folder / "feedmill.db").write_bytes(b"no database" * 1000)
    return folder


@pytest.mark.parametrize(
    ("make", "check", "advice"),
    [
        (_file, "data folder", "--data-dir"),
        (_newer, "database", "newer program"),
        (_damaged, "database", "backup"),
    ],
)
async def test_unusable_data_is_named(
    tmp_path: Path, make: Callable[[Path], Path], check: str, advice: str
) -> None:
    [(named, advised)] = await problems(make(tmp_path))
    assert named == check
    assert advice in advised


async def test_an_older_database_is_worth_a_backup(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "feedmill.db") as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    findings = await examine(configured(tmp_path))
    [found] = [found for found in findings if found.check == "database"]
    assert (found.verdict, "backup" in found.advice) == ("note", True)


async def test_a_redis_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    findings = await examine(configured(tmp_path, "redis.url=redis://:hunter2@127.0.0.1:9/0"))
    [found] = [found for found in findings if found.verdict == "problem"]
    assert found.check == "redis"
    assert "hunter2" not in str(findings)


async def test_a_library_that_the_text_model_needs_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\n"
        "echo 'ImportError: libgomp.so.1: cannot open shared object file: No such file' >&2\n"
        "exit 1\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    [found] = [found for found in await generators(configured(tmp_path)) if found.check == "text"]
    assert (found.verdict, "apt-get install libgomp1" in found.says) == ("problem", True)


async def test_a_full_disk_and_a_small_memory_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "MIN_DISK_BYTES", 2**62)
    monkeypatch.setattr(machine, "SERVICE_BYTES", 2**62)
    assert {check for check, _ in await problems(tmp_path)} == {"disk", "memory"}


async def test_a_wrong_clock_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "EARLIEST", 2**33)
    assert await problems(tmp_path) == [("clock", "Set the clock of this machine.")]


async def test_few_open_files_are_worth_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.doctor.machine.resource.getrlimit", lambda _: (1024, 4096))
    findings = await examine(configured(tmp_path))
    [found] = [found for found in findings if found.check == "open files"]
    assert found.verdict == "note"
    assert "ulimit -n 10256" in found.advice


async def test_a_missing_or_damaged_model_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model.gguf"
    monkeypatch.setattr("service.doctor.generators.TEXT_MODEL", model)
    for content in (None, b"GGUF" + bytes(100)):
        if content:
            model.write_bytes(content)
        [(check, advice)] = await problems(tmp_path)
        assert (check, advice) == ("text", "Run `python3 dev.py model`.")
    [(check, advice)] = await problems(tmp_path, f"text.local.model={tmp_path / 'none.gguf'}")
    assert "[text.local] model" in advice


def openai(kind: str, url: object, **more: str) -> list[str]:
    """Settings of a back end with OpenAI's API."""
    keys = {"base_url": f"{url}", "api_key_env": "", "model": "good"} | more
    return [
        f"{kind}.generator=openai",
        *(f"{kind}.openai.{name}={value}" for name, value in keys.items()),
    ]


MODELS = {"data": [{"id": "good"}, {"id": "better"}]}


@pytest.mark.parametrize("kind", ["text", "image"])
async def test_a_back_end_that_is_away_is_named(tmp_path: Path, kind: str) -> None:
    [(check, advice)] = await problems(tmp_path, *openai(kind, unused_url()))
    assert check == kind
    assert f"[{kind}.openai] base_url" in advice


async def test_the_generator_of_a_named_model_is_checked_as_well(tmp_path: Path) -> None:
    keys = ("kind=text", "generator=openai", f"base_url={unused_url()}", "api_key_env=")
    simulated = ("text.generator=simulated", "image.generator=simulated")
    named = (f"models.good.{key}" for key in keys)
    [(check, advice)] = await problems(tmp_path, *simulated, *named)
    assert (check, advice) == (
        "good", "Check [models.good] base_url, and that the server runs.",
    )  # fmt: skip


async def test_a_back_end_that_refuses_the_key_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILL_KEY", "sk-hunter2hunter2")
    async with outside(says({}, 401)) as server:
        settings = openai("text", server.url, api_key_env="MILL_KEY")
        findings = await examine(configured(tmp_path, *settings))
    [found] = [found for found in findings if found.verdict == "problem"]
    assert "refuses the key" in found.says
    assert "hunter2" not in str(findings)


async def test_a_variable_without_a_key_is_named(tmp_path: Path) -> None:
    settings = openai("text", unused_url(), api_key_env="MILL_NOT_SET")
    [(check, _)] = await problems(tmp_path, *settings)
    assert check == "text"


async def test_a_model_that_the_back_end_lacks_is_named(tmp_path: Path) -> None:
    async with outside(says(MODELS)) as server:
        [(check, advice)] = await problems(tmp_path, *openai("text", server.url, model="worse"))
        assert (check, "better, good" in advice) == ("text", True)
        findings = await examine(configured(tmp_path, *openai("text", server.url)))
    said = [found.says for found in findings if found.check == "text"]
    assert said[0] == f"{server.url} answers"
    assert said[1].startswith("good knows a word: ")


async def test_odd_ids_of_models_are_ignored(tmp_path: Path) -> None:
    odd = {"data": [{"id": 1}, {"id": ["a"]}, {"id": "\x1b[31m"}, {"id": "good"}]}
    async with outside(says(odd)) as server:
        [(_, advice)] = await problems(tmp_path, *openai("text", server.url, model="worse"))
    assert advice.endswith("one that it has: good.")


@pytest.mark.parametrize(
    "settings",
    [
        openai("text", "{url}"),
        openai("image", "{url}"),
        ["image.generator=remote", 'image.remote.urls=["{url}"]'],
        ["image.generator=comfyui", "image.comfyui.base_url={url}"],
    ],
)
async def test_a_password_in_an_address_is_not_shown(tmp_path: Path, settings: list[str]) -> None:
    (tmp_path / "workflow.json").write_text(json.dumps(WORKFLOW), "utf-8")
    workflow = f"image.comfyui.workflow={tmp_path / 'workflow.json'}"
    async with outside(says({"data": []})) as server:
        for url in (server.url, unused_url()):
            address = url.replace("://", "://user:a@hunter2@")  # yarl takes the last @
            filled = [setting.replace("{url}", address) for setting in settings]
            findings = await examine(configured(tmp_path, workflow, *filled))
            assert str(URL(url).port) in str(findings)
            assert "hunter2" not in str(findings)


async def test_another_feedmill_that_is_away_is_named(tmp_path: Path) -> None:
    away = unused_url()
    [(check, _)] = await problems(
        tmp_path, "image.generator=remote", f'image.remote.urls=["{away}"]'
    )
    assert check == "image"


async def test_a_public_address_that_leads_elsewhere_is_named(tmp_path: Path) -> None:
    async with outside(says({}, 502)) as proxy:
        [(check, advice)] = await problems(tmp_path, f"http.public_url={proxy.url}")
    assert check == "public address"
    assert "public_url" in advice


async def test_a_secret_that_is_not_set_is_named(tmp_path: Path) -> None:
    [(check, _)] = await problems(tmp_path, 'webhooks.secrets=["env:MILL_NOT_SET"]')
    assert check == "webhook secret"


async def test_a_damaged_secret_is_named(tmp_path: Path) -> None:
    (tmp_path / "webhook-secret").write_text("garbage")
    [(check, _)] = await problems(tmp_path)
    assert check == "webhook secret"


async def test_a_service_open_to_others_without_a_key_is_named(tmp_path: Path) -> None:
    settings = ("http.host=0.0.0.0", "text.generator=simulated")
    [(check, advice)] = await problems(tmp_path, *settings)
    assert (check, "keys create" in advice) == ("keys", True)
    assert not configured(tmp_path).database_file.exists(), "nothing is made"
    assert await problems(tmp_path, *settings, "auth.required=false") == []
    api_keys.create(tmp_path / "feedmill.db", "mill", ["content"])
    assert await problems(tmp_path, *settings) == []


def doctor(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HOME / "run.py"), "--config", "/dev/null"]
    options = [
        "--data-dir",
        str(folder),
        "--set",
        "http.port=0",
        "--set",
        "text.generator=simulated",
    ]
    return subprocess.run(
        [*command, *options, "doctor", *words], capture_output=True, text=True, check=False
    )


def test_the_command_prints_lines_or_json(tmp_path: Path) -> None:
    whole = doctor(tmp_path / "new")
    assert whole.returncode == 0, whole.stdout
    assert "ok      redis" in whole.stdout
    broken = doctor(_file(tmp_path), "--json")
    assert broken.returncode == 1
    verdicts = {found["check"]: found["verdict"] for found in json.loads(broken.stdout)}
    assert verdicts["data folder"] == "problem"
    assert not (tmp_path / "new").exists(), "nothing is changed"


async def test_model_servers_are_found_without_a_prompt() -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path == "/api/tags":
            return web.json_response({"models": [{"name": "llama3.2:latest"}]})
        return web.Response(status=404)

    async with outside(answer) as server:
        address = server.url.removeprefix("http://")
        found = await discovery.find_model_servers({"OLLAMA_HOST": address})
    [ollama] = [one for one in found if one.program == "Ollama"]
    assert ollama.models == ("llama3.2:latest",)
    assert f'base_url = "{server.url}/v1"' in ollama.lines()
    assert [(asked.method, asked.path) for asked in server.requests] == [("GET", "/api/tags")]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104 - how Ollama is told to listen
        ("mill.example:8080", "http://mill.example:8080"),
        ("https://mill.example/", "https://mill.example"),
        (":4000", "http://127.0.0.1:4000"),
    ],
)
def test_ollama_is_where_its_variable_says(host: str, address: str) -> None:
    assert discovery.ollama_address(host) == address


async def test_comfyui_is_asked_and_its_workflow_read(tmp_path: Path) -> None:
    file = tmp_path / "workflow.json"
    settings = ["image.generator=comfyui", "text.generator=simulated"]
    named = [*settings, f"image.comfyui.workflow={file}"]
    [missing] = [one for one in await generators(load(None, {}, named)) if one.check == "image"]
    assert (missing.verdict, "cannot be read" in missing.says) == ("problem", True)
    file.write_text(json.dumps(WORKFLOW), "utf-8")
    async with comfy() as server:
        there = load(None, {}, [*named, f"image.comfyui.base_url={server.url}"])
        [answers] = [one for one in await generators(there) if one.check == "image"]
    assert (answers.verdict, answers.says) == ("ok", f"{server.url} answers")
    [away] = [one for one in await generators(there) if one.check == "image"]
    assert away.verdict == "problem"


@pytest.mark.parametrize("more", ["picture=/none.png", "api_key_env=MILL_NOT_SET"])
async def test_a_comfyui_generator_that_cannot_start_is_named(tmp_path: Path, more: str) -> None:
    file = tmp_path / "workflow.json"
    file.write_text(json.dumps(WORKFLOW), "utf-8")
    async with comfy() as server:
        [(check, _)] = await problems(
            tmp_path,
            "image.generator=comfyui",
            f"image.comfyui.workflow={file}",
            f"image.comfyui.base_url={server.url}",
            f"image.comfyui.{more}",
        )
    assert check == "image"


@pytest.mark.parametrize("name", ["mill_none:Klass", "json:JSONDecoder"])
def test_a_custom_generator_that_cannot_be_used_is_named(tmp_path: Path, name: str) -> None:
    asked = doctor(tmp_path, "--json", "--set", f"image.generator={name}")
    findings = [(found["check"], found["verdict"]) for found in json.loads(asked.stdout)]
    assert asked.returncode == 1
    assert ("configuration", "problem") in findings
    assert "image" not in dict(findings)
