"""Child processes: a small environment for them, and a command line that ends with this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

CANNOT_RUN = 126  # exit code of the launcher when there is no such program; shells use it as well
LAUNCHER = Path(__file__).with_name("launcher.py")

NEEDED = frozenset({
    "PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "SYSTEMROOT",
    # how an interpreter finds its libraries
    "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH",
    "VIRTUAL_ENV",
    "PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "PYTHONNOUSERSITE", "PYTHONPLATLIBDIR",
    "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONUTF8", "__PYVENV_LAUNCHER__",
})  # fmt: skip
FAMILIES = (
    *("LC_", "MALLOC_", "OMP_", "KMP_", "MKL_", "OPENBLAS_"),
    *("GGML_", "CUDA_", "NVIDIA_", "HIP_", "HSA_", "ROCR_", "VK_"),
)
"""Prefixes of variables that choose a language, memory, or processors for a model."""


def environment(whole: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment for children: no keys, tokens or settings of the service."""
    return {
        name: value for name, value in whole.items() if name in NEEDED or name.startswith(FAMILIES)
    }


def tied(words: Sequence[str]) -> list[str]:
    """A command line for a program that the kernel ends together with this process (Linux).

    A small launcher requests this and becomes the program. Doing it between fork and exec in this
    process, which has threads, may deadlock. The thread that starts it must live as long.
    """
    if sys.platform != "linux":
        return list(words)
    return [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), *words]
