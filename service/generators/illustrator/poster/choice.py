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
    r"[!:?%€$£@]|\b(?:for|every|each|now|new|sale|sold|wanted|needed|available|welcome|free|today|tonight|tomorrow|weekly|daily|"
    r"weekends?|season|lessons?|class|classes|club|courses?|tickets?|workshop|meeting|menu|yoga|evening|afternoon|party|concert|fair|festival|special|is|has|have|does|not|cherche|sucht|busca|cerca|procura|présentez|will|can|"
    r"how|why|what|when|para|pour|für|per|neu|nuevo|nueva|nouveau|nouvelle|nuovo|nuova|novo|nova|ist|hat|est|es|tiene|è|tem|são|sind|sont|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|kurs|cours|curso|corso|heute|morgen|hoy|mañana|demain|oggi|domani|hoje)\b",
    FLAGS,
)
"""What only those say who tell the public something."""
NAMED = re.compile(r"(?<=[\w,]\s)[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]")
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
    if TOLD.search(prompt) or understand(prompt).order.name:
        return False
    if scene.language != "de" and NAMED.search(prompt):
        return False
    first = prompt.lower().split()[:FIRST_WORDS]
    things = {word for thing in scene.things for word in thing.word.split()}
    return bool(OPENING.search(prompt) or LISTED.search(prompt) or things & set(first))


def mostly_seen(scene: Scene, lost: Collection[str] = ()) -> bool:
    """Whether at least half of what is to be seen is drawn; `lost` cannot be made out."""
    named = {thing.word for thing in scene.things} | set(scene.settings)
    seen = named - set(lost)
    away = set(scene.missing) | (named & set(lost))
    return bool(seen) and len(seen) >= len(away)


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
