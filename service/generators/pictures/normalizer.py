"""Makes a picture look the same in every program; runs in decoder.py's process.

Some programs ignore the orientation, the colour profile or all frames but one. So a turned picture
becomes upright, an animation its first frame, and the colours sRGB, which is what programs assume.
Nearly all pictures are so already: their pixels are not encoded again.
"""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageCms, ImageOps

ORIENTATION_TAG = 0x0112  # in EXIF
TURNED = range(2, 9)  # the values of a picture that is not upright
JPEG_QUALITY, WEBP_QUALITY = 95, 95
MPO = "MPO"  # a JPEG with a preview behind it, which cameras write


def normalized(data: bytes, picture: Image.Image) -> bytes:
    """The file of an upright picture with one frame in sRGB, maybe the same bytes.

    `picture` is the opened `data`. A profile for sRGB may still be in the file.
    """
    profile: bytes = picture.info.get("icc_profile") or b""
    is_turned = picture.getexif().get(ORIENTATION_TAG) in TURNED
    is_animated = picture.format != MPO and getattr(picture, "n_frames", 1) > 1
    is_foreign = bool(profile) and not _is_srgb(profile)
    if not (is_turned or is_animated or is_foreign):
        return data
    picture.seek(0)
    upright = ImageOps.exif_transpose(picture)
    return _saved(_in_srgb(upright, profile) if is_foreign else upright, str(picture.format), data)


def _is_srgb(profile: bytes) -> bool:
    try:
        return "srgb" in ImageCms.getProfileDescription(io.BytesIO(profile)).lower()
    except (ImageCms.PyCMSError, OSError):
        return False


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """The picture with its colours in sRGB; unchanged if the profile is unusable."""
    has_alpha = picture.has_transparency_data
    if picture.mode in ("P", "PA", "1"):
        picture = picture.convert("RGBA" if has_alpha else "RGB")
    mode = "RGBA" if has_alpha else "RGB"
    try:
        srgb = ImageCms.createProfile("sRGB")
        return (
            ImageCms.profileToProfile(picture, io.BytesIO(profile), srgb, outputMode=mode)
            or picture
        )
    except (ImageCms.PyCMSError, OSError):
        return picture


def _saved(picture: Image.Image, form: str, data: bytes) -> bytes:
    options: dict[str, Any] = {"icc_profile": None}
    if form in ("JPEG", MPO):
        form, options["quality"], options["subsampling"] = "JPEG", JPEG_QUALITY, 0
    elif form == "WEBP":
        options |= {"quality": WEBP_QUALITY, "lossless": b"VP8L" in data[:64]}
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()
