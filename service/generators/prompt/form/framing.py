"""The words in which a text is ordered, whatever they are, as an order that the reader knows.

"Could we have a friendly post about the singalong?" is "Write a post about the singalong".
"""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

from service.generators.prompt.language import sentences

TEXT = (
    r"(?:posts?|captions?|texts?|ads?|adverts?|advertisements?|announcements?|notices?|notes?|messages?|tweets?|updates?|blurbs?|copy|flyers?|"
    r"leaflets?|posters?|listings?|statements?|shout[- ]?outs?|write-?ups?|paragraphs?|(?:news)?letter\s+items?|bulletins?|piece|words|lines?|item|something|things?|bit)"
)
SPEAKER = r"(?:i|we|us|me|you|u|someone|please|help|let's|this|here)"
WISH = (
    r"(?:need(?:s|ed)?|want(?:s|ed)?|have|get|love|like|after|looking\s+for|require|request|hoping\s+for|appreciate|use|do\s+with|write|draft|make|create|"
    r"produce|prepare|compose|craft|do|put\s+together|knock\s+up|knock\s+together|come\s+up\s+with|give|send|help|whip\s+up|throw\s+together|turn\s+out|type\s+up|generate|design|publish)"
)
FRAME = rf"^(?=[^.:;]{{0,60}}\b(?:{WISH}|(?:what|how)\s+about|any\s+chance\s+of|say|time\s+for)\b)(?:[^.:;!?,]{{0,30}},\s+)?[^.:;!?,]{{0,60}}?\b{TEXT}\b"
SMALL = r"(?:\s+(?:please|pls|for\s+(?:us|me|today|tomorrow|instagram|insta|facebook|linkedin|social\s+media|(?:our|my|the)\s+(?:[\w'\u2019-]+\s+)?(?:page|website|newsletter|socials|noticeboard|followers|feed|blog))|to\s+go\s+(?:out|up)(?:\s+\w+)?))*"
WHO = r"(?:people|everyone|everybody|folks?|them|customers|(?:(?:our|the|all|my)\s+)?[\w'\u2019-]+(?:\s+[\w'\u2019-]+)?)"
ENGLISH: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), instead)
    for pattern, instead in (
        (rf"{FRAME}{SMALL}\s+(?:that\s+sells|selling|to\s+sell)\s+(?P<x>.+)$", r"Sell \g<x>"),
        (
            rf"{FRAME}{SMALL}\s+(?:saying|stating|explaining|that\s+says|which\s+says|to\s+say|to\s+explain|(?:announcing|confirming)(?=\s+that\b)|(?:telling|to\s+tell|that\s+tells|informing|to\s+inform|reminding)\s+{WHO}|to\s+let\s+{WHO}\s+know)(?:\s+that\b)?\s+(?P<x>.+)$",
            r"Write a post saying that \g<x>",
        ),
        (
            rf"{FRAME}{SMALL}\s+(?P<verb>announcing|promoting|advertising|introducing|celebrating|thanking|inviting|reminding|welcoming|congratulating|asking)\s+(?P<x>.+)$",
            r"Write a post \g<verb> \g<x>",
        ),
        (
            rf"{FRAME}{SMALL}\s+to\s+(?P<verb>announce|promote|advertise|introduce|celebrate|thank|invite|remind|welcome|congratulate|ask|say\s+sorry|apologi[sz]e|warn|tell)\s+(?P<x>.+)$",
            r"\g<verb> \g<x>",
        ),
        (
            rf"{FRAME}{SMALL}\s+(?:about|regarding|on|covering|around)\s+(?P<x>.+)$",
            r"Write a post about \g<x>",
        ),
        (
            (
                r"^(?:[^.!?:;]{0,70}?\b)?(?:i|we)(?:'d|\s+would|\s+do|'ve|\s+have|\s+really|\s+just|\s+simply)*\s+(?:need|want|have\s+got|have|got|like|love|wish|hope|must)\s+(?:you\s+)?to\s+"
                r"(?=(?:let|tell|inform|remind|warn|notify|invite|announce|apologi[sz]e|congratulate|ask)\b)(?P<x>.+)$"
            ),
            r"\g<x>",
        ),
        (
            r"^[^.!?:;,]{0,40}?\b(?:put\s+(?:it\s+)?out|get\s+(?:it\s+)?across|spread\s+the\s+word|make\s+(?:it\s+)?known|get\s+the\s+word\s+out|shout\s+about\s+the\s+fact|let\s+it\s+be\s+known|pass\s+on|flag\s+up|flag)\s+that\s+(?P<x>.+)$",
            r"Announce that \g<x>",
        ),
        (
            r"^(?:please\s+)?(?:mention|say|state|announce|write|note|explain|share)\s+in\s+(?:an?|the|our|your)\s+[\w -]{2,30}?\s+that\s+(?P<x>.+)$",
            r"Announce that \g<x>",
        ),
        (
            r"^(?:please\s+)?(?:give|offer|pass\s+on\s+to|send)\s+[^.:;]{2,50}?\b(?:tip|news|advice|info|information|update|message|heads-?up|notice)\s+that\s+(?P<x>.+)$",
            r"Announce that \g<x>",
        ),
        (
            r"^(?:(?:we|i)\s*)?(?:'d\s+(?:like|love)|would\s+(?:like|love)|need|want)\s+(?P<who>(?!to\b|an?\b|you\b)[^.,:;]{2,40}?)\s+to\s+(?:know|understand|be\s+aware|realise|realize|remember|hear)\s+(?:that\s+)?(?P<x>.+)$",
            r"Tell \g<who> that \g<x>",
        ),
        (
            r"^(?:post|share|publish)\s+(?P<x>(?:the|our)\s+(?!following|below|post)[^:.!?]{3,60}:.+)$",
            r"\g<x>",
        ),
        (rf"^(?:please\s+)?(?:write|message)\s+to\s+{WHO}\s*:\s*(?P<x>.+)$", r"\g<x>"),
        (
            r"^(?:can|could|would|will)\s+(?:someone|somebody|anyone|you)\s+(?:please\s+)?(?:write\s+up|post|share|publish)\s+(?P<x>(?:the|our)\s+[^:]{2,40}:.+)$",
            r"\g<x>",
        ),
        (r"^(?:draft|copy|text|brief|task|content|caption|post)\s*:\s+(?P<x>.+)$", r"\g<x>"),
        (
            r"^(?:please\s+)?(?:explain|say|tell\s+(?:people|everyone|customers|them))\s+(?:(?:in\s+[\w\s-]{2,30}?|simply|briefly|plainly|clearly|kindly|nicely|gently|to\s+[\w'\u2019 -]{2,40}?)\s+)?(?:why|that|how\s+come)\s+(?P<x>(?:our|we|the|my|there|this|i)\b(?=[^.]*:).+)$",
            r"\g<x>",
        ),
        (
            r"^(?:an?\s+)?(?:short\s+|quick\s+|little\s+)?(?P<kind>product|sales|shop|menu|etsy|ebay)\s+(?:blurb|text|description|copy|listing)\s*[,:-]\s*(?P<x>.+)$",
            r"Product description for \g<x>",
        ),
        (
            r"^(?:an?\s+)?(?:short\s+|quick\s+|little\s+)?(?:blurb|caption|tweet|instagram\s+(?:post|caption)|facebook\s+post|linkedin\s+post|social\s+(?:media\s+)?post)\s*[,-]\s+(?P<x>.+)$",
            r"\g<x>",
        ),
    )
)
MEDIA = r"(?:facebook|instagram|insta|linkedin|twitter|whatsapp|tiktok|redes\s+sociales|redes\s+sociais|social(?:\s+media)?|réseaux\s+sociaux|soziale\s+medien)"
HEADED = re.compile(
    r"^(?:avvis[ai]|avis[ae]|anunci[ae]|annonce[rz]?|annuncia|informa|informe[rz]?|comunic[ae]|recuerda|ricorda|rappelle[rz]?|lembr[ae]|escrib[ae]|scrivi|écris|escreve|publi\w+|schreib\w*|melde|préviens|prévenez|informier\w*|sag)(?:\s+(?:a\s+|aux?\s+|les\s+|i\s+|ai\s+|gli\s+|agli\s+|le\s+|alle\s+|os\s+|as\s+|aos\s+|às\s+|den\s+|die\s+|unsere?n?\s+|allen?\s+)[^:.!?,]{2,40}?)?\s*:\s*",
    re.IGNORECASE,
)
"""An order with nothing but its verb: "Avisa: mañana no hay clase"."""
ABROAD: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    language: tuple(
        (re.compile(pattern, re.IGNORECASE | re.DOTALL), instead) for pattern, instead in rules
    )
    for language, rules in {
        "de": (
            (
                r"^(?:bitte\s+)?(?:formulier|erklär|verfass)\w*\s+(?:[^,.:]{0,40}),\s*dass\s+",
                "Sag, dass ",
            ),
            (
                r"^(?:bitte\s+)?(?:schreib|mach|formulier|verfass)\w*\s+(?:bitte\s+)?(?:uns\s+|mir\s+)?(?:was|etwas|ein\s+paar\s+zeilen|ein\s+paar\s+worte)\s+(?:\w+es\s+)?(?=für\b|über\b|zum?r?\b)",
                "Schreibe einen Post ",
            ),
            (
                r"^(?:ich|wir)\s+(?:brauche?n?|benötige?n?|möchten?|hätten?\s+gerne?|wünsche?n?\s+(?:mir|uns)|suche?n?)\s+(?=(?:einen?|ein)\s+(?:[\w-]+\s+){0,2}?(?:text|post|beitrag|aushang|hinweis|anzeige)\b)",
                "Schreibe ",
            ),
            (
                r"^(?:ich|wir)\s+(?:möchten?|wollen|will|würden?\s+gerne?)\s+(?:[\w\s]{0,30}?)\s*(?:mitteilen|bekannt\s*geben|sagen|ankündigen|informieren),\s*dass\s+",
                "Sag, dass ",
            ),
        ),
        "es": (
            (
                r"^(?:necesito|necesitamos|quiero|queremos)\s+(?:un|una)\s+(?:\w+\s+){1,2}?(?:que|para)\s+(?:agradezca|agradecer)\s+",
                "Agradece ",
            ),
            (
                r"^(?:(?:yo\s+|nosotros\s+)?(?:necesito|necesitamos|quiero|queremos|quisiera|quisiéramos|(?:me|nos)\s+(?:gustaría|hace\s+falta|vendría\s+bien))|me\s+haces|nos\s+haces)\s+(?=(?:un|una)\s+(?:\w+\s+){0,2}?(?:post|texto|anuncio|mensaje|publicación|nota|aviso)\b)",
                "Escribe ",
            ),
            (
                r"^(?:necesito|necesitamos|quiero|queremos|quisiera|nos\s+gustaría|me\s+gustaría)\s+(?:que\s+(?:escribas|digas|anuncies|cuentes)|escribir|decir|anunciar|contar|avisar|comunicar)\s+(?:a\s+[^,:]{2,40}?\s+)?(?:de\s+)?que\s+",
                "Anuncia que ",
            ),
            (r"^haz(?:le|les)?\s+saber\s+(?:a\s+[^,:]{2,40}?\s+)?que\s+", "Anuncia que "),
        ),
        "fr": (
            (
                r"^(?:merci\s+de|veuillez|il\s+(?:me|nous)\s+faut|il\s+(?:me|nous)\s+faudrait|j['\u2019]aimerais|je\s+(?:voudrais|veux|souhaite)|nous\s+(?:voudrions|voulons|aimerions|souhaitons)|(?:j['\u2019]ai|nous\s+avons|on\s+a)\s+besoin\s+d['\u2019e]|on\s+(?:veut|voudrait|aimerait))\s*(?=(?:que\s+tu\s+)?(?:rédig|écri|prépar|publi|annonc|un\s|une\s))",
                "",
            ),
            (
                r"^(?:fais|faites|faire)\s+savoir\s+(?:(?:à|aux?)\s+[^,:]{2,40}?\s+)?(?=qu)",
                "Annonce ",
            ),
            (r"^(?:rédiger|préparer|écrire|publier)\s+(?=une?\s)", "Écris "),
            (r"^(?:annoncer|prévenir|informer)\s+", "Annonce "),
        ),
        "it": (
            (r"^(?:fai|fate)\s+gli\s+auguri\s+", "Auguri "),
            (
                r"^(?:vorrei|vorremmo|mi\s+serve|ci\s+serve)\s+un[a']?\s*(?:\w+\s+){1,2}?(?:che|per)\s+(?:ringrazi|ringraziare)\s+",
                "Ringrazia ",
            ),
            (
                r"^(?:vorrei|vorremmo|mi\s+serve|ci\s+serve|mi\s+servirebbe|ci\s+servirebbe|avrei\s+bisogno\s+di|abbiamo\s+bisogno\s+di|ho\s+bisogno\s+di)\s+(?=un[a']?\s*(?:\w+\s+){0,2}?(?:post|testo|annuncio|messaggio|avviso)\b)",
                "Scrivi ",
            ),
            (
                r"^(?:fai|fate)\s+sapere\s+(?:(?:a|ai|agli|alle|al|alla)\s+[^,:]{2,40}?\s+)?(?=che\b)",
                "Annuncia ",
            ),
        ),
        "pt": (
            (
                r"^(?:preciso|precisamos|queria|quero)\s+(?:de\s+)?uma?\s+(?:\w+\s+){1,2}?(?:que|para)\s+(?:agradeça|agradecer)\s+",
                "Agradece ",
            ),
            (
                r"^(?:preciso|precisamos|queria|queríamos|quero|queremos|gostaria|gostávamos)\s+(?:de\s+)?(?=uma?\s+(?:\w+\s+){0,2}?(?:post|texto|anúncio|mensagem|aviso|nota|publicação)\b)",
                "Escreve ",
            ),
            (
                r"^(?:faz|faça|façam|dá\s+a|dê\s+a)\s+(?:saber|conhecer)\s+(?:(?:a|ao|aos|à|às)\s+[^,:]{2,40}?\s+)?(?=que\b)",
                "Anuncie ",
            ),
        ),
    }.items()
}
"""The same in other languages."""


PLACED = re.compile(
    rf"^(?:(?:please|an?|the|our|my|short|little|quick|new|some|{WISH})\s+)*(?:\w+\s+)?{TEXT}\s+(?:for|on|in)\s+(?:our|my|the|an?)\s+(?:[\w'\u2019-]+\s+){{0,3}}?"
    r"(?:window|board|page|door|notice\s?board|website|newsletter|fridge|lift|counter|group|chat|intranet|app|screen|programme|wall|staff\s?room|bulletin|magazine|story|stories|feed|bio|profile|socials|blog|channel)\s*[:.]\s+(?P<x>.+)$",
    re.IGNORECASE | re.DOTALL,
)
"""An order that only says where its text goes: "text for our window: …"."""
GOING_TO = re.compile(
    r"^(?:(?:schreib\w*|escrib\w*|écri\w*|rédig\w*|scriv\w*|escrev\w*)\s+)?(?:(?:kurzer?|kleiner?|netter?|bitte|einen?|ein|un|una|une|um|uma|breve|corto|petit|court|piccolo|pequeno)\s+)*"
    r"(?:text|post|beitrag|spruch|bildunterschrift|texto|publicación|mensaje|texte|message|publication|légende|testo|messaggio|didascalia|mensagem|legenda|publicação|anuncio|annuncio|annonce|anzeige|anúncio)\s+"
    rf"(?:für|auf|bei|para|pour|per)\s+(?:o\s+|a\s+|las?\s+|les?\s+)?{MEDIA}\s*[:,]\s*",
    re.IGNORECASE,
)
"""Where a text goes, in other languages: "Text für Facebook: …"."""
ASKING = re.compile(
    r"(?:can|could|would|will|may|might|shall|any\s+chance|what\s+about|how\s+about)\b",
    re.IGNORECASE,
)
"""How a question begins that is an order."""
HEADING = re.compile(
    r"^(?:una?|une|uma|um|eine?n?)\s+(?:\w+\s+)?(?:post|texto|texte|testo|text|beitrag|mensaje|message|messaggio|mensagem|anuncio|annonce|annuncio|anúncio|aviso|avviso)(?:\s+\w+)?\s*:\s*",
    re.IGNORECASE,
)
"""A text that is ordered without a verb: "un post corto: …"."""
PICTURED = re.compile(
    r"^(?:(?:scriv|escrib|écri|rédig|escrev)\w*\s+)?(?:una?\s+|une\s+|uma\s+|un\s+)?(?:didascalia|légende|legenda|pie\s+de\s+foto|texto|testo|texte)\s+(?:per|pour|para)\s+"
    r"(?:(?:la|una|une|a|uma|esta|questa|cette)\s+)?(?:foto(?:grafía|grafia)?|photo|imagen|imagem|immagine)\s+(?P<of>de\s+la|de\s+los|de\s+las|del|della|dello|dei|degli|delle|de|di|du|des|da|do|das|dos)\s+",
    re.IGNORECASE,
)
"""A caption for a picture, in other languages: what is on it is its text."""
ARTICLES = {
    "del": "il ",
    "della": "la ",
    "dello": "lo ",
    "dei": "i ",
    "degli": "gli ",
    "delle": "le ",
    "du": "le ",
    "des": "les ",
    "da": "a ",
    "do": "o ",
    "das": "as ",
    "dos": "os ",
    "de la": "la ",
    "de los": "los ",
    "de las": "las ",
}
HERE = re.compile(
    r"^(?!.*\b(?:is|are|was|now|come|comes|out|it|we|they)\b)(?!.*'s\s+here)[\w' -]{2,40}\s+here[.!]$",
    re.IGNORECASE,
)
"""Who gives an order: "HR here."."""
THESE = re.compile(
    r"^(?:please\s+)?(?:describe|write\s+up|turn|rewrite|word|post|publish|share|announce|advertise)\s+(?:this|these|the\s+following|the\s+below)\b"
    r"(?P<of>[^:.!?]{0,80}):\s*(?P<x>.+)$",
    re.IGNORECASE | re.DOTALL,
)
"""An order for what follows it: "Describe this listing for our agency: …"."""


def framed(prompt: str, language: str, *, known: bool) -> str:
    """The prompt with its first order in words that are known.

    `known` says that it is in such words already.
    """
    parts, rest = sentences.split(prompt)
    first, *others = [*parts, rest] if rest else [*parts, ""]
    if found := THESE.match(first):
        sale = re.search(r"\b(?:listing|for\s+sale)\b", found["of"], re.IGNORECASE)
        return " ".join((f"{'For sale: ' if sale else ''}{found['x']}", *others)).strip()
    if found := PLACED.match(prompt):
        return found["x"]
    if HERE.match(first) and others[0]:
        return framed(" ".join(others), language, known=False)
    if language in ABROAD:
        first = _abroad(first, language)
        first = first if known else HEADED.sub("", first)
    elif not known:
        first = _english(first)
    return " ".join((first, *others)).strip()


def _abroad(first: str, language: str) -> str:
    """A first sentence in another language with its order in known words."""
    for pattern, instead in ABROAD[language]:
        first = pattern.sub(instead, first, count=1)
    first = HEADING.sub("", first)
    return PICTURED.sub(lambda of: ARTICLES.get(of["of"].lower(), ""), GOING_TO.sub("", first))


def _english(first: str) -> str:
    """A first sentence with its order in known words."""
    asked = first.endswith("?") and ASKING.match(first)
    for pattern, instead in ENGLISH:
        if found := pattern.match(first.rstrip("?") if asked else first):
            said = found.expand(instead)
            said = f"{said}." if asked and not said.endswith(".") else said
            return f"{said[:1].upper()}{said[1:]}"
    return first
