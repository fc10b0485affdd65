"""Open writing that a small model cannot do: refused before anything is made, by its name."""

from __future__ import annotations

import pytest

from service.generators.copywriter import Draft, brief
from service.generators.protocol import GenerationFailed, Job


@pytest.mark.parametrize(
    ("prompt", "what"),
    [
        ("Tell me a joke about plumbers", "tell jokes"),
        ("Write a funny caption for our hamster", "be funny"),
        ("Our tram is late again, make it really witty", "be funny"),
        ("Write a short poem about the moor", "write poems"),
        ("Write a haiku about autumn", "write poems"),
        ("A bedtime story for kids about a snail", "make up stories"),
        ("Write a blog post about slow travel", "write essays"),
        ("Write a review of our new oven", "write essays"),
        ("Compare gas and wood stoves", "explain, compare"),
        ("What are the pros and cons of a gravel garden?", "answer questions"),
        ("Summarise the history of tea", "explain, compare"),
        ("Write a bio of our conductor", "tell a life"),
        ("FAQ for our boat rental", "answer questions"),
        ("Four tips for growing beans", "give advice"),
        ("ideas for a staff outing", "give advice"),
        ("Explain how a dynamo works", "explain, compare"),
        ("Why do cats purr?", "answer questions"),
        ("Tell me something interesting about whales", "explain, compare"),
        ("Who wrote Romeo and Juliet?", "answer questions"),
        ("How do I clean a flute?", "answer questions"),
        ("how do you get ink out of a shirt, quick tip for our page", "answer questions"),
        ("Explain in plain words why moss grows. For a gardener's followers.", "explain, compare"),
        ("Schreibe ein Gedicht über den Nebel", "write poems"),
        ("Erzähl uns einen Witz", "tell jokes"),
        ("Fünf Tipps gegen Motten", "give advice"),
        ("Erkläre, wie ein Segelboot kreuzt", "explain, compare"),
        ("Escribe un cuento sobre un caracol", "make up stories"),
        ("Dame tres ideas para una fiesta", "give advice"),
        ("Écris une chanson sur le vent", "write poems"),
        ("Raconte une blague", "tell jokes"),
        ("Scrivi una favola su una volpe", "make up stories"),
        ("Dammi cinque consigli per il trekking", "give advice"),
        ("Escreve um poema sobre a chuva", "write poems"),
        ("Conta uma piada sobre médicos", "tell jokes"),
        ("A recipe for plum cake", "invent a recipe"),
        ("Could you give us a recipe for rye bread for 20 people?", "invent a recipe"),
        (
            "What do 9 benches at 4.20 each plus 3 tents at 80 each cost to hire?",
            "translate or calculate",
        ),
        ("Was kosten 7 Karten zu je 12 Euro?", "translate or calculate"),
        ("Write in Spanish: the sauna is closed on Monday", "translate"),
        ("A notice in French: the library opens at 10", "translate"),
        ("The sauna is closed on Monday. In Italian please.", "translate"),
        ("Give me 10 hashtags for a mill", "write hashtags"),
        ("Write a press release about our merger", "write essays"),
    ],
)
def test_open_writing_is_refused_with_a_sentence_that_says_what_to_plug_in(
    prompt: str, what: str
) -> None:
    with pytest.raises(GenerationFailed, match=f"cannot {what}.*text.generator") as failed:
        brief(Job(prompt, seed=1, instagram=True))
    assert not failed.value.retryable


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("Story hour for kids on Friday at 4 pm, free", "Story hour for kids on Friday at 4 pm"),
        ("Poem night at the tea house on 4 May", "Poem night at the tea house on 4 May."),
        ("Song contest on 8 May, sign up at the bar", "Song contest on 8 May, sign up at the bar."),
        ("Q&A with our vet on Tuesday at 6 pm", "Q&A with our vet on Tuesday at 6 pm."),
        ("Tell the story of our mill: built in 1890, still turning", "Our mill: built in 1890"),
        ("Write a bio for Ada Stone: potter, in Ghent since 2012", "Ada Stone: potter, in Ghent"),
        (
            "Three tips for tyres: check the tread, watch the pressure, store them cool",
            "Three tips for tyres:\n- Check the tread\n- Watch the pressure\n- Store them cool",
        ),
        (
            "Explain to guests why the pool costs 50 cents more from 1 May",
            "The pool costs 50 cents more from 1 May.",
        ),
        ("Explain why we closed the mill", "We closed the mill."),
        ("Which cake should we bake next?", "Which cake should we bake next?"),
        ("How did you like the concert?", "How did you like the concert?"),
        ("Who wants to join us on Sunday?", "Who wants to join us on Sunday?"),
        ("Compare prices and save: all bikes 10% off", "Compare prices and save: all bikes 10%"),
    ],
)
def test_what_a_prompt_brings_itself_is_in_the_text(prompt: str, text: str) -> None:
    draft = Draft(brief(Job(prompt, seed=1)), 1, lambda _: None)
    assert draft.request() is None
    assert draft.text().startswith(text)
