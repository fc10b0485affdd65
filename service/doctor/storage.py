"""Checks of what is stored: data folder, database, Redis, the secret of webhooks."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from service.app import SECRET_FILE
from service.config import Config
from service.doctor.finding import Finding, note, ok, problem
from service.http.guards.access import OpenToNetwork, refuse_unauthenticated_bind
from service.store.engines import inspect_database
from service.store.errors import DatabaseUnavailable, MediaUnavailable, RedisUnavailable
from service.store.media.opening import check_media
from service.store.private_files import OTHERS_BITS
from service.store.redis.addresses import how_to_inspect
from service.store.redis.connection import RedisConnection
from service.store.redis.server.embedded import CannotStartRedis, check_version, find_server
from service.store.sql.migrations import MIGRATIONS
from service.webhooks import signing

REDIS_SECONDS = 4.0
OF_FILE = "Remove {}, or give this user the right to read it."


async def storage(config: Config) -> Sequence[Finding]:
    """The findings about the data folder, the database, Redis and the secret of webhooks."""
    redis = _embedded() if config.redis.url == "embedded" else await _external(config.redis.url)
    return [
        _folder(config.data_dir),
        await _database(config),
        *await _keys(config),
        *await _pictures(config),
        *redis,
        _secret(config),
    ]


def _folder(folder: Path) -> Finding:
    try:
        there = next(place for place in (folder, *folder.parents) if place.exists())
    except OSError as error:
        return problem("data folder", f"{folder}: {error.strerror}", "Use another --data-dir.")
    if not there.is_dir():
        return problem("data folder", f"{there} is a file", "Use another --data-dir.")
    if not os.access(there, os.W_OK | os.X_OK):
        return problem(
            "data folder",
            f"{there} cannot be written",
            "Use another --data-dir, or give this user the right to write there.",
        )
    if there != folder:
        return ok("data folder", f"{folder} is made at the start")
    if folder.stat().st_mode & OTHERS_BITS:
        return note(
            "data folder", f"{folder} is open to other users", "The next start makes it private."
        )
    return ok("data folder", str(folder))


async def _database(config: Config) -> Finding:
    known = len(MIGRATIONS)
    try:
        found = await inspect_database(config)
    except DatabaseUnavailable as error:
        advice = (
            "Check [database] url, and whether the server runs."
            if config.database.url
            else "Restore a backup into an empty data folder (`restore`)."
        )
        return problem("database", str(error), advice)
    if found is None:
        return ok("database", "made at the start")
    if found.version > known:
        return problem(
            "database",
            f"version {found.version}, newer than this program's {known}",
            "Start the newer program, or restore the backup from before its first start.",
        )
    if found.version < known:
        return note(
            "database",
            f"version {found.version}; the next start makes it {known}",
            "Make a backup first (`backup`): the program before cannot use the new version.",
        )
    return ok("database", f"version {found.version}, {found.engine}")


async def _keys(config: Config) -> Sequence[Finding]:
    """A problem if the start would refuse to listen for others without a key."""
    try:
        await refuse_unauthenticated_bind(config, lambda: _any_key(config))
    except OpenToNetwork as error:
        said, _, advice = str(error).partition(". ")
        return [problem("keys", said, advice)]
    return []


async def _pictures(config: Config) -> Sequence[Finding]:
    """Whether the bucket of pictures answers; nothing about the data folder."""
    url = config.media.url
    if not url:
        return []
    try:
        await check_media(config.media)
    except MediaUnavailable as error:
        advice = "Check [media] url and endpoint, and the credentials in the environment."
        return [problem("pictures", f"{url}: {error}", advice)]
    return [ok("pictures", f"{url} answers")]


async def _any_key(config: Config) -> bool:
    try:
        found = await inspect_database(config)
    except DatabaseUnavailable:  # the check of the database says it
        return True
    return found is not None and found.has_keys


def _embedded() -> Sequence[Finding]:
    try:
        server = find_server()
        asked = subprocess.run(  # noqa: S603 - the program that the service would start
            [server, "--version"], capture_output=True, text=True, check=True, timeout=REDIS_SECONDS
        )
        version = re.search(r"v=(\S+)", asked.stdout)
        said = f"embedded: {Path(server).name} {version[1] if version else ''}".rstrip()
        return [ok("redis", f"{said}; it never evicts, and keeps an append-only file")]
    except (OSError, subprocess.SubprocessError) as error:
        return [problem("redis", f"its server does not run ({error})", "Install Feedmill again.")]
    except CannotStartRedis as error:
        return [problem("redis", "no server to embed", str(error))]


async def _external(url: str) -> Sequence[Finding]:
    connection = RedisConnection(url, timeout=REDIS_SECONDS)
    try:
        about, policy, append = await connection.call(
            ("INFO", "server"),
            ("CONFIG", "GET", "maxmemory-policy"),
            ("CONFIG", "GET", "appendonly"),
        )
        check_version(about)
    except (RedisUnavailable, CannotStartRedis) as error:
        return [
            problem(
                "redis",
                f"it cannot be used ({error})",
                f"Check [redis] url, or look at it with: {how_to_inspect(url)}",
            )
        ]
    finally:
        connection.close()
    findings = [ok("redis", f"external, version {_version(about)}")]
    if _setting(policy) not in {"noeviction", ""}:
        findings.append(
            problem(
                "redis",
                f"maxmemory-policy is {_setting(policy)}: it removes feeds and queued messages",
                "Set maxmemory-policy to noeviction.",
            )
        )
    if _setting(append) == "no":
        findings.append(
            note(
                "redis",
                "appendonly is off: after a restart of Redis the queue is put back from SQLite",
            )
        )
    return findings


def _version(about: bytes) -> str:
    fields = dict(line.partition(":")[::2] for line in about.decode().splitlines())
    return fields.get("valkey_version") or fields.get("redis_version") or "unknown"


def _setting(reply: Sequence[bytes]) -> str:
    return reply[1].decode() if len(reply) > 1 else ""


def _secret(config: Config) -> Finding:
    secrets, file = config.webhooks.secrets, config.data_dir / SECRET_FILE
    try:
        if secrets or file.exists():  # which the start would make
            signing.keys(secrets, os.environ, file)
    except (signing.NoSecret, OSError) as error:
        advice = (
            "Set it, or remove it from [webhooks] secrets." if secrets else OF_FILE.format(file)
        )
        return problem("webhook secret", str(error), advice)
    if secrets:
        return ok("webhook secret", "configured")
    return ok("webhook secret", "in the data folder, made at the start if it is not there")
