"""Streamed text: what of a text was sent while its log still grows."""

from __future__ import annotations

from dataclasses import dataclass

from service.http.calls.following import TextDiffers


@dataclass(eq=False)
class StreamedText:
    """The text of one answer, as its log has it and as it was sent.

    What was sent cannot be taken back. A text that is generated again, after a failed attempt or a
    crash, is silent until it has caught up, and must then be the same.
    """

    sent: str = ""
    logged: str = ""

    def restart(self) -> None:
        """The text is generated from its beginning."""
        self.logged = ""

    def add(self, piece: str) -> str:
        """Append a piece of the log; returns what to send. Raises TextDiffers."""
        self.logged += piece
        return self.catch_up(self.logged)

    def finish(self, whole: str) -> str:
        """What is left to send of the whole text; may be empty. Raises TextDiffers."""
        rest = self.catch_up(whole)
        if self.sent != whole:
            raise TextDiffers
        return rest

    def catch_up(self, text: str) -> str:
        """What follows on what was sent, as far as `text` goes. Raises TextDiffers."""
        if self.sent.startswith(text):
            return ""
        if not text.startswith(self.sent):
            raise TextDiffers
        new, self.sent = text[len(self.sent) :], text
        return new
