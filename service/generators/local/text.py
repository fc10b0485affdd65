"""The local text model: a GGUF file served by a managed child process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Self

import msgspec
import structlog

from service.generators.abilities import TEXT_ABILITIES
from service.generators.local.model_process import Command, ModelProcess
from service.generators.openai.chat import ChatClient, Pieces
from service.generators.openai.chat_answer import Ending
from service.generators.protocol import CannotStart, GenerationFailed, Job, Say, Written, file_in
from service.generators.servers.http_client import open_session
from service.installation import FETCH_MODEL, IS_CLONE, TEXT_MODEL

if TYPE_CHECKING:
    from service.generators.copywriter import Draft, PlainDraft

log = structlog.get_logger()

BUNDLED = TEXT_MODEL

CONNECT_SECONDS = 5.0
"""To connect to the process on this machine."""

HANG_SECONDS = 300.0
"""After which a silent model is given up; the caller's timeout is shorter."""

DRAFTS = 4
"""Of a text, as long as none has usable words: of the bundled model's first ones, one in ten or
twenty has none."""
SEED_STEP = 1_000_003
SEED_BITS = 31
"""The next draft has another seed, and the same one each time."""

NO_MODEL = (
    f"The bundled text model is not there. Run `{FETCH_MODEL}`, or take a copy of it from a "
    f"file or URL with `{FETCH_MODEL} FROM`: it is used as soon as it is there. Or set "
    "text.generator to another one (docs/generators.md) and start again."
)


DRAFTED = frozenset({"seed", "max_tokens", "temperature"})
CONVERSED = TEXT_ABILITIES - {
    "response_format"
}  # its texts end with a sentence, which JSON does not


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the local model."""

    model: str = "bundled"
    """The word "bundled", or the path of a GGUF file that you trust: native code reads it."""
    slots: Annotated[int, msgspec.Meta(ge=1, le=16)] = 2
    """Texts written at the same time."""
    threads: Annotated[int, msgspec.Meta(ge=1, le=256)] = 1
    """For all slots together. More threads than idle cores make it slower, not faster."""
    context: Annotated[int, msgspec.Meta(ge=512, le=131_072)] = 1024
    """Tokens per text, with its prompt. Each costs memory: 23 kB with the bundled model."""

    def in_folder(self, folder: Path) -> Settings:
        """The same, with the relative path of a model taken from a folder."""
        if self.model == "bundled":
            return self
        return msgspec.structs.replace(self, model=file_in(folder, self.model))


class Local:
    """Texts of a model on this machine; `copywriter` adds what the small bundled one lacks."""

    def __init__(self, settings: Settings, home: Path) -> None:
        self._settings = settings
        self._home = home
        self._model = BUNDLED if settings.model == "bundled" else Path(settings.model).expanduser()
        # a file name may be any bytes, but this name goes into messages
        self.model_name = self._model.stem.encode(errors="backslashreplace").decode()
        self._slots: asyncio.LifoQueue[int] = asyncio.LifoQueue()
        for slot in range(settings.slots):
            self._slots.put_nowait(slot)
        # the bundled model is too small for more than one message
        self.abilities = DRAFTED if settings.model == "bundled" else CONVERSED
        self._aloud = False
        """Whether the model of the user's own has thought aloud."""
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Self:
        bundled = self._settings.model == "bundled"
        if not bundled and not self._model.is_file():
            raise CannotStart(
                f"The text model {self._model} is not there: set text.local.model to the path "
                f'of a GGUF file, or to "bundled", which `{FETCH_MODEL}` fetches.'
            )
        reading = asyncio.get_running_loop().run_in_executor(None, _load_copywriter)
        async with AsyncExitStack() as opened:
            if bundled and not self._model.is_file():
                if IS_CLONE:
                    log.warning("texts fail without their model", problem=NO_MODEL)
                else:
                    from service.generators.local.model_fetch import fetching  # noqa: PLC0415 - seldom

                    await opened.enter_async_context(fetching(self._model, NO_MODEL))
            command = Command(
                self._model.resolve(),
                self._settings.slots,
                self._settings.threads,
                self._settings.context,
            )
            self.model = await opened.enter_async_context(
                ModelProcess(command, self._home / "text-model.log")
            )
            self._session = await opened.enter_async_context(open_session(CONNECT_SECONDS))
            await reading
            self._opened = opened.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._opened.aclose()

    def trouble(self) -> str | None:
        """Why it cannot write now: its process has died, or did not start."""
        if self.model.serving:
            return None
        if not self._model.is_file():
            return "The text model does not run, and its file is not there."
        return "The text model stopped and is being restarted."

    async def generate(self, job: Job, say: Say) -> Written:
        """Write a text; each sentence is passed to `say` when it has passed its checks."""
        tokens = 0
        async with self._slot() as slot:
            chat = ChatClient(
                self._session,
                await self.model.url(),
                {"Authorization": f"Bearer {self.model.key}"},
                first_token=HANG_SECONDS,
                total=HANG_SECONDS,
            )
            for number in range(DRAFTS):
                seed = (job.seed + number * SEED_STEP) % 2**SEED_BITS
                draft = self._draft(msgspec.structs.replace(job, seed=seed), say)
                tokens += await self._write(chat, slot, draft)
                if text := draft.text():
                    return Written(text, self.model_name, completion_tokens=tokens)
        raise GenerationFailed(
            "The text model found no usable words for this prompt.", retryable=False
        )

    async def _write(self, chat: ChatClient, slot: int, draft: Draft | PlainDraft) -> int:
        """Let the model write a draft; the tokens that it wrote."""
        tokens = 0
        # The first request uses nothing from the slot's cache, the others only what the first has
        # left there: the batches of a prompt change the last bits of the arithmetic, and so the
        # text. This way the same job gives the same text after any other job.
        own = {"stream": True, "id_slot": slot, "cache_prompt": False}
        while request := draft.request():
            try:
                tokens += await _answer(chat, request | own, draft)
            finally:
                self._aloud = self._aloud or draft.aloud
            own["cache_prompt"] = True
        return tokens

    def _draft(self, job: Job, say: Say) -> Draft | PlainDraft:
        """The draft of a text; only the bundled model is so small that it needs the copywriter."""
        from service.generators.copywriter import Draft, PlainDraft, brief  # noqa: PLC0415 - below

        if self._settings.model == "bundled":
            return Draft(brief(job), job.seed, say)
        return PlainDraft(job, say, aloud=self._aloud)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[int]:
        """A slot of the model for one text; waits until one is free."""
        slot = await self._slots.get()
        try:
            yield slot
        finally:
            self._slots.put_nowait(slot)


def _load_copywriter() -> None:
    """Import the reader of prompts and compile its patterns: 0.3 s, not on the event loop."""
    from service.generators.copywriter import brief  # noqa: PLC0415 - only this generator needs it

    brief(Job("Rain in Lisbon", 0, instagram=True))


async def _answer(chat: ChatClient, request: dict[str, Any], draft: Draft | PlainDraft) -> int:
    """Ask the model and pass its answer to the draft; the tokens that it wrote."""
    tokens = 0
    async with aclosing(chat.stream(request)) as answer:
        async for event in answer:
            match event:
                case Pieces(texts, logprob):
                    for text in texts:
                        tokens += 1
                        if not draft.hear(text, logprob):
                            return tokens
                case Ending(reason):
                    draft.end(whole=reason == "stop")
    return tokens
