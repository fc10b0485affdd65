"""Takes a prompt apart once, for the text and for the picture."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace

from service.generators.prompt.directions.reading import directed
from service.generators.prompt.directions.vocabulary import tokens
from service.generators.prompt.form.authors import from_author
from service.generators.prompt.form.briefing import about_form, told
from service.generators.prompt.form.constraints import Constraints, constraints, impossible
from service.generators.prompt.form.fields import fields
from service.generators.prompt.form.framing import framed
from service.generators.prompt.form.instructions import without_instructions
from service.generators.prompt.form.items import ItemList, item_list
from service.generators.prompt.form.leftovers import (
    LOST_TEXT,
    OPEN,
    ORDERED_ASIDE,
    TO_READERS,
    without_leftovers,
)
from service.generators.prompt.form.wrapping import unwrapped
from service.generators.prompt.heading.reading import Heading, heading
from service.generators.prompt.language import sentences
from service.generators.prompt.language.recognition import language_of
from service.generators.prompt.language.sentences import GERMAN_NUMBERED
from service.generators.prompt.language.words import is_latin
from service.generators.prompt.subject.background import ORDERING, ordered_at
from service.generators.prompt.subject.facts import Fact, facts, has_hard_facts
from service.generators.prompt.subject.foreign import is_foreign
from service.generators.prompt.subject.orders import Order, order_of
from service.generators.prompt.subject.shown import absent, shown
from service.generators.prompt.typing_habits import greeted, spelled_out

LONGEST = 4000
"""Characters of a prompt whose statements are kept."""

LIVELY = re.compile(
    r"\b(?:make|keep|write|have|let)\s+(?:it|this|the\s+(?:post|text|caption))\s+(?:sound\s+|feel\s+|be\s+)?(?:[\w-]+,?\s+){0,2}?"
    r"(?:fun|funny|cheerful|cheery|upbeat|playful|lively|exciting|energetic|humorous|witty|joyful|festive|bright|jolly|sunny|bubbly|merry)\b|"
    r"\b(?:fun|funny|cheerful|upbeat|playful|lively|joyful|festive)\s+(?:tone|style|voice)\b|"
    r"[.!]\s*(?:fun|funny|cheerful|upbeat|playful|lively)(?:,?\s+please)?[.!]*$",
    re.IGNORECASE,
)
"""A lively tone is kept by an emoji of the subject: all that code can promise of it."""
SOBER = re.compile(
    r"\b(?:no|without(?:\s+any)?|zero|don't\s+use)\s+(?:\w+\s+)?emojis?\b", re.IGNORECASE
)

MAIL = re.compile(
    r"(?:please\s+|(?:can|could)\s+you\s+|(?:i|we)\s+need\s+)*(?:(?:write|draft|compose|send|create|prepare)\s+(?:me\s+)?)?"
    r"(?:an?\s+|the\s+|our\s+|my\s+)?(?:(?!for\b|about\b|to\b)[\w-]+\s+){0,3}?(?:e-?mail|letter)\b",
    re.IGNORECASE,
)
"""An order for a letter."""


ASKED = re.compile(
    r"(?:can|could)\s+(?:we|i)\s+(?:please\s+)?(?:have|get)\b|(?:any\s+chance\s+of|how\s+about|what\s+about)\b|(?:can|could|would|will)\s+(?:you|u)\s+(?:please\s+)?(?:write|make|create|draft|compose|do|say|tell|announce|let|post|put|remind|invite|thank|ask|give|help)\b",
    re.IGNORECASE,
)
AS_LIST = re.compile(r"\s+as\s+an?\s+(?:\w+\s+)?list(?=\s*:)", re.IGNORECASE)
UNSEEN_TAIL = re.compile(
    r"(?<=\w),\s*(?:but\s+|and\s+)?(?:no|without(?:\s+any)?|sin|sans|ohne|keine?n?|senza|sem)\s+[\w\s'-]{2,40}[.!]?$|"
    r"\s+(?:without\s+(?:any\s+)?(?:people|persons?|humans?|cars|animals|text)|ohne\s+(?:menschen|leute|autos)|"
    r"sin\s+(?:gente|personas|coches)|sans\s+(?:personne|gens|voitures)|senza\s+(?:persone|gente|auto)|"
    r"sem\s+(?:pessoas|gente|carros))[.!]?$",
    re.IGNORECASE,
)
"""What a scene must not show, at the end of a prompt: no word of its text."""

OF_PEOPLE = re.compile(
    r"\b(?:our|we|us|i|you|your|please|unser\w*|wir|nuestr\w+|notre|nos|nous|nostr\w+|noss\w+)\b|:",
    re.IGNORECASE,
)
"""Signs of a speaker: then it is a statement ("we sell bread, no sugar")."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a prompt says, taken apart."""

    prompt: str
    """Without its constraints and hashtags, on one line."""
    language: str
    """One of "en", "es", "fr", "de", "it", "pt"; or empty."""
    order: Order
    """Its name is empty where the prompt orders nothing."""
    statements: tuple[str, ...]
    """The sentences behind the first, verbatim, without those about the form of the text."""
    items: ItemList | None
    facts: tuple[Fact, ...]
    asked: Constraints
    impossible: str
    """What a small model cannot do of it; empty for nothing."""
    letter: bool
    """Whether the text has to be an e-mail or a letter."""
    shown: str
    """What the picture shows: without orders, constraints, dates, prices and links."""
    absent: tuple[str, ...]
    """Words of what must not be there."""
    before: int = 0
    """How many of the statements stand before the order."""
    heading: Heading | None = None
    """Whom the text is for and from, where the prompt begins with that."""


def told_apart(prompt: str) -> str:
    """The prompt with what its fields and instructions want said, and with its author."""
    prompt = fields(greeted(prompt))
    language = language_of(prompt)
    told = without_instructions(prompt, language)
    return from_author(framed(told, language, known=bool(order_of(told, language))))


def _language(plain: str, prompt: str) -> str:
    """The language of a prompt's own words, or that of its order where they do not tell."""
    language = language_of(plain) if is_latin(plain) else ""
    english = language not in {"", "en"} and order_of(plain, "en")
    if english and not order_of(plain, language) and not is_foreign(prompt):
        language = "en"
    strange = language == "en" and is_foreign(plain) and is_foreign(prompt)
    if strange and not order_of(plain, "en"):
        language = ""
    if language in {"", "en"} and is_latin(plain) and (whole := language_of(prompt)) != "en":
        language = whole
    return language


@functools.lru_cache(maxsize=512)
def understand(prompt: str) -> Understanding:
    """Take a prompt apart: never fails, whatever the prompt is."""
    original = prompt[:LONGEST]
    head = heading(original)
    found = directed(head.rest if head else original)
    prompt = found.rest
    if not head and prompt != original and (head := heading(prompt)):
        prompt = head.rest
    asked = constraints(prompt)[1].with_more(found.asked)
    bare, _ = constraints(told_apart(prompt))
    plain = unwrapped(bare, longest=LONGEST)
    asked = _toned(asked, head, original)
    language = _language(plain, prompt)
    if language == "en":
        plain = spelled_out(plain)
    first, *others = _sentences(plain)
    background: list[str] = []
    at = ordered_at([first, *others], language)
    if at:
        background, first, others = [first, *others][:at], others[at - 1], others[at:]
        plain = " ".join((first, *background, *others))
    first = first.rstrip("?") if ASKED.match(first) else first
    ordered = ORDERING.match(prompt) or asked.listed
    if not (ordered or has_hard_facts(plain) or OF_PEOPLE.search(plain)):
        first = UNSEEN_TAIL.sub("", first)
        plain = UNSEEN_TAIL.sub("", plain)
    order = (order_of(first, language) if language else None) or Order("", first)
    plainer = without_leftovers(first, head=order.name in {"", "say"})
    changed = plainer != first and not OPEN.match(first)
    if language and changed and (not order.name or LOST_TEXT.match(first)):
        plain = plain.replace(first, plainer, 1)
        first, *more = _sentences(plainer)
        others = [*more, *others]
        order = order_of(first, language) or Order("", first)
    order = Order("", first) if WARNING.match(first) else _nested(order, language)
    unsaid = {
        other
        for other in others
        if about_form(other) or TO_READERS.fullmatch(other) or ORDERED_ASIDE.fullmatch(other)
    }
    asking = next((other for other in unsaid if other.lower().startswith("ask ")), "")
    if asking and not first.endswith("?"):
        asked = replace(asked, question=True, asking=asking)
    kept = tuple(told(other) for other in others if other not in unsaid)
    if not order.name and first.endswith("?") and any(map(TO_READERS.fullmatch, others)):
        order = Order("ask", first, ":")
    for other in others:
        plain = plain.replace(other, "" if other in unsaid else told(other)).strip()
    if head:
        order = _headed(order, head.kind, first)
        background = _sentences(head.before) if head.before else []
    kept = (*background, *kept)
    return Understanding(
        prompt=plain,
        language=language,
        order=order,
        statements=kept,
        items=item_list(AS_LIST.sub("", bare)) if language == "en" else None,
        facts=facts(plain),
        asked=asked,
        impossible=found.refused or impossible(prompt),
        letter=bool(MAIL.match(plain)),
        shown=shown(bare, order, kept),
        absent=absent(bare, language),
        before=len(background),
        heading=head,
    )


def _toned(asked: Constraints, head: Heading | None, original: str) -> Constraints:
    """What is asked for, with the tone that the words of a heading or of a prompt name."""
    if head and any(token.value("tone") == "sober" for token in tokens(head.words)):
        asked = replace(asked, sober=True)
    lively = asked.lively or LIVELY.search(original)
    if lively and not (asked.no_emoji or asked.emoji or SOBER.search(original)):
        asked = replace(asked, emoji=1)
    return asked


def _headed(order: Order, kind: str, first: str) -> Order:
    """The order of a heading, unless what stands behind it orders more than to tell."""
    if kind == "tell" and order.name not in {"", "write", "describe", "say"}:
        return order
    subject = order.subject if kind == "tell" else first
    return Order(HEADED.get(kind, kind), subject, ":")


HEADED = {"tell": "say", "condole": "wellwish", "wish": "greet"}
"""The orders of headings that have another name."""
WARNING = re.compile(
    r"(?:boil[\s-]+water|do[\s-]+not[\s-]+drink|flood|storm|weather|fire|safety|evacuation|product|smoke|gas|air\s+quality|scam|fraud)\s+"
    r"(?:notice|alert|warning|advisory)\b",
    re.IGNORECASE,
)
"""The head of a warning: "notice" is part of its name, and no order for one."""

NESTED = frozenset(
    {"request", "remind", "ask", "thank", "announce", "invite", "apologise", "wellwish"}
)


def _nested(order: Order, language: str) -> Order:
    """The order behind a colon: "a review request: ask customers to rate us" asks them."""
    inner = order_of(order.subject, language) if order.name == "say" and language else None
    return inner if inner and inner.name in NESTED else order


def _sentences(prompt: str) -> list[str]:
    """The sentences of a prompt; "12. Juni" ends none."""
    parts, rest = sentences.split(prompt)
    found: list[str] = []
    for part in filter(None, (*parts, rest.strip())):
        if found and re.search(r"\b\d{1,2}\.$", found[-1]) and GERMAN_NUMBERED.match(part):
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found or [prompt]
