"""Everything but the picture is removed from a file, in every format."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from service.generators.pictures.cleaner import Incomplete, cleaned
from tests.support.pictures import picture

SECRET = b"a secret prompt"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
DESCRIPTION = 0x010E
FORMATS = ["PNG", "JPEG", "WEBP"]


def exif() -> Image.Exif:
    tags = Image.Exif()
    tags[DESCRIPTION] = SECRET.decode()
    return tags


def texts() -> PngInfo:
    info = PngInfo()
    info.add_text("parameters", SECRET.decode())
    info.add_text("workflow", SECRET.decode(), zip=True)
    info.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET.decode()}</x>")
    return info


EXTRAS: dict[str, dict[str, Any]] = {
    "PNG": {"pnginfo": texts(), "exif": exif(), "icc_profile": PROFILE, "dpi": (72, 72)},
    "JPEG": {"comment": SECRET, "exif": exif(), "icc_profile": PROFILE, "xmp": SECRET},
    "WEBP": {"exif": exif(), "icc_profile": PROFILE, "xmp": b"<x>" + SECRET + b"</x>"},
}


def saved(kind: str, mode: str = "RGB", **extras: Any) -> bytes:
    file = io.BytesIO()
    image = Image.open(io.BytesIO(picture("PNG", 40, 30))).convert(mode)
    image.save(file, kind, **extras)
    return file.getvalue()


def shown(data: bytes) -> tuple[Any, ...]:
    """The pixels, and how they are to be shown."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.format, image.size, image.mode, image.tobytes()


@pytest.mark.parametrize("kind", FORMATS)
def test_metadata_is_removed(kind: str) -> None:
    data = saved(kind, **EXTRAS[kind])
    clean = cleaned(data)
    assert SECRET not in clean
    assert zlib.compress(SECRET)[2:8] not in clean
    assert shown(clean) == shown(data)
    with Image.open(io.BytesIO(clean)) as image:
        assert not image.getexif()
        harmless = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        if kind == "JPEG":
            harmless |= {"dpi"}  # Pillow's own default
        assert set(image.info) <= harmless | {"loop", "background", "timestamp", "duration"}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("behind", [bytes(200), SECRET * 9, picture("JPEG"), b"\0", b"\xff"])
def test_bytes_after_the_end_are_removed(kind: str, behind: bytes) -> None:
    data = picture(kind)
    assert cleaned(data + behind) == data


@pytest.mark.parametrize(
    ("kind", "mode", "how"),
    [
        *(("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGBA", "I;16")),
        ("PNG", "P", {"transparency": 3}),
        *(("JPEG", mode, {}) for mode in ("L", "CMYK")),
        ("JPEG", "RGB", {"progressive": True, "optimize": True}),
        ("JPEG", "RGB", {"restart_marker_rows": 1, "quality": 95}),
        ("WEBP", "RGBA", {}),
        ("WEBP", "RGB", {"lossless": True}),
    ],
)
def test_a_picture_without_metadata_is_unchanged(kind: str, mode: str, how: dict[str, Any]) -> None:
    data = saved(kind, mode, **how)
    assert cleaned(data) == data


def test_a_thumbnail_in_a_jpeg_is_removed() -> None:
    data = picture("JPEG")
    thumbnail = b"\x01\x01" + bytes(3)
    segment = b"JFIF\0\x01\x01\0\0\x01\0\x01" + thumbnail
    with_one = data[:2] + struct.pack(">BBH", 0xFF, 0xE0, len(segment) + 2) + segment + data[20:]
    assert shown(with_one) == shown(data)
    assert cleaned(with_one) == cleaned(data)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_truncated_file_is_incomplete(kind: str) -> None:
    data = saved(kind, **EXTRAS[kind])
    assert cleaned(data)
    for end in range(len(data) - 1):
        with pytest.raises(Incomplete):
            cleaned(data[:end])
