"""Whether a prompt becomes a scene or a poster where its writer leaves that open."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re
from collections.abc import Collection

from service.generators.illustrator.poster.wording import (
    BUSINESS,
    OURS,
    PICTURED,
    SENTENCE_END,
    TEXTUAL,
    kind_of,
)
from service.generators.illustrator.reading.words.lexicon import lexicon
from service.generators.illustrator.reading.words.tokens import fold
from service.generators.illustrator.scene import Scene
from service.generators.prompt import understand

FLAGS = re.IGNORECASE
NUMBER = r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|some|several|many|un[ae]?|uno|dos|tres|cuatro|cinco|seis|siete|deux|trois|quatre|cinq|sept|huit|eine?|einen|zwei|drei|vier|fünf|sechs|sieben|acht|due|tre|quattro|cinque|sei|sette|otto|uma?|dois|duas|três|quatro|sete|oito|\d{1,2})"
OPENING = re.compile(
    rf"^\W*(?:the\s+|el\s+|la\s+|le\s+|der\s+|die\s+|das\s+|il\s+|o\s+)?(?:{NUMBER}|pair|stack|pile|row|group|bunch|bowl|basket)\s+\w",
    FLAGS,
)
"""How a description of things begins; a thing itself does as well."""
TOLD = re.compile(
    r"[!:?%€$£@]|\b(?:for|every|each|now|new|sale|sold|wanted|needed|needs|wants|seeks|offers|available|welcome|free|today|tonight|tomorrow|weekly|daily|"
    r"weekends?|season|lessons?|class|classes|club|courses?|tickets?|workshop|meeting|menu|yoga|evening|afternoon|party|concert|fair|festival|special|is|has|have|does|not|cherche|sucht|busca|cerca|procura|présentez|will|(?<!watering )(?<!tin )(?<!milk )(?<!oil )can|"
    r"how|why|what|when|para|pour|für|per|neu|nuevo|nueva|nouveau|nouvelle|nuovo|nuova|novo|nova|ist|hat|est|es|tiene|è|tem|são|sind|sont|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|kurs|cours|curso|corso|heute|morgen|hoy|mañana|demain|oggi|domani|hoje)\b",
    FLAGS,
)
"""What only those say who tell the public something."""
REACHING = re.compile(
    r"\b(?:diving|waiting|reaching|jumping|queu(?:e)?ing|searching|digging|running|looking(?= for (?:food|shells|mushrooms))) for\b",
    FLAGS,
)
"""Acts that are seen, though "for" is among their words."""
GATHERING = re.compile(
    r"^\W*(?:an?|the)\s+(?:[\w'-]+\s+){0,2}(?:class|lesson|meeting|concert|party|fair|festival|workshop)\b(?=\s+(?:in|on|at|with|under|outside|around)\s+(?:the|an?)\b)(?!.*(?:\d|\b(?:every|free|for|from|join|tickets?)\b))",
    FLAGS,
)
"""People who do something together, where nothing says when: a scene."""
ALSO_SEEN = re.compile(
    r"\b(?:evening|afternoon|season|party|menu|morgen|yoga|new|special)\b|:(?!\S)", FLAGS
)
"""Words among these that also tell what a scene looks like, behind its first subject."""
NAMED = re.compile(r"(?<=[\w,]\s)[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+")
"""A name behind the first word; in German every noun has a capital."""
LISTED = re.compile(r"^\w[^.]*(?:,|\band|\bwith|\bon|\bin)\s+(?:an?|two|three)\s+\w", FLAGS)
"""A list of things whose first has no article."""
FIRST_WORDS = 3


def is_said(prompt: str) -> bool:
    """Whether the prompt announces, invites, offers, quotes, or asks for a text."""
    return bool(kind_of(prompt) or TEXTUAL.search(prompt) or BUSINESS.search(prompt))


def describes_scene(prompt: str, scene: Scene) -> bool:
    """Whether the prompt says what is to be seen, and speaks to no readers."""
    if is_said(prompt) or OURS.search(prompt) or SENTENCE_END.search(prompt):
        return False
    if tells(prompt, scene) or understand(prompt).order.name:
        return False
    if scene.language != "de" and any(not is_scenic(name[0]) for name in NAMED.finditer(prompt)):
        return False
    first = fold(prompt).split()[:FIRST_WORDS]
    things = {word for thing in scene.things for word in thing.word.split()}
    places = {word for words in scene.settings for word in words.split()}
    seen = things | places if not scene.missing else things
    return bool(OPENING.search(prompt) or LISTED.search(prompt) or seen & set(first))


def tells(prompt: str, scene: Scene) -> bool:
    """Whether words announce something to the public."""
    prompt = GATHERING.sub(" ", REACHING.sub(" ", prompt))
    named = [thing.word.split()[0] for thing in scene.things] + [
        words.split()[0] for words in scene.settings
    ]
    starts = [at for word in named if (at := fold(prompt).find(word)) >= 0]
    seen = min(starts, default=len(prompt))
    plain = not re.search(r"\d", prompt)
    return any(
        not (plain and found.start() > seen and ALSO_SEEN.fullmatch(found[0]))
        and (found[0].lower() != "hat" or scene.language == "de")
        for found in TOLD.finditer(prompt)
    )


def is_scenic(name: str) -> bool:
    """Whether a word with a capital is one of those for scenery: "Christmas", "Paris"."""
    lex = lexicon()
    return fold(name) in lex.scene or bool(lex.things.get(fold(name)))


def mostly_seen(scene: Scene, lost: Collection[str] = ()) -> bool:
    """Whether at least half of what is to be seen is drawn; `lost` cannot be made out."""
    named = {thing.word for thing in scene.things} | set(scene.settings)
    seen = named - set(lost)
    away = set(scene.missing) | (named & set(lost))
    main = bool(scene.things) and scene.things[0].word not in lost
    return bool(seen) and len(seen) + main >= len(away)


def suits_poster(prompt: str, scene: Scene) -> bool:
    """An announcement, invitation, offer or quote, or a scene of which less than half is drawn.

    What neither announces nor surely describes is a scene only if every word of it is drawn.
    """
    if PICTURED.search(prompt):
        return False
    if is_said(prompt) or not (scene.things or scene.features or scene.place != "studio"):
        return True
    if describes_scene(prompt, scene):
        return not mostly_seen(scene)
    return bool(scene.doubts or scene.missing or scene.unshown)
