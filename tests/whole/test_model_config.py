"""`[models.NAME]`: what is read, and what is refused with a sentence that says what to change."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from service.config import Config, ConfigError, WorkerBounds, check_files, load
from service.installation import HOME
from tests.support.comfyui import WORKFLOW

GOOD = """
[models.good]
kind = "text"
generator = "simulated"
delay = 0.5
workers = 3
timeout = 7
fallback = ["text", "draft"]
default = true

[models.draft]
kind = "text"
generator = "openai"
model = "small"
timeout = 9

[models."flux.1-dev_2"]
kind = "image"
generator = "simulated"
"""


def loaded(folder: Path, text: str, *settings: str, **environment: str) -> Config:
    file = folder / "config.toml"
    file.write_text(text)
    return load(file, environment, settings)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as error:
        loaded(folder, text)
    return str(error.value).removeprefix(f"{folder / 'config.toml'}: ")


def test_a_model_has_the_keys_of_a_pool_and_of_its_generator(tmp_path: Path) -> None:
    config = loaded(tmp_path, GOOD)
    assert [*config.models] == ["text", "image", "draft", "flux.1-dev_2", "good"]
    good, draft = config.models["good"], config.models["draft"]
    settings: Any = good.settings
    assert (good.kind, settings.delay, good.pool.timeout) == ("text", 0.5, 7.0)
    assert config.workers("good") == WorkerBounds(3)
    assert config.workers("draft") == WorkerBounds(1)
    settings = draft.settings
    assert (settings.model, settings.timeout, draft.pool.timeout) == ("small", 9.0, 9.0)
    assert (config.default("text"), config.default("image")) == ("good", "image")
    assert config.fallbacks("good") == ["text", "draft"]


def test_without_models_the_kinds_are_the_models(tmp_path: Path) -> None:
    config = loaded(tmp_path, "[text]\nworkers = 3\n")
    assert [*config.models] == ["text", "image"]
    assert (config.default("text"), config.default("image")) == ("text", "image")
    assert config.workers("text") == WorkerBounds(3)


def test_every_source_sets_keys_of_models(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        GOOD,
        "models.good.delay=2",
        'models.flux.1-dev_2.fallback=["image"]',
        FEEDMILL_MODELS__DRAFT__WORKERS="4",
    )
    settings: Any = config.models["good"].settings
    assert settings.delay == 2.0
    assert config.fallbacks("flux.1-dev_2") == ["image"]
    assert config.workers("draft") == WorkerBounds(4)


def test_fallbacks_go_on_with_those_of_the_next(tmp_path: Path) -> None:
    text = GOOD + '[models.last]\nkind = "text"\ngenerator = "simulated"\n'
    config = loaded(tmp_path, text, 'models.draft.fallback=["last"]', 'text.fallback=["last"]')
    assert config.fallbacks("good") == ["text", "last", "draft"]


A = '[models.a]\nkind = "text"\ngenerator = "simulated"\n'
B = '[models.b]\nkind = "text"\ngenerator = "simulated"\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[models.Good]\nkind = "text"\n',
            "[models.Good] is no name of a model: expected 1 to 64 of a to z, 0 to 9, dots",
        ),
        (f'[models.{"a" * 65}]\nkind = "text"\n', f"[models.{'a' * 65}] is no name of a model"),
        ('[models."a:b"]\nkind = "text"\n', "[models.a:b] is no name of a model"),
        ('[models.""]\nkind = "text"\n', "[models.] is no name of a model"),
        ('[models.text]\nkind = "text"\n', "[models.text] has the name of the model of [text]."),
        (A + A, "not valid TOML (Cannot declare ('models', 'a') twice"),
        ("[models.a]\n", "models.a is {}: expected a table, [models.NAME] with its keys below it."),
        ("models = 3\n", "models. is 3: expected a table"),
        ('[models.a]\nkind = "text"\n', "[models.a] has no generator: expected one."),
        ('[models.a]\ngenerator = "simulated"\n', "[models.a] has no kind: expected one."),
        (
            '[models.a]\nkind = "video"\ngenerator = "simulated"\n',
            '[models.a] kind is "video": expected one of text, image.',
        ),
        (
            '[models.a]\nkind = "text"\ngenerator = "comfyui"\n',
            '[models.a] generator is "comfyui": expected one of local, openai, remote, simulated',
        ),
        (A + "slots = 3\n", "unknown key slots in [models.a]; there are attempts, backoff"),
        (A + "workers = -1\n", "[models.a] workers is -1: expected an integer from 0 to 1024"),
        (A + "delay = -1\n", "[models.a] delay is -1: expected a number >= 0"),
        (
            A + 'fallback = ["b"]\n',
            '[models.a] fallback is ["b"]: expected other models of the kind text: text.',
        ),
        (A + 'fallback = ["a"]\n', "expected other models of the kind text: text."),
        (A + 'fallback = ["image"]\n', "expected other models of the kind text: text."),
        (A + "fallback = 3\n", '[models.a] fallback is 3: expected a list like ["other"].'),
        (
            A + 'fallback = ["b"]\n' + B + 'fallback = ["text"]\n[text]\nfallback = ["a"]\n',
            '[text] fallback is ["a"]: expected no circle, and text → a → b → text is one.',
        ),
        (
            A + "default = true\n" + B + "default = true\n",
            "[models.b] default is true: expected one default of the kind text, and a is one.",
        ),
        (
            '[models.a]\nkind = "image"\ngenerator = "simulated"\ntokens_per_minute = 3\n',
            "[models.a] tokens_per_minute is 3: expected 0, as pictures have no tokens.",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    assert refused(tmp_path, text).startswith(sentence) or sentence in refused(tmp_path, text)


def test_many_fallbacks_of_each_other_are_checked_quickly(tmp_path: Path) -> None:
    names = [f"m{number}" for number in range(60)]
    text = "".join(
        f'[models.{name}]\nkind = "text"\ngenerator = "simulated"\n'
        f"fallback = {names[number + 1 :]}\n"
        for number, name in enumerate(names)
    )
    assert loaded(tmp_path, text).fallbacks("m0") == names[1:]


def test_the_configuration_on_the_page_is_valid(tmp_path: Path) -> None:
    page = (HOME / "docs" / "models.md").read_text("utf-8")
    block, fallback = re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    *_, key = fallback.strip().partition("[models.good]\n")
    config = loaded(tmp_path, block, f"models.good.{key.replace(' = ', '=')}")
    assert [*config.named] == ["draft", "flux", "good"]
    assert config.fallbacks("good") == ["draft", "text"]


@pytest.mark.parametrize("table", ['[models.flux]\nkind = "image"\n', "[image]\n"])
@pytest.mark.parametrize(
    ("workflow", "keys", "reason"),
    [
        (
            None,
            "",
            "workflow {file} cannot be used: it cannot be read (No such file or directory).",
        ),
        ("{", "", "workflow {file} cannot be used: it is no JSON."),
        ('{"nodes": []}', "", "workflow {file} cannot be used: it is in the format of ComfyUI's"),
        (
            '{"1": {"class_type": "CLIPTextEncode", "inputs": {"text": "x"}}}',
            'prompt_node = "Nope"',
            "workflow {file} cannot be used: no node with the title or id 'Nope' in it.",
        ),
    ],
)
def test_a_workflow_that_cannot_be_used_is_refused(
    tmp_path: Path, table: str, workflow: str | None, keys: str, reason: str
) -> None:
    file = tmp_path / "flux.json"
    if workflow is not None:
        file.write_text(workflow)
    own = f'workflow = "{file}"\n{keys}\n'
    text = f'{table}generator = "comfyui"\n'
    text += own if "models" in table else f"[image.comfyui]\n{own}"
    section = "models.flux" if "models" in table else "image.comfyui"
    config = loaded(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        check_files(config)
    sentence = str(error.value).removeprefix(f"{tmp_path / 'config.toml'}: ")
    assert sentence.startswith(f"[{section}] {reason.format(file=file)}")


def test_relative_files_of_generators_are_beside_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "conf"
    folder.mkdir()
    (folder / "flux.json").write_text(json.dumps(WORKFLOW))
    monkeypatch.chdir(tmp_path)
    files = 'workflow = "flux.json"\npicture = "in.png"\n'
    text = f'[image.comfyui]\n{files}[models.flux]\nkind = "image"\ngenerator = "comfyui"\n{files}'
    text += '[models.own]\nkind = "text"\ngenerator = "local"\nmodel = "own.gguf"\n'
    config = loaded(Path("conf"), text)
    of_kind: Any = config.settings["image"]["comfyui"]
    named: Any = config.models["flux"].settings
    for settings in (of_kind, named):
        assert Path(settings.workflow).resolve() == folder / "flux.json"
        assert Path(settings.picture).resolve() == folder / "in.png"
    own: Any = config.models["own"].settings
    assert Path(own.model).resolve() == folder / "own.gguf"
    bundled: Any = config.settings["text"]["local"]
    assert bundled.model == "bundled"
    with pytest.raises(ConfigError, match="picture"):  # the workflow is read, and takes none
        check_files(config)
