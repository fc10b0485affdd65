"""Signs in a prompt that decide what its text may say."""

from __future__ import annotations

import re

SAD = re.compile(
    r"\b(?:clos(?:e|ed|es|ing|ure)|cancel\w*|delay\w*|late|sold\s+out|postpon\w*|strike|outage|"
    r"maintenance|increas\w*|out\s+of\s+order|fällt|geschlossen|cerrad\w*|cierr\w*|fermé\w*|ferme|"
    r"chius\w*|chiud\w*|fechad\w*|fecha|abgesagt|abgestellt|gesperrt|ausfällt|entfällt|verschoben|cancelad\w*|annul\w*)\b",
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

OURS_ENGLISH = re.compile(r"our\b", re.IGNORECASE)
