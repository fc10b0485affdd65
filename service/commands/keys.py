"""`run.py keys`: makes, lists and revokes API keys, also while the service runs."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from service.config import Config
from service.store.errors import DatabaseUnavailable
from service.store.sql import api_keys
from service.store.sql.api_keys import SCOPES, NameInUse, NoSuchKey, Scope

USUAL: tuple[Scope, ...] = ("content", "feed")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")

CREATE, LIST, REVOKE = "print a new key, once", "show all keys", "let a key count no more"


def add(commands: Any) -> None:
    """Describe `keys create`, `keys list` and `keys revoke`."""
    parser = commands.add_parser("keys", help="make, list and revoke API keys")
    actions = parser.add_subparsers(metavar="ACTION", required=True)

    making = actions.add_parser("create", help=CREATE, description=CREATE)
    making.add_argument("name", metavar="NAME", type=_name, help="whose the requests are")
    making.add_argument(
        "--scopes",
        metavar="SCOPE,…",
        type=_scopes,
        default=USUAL,
        help=f"what it may do: {', '.join(SCOPES)} (default: {','.join(USUAL)})",
    )
    making.set_defaults(do=_told(create))
    actions.add_parser("list", help=LIST, description=LIST).set_defaults(do=_told(show))
    revoking = actions.add_parser("revoke", help=REVOKE, description=REVOKE)
    revoking.add_argument("name", metavar="NAME")
    revoking.set_defaults(do=_told(revoke))


def create(arguments: argparse.Namespace, config: Config) -> None:
    """Print a new key on standard output, and what it is on standard error."""
    first = not api_keys.listed(config.database)
    key = api_keys.create(config.database, arguments.name, arguments.scopes)
    if first:
        time.sleep(api_keys.NOTICED_SECONDS)  # until a service that runs asks for it
    _say(f"The key of {arguments.name} ({', '.join(arguments.scopes)}); it is not shown again:")
    print(key)


def show(_arguments: argparse.Namespace, config: Config) -> None:
    """Print a table of all keys; what is in it does not let anybody in."""
    rows = [("NAME", "SCOPES", "CREATED", "REVOKED")]
    rows += [
        (key.name, ",".join(key.scopes), _day(key.created_at), _day(key.revoked_at))
        for key in api_keys.listed(config.database)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(map(str.ljust, row, widths)).rstrip())


def revoke(arguments: argparse.Namespace, config: Config) -> None:
    """Let a key count no more, from the next request on."""
    api_keys.revoke(config.database, arguments.name)
    _say(f"The key of {arguments.name} counts no more.")
    if all(key.revoked_at for key in api_keys.listed(config.database)):
        _say(
            "It was the last one. Callers need a key all the same: make one, or let everybody in "
            "with [auth] required = false."
        )


def _told(
    do: Callable[[argparse.Namespace, Config], None],
) -> Callable[[argparse.Namespace, Config], int]:
    """The exit code of a command; what cannot be done is told in its sentence."""

    def done(arguments: argparse.Namespace, config: Config) -> int:
        try:
            do(arguments, config)
        except (NameInUse, NoSuchKey, DatabaseUnavailable) as refusal:
            _say(str(refusal))
            return 1
        return 0

    return done


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError("a name has 1 to 64 letters, digits, dots, - and _")
    return text


def _scopes(text: str) -> Iterable[Scope]:
    asked = [part for part in re.split(r"[,\s]+", text) if part]
    wrong = [part for part in asked if part not in SCOPES]
    if wrong or not asked:
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(SCOPES)}")
    return tuple(scope for scope in SCOPES if scope in asked)


def _day(moment: float | None) -> str:
    if moment is None:
        return "-"
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
