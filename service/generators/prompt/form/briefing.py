"""Words of a prompt about its text: how it sounds, how it is laid out, where it goes.

They stand neither in the text nor on the poster. What the readers are to do is no such thing:
"Keep it short" is about the text, "Keep it in the fridge" is for them.
"""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

from service.generators.prompt.language import sentences

PLEASE = r"(?:(?:and|but|please|bitte|por\s+favor|s'il\s+vous\s+plaît|per\s+favore),?\s+)*"
STYLE = (
    r"(?:short|brief|concise|simple|clear|factual|neutral|warm|kind|friendly|cheerful|upbeat|funny|witty|soppy|cheesy|stiff|"
    r"formal|informal|casual|polite|serious|professional|personal|honest|positive|fun|catchy|punchy|snappy|calm|sober|urgent|"
    r"reassuring|solemn|dignified|respectful|heartfelt|sincere|festive|humorous|joyful|gentle|energetic|encouraging|motivating|"
    r"inspiring|chatty|conversational|tasteful|thoughtful|empathetic|understated|businesslike|neutral|cosy|cozy|quirky|enthusiastic|"
    r"exciting|inviting|welcoming|playful|light|lively|relaxed|modern|official|matter-of-fact|down-to-earth|to\s+the\s+point|"
    r"sachlich|kurz|knapp|freundlich|höflich|ernst|seriös|locker|herzlich|förmlich|einfach|corto|corta|breve|amable|cercano|"
    r"cercana|serio|seria|sencillo|court|courte|bref|brève|sérieux|chaleureux|sobre|poli|cordiale|amichevole|semplice|curto|"
    r"curta|sério|simpático|simpática|clair|claire|claro|clara|chiaro|chiara|klar)"
)
DEGREE = (
    r"(?:(?:very|a\s+bit|a\s+little|not|nicht|zu|too|but|and|und|aber|sehr|rather|quite|really|more|as|nice\s+and|muy|y|pero|no|"
    r"très|et|mais|pas|molto|e|ma|non|muito|mas|não)\s+)*+"
)
STYLES = rf"{DEGREE}{STYLE}(?:[\s,;]+{DEGREE}{STYLE})*"
THANKS = r"(?:,?\s+(?:please|bitte|por\s+favor|thanks|thank\s+you))?"
TEXT = r"(?:post|text|caption|tone|style|ad|advert|message|wording|announcement|tweet|notice|whole\s+thing)"
FORM = (
    r"(?:emojis?|hashtags?|jargon|slang|clichés?|exclamation\s+marks?|bullet\s+points?|capitals|call\s+to\s+action|tone|style|"
    r"voice|language|headline|long\s+words|jokes?|puns?|sarcasm|irony)"
)
END = rf"(?:,\s*(?:and\s+)?(?:no|without)\s+(?:any\s+)?{FORM})*[\s.!]*$"
LANGUAGE = (
    r"(?:english|german|french|spanish|italian|portuguese|turkish|polish|dutch|arabic|ukrainian|russian|welsh|englisch|deutsch|"
    r"französisch|spanisch|italienisch|inglés|francés|español|alemán|anglais|français|espagnol|allemand|inglese|francese|"
    r"spagnolo|tedesco|inglês|francês|espanhol|alemão)"
)
PLACE = (
    r"(?:page|newsletter|website|feed|account|profile|blog|channel|noticeboard|followers|readers)"
)
ABOUT_FORM = tuple(
    re.compile(pattern + END, re.IGNORECASE)
    for pattern in (
        r"(?:an?\s+)?question\s+(?:for|to)\s+(?:the\s+|our\s+|my\s+)?\w+(?:\s+of\s+[\w\s'\u2019-]{2,50})?",
        r"(?:please\s+)?(?:only|just)(?:\s+please)?",
        r"(?:bitte\s+)?(?:schreiben|verfassen|formulieren|texten)",
        r"(?:please\s+)?(?:write|(?:keep|make|write)\s+it|use|end|begin|start|please)[^\w]*",
        rf"{PLEASE}(?:as\s+a\s+list|(?:(?:tono|ton|tone|style|stil|tom|tonfall)\s*:?\s+)?{STYLES}){THANKS}",
        rf"{PLEASE}(?:in\s+|with\s+)?(?:an?\s+)?{STYLES}\s+(?:tone|style|voice|wording|ton|tono|tom){THANKS}",
        rf"{PLEASE}(?:sachlich|freundlich|ernst|herzlich|locker|höflich)e[rnm]?\s+(?:ton|stil)",
        rf"{PLEASE}(?:keep|make|write|have)\s+(?:it|this|(?:the|our)\s+{TEXT})\s+(?:sound\s+|feel\s+|read\s+|all\s+)?(?:like\s+[\w ]+|{STYLES})(?:\s+in\s+tone)?{THANKS}",
        rf"{PLEASE}(?:(?:it|they)\s+(?:should|must|can)\s+)?(?:(?:do\s+not|don't)\s+)?(?:sound|(?:be|make\s+it)(?=\s+(?:too\s+|not\s+|very\s+)*(?:short|brief|concise|factual|formal|informal|casual|funny|witty|long)\b))\s+{DEGREE}(?:long|{STYLES})(?:\s+about\s+it)?{THANKS}",
        rf"{PLEASE}(?:use|add|include|avoid|no|without|(?:do\s+not|don't|never)\s+(?:use|add|include|write))\s+(?:(?!(?:your|our|us|to|at|for)\b)[\w-]+,?\s+){{0,4}}?{FORM}(?:\s+(?:at\s+the\s+end|in\s+it|or\s+[\w ]+)){{0,1}}{THANKS}",
        r"(?:please\s+)?explain(?:\s+(?:it|this|why|how))?(?:\s+(?:in|as)\s+[\w ]{2,40})?",
        rf"{STYLES}\s+im\s+ton|(?:texte|texto|testo|text)\s+{STYLES}",
        r"(?:escríbelo|hazlo|écris-le|écrivez-le|scrivilo|schreib\w*\s+(?:es|das)|escreva-o)\s+[^.!?\d]{2,40}",
        rf"the\s+{TEXT}\s+(?:should|must|has\s+to|needs\s+to|is\s+to|may|can)\s+(?:not\s+)?(?:be|sound|have|feel|stay|mention|end|begin|start)\b[^.!?]*",
        rf"{PLEASE}(?:end|start|begin|finish|close)\s+(?:it\s+|the\s+{TEXT}\s+)?(?:with|on|by)\s+an?\s+(?:\w+\s+){{0,2}}(?:question|call\s+to\s+action|joke|pun|hook){THANKS}",
        r"(?:max|maximum|limit|not\s+more\s+than|at\s+most)\b[^.!?]*\b(?:words?|characters?|sentences?|emojis?|hashtags?)",
        rf"{PLEASE}(?:(?:write|do|make|post|give|put|translate|publish)\s+(?:it|this|that|everything|all|the\s+{TEXT})?\s*)?(?:in|into|auf|en|em)\s+{LANGUAGE}\b(?!\s+(?-i:[A-Z\d]))[^.!?:]*",
        r"(?:please\s+)?(?:write|make|create|draft|compose)\s+(?:me\s+|us\s+)?an?\s+(?:\w+\s+){0,2}?(?:apology|post|text|caption|message|announcement|note|notice|invitation|reminder|ad|advert|tweet)\b(?!\s*:)(?!\s+(?:to|on|under)\b)[^:\d]{0,60}",
        r"for\s+(?:an?|our|my|the)\s+[\w' -]{2,40}\b(?:followers|customers|readers|page|clients|members|newsletter|website|channel)",
    )
)
"""Sentences about the text, not of it: each names the text, its form or its style and nothing else."""

OF_READERS = re.compile(r"\b(?:below|under\s+this|to\s+win|at\s+the\s+till)\b", re.IGNORECASE)
"""Signs that the readers are to write: "Write a comment under this post"."""

LONGEST = 200
"""Characters of a sentence about the text: longer ones tell something."""

AD_FOR = re.compile(
    r"^(?:please\s+)?(?:(?:write|make|create|draft)\s+(?:me\s+|us\s+)?)?(?:an?\s+)?(?:(?:short|small|friendly|little)\s+)?"
    r"(?:ad|advert|advertisement|post|caption|tweet)\s+(?:for|about)\s+(?:an?\s+)?(?=\w)",
    re.IGNORECASE,
)
"""The words of an order before what a sentence tells: "Ad for a curry night on Friday"."""

TAILS = re.compile(
    rf"^for\s+(?:an?|our|my|the)\s+(?:[\w-]+(?:['\u2019]s?)?\s+){{1,4}}?{PLACE}\s*:\s*|"
    rf"[\s,]+for\s+(?:an?|our|my|the)\s+(?:[\w-]+(?:['\u2019]s?)?\s+){{1,4}}?{PLACE}(?=\s*[,.!?]|$)|"
    r"[\s,]+(?:(?:in|as)\s+)?(?:\d{1,2}|an?|two|three|four|five|six|seven|eight|ten)\s+(?:short\s+|easy\s+|simple\s+|clear\s+)?steps(?=\s*[,.!?]|$)|"
    r"[\s,]+(?:without|no)\s+(?:any\s+)?(?:jargon|slang|clichés)(?=\s*[,.!?]|$)|"
    r",?\s+as\s+(?:an?\s+)?(?:(?:short|numbered|bulleted)\s+)?(?:list|bullet\s+points|bullets|checklist)(?=\s*[,.!?:]|$)",
    re.IGNORECASE,
)
"""Where a text goes and how it is laid out, at the end of a sentence or a clause."""


def about_form(sentence: str) -> bool:
    """Whether a sentence is about the text: its tone, its length, its language, its place."""
    if len(sentence) > LONGEST or OF_READERS.search(sentence):
        return False
    return any(pattern.match(sentence) for pattern in ABOUT_FORM)


def told(sentence: str) -> str:
    """What a sentence behind the first tells, without the words of an order before it."""
    rest = AD_FOR.sub("", sentence)
    return sentence if rest == sentence else rest[:1].upper() + rest[1:]


def without_briefing(line: str) -> str:
    """The line without sentences about the text and without its layout and place."""
    parts, rest = sentences.split(TAILS.sub("", line))
    first, *others = [*parts, rest]
    return " ".join((first, *(told(other) for other in others if not about_form(other)))).strip()
