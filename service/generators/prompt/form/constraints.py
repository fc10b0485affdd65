"""Constraints of a prompt: what the form of its text has to be, and what cannot be kept.

The wordings are rows of `constraints.tsv`, those of lengths are in `lengths`.
"""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, fields, replace
from pathlib import Path

from service.generators.prompt.form.lengths import ANY, Bound, Lengths, lead_in, lengths
from service.generators.prompt.language.numbers import NUMBER, number

TABLE = Path(__file__).with_name("constraints.tsv")

QUOTES = "\"\u201c\u201e\u00ab'\u2018", "\"\u201d\u201c\u00bb'\u2019"
ANY_TITLE = "?"
"""A title whose words a prompt leaves open."""

TEXT = rf"(?:[{QUOTES[0]}](?P<{{0}}>[^\"\u201d\u201c\u00bb]+?)[{QUOTES[1]}](?!\w)|(?!(?:an?|the|one|some|our|un|una|eine?r?)\b)(?P<{{0}}_>[^.,;!?\"]+?[!?]?)(?=[.,;]|\s+and\s|$))"
"""Words that are given: in quotation marks, or up to the next mark."""

THING = r"(?P<{0}>[\w'\u2019-]+(?:\s+(?:or|and|nor|o|ou|oder|y|et|und|e)\s+[\w'\u2019-]+)*)"
PARTS = {
    **{f"text{n}": TEXT.format(f"text{n}") for n in ("", "2", "3")},
    **{f"thing{n}": THING.format(f"thing{n}") for n in ("", "2")},
    "n": NUMBER,
    "to": r"(?:\s+(?:to|for)\s+(?:the|our|my|your)\s+\w+)?(?=[\s.!,;]|$)",
}

LANGUAGES = (
    r"(?:german|french|spanish|italian|portuguese|dutch|polish|russian|chinese|japanese|arabic|turkish|"
    r"hindi|korean|swedish|danish|greek|latin|ukrainian|czech)"
)
TAUGHT = (
    r"(?:courses?|class(?:es)?|lessons?|conversations?|workshops?|books?|films?|movies?|readings?|tours?|guides?|"
    r"seminars?|exams?|training|degree|plays?|songs?|speaks?|talks?|menus?|mass|services?|stories|evenings?|groups?|"
    r"magazines?|lectures?|subtitles|available|held|taught|spoken|tuition)"
)
"""What may be in a language itself: "our course in German" is no order to translate."""

REFUSED: tuple[tuple[str, str], ...] = (
    (r"\b(?:write|phrase|word|put|say|formulate)\s+(?:(?:it|this|that)\s+)?as\s+an?\s+question\s*[:,](?!.*\?)|^(?!\W*frag)(?!.*\?).*\b(?:schreib\w*|formulier\w*|stell\w*)\s+(?:es|das)\s+als\s+frage\b", "turn a statement into a question"),
    (r"\b(?:as|in|return|output|valid|give\s+me|create|generate|write|produce)\s+(?:(?:me|us)\s+)?(?:an?\s+|the\s+|some\s+)?(?:valid\s+)?(?:json|xml|yaml|csv|html|markdown|sql|latex|python|javascript)\b(?!\s+(?:course|class|workshop|meetup|developer))", "write data formats"),
    (r"\b(?:als|como|comme|come|en|em|im)\s+(?:\w+[\s-])?(?:json|xml|yaml|csv|html|markdown)\b", "write data formats"),
    (r"\b(?:as|in)\s+(?:an?\s+)?(?:table|spreadsheet)(?=[\s.!]*$|[,.;:])|\b(?:make|create|write)\s+(?:me\s+)?an?\s+(?:table|spreadsheet)\s+(?:of|with|for)\b", "make tables"),
    (r"\b(?:with|add|includ(?:e|ing)|and)\s+an?\s+(?:\w+\s+)?(?:p\.?\s?s\b|postscript)", "write a postscript"),
    (r"^(?!.*\?).*(?:\b(?:open|start|begin)(?:ing)?\s+(?:it\s+)?with\s+an?\s+(?:\w+\s+)?question\b|\bquestion\s+as\s+(?:the|an)\s+(?:opening|opener|hook|headline|first)\b)", "begin with a question"),
    (rf"\b(?:in|auf|en|em)\s+(?:english|{LANGUAGES})\s+and\s+(?:english|{LANGUAGES})\b|\b(?:auf|in)\s+(?:deutsch|englisch|französisch)\s+und\s+(?:deutsch|englisch|französisch)\b|\ben\s+(?:español|inglés|francés|français|anglais|allemand)\s+(?:y|et)\s+(?:en\s+)?(?:español|inglés|francés|français|anglais|allemand)\b|\bin\s+(?:italiano|inglese)\s+e\s+(?:in\s+)?(?:italiano|inglese)\b|\bem\s+(?:português|inglês)\s+e\s+(?:em\s+)?(?:português|inglês)\b|\bbilingual\b|\bzweisprachig\b|\bbilingüe\b", "write two languages"),
    (r"\bsentences?\s*:\s*(?:the\s+)?first\b|\bfirst\s+(?:sentence\s+)?about\b.*\bsecond\s+(?:sentence\s+)?about\b", "write to a plan of sentences"),
    (r"\bhaiku[\s-](?:like|style|form)\b|\bin\s+the\s+style\s+of\b|\bacrostic\b|\b(?:with|in)\s+(?:\w+\s+)?rhymes?\b|\bthat\s+rhymes?\b|\brhym(?:ing|ed)\s+(?:\w+\s+)?(?!dictionar|slang|night|workshop)\w|\b(?:gereimt\w*|in\s+reimen|en\s+rimas?|en\s+rimes|in\s+rima|em\s+rima)\b|\b(?:like|as)\s+(?:an?\s+)?(?:pirate|shakespeare|yoda|robot|cowboy|vampire|alien|medieval\s+\w+|film\s+noir|detective|poet|rapper|news\s+anchor|dog|cat)\b|\bin\s+the\s+(?:voice|manner|words)\s+of\b|\bas\s+if\s+(?:it\s+were|it\s+was|you\s+were|written\s+by|spoken\s+by|told\s+by)\b|\b(?:write|written|told?|speak|talk|say|make\s+it)\s+(?:it\s+|this\s+)?as\s+(?:if|though)\b|\b(?:from\s+the\s+(?:point\s+of\s+view|perspective|viewpoint)\s+of|aus\s+(?:der\s+)?(?:sicht|perspektive)\s+(?:eine[rs]|de[rs]|von)|(?:schreib\w*|klingt?|als)\s+(?:es\s+)?(?:so,?\s+)?als\s+ob|desde\s+(?:el\s+punto\s+de\s+vista|la\s+perspectiva)\s+de|(?:escr\w+|écri\w+|scriv\w+)\s+(?:\w+\s+)?com[oe]\s+s[ie]\b|du\s+point\s+de\s+vue|dal\s+punto\s+di\s+vista|do\s+ponto\s+de\s+vista)\b|\b(?:turn|make|put)\s+(?:it|this|that)\s+into\s+an?\s+(?:riddle|poem|joke|song|story|quiz|rap|dialogue|limerick|haiku|fairy\s+tale)\b|\b(?:write|word|phrase|do|say|tell|make)\s+(?:it|this|that)\s+(?:sound\s+)?like\s+an?\s+\w|\b(?:schreib\w*|formulier\w*)\s+(?:es|das)\s+wie\s+ein|\b(?:escríbelo|escrib\w+lo)\s+como\s+un|\b(?:écris|écrivez)-le\s+comme\s+un|\bscrivilo\s+come\s+un|\b(?:as|like)\s+an?\s+(?:countdown|dialogue|diary(?:\s+entry)?|interview|fairy\s+tale|telegram|riddle|quiz|rap|haiku|limerick|poem|song|horror\s+\w+|detective\s+\w+)\b|\bin\s+(?:pirate|shakespearean|yoda)\s+(?:speak|language|style)\b", "imitate a style"),
    (r"^(?:zwei|drei|vier|mehrere|dos|tres|varias|deux|trois|plusieurs|due|tre|alcune|duas|três|two|three|four|several)\s+(?:\w+\s+)?(?:versions?|variants?|varianten|versionen|versiones|variantes|versioni|varianti|versões|options?|alternatives)\b", "write several texts at once: ask for variants instead"),
    (r"^(?:please\s+)?(?:write|give|create|draft|make|come\s+up\s+with|suggest|i\s+need|we\s+need|need)\s+(?:me\s+|us\s+)?(?:[2-9]|\d\d|two|three|four|five|six|seven|eight|nine|ten|several|some|a\s+few)\s+(?:(?:different|short|catchy|alternative|possible|new)\s+)*(?:tag\s?lines?|slogans?|captions|versions|variants?|variations|options|alternatives|ideas|posts|headlines|tweets|subject\s+lines)\b", "write several texts at once: ask for variants instead"),
    (rf"\b(?:post|caption|text|message|note|notice|letter|sign|reminder|tweet|it|this|that|the\s+following|everything|answer|announcement|invitation|ad|reply|email|e-mail)\s+in\s+{LANGUAGES}\b|^\W*(?:please\s+|bitte\s+)?(?:write|answer|reply|say)\s+in\s+{LANGUAGES}\b|(?:^|[,.;:]\s*(?:and\s+)?(?:all\s+|but\s+)?)(?:please\s+)?in\s+{LANGUAGES}\b(?=(?:,?\s+please)?[\s.!]*$|(?:,?\s+please)?[:,])|\b(?:translate[sd]?|translating)\s+(?:it|this|that|the|into|to)\b|\b(?:auf|en|in|em)\s+(?:englisch|inglés|anglais|inglese|inglês)(?=[\s.!]*$|[.,;])", "translate: write the prompt in the language of the text"),
)  # fmt: skip
"""What a small model cannot do, and how that is called."""

FINAL_LANGUAGE = re.compile(
    rf"^(?:please\s+)?(?:write|create|compose|draft|make|post|announce|tell|invite|remind|ask|thank|describe)\b.*?"
    rf"(?P<before>[\w'-]+)\s+in\s+{LANGUAGES}[\s.!]*$",
    re.IGNORECASE | re.DOTALL,
)
"""An order whose last words name a language."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the form of a text has to be."""

    begins: str = ""
    ends: str = ""
    avoid: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    case: str = ""
    """"upper", "lower" or empty."""
    commas: bool = True
    exclaims: bool = True
    """Whether it may have exclamation marks."""
    listed: str = ""
    """"bullets", "numbered" or empty."""
    items: int = 0
    """How many items of a list; 0 for any."""
    question: bool = False
    """Whether it has to end with a question."""
    emoji: int = 0
    paragraphs: int = 0
    title: str = ""
    """Its words, or ANY_TITLE."""
    title_case: str = ""
    """"upper" for a title in capitals; else as the text."""
    asking: str = ""
    """A further order to ask the readers something: "Ask which one they would try"."""
    postscript: str = ""
    words: Bound = ANY
    characters: Bound = ANY
    sentences: Bound = ANY
    hashtags: Bound = ANY
    emoji_of: tuple[str, ...] = ()
    """What the emoji are of, in the prompt's words: "a pumpkin emoji"."""
    emoji_last: bool = False
    """Whether the emoji have to stand at the very end."""
    no_emoji: bool = False
    points: tuple[str, ...] = ()
    """The points that a list behind the text has to have."""
    salutation: str = ""
    """The first line of a text for readers that the prompt names."""
    signature: str = ""
    thanks: bool = False
    """Whether it has to end with thanks."""
    action: bool = False
    """Whether it has to end with a call to action."""
    asks: bool = True
    """Whether it may have a question that the prompt does not have."""
    sober: bool = False
    """Formal, factual, serious: no exclamation marks, no emoji, no cheerful line."""
    warm: bool = False
    """Friendly: it has a polite closing line."""
    lively: bool = False
    """Cheerful: it has an emoji."""
    address: str = ""
    """How readers are addressed or who speaks: "du", "sie", "we", "i", "third"; or empty."""

    def with_more(self, more: Constraints) -> Constraints:
        """These constraints with those of another that are set."""
        names = (field.name for field in fields(self))
        changed = {name: getattr(more, name) for name in names}
        if more.title == ANY_TITLE:
            changed["title"] = self.title or ANY_TITLE
        return replace(self, **{n: v for n, v in changed.items() if v != getattr(NONE, n)})

    def styled(self, text: str) -> str:
        """The text in its case, without commas if it must have none; changes letter by letter."""
        if not self.commas:
            text = text.replace(",", "")
        if not self.exclaims:
            text = re.sub(r"[\s\u00a0]?!+", ".", text).replace("\u00a1", "")
        return {"upper": text.upper(), "lower": text.lower()}.get(self.case, text)

    def breach(self, text: str) -> str:
        """What a text breaks: a word or words for a message; empty if it keeps them all."""
        many = {
            "words": (self.words, len(text.split())),
            "characters": (self.characters, len(text)),
        }
        for unit, (bound, count) in many.items():
            if bound and not bound.holds(count):
                return f"{bound} {unit}"
        return ""

    def shorter_by(self, around: str) -> Constraints:
        """The same for a text that has more around it: the greeting of an e-mail."""

        def less(bound: Bound, count: int) -> Bound:
            most = None if bound.most is None else max(1, bound.most - count)
            return Bound(max(0, bound.least - count), most)

        words, characters = (
            less(self.words, len(around.split())),
            less(self.characters, len(around)),
        )
        return replace(self, words=words, characters=characters)

    def avoided(self, text: str) -> str:
        """The word of a text that has to be avoided; empty if there is none."""
        return next((word for word in self.avoid if said(word, text)), "")

    def left_out(self, text: str) -> str:
        """The word that a text has to include and does not; empty if there is none."""
        return next((word for word in self.include if word.lower() not in text.lower()), "")


NONE = Constraints()
"""Nothing is asked for."""


def said(word: str, text: str) -> bool:
    """Whether a text says a word, in the singular or the plural."""
    base = re.escape(word.lower().removesuffix("s"))
    return bool(re.search(rf"\b{base}(?:s|es|n|en)?\b", text, re.IGNORECASE))


@functools.cache
def wordings() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The rows of the table, by name."""
    rows = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines()[1:])
    return tuple(
        (
            name,
            re.compile(
                r"(?<!\w)(?:"
                + re.sub(r"\{([a-z]\w*)\}", lambda part: PARTS[part[1]], pattern)
                + r")",
                re.IGNORECASE,
            ),
        )
        for name, pattern in rows
    )


def impossible(prompt: str) -> str:
    """What a prompt asks for that a small model cannot do; empty for nothing."""
    for name, pattern in wordings():
        prompt = pattern.sub(" ", prompt) if name == "postscript" else prompt
    bare = re.sub(r"[\"\u201c\u00ab][^\"\u201d\u00bb]{0,300}[\"\u201d\u00bb]", " ", prompt)
    for sign, name in REFUSED:
        if re.search(sign, bare, re.IGNORECASE):
            return name
    last = FINAL_LANGUAGE.match(bare)
    if last and not re.fullmatch(TAUGHT, last["before"], re.IGNORECASE):
        return REFUSED[-1][1]
    return ""


ENDS = re.compile(r"(?:\s*[,;:]+\s*(?=[.!?](?:\s|$))|\s+(?=\.(?:\s|$)))([.!?])")
"""A comma before the end of a sentence, where a constraint has gone; French has spaces before "!"."""


def constraints(prompt: str) -> tuple[str, Constraints]:
    """Take the constraints out of a prompt."""
    found: dict[str, list[str]] = {}
    for name, pattern in wordings():
        while match := pattern.search(prompt):
            parts = [part.strip() for part in match.groupdict().values() if part]
            if name in {"bullets", "numbered"} and not parts:
                parts = ["0"]
            found.setdefault(name, []).append(parts[0] if parts else "yes")
            start = lead_in(prompt, match.start())
            end = " " if start and match.end() < len(prompt) else ""
            prompt = prompt[:start] + end + prompt[match.end() :]
    prompt, measured = lengths(prompt)
    prompt = " ".join(re.sub(r"^[\s,.;:]+", "", prompt).split())
    prompt = re.sub(r"\s+([.,;])", r"\1", re.sub(ENDS, r"\1", prompt))
    return re.sub(r"\.(?:\s*\.)+", ".", prompt).strip(" ,;"), _constraints(found, measured)


def _constraints(found: dict[str, list[str]], measured: Lengths) -> Constraints:
    emoji = number(found.get("emoji", [""])[0]) or 2 * ("some_emoji" in found)
    emoji = emoji or int("one_emoji" in found)
    several = r"\s+(?:or|and|nor|o|ou|oder|y|et|und|e)\s+"
    return Constraints(
        begins=found.get("begins", [""])[0],
        ends=found.get("ends", [""])[0],
        avoid=tuple(w for text in found.get("avoid", ()) for w in re.split(several, text)),
        include=tuple(found.get("include", ())),
        case="upper" if "upper" in found else "lower" if "lower" in found else "",
        items=number((found.get("bullets") or found.get("numbered") or ["0"])[0]) or 0,
        commas="commas" not in found,
        exclaims="exclaims" not in found,
        listed="numbered" if "numbered" in found else "bullets" if "bullets" in found else "",
        question="question" in found,
        emoji=0 if "no_emoji" in found else emoji,
        paragraphs=number(found.get("paragraphs", [""])[0]) or 0,
        title=found.get("title", [ANY_TITLE if "some_title" in found else ""])[0],
        postscript=found.get("postscript", [""])[0],
        words=measured.words,
        characters=measured.characters,
        sentences=measured.sentences,
    )
