"""Problems as pages for browsers: a single error, and the list of all kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from string import Template
from typing import Any

from aiohttp import web

from service.http.negotiation import add_vary, prefers_html
from service.http.problems import KINDS, MEMBERS, SLUG, ProblemType, encoded
from service.http.server.public_address import PublicAddress
from service.http.server.static_files import FOLDER, PAGE_HEADERS, StaticText

MAX_SLASHES = 32  # in a path; for deeper paths the page does not compute its way back

CONTENT_TYPE = "text/html; charset=utf-8"
_SHELL = Template((FOLDER / "plain.html").read_text(encoding="utf-8"))


def way_to_root(request: web.BaseRequest) -> str:
    """The relative address of the service's root, as seen from this request's.

    It holds under any path that a proxy has the service at.
    """
    depth = request.rel_url.raw_path.count("/") - 1
    return "../" * depth if 0 < depth < MAX_SLASHES else "./" if depth <= 0 else "/"


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
    kind = KINDS[response[SLUG]]
    main = _main(kind, response[MEMBERS], response.headers.get("Retry-After"))
    page = _page(f"{kind.status} {kind.title}", main, way_to_root(request))
    response.headers.update({**PAGE_HEADERS, "Content-Type": CONTENT_TYPE})
    response.headers["Cache-Control"] = "no-store"
    response.body = page.encode(errors="replace")
    return response


@cache
def problems_page(root: str) -> StaticText:
    """The page that the `type` of every problem links to."""
    sections = "\n".join(
        f'<section id="{kind.slug}"><h2>{escape(kind.title)} <small>{kind.status}</small></h2>'
        f"<p>{_prose(kind.help)}</p></section>"
        for kind in KINDS.values()
    )
    intro = (
        "Every error is <code>application/problem+json</code>, or a page for browsers; its "
        f'<code>type</code> links here. <a href="{root}docs">The whole API</a>.'
    )
    main = f"<h1>Problems</h1>\n<p>{intro}</p>\n{sections}"
    return StaticText(_page("problems", main, root).encode(), CONTENT_TYPE)


def _page(title: str, main: str, root: str) -> str:
    page = _SHELL.substitute(title=escape(title), main=main)
    return page if root == "./" else page.replace('="./', f'="{root}')


def _main(kind: ProblemType, members: Mapping[str, Any], retry_after: str | None) -> str:
    reasons = {error["name"]: error["reason"] for error in members.get("errors", ())}
    rows = _rows({**reasons, **members.get("waiting_for", {})})
    again = f"<p>Try again in {escape(retry_after)} s.</p>" if retry_after else ""
    return (
        f'<p class="code">{kind.status}</p>\n<h1>{escape(kind.title)}</h1>\n'
        f'<p class="lead">{_prose(members["detail"])}</p>\n{rows}{again}\n'
        f'<section class="help"><h2>What to do</h2><p>{_prose(kind.help)}</p></section>\n'
        '<p><a class="primary" href="./">Open the studio</a></p>'
    )


def _rows(named: Mapping[str, str]) -> str:
    rows: Iterable[str] = (
        f"<dt>{escape(name)}</dt><dd>{_prose(reason)}</dd>" for name, reason in named.items()
    )
    return f'<dl class="reasons">{"".join(rows)}</dl>\n' if named else ""


def _prose(text: str) -> str:
    """A sentence as HTML; text in backticks is code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))
