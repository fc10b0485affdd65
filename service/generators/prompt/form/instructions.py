"""Instructions of a prompt to its writer, sentence by sentence and clause by clause.

"Mention that dogs are welcome" tells that dogs are welcome; "keep it short" tells nothing. What
an instruction wants said becomes a sentence of its own; its verb, and whatever is only about the
form of the text, goes. The wordings are rows of `instructions.tsv`.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from service.generators.prompt.directions.kinds import is_bare
from service.generators.prompt.directions.vocabulary import tokens
from service.generators.prompt.form.addressed import addressed
from service.generators.prompt.form.clauses import Clauses, clauses
from service.generators.prompt.form.instruction_wordings import wordings
from service.generators.prompt.form.mentions import mentioned
from service.generators.prompt.language import sentences
from service.generators.prompt.language.verbs import has_verb
from service.generators.prompt.subject.facts import facts
from service.generators.prompt.subject.orders import order_of

LONGEST = 500
"""Characters of a sentence that is looked at; longer ones stay as they are."""

REST = 5
"""Words of a scrap behind an instruction that still belong to it: "short, sweet and simple"."""

LEAD_IN = re.compile(
    r"^(?:(?:and|but|also|then|please|pls|plz|bitte|kindly|oh|ps|y|e|et|und|pero|mais|ma|mas|aber|plus|just|so|además|aussi|anche|também|auch|por\s+favor|s'il\s+(?:te|vous)\s+pla[iî]t|per\s+favore|"
    r"don't\s+forget\s+to|do\s+not\s+forget\s+to|remember\s+to|make\s+sure\s+(?:to|you)|be\s+sure\s+to|it\s+would\s+be\s+(?:good|nice|great)\s+to|"
    r"(?:can|could|would|will)\s+(?:you|u)(?:\s+please)?|you\s+(?:can|could|should)|i(?:'d|\s+would)\s+like\s+(?:it\s+)?to|i\s+want\s+(?:it\s+)?to|we\s+want\s+it\s+to)\b[\s,:]*)+",
    re.IGNORECASE,
)
"""What may stand before an instruction: "and please"."""
REASON = re.compile(
    r"(?:i'm|i\s+am|we're|we\s+are|they're|they\s+are|it's)\s+(?!open|here|back)[\w' ]{2,30}$",
    re.IGNORECASE,
)
"""Why an instruction is given: "I'm nervous, so keep it modest"."""
WHY = re.compile(
    r"(?:because|since|as|so\s+that|most|many|some)\b[^\d]*\b(?:it|them|they)\b[^\d]*$",
    re.IGNORECASE,
)
"""Why an instruction is given, behind it: "most of our guests speak it"."""
ENDINGS = {
    "fr": r"\w{2,}(?:ique|eux|euse|if|ive|ant|é)",
    "es": r"\w{2,}(?:ico|oso|ivo|ante|ente)",
    "it": r"\w{2,}(?:ico|oso|ivo|ante|ente|ale)",
    "pt": r"\w{2,}(?:ico|oso|ivo|ante|ente)",
    "de": r"\w{2,}(?:lich|ig|isch|haft|sam|iv)",
}
ALONE = {
    language: re.compile(
        rf"(?!urgent|important|gratuit|wichtig|möglich|ständig|pendiente|presente)(?:{ending})[.!]*",
        re.IGNORECASE,
    )
    for language, ending in ENDINGS.items()
}
"""How the text is to be, in one word that is a sentence: "Dynamique."."""
THAT = re.compile(r"(?:dass|que|che)\s|qu['\u2019]", re.IGNORECASE)
"""What an order says: "formuliere freundlich, dass …"."""
WHOLE = frozenset({"We are sorry.", "Thank you, everyone.", "Congratulations!"})
"""Further orders that need no words of the prompt: more may stand behind them."""
THANKED = re.compile(
    r"(?:thanks|thank\s+you|danke|gracias|merci|grazie|obrigad[oa]),\s+(?!please\b)(?:(?-i:[A-Z\u00c0-\u00de])|you\b|all\b|dear\b|every)",
    re.IGNORECASE,
)
"""Thanks to somebody who is named: said to the readers."""
COURTESY = re.compile(
    r"(?:^|[\s,]+)(?:please|pls|plz|thanks|cheers|bitte|danke|por\s+favor|gracias|s'il\s+(?:te|vous)\s+plaît|svp|stp|merci|per\s+favore|grazie|obrigad[oa])$",
    re.IGNORECASE,
)
"""A polite word behind an instruction."""
LAST_WORDS = re.compile(
    r"^(?:(?:and|but|ma|pero|mais|mas|aber)\s+)?(?:not|no|non|não|nicht|pas|kein|sin|sans|senza|sem)\b",
    re.IGNORECASE,
)
TO_WRITER = re.compile(
    r"\b(?:write|post|posts|caption|text|draft|announce|tell|remind|invite|apologi[sz]e|advertise|introduce|ad|advert|announcement|could\s+you|can\s+you|"
    r"schreib\w*|beitrag|escrib\w*|redact\w*|publicación|écri\w*|rédige\w*|annonce|scriv\w*|annuncio|escrev\w*|anúncio)\b",
    re.IGNORECASE,
)
"""A sign that somewhere in a prompt its writer is addressed."""
ONLY_THANKS = re.compile(
    r"(?:thanks|thank\s+you|cheers|ta|thx|many\s+thanks|tia|danke|vielen\s+dank|merci|gracias|grazie|obrigad[oa])(?:\s+(?:so\s+much|very\s+much|in\s+advance|a\s+lot|again|im\s+voraus|schon\s+mal|d['\u2019]avance|de\s+antemano|por\s+adelantado|in\s+anticipo|xx*))?",
    re.IGNORECASE,
)

HARD = frozenset({"day", "hour", "phone", "email", "link", "percent"})
"""Facts that no clause about the form of a text has: "not Mondays" is for the readers."""


@functools.lru_cache(maxsize=2048)
def is_form(clause: str, language: str) -> bool:
    """Whether a clause is only about the form of the text."""
    whole = clause.strip(" ,;:.!?")
    if HARD & {fact.kind for fact in facts(whole, names=False)}:
        return False
    bare = COURTESY.sub("", LEAD_IN.sub("", f"{whole} ").strip())
    bare = bare if "(" in bare and ")" in bare else bare.strip("()")
    tried = {bare, whole} if bare else set()
    forms = wordings(language, "form")
    return any(pattern.fullmatch(text) for pattern in forms for text in tried)


def content_of(clause: str, language: str, *, first: bool) -> str | None:
    """What an instruction wants said ("mention that …"), as a sentence; None if it is none.

    At the beginning of a prompt, "tell people that" is its order.
    """
    bare = LEAD_IN.sub("", clause.strip()).strip(" ,;:?")
    for pattern in wordings(language, "subject") if first else ():
        if found := pattern.match(bare):
            return f"Write about {bare[found.end() :]}"
    for pattern in (*wordings(language, "content"), *(() if first else wordings(language, "told"))):
        if found := pattern.match(bare):
            rest = bare[found.end() :].strip(" ,;:")
            return (
                mentioned(rest, bare[: found.end()], language) if re.search(r"\w{2}", rest) else ""
            )
    return None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the sentences of one prompt."""

    prompt: str
    language: str

    def line(self, line: str) -> str:
        """A line without its instructions."""
        parts, rest = sentences.split(line)
        kept: list[str] = []
        changed = False
        for part in filter(None, (*parts, rest.strip())):
            pieces = self.pieces(part, first=not kept)
            changed = changed or pieces != [part]
            kept.extend(pieces)
        return " ".join(_reordered(kept)) if changed else line

    def pieces(self, sentence: str, *, first: bool) -> list[str]:
        """A sentence as its statements."""
        if len(sentence) > LONGEST:
            return [sentence]
        if ONLY_THANKS.fullmatch(sentence.strip(" .!")):
            return [sentence] if first or not TO_WRITER.search(self.prompt) else []
        if not first and (one_word := ALONE.get(self.language)) and one_word.fullmatch(sentence):
            return []
        found = clauses(sentence)
        pieces: list[str] = []
        at, held = 0, 0
        while at < found.many:
            instruction = self.instruction(found, at, first=first and not pieces and held == at)
            if instruction is None:
                at += 1
                continue
            said, after = instruction
            before = found.between(held, at)
            if not said and found.rest(at).startswith("so ") and REASON.match(before):
                before = ""
            if before and not said and found.has_colon(after):
                return self.pieces(f"{before.rstrip(' ,;:')}: {found.rest(after)}", first=first)
            alone = self.language not in {"", "en"} and before.strip(" ,").isalpha() and not first
            before = "" if alone and not said else before
            pieces += [_ended(before)] if before.strip(" ,;:-") else []
            pieces += [said] if said else []
            at = held = after
        if not pieces and held == 0:
            return [("" if first else self.addressed(sentence)) or sentence]
        if held < found.many:
            pieces.append(_ended(found.rest(held).strip(" ,;:-"), found.mark))
        own = pieces[:1] if first else []
        return own + [self.addressed(piece) or piece for piece in pieces[len(own) :]]

    def addressed(self, clause: str) -> str:
        """A further order as a sentence to the readers; empty if it is none."""
        return addressed(LEAD_IN.sub("", clause), self.language)

    def instruction(self, found: Clauses, at: int, *, first: bool) -> tuple[str, int] | None:
        """What the instruction that begins here wants said, and the place behind it; or None."""
        known = first and order_of(found.text, self.language or "en")
        if known and (found.has_colon(1) or self.language not in {"", "en"}):
            return None
        after = self.form(found, at)
        if 0 < after < found.many and first and THAT.match(found.rest(after)):
            return None
        if after:
            return "", after
        if found.has_colon(at):
            return None
        if content_of(found.rest(at), self.language, first=first) is not None:
            upto = self.next_instruction(found, at)
            return content_of(found.clause(at, upto), self.language, first=first) or "", upto
        return None if first else self.order(found, at)

    def form(self, found: Clauses, at: int) -> int:
        """The place behind an instruction about the form that begins here; 0 for none."""
        if THANKED.match(found.rest(at)):
            return 0
        behind = range(at + 1, found.many + 1)
        after = next((n for n in behind if is_form(found.clause(at, n), self.language)), 0)
        while 0 < after < found.many and self.goes_on(found.clause(after, after + 1)):
            after += 1
        described = 0 < after < found.many and is_bare(tokens(found.clause(at, after)))
        return 0 if at and described else after

    def order(self, found: Clauses, at: int) -> tuple[str, int] | None:
        """A further order that begins here, as a sentence, and the place behind it."""
        if at and self.addressed(found.rest(at)):
            upto = self.next_instruction(found, at)
            return self.addressed(found.clause(at, upto)), upto
        further = self.addressed(found.clause(at, at + 1))
        return (further, at + 1) if further in WHOLE else None

    def next_instruction(self, found: Clauses, at: int) -> int:
        """The place of the next instruction of a sentence, or of its end."""
        after = range(at + 1, found.many)
        begins = (n for n in after if self.begins(found.rest(n), found.clause(n, n + 1)))
        return next(begins, found.many)

    def begins(self, rest: str, clause: str) -> bool:
        """Whether another instruction begins here."""
        return (
            is_form(clause, self.language)
            or content_of(rest, self.language, first=False) is not None
            or bool(self.addressed(rest))
        )

    def goes_on(self, clause: str) -> bool:
        """Whether a clause behind an instruction belongs to it: "sweet and simple"."""
        if COURTESY.fullmatch(clause.strip(" ,;:.!?")) or WHY.match(clause):
            return True
        bare = LEAD_IN.sub("", clause.strip()).strip(" ,;:.!?")
        joined = re.match(
            r"(?:and|et|y|und|e)\s+[a-zà-ÿ-]+(?:\s+[a-zà-ÿ-]+)?[.!]*$", clause.strip()
        )
        if joined and not has_verb(clause):
            return True
        short = len(bare.split()) <= REST and not re.search(r"\d|[A-Z\u00c0-\u00de]", bare)
        scrap = LAST_WORDS.match(clause.strip()) or is_form(clause, self.language)
        return bool(bare and short and scrap)


def without_instructions(prompt: str, language: str) -> str:
    """The prompt with what its instructions want said as statements, and without the rest.

    The whole prompt if nothing would be left.
    """
    reader = Reader(prompt, language)
    told = "\n".join(filter(str.strip, map(reader.line, prompt.split("\n"))))
    if told.endswith(".") and prompt.rstrip()[-1:] not in ".!?\u2026":
        told = told[:-1]
    return told if re.search(r"\w{3}", told) else prompt


SCRAP = re.compile(r"(?:\d|[\w./@-]+\.\w{2,}|[\w+.-]+@)[^.!?]{0,60}[.]?$")


def _reordered(kept: list[str]) -> list[str]:
    """The sentences, with a bare date or link behind the first that tells something."""
    if len(kept) > 1 and SCRAP.match(kept[0]) and not has_verb(kept[0]):
        return [kept[1], kept[0], *kept[2:]]
    return kept


def _ended(text: str, mark: str = ".") -> str:
    """A part of a sentence as a whole one."""
    text = re.sub(r"^(?:and|but|so|y|et|und)\s+", "", text.strip(" ,;:-"), flags=re.IGNORECASE)
    if text[:1].islower() and not re.match(
        r"\S+@\S|\w+[A-Z]|https?:|www\.|[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z]{2,}(?:[/.\s]|$)", text
    ):
        text = text[:1].upper() + text[1:]
    return text if re.search(r"[.!?\u2026]$", text) else f"{text}{mark}"
