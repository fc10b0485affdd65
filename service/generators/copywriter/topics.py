"""Well-known hashtags by subject: of the order, of what is told, and of what a scene shows."""

from __future__ import annotations

import re

from service.generators.copywriter.signs import GRIM, SAD
from service.generators.prompt import Understanding
from service.generators.prompt.lexicon import FINITE, PREPOSITIONS, RELATIVES
from service.generators.prompt.words import words

MOST_TOPICS = 3

THINGS: tuple[tuple[str, str], ...] = (
    ("CoffeeLovers", "coffee espresso latte cappuccino café barista"),
    ("PlantBased", "vegan vegetarian"),
    ("Foodie", "pizza burger pasta cake dinner restaurant pancake"),
    ("Bakery", "bakery baker croissant"),
    ("DogLovers", "dog puppy retriever"),
    ("CatLovers", "cat kitten"),
    ("BookLovers", "books library novel bookshop"),
    ("MusicLovers", "music concert guitar"),
    ("LiveMusic", "jazz orchestra"),
    ("ArtLovers", "vernissage exhibition museum"),
    ("Handmade", "handmade"),
    ("Pottery", "pottery ceramics"),
    ("EcoFriendly", "bamboo sustainable recycled"),
    ("TechLife", "app software headphones smartphone laptop robot"),
    ("Celebration", "birthday wedding"),
    ("Christmas", "christmas"),
    ("HappyEaster", "easter"),
    ("Football", "football soccer"),
    ("RunningCommunity", "marathon jogging"),
    ("Gardening", "gardening seedling compost"),
    ("SchoolLife", "school pupil"),
    ("ShopLocal", "bookshop boutique"),
    ("FreshFlowers", "florist bouquet tulip"),
    ("Wellness", "yoga fitness meditation"),
    ("Swimming", "swimming"),
    ("Sailing", "sailboat sailing"),
    ("Volunteering", "volunteers volunteering"),
    ("KidsActivities", "kindergarten playground"),
)
"""Nouns with one sense, so that their hashtag is right wherever they are the subject."""

SCENES: tuple[tuple[str, str], ...] = (
    ("TeaTime", "tea matcha"),
    ("SeaLovers", "beach sea ocean"),
    ("NatureLovers", "mountain hike hiking forest nature lake river"),
    ("SkyLovers", "sunset sunrise sky moon"),
    ("Travel", "trip journey lisbon paris london rome tokyo berlin kyoto"),
    ("RainyDays", "rain rainy"),
    ("SummerVibes", "summer"),
    ("WinterVibes", "winter snow"),
    ("AutumnVibes", "autumn"),
    ("SpringVibes", "spring"),
    ("GoodMorning", "morning breakfast"),
    ("EveningMood", "evening"),
    ("FamilyTime", "family grandmother grandfather"),
    ("Friendship", "friends"),
    ("Wildlife", "fox deer owl wolf hedgehog squirrel"),
    ("CampingLife", "campfire camping"),
)
"""Times, weather and places: a hashtag in a scene, mere circumstances in what is told."""

OF_ORDER = {
    "hire": "NowHiring",
    "thank": "ThankYou",
    "invite": "SaveTheDate",
    "sell": "ForSale",
    "rent": "ForRent",
    "birthday": "Celebration",
}
"""Hashtags for the kind of order."""

SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (tag, re.compile(pattern, re.IGNORECASE))
    for tag, pattern in (
        ("NowHiring", r"\b(?:now|are)\s+hiring\b|\bjob\s+(?:ad|offer|opening)\b"),
        ("GrandOpening", r"\bgrand\s+opening\b|\bopening\s+(?:party|day|night)\b"),
        ("Sale", r"(?<!for )(?<!on )\bsale\b|\d\s?%\s+off\b|\bhalf\s+price\b"),
        ("ForSale", r"\bfor\s+sale\b"),
        ("ForRent", r"\b(?:for|to)\s+rent\b"),
        ("NewArrival", r"\blaunch\s+of\b|\bnew\s+(?:arrivals|collection)\b"),
    )
)
"""Set phrases that say what a text is for."""

REGRETS = frozenset({"apologise", "cancel", "complain", "wellwish", "farewell"})
"""Orders for texts that no cheerful hashtag fits."""
TROUBLE = re.compile(
    r"\b(?:lost|sorry|apolog\w+|unfortunately|(?:turned|switched|shut|is|be|are|been)\s+off|mourn\w*|died|"
    r"no\s+(?:water|power|heating|electricity|internet)|sold|stopp\w+|ends|not\s+(?:open|available))\b",
    re.IGNORECASE,
)
HEAD_ENDS = PREPOSITIONS - {"of"} | FINITE | RELATIVES
"""Words that end the noun that a text is about."""


def topics(understood: Understanding, english: str, *, notice: bool) -> list[str]:
    """Hashtags of the subject; none where a word might mean something else.

    `english` is the subject as far as it is known in English. Of a `notice` only the order, set
    phrases and the noun it is about count.
    """
    prompt, order = understood.prompt, understood.order
    if order.name in REGRETS or TROUBLE.search(prompt) or GRIM.search(prompt):
        return []
    if notice and SAD.search(prompt):
        return []
    found = [OF_ORDER[order.name]] if order.name in OF_ORDER else []
    if not notice:
        said = _nouns(f"{prompt} {english}")
    elif understood.language in {"", "en"}:
        said = _nouns(_head(order.subject))
        said |= _nouns(order.whom) if order.name == "thank" else set()
    else:
        said = set()  # a word for word translation of a sentence mixes up its senses
    table = THINGS if notice else THINGS + SCENES
    found += [tag for tag, about in table if said & set(about.split())]
    found += [tag for tag, sign in SIGNS if sign.search(prompt)]
    return list(dict.fromkeys(found))[:MOST_TOPICS]


def _head(text: str) -> str:
    """The noun that a text is about: its first words up to a verb or a preposition."""
    kept: list[str] = []
    for word in words(re.split(r"[,;:.!?(]", text, maxsplit=1)[0]):
        if word.lower() in HEAD_ENDS:
            break
        kept.append(word)
    return " ".join(kept)


def _nouns(text: str) -> set[str]:
    """The words of a text, and those in the plural in the singular too."""
    said = {re.sub(r"['\u2019]s$", "", word.lower()) for word in words(text)}
    singular = {re.sub(r"ies$", "y", word) for word in said if word.endswith("ies")}
    return said | singular | {word[:-1] for word in said if word.endswith("s")}
