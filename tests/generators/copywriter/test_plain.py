"""Texts of a model that needs no help: its own words, without loops, with hashtags."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from service.generators.copywriter import PlainDraft
from service.generators.loops import loop_start
from service.generators.protocol import ChatRequest, GenerationFailed, Job, Turn


def hear(draft: PlainDraft, answer: str) -> bool:
    """Pass an answer on in pieces; whether all of it was wanted."""
    pieces = (answer[at : at + 3] for at in range(0, len(answer), 3))
    return all(draft.hear(piece) for piece in pieces)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("We open today. Come and see us now. We open today too.", None),
        ("Come and see us. Tea is here. Come and see us. Tea", "Come and see us. Tea is here."),
        ("A very long way " * 3, "A very long way"),
        ("Yes! Yes! Yes!", None),
    ],
)
def test_a_loop_is_found_where_it_begins(text: str, kept: str | None) -> None:
    start = loop_start(text)
    assert (text[:start].strip() if start is not None else None) == kept


def test_a_plain_text_ends_before_its_loop_and_gets_hashtags() -> None:
    said: list[str] = []
    draft = PlainDraft(Job("Tea in Oslo", seed=1, instagram=True), said.append)
    request = draft.request()
    assert request
    assert request["max_tokens"]
    answer = "Tea is best in winter. Oslo is a cold place. Tea is best in winter. Oslo is"
    assert not hear(draft, answer)
    assert draft.request() is None
    assert draft.text().startswith("Tea is best in winter. Oslo is a cold place.\n\n#")
    assert draft.text().startswith("".join(said))


def test_a_conversation_is_asked_as_it_is() -> None:
    turns = (Turn("system", "Be brief."), Turn("user", "Tea?"), Turn("assistant", "Yes."))
    chat = ChatRequest((*turns, Turn("user", "Where?")), stop=("\n",), top_p=0.5)
    options: Any = {"chat": msgspec.json.encode(chat).decode(), "max_tokens": 7}
    request = PlainDraft(Job("Where?", seed=1, options=options), lambda _: None).request()
    assert request
    assert [(said["role"], said["content"]) for said in request["messages"]] == [
        ("system", "Be brief."),
        ("user", "Tea?"),
        ("assistant", "Yes."),
        ("user", "Where?"),
    ]
    assert (request["stop"], request["top_p"], request["max_tokens"]) == (("\n",), 0.5, 7)


def test_a_plain_text_that_runs_out_of_tokens_ends_with_a_sentence() -> None:
    draft = PlainDraft(Job("Tea in Oslo", seed=1), lambda _: None)
    draft.request()
    draft.hear("Tea is best in winter. Oslo is a c")
    draft.end(whole=False)
    assert draft.text() == "Tea is best in winter."


@pytest.mark.parametrize(
    "answer",
    [
        "<think>The user wants tea. I could say this.</think>Tea is best in winter.",
        "Okay, the user wants tea. A short one.</think>\n\nTea is best in winter.",
    ],
)
def test_the_thoughts_of_a_model_are_no_part_of_its_text(answer: str) -> None:
    said: list[str] = []
    draft = PlainDraft(Job("Tea in Oslo", seed=1), said.append)
    draft.request()
    assert hear(draft, answer)
    draft.end(whole=True)
    assert draft.text() == "Tea is best in winter."
    assert draft.text().startswith("".join(said))


def test_a_model_that_thinks_aloud_is_asked_again_and_then_waited_for() -> None:
    answer = "Tea. They want tea. They do. One line, then.</think>Tea is best in winter."
    draft = PlainDraft(Job("Tea in Oslo", seed=1), lambda _: None)
    draft.request()
    with pytest.raises(GenerationFailed) as failed:
        hear(draft, answer)
    assert failed.value.retryable
    assert draft.aloud
    again = PlainDraft(Job("Tea in Oslo", seed=1), lambda _: None, aloud=True)
    again.request()
    hear(again, answer)
    again.end(whole=True)
    assert again.text() == "Tea is best in winter."
