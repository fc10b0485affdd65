"""A reverse proxy that serves the service below a path, which it strips from requests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, WSMsgType, hdrs, web

from tests.support.waiting import HANGS_SECONDS

OF_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"}


class PrefixProxy:
    """Forwards requests below `path` with `headers` added; answers others with 418."""

    def __init__(self, target: str, path: str, headers: Mapping[str, str]) -> None:
        self.url = ""
        self._target = target
        self._path = path
        self._headers = headers

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        raw = request.rel_url.raw_path_qs
        if raw == self._path:
            return web.Response(status=301, headers={"Location": f"{self._path}/"})
        if not raw.startswith(f"{self._path}/"):
            return web.Response(status=418, text="This is outside of the proxied path.")
        url = self._target + raw.removeprefix(self._path)
        kept = {n: v for n, v in request.headers.items() if n.lower() not in OF_ONE_HOP}
        headers = {**kept, **self._headers}
        timeout = ClientTimeout(total=None)
        jar = DummyCookieJar()
        async with ClientSession(cookie_jar=jar, auto_decompress=False, timeout=timeout) as client:
            if request.headers.get(hdrs.UPGRADE, "").lower() == "websocket":
                return await self._websocket(client, request, url, headers)
            async with client.request(
                request.method,
                url,
                headers=headers,
                data=await request.read(),
                allow_redirects=False,
            ) as answer:
                sent = {n: v for n, v in answer.headers.items() if n.lower() not in OF_ONE_HOP}
                response = web.StreamResponse(status=answer.status, headers=sent)
                await response.prepare(request)
                with contextlib.suppress(ConnectionResetError):  # a page that was left
                    async for piece in answer.content.iter_any():
                        await response.write(piece)
                    await response.write_eof()
                return response

    async def _websocket(
        self, client: ClientSession, request: web.BaseRequest, url: str, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        kept = {n: v for n, v in headers.items() if not n.lower().startswith("sec-websocket")}
        near = web.WebSocketResponse()
        await near.prepare(request)
        async with client.ws_connect(url, headers=kept) as far:
            async for message in far:
                if message.type is WSMsgType.TEXT:
                    await near.send_str(message.data)
            await near.close(code=far.close_code or 1000)
        return near


@asynccontextmanager
async def prefix_proxy(
    target: str, path: str, headers: Mapping[str, str] | None = None
) -> AsyncIterator[PrefixProxy]:
    """Proxy `target` below `path` on a free port; its `url` ends with that path."""
    proxy = PrefixProxy(target, path, headers or {})
    runner = web.ServerRunner(web.Server(proxy.handle), shutdown_timeout=0.01)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        proxy.url = f"http://{host}:{port}{path}"
        yield proxy
    finally:
        async with asyncio.timeout(HANGS_SECONDS):
            await runner.cleanup()
