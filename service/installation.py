"""Where this installation has its files: in a clone beside run.py, or as an installed package."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The clone, or the folder of the package `feedmill` in site-packages."""
IS_CLONE = (ROOT / "run.py").is_file()
NAME = "run.py" if IS_CLONE else "feedmill"
PROGRAM = "python run.py" if IS_CLONE else "feedmill"
"""What a user types to start it; messages name it."""
FETCH_MODEL = "python3 dev.py model" if IS_CLONE else "feedmill model"
"""What a user types to get the bundled text model."""
ANNOTATED_CONFIG = ROOT / "config.toml"
"""Every key with its default and comment; `init` copies it."""

COMPLETIONS = ROOT / "completions"
"""Scripts for shells, which the package has and a clone has not."""


def home() -> Path:
    """The folder for data and models unless a configuration file says otherwise."""
    if IS_CLONE:
        return ROOT
    import platformdirs  # noqa: PLC0415 - a clone does not need it

    return Path(platformdirs.user_data_dir("feedmill", appauthor=False))


HOME = home()
MODELS = HOME / (".models" if IS_CLONE else "models")
TEXT_MODEL = MODELS / "smollm2-135m-instruct-q4_1.gguf"
"""The bundled one; see bundled_model.py."""
