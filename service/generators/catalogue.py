"""The available generators: one file each, and one line each in these tables.

A generator is a class with the constructor `(settings: Settings, home: Path)`. `Settings` is a
frozen msgspec.Struct in the same file, with the keys of the generator's table in config.toml;
`home` is a folder it may write to.
"""

import sys
from typing import Any

import msgspec

from service.generators.comfyui.image import ComfyUIImage
from service.generators.illustrator import Illustrator
from service.generators.local.text import Local
from service.generators.openai.image import OpenAIImage
from service.generators.openai.text import OpenAIText
from service.generators.remote import RemoteImage, RemoteText
from service.generators.simulated import SimulatedImage, SimulatedText

TEXT: dict[str, Any] = {
    "local": Local,
    "openai": OpenAIText,
    "remote": RemoteText,
    "simulated": SimulatedText,
}
IMAGE: dict[str, Any] = {
    "comfyui": ComfyUIImage,
    "illustrator": Illustrator,
    "openai": OpenAIImage,
    "remote": RemoteImage,
    "simulated": SimulatedImage,
}

OF_KIND = {"text": TEXT, "image": IMAGE}


def settings_of(generator: Any) -> type[msgspec.Struct]:
    """The Settings class in the file of a generator."""
    settings: type[msgspec.Struct] = sys.modules[generator.__module__].Settings
    return settings
