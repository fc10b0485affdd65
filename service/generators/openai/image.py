"""Pictures from servers with OpenAI's image API: OpenAI, LocalAI, stable-diffusion.cpp."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Literal, Self

import msgspec

from service.generators.pictures.received import Link, Picture, PictureReader
from service.generators.protocol import (
    INPUT_IMAGE,
    CannotStart,
    Drawn,
    Job,
    Quota,
    Say,
)
from service.generators.servers.http_client import (
    MAX_ERROR_BYTES,
    Seconds,
    Url,
    authorization,
    check_server,
    error_code,
    fetch,
    in_plain_words,
    link,
    open_session,
    picture_form,
    reach,
    read_at_most,
    words,
)
from service.generators.servers.http_failures import refused
from service.generators.servers.provider_quota import ProviderQuota

SERVICE = "image"  # the server's name in failures
INSTAGRAM = "1024x1024"  # a square size that all these servers offer
OWN_FIELDS = frozenset({"prompt", "model", "n", "size", "seed", "stream", "image"})
PACKAGING_BYTES = 65_536  # of JSON around the base64 of a picture

# stable-diffusion.cpp reads options from such a tag in the prompt; users must not set them.
ORDERS = "sd_cpp_extra_args"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    base_url: Url = "https://api.openai.com/v1"
    """Everything before /images/generations and /images/edits."""
    model: Annotated[str, msgspec.Meta(min_length=1)] = "gpt-image-1"
    api_key_env: str = "OPENAI_API_KEY"
    """Name of the environment variable with the key; empty if the server needs none."""
    size: Annotated[str, msgspec.Meta(pattern=r"^(auto|\d+x\d+)$")] = "1024x1024"
    """The size of a picture if the job does not set one."""
    timeout: Seconds = 110.0
    """Seconds for one picture, from the request to its last byte."""
    connect_timeout: Seconds = 10.0
    """Seconds to reach the server."""
    max_bytes: Annotated[int, msgspec.Meta(gt=0)] = 20_000_000
    """Bytes of the largest picture that is accepted."""
    seed: Literal["none", "field", "sd.cpp"] = "none"
    """How the server takes a seed: not at all (OpenAI refuses it), as the field `seed` (LocalAI),
    or inside the prompt (stable-diffusion.cpp, which otherwise uses one seed for all prompts)."""
    edits: bool = True
    """Whether the server answers /images/edits: then requests may have an input picture."""
    extra: dict[str, str | int | float | bool] = {}
    """More fields of the request, as the server documents them: quality, output_format, …"""


class OpenAIImage:
    """One request per picture; the server answers with base64 or with a link.

    `response_format` is not sent: OpenAI's newer models refuse it, and the answer shows its format.
    """

    def __init__(self, settings: Settings, home: Path) -> None:
        del home  # this generator keeps no files
        self._settings = settings
        can = {"size": True, "seed": settings.seed != "none", INPUT_IMAGE: settings.edits}
        self.abilities = frozenset(name for name, able in can.items() if able)
        self._edits = f"{settings.base_url.rstrip('/')}/images/edits"
        self._url = f"{settings.base_url.rstrip('/')}/images/generations"
        self._reader = PictureReader(SERVICE, settings.max_bytes)
        self._quota = ProviderQuota()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        if reserved := OWN_FIELDS & self._settings.extra.keys():
            raise CannotStart(f"image.openai.extra cannot set {', '.join(sorted(reserved))}.")
        self._key = authorization(self._settings.api_key_env)
        self._session = await self._open.enter_async_context(
            open_session(self._settings.connect_timeout)
        )
        await self._open.enter_async_context(self._reader)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    async def generate(self, job: Job, say: Say) -> Drawn:
        del say  # a picture has nothing to say
        with in_plain_words(SERVICE, lambda: self._url, self._key):
            async with asyncio.timeout(self._settings.timeout):
                picture = await self._reader.unwrap(await self._request(job))
                if isinstance(picture, Link):
                    picture = await self._follow(picture)
        return picture.drawn(self._settings.model)

    def quota(self) -> Quota | None:
        return self._quota.quota()

    async def reach(self) -> None:
        await reach(self._settings.base_url, SERVICE)

    async def check(self) -> None:
        """Check that the server answers and accepts the key: a list of models costs nothing."""
        models = f"{self._settings.base_url.rstrip('/')}/models"
        await check_server(self._session, models, self._key, SERVICE)

    async def _request(self, job: Job) -> bytes:
        fields, sent = self._fields(job), dict[str, Any]()
        if job.image is None:
            sent["json"] = fields
        else:
            sent["data"] = picture_form(fields, job.image)
        url = self._url if job.image is None else self._edits
        async with self._session.post(
            url, **sent, headers=self._key, allow_redirects=False
        ) as response:
            self._quota.observe(response.headers)
            if not 200 <= response.status < 300:
                body = await response.content.read(MAX_ERROR_BYTES)
                text = words(body.decode(errors="replace"))
                raise refused(SERVICE, response.status, response.headers, error_code(body), text)
            as_base64 = self._settings.max_bytes * 4 // 3 + PACKAGING_BYTES
            return await read_at_most(response, as_base64, SERVICE)

    async def _follow(self, answer_link: Link) -> Picture:
        url = link(answer_link.url, SERVICE)
        # The key goes only to the configured server, not to other hosts that it links to.
        same_origin = url.origin() == link(self._url, SERVICE).origin()
        key = self._key if same_origin else {}
        with in_plain_words(SERVICE, lambda: str(url), self._key, unreachable="job"):
            data = await fetch(self._session, url, key, self._settings.max_bytes, SERVICE)
        return await self._reader.read(data)

    def _fields(self, job: Job) -> dict[str, Any]:
        size = job.options.get("size") or (INSTAGRAM if job.instagram else self._settings.size)
        prompt = job.prompt.replace(ORDERS, ORDERS.replace("_", " "))
        fields = {"model": self._settings.model, "prompt": prompt, "n": 1, "size": size}
        match self._settings.seed:
            case "field":
                fields["seed"] = job.seed
            case "sd.cpp":
                fields["prompt"] = f'{prompt}<{ORDERS}>{{"seed": {job.seed}}}</{ORDERS}>'
        return {**self._settings.extra, **fields}
