"""Checks of what generates: the bundled model, configured back ends, servers on this machine."""

from __future__ import annotations

import asyncio
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from service.config import Config, Model
from service.doctor.finding import Finding, note, ok, problem
from service.generators import custom
from service.generators.comfyui.image import load_picture, load_workflow
from service.generators.local.model_process import CANNOT_RUN, why_not_imported
from service.generators.protocol import CannotStart
from service.generators.servers.http_client import authorization, open_session, redacted
from service.installation import FETCH_MODEL, TEXT_MODEL
from service.local_models import bundled_model
from service.local_models.discovery import find_model_servers
from service.messages import KINDS, Kind
from service.process.child_process import environment

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 3.0
"""For a list of models."""
WORD_SECONDS = 4.0
"""For one word of a text model."""
MAX_BYTES = 1_000_000


async def generators(config: Config) -> Sequence[Finding]:
    """The findings about the configured generators and the servers on this machine."""
    kinds = (_of_kind(kind, config) for kind in KINDS)
    named = (_of_model(model) for model in config.named.values())
    findings = await asyncio.gather(*kinds, *named, _found())
    return [finding for some in findings for finding in some]


async def _of_kind(kind: Kind, config: Config) -> Sequence[Finding]:
    generator = config.pool(kind).generator
    settings: Any = config.settings[kind].get(generator)
    findings = await _of_generator(kind, generator, settings)
    return _other(kind, generator, config) if findings is None else findings


async def _of_model(model: Model) -> Sequence[Finding]:
    """The findings about a named model, whose keys are in its own section."""
    generator = model.pool.generator
    findings = await _of_generator(model.kind, generator, model.settings)
    if findings is None:
        findings = [ok(model.kind, f"generator {generator}")]
    theirs, own = f"[{model.kind}.{generator}]", f"[models.{model.name}]"
    return [
        msgspec.structs.replace(
            finding, check=model.name, advice=finding.advice.replace(theirs, own)
        )
        for finding in findings
    ]


async def _of_generator(kind: Kind, generator: str, settings: Any) -> Sequence[Finding] | None:
    """The findings about a generator of the catalogue; None about one that needs nothing."""
    match kind, generator:
        case "text", "local":
            if unusable := await _model_package():
                return [unusable]
            return [await asyncio.to_thread(_model_file, settings.model)]
        case _, "openai":
            return await _openai(kind, settings)
        case _, "remote":
            return await _remote(kind, settings)
        case "image", "comfyui":
            return await _comfyui(settings)
    return None


def _other(kind: str, generator: str, config: Config) -> Sequence[Finding]:
    """One that needs nothing, or a custom one; nothing about one that could not be loaded."""
    loaded = custom.section_of(generator) in config.settings[kind]
    return [ok(kind, f"generator {generator}")] if loaded else []


async def _model_package() -> Finding | None:
    """The package that runs local models, if it cannot be imported."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import xllamacpp", stderr=PIPE, env=environment()
    )
    _, printed = await child.communicate()
    if not child.returncode:
        return None
    why = why_not_imported(printed.decode(errors="replace"))
    return problem("text", why or CANNOT_RUN, "`[text] generator` can be another one.")


def _model_file(named: str) -> Finding:
    file = TEXT_MODEL if named == "bundled" else Path(named).expanduser()
    try:
        return _bundled() if named == "bundled" else _own_model(file)
    except OSError as error:
        advice = "Give this user the right to read it, or set [text.local] model."
        return problem("text", f"{file} cannot be read ({error.strerror})", advice)


def _own_model(file: Path) -> Finding:
    if not file.is_file():
        return problem("text", f"{file} is not there", "Set [text.local] model to a GGUF file.")
    with file.open("rb") as opened:
        if opened.read(4) != b"GGUF":
            return problem("text", f"{file} is no GGUF file", "Set [text.local] model.")
    return ok("text", f"local model {file.name}")


def _bundled() -> Finding:
    if not TEXT_MODEL.exists():
        return problem("text", "the bundled model is not there", f"Run `{FETCH_MODEL}`.")
    if not bundled_model.is_whole(TEXT_MODEL):
        return problem("text", f"{TEXT_MODEL} is damaged", f"Run `{FETCH_MODEL}`.")
    return ok("text", "the bundled model, whole by its checksum")


async def _openai(kind: str, settings: Any) -> Sequence[Finding]:
    """A server with OpenAI's API: reached, knows the model, and how long one word takes."""
    try:
        key = authorization(settings.api_key_env)
    except CannotStart as error:
        return [problem(kind, str(error), f"Set it, or [{kind}.openai] api_key_env.")]
    base = settings.base_url.rstrip("/")
    where = f"Check [{kind}.openai] base_url, and that the server runs."
    async with open_session(CONNECT_SECONDS) as session:
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                session.get(f"{base}/models", headers=key, allow_redirects=False) as answer,
            ):
                status = answer.status
                listed = _ids(await answer.content.read(MAX_BYTES))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return [problem(kind, f"{redacted(base)} does not answer ({_named(error)})", where)]
        if status in {401, 403}:
            return [
                problem(
                    kind,
                    f"{redacted(base)} refuses the key ({status})",
                    f"Check the variable that [{kind}.openai] api_key_env names.",
                )
            ]
        findings = [ok(kind, f"{redacted(base)} answers")]
        if listed and settings.model not in listed and f"{settings.model}:latest" not in listed:
            some = ", ".join(sorted(listed)[:5])
            findings.append(
                problem(
                    kind,
                    f"it does not know the model {settings.model!r}",
                    f"Set [{kind}.openai] model to one that it has: {some}.",
                )
            )
        elif kind == "text":
            findings.append(await _one_word(session, base, key, settings.model))
    return findings


async def _one_word(
    session: aiohttp.ClientSession, base: str, key: dict[str, str], model: str
) -> Finding:
    began = time.monotonic()
    body = {"model": model, "messages": [{"role": "user", "content": "Say yes."}], "max_tokens": 1}
    try:
        async with (
            asyncio.timeout(WORD_SECONDS),
            session.post(
                f"{base}/chat/completions", json=body, headers=key, allow_redirects=False
            ) as answer,
        ):
            await answer.content.read(MAX_BYTES)
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return note(
            "text",
            f"{model} gave no word within {WORD_SECONDS:g} s ({_named(error)})",
            "It may still be loading; run this again.",
        )
    seconds = time.monotonic() - began
    if status >= 500:
        return problem("text", f"{model} fails ({status})", "Look into the log of the server.")
    if status >= 400:
        return note("text", f"{model} answers {status} to one word", "Try it with `generate`.")
    return ok("text", f"{model} knows a word: {seconds:.2f} s")


async def _comfyui(settings: Any) -> Sequence[Finding]:
    """A usable workflow, picture and key, and a server that answers."""
    try:
        workflow, _ = await asyncio.to_thread(load_workflow, settings)
        await asyncio.to_thread(load_picture, settings, workflow)
        key = authorization(settings.api_key_env)
    except CannotStart as error:
        advice = "Correct [image.comfyui], or export the workflow again."
        return [problem("image", str(error), advice)]
    async with open_session(CONNECT_SECONDS) as session:
        where = "Check [image.comfyui] base_url, and that ComfyUI runs."
        return [await _answers(session, "image", settings.base_url, "/system_stats", where, key)]


async def _remote(kind: str, settings: Any) -> Sequence[Finding]:
    """Other Feedmill processes that generate."""
    if not settings.urls:
        return [problem(kind, "no servers", f"List them in [{kind}.remote] urls.")]
    try:
        key = authorization(settings.token_env)
    except CannotStart as error:
        return [problem(kind, str(error), f"Set it, or [{kind}.remote] token_env.")]
    async with open_session(CONNECT_SECONDS) as session:
        where = f"Check [{kind}.remote] urls."
        return await asyncio.gather(
            *(_answers(session, kind, url, "/healthz", where, key) for url in settings.urls)
        )


async def _answers(
    session: aiohttp.ClientSession,
    kind: str,
    url: str,
    path: str,
    where: str,
    key: dict[str, str],
) -> Finding:
    try:
        async with (
            asyncio.timeout(ANSWER_SECONDS),
            session.get(f"{url.rstrip('/')}{path}", headers=key, allow_redirects=False) as answer,
        ):
            if answer.status == 200:
                return ok(kind, f"{redacted(url)} answers")
            said = str(answer.status)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        said = _named(error)
    return problem(kind, f"{redacted(url)} does not answer ({said})", where)


async def _found() -> Sequence[Finding]:
    servers = await find_model_servers()
    return [
        note(
            "found",
            str(server),
            server.lines(),
        )
        for server in servers
    ]


def _ids(body: bytes) -> set[str]:
    try:
        rows = msgspec.json.decode(body)["data"]
        ids = [row["id"] for row in rows]
    except (msgspec.DecodeError, UnicodeError, KeyError, TypeError):
        return set()
    return {name for name in ids if isinstance(name, str) and name.isprintable()}


def _named(error: BaseException) -> str:
    """What went wrong, without an address that may hold a key."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    reason = getattr(error, "strerror", None) or getattr(
        getattr(error, "os_error", None), "strerror", None
    )
    return str(reason or type(error).__name__)
