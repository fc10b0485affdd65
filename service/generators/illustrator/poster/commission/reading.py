"""An ordered poster with words in quotation marks: its parts are words, facts, looks or ornaments."""

# ruff: noqa: E501, RUF001 - tables of words; the dashes and quotes are those that prompts have

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from service.generators.illustrator.looks.reading import Look, joined_looks, kind_of_words, look_of
from service.generators.illustrator.poster.commission.motifs import (
    NAME,
    PICTURE,
    PICTURE_OF,
    is_motif,
)
from service.generators.illustrator.poster.commission.positions import FIRST, POSITION
from service.generators.illustrator.poster.commission.shapes import shape_of
from service.generators.illustrator.poster.facts import facts_in
from service.generators.illustrator.poster.lines import LONG_HEAD, ONE_LINE, capital, in_lines
from service.generators.illustrator.reading.prompt import read
from service.generators.prompt.directions.kinds import STYLE_NOUNS, is_bare, is_form, is_look
from service.generators.prompt.directions.pieces import AND, Cut, pieces, without
from service.generators.prompt.directions.posters import (
    CALLED,
    HEAD,
    SAYS,
    bare,
    is_formal,
    poster_order,
)
from service.generators.prompt.directions.vocabulary import tokens
from service.generators.prompt.language.lexicon import several

FLAGS = re.IGNORECASE
QUOTED = re.compile(
    r"\"([^\"\n]{2,200})\"|[“„]([^“”\n]{2,200})[“”]|«\s*([^«»\n]{2,200}?)\s*»|(?<![\w'])'([^'\n]{3,160})'(?![\w'])"
)
CARD = re.compile(r"^\W*(?:an?\s+|our\s+)?(?:save[- ]the[- ]date(?:\s+card)?)\b", FLAGS)
HELD = "\ue000"
"""Begins the number of quoted words while the words around them are cut."""
HELD_PART = re.compile(rf"({HELD}\d)")
LABELS = several(
    """
    a an the and then with of in it its is to be as for below beneath underneath under above that this on says saying say reading reads read announcing
    headline heading header title titled called named text texts words word wording line lines quote slogan tagline caption subtitle subheading big small large little smaller bigger bold main
    first second next also plus date time place address location venue where when hours website phone number email details name please put write add include use show
    und dann mit der die das den dem im in als darunter überschrift titel untertitel text zeile kleiner kleine kleinem großer große groß klein fett worten aufschrift spruch datum ort uhrzeit adresse zeit dazu außerdem steht soll
    y luego con el la los las de en título titular texto subtítulo pequeño grande frase lema fecha lugar hora dirección debajo abajo que diga dice además
    et puis avec le les l du en titre texte petit grand gros sous dessous citation slogan date lieu heure adresse ensuite
    e poi con il lo i gli di titolo testo piccolo sottotitolo sotto scritta frase data luogo ora indirizzo
    depois com o os as do da em título texto pequeno legenda por baixo lugar morada
    """
)
"""Words that only say which of the words follow."""
HEADLINE = re.compile(r"\b(?:headline|heading|header|title|titled|überschrift|titel|título|titular|titre|titolo)\b", FLAGS)  # fmt: skip
SUBJECT = re.compile(
    r"^\s*(?:(?:that|which)\s+(?:announces?|advertises?|promotes?|invites?\s+\w+\s+to)|for|about|announcing|advertising|promoting|für|zum|zur|über|para|sobre|pour|per|du|de\s+la|della|del|da|do)\s+(?=\w)",
    FLAGS,
)
PLACE_OF_POSTER = re.compile(
    r"\b(?:door|window|wall|fridge|toilets?|kitchen|lift|gate|fence|counter|till|tür|fenster|wand|kühlschrank|toilette|küche|aufzug|puerta|ventana|pared|nevera|baño|porte|fenêtre|mur|frigo|vitrine|porta|finestra|parete|vetrina|janela|parede|montra)\b",
    FLAGS,
)
"""Where a poster hangs: that is no part of what it says."""
WITH = re.compile(r"\s+(?=(?:with|mit|con|avec|com)\s)", FLAGS)
WITH_FIRST = re.compile(
    r"^\W*(?:(?:and|und|y|et|e)\s+)?(?:with|showing|mit|con|avec|com)\s+(?:an?\s+|the\s+|eine[mrn]?\s+|una?\s+|une\s+|des\s+|uma?\s+)?",
    FLAGS,
)
WITH_ONE = re.compile(
    r"^\W*(?:with|showing|mit|con|avec|com)\s+(?:an?|one|two|three|eine[mrn]?|einem|una?|une?|uma?|um)\s",
    FLAGS,
)
SHORT = 4
"""Words of what is drawn, where no place is said of it."""
MADE = re.compile(
    r"\b(?:drawn\s+by\s+hand|hand[- ]drawn|drawn|printed|placed|shown|gezeichnet|dibujad\w+|dessinée?s?|disegnat\w+|desenhad\w+)\b",
    FLAGS,
)
PATTERNS = re.compile(
    r"\b(?:stripes?|bands?|(?:dotted\s+|dashed\s+)?lines?|dots|squares|checks|che(?:ss|cker)board|borders?|frames?|streifen|linien?|punkte|karos?|rahmen|rayas?|líneas?|cuadros|lunares|puntos|borde|marco|rayures?|lignes?|carreaux|pois|cadre|righe?|strisc[ie]a?|linee?|quadretti|bordo|cornice|riscas?|listras?|linhas?|quadrados|bolinhas|moldura)\b",
    FLAGS,
)
"""Ornaments without a drawing of their own."""
MOST_QUOTES = 10
DASHES = "–—-"
NUMBERED = re.compile(
    r"\b(\d{1,2})\.\s+(?=(?:Jan|Feb|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Stock|Klasse|Advent)\w*)"
)
"""A German date: its full stop ends no sentence."""
MOST_LOOSE = 1
"""Words in a clause of colours that are not known: "icy blue"."""


@dataclass(slots=True)
class Commission:
    """What an ordered poster says, shows and looks like."""

    headline: str = ""
    lines: list[str] = field(default_factory=list)
    motifs: list[str] = field(default_factory=list)
    """What is to be drawn, in its words without their place."""
    positions: list[str] = field(default_factory=list)
    """Where that is to be, in the prompt's words."""
    patterns: list[str] = field(default_factory=list)
    """Stripes, squares, lines."""
    edges: list[str] = field(default_factory=list)
    """Where those are to be, in the prompt's words."""
    look: Look = field(default_factory=lambda: Look(""))


def commissioned(prompt: str) -> Commission | None:
    """The parts of an ordered poster; None if none is ordered or none of its words are quoted."""
    head = CARD.match(prompt) or HEAD.match(prompt)
    if head is None or not QUOTED.search(prompt, head.end()):
        return None
    right_behind = QUOTED.match(prompt[head.end() :].lstrip(" ,:"))
    if not (head.re is CARD or right_behind or poster_order(prompt)):
        return None
    quotes: list[str] = []

    def hold(found: re.Match[str]) -> str:
        quotes.append(next(group for group in found.groups() if group).strip(" ,"))
        return f"{HELD}{len(quotes) - 1}"

    rest = QUOTED.sub(hold, prompt[head.end() :])
    if len(quotes) > MOST_QUOTES:
        return None
    kind = "" if head.re is CARD else head["before"].strip(" ,")
    return Reader(quotes).read(rest, kind)


def unadorned(prompt: str) -> tuple[str, Commission]:
    """An ordered poster's prompt without clauses of ornaments and colours, and these."""
    made = Commission()
    cuts = pieces(prompt)
    if poster_order(prompt) is None:
        return prompt, made
    gone = set[int]()
    for at, cut in enumerate(cuts):
        text = cut.text.strip(" ,;:.")
        left, *right = with_ornament(text)
        if not at and right and (POSITION.search(right[0]) or PATTERNS.search(right[0])):
            if takes_ornament(made, right[0]):
                cuts[0] = Cut(cut.before, left)
        elif at and not facts_in(text) and not re.search(r"\d", text):
            placed = POSITION.search(text) or FIRST.match(text) or PATTERNS.search(text)
            if (placed and takes_ornament(made, text)) or takes_look(made, text):
                gone.add(at)
    rest = without(cuts, gone)
    return (rest, made) if re.search(r"\w", rest) else (prompt, Commission())


class Reader:
    """Takes the parts of an order one by one."""

    def __init__(self, quotes: list[str]) -> None:
        """Begin with nothing said."""
        self.quotes = quotes
        self.made = Commission()
        self.said: list[tuple[bool, str]] = []
        """The quoted words so far, and whether each is called the headline."""
        self.before = ""
        """The part before, which may say so."""
        self.subject = ""

    def read(self, rest: str, kind: str) -> Commission:
        """The whole order; `kind` stands before the medium: "Theatre poster"."""
        for before, text in parts_of(rest):
            self.take(before, text)
        made = self.made
        titles = [words for is_title, words in self.said if is_title] or [self.said[0][1]]
        others = [words for _, words in self.said if words != titles[0]]
        made.headline, more = set_whole(titles[0])
        facts = [line for text in made.lines for line in joined(text)]
        made.lines = [*more, *map(capital, others), *self.named(kind), *facts]
        return made

    def take(self, before: str, text: str) -> None:
        """Note one part: quoted words, what is drawn, a look, a subject or a line."""
        if text.startswith(HELD):
            self.said.append((bool(HEADLINE.search(self.before)), self.quotes[int(text[1:])]))
            self.before = ""
            return
        label = is_label(text) and facts_in(text) == []
        self.before = text
        if label or (not facts_in(text) and self.is_seen(text)):
            return
        about = SUBJECT.match(text)
        if about and not facts_in(text):
            self.subject = self.subject or ("" if self.said else text[about.end() :])
        else:
            self.line(before, text)

    def is_seen(self, text: str) -> bool:
        """Whether words are about the drawing or the look; they are noted as that."""
        clause = tokens(text)
        ends = {token.word for token in (*clause[:1], *clause[-1:])}
        if len(clause) <= SHORT and ends & STYLE_NOUNS:
            self.made.patterns.append(text)
            return True
        if takes_ornament(self.made, text) or takes_look(self.made, text):
            return True
        if is_look(clause) or is_form(clause) or is_bare(clause):
            return True
        if len(text.split()) <= SHORT and is_motif(text, marked=False):
            self.made.motifs.append(PICTURE.sub("", PICTURE_OF.sub("", text)).strip())
            return True
        return False

    def line(self, before: str, text: str) -> None:
        """Note words that stand on the poster; short facts share a line."""
        lines, words = self.made.lines, unlabelled(text)
        span = before.strip() and before.strip() in DASHES and lines and facts_in(words)
        if span and facts_in(lines[-1]):
            lines[-1] += f" {before.strip()} {words}"
        elif lines and "," in before and len(lines[-1]) + len(words) < ONE_LINE:
            lines[-1] += f", {words}"
        else:
            lines.append(words)

    def named(self, kind: str) -> list[str]:
        """What the poster is for, unless that is where it hangs or is said already."""
        subject = CALLED.sub("", self.subject).strip(" ,:")
        *starts, last = WITH.split(subject)
        if starts and is_label(last):
            subject = subject[: -len(last)].strip()
        subject = re.sub(r"\s+(?:with|mit|con|avec|com)$", "", subject)
        said = {word for _, words in self.said for word in re.findall(r"\w+", words.lower())}
        new = [word for word in re.findall(r"\w+", subject.lower()) if word not in said | LABELS]
        if new and not PLACE_OF_POSTER.search(subject):
            return [bare(subject)]
        formal = not kind or all(is_formal(word) for word in kind.split())
        return [] if formal or len(kind.split()) == 1 else [capital(kind)]


def is_label(text: str) -> bool:
    """Whether words only say which of the words follow."""
    words = re.findall(r"[^\W\d_]+", text)
    only = all(word.lower() in LABELS for word in words) and not re.search(r"\d", text)
    said = SAYS.match(f" {text} ")
    return only or bool(said and said.end() >= len(text))


def joined(text: str) -> list[str]:
    """A run of facts in lines."""
    if len(text) <= LONG_HEAD:
        return [capital(text)]
    first, rest = in_lines(text)
    return [first, *map(capital, rest)]


def set_whole(words: str) -> tuple[str, tuple[str, ...]]:
    """Quoted words stay together, unless they are long or have facts."""
    if len(words) <= LONG_HEAD and not facts_in(words):
        return capital(words), ()
    return in_lines(words)


def parts_of(rest: str) -> Iterator[tuple[str, str]]:
    """The parts between marks, and what stands before each; quoted words are parts."""
    for cut in pieces(NUMBERED.sub(lambda found: f"{found[1]}.\ue001", rest)):
        before = cut.before
        for piece in HELD_PART.split(cut.text):
            for half in re.split(r"(?<=[^\W\d])\s?:(?:\s+|$)", piece):
                text = half.replace("\ue001", " ").strip(" ,;:")
                text = re.sub(r"(?<!\d)\.$|(?<=\d{4})\.$", "", text)
                if re.search(r"\w", text) or text.startswith(HELD):
                    for part in with_ornament(text):
                        yield before, part
                        before = ""


def with_ornament(text: str) -> list[str]:
    """A part cut before "with", where what follows is seen and not said."""
    two = AND.split(text)
    if two[1:] and not facts_in(text) and all(POSITION.search(one) for one in two):
        return two
    cut = WITH.search(text)
    if not cut or facts_in(text):
        return [text]
    left, right = text[: cut.start()], text[cut.end() :]
    seen = POSITION.search(right) or PATTERNS.search(right) or look_alone(left)
    return [left, right] if seen else [text]


def unlabelled(text: str) -> str:
    """A fact without what only says that it is one: "and the place Town Gym"."""
    while found := re.match(
        r"(?:and|then|und|dann|y|luego|et|puis|e|poi|depois|also|plus)\s+(?=\S)|the\s+(?:date|time|place|address|venue)\s*(?:is\s+|:\s*)?(?=\S)",
        text,
        FLAGS,
    ):
        text = text[found.end() :]
    return text


def takes_ornament(made: Commission, text: str) -> bool:
    """Note what is to be drawn; whether the text says that."""
    if first := FIRST.match(text):
        text = f"{text[first.end() :]} {first['place']}"
    placed = POSITION.search(text)
    plain = WITH_FIRST.sub("", text)
    bare_text = MADE.sub("", POSITION.sub("", plain)).strip(" ,")
    if PATTERNS.search(bare_text):
        made.patterns.append(bare_text)
        if placed:
            made.edges.append(placed[0].strip())
        return True
    things = bool(bare_text) and named_in(bare_text)
    bare_text = PICTURE.sub("", bare_text).strip()
    one = WITH_ONE.match(text) and len(bare_text.split()) <= SHORT and not NAME.search(bare_text)
    if not bare_text or not (placed or one or (plain != text and things)):
        return False
    if AND.search(bare_text) and not things:
        return False
    made.motifs.append(bare_text)
    if placed:
        made.positions.append(placed[0].strip())
    return True


def named_in(text: str) -> bool:
    """Whether words name something that is seen."""
    scene = read(text)
    return bool(scene.things or scene.features) or shape_of(text) is not None


def look_alone(text: str) -> bool:
    return bool(text) and colours_of(text) is not None


def colours_of(text: str) -> Look | None:
    """The look that a clause of colours asks for; None if it is about more."""
    words = re.findall(r"[^\W_]+", text.lower())
    known = [word for word in words if kind_of_words(word)[0]]
    loose = " ".join(word for word in words if word not in known)
    if loose and named_in(loose):
        return None
    coloured = any(kind_of_words(word)[0] in ("colour", "mood", "effect") for word in known)
    if not coloured or len(words) - len(known) > MOST_LOOSE:
        return None
    look = look_of(f"Poster, {' '.join(known)}")
    return look if look.all_colours or look.moods or look.effects else None


def takes_look(made: Commission, text: str) -> bool:
    """Note the colours of a clause; whether it has nothing else."""
    look = colours_of(text) if text else None
    if look is None:
        return False
    made.look = joined_looks(made.look, look)
    return True
