"""A host with SeaweedFS, and the relay before it that can refuse."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path

from aiohttp import web

from service.config import MediaConfig
from service.store.errors import MediaUnavailable
from service.store.media.objects import Bucket
from tests.hosts.network import CLIENTS, Host
from tests.support.s3 import ACCESS, BUCKET, ENVIRONMENT, ONE_VOLUME, S3Relay
from tests.support.waiting import eventually

RELAY_PORT = 8333
URL = f"s3://{BUCKET}/mill"
ENDPOINT = f"http://{CLIENTS}:{RELAY_PORT}"
PROGRAM = Path(sys.executable).with_name("weed")


class BucketHost:
    """The server, and how to reach it."""

    def __init__(self, host: Host) -> None:
        self.host = host
        # SeaweedFS calls itself by sockets in /tmp, which it names after its ports alone
        self._port = random.randrange(10_000, 20_000, 4)
        self.relay = S3Relay(f"http://{host.address}:{self._port}")

    async def start(self) -> web.AppRunner:
        """Start server and relay; returns the relay's, which is to be cleaned up."""
        (self.host.folder / "access.json").write_text(json.dumps(ACCESS))
        (self.host.folder / "master.toml").write_text(ONE_VOLUME)
        await self.start_server()
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", self.relay.serve)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, CLIENTS, RELAY_PORT).start()
        await eventually(self.answers, "the bucket answers")
        return runner

    async def start_server(self) -> None:
        """Start the server over the files that it has."""
        folder, address = self.host.folder, self.host.address
        await asyncio.create_subprocess_exec(
            *self.host.command(
                *(PROGRAM, "server", f"-dir={folder}", f"-ip={address}", f"-ip.bind={address}"),
                *(f"-s3.port={self._port}", f"-master.port={self._port + 1}"),
                *(f"-filer.port={self._port + 2}", f"-volume.port={self._port + 3}"),
                *("-filer", "-s3", f"-s3.config={folder}/access.json", "-s3.port.iceberg=0"),
                *("-master.volumeSizeLimitMB=64", "-volume.max=4", "-master.electionTimeout=1s"),
            ),
            cwd=folder,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    def clean(self) -> None:
        """Remove its sockets."""
        for port in range(self._port, self._port + 4):
            for socket in Path("/tmp").glob(f"seaweedfs-*-*{port % 10_000:04}.sock"):  # noqa: S108
                socket.unlink()

    async def answers(self) -> bool:
        """Whether a picture can be saved."""
        try:
            async with asyncio.timeout(5):
                bucket = Bucket(MediaConfig(URL, ENDPOINT, "us-east-1"))
                await bucket.put("ready", b"yes", "text/plain")
        except (MediaUnavailable, TimeoutError):
            return False
        return True


__all__ = ["ENDPOINT", "ENVIRONMENT", "URL", "BucketHost"]
