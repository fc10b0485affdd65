"""The contact sheet: two dozen prompts as one picture, and how long each takes.

python -m service.generators.illustrator.sheet OUT.webp [PROMPTS.txt]
"""

# ruff: noqa: T201 - a command-line program that prints

from __future__ import annotations

import io
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from service.generators.illustrator.drawing import draw

PROMPTS = (
    "A rainy morning in Lisbon with a cup of coffee",
    "A fox in a snowy pine forest at night",
    "Product photo of a bamboo toothbrush on a pastel background",
    "Astronaut riding a bicycle on the moon",
    "Sailboat at sunset on a calm sea with seagulls",
    "Three red apples on a wooden table",
    "A bear with a tent in the mountains under the stars",
    "Neon city skyline at night with a taxi and rain",
    "Cactus in the desert at sunset with a hot air balloon",
    "A woman reading a book in a cafe",
    "Birthday cake with candles and colorful balloons",
    "Black cat on a red sofa",
    "Old lighthouse in a storm",
    "Yellow submarine under the sea",
    "Un perro con un globo rojo en el campo al amanecer",
    "Une montgolfière au-dessus d'un champ de lavande",
    "Ein rotes Auto vor einem Haus in den Bergen",
    "Northern lights over a cabin in the snow",
    "Fireworks over the city at night",
    "Two swans on a lake in autumn",
    "Fresh lemonade and strawberries on a summer picnic table",
    "Girl with a red umbrella in the rain in Paris",
    "Christmas tree with gifts and a fireplace in a living room",
    "A unicorn under a rainbow",
)
COLUMNS = 6
SIZE = (1080, 1080)
THUMBNAIL = 320
"""Pixels: 24 of them make a sheet of 1920 by 1280."""


def main(out: Path, prompts: Sequence[str]) -> None:
    draw("warm up", 0, (256, 256))  # the word tables are read once in a process, not once a picture
    rows = -(-len(prompts) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * THUMBNAIL, rows * THUMBNAIL), "white")
    print("| prompt | seconds | of one core | KB | not drawn |\n|---|---|---|---|---|")
    for i, prompt in enumerate(prompts):
        wall, core = time.perf_counter(), time.process_time()
        drawing = draw(prompt, 1, SIZE)
        wall, core = time.perf_counter() - wall, time.process_time() - core
        missing = ", ".join(drawing.missing)
        print(f"| {prompt} | {wall:.2f} | {core:.2f} | {len(drawing.data) // 1024} | {missing} |")
        picture = Image.open(io.BytesIO(drawing.data)).resize((THUMBNAIL, THUMBNAIL))
        sheet.paste(picture, (i % COLUMNS * THUMBNAIL, i // COLUMNS * THUMBNAIL))
    sheet.save(out, quality=82)


if __name__ == "__main__":
    if len(sys.argv) < 2:  # noqa: PLR2004 - the name of the file to write
        sys.exit(__doc__)
    chosen = Path(sys.argv[2]).read_text().splitlines() if len(sys.argv) > 2 else PROMPTS  # noqa: PLR2004
    main(Path(sys.argv[1]), [line for line in chosen if line.strip()])
