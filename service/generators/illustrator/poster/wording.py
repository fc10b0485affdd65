"""What stands on a poster: the prompt's own words, as a headline and lines of facts."""

# ruff: noqa: E501, RUF001 - tables of words; the dashes and quotes are those that prompts have

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from service.generators.illustrator.lexicon import drawable, lexicon
from service.generators.illustrator.poster.facts import DATED, PERCENT, WEIGHTY
from service.generators.illustrator.poster.instructions import without_instructions
from service.generators.illustrator.poster.lines import in_lines

Kind = Literal["invitation", "offer", "quote", "announcement", ""]

FLAGS = re.IGNORECASE

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
    r"|invite\s+(?:all\s+)?(?:[\w']+\s+){1,4}?(?:to|for)\s+(?=\S)"
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
SPOKEN = re.compile(
    r"^\W*(?:thank(?:s| you)\b|congratulations\b|happy\s+(?:birthday|new year|easter|anniversary|\w+'s day)\b|merry christmas\b|welcome\b"
    r"|sorry\b|lost\b\s*:|found\b\s*:|wanted\b\s*:|vote\b|join\b|help us\b|save the date\b|new\b.*\bin store\b|menu\b|for (?:sale|rent)\b|apply\b|don't miss\b"
    r"|danke\b|herzlichen glückwunsch\b|willkommen\b|entschuldig\w*|gesucht\b|wir\b|gracias\b|felici\w+|bienvenid\w+|perdón\b|se busca\b|merci\b|félicitations\b"
    r"|bienvenue\b|nous\b|grazie\b|auguri\b|benvenut\w+|cercasi\b|obrigad\w+|parabéns\b|bem-vind\w+|procura-se\b|we\b|our\b.*\b(?:is|are|will|has|have|opens?|starts?|closes?)\b)",
    FLAGS,
)
"""A prompt that begins so is said to readers, though it has no day or price."""
TWO = 2
LONGEST_EMOJI = 8
"""Code points of one emoji."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one poster, all of them the prompt's own."""

    kind: Kind
    headline: str
    lines: tuple[str, ...]
    emoji: str = ""
    """The drawing of an emoji at the prompt's end or beginning: it is the object."""

    @property
    def alt(self) -> str:
        """The words as one text, for those who do not see the picture."""
        return "\n".join((self.headline, *self.lines))


def kind_of(prompt: str) -> Kind:
    """What the prompt announces; "" for a scene."""
    if PICTURED.search(prompt):
        return ""
    for kind, pattern in KINDS:
        if pattern.search(prompt):
            return kind
    dated = len(DATED.findall(prompt)) >= TWO
    return "announcement" if dated or WEIGHTY.search(prompt) or SPOKEN.search(prompt) else ""


def wording(prompt: str) -> Wording:
    """The prompt as a headline and lines: orders are left out, every other word stays."""
    text = without_instructions(prompt)
    text = ORDERS.sub("", text, count=1).strip() or text
    kind = kind_of(prompt)
    text, emoji = without_emoji(text)
    if kind == "quote":
        quoted = re.match(r"(?s)^.*?[\"“„«]([^\"”“»]+)[\"”“»]\s*[,–—-]*\s*(.*)$", text)
        if quoted:
            by = re.sub(r"^(?:by|von|de|di|par)\s+", "", quoted[2].strip(" ."))
            return Wording(kind, f"“{quoted[1].strip()}”", (f"— {by}",) if by else (), emoji)
    headline, lines = in_lines(text)
    return Wording(kind, headline, lines, emoji)


def without_emoji(text: str) -> tuple[str, str]:
    """The text without one emoji at its end or beginning, and the drawing of it."""
    emoji = lexicon().emoji
    for piece, rest in ends(text):
        art = emoji.get(piece, "")
        if art and not piece[0].isascii() and rest and drawable(art):
            return rest, art
    return text, ""


def ends(text: str) -> list[tuple[str, str]]:
    """What may be an emoji at the end or the beginning, longest first, and the rest."""
    plain = text.replace("\ufe0f", "").strip()
    sizes = range(min(LONGEST_EMOJI, len(plain) - 1), 0, -1)
    last = [(plain[-size:], plain[:-size].strip()) for size in sizes]
    return [*last, *((plain[:size], plain[size:].strip()) for size in sizes)]
