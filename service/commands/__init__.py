"""The commands of `run.py` besides serving: one module for each.

A command has `add(commands)`, which describes its arguments to argparse and sets `do` to a function
of the arguments and the configuration that returns the exit code.
"""

from __future__ import annotations

from service.commands import (
    backup,
    completion,
    dashboards,
    doctor,
    feed,
    generate,
    init,
    keys,
    mcp,
    migrate_to,
    model,
    models,
    openapi,
    pools,
    status,
)

COMMANDS = (
    backup,
    completion,
    dashboards,
    doctor,
    feed,
    generate,
    init,
    keys,
    mcp,
    migrate_to,
    model,
    models,
    openapi,
    pools,
    status,
)
