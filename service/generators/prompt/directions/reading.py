"""Takes the directions out of a prompt: clauses that are about its text or its picture alone.

A clause is a direction if all its words are of the directions' vocabulary and one of them is about
a text (its length, tone, end, emoji) or, on an ordered poster, about its look. What it asks for is
noted as a constraint or a look; the rest of the prompt stays as it is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from service.generators.prompt.directions.kinds import is_audience, is_bare, is_form, is_look
from service.generators.prompt.directions.labels import listed_behind, unlabelled
from service.generators.prompt.directions.pieces import AND, Cut, pieces, without
from service.generators.prompt.directions.posters import poster_order
from service.generators.prompt.directions.settings import Settled
from service.generators.prompt.directions.vocabulary import Token, tokens
from service.generators.prompt.form.constraints import Constraints
from service.generators.prompt.language.recognition import language_of
from service.generators.prompt.subject.facts import PATTERN

LONGEST = 160
"""Characters of a direction."""
FEW = 3
SPACES = re.compile(r"[ \t\u00a0]{2,}")
LABELS = frozenset({"question", "bullets", "numbered", "list", "title"})
"""Units that words behind a colon may be of."""
CLAUSE_AFTER = re.compile(r"(?:that|dass|que|che)\s|qu['\u2019]", re.IGNORECASE)
"""What an order says behind its manner: "formuliere höflich, dass …"."""


@dataclass(frozen=True, slots=True)
class Directed:
    """A prompt without its directions, and what they ask for."""

    rest: str
    asked: Constraints
    refused: str
    """What of them cannot be kept, for a message; empty for nothing."""


@functools.lru_cache(maxsize=1024)
def directed(prompt: str) -> Directed:
    """Take the directions out of a prompt; the whole prompt if nothing else is in it."""
    poster = poster_order(prompt) is not None
    settled = Settled(language_of(prompt))
    text, points = listed_behind(unlabelled(SPACES.sub(" ", prompt)))
    settled.points(points)
    settled.tone_of_order(tokens(pieces(text)[0].text))
    cuts = list(_divided(pieces(text)))
    kinds = [_kind(cut, poster=poster) for cut in cuts]
    gone = _chosen(cuts, kinds)
    if len(gone) == len(cuts):
        gone.discard(0)
    noted: set[int] = set()
    for at in sorted(gone):
        if at not in noted:
            noted |= _noted(cuts, at, kinds[at], settled)
    rest = without(cuts, noted)
    if not re.search(r"\w{2}", rest):
        return Directed(prompt, Constraints(), "")
    return Directed(rest, settled.asked, settled.refused)


QUESTION_ABOUT = re.compile(
    r"(?:question|frage|pregunta|domanda|pergunta)\s+(?:about|on|regarding|zu[mr]?|über|sobre|sur|su(?:l\w*)?|à\s+propos)\s+(?P<what>.+?)[.!]*$",
    re.IGNORECASE,
)
FAVOURITE = re.compile(
    r"(?:their|your|people's|readers')\s+(?P<what>(?:favou?rite|best)\s.+)", re.IGNORECASE
)
NAMES_POINTS = re.compile(
    r"(?:please\s+)?(?:list|name|mention|give|add|nenne|liste|enumera|cita|énumère|elenca|lista)\s+(?:the\s+)?(?:\d|two|three|four|five|six|zwei|drei|vier|fünf|dos|tres|cuatro|cinco|deux|trois|quatre|cinq|due|tre|quattro|cinque|duas|três|quatro)\s+"
    r"(?:things|points|facts|reasons|benefits|rules|dinge|punkte|gründe|vorteile|cosas|puntos|razones|ventajas|choses|points|raisons|avantages|cose|punti|motivi|vantaggi|coisas|pontos|razões|vantagens)\b[^:.]{0,40}$",
    re.IGNORECASE,
)
"""An order for points that stand behind its colon."""
SIGNED = re.compile(
    r"^(?:and\s+|please\s+)*(?:sign(?:ed)?(?:\s+(?:it|off))?(?:\s+(?:as|with|by))?|(?:une\s+|with\s+(?:the\s+)?|mit\s+|con\s+|avec\s+)?(?:signature|unterschrift|firma|assinatura)(?=\s*:)|unterschrieben\s+(?:mit|von)|unterschreib\w*\s+(?:mit|als)|firma(?!\s+(?-i:[A-Z]))(?:do|da)?(?:\s+(?:como|por))?|signée?(?:\s+par)?|signe[rz]?\s+(?:avec|par|au\s+nom\s+de)|"
    r"firmat[oa](?:\s+da)?|firma\s+come|assinad[oa]\s+por|assina\s+como)\s*:?\s+(?!(?:the|la|el|die|das|le|l['\u2019])\s*(?:list|sheet|book|form|petition|register|liste|lista|hoja)\b)(?P<who>[\"\u201c]?(?-i:[A-Z\u00c0-\u00de]|everyone\b|everybody\b|all\s|(?:class|ward|group|team|room|form|year|staff)\s|the\s|your\s|das\s|dein|euer|ihr|el\s|la\s|l')[^.!?]{1,60}?)[\"\u201d.]*$",
    re.IGNORECASE,
)


ADDRESSED = re.compile(
    r"^(?:please\s+|bitte\s+)?(?:address\s+(?:the|our|it\s+to)\b[^.!?:\d]{2,40}(?:directly)?|(?:it\s+is\s+|is\s+)?(?:aimed|directed|addressed|geared)\s+(?:at|to|towards)\b[^.!?:\d]{2,40}|sprich\w*\b[^.!?:\d]{2,40}\ban|richte\w*\s+(?:es|dich)\b[^.!?:\d]{2,40}|"
    r"(?:gerichtet|adressiert)\s+an\b[^.!?:\d]{2,40}|dirig(?:id[oa]|ete|í(?:te|rse))\s+a\b[^.!?:\d]{2,40}|(?:adresse-toi|adressez-vous|destinée?s?)\s+(?:à|aux)\b[^.!?:\d]{2,40}|rivol(?:giti|ta|to)\s+a[lgi]*\b[^.!?:\d]{2,40}|dirige-te\s+a[os]*\b[^.!?:\d]{2,40})[.!]*$",
    re.IGNORECASE,
)
"""Whom the text speaks to, said to its writer."""


def _noted(cuts: Sequence[Cut], at: int, kind: str, settled: Settled) -> set[int]:
    """Note what a direction asks for; the places of its pieces, none if it is no direction."""
    if SIGNED.match(cuts[at].text):
        last = _sentence_end(cuts, at)
        signed = SIGNED.match(without(cuts[at : last + 1], ()))
        settled.sign(signed["who"] if signed else "")
        return set(range(at, last + 1))
    head, colon, _ = cuts[at].text.partition(":")
    labelled = tokens(head)
    points = bool(colon and NAMES_POINTS.match(head))
    listed = any(token.value("unit") in {"bullets", "numbered"} for token in labelled)
    formal = is_form(tokens(cuts[at].text)) and not listed
    label = bool(colon and _is_label(labelled) and not formal)
    if points or label:
        last = _sentence_end(cuts, at)
        said = without(cuts[at : last + 1], ()).partition(":")[2]
        if not settled.behind_colon(tokens("bullet points") if points else labelled, said):
            return set()
        settled.note([token for token in labelled if token.value("unit") not in LABELS])
        return set(range(at, last + 1))
    if _noted_words(cuts[at].text, settled):
        return {at}
    if kind != "look":
        for part in _parts(cuts[at].text):
            settled.note(tokens(part))
    return {at}


def _noted_words(piece: str, settled: Settled) -> bool:
    """Note a question about something; whether the piece is that or says whom to address."""
    if about := QUESTION_ABOUT.search(piece):
        settled.question_about(about["what"], FAVOURITE.match(about["what"]))
    return bool(about or ADDRESSED.match(piece))


def _divided(cuts: Sequence[Cut]) -> Iterator[Cut]:
    """The pieces, with those cut in two that are a direction on one side of their "and"."""
    for cut in cuts:
        joined = [*AND.finditer(cut.text)]
        if len(cut.text) <= LONGEST and '"' not in cut.text and not is_form(tokens(cut.text)):
            for found in joined:
                left, right = cut.text[: found.start()], cut.text[found.end() :]
                if any(_is_strong(tokens(part)) for part in (left, right)):
                    yield Cut(cut.before, left)
                    yield Cut(found[0], right)
                    break
            else:
                yield cut
        else:
            yield cut


def _is_strong(clause: Sequence[Token]) -> bool:
    """Whether a part of a clause is a direction beyond doubt."""
    return len(clause) > 1 and is_form(clause) and any(t.value("unit") for t in clause)


def _parts(piece: str) -> list[str]:
    """The parts of a direction that are joined by "and"; those with numbers of their own."""
    parts = AND.split(piece)
    whole = all(is_form(tokens(part)) or is_look(tokens(part)) for part in parts)
    return parts if len(parts) > 1 and whole else [piece]


def _sentence_end(cuts: Sequence[Cut], at: int) -> int:
    """The last piece of the sentence of a piece."""
    last = at
    while last + 1 < len(cuts) and not cuts[last + 1].opens:
        last += 1
    return last


def _is_scrap(cuts: Sequence[Cut], at: int, gone: Collection[int]) -> bool:
    """Whether a lone word belongs to the direction beside it: "Knackig, ohne Hashtags"."""
    word = cuts[at].text.rstrip(".")
    if not word.isalpha() or len(word) <= FEW or PATTERN.match(word):
        return False
    if cuts[at].opens:
        return at + 1 in gone and not cuts[at + 1].opens
    return word.islower() and at - 1 in gone


def _kind(cut: Cut, *, poster: bool) -> str:
    """What a piece is: "form", "look", "bare" for what belongs to a direction beside it."""
    if len(cut.text) > LONGEST:
        return ""
    clause = tokens(cut.text)
    if poster and is_look(clause):
        return "look"
    head, colon, tail = cut.text.partition(":")
    labelled = tokens(head) if colon and tail.strip() else ()
    words = bool(labelled) and (_is_label(labelled) or bool(NAMES_POINTS.match(head)))
    asked = is_form(clause) or (cut.opens and is_audience(clause)) or words
    if asked or SIGNED.match(cut.text) or ADDRESSED.match(cut.text) or _asks_about(cut.text):
        return "form"
    lone = is_bare(clause) or is_audience(clause)
    return "bare" if lone and not cut.text.endswith("!") else ""


def _asks_about(piece: str) -> bool:
    """Whether a piece orders a question about something: "end with a question about colours"."""
    found = QUESTION_ABOUT.search(piece)
    return bool(found and is_form(tokens(f"{piece[: found.start()]} question")))


def _is_label(clause: Sequence[Token]) -> bool:
    """Whether words may stand behind the colon of a clause: "Question at the end: …"."""
    points = any(token.value("unit") in {"bullets", "numbered"} for token in clause)
    if points and sum(not token.meanings for token in clause) <= FEW - 1:
        return True
    if not is_form(clause):
        return False
    units = {token.value("unit") for token in clause}
    places = {token.value("place") for token in clause} - {""}
    return bool(units & LABELS or places)


def _chosen(cuts: Sequence[Cut], kinds: Sequence[str]) -> set[int]:
    """The places of the pieces that are directions."""
    gone = {at for at, kind in enumerate(kinds) if kind in {"form", "look"}}
    if 0 in gone and len(cuts) > 1 and kinds[0] == "look":
        gone.discard(0)
    for at in range(len(cuts) - 1, 0, -1):  # a lone adjective: its own sentence, or among others
        behind = all(
            n in gone or kinds[n] == "bare" for n in range(at, _sentence_end(cuts, at) + 1)
        )
        beside = at - 1 in gone or at + 1 in gone
        if kinds[at] == "bare" and behind and (cuts[at].opens or beside):
            gone.add(at)
    for at in range(1, len(cuts)):
        bare = kinds[at] == "bare" and at - 1 in gone
        if bare or _is_scrap(cuts, at, gone):
            gone.add(at)
    following = zip(range(len(cuts)), cuts[1:], strict=False)
    return gone - {at for at, cut in following if CLAUSE_AFTER.match(cut.text)}
