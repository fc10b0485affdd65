"""`run.py keys`: creates, lists and revokes API keys, also while the service runs.

The first one changes who may use the service: from then on every caller needs a key.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from service.config import Config
from service.http.guards.access import is_loopback
from service.messages import PRIORITIES, Priority
from service.process import standard_streams
from service.store.engines import open_database
from service.store.errors import DatabaseUnavailable
from service.store.sql.keys.api_keys import MAX_WEIGHT, NOTICED_SECONDS, SCOPES, Rights, Scope
from service.store.sql.keys.key_registry import KeyRegistry, NameInUse, NoSuchKey

USUAL: tuple[Scope, ...] = ("content", "feed")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")

CREATE, LIST, REVOKE = "print a new key, once", "show all keys", "make a key invalid"
CHANGE = "change the weight or the highest priority of a key"
WEIGHT = f"its share beside other clients that wait: 1 to {MAX_WEIGHT}"
PRIORITY = f"the highest priority of its requests: {', '.join(PRIORITIES)}"
MODELS = "the only models that it may use, or `all` (default: all)"
ADOPT = "give the requests that were made without a key to a key"

FIRST_KEY = """\
This is the first API key. From now on every caller needs one: without it the studio, scripts and
everything else that uses this service is answered 401, also when the key is revoked later. The
requests made until now can then be seen with the scope admin only, unless a key adopts them
(keys adopt NAME)."""


def add(commands: Any) -> None:
    """Describe `keys create`, `keys list`, `keys revoke` and `keys adopt`."""
    parser = commands.add_parser("keys", help="create, list and revoke API keys")
    actions = parser.add_subparsers(metavar="ACTION", required=True)

    making = actions.add_parser("create", help=CREATE, description=CREATE)
    making.add_argument("name", metavar="NAME", type=_name, help="the owner of its requests")
    making.add_argument(
        "--scopes",
        metavar="SCOPE,…",
        type=_scopes,
        default=USUAL,
        help=f"what it may access: {', '.join(SCOPES)} (default: {','.join(USUAL)})",
    )
    making.add_argument("--weight", type=_weight, default=1, help=f"{WEIGHT} (default: 1)")
    making.add_argument(
        "--priority", type=_priority, default="normal", help=f"{PRIORITY} (default: normal)"
    )
    making.add_argument("--models", metavar="NAME,…", type=_models, default=(), help=MODELS)
    making.add_argument(
        "--yes", action="store_true", help="create the first key without asking for confirmation"
    )
    making.set_defaults(do=_reporting(create))
    actions.add_parser("list", help=LIST, description=LIST).set_defaults(do=_reporting(show))
    changing = actions.add_parser("change", help=CHANGE, description=CHANGE)
    changing.add_argument("name", metavar="NAME", help="of a valid key")
    changing.add_argument("--weight", type=_weight, help=WEIGHT)
    changing.add_argument("--priority", type=_priority, help=PRIORITY)
    changing.add_argument("--models", metavar="NAME,…", type=_models, help=MODELS)
    changing.set_defaults(do=_reporting(change))
    revoking = actions.add_parser("revoke", help=REVOKE, description=REVOKE)
    revoking.add_argument("name", metavar="NAME")
    revoking.set_defaults(do=_reporting(revoke))
    adopting = actions.add_parser("adopt", help=ADOPT, description=ADOPT)
    adopting.add_argument("name", metavar="NAME", help="of a valid key")
    adopting.set_defaults(do=_reporting(adopt))


async def create(arguments: argparse.Namespace, config: Config, keys: KeyRegistry) -> None:
    """Print a new key on standard output, and its description on standard error."""
    if 1 in standard_streams.closed:
        raise _Refused("Standard output is closed, so the key could not be shown. None was made.")
    _check_models(arguments.models, config)
    first = not await keys.all()
    if first and _is_open(config) and not arguments.yes:
        _confirm()
    rights = Rights(arguments.weight, arguments.priority, arguments.models)
    key = await keys.create(arguments.name, arguments.scopes, rights)
    _say(f"The key of {arguments.name} ({', '.join(arguments.scopes)}); it is not shown again:")
    try:
        print(key, flush=True)
    except OSError:
        await keys.forget(key)
        raise
    if first:
        await asyncio.sleep(NOTICED_SECONDS)  # until a running service requires it
    if config.auth.required is False:
        _say("It is not required: [auth] required is false.")


def _is_open(config: Config) -> bool:
    """Whether the service is open while there is no key."""
    return config.auth.required == "auto" and is_loopback(config.http.host)


def _confirm() -> None:
    """Raises _Refused unless a person at a terminal says yes."""
    _say(FIRST_KEY)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise _Refused("No key was made. Add --yes to confirm.")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C is a no
    sys.stderr.write("Make it? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise _Refused("No key was made.")


async def show(_arguments: argparse.Namespace, _config: Config, keys: KeyRegistry) -> None:
    """Print a table of all keys, without their secrets."""
    rows = [("NAME", "SCOPES", "WEIGHT", "PRIORITY", "MODELS", "CREATED", "REVOKED")]
    rows += [
        (
            *(key.name, ",".join(key.scopes), str(key.rights.weight), key.rights.priority),
            *(",".join(key.rights.models) or "all", _day(key.created_at), _day(key.revoked_at)),
        )
        for key in await keys.all()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(map(str.ljust, row, widths)).rstrip())


async def change(arguments: argparse.Namespace, config: Config, keys: KeyRegistry) -> None:
    """Change the rights of a key, for waiting requests as well."""
    weight, priority, models = arguments.weight, arguments.priority, arguments.models
    if weight is None and priority is None and models is None:
        raise _Refused("Nothing was changed: add --weight, --priority or --models.")
    _check_models(models or (), config)
    await keys.change(arguments.name, weight, priority, models)
    changes = [f"weight {weight}"] if weight is not None else []
    changes += [f"priorities up to {priority}"] if priority is not None else []
    changes += [f"{', '.join(models) or 'all'} as models"] if models is not None else []
    _say(f"The key of {arguments.name} has {' and '.join(changes)} now.")


async def revoke(arguments: argparse.Namespace, _config: Config, keys: KeyRegistry) -> None:
    """Revoke a key, from the next request on."""
    await keys.revoke(arguments.name)
    _say(f"The key of {arguments.name} is revoked.")
    if all(key.revoked_at for key in await keys.all()):
        _say(
            "It was the last one. Callers still need a key: create one, or open the service with "
            "[auth] required = false."
        )


async def adopt(arguments: argparse.Namespace, _config: Config, keys: KeyRegistry) -> None:
    """Give the requests that were made without a key to a key."""
    adopted = await keys.adopt(arguments.name)
    _say(f"{adopted} {'request' if adopted == 1 else 'requests'} given to {arguments.name}.")


class _Refused(Exception):
    """Nothing was done; the message is a sentence that says why."""


def _reporting(
    do: Callable[[argparse.Namespace, Config, KeyRegistry], Awaitable[None]],
) -> Callable[[argparse.Namespace, Config], int]:
    """A command with an exit code: refusals are printed as a sentence."""

    def done(arguments: argparse.Namespace, config: Config) -> int:
        try:
            asyncio.run(_with_keys(do, arguments, config))
        except (NameInUse, NoSuchKey, DatabaseUnavailable, _Refused) as refusal:
            _say(str(refusal))
            return 1
        return 0

    return done


async def _with_keys(
    do: Callable[[argparse.Namespace, Config, KeyRegistry], Awaitable[None]],
    arguments: argparse.Namespace,
    config: Config,
) -> None:
    async with open_database(config) as database:
        await do(arguments, config, KeyRegistry(database))


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError("a name has 1 to 64 letters, digits, dots, - and _")
    return text


def _weight(text: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= MAX_WEIGHT:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {MAX_WEIGHT}")
    return int(text)


def _priority(text: str) -> Priority:
    for priority in PRIORITIES:
        if text == priority:
            return priority
    raise argparse.ArgumentTypeError(f"expected one of {', '.join(PRIORITIES)}")


def _models(text: str) -> tuple[str, ...]:
    named = [part for part in re.split(r"[,\s]+", text) if part]
    if not named:
        raise argparse.ArgumentTypeError("expected names of models, or all")
    return () if named == ["all"] else tuple(dict.fromkeys(named))


def _check_models(names: Iterable[str], config: Config) -> None:
    """Raises _Refused for a model that is not configured."""
    for name in names:
        if name not in config.models:
            raise _Refused(f"There is no model {name}: they are {', '.join(config.models)}.")


def _scopes(text: str) -> Iterable[Scope]:
    requested = [part for part in re.split(r"[,\s]+", text) if part]
    wrong = [part for part in requested if part not in SCOPES]
    if wrong or not requested:
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(SCOPES)}")
    return tuple(scope for scope in SCOPES if scope in requested)


def _day(moment: float | None) -> str:
    if moment is None:
        return "-"
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
