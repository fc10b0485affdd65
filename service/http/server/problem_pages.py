"""Problems as pages for browsers: a single error, and the list of all kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from typing import Any

from aiohttp import web

from service.http.negotiation import add_vary, prefers_html
from service.http.problems import KINDS, MEMBERS, SLUG, ProblemType, encoded
from service.http.server.html_pages import (
    CONTENT_TYPE,
    LOOK_HEADERS,
    Look,
    look_of,
    prose,
    template,
    way_to_root,
    word,
)
from service.http.server.public_address import PublicAddress
from service.http.server.static_files import PAGE_HEADERS, StaticText
from service.installation import PROGRAM


def negotiated(
    request: web.BaseRequest, response: web.StreamResponse, public: PublicAddress
) -> web.StreamResponse:
    """The response; a problem becomes a page if the client prefers one."""
    if response.status < 400 or not isinstance(response, web.Response):
        return response  # nearly all of them, without a look-up
    if MEMBERS not in response:
        return response
    add_vary(response.headers, "Accept")
    if not prefers_html(request):
        if path := public.path(request):
            content = response[MEMBERS]
            response.body = encoded({**content, "type": path + content["type"]})
        return response
    kind, look = KINDS[response[SLUG]], look_of(request)
    root = way_to_root(request)
    main = _main(kind, response[MEMBERS], response.headers.get("Retry-After"), look, root)
    heading = f"{kind.status} {word(look, f'shared.problem.{kind.slug}')}"
    page = plain_page(heading, main, look, root)
    add_vary(response.headers, LOOK_HEADERS["Vary"])
    response.headers.update({**PAGE_HEADERS, "Content-Type": CONTENT_TYPE})
    response.headers["Cache-Control"] = "no-store"
    response.body = page.encode(errors="replace")
    return response


@cache
def problems_page(look: Look, root: str) -> StaticText:
    """The page that the `type` of every problem links to."""
    sections = "\n".join(
        f'<section id="{kind.slug}">'
        f"<h2>{escape(word(look, f'shared.problem.{kind.slug}'))} <small>{kind.status}</small></h2>"
        f"<p>{_help(kind, look)}</p></section>"
        for kind in KINDS.values()
    )
    whole = f'<a href="{root}docs">{escape(word(look, "problem.whole-api"))}</a>.'
    heading = word(look, "problem.heading")
    intro = f"{prose(word(look, 'problem.intro'))} {whole}"
    main = f"<h1>{escape(heading)}</h1>\n<p>{intro}</p>\n{sections}"
    return StaticText(plain_page(heading, main, look, root).encode(), CONTENT_TYPE)


def plain_page(title: str, main: str, look: Look, root: str) -> str:
    """A page of text with this title; `main` is HTML, whose links begin with the root."""
    page = template("plain.html", look, root)
    return page.replace("<!-- title -->", escape(title)).replace("<!-- main -->", main)


def _help(kind: ProblemType, look: Look) -> str:
    return prose(word(look, f"problem.help.{kind.slug}").replace("{program}", PROGRAM))


def _main(
    kind: ProblemType, members: Mapping[str, Any], retry_after: str | None, look: Look, root: str
) -> str:
    reasons = {error["name"]: error["reason"] for error in members.get("errors", ())}
    rows = _rows({**reasons, **members.get("waiting_for", {})})
    again = word(look, "problem.again").replace("{seconds}", escape(retry_after or ""))
    return (
        f'<p class="code">{kind.status}</p>\n'
        f"<h1>{escape(word(look, f'shared.problem.{kind.slug}'))}</h1>\n"
        f'<p class="lead" lang="en">{prose(members["detail"])}</p>\n'
        f"{rows}{f'<p>{again}</p>' if retry_after else ''}\n"
        f'<section class="help"><h2>{escape(word(look, "problem.do"))}</h2>'
        f"<p>{_help(kind, look)}</p></section>\n"
        f'<p><a class="primary" href="{root}">{escape(word(look, "problem.studio"))}</a></p>'
    )


def _rows(named: Mapping[str, str]) -> str:
    rows: Iterable[str] = (
        f"<dt>{escape(name)}</dt><dd>{prose(reason)}</dd>" for name, reason in named.items()
    )
    return f'<dl class="reasons" lang="en">{"".join(rows)}</dl>\n' if named else ""
