"""Runs all checks of the doctor at the same time, within a time limit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiohttp

from service.config import Config
from service.doctor.finding import Check, Finding, ok, problem
from service.doctor.generators import generators
from service.doctor.machine import machine
from service.doctor.storage import storage

LIMIT_SECONDS = 9.0
"""The limit for one kind of checks; the kinds run at the same time."""
PUBLIC_SECONDS = 4.0


async def examine(config: Config) -> Sequence[Finding]:
    """All findings: machine, storage, generators, public address. Raises nothing."""
    kinds: Sequence[Check] = (machine, storage, generators, public_address)
    found = await asyncio.gather(*(_limited(check, config) for check in kinds))
    return [finding for some in found for finding in some]


async def public_address(config: Config) -> Sequence[Finding]:
    """Whether the public address leads here."""
    if not config.http.url:
        return [ok("public address", "none: answers name the address that a client uses")]
    try:
        async with (
            asyncio.timeout(PUBLIC_SECONDS),
            aiohttp.ClientSession() as session,
            session.get(f"{config.http.url}/healthz", allow_redirects=False) as answer,
        ):
            if answer.status == 200:
                return [ok("public address", f"{config.http.url} answers")]
            said = str(answer.status)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        said = "no answer"
    return [
        problem(
            "public address",
            f"{config.http.url} does not lead to a running service ({said})",
            "Start the service, then check the proxy and [http] public_url.",
        )
    ]


async def _limited(check: Check, config: Config) -> Sequence[Finding]:
    name = check.__name__.replace("_", " ")
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            return await check(config)
    except TimeoutError:
        return [problem(name, "no result in time", "Run this again when the machine is less busy.")]
    except Exception as error:  # noqa: BLE001 - the other checks still help
        # without its message, which may hold a secret
        said = f"the check failed ({type(error).__name__})"
        return [problem(name, said, "The other findings may say why.")]
