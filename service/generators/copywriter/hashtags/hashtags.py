"""The hashtags of a text: proper names, well-known ones of its subject, and general ones."""

from __future__ import annotations

import re
import unicodedata

from service.generators.copywriter.drafting.emoji import things_of
from service.generators.copywriter.hashtags.side_names import NO_NAMES, without_side_names
from service.generators.copywriter.hashtags.topics import general, topics
from service.generators.copywriter.signs import NO_SCENE, NOTICE, SAD
from service.generators.prompt import Understanding
from service.generators.prompt.form.tags import GIVEN, given_tags, number_of_tags, wants_tags
from service.generators.prompt.language import sentences
from service.generators.prompt.language.lexicon import ENGLISH, FOREIGN, NOT_FORMS, WEAK, several
from service.generators.prompt.language.verbs import VERBS, has_verb
from service.generators.prompt.language.words import is_latin, words
from service.generators.prompt.subject.facts import has_hard_facts

ENOUGH, MOST, WANTED = 2, 6, 5
"""General hashtags fill up to `ENOUGH` where a prompt asks for hashtags."""
LONGEST = 28
"""Characters: longer hashtags are not read."""

LONGEST_RUN = 3
"""Words that make one hashtag together."""

SPACELESS = re.compile(r"[\u4e00-\u9fff々]+|[\u30a0-\u30ffー]+|[^\s\u3040-\u30ff\u4e00-\u9fff]+")
"""In Chinese and Japanese a run of one script is about a word; the hiragana between are grammar."""
PARTICLES = re.compile("[的了在和是与及]")
"""Of Chinese, which has no other script for them."""

NAME = re.compile(
    r"(?<=[\w,;] )[A-Z\u00c0-\u00de][\w\u2019'-]+(?: [A-Z\u00c0-\u00de][\w\u2019'-]+)*|"
    r"^[A-Z\u00c0-\u00de]\w+(?= (?:in|at|on|by|en|im|à)\b)"
)
"""Words with a capital inside a prompt, or before its first preposition."""

TITLES = re.compile(
    r"\b(?:Dr|Mr|Mrs|Ms|Prof|Herrn?|Frau|Sra?|Mme|Dott|Sig)\b\.?\s+(?=[A-Z\u00c0-\u00de])"
)
"""Titles before a name: part of no hashtag."""

TITLED = re.compile(TITLES.pattern + r"[\w'-]+\b(?! [A-Z])")
"""A surname with its title: a person, and no subject."""

MORNING = re.compile(r"\b(?:una|esta|la)\s+mañana\b", re.IGNORECASE)
"""In Spanish, a morning: "mañana" alone is tomorrow."""

PLACE = re.compile(r"\bin ([A-Z\u00c4\u00d6\u00dc][\w-]+)(?![\w-]| \d)")
"""In German, where every noun has a capital, the names that are told by their preposition."""

NO_PLACES = several(
    "vollzeit teilzeit ausbildung elternzeit kürze zukunft "
    "ruhe arbeit rente form not bar ordnung kraft folge"
)
"""What stands behind "in" without an article, and is no place."""


def wanted_tags(
    prompt: str, understood: Understanding, subject: str, english: str, *, always: bool
) -> tuple[str, ...]:
    """The hashtags for a prompt, its own first: none unless `always` or it asks for some.

    `subject` is the prompt without the requested length.
    """
    wanted, given, bound = wants_tags(prompt), given_tags(prompt), understood.asked.hashtags
    if bound:
        wanted = bound.most != 0
    private = understood.letter or understood.order.link in {"thoughts", "loss"}
    if wanted is False or not (always or wanted) or (private and not wanted):
        return ()
    asked = bound.least or (None if bound.most else number_of_tags(prompt))
    own = {tag.lower(): f"#{tag}" for tag in given}
    subject = GIVEN.sub(" ", subject)
    least = asked or (ENOUGH if wanted and not (given or bound) else 0)
    found = {tag[1:].lower(): tag for tag in hashtags(subject, english, understood, least)}
    return tuple((own | {tag: found[tag] for tag in found if tag not in own}).values())[
        : asked or bound.most or MOST
    ]


def hashtags(
    prompt: str, english: str, understood: Understanding, least: int = 0
) -> tuple[str, ...]:
    """Up to six hashtags, filled up to `least` with general ones.

    `english` is the subject as far as it is known in English.
    """
    told = (
        understood.order.name not in {"", "write", "describe"}
        or has_hard_facts(MORNING.sub("", understood.prompt))
        or _is_told(understood)
    )
    runs = [] if is_latin(prompt) else _runs(prompt)
    whole = _names(prompt, understood, told=told) + [
        _tag(run)
        for run in runs
        if len(run) <= LONGEST_RUN and (len(run) > 1 or run[0].lower() not in WEAK)
    ]
    parts = [_tag([word]) for run in runs for word in reversed(run) if word.lower() not in WEAK]
    things = [_tag([word]) for word in things_of(understood.prompt, understood.language)]
    chosen: dict[str, str] = {}
    for tags, until in (
        (whole, 3),
        (topics(understood, english, notice=told), MOST),
        (parts, WANTED),
        (things if least else [], least),
        (general(understood.language, notice=told), least),
    ):
        for tag in tags:
            if len(chosen) < until and 2 <= len(tag) <= LONGEST:  # noqa: PLR2004 - a word at least
                chosen.setdefault(tag.lower(), tag)
    return tuple(f"#{tag}" for tag in chosen.values())


WISH = re.compile(
    r"(?:happy|merry|congratulations|wir\s+(?:wünschen|gratulieren)|herzlichen\s+glückwunsch|alles\s+gute|frohe|feliz|"
    r"felicidades|joyeu\w+|bonne\s+(?:fête|année)|auguri|tanti|buon|parabéns|boas\s+festas)\b",
    re.IGNORECASE,
)
"""How a text of good wishes begins."""

FINITE_ABROAD = {
    "de": r"\b(?:ist|sind|war|waren|wird|werden|hat|haben|gibt|kommt|sucht|suchen)\b",
    "es": r"\b(?:es|son|está|están|hay|ha|han|será|busca|buscamos)\b",
    "fr": r"\b(?:est|sont|a|ont|sera|seront|y\s+a|cherche|cherchons)\b",
    "it": r"\b(?:è|sono|ha|hanno|sarà|saranno|cerca|cerchiamo)\b",
    "pt": r"\b(?:é|são|está|estão|há|foi|será|procura|procuramos)\b",
}
"""Verbs by which a text of another language tells something."""


def _is_told(understood: Understanding) -> bool:
    """Whether a prompt without an order tells something, so that its hashtags are a notice's."""
    subject = understood.order.subject
    if understood.language in {"", "en"}:
        notice = SAD.search(understood.prompt) or NOTICE.search(understood.prompt)
        return has_verb(subject) or bool(notice)
    verb = FINITE_ABROAD.get(understood.language, "(?!)")
    return bool(
        understood.statements or NO_SCENE.search(subject) or re.search(verb, subject, re.IGNORECASE)
    )


def _names(prompt: str, understood: Understanding, *, told: bool) -> list[str]:
    """Hashtags of the proper names of a prompt."""
    prompt = TITLES.sub("", TITLED.sub("", prompt))
    prompt = without_side_names(prompt, understood.language)
    if understood.language == "de" and (told or understood.order.name):
        noun = re.match(
            r"\W*(?:[^\W\dA-Z]\S*\s+)*([A-Z\u00c4\u00d6\u00dc][\w-]+)(?!\w| \d)",
            understood.order.subject,
        )
        places = [
            name
            for name in PLACE.findall(_first_sentence(prompt))
            if name.lower() not in NO_PLACES | NO_NAMES
        ]
        sold = noun and understood.order.name == "sell" and noun[1].lower() not in NO_NAMES
        of_order = [noun[1]] if noun and sold else []
        return [_tag([name]) for name in of_order + places]
    found = [
        name[0]
        for name in NAME.finditer(prompt)
        if not (understood.order.name and not name.start())
        and not set(re.sub(r"['\u2019]s\b", "", name[0].lower()).split())
        & (NO_NAMES | ENGLISH | VERBS)
        and not re.fullmatch(r"[A-Z]{2,3}s?", name[0])  # "PDF"
        and name[0].lower() not in FOREIGN  # "La" of a title
        and not (
            " " not in name[0] and ASIDE.search(f"{prompt[: name.start()]}\0{prompt[name.end() :]}")
        )
        and not re.search(r"\b(?:am|im|in\s+der)\s$", prompt[: name.start()])  # a part of a name
        and not re.match(r"\s+\d|\s*\(\d", prompt[name.end() :])  # "Pier 4", "Room 2"
        and not re.search(r"\d\s$", prompt[: name.start()])  # a unit
        and not (" " not in name[0] and OF_PERSON.search(prompt[: name.start()]))
        and not (ADJECTIVE.search(name[0]) and re.match(r"\s[a-z]", prompt[name.end() :]))
    ]
    return [_tag(words(name)) for name in found if name.count(" ") < LONGEST_RUN]


ASIDE = re.compile(r"[,;:\u2013-]\s\0(?:,|:\s)")
"""A single name between commas, or before a colon: "our oldest guest, Wilf, …", "Jo: Piranesi"."""
ADJECTIVE = re.compile(r"^[A-Z][a-z]+(?:ian|ean|ish|ese)$")
"""A name's adjective before a noun: "Victorian fireplace"."""
OF_PERSON = re.compile(
    r"(?:\b(?:for|to|with|by|and|thanks|our|my)|\b(?:our|my)\s+[a-z]+(?:ist|er|or|ian|man|woman)|\b(?:apprentice|barista|trainee|colleague|coach|baker|chef|nurse|teacher|caretaker|owner|"
    r"trainer|librarian|driver|porter|gardener|cook|doctor|vet|boss|founder|intern|student|volunteer|member|captain|keeper))\s$",
    re.IGNORECASE,
)
"""Words before a first name, of which no hashtag is made."""


def _first_sentence(prompt: str) -> str:
    found, rest = sentences.split(prompt)
    return found[0] if found else rest


def _runs(prompt: str) -> list[list[str]]:
    """Neighbouring words with nothing but spaces between them, function words left out."""
    runs: list[list[str]] = []
    for part in re.split(r"[^\w\s'\u2019\u0300-\u036f\u0900-\u0dff-]+", prompt):
        run: list[str] = []
        for word in _split(part):
            plain = word.lower().replace("\u2019", "'")
            if plain in ENGLISH or plain in FOREIGN or (is_latin(word) and len(word) < 2):  # noqa: PLR2004
                runs.append(run)
                run = []
            else:
                run.append(word)
        runs.append(run)
    for run in runs:  # "finally moved", "a puppy playing": what is said of the noun is no hashtag
        while (
            len(run) > 1 and re.search(r"[a-z](?:ly|ed|ing)$", run[-1]) and run[-1] not in NOT_FORMS
        ):
            run.pop()
        while run and re.search(r"[a-z]ly$|^\d+$", run[0]):
            run.pop(0)
    return [run for run in runs if run]


def _split(part: str) -> list[str]:
    found = []
    for word in words(part):
        if any("\u3040" <= char <= "\u9fff" for char in word):
            for piece in SPACELESS.findall(PARTICLES.sub(" ", word)):
                found += [piece, "a"]  # a function word keeps the pieces apart
        else:
            found.append(word)
    return found


def _tag(run: list[str]) -> str:
    """The words as one: a hashtag ends at anything but letters, digits and their marks."""
    if not run:
        return ""
    last = re.sub("['\u2019]s$", "", run[-1])  # "Tom's" is Tom, but "Mother's Day" is MothersDay
    tag = "".join(
        word[:1].upper() + word[1:] for joined in (*run[:-1], last) for word in joined.split("-")
    )
    return "".join(c for c in tag if unicodedata.category(c)[0] in "LMN").lstrip("0123456789")
