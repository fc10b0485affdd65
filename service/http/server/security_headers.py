"""Headers that make any answer safe to show in a browser."""

from __future__ import annotations

from aiohttp import web

SAFETY = {
    "Server": "Feedmill",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
DEFAULTS = {
    "Cache-Control": "no-store",  # answers change, or are private
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Defaults that a handler may override."""


def safe(response: web.StreamResponse) -> web.StreamResponse:
    """Add the headers that every answer has."""
    headers = response.headers
    headers.update(SAFETY)
    for name, value in DEFAULTS.items():
        headers.setdefault(name, value)
    return response
