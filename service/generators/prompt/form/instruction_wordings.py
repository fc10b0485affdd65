"""The wordings of instructions: the rows of `instructions.tsv` with their parts."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import functools
import re
from pathlib import Path

from service.generators.prompt.form.briefing import STYLE
from service.generators.prompt.language.numbers import NUMBER

TABLE = Path(__file__).with_name("instructions.tsv")

OTHER_STYLES = (
    r"(?:salesy|preachy|corny|humble|apologetic|grovelling|sophisticated|elegant|classy|chill|chilled|excited|straightforward|straight|"
    r"direct|blunt|plain|readable|accessible|sweet|jolly|light-?hearted|cute|spooky|romantic|nostalgic|sentimental|emotional|"
    r"dramatic|edgy|hip|trendy|youthful|grown-?up|family[- ]friendly|inclusive|sensitive|tactful|delicate|discreet|diplomatic|"
    r"firm|strict|stern|bossy|pushy|promotional|corporate|technical|poetic|human|natural|authentic|genuine|confident|bold|strong|"
    r"proud|modest|grateful|thankful|hopeful|optimistic|inspirational|informative|helpful|supportive|sympathetic|compassionate|"
    r"caring|soothing|luxurious|premium|rustic|homely|traditional|old-?fashioned|minimal|minimalist|crisp|longer|shorter|sassy|cheeky|"
    r"flirty|sarcastic|ironic|wholesome|jargon-?free|uplifting|passionate|kitschy|over[- ]the[- ]top|pompous|stuffy|"
    r"silly|snarky|whimsical|bubbly|zingy|laid[- ]back|easygoing|non-?judgemental|unfussy|low[- ]key|subtle|vivid|"
    r"dull|boring|harsh|mean|gloomy|sad|negative|alarming|alarmist|scary|aggressive|sensational|clickbaity|hypey|gushing|mushy|twee|wordy|posh)"
)
PARTS = {
    "style": rf"(?:{STYLE}|{OTHER_STYLES})",
    "stil": r"(?:sachlich|freundlich|höflich|ernst|seriös|locker|herzlich|förmlich|einfach|kurz|knapp|klar|fröhlich|lustig|witzig|modern|persönlich|professionell|neutral|warm|nett|verständlich|humorvoll|werbend|emotional|respektvoll|leicht)(?:e[rnms]?)?",
    "n": NUMBER.replace("(?P<number>", "(?:"),
    "make": r"(?:(?:can|could|would)\s+(?:you|u)\s+)?(?:please\s+)?make",
    "keep": r"(?:(?:can|could|would)\s+(?:you|u)\s+)?(?:please\s+)?keep",
    "its": r"(?:the|its|your)",
    "text": r"(?:posts?|texts?|captions?|ads?|adverts?|messages?|announcements?|tweets?|notices?|notes?|whole\s+thing|copy|wording|sentences?|language|tone|stor(?:y|ies)|lines?|blurbs?)",
    "media": r"(?:instagram|insta|ig|facebook|fb|linkedin|twitter|whatsapp|tiktok|social\s+media|socials|sms)",
    "place": r"(?:page|newsletter|website|web\s+site|feed|account|profile|blog|channel|notice\s?board|socials|followers|readers|story|stories|bulletin|group)",
    "formal": r"(?:emojis?|hashtags?|jargon|slang|clichés?|exclamation\s+(?:marks?|points?)|bullets?|bullet\s*points?|bullet\s+list|capitals|caps|capital\s+letters|lower\s?case|upper\s?case|call\s+to\s+action|cta|tones?|style|voice|language|english|headline|heading|title|long\s+words|words?|jokes?|puns?|sarcasm|irony|wordplay|humou?r|sentences?|paragraphs?|tense|british\s+spelling|american\s+spelling|first\s+person|second\s+person|third\s+person|active\s+voice|passive|abbreviations|acronyms|present\s+tense|past\s+tense|line\s+breaks?|vocabulary|register|greeting|intro|salutation)",
    "banned": r"(?:emojis?|hashtags?|jargon|slang|clichés?|cliches?|exclamation\s+(?:marks?|points?)|exclamations?|capitals|caps|buzzwords?|jokes?|puns?|sarcasm|irony|wordplay|humou?r|marketing(?:[\s-]+(?:speak|talk|language|fluff))?|sales(?:\s+(?:talk|pitch|speak|language))?|hype|fluff|waffle|hard\s+sell|surnames?|last\s+names?|swearing|politics|blame|drama|moralising|preaching|abbreviations|acronyms|superlatives|gushing|links?\s+in\s+(?:it|the\s+text)|poetry|rhymes?|metaphors|small\s+talk|intro|sob\s+stor(?:y|ies)|finger[- ]pointing|pressure|adjectives|questions?\s+in\s+it|frills|nonsense|corporate\s+\w+|shouting|begging|guilt(?:[\s-]+tripping)?|fancy\s+words|long\s+words)",
}


@functools.cache
def wordings(language: str, kind: str) -> tuple[re.Pattern[str], ...]:
    """The wordings of a kind of instruction in a language; of all where it is not known."""
    rows = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines()[1:])
    return tuple(
        re.compile(re.sub(r"\{([a-z]+)\}", lambda part: PARTS[part[1]], pattern), re.IGNORECASE)
        for of, name, pattern in rows
        if name == kind and (of in {language, "any"} or not language)
    )
