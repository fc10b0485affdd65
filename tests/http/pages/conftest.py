"""What the tests of making things in the studio share: one service and one browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.http.pages.test_studio import ARGUMENTS, SIMULATED, installed_browser
from tests.support.running import Running, running_service

LIMIT = 6  # unfinished requests of one client
MODELS = '[models.good]\nkind = "text"\ngenerator = "simulated"\n'


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def making_service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("making")
    (folder / "config.toml").write_text(MODELS)
    settings = (*SIMULATED, f"limits.max_queued={LIMIT}", "retention.results=0")
    async with running_service(folder, *settings) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests: every visitor has a separate context."""
    path = installed_browser()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()
