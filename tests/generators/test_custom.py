"""Custom generators: configured by their class, and checked against the protocol."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from service.config import Config, ConfigError, load
from service.generators.custom import Custom, is_custom
from service.generators.protocol import (
    CannotStart,
    Checked,
    Distributed,
    Drawn,
    GenerationFailed,
    Job,
    Observed,
    Written,
)
from tests.support.pictures import picture
from tests.support.running import command, running_service

PNG = picture("PNG", 64, 40)
JOB = Job("a cat", seed=1)
WRITER = """
import msgspec
from service.generators.protocol import Drawn, Written

class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ending: str = "!"
    times: int = 1

class Writer:
    def __init__(self, settings, home):
        self.settings = settings
    async def __aenter__(self):
        return self
    async def __aexit__(self, *error):
        pass
    async def generate(self, job, say):
        return Written(job.prompt + self.settings.ending * self.settings.times, model="mine")
"""
DRAWER = (
    WRITER
    + f"""
class Drawer(Writer):
    async def generate(self, job, say):
        return Drawn({PNG!r}, "image/png", 64, 40, "mine")
"""
)


@pytest.fixture(autouse=True)
def _imports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the imports of a test: each names its module `mine`."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    monkeypatch.delitem(sys.modules, "mine.deep", raising=False)


def configured(tmp_path: Path, code: str, settings: str = "", name: str = "mine:Writer") -> Config:
    (tmp_path / "mine.py").write_text(code)
    file = tmp_path / "config.toml"
    file.write_text(f'[text]\ngenerator = "{name}"\n[text.custom]\n{settings}')
    return load(file, {})


def test_settings_come_from_file_environment_and_command_line(tmp_path: Path) -> None:
    config = configured(tmp_path, WRITER, 'ending = "?"')
    assert config.settings["text"]["custom"].ending == "?"  # type: ignore[attr-defined] # its own
    config = load(config.source, {"FEEDMILL_TEXT__CUSTOM__ENDING": "."}, ["text.custom.times=3"])
    [ending, times] = [getattr(config.settings["text"]["custom"], k) for k in ("ending", "times")]
    assert (ending, times) == (".", 3)


@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_a_class_may_be_given_in_quotes_of_toml(tmp_path: Path, quote: str) -> None:
    file = configured(tmp_path, WRITER, name="simulated").source
    named = f"{quote}mine:Writer{quote}"
    for environment, settings in (
        ({"FEEDMILL_TEXT__GENERATOR": named}, []),
        ({}, [f"text.generator={named}"]),
    ):
        config = load(file, environment, settings)
        assert (config.text.generator, set(config.settings["text"]) >= {"custom"}) == (
            "mine:Writer",
            True,
        )


def test_a_generator_in_a_package_may_have_no_settings(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").touch()
    (tmp_path / "mine" / "deep.py").write_text(WRITER.replace("class Settings", "class Other"))
    named = ["text.generator=mine.deep:Writer"]
    file = tmp_path / "config.toml"
    file.touch()
    assert load(file, {}, named)
    with pytest.raises(ConfigError, match=r"unknown key ending in \[text.custom\]"):
        load(file, {}, [*named, "text.custom.ending=x"])


def test_the_custom_table_is_ignored_while_another_generator_is_configured(tmp_path: Path) -> None:
    config = configured(tmp_path, "syntax error", "no_such = 1", name="simulated")
    assert "custom" not in config.settings["text"]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (None, "mine cannot be imported (No module named 'mine')"),
        ("import no_such_module", "mine cannot be imported (No module named 'no_such_module')"),
        ("def x(:", "mine cannot be imported (invalid syntax (mine.py, line 1))"),
        ("\n\n1 / 0", "mine cannot be imported (ZeroDivisionError: division by zero, "),
        ("raise SystemExit", "mine cannot be imported (SystemExit: no message, "),
        ("import sys; sys.exit('two\\nlines')", "(SystemExit: two lines, "),
        ("", "there is no class Writer in "),
        ("Writer = 1", "there is no class Writer in "),
        ("class Writer: pass", "Writer does not take its arguments ("),
        (
            WRITER.replace("(self, settings, home)", "(self)"),
            "Writer does not take its arguments (",
        ),
        (WRITER.replace("def generate", "def write"), "Writer has no method generate"),
        (WRITER.replace("async def generate", "def generate"), "must be an async def"),
        (WRITER.replace("__aexit__", "__exit__"), "Writer has no method __aexit__"),
        (WRITER.replace("job, say", "job"), "generate of Writer does not take its arguments ("),
        (
            WRITER.replace("msgspec.Struct, frozen=True, forbid_unknown_fields=True", ""),
            "a msgspec",
        ),
        (
            WRITER.replace('str = "!"', "str").replace("int = 1", "int"),
            "ending in its Settings needs",
        ),
    ],
)
def test_an_unusable_class_is_refused_with_a_sentence(
    tmp_path: Path, code: str | None, says: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[text]\ngenerator = "mine:Writer"\n')
    if code is not None:
        (tmp_path / "mine.py").write_text(code)
    with pytest.raises(ConfigError) as refusal:
        load(file, {})
    sentence = str(refusal.value)
    assert sentence.startswith(f'{file}: [text] generator is "mine:Writer": ')
    assert says in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("endin = 1", "unknown key endin in [text.custom]; there are ending, times."),
        ('times = "2"', '[text.custom] times is "2": expected an integer, got text.'),
    ],
)
def test_custom_settings_are_checked_like_all_others(
    tmp_path: Path, settings: str, says: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        configured(tmp_path, WRITER, settings)
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    "name", ["unknown", "a:b:c", ":x", "x:", "a b:C", "1:2", "../x:Y", "a..b:C"]
)
def test_a_name_without_a_class_is_refused_with_the_available_generators(
    tmp_path: Path, name: str
) -> None:
    assert not is_custom(name)
    with pytest.raises(ConfigError, match=r'expected one of .*, or a class as "module:Class"'):
        configured(tmp_path, WRITER, name=name)


# --------------------------------------------------------------------- at work


def custom(tmp_path: Path, code: str) -> Custom:
    config = configured(tmp_path, code)
    return Custom("text", "mine:Writer", config.settings["text"]["custom"], tmp_path)


@pytest.mark.parametrize(
    "made",
    [
        "'just text'",
        "None",
        "Written(1, model='mine')",
        "Drawn(b'', 'image/png', 1, 1, 'mine')",
        "exit()",
    ],
)
async def test_an_invalid_result_fails_the_job(tmp_path: Path, made: str) -> None:
    code = WRITER.replace(
        'Written(job.prompt + self.settings.ending * self.settings.times, model="mine")', made
    )
    async with custom(tmp_path, code) as generator:
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            await generator.generate(JOB, print)


async def test_a_valid_result_is_returned(tmp_path: Path) -> None:
    async with custom(tmp_path, WRITER) as generator:
        assert await generator.generate(JOB, print) == Written("a cat!", "mine")
    file = tmp_path / "mine.py"
    file.write_text(DRAWER)
    sys.modules.pop("mine")
    config = load(None, {}, ["image.generator=mine:Drawer"])
    async with Custom("image", "mine:Drawer", config.settings["image"]["custom"], tmp_path) as art:
        drawn: Any = await art.generate(JOB, print)
    assert isinstance(drawn, Drawn)
    assert (drawn.data, drawn.media_type) == (PNG, "image/png")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.settings = settings", "raise KeyError('x')"),
        ("return self\n", "raise OSError(2, 'No such file')\n"),
        ("return self\n", "return None\n"),
    ],
)
async def test_a_start_that_fails_is_a_sentence(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(CannotStart) as refusal:
        async with custom(tmp_path, WRITER.replace(old, new)):
            pytest.fail("it must not start")
    assert str(refusal.value).startswith("text.generator mine:Writer")
    assert "\n" not in str(refusal.value)


async def test_an_error_at_the_stop_is_only_logged(tmp_path: Path) -> None:
    async with custom(tmp_path, WRITER.replace("        pass", "        1 / 0")) as generator:
        assert await generator.generate(JOB, print)


KNOWS = """
    def trouble(self):
        return "The machine is off."
    def servers(self):
        return [ServerState("http://a:1", True, 2), "nonsense"]
    async def reach(self):
        raise GenerationFailed("The server is off.", retryable=True, cause="away")
    async def check(self):
        pass
from service.generators.protocol import GenerationFailed, ServerState
"""


async def test_its_optional_health_methods_are_called(tmp_path: Path) -> None:
    async with custom(tmp_path, WRITER) as plain:
        assert not isinstance(plain, Observed | Checked | Distributed)
    sys.modules.pop("mine")
    async with custom(tmp_path, WRITER + KNOWS) as knows:
        assert isinstance(knows, Observed)
        assert isinstance(knows, Checked)
        assert isinstance(knows, Distributed)
        assert knows.trouble() == "The machine is off."
        assert [server.url for server in knows.servers()] == ["http://a:1"]
        with pytest.raises(GenerationFailed, match="The server is off"):
            await knows.reach()
        await knows.check()


async def test_a_health_method_that_crashes_does_no_harm(tmp_path: Path) -> None:
    broken = KNOWS.replace("return ", "return 1 / 0, ").replace("pass", "1 / 0")
    async with custom(tmp_path, WRITER + broken) as knows:
        assert isinstance(knows, Observed)
        assert isinstance(knows, Checked)
        assert isinstance(knows, Distributed)
        assert (knows.trouble(), knows.servers()) == (None, ())
        with pytest.raises(GenerationFailed, match="cannot be checked"):
            await knows.check()


async def test_the_service_generates_with_custom_generators(tmp_path: Path) -> None:
    fields = '    chat_fields = {"stop"}\n    def __init__(self, settings, home)'
    code = DRAWER.replace("    def __init__(self, settings, home)", fields)
    (tmp_path / "mine.py").write_text(code)
    (tmp_path / "config.toml").write_text(
        '[text]\ngenerator = "mine:Writer"\n[text.custom]\nending = " is here."\n'
        '[image]\ngenerator = "mine:Drawer"\n'
    )
    async with running_service(tmp_path) as service, ClientSession(service.url) as http:
        parameters = {"prompt": "a cat", "tag": "instagram"}
        async with http.post("/content", json=parameters) as answer:
            id_ = (await answer.json())["RequestId"]
        async with http.get(f"/content/{id_}?wait=60") as answer:
            content = await answer.json()
        assert (content["status"], content["text"]) == ("completed", "a cat is here.")
        async with http.get(content["imageUri"]) as answer:
            assert await answer.read() == PNG
        async with http.get("/status") as answer:
            pools = (await answer.json())["pools"]
        chat = {"model": "text", "messages": [{"role": "user", "content": "a cat"}]}
        for asked, status in (({"stop": "."}, 200), ({"top_p": 0.5}, 400)):
            async with http.post("/v1/chat/completions", json=chat | asked) as answer:
                assert answer.status == status, await answer.text()
    assert [pools[kind]["generator"] for kind in ("text", "image")] == [
        "mine:Writer",
        "mine:Drawer",
    ]


def test_only_commands_that_need_a_generator_import_it(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[text]\ngenerator = "no_such:Class"\n')
    named = ("--config", str(file), "--data-dir", str(tmp_path / "data"))
    assert command(tmp_path, "keys", "list", *named).returncode == 0
    result = command(tmp_path, "--check", *named)
    assert (result.returncode, result.stdout) == (2, "")
    assert "no_such cannot be imported (No module named 'no_such')" in result.stderr


def test_a_start_that_fails_prints_one_line(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(WRITER.replace("self.settings = settings", "1 / 0"))
    file = tmp_path / "config.toml"
    file.write_text('[text]\ngenerator = "mine:Writer"\n[image]\ngenerator = "simulated"\n')
    result = command(tmp_path, "--config", str(file), "--set", "http.port=0")
    assert result.returncode == 1
    assert result.stderr.startswith(
        "Feedmill cannot start: text.generator mine:Writer does not start ("
    )
    assert result.stderr.count("\n") == 1
