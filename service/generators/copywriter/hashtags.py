"""Hashtags that people use: a curated list by subject, and the proper names of a prompt."""

from __future__ import annotations

import re
import unicodedata

from service.generators.prompt.lexicon import ENGLISH, FOREIGN, NOT_FORMS, WEAK, several
from service.generators.prompt.tags import GIVEN, given_tags, number_of_tags, wants_tags
from service.generators.prompt.verbs import VERBS
from service.generators.prompt.words import is_latin, stem, words

FEWEST, MOST, WANTED = 3, 6, 5
LONGEST = 28
"""Characters: longer hashtags are not read."""

LONGEST_RUN = 3
"""Words that make one hashtag together."""

SPACELESS = re.compile(r"[\u4e00-\u9fff々]+|[\u30a0-\u30ffー]+|[^\s\u3040-\u30ff\u4e00-\u9fff]+")
"""In Chinese and Japanese a run of one script is about a word; the hiragana between are grammar."""
PARTICLES = re.compile("[的了在和是与及]")
"""Of Chinese, which has no other script for them."""

TOPICS: tuple[tuple[str, str], ...] = (
    ("CoffeeLovers", "coffee espresso latte cappuccino cafe café barista"),
    ("TeaTime", "tea matcha chai"),
    ("PlantBased", "vegan vegetarian"),
    ("Foodie", "pizza burger food bread pasta cake recipe dinner lunch restaurant bakery pancakes"),
    ("DogLovers", "dog puppy retriever"),
    ("CatLovers", "cat kitten"),
    ("SeaLovers", "beach sea ocean surf"),
    ("NatureLovers", "mountain hike hiking forest nature flower garden tree lake river leaves"),
    ("SkyLovers", "sunset sunrise sky stars moon"),
    ("Travel", "trip travel journey train lisbon paris london rome tokyo berlin kyoto porto view"),
    ("Wellness", "yoga fitness gym running workout sleep meditation health"),
    ("BookLovers", "book reading library novel bookshop"),
    ("MusicLovers", "music concert guitar piano song"),
    ("Handmade", "handmade homemade ceramic craft pottery mug knitting"),
    ("EcoFriendly", "bamboo eco sustainable recycled climate organic"),
    ("NewArrival", "launch introducing arrival collection"),
    ("TechLife", "app software tech headphones smartphone laptop robot electric"),
    ("HomeSweetHome", "home apartment house kitchen"),
    ("RainyDays", "rain rainy"),
    ("SummerVibes", "summer"),
    ("WinterVibes", "winter snow"),
    ("AutumnVibes", "autumn fall"),
    ("SpringVibes", "spring"),
    ("GoodMorning", "morning breakfast"),
    ("EveningMood", "night evening"),
    ("FamilyTime", "family children child grandmother mother father"),
    ("Friendship", "friends friend"),
    ("Celebration", "birthday party wedding festival picnic"),
    ("NowHiring", "hiring hire job vacancy waiter baker apprentice career"),
    ("SaveTheDate", "invitation invite invited concert party festival vernissage fair"),
    ("ThankYou", "thank thanks volunteer"),
    ("Sale", "sale discount offer"),
    ("Bakery", "bakery baker bread croissant"),
    ("FreshFlowers", "florist bouquet tulip rose"),
    ("ForSale", "selling sell listing"),
    ("ForRent", "flat rent rental"),
    ("Christmas", "christmas"),
    ("HappyEaster", "easter"),
    ("LiveMusic", "jazz band choir orchestra gig"),
    ("ArtLovers", "gallery vernissage exhibition painting museum"),
    ("Football", "football soccer"),
    ("RunningCommunity", "marathon runner jogging"),
    ("Gardening", "gardening garden seedling compost"),
    ("SchoolLife", "school pupil teacher class"),
    ("ShopLocal", "shop store market bookshop boutique"),
    ("Skincare", "soap cream lotion shampoo"),
    ("GrandOpening", "opening reopening"),
    ("Wildlife", "fox deer owl wolf hedgehog squirrel"),
    ("CampingLife", "tent campfire camping caravan"),
    ("Sailing", "sailboat sailing yacht"),
    ("BalloonRide", "balloons balloon"),
    ("KidsActivities", "kids kindergarten playground"),
    ("Volunteering", "volunteers volunteering charity donation"),
    ("Pottery", "pottery ceramics"),
    ("Swimming", "swimming swim pool"),
    ("WorkLife", "work office team teamwork remote"),
)
"""A well-known hashtag for what the prompt is about."""

ANYTHING = ("InstaDaily", "PhotoOfTheDay", "Moments")
"""Fits every scene, for prompts with too few words of their own."""

NOTICES = ("GoodToKnow", "Community", "PassItOn")
"""The same for what is told to readers."""


NAME = re.compile(
    r"(?<=[\w,;] )[A-Z\u00c0-\u00de][\w\u2019'-]+(?: [A-Z\u00c0-\u00de][\w\u2019'-]+)*|"
    r"^[A-Z\u00c0-\u00de]\w+(?= (?:in|at|on|by|en|im|à)\b)"
)
"""Words with a capital inside a prompt, or before its first preposition."""

NO_NAMES = several(
    """
    monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays
    thursdays fridays saturdays sundays january february march april may june july august
    euro euros dollar dollars pound pounds cent zoll kilo gramm liter litre meter uhr stück
    prozent personen kg cm montag dienstag mittwoch donnerstag freitag samstag sonntag
    januar februar märz mai juni juli oktober dezember september october november december
    street road avenue am pm coffee morning night evening
    """
)


def wanted_tags(
    prompt: str, subject: str, english: str, *, always: bool, notice: bool = False
) -> tuple[str, ...]:
    """The hashtags for a prompt, its own first: none unless `always` or it asks for some.

    `subject` is the prompt without the requested length. A `notice` tells something to readers.
    """
    wanted, given = wants_tags(prompt), given_tags(prompt)
    if wanted is False or not (always or wanted):
        return ()
    most = number_of_tags(prompt) or MOST
    own = {tag.lower(): f"#{tag}" for tag in given}
    general = NOTICES if notice else ANYTHING
    found = {tag[1:].lower(): tag for tag in hashtags(GIVEN.sub(" ", subject), english, general)}
    return tuple((own | {tag: found[tag] for tag in found if tag not in own}).values())[:most]


def hashtags(prompt: str, english: str, general: tuple[str, ...]) -> tuple[str, ...]:
    """Three to six hashtags; `english` is the subject as far as it is known in English."""
    runs = [] if is_latin(prompt) else _runs(prompt)
    whole = _names(prompt) + [
        _tag(run)
        for run in runs
        if len(run) <= LONGEST_RUN and (len(run) > 1 or run[0].lower() not in WEAK)
    ]
    parts = [_tag([word]) for run in runs for word in reversed(run) if word.lower() not in WEAK]
    stems = {stem(word) for word in words(f"{prompt} {english}")}
    topics = [tag for tag, about in TOPICS if stems & {stem(word) for word in about.split()}]
    chosen: dict[str, str] = {}
    for tags, until in ((whole, 4), (topics[:3], MOST), (parts, WANTED), (general, FEWEST)):
        for tag in tags:
            if len(chosen) < until and 2 <= len(tag) <= LONGEST:  # noqa: PLR2004 - a word at least
                chosen.setdefault(tag.lower(), tag)
    return tuple(f"#{tag}" for tag in chosen.values())


def _names(prompt: str) -> list[str]:
    """Hashtags of the proper names of a prompt."""
    found = [
        name[0]
        for name in NAME.finditer(prompt)
        if not set(name[0].lower().split()) & (NO_NAMES | ENGLISH | VERBS)
    ]
    return [_tag(words(name)) for name in found if name.count(" ") < LONGEST_RUN]


def _runs(prompt: str) -> list[list[str]]:
    """Neighbouring words with nothing but spaces between them, function words left out."""
    runs: list[list[str]] = []
    for part in re.split(r"[^\w\s'\u2019\u0300-\u036f\u0900-\u0dff-]+", prompt):
        run: list[str] = []
        for word in _split(part):
            plain = word.lower().replace("\u2019", "'")
            if plain in ENGLISH or plain in FOREIGN or (is_latin(word) and len(word) < 2):  # noqa: PLR2004
                runs.append(run)
                run = []
            else:
                run.append(word)
        runs.append(run)
    for run in runs:  # "finally moved", "a puppy playing": what is said of the noun is no hashtag
        while (
            len(run) > 1 and re.search(r"[a-z](?:ly|ed|ing)$", run[-1]) and run[-1] not in NOT_FORMS
        ):
            run.pop()
        while run and re.search(r"[a-z]ly$|^\d+$", run[0]):
            run.pop(0)
    return [run for run in runs if run]


def _split(part: str) -> list[str]:
    found = []
    for word in words(part):
        if any("\u3040" <= char <= "\u9fff" for char in word):
            for piece in SPACELESS.findall(PARTICLES.sub(" ", word)):
                found += [piece, "a"]  # a function word keeps the pieces apart
        else:
            found.append(word)
    return found


def _tag(run: list[str]) -> str:
    """The words as one: a hashtag ends at anything but letters, digits and their marks."""
    tag = "".join(
        word[:1].upper() + word[1:]
        for joined in run
        for word in re.split("['\u2019-]+", re.sub("['\u2019]s$", "", joined))
    )
    return "".join(c for c in tag if unicodedata.category(c)[0] in "LMN").lstrip("0123456789")
