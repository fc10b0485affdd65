"""Words of an order that no reader of prompts took for one: they are not on a poster either."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

FLAGS = re.IGNORECASE
LANGUAGE = r"(?:english|german|french|spanish|italian|portuguese|dutch|polish|turkish|welsh|arabic|chinese)"
MEDIA = r"(?:instagram|insta|facebook|fb|linkedin|twitter|whatsapp|tiktok|blog|newsletter|social\s+media|sms|website|homepage|poster|flyer|shop[- ]window|noticeboard|info(?:rmation)?)"
TEXT = r"(?:wording|signs?|articles?|posts?|texts?|captions?|stor(?:y|ies)|teasers?|intros?|introductions?|descriptions?|messages?|notes?|copy|blurbs?|updates?|slogans?|taglines?|headlines?|tips?|ads?|adverts?|lines|paragraphs?|tweets?)"
SMALL = r"(?:(?:an?|our|the|my|one|two|few|short|quick|little|small|nice|friendly|funny|warm|brief|simple|some|cheerful)\s+)*"
READERS = (
    r"(?:customers?|followers|readers|members|guests|visitors|fans|people|neighbou?rs|parents|patients|tenants|clients|subscribers|"
    r"staff|team|users|residents|students|pupils|colleagues|volunteers|community|audience|everyone|everybody)"
)
OURS = r"(?:our|my|the)\s+[^:.!?]{2,50}"
STYLE = r"(?:friendly|warm|short|funny|serious|formal|informal|casual|light|cheerful|upbeat|polite|brief|neutral|factual|simple|playful|witty|professional)"
NAMED_TEXT = re.compile(
    r"^(?:an?\s+|our\s+)?(?:\w+\s+)?(thank[- ]you|thanks|goodbye|farewell|welcome|congratulations)\s+"
    r"(?:posts?|notes?|messages?|cards?|letters?|texts?|speech)\s+(?:to|for)\s+",
    FLAGS,
)
"""A text by what it says: "thank you post to"."""
HEADS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, FLAGS), rest)
    for pattern, rest in (
        (NAMED_TEXT.pattern, r"\1 to "),
        (
            (
                rf"^(?:(?:can|could)\s+(?:you|u)\s+)?(?:please\s+)?(?:write|make|create|draft)\s+(?:me\s+)?(?:something|{SMALL}(?:{MEDIA}\s+)?{TEXT})\s+(?:for|from)\s+"
                r"(?:an?|our|my|the)\s+[\w' -]{2,40}?\s+(?:saying|introducing|announcing|telling\s+\w+)\s+(?:that\s+)?(?=\w)"
            ),
            "",
        ),
        (r"^(?:please\s+)?(?:write|say|post|put)\s+(?:this|that|it|the\s+following)\s*:\s+", ""),
        (r"^an?\s+apology\s+from\s+[^:.!?]{2,50}\s+to\s+[^:.!?]{2,50}:\s+", "Sorry: "),
        (
            r"^say\s+(?=(?:thanks|thank\s+you|hello|goodbye|sorry|hi|happy|merry|congratulations|well\s+done|welcome)\b)",
            "",
        ),
        (rf"^{SMALL}(?:{MEDIA}\s+)?{TEXT}\s+(?:in\s+{LANGUAGE}\s+)?(?:for|to|on)\s+{OURS}:\s+", ""),
        (
            rf"^{SMALL}(?:{MEDIA}\s+)?{TEXT}\s+(?:in\s+{LANGUAGE}\s+)?(?:for|about)\s+an?\s+(?=[^:.!?]{{3,40}}:\s)",
            "",
        ),
        (
            rf"^(?:tell\s+(?:me|us)\s+how\s+to\s+(?:word|write|phrase)\s+)?{SMALL}(?:{MEDIA}\s+)?{TEXT}\s+for\s+{OURS}:\s+",
            "",
        ),
        (
            rf"^{SMALL}{TEXT}\s+for\s+(?:our|my|the)\s+[^:.!?]{{2,40}}?\s+(?:about|on)\s+(?=[^:]{{3,50}}:)",
            "",
        ),
        (
            (
                r"^(?:un[ea]?\s+|uma?\s+|eine?n?\s+)?(?:petite?\s+|courte?\s+|breve\s+|kurze[rn]?\s+|kleine[rn]?\s+|piccol[oa]\s+|pequen[oa]\s+)?(?:mot|message|texte|note|texto|mensaje|nota|testo|messaggio|biglietto|mensagem|bilhete|text|zettel|notiz)\s+"
                r"(?:pour\s+l[ae'\u2019]|para\s+(?:el|la|o|a)\s|per\s+(?:il|la|l['\u2019])|f\u00fcr\s+d\w\w\s)[^:.!?]{2,50}\s?:\s+"
            ),
            "",
        ),
        (
            r"(?<=\w)\s+(?:para\s+publicar|\u00e0\s+publier|da\s+pubblicare|zum\s+(?:posten|aush\u00e4ngen))(?=\s?:\s)",
            "",
        ),
        (r"^(job\s+(?:ad(?:vert)?|post(?:ing)?)|vacancy),\s*[a-z]+(?:\s+and\s+[a-z]+)?\s*:\s+", ""),
        (
            r"^(?:for\s+)?(?:the|our)\s+(?:\w+\s+)?(?:door|window|board|fridge|lift|gate|wall|page|website|newsletter|counter|till|screen|notice\s?board|entrance|hallway|kitchen)\s*:\s+",
            "",
        ),
        (rf"^{SMALL}{MEDIA}(?:\s+{TEXT})?(?:\s+(?:for|to)\s+{OURS})?\s*:\s*", ""),
        (
            rf"^{SMALL}(?:{MEDIA}\s+)?{TEXT}\s+(?:in\s+{LANGUAGE}\s+)?(?:about|on)\s+(?:how\s+(?=we\b))?",
            "",
        ),
        (rf"^{SMALL}{MEDIA}\s+{TEXT}\s+(?:in\s+{LANGUAGE}\s+)?for\s+", ""),
        (r"^for\s+(?:our|my|the|an?)\s+[^:.!?]{3,50}:\s+", ""),
        (
            rf"^explain\s+(?:(?:briefly|simply|in\s+\w+(?:\s+\w+)?\s+(?:words?|terms|language|sentences?))\s+)?(?:to\s+(?:our\s+|the\s+|my\s+)?{READERS}\s+)?(?=(?:why|how|what|when)\b)",
            "",
        ),
        (
            r"^(?:please\s+)?(?:write|create|draft|make|compose|prepare|design|post|give\s+us)\s+(?:an?|the|our|some|me|us|something|one|two|three|four|five|\d+)\b[^:.!?]{2,70}:\s+",
            "",
        ),
        (
            r"^(?:bitte\s+)?(?:schreib|verfass|formulier|erstell|entwirf|mach)\w*\s+(?:uns\s+|mir\s+)?(?:eine?n?\s+)(?:\w+\s+)?entschuldigung\b[^:.!?]{0,60}:\s+",
            "Entschuldigung: ",
        ),
        (
            r"^(?:bitte\s+)?(?:schreib|verfass|formulier|erstell|entwirf|mach)\w*\s+[^:.!?]{2,70}:\s+",
            "",
        ),
        (
            r"^(?:escrib\w+|redact\w+|haz|prepara|crea|publica)\s+[^:.!?]{2,70}:\s+",
            "",
        ),
        (
            r"^(?:écri[st]\w*|écrivez|rédige\w*|fais|faites|prépare\w*|publie\w*)\s+[^:.!?]{2,70}:\s+",
            "",
        ),
        (r"^(?:scriv\w+|prepara|crea|pubblica)\s+[^:.!?]{2,70}:\s+", ""),
        (r"^(?:escrev\w+|redij\w+|cri[ae]|faz|faça|publi\w+)\s+[^:.!?]{2,70}:\s+", ""),
        (
            r"^felicita\s+(?:las\s+(?:fiestas|navidades)|la\s+navidad)\s+a\s+",
            "Felices fiestas a ",
        ),
        (
            r"^(?:un|une)\s+(?:petit\s+|court\s+)?(?:mot|message|texte|post)\s+pour\s+souhaiter\s+(?:une?\s+)?",
            "",
        ),
        (
            r"^(?:eine?\s+)?(?:kurze[rn]?\s+)?(?:text|gruß|nachricht|post),?\s+(?:um|der|die|mit\s+der\s+wir)\b[^:.!?]{2,50}:\s+",
            "",
        ),
        (
            r"^(?:legenda|légende|didascalia|pie|bildunterschrift|caption)\b[^:.!?]{0,30}?\b(?:foto|photo|bild|imagen|imagem)\s+(?:da|do|de|di|del|della|du|von|of)\s+",
            "",
        ),
    )
)
"""How an order begins, and what stands for it."""
NESTED = re.compile(
    r"\s*(?:,\s*|\s)(?:and|y|e|et|und)\s+(?:(?:also|please|también|bitte|aussi)\s+)?"
    r"(?:(?:mention|say|add|tell\s+them|remind\s+(?:them|people|everyone))\s+(?:that\s+)?(?=(?:we|our|the|it|there|they|you|i)\b)"
    r"|(?:avisa|di|recuerda|menciona|añade)\s+(?:de\s+)?que\s+"
    r"|(?:dis|préviens|rappelle|précise|ajoute)\s+que\s+"
    r"|(?:sag\w*|erwähn\w*|schreib\w*|erinner\w*\s+daran),?\s+dass\s+"
    r"|(?:avvisa|di|ricorda|aggiungi)\s+che\s+"
    r"|(?:avisa|diz|lembra|acrescenta)\s+que\s+)",
    FLAGS,
)
"""A second order in the middle of a sentence: what it orders is a sentence of its own."""
TO_READERS = re.compile(
    rf"(?:(?<=[.!?])|^)\s*(?:please\s+)?(?:ask|tell|invite|remind|thank)\s+(?:all\s+)?(?:the\s+|our\s+|my\s+)?(?:[\w'-]+\s+)?{READERS}"
    r"(?:\s+(?:of|at|in|from)\s+(?:the\s+|our\s+|my\s+)?[\w' -]{2,30})?[.!]*\s*$",
    FLAGS,
)
"""A last sentence that only says whom to address."""
ORDERED_ASIDE = re.compile(
    r"(?:please\s+)?(?:apologi[sz]e(?:\s+(?:briefly|politely|sincerely|for\s+(?:that|it|this)))*|(?:an?\s+)?(?:bullet(?:ed)?|numbered)\s+(?:list|points)|"
    r"(?:thank|invite|remind|tell|congratulate)\s+(?:them|him|her|everyone|everybody)|ask\s+(?:what|which|how|who|where|people|them|everyone)\b[^?!.]{0,60})[.!]*",
    FLAGS,
)
"""A last sentence that orders something more and tells the readers nothing."""
COUNTED = re.compile(
    r"(?:(?<=[.!?])|^)\s*(?:(?:please|bitte|with|mit|con|avec|com|use|add|exactly|only|max(?:imum)?|just)\s+)*"
    r"(?:\d{1,2}|an?|no|one|two|three|four|five|six|eine?n?|zwei|drei|vier|fünf|une?|deux|trois|dos|tres|due|tre|dois|três)\s+"
    r"(?:hashtags?|emojis?|sentences?|words?|paragraphs?|sätze|frases|phrases|frasi)(?:\s+(?:please|only|bitte))?[.!]*\s*$",
    FLAGS,
)
"""A last sentence that only says how many hashtags or sentences there are."""

SELF = re.compile(
    r",\s*(?:an?\s+)?(?:quick|short|little|simple)\s+(?:tip|post|note|text)\b[^.!?,]*[.!]*$", FLAGS
)
"""A last clause that says what the words are to be."""


OPEN = re.compile(
    rf"^{SMALL}(?:{MEDIA}\s+)?{TEXT}\s+(?:in\s+{LANGUAGE}\s+)?(?:about|on|for)\b(?![^.!?]*:)|^explain\b",
    FLAGS,
)
"""An order for a text about something: a model writes it, and its kind matters."""

LOST_TEXT = re.compile(
    rf"^{SMALL}(?:{MEDIA}\s+)?{TEXT}\s+(?:for|about)\s+an?\s+(?:lost|found|missing|stolen)\b[^:.!?]{{2,40}}:\s",
    FLAGS,
)
"""A notice about a thing: "text for a lost drone: white, …"; the thing is no reader."""


def without_leftovers(text: str, *, head: bool = True) -> str:
    """The text without what is left of an order; the whole text if nothing else is in it."""
    first, *rest = text.split("\n")
    for pattern, instead in HEADS if head else ():
        changed = pattern.sub(instead, first, count=1)
        if changed != first and re.search(r"\w{2}", changed):
            first = re.sub(rf"(?:,\s*{STYLE})+[.!]?$", "", changed, flags=FLAGS)
            break
    parts = NESTED.split("\n".join((first, *rest)))
    left = ". ".join((*(part.rstrip(" ,.") for part in map(capital, parts[:-1])), parts[-1]))
    if len(parts) > 1:
        left = f"{left.removesuffix(parts[-1])}{capital(parts[-1])}"
    left = re.sub(r"(?<=[.!?]\s)say\s+sorry\b", "Sorry", left, flags=FLAGS)
    *others, last = re.split(r"(?<=[.!?])\s+", left)
    if others and ORDERED_ASIDE.fullmatch(last):
        left = left[: len(left) - len(last)].rstrip()
    for pattern in (COUNTED, TO_READERS, SELF):
        left = pattern.sub("", left).strip() or left
    return text if left == text else capital(left)


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
