"""What one user likes, from the user's own acts: recent likes, authors and subjects."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from service.ranking.types import Act, Taste

MOST_LIKES = 40
"""Recent likes in a taste."""
HALF_LIFE_SIGNALS = 12.0
"""Later likes, hides, `more` and `less` of the same user after which an act weighs half."""
MORE_LIKES = 3.0
"""Likes that `more` is worth."""
AGAINST = {"hide": 2.0, "less": 10.0}
"""Expected likes that did not come, which a `hide` or a `less` is worth."""
MOST_RATE = 0.2
"""The most likes for each view that is expected: clients may send likes without views."""
PRIOR_LIKES = 1.0
"""Likes, had and expected, that each author and subject begins with."""
MOST_EXPECTED = 4.5
"""How many times the usual rate a post about liked subjects is expected to be liked, at most."""


_Tallies = dict[str, list[float]]
"""By name: decayed likes of an author or a subject, and those that were expected."""


def taste_of(acts: Sequence[Act], half_life: float = HALF_LIFE_SIGNALS) -> Taste:
    """The taste of a user, from acts in their order; views do not make other acts older.

    From a post about liked subjects more likes are expected: they are not its author's merit, too.
    """
    weighed = _weighed(acts, half_life)
    likes = [act.post for act, _ in weighed if act.kind == "like"]
    rate = _rate(weighed)
    subjects: _Tallies = {}
    for act, weight in weighed:
        if act.of != "author":
            counted = _counted(act, weight, rate)
            for name in act.subjects:
                _add(subjects, name, counted)
    liked = _logarithms(subjects)
    authors: _Tallies = {}
    for act, weight in weighed:
        if act.of != "subject":
            usual = rate * min(math.exp(of_subjects(act.subjects, liked)), MOST_EXPECTED)
            _add(authors, act.author, _counted(act, weight, usual))
    return Taste(
        likes=tuple(reversed(likes[:MOST_LIKES])),
        authors={name: math.tanh(logarithm) for name, logarithm in _logarithms(authors).items()},
        subjects={name: math.tanh(logarithm) for name, logarithm in liked.items()},
    )


def of_subjects(names: Sequence[str], liked: Mapping[str, float]) -> float:
    """What subjects say of a post: the mean of those that are liked, and the worst of the others.

    A subject that is not in `liked` says nothing.
    """
    better = worst = 0.0
    for name in names:
        value = liked.get(name, 0.0)
        if value > 0:
            better += value
        elif value < worst:
            worst = value
    return better / len(names) + worst if names else 0.0


def _add(tallies: _Tallies, name: str, counted: tuple[float, float]) -> None:
    tally = tallies.get(name)
    if tally is None:
        tally = tallies[name] = [PRIOR_LIKES, PRIOR_LIKES]
    tally[0] += counted[0]
    tally[1] += counted[1]


def _logarithms(tallies: _Tallies) -> dict[str, float]:
    """Of likes over those expected: 0 when as expected."""
    return {name: math.log(likes / expected) for name, (likes, expected) in tallies.items()}


def _counted(act: Act, weight: float, usual: float) -> tuple[float, float]:
    """The likes that an act counts as, and those expected; `usual` are expected of a view."""
    if act.kind == "more":
        return MORE_LIKES * weight, 0.0
    if act.kind in AGAINST:
        return 0.0, AGAINST[act.kind] * weight
    return weight * (act.kind == "like"), weight * usual


def _weighed(acts: Sequence[Act], half_life: float) -> list[tuple[Act, float]]:
    """Acts that say something, the newest first, and what each weighs."""
    found: list[tuple[Act, float]] = []
    later, weight = 0, 1.0
    for act in reversed(acts):
        if act.kind in {"unlike", "unhide"}:
            continue
        found.append((act, weight))
        if act.kind != "view":
            later += 1
            weight = 0.5 ** (later / half_life)
    return found


def _rate(weighed: Sequence[tuple[Act, float]]) -> float:
    """Likes for each view that are usual for the user."""
    likes = views = 0.0
    for act, weight in weighed:
        if act.kind == "more":
            likes += MORE_LIKES * weight
        elif act.kind not in AGAINST:
            likes += weight * (act.kind == "like")
            views += weight
    return min(likes / views if views else MOST_RATE, MOST_RATE)
