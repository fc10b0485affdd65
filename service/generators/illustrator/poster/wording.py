"""What stands on a poster: the prompt's own words, as a headline and lines of facts."""

# ruff: noqa: E501, RUF001 - tables of words; the dashes and quotes are those that prompts have

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from service.generators.copywriter.composing.lead import lead
from service.generators.illustrator.poster.commission.reading import Commission, unadorned
from service.generators.illustrator.poster.facts import announces
from service.generators.illustrator.poster.instructions import without_instructions
from service.generators.illustrator.poster.lines import in_lines
from service.generators.illustrator.poster.ordered import ordered_words
from service.generators.illustrator.reading.words.lexicon import drawable, lexicon
from service.generators.prompt import understand
from service.generators.prompt.directions.posters import poster_order
from service.generators.prompt.directions.reading import directed
from service.generators.prompt.form.leftovers import NAMED_TEXT, without_leftovers
from service.generators.prompt.understanding import told_apart

Kind = Literal["invitation", "offer", "quote", "announcement", ""]

FLAGS = re.IGNORECASE

MEDIUM = re.compile(
    r"^\s*(?:please\s+)?(?:(?:write|make|create|draw|design|give me|draft)\s+)?(?:(?:short|little|small|friendly|nice|an?|the|our)\s+)*"
    r"(?:poster|flyer|card|banner|sign)\b(?:\s*:|\s+(?:for|about|of|that says|saying|to announce|announcing|with the words)\b)\s*:?\s*",
    FLAGS,
)
"""What the prompt asks for, where the reader of prompts does not know it."""
APOLOGY = re.compile(r"^\s*(?:(?:post|write|make|send)\s+)?(?:an\s+|our\s+)?apology\s*:\s*", FLAGS)
OF_ORDER: dict[str, Kind] = {
    "invite": "invitation",
    **dict.fromkeys(("sell", "rent"), "offer"),
    **dict.fromkeys(
        ("announce", "remind", "apologise", "hire", "thank", "congratulate", "welcome", "greet"),
        "announcement",
    ),
    **dict.fromkeys(
        ("request", "ask", "cancel", "away", "release", "confirm", "follow", "birthday"),
        "announcement",
    ),
}
"""Orders that are for posters."""
ASKED = re.compile(
    r"^(?!\W*(?:(?:can|could|would|will)\s+you|please)\b).{12,}\?\W*$", FLAGS | re.DOTALL
)
"""A question to the readers."""
BY_ITSELF = frozenset({"announce", "remind"})
"""Orders whose subject says all: "Announce that we close at 6"."""
AUDIENCE = re.compile(r"^(?:(?:all|our|the|my)\s+)*(?:[\w']+\s+){0,2}[\w']+:\s+(?=\w)", FLAGS)
"""Whom a subject is for: "club members: the key must be returned"."""
TELLS = frozenset({"write", "describe", "promote", "say", "list", "slogan"})
"""Orders for texts about something: only the subject is on the poster."""
REWORDED = frozenset({"apologise", "invite", "remind", "announce", "birthday"})
"""Orders that also begin like something that is said: "We invite all members to …"."""
RISK = re.compile(
    r"^\W*(?:product\s+|safety\s+|urgent\s+)*(?:recall|warning|alert|danger)\b", FLAGS
)
OPENER = re.compile(
    r"^\s*(?:we(?:'re| are)|i am|i'm)\s+(?:very\s+)?(?:delighted|happy|pleased|proud|excited|glad|thrilled)\s+to\s+"
    r"(?:announce|share|tell you|let you know|say|inform you)\s+(?:that\s+)?"
    r"|^\s*(?:nous avons le plaisir de vous annoncer que|nos complace anunciar que|siamo felici di annunciare che|temos o prazer de anunciar que)\s+"
    r"|^\s*(?:an?|the|our|this)\s+(?:picture|photo|image)\s+of\s+",
    FLAGS,
)
"""What is said before the news; on a poster the news stands alone."""
QUOTE = re.compile(
    r"^\s*[\"“„«][^\"”“»]{8,}[\"”“»]|^\W*quote(?:\s+of|:|\s+by)|^\W*(?:cita|citation|zitat)\s*:",
    FLAGS,
)
OFFER = re.compile(
    r"\b(?:sale\b(?! boat| sign)|special offer|discount|half price|half-price|buy one|one free|two for one|2 for 1|rebajas|oferta|descuento|soldes|promotion|remise|rabatt"
    r"|sonderangebot|ausverkauf|saldi|sconto|offerta|promoção|desconto)\b|\d\s?%\s*(?:off|de descuento|de réduction|rabatt|di sconto)",
    FLAGS,
)
INVITATION = re.compile(
    r"\b(?:you are invited|join us|save the date|come (?:and|along)|rsvp|einladung|ihr seid eingeladen|wir laden|invitación|os invitamos"
    r"|venid|invitation|nous vous invitons|venez|vi invitiamo|siete invitati|convite|convidamos)\b",
    FLAGS,
)
ANNOUNCEMENT = re.compile(
    r"\b(?:sign up|available (?:now|this|from|today|again)|grátis|gratis|gratuit\w*|kostenlos\w*|free (?:entry|delivery|admission|trial|shipping|of charge)|grand opening|(?:we are|we're|now) (?:open|hiring|closed)|opens?\s+(?:on(?!\s+an?\b)|at|its|this|next)|coming soon|so come|come early|looking for (?:\S+ ){0,2}(?:volunteers?|helpers?|members?|players?|singers?|staff|drummers?)|there (?:is|are|will be) no|no (?:habrá|hay)|es gibt (?:heute |morgen )?kein\w*|il n'y aura?|non ci (?:sarà|saranno)|não (?:há|haverá)|until further notice|bis auf weiteres|hasta nuevo aviso|jusqu'à nouvel ordre|fino a nuovo avviso|até novo aviso|fundraiser|reminder"
    r"|(?:is|are|stays?|remains?|will be)\s+(?:closed|cancelled|canceled|postponed|moved)|(?:est|sont|sera)\s+(?:fermée?s?|annulée?s?)"
    r"|(?:ist|sind|bleibt|bleiben)\s+(?:\S+\s+){0,5}geschlossen|fällt aus|(?:está|están|estará)\s+cerrad\w+|(?:è|sono|resta)\s+chius\w"
    r"|(?:está|estão|estará)\s+fechad\w+|eröffnung|inauguración|inauguração|inaugurazione|ouverture)\b"
    r"|\b(?:ankündigung|anuncio|annonce|annuncio|anúncio|notice|attention|achtung|aviso|avviso)\s*:",
    FLAGS,
)
PICTURED = re.compile(
    r"^\s*(?:an?\s+|the\s+)?(?:close-up\s+)?(?:photo|photograph|painting|drawing|picture|illustration|portrait|sketch)(?:\s+(?:of|showing|with|from)\b|\s*:)"
    r"|^\s*(?:un[ae]?\s+|eine?\s+|um\s+)?(?:foto|fotograf[ií]a|imagen|dibujo|pintura|ilustración|photo|photographie|dessin|image|peinture|zeichnung|bild|gemälde|illustration|disegno|immagine|dipinto|illustrazione|desenho|imagem|ilustração)\s+(?:de|d['’]|von|di|eine[rs])\s?\w"
    r"|^\s*(?:please\s+|bitte\s+|(?:can|could|would)\s+you\s+(?:please\s+)?)?(?:draw|paint|sketch|illustrate|dibuja|dessine|zeichne|disegna|desenha)\s+\S",
    FLAGS,
)
"""A prompt that begins so describes a picture."""
SPOKEN = re.compile(
    r"^\W*(?:thank(?:s| you)\b(?! (?:card|note))|congratulations\b|happy\s+(?:birthday|new year|easter|anniversary|\w+'s day)\b|merry christmas\b|welcome\b"
    r"|sorry\b|(?:lost|missing)\b\s*:|(?:lost|found)\s+property\b|fundsache|please\b(?! (?:draw|paint|show|make|create|write|an?|the)\b)|(?:today|tonight)'s special\b|special of the day|tagesgericht|plat du jour|menú del día|piatto del giorno|prato do dia|found\b\s*:|wanted\b\s*:|vote\b|join\b|help us\b|save the date\b|new\b.*\bin store\b|menu\b|for (?:sale|rent)\b|new\s*:|apply\b|don't miss\b"
    r"|(?:suche|biete|verkaufe|verschenke|vermiete|zu verschenken|vends|cherche|recherche|loue|donne|vendo|vendesi|vende-se|compro|cerco|cercasi|offro|affitto|procuro|alugo|alquilo|busco|ofrezco|se (?:vende|alquila|ofrece)|help wanted|job ad|flat share|room (?:to|for)|now hiring)\b|(?:good luck|get well|explain|viel (?:glück|erfolg|spaß)|frohe\w*|buena suerte|feliz|felices|bonne (?:chance|année|fête)|joyeu\w+|buon[ae]?|in bocca al lupo|boa sorte|boas|explica|explique|erkläre?|spiega)\b|danke\b|herzlichen glückwunsch\b|willkommen\b|entschuldig\w*|gesucht\b|wir\b|gracias\b|felici(?:dades|taciones)|bienvenid\w+|perdón\b|se busca\b|merci\b|félicitations\b"
    r"|bienvenue\b|nous\b|grazie\b|auguri\b|benvenut\w+|cercasi\b|obrigad\w+|parabéns\b|bem-vind\w+|procura-se\b|we\b|our\b.*\b(?:is|are|will|has|have|opens?|starts?|closes?|now|new|today|celebrates?|turns?|offers?|repairs?|delivers?|needs?|welcomes?|looks?|joins?|invites?|sells?|serves?)\b)",
    FLAGS,
)
"""A prompt that begins so is said to readers, though it has no day or price."""
SPEAKER = re.compile(
    r"\b(?:we|we're|we've|we'll|wir|nous|nosotros|nós)\b"
    r"|\b(?!gramos|kilogramos|tramos|racimos|extremos|supremos)\w{3,}(?<!ísi)(?<!ti)(?<!xi)(?<!ni)[aei]mos\b|\b(?:abrimos|tenemos|temos|estamos)\b"
    r"|\b\w{3,}iamo\b|\bnotre\s+\w+\s+(?:ouvre|ferme|est|sera|recherche|cherche|propose)\b",
    FLAGS,
)
"""A prompt that speaks to readers."""
OURS = re.compile(r"\b(?:our|us|unser\w*|uns|nuestr\w+|notre|nos|nostr\w+|noss\w+)\b", FLAGS)
"""Signs of a writer who speaks for others, where the words do not describe a scene alone."""
TEXTUAL = re.compile(
    r"\b(?:tips|recipe|(?<!wooden )(?<!fence )(?<!lamp )(?<!gate )(?<!goal )post|caption|blog|newsletter|slogan|headline|release notes|faq|poem|haiku|story|joke|quiz|checklist|agenda|to-do list|job ad"
    r"|consejos|receta|publicación|conseils|recette|légende|tipps|rezept|beitrag|consigli|ricetta|dicas|receita|publicação|legenda)\b",
    FLAGS,
)
"""A text is asked for, by its kind."""
BUSINESS = re.compile(
    r"\b(?:vacanc(?:y|ies)|applications?|apprentice(?:ship)?|by appointment|appointments?|by arrangement|register|registration|volunteers?|seeks?|seeking|hiring"
    r"|opening hours|vaccinated|walk[- ]in|book(?:ing)? (?:now|online|by)|we (?:offer|sell|repair|open|need)|free (?:\S+ ){0,2}(?:tests?|checks?|classes|lessons|workshops?|talks?|samples?)"
    r"|workshops?|deadline|enrol\w*|admission|stellenangebot|bewerb\w*|anmeld\w*|terminvereinbarung|ausbildungsplatz|ehrenamtlich\w*"
    r"|vacantes?|inscripci[oó]n\w*|inscr[ií]b\w+|voluntari[oa]s|cita previa|solicitud\w*|inscri\w+|b[ée]n[ée]voles?|candidatures?|sur rendez-vous|recrut\w+"
    r"|iscrizion\w*|volontari|candidatur[ae]|su appuntamento|prenota\w*|volunt[aá]ri[oa]s|vagas?|inscriç\w+|candidat\w+|marcaç\w+)\b",
    FLAGS,
)
"""Words of people at work who tell the public something."""
SENTENCE_END = re.compile(r"[.!?…]\s+(?=\S)")
AUTHOR = re.compile(r"^From\s+((?:our|your|the|my)\s+[\w' &-]{3,40}?):\s+(?=\w)")
AUTHOR_FOREIGN = re.compile(
    r"^\W*(?:\w+\s+){0,2}?(?:beitrag|post|text|texto|publicación|publicação|texte|publication|testo|annuncio|anuncio|annonce|anzeige)\s+"
    r"(?:für|para|pour|per)\s+((?:unser\w*|nuestr\w+|notre|(?:la\s+|il\s+)?nostr\w|(?:a\s+|o\s+)?noss\w|mein\w*|mi|mon|ma)\s+[\w' &-]{3,40}?)\s?:\s+(?=\w)",
    FLAGS,
)
"""Whose post it is, before the words themselves."""
RULE = re.compile(
    r"(?<=\w),\s+((?:no|sin|ohne|sans|senza|sem)\s+(?:dogs?|pets|children|smoking|cars|perros|mascotas|ni[ñn]os|coches|hunde|autos|kinder|chiens|animaux|voitures"
    r"|cani|animali|auto|c[ãa]es|cachorros|animais|carros))\s*[.!]?$",
    FLAGS,
)
"""What is not allowed, at the end of an announcement."""
EVENT = re.compile(
    r"^\W*(?:\w+\s+){0,2}?(?:post|text|caption|story|ad|advert|flyer)\s+for\s+(the\s+[\w' &-]{3,40}?):\s+(?=\w)",
    FLAGS,
)
"""What a post is for, before the words themselves."""
GERMAN_CASES = re.compile(r"^unser(?:en|em|(e)r)(?=\s)", FLAGS)
LEAST_WORDS = 3
LONGEST_EMOJI = 8
"""Code points of one emoji."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one poster, all of them the prompt's own."""

    kind: Kind
    headline: str
    lines: tuple[str, ...]
    emoji: str = ""
    """The drawing of an emoji at the prompt's end or beginning: it is the object."""
    author: str = ""
    """Whose post it is, where the prompt says so; it is the last line as well."""
    motif: str = ""
    """What the prompt wants drawn on its poster, in its words."""
    commission: Commission | None = None
    """Where that is to be, and in which look, if a poster is ordered with quoted words."""

    @property
    def alt(self) -> str:
        """The words as one text, for those who do not see the picture."""
        return "\n".join((self.headline, *self.lines))


def kind_of(prompt: str) -> Kind:
    """What the prompt announces; "" for a scene."""
    ordered = poster_order(prompt) is not None
    if PICTURED.search(prompt) and not ordered:
        return ""
    kinds: tuple[tuple[Kind, re.Pattern[str]], ...] = (
        ("quote", QUOTE),
        ("offer", OFFER),
        ("invitation", INVITATION),
        ("announcement", ANNOUNCEMENT),
    )
    for kind, pattern in kinds:
        if pattern.search(prompt):
            return kind
    signs = (MEDIUM.match(prompt), *(p.search(prompt) for p in (SPOKEN, ASKED, SPEAKER)))
    posted = ordered or announces(prompt) or any(signs)
    return OF_ORDER.get(understand(prompt).order.name, "announcement" if posted else "")


def wording(prompt: str) -> Wording:
    """The prompt as a headline and lines: orders are left out, every other word stays.

    Whose post it is stands below: "Post for our hardware shop: we are shut on Monday".
    """
    if found := ordered_words(prompt):
        kind = kind_of(prompt)
        return Wording(
            kind, found.headline, found.lines, motif=found.motif, commission=found.commission
        )
    bare, made = unadorned(prompt)
    prompt = directed(bare).rest
    if order := poster_order(prompt):
        words = worded(order.rest)
        kind = words.kind or "announcement"
        return replace(words, kind=kind, motif=", ".join(made.motifs), commission=made)
    told = told_apart(prompt)
    if told.startswith("Also: "):
        told = prompt  # a clause behind others, and there are none
    rule = RULE.search(prompt)
    if rule and rule[1] not in told:
        told = f"{told.rstrip(' .')}, {rule[1]}"  # "no dogs" is a rule of the day
    author = None if told.startswith(prompt[:6]) else AUTHOR.match(told)
    author = author or AUTHOR_FOREIGN.match(prompt) or EVENT.match(prompt)
    if author and len(told[author.end() :].split()) >= LEAST_WORDS:
        rest = (told if author.re is AUTHOR else prompt)[author.end() :]
        words = worded(rest)
        who = GERMAN_CASES.sub(r"unser\1", author[1].strip())
        who = who[:1].upper() + who[1:]
        return replace(words, lines=(*words.lines, who), author=who)
    return worded(told)


def worded(prompt: str) -> Wording:
    """The words of a prompt that says nothing of its author."""
    text = without_instructions(prompt)
    text = APOLOGY.sub("Sorry: ", MEDIUM.sub("", text, count=1).strip() or text, count=1)
    kind = kind_of(prompt)
    text, emoji = without_emoji(text)
    if kind != "quote":
        known = understand(text).order.name in {*OF_ORDER, *TELLS} - {"say"}
        text = without_leftovers(text, head=not known or bool(NAMED_TEXT.match(text)))
        text = OPENER.sub("", said(text))
    if kind == "quote":
        quoted = re.match(r"(?s)^.*?[\"“„«]([^\"”“»]+)[\"”“»]\s*[,–—-]*\s*(.*)$", text)
        if quoted:
            by = re.sub(r"^(?:by|von|de|di|par)\s+", "", quoted[2].strip(" ."))
            return Wording(kind, f"“{quoted[1].strip()}”", (f"— {by}",) if by else (), emoji)
    headline, lines = in_lines(text)
    return Wording(kind, headline, lines, emoji)


def said(text: str) -> str:
    """What is said to the readers: the words without the order to say them."""
    understood = understand(text)
    order = understood.order
    if SPOKEN.search(text) and order.name not in REWORDED:
        return text  # it is said to them already
    itself = order.name in BY_ITSELF and order.link in {"", "that", "about", ":"}
    if RISK.match(text):
        return text  # the head of a warning says what kind it is
    if understood.language == "de" and order.link == "that":
        itself = False  # the verb of a German clause is at its end: it needs the words before it
    if order.name in TELLS or itself:
        return sentences((AUDIENCE.sub("", order.subject), *understood.statements))
    made = lead(understood) if order.name in OF_ORDER else None
    return made.text if made else text


def sentences(parts: tuple[str, ...]) -> str:
    """The parts as sentences, each with one end."""
    return " ".join(part if part.endswith(("!", "?", ".", "…")) else f"{part}." for part in parts)


def without_emoji(text: str) -> tuple[str, str]:
    """The text without one emoji at its end or beginning, and the drawing of it."""
    emoji = lexicon().emoji
    for piece, rest in ends(text):
        art = emoji.get(piece, "")
        if art and not piece[0].isascii() and rest and drawable(art):
            return rest.removeprefix(piece).removesuffix(piece).strip() or rest, art
    return text, ""


def ends(text: str) -> list[tuple[str, str]]:
    """What may be an emoji at the end or the beginning, longest first, and the rest."""
    plain = text.replace("\ufe0f", "").strip()
    sizes = range(min(LONGEST_EMOJI, len(plain) - 1), 0, -1)
    last = [(plain[-size:], plain[:-size].strip()) for size in sizes]
    return [*last, *((plain[:size], plain[size:].strip()) for size in sizes)]
