"""The sentence of a refusal that says what to do."""

from __future__ import annotations

PLUG_IN = 'Set text.generator to "openai" or text.local.model to a larger model for that.'
