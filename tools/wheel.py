"""A build hook: puts `service` into the wheel as `feedmill.service`, the one top-level package.

A clone has `service/` at its top, where it is easy to find; in site-packages that name would be
taken from everybody else.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

IMPORT = re.compile(r"^(\s*(?:from|import) )service(?=[.\s])", re.MULTILINE)
COMPLETIONS = {"wheel": "feedmill/completions", "sdist": "completions"}
REWRITTEN = ("__main__.py", "generators.py")
"""The modules of `feedmill/` that import `service`."""
LEFT_OUT = ("__pycache__", ".DS_Store")


class WheelHook(BuildHookInterface):  # type: ignore[type-arg] # its parameter is not public
    """Adds the files of `service/`, with imports that name their new place, and scripts."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name every file of the wheel beside those of `feedmill/`."""
        if version == "editable":
            raise ValueError("there is no editable installation: use `python3 dev.py run`")
        root = Path(self.root)
        self._written = Path(tempfile.mkdtemp())
        included = build_data["force_include"]
        for script in self._completions(root):
            included[str(script)] = f"{COMPLETIONS[self.target_name]}/{script.name}"
        if self.target_name == "sdist":
            return
        included[str(root / "config.toml")] = "feedmill/config.toml"
        for file in sorted((root / "service").rglob("*")):
            inside = file.relative_to(root)
            if file.is_dir() or any(part in LEFT_OUT for part in inside.parts):
                continue
            if file.suffix == ".py":
                written = self._written / inside
                written.parent.mkdir(parents=True, exist_ok=True)
                _rewrite(file, written)
                file = written  # noqa: PLW2901 - the same file, for the wheel
            included[str(file)] = f"feedmill/{inside.as_posix()}"
        for name in REWRITTEN:
            copy = self._written / name
            _rewrite(root / "feedmill" / name, copy)
            included[str(copy)] = f"feedmill/{name}"

    def _completions(self, root: Path) -> Sequence[Path]:
        """The scripts for shells: of the source archive, or made by a build that has the packages.

        A wheel that is built straight from a clone in an environment without them has none.
        """
        folder = root / "completions"
        if not folder.exists():
            folder = self._written / "completions"
            words = [sys.executable, "-m", "tools.completions", str(folder)]
            if subprocess.run(words, cwd=root, capture_output=True, check=False).returncode:
                return ()
        return sorted(folder.iterdir())

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - the interface
        """Remove what was written for the wheel."""
        shutil.rmtree(self._written)


def _rewrite(file: Path, copy: Path) -> None:
    copy.write_text(IMPORT.sub(r"\1feedmill.service", file.read_text("utf-8")), "utf-8")
