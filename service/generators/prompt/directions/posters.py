"""Orders for a poster: which words are to be on it, and what it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.generators.prompt.directions.vocabulary import QUOTED, tokens

STRONG = (
    r"posters?|fl[yi]ers?|leaflets?|handbills?|[\wäöüß-]*plakat(?:e|s)?|[\wäöüß-]*poster|[\wäöüß-]*flyer|handzettel|carteles|cartel|p[óôo]sters?|afiches?|folletos?|"
    r"(?:invitation|greeting|birthday|christmas)\s+cards?|einladungskarten?|affiches?|affichettes?|flyers?|tracts?|locandin[ae]|manifesto|volantin[oi]|cartaz(?:es)?|folhetos?|panfletos?"
)
WEAK = (
    r"signs?|banners?|placards?|labels?|stickers?|notice\s?boards?|[\wäöüß]*aushang|[\wäöüß]*schild|[\wäöüß]*banner|aufkleber|letreros?|pancartas?|rótulos?|"
    r"panneaux?|banderoles?|pancartes?|écriteaux?|cartell[oi]|striscion[ei]|insegn[ae]|placas?|faixas?|letreiros?"
)
"""Things that are also seen in a picture: an order names their words."""
ORDER = (
    r"(?:(?:hi|hello|hey)[\s,!]+)?(?:(?:please|bitte|can\s+you|could\s+you|i|we|wir|ich|kannst\s+du|peux-tu|pouvez-vous|puedes|puoi|podes)\s+)*"
    r"(?:(?:make|create|design|draw|draft|print|prepare|need|want|would\s+like|give|do|mach\w*|erstell\w*|gestalt\w*|entwirf|entwerf\w*|brauch\w*|möchten?|haz\w*|crea\w*|diseñ\w*|necesit\w*|"
    r"quier\w*|prepara\w*|fais|faites|crée\w*|prépare\w*|il\s+(?:me|nous)\s+faut|j'ai\s+besoin\s+d'|fai|fate|serve|ci\s+serve|mi\s+serve|vorrei|faz|faça|cria|crie|precis\w+(?:\s+de)?|queremos)\s+)?"
    r"(?:(?:me|us|mir|uns|nos|moi|nous)\s+)?(?:(?:up\s+)?(?:an?|the|our|one|some|eine?n?|ein|un|una|une|uma|um|uno|el|la|le|il|lo|o|a)\s+)?"
)
HEAD = re.compile(
    rf"^\W*{ORDER}(?P<before>(?:(?!(?:with|holding|behind|near|under|next|beside|of|in|on|at|by|and|mit|vor|neben|con|avec|com|de|du|di|da)\b)[\w\u00c0-\u017f'\u2019/-]+,?\s+){{0,6}}?)"
    rf"(?:(?P<strong>{STRONG})|(?P<weak>{WEAK}))(?![\w-])",
    re.IGNORECASE,
)
SAYS = re.compile(
    r"\s*[,:\u2013-]?\s*\b(?:(?:with|bearing|using|mit|con|avec|com|reading)\s+(?:(?:the|this|these|only\s+the|just\s+the|de[mrn]|el|la|las|los|le|les|l['\u2019]|il|lo|o|a|os|as)\s*)?"
    r"(?:text|quote|quotation|words?|slogan|headline|heading|header|tagline|lettering|inscription|message|wording|phrase|title|caption|line|zitat|aufschrift|schriftzug|worten|titel|spruch|überschrift|satz|cita|texto|leyenda|frase|lema|título|palabras|"
    r"mensaje|citation|texte|mention|inscription|mots|titre|citazione|scritta|scritto|testo|parole|titolo|palavras|dizeres|mensagem)(?:\s+(?:on\s+it|drauf))?|"
    r"(?:that\s+|which\s+|it\s+should\s+)?(?:says?|saying|reads|reading|stating|states)(?:\s+(?:only|just))?|(?:auf\s+de[mr]|wo|worauf)\s+(?:draufsteht|steht)|pour\s+dire|para\s+(?:decir|dizer)|per\s+dire|um\s+zu\s+sagen|to\s+say|que\s+(?:diga|dice|ponga|pone|diz)|où\s+il\s+est\s+écrit|qui\s+dit|disant|che\s+(?:dice|dica|recita)|a\s+dizer|dizendo|"
    r"(?:only\s+)?(?:text|words|wording|lettering|slogan|headline|heading|header|tagline|copy|aufschrift|schriftzug|texto|texte|testo|leyenda|scritta|frase)(?=\s*:|\s+[\"\u201c\u201e\u00ab]))(?![\w-])\s*:?\s*",
    re.IGNORECASE,
)
"""What comes before the words that are to be on it."""
CALLED = re.compile(
    r",?\s*\b(?:called|named|titled|entitled|namens|genannt|mit\s+dem\s+(?:namen|titel)|llamad[oa]s?|titulad[oa]s?|intitulée?s?|appelée?s?|nommée?s?|chiamat[oaie]|intitolat[oaie]|chamad[oa]s?|intitulad[oa]s?)\s*:?\s*$",
    re.IGNORECASE,
)
FOR = re.compile(
    r"^\s*(?:for|about|advertising|promoting|on|fürs?|über|zum|zur|para|sobre|pour|sur|per|su)\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
LINK = re.compile(
    r"^\s*(?:$|[:.,;\"\u201c\u201e\u00ab(\u2013-]|(?:for|about|advertising|promoting|announcing|inviting|reminding|telling|asking|warning|to|that|with|design|artwork|für|zum|zur|über|mit|without|no|ohne|sin|sans|senza|sem|para|sobre|con|pour|avec|"
    r"per|com|que|qui|che|disant|diciendo|a\s+dizer|dizendo|says?|saying|reads?|reading|auf\s+de[mr]|a4|a3|in\s+a[345]|in\s+the\s+style|in\s+\w+\s+style|im\s+stil|al\s+estilo|dans\s+le\s+style)\b)",
    re.IGNORECASE,
)
"""What follows the medium where a poster is ordered; "a poster on a wall" is a scene."""
OF = re.compile(r"^(?:du|des|de\s+la|de\s+l['\u2019]|del|della|dello|do|da|de)\s+(?=\w)")
"""Between the medium and its subject: "affiche du marché"."""
AT_ONCE = re.compile(
    r"\s+(?!(?:on|in|at|behind|under|over|near|beside|with|by|of|is|are|auf|an|in|hinter|unter|neben|vor|an|am|im|en|sobre|sur|dans|derrière|sous|su|sul\w*|in|dietro|sotto|em|no|na|atrás|hanging|lying|stuck)\b)\w",
    re.IGNORECASE,
)
"""A subject right behind the medium: "Volantino ripetizioni di matematica"."""
DESIGN = re.compile(
    r"^\s*(?:designs?|artwork|layout|entwurf|(?:in\s+)?(?:the\s+size\s+)?(?:din[\s-]?)?a[345]|in\s+(?:the\s+|an?\s+)?(?:style\s+of\s+)?\w+(?:\s+style)?(?=\s+for\b)|im\s+stil\s+(?:von|des|der)\s+\w+|al\s+estilo\s+\w+|(?:dans\s+le\s+)?style\s+\w+(?=\s+pour\b))\b",
    re.IGNORECASE,
)
ARTICLE = re.compile(
    r"^(?:an?|the|our|my|your|unser(?:e[nmrs]?)?|eine?[nmrs]?|de[rnm]|die|das|mein\w*|el|la|los|las|un|una|nuestr[oa]s?|mi|le|les|l['\u2019]|une|notre|nos|mon|ma|il|lo|gli|i|uno|(?:il\s+|la\s+|i\s+|le\s+)?nostr[oaie]|o|a|os|as|um|uma|(?:o\s+|a\s+|os\s+|as\s+)?noss[oa]s?)\s+(?=\S)|^l['\u2019](?=\w)",
    re.IGNORECASE,
)
TOLD = re.compile(
    r"(?:please|bitte|por\s+favor|s['\u2019]il|per\s+favore|no|do\s+not|don't|never|keine?|nicht|prohibido|défense|interdi|merci\s+de|vietato|proibido|é\s+proibido|caution|achtung|attention|atención|attenzione|atenção)\b",
    re.IGNORECASE,
)
"""How a rule for readers begins: what stands before its colon is a place."""
NOT_NAMED = re.compile(
    r"^(?:wahl|info|hinweis|werbe|verbots|tür|warn|veranstaltungs|wand|hänge|laden)", re.IGNORECASE
)
GERMAN = re.compile(
    r"^(?P<what>[\wäöüß]{4,}?)s?(?:plakat(?:e|s)?|poster|flyer|aushang|schild|banner)$",
    re.IGNORECASE,
)


OPENING = re.compile(
    r"\s*(?:(?:without|no|ohne|sin|sans|senza|sem)\b[^:.!?\"\u201c\u201e\u00ab]{2,40}:|[:\u2013-]|(?:for|für|para|pour|per|zu)\b)?\s*(?=[\"\u201c\u201e\u00ab])",
    re.IGNORECASE,
)
"""What may stand between the medium and words in quotation marks."""
OF_MEDIUM = re.compile(
    r"small|big|new|printable|digital|wall|door|window|street|event", re.IGNORECASE
)
GIVEN = "\u0002"
"""Begins the rest of an order whose words are given without quotation marks."""


@dataclass(frozen=True, slots=True)
class PosterOrder:
    """An order for a poster, taken apart."""

    words: tuple[str, ...]
    """The words that are to be on it, where they are given: only they and the facts are."""
    name: str
    """The name in quotation marks of what it is for: "Cities and Water"."""
    subject: str
    """What it is for ("the village fête"); where its words are given, whom or which place."""
    kind: str
    """What stands before the medium: "Halloween party" flyer."""
    rest: str
    """What follows."""


def poster_order(prompt: str) -> PosterOrder | None:
    """The order for a poster that a prompt begins with; None if it does not."""
    head = HEAD.match(prompt)
    if not head:
        return None
    rest = prompt[head.end() :]
    lone = bool(head["strong"]) and not head["before"] and AT_ONCE.match(rest)
    if not (LINK.match(rest) or lone):
        return None
    kind = _before(head)
    rest = _without_look(DESIGN.sub("", rest, count=1))
    says = SAYS.search(rest)
    before = rest[: says.start()] if says else ""
    said = None if re.search(r"[.!?]\s+\S|[\"\u201c\u201e\u00ab]", before) else says
    if head["weak"] and not (
        said or re.match(r"[^.!?\"]{0,60}:\s", rest) or re.match(r"\s*[\"\u201c\u201e\u00ab]", rest)
    ):
        return None
    if said and (found := _quoted(rest[said.end() :])):
        words, after = found
        return PosterOrder(words, "", _purpose(rest[: said.start()]), kind, after)
    if said:
        return PosterOrder((), "", "", kind, f"{GIVEN}{rest[said.end() :]}")
    return _of_subject(rest, kind, weak=bool(head["weak"]))


def _of_subject(rest: str, kind: str, *, weak: bool) -> PosterOrder | None:
    """An order that says what the poster is for."""
    if found := _quoted_at_once(rest):
        words, after = found
        return PosterOrder(words, "", "", kind, after)
    colon = re.match(r"(?P<what>[^.!?:\"\u201c\u201e\u00ab]{0,80}):\s+", rest)
    if colon and (weak or TOLD.match(rest[colon.end() :])):
        return PosterOrder((), "", _purpose(colon["what"]), kind, f"{GIVEN}{rest[colon.end() :]}")
    if re.match(
        r"\s*(?:announcing|inviting|reminding|telling|asking|warning|to|that)\b",
        rest,
        re.IGNORECASE,
    ):
        return PosterOrder((), "", "", "", rest.strip())
    quoted = QUOTED.search(rest)
    before = rest[: quoted.start()] if quoted else ""
    if (
        quoted
        and not re.search(r"[.!?]\s|\d", before)
        and (CALLED.search(before) or re.search(r",\s*$", before))
    ):
        subject = CALLED.sub("", before).strip(" ,:")
        return PosterOrder(
            (), quoted[1] or quoted[2], _purpose(subject), kind, rest[quoted.end() :]
        )
    what = FOR.match(rest)
    if what and kind:
        whose, *more = re.split(r"[,.:;]\s+", what["what"], maxsplit=1)
        return PosterOrder((), "", whose.rstrip("."), kind, "".join(more))
    return PosterOrder(
        (), "", "", kind, bare(what["what"]) if what else OF.sub("", rest.lstrip(" :,.\u2013-"))
    )


BEHIND = re.compile(r"\s+([\w-]+)(?=\s*[:,]|\s+(?:for|para|pour|per|mit|con|com|avec|che|que)\b)")
"""A word right behind the medium."""


def _without_look(rest: str) -> str:
    """What follows the medium without words of its look: "cartaz minimalista: …"."""
    found = re.match(
        r"\s+([\w-]+)(?=\s*[:,]|\s+(?:for|para|pour|per|mit|con|com|avec|che|que)\b)", rest
    )
    if found and all(token.value("look") or token.value("colour") for token in tokens(found[1])):
        return rest[found.end() :]
    return rest


def _quoted(text: str) -> tuple[tuple[str, ...], str] | None:
    """The quoted words that a text begins with, and what follows them."""
    words: list[str] = []
    while found := re.match(
        rf"[\s,;/|+\u2013-]*(?:(?:and|und|y|et|e|below|underneath|beneath|under\s+(?:it|that)|darunter|unten|then|dann|luego|puis|poi|depois|debajo|abajo|(?:en\s+)?dessous|sotto|(?:por\s+)?baixo)[,:]?\s+){{0,3}}(?:{QUOTED.pattern})",
        text,
    ):
        words.append(next(group for group in found.groups() if group).strip())
        text = text[found.end() :]
    return (tuple(words), text) if words else None


def _quoted_at_once(rest: str) -> tuple[tuple[str, ...], str] | None:
    """The quoted words behind the medium, or several behind what it is for and a colon."""
    opening = OPENING.match(rest)
    if opening and (found := _quoted(rest[opening.end() :])):
        return found
    purpose = re.match(r"[^.!?:\"\u201c\u201e\u00ab]{0,80}:", rest)
    found = _quoted(rest[purpose.end() :]) if purpose else None
    return found if found and found[0][1:] else None


def _before(head: re.Match[str]) -> str:
    """What stands before the medium and is no word about its form: "Halloween party" flyer."""
    about = [word for word in head["before"].replace(",", " ").split() if not is_formal(word)]
    compound = GERMAN.match(head["strong"] or head["weak"])
    if compound and not NOT_NAMED.match(compound["what"]):
        about.append(compound["what"])
    return " ".join(about)


def is_formal(word: str) -> bool:
    """Whether a word before the medium is about it: "blue", "typographic", "A4"."""
    kinds = ("look", "colour", "tone", "text", "function")
    known = any(token.value(kind) for token in tokens(word) for kind in kinds)
    return known or bool(re.match(r"\d", word) or OF_MEDIUM.fullmatch(word))


def _purpose(text: str) -> str:
    """What a poster is for, without the preposition."""
    found = FOR.match(text.strip(" ,:"))
    return (found["what"] if found else text).strip(" ,:.")


def bare(subject: str) -> str:
    """A subject without its article, with a capital."""
    subject = ARTICLE.sub("", subject.strip(), count=1)
    return subject[:1].upper() + subject[1:]
