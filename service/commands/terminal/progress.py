"""The progress of a request at a terminal: a line with its state, and the text."""

from __future__ import annotations

import time

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from feedmill.client import GenerationProgress
from feedmill.client.transport import plain

DOING = {"text": "writing", "image": "drawing"}
FRAMES_PER_SECOND = 8


class ProgressDisplay:
    """The state of a request on standard error, redrawn while it changes and erased at the end."""

    def __init__(self, state: GenerationProgress) -> None:
        self._state = state
        self._away = ""
        self._began = time.monotonic()
        self._spinner = Spinner("dots", style="green")

    def set_away(self, sentence: str) -> None:
        """Show why the service does not answer; an empty sentence says that it does."""
        self._away = sentence

    def live(self) -> Live:
        """A context in which the state is shown."""
        console = Console(stderr=True)
        return Live(
            self,
            console=console,
            refresh_per_second=FRAMES_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The line, and below it the end of the text, as much as fits."""
        self._spinner.update(text=Text(self._line(), overflow="ellipsis", no_wrap=True))
        yield self._spinner
        lines = Text(plain(self._state.text)).wrap(console, options.max_width)
        yield from lines[-max(1, console.height - 3) :]

    def _line(self) -> str:
        state = self._state
        seconds = f"{time.monotonic() - self._began:.0f} s"
        if self._away:
            return f"{self._away} Trying again … {seconds}"
        parts = [", ".join(word for kind, word in DOING.items() if kind in state.making)]
        if not state.making:
            parts = _place(state)
        if "image" in state.ready:
            parts.append("the picture is there")
        return " · ".join([*parts, seconds])


def _place(state: GenerationProgress) -> list[str]:
    if state.position is None:
        return ["waiting"]
    place, eta = f"{state.position} ahead" if state.position else "next", state.eta_seconds
    if state.paused:
        return ["queued", place, "paused by an operator"]
    return ["queued", place, *([] if eta is None else [f"about {max(1.0, eta):.0f} s to go"])]
