"""Keys and the focus in pages."""

from __future__ import annotations

from playwright.async_api import Locator, expect


async def give_focus(target: Locator) -> None:
    """Give the focus to an element as soon as it is shown.

    Playwright waits for this before a click, but not before `focus` and `press`: with an element
    that is still hidden these do nothing.
    """
    await expect(target).to_be_visible()
    await target.focus()
    await expect(target).to_be_focused()


async def press(target: Locator, key: str) -> None:
    """Press a key on an element as soon as it is shown."""
    await give_focus(target)
    await target.press(key)
