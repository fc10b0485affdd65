"""The dashboard and the alert rules name metrics and labels that `/metrics` has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.commands.dashboards import FILES, FOLDER
from tests.support.running import HOME, running_service

NAME = re.compile(r"\b(?:feedmill|process)_[a-z_]+")
SELECTOR = re.compile(r"((?:feedmill|process)_[a-z_]+)\{([^}]*)\}")
GROUPED = re.compile(r"by \(([a-z, ]+)\)")
OF_PROMETHEUS = {"instance", "job", "le", "severity"}


def expressions() -> list[str]:
    """Every expression of both files."""
    dashboard = json.loads((FOLDER / FILES["grafana"]).read_text())
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    rules = (FOLDER / FILES["alerts"]).read_text()
    alerts = [
        " ".join(found.removeprefix(">-").split())
        for found in re.findall(r"expr: (>-\n(?: {10}.*\n)+|.+)", rules)
    ]
    assert len(shown) > 25
    assert len(alerts) == rules.count("- alert:")
    return shown + alerts


async def test_every_metric_and_label_is_there(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path) as service,
        aiohttp.ClientSession(service.url) as session,
        session.get("/healthz"),
        session.get("/metrics") as answer,
    ):
        page = await answer.text()
    labels: defaultdict[str, set[str]] = defaultdict(set)
    names = set()
    for family in text_string_to_metric_families(page):
        names |= {family.name, f"{family.name}_total", f"{family.name}_bucket"}
        for sample in family.samples:
            labels[sample.name] |= sample.labels.keys()
    documented = (HOME / "docs" / "operations.md").read_text()
    for name, found in re.findall(r"`(feedmill_[a-z_]+)\{([a-z,]+)\}`", documented):
        labels[name] |= set(found.split(","))
    for expression in expressions():
        used = set(NAME.findall(expression))
        assert used <= names, expression
        known = OF_PROMETHEUS.union(*(labels[name] for name in used))
        for name, selected in SELECTOR.findall(expression):
            assert set(re.findall(r"([a-z_]+)=", selected)) <= OF_PROMETHEUS | labels[name], name
        for grouped in GROUPED.findall(expression):
            assert set(grouped.replace(" ", "").split(",")) <= known, expression


def test_every_alert_has_a_summary_and_a_runbook() -> None:
    rules = (FOLDER / FILES["alerts"]).read_text()
    for part in rules.split("- alert: ")[1:]:
        assert re.search(r'summary: ".+\."', part)
        assert re.search(r'runbook: ".+\."', part)
        assert "severity: " in part


@pytest.mark.parametrize("which", FILES)
def test_the_command_prints_the_file(which: str) -> None:
    run = [sys.executable, str(HOME / "run.py"), "--config", "/dev/null"]
    printed = subprocess.run([*run, "dashboards", which], capture_output=True, check=True)
    assert printed.stdout == (FOLDER / FILES[which]).read_bytes()


def test_prometheus_accepts_the_rules(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    for file in (FOLDER / "alerts.yml", Path(__file__).with_name("alerts_test.yml")):
        shutil.copy(file, tmp_path)
    subprocess.run([promtool, "check", "rules", "alerts.yml"], cwd=tmp_path, check=True)
    subprocess.run([promtool, "test", "rules", "alerts_test.yml"], cwd=tmp_path, check=True)
