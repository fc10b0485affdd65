"""Small changes to a prompt's own words, so that they stand as sentences to its readers."""

from __future__ import annotations

import re

from service.generators.prompt.lexicon import ENGLISH

MENTION = re.compile(
    r"^(?:please\s+)?(?:(?:also\s+)?(?:mention|include|say|add|note|state|point\s+out))"
    r"(?:\s+(?:that|the\s+fact\s+that))?[\s:]+(?=\w)",
    re.IGNORECASE,
)
"""An order to say what follows it."""

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
    (r"\ba le\b", "alle"),
)
"""Of prepositions and articles, in French and Italian: "Merci à les" is no French."""

ACTION = re.compile(
    r"(?:,|;|\s-|\s\u2013)\s+(?:and\s+)?(?=(?:call|apply|e-?mail|write\s+to|contact|register|phone|tel|"
    r"book|sign\s+up|ask\s+[\w' ]{2,30}?\s+to|visit|send|pick\s?up|collection|"
    r"rsvp|bring|message|order|please|mention\s|(?:include|say|add|note)\s+that|ask\s+for|see|everyone\s+\w+s|all\s+are|info|details|tickets)\b)",
    re.IGNORECASE,
)
"""Where a new sentence to the readers begins."""

LABELS = re.compile(
    r"^(phone|tel|call\s+us|e-?mail|info|details|tickets|contact)\.?:?\s+(?=[\d+A-Z])",
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
    """A part of a prompt as a sentence, without an order to mention it."""
    return sentence(MENTION.sub("", text.strip(), count=1))


def sentence(text: str) -> str:
    """The text with a capital and an end."""
    text = text.strip(" ,;:\n")
    if not re.match(r"https?:|www\.|@|#|\w+[A-Z]", text):
        text = text[:1].upper() + text[1:]
    return text if re.search(r"[.!?…]$", text) else f"{text}."


def to_you(text: str) -> str:
    """What is said of the readers, said to them."""
    text = HANDLED.sub(rf"\1{KEPT}", text)
    for theirs, yours in THEIRS:
        text = re.sub(theirs, yours, text, flags=re.IGNORECASE)
    return text.replace(KEPT, "them")


def contracted(text: str, language: str) -> str:
    """The text with French and Italian prepositions as one with their articles."""
    if language in {"fr", "it"}:
        for apart, together in CONTRACTIONS:
            text = re.sub(apart, together, text)
    return text


def action(text: str) -> str:
    """A further part of an order as a sentence: "ask them to call" is "Please call."."""
    text = re.sub(r"^ask\s+[\w' ]{2,30}?\s+to\s+", "please ", to_you(text))
    return statement(LABELS.sub(lambda found: f"{found[1]}: ", text))


def role(text: str) -> str:
    """A person who is looked for, with an article: "part-time gardener" needs one."""
    text = re.sub(r"\s+(?:wanted|needed)\b", "", text, count=1)
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


FAVOURITE = re.compile(r"about\s+(?:their|your)\s+((?:favou?rite|best|worst)\s+.+)", re.IGNORECASE)
INVERTED = re.compile(
    r"(?P<wh>(?:what|which|who|whom|whose|where|when|why|how)\b.*?)\s+(?P<who>they|we|you|i)\s+"
    r"(?P<verb>should|would|could|can|will|may|must|are)\s+(?P<rest>.+)",
    re.IGNORECASE,
)
PLAIN = re.compile(
    r"(?:(?P<wh>(?:what|which|who|whom|where|when|why|how)\b.*?)|whether|if)\s+(?P<who>they|you)\s+"
    r"(?!(?:had|have|were|did)\b)(?P<rest>(?!\w+ed\b)\w+\b.*)",
    re.IGNORECASE,
)


DIRECT = re.compile(
    r"(?:what|which|who|where|when|why|how)\s+(?:\w+\s+)?"
    r"(?:is|are|do|does|should|would|can|was)\b",
    re.IGNORECASE,
)


def asked(text: str) -> str:
    """An indirect question as a direct one: "which they would like" is "Which would you like?"."""
    text = text.rstrip(" .?!")
    if found := FAVOURITE.fullmatch(text):
        return f"What is your {found[1]}?"
    if found := INVERTED.fullmatch(text):
        who = "you" if found["who"].lower() == "they" else found["who"]
        said = f"{found['wh']} {found['verb']} {who} {to_you(found['rest'])}"
    elif found := PLAIN.fullmatch(text):
        first, _, rest = found["rest"].partition(" ")
        modal = first.lower() in {"should", "would", "could", "can", "will", "may", "are"}
        begin = f"{first} you {rest}" if modal else f"do you {found['rest']}"
        said = f"{found['wh'] or ''} {to_you(begin)}".strip()
    elif DIRECT.match(text):
        said = text
    else:
        return statement(f"tell us {to_you(text)}")
    return f"{said[:1].upper()}{said[1:]}?"
