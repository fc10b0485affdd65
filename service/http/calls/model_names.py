"""What the name of a model stands for: other services' programs name models that are not here."""

from __future__ import annotations

import re

from service.config import Config, Model
from service.messages import TAGS, Tag

_KINDS: dict[str, Tag] = {tag: tag for tag in TAGS}
_PICTURES = re.compile(
    r"flux|diffusion|sdxl|\bsd-?[123]|imagen?\b|image|ideogram|recraft|dall-?e|kandinsky|seedream|"
    r"hidream|pixart|photo|picture|playground-v|janus|sana\b",
    re.IGNORECASE,
)
_TEXTS = re.compile(
    r"llm|llama|gpt|claude|gemini|mistral|mixtral|qwen(?!-image)|deepseek|phi-|gemma|openrouter|chat",
    re.IGNORECASE,
)

_TO_TEXT = re.compile(r"(?:to|2)-?text\b", re.IGNORECASE)


def named_model(name: str, config: Config) -> Model | None:
    """The configured model that a name, or a part of one, stands for."""
    if not config.named:
        return None
    parts = (name, *re.split(r"[/:]", name))
    return next((config.named[part] for part in parts if part in config.named), None)


def tag_of(name: str, fallback: Tag) -> Tag:
    """What a model of this name makes.

    A part of the name that is a tag decides, then the words in it: tags, and those that names of
    well-known models have.
    """
    for part in re.split(r"[/:]", name.lower()):
        if part in _KINDS:
            return _KINDS[part]
    words = re.split(r"[^a-z0-9]+", name.lower())
    if "instagram" in words:
        return "instagram"
    if _TO_TEXT.search(name):
        return "text"
    if _PICTURES.search(name):
        return "image"
    return "text" if "text" in words or _TEXTS.search(name) else fallback
