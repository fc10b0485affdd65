"""What an instruction wants said, as a sentence: "the next session on 9 December"."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

from service.generators.prompt.form.addressed import AND_THAT
from service.generators.prompt.language.verbs import has_verb
from service.generators.prompt.subject.facts import has_hard_facts

ALSO = {"de": "Außerdem", "es": "También", "fr": "À noter\u00a0", "it": "Inoltre", "pt": "Também"}
ALSO_ENGLISH = "Also:"
LABELLED = re.compile(
    r"(?:the|our|my)\s+(?P<label>(?:\w+\s+)?(?:date|time|place|venue|price|address|phone(?:\s+number)?|number|link|website|url|e-?mail(?:\s+address)?|reference)s?)"
    r"\s*(?:is\s+|of\s+|[:(,]\s*|\s)\s*(?P<value>[^()]*\w[^()]*?)\)?$",
    re.IGNORECASE,
)
"""A fact with its label: "the date (3 May)"."""
LABEL = re.compile(
    r"(?:(?:the|our)\s+(?!to\b)|(?=to\s))([\w ]{2,30}):\s+(.+)", re.IGNORECASE | re.DOTALL
)
"""A fact with any label: "the wake details: Thursday at 4"."""
REFERENCE = re.compile(r"the\s+((?:\w+\s+)?reference(?:\s+number)?)\s+(\S+)$", re.IGNORECASE)
HELD = re.compile(
    r"((?:the|our|my|his|her|their)\s+[\w' -]{2,40}?)\s+((?:on|at|from|in|until)\s+.+)$",
    re.IGNORECASE,
)
"""A thing and when it is: "the next session on 9 December"."""
PERSON = re.compile(
    r"[A-Z][\w'\u2019-]+(?:\s+[A-Z][\w'\u2019-]+)?(?=\s+(?:who|and|our|from|in|for|,)|,|$)"
)
DASS = re.compile(
    r"dass\s+(?P<who>wir|es|ich|sie|er|man|ihr|du|das)\s+(?P<rest>.*?)\s*(?P<verb>\b[a-zäöüß]+(?:en|t|st|e|d|s)?)[.!]*$"
)
DASS_NOUN = re.compile(
    r"dass\s+(?P<who>(?:[a-z\u00e4\u00f6\u00fc\u00df]+\s+){0,3}?(?-i:[A-Z\u00c4\u00d6\u00dc])[\w-]+)\s+(?P<rest>.*?)\s*"
    r"(?P<verb>\b(?:ist|sind|wird|werden|hat|haben|kann|k\u00f6nnen|darf|d\u00fcrfen|muss|m\u00fcssen|soll|sollen|gibt|[a-z\u00e4\u00f6\u00fc\u00df]{2,}(?:t|en)))[.!]*$",
    re.IGNORECASE,
)
"""A German clause with "dass" that begins with a noun: "dass die Kasse um 8 Uhr öffnet"."""
VERBAL = r"\b(?:is|are|was|were|will|can|can't|has|have|had|must|may|don't|doesn't|won't|isn't|aren't|there's|it's|we're|they're|i'm|you're)\b"


def mentioned(text: str, order: str, language: str) -> str:
    """What is to be mentioned, as a sentence in the words of the prompt."""
    text = text.strip(" ,;:")
    if language in ALSO:
        return _abroad(text, language, order)
    if found := LABEL.fullmatch(text):
        return _sentence(f"{found[1]}: {found[2]}")
    if re.search(r"\b(?:why|reasons?)\s*:?\s*$", order, re.IGNORECASE) and not has_verb(text):
        return _sentence(f"The reason: {text}")
    if re.match(r"(?:that|how)\s", text, re.IGNORECASE):
        text = text.partition(" ")[2]
    values = re.split(r"\)?\s*,?\s+and\s+(?=the\s)", text)
    labels = [LABELLED.fullmatch(value.rstrip(" .!")) for value in values]
    if found := REFERENCE.fullmatch(text.rstrip(" .")):
        text = f"{found[1]}: {found[2]}"
    elif all(labels):
        text = ", ".join(map(_value, filter(None, labels)))
    elif PERSON.match(text) and re.match(r"[^,]*\swho\b", text):
        text = f"A special mention for {text}"
    elif not (re.search(VERBAL, text, re.IGNORECASE) or has_verb(text) or _of_that(order)):
        text = _noun(text)
    return _sentence(text)


def main_clause(text: str) -> str:
    """A German clause with "dass" as a sentence; any other text as it is."""
    if found := DASS.fullmatch(text) or DASS_NOUN.fullmatch(text):
        rest = f" {found['rest']}".rstrip()
        return f"{found['who']} {found['verb']}{rest}"
    return text


def _of_that(order: str) -> bool:
    return order.strip().lower().endswith("that")


def _noun(text: str) -> str:
    """A person, a thing with its day, or anything else that is only named."""
    if PERSON.match(text) and not has_hard_facts(text.split(maxsplit=1)[0]):
        return f"A special mention for {text}"
    held = HELD.fullmatch(text.rstrip(" ."))
    if held and has_hard_facts(held[2]) and not re.search(r"\b(?:and|with|for)\b", held[1]):
        verb = "are" if re.search(r"[^s]s$", held[1]) else "is"
        return f"{held[1]} {verb} {held[2]}"
    return f"{ALSO_ENGLISH} {text}"


def _value(found: re.Match[str]) -> str:
    """A labelled fact: a phone number is to be called."""
    value = found["value"].strip()
    phone = re.search(r"phone|number", found["label"], re.IGNORECASE)
    return f"call {value}" if phone and re.match(r"\+?[\d(][\d ()/-]{5,}$", value) else value


LABELLED_ABROAD = re.compile(
    r"(?:die|den|das|unsere?n?|il|la|lo|el|le|o|a|os|as|notre|nuestr[oa]|nostr[oa]|noss[oa]|l['\u2019])\s*(?P<label>[^\W\d]+(?:\s+(?:de|di|do|del)\s+\w+)?)\s+"
    r"(?P<value>[+(]?\d[\d ()/.-]{2,}|\S+@\S+|(?:https?://|www\.)?[\w-]+\.[\w./-]{2,})$"
)


def _abroad(text: str, language: str, order: str) -> str:
    if language == "de" and re.match(r"\W*(?:\w+\s+)?(?:begründe|erklär)", order, re.IGNORECASE):
        return _sentence(f"Der Grund: {text}")
    if language == "de" and text.startswith("dass"):
        if (main := main_clause(text)) != text:
            return _sentence(main)
        return _sentence(f"Gut zu wissen, {text}")
    if found := LABELLED_ABROAD.match(text.rstrip(" .")):
        space = "\u00a0" if language == "fr" else ""
        return _sentence(f"{found['label']}{space}: {found['value']}")
    if re.search(r"\b(?:que|che)\s*$|qu['\u2019]$", order):
        return _sentence(text)
    return _sentence(f"{ALSO[language]}: {text}")


def _sentence(text: str) -> str:
    text = AND_THAT.sub(lambda that: f". {that[1].upper()}", text.strip(" ,;:"))
    if not re.match(
        r"\S+@\S|https?:|www\.|\w+[A-Z]|[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z]{2,}(?:[/.\s]|$)", text
    ):
        text = text[:1].upper() + text[1:]
    return text if re.search(r"[.!?\u2026]$", text) else f"{text}."
