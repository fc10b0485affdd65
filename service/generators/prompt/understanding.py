"""Takes a prompt apart once, for the text and for the picture."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace

from service.generators.prompt.form.briefing import TAILS, about_form, told
from service.generators.prompt.form.constraints import Constraints, constraints, impossible
from service.generators.prompt.form.items import ItemList, item_list
from service.generators.prompt.form.leftovers import (
    LOST_TEXT,
    OPEN,
    ORDERED_ASIDE,
    TO_READERS,
    without_leftovers,
)
from service.generators.prompt.form.tags import without_tags
from service.generators.prompt.language import sentences
from service.generators.prompt.language.recognition import language_of
from service.generators.prompt.language.words import is_latin
from service.generators.prompt.subject.facts import Fact, facts, has_hard_facts
from service.generators.prompt.subject.foreign import is_foreign
from service.generators.prompt.subject.orders import Order, order_of
from service.generators.prompt.subject.shown import absent, shown
from service.generators.prompt.tidy import tidy
from service.generators.prompt.typing_habits import spelled_out

LONGEST = 4000
"""Characters of a prompt whose statements are kept."""

MANNER = r"(?:friendly|formal|informal|funny|warm|cheerful|polite|professional|short|simple|brief|upbeat|casual)"
TONE = re.compile(
    r"[\s,;]*\b(?:(?:do|write|say)\s+it\s+)?(?:in|with)\s+an?\s+(?:[\w-]+(?:,?\s+(?:and\s+|but\s+)?)){1,3}(?:tone|style|voice|way)\b|"
    rf"[\s,;]+(?:in\s+)?(?:an?\s+)?{MANNER}(?:(?:,|\s+and|\s+but)\s+{MANNER})*\s+(?:tone|style|voice)\b|"
    r",\s+(?:politely|kindly|nicely),?(?=\s)|"
    rf"[\s,;.]+(?:and\s+)?(?:please\s+)?(?:keep|make)\s+it\s+(?:very\s+)?{MANNER}(?:(?:,|\s+and|\s+but)\s+{MANNER})*(?=\s*(?:[.,;!?)]|$))",
    re.IGNORECASE,
)
"""How a text is to sound: no model of this size can promise it, and it is no part of the text."""

LIVELY = re.compile(
    r"\b(?:make|keep|write|have|let)\s+(?:it|this|the\s+(?:post|text|caption))\s+(?:sound\s+|feel\s+|be\s+)?(?:[\w-]+,?\s+){0,2}?"
    r"(?:fun|funny|cheerful|upbeat|playful|lively|exciting|energetic|humorous|witty|joyful|festive)\b|"
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
    r"(?:can|could|would|will)\s+you\s+(?:please\s+)?(?:write|make|create|draft|compose)\b",
    re.IGNORECASE,
)
CHANNEL_TAIL = re.compile(
    r"[\s,]+(?:for|on)\s+(?:our|my|the|[\w']+'s)(?:\s+[\w'-]+){0,2}?\s+(?:(?:instagram|insta|facebook|fb|linkedin|twitter|whatsapp)"
    r"(?:\s+(?:page|group|channel|account|story))?|newsletter|website|noticeboard|social\s+media)(?=[.?!:]|$)",
    re.IGNORECASE,
)
"""Where a text goes, at the end of its order."""

FOR_WHOM = re.compile(
    r"^(?:(?:can|could)\s+(?:you|u)\s+)?(?:please\s+)?(?:write|make|create|draft)\s+(?:me\s+)?(?:something|an?\s+(?:\w+\s+)?(?:post|text|caption|note))"
    r"\s+(?:for|from)\s+(?:our|my|the|an?)\s+[\w'\u2019 -]{2,40}?\s+saying\s+(?:that\s+)?(?=\w)",
    re.IGNORECASE,
)
"""An order that names its writer before what is said: "something for my shop saying that"."""
AS_LIST = re.compile(r"\s+as\s+an?\s+(?:\w+\s+)?list(?=\s*:)", re.IGNORECASE)
POLITE_END = re.compile(
    r"^((?:please\s+)?(?:post|write|caption|text|make|create|ad|draft|something)\b[^.!?,:;]{3,80}?),?\s+(?:please|pls|plz)(?=\s*[,.!:;]|$)",
    re.IGNORECASE,
)
"""An order with "please" behind its subject."""

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

EMAILED = re.compile(
    r"^((?:please\s+)?)e-?mail\s+(?!to\b|for\b)(?=(?:my|our|the|all|every\w+|[A-Z]\w+)\b.*\b(?:that|about)\b)",
    re.IGNORECASE,
)
"""An order to e-mail a person: the same as one for an e-mail that tells them."""


OCCASION = re.compile(
    r"^(?:[\w']+\s+){0,4}?(wedding|engagement|graduation|retirement|promotion)\s+congratulations?\s+"
    r"(?:(?:post|message|note|card|text)\s+)?(?:to|for)\s+(.+?)[.!]*$",
    re.IGNORECASE,
)
"""Congratulations with their occasion before them: "wedding congratulations for Ada"."""

SAYING = re.compile(
    r"^(?:please\s+)?(?:e-?mail|write\s+to)\s+((?:(?:my|our|the|all)\s+)[\w'-]+(?:\s+[\w'-]+)?|[A-Z][\w'-]+(?:\s[A-Z][\w'-]+)?)"
    r"\s+to\s+(?:say|(?:tell|inform)\s+(?:him|her|them)|let\s+(?:him|her|them)\s+know)\s+(?=(?:that|about)\b)",
    re.IGNORECASE,
)
"""An order to write to a person and say something."""

WRITTEN_TO = re.compile(
    r"^(?:please\s+)?(?:e-?mail|write\s+to)\s+((?:(?:my|our|the|all)\s+)[\w'-]+(?:\s+[\w'-]+)?|[A-Z][\w'-]+(?:\s[A-Z][\w'-]+)?)"
    r"\s+((?i:asking|inviting|reminding|thanking|telling))\s+(?:(?:them|him|her)\s+)?",
    re.IGNORECASE,
)
"""An order to write to a person and ask, invite or remind them."""


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


@functools.lru_cache(maxsize=512)
def understand(prompt: str) -> Understanding:
    """Take a prompt apart: never fails, whatever the prompt is."""
    bare, asked = constraints(prompt[:LONGEST])
    plain = without_tags(tidy(TONE.sub("", bare), longest=LONGEST))
    plain = POLITE_END.sub(r"\1", FOR_WHOM.sub("", plain))
    plain = CHANNEL_TAIL.sub("", TAILS.sub("", plain))
    plain = re.sub(r"\s+for\s+an?\s+(?:listing|post|caption|ad|flyer|poster)(?=\s*:)", "", plain)
    plain = re.sub(r"\s+([,.;])(?=\s|$)", r"\1", plain)
    plain = re.sub(r"(?<=\w)([.!?])\s*\.(?=\s|$)", r"\1", plain)  # of a constraint between them
    plain = OCCASION.sub(r"congratulations to \2 on the \1", plain)
    plain = SAYING.sub(r"write an e-mail telling \1 ", plain)
    plain = WRITTEN_TO.sub(r"write an e-mail \2 \1 ", plain)
    plain = EMAILED.sub(
        r"\1write an e-mail telling ", re.sub(r"^(?:to\s+(?=\w+\s)|about\s+)", "", plain)
    )
    if LIVELY.search(prompt[:LONGEST]) and not SOBER.search(prompt) and not asked.emoji:
        asked = replace(asked, emoji=1)
    language = language_of(plain) if is_latin(plain) else ""
    if language == "en":
        plain = spelled_out(plain)
    if language == "en" and is_foreign(plain):
        language = ""
    first, *others = _sentences(plain)
    first = first.rstrip("?") if ASKED.match(first) else first
    if not has_hard_facts(plain) and not OF_PEOPLE.search(plain):
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
    if any(other.lower().startswith("ask ") for other in unsaid) and not first.endswith("?"):
        asked = replace(asked, question=True)
    kept = tuple(told(other) for other in others if other not in unsaid)
    if not order.name and first.endswith("?") and any(map(TO_READERS.fullmatch, others)):
        order = Order("ask", first, ":")
    for other in others:
        plain = plain.replace(other, "" if other in unsaid else told(other)).strip()
    return Understanding(
        prompt=plain,
        language=language,
        order=order,
        statements=kept,
        items=item_list(AS_LIST.sub("", bare)) if language == "en" else None,
        facts=facts(plain),
        asked=asked,
        impossible=impossible(prompt),
        letter=bool(MAIL.match(plain)),
        shown=shown(bare, order, kept),
        absent=absent(bare, language),
    )


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


GERMAN_NUMBERED = re.compile(
    r"[a-zäöü]|(?:Jan|Feb|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Geburtstag|Jubiläum|Stock|Klasse|Platz|Mal|"
    r"Etage|Ausgabe|Jahr|Woche|Lauf|Fest|Tag|Hochzeit|Advent|Oberg|Turnier)"
)
"""What a number with a dot stands before in German: "12. Juni", "3. Stock"."""


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
