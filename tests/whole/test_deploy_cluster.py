"""deploy/ for more than one host: valid, and in agreement with configuration and streams."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from service.config import Config, load
from service.messages import KINDS
from service.roles import ROLES
from service.stream_groups import pool_streams
from tests.support.running import HOME

DEPLOY = HOME / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
NODES = [name for name in COMPOSE["services"] if name.startswith("node-")]
IMAGE = {"FEEDMILL_HTTP__HOST": "0.0.0.0"}  # noqa: S104 - in a container
SECRET = {
    "FEEDMILL_DATABASE__URL": "postgresql://feedmill@postgres/feedmill",
    "FEEDMILL_REDIS__URL": "redis+sentinel://a,b,c/mymaster",
}
OLDEST_KUBERNETES = "1.33"  # of those that its makers support


def manifests(kind: str = "") -> Iterator[dict[str, Any]]:
    for file in sorted(KUBERNETES.glob("*.yaml")):
        for manifest in yaml.safe_load_all(file.read_text()):
            if kind in {"", manifest["kind"]}:
                yield manifest


def container(deployment: Mapping[str, Any]) -> dict[str, Any]:
    [only] = deployment["spec"]["template"]["spec"]["containers"]
    assert isinstance(only, dict)
    return only


def config_of(deployment: Mapping[str, Any], folder: Path) -> Config:
    """What a pod of this Deployment reads: an unknown key is an error."""
    [settings] = manifests("ConfigMap")
    own = {each["name"]: each["value"] for each in container(deployment).get("env", ())}
    variables = {**IMAGE, **settings["data"], **SECRET, **own}
    return load(None, variables, [f"service.data_dir={folder}"])


def test_the_documented_configurations_are_valid(tmp_path: Path) -> None:
    page = (HOME / "docs" / "cluster.md").read_text()
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert blocks
    for number, block in enumerate(blocks):
        file = tmp_path / f"{number}.toml"
        file.write_text(block)
        assert load(file, {}).source == file


# ------------------------------------------------------------------ Kubernetes
def test_the_manifests_follow_their_schema() -> None:
    checked = [
        kubernetes_validate.validate(manifest, OLDEST_KUBERNETES, strict=True)
        for manifest in manifests()
        if manifest["kind"] not in {"Kustomization", "ScaledObject"}  # theirs are not included
    ]
    assert len(checked) >= len(ROLES)
    [kustomization] = manifests("Kustomization")
    files = {file.name for file in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(kustomization["resources"]) == files


def test_every_role_is_deployed_with_settings_that_exist(tmp_path: Path) -> None:
    deployed: set[str] = set()
    for deployment in manifests("Deployment"):
        config = config_of(deployment, tmp_path)
        deployed.update(config.service.roles)
        pod, spec = deployment["spec"]["template"]["spec"], container(deployment)
        pause = spec["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod["terminationGracePeriodSeconds"] > pause + config.service.drain
        assert spec["livenessProbe"]["httpGet"]["path"] == "/healthz"
        assert spec["readinessProbe"]["httpGet"]["path"] == "/readyz"
        [port] = spec["ports"]
        assert port["containerPort"] == config.http.port
        assert config.auth.required is True
        size = pod["volumes"][0]["emptyDir"]["sizeLimit"]
        assert int(size.removesuffix("Gi")) * 2**30 > config.media.cache
    assert deployed == set(ROLES)


def test_every_deployment_survives_a_drained_node() -> None:
    names = {each["metadata"]["name"] for each in manifests("Deployment")}
    protected = {
        each["spec"]["selector"]["matchLabels"]["app"] for each in manifests("PodDisruptionBudget")
    }
    assert protected == names


def test_no_manifest_has_a_secret() -> None:
    texts = [file.read_text() for file in KUBERNETES.glob("*.yaml")]
    assert not [text for text in texts if re.search(r"(?i)(password|secret\w*): +[\"']?\w", text)]
    for deployment in manifests("Deployment"):
        assert {"secretRef": {"name": "feedmill"}} in container(deployment)["envFrom"]


@pytest.mark.parametrize("kind", KINDS)
def test_workers_scale_by_all_streams_of_their_kind(kind: str, tmp_path: Path) -> None:
    [scaled] = [
        each for each in manifests("ScaledObject") if each["metadata"]["name"] == f"worker-{kind}"
    ]
    triggers = scaled["spec"]["triggers"]
    assert {each["metadata"]["stream"] for each in triggers} == set(pool_streams(kind))
    assert all("lagCount" not in each["metadata"] for each in triggers)
    formula = scaled["spec"]["advanced"]["scalingModifiers"]["formula"]
    assert formula.split(" + ") == [each["name"] for each in triggers]
    assert scaled["spec"]["minReplicaCount"] == 0
    name = scaled["spec"]["scaleTargetRef"]["name"]
    [target] = [each for each in manifests("Deployment") if each["metadata"]["name"] == name]
    assert "replicas" not in target["spec"]  # or every apply would undo the scaling
    config = config_of(target, tmp_path)
    assert tuple(config.service.roles) == ("worker",)
    others = [other for other in KINDS if other != kind]
    assert config.models[kind].pool.workers
    assert not [other for other in others if config.models[other].pool.workers]


# ------------------------------------------------------------------ compose
@pytest.mark.parametrize("name", NODES)
def test_nodes_of_the_compose_file_start_with_their_variables(name: str, tmp_path: Path) -> None:
    service = COMPOSE["services"][name]
    variables = {
        key: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", value)
        for key, value in service["environment"].items()
    }
    config = load(None, IMAGE | variables, [f"service.data_dir={tmp_path}"])
    assert [f"node-{role}" for role in config.service.roles] == [name]
    assert float(service["stop_grace_period"].removesuffix("s")) > config.service.drain
    assert service["build"]["args"]["LOCK"] == "requirements-cluster.lock"
    needed = config.database.url, config.redis.url, config.media.endpoint
    for other in service["depends_on"]:
        assert any(other in url for url in needed), f"{other} is not used"


def test_the_profile_publishes_one_port_to_this_machine() -> None:
    services = [each for each in COMPOSE["services"].values() if "cluster" in each["profiles"]]
    assert [port for each in services for port in each.get("ports", ())] == ["127.0.0.1:8000:8000"]
    assert sorted(NODES) == sorted(f"node-{role}" for role in ROLES)


def test_the_image_of_the_cluster_has_the_clients() -> None:
    lock = (HOME / "requirements-cluster.lock").read_text()
    plain = (HOME / "requirements.lock").read_text()
    pinned = [re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE) for text in (lock, plain)]
    assert {name for name, _ in {*pinned[0]} - {*pinned[1]}} == {"asyncpg", "obstore"}
    assert {*pinned[1]} <= {*pinned[0]}


@pytest.mark.parametrize("script", ["valkey.sh", "sentinel.sh"])
def test_the_scripts_of_the_profile_are_shell(script: str) -> None:
    subprocess.run(["sh", "-n", str(DEPLOY / "cluster" / script)], check=True)


# ------------------------------------------------------------------ systemd
def test_the_unit_of_roles_is_that_of_one_process_but_for_the_role(tmp_path: Path) -> None:
    unit = (DEPLOY / "systemd" / "feedmill@.service").read_text()
    [documented] = [
        block
        for block in re.findall(
            r"```ini\n(.*?)```", (HOME / "docs/deploy.md").read_text(), re.DOTALL
        )
        if "[Service]" in block
    ]
    of_role, of_one = options(unit), options(documented)
    differ = {"ExecStart", "StateDirectory", "EnvironmentFile"}
    assert {k: v for k, v in of_role.items() if k not in differ} == {
        k: v for k, v in of_one.items() if k not in differ
    }
    assert of_role["ExecStart"].endswith("--data-dir /var/lib/feedmill-%i --role %i")
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd is not installed: only the options were compared")
    file = tmp_path / "feedmill@.service"
    here = unit.replace("/opt/feedmill/.venv/bin/python", "/bin/true").replace(
        "/opt/feedmill", str(HOME)
    )
    file.write_text(here.replace("User=feedmill", "User=root").replace("Group=feedmill", ""))
    instance = tmp_path / "feedmill@http.service"
    instance.symlink_to(file)
    command = [verify, "verify", "--man=no", "--recursive-errors=no", str(instance)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def options(unit: str) -> dict[str, str]:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # the names have capitals
    parser.read_string(unit)
    return dict(parser["Service"])
