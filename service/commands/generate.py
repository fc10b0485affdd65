"""`run.py generate`: sends a prompt to a running service, and prints or saves the result."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from feedmill.client import (
    AsyncFeedmill,
    FeedmillError,
    Generation,
    GenerationProgress,
    SubmissionFields,
)
from feedmill.client.transport import plain
from service.commands.server import add_server, client_of, sentence_of
from service.config import Config
from service.process.standard_streams import OutputLost

WHAT = "have a running service make a post, and wait for it"
PICTURES = Path("feedmill-pictures")  # in the current folder
TAGS = ("text", "image", "instagram")
ADDRESSES = ("http://", "https://", "/media/", "/content/")
CANCEL_SECONDS = 5.0  # for the service to cancel a request


def add(commands: Any) -> None:
    """Describe `generate`."""
    parser = commands.add_parser(
        "generate",
        help=WHAT,
        description=f"{WHAT.capitalize()}: the text goes to standard output."
        " Ctrl-C cancels the request. The exit code is 0 only if every part was generated.",
    )
    parser.add_argument("prompt", metavar="PROMPT", type=_text)
    parser.add_argument("--tag", choices=TAGS, default="instagram", help="what to generate")
    parser.add_argument("--seed", type=int, help="the same prompt and seed give the same result")
    parser.add_argument("--model", metavar="NAME", help="a model of GET /models (default: by kind)")
    parser.add_argument(
        "--n", type=int, default=1, metavar="N", help="so many variants (default: 1)"
    )
    parser.add_argument(
        "--image", metavar="FILE", help="a picture to start from, or the address of one there"
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        help=f"where to save the picture (default: {PICTURES} at a terminal; elsewhere only its "
        "address is printed)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON instead")
    add_server(parser)
    parser.set_defaults(do=generate)


def generate(arguments: argparse.Namespace, config: Config) -> int:
    """The exit code: 0 for a request that is completed, 128 and the signal's number after one."""
    os.umask(arguments.umask)  # the pictures are a person's own files
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # closing the terminal does not cancel the request
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr] # of what it cannot write
    folder = _folder(arguments.out)
    try:
        server = client_of(arguments, config)
        if arguments.out is not None:
            Path(arguments.out).mkdir(parents=True, exist_ok=True)  # before anything is generated
        return asyncio.run(_generate(arguments, server, folder))
    except FeedmillError as refusal:
        return _fail(sentence_of(refusal, "content"))
    except OutputLost:
        raise
    except OSError as error:
        what = "read" if arguments.image and error.filename == arguments.image else "written"
        return _fail(f"{error.filename or 'The output'} cannot be {what} ({error.strerror}).")


async def _generate(
    arguments: argparse.Namespace, server: AsyncFeedmill, folder: Path | None
) -> int:
    fields = _fields(arguments)
    ids: Sequence[str] = ()
    with _interruptible() as signals:
        async with server:
            try:
                ids = await _submit(arguments, server, fields)
                codes = [await _finish(arguments, server, folder, id_) for id_ in ids]
                return max(codes)
            except asyncio.CancelledError:
                sentences = [await _cancel(server, id_) for id_ in ids] or ["Interrupted."]
                print("\n".join(sentences), file=sys.stderr)
                return 128 + signals[0]
            except FeedmillError as why:
                if not ids:
                    raise
                which = "request is" if len(ids) == 1 else "requests are"
                raise FeedmillError(f"{why} The {which} {', '.join(ids)}.") from why


def _fields(arguments: argparse.Namespace) -> SubmissionFields:
    """What goes with the prompt. Raises OSError for a picture that cannot be read."""
    fields = SubmissionFields()
    if arguments.seed is not None:
        fields["seed"] = arguments.seed
    if arguments.model is not None:
        fields["model"] = arguments.model
    if arguments.image is not None:
        named = Path(arguments.image)
        is_address = arguments.image.startswith(ADDRESSES) and not named.exists()
        fields["image"] = arguments.image if is_address else named.read_bytes()
    return fields


async def _submit(
    arguments: argparse.Namespace, server: AsyncFeedmill, fields: SubmissionFields
) -> Sequence[str]:
    if arguments.n == 1:
        return [await server.submit(arguments.prompt, arguments.tag, **fields)]
    return await server.submit_variants(arguments.prompt, arguments.n, arguments.tag, **fields)


def _folder(named: str | None) -> Path | None:
    """The folder for pictures: `--out`, or the default at a terminal; else None."""
    if named is not None:
        return Path(named)
    return PICTURES if sys.stdout.isatty() and sys.stderr.isatty() else None


async def _finish(
    arguments: argparse.Namespace, server: AsyncFeedmill, folder: Path | None, id_: str
) -> int:
    with _shown() as (state, on_away):
        async for event in server.follow(id_, on_away=on_away):
            state.apply(event)
        end = event.data
        done = await server.get(id_)
        picture, trouble = await _saved(server, done, folder)
    address = done.image_url
    if arguments.json:
        print(_json({**end, "picture": picture and str(picture), "pictureUrl": address}))
    elif done.text:
        print(plain(done.text))
    sys.stdout.flush()  # before the line about the picture, if both go to one terminal
    if picture:
        print(f"The picture is in {picture}", file=sys.stderr)
    elif address:
        print(f"{trouble}The picture is at {address}", file=sys.stderr)
    if address and (missing := _missing(done)):
        print(f"Not drawn: {plain(', '.join(missing))}", file=sys.stderr)
    if done.status == "completed":
        return 1 if trouble and arguments.out is not None else 0
    return _fail(f"The request {ENDINGS[done.status]}. {plain(done.error or '')}".strip())


def _json(result: dict[str, Any]) -> str:
    """One line of JSON for any output: characters that it cannot encode are escaped."""
    line = json.dumps(result, ensure_ascii=False)
    try:
        line.encode(sys.stdout.encoding)
    except UnicodeEncodeError:  # a file name that is no UTF-8, or a terminal that is not
        return json.dumps(result)
    return line


def _missing(done: Generation) -> list[str]:
    """The words of the prompt that the picture does not show; empty if the service has none."""
    parts = done.data.get("parts") or {}
    return list((parts.get("image") or {}).get("missing") or ())


ENDINGS = {"failed": "failed", "cancelled": "was cancelled", "expired": "has expired"}


async def _saved(
    server: AsyncFeedmill, done: Generation, folder: Path | None
) -> tuple[Path | None, str]:
    """The file of the saved picture, or None, and a sentence if it cannot be saved."""
    if done.image_url is None or folder is None:
        return None, ""
    try:
        return await server.save(done, folder), ""
    except OSError as error:  # the text is still printed
        return None, f"{error.filename or folder} cannot be written ({error.strerror}). "


async def _cancel(server: AsyncFeedmill, id_: str) -> str:
    """Cancel the request at the service; returns the outcome as a sentence."""
    try:
        async with asyncio.timeout(CANCEL_SECONDS):
            status = await server.cancel(id_)
    except (FeedmillError, TimeoutError) as why:
        return f"Interrupted; the request {id_} is not cancelled. {why}".strip()
    if status != "cancelled":
        return f"Interrupted; the request {id_} is {status}."
    return f"The request {id_} is cancelled."


@contextlib.contextmanager
def _shown() -> Iterator[tuple[GenerationProgress, Callable[[str], None]]]:
    """A context that shows the progress if standard error is a terminal.

    Yields the state to update, and what to call when the service does not answer.
    """
    state = GenerationProgress()
    if not sys.stderr.isatty():
        yield state, lambda _: None
        return
    from service.commands.terminal.progress import ProgressDisplay

    display = ProgressDisplay(state)
    with display.live():
        yield state, display.set_away


@contextlib.contextmanager
def _interruptible() -> Iterator[list[int]]:
    """A context that cancels its task at Ctrl-C and SIGTERM; yields the received signals."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    came: list[int] = []

    def interrupt(number: int) -> None:
        came.append(number)
        if task is not None:
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt, number)
    yield came


def _text(argument: str) -> str:
    """Decode an argument as UTF-8, whatever the locale of the terminal."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeDecodeError:
        raise argparse.ArgumentTypeError("it is not text in UTF-8") from None


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1
