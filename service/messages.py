"""What travels on the streams: small frozen facts and wishes; each names its own stream.

An entry has one field, `m`, whose value is the message as JSON with its `type`, so that
`redis-cli XRANGE content:text - +` can be read by a person.

    Accepted                            ─▸ content:requests
    TextWanted                          ─▸ content:text
    ImageWanted                         ─▸ content:image
    Started · Said · Generated · Failed ─▸ content:results
    Finished                            ─▸ content:notices
    DeliveryDue                         ─▸ content:webhooks
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import ClassVar, Literal, get_args

import msgspec

from service.clock import now
from service.generators.protocol import Cause, Job

Tag = Literal["text", "image", "instagram"]
Kind = Literal["text", "image"]
Priority = Literal["high", "normal", "low"]
Status = Literal["queued", "generating", "completed", "failed", "cancelled", "expired"]

TAGS: tuple[Tag, ...] = get_args(Tag)
KINDS: tuple[Kind, ...] = get_args(Kind)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
"""The urgent first."""
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


def stream_of(stream: str, priority: Priority) -> str:
    """Where wishes of a priority are: those that are not normal have streams of their own."""
    return stream if priority == "normal" else f"{stream}:{priority}"


GROUPS: dict[str, str] = {
    REQUESTS: "dispatcher",
    **{stream_of(TEXT, priority): "text-workers" for priority in PRIORITIES},
    **{stream_of(IMAGE, priority): "image-workers" for priority in PRIORITIES},
    RESULTS: "collector",
    NOTICES: "notifier",
    WEBHOOKS: "webhooks",
}
"""The one consumer group of each stream. The order is the way of the work: whoever looks for a
request along it cannot miss one that moves on meanwhile."""

Options = dict[str, int | float | str]
PartOf = tuple[str, Kind]
"""A part of a request: the request's id and the kind."""


class Message(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True):
    """Anything on a stream. `id` is the request it is about."""

    STREAM: ClassVar[str]

    id: str

    @property
    def stream(self) -> str:
        """Where it goes."""
        return self.STREAM


class Accepted(Message, frozen=True, tag="accepted"):
    """A request is durably accepted; these parts of it are still wanted."""

    STREAM: ClassVar[str] = REQUESTS

    tag: Tag
    prompt: str
    seed: int
    kinds: tuple[Kind, ...] = msgspec.field(name="wanted")
    attempt: int = 1
    base: int = 0
    options: Options = {}
    priority: Priority = "normal"

    def wanted(self, kind: Kind) -> TextWanted | ImageWanted:
        """The message that has one of these parts generated."""
        return WANTED[kind](
            self.id,
            self.prompt,
            self.seed,
            self.attempt,
            self.base,
            self.tag == "instagram",
            self.options,
            self.priority,
        )


class Wanted(Message, frozen=True):
    """One part of a request is to be generated: attempt number `attempt`, from 1.

    `base` attempts were made before the request was redriven: they do not count any more.
    """

    prompt: str
    seed: int
    attempt: int = 1
    base: int = 0
    instagram: bool = False
    options: Options = {}
    priority: Priority = "normal"

    @property
    def stream(self) -> str:
        return stream_of(self.STREAM, self.priority)

    def job(self) -> Job:
        """What the generator is given."""
        return Job(self.prompt, self.seed, self.instagram, self.options)


class TextWanted(Wanted, frozen=True, tag="text-wanted"):
    STREAM: ClassVar[str] = TEXT


class ImageWanted(Wanted, frozen=True, tag="image-wanted"):
    STREAM: ClassVar[str] = IMAGE


WANTED: dict[Kind, type[TextWanted | ImageWanted]] = {"text": TextWanted, "image": ImageWanted}


class Started(Message, frozen=True, tag="started"):
    """A worker has been at this part for a noticeable while (seconds since the epoch)."""

    STREAM: ClassVar[str] = RESULTS

    kind: Kind
    worker: str
    at: float
    attempt: int = 1


class Said(Message, frozen=True, tag="said"):
    """A worker has written more of a text: `text` follows its first `after` characters.

    After 0 it is all of the text up to now. Older versions sent nothing else.
    """

    STREAM: ClassVar[str] = RESULTS

    attempt: int
    text: str
    after: int = 0


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a result came about. Times in seconds; `missing` is what could not be drawn."""

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


class Generated(Message, frozen=True, tag="generated"):
    """One part is there: `text` or `image_uri`. `sole` if its request asks for nothing else."""

    STREAM: ClassVar[str] = RESULTS

    kind: Kind
    attempt: int
    origin: Origin
    text: str | None = None
    image_uri: str | None = None
    sole: bool = False


class Failed(Message, frozen=True, tag="failed"):
    """One attempt at a part failed; `reason` is a sentence that a user understands."""

    STREAM: ClassVar[str] = RESULTS

    kind: Kind
    attempt: int
    origin: Origin
    reason: str
    retryable: bool
    retry_after: float | None = None
    base: int = 0
    cause: Cause = "job"
    """"away": the generator was not there, the attempt is not over and does not count."""
    detail: str = ""
    """For operators: address, status and words of the other side."""


CUT_OFF = "The service ended unexpectedly while this was generated."
"""The reason of an attempt that was at work when its process died."""


class Finished(Message, frozen=True, tag="finished"):
    """A request has reached its final state and somebody is to hear of it."""

    STREAM: ClassVar[str] = NOTICES


class DeliveryDue(Message, frozen=True, tag="delivery-due"):
    """This URL is to be told of an end, that of this request or of another one."""

    STREAM: ClassVar[str] = WEBHOOKS

    url: str


AnyMessage = (
    Accepted
    | TextWanted
    | ImageWanted
    | Started
    | Said
    | Generated
    | Failed
    | Finished
    | DeliveryDue
)

ID = "[0-9a-f]{45}"  # 13 digits of microseconds, 32 of chance
_ID = re.compile(ID)

encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[AnyMessage] = msgspec.json.Decoder(AnyMessage)


def decode(payload: bytes) -> AnyMessage:
    """The message in an entry's field; raises msgspec.DecodeError on anything else."""
    return _decoder.decode(payload)


class _Ids:
    last = 0  # microseconds in the newest id
    lead = 0  # microseconds that new ids are ahead of the clock


def id_of_time(seconds: float) -> str:
    """The smallest id that a request accepted at this moment of `clock.now()` may have."""
    return f"{max(0, int(seconds * 1_000_000) + _Ids.lead):013x}"


def time_of_id(id_: str) -> float | None:
    """When a request with this id was accepted; None if it does not look like an id."""
    if not _ID.fullmatch(id_):
        return None
    return (microseconds_of_id(id_) - _Ids.lead) / 1_000_000


def microseconds_of_id(id_: str) -> int:
    """The number that rises from one id to the next; 0 for no id."""
    return int(id_[:13], 16) if id_ else 0


def least_next_id() -> str:
    """All ids that this process has given out are less, all that it will are not."""
    return f"{_Ids.last + 1:013x}"


def continue_ids(newest: str, lead: int) -> None:
    """Make new ids greater than this one, and so many microseconds ahead of the clock."""
    _Ids.last = max(_Ids.last, microseconds_of_id(newest))
    _Ids.lead = lead


def _random_bits() -> Iterator[str]:
    """128 bits from the kernel, again and again; it is asked for many at a time."""
    while True:
        many = os.urandom(16 * 256).hex()
        yield from (many[at : at + 32] for at in range(0, len(many), 32))


_chance = _random_bits()


def new_id() -> str:
    """A request id of 45 hex digits: 13 of microseconds, then 128 random bits.

    The random half makes it unguessable; the rising half keeps ids in the order of acceptance, so
    that an index over them grows at its end however long the history is. It rises over restarts and
    processes, for the clock does, and begins behind the newest row.
    """
    _Ids.last = max(int(now() * 1_000_000) + _Ids.lead, _Ids.last + 1)
    return f"{_Ids.last:013x}{next(_chance)}"
