"""One text of a model that needs no help: asked as the prompt says, checked only for loops."""

from __future__ import annotations

import re
from typing import Any

from service.generators.copywriter.hashtags.hashtags import wanted_tags
from service.generators.loops import loop_start
from service.generators.openai.text import SYSTEM, chat_messages
from service.generators.openai.thoughts import ThoughtAloud, Thoughts
from service.generators.prompt import understand
from service.generators.prompt.language import sentences
from service.generators.protocol import GenerationFailed, Job, Say

MAX_TOKENS = 300
"""Of a text, unless the request says otherwise: a post."""

TEMPERATURE = 0.7


class PlainDraft:
    """Gives the next request for the model, and takes its answer.

    `aloud` says that the model begins with thoughts without an opening tag: nothing is passed on
    before they have ended.
    """

    def __init__(self, job: Job, say: Say, *, aloud: bool = False) -> None:
        self._job = job
        self._say = say
        self._text = ""
        self._said = 0
        self._thoughts = Thoughts(first=aloud)
        self._asked = False

    def request(self) -> dict[str, Any] | None:
        """The one request of this text."""
        if self._asked:
            return None
        self._asked = True
        options = self._job.options
        return {
            **self._job.chat.extras,
            "messages": chat_messages(self._job, SYSTEM),
            "seed": self._job.seed,
            "temperature": float(options.get("temperature", TEMPERATURE)),
            "max_tokens": int(options.get("max_tokens", MAX_TOKENS)),
        }

    def hear(self, piece: str, logprob: float | None = None) -> bool:
        """Take the next piece; False when the model should stop."""
        del logprob  # nothing is chosen by it
        try:
            piece = self._thoughts.feed(piece)
        except ThoughtAloud as problem:
            raise GenerationFailed(
                "The text model thought aloud.",
                retryable=True,
                detail="a closing tag that nothing opened, after words that were passed on",
            ) from problem
        self._text = (self._text + piece).lstrip()
        loop = loop_start(self._text)
        if loop is not None:
            self._text = self._text[:loop].rstrip()
            return False
        ends = [found.end() for found in sentences.BOUNDARY.finditer(self._text)]
        if len(ends) > 1:  # the last sentence may turn out to be a repeated one
            self._tell(self._text[: ends[-2]])
        return True

    def end(self, *, whole: bool) -> None:
        """The model has stopped by itself; `whole` unless it ran out of tokens."""
        self._text = (self._text + self._thoughts.finish()).lstrip()
        ends = [found.end() for found in sentences.BOUNDARY.finditer(self._text)]
        if not whole and ends and "max_tokens" not in self._job.options:
            self._text = self._text[: ends[-1]]

    @property
    def aloud(self) -> bool:
        """Whether the answer began with thoughts that nothing opened."""
        return self._thoughts.closed_unopened

    def text(self) -> str:
        """The finished text, with hashtags if it is a caption that has none."""
        text = self._text.strip()
        if text and self._job.instagram and not re.search(r"(?:^|\s)#\w", text):
            prompt = self._job.prompt
            tags = wanted_tags(prompt, understand(prompt), prompt, "", always=True)
            text = "\n\n".join(filter(None, (text, " ".join(tags))))
        return text

    def _tell(self, text: str) -> None:
        if len(text) > self._said:
            self._say(text[self._said :])
            self._said = len(text)
