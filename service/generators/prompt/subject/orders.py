"""The order that a prompt gives, in six languages: announce, invite, remind or hire.

The patterns are rows of `orders.tsv`: the first that matches a prompt from its beginning is the
order. They name `x`, what the text is about, and perhaps `whom` it is for and the `author`.
"""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from service.generators.prompt.subject.facts import facts

TABLE = Path(__file__).with_name("orders.tsv")

DAYS_OR_HOURS = frozenset({"day", "hour", "price"})
"""Facts that no readers have."""

WHOM = r"(?P<whom>(?:(?!(?:to|that|about|with)\b)[\w'\u2019-]+\s+){0,5}?(?!(?:to|that|about|with)\b)[\w'\u2019-]+)"
PLEASE = (
    r"(?:please\s+|kindly\s+|(?:can|could|would|will)\s+(?:you|u)\s+|looking\s+for\s+(?=(?:an?|some)\s+(?:\w+\s+)?(?:post|caption|text)\b)|help\s+(?:me|us)\s+(?:to\s+)?|"
    r"(?:(?:i|we)\s+)?(?:need|(?<=\s)(?:want|would\s+like)|'d\s+like)\s+(?:you\s+)?(?:to\s+)?|(?:i|we)'d\s+like\s+(?:to\s+)?)*"
)
WRITE = (
    r"(?:(?:write|create|compose|draft|make|prepare|post|share|send|publish|leave|give|design|put\s+(?:up|out|together)|issue|circulate|give\s+out|do)\s+"
    r"(?:me\s+|us\s+|up\s+|out\s+)?)?"
)
KIND = (
    r"(?:an?\s+|the\s+|our\s+|my\s+|some\s+)?"
    r"(?:(?!(?:for|about|that|to|on|of|with|from|in|at)\b)[\w'\u2019-]+,?\s+){0,4}?"
)
NOUNS = (
    r"(?:posts?|captions?|messages?|notes?|texts?|notices?|announcements?|updates?|tweets?|copy|"
    r"signs?|warnings?|statements?|sms|sentences|captions|paragraphs?|e-?mails?|letters?|lines?|news|story|stories|posters?|blurbs?|(?:something|anything|(?:a\s+few|some)\s+(?:words|lines))"
    r"(?:\s+(?:nice|short|kind|friendly|warm|positive|sweet|good|quick))?|lines)"
)
CHANNEL = (
    r"(?:(?:for|on)\s+(?:our\s+|my\s+|the\s+)?(?:instagram|insta|ig|facebook|fb|linkedin|twitter|whatsapp|tiktok|"
    r"website|(?:[\w-]+\s+)?page|blog|newsletter|notice\s?board|channel|story|social\s+media|shop\s+window)\s*"
    r"(?:page|group|channel|account)?\s*)?"
)
AUTHOR = (
    r"(?:(?:for|from|by)\s+(?P<author>(?:my|our)\s+(?:[\w'\u2019-]+\s+){0,3}?[\w'\u2019-]+)\s+"
    r"(?=about\b|that\b|announcing\b|promoting\b|offering\b|with\b|:))?"
)
FEAST = (
    r"(?P<feast>(?:merry\s+)?christmas|(?:happy\s+)?(?:easter|new\s+year(?:'s)?|halloween|"
    r"thanksgiving|hanukkah|diwali|eid|valentine(?:'s\s+day)?|mother's\s+day|father's\s+day))"
)
PARTS = {
    "x": r"(?P<x>.+)",
    "whom": rf"{WHOM}\s+",
    "whom0": WHOM,
    "please": PLEASE,
    "write": WRITE,
    "own": r"(?:my\s+|our\s+|the\s+|an?\s+)?",
    "form": (
        rf"{PLEASE}{WRITE}{KIND}{NOUNS}\b\s*{CHANNEL}{AUTHOR}"
        r"(?:(?:for|to|on)\s+(?:my|our|the|all)?\s*[\w'.-]+(?:\s+[\w'.-]+){0,2}?\s+(?=about\b|that\b|"
        r"announcing\b|\w+ing\b|to\b))?(?:to\s+(?=announce|tell|inform|let\b|remind|invite|apologi|say\b|"
        r"thank|congratulat|welcome|wish|ask\b|promote|advertise|introduce|present|sell|hire|celebrat|warn|apologi))?"
    ),
    "form0": rf"{PLEASE}{WRITE}{KIND}",
    "channel": CHANNEL,
    "audience": (
        r"(?P<whom>(?:(?:our|my|the|all|every|these)\s+)?(?:[\w-]+\s+){0,2}?(?:customers?|parents|team|staff|neighbou?rs|tenants|"
        r"guests|members|everyone|everybody|followers|readers|residents|clients|volunteers|students|players|visitors|"
        r"subscribers|colleagues|employees|pupils|patients|families|friends|fans|people|supporters|owners|drivers|"
        r"passengers|teachers|swimmers|users|participants|suppliers|class|crew|choir|holders|donors|shoppers|diners|commuters|walkers|cyclists|"
        r"learners|trainees|apprentices|carers|dog\s+owners|householders|homeowners|boaters|riders|runners|helpers|sponsors|attendees|ticket\s+holders|regulars|locals|traders|stallholders)"
        r"(?:\s+(?:of|at|in|from|on)\s+(?:(?:the|our|my)\s+)?[\w'\u2019 -]{2,40}?(?=\s*[,:]|\s+(?:that|to|about|the|our|we|there|it|from)\b))?)"
    ),
    "events": (
        r"\b(?:fairs?|festivals?|concerts?|part(?:y|ies)|markets?|workshops?|sales?|tours?|races?|runs?|quiz|exhibitions?|"
        r"classes|class|courses?|openings?|dinners?|camps?|talks?|readings?|screenings?|nights?|evenings?|days?|webinars?)\b"
    ),
    "feast": FEAST,
    "sorry": r"say(?:s|ing)?\s+(?:that\s+)?(?:we\s+are\s+|we're\s+|i\s+am\s+|i'm\s+)?sorry",
    "thanks": r"thank(?:s|ing)?|(?:write\s+)?(?:an?\s+|some\s+)?(?:\w+\s+)?(?:messages?|notes?|cards?|posts?|words?)\s+of\s+thanks\s+(?:to|for)|[\w ]{0,20}thank[ -]you(?:\s+(?:note|message|post|card|letter|words|lines|text))?\s+(?:to|for)",
    "nouned": r"(?:announcing|about|for|of|on|to\s+announce)\s+",
    "bitte": r"(?:bitte\s+)?",
    "form_de": (
        r"(?:bitte\s+)?(?:(?:schreib|erstell|verfass|formulier|mach|entwirf|poste|teile)\w*\s+)?"
        r"(?:(?:einen?|eine|mir|uns|kurze[nr]?|unsere[nr]?)\s+){0,3}(?:[\w-]+\s+){0,2}?"
        r"(?:[\w-]*post|beitrag|text|nachricht|mitteilung|ankündigung|anzeige|notiz|aushang|meldung|"
        r"hinweis|info)\b"
    ),
    "form_es": (
        r"(?:(?:escrib|redact|cre|prepar|haz|publi)\w*\s+)?(?:una?\s+|el\s+|la\s+)?(?:\w+\s+){0,2}?"
        r"(?:publicación|post|mensaje|anuncio|texto|nota|aviso|tuit)\b"
    ),
    "form_fr": (
        r"(?:(?:écri|rédige|crée|fais|prépare|publie)\w*\s+)?(?:une?\s+|le\s+|la\s+|notre\s+)?"
        r"(?:\w+\s+){0,2}?(?:post|message|annonce|avis|texte|publication|note|légende|tweet)\b"
    ),
    "form_it": (
        r"(?:(?:scriv|crea|prepara|pubblica)\w*\s+)?(?:una?\s+|il\s+|la\s+)?(?:\w+\s+){0,2}?"
        r"(?:post|messaggio|annuncio|testo|nota|avviso|tweet)\b"
    ),
    "form_pt": (
        r"(?:(?:escrev|cri|prepar|faça|publi)\w*\s+)?(?:uma?\s+|o\s+|a\s+)?(?:\w+\s+){0,2}?"
        r"(?:post|postagem|mensagem|anúncio|texto|nota|aviso|legenda)\b"
    ),
    "porfavor": r"(?:por\s+favor,?\s+)?",
}
"""What the patterns of the table name in braces."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a prompt orders. Without one only `subject` is there."""

    name: str
    subject: str
    """Verbatim: "our library opens on Monday"."""
    link: str = ""
    """What stands between the order and its subject: "that", "to", "for" …"""
    whom: str = ""
    author: str = ""
    feast: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table."""

    language: str
    order: str
    link: str
    pattern: re.Pattern[str]


@functools.cache
def rules() -> tuple[Rule, ...]:
    """The rows of the table."""
    rows = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines()[1:])
    return tuple(
        Rule(language, order, link, re.compile(_whole(pattern), re.IGNORECASE | re.DOTALL))
        for language, order, link, pattern in rows
    )


@functools.cache
def rules_of(language: str) -> tuple[Rule, ...]:
    """The rows of one language."""
    return tuple(rule for rule in rules() if rule.language == language)


def _whole_subject(named: dict[str, str]) -> str:
    """What an order is about, with what follows a verb that stands around it ("sag … ab, …")."""
    rest = named.get("rest", "").strip()
    if not rest:
        return named["x"].strip()
    joined = " " if re.match(r"(?:for|with|in|at|on)\b", rest) else ", "
    return f"{named['x'].strip()}{joined}{rest}"


def _whole(pattern: str) -> str:
    """A pattern with its parts; a name may be given only once, so later ones are numbered."""
    whole = re.sub(r"\{([a-z]\w*)\}", lambda part: PARTS[part[1]], pattern)
    seen: dict[str, int] = {}

    def once(found: re.Match[str]) -> str:
        seen[found[1]] = seen.get(found[1], 0) + 1
        return found[0] if seen[found[1]] == 1 else f"(?P<{found[1]}_{seen[found[1]]}>"

    return re.sub(r"\(\?P<(\w+)>", once, whole)


@functools.lru_cache(maxsize=16)  # the parts of a prompt that is read are asked for repeatedly
def order_of(text: str, language: str) -> Order | None:
    """The order that a prompt gives, with its parts."""
    for rule in rules_of(language):
        if found := rule.pattern.match(text):
            named: dict[str, str] = {}
            for name, part in found.groupdict().items():
                named[name.partition("_")[0]] = named.get(name.partition("_")[0]) or part or ""
            if DAYS_OR_HOURS & {f.kind for f in facts(named.get("whom", ""), names=False)} and not (
                rule.link in {"to", "that"} or rule.order == "release"
            ):
                continue  # "asking to move it from Tuesday to Friday" is for no reader
            link = named.pop("link", "") or rule.link
            return Order(
                rule.order,
                _whole_subject(named),
                "not" if named.get("not") else link.lower(),
                named.get("whom", "").strip(),
                named.get("author", "").strip(),
                named.get("feast", "").strip().lower(),
            )
    return None
