"""Checks of the machine: Python, processor, memory, disk, open files, clock, port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import resource
import shutil
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from service.addresses import local_url
from service.config import Config
from service.doctor.finding import Finding, note, ok, problem
from service.local_models.bundled_model import SIZE_MB

MIB = 2**20
SERVICE_BYTES = 300 * MIB  # the process, its Redis, a drawing process
TOKEN_BYTES = 23_000  # of the context of the bundled model
MIN_DISK_BYTES = 200 * MIB
LOW_DISK_BYTES = 2048 * MIB
SPARE_FILES = 256  # beside those of connections
EARLIEST, LATEST = 1_767_225_600.0, 4_102_444_800.0  # 2026 and 2100: `serve` refuses the latter
HEALTH_SECONDS = 3.0


async def machine(config: Config) -> Sequence[Finding]:
    """The findings about the machine and its port."""
    return [
        _python(),
        *_processor(config),
        _memory(config),
        _disk(config.data_dir),
        _open_files(config),
        _clock(),
        await _port(config),
    ]


def _python() -> Finding:
    # an older one gets as far as the sentence of dev.py, or of pip
    said = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return ok("python", said)


def _processor(config: Config) -> Sequence[Finding]:
    if config.text.generator != "local" or platform.machine().lower() not in {"x86_64", "amd64"}:
        return []
    flags = Path("/proc/cpuinfo")
    with contextlib.suppress(OSError):
        if "avx2" not in flags.read_text():
            return [
                problem(
                    "processor",
                    "no AVX2, which local text models need",
                    'Set [text] generator to another one, such as "openai".',
                )
            ]
    return [ok("processor", f"{os.cpu_count()} cores, fit for local text models")]


def _memory(config: Config) -> Finding:
    needed = SERVICE_BYTES + (config.redis.max_memory if config.redis.url == "embedded" else 0)
    if config.text.generator == "local":
        settings = config.settings["text"]["local"]
        named = getattr(settings, "model")  # noqa: B009 - of the local model
        if named == "bundled":
            needed += SIZE_MB * 1_000_000  # also before it is fetched
        else:
            with contextlib.suppress(OSError):
                needed += Path(named).expanduser().stat().st_size
        needed += getattr(settings, "slots") * getattr(settings, "context") * TOKEN_BYTES  # noqa: B009 - the same
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    said = f"{whole // MIB} MiB; the service and its models need about {needed // MIB}"
    if whole < needed:
        return problem("memory", said, "Use a smaller model, or fewer [text.local] slots.")
    return ok("memory", said)


def _disk(folder: Path) -> Finding:
    try:
        there = next(place for place in (folder, *folder.parents) if place.exists())
        free = shutil.disk_usage(there).free
    except OSError as error:
        return problem("disk", f"{folder}: {error.strerror}", "Use another --data-dir.")
    said = f"{free // MIB} MiB free for {folder}"
    if free < MIN_DISK_BYTES:
        return problem("disk", said, "Free some space, or use another --data-dir.")
    if free < LOW_DISK_BYTES:
        return note("disk", said, "Pictures take some 100 kB each; [retention] removes old ones.")
    return ok("disk", said)


def _open_files(config: Config) -> Finding:
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = config.http.max_connections + SPARE_FILES
    if allowed == resource.RLIM_INFINITY or allowed >= needed:
        return ok("open files", f"{allowed} allowed, {needed} needed")
    return note(
        "open files",
        f"{allowed} allowed, {needed} needed for [http] max_connections",
        f"Raise the limit (ulimit -n {needed}, LimitNOFILE= in a systemd unit), or lower "
        "max_connections.",
    )


def _clock() -> Finding:
    now = time.time()
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if EARLIEST < now < LATEST:
        return ok("clock", shown)
    return problem("clock", shown, "Set the clock of this machine.")


async def _port(config: Config) -> Finding:
    host, port = config.http.host, config.http.port
    if port == 0:
        return ok("port", "a free one, chosen at the start")
    try:
        with socket.create_server((host, port), family=_family(host)):
            return ok("port", f"{host}:{port} is free")
    except OSError as error:
        if await _is_feedmill(host, port):
            return ok("port", f"{host}:{port} is in use, by a Feedmill that answers")
        return problem(
            "port",
            f"{host}:{port} cannot be used ({error.strerror})",
            "Stop the other program, or use another port (--set http.port=PORT).",
        )


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


async def _is_feedmill(host: str, port: int) -> bool:
    with contextlib.suppress(aiohttp.ClientError, TimeoutError, ValueError):
        async with (
            asyncio.timeout(HEALTH_SECONDS),
            aiohttp.ClientSession() as session,
            session.get(f"{local_url(host, port)}/healthz") as answer,
        ):
            said = await answer.json()
            return isinstance(said, dict) and bool(said.get("alive"))
    return False
