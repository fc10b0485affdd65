"""Fills the templates of `leads.tsv` with the words of a prompt."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from pathlib import Path

from service.generators.copywriter.composing.own_words import (
    inner,
    role,
    sentence,
    statement,
    to_readers,
    to_you,
)
from service.generators.copywriter.composing.presenting import with_article
from service.generators.copywriter.signs import (
    GLAD_GERMAN,
    GRIM,
    NOT_GLAD_GERMAN,
    OURS,
    RENTED,
    RENTED_ABROAD,
    SAD,
)
from service.generators.prompt.language.verbs import has_verb
from service.generators.prompt.subject.orders import Order

TABLE = Path(__file__).with_name("leads.tsv")

FEASTS = {
    "christmas": "Merry Christmas",
    "season's greetings": "Season's greetings",
    "seasons greetings": "Season's greetings",
    "season greetings": "Season's greetings",
    "holidays": "Happy Holidays",
}


LATELY = re.compile(r"^(?:Last|This|Next|Yesterday|Today|Due|Since|Because)\b")
"""Words that lose their capital behind "that"."""


def filled(order: Order, language: str, seed: int, x: str) -> str:
    """The lead of the table with the words of the prompt; without one these are the lead."""
    if language != "mail" and order.name == "write" and OURS.match(x) and not has_verb(x):
        order = replace(order, name="describe")
    if order.name == "sell" and language != "en" and RENTED_ABROAD.search(x):
        order = replace(order, name="rent", link="")
    rows = _leads().get((language, order.name, order.link)) or _leads().get(
        (language, order.name, "")
    )
    if not rows and language == "mail":
        rows = _leads().get(("en", order.name, order.link)) or _leads().get(("en", order.name, ""))
    news = order.name == "announce" and order.link == "about" and language == "en"
    told = language not in {"en", "mail"} and order.name == "describe" and ":" in x
    if not rows or told or (news and (re.search(r":\s", x) or has_verb(x.partition(",")[0]))):
        return statement(x)
    template = _template(rows[seed % len(rows)], order, language, x)
    x = _worded(order, language, x.rstrip(" .!"), news=news)
    feast = re.sub(r"^(?:happy|merry)\s+", "", order.feast).title().replace("'S", "'s")
    if order.link == "that" and language in {"en", "mail"}:
        x = LATELY.sub(lambda found: found[0].lower(), inner(x))
    y = to_readers(x, "you") if order.name == "announce" else to_you(x)
    made = template.format(
        x=x,
        y=f", {y}" if order.link == "to" and order.name == "apologise" and y else y,
        role=role(x),
        whom=order.whom,
        feast=f"{order.feast} ".lstrip() if order.name == "birthday" else _feast(feast),
    )
    if order.link == "whose" and (
        named := re.search(r"\b(?:Mr|Mrs|Ms|Dr)\.? [A-Z][\w'-]+", order.whom)
    ):
        made = f"Dear {named[0]}, {made[:1].lower()}{made[1:]}"
    if order.name == "request":
        made = re.sub(r"^(Please\s.*?\band)\s+to\s+", r"\1 ", made)
    if order.name == "apologise" and re.search(r"\b(?:my|i)\b", x, re.IGNORECASE):
        made = made.replace("We are", "I am", 1)
    return sentence(made)


def _template(row: tuple[str, str], order: Order, language: str, x: str) -> str:
    """The template of a row for good or bad news."""
    glad, sad = row
    gloomy = (
        SAD.search(x)
        or GRIM.search(x)
        or (
            language == "de"
            and (not GLAD_GERMAN.search(x) or NOT_GLAD_GERMAN.search(x.split(",", maxsplit=1)[0]))
        )
    )
    template = sad or glad if gloomy else glad
    if order.name == "sell" and RENTED.search(order.subject):
        return template.replace("sale", "rent")
    if order.name == "welcome" and re.search(r"\bto\b", x):
        return "Please welcome {x}."
    return template


def _worded(order: Order, language: str, x: str, *, news: bool) -> str:
    """The words of a prompt with the articles and prepositions that a template needs."""
    if language == "es" and order.name == "thank" and " por " not in x:
        x = re.sub(r"\s+(?=(?:sus?|vuestr[oa]s?|tus?)\s)", " por ", x, count=1)
    if order.name == "thank" and language == "en":
        x = re.sub(r"^to\s+", "", x)
    about = language == "mail" and order.name == "write"
    if about and ", " in x:
        x, _, details = x.partition(", ")
        x = f"{x}. Details: {details}"
    return with_article(x) if news or about else x


def _feast(name: str) -> str:
    return FEASTS.get(name.lower(), f"Happy {name}")


@functools.cache
def _leads() -> dict[tuple[str, str, str], tuple[tuple[str, str], ...]]:
    """The leads by language, order and link, each with the one for sad news."""
    found: dict[tuple[str, str, str], tuple[tuple[str, str], ...]] = {}
    for row in TABLE.read_text("utf-8").splitlines()[1:]:
        language, order, link, glad, sad = row.split("\t")
        key = language, order, link
        found[key] = (*found.get(key, ()), (glad, sad))
    return found
