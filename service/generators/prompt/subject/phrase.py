"""The subject of a prompt without its instruction, as a noun phrase if it is one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.generators.prompt.language.lexicon import (
    COMMON,
    COMMON_ENDINGS,
    COUNTABLE,
    FINITE,
    IMPERATIVES,
    INVITING,
    NAMES,
    NOT_FORMS,
    PREPOSITIONS,
    RELATIVES,
    TELLERS,
    UNCOUNTED,
)
from service.generators.prompt.language.numbers import NUMBERS
from service.generators.prompt.language.words import is_latin, words

ORDER = re.compile(
    r"""^(?:(?:hi|hello|hey|ok|okay)\b[\s,!.]*)?(?:please\s+|kindly\s+)?
    (?:(?:can|could|would|will)\s+you\s+|i\s+(?:need|want|would\s+like|'d\s+like)\s+(?:you\s+to\s+)?|
       let's\s+|help\s+me\s+(?:to\s+)?)?(?:please\s+)?
    (?:(?:write|create|generate|compose|draft|make|prepare|give|tell|come\s+up\s+with|suggest|list|show|
       describe|explain|define|announce|introduce|promote|advertise|share|post|tweet|say|talk|
       summari[sz]e|invite|thank|congratulate|do|produce)\b\s*)?
    (?:(?:me|us|people|everyone|everybody|customers|our\s+(?:customers|followers|team)|the\s+world)\s+)?
    (?:to\s+(?=a\b|an\b|the\b|our\b|my\b)|about\s+|that\s+|on\s+)?""",
    re.VERBOSE | re.IGNORECASE,
)
FORM = re.compile(
    r"""^(?:(?:a|an|the|my|our|some|one|two|three|four|five|six|seven|eight|nine|ten|\d+)\s+)?
    (?:(?!of\b|for\b|about\b|on\b|with\b|in\b|to\b)[\w'-]+\s+){0,4}?
    (?:captions?|descriptions?|tweets?|posts?|headlines?|titles?|slogans?|tag\s?lines?|mottos?|
       catch\s?phrases?|e-?mails?|newsletters?|letters?|texts?|paragraphs?|sentences?|stor(?:y|ies)|
       tales?|lines?|blurbs?|ads?|advert\w*|cop(?:y|ies)|messages?|explanations?|answers?|poems?|
       haikus?|quotes?|wish(?:es)?|greetings?|invitations?|notes?|bio|biography|announcements?|
       intro(?:duction)?s?|openings?(?=\s+(?:of|for|lines?|paragraphs?)\b)|reviews?|thing|thoughts?)\b
    (?:\s+(?:text|post|line|copy|caption|story|message))?
    (?:\s+(?:of|to|for)\s+(?:a\s+|the\s+)?(?:[\w-]+\s+)?(?:story|tale|novel|instagram|twitter|facebook|
       linkedin|social\s+media)(?:\s+post)?)?
    (?:\s*(?:,|:|-)?\s*(?:for|about|of|on|to|that|which|who|announcing|describing|promoting|
       introducing|explaining|celebrating|inviting\s+people\s+to|saying|says|in\s+which|where|with)
       (?:\s+(?:announces?|describes?|promotes?|introduces?|explains?|celebrates?|invites?)\b
          (?:\s+people\s+to)?)?\b)?
    [\s:,-]*""",
    re.VERBOSE | re.IGNORECASE,
)
PHOTO = re.compile(
    r"^(?:an?\s+|the\s+|my\s+|our\s+)?(?:photo(?:graph)?|picture|pic|image|shot|selfie|video|reel)s?\s+of\s+",
    re.IGNORECASE,
)
LAUNCH = re.compile(
    r"""^(?:the\s+|our\s+|a\s+)?(?:grand\s+|official\s+|upcoming\s+)?(?:launch|release|introduction|
    arrival|opening|start|unveiling)\s+of\s+""",
    re.VERBOSE | re.IGNORECASE,
)
TAIL = re.compile(
    r"""[\s,;(]*\b(?:for|on|to|as)\s+(?:our\s+|my\s+|an?\s+|the\s+)?(?:instagram|twitter|facebook|linkedin|
    social\s+media)(?:\s+(?:post|caption|account|page|story|feed))?[)\s.]*$|
    \s*,\s*instagram\W*$|
    [\s,;(]*\b(?:text|caption|post|copy)\s+(?:for|on)\s+(?:instagram|twitter|facebook|linkedin)\W*$|
    [\s,;(]*\b(?:with(?:out)?|no|and|using)\s+(?:[\w-]+\s+){0,2}?(?:hashtags?|emojis?)\b.*$""",
    re.VERBOSE | re.IGNORECASE,
)

ARTICLE = re.compile(
    r"^(?:an?|the|our|my|your|this|that|these|those|some|his|her|their)\s+", re.IGNORECASE
)
GREETINGS = re.compile(
    r"""(?:merry\s+christmas|season's\s+greetings|best\s+wishes|good\s+luck|welcome|thank\s+you|happy\s+(?:new|
    easter|holidays?|halloween|hanukkah|eid|diwali|thanksgiving|valentine|anniversary|\w+day)\S*)(?!\w)""",
    re.VERBOSE | re.IGNORECASE,
)
"""What is said to the readers themselves."""

ARTICLES = frozenset({"a", "an", "some", "several"})
OBJECTS = frozenset({"a", "an", "the", "my", "our", "his", "her", "their", "its", "each"})

STATEMENT_WORDS = range(4, 26)
"""So long is a prompt that can be the first sentence of its text."""

LONGEST_PHRASE = (14, 100)
"""Words and characters of what can still be put into a sentence."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase and the forms of it that sentences need."""

    a: str
    plural: bool
    inner: bool
    """Whether it can stand inside a sentence: a capital at its start is no doubtful one."""

    related: bool = False
    """Whether it has a relative clause ("who", "that") already."""

    @property
    def it(self) -> str:
        """Without its article."""
        return ARTICLE.sub("", self.a)

    def forms(self) -> dict[str, str]:
        """What the patterns of `kinds` may name."""
        return {
            "a": self.a,
            "A": self.a[:1].upper() + self.a[1:],
            "it": re.sub(r"^new\s+", "", self.it, flags=re.IGNORECASE),
            "is": "are" if self.plural else "is",
            "was": "were" if self.plural else "was",
            "this": "these" if self.plural else "this",
            "This": "These" if self.plural else "This",
            "s": "" if self.plural else "s",
        }


def subject(prompt: str) -> str:
    """The prompt without the words that only order a text."""
    rest = TAIL.sub("", prompt).strip()
    ordered = ORDER.sub("", rest, count=1)
    formed = FORM.sub("", ordered, count=1)
    # A form without an order ("A story ...", "Caption for ...") counts only with its preposition.
    if formed != ordered and (ordered != rest or re.match(FORM.pattern, rest, FORM.flags)):
        ordered = formed
        # "an e-mail to my team about the meeting" is about the meeting.
        ordered = re.sub(r"^.{3,40}?\babout\s+(?=\S)", "", ordered)
    ordered = ordered.strip(" \"'.,:;?-")
    ordered = re.sub(r"(?i)(?<=\w)\s+(?:photo|picture|pic|selfie|shot)$", "", ordered)
    return LAUNCH.sub("", PHOTO.sub("", ordered)) or rest


def noun_phrase(text: str) -> Phrase | None:
    """The text as a noun phrase, None if it looks like anything else."""
    text = text.strip(" .,:;-\"'")
    found = [word.lower() for word in words(text)]
    if (
        not found
        or len(found) > LONGEST_PHRASE[0]
        or len(text) > LONGEST_PHRASE[1]
        or re.search(r"[.!?;:\"\n()<>{}\[\]/\\]", text)
    ):
        return None
    relative = next((i for i, word in enumerate(found) if word in RELATIVES), len(found))
    gerund = len(found) > 1 and found[0] in {"never", "always"} and found[1].endswith("ing")
    ordering = found[0] in IMPERATIVES | INVITING and not gerund
    if FINITE & set(found[:relative]) or ordering or not is_latin(text):
        return None
    head = next((i for i, word in enumerate(found) if word in PREPOSITIONS), len(found))
    head = next((i for i in range(1, head) if _is_participle(found, i)), head)
    noun = found[head - 1] if head else found[0]
    several = re.match(r"(?:(?!\b(?:with|in|on|at|for|from|between|by|near)\b).)+?\band\b", text)
    plural = bool(several) or (bool(re.search(r"(?<![sui])s$", noun)) and noun not in UNCOUNTED)
    plural = plural or (NUMBERS.get(found[0], 0) > 1 and found[0] not in ARTICLES)
    certain = bool(ARTICLE.match(text)) or _common(text)
    if text[1:2].islower() or text[1:2] == " ":
        text = text[:1].lower() + text[1:] if certain else text
    if not ARTICLE.match(text) and noun in COUNTABLE and not plural and text[:1].islower():
        text = with_article(text)
    return Phrase(text, plural, certain or text[:1].islower(), relative < len(found))


def _is_participle(found: list[str], at: int) -> bool:
    """Whether a word says what the noun before it does: "kids building a castle"."""
    follows = found[at + 1] if at + 1 < len(found) else ""
    acting = found[at].endswith("ing") and found[at] not in NOT_FORMS - {"building", "meeting"}
    return acting and follows in OBJECTS | PREPOSITIONS


def _common(text: str) -> bool:
    """Whether the capital at the start is only that of a prompt, not of a name."""
    first, _, others = text.partition(" ")
    return (
        (first.lower() in COMMON or first.lower().endswith(COMMON_ENDINGS))
        and first.lower() not in NAMES
        and not others[:1].isupper()
    )


def with_article(noun: str) -> str:
    """A noun with "a" before it, if it is one that can be counted."""
    if noun.rpartition(" ")[2] not in COUNTABLE and not PREPOSITIONS & set(noun.split()):
        return noun
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def statement(text: str) -> str:
    """The text as a sentence, if it is one that tells something; else empty."""
    found = [word.lower() for word in words(text)]
    tells = found and (
        found[0] in INVITING | {"we", "i"}
        or GREETINGS.match(text)
        or (found[0] in TELLERS and FINITE & set(found[1:]))
    )
    if not tells or len(found) not in STATEMENT_WORDS or re.search(r"[?:;\n]|[.!]\s", text):
        return ""
    return f"{text[:1].upper()}{text[1:].rstrip(' .')}{'' if text.endswith('!') else '.'}"
