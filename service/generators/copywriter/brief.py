"""The plan of a text: its kind, subject and length, or the whole text where code makes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from zlib import crc32

from service.generators.copywriter.composing.arranging import around
from service.generators.copywriter.composing.closings import closings, ending, question
from service.generators.copywriter.composing.headed import addressed_to
from service.generators.copywriter.composing.lead import Lead, lead
from service.generators.copywriter.composing.letters import AFTER, greeting, is_letter, letter
from service.generators.copywriter.composing.own_words import requoted
from service.generators.copywriter.composing.presenting import is_own_thing
from service.generators.copywriter.composing.refusing import PLUG_IN
from service.generators.copywriter.composing.signing import signed, takes_leave, without_from
from service.generators.copywriter.composing.telling import first_told
from service.generators.copywriter.hashtags.hashtags import wanted_tags
from service.generators.copywriter.kinds import (
    CAPTION,
    EVENT,
    NEWS,
    PLAIN,
    POST,
    PRODUCT,
    TOPIC,
    TextKind,
    kind_of,
)
from service.generators.copywriter.refusals import refuse
from service.generators.copywriter.scraps import scrap_in
from service.generators.copywriter.signs import NOTICE
from service.generators.prompt import Constraints, Understanding, understand
from service.generators.prompt.form.lengths import (
    MOST_UNITS,
    Bound,
    count,
)
from service.generators.prompt.language.recognition import language_of
from service.generators.prompt.language.words import is_latin, meaningful, stem
from service.generators.prompt.subject.foreign import UNKNOWN, in_english, is_foreign
from service.generators.prompt.subject.phrase import Phrase, noun_phrase, statement, subject
from service.generators.prompt.tidy import tidy
from service.generators.protocol import GenerationFailed, Job

CHARACTERS_PER_WORD, WORDS_PER_SENTENCE = 6, 16
"""Averages of this model's English, the space included: for planning, not for counting."""

CHARACTERS_PER_SENTENCE = 110
"""An average of this model."""

BRIEF_ENDS = ("is", "are", "bring", "brings", ":", "every", "who", "the", "changing")
"""The ends of openers that the model mostly finishes in few words."""

LEADS_TRIED = 3
"""How many wordings of a lead are tried for the requested length."""

OPENER_SHARE = 0.5
"""The share of the allowed characters that an opener may take: the model needs the rest."""

MOST_SCENE_WORDS = 4
"""Of a scene that the model writes about: a mood, not what is where."""

MOST_SUBJECT_WORDS = 6
"""Of a subject that the model writes about: it swaps or loses parts of a longer one."""

PICTURED = re.compile(
    r"(?:an?|two|three|four|five|six|seven|eight|nine|ten)\s+(?:[\w'-]+,?\s+){1,6}?(?:[\w-]+ing|in|on|under|behind|with|beside|by|"
    r"over|near|at)\s+(?:an?|the|his|her|its|two|three)\s+(?!.*[:?;])[^.!]+[.!]?$",
    re.IGNORECASE,
)
"""A scene of several phrases: "a girl in a coat jumping over a puddle, a dog behind her"."""

COLOURS = re.compile(
    r"\b(?:red|blue|green|yellow|orange|purple|violet|pink|brown|black|white|gr[ae]y|gold(?:en)?|silver|turquoise|beige)\b",
    re.IGNORECASE,
)
"""Colours: with two of them the model swaps them."""

LISTED = re.compile(r"^[^:?!]{3,60}:\s+[^:?!]+,\s[^:?!]+$")
"""A subject with its parts: "our pancakes: flour, eggs and milk"; a model would lose some."""

WITH_LEAD = frozenset({CAPTION, TOPIC, NEWS, EVENT, POST, PLAIN})
"""Kinds of texts that may begin with the prompt itself ("We moved to a new office")."""

GOODS = frozenset({PRODUCT, NEWS, EVENT})
"""Kinds whose subject is the noun before the first comma; what follows are its details."""

TAMPERING = re.compile(
    r"""(?:ignore|disregard|override|forget|reveal|repeat|print|output|show|tell)\b.*
    \b(?:instructions?|prompts?|rules|guidelines|(?:said|written)\s+(?:above|before))\b""",
    re.VERBOSE | re.IGNORECASE,
)
"""Orders to the model itself; the text is then about instructions."""

OURS = re.compile(r"our\b", re.IGNORECASE)

INSTRUCTIONS = "clear instructions"


@dataclass(frozen=True, slots=True)
class Brief:
    """The plan of one text."""

    kind: TextKind
    task: str
    least: int
    most: int
    limit: int | None
    """Characters at most."""
    lead: str
    """The text so far: the first sentence if the prompt has one, or the whole text."""
    openers: tuple[str, ...]
    followers: tuple[str, ...]
    before: str
    after: str
    """Text around it: the greeting and the end of an e-mail, or words that were asked for."""
    prompt: str
    """The prompt with its subject in English; a text may say what is in here."""
    about: str
    """The prompt without its directions: what an emoji may be of."""
    language: str
    keywords: frozenset[str]
    """Stems of the subject's words."""
    facts: tuple[str, ...]
    """Names, numbers, days and prices of the prompt."""
    known: frozenset[str]
    """Stems of the words of the prompt."""
    ours: bool
    """Whether the subject belongs to the author: "our new headphones"."""
    plain: str
    """A text for when the model writes nothing good enough; may be empty."""
    tags: tuple[str, ...]
    most_words: int | None
    """The most words of the whole text, hashtags included."""
    temperature: float
    max_tokens: int | None
    asked: Constraints
    finished: bool
    """Whether the lead is the whole text."""


def brief(job: Job) -> Brief:
    """Plan the text of a job; GenerationFailed for what cannot be written."""
    understood = understand(job.prompt)
    refuse(understood, job.prompt)
    asked = understood.asked
    rest = tidy(understood.prompt)
    kind, about, phrase = _wish(rest, job)
    least, most = _units(kind, asked)
    task, first, openers = _beginning(kind, about, phrase, most)
    subject = rest if is_foreign(rest) else about
    tags = wanted_tags(tidy(job.prompt), understood, subject, about, always=job.instagram)
    limit = min(filter(None, (asked.characters.most, kind.limit)), default=None)
    if tags and limit and (asked.characters.most or kind is POST):
        tags = tags[:2]
        limit -= sum(len(tag) + 1 for tag in tags) + 1
    scene = _scene(kind, phrase, rest)
    most_characters = limit if asked.characters.most else None
    whole, before, after = _told(job, understood, most_characters, scene)
    if not whole:
        before = f"{asked.begins} " if asked.begins else ""
        last = ending("en", "", thanks=asked.thanks, action=asked.action)
        last = asked.ends or (question("en", kind.name) if asked.question else last)
        after = f" {last}" if last else ""
        asked = asked.shorter_by(before + after)
        limit = limit and max(1, limit - len(before + after))
    room = limit or (asked.words.most or 0) * CHARACTERS_PER_WORD or None
    return Brief(
        kind=CAPTION if whole else kind,
        task=task,
        least=least,
        most=most,
        limit=limit,
        lead=whole or first,
        openers=_short_enough(openers, room, most),
        followers=kind.followers if phrase or first else (),
        before=before,
        after=after,
        prompt=f"{tidy(job.prompt)} {about}",
        about=understood.prompt,
        language=understood.language,
        keywords=frozenset(stem(word) for word in meaningful(about)),
        facts=tuple(fact.text for fact in understood.facts if fact.kind != "hashtag"),
        known=frozenset(stem(word) for word in meaningful(f"{job.prompt} {about}")),
        ours=bool(OURS.match(about)),
        plain=_plain(kind, about, phrase, job.seed),
        tags=tags,
        most_words=understood.asked.words.most,
        temperature=float(job.options.get("temperature", kind.temperature)),
        max_tokens=int(job.options["max_tokens"]) if "max_tokens" in job.options else None,
        asked=asked,
        finished=bool(whole),
    )


def _plain(kind: TextKind, about: str, phrase: Phrase | None, seed: int) -> str:
    """A text without the model: the subject, and a line that is always true."""
    if phrase is None or about == UNKNOWN or not kind.plain:
        return ""
    pattern = kind.plain
    if is_own_thing(about) and pattern == CAPTION.plain:
        pattern = "Discover {a}. {offer}"
    turn = seed + crc32(about.encode())  # other lines for other subjects, always the same ones
    lines = {name: closings("en", name, turn)[0] for name in ("scene", "offer", "event")}
    return pattern.format(**phrase.forms(), **lines)


def _units(kind: TextKind, asked: Constraints) -> tuple[int, int]:
    """The least and the most sentences."""
    wanted = asked.sentences
    if asked.words.most and not wanted:
        many = max(1, min(round(asked.words.most / WORDS_PER_SENTENCE), MOST_UNITS))
        return many, many
    if wanted:
        most = wanted.most or max(wanted.least, kind.most)
        return max(1, wanted.least), max(1, most)
    if asked.characters.most and kind.shape == "sentences":
        most = max(1, min(kind.most, asked.characters.most // CHARACTERS_PER_SENTENCE))
        return min(kind.least, most), most
    return kind.least, kind.most


def _short_enough(openers: tuple[str, ...], limit: int | None, most: int) -> tuple[str, ...]:
    """The openers that leave the model room to end its sentence."""
    if limit:
        openers = tuple(opener for opener in openers if len(opener) < OPENER_SHARE * limit)
    if most == 1 and limit and limit < CHARACTERS_PER_SENTENCE:
        openers = tuple(opener for opener in openers if opener.endswith(BRIEF_ENDS)) or openers
    return openers


def _scene(kind: TextKind, phrase: Phrase | None, rest: str) -> Lead | None:
    """A scene that the prompt describes by itself: the model adds nothing that fits it."""
    if (NOTICE.search(rest) or LISTED.search(rest)) and not is_foreign(rest):
        return Lead(f"{rest[:1].upper()}{rest[1:].rstrip(' .')}.", "", "en")
    described = kind in {CAPTION, TOPIC} and not is_foreign(rest)
    if described and phrase is None and PICTURED.match(rest):
        return Lead(f"{rest[:1].upper()}{rest[1:].rstrip(' .')}.", "scene", "en")
    if not described or phrase is None or len(phrase.a.split()) <= MOST_SCENE_WORDS:
        return _too_much(kind, rest)
    return Lead(f"{phrase.forms()['A']}.", "scene", "en")


def _too_much(kind: TextKind, rest: str) -> Lead | None:
    """The prompt itself where the model would swap or lose parts of it."""
    about = subject(rest)
    foreign = is_foreign(rest)
    if foreign and is_latin(rest) and len(rest.split()) > MOST_SUBJECT_WORDS:
        return Lead(f"{rest[:1].upper()}{rest[1:].rstrip(' .')}.", "", language_of(rest) or "en")
    if kind.shape != "sentences" or foreign or TAMPERING.match(rest):
        return None
    colours = {found.lower() for found in COLOURS.findall(about)}
    if len(about.split()) <= MOST_SUBJECT_WORDS and len(colours) <= 1:
        return None
    closing = "scene" if PICTURED.match(about) else ""
    return Lead(f"{about[:1].upper()}{about[1:].rstrip(' .')}.", closing, "en")


def _told(
    job: Job, understood: Understanding, limit: int | None, scene: Lead | None
) -> tuple[str, str, str]:
    """The whole text where the prompt tells it, and what stands around it; or empty."""
    understood, signature = signed(understood, job.prompt)
    asked, before, after = understood.asked, "", ""
    farewell = "" if takes_leave(signature) else AFTER
    if is_letter(understood):
        signature = without_from(signature)
    asked = replace(asked, signature=asked.signature or signature)
    if understood.heading:
        asked = addressed_to(understood.heading, asked)
    if limit:
        asked = replace(asked, characters=Bound(asked.characters.least, limit))
    if is_letter(understood):
        leads: list[Lead | None] = [letter(understood, job.seed)]
        outer, asked = around(Lead("", "", "mail"), asked)
        before = f"{outer.before}{greeting(understood.prompt, understood.order.whom)}\n\n"
        after = (farewell or "\n") + outer.after
        asked = asked.shorter_by(before + after)
    else:
        leads = [lead(understood, job.seed + turn) or scene for turn in range(LEADS_TRIED)]
    if found := list(dict.fromkeys(filter(None, leads))):
        most = int(job.options["max_tokens"]) if "max_tokens" in job.options else None
        turn = crc32(scene.text.encode()) if scene and scene in found else 0
        whole = first_told(found, asked, job.seed + turn, most)
        if scrap := scrap_in(whole):
            raise GenerationFailed(
                f"The local text model does not understand \u201c{scrap}\u201d: say it in other "
                f"words, or leave it out. {PLUG_IN}",
                retryable=False,
            )
        return requoted(whole, job.prompt, understood.prompt), before, after
    if asked.words.least or asked.characters.least:
        raise GenerationFailed(
            "The local text model cannot count to an exact number of words or characters, or "
            f"promise a least length. {PLUG_IN}",
            retryable=False,
        )
    if asked.paragraphs > 1 or asked.title or asked.postscript:
        raise GenerationFailed(
            "The local text model cannot write paragraphs, a title or a postscript about what this "
            f"prompt does not tell. {PLUG_IN}",
            retryable=False,
        )
    if word := asked.left_out(understood.prompt):
        raise GenerationFailed(
            f"The local text model cannot promise to use \u201c{word}\u201d here: "
            "put it into what the text is about.",
            retryable=False,
        )
    return "", "", ""


def _wish(rest: str, job: Job) -> tuple[TextKind, str, Phrase | None]:
    """The kind of text, its subject, and that as a noun phrase if it is one."""
    if is_foreign(rest):
        # What is known of it, as a caption in English: the model speaks nothing else.
        phrase = noun_phrase(in_english(rest))
        return CAPTION, phrase.a if phrase else UNKNOWN, phrase
    kind = kind_of(rest)
    if job.instagram and kind in {PLAIN, POST}:
        kind = TOPIC
    about = subject(rest)
    if TAMPERING.match(rest):
        return CAPTION, INSTRUCTIONS, noun_phrase(INSTRUCTIONS)
    phrase = noun_phrase(about.split(",")[0] if kind in GOODS else about)
    if phrase and not rest.startswith(about):  # what has a capital inside a prompt is a name
        phrase = replace(phrase, inner=True)
    return kind, about, phrase


def _beginning(
    kind: TextKind, about: str, phrase: Phrase | None, most: int
) -> tuple[str, str, tuple[str, ...]]:
    """The task, the first sentence where the prompt gives it, and first words."""
    forms = (phrase or Phrase(about, plural=False, inner=False)).forms()
    number = count(most, "sentence")
    plain = phrase.a if phrase else about.rstrip(" .!?")
    capital = plain[:1].upper() + plain[1:]
    task = kind.task.format(subject=plain, Subject=capital, count=number, **forms)
    lead = statement(about) if kind in WITH_LEAD else ""
    openers = (o for o in kind.openers if "{" not in o or (phrase and _fits(o, phrase)))
    return task, lead, tuple(opener.format(**forms) for opener in openers)


def _fits(opener: str, phrase: Phrase) -> bool:
    if phrase.related and opener.endswith(("that", "who", "which")):
        return False
    return phrase.inner or opener.startswith("{A}")
