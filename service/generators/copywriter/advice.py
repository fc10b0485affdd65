"""Advice, steps, facts and scripts that a prompt only names: only a larger model writes them."""

from __future__ import annotations

import re

from service.generators.prompt import Understanding
from service.generators.prompt.directions.pieces import AND, pieces
from service.generators.prompt.language.numbers import NUMBERS

COUNT = "|".join(word for word in NUMBERS if len(word) > 1 and word not in {"no", "some", "an"})
NOUN = (
    r"(?:tips?|tricks?|hacks?|steps?|reasons?|ideas?|ways?|facts?|things|rules|mistakes|recipes?|examples|benefits|advantages|"
    r"tipps?|schritte?n?|gründe?n?|ideen|fakten|rezepte?n?|tricks|fehler|vorteile?n?|beispiele|"
    r"consejos?|pasos?|razones|ideas|trucos?|maneras|formas|datos|recetas?|ventajas|"
    r"conseils?|astuces?|étapes?|raisons|idées|façons|recettes?|avantages|"
    r"consigl(?:io|i)|passi|passaggi|motivi|ragioni|idee|modi|trucchi|ricett[ae]|vantaggi|"
    r"dicas?|passos?|razões|motivos|ideias|maneiras|formas|truques|receitas?|vantagens)"
)
"""What is counted where advice is asked for."""
COUNTED_FIRST = re.compile(
    rf"^\W*(?:(?:here\s+are|give\s+\w+|write|share|post|list|my|our|the|top|unsere|nos|le|i|los|las|os|as)\s+)*(?:\d{{1,2}}|{COUNT})\s+(?:(?!from\b|away\b)[\w'-]+\s+){{0,2}}?{NOUN}\b(?!\s+(?:from|away|behind|to\s+the)\b)",
    re.IGNORECASE,
)
ORDERING = (
    r"(?:give|name|list|state|include|add|mention|explain|write|incluye|añade|indica|menciona|nombra|"
    r"donne|ajoute|indique|cite|nenne|gib|liste|füge|elenca|aggiungi|inclui|acrescenta|refere)"
)
COUNTED_ALONE = re.compile(
    rf"^\W*(?:(?:in|en|with|as|mit|con|avec|com|em|exactly|genau|only|and|please)\s+)*(?:{ORDERING}\s+(?:(?:the|some|its|all|die|ein\s+paar|los|las|algunos|les|des|quelques|i|le|alcuni|os|as|alguns)\s+)?|(?=\d|{COUNT}))(?:(?:\d{{1,2}}|{COUNT})\s+)?(?:(?:short|easy|simple|quick|small|good|kurzen?|einfachen?|breves|petites?|semplici|simples)\s+)?{NOUN}\W*$",
    re.IGNORECASE,
)
"""A clause that only says how many there are to be: "4 steps"."""
STEPWISE = re.compile(
    r"\b(?:\d{1,2}[\s-]step\s+(?:guide|plan|recipe)|step[\s-]by[\s-]step|schritt\s+für\s+schritt|paso\s+a\s+paso|pas\s+à\s+pas|étape\s+par\s+étape|passo\s+dopo\s+passo|passo\s+a\s+passo|tutorial|how[\s-]to\s+guide|anleitung)\b",
    re.IGNORECASE,
)
ADVISING = re.compile(
    r"\b(?:tips?|tricks?|hacks?|advice|guide|instructions?|how-to|(?:\w+)?tipps?|ratgeber|rat|hinweise|consejos?|trucos?|guía|conseils?|astuces?|guide|consigl(?:io|i)|dritte|guida|dicas?|conselhos?|guia)\b",
    re.IGNORECASE,
)
HOW = re.compile(
    r"(?:^|[:,\u2013-]\s*|\b(?:on|about|for|über|zum|zur|sobre|sur|su|per|para|pour)\s+)(?:on\s+)?(?:how\s+(?:to|you)|(?-i:[Ww]ie)\s+(?:man|du|ihr|sie)|cómo|comment|come\s+\w+(?:are|ere|ire)|como\s+\w+(?:ar|er|ir))\b",
    re.IGNORECASE,
)
"""What advice is about: "how to protect your dog"."""
FACTS_ABOUT = re.compile(
    r"^\W*(?:(?:write|share|post|give\s+\w+)\s+)?(?:an?\s+|some\s+|(?:un|una|eine?n?)\s+)?(?:fun|interesting|surprising|amazing|little-known|curios[oa]s?|interessante?r?s?)\s+(?:facts?|datos?|fakt(?:en)?|curiosità)\b(?![^:]*:\s*\S+\s\S+\s\S+)",
    re.IGNORECASE,
)
SCRIPT = re.compile(
    r"\b(?:radio|video|podcast|film|tv|reel|tiktok|youtube)\s+(?:script|spot|ad\b)|\b(?:script|screenplay|voice-?over)\s+for\b|\b(?:with|add|including)\s+an?\s+jingle\b|\b(?:radiospot|drehbuch|werbespot|guion|guión|spot\s+radio|roteiro|sceneggiatura)\b",
    re.IGNORECASE,
)
RECIPE = re.compile(
    r"^\W*(?:(?:an?|our|my|the|new|quick|easy|simple|eine?|unser|una|nuestra|une|notre|la|uma|nossa)\s+){0,3}(?:\w+\s+)?(?:recipes?|rezepte?|recetas?|recettes?|ricette|ricetta|receitas?)(?:\s*-?\s*(?:ideas?|ideen?|tips?|tipps?))?\s+(?:for|with|of|from|für|mit|von|de|d['\u2019]|pour|avec|per|con|di|para|com)\b",
    re.IGNORECASE,
)
OWN_WORDS = 4
"""Words of a further sentence from which on a prompt tells something itself."""


def unwritten(understood: Understanding, original: str) -> str:
    """What a prompt wants written that it does not bring; empty for nothing."""
    if SCRIPT.search(original):
        return "write scripts or jingles"
    if understood.items or understood.asked.points or _lists(original):
        return ""
    first, *others = (cut.text for cut in pieces(original))
    told = [text for text in others if _is_told(text)]
    counted = COUNTED_FIRST.match(original) or any(
        COUNTED_ALONE.match(part) for text in others for part in AND.split(text)
    )
    how = HOW.search(original) and (ADVISING.search(original) or STEPWISE.search(original))
    signs = (
        (counted or FACTS_ABOUT.match(original), "give advice or collect facts"),
        (not told and RECIPE.match(original), "invent a recipe"),
        (not told and how, "give advice or collect facts"),
        (not told and STEPWISE.search(first), "explain, compare or summarise"),
    )
    return next((name for found, name in signs if found), "")


def _is_told(text: str) -> bool:
    """Whether a piece behind the first tells something itself."""
    return len(text.split()) >= OWN_WORDS and not (HOW.search(text) or ASIDE.match(text))


ASIDE = re.compile(
    r"\s*(?:for|from|of|by|with|without|für|von|mit|ohne|para|de|con|sin|pour|avec|sans|per|da|di|senza|com|sem)\s",
    re.IGNORECASE,
)
"""How a piece begins that only says for whom or with what."""


def _lists(prompt: str) -> bool:
    """Whether a prompt names at least two things behind a colon, or numbers them."""
    behind = prompt.partition(":")[2]
    how = HOW.match(behind.strip())
    return (bool(re.search(r"\w[,;]\s+\w", behind)) and not how) or bool(
        re.search(r"(?:^|\s)1[.)]\s.*\s2[.)]\s", prompt, re.DOTALL)
    )
