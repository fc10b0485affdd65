"""`run.py doctor`: checks everything that the service needs, and prints the findings."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from service.config import Config, ConfigError

if TYPE_CHECKING:
    from service.doctor.finding import Finding

WHAT = "check the machine, the configuration and every back end"
MARKS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


def add(commands: Any) -> None:
    """Describe `doctor`."""
    parser = commands.add_parser(
        "doctor", help=WHAT, description=f"{WHAT.capitalize()}. Exit code 0 if all is well."
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(do=examine)


def examine(arguments: argparse.Namespace, config: Config) -> int:
    """Print the findings; 1 if there is a problem."""
    import msgspec

    from service.doctor.examination import examine as all_findings
    from service.doctor.finding import problem

    refused = []
    try:
        config = arguments.read()  # with custom generators, as the service reads it
    except ConfigError as error:
        refused = [problem("configuration", str(error), "Correct it: the service cannot start.")]
    findings = [*refused, *asyncio.run(all_findings(config))]
    if arguments.json:
        body = msgspec.json.format(msgspec.json.encode(findings), indent=2)
        sys.stdout.buffer.write(body + b"\n")
    else:
        _show(findings)
    return int(any(finding.verdict == "problem" for finding in findings))


def _show(findings: Sequence[Finding]) -> None:
    wide = max(len(finding.check) for finding in findings)
    for finding in findings:
        print(f"{MARKS[finding.verdict]} {finding.check:{wide}}  {finding.says}")
        for line in finding.advice.splitlines():
            print(f"{'':{len(MARKS['ok']) + wide + 3}}{line}")
