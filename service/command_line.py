"""The command line: reads arguments and configuration, then runs a command or the service."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from service import __version__
from service.installation import HOME, IS_CLONE, NAME
from service.process import standard_streams
from service.roles import ROLES

DESCRIPTION = "Feedmill: turns prompts into posts and posts into feeds."
NOT_INSTALLED = (
    "{name} is not installed here: use `.venv/bin/python run.py`, which `python3 dev.py run` "
    "makes, or install requirements.lock into the active environment."
)


def run() -> int:
    """The exit code of `main`, also where output can no longer be written."""
    if sys.argv[1:] == ["--version"]:  # without the rest, which takes a while to import
        print(f"Feedmill {__version__}")
        return 0
    return standard_streams.run(main)


def main() -> int:
    """Read arguments and configuration, then run a command, or the service until a signal."""
    gc.disable()  # imports make little garbage
    gc.set_threshold(20_000, 20, 50)  # nor do requests leave many cycles
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)  # nothing is started yet
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # nor is there anything to read again
    # rich is only for commands at a terminal: structlog would load it in the service, too, and then
    # show the values of variables in tracebacks.
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        from service import app, commands, config
        from service.store import private_files
        from service.telemetry import logs
    except ModuleNotFoundError as missing:
        print(NOT_INSTALLED.format(name=missing.name), file=sys.stderr)
        return 1
    del sys.modules["rich"]
    gc.freeze()  # what is imported stays
    gc.enable()

    def read(*, custom_generators: bool = True) -> config.Config:
        return config.load(file, os.environ, settings, custom_generators=custom_generators)

    def read_to_serve() -> config.Config:
        """With the files that generators need, which commands may come to look at."""
        wanted = read()
        config.check_files(wanted)
        return wanted

    umask = os.umask(private_files.UMASK)
    arguments = _arguments(commands.COMMANDS)
    arguments.umask = umask  # for what a command writes elsewhere
    arguments.read = read  # for a command that looks at custom generators
    file = _file(arguments.config)  # once: a file that is missing for a moment stays the one
    settings = _settings(arguments)
    try:
        # commands do not import custom generators
        loaded = read_to_serve() if arguments.do is None else read(custom_generators=False)
    except config.ConfigError as error:
        if getattr(arguments, "server", None) is None:
            print(error, file=sys.stderr)
            return 2
        loaded = config.load(None, {}, ())  # a service elsewhere has its own configuration
    if arguments.check:
        read_from = ", ".join(map(str, config.files(file))) or "defaults"
        print(f"The configuration is valid ({read_from}).")
        return 0
    if arguments.do is not None:
        return int(arguments.do(arguments, loaded))
    logs.configure(loaded.log.level, loaded.log.format)
    try:
        _run(app.serve(loaded, read_to_serve))
    except app.CANNOT_START as error:
        print(f"Feedmill cannot start: {error}", file=sys.stderr)
        return 1
    finally:
        logs.close()
        standard_streams.drop_output()  # a log that cannot be written is not a failure
    return 0


class _Stopped(SystemExit):
    """Raised by a signal; a SystemExit of an imported module is something else."""


def _stop(*_: object) -> None:
    raise _Stopped(0)


def _arguments(commands: Iterable[Any]) -> argparse.Namespace:
    """The parsed command line; configuration options may stand before and after a command."""
    anywhere, parser = parsers(commands)
    found, rest = anywhere.parse_known_args()
    return parser.parse_args(rest, found)


def parsers(commands: Iterable[Any]) -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """The parser of options that may stand anywhere, and that of everything."""
    anywhere = argparse.ArgumentParser(prog=NAME, add_help=False, allow_abbrev=False)
    anywhere.add_argument(
        "--config",
        metavar="FILE",
        help="the configuration (config.toml); FILE with .local before its suffix is read after it",
    )
    anywhere.add_argument(
        "--set",
        metavar="section.key=value",
        action="append",
        default=[],
        help="set one key, above file and environment; may be given more than once",
    )
    anywhere.add_argument("--data-dir", metavar="DIR", help="where everything is written")
    anywhere.add_argument(
        "--role",
        choices=ROLES,
        action="append",
        default=[],
        help="do only this of the service's work; may be given more than once",
    )
    parser = argparse.ArgumentParser(prog=NAME, description=DESCRIPTION, parents=[anywhere])
    parser.add_argument("--check", action="store_true", help="only check the configuration")
    parser.add_argument("--version", action="version", version=f"Feedmill {__version__}")
    parser.set_defaults(do=None)
    described = parser.add_subparsers(
        title="commands", metavar="COMMAND", description="Without one the service is started."
    )
    for command in commands:
        command.add(described)
    return anywhere, parser


def _file(named: str | None) -> Path | None:
    """The file named, which must be there, or one of the clone, or of the current folder."""
    if named is not None:
        return Path(named).absolute()
    folder = HOME if IS_CLONE else Path.cwd()
    usual = (folder / "config.toml", folder / "config.local.toml")
    return next((file for file in usual if file.exists()), None)


def _settings(arguments: argparse.Namespace) -> list[str]:
    settings = list(arguments.set)
    if arguments.data_dir is not None:
        # relative to the current folder; an empty name is refused with the other values
        folder = Path(arguments.data_dir).absolute() if arguments.data_dir else ""
        settings.append(f"service.data_dir={folder}")
    if arguments.role:
        settings.append(f"service.roles={json.dumps(list(dict.fromkeys(arguments.role)))}")
    return settings


def _run(service: Coroutine[Any, Any, None]) -> None:
    # SQLite's writer releases the interpreter lock at each step, and gets it back from a busy event
    # loop after this many seconds: every request waits for a commit
    sys.setswitchinterval(0.0005)
    gc.freeze()  # the configuration, and what it loads, stays
    loop: Callable[[], asyncio.AbstractEventLoop] | None = None
    if sys.platform != "win32":
        import uvloop

        loop = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(service)
