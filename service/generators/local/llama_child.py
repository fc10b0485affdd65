"""The process that holds a GGUF model and serves it as an OpenAI-compatible API on loopback.

Its parent is `model_process.py`. It is started by path, not with `-m`, and imports nothing of this
project: what the service needs would only cost it memory and start-up time.

It reads an API key (one line) from standard input, prints its base URL (one line) to standard
output, and lives until standard input closes. So it never outlives its parent, however that dies.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from typing import Any

MAX_LOG_BYTES = 1_000_000
"""The largest log file that the operating system lets this process write."""

NICENESS = 10
"""The niceness of this process: the service's event loop has to answer in milliseconds."""

BATCH_TOKENS = 64
"""Of a prompt, read at a time: a cancelled job is only noticed between two batches."""

VERBOSITY_ERRORS = 1
"""The verbosity of llama.cpp's log that has only errors."""


def main() -> None:
    options = arguments()
    key = sys.stdin.readline().strip()
    address = os.dup(1)
    os.dup2(2, 1)  # what C++ libraries print goes to the log, not to the parent
    be_a_quiet_neighbour()
    server = serve(options, key)
    os.write(address, f"{server.listening_address}/v1\n".encode())
    os.close(address)
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    # there is nothing to save, and the destructor would wait for running generations
    os._exit(0)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--slots", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--context", type=int, required=True, help="tokens per slot")
    return parser.parse_args()


def be_a_quiet_neighbour() -> None:
    """Run with lower priority than the service, ignore stop signals, and limit the log's size."""
    # Ctrl-C and a service manager's stop reach the whole process group, but the service finishes
    # running texts first. It ends this process by closing standard input.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - only Unix has it

    os.nice(NICENESS)
    # The log is the only file written here. Python ignores SIGXFSZ: a longer log is cut.
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    limit = MAX_LOG_BYTES if hard == resource.RLIM_INFINITY else min(MAX_LOG_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))


def encodable(path: str) -> str:
    """The path; for one that is not UTF-8, which C++ cannot take, another path to the same file."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return f"/dev/fd/{os.open(path, os.O_RDONLY)}"
    return path


def serve(options: argparse.Namespace, key: str) -> Any:
    """Load the model and open its server on a free loopback port."""
    import xllamacpp  # noqa: PLC0415 - a CPU that cannot run it must die after the set-up above

    params = xllamacpp.CommonParams()
    name = os.path.basename(options.model).removesuffix(".gguf")  # noqa: PTH119 - no pathlib for one name
    params.model.path = encodable(options.model)
    params.model_alias = {name.encode(errors="backslashreplace").decode()}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.n_parallel = options.slots
    params.n_ctx = options.slots * options.context
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options.threads
    # One thread per connection that waits for a slot, and one for a request to /slots.
    params.n_threads_http = 2 * options.slots + 2
    params.cache_ram_mib = 0  # old conversations are never continued here
    params.warmup = params.fit_params = params.ui = False
    params.verbosity = VERBOSITY_ERRORS
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
