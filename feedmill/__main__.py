"""`feedmill`, or `python -m feedmill`: the service and its commands, as `run.py` in a clone."""

from __future__ import annotations

import sys

from service import command_line


def main() -> None:
    """Run the command line and exit."""
    sys.exit(command_line.run())


if __name__ == "__main__":
    main()
