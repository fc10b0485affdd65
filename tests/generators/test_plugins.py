"""Plug-ins: the package of docs/own-generators.md, built, installed, and generating."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.config import ConfigError, load
from service.generators.custom import Custom
from service.generators.protocol import Job, Written
from tests.generators.test_generators_page import blocks
from tests.support.running import HOME

CAT = Job("a cat", seed=1)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed package of the page."""
    source, target = tmp_path_factory.mktemp("shout"), tmp_path_factory.mktemp("site")
    [project] = [block for block in blocks("toml") if "[project]" in block]
    _, module, tests = blocks("python")
    (source / "pyproject.toml").write_text(project, "utf-8")
    (source / "feedmill_shout.py").write_text(module, "utf-8")
    (source / "test_shout.py").write_text(tests, "utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    alone = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(target)]
    subprocess.run([*pip, *alone, source], check=True, capture_output=True)
    (target / "test_shout.py").write_text(tests, "utf-8")
    return target


@pytest.fixture
def plugged(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is on the path of this process, as if it were installed beside Feedmill."""
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text('[text]\ngenerator = "shout"\n\n[text.shout]\nending = "!!"\n', "utf-8")
    return file


@pytest.mark.usefixtures("plugged")
async def test_the_package_on_the_page_generates_by_its_name(config: Path) -> None:
    loaded = load(config, environment={})
    settings = loaded.settings["text"]["shout"]
    async with Custom("text", "shout", settings, config.parent) as generator:
        assert await generator.generate(CAT, print) == Written("A CAT!!", model="shout")


@pytest.mark.usefixtures("plugged")
def test_its_settings_are_checked_like_all_others(config: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[text.shout\] pause is"):
        load(config, environment={"FEEDMILL_TEXT__SHOUT__PAUSE": "soon"})
    with pytest.raises(ConfigError, match=r"unknown key colour in \[text.shout\]"):
        load(config, environment={}, settings=["text.shout.colour=red"])


@pytest.mark.usefixtures("plugged")
def test_its_table_is_ignored_while_another_generator_is_chosen(config: Path) -> None:
    loaded = load(config, environment={}, settings=["text.generator=local"])
    assert "shout" not in loaded.settings["text"]


def test_without_the_package_the_name_is_refused(config: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown section \[text.shout\]"):
        load(config, environment={})
    with pytest.raises(ConfigError, match="the name of an installed plug-in, or"):
        load(None, environment={}, settings=["text.generator=shout"])


@pytest.mark.usefixtures("plugged")
def test_a_name_of_two_packages_is_refused(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other-1.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n", "utf-8")
    (other / "entry_points.txt").write_text("[feedmill.generators]\nshout = other:Shout\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    with pytest.raises(ConfigError, match=r"2 generators of this name \(feedmill_shout:"):
        load(config, environment={})


def test_the_contract_test_of_the_page_passes(site: Path) -> None:
    paths = {"PYTHONPATH": f"{HOME}{os.pathsep}{site}", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    outside = {**os.environ, **paths}
    alone = [
        "-p",
        "pytest_asyncio.plugin",
        "-p",
        "no:cacheprovider",
        "-o",
        "asyncio_mode=auto",
        "-q",
    ]
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "--rootdir", site, *alone, site / "test_shout.py"],
        cwd=site,
        env=outside,
        capture_output=True,
        text=True,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout
    assert "8 passed" in tested.stdout
