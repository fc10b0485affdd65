"""Generators of one's own: named by their class, and held to what a generator promises."""

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
    """Forget what a test imports: all of them call their module `mine`."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    monkeypatch.delitem(sys.modules, "mine.deep", raising=False)


def configured(tmp_path: Path, code: str, settings: str = "", name: str = "mine:Writer") -> Config:
    (tmp_path / "mine.py").write_text(code)
    file = tmp_path / "config.toml"
    file.write_text(f'[text]\ngenerator = "{name}"\n[text.custom]\n{settings}')
    return load(file, {})


def test_its_settings_come_from_everywhere(tmp_path: Path) -> None:
    config = configured(tmp_path, WRITER, 'ending = "?"')
    assert config.settings["text"]["custom"].ending == "?"  # type: ignore[attr-defined] # its own
    config = load(config.source, {"FEEDMILL_TEXT__CUSTOM__ENDING": "."}, ["text.custom.times=3"])
    [ending, times] = [getattr(config.settings["text"]["custom"], k) for k in ("ending", "times")]
    assert (ending, times) == (".", 3)


def test_it_may_lie_in_a_package_and_have_no_settings(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").touch()
    (tmp_path / "mine" / "deep.py").write_text(WRITER.replace("class Settings", "class Other"))
    named = ["text.generator=mine.deep:Writer"]
    file = tmp_path / "config.toml"
    file.touch()
    assert load(file, {}, named)
    with pytest.raises(ConfigError, match=r"unknown key ending in \[text.custom\]"):
        load(file, {}, [*named, "text.custom.ending=x"])


def test_its_table_is_not_looked_at_while_another_is_chosen(tmp_path: Path) -> None:
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
def test_what_is_no_generator_is_refused_in_a_sentence(
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
def test_its_settings_are_checked_like_all_others(tmp_path: Path, settings: str, says: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        configured(tmp_path, WRITER, settings)
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    "name", ["nobody", "a:b:c", ":x", "x:", "a b:C", "1:2", "../x:Y", "a..b:C"]
)
def test_what_names_no_class_is_refused_with_what_there_is(tmp_path: Path, name: str) -> None:
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
async def test_what_is_no_result_is_its_own_failure(tmp_path: Path, made: str) -> None:
    code = WRITER.replace(
        'Written(job.prompt + self.settings.ending * self.settings.times, model="mine")', made
    )
    async with custom(tmp_path, code) as generator:
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            await generator.generate(JOB, print)


async def test_a_result_is_handed_on(tmp_path: Path) -> None:
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


async def test_a_stop_that_fails_stops_nothing_else(tmp_path: Path) -> None:
    async with custom(tmp_path, WRITER.replace("        pass", "        1 / 0")) as generator:
        assert await generator.generate(JOB, print)


KNOWS = """
    def trouble(self):
        return "The machine is off."
    def servers(self):
        return [ServerState("http://a:1", True, 2), "nonsense"]
    async def reach(self):
        raise GenerationFailed("Nobody is there.", retryable=True, cause="away")
    async def check(self):
        pass
from service.generators.protocol import GenerationFailed, ServerState
"""


async def test_what_it_knows_of_its_health_is_asked_for(tmp_path: Path) -> None:
    async with custom(tmp_path, WRITER) as plain:
        assert not isinstance(plain, Observed | Checked | Distributed)
    sys.modules.pop("mine")
    async with custom(tmp_path, WRITER + KNOWS) as knows:
        assert isinstance(knows, Observed)
        assert isinstance(knows, Checked)
        assert isinstance(knows, Distributed)
        assert knows.trouble() == "The machine is off."
        assert [server.url for server in knows.servers()] == ["http://a:1"]
        with pytest.raises(GenerationFailed, match="Nobody is there"):
            await knows.reach()
        await knows.check()


async def test_a_look_at_its_health_that_crashes_is_its_own_failure(tmp_path: Path) -> None:
    broken = KNOWS.replace("return ", "return 1 / 0, ").replace("pass", "1 / 0")
    async with custom(tmp_path, WRITER + broken) as knows:
        assert isinstance(knows, Observed)
        assert isinstance(knows, Checked)
        assert isinstance(knows, Distributed)
        assert (knows.trouble(), knows.servers()) == (None, ())
        with pytest.raises(GenerationFailed, match="cannot be checked"):
            await knows.check()


async def test_the_service_writes_and_draws_with_them(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(DRAWER)
    (tmp_path / "config.toml").write_text(
        '[text]\ngenerator = "mine:Writer"\n[text.custom]\nending = " is here."\n'
        '[image]\ngenerator = "mine:Drawer"\n'
    )
    async with running_service(tmp_path) as service, ClientSession(service.url) as http:
        wish = {"prompt": "a cat", "tag": "instagram"}
        async with http.post("/content", json=wish) as answer:
            id_ = (await answer.json())["RequestId"]
        async with http.get(f"/content/{id_}?wait=30") as answer:
            made = await answer.json()
        assert (made["status"], made["text"]) == ("completed", "a cat is here.")
        async with http.get(made["imageUri"]) as answer:
            assert await answer.read() == PNG
        async with http.get("/status") as answer:
            pools = (await answer.json())["pools"]
    assert [pools[kind]["generator"] for kind in ("text", "image")] == [
        "mine:Writer",
        "mine:Drawer",
    ]


def test_commands_at_a_terminal_do_not_import_it(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[text]\ngenerator = "no_such:Class"\n')
    named = ("--config", str(file), "--data-dir", str(tmp_path / "data"))
    assert command(tmp_path, "keys", "list", *named).returncode == 0
    told = command(tmp_path, "--check", *named)
    assert (told.returncode, told.stdout) == (2, "")
    assert "no_such cannot be imported (No module named 'no_such')" in told.stderr


def test_a_start_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(WRITER.replace("self.settings = settings", "1 / 0"))
    file = tmp_path / "config.toml"
    file.write_text('[text]\ngenerator = "mine:Writer"\n[image]\ngenerator = "simulated"\n')
    told = command(tmp_path, "--config", str(file), "--set", "http.port=0")
    assert told.returncode == 1
    assert told.stderr.startswith(
        "Feedmill cannot start: text.generator mine:Writer does not start ("
    )
    assert told.stderr.count("\n") == 1
