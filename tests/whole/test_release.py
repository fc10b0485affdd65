"""A release: its version, tag, changelog, workflow, and with --long all of its files."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from service import __version__
from tests.support.running import HOME
from tools import release


def test_the_tag_names_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    release.check_version(None)
    with pytest.raises(release.NotReady, match="does not name the version"):
        release.check_version("v9.9.9")
    monkeypatch.setattr(release, "__version__", "1.x")
    with pytest.raises(release.NotReady, match="no semantic version"):
        release.check_version(None)


def test_a_tagged_version_has_its_section_in_the_changelog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "HOME", tmp_path)
    changes = tmp_path / "CHANGELOG.md"
    changes.write_text("# Changelog\n\n## [Unreleased]\n")
    with pytest.raises(release.NotReady, match="has no section"):
        release.check_version(f"v{__version__}")
    changes.write_text(f"# Changelog\n\n## [{__version__}] - 2030-01-01\n")
    release.check_version(f"v{__version__}")


def test_the_workflow_follows_its_schema() -> None:
    checker = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema"]
    workflow = HOME / ".github" / "workflows" / "release.yml"
    subprocess.run([*checker, "vendor.github-workflows", workflow], check=True)


def test_the_workflow_pins_what_it_runs() -> None:
    workflow = (HOME / ".github" / "workflows" / "release.yml").read_text()
    used = re.findall(r"uses: (\S+)", workflow)
    assert used
    assert [name for name in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name)] == []


def test_the_notes_are_the_section_of_the_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "HOME", tmp_path)
    monkeypatch.setattr(release, "DIST", tmp_path)
    changes = f"# Changelog\n\n## [Unreleased]\n\nNext.\n\n## [{__version__}] - day\n\nFirst.\n"
    (tmp_path / "CHANGELOG.md").write_text(changes)
    assert release.notes().read_text() == "First.\n"
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n\nNext.\n")
    assert release.notes().read_text() == "Next.\n"


@pytest.mark.long
def test_all_files_of_a_release_are_made_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "DIST", tmp_path / "dist")
    monkeypatch.setattr(sys, "argv", ["release", "--dry-run"])
    assert release.main() == 0
    files = {file.name: file.read_bytes() for file in (tmp_path / "dist").iterdir()}
    assert set(files) == {
        "NOTES.md",
        "SHA256SUMS",
        f"feedmill-{__version__}-licences.txt",
        f"feedmill-{__version__}-py3-none-any.whl",
        f"feedmill-{__version__}.cdx.json",
        f"feedmill-{__version__}.tar.gz",
    }
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest
    parts = json.loads(files[f"feedmill-{__version__}.cdx.json"])["components"]
    locked = set(release.NAMED.findall(release.LOCK.read_text()))
    assert {(part["name"], part["version"]) for part in parts} == locked
