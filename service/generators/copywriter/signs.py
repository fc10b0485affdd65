"""Signs in a prompt that decide what its text may say."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

SAD = re.compile(
    r"\b(?:(?-i:[Cc]losed|[Cc]loses|[Cc]losing|[Cc]losure|close)|cancel(?:l?ed|l?ing|lation\w*|s)|delay\w*|late|sold\s+out|postpon\w*|strike|outage|"
    r"maintenance|increas\w*|out\s+of\s+order|fällt|geschlossen|cerrad\w*|cierr\w*|fermé\w*|ferme|"
    r"chius\w*|chiud\w*|fechad\w*|fecha|abgesagt|abgestellt|gesperrt|ausfällt|entfällt|verschoben|cancelad\w*|annul\w*)\b",
    re.IGNORECASE,
)
"""Signs of news that is not good."""

UNSAFE = re.compile(
    r"\b(?:recall\w*|wrong|faulty|defect\w*|unsafe|contaminated|hazard\w*|overheat\w*|poison\w*|stop\s+using|do\s+not\s+(?:use|eat|drink)|"
    r"don't\s+(?:use|eat|drink))\b",
    re.IGNORECASE,
)
"""A warning about a thing: it is not presented as an offer."""

NOT_SAD = re.compile(
    r"\b(?:(?:a|two|three|some|last[- ]minute|few|\d)\s+(?:\w+\s+)?cancellations?|free\s+cancellation|cancel(?:lation)?\s+any\s?time|no\s+(?:delays?|cancellations?))\b|"
    r"\b(?:applications?|bookings?|entries|entry|registrations?|registration|sign-?ups?|submissions?|voting|polls?)\s+(?:will\s+)?clos(?:e|es|ing)\b|"
    r"\bclosed\s+(?:on\s+)?(?:mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|mon|tue|wed|thu|fri|sat|sun)\b(?!\s+\d)|"
    r"\b(?:competition|contest|offer|raffle|orders?|order\s+book|window)\s+(?:will\s+)?clos(?:es|e|ing)\b|"
    r"\bclosing\s+(?:date|time|party|ceremony|concert)\b|\bclose\s+(?:to|by|friends?)\b|"
    r"\blate\s+(?:grand\w*|father\w*|mother\w*|uncle\w*|aunt\w*|husband\w*|wife\w*|brother\w*|sister\w*|night|summer|autumn|spring|"
    r"winter|opening|shopping|bar|shift|breakfast|train)\b|\b(?:until|till|open)\s+late\b",
    re.IGNORECASE,
)
"""Words of bad news in another sense: "applications close", "my late grandad's piano"."""

OFFERED = re.compile(
    r"\b(?:vacanc(?:y|ies)|apprentice\w*|job\s+(?:ad|offer|opening)|now\s+hiring|we(?:'re|\s+are)\s+hiring|for\s+sale|for\s+rent|to\s+let|"
    r"selling|wanted:|gesucht|stelle(?:nangebot)?|verkaufe|zu\s+(?:verkaufen|vermieten)|se\s+(?:vende|alquila|busca)|vendo|"
    r"à\s+(?:vendre|louer)|offre\s+d'emploi|recrutons|vendesi|affittasi|cercasi|vende-se|aluga-se|procura-se)\b",
    re.IGNORECASE,
)
"""Signs of a job ad, a sale or something to rent."""

GRIM = re.compile(
    r"\b(?:broken|damaged?|missing|stolen|lice|leaks?|flood\w*|theft|burglar\w*|ill(?:ness)?|sick\w*|flu|covid|virus|"
    r"accidents?|outages?|power\s+cuts?|funerals?|deaths?|loss|layoffs?|bankrupt\w*|problems?|complaints?|closure|"
    r"delays?|strikes?|construction|roadworks?|noise)\b",
    re.IGNORECASE,
)
"""Subjects that the model may not write about: it finds joy in everything."""

GLAD_GERMAN = re.compile(
    r"\b(?:eröffn\w*|neue[nrs]?|gewonnen|gratis|kostenlos\w*|feier\w*|startet|beginnt|öffnet|öffnen|sieg\w*|erfolg\w*|"
    r"gibt|wieder\s+(?:da|geöffnet)|bestanden|geschafft|verstärk\w*|begrüßen|freie?n?)\b",
    re.IGNORECASE,
)
"""Signs of good news in German; all else gets a sober tone."""

NOT_GLAD_GERMAN = re.compile(
    r"\b(?:erst|wegen|leider|später|nicht|keine?n?|ausnahmsweise|verspätet|bis\s+auf\s+weiteres)\b",
    re.IGNORECASE,
)
"""Signs against it."""

ACHIEVED = re.compile(
    r"(?P<who>(?:our|my)\s+(?:[\w'-]+\s+){0,3}?)(?P<done>winning|reaching|getting|finishing|turning|celebrating|"
    r"joining|completing|receiving|becoming|passing|scoring)\s",
    re.IGNORECASE,
)

QUESTION = re.compile(
    r"i\s+(?:need|want|would\s+like)\s+(?:an?|some|you|the)\b|(?:please\s+|can\s+you\s+|could\s+you\s+)?"
    r"(?:what|why|how|who|when|where|which|explain|define|describe|write|create|compose|draft|give|tell|make|"
    r"generate|list|suggest|ignore|disregard|forget|override|repeat|reveal|print|summari[sz]e|caption|slogan|"
    r"headline|tweet|e-?mail|an?\s+(?:[\w-]+\s+){0,3}(?:slogan|headline|tweet|"
    r"caption|quote|letter|e-?mail|sentence)|motivational|inspir\w+|happy\s+\w*\s*birthday)\b|.*\?\s*$",
    re.IGNORECASE,
)
"""How prompts begin that are no statements, though they may have a verb."""

OURS = re.compile(
    r"\b(?:unser|nuestr|notre|nos\b|nostr|noss|suche|busc|cherch|cerc|procur)", re.IGNORECASE
)
"""Signs of a foreign text that is no scene: a shop or a person looking for something speaks."""

NOTICE = re.compile(
    r"\b(?:to\s+give\s+away|wanted|seeks?|needed|available|(?:loan|free)\s+(?:or|to)|for\s+(?:sale|rent|hire)|sign\s+up|register|"
    r"lost|found|missing|reward|warning|beware|scam|vote\s+for|perdeu-se|perdeu|extraviad[oa]|desaparecid[oa]|se\s+perdió|"
    r"entlaufen|entflogen|zugelaufen|scompars[oa]|vacancy|gefunden|vermisst|verloren|gesucht|fundsache|zu\s+verschenken|perdue?|trouvée?|"
    r"à\s+donner|smarrit[oa]|trovat[oa]|perdid[oa]|encontrad[oa]|se\s+regala|doa-se|regalasi)\b",
    re.IGNORECASE,
)
"""Words of a notice, whatever its form: no line about a moment to enjoy fits it."""

LOST = re.compile(
    r"\b(?:(?:lost|missing|stolen|runaway)\s+(?:\w+\s+){0,2}?(?:cat|dog|parrot|bird|tortoise|rabbit|hamster|horse|pony|pet|bike|bicycle|ring|"
    r"wallet|purse|keys?|phone|bag|drone|teddy|camera|van|trailer|glasses|umbrella)|(?:cat|dog|parrot|bird|tortoise|rabbit|bike|ring|pet)\s+(?:is\s+|has\s+gone\s+|went\s+)?(?:lost|missing|stolen)|"
    r"(?:missing|last\s+seen)\s+(?:since|from|near|in|on|around)\b)",
    re.IGNORECASE,
)
"""A search for an animal or a thing."""

NO_SCENE = re.compile(
    OURS.pattern
    + "|"
    + NOTICE.pattern
    + r"|\b\w+(?:amos|emos|imos|iamo)\b|\b(?:wir|nous)\b|^(?:feliz|felices|joyeu|bonne|frohe|guten|"
    r"entschuldig|leider|achtung|hinweis|wichtig|aviso|atención|avviso|attenzione|attention|désolé|excuse|disculp|perd[óo]n|scus|"
    r"desculp|aten[cç]|herzlich|buon|auguri|boas|parab|gracias|merci|danke|grazie|obrigad|pide|recuerda|lembre|peça|"
    r"rappelle|ricorda|bitte|erinnere)|\?$",
    re.IGNORECASE,
)
"""A foreign text that no line about a moment to enjoy fits."""

TO_READERS = re.compile(
    r"(?=.*\?\s*$)(?!(?:can|could|would|will)\s+you\s+(?:please\s+)?(?:write|explain|tell|give|make|help|describe|list|create)\b|"
    r"how\s+(?:do|can|should)\s+i\b)"
    r"(?:.*\b(?:you|your|yours|we|our|us)\b|.*\b(?:which\s+of|who\s+(?:wants|would|has|knows|saw|lost|fancies)|any(?:one|body|\s+\w+)|some(?:one|body)|every(?:one|body))\b|"
    r"[\w\s'-]+\bor\b[\w\s'-]+\?)",
    re.IGNORECASE | re.DOTALL,
)
"""A question that only the readers can answer."""

RENTED_ABROAD = re.compile(
    r"\b(?:par\s+(?:mois|semaine|nuit)|al\s+mes|por\s+(?:mes|noche|mês|noite|semana)|al\s+mese|a\s+notte|(?:pro|im)\s+(?:monat|woche)|warm\b|kaltmiete|loyer|alquiler|affitto|aluguel|renda)\b|/\s?(?:mois|mes|mese|mês|monat)",
    re.IGNORECASE,
)
"""Signs of something to rent, in other languages."""
RENTED = re.compile(
    r"\b(?:per|a|/)\s*(?:month|week|night)\b|\brent\b|\b(?:house|flat)mates?\b|\bincl\w*\.?\s+bills|\bbills\s+incl|\bdeposit\b"
)

OURS_ENGLISH = re.compile(r"our\b", re.IGNORECASE)
