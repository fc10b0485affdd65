"""Messages: what goes out comes back, and ids tell nothing but their order."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from service import request_ids
from service.generators.protocol import Stage
from service.messages import (
    Accepted,
    AnyMessage,
    DeliveryDue,
    Failed,
    FanoutSlice,
    Finished,
    Generated,
    ImageWanted,
    Message,
    Moved,
    Options,
    Origin,
    StageReached,
    Started,
    TextPiece,
    TextWanted,
    decode,
    encode,
)
from service.request_ids import continue_ids, microseconds_of_id, new_id
from service.stream_groups import GROUPS

ORIGIN = Origin("g", "w", 1.5, 0.25, "m", 7, 1, 2, 3, 4, ("a fox", "🦊"))
MESSAGES: list[Message] = [
    Accepted("1", "instagram", "é 🦊\n\0", 2**31 - 1, ("text", "image"), 4, 3, {"a": 1.5}),
    Accepted("1", "text", "p", 0, ("text",), client="key:ann"),
    TextWanted("1", "p", 7, 2, instagram=True, options={"max_tokens": 10}),
    ImageWanted("1", "p", 7, client="address:::/64"),
    Started("1", "image", "here.image-1", 1764000000.123456),
    TextPiece("1", 1, "as far as it is"),
    TextPiece("1", 1, "and on", 15),
    StageReached("1", "image", 1, Stage(position=0)),
    StageReached("1", "image", 2, Stage(step=3, steps=20)),
    Moved("1", "text", "good", "other", "It is paused.", 2),
    Generated("1", "text", 1, ORIGIN, text="t"),
    Generated("1", "image", 2, ORIGIN, image_uri="/media/x"),
    Failed("1", "text", 1, ORIGIN, "A reason.", retryable=True, retry_after=0.5),
    Finished("1"),
    DeliveryDue("1", "https://example.com/hook"),
    FanoutSlice("1", 1764000000123456, "ann", "é 🦊"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_every_message_is_decoded_as_it_was_encoded(message: Message) -> None:
    assert decode(encode(message)) == message
    assert message.STREAM in GROUPS


def test_each_part_gets_its_own_options() -> None:
    """A server of pictures would refuse what is meant for texts."""
    texts: Options = {"max_tokens": 5, "temperature": 1, "chat": "{}"}
    pictures: Options = {"size": "64x64", "style": "scene"}
    others: Options = {"image": "/media/x", "client": "{}"}
    wanted = Accepted(
        "1", "instagram", "p", 7, ("text", "image"), options={**texts, **others, **pictures}
    )
    assert wanted.wanted("text").job().options == texts
    assert wanted.wanted("image").job().options == pictures


def test_every_type_of_message_is_tested() -> None:
    assert {type(message) for message in MESSAGES} == set(get_args(AnyMessage))


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff", b"{}", b"[]", b'{"type":"none","id":"1"}', b'{"type":"started","id":"1"}'],
)
def test_other_bytes_are_not_a_message(payload: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        decode(payload)


def test_ids_rise_and_cannot_be_guessed() -> None:
    ids = [new_id() for _ in range(10_000)]
    assert ids == sorted(set(ids))
    assert {len(id_) for id_ in ids} == {45}
    assert set("".join(ids)) == set("0123456789abcdef")
    assert len({id_[13:] for id_ in ids}) == 10_000


def test_ids_rise_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id()
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert new_id() > before
    monkeypatch.setattr("time.monotonic", lambda: 0.0)
    assert new_id() > before


def test_ids_start_after_the_newest_stored_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_ids._Ids, "last", 0)  # noqa: SLF001 - so that it is as before at the end
    newest = f"{microseconds_of_id(new_id()) + 3_600_000_000:013x}{'0' * 32}"
    continue_ids(newest, 0)
    assert new_id() > newest
