"""Reads what a prompt asks for: the order, its subject and facts, and the form of the text.

One reader for texts and pictures. It knows no model, keeps nothing and never fails:

    understand("Tell our guests that the pool opens on 3 May, in at most 20 words")

gives the order "announce", its subject "the pool opens on 3 May", the fact "3 May", a bound of
20 words, and what a picture shows: "the pool opens".
"""

from service.generators.prompt.form.constraints import Constraints
from service.generators.prompt.subject.facts import Fact
from service.generators.prompt.subject.orders import Order
from service.generators.prompt.understanding import Understanding, understand

__all__ = ["Constraints", "Fact", "Order", "Understanding", "understand"]
