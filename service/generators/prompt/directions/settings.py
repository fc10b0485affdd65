"""What a direction asks for: from the words of a clause to constraints of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from service.generators.prompt.directions.vocabulary import Token
from service.generators.prompt.form.constraints import ANY_TITLE, Constraints
from service.generators.prompt.form.lengths import MOST_UNITS, Bound

FUNNY, POETIC, CHILDREN = "be funny on purpose", "write poetry or drama", "write for children"
REFUSED_TONES = {"funny": FUNNY, "poetic": POETIC, "children": CHILDREN}
TRANSLATE = "translate: write the prompt in the language of the text"
REFUSED_UNITS = {
    "ps": "write a postscript",
    "rhyme": "rhyme",
    "countdown": "count down",
    "subjectline": "write a subject line",
}
REFUSED_WITHOUT = {"accents": "write without accents", "adjectives": "write without adjectives"}
WANTED = (
    ("upper", "case", "upper"),
    ("lower", "case", "lower"),
    ("thanks", "thanks", True),
    ("action", "action", True),
)
UNWANTED = (("exclaims", "exclaims", False), ("commas", "commas", False))
"""A unit, and the constraint that it sets where it is wanted or not wanted."""
FEW = 6
"""Words of a clause that ask for one thing: "question as the title"."""
LISTS = frozenset({"bullets", "numbered", "list"})
ORDER_WORDS = 9
"""Words of an order that may name its text."""
MEASURED = frozenset({"words", "sentences", "characters", "paragraphs"})
SINGULAR = re.compile(
    r"(?:word|sentence|line|paragraph|satz|absatz|zeile|frase|phrase|mot|palabra|parola|palavra|ligne|riga|linha|línea|párrafo|parágrafo|paragrafo|paragraphe|emoji|émoji|smiley|hashtag)$"
)


class Settled:
    """Constraints in the making, and what of the directions cannot be kept."""

    def __init__(self, language: str) -> None:
        self.asked = Constraints()
        self.refused = ""
        self._language = language

    def note(self, clause: Sequence[Token]) -> None:
        """Add what one clause asks for."""
        units = {token.value("unit") for token in clause} - {""}
        no = any(token.value("no") for token in clause)
        self._tones(clause, no=no)
        self._quotes([token.quoted for token in clause if token.quoted], clause, units, no=no)
        if "upper" in units and units & MEASURED and not no:
            self.refused = self.refused or "write only some words in capitals"
            return
        self._counted(clause, units, no=no)
        self._forms(clause, units, no=no)
        for token in clause:
            if (language := token.value("language")) and not no and language != self._language:
                self.refused = self.refused or TRANSLATE
            if address := token.value("address"):
                self.asked = replace(self.asked, address=address)

    def behind_colon(self, clause: Sequence[Token], said: str) -> bool:
        """Add what stands behind the colon of a clause; False if it is none of the clause's."""
        units = {token.value("unit") for token in clause}
        places = {token.value("place") for token in clause}
        said = said.strip()
        whole = re.sub(r"^\W*\w", lambda first: first[0].upper(), said)
        if "question" in units:
            whole = f"{whole.rstrip('.!? ')}?"
            if "begin" in places and "end" not in places:
                self.asked = replace(self.asked, begins=whole)
            else:
                self.asked = replace(self.asked, ends=whole, question=False)
        elif units & {"bullets", "numbered", "list"}:
            items = tuple(
                item
                for item in re.split(
                    r",\s+|;\s+|\s+(?:and|und|y|et|e)\s+(?=[^,;]+$)", said.rstrip(". ")
                )
                if item
            )
            self.asked = replace(
                self.asked,
                points=items,
                listed="",
                title=ANY_TITLE if "title" in units else self.asked.title,
            )
        elif "title" in units:
            self.asked = replace(self.asked, title=said.rstrip("."))
        elif "end" in places:
            self.asked = replace(
                self.asked, ends=whole if re.search(r"[.!?]$", whole) else f"{whole}."
            )
        elif "begin" in places:
            self.asked = replace(self.asked, begins=said)
        else:
            return False
        return True

    def tone_of_order(self, first: Sequence[Token]) -> None:
        """Add what a tone before the ordered text asks for: "a cheeky ad for our car wash"."""
        start = first[:ORDER_WORDS]
        at = next((n for n, token in enumerate(start) if token.value("ordered")), 0)
        before = start[:at]
        carried = ("function", "verb", "tone", "number", "medium", "ordered", "text")
        if all(any(token.value(kind) for kind in carried) for token in before):
            for token in before:
                refused = REFUSED_TONES.get(token.value("tone"), "")
                self.refused = self.refused or refused

    def points(self, points: tuple[str, ...]) -> None:
        """Add the points that a prompt brings."""
        self.asked = replace(self.asked, points=points)

    def sign(self, who: str) -> None:
        """Add a signature."""
        who = re.sub(
            r"^(?:the|every|all|class|ward|group|team)",
            lambda it: it[0].title(),
            who.strip(' "\u201c\u201d.'),
        )
        self.asked = replace(self.asked, signature=who)

    def question_about(self, what: str, favourite: re.Match[str] | None) -> None:
        """Add a question whose words the prompt does not give, where they are plain."""
        if favourite:
            self.asked = replace(self.asked, ends=f"What is your {favourite['what']}?")
        else:
            self.refused = self.refused or (
                f"ask about \u201c{what}\u201d: write the question into the prompt"
            )

    def _tones(self, clause: Sequence[Token], *, no: bool) -> None:
        tones = {
            meaning.value
            for token in clause
            for meaning in token.meanings
            if meaning.kind == "tone"
        }
        if no:  # "not too strict": what it is not is kept by words that add nothing
            if "funny" in tones:
                self.asked = replace(self.asked, sober=True)
            return
        if not tones & {"plain", "sober", "warm", "lively"}:
            for tone in sorted(tones & set(REFUSED_TONES)):
                self.refused = self.refused or REFUSED_TONES[tone]
        elif "funny" in tones and not tones & {"sober"}:
            self.refused = self.refused or FUNNY
        self.asked = replace(
            self.asked,
            sober=self.asked.sober or ("sober" in tones and not tones & {"warm", "lively"}),
            warm=self.asked.warm or "warm" in tones,
            lively=self.asked.lively or "lively" in tones,
        )

    def _quotes(
        self, quotes: list[str], clause: Sequence[Token], units: set[str], *, no: bool
    ) -> None:
        if not quotes:
            return
        places = {token.value("place") for token in clause}
        if no:
            self.asked = replace(self.asked, avoid=(*self.asked.avoid, *quotes))
        elif "title" in units:
            self.asked = replace(self.asked, title=quotes[0])
        elif "end" in places:
            self.asked = replace(self.asked, ends=quotes[0])
        elif "begin" in places:
            self.asked = replace(self.asked, begins=quotes[0])
        else:
            self.asked = replace(self.asked, include=(*self.asked.include, *quotes))

    def _counted(self, clause: Sequence[Token], units: set[str], *, no: bool) -> None:
        for at, token in enumerate(clause):
            unit = token.value("unit")
            if unit in MEASURED:
                bound = _bound(
                    clause[: at + 1], clause[at + 1 :], exact=unit in {"sentences", "paragraphs"}
                )
                if not bound or no:
                    continue
                if unit == "paragraphs":
                    self.asked = replace(self.asked, paragraphs=bound.most or bound.least)
                elif unit == "sentences":
                    least, most = (
                        min(bound.least, MOST_UNITS),
                        bound.most and min(bound.most, MOST_UNITS),
                    )
                    self.asked = replace(self.asked, sentences=Bound(least, most))
                else:
                    measured: dict[str, Any] = {unit: bound}
                    self.asked = replace(self.asked, **measured)
            if unit == "hashtags":
                bound = (
                    Bound(0, 0) if no else _bound(clause[: at + 1], clause[at + 1 :], exact=True)
                )
                self.asked = replace(self.asked, hashtags=bound)
        if "emoji" in units:
            self._emoji(clause, no=no)

    def _emoji(self, clause: Sequence[Token], *, no: bool) -> None:
        at = next(n for n, token in enumerate(clause) if token.value("unit") == "emoji")
        subjects = tuple(token.word for token in clause if not token.meanings)
        bound = _bound(clause[: at + 1], clause[at + 1 :], exact=True)
        if no and not bound:
            self.asked = replace(self.asked, emoji=0, no_emoji=True)
            return
        many = bound.most or bound.least or (1 if SINGULAR.search(clause[at].word) else 2)
        last = any(token.value("place") == "end" for token in clause)
        self.asked = replace(self.asked, emoji=many, emoji_of=subjects, emoji_last=last)

    def _forms(self, clause: Sequence[Token], units: set[str], *, no: bool) -> None:
        """Add what is kept or refused whole: a question, a title, a case, a list."""
        quoted = any(token.quoted for token in clause)
        changes: dict[str, Any] = {}
        aside = not any(token.value("place") for token in clause) and any(
            token.value("audience") or token.value("tag") for token in clause
        )
        if "question" in units and not (quoted or aside):
            changes |= self._question(clause, no=no)
        if "title" in units and not quoted:
            changes["title"] = "" if no else ANY_TITLE
        for unit, name, value in UNWANTED if no else WANTED:
            if unit in units:
                changes[name] = value
        if units & LISTS and not no:
            changes |= _listed(clause, units)
        refused = REFUSED_WITHOUT if no else REFUSED_UNITS
        for unit in units & refused.keys():
            self.refused = self.refused or refused[unit]
        if {"title", "question"} <= units and not no and not LISTS & units and len(clause) < FEW:
            self.refused = self.refused or "make a question the title"
        if {"title", "upper"} <= units:
            changes.pop("case", "")
            changes["title_case"] = "upper"
        self.asked = replace(self.asked, **changes)

    def _question(self, clause: Sequence[Token], *, no: bool) -> dict[str, bool]:
        places = {token.value("place") for token in clause}
        if no:
            return {"asks": False}
        if "begin" in places and "end" not in places:
            self.refused = self.refused or "begin with a question"
            return {}
        return {"question": True}


def _listed(clause: Sequence[Token], units: set[str]) -> dict[str, Any]:
    """A list and how many points it has."""
    changes: dict[str, Any] = {"listed": "numbered" if "numbered" in units else "bullets"}
    at = next(n for n, token in enumerate(clause) if token.value("unit") in LISTS)
    bound = _bound(clause[: at + 1], (), exact=True)
    if bound and "bullets" in units and not SINGULAR.search(clause[at].word):
        changes["items"] = bound.most or bound.least
    return changes


def _bound(before: Sequence[Token], behind: Sequence[Token], *, exact: bool) -> Bound:
    """How many of a unit: the numbers before it, by the words that bound them."""
    counted = [token for token in before if not token.value("no")]
    strong = [n for token in counted if not token.value("function") for n in _numbers(token)]
    weak = [n for token in counted for n in _numbers(token)]
    many = strong[-2:] or weak[-1:]
    if not many and SINGULAR.search(before[-1].word):
        many = [1] * any(token.value("bound") or token.word in LONE for token in counted)
    bounds = {token.value("bound") for token in (*before, *behind)}
    if not many or "most" in bounds:
        return Bound(0, max(many)) if many else Bound()
    if "least" in bounds:
        return Bound(max(many))
    if len(many) > 1 or exact or "exactly" in bounds:
        return Bound(min(many), max(many))
    return Bound(0, many[0])


LONE = frozenset({"only", "just", "single", "solo", "seule", "seul"})


def _numbers(token: Token) -> list[int]:
    found = token.value("number")
    return [int(n) for n in re.findall(r"\d+", found)]
