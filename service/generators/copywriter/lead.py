"""The part of a text that code makes: the prompt's own facts, in its own words and language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.generators.prompt import sentences
from service.generators.prompt.facts import has_hard_facts, lost
from service.generators.prompt.foreign import is_foreign
from service.generators.prompt.orders import FACTS_ONLY, Rule, language_of, order_of
from service.generators.prompt.phrase import noun_phrase
from service.generators.prompt.verbs import has_verb
from service.generators.prompt.words import is_latin

SAD = re.compile(
    r"\b(?:clos(?:e|ed|es|ing|ure)|cancel\w*|delay\w*|late|sold\s+out|postpon\w*|strike|outage|"
    r"maintenance|increas\w*|out\s+of\s+order|fällt|geschlossen|cerrad\w*|cierr\w*|fermé\w*|ferme|"
    r"chius\w*|fechad\w*|fecha|abgesagt|verschoben|cancelad\w*|annul\w*)\b",
    re.IGNORECASE,
)
"""What no text is glad of."""

ABOUT_FORM = re.compile(
    r"(?:please\s+)?(?:write|(?:keep|make|write)\s+it|use|end|begin|start|please)\W*$|"
    r"(?:please\s+)?(?:keep|make|use|write|be|sound|do\s+not|don't|avoid|no|without|tone|style|max|"
    r"maximum|limit|add\s+an?|end|start|begin|finish|the\s+(?:tone|style|text|post|caption))\b"
    r"(?=.*\b(?:it|tone|style|emojis?|hashtags?|words?|characters?|sentences?|short|friendly|formal|"
    r"mention|text|post|caption|jargon|call\s+to\s+action|question)\b)",
    re.IGNORECASE,
)
"""A sentence about the text, not of it."""

MENTION = re.compile(
    r"(?:please\s+)?(?:(?:also\s+)?(?:mention|include|say|add|note|state|point\s+out))"
    r"(?:\s+(?:that|the\s+fact\s+that))?[\s:]+(?=\w)",
    re.IGNORECASE,
)
TONE = re.compile(
    r"[\s,;]*\b(?:in|with)\s+an?\s+(?:[\w-]+(?:,?\s+(?:and\s+|but\s+)?)){1,3}(?:tone|style|voice|way)\b",
    re.IGNORECASE,
)
THEIRS = (
    (r"\btheir\b", "your"),
    (r"\btheirs\b", "yours"),
    (r"\bthey\b", "you"),
    (r"\bthem\b", "you"),
    (r"\bthemselves\b", "yourselves"),
)
ACTION = re.compile(
    r"(?:,|;|\s-|\s\u2013)\s+(?:and\s+)?(?=(?:call|apply|e-?mail|write\s+to|contact|register|"
    r"book|sign\s+up|ask\s+[\w' ]{2,30}?\s+to|visit|send|"
    r"rsvp|bring|message|order|please|ask\s+for|see|everyone\s+is|all\s+are)\b)",
    re.IGNORECASE,
)
"""Where a new sentence to the readers begins."""

FEASTS = {"christmas": "Merry Christmas"}
LIST = re.compile(
    r"(?:please\s+)?(?:(?:write|make|create|draft|prepare)\s+)?(?:an?\s+|the\s+|our\s+|some\s+)?"
    r"(?:(?P<notes>release\s+notes|changelog)|(?P<recipe>recipe)|(?P<list>(?:(?:to-?do|shopping|packing|check|price|"
    r"wish|guest|reading|bullet(?:ed)?)[\s-]*)?list))"
    r"(?P<of>\s+(?:for|of)\s+[^:]+)?\s*(?::|\bwith\b(?!\s+\d+\s+\w+$))\s*(?P<items>.+)",
    re.IGNORECASE | re.DOTALL,
)
BULLETS = re.compile(r"\s*(?:;|,(?!\d)|\n)\s*(?:and\s+)?|\s+and\s+(?=[^,;]+$)")


@dataclass(frozen=True, slots=True)
class Lead:
    """What code has written of a text, and how it may end."""

    text: str
    closing: str
    """A kind of closing line; empty for none."""
    language: str


def lead(prompt: str) -> Lead | None:
    """The lead that a prompt's order and facts make; None if it leaves the text to the model."""
    if listed := _list(prompt):
        return listed
    prompt = TONE.sub("", prompt)
    first, *others = _sentences(prompt)
    language = language_of(prompt) if is_latin(prompt) else ""
    if not language or (language == "en" and is_foreign(prompt)):
        return None
    found = order_of(first.strip(), language)
    kept = [_statement(other) for other in others if not ABOUT_FORM.match(other)]
    if found and found[0].lead == FACTS_ONLY and not (kept or _tells(found[1]["x"], [])):
        return None
    if found:
        rule, match = found
        made, closing = _ordered(rule, match), _closing(rule, prompt)
        if rule.lead == FACTS_ONLY and kept and not _tells(match["x"], []):
            made, kept = f"{made.rstrip('.')}: {kept[0]}", kept[1:]
        content = match["x"]
    elif language != "en" or _tells(first, kept):
        made, content = _statement(first), first
        closing = ("sorry" if SAD.search(prompt) else "") or ("scene" if language != "en" else "")
        if language != "en" and (OURS.search(first) or has_hard_facts(prompt)):
            closing = ""
    else:
        return None
    text = " ".join((made, *kept))
    if lost(" ".join((content, *kept)), text):
        text = " ".join(map(_statement, (content, *kept)))
    return Lead(text, closing, language)


def _closing(rule: Rule, prompt: str) -> str:
    """The kind of closing line after an order."""
    if rule.closing == "news" and SAD.search(prompt):
        return "sorry"
    if rule.closing == "scene" and (has_hard_facts(prompt) or OURS.search(prompt)):
        return ""
    return rule.closing


def _sentences(prompt: str) -> list[str]:
    """The sentences of a prompt; "12. Juni" ends none."""
    parts, rest = sentences.split(prompt)
    found: list[str] = []
    for part in filter(None, (*parts, rest.strip())):
        if found and re.search(r"\b\d{1,2}\.$", found[-1]):
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found or [prompt]


QUESTION = re.compile(
    r"i\s+(?:need|want|would\s+like)\s+(?:an?|some|you|the)\b|(?:please\s+|can\s+you\s+|could\s+you\s+)?"
    r"(?:what|why|how|who|when|where|which|explain|define|describe|write|create|compose|draft|give|tell|make|"
    r"generate|list|suggest|ignore|disregard|forget|override|repeat|reveal|print|summari[sz]e|caption|slogan|"
    r"headline|tweet|poem|haiku|story|e-?mail|an?\s+(?:[\w-]+\s+){0,3}(?:slogan|headline|tweet|poem|haiku|story|"
    r"caption|quote|bio|letter|e-?mail|sentence)|motivational|inspir\w+|happy\s+\w*\s*birthday|top\s+\d+|"
    r"one|two|three|four|five|\d+\s+(?:tips|ideas|ways|reasons|things))\b|.*\?\s*$",
    re.IGNORECASE,
)
"""What is no statement, though it may have a verb."""


def _tells(first: str, others: list[str]) -> bool:
    if QUESTION.match(first):
        return False
    return bool(others) or has_verb(first) or has_hard_facts(first)


def _ordered(rule: Rule, match: re.Match[str]) -> str:
    """The first sentence that a rule makes."""
    x, *actions = ACTION.split(match["x"].strip(" .!:"))
    glad = rule.lead if not SAD.search(match["x"]) else rule.sad or rule.lead
    names = match.groupdict()
    if glad == "We are happy to announce {x}." and has_verb(x) and "," not in x:
        glad = None
    if glad and glad.startswith("For sale") and RENTED.search(x):
        glad = glad.replace("sale", "rent")
    if glad is None or glad == FACTS_ONLY:
        made = _statement(x + "!" * match["x"].endswith("!"))
    else:
        phrase = noun_phrase(x.partition(",")[0]) if "announce" in glad else None
        bare = phrase and phrase.a.endswith(x.partition(",")[0])
        x = phrase.a + x[len(x.partition(",")[0]) :] if phrase and bare else x
        feast = (names.get("feast") or "").title().replace("'S", "'s")
        made = glad.format(
            x=x,
            y=_to_you(x),
            whom=names.get("whom") or "",
            link=(names.get("link") or "").lower(),
            forx=("who " if re.search(r"\bwho\s+" + re.escape(x[:8]), match[0]) else "for ") + x,
            feast=FEASTS.get(feast.lower(), f"Happy {feast}"),
        )
        if rule.closing == "sorry" and re.search(r"\b(?:my|i)\b", x, re.IGNORECASE):
            made = made.replace("We are", "I am", 1)
    asked = [re.sub(r"^ask\s+[\w' ]{2,30}?\s+to\s+", "please ", _to_you(one)) for one in actions]
    return " ".join((made, *map(_statement, asked)))


OURS = re.compile(
    r"\b(?:unser|nuestr|notre|nos\b|nostr|noss|suche|busc|cherch|cerc|procur)", re.IGNORECASE
)
"""A foreign text that is no scene: a shop speaks, or somebody who looks for something."""

RENTED = re.compile(r"\b(?:per|a)\s+(?:month|week|night)\b|\brent\b")


def _to_you(text: str) -> str:
    for theirs, yours in THEIRS:
        text = re.sub(theirs, yours, text, flags=re.IGNORECASE)
    return text


def _statement(text: str) -> str:
    """The text with a capital and an end, without an order to mention it."""
    text = MENTION.sub("", text.strip(), count=1).strip(" ,;:")
    if not re.match(r"https?:|www\.|@|#|\w+[A-Z]", text):
        text = text[:1].upper() + text[1:]
    return text if re.search(r"[.!?…]$", text) else f"{text}."


def _list(prompt: str) -> Lead | None:
    """A list of the prompt's own items."""
    found = LIST.match(prompt)
    if not found:
        return None
    items = [item.strip(" .") for item in BULLETS.split(found["items"]) if item.strip(" .")]
    if len(items) < 2:  # noqa: PLR2004 - one is no list
        return None
    of = re.sub(r"^\s*(?:for|of)\s+", "", found["of"] or "").strip()
    of = of[:1].upper() + of[1:]
    if found["notes"]:
        head = (
            f"What is new in {of[:1].lower() + of[1:] if of.startswith('Version') else of}"
            if of
            else "What is new"
        )
    else:
        head = of or (found["list"] or "Ingredients").strip().capitalize()
    bullets = "\n".join(f"- {item[:1].upper()}{item[1:]}" for item in items)
    return Lead(f"{head}:\n{bullets}", "", "en")
