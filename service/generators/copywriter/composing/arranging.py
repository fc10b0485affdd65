"""The parts around a text that code makes: a title, paragraphs, a postscript."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from service.generators.copywriter.composing.lead import Lead
from service.generators.copywriter.composing.own_words import sentence
from service.generators.prompt import Constraints
from service.generators.prompt.form.constraints import ANY_TITLE
from service.generators.prompt.form.mentions import main_clause
from service.generators.prompt.language import sentences
from service.generators.prompt.language.verbs import has_verb
from service.generators.protocol import GenerationFailed

TITLES = {
    "en": {
        "event": "You are invited",
        "info": "Good to know",
        "news": "News",
        "request": "A request",
        "remind": "Reminder",
        "sorry": "Please note",
        "hire": "We are hiring",
        "offer": "Our offer",
        "goods": "Our offer",
        "ask": "A question for you",
        "thank": "Thank you",
        "joy": "Congratulations",
        "welcome": "Welcome",
        "celebrate": "We are celebrating",
        "farewell": "Goodbye",
        "birthday": "Happy birthday",
        "lost": "Please help",
    },
    "de": {
        "event": "Einladung",
        "info": "Gut zu wissen",
        "news": "Neuigkeiten",
        "request": "Eine Bitte",
        "remind": "Erinnerung",
        "sorry": "Bitte beachten",
        "hire": "Stellenangebot",
        "ask": "Eine Frage an euch",
        "thank": "Vielen Dank",
        "joy": "Herzlichen Glückwunsch",
    },
    "es": {
        "event": "Invitación",
        "info": "Información",
        "news": "Novedades",
        "request": "Un favor",
        "remind": "Recordatorio",
        "sorry": "Aviso",
        "hire": "Oferta de empleo",
        "ask": "Una pregunta",
        "thank": "Gracias",
        "joy": "Felicidades",
    },
    "fr": {
        "event": "Invitation",
        "info": "Bon à savoir",
        "news": "Du nouveau",
        "request": "Une demande",
        "remind": "Rappel",
        "sorry": "Information",
        "hire": "Offre d'emploi",
        "ask": "Une question",
        "thank": "Merci",
        "joy": "Félicitations",
    },
    "it": {
        "event": "Invito",
        "info": "Buono a sapersi",
        "news": "Novità",
        "request": "Una richiesta",
        "remind": "Promemoria",
        "sorry": "Avviso",
        "hire": "Offerta di lavoro",
        "ask": "Una domanda",
        "thank": "Grazie",
        "joy": "Congratulazioni",
    },
    "pt": {
        "event": "Convite",
        "info": "Informação",
        "news": "Novidades",
        "request": "Um pedido",
        "remind": "Lembrete",
        "sorry": "Aviso",
        "hire": "Oferta de emprego",
        "ask": "Uma pergunta",
        "thank": "Obrigado",
        "joy": "Parabéns",
    },
}
"""Titles that are right for each kind of message, by language and kind of closing line."""


class Around(NamedTuple):
    """What stands before and after a text."""

    before: str
    after: str


def around(lead: Lead, asked: Constraints) -> tuple[Around, Constraints]:
    """The title and the postscript of a text, and what is then asked of the text itself."""
    title = asked.title
    if title == ANY_TITLE:
        language = "en" if lead.language == "mail" else lead.language
        title = TITLES[language].get(lead.closing or "news", "")
        if not title:
            raise GenerationFailed(
                "The local text model cannot find a title for this: give its words.",
                retryable=False,
            )
    title = title.upper() if asked.title_case else title
    before = "".join(f"{line}\n\n" for line in (title, asked.salutation) if line)
    signed = ("\n" if lead.language == "mail" else "\n\n") + asked.signature
    after = signed if asked.signature else ""
    after += f"\n\nP.S. {sentence(main_clause(asked.postscript))}" if asked.postscript else ""
    inner = replace(asked, title="", postscript="", salutation="", signature="")
    return Around(before, after), inner.shorter_by(before + after)


MOST_TITLE_WORDS = 8


def own_title(text: str) -> tuple[str, str]:
    """The heading with which a text begins, and the rest; else an empty title and the text."""
    found = OWN_TITLE.match(text)
    if not found or len(found["title"].split()) > MOST_TITLE_WORDS:
        named = NAMED_FIRST.match(text)
        return (named["title"], text) if named and not has_verb(named["title"]) else ("", text)
    rest = text[found.end() :]
    return found["title"], rest if rest.startswith("- ") else f"{rest[:1].upper()}{rest[1:]}"


NAMED_FIRST = re.compile(r"(?P<title>(?:[^\s:.!?,]+\s){1,6}?[^\s:.!?,]+),\s")
OWN_TITLE = re.compile(
    r"(?P<title>[^:.!?\n]{3,60}?(?=\s?:\s)|[^:.!?,\n]{3,60}?)(?:\s?:\s+|(?<=\w)[.]\s+|(?=!)(?P<mark>!+)\s+)(?=\S+\s+\S)"
)
"""A first sentence of few words, or what stands before the first colon."""


def in_paragraphs(text: str, many: int) -> str:
    """A text in so many paragraphs; GenerationFailed if it has fewer sentences."""
    parts, rest = sentences.split(text)
    parts = [*parts, rest] if rest.strip() else parts
    for at in range(len(parts) - 2, -1, -1):
        if " " not in parts[at]:  # "Questions? Just ask."
            parts[at : at + 2] = [f"{parts[at]} {parts[at + 1]}"]
    if len(parts) < many:
        raise GenerationFailed(
            f"The local text model cannot write {many} paragraphs without inventing facts: "
            "tell more, or ask for fewer.",
            retryable=False,
        )
    size, more = divmod(len(parts), many)
    ends = [size * n + min(n, more) for n in range(many + 1)]
    return "\n\n".join(" ".join(parts[a:b]) for a, b in pairwise(ends))


ITEMS = re.compile(r",\s+(?:and\s+)?(?!\d{3}\b)|;\s+")
FEWEST_ITEMS = 2


def listed(text: str, asked: Constraints) -> str:
    """A text as its first words and a list of the rest; GenerationFailed if that is no list."""
    parts, rest = sentences.split(text)
    first, *others = [*parts, rest] if rest.strip() else parts
    head, colon, detail = first.partition(": ")
    if not colon:
        head, _, detail = first.partition(", ")
    items = [item for item in ITEMS.split(detail.rstrip(". ")) if item]
    if len(items) < FEWEST_ITEMS:
        head, items, others = first, others, []
    if len(items) < FEWEST_ITEMS:
        raise GenerationFailed(
            "The local text model cannot make a list of what this prompt tells: name its items.",
            retryable=False,
        )
    if asked.items > len(items):
        raise GenerationFailed(
            f"The local text model cannot make {asked.items} items of what this prompt tells.",
            retryable=False,
        )
    if asked.items:
        items[asked.items - 1 :] = [", ".join(items[asked.items - 1 :])]
    marks = (f"{n}. " if asked.listed == "numbered" else "- " for n in range(1, len(items) + 1))
    lines = [f"{mark}{item[:1].upper()}{item[1:]}" for mark, item in zip(marks, items, strict=True)]
    end = f"\n\n{' '.join(others)}" if others else ""
    return "\n".join((f"{head.rstrip(' .:')}:", *lines)) + end


def numbered(text: str) -> str:
    """A list with numbers in place of its dashes."""
    lines = text.split("\n")
    points = [line for line in lines if line.startswith("- ")]
    places = {line: at for at, line in enumerate(points, 1)}
    return "\n".join(
        f"{places[line]}. {line.removeprefix('- ')}" if line in places else line for line in lines
    )
