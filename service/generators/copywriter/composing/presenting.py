"""Presents a thing, a place, an event or people to the readers, in the words of a prompt."""

from __future__ import annotations

import re

from service.generators.copywriter.composing.own_words import sentence, statement
from service.generators.copywriter.signs import ACHIEVED, OURS_ENGLISH
from service.generators.prompt.language.verbs import has_verb
from service.generators.prompt.subject.orders import Order
from service.generators.prompt.subject.phrase import noun_phrase

EVENTS = re.compile(
    r"\b(?:workshops?|retreats?|trips?|excursions?|class(?:es)?|courses?|concerts?|part(?:y|ies)|markets?|fairs?|festivals?|tours?|talks?|meet(?:ing|up)s?|"
    r"evenings?|nights?|mornings?|days?|webinars?|exhibitions?|quiz|shows?|gigs?|screenings?|readings?|tastings?|"
    r"brunch(?:es)?|dinners?|lunch(?:es)?|breakfasts?|picnics?|races?|runs?|walks?|rides?|openings?|sessions?|lessons?|match(?:es)?|"
    r"tournaments?|launch(?:es)?|premi[eè]res?|sing-?alongs?|drop-?ins?|swaps?|jumble\s+sales?|f[eê]tes?|fayres?|bingo|discos?|ceilidhs?|storytimes?|cabarets?|open\s+mics?|coffee\s+mornings?|ceremon(?:y|ies)|auctions?|raffles?|bazaars?|camps?|trainings?|rehearsals?|auditions?|hikes?|games?)\b",
    re.IGNORECASE,
)
"""Nouns of events."""

NOUN_END = re.compile(r" (?:who|which|that|at|on|from|in|for|with|of|about|to|by|and|\d\S*) ")

PLACES = re.compile(
    r"\b(?:shop|store|caf[eé]|bakery|restaurant|salon|museum|gym|hotel|library|studio|garden|market|bar|pub|gallery|"
    r"school|club|centre|center|farm|pool|cinema|theatre|theater|clinic|practice|boutique|florist|barber\w*)\b",
    re.IGNORECASE,
)


PHOTO_OF = re.compile(r"\b(?:photo|picture|selfie)\b", re.IGNORECASE)

PEOPLE = re.compile(
    r"\b(?:team|staff|crew|baristas?|chefs?|bakers?|trainers?|teachers?|apprentices?|colleagues?|interns?|"
    r"volunteers?|players?|singers?|nurses?|doctors?|gardeners?|waiters?|drivers?|coach(?:es)?|trainees?|managers?|"
    r"members?|founders?|owners?|\w+ists?|\w+(?:keeper|worker|man|woman|mates?)s?)(?:\s+(?-i:[A-Z])[\w'-]+)*$",
    re.IGNORECASE,
)

NO_EVENT = re.compile(
    r"\b(?:limited|print|production|trial|test)\s+run\b|\b(?:this|yesterday|every|last|tomorrow)\s+\w+$|\bbeing\s+\w+",
    re.IGNORECASE,
)
"""A time at the end, which is no event: "seen this morning"."""
NAMED_PERSON = re.compile(
    r"(?:our|my)\s+(?:[a-z-]+\s+){1,3}(?-i:[A-Z])[a-z]+(?:\s+(?-i:[A-Z])[a-z]+)?(?:\s+who\b|,|$)"
)
"""A person with a trade and a name: "our cleaner Ada"."""
INTRODUCED = re.compile(
    r"(?-i:[A-Z])[a-z]+(?:\s(?-i:[A-Z])[a-z]+)?,\s+(?:our|an?|the|my)\s", re.IGNORECASE
)
"""A name with who that is: "Ada, our new potter"."""
WHY = re.compile(r"^why\s+(?=(?:you|we|our|everyone|everybody)\b)", re.IGNORECASE)
LEAVING = re.compile(
    r"\bwho(?:'s|\s+is|\s+are|'re)\s+(?:leaving|retiring|moving\s+on)|\bwho\s+(?:leaves|retires)\b",
    re.IGNORECASE,
)

PRESENTED = (
    ("Join us", "event"),
    ("Come to", "event"),
    ("Discover", "goods"),
    ("Meet", ""),
)
"""How a thing or an event is presented, and the closing lines that go with it."""

PRESENT = {
    "offering": "offers",
    "selling": "sells",
    "hosting": "hosts",
    "serving": "serves",
    "launching": "launches",
    "starting": "starts",
    "giving": "gives",
    "opening": "opens",
    "reopening": "reopens",
    "closing": "closes",
    "moving": "moves",
}
DOING = re.compile(
    rf"(?:an?|our|my|the)\s+(?P<who>(?:[\w'-]+\s+){{0,3}}?[\w'-]+)\s+(?P<doing>{'|'.join(PRESENT)})\s+(?P<what>.+)",
    re.IGNORECASE | re.DOTALL,
)
"""What a shop does: "a dog groomer offering nail clipping"."""
PROFESSION = re.compile(
    r"\b(?:\w+graphers?|plumbers?|painters?|electricians?|tutors?|teachers?|trainers?|groomers?|sitters?|babysitters?|cleaners?|"
    r"gardeners?|carpenters?|tailors?|dentists?|doctors?|vets?|coach(?:es)?|lawyers?|accountants?|hairdressers?|barbers?|"
    r"mechanics?|builders?|roofers?|locksmiths?|translators?|therapists?|designers?|caterers?|florists?|nann(?:y|ies))$",
    re.IGNORECASE,
)

HAVING_DONE = {
    "winning": "has won",
    "reaching": "has reached",
    "getting": "has got",
    "finishing": "has finished",
    "turning": "turns",
    "celebrating": "celebrates",
    "joining": "has joined",
    "completing": "has completed",
    "receiving": "has received",
    "becoming": "has become",
    "passing": "has passed",
    "scoring": "has scored",
}
"""The forms of `ACHIEVED` in a sentence."""

PLACE_SLOGANS = ("worth every visit", "here for you", "good things every day")
THING_SLOGANS = ("made for every day", "simply good", "made with care")

OFFERED = re.compile(r"\d|free\b|half\s+price|save\b|from\s", re.IGNORECASE)
"""How an offer begins that stands by itself: "20 % off all lamps"."""


NEW = re.compile(r"(?:our|my)\s+(?:\w+\s+)?new\b", re.IGNORECASE)


def is_own_thing(text: str) -> bool:
    """Whether a text only names something of a shop: "our new scarf"."""
    head = text.partition(",")[0]
    acting = re.search(
        r"\w\s+(?:\w+ing\s+\w+|asleep|awake)\b", head
    )  # "our barista pouring a coffee" is a scene
    told = has_verb(text) or re.search(
        r",\s+(?:\w+\s+)?\w{2,}ed\b|(?<![-\w])\w{3,}ed\s+(?:in|into|to|from|at|onto|the|our|up|out|off|over|away)\b",
        text,
    )
    named = OURS_ENGLISH.match(text) and noun_phrase(head) and not told
    own = acting is None or EVENTS.search(acting[0]) or ACHIEVED.match(head)
    return bool(named and own)


def is_event(text: str) -> bool:
    """Whether a noun with what belongs to it is an event: "our open day on 4 May"."""
    return bool(EVENTS.search(NOUN_END.split(text)[0].rpartition(" ")[2]))


def is_own_matter(text: str) -> bool:
    """Whether a text only names what it is about and is no event: "our move to a new office"."""
    named = OURS_ENGLISH.match(text) and ":" not in text and not has_verb(text)
    return bool(named) and not is_event(text)


def with_article(x: str) -> str:
    """A noun phrase with the article that it needs in a sentence."""
    head, comma, rest = x.partition(",")
    phrase = noun_phrase(head)
    return f"{phrase.a}{comma}{rest}" if phrase and phrase.a.endswith(head) else x


def presented(order: Order, x: str) -> str:  # noqa: PLR0911 - one way of presenting each
    """A thing, an offer or an event with its facts, as a sentence to the readers."""
    x = WHY.sub("", x)
    head, _, rest = x.partition(", ")
    if order.name == "promote":
        x = re.sub(r"^an?\s+(?=[^,]*:)", "our ", x)
    if order.author and not has_verb(head):
        return sentence(f"{order.author}: {x}")
    if has_verb(head) or re.search(r":(?!\d)", x) or OFFERED.match(x) or PHOTO_OF.search(head):
        return statement(x)
    if done := ACHIEVED.match(x):
        return sentence(achieved(x, done))
    if NO_EVENT.search(head):
        return statement(x)
    if is_event(head) and order.name != "describe":
        return sentence(f"Join us for {with_article(x)}")
    if people := _people(order, x):
        return people
    place = re.search(PLACES.pattern + "$", NOUN_END.split(head)[0], re.IGNORECASE)
    if place and not rest and order.name != "describe":
        return sentence(f"Come to {x}")
    return _goods(order, head, rest) or sentence(f"Discover {with_article(x)}")


def _goods(order: Order, head: str, rest: str) -> str:
    """What is sold or new, with its details; what is neither is only named. Else empty."""
    details = f": {rest}" if rest else ""
    if order.name not in {"describe", "promote"} and not NEW.match(head):
        return sentence(f"{head}{details}")
    if order.name != "describe" and not rest:
        return ""
    thing = re.sub(r"^(?:an?|the|my|our)\s+", "", head)
    return sentence(f"Discover our {thing}{details}")


def _people(order: Order, x: str) -> str:
    """Who a person is, or what a shop or a person with a profession does; else empty."""
    head, _, rest = x.partition(", ")
    if INTRODUCED.match(x) or LEAVING.search(x):
        return sentence(f"{'Meet' if INTRODUCED.match(x) else 'We say goodbye to'} {x}")
    if doing := DOING.match(x):
        verb = PRESENT[doing["doing"].lower()]
        plural = bool(re.search(r"(?<!s)s$", doing["who"]))
        return sentence(
            f"Our {doing['who']} {verb.removesuffix('s') if plural else verb} {doing['what']}"
        )
    if order.name == "promote" and PROFESSION.search(NOUN_END.split(head)[0]):
        who = re.sub(r"^(?:an?|the)\s+", "", head)
        return sentence(f"{who}{': ' + rest if rest else ''}")
    if NAMED_PERSON.match(head) or PEOPLE.search(NOUN_END.split(head)[0]):
        return sentence(f"Meet {x}")
    return ""


def is_person(x: str) -> bool:
    """Whether it is a person or people who are introduced, by name or by trade."""
    head = x.partition(",")[0]
    named = re.search(r"(?:^|\s)[A-Z][a-z]+", x)
    return bool(named or PEOPLE.search(NOUN_END.split(head)[0]) or re.search(r"\bwho\b", x))


def achieved(x: str, done: re.Match[str]) -> str:
    """An achievement as a sentence: "our choir winning a prize" is "Our choir has won a prize"."""
    who = done["who"].strip()
    plural = bool(re.search(r"(?<!s)s$", who)) or " and " in who
    said = HAVING_DONE[done["done"].lower()]
    if plural:
        said = said.replace("has ", "have ").removesuffix("s")
    return f"{who} {said} {x[done.end() :].strip()}"


def cancelled(x: str) -> str:
    """What is cancelled, and what that means: "The course on 7 March is cancelled"."""
    what, mark, rest = re.match(r"([^;,.]+)([;,.]?\s*)(.*)", x, re.DOTALL).groups()  # type: ignore[union-attr] # any text begins like this
    noun = NOUN_END.split(what)[0]
    verb = "are" if re.search(r"(?<!s)s$", noun) or noun.lower().startswith("all ") else "is"
    made = sentence(f"{what.strip()} {verb} cancelled")
    return f"{made} {statement(rest)}" if mark and rest else made


def without_author(x: str) -> str:
    """The message without its sender: "our club: we play on Sunday" is from a club."""
    head, colon, rest = x.partition(": ")
    author = colon and re.match(r"(?:our|my)\b", head, re.IGNORECASE) and not EVENTS.search(head)
    return rest if author and has_verb(rest) else x


def slogan(x: str, seed: int) -> str:
    """A line that is true of every shop or thing of its kind."""
    it = re.sub(r"^(?:an?|the|our|my)\s+", "", x.rstrip(" .!"))
    lines = PLACE_SLOGANS if PLACES.search(it) else THING_SLOGANS
    return f"Our {it}: {lines[seed % len(lines)]}"
