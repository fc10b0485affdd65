"""Headers that make an answer safe to show in a browser, whatever is in it."""

from __future__ import annotations

from aiohttp import web

SAFETY = {
    "Server": "Feedmill",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
UNLESS_SAID = {
    "Cache-Control": "no-store",  # it changes, or belongs to somebody
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What a handler may decide otherwise."""


def safe(response: web.StreamResponse) -> web.StreamResponse:
    """Add the headers that every answer carries."""
    headers = response.headers
    headers.update(SAFETY)
    for name, value in UNLESS_SAID.items():
        headers.setdefault(name, value)
    return response
