"""Uses a model server that was found on this machine: its lines are written, as a named model."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.config.editing import PRIVATE_UMASK, set_values
from service.config.settings import Config, files, load
from service.config.sources import ENVIRONMENT, MODELS, ConfigError, Value, from_file, local_file
from service.installation import HOME, IS_CLONE

if TYPE_CHECKING:
    from service.local_models.discovery import ModelServer


_EDITING = threading.Lock()  # two clicks at the same time would write over each other's lines


class CannotUse(Exception):
    """A server cannot be used as it is; the message is a sentence for operators."""


@dataclass(frozen=True, slots=True)
class Used:
    """A server that is in the configuration now, under a model's name."""

    name: str
    is_default: bool
    file: Path
    lines: str


def use_server(
    server: ModelServer,
    reread: Callable[[], Config],
    *,
    model: str | None = None,
    workflow: str = "",
    umask: int = PRIVATE_UMASK,
) -> Used:
    """Write the model that uses a server, and make it the default of its kind.

    An explicit setting wins: another default, a generator that the environment or --set names, and
    a model of this name with another address. `reread` loads the configuration. Raises CannotUse,
    ConfigError or OSError; then the files are as before.
    """
    _check(server, model, workflow)
    with _EDITING:
        return _use(server, reread, model, workflow, umask)


def _use(
    server: ModelServer,
    reread: Callable[[], Config],
    model: str | None,
    workflow: str,
    umask: int,
) -> Used:
    now = reread()
    file, name = _target(now), server.name
    mine: Any = now.named.get(name)
    address = None if mine is None else getattr(mine.settings, "base_url", "")
    if address not in (None, server.base_url):
        raise CannotUse(f"The model {name} has another address in the configuration: change it.")
    may_be = now.default(server.kind) in (server.kind, name) and not _is_explicit(now, server)
    [(section, keys)] = server.settings(model or "", workflow).items()
    if mine is not None:  # what is set beside the server's own keys stays
        known = _keys_of(file, section)
        keys = {key: value for key, value in keys.items() if key in ("model", "workflow")} | {
            key: value for key, value in keys.items() if key not in known
        }
    if not may_be:
        keys.pop("default", None)
    before = file.read_bytes() if file.exists() else None
    set_values(file, {section: keys}, umask)
    try:
        is_default = reread().default(server.kind) == name
    except BaseException:
        _put_back(file, before)
        raise
    return Used(name, is_default, file, server.lines_of({section: keys}))


def _check(server: ModelServer, model: str | None, workflow: str) -> None:
    if model is not None and server.models and model not in server.models:
        raise CannotUse(f"{server.program} has no model {model}: {', '.join(server.models)}.")
    if server.program == "ComfyUI":
        if not workflow:
            raise CannotUse(
                "ComfyUI needs a workflow: export one from its editor with Workflow, Export (API), "
                "and name its file with `models discover --use comfyui --workflow FILE`."
            )
    elif model is None and not server.models:
        raise CannotUse(f"{server.program} has no model yet: name one.")


def _target(config: Config) -> Path:
    """The file to write: the local one where there is one or git has the other."""
    if config.source is None:
        return Path.cwd() / "config.toml"
    local = local_file(config.source)
    of_program = IS_CLONE and config.source == HOME / "config.toml"
    return local if of_program or local in files(config.source) else config.source


def _is_explicit(now: Config, server: ModelServer) -> bool:
    """Whether the environment or --set names the generator of this kind."""
    if f"{ENVIRONMENT}{server.kind.upper()}__GENERATOR" in os.environ:
        return True
    written = load(now.source, {}, custom_generators=False)
    return written.pool(server.kind).generator != now.pool(server.kind).generator


def _keys_of(file: Path, section: str) -> set[str]:
    """The keys of a model in a file."""
    entries: list[tuple[str, str, Value]] = []
    with contextlib.suppress(ConfigError):
        entries += from_file(file, {}) if file.exists() else ()
    return {key for of, key, _ in entries if of == section and of.startswith(MODELS)}


def _put_back(file: Path, before: bytes | None) -> None:
    if before is None:
        file.unlink(missing_ok=True)
    else:
        file.write_bytes(before)
