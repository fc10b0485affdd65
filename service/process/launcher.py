"""A launcher that becomes another program, which the kernel ends together with its parent (Linux).

`python launcher.py PARENT PROGRAM ARGUMENT…`, started by child_process.py. It is run by path, and
imports nothing of this project: it is one of the first things that a start waits for.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2); it outlives execve(2)


def main() -> None:
    parent, program, *arguments = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() == int(parent):  # else the parent has died already
        try:
            os.execv(program, [program, *arguments])  # noqa: S606 - that is what it is for
        except OSError:
            sys.exit(126)  # see child_process.py


if __name__ == "__main__":
    main()
