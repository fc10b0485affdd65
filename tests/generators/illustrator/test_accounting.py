"""Every noun that a prompt asks for is drawn or reported, and nothing it does not want is there."""

# ruff: noqa: E501 - tables of words

from __future__ import annotations

import random

import pytest

from service.generators.illustrator.reading.prompt import read, read_surely
from service.generators.illustrator.reading.words.tokens import fold, singulars
from service.generators.illustrator.scene import Scene

PROMPTS = 40
"""Of each language."""

NOUNS = {
    "en": "dog cat horse woman baker teacher bicycle bus tree house lamp chair table bench cup plate"
    " vase basket apple candle book clock violin umbrella ladder bucket tent boat balloon drum robot"
    " bridge fence mirror kettle stapler projector letterbox scaffold turnstile",
    "es": "perro gato mujer bicicleta coche arbol casa silla mesa banco taza botella jarron vela"
    " libro paraguas escalera barco globo faro espejo tetera grapadora andamio",
    "fr": "chien chat femme velo voiture arbre maison chaise table banc tasse bouteille panier"
    " bougie livre parapluie echelle bateau ballon phare miroir agrafeuse poubelle",
    "de": "Hund Katze Frau Fahrrad Auto Baum Haus Stuhl Tisch Bank Tasse Flasche Korb Kerze Buch"
    " Regenschirm Leiter Boot Leuchtturm Spiegel Tacker Gerüst Mülltonne",
    "it": "cane gatto donna bicicletta albero casa sedia tavolo panchina tazza bottiglia cesto"
    " candela libro ombrello scala barca faro specchio graffettatrice impalcatura",
    "pt": "cachorro gato mulher bicicleta carro casa cadeira mesa banco xicara garrafa cesta vela"
    " livro escada barco farol espelho grampeador andaime",
}  # fmt: skip
WORDS = {
    "en": ("A", ("beside a", "behind the", "in front of a", "under a", "on the", "and a", "with a",
                 "to the left of a", "above a"),
           ("", "in a park", "on the beach", "in a kitchen", "at night"), (", no people", ", without cars")),
    "es": ("Un", ("junto a un", "detrás de un", "debajo de una", "y una", "con un"), ("", "en la playa"),
           (", sin personas", ", sin coches")),
    "fr": ("Un", ("à côté d'un", "derrière un", "sous une", "et une", "avec un"), ("", "dans un parc"),
           (", sans voitures", ", sans chiens")),
    "de": ("Ein", ("neben einem", "hinter einem", "unter einer", "und ein", "mit einem"), ("", "im Park"),
           (", ohne Autos", ", ohne Hunde")),
    "it": ("Un", ("accanto a un", "dietro un", "sotto una", "e una", "con un"), ("", "nel parco"),
           (", senza auto", ", senza cani")),
    "pt": ("Um", ("ao lado de um", "atrás de uma", "e uma", "com um"), ("", "na praia"),
           (", sem carros", ", sem cães")),
}  # fmt: skip


def is_told(noun: str, scene: Scene) -> bool:
    """Whether it is drawn or reported, in any of its forms."""
    drawn = [thing.word for thing in scene.things]
    said = (*drawn, *scene.missing, *scene.unshown, *scene.settings)
    told = {word for words in said for word in words.split()}
    forms = {fold(noun), *singulars(fold(noun))}
    return bool(forms & told) or any(fold(noun) in singulars(word) for word in told)


@pytest.mark.parametrize("language", list(NOUNS))
def test_each_noun_is_drawn_or_reported(language: str) -> None:
    chance = random.Random(language)
    article, relations, places, absences = WORDS[language]
    for _ in range(PROMPTS):
        first, second = chance.sample(NOUNS[language].split(), 2)
        absence = chance.choice(("", *absences))
        parts = (article, first, chance.choice(relations), second, chance.choice(places))
        prompt = " ".join(filter(None, parts)) + absence
        scene = read_surely(prompt, read(prompt))
        assert is_told(first, scene), prompt
        assert is_told(second, scene), prompt
        unwanted = fold(absence.rpartition(" ")[2])
        assert unwanted not in {thing.word for thing in scene.things if unwanted}, prompt


@pytest.mark.parametrize(
    ("compound", "art"),
    [
        ("cake stand", ""), ("toy train", "toy-train"), ("sun flower", "sunflower"), ("chess board", ""),
        ("golf ball", ""), ("dog lead", ""), ("cat food", ""), ("horse race", ""), ("beach ball", ""),
        ("shopping list", ""), ("shopping basket", "basket"), ("light house", "lighthouse"),
        ("wine barrel", "barrel"), ("fruit stall", "market-stall"), ("music box", ""), ("rose garden", ""),
        ("milk jug", "pitcher"), ("phone charger", ""), ("bus driver", "person"), ("snow man", "snowman-without-snow"),
        ("lemon tree", "lemon-tree"), ("stone bridge", "bridge"), ("tennis court", ""), ("book club", ""),
        ("knitting needles", ""), ("apple pie", "pie"), ("coffee table", "table"), ("street lamp", "street-lamp"),
    ],
)  # fmt: skip
def test_a_compound_is_one_thing_or_none(compound: str, art: str) -> None:
    prompt = f"A {compound} beside a rabbit"
    scene = read_surely(prompt, read(prompt))
    assert {one.art for one in scene.things} - {"rabbit", "table"} == ({art} - {"", "table"})
    if not art:
        assert set(compound.split()) & {word for one in scene.missing for word in one.split()}
