"""The whole text where code makes it: the lead, and a closing line of its kind that fits."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.generators.copywriter.closings import closings, question
from service.generators.copywriter.lead import Lead, lead
from service.generators.prompt import sentences
from service.generators.prompt.constraints import Constraints
from service.generators.prompt.lengths import number
from service.generators.prompt.lexicon import ENGLISH
from service.generators.protocol import GenerationFailed, Job

WORDS = re.compile(r"\b(?P<number>\d{1,4}|two|three|four|five|six|seven|eight|nine|ten)\s+words\b")
TOKENS_PER_WORD = 4 / 3


@dataclass(frozen=True, slots=True)
class Telling:
    """A lead with the constraints that its text has to keep."""

    lead: Lead
    seed: int
    asked: Constraints
    max_tokens: int | None

    def text(self, units: int | None, limit: int | None, prompt: str) -> str:
        """The text in so many sentences and characters; GenerationFailed if it cannot be."""
        body = self._begun()
        lines = list(closings(self.lead.language, self.lead.closing, self.seed))
        if self.asked.question:
            lines = [question(self.lead.closing)] if not body.endswith("?") else []
        if self.asked.ends:
            lines = [self.asked.ends]
        if units:
            body, lines = _counted(body, lines, units)
        else:
            lines = lines[:1]
        must = bool(self.asked.question or self.asked.ends or units)
        whole = " ".join((body, *lines))
        most = WORDS.search(prompt)
        words = number(most["number"]) if most else None
        if not must and not self._fits(whole, limit, words):
            whole = body
        if self.max_tokens and len(whole.split()) * TOKENS_PER_WORD > self.max_tokens:
            whole = _cut(body, self.max_tokens)
        if (limit and len(whole) > limit) or (words and len(whole.split()) > words):
            raise GenerationFailed(
                f"What this prompt tells takes {len(whole)} characters ({len(whole.split())} "
                "words), more than it allows: shorten it, or allow more.",
                retryable=False,
            )
        if self.asked.avoid and re.search(
            rf"\b{re.escape(self.asked.avoid)}\b", whole, re.IGNORECASE
        ):
            raise _cannot("avoid", self.asked.avoid)
        if self.asked.include and self.asked.include.lower() not in whole.lower():
            raise _cannot("use", self.asked.include)
        return whole

    def _fits(self, text: str, limit: int | None, words: int | None) -> bool:
        tokens = self.max_tokens or 0
        return not (
            (limit and len(text) > limit)
            or (words and len(text.split()) > words)
            or (tokens and len(text.split()) * TOKENS_PER_WORD > tokens)
        )

    def _begun(self) -> str:
        begins, body = self.asked.begins, self.lead.text
        if not begins or body.lower().startswith(begins.lower()):
            return body
        return f"{begins} {body}" if begins[-1] in ".!?:,;" else f"{begins}: {_inner(body)}"


def telling(prompt: str, job: Job, asked: Constraints) -> Telling | None:
    """The text that a prompt tells by itself; None if it leaves it to the model."""
    found = lead(prompt)
    if found is None:
        return None
    most = int(job.options["max_tokens"]) if "max_tokens" in job.options else None
    return Telling(found, job.seed, asked, most)


def _cannot(verb: str, word: str) -> GenerationFailed:
    return GenerationFailed(
        f"The local text model cannot {verb} \u201c{word}\u201d with what this prompt tells. "
        'Set text.generator to "openai" for that.',
        retryable=False,
    )


def _inner(text: str) -> str:
    first = text.partition(" ")[0]
    return text[:1].lower() + text[1:] if first.lower() in ENGLISH and first != "I" else text


def _counted(body: str, lines: list[str], units: int) -> tuple[str, list[str]]:
    parts, rest = sentences.split(body)
    parts = [*parts, rest] if rest.strip() else parts
    if len(parts) > units:
        kept, joined = parts[: units - 1], parts[units - 1 :]
        merged = "; ".join([joined[0].rstrip(".!"), *(_inner(p).rstrip(".!") for p in joined[1:])])
        return " ".join((*kept, f"{merged}.")), []
    wanted, lines = units - len(parts), [*lines]
    found: list[str] = []
    for line in lines:  # "Questions? Just ask." is two
        size = len(re.findall(r"[.!?](?:\s|$)", line))
        if size <= wanted:
            found.append(line)
            wanted -= size
    if wanted:
        raise GenerationFailed(
            f"The local text model cannot write {units} sentences without inventing facts: tell "
            "more, or ask for fewer.",
            retryable=False,
        )
    return body, found


def _cut(text: str, tokens: int) -> str:
    words = text.split()
    most = max(1, int(tokens / TOKENS_PER_WORD))
    return text if len(words) <= most else f"{' '.join(words[:most]).rstrip(' ,;:-.')}…"
