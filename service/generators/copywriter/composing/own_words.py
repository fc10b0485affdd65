"""Small changes to a prompt's own words, so that they stand as sentences to its readers."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

from service.generators.prompt.language.lexicon import ENGLISH
from service.generators.prompt.language.verbs import has_verb

THEIRS = (
    (r"\btheir\b", "your"),
    (r"\btheirs\b", "yours"),
    (r"\bthey\b", "you"),
    (r"\bthem\b", "you"),
    (r"\bthemselves\b", "yourselves"),
    (r"\bleur\b", "votre"),
    (r"\bleurs\b", "vos"),
    (r"\b(il|la|i|le) loro\b", r"\1 vostro"),
)
HANDLED = re.compile(
    r"((?:^|[,;.]\s+|\b(?:and|or|to|not|please|must|should|then)\s+)"
    r"(?!(?:help|give|offer|tell|show|thank|support|serve|reach|contact|inform|let|welcome|invite|join|wish|"
    r"remind|ask|see|meet|teach|pay|pick)\b)\w+\s+)them\b",
    re.IGNORECASE,
)
"""Things that readers are to handle ("send them to Anna"): no word for the readers."""
KEPT = "\0"
CONTRACTIONS = (
    (r"\bà les\b", "aux"),
    (r"\bà le\b", "au"),
    (r"\ba i\b", "ai"),
    (r"\ba il\b", "al"),
    (r"\ba la\b(?= \w+ per\b)", "alla"),
    (r"\ba gli\b", "agli"),
    (r"\ba l(?=['\u2019])", "all"),
    (r"\ba le\b", "alle"),
)
"""Of prepositions and articles, in French and Italian: "Merci à les" is no French."""

ACTION = re.compile(
    r"(?:,|;|\s-|\s\u2013)\s+(?:and\s+)?(?=(?:call|apply|e-?mail|write\s+to|contact|register|(?:phone|tel)(?=\.?:?\s+(?:[\d+(]|us\b|me\b|(?-i:[A-Z])))|"
    r"book|sign\s+up|text\s+(?=\+?\d)|dm\b|whatsapp|ring\s+(?=\+?\d)|collect(?:ion)?\s+(?:in|at|from)|pick[- ]?up\s+(?:in|at|from)|tickets?\s+stay|ask\s+[\w' ]{2,30}?\s+to|visit|send|pick\s?up|collection|"
    r"rsvp|bring|thank\s+you\s+for|you\s+are\s+invited\s+to|we\s+offer|message|order|please|mention\s|(?:include|say|add|note)\s+that|ask\s+for|see|everyone\s+\w+s|all\s+are|info|details|tickets)\b)",
    re.IGNORECASE,
)
"""Where a new sentence to the readers begins."""

LABELS = re.compile(
    r"^(phone|tel|call\s+us|e-?mail|info|details|tickets|contact)\.?:?\s+(?=[\d+]|(?-i:[A-Z])|\S+@)",
    re.IGNORECASE,
)
"""Words before a fact that need a colon when they begin a sentence: "phone 555 0188"."""

ROLE_ENDS = re.compile(r",|\s(?:for|in|at|with|from|to|who|on|of|\d)")
UNCOUNTABLE = frozenset(
    {"help", "staff", "support", "assistance", "people", "personnel", "someone", "somebody"}
)
DETERMINED = re.compile(
    r"(?:an?|the|our|my|some|one|two|three|four|five|six|several|many|more|new\s+\w+s|\d+|someone|somebody|anyone)\b",
    re.IGNORECASE,
)


def statement(text: str) -> str:
    """A part of a prompt as a sentence."""
    return sentence(text.strip())


def sentence(text: str) -> str:
    """The text with a capital and an end."""
    text = text.strip(" ,;:\n")
    if not re.match(
        r"\S+@\S|https?:|www\.|@|#|\w+[A-Z]|[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z]{2,}(?:[/.\s]|$)", text
    ):
        text = text[:1].upper() + text[1:]
    return text if re.search(r"[.!?…]$", text) else f"{text}."


def to_you(text: str) -> str:
    """What is said of the readers, said to them."""
    text = HANDLED.sub(rf"\1{KEPT}", text)
    for theirs, yours in THEIRS:
        text = re.sub(theirs, yours, text, flags=re.IGNORECASE)
    return text.replace(KEPT, "them")


THIRD = re.compile(r"\b(?:they|them|their|theirs|themselves)\b", re.IGNORECASE)
ADDED = {
    "en": (r",?\s+and\s+to\s+(?=\w)", ". Please "),
    "it": (r",?\s+e\s+di\s+(?=\w+(?:are|ere|ire|arsi|ersi|irsi)\b)", ". Ricordate di "),
    "fr": (r",?\s+et\s+(?=(?:de\s+|d['\u2019])\w+(?:er|ir|re)\b)", ". Merci "),
    "es": (r",?\s+y\s+que\s+(?=(?:traigan|vengan|lleven)\b)", ". Por favor, "),
    "pt": (r",?\s+e\s+(?:de|para)\s+(?=\w+(?:ar|er|ir)\b)", ". Lembrem-se de "),
}
"""A second thing that readers are reminded of, which needs a sentence of its own."""


def to_readers(text: str, whom: str) -> str:
    """A statement about the readers ("and they must leave"), addressed to them instead."""
    found = THIRD.search(text)
    if not found or not whom or re.search(r"\b(?:she|he)\b", text):
        return text
    before = re.findall(r"[\w'-]+", text[: found.start()].lower())
    others = [
        word for word in before if re.search(r"(?<![su'i])s$|^(?:people|children|staff)$", word)
    ]
    others = [word for word in others if word not in {"is", "was", "has", "this", "always", "does"}]
    return text if others else to_you(text)


NOMINATIVES = {"unseren": "Unser", "den": "Der", "einen": "Ein", "meinen": "Mein"}


def nominative(text: str) -> str:
    """A German heading that stood behind "für": "unseren Kurs: …" is "Unser Kurs: …"."""
    first, _, rest = text.partition(" ")
    named = ":" in rest and first.lower() in NOMINATIVES
    return f"{NOMINATIVES[first.lower()]} {rest}" if named else text


SECOND = {
    "en": r",?\s+and\s+that\s+(?=(?:the|our|we|all|there|it|this|you|they)\b)",
    "es": r",?\s+y\s+que\s+",
    "fr": r",?\s+et\s+qu(?:e\s+|['\u2019])",
    "it": r",?\s+e\s+che\s+",
    "pt": r",?\s+e\s+que\s+",
}
"""What leads to a second statement of an order: "that it rains and that the fair is over"."""


def _told_apart(text: str) -> list[str]:
    """A text in two where "and that" leads to a clause with a verb."""
    first, that, second = text.partition(" and that ")
    return [first.rstrip(","), second] if that and has_verb(second) else [text]


def apart(text: str, language: str) -> str:
    """The statements behind one order, each as a sentence."""
    parts = re.split(SECOND.get(language, "(?!)"), text)
    if language == "en":
        parts = [said for part in parts for said in _told_apart(part)]
    return ". ".join((parts[0], *(part[:1].upper() + part[1:] for part in parts[1:])))


def reminders_apart(text: str, language: str) -> str:
    """The text with each thing to remember in its own sentence."""
    pattern, start = ADDED.get(language, ("(?!)", ""))
    parts = re.split(pattern, text, maxsplit=1)
    return f"{parts[0]}{start}{to_you(parts[1])}" if len(parts) > 1 else text


def contracted(text: str, language: str) -> str:
    """The text with French and Italian prepositions as one with their articles."""
    if language in {"fr", "it"}:
        for apart, together in CONTRACTIONS:
            text = re.sub(apart, together, text)
    return text


AND_THEN = (
    (r",?\s+and\s+(?:to\s+)?thank\s+(?:them|you|everyone|everybody)\s+for\s+", ", thank you for "),
    (
        r",?\s+and\s+(?:to\s+)?ask\s+(?:them|you|everyone|everybody)\s+(?:kindly\s+)?to\s+",
        ", please ",
    ),
    (
        r",?\s+and\s+(?:to\s+)?invite\s+(?:them|you|everyone|everybody)\s+to\s+",
        ", you are invited to ",
    ),
    (r",?\s+and\s+offer\s+(?:them\s+|you\s+)?(?=an?\s|\d|free\b|the\s)", ", we offer "),
    (
        r",\s+with\s+(?=(?:an?|the|free|\d+)\b[^,]*\bas\s+(?:an?\s+)?(?:compensation|apology|thank)\b)",
        ", we offer ",
    ),
)
"""Second orders of a prompt, as what is said to the readers."""


QUOTED = re.compile(
    r"(?<!\w)([\"\u201c\u201e\u00ab])\s?([^\"\u201c\u201d\u201e\u00ab\u00bb\n]{2,80}?)\s?([\"\u201c\u201d\u00bb])(?!\w)"
)


def requoted(text: str, prompt: str, told: str) -> str:
    """The text with the names of the prompt in their quotation marks again.

    `told` is the prompt without its constraints: what a text has to end with is no name.
    """
    for mark, name, end in QUOTED.findall(prompt):
        if (
            name in told
            and text.count(name) == 1
            and not text.startswith(name)
            and f"{mark}{name}" not in text
        ):
            text = text.replace(name, f"{mark}{name}{end}")
    return text


def and_then(text: str) -> str:
    """The text with its second orders as sentences to come: "and thank them for waiting"."""
    for pattern, said in AND_THEN:
        text = re.sub(pattern, said, text, flags=re.IGNORECASE)
    return text


def action(text: str) -> str:
    """A further part of an order as a sentence: "ask them to call" is "Please call."."""
    text = re.sub(r"^ask\s+[\w' ]{2,30}?\s+to\s+", "please ", to_you(text))
    return statement(LABELS.sub(lambda found: f"{found[1]}: ", text))


def role(text: str) -> str:
    """A person who is looked for, with an article: "part-time gardener" needs one."""
    text = re.sub(r"^([^,.;]*?)\s+(?:wanted|needed)\b", r"\1", text, count=1)
    head = ROLE_ENDS.split(text, maxsplit=1)[0].strip()
    last = head.rpartition(" ")[2].lower()
    plural = last.endswith("s") and not last.endswith("ss")
    if not head or DETERMINED.match(text) or plural or last in UNCOUNTABLE:
        return text
    return f"{'an' if text[0].lower() in 'aeiou' else 'a'} {text}"


TEMPLATE_WORDS = frozenset(
    [
        "nous",
        "vous",
        "anunciamos",
        "annunciamo",
        "estáis",
        "siete",
        "pedimos",
        "buscamos",
        "cerchiamo",
        "wir",
        "deseamos",
    ]
)
"""First words of foreign leads, which are no names."""


def inner(text: str) -> str:
    """A sentence as it stands behind a colon: a common first word loses its capital."""
    first = text.partition(" ")[0]
    common = first.lower() in ENGLISH | TEMPLATE_WORDS and first != "I"
    return text[:1].lower() + text[1:] if common else text
