"""The routes of a ComfyUI server that one picture needs."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
import msgspec
from yarl import URL

from service.generators.comfyui.failures import Status, node_problem
from service.generators.comfyui.workflow import Node
from service.generators.servers.http_client import (
    MAX_ERROR_BYTES,
    fetch,
    no_answer,
    read_at_most,
    words,
)
from service.generators.servers.http_failures import refused

SERVICE = "image"  # the server's name in failures
AnswerT = TypeVar("AnswerT")

MAX_ANSWER_BYTES = 20_000_000
"""Of a queue or a history: they repeat the workflows."""

CALL_SECONDS = 30.0
"""For a small request: a server that loads a model is slow to answer."""

TARGETED_SINCE = (0, 3, 60)
"""The first version whose /interrupt surely stops only the prompt that it names."""


class File(msgspec.Struct, frozen=True):
    """A file that a node has written on the server."""

    filename: str
    subfolder: str = ""
    type: str = "output"


class Output(msgspec.Struct, frozen=True):
    """What one node has written."""

    images: tuple[File, ...] = ()


class HistoryEntry(msgspec.Struct, frozen=True):
    """A finished prompt in the history."""

    outputs: dict[str, Any] = {}
    status: Status | None = None

    def images(self, preferred: str) -> list[File]:
        """The pictures that were made: those of one node, or else saved ones before previews."""
        made = {node: _images_of(output) for node, output in self.outputs.items()}
        if preferred:
            return made.get(preferred, [])
        every = [file for files in made.values() for file in files]
        return sorted(every, key=lambda file: file.type != "output")


class Queue(msgspec.Struct, frozen=True):
    """What runs and what waits: lists that begin with a number and a prompt's id."""

    queue_running: tuple[list[Any], ...] = ()
    queue_pending: tuple[list[Any], ...] = ()

    def runs(self, prompt_id: str) -> bool:
        """Whether this prompt is being executed."""
        return any(_is(entry, prompt_id) for entry in self.queue_running)

    def before(self, prompt_id: str) -> int | None:
        """How many prompts come before this one; None if it does not wait."""
        mine = next((_number(e) for e in self.queue_pending if _is(e, prompt_id)), None)
        if mine is None:
            return None
        numbers = map(_number, self.queue_pending)
        earlier = sum(number is not None and number < mine for number in numbers)
        return len(self.queue_running) + earlier

    def others_wait(self, prompt_id: str) -> bool:
        """Whether any other prompt waits."""
        return any(not _is(entry, prompt_id) for entry in self.queue_pending)


class ComfyServer:
    """Calls to one server. All raise GenerationFailed, or an error of the connection."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, key: dict[str, str]) -> None:
        self._session = session
        self._base = base_url.rstrip("/")
        self._key = key

    def messages_url(self, client_id: str) -> str:
        """The address of the WebSocket with the messages for a client."""
        return f"{self._base}/ws?clientId={client_id}"

    async def submit(
        self, workflow: Mapping[str, Any], nodes: Mapping[str, Node], client_id: str
    ) -> str:
        """Put a workflow into the queue; returns the prompt's id."""
        wanted = str(uuid.uuid4())
        body = {"prompt": workflow, "client_id": client_id, "prompt_id": wanted}
        status, headers, answer = await self._call("POST", "/prompt", body)
        fields = _decoded(answer)
        if problem := node_problem(fields, nodes):
            if isinstance(fields.get("prompt_id"), str):
                await self.remove(fields["prompt_id"])  # the rest of it would run
            raise problem
        if not _succeeded(status):
            raise refused(SERVICE, status, headers, None, words(answer.decode(errors="replace")))
        prompt_id = fields.get("prompt_id")
        if not isinstance(prompt_id, str):
            raise no_answer(SERVICE)
        return prompt_id

    async def entry(self, prompt_id: str) -> HistoryEntry | None:
        """The finished prompt; None if it is not in the history."""
        entries = await self._get(f"/history/{prompt_id}", dict[str, HistoryEntry])
        return entries.get(prompt_id)

    async def queue(self) -> Queue:
        """What runs and waits now."""
        return await self._get("/queue", Queue)

    async def picture(self, file: File, max_bytes: int) -> bytes:
        """The bytes of a file."""
        query = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type}
        url = URL(f"{self._base}/view").with_query(query)
        return await fetch(self._session, url, self._key, max_bytes, SERVICE)

    async def upload(self, name: str, data: bytes) -> str:
        """Put a file into the folder of input pictures; returns what a node calls it."""
        form = aiohttp.FormData({"overwrite": "true"})
        form.add_field("image", data, filename=name)
        status, headers, body = await self._call("POST", "/upload/image", form=form)
        if not _succeeded(status):
            raise refused(SERVICE, status, headers, None, words(body.decode(errors="replace")))
        stored = _decoded(body)
        if not isinstance(stored.get("name"), str):
            raise no_answer(SERVICE)
        return "/".join(filter(None, (str(stored.get("subfolder") or ""), stored["name"])))

    async def forget(self, prompt_id: str) -> None:
        """Remove a finished prompt from the history."""
        await self._call("POST", "/history", {"delete": [prompt_id]})

    async def remove(self, prompt_id: str) -> None:
        """Remove a prompt from the queue, or interrupt it; never another one.

        Versions that take no id interrupt what runs when the call arrives: there it is left to
        run when others wait, as one of them may have begun.
        """
        await self._call("POST", "/queue", {"delete": [prompt_id]})
        queue = await self.queue()
        if queue.runs(prompt_id) and (
            not queue.others_wait(prompt_id) or await self._takes_interrupts_by_id()
        ):
            await self._call("POST", "/interrupt", {"prompt_id": prompt_id})

    async def _takes_interrupts_by_id(self) -> bool:
        """Whether its version is new enough; a server that hides its version counts as new."""
        status, _, body = await self._call("GET", "/system_stats")
        if not _succeeded(status):
            return True
        system = _decoded(body).get("system")
        version = system.get("comfyui_version") if isinstance(system, dict) else None
        numbers = re.match(r"v?(\d+)\.(\d+)\.(\d+)", str(version))
        return numbers is not None and tuple(map(int, numbers.groups())) >= TARGETED_SINCE

    async def _get(self, path: str, kind: type[AnswerT]) -> AnswerT:
        status, headers, body = await self._call("GET", path)
        if not _succeeded(status):
            raise refused(SERVICE, status, headers, None, words(body.decode(errors="replace")))
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeError) as problem:
            raise no_answer(SERVICE) from problem

    async def _call(
        self, method: str, path: str, body: Any = None, form: aiohttp.FormData | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        async with self._session.request(
            method,
            f"{self._base}{path}",
            json=body,
            data=form,
            headers=self._key,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=CALL_SECONDS),
        ) as response:
            limit = MAX_ANSWER_BYTES if response.ok else MAX_ERROR_BYTES
            try:
                answer = await read_at_most(response, limit, SERVICE, whole=True)
            except aiohttp.ClientPayloadError as problem:
                # the job is not in this answer: the server went away, as if it had sent nothing
                raise aiohttp.ServerDisconnectedError(str(problem)) from problem
            return response.status, response.headers, answer


def _succeeded(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _images_of(output: Any) -> list[File]:
    try:
        return list(msgspec.convert(output, Output).images)
    except msgspec.ValidationError:
        return []  # sounds, films and texts of other nodes


def _is(entry: list[Any], prompt_id: str) -> bool:
    return len(entry) > 1 and entry[1] == prompt_id


def _number(entry: list[Any]) -> float | None:
    """The place of an entry; its client may have sent anything as `number`."""
    number = entry[0] if entry else None
    return number if isinstance(number, int | float) else None
