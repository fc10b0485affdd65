"""Values of the examples in the API document."""

from __future__ import annotations

ID = "064a1b2c3d4e5" + "0123456789abcdef" * 2
PROMPT = "A rainy morning in Lisbon with a cup of coffee"
WORDS = "Rain on the tiles, steam over the cup: Lisbon takes its time this morning."
PICTURE = "/media/" + "0123456789abcdef" * 4 + "/a-rainy-morning-in-lisbon.webp"
HERE = "https://feedmill.example"
WHEN = "2026-01-31T08:00:00.000001Z"
