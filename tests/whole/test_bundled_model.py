"""How the bundled text model is fetched: whole, once, and on from where a download broke off."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.commands import model
from service.config import load
from service.generators.local.model_fetch import fetching
from service.local_models import bundled_model
from tests.support.waiting import HANGS_SECONDS, eventually

WEIGHTS = bytes(range(256)) * 40
BREAKS_AT = 4_000


class Server(ThreadingHTTPServer):
    """Serves WEIGHTS, and breaks off after BREAKS_AT bytes as often as `breaks` says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.breaks = 0
        self.ranges: list[str | None] = []
        self.knows_ranges = True
        self.url = f"http://127.0.0.1:{self.server_port}/model.gguf"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers["Range"]
        self.server.ranges.append(wanted)
        start = 0
        if wanted and self.server.knows_ranges:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(WEIGHTS):
                self.send_error(416)
                return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(WEIGHTS) - start))
        self.end_headers()
        end = len(WEIGHTS)
        if self.server.breaks:
            self.server.breaks -= 1
            end = min(start + BREAKS_AT, end)
        self.wfile.write(WEIGHTS[start:end])

    def log_message(self, *_: object) -> None:
        """Nothing: the test looks at `ranges`."""


class Killed(Exception):
    """Stands for the end of the process."""


def kill(_done: int, _total: int) -> None:
    raise Killed


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(bundled_model, "SHA256", hashlib.sha256(WEIGHTS).hexdigest())
    monkeypatch.setattr(bundled_model, "PAUSE_SECONDS", 0.0)
    with Server() as server:
        monkeypatch.setattr(bundled_model, "SOURCES", [server.url])
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def test_a_download_that_breaks_off_resumes(tmp_path: Path, server: Server) -> None:
    server.breaks = 2
    told: list[tuple[int, int]] = []
    bundled_model.fetch(tmp_path / "new" / "model", [server.url], lambda *pair: told.append(pair))
    assert (tmp_path / "new" / "model").read_bytes() == WEIGHTS
    assert server.ranges == [None, f"bytes={BREAKS_AT}-", f"bytes={2 * BREAKS_AT}-"]
    assert told[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["model"]


def test_a_later_call_resumes_where_a_killed_one_ended(tmp_path: Path, server: Server) -> None:
    server.breaks = 1
    with pytest.raises(Killed):
        bundled_model.fetch(tmp_path / "model", [server.url], kill)
    bundled_model.fetch(tmp_path / "model", [server.url])
    assert (tmp_path / "model").read_bytes() == WEIGHTS
    assert server.ranges[1:] == [f"bytes={BREAKS_AT}-"]


def test_a_server_without_ranges_sends_it_all_again(tmp_path: Path, server: Server) -> None:
    server.breaks, server.knows_ranges = 1, False
    bundled_model.fetch(tmp_path / "model", [server.url])
    assert (tmp_path / "model").read_bytes() == WEIGHTS


def test_what_is_left_of_another_file_is_not_kept(tmp_path: Path, server: Server) -> None:
    server.breaks = 1
    with pytest.raises(Killed):
        bundled_model.fetch(tmp_path / "model", [server.url], kill)
    [part] = tmp_path.glob("*.part")
    part.write_bytes(b"x" * (len(WEIGHTS) + 1))
    bundled_model.fetch(tmp_path / "model", [server.url])
    assert (tmp_path / "model").read_bytes() == WEIGHTS


def test_a_second_source_is_asked_when_the_first_fails(tmp_path: Path, server: Server) -> None:
    bundled_model.fetch(tmp_path / "model", ["http://127.0.0.1:9/none", server.url])
    assert (tmp_path / "model").read_bytes() == WEIGHTS
    with pytest.raises(bundled_model.NotFetched, match=r"127\.0\.0\.1:9"):
        bundled_model.fetch(tmp_path / "other", ["http://127.0.0.1:9/none"])


@pytest.mark.usefixtures("server")
def test_the_command_makes_files_that_another_user_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, target = tmp_path / "copy", tmp_path / "models" / "model"
    copy.write_bytes(WEIGHTS)
    monkeypatch.setattr(model, "TEXT_MODEL", target)
    arguments = argparse.Namespace(source=str(copy), umask=0o022)
    before = os.umask(0o077)  # as the command line sets it
    try:
        assert model.fetch(arguments, load(None, {})) == 0
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (target.parent, target)] == [0o755, 0o644]


@pytest.mark.usefixtures("server")
async def test_an_installed_service_fetches_it_in_the_background(tmp_path: Path) -> None:
    target = tmp_path / "models" / "model"
    with capture_logs() as logged:

        async def there() -> bool:
            return logged[-1:] != [] and logged[-1]["event"] == "the text model is there"

        async with fetching(target, "do this"):
            await eventually(there, "the model is there")
    assert target.read_bytes() == WEIGHTS
    assert {"event": "fetching the text model", "percent": 100, "log_level": "info"} in logged


async def test_without_a_network_the_log_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundled_model, "SOURCES", ["http://127.0.0.1:9/none"])
    with capture_logs() as logged:

        async def failed() -> bool:
            return len(logged) > 1

        async with fetching(tmp_path / "model", "do this"):
            await eventually(failed, "it says so")
    assert logged[1]["advice"] == "do this"
    assert "127.0.0.1:9" in logged[1]["problem"]


async def test_a_stop_does_not_wait_for_the_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()
    ended = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await ended.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(bundled_model, "SOURCES", [f"http://127.0.0.1:{port}/model"])
    async with asyncio.timeout(HANGS_SECONDS), fetching(tmp_path / "model", ""):
        await asked.wait()
    ended.set()
    server.close()
