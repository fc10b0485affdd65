"""Divides the words of a poster into a headline and lines."""

# ruff: noqa: E501, RUF001 - tables of words; the dashes and quotes are those that prompts have

from __future__ import annotations

import re

from service.generators.illustrator.poster.facts import facts_in
from service.generators.prompt.language.lexicon import several
from service.generators.prompt.language.sentences import GERMAN_NUMBERED

FLAGS = re.IGNORECASE
SHORT_HEAD, LONG_HEAD = 6, 62
"""Characters of a headline: at least, and above what it is divided where its sense allows it."""
ONE_LINE = 30
"""Characters: pieces up to this share a line."""
LONG_QUESTION = 96
"""Characters: a shorter question is a headline as a whole."""
FEW = 2
PRICED = re.compile(r"[£$€]\s?\d")
PRICED_WORDS = 5
ITEM_WORDS = 4
"""Of one item of a list."""
LAST_OF_LIST = re.compile(r"\b(?:and|or|&|y|o|et|ou|und|oder|e)\s+\w", FLAGS)

FUNCTION = several(
    """
    every each on at from until till this next for by since between near in to of the a an and
    or with our your my is are el los la las al hasta desde cada de del en y o con por para un
    una este esta es son le les à au aux dès du des jusqu'au jusqu'à chaque et ou avec dans une
    ce cette tous toutes pour sur am um ab bis jeden jede im vom zum zur der die das den dem ein
    eine einen und oder mit bei beim für von nächsten il alle dalle fino dal ogni di da della e
    per questo nel nella sul alla i gli lo tutti tutte às até dos do no na aos os as uma com em
    todos todas todo toda first second third fourth last primer último premier dernier ersten dia día jour giorno tag
    also too only now nun jetzt auch sofort nur noch aussi également también anche também sólo solo
    before after partir partire vor nach avant après antes después prima dopo depois zweiten dritten letzten ist sind sont è sono são está están primo ultimo primeira primeiro
    """
)
"""Words that end no headline: they belong to what follows."""
FEASTS = several("easter whit good boxing ash palm cyber")
"""Before a day these name it: "Easter Monday"."""
PRONOUNS = several(
    "we i you they it there wir ich ihr sie es nous vous je on il elle noi voi nós eu"
)
COPULAS = several(
    """
    hat haben has have han ont hanno tem têm bleibt bleiben stays stay remains remain reste restent resta restano permanece fica ficam is
    are es son está están est sont ist sind è sono é são
    """
)
ARTICLES = several(
    """
    a an the el la los las un una le les une der die das den dem ein eine einen il lo i gli uno
    o os as um uma
    """
)
LABEL = re.compile(
    r"for (?:sale|rent)|to let|wanted|lost|found|missing|zu verkaufen|zu vermieten|gesucht|verloren|se (?:vende|alquila|busca)|perdid[oa]"
    r"|à (?:vendre|louer)|perdue?|vendesi|affittasi|cercasi|vende-se|aluga-se|procura-se",
    FLAGS,
)
"""Words before a colon that need those behind it."""
BREAKS = (
    r"because|so that|with|without|for|between|near|after|before|until|who|which|where|when|while|if|at|in|on|from|during"
    r"|porque|con|para|entre|cerca|después|antes|hasta|que|donde|cuando|en|durante"
    r"|parce|avec|pour|entre|après|avant|jusqu'\w+|qui|où|quand|dans|pendant"
    r"|weil|mit|für|zwischen|nach|vor|bis|wo|wenn|im|am|auf|beim|wegen|während|dass"
    r"|perché|per|tra|dopo|prima|fino|che|dove|quando|nel|nella|durante"
    r"|com|perto|depois|até|onde|no|na"
)
OF = re.compile(r"(?<!\bout)\s+(?=(?:of|for|de|del|des|du|von|vom|di|della|do|da)\s)", FLAGS)
"""Where a headline is divided if nothing else is left."""
LONG_START = 13
"""Characters that stand before such a word at least."""
RANGE = re.compile(r"\d{1,2}(?:er|re|º|ª|[.:h]\d{0,2})?")
"""The first number of "from 3 to 5 May"."""
RANGING = several("to and - – & bis und a al y au et e ao até")
BREAK = re.compile(rf"\s+(?=(?:{BREAKS})\s)", FLAGS)
RELATIVE = re.compile(
    r"(?:is|are|es|son|est|sont|ist|sind|è|sono|é|são|who|which|that|because|so that|with|without|between|while|qui|que|parce|avec|entre|che|perché|con|tra|weil|mit|zwischen|dass"
    r"|porque|com)\s"
)
"""A line that continues the sentence of the headline has no capital."""
SENTENCE = re.compile(
    r"(?<=[.!?…])[\"”»’']?\s+(?![a-zäöü])|(?<=[a-z]{4}[.!?])\s+(?=[a-z]{2,}\s)|\n+"
)
ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:\d{1,2}|tel|tél|st|str|nr|no|dr|dra|mr|mrs|ms|sr|sra|mme|prof|av|ave|rd|ca|bzw|inkl|incl|max|min|vs|z\.b|p\.m|a\.m)\.$",
    FLAGS,
)
"""A full stop that ends no sentence."""
DASH = (
    r"(?<!\d)(?<!\d[ap]m)(?<!\d [ap]m)(?<!Uhr)(?<!\dh)(?<!\d h)\s+[–—-]\s+|\s+[–—-]\s+(?![£$€]?\d)"
)
"""Between clauses, and not between the ends of a range: "8 am – 2 pm"."""
CLAUSE = re.compile(rf",\s+|;\s+|{DASH}")
HEAD_CUT = re.compile(rf"(?<=\w)\s?:\s+(?=\S)|,\s+|;\s+|{DASH}")


def in_lines(text: str) -> tuple[str, tuple[str, ...]]:
    """The headline and the lines below it; together they are all words of the text."""
    pieces: list[str] = []
    for sentence in sentences_of(text):
        if sentence.strip():
            pieces += (clauses if pieces else headed)(sentence.strip())
    first, *rest = [piece for piece in pieces if re.search(r"\w|[^\x00-\x7f]", piece)] or [text]
    return capital(first), tuple(rest)


def sentences_of(text: str) -> list[str]:
    """The sentences and the lines of a text."""
    result, begin = [], 0
    for cut in SENTENCE.finditer(text):
        if "\n" in cut[0] or not abbreviated(text[begin : cut.start()], text[cut.end() :]):
            result.append(text[begin : cut.start() + len(cut[0].rstrip())])
            begin = cut.end()
    return [*result, text[begin:]]


def abbreviated(before: str, after: str) -> bool:
    """Whether a full stop ends no sentence: "12. Juni", "Dr. Kern"."""
    if not ABBREVIATED.search(before):
        return False
    return not before[-2:-1].isdigit() or bool(GERMAN_NUMBERED.match(after))


def headed(sentence: str) -> list[str]:
    """The first sentence: a headline, and the rest in lines."""
    plain = full_stop_off(sentence)
    cuts = sorted([*fact_cuts(plain), *(cut.span() for cut in HEAD_CUT.finditer(plain))])
    if plain.endswith("?") and ":" not in plain and len(plain) <= LONG_QUESTION:
        return [plain]
    for start, end in cuts:
        head, rest = plain[:start].strip(" ,;"), plain[end:]
        if re.match(r"\d{1,4}[a-z]?(?:,|$)", rest.lstrip()):
            continue  # the number of a house: "calle Luna, 14"
        if len(head) >= SHORT_HEAD and stands_alone(head, rest, plain[start:end]):
            first, *others = clauses(rest) or [""]
            mark = plain[start:end].strip()
            return list(
                filter(None, (*shortened(head), first if mark else as_said(first, rest), *others))
            )
    return shortened(plain)


def as_said(line: str, text: str) -> str:
    """A line that goes on with the sentence before it, with the small letter that it has there."""
    start = text.lstrip(" ,;")[:1]
    return start + line[1:] if start.lower() == line[:1].lower() else line


def fact_cuts(sentence: str) -> list[tuple[int, int]]:
    """Where facts begin, with the small words and the facts directly before them."""
    cuts: list[tuple[int, int]] = []
    words = list(re.finditer(r"\S+", sentence))
    facts = [fact.span() for fact in facts_in(sentence)]
    for begin, _ in facts:
        before = [word for word in words if word.start() < begin]
        after = ""
        while before and leads_on(before[-1], facts, after):
            after = before.pop()[0].lower()
        named = before and (after in {"of", "de", "di"} or is_name(before[-1], words))
        if before and not named and (before[-1].end(), before[-1].end()) not in cuts:
            cuts.append((before[-1].end(), before[-1].end()))
    return cuts


def is_name(last: re.Match[str], words: list[re.Match[str]]) -> bool:
    """Whether a fact right behind a word is a part of its name: "our Taco Tuesday"."""
    behind = [word[0] for word in words if word.start() > last.start()]
    fact = behind[0] if behind else ""
    owned = fact.endswith(("'s", "\u2019s"))
    capital = last.start() > 0 and last[0][:1].isupper() and fact[:1].isupper()
    return owned or (capital and len(behind) > 1 and behind[1][:1].islower())


def leads_on(word: re.Match[str], facts: list[tuple[int, int]], after: str) -> bool:
    """Whether a word belongs to the fact behind it; `after` stands between them."""
    if any(start <= word.start() < end for start, end in facts):
        return not word[0].endswith((",", ";"))
    if re.fullmatch(r"\d{1,2}\.?[–-]\d{1,2}\.?", word[0]):
        return True
    if word[0] in {"–", "—", "-"}:
        return True
    if RANGE.fullmatch(word[0]):
        return after in RANGING
    return word[0].lower() in FUNCTION | FEASTS


def stands_alone(head: str, rest: str, mark: str) -> bool:
    """Whether the words before a cut make sense without those behind it."""
    words = head.split()
    if words[-1].lower().strip(",") in FUNCTION or LABEL.fullmatch(head):
        return False
    clause = rest.split(",", maxsplit=1)[0]
    is_first = bool(clause.split()) and clause.split()[0].lower() in COPULAS
    if not mark and is_first and content(clause):
        return False  # "… is from 3 to 14 August closed"
    priced = PRICED.match(rest.lstrip()) and len(words) <= PRICED_WORDS
    if not mark and (priced or words[-1].lower() in COPULAS) and content(rest):
        return False  # "we raised / £612 with a skip"
    if mark:
        return len(words) > 1 or len(head) > SHORT_HEAD
    if words[0].lower() in PRONOUNS and len(content(head)) <= FEW:
        return False
    return len(words) > FEW or not goes_on(rest)


def content(text: str) -> list[str]:
    """The words that are neither facts nor small words."""
    facts = [fact.span() for fact in facts_in(text)]
    words = re.finditer(r"\S+", text)
    bare = [word[0] for word in words if not any(a <= word.start() < b for a, b in facts)]
    return [word for word in bare if word.lower() not in FUNCTION]


def goes_on(rest: str) -> bool:
    """Whether a sentence continues behind its facts: "We seek on 1 May / a cook"."""
    facts = [fact.span() for fact in facts_in(rest)]
    joined = False
    for word in re.finditer(r"\S+", rest):
        if any(start <= word.start() < end for start, end in facts):
            if word[0].endswith((",", ";")):
                return False
            joined = False
        elif word[0].lower() in ARTICLES and not joined:
            return facts != []
        elif word[0].lower() not in FUNCTION:
            return False
        else:
            joined = word[0].lower() not in ARTICLES
    return False


def shortened(head: str) -> list[str]:
    """A long headline divided before a word that begins a new part."""
    if len(head) <= LONG_HEAD:
        return [head]
    cuts = [cut for cut in BREAK.finditer(head) if fits_head(head[: cut.start()], LONG_START)]
    cuts = cuts or [
        cut for cut in OF.finditer(head) if fits_head(head[: cut.start()], 2 * LONG_START)
    ]
    if not cuts:
        return [head]
    short = [cut for cut in cuts if cut.start() <= LONG_HEAD]
    cut = short[-1] if short else cuts[0]
    return [head[: cut.start()], head[cut.end() :]]


def fits_head(start: str, least: int) -> bool:
    return len(start) >= least and start.rsplit(maxsplit=1)[-1].lower() not in FUNCTION


def clauses(sentence: str) -> list[str]:
    """The sentence in lines, cut at its commas; short pieces stay together."""
    result: list[str] = []
    between, end = "", 0
    lists = lists_in(sentence)
    cuts = [cut for cut in CLAUSE.finditer(sentence) if not inside(cut.start(), lists)]
    for cut in [*cuts, None]:
        part = sentence[end : cut.start() if cut else len(sentence)]
        if any(a <= end < b for a, b in lists):
            result.append(capital(part.strip()))  # a list is a line of its own
            between, end = (cut[0], cut.end()) if cut else ("", end)
            continue
        listed = result and result[-1][:1].isdigit() and part[:1].isdigit()
        after_list = any(b <= end for _, b in lists) and between.strip() == ","
        if result and not (listed or after_list) and len(result[-1]) + len(part) < ONE_LINE:
            result[-1] += between + part
        elif part.strip():
            piece = part.strip()
            result.append(piece if RELATIVE.match(piece) else capital(piece))
        between, end = (cut[0], cut.end()) if cut else ("", end)
    if result:
        result[-1] = full_stop_off(result[-1])
    return result


def lists_in(sentence: str) -> list[tuple[int, int]]:
    """Where lists begin and end: "books, toys and clothes"; their commas part no lines."""
    parts, begin = list[tuple[int, int]](), 0
    for cut in [*re.finditer(r",\s+", sentence), None]:
        end = cut.start() if cut else len(sentence)
        parts.append((begin, end))
        begin = cut.end() if cut else end
    result: list[tuple[int, int]] = []
    for i, (begin, end) in enumerate(parts):
        words = sentence[begin:end].split()
        last = LAST_OF_LIST.search(sentence[begin:end]) and len(words) <= ITEM_WORDS
        if not last or re.search(r"\d", sentence[begin:end]):
            continue
        first = i
        while first and is_item(sentence[slice(*parts[first - 1])]):
            first -= 1
        if first < i:
            result.append((parts[first][0], end))
    return result


def is_item(text: str) -> bool:
    """Whether a piece between commas can be one of a list."""
    words = text.split()
    return bool(words) and len(words) <= ITEM_WORDS and not re.search(r"[\d:!?]", text)


def inside(at: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def full_stop_off(text: str) -> str:
    """A line of a poster has no full stop, unless it belongs to an abbreviation."""
    plain = text.endswith(".") and not re.search(r"\.\w?\.$|\d\.\d{1,2}\.$|\b[ap]\.m\.$", text)
    return text[:-1] if plain else text


def capital(text: str) -> str:
    """The text with a capital, but not a link or a handle."""
    return text if re.match(r"\S*[@.]\S", text) else text[:1].upper() + text[1:]
