"""Names in a prompt that make no hashtag: contacts, channels, addresses, codes, halves of names."""

from __future__ import annotations

import re

from service.generators.prompt.language.lexicon import ENGLISH, FOREIGN, several
from service.generators.prompt.language.verbs import VERBS

NO_NAMES = several(
    """
    monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays
    thursdays fridays saturdays sundays january february march april may june july august
    euro euros dollar dollars pound pounds cent zoll kilo gramm liter litre meter uhr stück
    prozent personen kg cm montag dienstag mittwoch donnerstag freitag samstag sonntag
    januar februar märz mai juni juli oktober dezember september october november december
    mon tue tues wed thu thur thurs fri sat sun
    new lost found closed open back sold free live made join out now stay meet only half
    gate pier room hall flat block platform floor bus tram line level class year stage wing
    swedish danish norwegian finnish turkish russian ukrainian arabic chinese japanese welsh irish
    english german french spanish italian portuguese dutch polish european american british
    android windows iphone rsvp sms dm bbq diy street road avenue am pm
    st dr mr mrs im i'm ive i've id i'd ill i'll we're we've don't can't
    lane drive court square crescent
    whatsapp signal telegram messenger instagram facebook linkedin tiktok twitter youtube
    zoom teams skype paypal bizum eventbrite google doodle
    coffee morning night evening
    """
)


JOINED = re.compile(
    r"\b(?:[A-Z\u00c0-\u00de][\w\u2019'-]+\s+)+(?:and|&|or|und|oder|y|et|ou|e|o)\s+[A-Z\u00c0-\u00de][\w\u2019'-]+(?:\s+[A-Z\u00c0-\u00de][\w'-]+)*"
)
"""Two names in one, or two people: "the Fox and Barrel"; half of it is wrong."""

POSSESSIVE = re.compile(r"\b[A-Z\u00c0-\u00de][\w-]+(?:['\u2019]s\b(?!\s+[A-Z])|(?=\s+family\b))")
"""A shop or an owner: "at Luca's"."""

CONTACT = re.compile(
    r"\b(?i:ask\s+for|ask|call|ring|text|phone|contact|message|e-?mail|speak\s+to|talk\s+to|write\s+to|see|via|by|through|por|per|par|"
    r"über|bei|preguntar?\s+por|llamar?\s+a|demander|appeler|chiedere\s+di|chiamare|contattare|telefonare\s+a|contactar(?:\s+a)?|contacter|contatto|ligar\s+para|falar\s+com)\s+"
    r"[A-Z\u00c0-\u00de][\w'-]+(?:\s+[A-Z\u00c0-\u00de][\w'-]+)*(?=\s*(?:[,.!;)]|$|\d|on\b|at\b|in\b|en\b|bei\b|im\b|à\b|na\b|no\b|or\b|oder\b|o\b|ou\b))"
)
"""Whom to ask, and by what."""

ADDRESS = re.compile(
    r"\b(?:strada|vicolo|viale|borgo|travessa|estrada|avenida|camino|paseo|carrer|chemin|all\u00e9e|impasse|route|cours|straat|laan|place|rue|avenue|quai|boulevard|calle|plaza|avenida|via|piazza|corso|rua|praça|largo)\s+(?:(?:de|du|des|la|le|los|las|da|do|dos|del|della)\s+|[dl]['\u2019])*"
    r"[A-Z\u00c0-\u00de][\w'-]+(?:\s+[A-Z\u00c0-\u00de][\w'-]+)*",
    re.IGNORECASE,
)
"""A street or a square."""

CODE = re.compile(r"\b(?=\w*\d)(?=\w*[A-Z])[\w-]+\b|\b(?:rev|batch|lot|model|no)\.?\s+[A-Z]\w*\b")
"""The number of a batch, a licence or a model."""

TORN = re.compile(
    r"(?:^|(?<=[.!?:]\s))([A-Z\u00c0-\u00de][a-z\u00df-\u00ff'\u2019-]+)(?:\s+[A-Z\u00c0-\u00de][\w'\u2019-]+)+"
)
"""Words with capitals from the beginning of a sentence: the first may be part of the name."""


THANKED = re.compile(
    r"\b(?:thanks|thank\s+you|danke|gracias|merci|grazie|obrigad[oa])\b(?=[^.!?\n]*[A-Z])[^.!?\n]*",
    re.IGNORECASE,
)
"""Who is thanked."""


def without_side_names(prompt: str, language: str) -> str:
    """The prompt with a comma for each name that makes no hashtag."""
    for side in (THANKED, CONTACT, ADDRESS, CODE, JOINED, POSSESSIVE):
        prompt = side.sub(" , ", prompt)
    return prompt if language == "de" else TORN.sub(_untorn, prompt)


def _untorn(found: re.Match[str]) -> str:
    """The names behind the first word of a sentence, unless that word may belong to them."""
    first = found[1].lower()
    return found[0] if first in NO_NAMES | ENGLISH | FOREIGN | VERBS else " , "
