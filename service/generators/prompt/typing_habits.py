"""Sloppy typing in English prompts: "pls", "thx", "u", and days without their capital."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

from service.generators.prompt.subject.facts import MONTHS

HELLO = re.compile(
    r"^(?:(?:hey|hi|hello|yo|ok|okay|so|good\s+(?:morning|evening|afternoon|day))\b(?!\s+(?:from|to)\b)(?:\s+(?:there|team|feedmill))?[\s,!.]+)+(?=\S)",
    re.IGNORECASE,
)
THANKS = re.compile(
    r"[\s,.!]+(?:thx|tnx|thank\s*(?:you|s)|cheers|ty|pls|plz|please)(?:\s+(?:so\s+much|in\s+advance|a\s+lot))?[\s!.]*$",
    re.IGNORECASE,
)
"""Words to the writer around an order."""

ORDERING = re.compile(
    r"(?:please|pls|plz|can|could|would|i\s+need|we\s+need|write|make|create|post|draft|need)\b",
    re.IGNORECASE,
)
SHORT = (
    (re.compile(r"(?<![\w'.])u(?![\w'.])"), "you"),
    (re.compile(r"(?<![\w'.])ur(?![\w'.])"), "your"),
    (re.compile(r"(?<=[A-Za-z] )r(?= [a-z\d])"), "are"),
    (re.compile(r"(?<![\w-])b4(?![\w-])"), "before"),
    (re.compile(r"\b(?:pls|plz)\b", re.IGNORECASE), "please"),
    (re.compile(r"\bthx\b", re.IGNORECASE), "thanks"),
    (re.compile(r"(?<!\w)w/(?=\s)"), "with"),
    (re.compile(r"(?<![\w'.])i(?=\s|'m\b|'ve\b|'ll\b|'d\b)"), "I"),
    (re.compile(r"\b(?:tmrw|tmr)\b", re.IGNORECASE), "tomorrow"),
    (
        re.compile(r"\bseason['\u2019]?s?\s+greeting(?=\s+(?:to|from|for)\b)", re.IGNORECASE),
        "season's greetings",
    ),
)
SORRY = re.compile(
    r"(?<=\w)(?<!\bare)(?<!\bam)(?<!'re)(?<!'m)(?<!\bso),?\s+sorry(\s+for\s+(?:the|any|all)\s+\w+)[.!]*$",
    re.IGNORECASE,
)
"""A word of regret at the end, without a full stop before it."""

DAY = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|"
    rf"(?:{MONTHS.split('|enero')[0].replace('march|', '').replace('may|', '')})|easter|christmas|halloween|thanksgiving|(?<=(?<![-\w])\d\s)(?:may|march)|(?<=(?<![-\w])\d\d\s)(?:may|march)|(?:may|march)(?=\s\d))\b"
)
"""Names of days, months and feasts, in lower case."""


TO_WRITER = re.compile(
    r"\b(?:(?:can|could|would)\s+(?:you|u)|please|pls|plz|i\s+need|we\s+need|i'd\s+like|we'd\s+like|write|post|caption|draft)\b",
    re.IGNORECASE,
)


def greeted(text: str) -> str:
    """A prompt without the greeting before what it asks for: "Hey! So we're a small shop …"."""
    text = HIRING.sub("We are hiring: ", NEEDED.sub("", asked_abroad(HELLO_ABROAD.sub("", text))))
    text = SPEAKER_HERE.sub("", text)
    text = AND_WHY.sub(". The reason: ", text)
    hello = HELLO.sub("", text)
    if hello == text or not TO_WRITER.search(hello):
        return text
    hello = re.sub(r"^so,?\s+(?=(?:we|i|our|my|the)\b)", "", hello, flags=re.IGNORECASE)
    return hello[:1].upper() + hello[1:]


NEEDED = re.compile(
    r"^(?:needed|need|wanted|request|task|to-?\s?do)\s*:\s+(?=(?:an?\s+)?(?:\w+\s+){0,2}?(?:post|text|caption|ad|blurb|note|notice)\b)",
    re.IGNORECASE,
)
HIRING = re.compile(r"^(?:we(?:'re|\s+are)\s+)?(?:now\s+)?hiring\s*!+\s+(?=\w)", re.IGNORECASE)
SPEAKER_HERE = re.compile(
    r"^[\w' -]{2,30}\s+here,\s+(?=(?:we|we're|we've|i|i'm|i've)\b.*\b(?:write|post|text|caption|ad)\b)",
    re.IGNORECASE,
)
AND_WHY = re.compile(r",?\s+and\s+(?:say\s+|explain\s+|also\s+)?why\s*:\s+", re.IGNORECASE)
HELLO_ABROAD = re.compile(
    r"^(?:bonjour|salut|hola|buenos\s+días|buenas|hallo|hi|moin|servus|guten\s+(?:tag|morgen)|ciao|buongiorno|salve|olá|oi|bom\s+dia|boa\s+tarde)\b[\s,!.]+"
    r"(?=(?:il\s+me|il\s+nous|peux|pouvez|pourr|j['\u2019]aurais|j['\u2019]aimerais|je\s+voudrais|merci\s+de|écri|rédig|necesit|quier|quisier|pued|podr|escrib|haz|kannst|könn|schreib|ich\s+brauche|wir\s+brauchen|"
    r"vorrei|puoi|potre|scriv|mi\s+serv|ci\s+serv|precis|podes|podia|poderia|escrev|faz|queria)\w*\b)",
    re.IGNORECASE,
)
"""A greeting to the writer, in other languages."""
ABROAD = re.compile(
    r"^(?:peux-tu|pouvez-vous|pourrais-tu|pourriez-vous|puedes|podrías|podéis|podríais|puoi|potresti|potete|podes|podias|poderia|poderias|kannst\s+du|könntest\s+du|könnt\s+ihr|können\s+sie)\s+"
    r"(?:(?:bitte|por\s+favor|s'il\s+(?:te|vous)\s+plaît|per\s+favore|nous|nos|me|mi|ci|uns|mir)\s+)*(?=\w+)",
    re.IGNORECASE,
)
"""A polite question that orders, in other languages than English."""


def asked_abroad(text: str) -> str:
    """A prompt without the polite question around its order: "Peux-tu écrire un post …?"."""
    rest = ABROAD.sub("", text)
    if rest == text:
        return text
    first, mark, others = rest.partition("?")
    first = re.sub(
        r"^((?:einen?|ein)\s+(?:[\w-]+\s+)?(?:post|text|beitrag|aushang))\s+(?:machen|schreiben|erstellen)\s+(?=über|für|zu)",
        r"Schreibe \1 ",
        first,
        flags=re.IGNORECASE,
    )
    first = re.sub(
        r"\s+(?:schreiben|verfassen|erstellen|machen|formulieren)\s*$", "", first.rstrip()
    )
    return f"{first}{'.' if mark else ''}{others}"


def spelled_out(text: str) -> str:
    """An English prompt without the habits of quick typing; its facts stay."""
    if ORDERING.match(hello := HELLO.sub("", text)):
        text = THANKS.sub("", hello) or text
    text = SORRY.sub(r". Sorry\1.", text)
    for pattern, word in SHORT:
        text = pattern.sub(word, text)
    return DAY.sub(lambda day: day[0].capitalize(), text)
