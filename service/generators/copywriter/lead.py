"""The part of a text that code makes: the prompt's own facts, in its own words and language."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from pathlib import Path

from service.generators.copywriter.closings import OF_ORDER
from service.generators.copywriter.own_words import (
    ACTION,
    action,
    asked,
    contracted,
    inner,
    role,
    sentence,
    statement,
    to_you,
)
from service.generators.prompt import Understanding
from service.generators.prompt.facts import has_hard_facts, lost
from service.generators.prompt.items import ItemList
from service.generators.prompt.orders import Order
from service.generators.prompt.phrase import PHOTO, noun_phrase
from service.generators.prompt.verbs import has_verb

TABLE = Path(__file__).with_name("leads.tsv")

SAD = re.compile(
    r"\b(?:clos(?:e|ed|es|ing|ure)|cancel\w*|delay\w*|late|sold\s+out|postpon\w*|strike|outage|"
    r"maintenance|increas\w*|out\s+of\s+order|fällt|geschlossen|cerrad\w*|cierr\w*|fermé\w*|ferme|"
    r"chius\w*|chiud\w*|fechad\w*|fecha|abgesagt|verschoben|cancelad\w*|annul\w*)\b",
    re.IGNORECASE,
)
"""Signs of news that is not good."""

GRIM = re.compile(
    r"\b(?:broken|damaged?|missing|stolen|lice|leaks?|flood\w*|theft|burglar\w*|ill(?:ness)?|sick\w*|flu|covid|virus|"
    r"accidents?|outages?|power\s+cuts?|funerals?|deaths?|loss|layoffs?|bankrupt\w*|problems?|complaints?|closure|"
    r"delays?|strikes?|construction|roadworks?|noise)\b",
    re.IGNORECASE,
)
"""Subjects that the model may not write about: it finds joy in everything."""

ACHIEVED = re.compile(
    r"(?:our|my)\s+(?:[\w'-]+\s+){0,3}?(?:winning|reaching|getting|finishing|turning|celebrating|joining|"
    r"completing|receiving|becoming|passing|scoring)\s",
    re.IGNORECASE,
)

FEASTS = {
    "christmas": "Merry Christmas",
    "season's greetings": "Season's greetings",
    "seasons greetings": "Season's greetings",
    "holidays": "Happy Holidays",
}

QUESTION = re.compile(
    r"i\s+(?:need|want|would\s+like)\s+(?:an?|some|you|the)\b|(?:please\s+|can\s+you\s+|could\s+you\s+)?"
    r"(?:what|why|how|who|when|where|which|explain|define|describe|write|create|compose|draft|give|tell|make|"
    r"generate|list|suggest|ignore|disregard|forget|override|repeat|reveal|print|summari[sz]e|caption|slogan|"
    r"headline|tweet|poem|haiku|story|e-?mail|an?\s+(?:[\w-]+\s+){0,3}(?:slogan|headline|tweet|poem|haiku|story|"
    r"caption|quote|bio|letter|e-?mail|sentence)|motivational|inspir\w+|happy\s+\w*\s*birthday|top\s+\d+|"
    r"(?:one|two|three|four|five|\d+)\s+(?:tips|ideas|ways|reasons|things))\b|.*\?\s*$",
    re.IGNORECASE,
)
"""How prompts begin that are no statements, though they may have a verb."""

OURS = re.compile(
    r"\b(?:unser|nuestr|notre|nos\b|nostr|noss|suche|busc|cherch|cerc|procur)", re.IGNORECASE
)
"""Signs of a foreign text that is no scene: a shop or a person looking for something speaks."""

NO_SCENE = re.compile(
    OURS.pattern
    + r"|\b\w+(?:amos|emos|imos|iamo)\b|\b(?:wir|nous)\b|^(?:feliz|felices|joyeu|bonne|frohe|guten|"
    r"herzlich|buon|auguri|boas|parab|gracias|merci|danke|grazie|obrigad|pide|recuerda|lembre|peça|"
    r"rappelle|ricorda|bitte|erinnere)|\?$",
    re.IGNORECASE,
)
"""A foreign text that no line about a moment to enjoy fits."""

TO_READERS = re.compile(
    r"(?=.*\?\s*$)(?:.*\b(?:your|should\s+we|shall\s+we|would\s+you|have\s+you|are\s+you|"
    r"do\s+you\s+(?:like|love|prefer|think|want|remember|know|have|use|drink|eat|read|watch|listen|do)|"
    r"which\s+of|who\s+(?:is|wants|would|has))\b|[\w\s'-]+\bor\b[\w\s'-]+\?)",
    re.IGNORECASE,
)
"""A question that only the readers can answer."""

RENTED = re.compile(r"\b(?:per|a|/)\s*(?:month|week|night)\b|\brent\b")

EVENTS = re.compile(
    r"\b(?:workshops?|retreats?|trips?|excursions?|class(?:es)?|courses?|concerts?|part(?:y|ies)|markets?|fairs?|festivals?|tours?|talks?|meet(?:ing|up)s?|"
    r"evenings?|nights?|mornings?|days?|webinars?|exhibitions?|quiz|shows?|gigs?|screenings?|readings?|tastings?|"
    r"brunch(?:es)?|dinners?|lunch(?:es)?|breakfasts?|picnics?|races?|runs?|walks?|rides?|openings?|sessions?|lessons?|match(?:es)?|"
    r"tournaments?|ceremon(?:y|ies)|auctions?|raffles?|bazaars?|camps?|trainings?|rehearsals?|auditions?|hikes?|games?)\b",
    re.IGNORECASE,
)
"""Nouns of events."""

NOUN_END = re.compile(r" (?:at|on|from|in|for|with|of|about|to|by|and|\d\S*) ")

PLACES = re.compile(
    r"\b(?:shop|store|caf[eé]|bakery|restaurant|salon|museum|gym|hotel|library|studio|garden|market|bar|pub|gallery|"
    r"school|club|centre|center|farm|pool|cinema|theatre|theater|clinic|practice|boutique|florist|barber\w*)\b",
    re.IGNORECASE,
)


PHOTO_OF = re.compile(r"\b(?:photo|picture|selfie)\b", re.IGNORECASE)

PEOPLE = re.compile(
    r"\b(?:team|staff|crew|baristas?|chefs?|bakers?|trainers?|teachers?|apprentices?|colleagues?|interns?|"
    r"volunteers?|players?|singers?|nurses?|doctors?|gardeners?|waiters?|drivers?|coach(?:es)?)$",
    re.IGNORECASE,
)

PRESENTED = (
    ("Join us", "event"),
    ("Come to", "event"),
    ("Discover", "offer"),
    ("We are happy about", "joy"),
    ("Meet", ""),
)
"""How a thing or an event is presented, and the closing lines that go with it."""

PLACE_SLOGANS = ("worth every visit", "where you feel at home", "good things every day")
THING_SLOGANS = ("made for every day", "simply good", "made with care")

OURS_ENGLISH = re.compile(r"(?:our|my)\b", re.IGNORECASE)

OFFERED = re.compile(r"\d|free\b|half\s+price|save\b|from\s", re.IGNORECASE)
"""How an offer begins that stands by itself: "20 % off all lamps"."""


@dataclass(frozen=True, slots=True)
class Lead:
    """The part of a text that code makes, and the kind of line that may end it."""

    text: str
    closing: str
    """A kind of closing line; empty for none."""
    language: str


def lead(prompt: Understanding, seed: int = 0, *, mail: bool = False) -> Lead | None:
    """The lead that a prompt's order and facts make; None if it leaves the text to the model.

    `mail` addresses one reader instead of all.
    """
    if prompt.items:
        return _list(prompt.items)
    order, language = prompt.order, prompt.language
    if not language:
        return None
    kept = [statement(other) for other in prompt.statements]
    if order.name:
        made = _ordered(order, "mail" if mail else language, seed, others=bool(kept))
        if not made:
            return None
        closing = _closing(order, prompt.prompt, made)
    elif language == "en" and TO_READERS.match(order.subject):
        made, closing = statement(order.subject), "ask"
    elif language == "en" and _is_own_thing(order.subject):
        made = _presented(order, inner(order.subject))
        closing = _closing(replace(order, name="promote"), prompt.prompt, made)
    elif language != "en" or _tells(order.subject, kept):
        made = statement(_with_role(order.subject))
        closing = ("sorry" if SAD.search(prompt.prompt) else "") or "scene" * (language != "en")
        if language != "en" and (NO_SCENE.search(order.subject) or has_hard_facts(prompt.prompt)):
            closing = ""
    else:
        return None
    text = " ".join((made, *kept))
    if lost(" ".join((order.subject, *kept)), text):
        text = " ".join((statement(order.subject), *kept))
    return Lead(text, closing, language)


def _closing(order: Order, prompt: str, made: str) -> str:
    """The kind of closing line after an order."""
    kind = OF_ORDER.get(order.name, "")
    sad = SAD.search(prompt) or GRIM.search(prompt)
    if kind in {"", "news", "offer"} and order.name and sad:
        return "sorry"
    if kind == "news" and order.link == "that":
        return "info"
    if kind == "scene" and (has_hard_facts(prompt) or OURS.search(prompt)):
        return ""
    if order.name in {"write", "promote", "describe"}:
        came = next((kind for begin, kind in PRESENTED if made.startswith(begin)), kind)
        kind = came if came != "scene" or not has_hard_facts(prompt) or GRIM.search(prompt) else ""
    if kind == "scene" and GRIM.search(prompt):
        return "sorry"
    if kind == "welcome" and re.search(r"\bto\b", order.subject):
        return ""
    return kind


def _tells(first: str, others: list[str]) -> bool:
    """Whether a prompt without an order is a text by itself."""
    if QUESTION.match(first) and not re.match(r"what's\s+(?:on|new)\b[^?]*:", first, re.IGNORECASE):
        return False
    labelled = re.match(r"[A-Z][\w' -]{2,30}:\s", first)
    return bool(others or labelled) or has_verb(first) or has_hard_facts(first)


def _is_own_thing(text: str) -> bool:
    """Whether a text only names something of a shop: "our new scarf"."""
    head = text.partition(",")[0]
    acting = re.search(r"\w\s+\w+ing\s+\w+", head)  # "our barista pouring a coffee" is a scene
    named = OURS_ENGLISH.match(text) and noun_phrase(head) and not has_verb(text)
    own = acting is None or EVENTS.search(acting[0]) or ACHIEVED.match(head)
    return bool(named and own)


def _with_role(text: str) -> str:
    """A sentence like "We are looking for part-time gardener", with its article."""
    found = re.match(r"(.*\b(?:looking|searching)\s+for\s+|.*\bhiring\s+)(.+)", text, re.IGNORECASE)
    return f"{found[1]}{role(found[2])}" if found and found[2][:1].islower() else text


def _ordered(order: Order, language: str, seed: int, *, others: bool) -> str:
    """The first sentences of an order; empty if the model has to write them."""
    if language not in {"en", "mail"}:
        x = order.subject.strip(" .!:")
        if order.name == "ask" and not x.endswith("?"):
            return ("¿" if language == "es" else "") + f"{x[:1].upper()}{x[1:]}?"
        return contracted(_filled(order, language, seed, x), language)
    x, *actions = ACTION.split(order.subject.strip(" .:"))
    x = PHOTO.sub("", x.strip(" ,"))
    actions = [action(part) for part in actions]
    match order.name:
        case "ask":
            made = statement(x) if order.link == ":" else asked(x)
        case "away":
            made = _away(order.subject)
            actions = []
        case "write" | "announce" if language == "en" and GRIM.search(x) and not has_verb(x):
            made = sentence(f"Please note: {x}")
        case "slogan":
            return _slogan(order.subject, seed)
        case "write" | "promote" | "describe" if language == "en":
            facts = has_verb(x) or has_hard_facts(order.subject) or others
            own = order.name == "write" and OURS_ENGLISH.match(x) and _is_own_thing(x)
            if order.name != "promote" and not facts and not own:
                return ""
            made = _presented(order, x)
        case _:
            made = _filled(order, language, seed, x)
    return " ".join((made, *actions))


def _filled(order: Order, language: str, seed: int, x: str) -> str:
    """The lead of the table with the words of the prompt; without one these are the lead."""
    if language != "mail" and order.name == "write" and OURS.match(x) and not has_verb(x):
        order = replace(order, name="describe")
    rows = _leads().get((language, order.name, order.link)) or _leads().get(
        (language, order.name, "")
    )
    if not rows and language == "mail":
        rows = _leads().get(("en", order.name, order.link)) or _leads().get(("en", order.name, ""))
    news = order.name == "announce" and order.link == "about" and language == "en"
    told = language not in {"en", "mail"} and order.name == "describe" and ":" in x
    if not rows or told or (news and (":" in x or (has_verb(x) and "," not in x))):
        return statement(x)
    template, sad = rows[seed % len(rows)]
    template = sad or template if SAD.search(x) else template
    if order.name == "sell" and RENTED.search(order.subject):
        template = template.replace("sale", "rent")
    if order.name == "welcome" and re.search(r"\bto\b", x):
        template = "Please welcome {x}."
    x = x.rstrip(" .!")
    if language == "mail" and order.name == "write" and ", " in x:
        x, _, details = x.partition(", ")
        x = f"{x}. Details: {details}"
    if news or (language == "mail" and order.name == "write"):
        x = _with_article(x)
    feast = re.sub(r"^(?:happy|merry)\s+", "", order.feast).title().replace("'S", "'s")
    made = template.format(
        x=x,
        y=to_you(x),
        role=role(x),
        whom=order.whom,
        feast=f"{order.feast} ".lstrip() if order.name == "birthday" else _feast(feast),
    )
    if order.name == "apologise" and re.search(r"\b(?:my|i)\b", x, re.IGNORECASE):
        made = made.replace("We are", "I am", 1)
    return sentence(made)


def _feast(name: str) -> str:
    return FEASTS.get(name.lower(), f"Happy {name}")


def _with_article(x: str) -> str:
    """A noun phrase with the article that it needs in a sentence."""
    head, comma, rest = x.partition(",")
    phrase = noun_phrase(head)
    return f"{phrase.a}{comma}{rest}" if phrase and phrase.a.endswith(head) else x


def _presented(order: Order, x: str) -> str:  # noqa: PLR0911 - one way of presenting each
    """A thing, an offer or an event with its facts, as a sentence to the readers."""
    head, comma, rest = x.partition(", ")
    if order.name == "promote":
        x = re.sub(r"^an?\s+(?=[^,]*:)", "our ", x)
    if order.author and not has_verb(head):
        return sentence(f"{order.author}: {x}")
    if has_verb(head) or ":" in x or OFFERED.match(x) or PHOTO_OF.search(head):
        return statement(x)
    if ACHIEVED.match(head):
        return sentence(f"We are happy about {x}")
    if EVENTS.search(NOUN_END.split(head)[0].rpartition(" ")[2]) and order.name != "describe":
        return sentence(f"Join us for {_with_article(x)}")
    if PEOPLE.search(head):
        return sentence(f"Meet {x}")
    if order.name == "describe" or comma:
        thing = re.sub(r"^(?:an?|the|my|our)\s+", "", head)
        return sentence(f"Discover our {thing}{': ' + rest if rest else ''}")
    if PLACES.search(head):
        return sentence(f"Come to {x}")
    return sentence(f"Discover {_with_article(x)}")


def _slogan(x: str, seed: int) -> str:
    """A line that is true of every shop or thing of its kind."""
    it = re.sub(r"^(?:an?|the|our|my)\s+", "", x.rstrip(" .!"))
    lines = PLACE_SLOGANS if PLACES.search(it) else THING_SLOGANS
    return f"Our {it}: {lines[seed % len(lines)]}"


def _away(text: str) -> str:
    """An absence note."""
    parts = [part.strip(" .") for part in re.split(r"[,;]\s+", text) if part.strip(" .")]
    made = ["Thank you for your message."]
    if re.match(r"(?:back|returning|available)\b", parts[0], re.IGNORECASE):
        made.append("I am out of the office.")
    for part in parts:
        if re.match(r"(?:back|out|away|on|returning|available)\b", part, re.IGNORECASE):
            made.append(sentence(f"I am {part}"))
        elif re.match(r"(?:until|from|till|between)\b", part, re.IGNORECASE):
            made.append(sentence(f"I am out of the office {part}"))
        else:
            made.append(statement(part))
    return " ".join(made)


@functools.cache
def _leads() -> dict[tuple[str, str, str], tuple[tuple[str, str], ...]]:
    """The leads by language, order and link, each with the one for sad news."""
    found: dict[tuple[str, str, str], tuple[tuple[str, str], ...]] = {}
    for row in TABLE.read_text("utf-8").splitlines()[1:]:
        language, order, link, glad, sad = row.split("\t")
        key = language, order, link
        found[key] = (*found.get(key, ()), (glad, sad))
    return found


def _list(found: ItemList) -> Lead:
    """A list of the prompt's own items."""
    of = found.of[:1].upper() + found.of[1:]
    if found.name == "notes":
        version = of[:1].lower() + of[1:] if of.startswith("Version") else of
        head = f"What is new in {version}" if of else "What is new"
    else:
        head = of or ("Ingredients" if found.name == "recipe" else found.words.capitalize())
    bullets = "\n".join(f"- {item[:1].upper()}{item[1:]}" for item in found.items)
    return Lead(f"{head}:\n{bullets}", "", "en")
