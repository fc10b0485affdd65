"""The picture that a picture is made from: a file in the form, or the address of one."""

from __future__ import annotations

import hashlib
from typing import Any, Self

from service.config import HttpConfig
from service.http.parameters.types import checked_text

MAX_ADDRESS_CHARACTERS = 2000


class InputImage:
    """A file that was uploaded, not checked yet, or the address of a picture of this service."""

    __slots__ = ("_digest", "address", "data")

    def __init__(self, address: str = "", data: bytes = b"") -> None:
        self.address = address
        self.data = data
        self._digest = ""

    def __str__(self) -> str:
        """What stands for it where calls are compared."""
        if self.data and not self._digest:
            self._digest = hashlib.sha256(self.data).hexdigest()
        return self.address or self._digest

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        if isinstance(value, cls):
            return value
        return cls(checked_text(value, MAX_ADDRESS_CHARACTERS))

    @classmethod
    def schema(cls, http: HttpConfig) -> dict[str, Any]:
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_ADDRESS_CHARACTERS,
            "description": "The picture to start from, for models with the ability `image`: the "
            "address of a picture of this service, or in multipart/form-data a file (PNG, JPEG or "
            f"WebP) of at most {http.largest_picture} bytes.",
            "examples": [f"/media/{'0' * 64}/a-fox.webp"],
        }
