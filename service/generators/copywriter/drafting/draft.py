"""A text while the model writes it, sentence by sentence."""

from __future__ import annotations

import math
import re
from typing import Any

from service.generators.copywriter.brief import Brief
from service.generators.copywriter.composing.closings import closings
from service.generators.copywriter.drafting.checks import NEVER, TOO_LONG, Unit, doomed, flaw
from service.generators.copywriter.drafting.choosing import (
    FLOOR,
    SURE,
    UNKNOWN,
    ScoredSentence,
    candidates_wanted,
    likeliest,
)
from service.generators.copywriter.drafting.cutting import cut_at_clause, shorten
from service.generators.copywriter.drafting.emoji import emoji
from service.generators.prompt import Constraints
from service.generators.prompt.language import sentences
from service.generators.prompt.language.words import words
from service.generators.protocol import Say

TOKENS_PER_UNIT = 60
"""Enough for a long sentence."""

PLAIN = (
    r"""plain ::= [^\n\t@#*<>{}|~^=+_`\[\]\"\\\u2190-\u2BFF\uFE00-\uFE0F\U0001F000-\U0010FFFF]"""
)
"""The grammar of a character: no markup, mentions, emoji or quotation marks."""

SECOND_BEST = 7
"""A later unit with a flaw of this severity or more is worse than none."""

MOST_DARING = 0.8
"""The highest temperature of retries."""

LEAST_BUDGET = 8
"""The fewest tokens for which another sentence is started."""

SHORT = 120
"""Texts of fewer characters get more tries: a new sentence reads better than a cut one."""

FIRST_TRIES, LATER_TRIES = 3, 3
"""Requests for the first unit, and for a later one."""


MOST_TOKENS = 220
"""Of all requests for one text together: under six seconds of this model on an idle core."""


class Draft:
    """One text: gives requests for the model, takes the answers, keeps the good units.

    What was passed to `say` is never changed.
    """

    aloud = False
    """Whether the model thinks aloud: the bundled one does not think."""

    def __init__(self, brief: Brief, seed: int, say: Say) -> None:
        self._brief = brief
        self._seed = seed
        self._say = say
        self._units: list[str] = []
        self._opener = ""
        self._rest = ""
        self._spare: tuple[int, str] | None = None
        self._candidates: list[ScoredSentence] = []
        self._logprob: float | None = None
        self._tries = 0
        self._asked = 0
        self._heard = 0
        self._over = False
        if brief.lead:
            self._accept(brief.lead)
            self._over = brief.finished

    def request(self) -> dict[str, Any] | None:
        """The next request; None when the text is finished."""
        tried = self._tries + len(self._candidates) >= self._patience()
        if not self._over and (tried or self._heard > MOST_TOKENS):
            self._give_up()
        if self._over or (self._units and self._budget() < LEAST_BUDGET):
            return None
        brief = self._brief
        self._opener = self._next_opener()
        self._rest = self._opener
        written = brief.before + self._join(self._units)
        if self._units:
            written += " " * bool(self._opener)
        messages = [
            {"role": "system", "content": brief.kind.system},
            {"role": "user", "content": brief.task},
        ]
        if written or self._opener:
            messages.append({"role": "assistant", "content": written + self._opener})
        start = "[ ,.!?:;'-]" if self._opener else '" "? "\\n"? [A-Z0-9]'
        self._asked += 1
        return {
            "messages": messages,
            "grammar": f'root ::= {start} plain* "\\n"?\n{PLAIN}',
            # Every request has another seed; each retry is a little more daring.
            "seed": (self._seed * 1009 + self._asked) % 2**31,
            "temperature": min(
                brief.temperature + 0.1 * self._tries, max(brief.temperature, MOST_DARING)
            ),
            "top_p": 0.9,
            "min_p": 0.05,
            "dry_multiplier": 0.8,
            "dry_allowed_length": 3,
            "logprobs": True,
            "top_logprobs": 1,
            "max_tokens": self._budget(),
        }

    def hear(self, piece: str, logprob: float | None = None) -> bool:
        """Take the next piece; False when the model should stop."""
        self._rest += piece
        self._heard += 1
        self._logprob = logprob
        if self._brief.kind.shape == "sentences":
            found, self._rest = sentences.split(self._rest)
        elif "\n" in self._rest.lstrip():
            line, _, self._rest = self._rest.lstrip().partition("\n")
            found = [line]
        else:
            found = []
        if not all(self._take(unit) and not self._stop() for unit in found):
            return False
        # A sentence on its wrong way is not waited for, unless something has to be taken.
        hopeless = self._tries < self._patience() - 1 and doomed(self._rest, self._brief)
        self._tries += hopeless
        return not hopeless

    def end(self, *, whole: bool) -> None:
        """The model has stopped by itself; `whole` unless it ran out of tokens."""
        rest = self._rest.strip()
        before = len(self._units) + len(self._candidates)
        if rest and (whole or sentences.is_complete(rest)):
            self._take(rest)
        elif rest and self._brief.max_tokens and not self._units:
            self._accept(f"{rest.rstrip(' ,;:-')}…")  # too few tokens for a sentence were allowed
            self._over = True
        if whole and len(self._units) >= self._brief.least and not self._candidates:
            self._over = True
        elif len(self._units) + len(self._candidates) == before:
            self._tries += 1
        self._stop()

    def text(self) -> str:
        """The finished text; empty if nothing was good enough."""
        if not self._units:
            return ""
        body = self._brief.before + self._join(self._units) + self._brief.after
        asked = self._brief.asked
        body = asked.styled(body)
        most, tags = self._brief.most_words, self._brief.tags
        if asked.emoji:
            signs = emoji(asked.emoji, self._brief.about, self._brief.language, asked.emoji_of)
            body = _with_signs(body, signs, asked, glued=most == len(body.split()))
        if most:
            tags = tags[: max(0, most - len(body.split()))]
        return "\n\n".join(filter(None, (body, asked.styled(" ".join(tags)))))

    def _stop(self) -> bool:
        self._over = self._over or len(self._units) >= self._brief.most
        return self._over

    def _take(self, unit: str) -> bool:
        """Take a unit if it is good; False to stop this answer of the model."""
        unit = self._trim(unit)
        problem = flaw(Unit(unit, self._brief, self._units, self._opener))
        wanted = candidates_wanted(self._brief.kind, first=not self._units)
        if problem is None and wanted > 1:
            self._candidates.append(
                ScoredSentence(unit, UNKNOWN if self._logprob is None else self._logprob)
            )
            sure = self._candidates[-1].logprob >= SURE
            if sure or len(self._candidates) == wanted:
                self._choose()
            return False
        if problem is None:
            self._accept(unit)
            return True
        self._tries += 1
        worst = SECOND_BEST if self._units else NEVER
        better = problem.severity < (self._spare[0] if self._spare else worst)
        if problem.severity == TOO_LONG and self._brief.limit:
            # Of two that have to be cut, the one that can be cut at a comma.
            better = better or bool(cut_at_clause(unit, self._brief.limit))
        if better:
            self._spare = (problem.severity, unit)
        return False

    def _accept(self, unit: str) -> None:
        before = self._join(self._units)
        if not self._units:
            before = ""
            said = self._brief.before + self._join([unit])
        else:
            said = self._join([*self._units, unit])[len(before) :]
        self._units.append(unit)
        self._say(self._brief.asked.styled(said))
        self._tries = 0
        self._spare = None
        self._candidates = []

    def _choose(self) -> None:
        """Accept the best candidate, or end without one if none is good enough."""
        best = likeliest(self._candidates)
        floor = FLOOR if self._brief.plain or self._units else -math.inf
        if self._brief.kind.upbeat and best.logprob < floor:
            self._candidates = []
            self._do_without()
        else:
            self._accept(best.text)
            self._stop()

    def _do_without(self) -> None:
        """End without the model: with the plain text if there is none, and lines that fit."""
        plain, rest = sentences.split(self._brief.plain)
        lines = [*plain, rest] if not self._units else []
        wanted = len(lines) or len(self._units)
        if self._brief.asked.sentences:
            lines += closings("en", "scene", self._seed)
            wanted = self._brief.least
        for line in filter(None, lines):
            if len(self._units) < wanted and line not in self._units and self._has_room(line):
                self._accept(line)
        self._over = bool(self._units)

    def _has_room(self, unit: str) -> bool:
        """Whether a further unit is within the length that is asked for."""
        limit, most = self._brief.limit, self._brief.asked.words.most
        text = self._join([*self._units, unit])
        return (not limit or len(text) <= limit) and (not most or len(text.split()) <= most)

    def _patience(self) -> int:
        if self._units:
            return LATER_TRIES
        short = self._brief.limit is not None and self._brief.limit < SHORT
        return FIRST_TRIES * 2 if short else FIRST_TRIES

    def _give_up(self) -> None:
        """End this unit without a good one: take the least bad, or end the text."""
        if self._candidates:
            self._choose()
            return
        if self._brief.kind.upbeat and (self._units or self._brief.plain):
            self._do_without()
            if self._over:
                return
        if self._spare and len(self._units) < self._brief.least:
            severity, unit = self._spare
            limit = self._brief.limit
            if severity == TOO_LONG and limit:
                # Half a sentence is better than none, but not than one.
                unit = "" if self._units else self._trim(shorten(unit, limit))
            if unit and self._has_room(unit):
                self._accept(unit)
                self._stop()
                return
        self._over = True

    def _next_opener(self) -> str:
        if not self._units:
            openers = self._brief.openers
            turn = self._seed + self._tries + len(self._candidates)
            last = self._tries == self._patience() - 1  # by then the openers have shown not to fit
            return openers[turn % len(openers)] if openers and not last else ""
        followers = self._brief.followers
        turn = self._seed + self._tries
        return followers[turn % len(followers)] if followers and self._tries else ""

    def _budget(self) -> int:
        """The most tokens of this request."""
        units = 1 if self._brief.kind.shape == "title" else self._brief.most
        budget = TOKENS_PER_UNIT * (units - len(self._units) * (units > 1)) + 10
        if self._brief.max_tokens:
            used = len(words(self._join(self._units) + " " + self._opener)) * 4 // 3
            budget = min(budget, max(self._brief.max_tokens - used, 1))
        return budget

    def _trim(self, unit: str) -> str:
        unit = " ".join(unit.split())
        if self._brief.kind.shape == "title":
            return unit.rstrip(" .,;:")
        return unit if sentences.is_complete(unit) else f"{unit.rstrip(' ,;:-')}."

    def _join(self, units: list[str]) -> str:
        return " ".join(units)


def _with_signs(body: str, signs: str, asked: Constraints, *, glued: bool) -> str:
    """The text with its emoji: at its end, or before the words that it has to end with."""
    gap = "" if glued else " "
    last = asked.styled(asked.ends)
    if asked.emoji_last:
        return f"{body}{gap}{signs}"
    if last and body.endswith(last) and len(body) > len(last):
        return f"{body.removesuffix(last).rstrip()}{gap}{signs} {last}"
    if asked.question and (found := LAST_QUESTION.search(body)):
        return f"{body[: found.start()]}{gap}{signs} {found[0].lstrip()}"
    return f"{body}{gap}{signs}"


LAST_QUESTION = re.compile(r"(?<=[.!?\u2026])\s+[^.!?\u2026]+\?$")
