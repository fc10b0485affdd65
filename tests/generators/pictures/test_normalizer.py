"""Pictures of model servers come out upright, with one frame, and in sRGB."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageOps

from service.generators.pictures.decoder import describe
from tests.support.pictures import picture

FORMATS = ["PNG", "JPEG", "WEBP"]
LIMIT = 10_000_000
ORIENTATION = 0x0112
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def swapped_channels() -> bytes:
    """A profile in which red and blue have changed places: colours that a program cannot miss."""
    profile = bytearray(SRGB)
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile).replace(b"sRGB", b"odd!").replace(b"s\0R\0G\0B", b"o\0d\0d\0!")


def saved(kind: str, image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **{"WEBP": {"lossless": True}}.get(kind, {}), **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def is_red(data: bytes) -> bool:
    """Whether a corner is red, and not blue."""
    red, _, blue = opened(data).convert("RGB").resize((1, 1), box=(2, 2, 5, 5)).tobytes()
    assert abs(red - blue) > 150, "it is one of them"
    return red > blue


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("turn", range(2, 9))
def test_a_turned_picture_becomes_upright(kind: str, turn: int) -> None:
    image = Image.new("RGB", (40, 20), "blue")
    image.paste("red", (0, 0, 8, 8))  # marks a corner
    exif = Image.Exif()
    exif[ORIENTATION] = turn
    data = saved(kind, image, exif=exif)
    upright = ImageOps.exif_transpose(opened(data))
    head, found = describe(data, LIMIT)
    assert (head["width"], head["height"]) == opened(found).size == upright.size
    assert not opened(found).getexif()
    assert is_red(found) == is_red(saved(kind, upright))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_becomes_its_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "green", "blue")]
    data = saved(kind, frames[0], save_all=True, append_images=frames[1:], duration=50)
    assert getattr(opened(data), "n_frames", 1) == 3
    _, found = describe(data, LIMIT)
    assert getattr(opened(found), "n_frames", 1) == 1
    assert is_red(found)


@pytest.mark.parametrize("kind", FORMATS)
def test_colours_come_out_in_srgb(kind: str) -> None:
    data = saved(kind, Image.new("RGB", (16, 16), "red"), icc_profile=swapped_channels())
    head, found = describe(data, LIMIT)
    assert head["media_type"] == f"image/{kind.lower()}"
    assert "icc_profile" not in opened(found).info
    assert not is_red(found)


def test_transparency_survives_another_colour_profile() -> None:
    image = Image.new("RGBA", (16, 16), (255, 0, 0, 90))
    _, found = describe(saved("PNG", image, icc_profile=swapped_channels()), LIMIT)
    pixel = opened(found).getpixel((3, 3))
    assert isinstance(pixel, tuple)
    assert pixel[2:] == (255, 90)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("profile", [b"no profile at all", LAB, SRGB[:200]])
def test_an_unusable_profile_is_removed(kind: str, profile: bytes) -> None:
    image = Image.new("RGB", (16, 16), "red")
    _, found = describe(saved(kind, image, icc_profile=profile), LIMIT)
    assert "icc_profile" not in opened(found).info
    assert is_red(found)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_profile_for_srgb_is_removed_without_encoding_again(kind: str) -> None:
    image = opened(picture(kind, 40, 30))
    with_profile, without = saved(kind, image, icc_profile=SRGB), saved(kind, image)
    _, found = describe(with_profile, LIMIT)
    assert opened(found).tobytes() == opened(with_profile).tobytes()
    assert len(found) <= len(without) + 30


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_that_is_so_already_keeps_its_bytes(kind: str) -> None:
    data = picture(kind)
    assert describe(data, LIMIT)[1] == data


def test_a_camera_picture_with_a_preview_is_taken() -> None:
    first, preview = (Image.effect_noise(size, 90).convert("RGB") for size in ((60, 40), (15, 10)))
    data = saved("MPO", first, save_all=True, append_images=[preview])
    head, found = describe(data, LIMIT)
    assert head == {"media_type": "image/jpeg", "width": 60, "height": 40}
    assert opened(found).format == "JPEG"
