"""Words that no text may have, or not about its subject."""

from __future__ import annotations

import re

ASSISTANT = re.compile(
    r"""^(sure|certainly|of\s+course|absolutely|okay|ok|yes|no|hello|hi|great)\b[,!.:]|
    ^here(\s+is|'s|\s+are)\s+(a|an|the|some|your|my|one|two|three)\b|
    ^(title|caption|post|tweet|headline|subject|answer|note|description|slogan|sentence|item|line|tip)\s*\d*\s*:|
    \bas\s+an?\s+(ai|copywriter|assistant|writer)\b|language\s+model|smollm|hugging\s?face|copy-?writ|
    \bi('m|\s+am)\s+(sorry|not\s+sure|unable|an?\s+(ai|assistant|writer))\b|\bi\s+can(no|')t\s+(help|assist|do)\b|
    \b(the|your|this)\s+(user|prompt|task|instruction)s?\b|\b(short\s+)?sentences?\b|
    social\s+media|\bnarratives?\b|\bvivid\b|\bimmersive\b|\b(audience|readers?)\b|\bcampaigns?\b|\bhashtags?\b|
    creative\s+writing|example\s+of\s+(how|a|an)\b|\b(blog|instagram)\b|this\s+(caption|text|article)|\bwe\s+hope\s+this\b|\blet\s+me\s+know\b|\bwriting\s+to\s+a\s+client""",
    re.VERBOSE | re.IGNORECASE,
)
UNFIT = re.compile(
    r"""\b(fuck\w*|shit\w*|bitch\w*|bastard\w*|cunt\w*|dick|porn\w*|sex|sexy|sexual\w*|naked|nude|whore\w*|
    slut\w*|kill\w*|murder\w*|suicid\w*|rap(e|es|ed|ist)|nazi\w*|terroris\w*|nigg\w*|drunk|cocaine|heroin)\b""",
    re.VERBOSE | re.IGNORECASE,
)
INSULT = re.compile(
    r"""\b(stupid\w*|idiot\w*|ugl(?:y|iest)|dumb\w*|moron\w*|lazy|laziest|losers?|pathetic|worthless|useless|
    disgusting|fat|crazy|insane|ignorant|hopeless|trash|garbage|inferior|cripple\w*|retard\w*|freaks?|
    \d+[ -]years?[ -]olds?|you(?:'re|\s+are)\s+(?:not|no)\b|\w+,?\s+(?:but\s+)?we\s+can't|serve
    \s+your\s+children)\b""",
    re.VERBOSE | re.IGNORECASE,
)
"""Insults: in no text of any kind."""
GLOOM = re.compile(
    r"""\b(nightmares?|chaos|chaotic|dark(est|ness)|death|dead|die[sd]?|dying|traged\w*|war|pain|lonel\w*|boring|
    fail\w*|disasters?|ridiculous|unfortunately|sad(ness)?|fear\w*|hate\w*|terrif\w*|terribl[ey]|worst|worse|
    unforgiving|never|stor(?:y|ies)|scenes?|realms?|meals?|not|can't|cannot|don't|doesn't|isn't|aren't|won't|no|too|even|mundane|example|competition|bear|challeng\w*|lost|alone|weapons?|guns?|struggl\w*|haunt\w*|tough|anxi\w*|evil|blood\w*|broken)\b""",
    re.VERBOSE | re.IGNORECASE,
)
MADE_UP = re.compile(
    r"""\d+(?:st|nd|rd|th)?|[%$£€]|\bdiscounts?\b|\b(january|february|march|april|june|july|august|september|october|november|
    december|monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?\b|(?<!-)\bfree\b(?!\s+(from|of|spirit|time))""",
    re.VERBOSE | re.IGNORECASE,
)
"""Numbers, days and offers, which only the author of a prompt can know."""
FIRST_PERSON = re.compile(r"\b(I|I'm|I've|I'll|I'd|me|my|mine|myself)\b")
DISAGREEMENT = re.compile(
    r"""\b(?:they|we|these|those|people|children)\s+(?:is|was|has|does|isn't|wasn't|hasn't|doesn't)\b|
    (?<!\w\s)\b(?:he|she|it)\s+(?:are|were|have|do|aren't|don't|haven't)\b|
    ^(?:this|that)\s+(?:are|were|have)\b|
    \b(?:this|that|a|an|every|each)\s+(?:people|children|things|days|moments|memories)\b|
    \b(?:these|those|many|several)\s+(?:day|moment|thing|place|person|way)\b|\b(?:is|are|was|were)\s+(?:is|are|was|were)\b|
    \b(?:i|you|we|they)\s+(?:goes|makes|brings|comes|takes|gives|loves|needs|wants)\b|\ba\s+(?:hour|honest|apple|orange|evening|afternoon)\b""",
    re.VERBOSE | re.IGNORECASE,
)
"""Subjects and verbs, or articles and nouns, that do not agree."""
CLASHES: tuple[tuple[str, str], ...] = (
    (
        r"\b(morning|sunrise|breakfast|dawn)\b",
        r"\b(sunset|sun (had )?set|setting sun|evening|night|dusk|stars|moon)\w*",
    ),
    (
        r"\b(night|evening|sunset|dusk|midnight)\b",
        r"\b(morning|sunrise|dawn|breakfast|sunny|midday)\b",
    ),
    (
        r"\b(rain|rainy|raining|storm\w*)\b",
        r"\b(sun|sunny|sun's|sunshine|sunlight|scorching|sunset|sunrise)\b",
    ),
    (r"\b(snow|snowy|winter|ski\w*)\b", r"\b(summer|sand|scorching|beach|heat|sunny|rain\w*)\b"),
    (r"\b(summer|beach|tropical)\b", r"\b(winter|snow\w*|cold|christmas|freezing)\b"),
    (
        r"\b(vegan|plant-based)\b",
        r"\b(beef|pork|chicken|turkey|bacon|sausage|meat|dairy|milk|butter|cheese\w*|eggs?|fish|honey|cheeseburger)\b",
    ),
    (r"\bvegetarian\b", r"\b(beef|pork|chicken|turkey|bacon|sausage|fish)\b"),
    (
        r"\b(bamboo|wooden|ceramic|glass)\b",
        r"\bplastic (toothbrush|mug|cup|bottle|material|handle)\b",
    ),
    (
        r"\bbirthday\b",
        r"\b(spirit|heaven|passed|late|memory|eternal|funeral|grave|forever|soul|rest in)\b",
    ),
    (r"\b(morning|breakfast|coffee)\b", r"\b(wine|beer|cocktails?|champagne|whisky|vodka)\b"),
    (r"\bcoffee\b", r"\btea\b"),
    (r"\b(cat|kitten)s?\b", r"\b(dog|puppy|puppies|dogs)\b"),
    (r"\b(dog|puppy|puppies|retriever)s?\b", r"\b(cat|cats|kitten|kittens)\b"),
)
"""Pairs that contradict each other, unless the prompt has both: small models mix them up."""
