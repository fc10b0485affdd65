"""`run.py models discover`: model servers on this machine, and the lines that use one."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.config import Config, ConfigError, files, load, local_file
from service.installation import HOME, IS_CLONE, PROGRAM

if TYPE_CHECKING:
    from service.local_models.discovery import ModelServer

WHAT = "look for model servers on this machine"
NOTHING = (
    "No model server answers at the usual ports of this machine (Ollama, llama.cpp, LocalAI, "
    "LM Studio, stable-diffusion.cpp, ComfyUI)."
)


def add(commands: Any) -> None:
    """Describe `models discover`."""
    parser = commands.add_parser("models", help=WHAT, description=f"{WHAT.capitalize()}.")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    discover = actions.add_parser(
        "discover", help=WHAT, description=f"{WHAT.capitalize()}. No prompt is sent to any."
    )
    discover.add_argument("--json", action="store_true", help="for programs")
    discover.add_argument(
        "--use", metavar="PROGRAM", help="write the lines that use it, as `--use ollama`"
    )
    discover.add_argument("--model", metavar="NAME", help="another than its first model")
    discover.add_argument(
        "--workflow", metavar="FILE", help="for ComfyUI: a workflow that it exported for its API"
    )
    discover.set_defaults(do=find)


def find(arguments: argparse.Namespace, config: Config) -> int:
    """Print what was found, or use one of it; 1 if there is nothing."""
    from service.local_models.discovery import find_model_servers

    found = asyncio.run(find_model_servers())
    if arguments.use is not None:
        return _use(arguments, config, found)
    if arguments.json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
        return 0 if found else 1
    for server in found:
        print(f"# {server}\n{server.lines()}")
    if not found:
        print(NOTHING, file=sys.stderr)
        return 1
    print(f"# `{PROGRAM} models discover --use PROGRAM` writes the lines.")
    return 0


def _use(arguments: argparse.Namespace, config: Config, found: Sequence[ModelServer]) -> int:
    from service.config.editing import set_values

    try:
        server = _chosen(arguments, found)
        file = _target(config)
        tables = server.settings(arguments.model or "", _workflow(arguments))
        set_values(file, tables, arguments.umask)
    except (ConfigError, _Refusal) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{file} cannot be written ({error.strerror}).", file=sys.stderr)
        return 1
    print(f"Written to {file}:\n\n{server.lines_of(tables)}")
    return _check(arguments, server, config.source or file)


def _check(arguments: argparse.Namespace, server: ModelServer, file: Path) -> int:
    """Whether the configuration now uses the server: an explicit setting elsewhere wins."""
    try:
        now = load(file, os.environ, arguments.set, custom_generators=False)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    tables = server.settings()
    generator = tables[server.kind]["generator"]
    pool: Any = getattr(now, server.kind)
    used = pool.generator == generator and (
        getattr(now.settings[server.kind][generator], "base_url", "") == server.base_url
    )
    if not used:
        print(
            f"The environment or --set has another [{server.kind}] generator or base_url, which "
            "goes first: remove it.",
            file=sys.stderr,
        )
        return 1
    print("Restart the service to use it: another generator takes effect at the next start.")
    return 0


class _Refusal(Exception):
    """The command cannot do what is asked; the message says why."""


def _chosen(arguments: argparse.Namespace, found: Sequence[ModelServer]) -> ModelServer:
    wanted = _short(arguments.use)
    server = next((server for server in found if _short(server.program) == wanted), None)
    if server is None:
        there = f"Found: {'; '.join(map(str, found))}." if found else NOTHING
        raise _Refusal(f"{arguments.use} is not found. {there}")
    model = arguments.model
    if model is not None and server.models and model not in server.models:
        raise _Refusal(f"{server.program} has no model {model}: {', '.join(server.models)}.")
    if server.program == "ComfyUI" and not arguments.workflow:
        raise _Refusal(
            "ComfyUI needs a workflow: export one from its editor with Workflow, Export (API), and "
            "name its file with --workflow."
        )
    if server.program != "ComfyUI" and model is None and not server.models:
        raise _Refusal(f"{server.program} has no model yet: name one with --model.")
    return server


def _workflow(arguments: argparse.Namespace) -> str:
    """The absolute path of the workflow, which is usable. Raises _Refusal."""
    if not arguments.workflow:
        return ""
    from service.generators.comfyui.image import Settings, load_workflow
    from service.generators.protocol import CannotStart

    file = str(Path(arguments.workflow).expanduser().absolute())
    try:
        load_workflow(Settings(workflow=file))
    except CannotStart as error:
        raise _Refusal(str(error)) from error
    return file


def _target(config: Config) -> Path:
    """The file to write: the local one where there is one or git has the other."""
    if config.source is None:
        return Path.cwd() / "config.toml"
    local = local_file(config.source)
    of_program = IS_CLONE and config.source == HOME / "config.toml"
    return local if of_program or local in files(config.source) else config.source


def _short(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
