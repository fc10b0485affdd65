"""Pictures from a ComfyUI server, made by a workflow of the operator."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self

import aiohttp
import msgspec

from service.generators.comfyui.following import Follower
from service.generators.comfyui.server import SERVICE, ComfyServer
from service.generators.comfyui.workflow import UnusableWorkflow, Workflow, read_workflow
from service.generators.pictures.received import PictureReader
from service.generators.protocol import (
    CannotStart,
    Drawn,
    GenerationFailed,
    InputPicture,
    Job,
    Say,
    file_in,
)
from service.generators.servers.http_client import (
    Seconds,
    Url,
    authorization,
    check_server,
    in_plain_words,
    no_answer,
    open_session,
    reach,
)

INSTAGRAM = "1024x1024"
TIDY_SECONDS = 10.0
"""For taking a job out of the queue, also when the service stops."""
STOPPING_PAUSE_SECONDS = 0.2
"""Between two checks whether an interrupted job has stopped."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    base_url: Url = "http://127.0.0.1:8188"
    """Everything before /prompt."""
    workflow: str = ""
    """The file of a workflow, as the editor's menu Workflow, Export (API) writes it."""
    prompt_node: str = ""
    """Title or id of the node that takes the prompt, or "NODE.INPUT"; "": it is found."""
    negative_node: str = ""
    """The same for the negative prompt."""
    seed_node: str = ""
    width_node: str = ""
    height_node: str = ""
    steps_node: str = ""
    picture_node: str = ""
    output_node: str = ""
    """Title or id of the node whose picture is taken; "": the first that saves one."""
    negative_prompt: str = ""
    """The negative prompt; "": that of the workflow."""
    picture: str = ""
    """The file of a picture that every job gets as its input; "": that of the workflow."""
    steps: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    """Steps of the sampler; 0: those of the workflow."""
    size: Annotated[str, msgspec.Meta(pattern=r"^(|\d+x\d+)$")] = ""
    """The size of a picture if the job does not set one; "": that of the workflow."""
    api_key_env: str = ""
    """Name of the environment variable with a key for a proxy; "": none, as ComfyUI has none."""
    timeout: Seconds = 110.0
    """Seconds for one picture, with its wait in ComfyUI's queue."""
    connect_timeout: Seconds = 10.0
    """Seconds to reach the server."""
    poll: Seconds = 1.0
    """Seconds between two polls of the queue; the WebSocket reports sooner."""
    max_bytes: Annotated[int, msgspec.Meta(gt=0)] = 20_000_000
    """Bytes of the largest picture that is accepted."""

    def in_folder(self, folder: Path) -> Settings:
        """The same, with a relative workflow and picture taken from a folder."""
        workflow, picture = (file_in(folder, name) for name in (self.workflow, self.picture))
        return msgspec.structs.replace(self, workflow=workflow, picture=picture)

    def check(self) -> None:
        """Raise CannotStart if the workflow or the picture cannot be used."""
        load_picture(self, load_workflow(self)[0])


class ComfyUIImage:
    """One prompt per picture, in ComfyUI's own queue, which others may use as well."""

    def __init__(self, settings: Settings, home: Path) -> None:
        del home  # this generator keeps no files
        self._settings = settings
        self._reader = PictureReader(SERVICE, settings.max_bytes)
        self._open = AsyncExitStack()
        self._picture = b""
        self._uploaded = ""
        """The name that the input picture has on the server, once it is there."""
        self._tidying: set[asyncio.Task[None]] = set()
        self.abilities: frozenset[str] = frozenset()

    async def __aenter__(self) -> Self:
        self._workflow, self._output = await asyncio.to_thread(load_workflow, self._settings)
        self._picture = await asyncio.to_thread(load_picture, self._settings, self._workflow)
        self.abilities = self._workflow.abilities
        self._key = authorization(self._settings.api_key_env)
        self._session = await self._open.enter_async_context(
            open_session(self._settings.connect_timeout)
        )
        self._server = ComfyServer(self._session, self._settings.base_url, self._key)
        await self._open.enter_async_context(self._reader)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.gather(*self._tidying)
        await self._open.aclose()

    async def generate(self, job: Job, say: Say) -> Drawn:
        del say  # a picture has nothing to say
        with in_plain_words(SERVICE, lambda: self._settings.base_url, self._key):
            async with asyncio.timeout(self._settings.timeout):
                picture = await self._reader.read(await self._draw(job))
        return picture.drawn(Path(self._settings.workflow).stem)

    async def reach(self) -> None:
        await reach(self._settings.base_url, SERVICE)

    async def check(self) -> None:
        """Check that the server answers: its system's state costs nothing."""
        url = f"{self._settings.base_url.rstrip('/')}/system_stats"
        await check_server(self._session, url, self._key, SERVICE)

    async def _draw(self, job: Job) -> bytes:
        client = uuid.uuid4().hex
        async with Follower(self._session, self._server, client, self._key) as follower:
            nodes = self._workflow.nodes
            values = self._values(job)
            if job.image is not None:
                values["picture"] = await self._upload(job.image.data, _suffix(job.image))
            elif self._picture:
                values["picture"] = await self._upload_own()
            submitting = asyncio.ensure_future(
                self._server.submit(self._workflow.filled(values), nodes, client)
            )
            try:
                prompt_id = await asyncio.shield(submitting)
            except asyncio.CancelledError:
                self._tidy(self._withdraw(submitting))  # it may be in the queue already
                raise
            except GenerationFailed:
                self._uploaded = ""  # it may have been deleted there
                raise
            try:
                entry = await follower.end_of(prompt_id, nodes, self._settings.poll)
            except BaseException:
                self._tidy(self._give_up(prompt_id))
                raise
        try:
            files = entry.images(self._output)
            if not files:
                raise no_answer(SERVICE)
            return await self._server.picture(files[0], self._settings.max_bytes)
        finally:
            self._tidy(self._server.forget(prompt_id))

    async def _upload_own(self) -> str:
        if not self._uploaded:
            suffix = Path(self._settings.picture).suffix
            self._uploaded = await self._upload(self._picture, suffix)
        return self._uploaded

    async def _upload(self, data: bytes, suffix: str) -> str:
        digest = (await asyncio.to_thread(hashlib.sha256, data)).hexdigest()
        return await self._server.upload(f"feedmill-{digest[:32]}{suffix}", data)

    async def _withdraw(self, submitting: asyncio.Future[str]) -> None:
        await self._give_up(await submitting)

    async def _give_up(self, prompt_id: str) -> None:
        """Take a prompt out of the queue, and out of the history once it has stopped."""
        await self._server.remove(prompt_id)
        while (await self._server.queue()).runs(prompt_id):  # noqa: ASYNC110 - it is elsewhere
            await asyncio.sleep(STOPPING_PAUSE_SECONDS)
        await self._server.forget(prompt_id)

    def _tidy(self, call: Coroutine[Any, Any, None]) -> None:
        """Clean up on the server in the background: a cancelled job ends at once."""

        async def tidied() -> None:
            with suppress(GenerationFailed, aiohttp.ClientError, TimeoutError, OSError):
                async with asyncio.timeout(TIDY_SECONDS):
                    await call

        task = asyncio.ensure_future(tidied())
        self._tidying.add(task)
        task.add_done_callback(self._tidying.discard)

    def _values(self, job: Job) -> dict[str, str | int]:
        """What is put into the workflow, by role."""
        values: dict[str, str | int] = {"prompt": job.prompt, "seed": job.seed}
        size = str(job.options.get("size") or (INSTAGRAM if job.instagram else self._settings.size))
        if size:
            width, _, height = size.partition("x")
            values |= {"width": int(width), "height": int(height)}
        if self._settings.steps:
            values["steps"] = self._settings.steps
        if self._settings.negative_prompt:
            values["negative"] = self._settings.negative_prompt
        return values


def _suffix(picture: InputPicture) -> str:
    return f".{picture.media_type.rpartition('/')[2]}"


def load_workflow(settings: Settings) -> tuple[Workflow, str]:
    """The workflow, and the id of the node whose picture is taken. Raises CannotStart."""
    if not settings.workflow:
        raise CannotStart(
            "image.comfyui.workflow is not set: export one from ComfyUI's editor with Workflow,"
            " Export (API), and name its file."
        )
    named = {
        "prompt": settings.prompt_node,
        "negative": settings.negative_node,
        "seed": settings.seed_node,
        "width": settings.width_node,
        "height": settings.height_node,
        "steps": settings.steps_node,
        "picture": settings.picture_node,
    }
    try:
        workflow = Workflow(read_workflow(Path(settings.workflow).expanduser()), named)
        output = workflow.node_called(settings.output_node) if settings.output_node else ""
    except UnusableWorkflow as problem:
        raise CannotStart(
            f"image.comfyui.workflow {settings.workflow} cannot be used: {problem}."
        ) from problem
    return workflow, output


def load_picture(settings: Settings, workflow: Workflow) -> bytes:
    """The picture that every job gets as its input; b"" for none. Raises CannotStart."""
    if not settings.picture:
        return b""
    if not workflow.slots["picture"]:
        raise CannotStart(
            "image.comfyui.picture is set, but no input for a picture was found in the workflow:"
            " set picture_node."
        )
    try:
        with Path(settings.picture).expanduser().open("rb") as file:
            data = file.read(settings.max_bytes + 1)
    except OSError as problem:
        raise CannotStart(
            f"image.comfyui.picture {settings.picture} cannot be read ({problem.strerror})."
        ) from problem
    if not 0 < len(data) <= settings.max_bytes:
        raise CannotStart(
            f"image.comfyui.picture {settings.picture} is empty or has more than max_bytes."
        )
    return data
