"""E-mails made by code: a greeting, the facts of the prompt, and an end."""

from __future__ import annotations

import re
from dataclasses import replace

from service.generators.copywriter.composing.addressees import OWN, SEVERAL
from service.generators.copywriter.composing.headed import to_one
from service.generators.copywriter.composing.lead import Lead, lead
from service.generators.prompt import Understanding
from service.generators.prompt.subject.phrase import noun_phrase, subject

AFTER = "\n\nBest regards"

TO = re.compile(
    r"\b(?i:(?:e-?mail|letter|newsletter)\s+(?:to|for)|inviting|asking|reminding|thanking|telling|e-?mail)\s+"
    r"(?:(?P<name>(?:(?:Mr|Mrs|Ms|Dr|Prof)\.?\s)?(?!I\b)[A-Z][a-z]+(?:\s[A-Z][a-z]+)?)|(?:my|our|the|all)?\s*(?P<group>team|colleagues|everyone|"
    r"parents|customers|members|guests|neighbou?rs|tenants|residents|volunteers|students|clients|players|"
    r"teachers|friends|subscribers|staff|employees|pupils|families|patients|visitors|owners|suppliers|partners))\b"
)
GROUP = re.compile(
    r"\b(?:e-?mail|letter)\s+to\s+(?P<who>(?:all|our|my|the)\s[^:,.!?]{3,50}?)(?=\s*[:,.]|\s+(?:that|about|to|saying)\b)",
    re.IGNORECASE,
)
"""Readers of any kind: "an e-mail to all participants of the course"."""
FORMAL = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof)\.? [A-Z][\w'-]+$")
"""A name with its title at the end of whom a letter is for: "a supplier, Mr Reed"."""
TITLED = re.compile(r"(?:Mr|Mrs|Ms|Dr|Prof)\b")
BY_FIRST_NAME = frozenset({"team", "everyone"})
"""Groups that are greeted like a person: "Hello team"."""

CLOSINGS = {
    "invite": "I look forward to seeing you.",
    "request": "Thank you for your help.",
    "remind": "Thank you for your help.",
    "apologise": "Thank you for your understanding.",
    "complain": "I look forward to your answer.",
    "thank": "It means a lot to me.",
    "congratulate": "All the best.",
    "ask": "I look forward to your answer.",
}
HELP_CLOSING = "Thank you for your help."
ANY_CLOSING = "Please let me know if you have any questions."


def is_letter(prompt: Understanding) -> bool:
    """Whether the text is an e-mail; only English ones are made."""
    return prompt.letter and prompt.language == "en"


def letter(prompt: Understanding, seed: int) -> Lead:
    """The body of an e-mail."""
    order = prompt.order
    if order.name == "thank" and order.link == "for" and order.whom:
        single = FORMAL.search(order.whom)
        said = to_one(order.subject) if single else order.subject
        order = replace(order, whom="", subject=said)
    if order.name == "congratulate" and " on " in order.subject:
        order = replace(order, subject=order.subject.partition(" on ")[2])
        found: Lead | None = Lead(f"Congratulations on {order.subject.rstrip('.')}.", "", "en")
    else:
        found = lead(replace(prompt, order=order), seed, mail=True)
    if found is None:
        about = subject(prompt.prompt)
        phrase = noun_phrase(about)
        said = f"I am writing to you about {phrase.a if phrase else about.rstrip(' .!?')}."
        found = Lead(" ".join((said, *prompt.statements)), "", "en")
    text = f"{_welcome(prompt.prompt)}{found.text}"
    if re.search(r"apologiz", prompt.prompt, re.IGNORECASE):
        text = text.replace("apologise", "apologize")
    asks = HELP_CLOSING if re.search(r"\bplease\b", text, re.IGNORECASE) else ANY_CLOSING
    closing = CLOSINGS.get(order.name, asks)
    if re.search(r"\b(?:us|our|we)\b", text):
        closing = closing.replace("to me.", "to us.")
    return Lead(text, closing, "mail")


WELCOMING = re.compile(
    r"\bwelcome\s+(?:e-?mail|letter)\b(?:[^:]*?\b(?:of|to|at)\s+(?P<to>our\s+[^:,.]+?)\s*(?=[:,.]|$))?",
    re.IGNORECASE,
)


def _welcome(prompt: str) -> str:
    """The first words of a letter of welcome."""
    found = WELCOMING.search(prompt)
    if not found:
        return ""
    place = found["to"] and not re.search(r"\b(?:members|team|guests|customers)$", found["to"])
    return f"Welcome to {found['to']}! " if place else "Welcome! "


def greeting(prompt: str, whom: str) -> str:
    """The first line of an e-mail, with a name if there is one."""
    if formal := FORMAL.search(whom):
        return f"Dear {formal[0]},"
    found = TO.search(prompt)
    named = re.search(r"(?<= )[A-Z]\w+$", f" {whom}")
    firm = re.search(
        r"(?<= )[A-Z][\w'\u2019]+(?:\s+(?:&\s+|and\s+|of\s+)?[A-Z][\w'\u2019]+)+$", f" {whom}"
    )
    group = GROUP.search(prompt)
    if not found and not firm and group and SEVERAL.search(group["who"]):
        return f"Dear {OWN.sub('', group['who'])},"
    if not found and firm:
        return f"Dear {firm[0]},"
    if not found:
        return f"Hello {named[0]}," if named else "Hello,"
    name = found["name"] or found["group"]
    close = name in BY_FIRST_NAME or (found["name"] and not TITLED.match(name))
    hello = "Hello" if close else "Dear"
    return f"{hello} {name},"
