"""deploy/: its files are valid, and agree with the configuration and the tree."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.config import load
from tests.support.running import HOME

DEPLOY = HOME / "deploy"
BIN = Path(sys.executable).parent
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
FEEDMILLS = [name for name in COMPOSE["services"] if name.startswith("feedmill")]


def test_the_dockerfile_has_no_finding() -> None:
    hadolint = shutil.which("hadolint", path=BIN)
    if hadolint is None:
        pytest.skip("hadolint has no package for this machine")
    subprocess.run([hadolint, DEPLOY / "Dockerfile"], check=True)


def test_the_image_has_all_that_it_copies() -> None:
    ignored = (HOME / ".dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for name in copied.split():
            assert (HOME / name).exists(), name
            assert name in allowed, name


def test_the_image_runs_as_another_user_with_one_volume() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER (?!0\b|root)\d+", last, re.MULTILINE)
    assert re.findall(r"^VOLUME (.+)$", last, re.MULTILINE) == ["/data"]
    assert "HEALTHCHECK" in last
    assert "STOPSIGNAL SIGTERM" in last
    assert not re.search(r"(?i)^(ENV|ARG) .*(key|token|secret|password)", DOCKERFILE, re.MULTILINE)


def test_the_compose_file_follows_its_schema() -> None:
    checker = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    subprocess.run([*checker, DEPLOY / "compose.yaml"], check=True)


@pytest.mark.parametrize("name", FEEDMILLS)
def test_the_service_starts_with_its_variables(name: str, tmp_path: Path) -> None:
    service = COMPOSE["services"][name]
    image = dict(re.findall(r"(FEEDMILL_\w+)=(\S+)", DOCKERFILE))
    variables = image | {
        key: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", value)
        for key, value in service["environment"].items()
    }
    config = load(None, variables, [f"service.data_dir={tmp_path}"])
    assert config.http.host == "0.0.0.0"  # noqa: S104 - in a container
    assert config.auth.required is False
    stop = float(service["stop_grace_period"].removesuffix("s"))
    assert stop > config.service.drain
    [port] = service["ports"]
    assert port == f"127.0.0.1:{config.http.port}:{config.http.port}", "open to this machine only"


def test_every_mounted_file_is_there() -> None:
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (DEPLOY / source).exists() if "/" in source else source in COMPOSE["volumes"]
    scraped = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"]
    assert [job["job_name"] for job in scraped] == ["feedmill"], "the alerts name it"
