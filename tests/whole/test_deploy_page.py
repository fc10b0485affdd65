"""docs/deploy.md: its files are valid, agree with the configuration, and work where they can."""

from __future__ import annotations

import asyncio
import configparser
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from service.config import load
from tests.support.outside import unused_port
from tests.support.programs import running_program
from tests.support.running import HOME, running_service
from tests.support.streaming import followed
from tests.support.waiting import eventually

PAGE = (HOME / "docs" / "deploy.md").read_text()
SIMULATED = ("text.generator=simulated", "image.generator=simulated")
DEFAULTS = load(HOME / "config.toml", {})
SERVICE = f"127.0.0.1:{DEFAULTS.http.port}"
SBIN = f"{os.environ['PATH']}{os.pathsep}/usr/sbin{os.pathsep}/usr/local/sbin"
NGINX = shutil.which("nginx", path=SBIN)
CADDY = shutil.which("caddy", path=SBIN)


def blocks(language: str) -> list[str]:
    """The files of a language that the page shows."""
    texts = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert texts, language
    return texts


def needed(path: str | None, name: str) -> str:
    if path is None:
        pytest.skip(f"{name} is not installed: only the consistency of its file was tested")
    return path


def test_the_documented_configuration_is_valid(tmp_path: Path) -> None:
    for number, block in enumerate(blocks("toml")):
        file = tmp_path / f"{number}.toml"
        file.write_text(block)
        assert load(file, {}).source == file
    for key, value in re.findall(r"`(?:\[http\] )?(\w+) = (.*?)`", PAGE):
        section = "auth" if key == "required" else "http"
        load(None, {}, [f"{section}.{key}={value}"])


def test_every_proxy_leads_to_the_service_and_names_its_path() -> None:
    for language in ("nginx", "caddy"):
        for block in blocks(language):
            assert block.count("{") == block.count("}")
            assert re.findall(r"127\.0\.0\.1:\d+", block) == [SERVICE] * block.count(SERVICE) != []
            stripped = re.findall(r"(?:location|handle_path) (/\w+)/", block)
            prefixes = re.findall(r"X-Forwarded-Prefix (/\w+)", block)
            assert prefixes == stripped, "a path that is taken off is named, and no other"
            assert "Forwarded" in block.replace("X-Forwarded", ""), "clients do not say it"


def test_the_unit_starts_the_program_and_waits_for_its_end(tmp_path: Path) -> None:
    [unit] = blocks("ini")
    parsed = configparser.RawConfigParser(strict=False)
    parsed.optionxform = str  # type: ignore[assignment,method-assign] # names as they are
    parsed.read_string(unit)
    service = parsed["Service"]
    assert float(service["TimeoutStopSec"]) > DEFAULTS.service.drain
    assert service["TimeoutStartSec"] == "infinity", "an external Redis may be away at a boot"
    assert int(service["LimitNOFILE"]) > DEFAULTS.http.max_connections
    python, program, *arguments = service["ExecStart"].split()
    assert program == f"{service['WorkingDirectory']}/run.py"
    result = subprocess.run(
        [sys.executable, HOME / "run.py", *arguments, "--data-dir", tmp_path, "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    verify = needed(shutil.which("systemd-analyze"), "systemd")
    file = tmp_path / "feedmill.service"
    here = unit.replace(python, sys.executable).replace("/opt/feedmill", str(HOME))
    file.write_text(here.replace("User=feedmill", "User=root").replace("Group=feedmill", ""))
    command = [verify, "verify", "--man=no", "--recursive-errors=no", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "feedmill" not in result.stderr, result.stderr


def server_blocks(tmp_path: Path, port: int, service: str) -> str:
    """What the page has for nginx, with a self-made certificate, here."""
    site, location = blocks("nginx")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    openssl = needed(shutil.which("openssl"), "openssl")
    subject = ["-subj", "/CN=mill.example", "-days", "2", "-nodes"]
    options = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", *subject, *options],
        check=True,
        capture_output=True,
    )
    site = re.sub(r"ssl_certificate /\S+;", f"ssl_certificate {certificate};", site)
    site = re.sub(r"ssl_certificate_key /\S+;", f"ssl_certificate_key {key};", site)
    site = re.sub(r" *listen (\[::\]:)?\d+( ssl)?;\n", "", site)
    first, second = (match.start() for match in re.finditer("server {", site))
    site = (
        f"{site[:first]}server {{ listen 127.0.0.1:{unused_port()};{site[first + 8 : second]}"
        f"server {{ listen 127.0.0.1:{port};\n{location}{site[second + 8 :]}"
    )
    return site.replace(SERVICE, service.removeprefix("http://"))


@asynccontextmanager
async def nginx(tmp_path: Path, service: str) -> AsyncIterator[str]:
    """Nginx with the files of the page before a service; yields its URL."""
    program = needed(NGINX, "nginx")
    port = unused_port()
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = tmp_path / "nginx.conf"
    sites = server_blocks(tmp_path, port, service)
    file.write_text(
        f"daemon off; worker_processes 1; pid {tmp_path}/pid; error_log {tmp_path}/error.log;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{sites}}}\n"
    )
    words = [program, "-p", str(tmp_path), "-c", str(file)]
    test = [*words, "-t"]
    result = await asyncio.to_thread(subprocess.run, test, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    async with running_program(tmp_path / "output", *words) as running:
        await running.listens(port)
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("path", ["", "/mill"])
async def test_nginx_serves_the_service_as_the_page_says(tmp_path: Path, path: str) -> None:
    needed(NGINX, "nginx")
    trusting = 'http.trusted_proxies=["127.0.0.1"]'
    async with (
        running_service(tmp_path, *SIMULATED, trusting, "text.simulated.delay=0.3") as service,
        nginx(tmp_path, service.url) as root,
        ClientSession() as http,
    ):
        url = f"{root}{path}"
        spoofed = {"X-Forwarded-Prefix": "/evil", "Forwarded": "for=192.0.2.1;host=evil"}
        submission = {"prompt": "Rain", "tag": "instagram", "user-id": "ann", "publish": True}
        async with http.post(f"{url}/content", json=submission, headers=spoofed) as answer:
            assert answer.status == 202, await answer.text()
            location = answer.headers["Location"]
        assert location.startswith(f"{path}/content/")
        events = await followed(http, f"{root}{location}/events?after=0")
        assert events[-1].name == "completed"
        async with http.ws_connect(f"{root}{location}/ws?after=0") as ws:
            result = [json.loads(message.data)["event"] async for message in ws]
        assert result[-1] == "completed"
        picture = events[-1].data["imageUri"]
        async with http.get(f"{root}{picture}") as answer:
            assert answer.status == 200
        async with http.get(f"{url}/studio.js", headers={"Accept-Encoding": "br"}) as answer:
            assert answer.headers["Content-Encoding"] == "br"
            assert "ETag" in answer.headers

        async def feed() -> list[str]:
            async with http.post(f"{url}/feed", json={"user-id": "ann"}) as answer:
                return [post["imageUri"] for post in await answer.json()]

        async def published() -> bool:
            return bool(await feed())

        await eventually(published, "the post is in the feed")
        [whole] = await feed()
        assert whole == f"http://127.0.0.1:{root.rpartition(':')[2]}{picture}"


def test_caddy_accepts_its_file(tmp_path: Path) -> None:
    program = needed(CADDY, "caddy")
    for number, block in enumerate(blocks("caddy")):
        file = tmp_path / f"Caddyfile{number}"
        file.write_text(block)
        words = [program, "validate", "--adapter", "caddyfile", "--config", str(file)]
        result = subprocess.run(words, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
