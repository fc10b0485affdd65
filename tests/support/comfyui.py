"""A scripted ComfyUI server: its routes, its queue of one prompt at a time, no models."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.support.pictures import picture

PNG = picture("PNG", 64, 40)
STEPS = 4

WORKFLOW: dict[str, Any] = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 1,
            "steps": 20,
            "cfg": 8,
            "sampler_name": "euler",
            "scheduler": "normal",
            "denoise": 1,
            "model": ["4", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
        "_meta": {"title": "KSampler"},
    },
    "4": {
        "class_type": "CheckpointLoaderSimple",
        "inputs": {"ckpt_name": "model.safetensors"},
        "_meta": {"title": "Load Checkpoint"},
    },
    "5": {
        "class_type": "EmptyLatentImage",
        "inputs": {"width": 512, "height": 512, "batch_size": 1},
        "_meta": {"title": "Empty Latent Image"},
    },
    "6": {
        "class_type": "CLIPTextEncode",
        "inputs": {"text": "a landscape", "clip": ["4", 1]},
        "_meta": {"title": "CLIP Text Encode (Prompt)"},
    },
    "7": {
        "class_type": "CLIPTextEncode",
        "inputs": {"text": "text, watermark", "clip": ["4", 1]},
        "_meta": {"title": "CLIP Text Encode (Prompt)"},
    },
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {
        "class_type": "SaveImage",
        "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]},
        "_meta": {"title": "Save Image"},
    },
}
"""The workflow that ComfyUI's editor shows at its first start."""


class Comfy:
    """The state of the server, for tests to read and to change."""

    def __init__(self) -> None:
        self.url = ""
        self.version = "0.3.75"
        self.go_on = asyncio.Event()
        """Prompts run to their end while it is set."""
        self.go_on.set()
        self.with_socket = True
        self.takes_ids = True
        """Whether a client may choose the id of its prompt."""
        self.refusal: tuple[int, dict[str, Any]] | None = None
        """The answer to every POST /prompt."""
        self.error: dict[str, Any] | None = None
        """What every execution fails with."""
        self.picture = PNG
        self.prompts: list[dict[str, Any]] = []
        """The workflows that were submitted."""
        self.pending: list[list[Any]] = []
        self.running: list[list[Any]] = []
        self.strange: list[list[Any]] = []
        """Entries of the queue that never run."""
        self.history: dict[str, Any] = {}
        self.forgotten: list[str] = []
        self.interrupted: list[str] = []
        self.uploads: dict[str, bytes] = {}
        """The pictures in its folder of inputs."""
        self.served = 0
        self._stop = asyncio.Event()
        self._sockets: dict[str, web.WebSocketResponse] = {}
        self._work = asyncio.Event()

    def add(self, prompt: dict[str, Any], client: str = "", prompt_id: str = "") -> str:
        """Put a prompt at the end of the queue, as this client or as another program."""
        prompt_id = prompt_id or str(uuid.uuid4())
        self.served += 1
        self.pending.append([self.served, prompt_id, prompt, {"client_id": client}, ["9"]])
        self._work.set()
        return prompt_id

    def restart(self) -> None:
        """Lose everything, like a process that ends and comes back."""
        self.pending.clear()
        self.history.clear()
        self._stop.set()

    async def work(self) -> None:
        """Execute the prompts one after another."""
        while True:
            await self._work.wait()
            while self.pending:
                self.running.append(self.pending.pop(0))
                await self._execute(self.running[0][1], self.running[0][3]["client_id"])
                self.running.clear()
            self._work.clear()

    async def _execute(self, prompt_id: str, client: str) -> None:
        self._stop.clear()
        about = {"prompt_id": prompt_id}
        await self._send(client, "execution_start", about)
        for step in range(STEPS):
            await self._send(client, "progress", {**about, "value": step, "max": STEPS})
        stopping = asyncio.ensure_future(self._stop.wait())
        going_on = asyncio.ensure_future(self.go_on.wait())
        await asyncio.wait({stopping, going_on}, return_when=asyncio.FIRST_COMPLETED)
        stopped = self._stop.is_set()
        stopping.cancel()
        going_on.cancel()
        if stopped:
            return
        if self.error is not None:
            await self._send(client, "execution_error", {**about, **self.error})
            self._finish(prompt_id, {}, "error", [["execution_error", self.error]])
            return
        await self._send(client, "executing", {**about, "node": None})
        image = {"filename": f"{prompt_id}.png", "subfolder": "", "type": "output"}
        self._finish(prompt_id, {"9": {"images": [image]}}, "success", [])

    def _finish(self, prompt_id: str, outputs: Any, status: str, messages: list[Any]) -> None:
        self.history[prompt_id] = {
            "outputs": outputs,
            "status": {
                "status_str": status,
                "completed": status == "success",
                "messages": messages,
            },
        }

    async def _send(self, client: str, kind: str, data: dict[str, Any]) -> None:
        if client in self._sockets:
            await self._sockets[client].send_json({"type": kind, "data": data})
            await self._sockets[client].send_bytes(b"\0\0\0\1preview")

    async def socket(self, request: web.Request) -> web.StreamResponse:
        if not self.with_socket:
            return web.Response(status=404)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        client = request.query["clientId"]
        self._sockets[client] = socket
        try:
            await socket.send_json({"type": "status", "data": {"sid": client}})
            async for _ in socket:
                pass
        finally:
            self._sockets.pop(client, None)
        return socket

    async def submit(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if self.refusal is not None:
            return web.json_response(self.refusal[1], status=self.refusal[0])
        self.prompts.append(body["prompt"])
        chosen = body.get("prompt_id", "") if self.takes_ids else ""
        prompt_id = self.add(body["prompt"], body["client_id"], chosen)
        return web.json_response({"prompt_id": prompt_id, "number": 1, "node_errors": {}})

    async def upload(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        image = form["image"]
        assert isinstance(image, web.FileField)
        self.uploads[image.filename] = image.file.read()
        return web.json_response({"name": image.filename, "subfolder": "", "type": "input"})

    async def get_queue(self, _request: web.Request) -> web.StreamResponse:
        pending = [*self.strange, *self.pending]
        return web.json_response({"queue_running": self.running, "queue_pending": pending})

    async def change_queue(self, request: web.Request) -> web.StreamResponse:
        unwanted = (await request.json()).get("delete", [])
        self.pending = [entry for entry in self.pending if entry[1] not in unwanted]
        return web.Response()

    async def interrupt(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        named = json.loads(text).get("prompt_id") if text else None
        targeted = not self.version or self.version >= "0.3.6"
        for entry in self.running:
            if not targeted or named in {None, entry[1]}:
                self.interrupted.append(entry[1])
                self._finish(entry[1], {}, "error", [["execution_interrupted", {}]])
                self._stop.set()
        return web.Response()

    async def get_history(self, request: web.Request) -> web.StreamResponse:
        id_ = request.match_info["id"]
        return web.json_response({id_: self.history[id_]} if id_ in self.history else {})

    async def change_history(self, request: web.Request) -> web.StreamResponse:
        for id_ in (await request.json()).get("delete", []):
            self.history.pop(id_, None)
            self.forgotten.append(id_)
        return web.Response()

    async def view(self, request: web.Request) -> web.StreamResponse:
        if request.query["type"] != "output" or not request.query["filename"].endswith(".png"):
            return web.Response(status=404)
        return web.Response(body=self.picture, content_type="image/png")

    async def stats(self, _request: web.Request) -> web.StreamResponse:
        if not self.version:
            return web.Response(status=404)
        return web.json_response({"system": {"comfyui_version": self.version}, "devices": []})


@asynccontextmanager
async def comfy(port: int = 0) -> AsyncIterator[Comfy]:
    """Serve on 127.0.0.1; leaving the block cuts every connection."""
    made = Comfy()
    app = web.Application()
    app.add_routes(
        [
            web.get("/ws", made.socket),
            web.post("/prompt", made.submit),
            web.post("/upload/image", made.upload),
            web.get("/queue", made.get_queue),
            web.post("/queue", made.change_queue),
            web.post("/interrupt", made.interrupt),
            web.get("/history/{id}", made.get_history),
            web.post("/history", made.change_history),
            web.get("/view", made.view),
            web.get("/system_stats", made.stats),
        ]
    )
    runner = web.AppRunner(app, shutdown_timeout=0.01)
    await runner.setup()
    working = asyncio.ensure_future(made.work())
    try:
        site = web.TCPSite(runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        host, port = runner.addresses[0][:2]
        made.url = f"http://{host}:{port}"
        yield made
    finally:
        working.cancel()
        await asyncio.wait([working])
        await runner.cleanup()
