"""The converter of pictures: a script that conversion.py runs as a process.

Like the decoder it never runs inside the service. Arguments: the format as Pillow names it.
Standard input: a picture; standard output: the same picture, upright, in that format.
"""

import io
import sys

from PIL import Image, ImageOps

MAX_MEMORY_BYTES = 1 << 30  # of address space
FLAT = "JPEG"  # a format without transparency
PAPER = "white"  # behind what is transparent


def main(wanted: str) -> None:
    with Image.open(sys.stdin.buffer, formats=("PNG", "JPEG", "WEBP")) as picture:
        upright = ImageOps.exif_transpose(picture)
        if wanted == FLAT and upright.has_transparency_data:
            whole = upright.convert("RGBA")
            upright = Image.new("RGB", whole.size, PAPER)
            upright.paste(whole, mask=whole)
        profile = picture.info.get("icc_profile")
        upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        out = io.BytesIO()
        upright.save(
            out, wanted, icc_profile=profile, **({} if wanted == "PNG" else {"quality": 90})
        )
    sys.stdout.buffer.write(out.getvalue())


if __name__ == "__main__":
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    main(sys.argv[1])
