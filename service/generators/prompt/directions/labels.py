"""Words before a message that only say what, where and in which form it is to be."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

from service.generators.prompt.directions.vocabulary import tokens
from service.generators.prompt.language.recognition import language_of

LABEL = re.compile(r"^(?P<head>[^:\n.!?\"]{4,60}?)\s?:\s+(?=\S)")
ORDER = r"(?i:(?:necesit\w+\s+|(?:wir|ich)\s+brauche?n?\s+|(?:ci|mi)\s+serve\s+|il\s+(?:nous|me)\s+faut\s+|precis\w+\s+de\s+)?(?:(?:[Cc]an|could|would)\s+(?:you|u)\s+|please\s+|bitte\s+|(?:we|i)\s+)*(?:(?:write|make|draft|compose|create|do|need|schreib\w*|mach\w*|erstell\w*|escrib\w*|haz|écri\w*|rédige\w*|fais|scriv\w*|fai|escrev\w*|faz)\s+)?(?:(?:me|us|mir|uns)\s+)?)"
NOTE_AT = re.compile(
    rf"^{ORDER}(?:(?:an?|the|eine?n?|un|una|une|um|uma)\s+)?(?:(?:short|little|small|quick|friendly|kurzen?|kleinen?|breve|petite?|pequen[oa])\s+)?(?:note|notice|sign|text|zettel|notiz|hinweis|nota|aviso|mot|note|biglietto|avviso|bilhete)\s+(?:for|to\s+put\s+(?:on|up\s+in|in)|für|para|pour|per)\s+"
    r"(?:the|our|die|den|das|unsere?n?|el|la|le|l['\u2019]|il|lo|o|a|nuestr[oa]|notre|nostr[oa]|noss[oa])\s*[^.:!?\n]{0,30}?(?:fridge|kitchen|door|window|lift|elevator|stairwell|hallway|entrance|toilets?|bathroom|changing\s+rooms?|office|board|bin|printer|machine|wall|gate|till|counter|staff\s?room|"
    r"kühlschrank|küche|tür|fenster|aufzug|treppenhaus|flur|eingang|toiletten?|umkleide|büro|brett|drucker|nevera|cocina|puerta|ascensor|portal|baño|oficina|frigo|cuisine|porte|ascenseur|hall|entrée|toilettes|bureau|cucina|porta|ascensore|bagno|ufficio|frigorífico|cozinha|elevador|casa\s+de\s+banho|escritório)\b[^.:!?\n]{0,40}[.:]\s+(?=\S+\s+\S)",
    re.IGNORECASE,
)
"""Where a note hangs, before what it says: "a note for the fridge: …"."""
FROM_MEDIUM = re.compile(
    r"^(?:an?\s+|the\s+)?(?P<what>reminder|announcement|update|news|notice)\s+(?:for|from|about)\s+(?P<who>(?:our|my)\s+(?:[\w-]+\s+)?(?:podcast|blog|magazine|channel|newsletter|radio\s+show|web\s?shop|online\s+shop|app|series|stream))\s*:\s+",
    re.IGNORECASE,
)
"""What a reminder is about, before what it says: "reminder for our podcast: …"."""
CODES = {"french": "fr", "german": "de", "spanish": "es", "italian": "it", "portuguese": "pt"}
IN_LANGUAGE = re.compile(
    rf"^[^:.!?]{{3,60}}?\s+in\s+(?P<language>{'|'.join(CODES)})\s*:\s+(?P<said>.+)$",
    re.IGNORECASE | re.DOTALL,
)
"""An order for a language in which the message is already."""
AWAY = re.compile(
    rf"^{ORDER}(?i:an?)\s+(?:short\s+|quick\s+)?out[\s-]of[\s-](?:the[\s-])?office(?:\s+(?:note|message|reply|e-?mail|auto[\s-]?reply))?"
    r"(?:\s+for\s+(?:me\b,?\s*)?(?P<name>[A-Z]\w+)?)?[,:]\s*(?=\S)"
)
"""An order for an absence note, and whose it is."""
LISTED_BEHIND = re.compile(
    r"^(?P<head>[^:.!?]{5,90}?),?\s+(?:in|as|als|en|sous\s+forme\s+de|in\s+un|em|como|come)\s+(?:an?\s+|una?\s+|une\s+|einer?\s+)?(?:short\s+)?(?:bullet\s*points?|bullets|bullet(?:ed)?\s+list|list|liste|lista|stichpunkten|viñetas|puces|elenco(?:\s+puntato)?|punti|tópicos)\s*:\s*"
    r"(?P<points>[^.!?:]+,[^.!?:]+)[.!]?$",
    re.IGNORECASE,
)
"""Points behind what they are about: "the minutes of our meeting in bullet points: …"."""
IN_WORDS = re.compile(
    r"\s+(?:in\s+(?:very\s+|a\s+few\s+)?(?:simple|plain|easy|clear|short|friendly|warm|own)\s+(?:words|terms|language|english)|in\s+einfachen?\s+(?:worten|sprache)|con\s+palabras\s+sencillas|(?:avec\s+des\s+mots|en\s+termes)\s+simples|"
    r"(?:con|in)\s+parole\s+semplici|com\s+palavras\s+simples)(?=\s+(?:that|why|how|what|dass|que|che|qu['\u2019]))",
    re.IGNORECASE,
)
"""How something is to be said, in the middle of an order."""
REWORDED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), instead)
    for pattern, instead in (
        (
            r"(?<=[.!?]\s)(?:please\s+)?(?:explain|state|stress|point\s+out|make\s+clear|say|add|mention)\s+(?:(?:briefly|shortly|clearly|politely|also|simply|honestly)\s+)?(?=that\b)",
            "Mention ",
        ),
        (
            r"^(?:please\s+)?(?:apologi[sz]e|say\s+(?:we(?:'re|\s+are)\s+)?sorry)(?:\s+(?:for|from)\s+us)?(?:,?\s+please)?[.:!]\s+(?=\S+\s+\S+\s)",
            "Apology: ",
        ),
        (
            r"^(?P<form>(?:an?\s+|the\s+|our\s+)?(?:short\s+|little\s+)?(?:article|piece|item|story|note|text|post))\s+for\s+(?:our|my|the)\s+[^:.!?]{2,40}?\s+(?=(?:about|on)\s+[^:]{3,50}:)",
            r"\g<form> ",
        ),
        (
            r"^(?P<please>(?:please\s+|(?:can|could)\s+you\s+(?:please\s+)?)?)(?:word|phrase|pen|type(?:\s+up)?|formulate)\s+(?=(?:an?|the|our)\s)",
            r"\g<please>write ",
        ),
        (
            r"^(?:an?\s+)?(?:notice|sign|announcement|note|text|message)\s+for\s+(?:the|our)\s+[^.:!?]{3,40}\.\s+(?=(?-i:[A-Z]))",
            "",
        ),
        (
            r"^(?:(?:an?|small|short|classified|friendly|quick|little|new|our)\s+)+(?:ad|advert|post|text|note|message|announcement|caption|sign)\s*:\s+",
            "",
        ),
        (
            r"^(?:bitte\s+)?(?:ruf|rufe|ruft|fordere?|bitte)\s+(?P<who>(?:die|unsere|alle)\s[^,.:]{3,40}?)\s+(?:auf|darum),\s+(?P<what>(?:[^.!?]|(?<=\d)\.)+?)\s+zu\s+(?P<verb>\w+en)(?=[.!?]|$)",
            r"Aufruf an \g<who>: Bitte \g<what> \g<verb>",
        ),
        (
            r"^(?P<who>the\s[^,.:!?]{3,40}?)\s+(?:wants|wishes|would\s+like|want)\s+to\s+(?P<order>(?:thank|congratulate|remind|invite|apologi[sz]e)\b[^\n.]*)[.]?(?P<more>(?:\s[^\n]*)?)$",
            r"\g<order>.\g<more> Sign as \g<who>.",
        ),
        (
            r"^(?:please\s+)?(?:write\s+)?something\s+(?:\w+\s+)?for\s+(?:the|our)\s+[^:.!?]{2,70}:\s+(?=\S+\s+\S)",
            "",
        ),
        (
            r"^(?:please\s+)?(?:update|brief)\s+(?:your|our|the|my)\s+[\w ]{3,30}?\s+(?:on|about)\s+(?=[^:]{3,50}:)",
            "",
        ),
        (
            r"^(?P<order>(?:please\s+)?(?:explain|tell|say|announce)\s[^,.:!?]{0,40}?)\s+in\s+an?\s+(?:short\s+)?(?:notice|post|message|note|text|caption)(?=\s+(?:why|that|how|what)\b)",
            r"\g<order>",
        ),
        (
            r"(?<=[.!?]\s)(?:a\s+)?title\s+and\s+(?:a\s+)?(?:bullet\s+)?list(?=[.!]?$)",
            "With a title, as a list",
        ),
        (r"^(?:event|gig|concert)\s+listing(?:,[^:]{0,30})?:\s+", ""),
        (
            r"^(?:dear|hi|hello)\s+[A-Z]?\w+,\s+(?=(?:can|could|would)\s+you\b|please\s+(?:write|draft|post)|(?:i|we)\s+need\b)",
            "",
        ),
        (r"^convoca\s+(?=(?:una?|la|el)\s)", "Se convoca "),
        (
            r"^(?P<we>we|i),?\s+(?P<who>(?:the|your)\s[^,.:!?]{3,50}),\s+(?:(?:want|wish|need)|would\s+like|'d\s+like)\s+to\s+(?P<order>(?:remind|tell|inform|invite|thank|ask|announce)\b[^\n]*?)[.]?$",
            r"\g<order>. Sign as \g<who>.",
        ),
        (
            r"(?P<dear>^(?:sehr\s+geehrte|liebe)\w*\s[^.:!?]{2,60}?,\s+)(?:bitte\s+)?(?:schreib\w*|sag\w*|teil\w*|formulier\w*|erkl\u00e4r\w*)\s+(?:bitte\s+)?(?:\w+\s*)?,?\s*dass\s+",
            r"\g<dear>bitte beachten Sie, dass ",
        ),
        (
            r"(?P<dear>^(?:dear|hello|hi|to)\s[^,.:!?]{2,50}[,:!]\s+)(?:please\s+)?(?:(?:i|we)(?:'d|\s+would)?\s+(?:like|want|need)\s+(?:you\s+)?to\s+)?(?:write|say|tell\s+(?:them|everyone|people)|announce|explain|let\s+them\s+know)\s+that\s+",
            r"\g<dear>",
        ),
        (r"^(?P<verb>(?:please\s+)?write\s+)something\s+(?=about\b)", r"\g<verb>"),
        (
            r"^say\s+goodbye\s+to\s+(?=(?:the\s+)?(?:summer|winter|autumn|spring|season|holidays)\b)",
            "Time to say goodbye to ",
        ),
        (
            r"^(?:write\s+)?(?:an?\s+)?(?:short\s+)?(?:bio|biography|profile|portrait|introduction)\s+(?:of|for)\s+(?=[^:]+,[^:]+$)",
            "Introduce ",
        ),
        (r"(?<=[.!?]\s)praise\s+(?:him|her|them)\b", "Well done"),
        (
            r"^(?:write\s+)?(?:an?\s+)?(?:(?:short|warm|formal)\s+)?(?:condolence|sympathy)\s+(note|card|message|letter)\s+from\s+[^.,]{2,40}?\s+to\s+",
            r"Sympathy \1 to ",
        ),
        (
            r"^(?:please\s+)?(?:write|say|post)\s+something\s+(?:(?:nice|kind|warm|short|sweet)\s+)?(?:for|about)\s+(?P<who>[\w' ]{2,30}?)'s\s+(?:last\s+day|farewell|leaving\s+do)\b",
            r"Say goodbye to \g<who>",
        ),
        (
            r"(?<=[.!?]\s)(?:please\s+)?name\s+(?P<who>(?-i:[A-Z])[^.!?]{2,60}?)\s+as\s+(?:the\s+|our\s+)?(?P<what>[a-z][\w ]{2,30})(?=[.!?]|$)",
            r"Our \g<what>: \g<who>",
        ),
        (
            r"^(?:écris\s+|rédige\s+)?(?:une?\s+)?(?:lettre|message|mot|note|mail|courriel|avis|annonce)\s+(?:aux|à\s+nos|à\s+tous\s+les|pour\s+les)\s+[\w' -]{3,30}?\s+pour\s+(?:(?:leur|les)\s+)?(?:annoncer|dire|informer|prévenir|signaler)\s+(?=que\b|qu['\u2019])",
            "Annonce ",
        ),
        (
            r"^(?:escribe\s+|redacta\s+)?(?:una?\s+)?(?:carta|mensaje|nota|correo|aviso)\s+(?:a|para)\s+(?:los|las|nuestros|nuestras)\s+[\w' -]{3,30}?\s+para\s+(?:anunciar|decir|informar|avisar)(?:les)?\s+(?:de\s+)?(?=que\b)",
            "Anuncia ",
        ),
        (
            r"^(?:scrivi\s+)?(?:una?\s+)?(?:lettera|messaggio|nota|mail|avviso)\s+(?:ai|agli|alle|per\s+[ig]l?i)\s+[\w' -]{3,30}?\s+per\s+(?:annunciare|dire|informare|avvisare)(?:li)?\s+(?=che\b)",
            "Annuncia ",
        ),
        (
            r"^(?:escreve\s+|escreva\s+)?(?:uma?\s+)?(?:carta|mensagem|nota|e-?mail|aviso)\s+(?:aos|às|para\s+[oa]s)\s+[\w' -]{3,30}?\s+(?:para|a)\s+(?:anunciar|dizer|informar|avisar)\s+(?=que\b)",
            "Anuncia ",
        ),
    )
)
"""Orders in the words of known ones."""
EXPLAINING = re.compile(r"[^.!?:]{0,60}\b(?:explain|erklär|explica|explique|spiega)", re.IGNORECASE)
NOTE_TO = re.compile(
    r"^(?:write\s+)?(?:an?\s+)?(?:(?:short|quick|friendly|polite)\s+)?(?:note|message|announcement|notice|info|memo|word)\s+to\s+(?P<whom>(?:all\s+)?(?:our|the|my|all)\s+[\w' ]{3,40}?)\s+that\s+",
    re.IGNORECASE,
)
MEDIUM = re.compile(
    r"(?<=\w),?\s+(?:in|on|for)\s+(?:the|our|my)\s+(?:\w+\s+)?(?:door|fridge|lift|entrance|gate|counter|poster\s+stand|newsletter|website|blog|page|intranet|notice\s?board|magazine|programme|channel|socials|screen|display|board|(?:group\s+)?chat|shop\s+window|window)(?=\s*:\s)|(?<=\w)\s+(?:para|per|pour|für)\s+(?:el|la|il|lo|le|nuestr[oa]|nostr[oa]|notre|unsere?n?|d(?:ie|en|as)|o|a|noss[oa])\s+"
    r"(?:web|sito|site|website|newsletter|blog|boletín|bollettino|página|pagina|page|webseite|homepage|tablón|bacheca|intranet|vitrina|vetrina|vitrine|schaufenster|facebook|instagram)\b(?=\s?:\s)",
    re.IGNORECASE,
)
"""Where a text goes, behind what it is: "oferta de empleo para la web: …"."""
ANSWER = re.compile(
    r"(?:^|(?<=[.!?]\s))(?:please\s+)?answer\s+(?:the\s+question\s+)?(?=(?:where|when|how|what|who)\b[^.!?:]*:)(?P<first>\w)",
    re.IGNORECASE,
)
POINTS = re.compile(r",\s+(?:and\s+)?|;\s+")


def unlabelled(prompt: str) -> str:
    """The prompt without a label that only says what, where and for which medium it is."""
    prompt = prompt if EXPLAINING.match(prompt) else IN_WORDS.sub("", prompt)
    prompt = MEDIUM.sub("", prompt, count=1)
    for pattern, instead in REWORDED:
        prompt = pattern.sub(instead, prompt)
    prompt = NOTE_TO.sub(r"Tell \g<whom> that ", prompt)
    prompt = ANSWER.sub(lambda found: found["first"].upper(), prompt)
    if place := NOTE_AT.match(prompt):
        return _capital(prompt[place.end() :])
    if medium := FROM_MEDIUM.match(prompt):
        return f"From {medium['who']}, a {medium['what'].lower()}: {prompt[medium.end() :]}"
    own = IN_LANGUAGE.match(prompt)
    if own and language_of(own["said"]) == CODES[own["language"].lower()]:
        return own["said"]
    if away := AWAY.match(prompt):
        name = f" Sign as {away['name']}." if away["name"] else ""
        return f"Out of office: {prompt[away.end() :].rstrip(' .')}.{name}"
    found = LABEL.match(prompt)
    if not found:
        return prompt
    clause = tokens(found["head"])
    kinds = ("function", "text", "medium", "verb", "tone", "bound", "audience")
    formal = all(any(token.value(kind) for kind in kinds) for token in clause)
    text = any(token.value("text") for token in clause)
    medium_named = any(token.value("medium") for token in clause)
    abroad = language_of(prompt) not in {"", "en"}
    to_all = abroad and any(token.value("audience") for token in clause)
    return prompt[found.end() :] if formal and text and (medium_named or to_all) else prompt


def listed_behind(prompt: str) -> tuple[str, tuple[str, ...]]:
    """The prompt without the points that stand behind its order, and these."""
    found = LISTED_BEHIND.match(prompt)
    if not found:
        return prompt, ()
    return found["head"], tuple(filter(None, POINTS.split(found["points"].strip())))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
