"""A drawing process: reads jobs from stdin, writes pictures to stdout, ends when stdin closes.

Started by children.py as `python -m service.generators.illustrator.processes.child`.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import BinaryIO

from service.generators.illustrator.drawing import draw
from service.generators.illustrator.processes.wire import (
    HEAD,
    DrawingJob,
    FinishedPicture,
    Hello,
    Trouble,
    decode_job,
    framed,
    length,
)
from service.generators.illustrator.reading.words.lexicon import lexicon

NICENESS = 10
"""Pictures may wait a little; the service's event loop, on the same cores, may not."""


def main() -> None:
    # A stop is the parent's to decide (it may still want the picture in hand): these signals reach
    # the whole process group from a terminal or a service manager. Closing stdin ends the child.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    # Pictures leave on a private copy of stdout, so that no library's print can break the framing.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        serve(sys.stdin.buffer, out)
    except BrokenPipeError:  # the service is gone in the middle of a picture
        os._exit(0)  # no flush of the broken pipe at exit


def serve(jobs: BinaryIO, out: BinaryIO) -> None:
    say(out, Hello())
    lexicon()  # read the word tables while there is nothing else to do
    while head := jobs.read(HEAD.size):
        say(out, answer(decode_job(jobs.read(length(head)))))


def say(out: BinaryIO, message: Hello | FinishedPicture | Trouble) -> None:
    out.write(framed(message))
    out.flush()


def answer(job: DrawingJob) -> FinishedPicture | Trouble:
    try:
        size = (job.width, job.height)
        drawn = draw(job.prompt, job.seed, size, quality=job.quality, style=job.style)
    except Exception:  # noqa: BLE001 - a fault in one drawing must not end the process
        traceback.print_exc()
        return Trouble()
    return FinishedPicture(drawn.data, drawn.missing, drawn.alt)


if __name__ == "__main__":
    main()
