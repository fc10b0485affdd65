"""The names and addresses of pictures, which are digests of their content."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import NamedTuple

SUFFIXES = {"image/webp": "webp", "image/png": "png", "image/jpeg": "jpg"}
MEDIA_TYPES = {suffix: media_type for media_type, suffix in SUFFIXES.items()}
ADDRESS = re.compile(rf"/media/([0-9a-f]{{64}})/[A-Za-z0-9_.-]+\.({'|'.join(MEDIA_TYPES)})")
"""The address of a picture, below the root of the service."""
COPY_QUERY = re.compile(r"\?(?:width=\d{3}|format=[a-z]{3,4})\Z")
"""What the address of a copy has after that of its picture."""
INPUT_SUFFIX = "input"
"""The suffix of pictures that came with requests: they are private, `/media` has none of them."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_INPUT_URI = re.compile(rf"/inputs/([0-9a-f]{{64}})/({'|'.join(MEDIA_TYPES)})\.{INPUT_SUFFIX}")
SHARD_COUNT = 256  # parts of all pictures, by the first byte of the digest
SMALL_WIDTHS = (160, 320, 640)  # of the small copies of a picture, in pixels
COPY_FORMATS = {"png": "png", "jpeg": "jpg", "webp": "webp"}  # and the suffixes of such copies
COPIES = (*(f"{width}.webp" for width in SMALL_WIDTHS), *COPY_FORMATS.values())
"""What the names of copies end with: `320.webp` is a small one, `png` one of the same size."""
MAX_SLUG_CHARACTERS = 60  # of the prompt in a picture's address


class PictureName(NamedTuple):
    """The digest and suffix in the name of a picture."""

    digest: str
    suffix: str

    @property
    def name(self) -> str:
        return f"{self.digest}.{self.suffix}"

    @property
    def prefix(self) -> str:
        """What the URIs of the picture begin with."""
        return f"/{'inputs' if self.suffix == INPUT_SUFFIX else 'media'}/{self.digest}"


def picture_at(uri: str) -> PictureName | None:
    """The picture at a URI; None for one on another server."""
    if match := ADDRESS.fullmatch(uri):
        return PictureName(match[1], match[2])
    match = _INPUT_URI.fullmatch(uri)
    return match and PictureName(match[1], INPUT_SUFFIX)


def public_picture(digest: str, suffix: str) -> PictureName | None:
    """A picture that `/media` may show; None if this is not the name of one."""
    if not _DIGEST.fullmatch(digest) or suffix not in MEDIA_TYPES:
        return None
    return PictureName(digest, suffix)


def media_type_of(picture: PictureName, uri: str) -> str:
    """The media type of the picture at a URI."""
    words = uri.rpartition("/")[2]
    return MEDIA_TYPES[
        words.partition(".")[0] if picture.suffix == INPUT_SUFFIX else picture.suffix
    ]


def digest_of(data: bytes) -> str:
    """The SHA-256 of a picture, in hex."""
    return hashlib.sha256(data).hexdigest()


def slug(prompt: str) -> str:
    """A file name from the words of a prompt: `a-fox-in-the-snow`."""
    plain = unicodedata.normalize("NFKD", prompt[: 4 * MAX_SLUG_CHARACTERS]).encode(
        "ascii", "ignore"
    )
    words = re.sub(rb"[^a-z0-9]+", b"-", plain.lower()).decode()
    return words[:MAX_SLUG_CHARACTERS].strip("-") or "picture"
