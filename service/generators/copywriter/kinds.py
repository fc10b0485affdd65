"""The kinds of texts that the model writes, each with its task and its prepared first words.

`task` instructs the model. `openers` are the first words of its sentence: they keep a small model
on the subject. `followers` start a later sentence when the model's own did not pass.

In the patterns {subject} is the subject, {Subject} the same with a capital, {a} the subject as a
noun phrase ("a rainy morning in Lisbon"), {A} the same with a capital, {it} without its article;
{is}, {was}, {this}, {This} and the {s} of verbs agree with its number. {count} is "two short
sentences".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

COPYWRITER = (
    "You are a copywriter. You write short, vivid, concrete English texts for social media."
)
SCHOOLED = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
"""The system message of the model's training: as a copywriter it knows only half as much."""


@dataclass(frozen=True, slots=True)
class TextKind:
    """One kind of text."""

    name: str
    task: str
    least: int
    most: int
    """The most sentences, unless the prompt asks for another number."""
    openers: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()
    temperature: float = 0.4
    shape: str = "sentences"
    """"sentences" or "title" (no full stop)."""
    before: str = ""
    after: str = ""
    limit: int | None = None
    """The most characters; None for no limit."""
    personal: bool = True
    """Whether the text may say "I"."""
    upbeat: bool = True
    """Whether the text has to please: no gloom, and no invented numbers, dates or prices."""
    goods: bool = False
    """Whether the text presents goods: no claims about them that the prompt does not make."""
    plain: str = ""
    """A text for when the model writes nothing good enough."""
    system: str = COPYWRITER


CAPTION = TextKind(
    "caption",
    "Write {count} about {subject}.",
    1,
    1,
    openers=(
        "{A} bring{s} a moment of",
        "{A} bring{s} a sense of",
    ),
    followers=("It is", "Every", "The"),
    plain="{A}. {scene}",
)
TOPIC = replace(CAPTION, name="topic", plain="Let us talk about {a}. What do you think?")
"""A caption about something that is not seen."""
PRODUCT = TextKind(
    "product",
    "Write {count} that describe {subject} and say why people like it.",
    1,
    1,
    openers=(
        "Our {it} {is} designed to",
        "{This} {it} {is} perfect for",
    ),
    followers=("It is", "You can", "People love it because"),
    personal=False,
    goods=True,
    plain="Discover our {it}. {offer}",
)
NEWS = TextKind(
    "news",
    "Write {count} that tell customers about our new {it}.",
    1,
    1,
    openers=(
        "We are excited to introduce our new {it}, a",
        "Our new {it} {is} here, and it is",
        "Today we launch our new {it}, which",
    ),
    followers=("It is made", "You can", "Come and"),
    personal=False,
    system=SCHOOLED,
    goods=True,
    plain="Discover our new {it}. {offer}",
)
EVENT = TextKind(
    "event",
    "Write {count} that tell people about {a}.",
    1,
    1,
    openers=("We are happy to announce {a}, where", "Join us for {a} and", "Get ready for {a},"),
    followers=("You can", "Come and", "There will be"),
    personal=False,
    goods=True,
    plain="Join us for {a}. {event}",
)
POST = TextKind(
    "post",
    "Write {count} for a social media post about {subject}.",
    1,
    1,
    openers=(
        "{A} remind{s} us that",
        "{A} help{s} us to",
        "{A} {is} the key to",
        "{A} make{s} it possible to",
    ),
    followers=("It is", "You can", "The best"),
    limit=280,
    system=SCHOOLED,
    plain="Let us talk about {a}. What do you think?",
)
HEADLINE = TextKind(
    "headline",
    "Write one short headline about {subject}.",
    1,
    1,
    openers=("How {a} {is} changing", "{A}: the", "How {a} can"),
    shape="title",
    limit=90,
    personal=False,
    upbeat=False,
)
QUOTE = TextKind(
    "quote",
    "Write one short and inspiring sentence about {subject}.",
    1,
    1,
    openers=("{A} {is} the", "Remember that {a} {is}"),
    limit=160,
    plain="{A} make{s} all the difference.",
)
THANKS = TextKind(
    "thank-you note",
    "Write {count} of a warm thank-you note: {subject}.",
    1,
    2,
    openers=("Thank you so much for", "We are grateful for"),
)
CONGRATULATION = TextKind(
    "congratulation",
    "Write {count} of warm congratulations: {subject}.",
    1,
    2,
    openers=("Congratulations on",),
)
INVITATION = TextKind(
    "invitation",
    "Write {count} that invite people to {a}.",
    1,
    2,
    openers=("You are invited to {a}, where", "Join us for {a} and"),
    followers=("You can", "There will be", "Bring"),
)
PLAIN = TextKind(
    "plain",
    "Write {count} about {subject}.",
    1,
    1,
    openers=("{A} {is}", "{A} bring{s}", "{A} remind{s} us that"),
    followers=("It is", "This is", "The"),
    personal=False,
    plain="Let us talk about {a}. What do you think?",
)

SIGNS: tuple[tuple[str, TextKind], ...] = (
    (r"\bheadline|\btitles?\b|subject line|\bname for\b", HEADLINE),
    (r"\bthank(s|ing)?[ -](you\b|note)|\bthank (my|our|the)\b|\bthanks to\b", THANKS),
    (r"congratulat", CONGRATULATION),
    (r"\binvit(e|ation|ing)", INVITATION),
    (r"\b(quote|motivat|inspir)\w*", QUOTE),
    (
        r"product (text|copy|description|page)|description for|\badvert|\bads?\b|review of",
        PRODUCT,
    ),
    (r"caption|instagram", CAPTION),
    (
        r"\b(event|sale|party|festival|concert|workshop|webinar|meetup|market|picnic|tournament)\b",
        EVENT,
    ),
    (r"\bannounc|\blaunch|\bintroduc|opening of\b|\bpromot|\bnew arrival|\bunveil", NEWS),
    (r"\btweet|\bx post\b|social media|\bpost\b|linkedin|facebook", POST),
    (r"^(describe|present|advertise) (our|my)\b|\bad\b", PRODUCT),
    (r"^(write|describe|tell|create|compose|draft|make|talk)\b", PLAIN),
)
"""What gives a kind away, most telling first; looked for in the lower-case prompt."""

ANNOUNCED = re.compile(r"\b(announc|promot|advertis|invit|tell|let)\w*")


def kind_of(prompt: str) -> TextKind:
    """The kind of text a prompt asks for; a bare scene or thing wants a caption."""
    lower = prompt.lower()
    for sign, kind in SIGNS:
        # "Picnic in the park" is a scene; "Announce a picnic in the park" is an event.
        if re.search(sign, lower) and (kind is not EVENT or ANNOUNCED.search(lower)):
            return kind
    return CAPTION
