"""What the small model cannot write: refused with a sentence before anything is made."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from service.generators.copywriter.advice import unwritten
from service.generators.copywriter.composing.refusing import PLUG_IN
from service.generators.copywriter.drafting.emoji import unknown_emoji
from service.generators.copywriter.signs import TO_READERS
from service.generators.prompt import Understanding
from service.generators.prompt.directions.pieces import pieces
from service.generators.prompt.directions.vocabulary import tokens
from service.generators.prompt.language.numbers import NUMBERS
from service.generators.prompt.language.verbs import has_verb
from service.generators.prompt.subject.facts import has_hard_facts
from service.generators.protocol import GenerationFailed

TABLE = Path(__file__).with_name("open_writing.tsv")

UNWRITTEN = re.compile(
    r"""(?:please\s+)?(?:translate|calculate|compute|solve|convert|decode)\b|
    (?:.*\b)?\d[\d.,]*\s+(?:times|plus|minus|divided\s+by|multiplied\s+by|percent\s+of|squared|mal|fois|vezes)\s*\d*\W*$|
    (?:what|how\s+much)\s+(?:do|does|would|will|are)\s[^.?!]*?\d[^?!]*?\b(?:each\b|per\b|at\s+[$\u00a3\u20ac]?\d)[^?!]*\?|
    was\s+kosten\s[^.?!]*?\d[^?!]*?\b(?:je|pro)\b[^?!]*\?|\u00bf?cuánto\s+(?:cuestan|son)\s[^?!]*?\d[^?!]*?\d[^?!]*\?|
    (?:combien\s+coûtent|quanto\s+(?:costano|custam))\s[^?!]*?\d[^?!]*?\d[^?!]*\?|
    (?:(?:what(?:'s|\s+is)|how\s+much\s+is)\s+)?[-(\s]*\d[\d.,\s()]*[-+*/x\u00d7\u00f7^][-+*/x\u00d7\u00f7^\d.,\s()]*=?\s*\?*$""",
    re.VERBOSE | re.IGNORECASE,
)
"""Translations and sums: no text about a subject answers them."""

RECIPE = re.compile(
    r"(?:(?:please|bitte|por\s+favor|(?:can|could|would|will)\s+you|(?:i|we)\s+(?:need|want|would\s+like)|kannst\s+du|puedes|"
    r"peux-tu|pouvez-vous|puoi|podes|(?:ich|wir)\s+brauch\w*)\s+)*(?:(?:write|give|share|post|send|gib|dame|donne(?:-moi)?|dammi|schreib\w*|escribe|écris|scrivi|escreve)\s+(?:(?:me|us|mir)\s+)?)?"
    r"(?:(?:an?|the|my|our|eine?|una?|une|uma)\s+)?(?:(?!for\b)[\w-]+\s+){0,2}?"
    r"(?:recipe\s+for|rezept\s+für|receta\s+(?:de|para)|recette\s+(?:de|pour)|ricetta\s+(?:di|per)|"
    r"receita\s+(?:de|para))\b(?!.*[:!])",
    re.IGNORECASE | re.DOTALL,
)
"""A recipe without its ingredients: they would be invented."""

COUNTED = "|".join(word for word in NUMBERS if len(word) > 1)
VERB = (
    r"(?:(?:please|bitte|por\s+favor|s['\u2019]il\s+te\s+pla[iî]t|per\s+favore|can\s+you|could\s+you|i\s+need|we\s+need|"
    r"i\s+want|i'd\s+like|we'd\s+like)\s+)*(?P<verb>(?:write|tell|give|create|compose|draft|make|generate|post|share|prepare|"
    r"come\s+up\s+with|think\s+of|suggest|list|name|show|collect|schreib\w*|erzähl\w*|gib|gebt|verfass\w*|nenn\w*|erstell\w*|"
    r"mach\w*|dicht\w*|escrib\w*|cuent\w*|dame|danos|da|redact\w*|haz|crea|écri\w*|raconte\w*|donne\w*|rédige\w*|fais|"
    r"crée\w*|scriv\w*|raccont\w*|dai|dammi|dacci|escrev\w*|conte|conta|dê|dá|cria|crie)\s+"
    r"(?:(?:me|us|mir|uns|nos|moi-?|nous|-moi|-nous)\s+)?)?"
)
LEADS_ON = (
    r"(?=\s+(?:about|on|of|for|to|that|in|with|why|how|when|where|which|who|between|from|über|von|vom|für|gegen|zum|zur|um|"
    r"wie|zwischen|mit|sobre|de|del|para|entre|acerca|con|sur|du|des|pour|à|avec|di|su|sul\w*|per|tra|fra|do|da|dos|das|"
    r"com|contra)\b|\s+d['\u2019]|\s*[:,.!?]|\s*$)"
)
"""What stands behind the noun: "poems about" is an order, "poem night" is not."""

KNOWLEDGE = re.compile(
    r"(?:(?:please\s+)?(?:explain|define|summari[sz]e|sum\s+up|compare|contrast|describe\s+how|teach|tell\s+me|analy[sz]e|"
    r"argue|discuss|outline|review)\b(?!\s+(?:that|us|your|prices)\b)|"
    r"(?:bitte\s+)?(?:erklär\w*|vergleich\w*|definier\w*|fass\w*\s.+zusammen)\b|"
    r"(?:explica|explique|compara|compare|define|resume|resuma)\b|(?:explique[rz]?|compare[rz]?|résume[rz]?|définis)\b|"
    r"(?:spiega\w*|confronta|riassumi|definisci)\b)",
    re.IGNORECASE,
)
"""Orders for knowledge; what is one's own ("why we moved") has been read as a statement before."""

TO_EXPLAIN = re.compile(
    r"[\w'\u2019 -]{3,40}:\s+(?:please\s+)?explain\s+(?:in\s+[\w-]+\s+\w+\s+)?(?:why|how)\s+"
    r"(?!(?:we|our|i|my)\b)",
    re.IGNORECASE,
)
"""An order for knowledge behind the name of its writer: "Electricians: explain why"."""

QUESTION = re.compile(
    r"(?:(?:what|who|whose|when|where|which|why|how|was\s+ist|was\s+sind|warum|wieso|weshalb|wer|wann|wie|"
    r"¿?(?:qué|quién|cuándo|dónde|por\s+qué|cómo|cuál)|qu'est-ce|pourquoi|comment|qui|quand|où|che\s+cos|cos['\u2019]è|"
    r"perché|come|chi|quando|dove|o\s+que|por\s?que|como|quem|onde)\b.*\?\s*|"
    r"(?:why|how|who|when|where|what)\s+(?:to|is|are|was|were|does|do|did|can|should|has|many|much|wrote|invented|built)\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
"""A question, or the words of one."""

HOW = re.compile(
    r"(?:how\s+(?:(?:do|can|should)\s+(?:i|you|we|one)\s+(?!like\b|feel\b|think\b|spend\b|celebrate\b)|to\s)|"
    r"why(?!\s+not))\b",
    re.IGNORECASE,
)
"""A question how something is done, or why it is so."""

SPOKEN = re.compile(
    r"\b(?:we|our|us|you|your|yours|ihr|euch|eure?\w*|du|dein\w*|sie|wir|uns\w*|vosotros|vuestr\w+|tu|tus|su|sus|"
    r"nuestr\w+|vous|votre|vos|nous|notre|nos|ta|ton|tes|voi|vostr\w+|nostr\w+|noss\w+|vocês?|seus?|suas?)\b",
    re.IGNORECASE,
)
"""Words that a question to the readers has."""

FUN = (
    r"(?:funny|humorous|hilarious|witty|sarcastic|ironic|satirical|lustig\w*|witzig\w*|divertid[oa]s?|gracios[oa]s?|drôles?|"
    r"humoristiques?|marrante?s?|divertent[ei]|spiritos[oai]|simpatic[oa]|engraçad[oa]s?)"
)
TEXT = (
    r"(?:posts?|captions?|texts?|messages?|tweets?|lines?|ads?|announcements?|notes?|slogans?|reminders?|invitations?|notices?|posters?|e-?mails?|beitrag|einladung|erinnerung|ankündigung|aushang|hinweis|mitteilung|e-?mail|begrüßung|invitación|aviso|anuncio|recordatorio|invitation|rappel|avis|invito|promemoria|avviso|annuncio|convite|lembrete|anúncio|"
    r"texto?|nachricht|anzeige|spruch|publicación|mensaje|frase|légende|texte|annonce|messaggio|testo|didascalia|post|"
    r"postagem|legenda|mensagem)"
)
HUMOUR = re.compile(
    rf"\b{FUN},?\s+(?:and\s+|but\s+)?(?:[\w-]+\s+){{0,2}}?{TEXT}\b|\b{TEXT}\s+(?:muy\s+|très\s+|molto\s+|muito\s+)?{FUN}\b|"
    rf"\b(?:make|keep)\s+it\s+(?:\w+\s+){{0,3}}{FUN}\b|\b{FUN}\s+(?:tone|voice|style)\b|\bmake\s+(?:them|people|everyone)\s+laugh\b|\bin\s+an?\s+(?:\w+\s+)?{FUN}\s+(?:way|tone|style)\b|"
    rf"\b(?:something|be|etwas|algo|quelque\s+chose\s+de|qualcosa\s+di)\s+{FUN}\b",
    re.IGNORECASE,
)
"""A text that is to be funny."""

REWRITTEN = re.compile(
    r"(?:(?:can|could)\s+you\s+|please\s+|bitte\s+)*(?:make\s+(?:this|it|the\s+following)\s+(?:text\s+)?(?:shorter|longer|better|more\s+\w+|sound)|(?:rewrite|rephrase|reword|shorten|edit)\s*(?:this|the\s+following|it)?(?=\s*[:\"\u201c])|shorten|proofread|correct\s+(?:this|the|my)|improve\s+(?:this|the|my)|polish\s+(?:this|the|my)|"
    r"kürze\b|verbessere|korrigier\w*|lektorier\w*|acorta|corrige|mejora\s+(?:este|el)|raccourci\w*|améliore\w*|corrige[rz]?|accorcia|correggi|migliora\s+(?:questo|il)|encurta|melhora\s+(?:este|o))(?:\b[^:\n]{0,60}:|\s*[:\"\u201c])",
    re.IGNORECASE,
)
"""An order to work on a text that follows."""
NAMES = re.compile(
    r"(?:(?:please\s+)?(?:write|suggest|find|give\s+(?:me|us)|think\s+of|come\s+up\s+with|invent|need|wir\s+brauchen|finde|erfinde|inventa|trouve|trova)\s+)(?:an?\s+|some\s+|einen?\s+|un\s+|um\s+)?(?:(?:good|new|catchy|funny)\s+)?"
    r"(?:(?:product|brand|company|shop|team|business|dog|cat|band)\s+)?(?:names?|namen|nombres?|noms?|nomi|nome)\s+(?:for|für|para|pour|per)\b",
    re.IGNORECASE,
)
"""An order for a name."""
COMPARE = re.compile(
    r"(?:please\s+|bitte\s+)?(?:compare|contrast|vergleich\w*|compara|comparez?|confronta|compare)\s+(?:(?:our|the|these|die|unsere?|nuestr\w+|l[aeo]s|nos|les|il|i|le|os|as)\b)(?!\s+prices?\b)",
    re.IGNORECASE,
)
"""An order to compare, though it may name what is compared."""
TAGS_ONLY = re.compile(
    r"(?:please\s+)?(?:(?:give|write|list|suggest|create|generate|find)\s+)?(?:(?:me|us)\s+)?(?:\d+|some|a\s+few|five|ten|the\s+best)\s+"
    r"(?:\w+\s+)?hashtags?\s+(?:for|about|on)\b",
    re.IGNORECASE,
)
"""An order for nothing but hashtags."""

BARE_QUOTE = re.compile(
    r"(?:[\w']+\s+){0,6}?quotes?(?:\s+(?:of|for)\s+(?:the\s+day|today|monday|our\s+\w+|instagram))?",
    re.IGNORECASE,
)
"""An order for a quote that does not say about what."""

STEPS = re.compile(
    r"\bin\s+(?:\w+\s+){1,2}?(?:steps|bullet\s+points)\b|\bas\s+(?:an?\s+)?(?:\w+\s+)?(?:list|steps|bullet\s+points)\b",
    re.IGNORECASE,
)
"""How an explanation is to be laid out."""

ROLE = re.compile(
    r"(?:we(?:'re|\s+are)|i(?:'m|\s+am))\s+an?\s+(?:[\w-]+\s*){1,4}[.!]*$", re.IGNORECASE
)
"""Who asks ("We are a heating engineer"): it tells nothing of what is asked for."""

OF_FACTS = re.compile(
    r"(?:what(?:'s|\s+is|\s+are|\s+was)?\s+(?:the\s+)?(?:time|day|date|year|capital|weather|population|height|distance|meaning)|who\s+(?:is|was|wrote|invented|won)|"
    r"when\s+(?:is|was|does|did)|where\s+(?:is|was)|how\s+(?:many|much|far|old|tall|long|deep|high))\b[^.!]*\?\s*$",
    re.IGNORECASE,
)
"""A question of knowledge: "What time is sunset in Oslo tomorrow?"."""
QUOTED_PERSON = re.compile(
    r"(?i:(?:(?:find|give|post|write|share)\s+(?:me\s+|us\s+)?)?(?:an?\s+)?(?:\w+\s+){0,2}?quotes?\s+(?:for\s+[^.,:]{2,40}?\s+)?(?:from|by|of))\s+[A-Z](?![^.]*[:\u201c\"])",
)
"""An order for what a person has said: it would be invented."""
ADVICE = re.compile(r"(?:\babout|\bon|[:,])\s+how\s+to\b(?!.*:.*,)", re.IGNORECASE)
"""Advice that a prompt only names: "tip of the week: how to store apples"."""

ORDER_WORDS = 5
WRITE = re.compile(
    r"(?:schreib|verfass|formulier|erstell|escrib|redact|écri|rédig|scriv|escrev|redig)\w*\s",
    re.IGNORECASE,
)
"""How an order begins that no reader of prompts understood."""
LONGEST_WISH = 10
"""Words of a clause about the form."""
OWN_WORDS = 4
"""Words behind a colon from which on a prompt brings what its text says."""


def refuse(understood: Understanding, original: str) -> None:
    """Raise GenerationFailed for what a small model cannot do."""
    if understood.impossible:
        raise _cannot(understood.impossible)
    if name := unknown_emoji(understood.asked.emoji_of):
        raise _cannot(f"find an emoji for \u201c{name}\u201d")
    if RECIPE.match(understood.prompt) and not understood.items:
        raise GenerationFailed(
            "The local text model cannot invent a recipe: list its ingredients after a colon. "
            f"{PLUG_IN}",
            retryable=False,
        )
    if UNWRITTEN.match(understood.prompt):
        raise GenerationFailed(
            f"The local text model writes short texts; it cannot translate or calculate. {PLUG_IN}",
            retryable=False,
        )
    name = _unable(understood.prompt, original) or open_writing(understood)
    if name := name or unwritten(understood, original):
        raise _cannot(name)
    if what := ONLY_NAMED.search(understood.prompt):
        raise _cannot(
            f"say something about \u201c{what['what']}\u201d: write the sentence into the prompt"
        )
    if clause := unread(understood.prompt, ordered=bool(understood.order.name)):
        raise GenerationFailed(
            f"The local text model does not understand \u201c{clause}\u201d: say it in other "
            f"words, or leave it out. {PLUG_IN}",
            retryable=False,
        )


ONLY_NAMED = re.compile(
    r"(?<=[.!?]\s)(?:Also|Außerdem|También|À noter\u00a0|Inoltre|Também): "
    r"(?P<what>(?:the|an?|his|her|their|its|d(?:ie|er|as|en)|el|l[aeo]s?|il|gli|un[ae]?|eine?n?|seine?n?|ihre?n?|su|son|sa|ses|os?|as?|um|uma)\s[^\d.!?:]{2,34})(?:[.!?]|$)"
)
"""A thing that is only to be mentioned: what to say of it would be invented."""
FORMAL = frozenset({"hashtags", "emoji", "exclaims", "bullets", "upper", "numbered", "action"})
"""Units that only a wish for the form of a text names."""


def unread(prompt: str, *, ordered: bool) -> str:
    """An order, or a clause about the form of the text, that was not understood; or empty."""
    first, *others = pieces(prompt)
    start = tokens(first.text)[:ORDER_WORDS]
    named = not ordered and any(token.value("ordered") for token in start[1:])
    if named and start[0].value("verb") and WRITE.match(first.text):
        return first.text.strip(" .")
    for cut in others:
        clause = tokens(cut.text)
        if any(token.value("unit") in FORMAL for token in clause) and len(clause) <= LONGEST_WISH:
            return cut.text.strip(" .")
    return ""


def _unable(prompt: str, original: str) -> str:
    """What the wording of a prompt asks for that only a larger model can; empty for nothing."""
    steps = STEPS.search(original) and (HOW.match(prompt) or ADVICE.search(original))
    signs = (
        (REWRITTEN.match(original), "shorten, correct or rewrite a text"),
        (NAMES.match(original), "think up names"),
        (COMPARE.match(original), "explain, compare or summarise"),
        (TAGS_ONLY.match(original), "write hashtags without a text"),
        (BARE_QUOTE.fullmatch(prompt.rstrip(" .!")), "choose what a quote is about: name it"),
        (HUMOUR.search(original), "be funny on purpose"),
        (
            OF_FACTS.match(original) and not SPOKEN.search(original),
            "answer questions of knowledge",
        ),
        (QUOTED_PERSON.match(original), "quote a person: write the words into the prompt"),
        (steps or TO_EXPLAIN.match(prompt), "explain, compare or summarise"),
    )
    return next((name for found, name in signs if found), "")


def open_writing(understood: Understanding) -> str:
    """What a prompt asks for that only a larger model writes; empty for nothing.

    What the prompt brings itself (a statement, the items of a list) is no such thing.
    """
    prompt, order = understood.prompt, understood.order
    brings = bool(understood.items or [s for s in understood.statements if not ROLE.match(s)]) or (
        len(prompt.partition(":")[2].split()) >= OWN_WORDS
    )
    if brings or order.name not in {"", "write", "say", "describe", "announce"}:
        return ""
    for name, pattern in _patterns():
        found = pattern.match(prompt)
        about = found and ABOUT.match(prompt[found.end() :]) and not _is_dated(understood)
        if found and (found["verb"] or found["many"] or about or not _tells(prompt)):
            return name
    if order.name:
        return ""
    if KNOWLEDGE.match(prompt) and not (has_hard_facts(prompt) and SPOKEN.search(prompt)):
        return "explain, compare or summarise"
    knows = QUESTION.match(prompt) and not TO_READERS.match(prompt) and not has_hard_facts(prompt)
    how = HOW.match(prompt)
    if knows and (how or not SPOKEN.search(prompt)):
        return "answer questions of knowledge"
    return ""


ABOUT = re.compile(r"\s+(?:about|on|über|zu[mr]?|sobre|acerca|sur|su\w{0,3})\b", re.IGNORECASE)


def _is_dated(understood: Understanding) -> bool:
    """Whether a prompt has a day, an hour or a price: then it announces something."""
    return any(fact.kind in {"day", "hour", "price", "phone", "link"} for fact in understood.facts)


def _tells(prompt: str) -> bool:
    return has_hard_facts(prompt) or has_verb(prompt)


def _cannot(what: str) -> GenerationFailed:
    return GenerationFailed(f"The local text model cannot {what}. {PLUG_IN}", retryable=False)


@functools.cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The rows of the table as whole orders: "write me a short poem about"."""
    rows = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines()[1:])
    before = (
        rf"{VERB}(?:(?:an?|the|some|my|our|eine?n?|die|der|das|un[ae]?|l[aeo]s?|el|il|gli|uma?|os?|as?)\s+)?"
        rf"(?:the\s+)?(?P<many>(?:top\s+)?(?:\d{{1,2}}|{COUNTED})\s+)?"
        r"(?:(?!(?:for|about|of|on|to|your|from|with|in|at|für|über|para|sobre|pour|sur|per|su|euer|eure|vos|vuestr\w+|vostr\w+|seus?)\b)"
        r"[\w'\u2019-]+,?\s+){0,3}?"
    )
    return tuple(
        (name, re.compile(rf"{before}(?:{nouns})\b{LEADS_ON}", re.IGNORECASE))
        for name, nouns in rows
    )
