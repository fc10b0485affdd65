"""The generator protocol: what every generator of texts or pictures implements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, Self, TypeVar, runtime_checkable

import msgspec

from service.generators.servers.concurrency import ConcurrencyLimit

Say = Callable[[str], None]
"""A function that gets the next piece of a text while it is written. Pieces are never taken back:
joined, they are a prefix of the final text. Never blocks."""


class Stage(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a job is at a server: jobs before it in the queue there, or steps that are done."""

    position: int | None = None
    step: int | None = None
    steps: int | None = None


Report = Callable[[Stage], None]

_reporting: ContextVar[Report] = ContextVar("reporting")


def report_stage(stage: Stage) -> None:
    """Say how far the job is that this task generates: clients get it as an event. Never blocks."""
    if to := _reporting.get(None):
        to(stage)


send_stages_to = _reporting.set
"""Sets the function that gets the stages of the jobs of this task."""


class Turn(msgspec.Struct, frozen=True):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A conversation, and what a chat client asks for besides.

    `messages` end with the prompt's message, and are empty if that is all there is. The other
    fields are those of OpenAI's chat API under the same names.
    """

    messages: tuple[Turn, ...] = ()
    stop: tuple[str, ...] = ()
    top_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    response_format: dict[str, Any] | None = None

    @property
    def extras(self) -> dict[str, Any]:
        """The fields that are set, without the messages."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        fields.pop("messages", None)
        return fields


CHAT_FIELDS = frozenset(ChatRequest.__struct_fields__) - {"messages"}
"""The fields of a chat request that only some text generators honour."""

CHAT = "chat"
"""The option that has a ChatRequest as JSON: options are numbers and texts."""


def ended_with(chat: str, prompt: str) -> str:
    """A ChatRequest as JSON whose conversation, if there is one, ends with this prompt."""
    request = chat_request(chat)
    if not request.messages:
        return chat
    turns = (*request.messages, Turn("user", prompt))
    return msgspec.json.encode(msgspec.structs.replace(request, messages=turns)).decode()


INPUT_IMAGE = "image"
"""The option that has the address of the picture that a picture is made from."""

CLIENT = "client"
"""The option that is kept for the client of a request, and that no generator gets."""

chat_request = msgspec.json.Decoder(ChatRequest).decode
"""The ChatRequest in that option."""


class InputPicture(msgspec.Struct, frozen=True):
    """The picture that a picture is made from: a complete PNG, JPEG or WebP file."""

    data: bytes
    media_type: str


class Job(msgspec.Struct, frozen=True):
    """One text or one picture to generate."""

    prompt: str
    seed: int
    """0 … 2**31-1, always set: the same job gives the same result where the generator can."""
    instagram: bool = False
    """A caption with hashtags, or a square picture of 1080 pixels a side."""
    options: Mapping[str, int | float | str] = {}
    """text: max_tokens, temperature, chat; image: size ("WIDTHxHEIGHT"), style ("scene",
    "poster", "auto"). Checked by the caller."""
    image: InputPicture | None = None
    """For generators with the ability "image" alone."""

    @property
    def chat(self) -> ChatRequest:
        """The conversation that the prompt belongs to; empty for a prompt alone."""
        return chat_request(str(self.options[CHAT])) if CHAT in self.options else ChatRequest()


class Written(msgspec.Struct, frozen=True):
    """A finished text."""

    text: str
    model: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    """Of those of the prompt, if the model says."""
    reasoning_tokens: int | None = None
    """Of those of the text, if the model says."""


class Drawn(msgspec.Struct, frozen=True):
    """A finished picture: the bytes of a complete image file."""

    data: bytes
    media_type: str
    width: int
    height: int
    model: str
    missing: tuple[str, ...] = ()
    """Words of the prompt that could be depicted but are not in the picture."""
    alt: str = ""
    """What is in the picture, for those who do not see it; "" if the generator does not say."""


Cause = Literal["job", "busy", "away", "setup"]
"""The state of the generator that a failure shows.

job    nothing: this attempt failed, the next one may succeed
busy   it works, but accepts fewer jobs for now
away   it cannot be reached or is still loading: the job was not tried and uses up no attempt
setup  it cannot work until an operator fixes something: a key, a model's name, an address
"""


class GenerationFailed(Exception):
    """One generation failed; the message is a sentence that a user understands.

    It never holds a secret, a path or an internal name. `retryable` says whether the same job may
    succeed later; `retry_after` (seconds) is set if the server asked for a pause. `detail` is for
    operators: address, status and message of the server, without secrets.
    """

    def __init__(
        self,
        sentence: str,
        *,
        retryable: bool,
        retry_after: float | None = None,
        cause: Cause = "job",
        detail: str = "",
    ) -> None:
        super().__init__(sentence)
        self.retryable = retryable
        self.retry_after = retry_after
        self.cause = cause
        self.detail = detail


class CannotStart(Exception):
    """A configured generator cannot start; the message says why and what to do about it."""


@runtime_checkable
class CheckedSettings(Protocol):
    """Settings that can be wrong in more than their types: they name a file."""

    def check(self) -> None:
        """Raise CannotStart if no generator can start with them.

        The sentence begins with the key, as that of the generator's own table.
        """


@runtime_checkable
class FileSettings(Protocol):
    """Settings that name files."""

    def in_folder(self, folder: Path) -> Self:
        """The same settings, with relative names of files taken from a folder."""


def file_in(folder: Path, name: str) -> str:
    """The name of a file, from a folder if it is relative; "" stays."""
    return str(folder / Path(name).expanduser()) if name else ""


ResultT_co = TypeVar("ResultT_co", Written, Drawn, covariant=True)


class Generator(Protocol[ResultT_co]):
    """Generates texts or pictures. Opened once, used by many workers at the same time.

    `async with` starts what it needs (or raises CannotStart) and stops it, leaving no process,
    task or connection behind.

    Its attribute `abilities` lists what it honours: names of TEXT_ABILITIES or IMAGE_ABILITIES. It
    may depend on the settings and be set when it is opened. A request for anything else is refused.
    Without the list it is one of UNDECLARED. For pictures `sides` is a range: the pixels that a
    side may have. `model_name` is what results will name as their model, if that is known.

    `generate` raises only GenerationFailed on purpose. Cancelling it stops the work at once: the
    connection is closed and the slot free again. It never blocks the event loop.
    """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def generate(self, job: Job, say: Say) -> ResultT_co: ...


@runtime_checkable
class Observed(Protocol):
    """A generator that knows without a check whether it can work now.

    Unless it is also Checked, its `trouble` counts more than what attempts show.
    """

    def trouble(self) -> str | None:
        """Why it cannot work, as a sentence for users; None if no trouble is known."""


@runtime_checkable
class Checked(Protocol):
    """A generator that can find out cheaply whether it can work, without generating anything."""

    async def reach(self) -> None:
        """Raise GenerationFailed if nothing listens there; sends nothing."""

    async def check(self) -> None:
        """Raise GenerationFailed, cause "away" or "setup", if it certainly cannot work."""


class Quota(msgspec.Struct, frozen=True):
    """How many jobs a server still accepts within the next `seconds`."""

    left: int
    seconds: float


@runtime_checkable
class Metered(Protocol):
    """A generator whose server says how many more jobs it accepts for now."""

    def quota(self) -> Quota | None:
        """What the latest answer said; None without news since the last call."""


class ServerState(msgspec.Struct, frozen=True):
    """One of the servers of a generator: its address, whether it is up, its running jobs."""

    url: str
    up: bool
    jobs: int
    limit: int | None = None
    """How many jobs it gets at once; None if the generator does not limit them."""
    refusals: int = 0
    """Jobs that it did not accept at the time."""
    pause: float = 0.0
    """Seconds until it gets jobs again, if it has asked for a pause."""


@runtime_checkable
class Distributed(Protocol):
    """A generator that distributes its jobs to several servers."""

    def servers(self) -> tuple[ServerState, ...]: ...


class BackEnd(Protocol):
    """A server with a limit of its own."""

    limit: ConcurrencyLimit
    running_jobs: int

    @property
    def is_up(self) -> bool: ...


@runtime_checkable
class Balanced(Protocol):
    """A generator that measures how many jobs each of its servers bears, and gives it no more."""

    def back_ends(self) -> Sequence[BackEnd]: ...
