"""Texts of a model that needs no help: its own words, without loops, with hashtags."""

from __future__ import annotations

import pytest

from service.generators.copywriter import PlainDraft
from service.generators.loops import loop_start
from service.generators.protocol import Job


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
    heard = (draft.hear(answer[at : at + 3]) for at in range(0, len(answer), 3))
    assert not all(heard)
    assert draft.request() is None
    assert draft.text().startswith("Tea is best in winter. Oslo is a cold place.\n\n#")
    assert draft.text().startswith("".join(said))


def test_a_plain_text_that_runs_out_of_tokens_ends_with_a_sentence() -> None:
    draft = PlainDraft(Job("Tea in Oslo", seed=1), lambda _: None)
    draft.request()
    draft.hear("Tea is best in winter. Oslo is a c")
    draft.end(whole=False)
    assert draft.text() == "Tea is best in winter."
