"""The words that directions for a text or a picture are made of, in six languages.

A clause is a direction if all its words are of this vocabulary: "am Ende eine Frage", "fondo rojo
y letras blancas". The words are rows of `vocabulary.tsv`.
"""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from service.generators.prompt.language.numbers import NUMBERS

TABLE = Path(__file__).with_name("vocabulary.tsv")

ONE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE), word)
    for pattern, word in (
        (r"bullet[\s-]+points?|elenco\s+puntato|punti\s+elenco|puntos\s+clave", "bulletpoints"),
        (r"subject[\s-]line", "subjectline"),
        (r"(?:upper|capital)[\s-]case|(?:all|block)[\s-]capitals?|all[\s-]caps|(?:capital|upper-?case)\s+letters|(?:letras\s+)?mayúsculas|lettres\s+(?:majuscules|capitales)|lettere\s+maiuscole|in\s+maiuscolo|letras\s+maiúsculas", "uppercase"),
        (r"lower[\s-]case(?:\s+letters)?|small\s+letters|letras\s+minúsculas|lettres\s+minuscules|lettere\s+minuscole", "lowercase"),
        (r"calls?[\s-]to[\s-]actions?|llamada\s+a\s+la\s+acción|appel\s+à\s+l['\u2019]action|(?:invito|chiamata)\s+all['\u2019]azione|(?:chamada|apelo)\s+(?:para|à)\s+(?:a\s+)?ação", "calltoaction"),
        (r"exclamation\s+(?:marks?|points?)|(?:signos?\s+de\s+)exclamación|points?\s+d['\u2019]exclamation|punt[oi]\s+esclamativ[oi]|pontos?\s+de\s+exclamação", "exclamations"),
        (r"(?:in\s+)?(?:the\s+)?first[\s-]person\s+plural|we[\s-]form|wir[\s-]form|erste\s+person\s+plural|primera\s+persona\s+del\s+plural|première\s+personne\s+du\s+pluriel|prima\s+persona\s+plurale|primeira\s+pessoa\s+do\s+plural", "firstpersonplural"),
        (r"first[\s-]person(?:\s+singular)?|ich[\s-]form|erste\s+person|primera\s+persona(?:\s+del\s+singular)?|première\s+personne(?:\s+du\s+singulier)?|prima\s+persona(?:\s+singolare)?|primeira\s+pessoa(?:\s+do\s+singular)?", "firstperson"),
        (r"third[\s-]person|dritte[rn]?\s+person|tercera\s+persona|troisième\s+personne|terza\s+persona|terceira\s+pessoa", "thirdperson"),
        (r"(?:in\s+)?(?:der\s+)?du[\s-](?:form|ansprache|anrede)|per\s+du|en\s+tutoyant|dando\s+del\s+tu|de\s+tú", "duform"),
        (r"(?:in\s+)?(?:der\s+)?sie[\s-](?:form|ansprache|anrede)|per\s+sie|en\s+vouvoyant|dando\s+del\s+lei|de\s+usted", "sieform"),
        (r"black[\s-]and[\s-]white|black\s*/\s*white|b/w|b&w|schwarz[\s-]*(?:und\s+)?wei(?:ß|ss)|blanco\s+y\s+negro|noir\s+et\s+blanc|bianco\s+e\s+nero|preto\s+e\s+branco", "monochrome"),
        (r"dark\s+blue|navy\s+blue|azul\s+(?:oscuro|marino)|bleu\s+(?:foncé|nuit|marine)|blu\s+(?:scuro|notte)|azul[\s-](?:escuro|marinho)", "darkblue"),
        (r"(?:light|sky|pale|baby)\s+blue|azul\s+(?:claro|cielo)|bleu\s+(?:clair|ciel)|azul[\s-](?:claro|celeste)", "lightblue"),
        (r"(?:dark|forest|bottle)\s+green|verde\s+(?:oscuro|scuro|escuro)|vert\s+(?:foncé|sapin)", "darkgreen"),
        (r"(?:light|pale|mint)\s+green|verde\s+(?:claro|chiaro|menta)|vert\s+(?:clair|menthe)", "lightgreen"),
        (r"wine[\s-]red|dark\s+red|rojo\s+(?:vino|oscuro)|rouge\s+(?:foncé|bordeaux)|rosso\s+(?:vino|scuro)|vermelho\s+escuro", "winered"),
        (r"at\s+most|not?\s+more\s+than|no\s+longer\s+than|(?:less|fewer|shorter)\s+than|up\s+to|como\s+máximo|no\s+más\s+de|menos\s+de|al\s+massimo|au\s+(?:maximum|plus)|pas\s+plus\s+de|moins\s+de|nicht\s+(?:mehr|länger)\s+als|(?:weniger|kürzer)\s+als|bis\s+zu|non\s+più\s+(?:di|lungo\s+di)|meno\s+di|no\s+máximo|não\s+mais\s+(?:do\s+)?(?:que|de)|jusqu['\u2019]à|fino\s+a|a\s+maximum\s+of|or\s+(?:less|fewer)|oder\s+weniger", "maximum"),
        (r"(?:at|au)\s+least|al\s+menos|por\s+lo\s+menos|como\s+mínimo|au\s+moins|pelo\s+menos|no\s+mínimo|not?\s+(?:less|fewer)\s+than|more\s+than|mehr\s+als|más\s+de|plus\s+de|più\s+di|mais\s+(?:do\s+)?(?:de|que)|a\s+minimum\s+of", "minimum"),
        (r"thank[\s-]you(?:\s+note)?", "thankyou"),
        (r"no\s+(?:fim|final)", "fim"),
        (r"no\s+(?:início|começo|princípio)", "início"),
        (r"please|pls|plz|por\s+favor|s['\u2019]il\s+(?:te|vous)\s+pla[iî]t|per\s+(?:favore|piacere|cortesia)", "bitte"),
        (r"(?:not|nothing|nicht|no|pas|non|não)\s+(?:too|overly|zu|demasiado|muy|trop|troppo|muito|demasiado)", "nottoo"),
        (r"to\s+the\s+point|auf\s+den\s+punkt|al\s+grano|ao\s+ponto", "direct"),
        (r"easy\s+to\s+(?:read|understand)|leicht\s+verständlich|fácil\s+de\s+(?:leer|entender)|facile\s+à\s+(?:lire|comprendre)", "simple"),
        (r"tongue[\s-]in[\s-]cheek", "funny"),
        (r"kid[\s-]friendly|child[\s-]friendly", "kidfriendly"),
        (r"water[\s-]?colou?r(?:\s+style)?", "watercolour"),
        (r"pixel[\s-]?art(?:\s+style)?", "pixelart"),
        (r"line[\s-]?(?:art|drawing)", "lineart"),
        (r"hand[\s-]drawn", "handdrawn"),
        (r"mots?[\s-]dièses?|mots?[\s-]clics?", "hashtags"),
        (r"eye[\s-]catching", "striking"),
        (r"matter[\s-]of[\s-]fact", "factual"),
        (r"cor[\s-]de[\s-]rosa", "rosa"),
        (r"stay(?:s)?|sound(?:s)?|sounds?\s+like|feel(?:s)?|looks?(?=\s+\w)|read(?:s)?", "be"),
    )
)  # fmt: skip
"""Several words that are read as one."""

WORD = re.compile(
    r"#[\w]+|\d{1,4}(?:\s*[-\u2013]\s*\d{1,4})?|p\.?\s?s\.(?=\s|$)|[^\W\d_]+(?:-[^\W\d_]+)*|\u0001\d+\u0001",
    re.IGNORECASE,
)
QUOTED = re.compile(
    r"[\"\u201c\u201e\u00ab]\s*([^\"\u201d\u201c\u00bb\u00ab]{1,300}?)\s*[\"\u201d\u201c\u00bb]|"
    r"(?<![\w])['\u2018]([^'\u2018\u2019\n]{2,160})['\u2019](?!\w)"
)
"""Words in quotation marks."""


COLOURED = re.compile(r"\w{3}(?:farben?|farbig|töne|tönen)$")
"""German colours in one word: "Pastellfarben"."""
ENDINGS = ("", "e", "es", "s", "a", "o", "as", "os", "i", "er", "en", "em")
LONG_WORD = 6
"""Letters of an adjective that is also known in its other forms."""


class Meaning(NamedTuple):
    """One meaning of a word."""

    kind: str
    value: str


class Token(NamedTuple):
    """A word of a clause and its meanings; `quoted` is what stands in quotation marks."""

    word: str
    meanings: tuple[Meaning, ...]
    quoted: str = ""

    def value(self, kind: str) -> str:
        """Its meaning of a kind; empty if it has none."""
        return next((m.value or "yes" for m in self.meanings if m.kind == kind), "")


@functools.cache
def vocabulary() -> Mapping[str, tuple[Meaning, ...]]:
    """The meanings of all words."""
    found: dict[str, tuple[Meaning, ...]] = {}
    for row in TABLE.read_text("utf-8").splitlines()[1:]:
        kind, value, words = row.split("\t")
        for word in words.split():
            meaning = Meaning(kind, value)
            if meaning not in found.get(word, ()):
                found[word] = (*found.get(word, ()), meaning)
    return found


@functools.lru_cache(maxsize=4096)
def inflected(word: str) -> tuple[Meaning, ...]:
    """The meanings of an adjective of tone, look or colour by another of its forms."""
    if len(word) < LONG_WORD:
        return ()
    known = vocabulary()
    stems = {word.removesuffix(end) for end in ENDINGS if word.endswith(end)}
    found = (known.get(stem + end, ()) for stem in sorted(stems) for end in ENDINGS)
    kinds = ("tone", "look", "colour")
    return next((m for m in found if m and m[0].kind in kinds), ())


@functools.lru_cache(maxsize=2048)
def tokens(clause: str) -> tuple[Token, ...]:
    """The words of a clause with their meanings; a word without any is unknown."""
    quotes: list[str] = []

    def hold(found: re.Match[str]) -> str:
        quotes.append((found[1] or found[2]).strip())
        return f" \u0001{len(quotes) - 1}\u0001 "

    text = QUOTED.sub(hold, clause.replace("\u0001", " "))
    for pattern, word in ONE:
        text = pattern.sub(f" {word} ", text)
    known = vocabulary()
    result: list[Token] = []
    text = re.sub(r"-(?=[eé]mojis?\b)", " ", text.replace("\u2019", "'"), flags=re.IGNORECASE)
    for found in WORD.finditer(text):
        word = found[0].lower()
        if word[0] == "\u0001":
            result.append(Token("", (Meaning("quote", ""),), quotes[int(word.strip("\u0001"))]))
        elif word[0] == "#":
            result.append(Token(word, (Meaning("tag", word),)))
        elif word[0].isdigit():
            result.append(Token(word, (Meaning("number", word),)))
        elif word == "nottoo":
            result.append(Token(word, (Meaning("no", ""),)))
        else:
            meanings = known.get(word.replace(" ", "")) or inflected(word)
            if not meanings and COLOURED.search(word):
                meanings = (Meaning("look", "noun"),)
            if word in NUMBERS:
                meanings = (*meanings, Meaning("number", str(NUMBERS[word])))
            result.append(Token(word, meanings))
    return tuple(result)
