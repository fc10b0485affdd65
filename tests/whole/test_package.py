"""The wheel: one package, the same bytes twice, and a service from an empty folder."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import aiohttp
import pytest

from service import __version__
from tests.support.running import HOME, Running

BUILD = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([*BUILD, folder, HOME], check=True, capture_output=True)
    [wheel] = folder.iterdir()
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a user who has the package, and a home folder with nothing in it."""
    site, home = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("home")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {"PYTHONPATH": str(site), "HOME": str(home)}


def feedmill(
    installed: dict[str, str], folder: Path, *words: str
) -> subprocess.CompletedProcess[str]:
    """A command of the installed package, in a folder of the user's own."""
    return subprocess.run(
        [sys.executable, "-m", "feedmill", *words],
        cwd=folder,
        env=installed,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_holds_one_package_and_what_it_needs(wheel: Path) -> None:
    assert wheel.name == f"feedmill-{__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < 6_000_000
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        entry_points = archive.read(f"feedmill-{__version__}.dist-info/entry_points.txt")
    assert {name.split("/")[0] for name in names} == {
        "feedmill",
        f"feedmill-{__version__}.dist-info",
    }
    assert b"feedmill = feedmill.__main__:main" in entry_points
    needed = {
        "feedmill/py.typed",
        "feedmill/config.toml",
        "feedmill/client/__init__.py",
        "feedmill/service/store/sql/schema/schema.sql",
        "feedmill/service/http/pages/samples/posts.json",
        "feedmill/service/http/pages/static/studio.html",
    }
    assert needed <= set(names)
    assert not [name for name in names if "test" in name.lower() or "__pycache__" in name]


def test_the_same_tree_gives_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([*BUILD, tmp_path, HOME], check=True, capture_output=True)
    [again] = tmp_path.iterdir()
    assert again.read_bytes() == wheel.read_bytes()


def test_no_module_of_the_wheel_needs_a_package_service(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        sources = {
            name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".py")
        }
    lines = [
        (name, line)
        for name, source in sources.items()
        for line in source.splitlines()
        if line.strip().startswith(("from service", "import service"))
    ]
    assert lines == []


def test_the_version_is_one(installed: dict[str, str], tmp_path: Path) -> None:
    assert feedmill(installed, tmp_path, "--version").stdout == f"Feedmill {__version__}\n"


def test_shells_complete_its_commands(
    wheel: Path, installed: dict[str, str], tmp_path: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for shell in ("bash", "zsh", "fish"):
            assert b"doctor" in archive.read(f"feedmill/completions/{shell}")
    (tmp_path / "script").write_text(feedmill(installed, tmp_path, "completion", "bash").stdout)
    asked = (
        "source ./script; COMP_WORDS=(feedmill doc) COMP_CWORD=1; _shtab_feedmill; echo $COMPREPLY"
    )
    result = subprocess.run(
        ["bash", "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.stdout == "doctor\n", result.stderr


def test_init_writes_the_annotated_configuration_once(
    installed: dict[str, str], tmp_path: Path
) -> None:
    assert feedmill(installed, tmp_path, "init").returncode == 0
    written = (tmp_path / "config.toml").read_bytes()
    assert written == (HOME / "config.toml").read_bytes()
    (tmp_path / "config.toml").write_bytes(written + b"# mine\n")
    again = feedmill(installed, tmp_path, "init")
    assert (again.returncode, again.stderr) == (
        1,
        "config.toml is there already; nothing is written.\n",
    )
    assert (tmp_path / "config.toml").read_bytes() == written + b"# mine\n"
    checked = feedmill(installed, tmp_path, "--check")
    assert checked.stdout == f"The configuration is valid ({tmp_path / 'config.toml'}).\n"


async def test_it_serves_from_an_empty_folder(installed: dict[str, str], tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "feedmill", "--set", "http.port=0"),
        *("--set", "text.generator=simulated", "--set", "text.simulated.delay=0"),
        cwd=tmp_path,
        env=installed,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=2**20,
    )
    running = Running(process)
    ready = await running.logged("ready")
    assert Path(ready["data"]).is_relative_to(installed["HOME"])
    async with aiohttp.ClientSession(ready["url"]) as session:
        order = {"prompt": "A red bicycle", "tag": "instagram"}
        async with session.post("/content", json=order) as answer:
            address = answer.headers["Location"]
        async with session.get(address, params={"wait": "60"}) as answer:
            record = await answer.json()
        async with session.get("/") as page:
            assert page.status == 200
        async with session.get("/metrics") as page:
            assert page.status == 200
    assert (answer.status, record["status"]) == (200, "completed"), record
    assert not os.listdir(tmp_path), "nothing is written where it is started"  # noqa: PTH208 - short
    assert await running.stop() == 0


PLUGIN = """
import msgspec
from feedmill.generators import Written

class Settings(msgspec.Struct, frozen=True):
    ending: str = "!"

class Shout:
    def __init__(self, settings, home): ...
    async def __aenter__(self): return self
    async def __aexit__(self, *error): ...
    async def generate(self, job, say): return Written(job.prompt.upper(), "shout")
"""


def test_the_wheel_takes_plug_ins_and_has_their_contract_test(
    installed: dict[str, str], tmp_path: Path
) -> None:
    site = tmp_path / "plugins"
    described = site / "shout-1.dist-info"
    described.mkdir(parents=True)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: shout\nVersion: 1\n", "utf-8")
    (described / "entry_points.txt").write_text("[feedmill.generators]\nshout = shout:Shout\n")
    (site / "shout.py").write_text(PLUGIN, "utf-8")
    python_path = f"{installed['PYTHONPATH']}{os.pathsep}{site}"
    outside = installed | {"PYTHONPATH": python_path}
    words = ("--set", "text.generator=shout", "--set", "text.shout.ending=?", "--check")
    checked = feedmill(outside, tmp_path, *words)
    assert checked.returncode == 0, checked.stderr
    imports = [sys.executable, "-c", "import feedmill.generator_contract"]
    subprocess.run(imports, cwd=tmp_path, env=outside, check=True)
