"""Configuration: where values come from, and one sentence for every one that cannot be used."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service.actors.maintenance.config_reloader import LIVE
from service.config import SECTIONS, Config, ConfigError, WorkerBounds, files, load
from service.installation import HOME


def refused(*settings: str, file: Path | None = None, environment: Mapping[str, str] = {}) -> str:
    """The sentence with which this configuration is refused."""
    with pytest.raises(ConfigError) as refusal:
        load(file, environment, settings)
    sentence = str(refusal.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def written(tmp_path: Path, text: str | bytes) -> Path:
    file = tmp_path / "config.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


# --------------------------------------------------------------------- where values come from


def test_set_overrides_the_environment_which_overrides_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "[text]\nworkers = 3\ntimeout = 3\nattempts = 3")
    environment = {"FEEDMILL_TEXT__TIMEOUT": "4", "FEEDMILL_TEXT__ATTEMPTS": "4"}
    text = load(file, environment, ["text.attempts=5"]).text
    assert (text.workers, text.timeout, text.attempts) == (3, 4.0, 5)
    assert (text.backoff, text.generator) == (1.0, "local")


def test_the_local_file_overrides_the_file_beside_it(tmp_path: Path) -> None:
    file = written(
        tmp_path, "[text]\nworkers = 3\ntimeout = 3\n[text.local]\nslots = 3\nthreads = 3"
    )
    local = tmp_path / "config.local.toml"
    local.write_text('[service]\ndata_dir = "here"\n[text]\ntimeout = 4\n[text.local]\nslots = 4\n')
    config = load(file, {"FEEDMILL_TEXT__TIMEOUT": "5"}, ["service.node=x"])
    assert (config.text.workers, config.text.timeout) == (3, 5.0)
    assert config.settings["text"]["local"] == SECTIONS["text.local"](slots=4, threads=3)
    assert (config.source, config.data_dir) == (file, tmp_path / "here")
    local.write_text("[text]\nworker = 4")
    assert refused(file=file).startswith(f"{local}: unknown key worker in [text]")
    local.unlink()
    local.mkdir()
    assert refused(file=file) == f"{local}: cannot be read (Is a directory)."


@pytest.mark.parametrize(
    ("name", "local"),
    [("my.toml", "my.local.toml"), ("my.site.toml", "my.site.local.toml"), ("conf", "conf.local")],
)
def test_every_file_may_have_a_local_one(tmp_path: Path, name: str, local: str) -> None:
    (tmp_path / name).write_text("[text]\nworkers = 3\n")
    assert list(files(tmp_path / name)) == [tmp_path / name]
    (tmp_path / local).write_text("[text]\nworkers = 4\n")
    assert list(files(tmp_path / name)) == [tmp_path / name, tmp_path / local]
    assert load(tmp_path / name, {}).text.workers == 4


def test_git_ignores_local_files() -> None:
    assert "*.local.toml" in (HOME / ".gitignore").read_text().splitlines()


def test_every_source_can_set_keys_of_generators(tmp_path: Path) -> None:
    file = written(tmp_path, "[text.local]\nslots = 3\nthreads = 3\n[image]\nworkers = 2")
    config = load(file, {"FEEDMILL_TEXT__LOCAL__THREADS": "4"}, ["text.local.context=2048"])
    assert config.settings["text"]["local"] == SECTIONS["text.local"](
        slots=3, threads=4, context=2048
    )


def test_the_last_of_two_settings_counts() -> None:
    assert load(None, {}, ["text.workers=2", "text.workers=3"]).text.workers == 3


def test_a_text_value_is_read_as_toml_or_as_itself() -> None:
    config = load(
        None,
        {"FEEDMILL_SERVICE__NODE": "123"},
        ["text.openai.model = gpt 5 ", 'http.host="::1"', 'text.remote.urls=["http://a:1"]'],
    )
    assert config.service.node == "123"
    assert config.settings["text"]["openai"].model == "gpt 5"  # type: ignore[attr-defined] # its own
    assert config.http.host == "::1"
    assert config.settings["text"]["remote"].urls == ("http://a:1",)  # type: ignore[attr-defined] # its own


def test_variables_without_a_section_are_ignored() -> None:
    assert load(None, {"FEEDMILL_INTERNAL_TOKEN": "x", "FEEDMILLER__A": "x", "PATH": "x"})


def test_the_data_folder_is_relative_to_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, '[service]\ndata_dir = "here"')
    assert load(file, {}).data_dir == tmp_path / "here"
    assert load(file, {}, ["service.data_dir=/abs olute"]).data_dir == Path("/abs olute")
    assert load(file, {}, ["service.data_dir=~/x"]).data_dir == Path.home() / "x"
    assert load(None, {}).data_dir == HOME / "data"


@pytest.mark.parametrize("start", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path, start: bytes, end: bytes) -> None:
    lines = (b"[text]", b"workers = 3", b'generator = """', b'remote"""', b"")
    text = load(written(tmp_path, start + end.join(lines)), {}).text
    assert (text.workers, text.generator) == (3, "remote")


# --------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("setting", "allowed"),
    [
        ("http.port=abc", "expected an integer, got text"),
        ("http.port=70000", "expected an integer <= 65535"),
        ("http.port=-1", "expected an integer >= 0"),
        ("http.port=80.0", "expected an integer, got a number"),
        ("http.max_body=[1]", "expected an integer, got a list"),
        ("http.max_body={a=1}", "expected an integer, got a table"),
        ("http.host=", "expected text that is not empty"),
        ("http.internal_token_env=a b", "expected the name of an environment variable"),
        ("text.workers=-1", 'expected an integer from 0 to 1024, or "auto"'),
        ("text.workers=many", 'expected an integer from 0 to 1024, or "auto"'),
        ("text.min_workers=0", "expected an integer >= 1"),
        ("redis.max_memory=1000", "expected 0 or at least 33554432"),
        ("text.max_queued_bytes=0", "expected an integer >= 1024"),
        ("feed.max_answer=0", "expected an integer >= 1"),
        ("text.workers=true", "expected an integer from 0 to 1024"),
        ("text.workers=99999999999999999999999", "expected an integer from 0 to 1024"),
        ('text.workers="2"', "expected an integer from 0 to 1024"),
        ("text.timeout=0", "expected a number > 0"),
        ("text.timeout=-1", "expected a number > 0"),
        ("text.timeout=nan", "expected a number"),
        ("text.timeout=inf", "expected a number <= 1000000000"),
        ("text.timeout=1e400", "expected a number <= 1000000000"),
        ("text.timeout=true", "expected a number, got true or false"),
        ("text.backoff=nan", "expected a number"),
        ("text.generator=nobody", "expected one of local, openai, remote, simulated"),
        ("text.local.slots=99", "expected an integer <= 16"),
        ("text.openai.temperature=hot", "expected a number or nothing, got text"),
        ("image.illustrator.quality=0", "quality must be 1 to 100"),
        ("image.illustrator.size=huge", 'size must be "WIDTHxHEIGHT"'),
        ("image.openai.seed=maybe", "expected one of none, field, sd.cpp"),
        ("log.level=loud", "expected one of debug, info, warning, error"),
        ("service.node=a b", "expected at most 64 letters, digits, dots"),
        ("service.data_dir=", "expected text that is not empty"),
        ("feed.max_posts=5001", "expected an integer <= 5000"),
        ("redis.url=localhost", 'expected "embedded", redis://HOST:PORT/DB'),
        ("redis.url=redis://h:99999", "expected a port from 1 to 65535"),
        ("redis.url=redis://h:0", "expected a port from 1 to 65535"),
        ("redis.url=redis:///1", "expected a host after ://"),
        ("redis.url=redis://h/one", "expected the number of a database"),
        ("redis.url=unix:///a?db=one", "expected the number of a database"),
        ("media.url=gs://bucket", 'expected "" for the data folder, or s3://BUCKET/PREFIX'),
        ("media.endpoint=s3.example", "expected a URL like"),
        ("media.cache=1000", "expected an integer >= 16777216"),
        ("redis.url=redis+sentinel://a,b", "expected the name of the primary"),
        ("redis.url=redis+sentinel://a,/mill", "expected Sentinels as HOST:PORT"),
        ("redis.url=redis+sentinel://a:0,b/mill", "expected a port from 1 to 65535"),
        ("redis.url=redis+sentinel://a/mill/one", "expected the number of a database"),
    ],
)
def test_an_invalid_value_is_named_with_the_allowed_ones(setting: str, allowed: str) -> None:
    path, _, value = setting.partition("=")
    section, _, key = path.rpartition(".")
    sentence = refused(setting)
    shown = value or '""'
    assert sentence.startswith(f"--set {path}: [{section}] {key} is {shown}: ")
    assert allowed in sentence
    variable = "FEEDMILL_" + path.upper().replace(".", "__")
    assert refused(environment={variable: value}).startswith(
        f"environment {variable}: [{section}] {key} is "
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            ("text.generator=simulated", "text.workers=auto"),
            (
                "--set text.workers: [text] workers is auto: expected max_workers as well, as the "
                "simulated generator bears any number."
            ),
        ),
        (
            ("image.min_workers=5", "image.max_workers=4"),
            (
                "--set image.min_workers: [image] min_workers is 5: expected at most 4, which is "
                "max_workers."
            ),
        ),
        (
            ("text.workers=auto", "text.min_workers=3"),
            (
                "--set text.min_workers: [text] min_workers is 3: expected at most 2, which is "
                "what the generator local bears."
            ),
        ),
        (
            ("text.workers=8", "text.max_workers=4"),
            "--set text.workers: [text] workers is 8: expected at most 4, which is max_workers.",
        ),
        (
            ("text.workers=2", "text.min_workers=4"),
            "--set text.workers: [text] workers is 2: expected at least 4, which is min_workers.",
        ),
        (
            ("limits.max_queued=2", "limits.max_running=5"),
            (
                "--set limits.max_running: [limits] max_running is 5: expected at most 2, which is "
                "max_queued."
            ),
        ),
        (
            ("text.max_cost_per_day=5",),
            (
                "--set text.max_cost_per_day: [text] max_cost_per_day is 5: expected prices as "
                "well: without them no generation has a cost."
            ),
        ),
        (
            ("image.tokens_per_minute=5",),
            (
                "--set image.tokens_per_minute: [image] tokens_per_minute is 5: expected 0, as "
                "pictures have no tokens."
            ),
        ),
    ],
)
def test_contradicting_values_are_refused(settings: tuple[str, ...], sentence: str) -> None:
    assert refused(*settings) == sentence


def test_automatic_workers_have_the_maximum_that_their_generator_bears() -> None:
    cases = {
        ("text.generator=openai",): WorkerBounds(64, 1, automatic=True),
        ("text.local.slots=3",): WorkerBounds(3, 1, automatic=True),
        ("text.generator=simulated", "text.max_workers=9"): WorkerBounds(9, 1, automatic=True),
        ("text.max_workers=9", "text.min_workers=4"): WorkerBounds(9, 4, automatic=True),
    }
    for settings, bounds in cases.items():
        assert load(None, {}, ["text.workers=auto", *settings]).workers("text") == bounds
    assert load(None, {}, ["text.workers=7"]).workers("text") == WorkerBounds(7)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[http]\nport = "80"', '[http] port is "80": expected an integer, got text.'),
        ("[http]\nport = true", "[http] port is true: expected an integer, got true or false."),
        ("[http]\nport = nan", "[http] port is NaN: expected an integer, got a number."),
        (f"[http]\nport = {10**30}", f"[http] port is {10**30}: expected an integer <= 65535."),
        ("[http]\nport = 1979-05-27", '[http] port is "1979-05-27": expected an integer'),
        ("[http]\npot = 1", "unknown key pot in [http]; there are host, port,"),
        ("[htp]\nport = 1", "unknown section [htp]; there are service, http,"),
        ("[htp]", "unknown section [htp]; there are"),
        ("[text.locl]\nslots = 1", "unknown section [text.locl]; there are"),
        ("[text.locl]", "unknown section [text.locl]; there are"),
        ("[http.port]\na = 1", '[http] port is {"a": 1}: expected an integer, got a table.'),
        ("[text.local.deep]\na = 1", "unknown key deep in [text.local]; there are"),
        ("port = 1", "port is 1: expected a table"),
        ("[[http]]\nport = 1", 'http is [{"port": 1}]: expected a table'),
        ("[http]\nport = 1\nport = 2", "not valid TOML ("),
        ("[http]\nport = \n", "not valid TOML ("),
        ("a = " + "[" * 5000, "not valid TOML ("),
        (b"[http]\nhost = '\xff'", "not a text file in UTF-8."),
        (b"\x7fELF\x00\x01\xff", "not a text file in UTF-8."),
        (
            "[http]\nport = 1".encode("utf-16"),
            "not a text file in UTF-8. Save it in that encoding.",
        ),
        ("[http]\nport = 1".encode("utf-16-le"), "not a text file in UTF-8."),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    file = written(tmp_path, text)
    assert refused(file=file).startswith(f"{file}: {sentence}")


def test_a_mistake_in_toml_is_reported_with_its_line(tmp_path: Path) -> None:
    assert "line 2" in refused(file=written(tmp_path, "[http]\nport = 1 2\n"))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    assert refused(file=missing) == f"{missing}: cannot be read (No such file or directory)."
    assert refused(file=tmp_path) == f"{tmp_path}: cannot be read (Is a directory)."


@pytest.mark.parametrize("setting", ["nonsense", "a=b", "text=1", "=x", ".=1", "text.=1", ""])
def test_a_setting_without_section_key_and_value_is_refused(setting: str) -> None:
    assert refused(setting).endswith("expected section.key=value.")


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("x.y=1", "--set x.y: unknown section [x]; there are service,"),
        ("text.y=1", "--set text.y: unknown key y in [text]; there are generator,"),
        ("text.local.y=1", "--set text.local.y: unknown key y in [text.local]; there are model,"),
    ],
)
def test_an_unknown_name_is_reported_with_the_known_ones(setting: str, sentence: str) -> None:
    assert refused(setting).startswith(sentence)
    path = setting.partition("=")[0]
    variable = "FEEDMILL_" + path.upper().replace(".", "__")
    expected = sentence.replace(f"--set {path}", f"environment {variable}")
    assert refused(environment={variable: "1"}).startswith(expected)


@pytest.mark.parametrize(
    "setting",
    [
        "redis.url=redis//me:geheim@h",
        "redis.url=redis://me:geheim@h:99999",
        "redis.url=redis://:geheim@/x",
        "redis.url=redis+sentinel://:geheim@a,b/?sentinel_password=geheim",
        "redis.url=unix://x?password=geheim",
        "text.openai.base_url=ftp://me:geheim@h",
    ],
)
def test_no_password_is_shown(setting: str) -> None:
    assert "geheim" not in refused(setting)


# --------------------------------------------------------------------- config.toml

FILE = (HOME / "config.toml").read_text("utf-8")
TABLES: dict[str, Any] = tomllib.loads(FILE)


def table(section: str) -> dict[str, Any]:
    kind, _, name = section.partition(".")
    entries: dict[str, Any] = TABLES[kind][name] if name else TABLES[kind]
    return entries


def lines_of(section: str) -> list[str]:
    """The lines of a section in config.toml."""
    match = re.search(
        rf"^\[{re.escape(section)}\]\n(.*?)(?=^\[|\Z)", FILE, re.DOTALL | re.MULTILINE
    )
    assert match is not None
    return match[1].splitlines()


@pytest.mark.parametrize("section", SECTIONS)
def test_config_toml_shows_every_key_with_its_default(section: str) -> None:
    defaults = SECTIONS[section]()
    for field in msgspec.structs.fields(SECTIONS[section]):
        default = getattr(defaults, field.name)
        if default is None:  # TOML cannot say so
            assert any(line.startswith(f"# {field.name} = ") for line in lines_of(section))
        else:
            assert msgspec.convert(table(section)[field.name], field.type) == default


def test_config_toml_has_no_other_key() -> None:
    config = load(HOME / "config.toml", {})
    assert isinstance(config, Config)
    assert list(TABLES) == [section for section in SECTIONS if "." not in section]


@pytest.mark.parametrize("section", SECTIONS)
def test_config_toml_explains_every_key(section: str) -> None:
    above = ""
    for line in lines_of(section):
        if re.match(r"\w+ = ", line):
            explained = line.partition(" = ")[2].count("#") or above.startswith("# ")
            assert explained, f"[{section}] {line}"
        above = line


def test_config_toml_marks_the_live_keys() -> None:
    marked = {
        f"{section}.{line.partition(' = ')[0]}"
        for section in SECTIONS
        for line in lines_of(section)
        if "(live)" in line
    }
    assert marked == LIVE


def test_a_number_with_too_many_digits_is_refused(tmp_path: Path) -> None:
    assert "not valid TOML" in refused(file=written(tmp_path, "[text]\nworkers = " + "9" * 5000))
    assert "[text] workers" in refused("text.workers=" + "9" * 5000)
    assert "[text] workers" in refused("text.workers=0x" + "f" * 5000)
    assert "[text] workers" in refused(file=written(tmp_path, "text.workers = 0x" + "f" * 5000))
    assert refused(file=written(tmp_path, "text.workers" + ".a" * 5000 + " = 1"))
