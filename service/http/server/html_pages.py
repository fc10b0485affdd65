"""Pages in the visitor's language and appearance.

The words of the pages are in `pages/words`, one file for each language. In a page, `{{name}}`
stands for words, `<!-- words: gallery shared -->` for the data with the words of these sections for
its scripts, `<!-- include: head gallery -->` for the file `head.html`, on the page of the gallery.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import NamedTuple

from aiohttp import web

from service.http import negotiation
from service.http.server.static_files import FOLDER, PAGE_HEADERS, StaticText

LANGUAGES = ("en", "de")  # the first is for browsers that ask for none of them
THEMES = ("system", "light", "dark")
LOOK_HEADERS = {"Vary": "Accept-Language, Cookie"}
MAX_SLASHES = 32  # in a path; for deeper paths a page does not compute its way back
CONTENT_TYPE = "text/html; charset=utf-8"

_PLACE = re.compile(r"\{\{([a-z0-9.-]+)\}\}")
_SECTIONS = re.compile(r"<!-- words: ([a-z ]+) -->")
_INCLUDED = re.compile(r"<!-- include: ([a-z]+)(?: ([a-z]+))? -->")

Words = Mapping[str, str | Mapping[str, str]]


class Look(NamedTuple):
    """How a visitor sees the pages: by two cookies, which the pages set, else by the browser."""

    language: str
    theme: str


def look_of(request: web.BaseRequest) -> Look:
    """The visitor's language and appearance."""
    language = request.cookies.get("language", "")
    theme = request.cookies.get("theme", "")
    if language not in LANGUAGES:
        accepted = negotiation.header(request, "Accept-Language")
        language = negotiation.language(accepted, LANGUAGES)
    return Look(language, theme if theme in THEMES else THEMES[0])


@cache
def words_of(language: str) -> Words:
    """All words in a language; those with a plural have a form for each category."""
    path = FOLDER.parent / "words" / f"{language}.json"
    words: Words = json.loads(path.read_text(encoding="utf-8"))
    return words


def word(look: Look, name: str) -> str:
    """The words with a name, as plain text."""
    found = words_of(look.language)[name]
    return found if isinstance(found, str) else found["other"]


def way_to_root(request: web.BaseRequest) -> str:
    """The relative address of the service's root, as seen from this request's.

    It holds under any path that a proxy has the service at.
    """
    depth = request.rel_url.raw_path.count("/") - 1
    return "../" * depth if 0 < depth < MAX_SLASHES else "./" if depth <= 0 else "/"


def prose(text: str) -> str:
    """A sentence as HTML; text in backticks is code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


@cache
def template(name: str, look: Look, root: str = "./") -> str:
    """A page of `pages/static` in its words; links in it begin with `./`."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    text = _INCLUDED.sub(lambda found: _included(*found.groups()), text)
    text = text.replace("{{theme}}", look.theme)
    text = _PLACE.sub(lambda found: prose(word(look, found[1])), text)
    text = text.replace('="./', f'="{root}')
    return _SECTIONS.sub(lambda found: _data(look.language, found[1].split()), text)


@cache
def _page(name: str, look: Look, root: str) -> StaticText:
    return StaticText(template(name, look, root).encode(), CONTENT_TYPE)


async def page(request: web.Request, name: str) -> web.Response:
    """A page for this visitor."""
    text = _page(name, look_of(request), way_to_root(request))
    return await text.response(request, {**PAGE_HEADERS, **LOOK_HEADERS})


def _included(name: str, view: str | None) -> str:
    """The file `name`, in which the way to this view is the current one."""
    text = (FOLDER / f"{name}.html").read_text(encoding="utf-8").rstrip()
    way = f'data-view="{view}"'
    return text.replace(way, f'{way} aria-current="page"')


def _data(language: str, sections: list[str]) -> str:
    """The words of these sections for scripts: data, which no policy for scripts concerns."""
    words = {
        name: text
        for name, text in words_of(language).items()
        if name.partition(".")[0] in sections
    }
    content = json.dumps(words, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="words">{content}</script>'
