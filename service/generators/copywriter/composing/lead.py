"""The part of a text that code makes: the prompt's own facts, in its own words and language."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from service.generators.copywriter.composing.absence import absence_note
from service.generators.copywriter.composing.addressees import to_whom
from service.generators.copywriter.composing.asking import asked, asked_abroad
from service.generators.copywriter.composing.closings import OF_ORDER
from service.generators.copywriter.composing.headed import CLOSING, opened, speaks_to_one, to_one
from service.generators.copywriter.composing.own_words import (
    ACTION,
    action,
    and_then,
    apart,
    contracted,
    inner,
    nominative,
    reminders_apart,
    role,
    sentence,
    statement,
    to_readers,
)
from service.generators.copywriter.composing.presenting import (
    INTRODUCED,
    PRESENTED,
    cancelled,
    is_own_matter,
    is_own_thing,
    is_person,
    presented,
    slogan,
    without_author,
)
from service.generators.copywriter.composing.templates import filled
from service.generators.copywriter.signs import (
    GRIM,
    LOST,
    NO_SCENE,
    NOT_SAD,
    OFFERED,
    OURS,
    OURS_ENGLISH,
    QUESTION,
    SAD,
    TO_READERS,
    UNSAFE,
)
from service.generators.prompt import Understanding
from service.generators.prompt.form.authors import inner_start
from service.generators.prompt.form.items import ItemList
from service.generators.prompt.heading.reading import Heading
from service.generators.prompt.language.verbs import has_verb
from service.generators.prompt.subject.facts import has_hard_facts, lost
from service.generators.prompt.subject.orders import Order
from service.generators.prompt.subject.phrase import PHOTO


@dataclass(frozen=True, slots=True)
class Lead:
    """The part of a text that code makes, and the kind of line that may end it."""

    text: str
    closing: str
    """A kind of closing line; empty for none."""
    language: str


BROKEN = re.compile(
    r"\b(?:to|of|with)\s+(?:for|from|to|of|that)\b(?!\s+(?:time|course|old))|\b(?:For\s+(?:sale|rent)):\s+[^:,.]{0,40}\b(?:for\s+sale|to\s+rent|for\s+rent|to\s+let)\b|"
    r"^Please\s+welcome\s+(?:for|from|to|card)\b|^Meet\s+.*\b(?:leav|retir)\w*|\blooking\s+for\s+(?:an?\s+)?(?:we|we're|our|[^.,]{0,40}\b(?:is|are|sucht|busca|cherche|cerca|procura)\s)|^(?:Buscamos|Cerchiamo|Procuramos|Nous\s+recherchons|Wir\s+suchen)\s[^.]*\b(?:busca|cerca|procura|recherche|cherche|sucht)\s|\b(\w{4,})\s+\1\b",
)
"""A template that does not fit the words of a prompt."""


def lead(prompt: Understanding, seed: int = 0, *, mail: bool = False) -> Lead | None:
    """The lead that a prompt's order and facts make; None if it leaves the text to the model.

    `mail` addresses one reader instead of all.
    """
    if titled := _titled(prompt):
        return titled
    order, language = prompt.order, prompt.language
    if not language:
        return None
    kept = [statement(other) for other in prompt.statements]
    background, kept = kept[: prompt.before], kept[prompt.before :]
    if prompt.heading and order.link == ":":
        return _headed(prompt, prompt.heading, background, kept)
    if order.name:
        others = bool(kept or background)
        made = _ordered(order, "mail" if mail else language, seed, others=others)
        if not made:
            return None
        closing = _closing(order, prompt, made)
    elif (
        language == "en"
        and order.subject.endswith("?")
        and (kept or TO_READERS.match(order.subject))
    ):
        made, closing = statement(order.subject), "ask"
    elif language == "en" and is_own_thing(order.subject) and not UNSAFE.search(prompt.prompt):
        made = presented(order, inner(order.subject))
        shown = any(made.startswith(begin) for begin, _ in PRESENTED)
        closing = _closing(replace(order, name="promote"), prompt, made) if shown else ""
    elif language != "en" or _tells(order.subject, kept):
        made = statement(_with_role(PHOTO.sub("", order.subject)))
        closing = _after_statement(prompt, others=bool(kept))
    else:
        return None
    made = _sound(to_whom(order, made, "mail" if mail else language), order)
    if made.endswith(":"):
        kept = [*map(inner_start, kept[:1]), *kept[1:]]
    return Lead(" ".join((*background, made, *kept)), closing, language)


def _sound(made: str, order: Order) -> str:
    """The first sentences of a text, or the prompt's own words where a template does not fit."""
    if order.name == "farewell":
        made = made.replace("goodbye to my ", "goodbye to our ")
    return statement(order.subject) if lost(order.subject, made) or BROKEN.search(made) else made


def _headed(prompt: Understanding, found: Heading, background: list[str], kept: list[str]) -> Lead:
    """The statements of a prompt that begins with its readers."""
    x, *actions = _parts(prompt.order) if prompt.language == "en" else [prompt.order.subject]
    made = opened(found, x, others=background)
    if speaks_to_one(found):
        actions, kept = [*map(to_one, actions)], [*map(to_one, kept)]
    closing = CLOSING.get(found.kind, "")
    return Lead(" ".join((*background, made, *actions, *kept)), closing, prompt.language)


MOURNED = re.compile(
    r"(?:the\s+)?(?:death|passing|loss)\s+of\s+(?=our\b|the\b|[A-Z])", re.IGNORECASE
)


def _grim(x: str) -> str:
    """What a sad subject becomes: "the death of our founder" is "We mourn our founder"."""
    died = MOURNED.match(x)
    return sentence(f"We mourn {x[died.end() :]}" if died else f"Please note: {x}")


TAKES_PART = re.compile(
    r"(?:submit|send|apply|share|enter|donate|vote|sign\s+up|register|contribute|write|comment|design|bid|nominate|answer|test)\b",
    re.IGNORECASE,
)
"""What readers are invited to do from where they are: nobody sees them."""


def _closing(order: Order, understood: Understanding, made: str) -> str:
    """The kind of closing line after an order."""
    prompt, kind = understood.prompt, OF_ORDER.get(order.name, "")
    kind = "" if made.startswith("Introducing") else kind
    kind = "" if order.name == "invite" and TAKES_PART.match(order.subject) else kind
    if understood.language == "en" and LOST.search(prompt):
        return "lost"
    sad, grim = SAD.search(NOT_SAD.sub(" ", prompt)), GRIM.search(prompt)
    if (
        (sad or grim)
        and (kind in {"hire", "offer"} or OFFERED.search(prompt))
        and order.name != "promote"
    ):
        return kind.replace("offer", "")
    if (
        kind in {"", "news", "offer"}
        and order.name not in {"", "wellwish", "release", "list", "hire"}
        and (sad or grim)
    ):
        told = made.startswith("Please note") or order.name not in {"write", "promote", "describe"}
        return "sorry" if sad or told else ""
    if kind == "news" and order.link == "that":
        return "info"
    if order.name in {"write", "promote", "describe"} and understood.language == "en":
        kind = next((kind for begin, kind in PRESENTED if made.startswith(begin)), kind)
    if kind == "scene" and not (grim and made.startswith("Please note")):
        return _after_scene(order, understood)
    kind = kind.replace("scene", "sorry")
    return "" if kind == "welcome" and re.search(r"\bto\b", order.subject) else kind


def _after_statement(prompt: Understanding, *, others: bool) -> str:
    """The kind of closing line after a prompt that is its own text."""
    if prompt.language == "en" and LOST.search(prompt.prompt):
        return "lost"
    own = NO_SCENE.search(prompt.order.subject) or has_hard_facts(prompt.prompt)
    if prompt.language != "en" and (others or own):
        return ""
    if is_bad_news(prompt.prompt):
        return "sorry"
    return "scene" if prompt.language != "en" else ""


def is_bad_news(prompt: str) -> bool:
    """Whether readers are asked to bear something; a job ad or a sale never is that."""
    return bool(SAD.search(NOT_SAD.sub(" ", prompt))) and not OFFERED.search(prompt)


def _after_scene(order: Order, understood: Understanding) -> str:
    """The kind of closing line of a text that is neither an offer nor an event."""
    prompt = understood.prompt
    if GRIM.search(prompt) and not OURS.search(prompt):
        return "sorry" if SAD.search(NOT_SAD.sub(" ", prompt)) else ""
    said = OURS.search(prompt) or SPEAKER.search(prompt)
    business = has_hard_facts(prompt) or said or understood.language != "en"
    return "" if order.name and business else "scene"


def _tells(first: str, others: list[str]) -> bool:
    """Whether a prompt without an order is a text by itself."""
    if QUESTION.match(first) and not re.match(r"what's\s+(?:on|new)\b[^?]*:", first, re.IGNORECASE):
        return False
    labelled = re.match(r"[A-Z][\w' -]{2,30}:\s|(?i:lost|found|missing|wanted|stolen)\s", first)
    return bool(others or labelled) or has_verb(first) or has_hard_facts(first)


def _with_role(text: str) -> str:
    """A sentence like "We are looking for part-time gardener", with its article."""
    found = re.match(r"(.*\b(?:looking|searching)\s+for\s+|.*\bhiring\s+)(.+)", text, re.IGNORECASE)
    return f"{found[1]}{role(found[2])}" if found and found[2][:1].islower() else text


def _ordered(order: Order, language: str, seed: int, *, others: bool) -> str:
    """The first sentences of an order; empty if the model has to write them."""
    if language not in {"en", "mail"}:
        return _foreign(order, language, seed)
    if order.name in {"write", "describe"} and PHOTO.match(order.subject):
        return statement(PHOTO.sub("", order.subject))
    x, *actions = _parts(order)
    match order.name:
        case "ask":
            made = statement(x) if order.link == ":" else asked(x)
        case "away":
            made = absence_note(order.subject, "en")
            actions = []
        case "write" | "announce" if language == "en" and GRIM.search(x) and not has_verb(x):
            made = _grim(x)
        case "cancel" if language == "en":
            made = cancelled(order.subject)
            actions = []
        case "introduce" | "slogan" | "remind" if said := _named(order, language, x, seed):
            made = said
        case "write" | "promote" | "describe" if language == "en":
            facts = has_verb(x) or has_hard_facts(order.subject) or others
            facts = facts or bool(INTRODUCED.match(x))
            own = order.name == "write" and OURS_ENGLISH.match(x) and is_own_thing(x)
            if order.name != "promote" and not facts and not own:
                return ""
            named = bool(BARE.fullmatch(x)) or is_own_matter(x)
            bare = order.name == "write" and others and named
            made = f"{x[:1].upper()}{x[1:]}:" if bare else presented(order, x)
        case _:
            made = filled(order, language, seed, x)
    return " ".join((made, *actions))


TITLED = frozenset({"", "write", "describe", "list"})
"""Orders whose subject is the title of the points that a prompt brings."""

WRITING = re.compile(
    r"^(?:please\s+)?(?:write|make|draft|list|create|prepare|give\s+(?:me|us)|schreib\w*|erstell\w*|escrib\w*|écri\w*|"
    r"rédige\w*|scriv\w*|escrev\w*)\s+(?:(?:me|us|mir|uns)\s+)?",
    re.IGNORECASE,
)
"""A verb for writing, where it is no known order."""


def _named(order: Order, language: str, x: str, seed: int) -> str:
    """A slogan, a thing that is introduced, or what readers are reminded of; or empty."""
    if order.name == "slogan":
        return slogan(order.subject, seed)
    if language == "en" and order.name == "introduce" and not is_person(x):
        return sentence(f"Introducing {x}")
    reminded = order.name == "remind" and bool(re.match(r"an?\s", x)) and not has_verb(x)
    return sentence(f"A reminder: {x}") if reminded else ""


SOUGHT = re.compile(
    r"^(?:cercasi|si\s+cerca|cerchiamo|se\s+busca|buscamos|procura-se|procuramos|precisa-se\s+de|gesucht:?|wir\s+suchen|suchen|"
    r"on\s+(?:re)?cherche|nous\s+(?:re)?cherchons)\s*:?\s*",
    re.IGNORECASE,
)
"""The words of a job ad that its lead says already."""

SPEAKER = re.compile(r"\b(?:we|us|you|your|please|needs?|donat\w+)\b", re.IGNORECASE)
"""Signs of speech: no line about a moment to enjoy fits it."""

BARE = re.compile(r"(?!(?:an?|the|our|my|this|these|some)\b)[a-z][\w'-]*(?:\s[a-z][\w'-]*)?")
"""A subject in one or two common words, without an owner: "wasps"."""

TO_PEOPLE = frozenset(
    {"welcome", "thank", "congratulate", "birthday", "farewell", "invite", "introduce", "wellwish"}
)
"""Orders about people or events; a sentence behind their comma stands by itself."""


def _parts(order: Order) -> list[str]:
    """What an order is about, and the sentences that follow it."""
    x, *actions = (part.strip(" ,") for part in ACTION.split(and_then(order.subject.strip(" .:"))))
    head, comma, rest = x.partition(", ")
    if pronoun := re.search(r",\s+(?=(?:he|she|they|it)\b)", x):
        head, comma, rest = x[: pronoun.start()], ", ", x[pronoun.end() :]
    if (
        order.name in TO_PEOPLE
        and comma
        and not rest[:1].isdigit()
        and has_verb(rest)
        and not has_verb(head)
    ):
        x, actions = head, [rest, *actions]
    if order.name == "say":
        x = without_author(x)
    if order.link == "that":
        x = apart(x, "en")
        x = reminders_apart(x, "en")
        x = x if order.name == "remind" else to_readers(x, order.whom)
    elif order.link == "to":
        x = apart(x, "en")
    return [x, *map(action, actions)]


def _foreign(order: Order, language: str, seed: int) -> str:
    """The first sentence of an order in another language than English."""
    x = order.subject.strip(" .!:")
    if order.name == "hire":
        x = SOUGHT.sub("", x)
    if order.name == "ask" and not x.endswith("?"):
        return asked_abroad(x, language)
    if order.name == "away":
        return absence_note(x, language)
    if order.name == "remind":
        x = reminders_apart(x, language)
    if order.link == "that":
        x = apart(x, language)
    if order.name == "cancel" and order.link == "für" and ": " in x:
        what, _, why = nominative(x).partition(": ")
        return statement(f"{what} ist abgesagt: {why}")
    if order.name == "say" and language == "de":
        return statement(nominative(x))
    return contracted(filled(order, language, seed, x), language)


def _titled(prompt: Understanding) -> Lead | None:
    """The list of a prompt's own items, or the title of its points; None if it has neither."""
    order, items = prompt.order, prompt.items
    if items and not (items.name == "notes" and has_verb(items.items[0])):
        return _list(items)
    title = WRITING.sub("", order.subject)
    if not prompt.asked.points or order.name not in TITLED or has_verb(title):
        return None
    return Lead(f"{statement(title).rstrip('.')}:", "", prompt.language)


def _list(found: ItemList) -> Lead:
    """A list of the prompt's own items."""
    own = found.name == "notes" and re.match(r"(?:our|the|my)\b", found.of)
    of = found.of if own else found.of[:1].upper() + found.of[1:]
    if found.name == "notes":
        version = of[:1].lower() + of[1:] if of.startswith("Version") else of
        head = f"What is new in {version}" if of else "What is new"
    else:
        head = of or ("Ingredients" if found.name == "recipe" else found.words.capitalize())
    bullets = "\n".join(f"- {item[:1].upper()}{item[1:]}" for item in found.items)
    behind = f"\n\n{statement(found.behind)}" if found.behind else ""
    return Lead(f"{head}:\n{bullets}{behind}", "", "en")
