"""Numbers as words in six languages."""

from __future__ import annotations

NAMES = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
"""English, by value."""

FOREIGN = (
    ("uno una un", "une", "ein eine einen einem einer", "um uma"),
    ("dos", "deux", "zwei", "due", "dois duas"),
    ("tres", "trois", "drei", "tre", "três"),
    ("cuatro", "quatre", "vier", "quattro", "quatro"),
    ("cinco", "cinq", "fünf", "cinque"),
    ("seis", "six", "sechs", "sei"),
    ("siete", "sept", "sieben", "sette", "sete"),
    ("ocho", "huit", "acht", "otto", "oito"),
    ("nueve", "neuf", "neun", "nove"),
    ("diez", "dix", "zehn", "dieci", "dez"),
)
"""From one to ten in Spanish, French, German, Italian and Portuguese."""

LARGER = {"twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50} | {
    "sixty": 60,
    "eighty": 80,
    "hundred": 100,
    "a hundred": 100,
    "veinte": 20,
    "vingt": 20,
    "zwanzig": 20,
    "venti": 20,
    "vinte": 20,
    "treinta": 30,
    "trente": 30,
    "dreißig": 30,
    "trenta": 30,
    "trinta": 30,
    "cincuenta": 50,
    "cinquante": 50,
    "fünfzig": 50,
    "cinquanta": 50,
    "cinquenta": 50,
}
NUMBERS = {
    **{name: number for number, name in enumerate(NAMES)},
    **{
        word: number
        for number, names in enumerate(FOREIGN, 1)
        for several in names
        for word in several.split()
    },
    **LARGER,
    "a": 1,
    "an": 1,
    "a few": 3,
    "some": 3,
    "several": 3,
    "a couple of": 2,
}
NUMBER = rf"(?P<number>{'|'.join(sorted(NUMBERS, key=len, reverse=True))}|\d{{1,4}})"


def number(text: str | None) -> int | None:
    """The number of a word or of digits."""
    if not text:
        return None
    return NUMBERS.get(text.lower()) if not text.isdigit() else int(text)
