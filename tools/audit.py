"""Compares the locked packages with the known vulnerabilities of the OSV database.

    python3 dev.py audit                 fetches the database's advisories for PyPI (some 30 MB)
    python3 dev.py audit all.zip         uses a copy: that file, or a folder of OSV JSON files

Exit code: 0 nothing known, 1 a locked package is affected, 2 no data to compare with.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import urllib.request
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ADVISORIES = "https://storage.googleapis.com/osv-vulnerabilities/PyPI/all.zip"
FETCH_TIMEOUT_SECONDS = 60.0  # without a byte
PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)

Advisory = dict[str, Any]  # https://ossf.github.io/osv-schema/


class NoAdvisories(Exception):
    """There is no data to compare with; the message says why."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py audit", description=__doc__.partition("\n")[0])
    parser.add_argument("advisories", nargs="?", metavar="FILE|DIR", type=Path)
    parser.add_argument("--lock", action="append", required=True, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    packages = locked_packages(lock.read_text() for lock in arguments.lock)
    try:
        findings, count, newest = audit(packages, load(arguments.advisories))
    except NoAdvisories as missing:
        print(f"Not audited: {missing}", file=sys.stderr)
        return 2
    for finding in findings:
        print(finding)
    print(
        f"{len(packages)} locked packages against {count} advisories, the newest of {newest}: "
        f"{len(findings) or 'none'} known to apply."
    )
    return 1 if findings else 0


def locked_packages(locks: Iterable[str]) -> set[tuple[str, str]]:
    """Name and version of every package in lock files."""
    return {
        (canonicalize_name(name), version) for lock in locks for name, version in PIN.findall(lock)
    }


def audit(
    packages: set[tuple[str, str]], advisories: Iterable[Advisory]
) -> tuple[list[str], int, str]:
    """A line for every advisory that applies, the number of advisories, and the newest date.

    Raises NoAdvisories if there are none.
    """
    versions = defaultdict(list)
    for name, version in packages:
        versions[name].append(version)
    findings, count, newest = [], 0, ""
    for advisory in advisories:
        count += 1
        newest = max(newest, str(advisory.get("modified", ""))[:10])
        if "withdrawn" in advisory:
            continue
        for affected in advisory.get("affected", ()):
            package = affected.get("package", {})
            if package.get("ecosystem") != "PyPI":
                continue
            name = canonicalize_name(package.get("name", ""))
            findings += [
                _line(name, version, advisory, affected)
                for version in versions.get(name, ())
                if applies(affected, version)
            ]
    if not count:
        raise NoAdvisories("there is no advisory in the data.")
    return sorted(set(findings)), count, newest or "an unknown day"


def applies(affected: Advisory, version: str) -> bool:
    """Whether an entry of `affected` covers a version."""
    found = Version(version)
    if any(_parsed(listed) == found for listed in affected.get("versions", ())):
        return True
    return any(
        _within(found, affected_range.get("events", ()))
        for affected_range in affected.get("ranges", ())
        if affected_range.get("type") == "ECOSYSTEM"
    )


def _within(version: Version, events: Iterable[dict[str, str]]) -> bool:
    within = False
    for event in sorted(events, key=lambda event: _parsed(next(iter(event.values())))):
        [(what, limit)] = list(event.items())[:1]
        bound = _parsed(limit)
        if what == "introduced":
            within = within or version >= bound
        elif (what == "fixed" and version >= bound) or (
            what == "last_affected" and version > bound
        ):
            within = False
    return within


def _parsed(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:  # older than PEP 440; no locked package is that old
        return Version("0")


def _line(name: str, version: str, advisory: Advisory, affected: Advisory) -> str:
    fixed = [
        event["fixed"]
        for affected_range in affected.get("ranges", ())
        for event in affected_range.get("events", ())
        if affected_range.get("type") == "ECOSYSTEM" and "fixed" in event
    ]
    summary = advisory.get("summary") or str(advisory.get("details", "")).partition("\n")[0]
    releases = ", ".join(fixed) or "no release"
    return f"{name} {version}: {advisory['id']}, fixed in {releases}: {summary}"


def load(source: Path | None) -> Iterator[Advisory]:
    """All advisories, from a copy or from the database itself. Raises NoAdvisories."""
    if source is None:
        with tempfile.TemporaryFile() as copy:
            try:
                with urllib.request.urlopen(ADVISORIES, timeout=FETCH_TIMEOUT_SECONDS) as answer:
                    while data := answer.read(1 << 20):
                        copy.write(data)
            except (OSError, HTTPException) as error:
                raise NoAdvisories(
                    f"{ADVISORIES} cannot be reached ({error}). Bring that file here and name it: "
                    "python3 dev.py audit all.zip"
                ) from error
            yield from _from_zip(copy)
    elif source.is_dir():
        for path in sorted(source.rglob("*.json")):
            yield _decoded(path.name, path.read_bytes())
    elif source.suffix == ".json":
        yield _decoded(source.name, _read(source))
    else:
        yield from _from_zip(source)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NoAdvisories(f"{path} cannot be read ({error.strerror}).") from error


def _from_zip(file: Any) -> Iterator[Advisory]:
    try:
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                if name.endswith(".json"):
                    yield _decoded(name, archive.read(name))
    except (OSError, zipfile.BadZipFile) as error:
        raise NoAdvisories(f"{file} is no zip file of advisories ({error}).") from error


def _decoded(name: str, data: bytes) -> Advisory:
    try:
        advisory = json.loads(data)
    except ValueError as error:
        raise NoAdvisories(f"{name} is no advisory ({error}).") from error
    if not isinstance(advisory, dict) or "id" not in advisory:
        raise NoAdvisories(f"{name} is no advisory.")
    return advisory


if __name__ == "__main__":
    sys.exit(main())
