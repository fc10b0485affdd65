"""docs/architecture.md and docs/glossary.md: they lead to files that exist, and to every file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

HOME = Path(__file__).parents[2]
PAGES = "\n".join(
    (HOME / "docs" / name).read_text(encoding="utf-8")
    for name in ("architecture.md", "glossary.md")
)
FOLDERS = ("copywriter", "illustrator", "prompt")
"""Parts of a generator that the page names as a whole."""


def test_every_module_is_named() -> None:
    modules = [
        module
        for room in ("feedmill", "service")
        for module in (HOME / room).rglob("*.py")
        if module.name != "__init__.py" and not {*FOLDERS} & {*module.parts}
    ]
    assert len(modules) > 200
    assert [str(module) for module in modules if module.name not in PAGES] == []


def test_every_named_file_exists() -> None:
    files = {path.name for path in HOME.rglob("*.py") if ".venv" not in path.parts}
    named = set(re.findall(r"\b[a-z_]+\.py\b", PAGES))
    assert len(named) > 150
    assert sorted(named - files) == []


def test_the_import_chains_are_those_that_are_checked() -> None:
    tools = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    contracts = [it for it in tools["importlinter"]["contracts"] if it["type"] == "layers"]
    chains = [" > ".join(it["layers"]).replace("service.", "") for it in contracts[:2]]
    page = " ".join(PAGES.split())
    assert [chain for chain in chains if chain not in page] == []
