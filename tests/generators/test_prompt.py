"""The reader of prompts: orders, subjects, facts, constraints, and what a picture shows."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.generators.prompt import Constraints, understand
from service.generators.prompt.form.lengths import Bound


@pytest.mark.parametrize(
    ("prompt", "order", "subject"),
    [
        (
            "Say sorry to our guests that the sauna is cold",
            "apologise that",
            "the sauna is cold",
        ),
        (
            "Let parents know the fair moves to 4 June",
            "announce that",
            "the fair moves to 4 June",
        ),
        (
            "Please write a post telling our guests that lunch is at one",
            "announce that",
            "lunch is at one",
        ),
        (
            "Use no more than 20 words to announce our flea market",
            "announce about",
            "our flea market",
        ),
        ("Write a friendly reminder to return library books", "remind to", "return library books"),
        ("Post a reminder: bins on Wednesday", "remind :", "bins on Wednesday"),
        ("Write an invitation for our team to the ball", "invite", "the ball"),
        ("Email our members that the shop is closed", "announce that", "the shop is closed"),
        ("An email reminding Ann to book a room", "remind to", "book a room"),
        ("Ask our readers to send photos", "request to", "send photos"),
        ("Ask the tenants not to park here", "request not", "park here"),
        ("We need a job posting for a florist", "hire", "a florist"),
        ("Write a caption about the view", "write", "the view"),
        ("Kündige unser Fest am Sonntag an", "announce about", "unser Fest am Sonntag"),
        ("Recuerda a los socios que mañana cerramos", "remind that", "mañana cerramos"),
        ("Invita tutti alla festa di venerdì", "invite", "alla festa di venerdì"),
        (
            "An e-mail to Ms. Tan asking to move it from Tuesday to Friday",
            "request to",
            "move it from Tuesday to Friday",
        ),
        ("A canoe on a lake", "", "A canoe on a lake"),
    ],
)  # fmt: skip
def test_the_order_of_a_prompt_and_its_subject_are_found(
    prompt: str, order: str, subject: str
) -> None:
    found = understand(prompt).order
    assert f"{found.name} {found.link}".strip() == order
    assert found.subject == subject


@pytest.mark.parametrize(
    ("prompt", "kept", "constraints"),
    [
        ("Our fair, use no more than 20 words", "Our fair", {"words": Bound(0, 20)}),
        ("Our fair, keep it to two sentences", "Our fair", {"sentences": Bound(2, 2)}),
        ("Unser Fest, kurz, höchstens 20 Wörter", "Unser Fest", {"words": Bound(0, 20)}),
        ("Nuestra feria, máximo 15 palabras", "Nuestra feria", {"words": Bound(0, 15)}),
        ("Notre fête, pas plus de 15 mots", "Notre fête", {"words": Bound(0, 15)}),
        ("La nostra festa, al massimo due frasi", "La nostra festa", {"sentences": Bound(0, 2)}),
        ("A nossa festa, no máximo 20 palavras", "A nossa festa", {"words": Bound(0, 20)}),
        ("Our fair in exactly 12 words", "Our fair", {"words": Bound(12, 12)}),
        ("Our fair in at least 30 words", "Our fair", {"words": Bound(30, None)}),
        ("A 20-word post about our fair", "A post about our fair", {"words": Bound(0, 20)}),
        ("Our fair. Start with Good morning.", "Our fair.", {"begins": "Good morning"}),
        ('Our fair, end with "See you!"', "Our fair", {"ends": "See you!"}),
        ("Unser Fest, ende mit einer Frage", "Unser Fest", {"question": True}),
        ("Notre fête, sans virgules", "Notre fête", {"commas": False}),
        ("Our fair and don't mention prices", "Our fair", {"avoid": ("prices",)}),
        ("Our fair with exactly two emojis", "Our fair", {"emoji": 2}),
        ("Our fair in all caps", "Our fair", {"case": "upper"}),
        ("Essays of up to 500 words, due now", "Essays of up to 500 words, due now", {}),
        ("Open with a joke and end the day early", "Open with a joke and end the day early", {}),
    ],
)  # fmt: skip
def test_constraints_are_read_in_many_wordings_and_taken_out(
    prompt: str, kept: str, constraints: dict[str, object]
) -> None:
    found = understand(prompt)
    assert found.prompt == kept
    assert found.asked == Constraints(**constraints)  # type: ignore[arg-type] # fields by name


@pytest.mark.parametrize(
    ("prompt", "impossible"),
    [
        ("Write a post about our bakery in German", "translate"),
        ("Write a post about our course in German", ""),
        ("Give me a JSON of our hours", "data formats"),
        ("Announce our JSON workshop", ""),
        ("Our fair, in the style of Shakespeare", "imitate"),
        ("Write as a question: our bakery opens on Sunday", "into a question"),
        ("Write as a question: should we open on Sunday?", ""),
    ],
)
def test_what_a_small_model_cannot_do_is_named(prompt: str, impossible: str) -> None:
    found = understand(prompt).impossible
    assert impossible in found
    assert bool(impossible) == bool(found)


def test_facts_are_found_with_their_kinds() -> None:
    found = understand(
        "Ann Lee sings at Club 9 on 3 May at 8 pm, 12 euros, 10% off, "
        "call 555 0188 or ask@pub.example"
    ).facts
    assert {(fact.kind, fact.text) for fact in found} >= {
        ("day", "3 May"),
        ("hour", "8 pm"),
        ("price", "12 euros"),
        ("percent", "10%"),
        ("phone", "555 0188"),
        ("email", "ask@pub.example"),
        ("name", "Club"),
    }


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("Announce that our bakery opens on 3 May at 7 am, no emojis", "our bakery opens"),
        ("Tell our customers in all caps that the café has new chairs", "the café has new chairs"),
        ("A fox in the snow at night", "A fox in the snow at night"),
        ("Una mañana lluviosa en Lisboa", "Una mañana lluviosa en Lisboa"),
        ("Three boats at https://sea.example for 30 euros", "Three boats"),
    ],
)
def test_orders_and_dates_are_not_to_be_seen(prompt: str, shown: str) -> None:
    assert understand(prompt).shown == shown


def test_what_must_not_be_there_is_known() -> None:
    assert understand("A street without cars or people").absent == ("cars", "or", "people")
    assert understand("Una calle sin coches").absent == ("coches",)


def test_a_long_prompt_is_read_in_no_time() -> None:
    """A pattern that goes back and forth would take minutes."""
    for part in ("please write a ", "remind ", "no more than ", ", and ", "a-b ", "“", "1 "):
        started = time.process_time()
        understand(part * (9_000 // len(part)))
        assert time.process_time() - started < 2


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_prompt_is_read(prompt: str) -> None:
    found = understand(prompt)
    assert found.order.subject
    assert found.prompt
