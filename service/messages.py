"""The messages on the streams: small, frozen; each type names its stream.

An entry has one field, `m`: the message as JSON with its `type`, so that the output of
`redis-cli XRANGE content:text - +` is readable.

    Accepted                                 ─▸ content:requests
    TextWanted                               ─▸ content:text, content:model:NAME
    ImageWanted                              ─▸ content:image, content:model:NAME
    Started · TextPiece · StageReached       ─▸ content:results
    Generated · Failed · Moved               ─▸ content:results
    Finished                                 ─▸ content:notices
    DeliveryDue                              ─▸ content:webhooks
    FanoutSlice                              ─▸ feed:fanout
"""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple, get_args

import msgspec

from service.generators.protocol import CHAT, Cause, Job, Stage

Tag = Literal["text", "image", "instagram"]
Kind = Literal["text", "image"]
Priority = Literal["high", "normal", "low"]
Status = Literal["queued", "generating", "completed", "failed", "cancelled", "expired"]

TAGS: tuple[Tag, ...] = get_args(Tag)
KINDS: tuple[Kind, ...] = get_args(Kind)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
"""The most urgent first."""
UNFINISHED: frozenset[Status] = frozenset({"queued", "generating"})
PARTS: dict[Tag, tuple[Kind, ...]] = {
    "text": ("text",),
    "image": ("image",),
    "instagram": ("text", "image"),
}

REQUESTS = "content:requests"
TEXT = "content:text"
IMAGE = "content:image"
RESULTS = "content:results"
NOTICES = "content:notices"
WEBHOOKS = "content:webhooks"
FANOUT = "feed:fanout"
MODEL = "content:model:"
"""The stream of a named model is this and its name."""


def client_of(owner: str | None, user: str | None, address: str | None) -> str:
    """The client of a request in the queue: its API key, or without one its user, or its address.

    "" stands for the service's own requests.
    """
    if owner is not None:
        return f"key:{owner}"
    if user is not None:
        return f"user:{user}"
    return "" if address is None else f"address:{address}"


def stream_of(stream: str, priority: Priority) -> str:
    """The stream of a priority; the normal one has no suffix."""
    return stream if priority == "normal" else f"{stream}:{priority}"


def pool_stream(pool: str) -> str:
    """The stream of a pool for the normal priority: those of the kinds are named after them."""
    return f"content:{pool}" if pool in KINDS else MODEL + pool


Options = dict[str, int | float | str]
Models = dict[Kind, str]
"""The models of parts, by name; one that is missing is named after its kind."""
PartOf = tuple[str, Kind]
"""A part of a request: the request's id and the kind."""


class AtWork(NamedTuple):
    """A worker that is generating, and which attempt at which request; None for direct calls.

    `began` is in seconds since the epoch.
    """

    worker: str
    id: str | None
    attempt: int | None
    began: float | None


PausedBy = Literal["operator", "configuration"]
"""What pauses a pool: an operator, or `workers = 0`."""


class Message(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True):
    """A message on a stream. `id` is that of its request, or of its post."""

    STREAM: ClassVar[str]

    id: str

    @property
    def stream(self) -> str:
        """The stream that the message is added to."""
        return self.STREAM


class Accepted(Message, frozen=True, tag="accepted"):
    """A durably accepted request; these parts of it are still to be generated."""

    STREAM: ClassVar[str] = REQUESTS

    tag: Tag
    prompt: str
    seed: int
    kinds: tuple[Kind, ...] = msgspec.field(name="wanted")
    attempt: int = 1
    base: int = 0
    options: Options = {}
    priority: Priority = "normal"
    client: str = ""
    models: Models = {}
    """The pools of parts that are not those of their kinds."""

    def wanted(self, kind: Kind) -> TextWanted | ImageWanted:
        """The message for the pool that generates one of these parts."""
        return WANTED[kind](
            self.id,
            self.prompt,
            self.seed,
            self.attempt,
            self.base,
            self.tag == "instagram",
            self.options,
            self.priority,
            self.client,
            self.models.get(kind, "") if self.models else "",
        )


class Wanted(Message, frozen=True):
    """One part of a request to generate: attempt number `attempt`, from 1.

    `base` is the number of attempts before the request was redriven: they no longer count.
    """

    OPTIONS: ClassVar[tuple[str, ...]]
    """Those for the generator: the others are for the other kind, or for the client."""

    prompt: str
    seed: int
    attempt: int = 1
    base: int = 0
    instagram: bool = False
    options: Options = {}
    priority: Priority = "normal"
    client: str = ""
    """The client among whom the pool is shared: see `client_of`."""
    model: str = ""
    """The pool, if it is not that of the kind."""

    @property
    def stream(self) -> str:
        stream = MODEL + self.model if self.model else self.STREAM
        return stream_of(stream, self.priority)

    def job(self) -> Job:
        """The job for the generator."""
        options = self.options
        if options:
            options = {name: options[name] for name in self.OPTIONS if name in options}
        return Job(self.prompt, self.seed, self.instagram, options)


class TextWanted(Wanted, frozen=True, tag="text-wanted"):
    STREAM: ClassVar[str] = TEXT
    OPTIONS: ClassVar = ("max_tokens", "temperature", CHAT)


class ImageWanted(Wanted, frozen=True, tag="image-wanted"):
    STREAM: ClassVar[str] = IMAGE
    OPTIONS: ClassVar = ("size", "style")


WANTED: dict[Kind, type[TextWanted | ImageWanted]] = {"text": TextWanted, "image": ImageWanted}


class Started(Message, frozen=True, tag="started"):
    """The start of a generation that takes noticeably long; `at` in seconds since the epoch."""

    STREAM: ClassVar[str] = RESULTS

    kind: Kind
    worker: str
    at: float
    attempt: int = 1


class TextPiece(Message, frozen=True, tag="said"):
    """A piece of a text that is being generated: `text` follows its first `after` characters.

    With `after` 0 it is the whole text so far, the only form that older versions sent.
    """

    STREAM: ClassVar[str] = RESULTS

    attempt: int
    text: str
    after: int = 0


class StageReached(Message, frozen=True, tag="stage"):
    """How far a running generation is at its server."""

    STREAM: ClassVar[str] = RESULTS

    kind: Kind
    attempt: int
    stage: Stage


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a result was generated. Times in seconds; `missing` lists what could not be drawn.

    `alt` says what is in the picture, `pool` which pool it was, if not that of its kind, and `cost`
    what it has cost, with the prices of that pool.
    """

    generator: str
    worker: str
    started_at: float
    seconds: float
    model: str | None = None
    seed: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    width: int | None = None
    height: int | None = None
    missing: tuple[str, ...] = ()
    alt: str = ""
    pool: str = ""
    cost: float | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class Generated(Message, frozen=True, tag="generated"):
    """The result of a part: `text` or `image_uri`. `sole` means that it is the only part."""

    STREAM: ClassVar[str] = RESULTS

    kind: Kind
    attempt: int
    origin: Origin
    text: str | None = None
    image_uri: str | None = None
    sole: bool = False


class Failed(Message, frozen=True, tag="failed"):
    """The failure of one attempt at a part; `reason` is a sentence for users."""

    STREAM: ClassVar[str] = RESULTS

    kind: Kind
    attempt: int
    origin: Origin
    reason: str
    retryable: bool
    retry_after: float | None = None
    base: int = 0
    cause: Cause = "job"
    """"away": the generator was unreachable; the attempt is repeated and does not count."""
    detail: str = ""
    """For operators: address, status and message of the remote generator."""


class Moved(Message, frozen=True, tag="moved"):
    """A part that moves to the model `to`: `model` cannot work, or its attempts have failed.

    `done` is the number of attempts that have ended.
    """

    STREAM: ClassVar[str] = RESULTS

    kind: Kind
    model: str
    to: str
    reason: str
    done: int = 0


CUT_OFF = "The service ended unexpectedly while this was generated."
"""The reason of an attempt that was running when its process died."""


class Finished(Message, frozen=True, tag="finished"):
    """A final request that has to be published: a post, a webhook delivery."""

    STREAM: ClassVar[str] = NOTICES


class DeliveryDue(Message, frozen=True, tag="delivery-due"):
    """A webhook URL with a due delivery, of this request or another one."""

    STREAM: ClassVar[str] = WEBHOOKS

    url: str


class FanoutSlice(Message, frozen=True, tag="fanout-slice"):
    """A post goes to the stored feeds of the next followers of its author.

    `id` is the post's, `created_us` its microsecond; the followers come by name, after `after`.
    """

    STREAM: ClassVar[str] = FANOUT

    created_us: int
    author: str
    after: str = ""


AnyMessage = (
    Accepted
    | TextWanted
    | ImageWanted
    | Started
    | TextPiece
    | StageReached
    | Generated
    | Failed
    | Moved
    | Finished
    | DeliveryDue
    | FanoutSlice
)

encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[AnyMessage] = msgspec.json.Decoder(AnyMessage)
decode = _decoder.decode
"""The message in an entry's field; raises msgspec.DecodeError on anything else."""
