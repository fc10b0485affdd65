"""What a generator of a plug-in implements, and what it returns and raises.

A generator is a class `(settings, home)`; a `Settings` struct in its module has its keys in the
configuration. A package names it in the entry point group `feedmill.generators`.
"""

from service.generators.abilities import IMAGE_ABILITIES, TEXT_ABILITIES
from service.generators.protocol import (
    CHAT_FIELDS,
    CannotStart,
    Cause,
    ChatRequest,
    Checked,
    Distributed,
    Drawn,
    GenerationFailed,
    Generator,
    InputPicture,
    Job,
    Observed,
    Say,
    ServerState,
    Stage,
    Turn,
    Written,
    report_stage,
)

__all__ = [
    "CHAT_FIELDS",
    "IMAGE_ABILITIES",
    "TEXT_ABILITIES",
    "CannotStart",
    "Cause",
    "ChatRequest",
    "Checked",
    "Distributed",
    "Drawn",
    "GenerationFailed",
    "Generator",
    "InputPicture",
    "Job",
    "Observed",
    "Say",
    "ServerState",
    "Stage",
    "Turn",
    "Written",
    "report_stage",
]
