"""Make the posts of the test user's feed with the service's own generators.

    python -m tools.make_samples

writes service/http/pages/samples: posts.json and a picture for each post.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import tempfile
from pathlib import Path

import msgspec

from service.generators.illustrator import Illustrator
from service.generators.illustrator import Settings as IllustratorSettings
from service.generators.local.text import Local
from service.generators.local.text import Settings as LocalSettings
from service.generators.protocol import Job
from service.store.sql.feeds.publishing import title_of

SAMPLES = Path(__file__).resolve().parent.parent / "service" / "http" / "pages" / "samples"

# The oldest first: the last one is at the top of the feed. The seeds were chosen by their results.
PROMPTS = (
    ("Sailboat at sunset on a calm sea with seagulls", 6),
    ("Remind everyone that the library is closed on Monday", 1),
    ("A fox in a snowy pine forest at night", 5),
    ("20% off all flower bouquets until Sunday. Violet Street 4, open 9 to 6.", 2),
    ("Hot air balloons over green hills in the morning", 2),
    ("Invite the neighbours to our summer party on Friday at 6 pm, bring a salad", 2),
    ("A tent and a campfire in the mountains under the stars", 3),
    ("Our terrace opens on Saturday. First coffee free until 11 am.", 1),
    ("A rainy morning in Lisbon with a cup of coffee", 1),
)


async def main() -> None:
    """Generate every sample and write what the front door publishes."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        async with (
            Local(LocalSettings(), home) as writer,
            Illustrator(IllustratorSettings(), home) as artist,
        ):
            posts = [await _sample(writer, artist, prompt, seed) for prompt, seed in PROMPTS]
    for old in SAMPLES.glob("*.webp"):
        if old.name not in {post["picture"] for post in posts}:
            old.unlink()
    body = msgspec.json.format(msgspec.json.encode(posts), indent=2)
    (SAMPLES / "posts.json").write_bytes(body + b"\n")


async def _sample(writer: Local, artist: Illustrator, prompt: str, seed: int) -> dict[str, str]:
    job = Job(prompt, seed, instagram=True)
    text, picture = await asyncio.gather(
        writer.generate(job, lambda _: None), artist.generate(job, lambda _: None)
    )
    print(f"{prompt}\n  {text.text!r}")
    name = "-".join(re.findall(r"\w+", prompt.lower())[:4]) + ".webp"
    (SAMPLES / name).write_bytes(picture.data)
    digest = hashlib.sha256(f"{prompt} {seed}".encode()).hexdigest()
    return {
        "id": digest[:45],
        "title": title_of(text.text, prompt),
        "content": text.text,
        "picture": name,
        "alt": picture.alt,
    }


if __name__ == "__main__":
    asyncio.run(main())
