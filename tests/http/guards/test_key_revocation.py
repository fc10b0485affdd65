"""Who is answered for long is looked at again and again, whatever a look comes to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from service.http.guards import key_revocation
from service.http.guards.key_revocation import KeyRevocation
from service.http.problems import Problem
from tests.support.waiting import HANGS_SECONDS


async def test_a_failed_check_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_revocation, "CHECK_SECONDS", 0.01)
    comes_to: list[Exception] = [
        ValueError("A defect."),
        Problem("unauthorized", "The key is wrong."),
    ]
    broken: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, why: broken.append(why["exception"]))

    async def admit(_request: object) -> None:
        if comes_to:
            raise comes_to.pop(0)

    woken = asyncio.Event()
    with KeyRevocation(admit).register(make_mocked_request("GET", "/"), woken.set) as stream:
        async with asyncio.timeout(HANGS_SECONDS):
            await woken.wait()
        assert stream.over
    assert [str(error) for error in broken] == ["A defect."]
