"""The whole text where code makes it: the lead, and a closing line of its kind that fits."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from service.generators.copywriter.composing.arranging import (
    around,
    in_paragraphs,
    listed,
    numbered,
    own_title,
)
from service.generators.copywriter.composing.asking import asked_too
from service.generators.copywriter.composing.closings import closings, ending, question
from service.generators.copywriter.composing.lead import Lead
from service.generators.copywriter.composing.own_words import inner
from service.generators.copywriter.composing.refusing import PLUG_IN
from service.generators.copywriter.composing.salutations import behind
from service.generators.copywriter.composing.signing import thanks
from service.generators.copywriter.composing.voices import check_voice, fits_voice, fitting
from service.generators.prompt import Constraints
from service.generators.prompt.form.constraints import ANY_TITLE
from service.generators.prompt.form.lengths import Bound
from service.generators.prompt.language import sentences
from service.generators.protocol import GenerationFailed

LINE = "\n"
TOKENS_PER_WORD = 4 / 3

UNTITLED = frozenset({"", "news", "info", "scene", "offer", "goods"})
"""Kinds of texts whose own first words are the better title."""
THANKED = re.compile(r"\b(?:thank|dank|gracias|merci|grazie|obrigad)", re.IGNORECASE)
"""A sentence that says thanks."""

ASKS_BACK = re.compile(
    r"\?.*\b(?:ask|write|\u00e9criv|escr[ie]b|schreib|meldet|scriv|lasciat|laissez|d\u00e9jan|fale|deixe)",
    re.IGNORECASE,
)
"""A closing line that says how to ask."""
REACHED = re.compile(
    r"@|https?:|www\.|\+?\d[\d ()/-]{6,}\d|\b[\w-]+\.(?:example|com|org|net|de|fr|es|it|pt|uk)\b|\b(?:call|phone|ring|text|e-?mail|message|contact|ask\s+for|dm|speak\s+to|talk\s+to|"
    r"anruf\w*|tel|kontakt|melden|llam\w+|tel\u00e9fono|contact\w*|appel\w+|chiam\w+|telefon\w+|contatt\w+|lig\w+|reply|rsvp|questions?|ext)\b",
    re.IGNORECASE,
)
"""A text that says itself how its author is reached."""
GREETING = re.compile(
    r"(?:dear|hello|hi|hey|good\s+(?:morning|evening|day)|liebe\w*|hallo|guten|chers?|chères?|bonjour|"
    r"salut|querid\w*|hola|buen\w*|car[ie]|ciao|olá|bom|boa)\b",
    re.IGNORECASE,
)
"""What is followed by a comma at the beginning of a text."""


def first_told(leads: Sequence[Lead], asked: Constraints, seed: int, max_tokens: int | None) -> str:
    """The text of the first lead that can be told as it is asked for."""
    for lead in leads[:-1]:
        with suppress(GenerationFailed):
            return told(lead, asked, seed, max_tokens)
    return told(leads[-1], asked, seed, max_tokens)


def told(lead: Lead, asked: Constraints, seed: int, max_tokens: int | None) -> str:
    """The text of a lead in the form that is asked for; GenerationFailed if it cannot be."""
    salutation, signature = asked.salutation, asked.signature
    own = asked.listed and lead.closing != "hire"
    if asked.title == ANY_TITLE and (own or lead.closing in UNTITLED):
        title, body = own_title(lead.text)
        asked = replace(asked, title=title or ANY_TITLE)
        lead = lead if asked.listed else replace(lead, text=body)
    outer, asked = around(lead, asked)
    whole = _told(lead, asked, seed, max_tokens, signature)
    whole = whole.removeprefix(f"{outer.before.partition(LINE)[0]}:\n")
    whole = behind(
        salutation, fitting(whole, lead.text) if lead.language == "de" else whole, lead.language
    )
    if asked.paragraphs:
        whole = in_paragraphs(whole, asked.paragraphs)
    return f"{outer.before}{whole}{outer.after}"


def _told(lead: Lead, asked: Constraints, seed: int, max_tokens: int | None, signature: str) -> str:
    body = _body(lead, asked)
    lines = [line for line in _closings(lead, seed) if not _thanks_again(body, line)]
    lines = [line for line in lines if fits_voice(line, asked)]
    lines = [
        line
        for line in lines
        if not (ASKS_BACK.search(line) and REACHED.search(f"{body} {signature}"))
    ]
    if thanks(signature):
        lines = [line for line in lines if not THANKED.match(line)]
    must = bool(asked.question or asked.ends or asked.thanks or asked.action)
    if asked.thanks or asked.action:
        last = ending(lead.language, lead.closing, thanks=asked.thanks, action=asked.action)
        again = asked.thanks and THANKED.search(body.rsplit(". ", 1)[-1])
        lines = [] if again else [last]
    if asked.question:
        last = asked_too(asked.asking) or question(lead.language, lead.closing)
        lines = [] if body.endswith("?") else [last]
    if asked.ends:
        lines = [] if body.endswith(asked.ends) else [asked.ends]
    if asked.sentences:
        body, lines = _counted(body, lines, asked.sentences, must=must)
        must = True
    elif not must:
        lines = [] if asked.listed else lines[:1]
    gap = "\n\n" if LAST_POINT.search(body) and not asked.points else " "
    whole = gap.join((body, *lines)).replace("\n ", "\n\n" if asked.points else "\n").rstrip()
    if not must and not _fits(whole, asked, max_tokens):
        whole = body
    if max_tokens and len(whole.split()) * TOKENS_PER_WORD > max_tokens:
        whole = _cut(body, max_tokens)
    if asked.breach(whole):
        whole = _adjusted(body, lead, asked, seed) or whole
    _check(whole, asked)
    return whole


LAST_POINT = re.compile(r"\n(?:-|\d+\.) [^\n]+$")
"""A list at the end of a text."""


def _body(lead: Lead, asked: Constraints) -> str:
    """The lead in the form that is asked for: begun, as a list, with its points."""
    to_list = _to_list(lead, asked)
    body = _begun(listed(lead.text, asked) if to_list else lead.text, asked)
    if asked.listed == "numbered" and not to_list:
        body = numbered(body)
    if asked.points:
        points = (f"- {point[:1].upper()}{point[1:]}" for point in asked.points)
        body = "\n".join((body, "", *points, ""))
    return body


def _to_list(lead: Lead, asked: Constraints) -> bool:
    """Whether a text has to become a list; one of a prompt's own items is one already."""
    return bool(asked.listed) and "\n- " not in lead.text


def _check(whole: str, asked: Constraints) -> None:
    """Raise GenerationFailed for a text that breaks what is asked for."""
    if breach := asked.breach(whole):
        raise GenerationFailed(
            f"What this prompt tells takes {len(whole)} characters ({len(whole.split())} words), "
            f"not {breach}: change the prompt, or its length. {PLUG_IN}",
            retryable=False,
        )
    check_voice(whole, asked)
    if word := asked.avoided(whole):
        raise _cannot("avoid", word)
    if word := asked.left_out(whole):
        raise _cannot("use", word)


def _adjusted(body: str, lead: Lead, asked: Constraints, seed: int) -> str:
    """The body with those closing lines that bring it to its length; empty if none do."""
    if asked.question or asked.ends or asked.sentences:
        return ""
    lines = _closings(lead, seed)
    tries = [(line,) for line in lines] + [(one, two) for one in lines for two in lines]
    texts = (" ".join((body, *more)) for more in tries if len(set(more)) == len(more))
    return next((text for text in texts if not asked.breach(text)), "")


def _thanks_again(body: str, line: str) -> bool:
    return line.startswith("Thank") and "thank" in body.lower()


def _closings(lead: Lead, seed: int) -> tuple[str, ...]:
    """The lines that a text may end with; an e-mail brings its own."""
    if lead.language == "mail":
        return (lead.closing,)
    return closings(lead.language, lead.closing, seed)


def _fits(text: str, asked: Constraints, max_tokens: int | None) -> bool:
    tokens = len(text.split()) * TOKENS_PER_WORD
    return not asked.breach(text) and not (max_tokens and tokens > max_tokens)


def _begun(body: str, asked: Constraints) -> str:
    begins = asked.begins
    if not begins or body.lower().startswith(begins.lower()):
        return body
    head, _, points = body.partition("\n- ")
    if points and head.endswith(":") and "\n" not in head:
        return f"{begins.rstrip(':')}:\n- {points}"
    if begins[-1] in ".!?":
        return f"{begins} {body}"
    if begins[-1] in ":,;":
        return f"{begins} {inner(body)}"
    return f"{begins}{',' if GREETING.match(begins) else ':'} {inner(body)}"


def _cannot(verb: str, word: str) -> GenerationFailed:
    return GenerationFailed(
        f"The local text model cannot {verb} \u201c{word}\u201d with what this prompt tells. "
        'Set text.generator to "openai" for that.',
        retryable=False,
    )


def _counted(body: str, lines: list[str], bound: Bound, *, must: bool) -> tuple[str, list[str]]:
    """The body and the lines as so many sentences."""
    parts, rest = sentences.split(body)
    parts = [*parts, rest] if rest.strip() else parts
    most = (bound.most or len(parts) + len(lines)) - (len(lines) if must else 0)
    if len(parts) > most > 0:
        kept, joined = parts[: most - 1], parts[most - 1 :]
        merged = joined[0].rstrip(" .!")
        for part in joined[1:]:
            small = inner(part).rstrip(" .!")
            merged += f"; {small}" if small[:1].islower() else f" \u2013 {small}"
        return " ".join((*kept, f"{merged}.")), lines if must else []
    if must:
        lines, wanted = list(lines), bound.least - len(parts) - len(lines)
        found = lines
    else:
        wanted, found = bound.least - len(parts), []
        for line in lines:  # "Questions? Just ask." is two
            size = len(re.findall(r"[.!?](?:\s|$)", line))
            if size <= wanted:
                found.append(line)
                wanted -= size
    if wanted > 0 and (apart := SECOND.sub(_split, body, count=wanted)) != body:
        return _counted(apart, lines, bound, must=must)
    if wanted > 0 and (apart := COLON.sub(_stopped, body, count=1)) != body:
        return _counted(apart, lines, bound, must=must)
    if wanted > 0:
        raise GenerationFailed(
            f"The local text model cannot write {bound.least} sentences without inventing facts: "
            "tell more, or ask for fewer.",
            retryable=False,
        )
    return body, found


SECOND = re.compile(
    r"(?:,?\s+(?:and|but)\s+|,\s+(?=(?:we|it|they|you|the|our|this)\s+\w+\s+\w|(?:bring|come|please|call|book|ask)\s))(?P<next>(?:bring|come|please|call|book|ask)\s+\w+|(?:the|our|we|it|there|they|this|you|my|his|her|its|all)\s+[\w'\u2019]+\s)",
    re.IGNORECASE,
)
"""Where a sentence can be two: "it is closed and the winter room is open"."""


COLON = re.compile(r"(?<=\w\w\w):\s+(?P<next>\w)(?=\S*\s+\S+\s+\S)")
"""Where a heading can be a sentence: "A toast to Leo: sailor, beekeeper, cook"."""


def _split(found: re.Match[str]) -> str:
    return f". {found['next'][:1].upper()}{found['next'][1:]}"


def _stopped(found: re.Match[str]) -> str:
    return f". {found['next'].upper()}"


def _cut(text: str, tokens: int) -> str:
    words = text.split()
    most = max(1, int(tokens / TOKENS_PER_WORD))
    return text if len(words) <= most else f"{' '.join(words[:most]).rstrip(' ,;:-.')}…"
