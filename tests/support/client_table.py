"""The table in docs/clients.md: what each client can do here, made of what its tests did.

A test that drives a client unchanged has the mark `client_call(CLIENT, CALL)`, or with
`why_not="…"` if it shows that the call cannot work. A row passes if all its tests do.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

import pytest

from tests.support.running import HOME

MARK = "client_call"
PAGE = HOME / "docs" / "clients.md"
BEGIN, END = "<!-- clients: begin -->\n", "<!-- clients: end -->\n"
HEAD = "| client | setting | call | outcome |\n|---|---|---|---|\n"
PASSED = "passed"


@dataclass(frozen=True)
class KnownClient:
    """A client: its name for people, the package with its version, and how it finds the service."""

    name: str
    package: str
    registry: Literal["dev", "apart", "npm"]
    """Where its version is: requirements-dev.lock, tests/clients/requirements.txt or
    tests/clients/package-lock.json.
    """
    setting: str

    def version(self) -> str:
        """The locked version."""
        if self.registry == "npm":
            lock = json.loads((HOME / "tests/clients/package-lock.json").read_text())
            return str(lock["packages"][f"node_modules/{self.package}"]["version"])
        dev = self.registry == "dev"
        file = HOME / ("requirements-dev.lock" if dev else "tests/clients/requirements.txt")
        [version] = re.findall(
            rf"^{re.escape(self.package)}==(\S+)", file.read_text(), re.MULTILINE
        )
        return str(version)

    def cells(self) -> str:
        """The beginning of its rows."""
        return f"| {self.name} {self.version()} | {self.setting} | "


OPENAI_URL = "base URL `…/v1`"
CLIENTS = {
    "openai-python": KnownClient("openai (Python)", "openai", "dev", OPENAI_URL),
    "openai-js": KnownClient("openai (JavaScript)", "openai", "npm", OPENAI_URL),
    "ai-sdk-openai": KnownClient("@ai-sdk/openai", "@ai-sdk/openai", "npm", OPENAI_URL),
    "ai-sdk-compatible": KnownClient(
        "@ai-sdk/openai-compatible", "@ai-sdk/openai-compatible", "npm", OPENAI_URL
    ),
    "langchain": KnownClient("langchain-openai", "langchain-openai", "apart", OPENAI_URL),
    "litellm": KnownClient("litellm", "litellm", "apart", "`api_base` `…/v1`, model `openai/NAME`"),
    "replicate-python": KnownClient(
        "replicate (Python)", "replicate", "dev", "`base_url` `…/replicate`"
    ),
    "replicate-js": KnownClient(
        "replicate (JavaScript)", "replicate", "npm", "`baseUrl` `…/replicate/v1`"
    ),
    "ai-sdk-replicate": KnownClient(
        "@ai-sdk/replicate", "@ai-sdk/replicate", "npm", "`baseURL` `…/replicate/v1`"
    ),
    "fal-python": KnownClient(
        "fal-client (Python)", "fal-client", "dev", "TLS in front, `FAL_RUN_HOST` `…/fal/run`"
    ),
    "fal-js": KnownClient("@fal-ai/client", "@fal-ai/client", "npm", "`proxyUrl` `…/fal/proxy`"),
    "ai-sdk-fal": KnownClient("@ai-sdk/fal", "@ai-sdk/fal", "npm", "`baseURL` `…/fal/run`"),
    "huggingface": KnownClient(
        "huggingface_hub", "huggingface-hub", "dev", "`base_url` `…/v1/text-to-image`"
    ),
    "mcp": KnownClient("mcp (Python)", "mcp", "dev", "command `run.py mcp`"),
}
"""In the order of the table."""


class Call(NamedTuple):
    """A row of the table."""

    client: str
    call: str
    why_not: str = ""

    def row(self, *, passed: bool = True) -> str:
        """The row; one whose tests fail says so."""
        outcome = f"no: {self.why_not}" if self.why_not else PASSED
        if not passed:
            outcome = "its test fails"
        return f"{CLIENTS[self.client].cells()}{self.call} | {outcome} |\n"


def calls_of(item: pytest.Item) -> list[Call]:
    """The rows that a test belongs to."""
    return [Call(*mark.args, **mark.kwargs) for mark in item.iter_markers(MARK)]


def table_in_docs() -> list[str]:
    """The rows that are in the docs."""
    table = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    return table.removeprefix(HEAD).splitlines(keepends=True)


def write_table(made: Mapping[str, str]) -> None:
    """Put rows into the docs, by their beginnings; others of the same versions stay."""
    clients = [client.cells() for client in CLIENTS.values()]
    rows = {**{row.rpartition(" | ")[0]: row for row in table_in_docs()}, **made}
    known = [
        (place, row)
        for row in rows.values()
        for place, cells in enumerate(clients)
        if row.startswith(cells)
    ]
    text = "".join(row for _, row in sorted(known))
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{HEAD}{text}{END}{rest.partition(END)[2]}")


class ClientTable:
    """A plugin: it collects the outcomes of a run, and writes the table or compares it."""

    def __init__(self, *, write: bool) -> None:
        self._write = write
        self._outcomes: dict[Call, list[bool]] = defaultdict(list)
        self._wrong: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a test did. One that is skipped leaves its rows as they are."""
        for name, value in report.user_properties:
            if name == MARK and (report.when == "call" or report.failed) and not report.skipped:
                self._outcomes[Call(*cast("Sequence[str]", value))].append(report.passed)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the table, or fail the run if a row of a test that ran is not in it."""
        rows = [call.row(passed=all(passed)) for call, passed in self._outcomes.items()]
        if self._write:
            write_table({row.rpartition(" | ")[0]: row for row in rows})
            return
        self._wrong = sorted(set(rows).difference(table_in_docs()))
        if self._wrong and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which rows are missing."""
        if self._wrong:
            terminalreporter.section("docs/clients.md: write it with --write-client-table")
            terminalreporter.write("".join(self._wrong))
