"""Subjects are written in one way, and come from the nouns of a prompt and from hashtags."""

from __future__ import annotations

import pytest

from service.generators.copywriter.hashtags.topics import vague
from service.subjects import MOST_SUBJECTS, VAGUE, subject_of, subjects_of


@pytest.mark.parametrize(
    ("texts", "subject"),
    [
        (("cat", "Cats", "#CATS", "  cats!"), "cat"),
        (("oak tree", "Oak trees", "#OakTrees", "oak_tree", "Oak-Tree"), "oaktree"),
        (("fête", "Fete"), "fete"),
        (("wolves", "wolf"), "wolf"),
        (("glasses",), "glasses"),
        (("bus", "buses"), "bus"),
        (("東京", "#東京"), "東京"),
        (("", "!!!", "42", "#", "\ud83d\ude80"), ""),
    ],
)
def test_a_subject_has_one_spelling(texts: tuple[str, ...], subject: str) -> None:
    assert {subject_of(text) for text in texts} == {subject}


@pytest.mark.parametrize(
    ("prompt", "text", "subjects"),
    [
        ("Two cats on a beach at sunset", "", ("cat", "beach", "sunset")),
        ("Oak trees and hot dogs", "", ("oaktree", "tree", "hotdog")),
        ("Our new bakery, on a rainy morning", "", ("bakery", "morning", "rain")),
        ("Un gato negro en la playa", "", ("gatonegro", "gato", "beach")),
        ("A cup of coffee", "", ("cupofcoffee", "coffee", "cup")),
        ("A snowy forest without dogs", "", ("snow", "forest")),
        (
            "Hello",
            "Made in C#: see /x#part, &#39; and #1 #Oak_Tree, #Étoile.",
            ("oaktree", "etoile"),
        ),
        ("cats #Cats", "#CatLovers #cat", ("cat", "catlover")),
        ("", " ".join(f"#{tag}" for tag in vague()), ()),
        ("", "", ()),
    ],
)
def test_subjects_come_from_nouns_and_hashtags(
    prompt: str, text: str, subjects: tuple[str, ...]
) -> None:
    assert subjects_of(prompt, text) == subjects


def test_hashtags_that_fit_every_post_are_no_subjects() -> None:
    assert {subject_of(tag) for tag in vague()} <= VAGUE  # people write others as well


def test_a_post_has_a_bounded_number_of_subjects() -> None:
    tags = " ".join(f"#tag{letter * 200}" for letter in "abcdefghijklmnopqrstuvwxyz")
    found = subjects_of("x " * 5000, tags)
    assert len(found) == MOST_SUBJECTS
    assert max(map(len, found)) <= 60
