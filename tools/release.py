"""Builds and checks everything of a release, into dist/: python -m tools.release --dry-run.

The wheel and the source archive (built twice, the same bytes), their checksums, the SBOM
(CycloneDX, from the lock), and the licences of all packages in the lock. Publishing itself is done
by the workflow that runs on a tag (.github/workflows/release.yml), with trusted publishing.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from service import __version__

HOME = Path(__file__).resolve().parents[1]
DIST = HOME / "dist"
LOCK = HOME / "requirements.lock"
NAMED = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)", re.MULTILINE)


class NotReady(Exception):
    """Something of the release is missing or wrong; the message says what."""


def main() -> int:
    """Everything but publishing; 1 and a sentence if the release is not ready."""
    parser = argparse.ArgumentParser(prog="dev.py release", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="only build and check (the default)")
    parser.add_argument("--tag", help="the tag of the release, which must name the version")
    arguments = parser.parse_args()
    try:
        check_version(arguments.tag)
        shutil.rmtree(DIST, ignore_errors=True)
        files = build()
        run("twine", "check", "--strict", *map(str, files))
        files += [sbom(), licences(), notes()]
        checksums(files)
    except NotReady as reason:
        print(f"Not ready: {reason}", file=sys.stderr)
        return 1
    print(f"Feedmill {__version__} is ready in {DIST}:")
    for file in sorted(DIST.iterdir()):
        print(f"  {file.name}  {file.stat().st_size:,} bytes")
    if not arguments.tag:
        print(f"To release it, push the tag v{__version__}.")
    return 0


def check_version(tag: str | None) -> None:
    """The version is semantic, the changelog has its section, and the tag names it."""
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", __version__):
        raise NotReady(f"{__version__} is no semantic version.")
    if tag is not None and tag != f"v{__version__}":
        raise NotReady(f"the tag {tag} does not name the version {__version__}.")
    changes = (HOME / "CHANGELOG.md").read_text(encoding="utf-8")
    if tag is not None and f"\n## [{__version__}]" not in changes:
        raise NotReady(f"CHANGELOG.md has no section [{__version__}].")
    if "\n## [" not in changes:
        raise NotReady("CHANGELOG.md has no sections.")


def build() -> list[Path]:
    """The wheel and the source archive, built twice. Raises NotReady."""
    words = ("build", "--no-isolation", "--outdir")
    run(*words, str(DIST), str(HOME))
    with tempfile.TemporaryDirectory() as folder:
        run(*words, folder, str(HOME))
        for file in sorted(DIST.iterdir()):
            if file.read_bytes() != (Path(folder) / file.name).read_bytes():
                raise NotReady(f"{file.name} has other bytes when it is built again.")
    return sorted(DIST.iterdir())


def sbom() -> Path:
    """The bill of materials of what the lock installs."""
    target = DIST / f"feedmill-{__version__}.cdx.json"
    options = ("--output-reproducible", "--of", "JSON", "--pyproject", str(HOME / "pyproject.toml"))
    run("cyclonedx_py", "requirements", *options, "-o", str(target), str(LOCK))
    return target


def licences() -> Path:
    """The licence texts of the packages in the lock that this environment has."""
    parts = []
    for name, version in sorted(set(NAMED.findall(LOCK.read_text()))):
        try:
            package = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system
        texts = [
            file.read_text()
            for file in package.files or ()
            if re.search(r"(?i)dist-info/.*(licen[cs]e|copying|notice)", str(file))
        ]
        about = package.metadata.json
        named = str(about.get("license_expression") or about.get("license") or "")
        if not named.strip() and not texts:
            raise NotReady(f"{name} {version} names no licence.")
        parts.append(
            "\n\n".join(
                [f"{'=' * 78}\n{name} {version}\n{' '.join(named.splitlines()[:1])}", *texts]
            )
        )
    target = DIST / f"feedmill-{__version__}-licences.txt"
    target.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return target


def notes() -> Path:
    """The changelog's section of this version, or the newest one before it is tagged."""
    changes = (HOME / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", changes, flags=re.MULTILINE)[1:]
    section = next((each for each in sections if each.startswith(f"[{__version__}]")), sections[0])
    target = DIST / "NOTES.md"
    target.write_text(section.partition("\n")[2].strip() + "\n", encoding="utf-8")
    return target


def checksums(files: list[Path]) -> None:
    """SHA256SUMS, as `sha256sum --check` reads it."""
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (DIST / "SHA256SUMS").write_text("".join(lines))


def run(module: str, *words: str) -> None:
    """Run a module of this environment. Raises NotReady."""
    ended = subprocess.run(
        [sys.executable, "-m", module, *words], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise NotReady(f"{module} failed: {(ended.stderr or ended.stdout).strip()[-500:]}")


if __name__ == "__main__":
    sys.exit(main())
