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

from service.config import Config, ConfigError, load
from service.installation import PROGRAM

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
    from service.config.discovered import CannotUse, use_server

    source = config.source or Path.cwd() / "config.toml"

    def reread() -> Config:
        there = source if source.exists() else None
        return load(there, os.environ, arguments.set, custom_generators=False)

    try:
        server = _chosen(arguments.use, found)
        workflow = _workflow(arguments)
        used = use_server(
            server, reread, model=arguments.model, workflow=workflow, umask=arguments.umask
        )
    except (ConfigError, CannotUse, _Refusal) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The configuration cannot be written ({error.strerror}).", file=sys.stderr)
        return 1
    print(f"Written to {used.file}:\n\n{used.lines}")
    if not used.is_default:
        print(
            f"Another [{server.kind}] generator or default is set, which goes first: requests have"
            f" to name the model {used.name}.",
            file=sys.stderr,
        )
        return 1
    print("A service that runs with this file uses it within a second.")
    return 0


class _Refusal(Exception):
    """The command cannot do what is asked; the message says why."""


def _chosen(program: str, found: Sequence[ModelServer]) -> ModelServer:
    wanted = _short(program)
    server = next((server for server in found if _short(server.program) == wanted), None)
    if server is None:
        there = f"Found: {'; '.join(map(str, found))}." if found else NOTHING
        raise _Refusal(f"{program} is not found. {there}")
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


def _short(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
