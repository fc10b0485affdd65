"""Model servers on this machine: found at their usual ports, without sending them a prompt."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any, Literal

import aiohttp
import msgspec

LOOK_SECONDS = 0.7
"""For one server: a program on this machine answers at once."""
MAX_BYTES = 1_000_000
MAX_MODELS = 100


class ModelServer(msgspec.Struct, frozen=True):
    """A server that was found; `models` are the names it knows."""

    program: str
    kind: Literal["text", "image"]
    base_url: str
    models: tuple[str, ...]

    def lines(self) -> str:
        """The lines for config.toml that use it."""
        if self.program == "ComfyUI":
            return ""
        name = self.models[0] if self.models else "NAME"
        return (
            f'[{self.kind}]\ngenerator = "openai"\n\n[{self.kind}.openai]\n'
            f'base_url = "{self.base_url}"\nmodel = "{name}"\napi_key_env = ""\n'
        )


async def find_model_servers(environment: Mapping[str, str] = os.environ) -> list[ModelServer]:
    """The servers that answer now."""
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=LOOK_SECONDS), trust_env=False
    ) as session:
        looker = _Looker(session)
        found = await asyncio.gather(
            looker.ollama(environment.get("OLLAMA_HOST", "")),
            looker.port_8080(),
            looker.port_1234(),
            looker.comfyui(),
        )
    return [server for server in found if server is not None]


class _Looker:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def ollama(self, host: str) -> ModelServer | None:
        """Ollama (docs.ollama.com/api/tags); OLLAMA_HOST is where it listens."""
        address = ollama_address(host)
        answer = await self._json(f"{address}/api/tags")
        if not isinstance(answer, dict) or "models" not in answer:
            return None
        return ModelServer("Ollama", "text", f"{address}/v1", _names(answer["models"], "name"))

    async def port_8080(self) -> ModelServer | None:
        """llama.cpp's server (GET /props), or LocalAI."""
        address = "http://127.0.0.1:8080"
        models = await self._models(address)
        if models is None:
            return None
        props = await self._json(f"{address}/props")
        program = "llama.cpp" if isinstance(props, dict) and "model_path" in props else "LocalAI"
        return ModelServer(program, "text", f"{address}/v1", models)

    async def port_1234(self) -> ModelServer | None:
        """LM Studio (GET /api/v0/models), or stable-diffusion.cpp's sd-server."""
        address = "http://127.0.0.1:1234"
        models = await self._models(address)
        if models is None:
            return None
        studio = await self._json(f"{address}/api/v0/models")
        if isinstance(studio, dict) and "data" in studio:
            return ModelServer("LM Studio", "text", f"{address}/v1", models)
        return ModelServer("stable-diffusion.cpp", "image", f"{address}/v1", models)

    async def comfyui(self) -> ModelServer | None:
        """ComfyUI (GET /system_stats)."""
        address = "http://127.0.0.1:8188"
        answer = await self._json(f"{address}/system_stats")
        if not isinstance(answer, dict) or "comfyui_version" not in str(answer.get("system")):
            return None
        return ModelServer("ComfyUI", "image", address, ())

    async def _models(self, address: str) -> tuple[str, ...] | None:
        answer = await self._json(f"{address}/v1/models")
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
            return None
        return _names(answer["data"], "id")

    async def _json(self, url: str) -> Any:
        """The answer, or None if there is none."""
        try:
            async with self._session.get(url, allow_redirects=False) as answer:
                if answer.status != 200:  # noqa: PLR2004 - a status code
                    return None
                return msgspec.json.decode(await answer.content.read(MAX_BYTES))
        except (aiohttp.ClientError, TimeoutError, ValueError, msgspec.DecodeError, OSError):
            return None


def ollama_address(host: str) -> str:
    """The address of Ollama on this machine, from its variable as Ollama reads it."""
    _, separator, rest = host.strip().rpartition("://")
    scheme = "https" if separator and host.strip().startswith("https") else "http"
    name, _, port = rest.rstrip("/").rpartition(":") if ":" in rest else (rest.rstrip("/"), "", "")
    if name in {"", "0.0.0.0"}:  # noqa: S104 - and how to reach it
        name = "127.0.0.1"
    return f"{scheme}://{name}:{port if port.isdigit() else 11434}"


def _names(rows: Any, key: str) -> tuple[str, ...]:
    return tuple(
        row[key]
        for row in (rows if isinstance(rows, list) else [])[:MAX_MODELS]
        if isinstance(row, dict) and isinstance(row.get(key), str)
    )
