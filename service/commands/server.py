"""Which service a command talks to: its address and the API key, from arguments and environment."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from feedmill.client import AsyncFeedmill, FeedmillError, RequestRejected
from service.addresses import local_url
from service.config import Config
from service.installation import NAME
from service.store.sql.keys.api_keys import Scope

NEEDS = (
    f" This command needs a key with the scope {{scope}} (`{NAME} keys create NAME --scopes "
    "{scope}`): put it into FEEDMILL_KEY, or name a file that holds it with --key-file."
)


def add_server(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments for the address of the service and the key."""
    parser.add_argument(
        "--server",
        metavar="URL",
        help="address of the service (default: FEEDMILL_SERVER, or the configured host and port)",
    )
    parser.add_argument(
        "--key-file",
        metavar="FILE",
        help="a file with an API key (default: FEEDMILL_KEY); others can see arguments",
    )


def client_of(arguments: argparse.Namespace, config: Config) -> AsyncFeedmill:
    """The client for these arguments. Raises RequestRejected."""
    url = arguments.server or os.environ.get("FEEDMILL_SERVER", "") or _configured(config)
    return AsyncFeedmill(url, _key(arguments.key_file), expect_running=True)


def sentence_of(error: FeedmillError, scope: Scope) -> str:
    """What to print; it says how to make a key if one with this scope is missing."""
    if isinstance(error, RequestRejected) and error.needs_key:
        return str(error) + NEEDS.format(scope=scope)
    return str(error)


def _configured(config: Config) -> str:
    if config.http.port == 0:
        raise RequestRejected("[http] port is 0: say with --server where the service is.")
    return local_url(config.http.host, config.http.port)


def _key(file: str | None) -> str:
    if file is None:
        return os.environ.get("FEEDMILL_KEY", "")
    try:
        return Path(file).read_text(encoding="utf-8-sig")  # as editors on Windows save it
    except (OSError, UnicodeDecodeError):
        raise RequestRejected(f"{file} cannot be read as a file with a key.") from None
