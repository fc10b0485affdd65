"""The filter for thoughts of reasoning models: it removes them from an answer while it arrives.

Some servers leave them in the text: between tags of many kinds or, if the chat template already
contains the opening tag, before a closing tag without an opening one.
"""

from __future__ import annotations

import re
from functools import cache

_NAMES = (
    "think|thinking|thinks|thought|thoughts|reason|reasoning|reflect|reflection|analysis"
    "|scratchpad|rationale|ponder|inner_thoughts?|inner_monologue|internal_thoughts?"
    "|chain_of_thought|cot|seed:think|seed:cot_budget_reflect|mm:think|antml:thinking"
)
_IN_BRACKETS = "think|thinking|thought|thoughts|reasoning"

OPENING = (
    rf"<\|?(?:{_NAMES})(?:\s[^<>]*)?\|?>|\[(?:{_IN_BRACKETS})\]|◁(?:{_IN_BRACKETS})▷"
    rf"|<\|(?:begin|start)_(?:of_)?(?:{_NAMES})\|>|<details\s[^<>]{{0,80}}reasoning[^<>]{{0,80}}>"
    r"|(?:<\|start\|>\s*assistant\s*)?<\|channel\|>\s*(?:analysis|commentary)[^<>]*<\|message\|>"
    r"|<\|channel>(?:thoughts?|analysis)\b"
)
EMPTY = rf"<\|?(?:{_NAMES})(?:\s[^<>]*)?/\s*\|?>"
"""A tag that opens and closes a thought with nothing in it: `<think />`."""

UNOPENED = (
    rf"<\|?/\s*(?:{_NAMES})\s*\|?>|\[/(?:{_IN_BRACKETS})\]|◁/(?:{_IN_BRACKETS})▷"
    rf"|<\|end_(?:of_)?(?:{_NAMES})\|>"
    r"|(?:<\|start\|>\s*assistant\s*)?<\|channel\|>\s*final[^<>]*<\|message\|>|<channel\|>"
)
"""Tags that end a thought, also one without an opening tag."""

CLOSING = f"{UNOPENED}|</details>"
WRAPPING = (
    r"</?(?:answer|response|final|final_answer|solution|output)>"
    r"|<\|(?:begin|end|start)_(?:of_)?(?:solution|answer|response)\|>|<\|(?:end|return|im_end)\|>"
)
"""Tags around the answer of a reasoning model; without a thought they may be part of a text."""

HALF_A_TAG = (
    r"(?:<\|?/?\s*(?:[a-z][\w:]*(?:\s[^<>]*)?)?/?\|?|\[/?\w*|◁/?\w*"
    r"|<\|channel>\w*|<\|(?:start|channel)\|>[^<]*(?:<[^<>]*>?[^<]*)*)\Z"
)
TAGS = f"{EMPTY}|{OPENING}|{UNOPENED}"
TAGS_AFTER_THOUGHTS = f"{TAGS}|{WRAPPING}"
MAX_TAG_CHARACTERS = 80
"""Of a tag at most: a longer beginning is text."""

LOUD = (
    *("ok", "okay", "alright", "alrighty", "all right", "hm", "hmm", "hmmm", "mm", "mmm", "ah"),
    *("oh", "well", "so", "now", "right", "wait", "yes", "yeah", "sure", "of course", "got it"),
    *("first", "firstly", "step", "let me", "let us", "let's", "maybe", "perhaps", "interesting"),
    *(
        "the post",
        "a post",
        "the user",
        "user",
        "a user",
        "the prompt",
        "prompt",
        "the request",
        "request",
        "the task",
    ),
    *("task", "the instruction", "instruction", "the question", "question", "the goal", "goal"),
    *("my task", "my goal", "we", "we're", "they", "someone", "somebody", "this is"),
    *("this request", "this prompt", "i need", "i have", "i should", "i must", "i will"),
    *("i'll", "i want"),
    *("i think", "i can", "i could", "i would", "i'd", "i am", "i'm", "here's a think"),
    *("here's my think", "here is my think", "here's my thought", "here is my thought"),
    *("here's what", "here is what", "what does the", "what is the user", "thinking", "thought"),
    *("thoughts", "reasoning", "analysis", "analyze", "analyzing", "need to", "to write", "write"),
    *("to answer", "to create", "to respond", "looking at", "considering", "consider", "given"),
    *("based on", "as requested", "since", "我们", "用户", "好的", "嗯", "首先", "让我"),
)
"""Beginnings of thoughts without an opening tag. A post may begin like this as well: such a post is
passed on at its end instead of while it is written."""


class ThoughtAloud(Exception):
    """A thought was passed on as text by mistake."""


class Thoughts:
    """The filter of one answer: pieces of the answer go in, pieces of the text come out.

    With `first`, the answer is known to begin with a thought without an opening tag: nothing is
    passed on before the closing tag or the end.
    """

    def __init__(self, *, first: bool = False) -> None:
        self.closed_unopened = False
        """Whether there was a closing tag without an opening one."""
        self._first = first
        self._held = ""
        self._inside = False
        self._thought = False
        """Whether there was a thought."""
        self._has_text = False

    def feed(self, piece: str) -> str:
        """The text that is certain now; raises ThoughtAloud if earlier text was a thought."""
        if self._has_text and not (self._held or self._inside or _may_have_tag(piece)):
            return piece  # as most are
        begin = max(0, len(self._held) - MAX_TAG_CHARACTERS)  # no tag begins before it
        self._held += piece
        out = ""
        while tag := self._tags().search(self._held, begin):
            begin = 0
            before, self._held = self._held[: tag.start()], self._held[tag.end() :]
            if self._inside:
                self._inside = self._first = False
            elif _compiled(EMPTY).fullmatch(tag[0]):
                out += self._say(before)
                self._thought = True
            elif _compiled(OPENING).fullmatch(tag[0]):
                out += self._say(before)
                self._inside = self._thought = True
            elif _compiled(WRAPPING).fullmatch(tag[0]):
                out += self._say(before)
            elif self._has_text or out.strip():
                self.closed_unopened = True
                raise ThoughtAloud
            else:  # all of it was a thought
                self.closed_unopened = self._thought = True
                self._first = False
        return out + self._certain()

    def finish(self) -> str:
        """The rest of the text at the end of the answer, without an unfinished thought."""
        held, self._held = self._held, ""
        return "" if self._inside else held

    def _tags(self) -> re.Pattern[str]:
        """The tags to look for now."""
        if self._inside:
            return _compiled(CLOSING)
        return _compiled(TAGS_AFTER_THOUGHTS if self._thought else TAGS)

    def _certain(self) -> str:
        if self._inside:
            self._held = self._held[-MAX_TAG_CHARACTERS:]  # enough to find the closing tag
            return ""
        if not self._has_text and (self._first or _may_be_loud(self._held)):
            return ""
        half = _compiled(HALF_A_TAG).search(
            self._held, max(0, len(self._held) - MAX_TAG_CHARACTERS)
        )
        end = half.start() if half else len(self._held)
        ready, self._held = self._held[:end], self._held[end:]
        return self._say(ready)

    def _say(self, text: str) -> str:
        self._has_text = self._has_text or bool(text.strip())
        return text


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, compiled with its first use: together they would take 13 ms of every start."""
    return re.compile(pattern, re.IGNORECASE)


def _may_have_tag(text: str) -> bool:
    """Whether a tag may begin in it."""
    return "<" in text or "[" in text or "◁" in text


def _may_be_loud(text: str) -> bool:
    """Whether an answer that begins like this may turn out to be a thought."""
    start = text[:MAX_TAG_CHARACTERS].lstrip("\n\r\t *_\"'“#>-").lower().replace("\u2019", "'")
    return any(
        phrase.startswith(start)
        or (start.startswith(phrase) and not start[len(phrase) : len(phrase) + 1].isalnum())
        or (start.startswith(phrase) and not phrase.isascii())
        for phrase in LOUD
    )
