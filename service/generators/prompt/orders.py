"""The orders of a prompt, in six languages, each with the first sentence of its text.

A pattern names `x`, what the text is about, and perhaps `whom`. A template of None leaves `x`
as it is; one with two forms is for a glad and a sad subject.
"""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re
from dataclasses import dataclass

from service.generators.prompt.lexicon import ENGLISH, FOREIGN, several

WHOM = (
    r"(?:(?P<whom>(?:all\s+)?(?:of\s+)?(?:(?:my|our|the|your)\s+)?(?:[\w'-]+\s+){0,4}?[\w'-]+)\s+)?"
)
PLEASE = r"(?:please\s+|kindly\s+|can\s+you\s+|could\s+you\s+|i\s+(?:need|want|would\s+like)\s+(?:you\s+to\s+)?)*"
WRITE = (
    r"(?:(?:write|create|compose|draft|make|prepare|post|share|send|publish)\s+(?:me\s+|us\s+)?)?"
)
KIND = r"(?:an?\s+|the\s+|our\s+|some\s+)?(?:(?!for\b|about\b|that\b|to\b)[\w'-]+\s+){0,4}?"
FORM = rf"{PLEASE}{WRITE}{KIND}(?:posts?|captions?|messages?|notes?|texts?|notices?|announcements?|updates?|tweets?|copy|signs?|statements?)\s+(?:(?:for|to|on)\s+(?:my|our|the)?\s*[\w'-]+(?:\s+[\w'-]+){{0,2}}?\s+)?"


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to order a text."""

    language: str
    closing: str
    pattern: str
    lead: str | None = None
    sad: str | None = None


def _en(closing: str, pattern: str, lead: str | None = None, sad: str | None = None) -> Rule:
    return Rule("en", closing, pattern, lead, sad)


FACTS_ONLY = "{X}"
"""Only a subject with a verb, or facts that a model would change, is told by itself."""

NOUNED = r"(?:announcing|about|for|of|on|to\s+announce)\s+"
RULES: tuple[Rule, ...] = (
    _en("hire", rf"{PLEASE}{WRITE}{KIND}(?:job|help[ -]wanted|recruitment|recruiting|vacancy|hiring)\s*(?:ad|advert|advertisement|post|posting|offer|notice|listing|description|announcement)?s?\s*(?:for|:|about|looking\s+for|seeking)\s*(?P<x>.+)", "We are looking for {x}."),
    _en("hire", rf"{PLEASE}(?:hire|recruit|advertise\s+(?:for|a\s+(?:job|position|vacancy)\s+(?:for|as)))\s+(?P<x>.+)", "We are looking for {x}."),
    _en("offer", rf"{PLEASE}{WRITE}{KIND}(?:listing|classified(?:\s+ad)?|for[ -]sale\s+(?:ad|post)|rental\s+ad)\s*(?:for|:|of|to\s+sell|about)\s*(?:my\s+|our\s+|the\s+|an?\s+)?(?P<x>.+)", "For sale: {x}."),
    _en("offer", rf"{PLEASE}sell\s+(?:my\s+|our\s+|the\s+|an?\s+)?(?P<x>.+)", "For sale: {x}."),
    _en("offer", rf"{PLEASE}(?:rent\s+out|let)\s+(?:my\s+|our\s+)(?!.*\bknow\b)(?P<x>.+)", "For rent: {x}."),
    _en("remind", rf"(?:{FORM})?{PLEASE}(?:{WRITE}{KIND}reminder\s+(?:for\s+|to\s+)?|remind(?:s|ing)?\s+){WHOM}that\s+(?P<x>.+)", "Please remember: {y}."),
    _en("remind", rf"(?:{FORM})?{PLEASE}(?:{WRITE}{KIND}reminder\s+(?:for\s+)?|remind(?:s|ing)?\s+){WHOM}to\s+(?P<x>.+)", "Please remember to {y}."),
    _en("remind", rf"(?:{FORM})?{PLEASE}(?:{WRITE}{KIND}reminder\s+(?:for\s+|to\s+)?|remind(?:s|ing)?\s+){WHOM}(?:about|of|for|on)\s+(?P<x>.+)", "A reminder of {y}."),
    _en("remind", rf"{PLEASE}{WRITE}{KIND}reminder\s*(?::|about|of|for)\s*(?P<x>.+)", "A reminder: {x}."),
    _en("event", rf"(?:{FORM})?{PLEASE}invit(?:e|es|ing)\s+{WHOM}(?:to|for)\s+(?P<x>.+)", "You are invited to {y}."),
    _en("event", rf"{PLEASE}{WRITE}{KIND}invitation\s+(?:for\s+{WHOM})?(?:to|for)\s+(?P<x>.+)", "You are invited to {y}."),
    _en("sorry", rf"(?:{FORM})?{PLEASE}(?:{WRITE}{KIND}apology\s+|apologi[sz](?:e|es|ing)\s+)(?:(?:to|for)\s+{WHOM})?(?P<link>for|that|because)\s+(?P<x>.+)", "We are sorry {link} {y}."),
    _en("ask", rf"(?:{FORM})?{PLEASE}ask(?:s|ing)?\s+[^:?]{{2,60}}:\s*(?P<x>.+)"),
    _en("ask", rf"(?:{FORM})?{PLEASE}ask(?:s|ing)?\s+{WHOM}(?P<x>(?:what|which|who|where|when|why|how|whether|if|about)\b.+)", "Tell us {y}."),
    _en("remind", rf"(?:{FORM})?{PLEASE}ask(?:s|ing)?\s+{WHOM}to\s+(?P<x>.+)", "Please {y}."),
    _en("ask", rf"(?:{FORM})?{PLEASE}ask(?:s|ing)?\s+{WHOM}for\s+(?P<x>.+)", "We are asking for {y}."),
    _en("thank", rf"(?:{FORM})?{PLEASE}thank(?:s|ing)?\s+(?!you\b|s\b)(?P<whom>.+?)\s+(?:who|for)\s+(?P<x>.+)", "Thank you to {whom} {forx}."),
    _en("thank", rf"{PLEASE}{WRITE}{KIND}thank[ -]you(?:\s+\w+)?\s+to\s+(?P<x>.+)", "Thank you to {x}."),
    _en("joy", rf"(?:{FORM})?{PLEASE}congratulat(?:e|es|ing)\s+(?P<x>.+)", "Congratulations to {x}."),
    _en("greet", rf"{PLEASE}wish\s+(?P<x>.+)", "We wish {x}."),
    _en("greet", rf"{PLEASE}{WRITE}(?:an?\s+|our\s+)?(?:[\w-]+\s+){{0,2}}?(?P<feast>christmas|easter|new\s+year|halloween|thanksgiving|hanukkah|diwali|valentine's\s+day|mother's\s+day|father's\s+day)(?:'s)?\s+(?:greetings?|wish(?:es)?|card|message|post)\s*(?P<x>(?:from|to|for)\s+.+)", "{feast} {x}."),
    _en("news", rf"(?:{FORM})?{PLEASE}(?:announc(?:e|es|ing)|tell(?:s|ing)?|inform(?:s|ing)?|let|notify(?:ing)?|say(?:s|ing)?)\s+(?:to\s+)?{WHOM}(?:know\s+)?that\s+(?P<x>.+)"),
    _en("news", rf"(?:{FORM})?{PLEASE}(?:tell|inform|notify)(?:ing)?\s+{WHOM}(?P<x>(?:the|our|my|we|all|every|there)\b.+)"),
    _en("news", rf"{FORM}(?:that\s+says\s+|in\s+which\s+we\s+say\s+)?that\s+(?P<x>.+)"),
    _en("news", rf"(?:{FORM})?{PLEASE}(?:announc(?:e|es|ing)|introduc(?:e|es|ing))\s*:?\s+(?P<x>.+)", "We are happy to announce {x}.", "Please note {x}."),
    _en("news", rf"{PLEASE}{WRITE}{KIND}announcement\s*(?::|{NOUNED})\s*(?P<x>.+)", "We are happy to announce {x}.", "Please note {x}."),
    _en("offer", rf"(?:{FORM})?{PLEASE}(?:promot(?:e|es|ing)|advertis(?:e|es|ing))\s+(?P<x>.+)"),
    _en("offer", rf"{PLEASE}{WRITE}{KIND}(?:ads?|advert|advertisement|flyer|promo)\s+(?:text\s+)?(?:for|about)\s+(?P<x>.+)"),
    _en("news", rf"{FORM}(?:about|announcing|promoting|introducing)\s+(?P<x>.+)", FACTS_ONLY),
    _en("offer", rf"{PLEASE}(?:{WRITE}{KIND}(?:product|menu|sales?)\s+(?:texts?|descriptions?|copy|posts?|page)\s+(?:for|of|about)|{WRITE}{KIND}descriptions?\s+(?:for|of)|describe)\s+(?P<x>.+)", FACTS_ONLY),
    Rule("de", "hire", r".*?stellenanzeige\s*(?:für|:)\s*(?P<x>.+)", "Wir suchen {x}."),
    Rule("de", "news", r"(?:bitte\s+)?(?:kündige?|teile?|gib|sag\w*)\b.*?,?\s*dass\s+(?P<x>.+)", "Wir freuen uns, dass {x}.", "Bitte beachten Sie, dass {x}."),
    Rule("de", "news", r"(?:bitte\s+)?kündige?\s+(?P<x>.+?)\s+an\b[\s.!]*$", "Wir kündigen an: {x}."),
    Rule("de", "event", r"(?:bitte\s+)?lad\w*\s+.*?(?P<x>\b(?:zu|zum|zur)\s+.+?)\s+ein\b[\s.!]*$", "Wir laden herzlich ein {x}."),
    Rule("de", "remind", r"(?:bitte\s+)?erinner\w*\s+.*?daran,?\s*(?P<x>(?:dass)\s+.+)", "Bitte denkt daran, {x}."),
    Rule("de", "remind", r"(?:bitte\s+)?erinner\w*\s+.*?(?P<x>an\s+.+)", "Wir erinnern {x}."),
    Rule("de", "sorry", r"(?:bitte\s+)?entschuldig\w*\s+(?:dich|sie\s+sich|uns)?\s*(?:bei\s+.+?\s+)?(?P<x>für\s+.+)", "Wir bitten um Entschuldigung {x}."),
    Rule("de", "thank", r"(?:bitte\s+)?(?:bedank\w*|dank\w*)\s+.*?(?P<x>für\s+.+)", "Vielen Dank {x}."),
    Rule("de", "scene", r"(?:bitte\s+)?(?:schreib\w*|erstell\w*|verfass\w*)\s+(?:(?:einen?|eine|mir)\s+)?(?:[\w-]+\s+){0,3}?(?:über|zu|zum|zur|für)\s+(?P<x>.+)"),
    Rule("es", "hire", r".*?(?:oferta\s+de\s+(?:empleo|trabajo)|anuncio\s+de\s+(?:empleo|trabajo))\s*(?:para|de|:)\s*(?P<x>.+)", "Buscamos {x}."),
    Rule("es", "news", r"(?:por\s+favor,?\s+)?(?:anuncia|anuncie|informa|di|avisa)\b.*?\bque\s+(?P<x>.+)"),
    Rule("es", "news", r"(?:por\s+favor,?\s+)?(?:anuncia|anuncie)\s+(?P<x>.+)", "Anunciamos {x}."),
    Rule("es", "event", r"(?:por\s+favor,?\s+)?invit[ae]\s+(?:a\s+.+?\s+)?(?P<x>(?:al?)\s+(?:la\s+|los\s+|las\s+|un\w*\s+|nuestr\w+\s+)?.+)", "Estáis invitados {x}."),
    Rule("es", "remind", r"(?:por\s+favor,?\s+)?recu[eé]rd\w*\s+(?:a\s+.+?\s+)?que\s+(?P<x>.+)", "Recordatorio: {x}."),
    Rule("es", "sorry", r".*?disc[uú]lp\w*\s+(?:.+?\s+)?(?P<x>por\s+.+)", "Pedimos disculpas {x}."),
    Rule("es", "thank", r"agradec\w*\s+(?P<x>a\s+.+)", "Gracias {x}."),
    Rule("es", "scene", r"(?:escrib\w*|cre\w*|redact\w*)\s+.*?(?:sobre|acerca\s+de|para)\s+(?P<x>.+)"),
    Rule("fr", "hire", r".*?offre\s+d['\u2019]emploi\s*(?:pour|de|:)\s*(?P<x>.+)", "Nous recherchons {x}."),
    Rule("fr", "news", r"(?:annonce[rz]?|dis|informe[rz]?)\b.*?\bque?\s+(?P<x>.+)"),
    Rule("fr", "news", r"(?:annonce[rz]?)\s+(?P<x>.+)", "Nous annonçons {x}."),
    Rule("fr", "event", r"invite[rz]?\s+.*?(?P<x>(?:à|au|aux)\s+.+)", "Vous êtes invités {x}."),
    Rule("fr", "remind", r"rappell?e[rz]?\s+(?:.+?\s+)?que?\s+(?P<x>.+)", "Rappel : {x}."),
    Rule("fr", "sorry", r".*?excus\w*\s+(?:.+?\s+)?(?P<x>pour\s+.+)", "Nous vous prions de nous excuser {x}."),
    Rule("fr", "thank", r"remercie[rz]?\s+(?P<x>.+\bpour\s+.+)", "Merci à {x}."),
    Rule("fr", "scene", r"(?:écri\w*|rédige\w*|crée\w*)\s+.*?(?:sur|à\s+propos\s+de|pour)\s+(?P<x>.+)"),
    Rule("it", "hire", r".*?(?:annuncio\s+di\s+lavoro|offerta\s+di\s+lavoro)\s*(?:per|:)\s*(?P<x>.+)", "Cerchiamo {x}."),
    Rule("it", "news", r"(?:annuncia\w*|informa|di'|avvisa)\b.*?\bche\s+(?P<x>.+)"),
    Rule("it", "news", r"annuncia\w*\s+(?P<x>.+)", "Annunciamo {x}."),
    Rule("it", "event", r"invita\w*\s+.*?(?P<x>\b(?:a|al|alla|allo|all['\u2019]\w+|ai|alle)\s+.+)", "Siete invitati {x}."),
    Rule("it", "remind", r"ricorda\w*\s+(?:.+?\s+)?che\s+(?P<x>.+)", "Promemoria: {x}."),
    Rule("it", "sorry", r".*?scus\w*\s+(?:.+?\s+)?(?P<x>per\s+.+)", "Ci scusiamo {x}."),
    Rule("it", "thank", r"ringrazia\w*\s+(?P<x>.+\bper\s+.+)", "Grazie a {x}."),
    Rule("it", "scene", r"(?:scriv\w*|crea\w*)\s+.*?(?:su|sul|sulla|per)\s+(?P<x>.+)"),
    Rule("pt", "hire", r".*?(?:vaga|anúncio\s+de\s+emprego)\s*(?:para|de|:)\s*(?P<x>.+)", "Procuramos {x}."),
    Rule("pt", "news", r"(?:anunci\w+|inform\w+|diga|avise)\b.*?\bque\s+(?P<x>.+)"),
    Rule("pt", "news", r"anunci\w+\s+(?P<x>.+)", "Anunciamos {x}."),
    Rule("pt", "event", r"convid\w+\s+.*?(?P<x>\b(?:para|a|ao|à)\s+.+)", "Estão todos convidados {x}."),
    Rule("pt", "remind", r"lembr\w+\s+(?:.+?\s+)?(?:de\s+)?que\s+(?P<x>.+)", "Lembrete: {x}."),
    Rule("pt", "sorry", r".*?(?:desculpas?)\s+(?:.+?\s+)?(?P<x>(?:por|pel[oa]s?)\s+.+)", "Pedimos desculpas {x}."),
    Rule("pt", "thank", r"agrade\w+\s+(?P<x>a\w*\s+.+)", "Obrigado {x}."),
    Rule("pt", "scene", r"(?:escrev\w+|cri\w+)\s+.*?(?:sobre|para)\s+(?P<x>.+)"),
)  # fmt: skip
"""The first that matches a prompt from its beginning is the order."""

SIGNS: dict[str, frozenset[str]] = {
    "es": several("recuerda invita agradece escribe el los las una unos del y con por para que nuestra nuestro en es está anuncia"),
    "fr": several("rappelle invite remercie écris le les une des du et avec pour que notre nos dans est sur au aux à annonce sous"),
    "de": several("erinnere lade schreibe danke bedanke der die das ein eine einen und mit für dass unser unsere im ist zu am auf den dem über bei"),
    "it": several("ricorda invita ringrazia scrivi il gli una della del e con per che nostra nostro nel è di alla dal sul annuncia un"),
    "pt": several("lembre lembra convide anuncie anunciem escreva agradeça às o os uma do da e com para que nossa nosso no na é um em às ao pelo pela não"),
}  # fmt: skip


def language_of(text: str) -> str:
    """The one of the six languages that a text is in; or empty."""
    found = re.findall(r"\w+", text.lower())
    scores = {lang: sum(word in signs for word in found) for lang, signs in SIGNS.items()}
    marks = {"es": "ñ¿¡", "de": "äöüß", "pt": "ãõ", "fr": "êçœ", "it": "ìò"}
    for lang, letters in marks.items():
        scores[lang] += 2 * any(letter in text.lower() for letter in letters)
    best = max(scores, key=lambda lang: scores[lang])
    ours = sum(len(word) > 1 and word in ENGLISH and word not in FOREIGN for word in found)
    return best if scores[best] > ours else "en" if ours or text.isascii() else ""


def order_of(text: str, language: str) -> tuple[Rule, re.Match[str]] | None:
    """The order that a prompt gives, with its parts."""
    for rule in RULES:
        if rule.language == language and (
            found := re.match(rule.pattern, text, re.IGNORECASE | re.DOTALL)
        ):
            return rule, found
    return None
