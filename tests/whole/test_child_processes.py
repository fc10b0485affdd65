"""Child processes inherit nothing that they do not need."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.process.child_process import environment
from tests.support.running import running_service
from tests.whole.test_start import alive, descendants

SECRETS = {
    "OPENAI_API_KEY": "sk-geheim",
    "FEEDMILL_INTERNAL_TOKEN": "geheim",
    "FEEDMILL_KEY": "fm_geheim",
    "FEEDMILL_TEXT__LOCAL__THREADS": "1",
    "MY_WEBHOOK_SECRET": "geheim",
    "HTTPS_PROXY": "http://me:geheim@proxy",
    "LLAMA_API_KEY": "geheim",
}


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
async def test_no_child_inherits_a_secret(tmp_path: Path) -> None:
    async with running_service(tmp_path, environment=SECRETS | {"TZ": "UTC"}) as service:
        children = alive(descendants(service.process.pid))
        assert len(children) == 3  # Redis, the model, the illustrator
        inherited = [environment_of(child) for child in children]
    for variables in inherited:
        assert not [name for name in SECRETS if name in variables]
    # Redis writes its title over the variable
    assert sum("TZ=UTC" in variables for variables in inherited) == 2


def environment_of(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_text()


def test_variables_for_language_and_processor_are_inherited() -> None:
    needed = {"LC_ALL": "C", "CUDA_VISIBLE_DEVICES": "1", "LD_LIBRARY_PATH": "/opt/lib"}
    assert environment(needed | {"AWS_SECRET_ACCESS_KEY": "geheim"}) == needed
