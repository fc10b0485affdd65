"""Webhook signing: secrets, and signatures after Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from standardwebhooks import Webhook

from service.process.credentials import credential

PREFIX = "whsec_"
VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
BYTES = range(24, 65)  # of a secret, as the specification has it
FORM = 'expected "whsec_" and 24 to 64 bytes in base64, or "env:" and the name of a variable'


class NoSecret(Exception):
    """A secret is missing or invalid; the message names it without showing it."""


def check(secret: str) -> None:
    """Raises ValueError, without the secret in it, if a configured secret is invalid."""
    if not VARIABLE.fullmatch(secret):
        key_in(secret)


def keys(configured: Sequence[str], environment: Mapping[str, str], file: Path) -> list[bytes]:
    """The keys to sign with, newest first. Without a configured one it is the key in the file.

    The file is created if it is missing. Raises NoSecret.
    """
    return [_resolve(secret, environment) for secret in configured] or [_from_file(file)]


def written(key: bytes) -> str:
    """A key as the secret that receivers configure."""
    return PREFIX + base64.b64encode(key).decode()


def signatures(keys: Sequence[bytes], id_: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature for each key, with spaces between them."""
    moment = datetime.fromtimestamp(timestamp, UTC)
    return " ".join(Webhook(key).sign(id_, moment, body.decode()) for key in keys)


def key_in(secret: str) -> bytes:
    """The key that a secret stands for. Raises ValueError, without the secret in it."""
    text = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if text == secret or len(key) not in BYTES:
        raise ValueError(FORM)
    return key


def _resolve(secret: str, environment: Mapping[str, str]) -> bytes:
    variable = VARIABLE.fullmatch(secret)
    if not variable:
        return key_in(secret)
    try:
        return key_in(credential(variable[1], environment))
    except ValueError:
        raise NoSecret(
            f"The environment variable {variable[1]} holds no webhook secret: expected "
            f'"{PREFIX}" and 24 to 64 bytes in base64.'
        ) from None


def _from_file(file: Path) -> bytes:
    """The secret in a file that only its owner may read. The first of several makers wins."""
    try:
        if not file.exists():
            fresh = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
            secret = written(secrets.token_bytes(32))
            fresh.touch(0o600, exist_ok=False)
            fresh.write_text(f"{secret}\n")
            with contextlib.suppress(FileExistsError):
                os.link(fresh, file)  # unlike a rename this replaces nothing
            fresh.unlink()
        return key_in(file.read_text(encoding="utf-8-sig").strip())
    except ValueError:
        raise NoSecret(
            f"The file {file} holds no webhook secret: remove it, and a new one is created."
        ) from None
    except OSError as error:
        raise NoSecret(f"The webhook secret {file} cannot be used ({error.strerror}).") from error
