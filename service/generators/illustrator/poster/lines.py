"""Divides the words of a poster into a headline and lines."""

# ruff: noqa: E501, RUF001 - tables of words; the dashes and quotes are those that prompts have

from __future__ import annotations

import re

from service.generators.illustrator.poster.facts import FACT

FLAGS = re.IGNORECASE
SHORT_HEAD, LONG_HEAD = 6, 46
"""Characters of a headline: at least, and above what it is divided where its sense allows it."""
ONE_LINE = 30
"""Characters: pieces up to this share a line."""
FEW = 2

FUNCTION = frozenset(
    [
        "every",
        "each",
        "on",
        "at",
        "from",
        "until",
        "till",
        "this",
        "next",
        "for",
        "by",
        "since",
        "between",
        "near",
        "in",
        "to",
        "of",
        "the",
        "a",
        "an",
        "and",
        "or",
        "with",
        "our",
        "your",
        "my",
        "is",
        "are",
        "el",
        "los",
        "la",
        "las",
        "a",
        "al",
        "hasta",
        "desde",
        "cada",
        "de",
        "del",
        "en",
        "y",
        "o",
        "con",
        "por",
        "para",
        "un",
        "una",
        "este",
        "esta",
        "es",
        "son",
        "le",
        "les",
        "la",
        "à",
        "au",
        "aux",
        "dès",
        "de",
        "du",
        "des",
        "jusqu'au",
        "jusqu'à",
        "chaque",
        "et",
        "ou",
        "avec",
        "dans",
        "en",
        "un",
        "une",
        "ce",
        "cette",
        "tous",
        "toutes",
        "pour",
        "sur",
        "am",
        "um",
        "ab",
        "bis",
        "jeden",
        "jede",
        "im",
        "in",
        "an",
        "vom",
        "zum",
        "zur",
        "der",
        "die",
        "das",
        "den",
        "dem",
        "ein",
        "eine",
        "einen",
        "und",
        "oder",
        "mit",
        "bei",
        "beim",
        "für",
        "von",
        "nächsten",
        "il",
        "alle",
        "dalle",
        "fino",
        "dal",
        "ogni",
        "di",
        "da",
        "del",
        "della",
        "e",
        "con",
        "per",
        "un",
        "una",
        "questo",
        "nel",
        "nella",
        "sul",
        "al",
        "alla",
        "i",
        "gli",
        "lo",
        "tutti",
        "tutte",
        "às",
        "até",
        "das",
        "dos",
        "do",
        "da",
        "no",
        "na",
        "aos",
        "os",
        "o",
        "as",
        "um",
        "uma",
        "e",
        "com",
        "por",
        "para",
        "em",
        "este",
        "esta",
        "todos",
        "todas",
        "todo",
        "toda",
        "à",
    ]
)
"""Words that end no headline: they belong to what follows."""
BREAKS = (
    r"because|so that|with|without|for|between|near|after|before|until|who|which|where|when|while|if|at|in|on|from|during"
    r"|porque|con|para|entre|cerca|después|antes|hasta|que|donde|cuando|en|durante"
    r"|parce|avec|pour|entre|après|avant|jusqu'\w+|qui|où|quand|dans|pendant"
    r"|weil|mit|für|zwischen|nach|vor|bis|wo|wenn|im|während|dass"
    r"|perché|per|tra|dopo|prima|fino|che|dove|quando|nel|nella|durante"
    r"|com|perto|depois|até|onde|no|na"
)
RANGE = re.compile(r"\d{1,2}(?:[.:h]\d{0,2})?")
"""The first number of "from 3 to 5 May"."""
BREAK = re.compile(rf"\s+(?=(?:{BREAKS})\s)", FLAGS)
RELATIVE = re.compile(
    r"(?:who|which|that|because|so that|with|without|between|while|qui|que|parce|avec|entre|che|perché|con|tra|weil|mit|zwischen|dass"
    r"|porque|com)\s"
)
"""A line that goes on with the sentence of the headline has no capital."""
SENTENCE = re.compile(
    r"(?<=[.!?…])(?<!\b\d\.)(?<!\b\d\d\.)(?<!\bSt\.)(?<!\bNo\.)(?<!\bDr\.)(?<!\bMr\.)[\"”»’']?\s+(?![a-zäöü])|\n+"
)
CLAUSE = re.compile(r",\s+|;\s+|\s+[–—]\s+|\s+-\s+")
HEAD_CUT = re.compile(r"(?<=\w):\s+(?=\S)|,\s+|;\s+|\s+[–—]\s+|\s+-\s+")


def in_lines(text: str) -> tuple[str, tuple[str, ...]]:
    """The headline and the lines below it; together they are all words of the text."""
    pieces: list[str] = []
    for sentence in SENTENCE.split(text):
        if sentence.strip():
            pieces += (clauses if pieces else headed)(sentence.strip())
    first, *rest = [piece for piece in pieces if re.search(r"\w|[^\x00-\x7f]", piece)] or [text]
    return capital(first), tuple(
        piece if RELATIVE.match(piece) else capital(piece) for piece in rest
    )


def headed(sentence: str) -> list[str]:
    """The first sentence: a headline, and the rest in lines."""
    plain = full_stop_off(sentence)
    cuts = sorted(
        [*fact_cuts(plain), *((cut.start(), cut.end()) for cut in HEAD_CUT.finditer(plain))]
    )
    for start, end in cuts:
        head, rest = plain[:start].strip(" ,;"), plain[end:]
        if len(head) >= SHORT_HEAD and stands_alone(head, rest, plain[start:end]):
            return [*shortened(head), *clauses(rest)]
    return shortened(plain)


def fact_cuts(sentence: str) -> list[tuple[int, int]]:
    """Where facts begin, with the small words before them."""
    cuts = []
    for fact in FACT.finditer(sentence):
        words = sentence[: fact.start()].split()
        while words and (words[-1].lower() in FUNCTION or RANGE.fullmatch(words[-1])):
            words.pop()
        at = len(" ".join(words))
        if words:
            at = sentence.index(words[-1], max(0, at - len(words[-1]) - 3)) + len(words[-1])
            cuts.append((at, at))
    return cuts


def stands_alone(head: str, rest: str, mark: str) -> bool:
    """Whether the words before a cut make sense without those behind it."""
    words = head.split()
    if words[-1].lower().strip(",") in FUNCTION:
        return False
    if mark.startswith(":"):
        return len(words) > 1
    if mark:
        return len(words) > 1 or len(head) > SHORT_HEAD
    left = [word for word in FACT.sub(" ", rest).split() if word.lower() not in FUNCTION]
    return len(words) > FEW or not left


def shortened(head: str) -> list[str]:
    """A long headline divided before a word that begins a part of its own."""
    if len(head) <= LONG_HEAD:
        return [head]
    best = None
    for cut in BREAK.finditer(head):
        start = head[: cut.start()]
        if len(start) >= SHORT_HEAD * 2 and start.split()[-1].lower() not in FUNCTION:
            best = best or cut
            if len(start) <= LONG_HEAD:
                best = cut
    if best is None:
        return [head]
    return [head[: best.start()], head[best.end() :]]


def clauses(sentence: str) -> list[str]:
    """The sentence in lines, cut at its commas; short pieces stay together."""
    result: list[str] = []
    between, end = "", 0
    for cut in [*CLAUSE.finditer(sentence), None]:
        part = sentence[end : cut.start() if cut else len(sentence)]
        if result and len(result[-1]) + len(part) < ONE_LINE:
            result[-1] += between + part
        elif part.strip():
            result.append(part.strip())
        between, end = (cut[0], cut.end()) if cut else ("", end)
    if result:
        result[-1] = full_stop_off(result[-1])
    return result


def full_stop_off(text: str) -> str:
    """A line of a poster has no full stop, unless it belongs to an abbreviation."""
    plain = text.endswith(".") and not re.search(r"\.\w?\.$|\b[ap]\.m\.$", text)
    return text[:-1] if plain else text


def capital(text: str) -> str:
    """The text with a capital, but not a link or a handle."""
    return text if re.match(r"\S*[@.]\S", text) else text[:1].upper() + text[1:]
