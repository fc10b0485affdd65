"""Characters that a server has split across chunks, joined again.

Model servers send tokens, and a token may end inside a character: after half of a surrogate pair
(a JSON escape in one chunk, the other half in the next) or in the middle of its UTF-8 bytes.
"""

from __future__ import annotations

import re

PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
HALF_AS_BYTES = re.compile("\udced[\udca0-\udcbf][\udc80-\udcbf]")
RAW_BYTES = re.compile("[\udc80-\udcff]+")
"""Bytes that are not UTF-8, as the error handler `surrogateescape` decodes them."""
UNFINISHED = re.compile("(?:[\ud800-\udbff]|[\udc80-\udcff]{1,3})\\Z")
SURROGATE = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"


class Characters:
    """The filter of one text: pieces go in, whole characters come out, the rest is kept."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        if not self._held and piece.isascii():
            return piece
        text = _joined(self._held + piece)
        unfinished = UNFINISHED.search(text)
        self._held = unfinished[0] if unfinished else ""
        return SURROGATE.sub(REPLACEMENT, text[: len(text) - len(self._held)])

    def finish(self) -> str:
        """The replacement character if an unfinished character is left."""
        held, self._held = self._held, ""
        return REPLACEMENT if held else ""


def _joined(text: str) -> str:
    """The text, with complete pairs and byte sequences joined into characters."""
    text = HALF_AS_BYTES.sub(_decoded, text)
    text = PAIR.sub(_character, text)  # before other bytes: a low half looks like one of them
    return RAW_BYTES.sub(_decoded, text)


def _character(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16", "surrogatepass").decode("utf-16")


def _decoded(match: re.Match[str]) -> str:
    data = match[0].encode(errors="surrogateescape")
    for missing in range(min(4, len(data) + 1)):  # a character has four bytes at most
        whole, rest = data[: len(data) - missing], data[len(data) - missing :]
        try:
            text = whole.decode(errors="surrogatepass")
        except UnicodeDecodeError:
            continue
        at_end = match.end() == len(match.string)
        return text + (
            rest.decode(errors="surrogateescape") if at_end else REPLACEMENT * bool(rest)
        )
    return data.decode(errors="replace")
