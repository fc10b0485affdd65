"""What stands on a poster: the prompt's own words, as a headline and lines of facts."""

# ruff: noqa: E501, RUF001 - tables of words; the dashes and quotes are those that prompts have

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from service.generators.illustrator.poster.instructions import without_instructions

Kind = Literal["invitation", "offer", "quote", "announcement", ""]

FLAGS = re.IGNORECASE

DAYS = (
    r"mon|tues|wednes|thurs|fri|satur|sun",
    (
        r"lunes|martes|miércoles|jueves|viernes|sábado|domingo|lundi|mardi|mercredi|jeudi|vendredi|samedi"
        r"|dimanche|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lunedì|martedì|mercoledì"
        r"|giovedì|venerdì|sabato|domenica|segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira"
    ),
    (
        r"jan(?:uary)?|feb(?:ruary)?|march|april|may|june|july|aug(?:ust)?|sept(?:ember)?|oct(?:ober)?"
        r"|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre"
        r"|noviembre|diciembre|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre"
        r"|décembre|januar|februar|märz|juni|juli|oktober|dezember|gennaio|febbraio|aprile|maggio|giugno"
        r"|luglio|settembre|ottobre|novembre|dicembre|janeiro|fevereiro|março|maio|junho|julho|setembro"
        r"|outubro|novembro|dezembro"
    ),
)
DAY = rf"(?:(?:{DAYS[0]})days?\b|(?:{DAYS[1]})s?\b|\d{{1,2}}(?:st|nd|rd|th|\.)?\s(?:of |de )?(?:{DAYS[2]})\b"
DAY += rf"|(?:{DAYS[2]})\s\d{{1,2}}(?:st|nd|rd|th)?\b|tomorrow\b|tonight\b|mañana\b|demain\b|morgen\b|domani\b)"
HOUR = r"(?:\d{1,2}(?:[:.h]\d{2})?\s?(?:am|pm|a\.m\.|p\.m\.|uhr|h|heures?)(?!\w)|\d{1,2}:\d{2}|noon\b|midnight\b)"
PRICE = r"(?:[€$£]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[€$£]|euros?\b|dollars?\b|pounds?\b))"
PERCENT = r"\d{1,3}\s?(?:%|percent\b|por ciento\b|pour cent\b|prozent\b)"
LINK = r"(?:https?://|www\.)\S+|@\w+|\+?\d[\d /-]{6,}\d"
FACT = re.compile(rf"(?<!\w)(?:{DAY}|{HOUR}|{PRICE}|{PERCENT}|{LINK})", FLAGS)

BEFORE_FACT = (
    r"every|each|on|at|from|until|till|this|next|for|by|el|los|a las|hasta|desde|cada|le|les|à|dès|de"
    r"|jusqu'à|chaque|am|um|ab|bis|jeden|il|alle|dalle|fino alle|ogni|às|até|das|no|na|aos|to|und|and"
)
CUT = re.compile(
    rf"\s*[,;]\s+|\s+[–—-]\s+|\s+(?=(?:(?:{BEFORE_FACT})\s+){{1,2}}(?:{FACT.pattern}))"
    rf"|\s+(?=(?:{FACT.pattern}))",
    FLAGS,
)
SENTENCE = re.compile(r"(?<=[.!?…])(?<!\d\.)(?<!\bSt\.)[\"”»’']?\s+|\n+")
CLAUSE = re.compile(r",\s+|;\s+|\s+[–—]\s+|\s+-\s+")
GLUE = re.compile(rf"(?:^|\s)(?:{BEFORE_FACT}|[-–—])$", FLAGS)

MEDIUM = r"(?:(?:short|little|small|friendly|nice|an?|the|instagram|social media|our)\s+)*"
MEDIUM += (
    r"(?:post|poster|flyer|card|caption|text|ad|advert|notice|picture|image|note|sign|banner)\b"
)
ORDERS = re.compile(
    r"^\s*(?:please\s+)?(?:"
    rf"(?:(?:write|make|create|draw|design|give me|draft)\s+)?{MEDIUM}"
    r"(?:\s+(?:for|about|that says|saying|to announce|announcing|inviting\s+\w+\s+to|that)\b)?\s*:?\s*"
    r"|(?:announce|advertise|promote)(?:\s+that)?\s*:?\s+"
    r"|tell\s+(?:people|everyone|everybody|our \w+|customers|guests)\s+(?:that|about)\s+"
    r"|remind\s+(?:people|everyone|everybody|(?:our |the )?\w+)\s+(?:that|about|of)\s+"
    r"|(?:anuncia|anunciar|anuncio)(?:\s+que)?\s*:?\s+|(?:annonce|annoncer|annoncez)(?:\s+que)?\s*:?\s+"
    r"|(?:kündige|ankündigung)\s*:?\s+|(?:annuncia|annunciare)(?:\s+che)?\s*:?\s+"
    r"|invit(?:e|a|ation|ación|ación)\s*:\s+)",
    FLAGS,
)
KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "quote",
        re.compile(
            r"^\s*[\"“„«][^\"”“»]{8,}[\"”“»]|\bquote(?:\s+of|:|\s+by)|\b(?:cita|citation|zitat)\s*:",
            FLAGS,
        ),
    ),
    (
        "offer",
        re.compile(
            r"\b(?:sale\b(?! boat)|special offer|discount|half price|for free|buy one|rebajas|oferta|descuento"
            r"|soldes|promotion|remise|rabatt|angebot|ausverkauf|saldi|sconto|offerta|promoção|desconto)\b"
            rf"|(?<!\w){PERCENT}\s*(?:off|de descuento|de réduction|rabatt|di sconto|de desconto)",
            FLAGS,
        ),
    ),
    (
        "invitation",
        re.compile(
            r"\binvit(?:e|es|ed|ing|ation)\b|\bjoin us\b|\bsave the date\b|\bcome (?:and|to|along)\b|\brsvp\b"
            r"|\binvit(?:a|amos|ación|ons|ez|iamo|ati|o|amo-vos|ação)\b|\b(?:einladung|ihr seid eingeladen)\b"
            r"|\blade\b.*\bein\b|\bwir laden\b|\bvenid\b|\bvenez\b|\bkommt\b",
            FLAGS,
        ),
    ),
    (
        "announcement",
        re.compile(
            r"\bannounc\w+\b|\bgrand opening\b|\b(?:we are|we're|now) (?:open|hiring|closed)\b|\bopens?\s+(?:on|at|its|this|next)\b"
            r"|\bremind(?:er|s)?\b|\b(?:anunci\w+|annonc\w+|ankündig\w+|annunci\w+)\b|\b(?:eröffnung|inauguración|inauguração"
            r"|inaugurazione|ouverture)\b|\b(?:flyer|poster)\b|\bis closed\b|\bcoming soon\b|\bfundraiser\b",
            FLAGS,
        ),
    ),
)
PICTURED = re.compile(
    r"^\s*(?:an?\s+|the\s+)?(?:photo|photograph|painting|drawing|picture|illustration|portrait|sketch)\b",
    FLAGS,
)
"""A prompt that begins so describes what is to be seen."""
TWO = 2
SHORT_HEAD, ONE_LINE = 6, 30
"""Characters: a headline has at least the first, pieces up to the second share a line."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one poster, all of them the prompt's own."""

    kind: Kind
    headline: str
    lines: tuple[str, ...]

    @property
    def alt(self) -> str:
        """The words as one text, for those who do not see the picture."""
        return "\n".join((self.headline, *self.lines))


def kind_of(prompt: str) -> Kind:
    """What the prompt announces; "" for a scene. Two facts make an announcement of any prompt."""
    if PICTURED.search(prompt):
        return ""
    for kind, pattern in KINDS:
        if pattern.search(prompt):
            return kind
    return "announcement" if len(FACT.findall(prompt)) >= TWO else ""


def wording(prompt: str) -> Wording:
    """The prompt as a headline and lines: orders are left out, every other word stays."""
    text = without_instructions(prompt)
    without = ORDERS.sub("", text, count=1).strip()
    text = without or text
    kind = kind_of(prompt)
    if kind == "quote":
        quoted = re.match(r"(?s)^.*?[\"“„«]([^\"”“»]+)[\"”“»]\s*[,–—-]*\s*(.*)$", text)
        if quoted:
            by = quoted[2].strip()
            return Wording(kind, f"“{quoted[1].strip()}”", (by,) if by else ())
    pieces: list[str] = []
    for sentence in SENTENCE.split(text):
        cut = clauses if pieces else headed
        pieces += cut(sentence.strip()) if sentence.strip() else []
    first, *rest = pieces or [text]
    return Wording(kind, capital(first), tuple(capital(piece) for piece in rest))


def headed(sentence: str) -> list[str]:
    """The first sentence: a headline, cut before the first fact, and the rest in lines."""
    for cut in CUT.finditer(sentence):
        head, rest = sentence[: cut.start()].strip(" ,;"), sentence[cut.end() :]
        if len(head) >= SHORT_HEAD and not GLUE.search(head):
            return [head, *clauses(rest)]
    return [full_stop_off(sentence)]


def clauses(sentence: str) -> list[str]:
    """The sentence in lines, cut at its commas; short pieces stay together."""
    result: list[str] = []
    between, end = "", 0
    for cut in [*CLAUSE.finditer(sentence), None]:
        part = sentence[end : cut.start() if cut else len(sentence)]
        if result and len(result[-1]) + len(part) < ONE_LINE:
            result[-1] += between + part
        elif part.strip():
            result.append(part)
        between, end = (cut[0], cut.end()) if cut else ("", end)
    if result:
        result[-1] = full_stop_off(result[-1])
    return result


def full_stop_off(text: str) -> str:
    """A line of a poster has no full stop, unless it belongs to an abbreviation."""
    plain = text.endswith(".") and not re.search(r"\.\w?\.$|\b[ap]\.m\.$", text)
    return text[:-1] if plain else text


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
