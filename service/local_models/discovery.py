"""Model servers on this machine: found at their usual ports, without sending them a prompt."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import re
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self
from urllib.parse import SplitResult, urlsplit

import aiohttp
import msgspec
import structlog
from yarl import URL

log = structlog.get_logger()

LOOK_SECONDS = 0.7
"""For one server: a program on this machine answers at once."""
MAX_BYTES = 1_000_000
MAX_MODELS = 100
SOME_MODELS = 5
"""That are named in one line."""


PORT_8080 = "http://127.0.0.1:8080"
PORT_1234 = "http://127.0.0.1:1234"
COMFYUI = "http://127.0.0.1:8188"

OLLAMA_PORT = 11434
OLLAMA_PORTS = {"http": 80, "https": 443}
"""Of an OLLAMA_HOST with a scheme and no port."""
LOOPBACK = {"127.0.0.1", "::1"}
REACHED_AT = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - and how to reach it
"""The address for a server that listens on all."""

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "Ollama": {"first_token_timeout": 60.0},  # it loads a model at its first request
    "stable-diffusion.cpp": {"size": "512x512", "seed": "sd.cpp", "timeout": 590.0},
}
"""What a program's table needs besides address and model."""

OTHER = "a server with OpenAI's API"
EMBEDDERS = ("bert", "nomic-bert")
"""Families of Ollama's models that write no texts."""


class ModelServer(msgspec.Struct, frozen=True):
    """A server that was found; `models` are the names it knows."""

    program: str
    kind: Literal["text", "image"]
    base_url: str
    models: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the model that uses it."""
        if self.program == OTHER:
            return f"openai-{urlsplit(self.base_url).port}"
        return re.sub("[^a-z0-9]+", "-", self.program.lower())

    def settings(self, model: str = "", workflow: str = "") -> dict[str, dict[str, Any]]:
        """The table of the model that uses it, with its first model unless one is named."""
        if self.program == "ComfyUI":
            own = {"generator": "comfyui", "workflow": workflow or "workflow_api.json"}
        else:
            name = model or (self.models[0] if self.models else "NAME")
            own = {"generator": "openai", "model": name, "api_key_env": ""}
            own |= SETTINGS.get(self.program, {})
        table = {"kind": self.kind, **own, "base_url": self.base_url, "default": True}
        return {f"models.{self.name}": table}

    def lines(self) -> str:
        """The lines for config.toml that use it."""
        return self.lines_of(self.settings())

    @staticmethod
    def lines_of(tables: Mapping[str, Mapping[str, Any]]) -> str:
        """Tables as lines of TOML."""
        return "\n".join(
            f"[{name}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())
            for name, table in tables.items()
        )

    def __str__(self) -> str:
        some = ", ".join(self.models[:SOME_MODELS])
        return f"{self.program} at {self.base_url}" + (f": {some}" if some else "")


async def find_model_servers(environment: Mapping[str, str] = os.environ) -> list[ModelServer]:
    """The servers that answer now."""
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=LOOK_SECONDS), trust_env=False
    ) as session:
        probe = _Probe(session)
        found = await asyncio.gather(
            probe.ollama(environment.get("OLLAMA_HOST", "")),
            probe.port_8080(),
            probe.port_1234(),
            probe.comfyui(),
        )
    return [server for server in found if server is not None]


class _Probe:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def ollama(self, host: str) -> ModelServer | None:
        """Ollama (docs.ollama.com/api/tags); OLLAMA_HOST is where it listens."""
        address = ollama_address(host)
        if address is None:
            return None
        answer = await self._json(f"{address}/api/tags")
        if not isinstance(answer, dict) or not isinstance(answer.get("models"), list):
            return None
        writers = [row for row in answer["models"] if not _embeds(row)]
        return ModelServer("Ollama", "text", f"{address}/v1", _names(writers, "name"))

    async def port_8080(self) -> ModelServer | None:
        """llama.cpp's server (GET /props), LocalAI (GET /system), or another with OpenAI's API."""
        rows = await self._rows(f"{PORT_8080}/v1/models")
        if rows is None:
            return None
        props, system = await asyncio.gather(
            self._json(f"{PORT_8080}/props"), self._json(f"{PORT_8080}/system")
        )
        program = OTHER
        if any(_owner(row) == "llamacpp" for row in rows) or _has(props, "model_path"):
            program = "llama.cpp"
        elif _has(system, "backends"):
            program = "LocalAI"
        return ModelServer(program, "text", f"{PORT_8080}/v1", _names(rows, "id"))

    async def port_1234(self) -> ModelServer | None:
        """LM Studio (GET /api/v0/models), stable-diffusion.cpp's sd-server, or another."""
        known = await self._rows(f"{PORT_1234}/api/v0/models")
        if known is not None:
            writers = [row for row in known if row.get("type") in {"llm", "vlm"}]
            loaded = sorted(writers, key=lambda row: row.get("state") != "loaded")
            return ModelServer("LM Studio", "text", f"{PORT_1234}/v1", _names(loaded, "id"))
        rows = await self._rows(f"{PORT_1234}/v1/models")
        if rows is None:
            return None
        names = _names(rows, "id")
        draws = any(name.startswith("sd-cpp") for name in names) or _has(
            await self._json(f"{PORT_1234}/sdcpp/v1/capabilities"), "samplers", "model", "mode"
        )
        program, kind = ("stable-diffusion.cpp", "image") if draws else (OTHER, "text")
        return ModelServer(program, kind, f"{PORT_1234}/v1", names)  # type: ignore[arg-type] # one of both kinds

    async def comfyui(self) -> ModelServer | None:
        """ComfyUI (GET /system_stats)."""
        answer = await self._json(f"{COMFYUI}/system_stats")
        if not _has(answer, "system") or not _has(answer, "devices"):
            return None
        return ModelServer("ComfyUI", "image", COMFYUI, ())

    async def _rows(self, url: str) -> list[dict[str, Any]] | None:
        """The rows of a list of OpenAI's API; None if there is none, or it is a Feedmill's."""
        answer = await self._json(url)
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
            return None
        rows = [row for row in answer["data"][:MAX_MODELS] if isinstance(row, dict)]
        return None if any(_owner(row) == "feedmill" for row in rows) else rows

    async def _json(self, url: str) -> Any:
        """The answer, or None if there is none."""
        if _nothing_listens(url):
            return None
        try:
            async with self._session.get(url, allow_redirects=False) as answer:
                if answer.status != 200:  # noqa: PLR2004 - a status code
                    return None
                return msgspec.json.decode(await answer.content.read(MAX_BYTES))
        except (aiohttp.ClientError, TimeoutError, ValueError, msgspec.DecodeError, OSError):
            return None


def _nothing_listens(url: str) -> bool:
    """Whether a port of this machine refuses a connection at once.

    Most starts find nothing: a request would take 1 ms, and uvloop's four threads for names.
    """
    parts = urlsplit(url)
    if parts.hostname not in LOOPBACK:
        return False
    family = socket.AF_INET6 if ":" in parts.hostname else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setblocking(False)
            began = probe.connect_ex((parts.hostname, parts.port))
            outcome = probe.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    except OSError:
        return False
    return errno.ECONNREFUSED in (began, outcome)


def ollama_address(host: str) -> str | None:
    """The address of Ollama, from OLLAMA_HOST as Ollama reads it; None if it has none.

    User and password are left out: the address is logged and shown.
    """
    scheme, separator, rest = host.strip().strip("\"'").strip().rpartition("://")
    scheme = scheme.lower() or "http"
    if scheme not in OLLAMA_PORTS:
        return None
    if _is_ipv6(rest):
        rest = f"[{rest}]"
    try:
        parts = urlsplit(f"//{rest}")
        name = parts.hostname or ""
        address = URL.build(
            scheme=scheme,
            host=REACHED_AT.get(name, name),
            port=_port(parts) or (OLLAMA_PORTS[scheme] if separator else OLLAMA_PORT),
            path=parts.path.rstrip("/"),
        )
    except ValueError:
        return None
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":
        return None  # a password with one of / ? #, in which the name of the host is not known
    return str(address).rstrip("/")


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        return None  # Ollama takes the usual one


def _names(rows: Any, key: str) -> tuple[str, ...]:
    return tuple(
        row[key]
        for row in (rows if isinstance(rows, list) else [])[:MAX_MODELS]
        if isinstance(row, dict)
        and isinstance(row.get(key), str)
        and row[key].isprintable()  # it is shown at terminals and written to lines of TOML
    )


def _embeds(row: Any) -> bool:
    details = row.get("details") if isinstance(row, dict) else None
    return isinstance(details, dict) and details.get("family") in EMBEDDERS


def _owner(row: Mapping[str, Any]) -> Any:
    return row.get("owned_by")


def _has(answer: Any, *names: str) -> bool:
    return isinstance(answer, dict) and any(name in answer for name in names)


def _toml(value: Any) -> str:
    return msgspec.json.encode(value).decode()


class Discovery:
    """Looks for model servers: in the background of a start, and when an operator asks."""

    def __init__(self, *, wanted: bool) -> None:
        self.found: Sequence[ModelServer] = ()
        self._wanted = wanted
        self._late = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    def fields(self) -> dict[str, str]:
        """What the line `ready` says; what is found after it gets a separate line."""
        self._late = True
        return {"found": "; ".join(map(str, self.found))} if self.found else {}

    async def look_again(self) -> Sequence[ModelServer]:
        """What answers now."""
        self.found = await find_model_servers()
        return self.found

    async def _look(self) -> None:
        if self._wanted:
            self.found = await find_model_servers()
        if self.found and self._late:
            log.info("found", **self.fields())
