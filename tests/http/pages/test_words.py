"""The words of the pages: complete in each language, and nowhere but in the files of words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from aiohttp import ClientSession

from service.http.negotiation import language
from service.http.problems import KINDS
from service.http.server.html_pages import LANGUAGES
from service.installation import PROGRAM

PAGES = Path(__file__).parents[3] / "service" / "http" / "pages"
STATIC = PAGES / "static"
SHOWN = ("placeholder", "aria-label", "title", "alt", "aria-description")
NAMES = {"Feedmill", "fm_…", "openapi.json"}  # the same in every language
PLACE = re.compile(r"\{\{[a-z0-9.-]+\}\}")
STRINGS = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
COMMENTS = re.compile(r"^\s*//.*$|/\*.*?\*/|(?<=[\s;{,(])// .*$", re.MULTILINE | re.DOTALL)

Words = dict[str, str | dict[str, str]]


def words_in(name: str) -> Words:
    words: Words = json.loads((PAGES / "words" / f"{name}.json").read_text(encoding="utf-8"))
    return words


def forms(value: str | dict[str, str]) -> Iterator[str]:
    yield from [value] if isinstance(value, str) else value.values()


def test_each_language_has_the_same_words() -> None:
    first = words_in(LANGUAGES[0])
    for name in LANGUAGES:
        words = words_in(name)
        assert words["language"] == name
        assert list(words) == sorted(words), f"{name}.json is not sorted"
        assert words.keys() == first.keys()
        for key, value in words.items():
            expected, found = (
                {place for form in forms(each) for place in re.findall(r"\{(\w+)\}", form)}
                for each in (first[key], value)
            )
            assert found == expected, key
            assert all(form.strip() for form in forms(value)), key
            assert isinstance(value, str) or set(value) == {"one", "other"}, key
            assert isinstance(value, str) == isinstance(first[key], str), key


def test_the_words_of_problems_are_those_of_the_api() -> None:
    words = words_in("en")
    for slug, kind in KINDS.items():
        assert words[f"shared.problem.{slug}"] == kind.title
        assert str(words[f"problem.help.{slug}"]).replace("{program}", PROGRAM) == kind.help


class Literals(HTMLParser):
    """The texts of a page, and the attributes that people see."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.note(data)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in SHOWN or (
                tag == "meta" and ("name", "description") in attributes and name == "content"
            ):
                self.note(value or "")

    def note(self, text: str) -> None:
        rest = PLACE.sub("", text)
        for name in NAMES:
            rest = rest.replace(name, "")
        if re.search(r"[^\W\d_]", rest):
            self.found.append(text.strip())


@pytest.mark.parametrize("page", sorted(STATIC.glob("*.html")), ids=lambda path: path.name)
def test_no_page_has_words_of_its_own(page: Path) -> None:
    literals = Literals()
    literals.feed(page.read_text(encoding="utf-8"))
    assert literals.found == []


def is_prose(text: str) -> bool:
    """Whether a string of a script looks like words for people."""
    plain = re.sub(r"\$\{.*?\}", "", text)
    return bool(
        re.search(r"[a-z]{2,} [a-z]{2,}.*[.…]$", plain)  # a sentence
        or re.fullmatch(r"[A-Z][a-z]+(?: [a-z]+)*[.…]*", plain)  # a label
    )


CODE = {
    "Enter",
    "Escape",
    "ArrowLeft",
    "ArrowRight",
    "Space",
    "Home",
    "End",
    "Accept",
    "Authorization",
}


@pytest.mark.parametrize("script", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_no_script_has_words_of_its_own(script: Path) -> None:
    code = COMMENTS.sub("", script.read_text(encoding="utf-8"))
    strings = [double or single for double, single in STRINGS.findall(code)]
    assert [text for text in strings if is_prose(text) and text not in CODE] == []


def test_every_word_is_used_and_every_used_one_is_there() -> None:
    words = words_in("en").keys()
    files = [
        *STATIC.glob("*.html"),
        *STATIC.glob("*.js"),
        *PAGES.glob("*.py"),
        *PAGES.parent.glob("server/*.py"),
    ]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    named = set(re.findall(r"\{\{([a-z0-9.-]+)\}\}", text)) - {"theme", "name"}
    named |= set(re.findall(r'\bt\("([^"]+)"', text))
    assert named - words == set()
    made = set(re.findall(r"([a-z]+\.(?:[a-z-]+\.)?)\$?\{", text))  # `studio.ready.${kind}`
    idle = {
        name
        for name in words - named
        if not re.search(rf"[\"']{re.escape(name.removesuffix('-name'))}[\"']", text)
    }
    assert {name for name in idle if not any(name.startswith(start) for start in made)} == {
        "language"
    } - named


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,de;q=0.9", "en"),
        ("fr,de;q=0.5", "de"),
        ("fr", "en"),
        ("*", "en"),
        ("de;q=0,*", "en"),
    ],
)
def test_the_language_is_the_one_that_the_browser_prefers(accepted: str, expected: str) -> None:
    assert language(accepted, LANGUAGES) == expected


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("path", ["/", "/gallery", "/engine", "/docs", "/problems", "/nowhere"])
async def test_pages_are_in_the_language_and_theme_of_the_visitor(
    http: ClientSession, path: str
) -> None:
    ask = {"Accept": "text/html", "Accept-Language": "de"}
    for cookies, expected in [
        ("", ('lang="de"', 'data-theme="system"')),
        ("language=en; theme=dark", ('lang="en"', 'data-theme="dark"')),
        ("language=xx; theme=<b>", ('lang="de"', 'data-theme="system"')),
    ]:
        async with http.get(path, headers={**ask, "Cookie": cookies}) as answer:
            text = await answer.text()
            assert all(part in text.split(">", 2)[1] for part in expected)
            assert {"Accept-Language", "Cookie"} <= set(answer.headers["Vary"].split(", "))
            assert "{{" not in text
