"""Closing lines that are true of every post of their kind, in six languages."""

from __future__ import annotations

CLOSINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "event": ("See you there!", "We look forward to seeing you.", "Tell your friends."),
        "news": ("Tell your friends.", "Questions? Write us a comment.", "Spread the word."),
        "remind": ("Thank you for your help.", "Thank you, everyone.", "Questions? Just ask."),
        "sorry": ("Thank you for your patience.", "Thank you for your understanding."),
        "hire": ("We look forward to hearing from you.", "Know somebody? Please share this post."),
        "offer": ("Questions? Just write to us.", "Please share this post.", "Tell your friends."),
        "ask": ("We read every answer.", "We look forward to your answers.", "Thank you!"),
        "greet": ("Enjoy every moment.", "Take care of each other.", "All the best to you."),
        "thank": ("It means a lot to us.", "We appreciate it very much.", "You are wonderful."),
        "joy": ("Well done!", "Here's to what comes next.", "You have earned it."),
    },
    "es": {
        "event": ("¡Os esperamos!", "¡Nos vemos allí!"),
        "news": ("¡Corre la voz!", "¿Preguntas? Déjanos un comentario."),
        "remind": ("Muchas gracias por colaborar.",),
        "sorry": ("Gracias por su paciencia.", "Gracias por su comprensión."),
        "hire": ("¡Esperamos tu candidatura!",),
        "thank": ("¡Sin vosotros no sería posible!",),
        "scene": ("Un momento para disfrutar.", "A veces la felicidad es así de sencilla."),
    },
    "fr": {
        "event": ("Au plaisir de vous y retrouver !", "On vous attend !"),
        "news": ("Parlez-en autour de vous !", "Une question ? Laissez-nous un commentaire."),
        "remind": ("Merci à tous.",),
        "sorry": ("Merci de votre patience.", "Merci de votre compréhension."),
        "hire": ("Au plaisir de vous lire.",),
        "thank": ("Cela nous touche beaucoup.",),
        "scene": ("Un moment à savourer.", "Le bonheur est parfois tout simple."),
    },
    "de": {
        "event": ("Wir freuen uns auf euch!", "Bis bald!"),
        "news": ("Sagt es gerne weiter!", "Fragen? Schreibt uns einen Kommentar."),
        "remind": ("Vielen Dank fürs Mitmachen!",),
        "sorry": ("Danke für Ihre Geduld.", "Danke für Ihr Verständnis."),
        "hire": ("Wir freuen uns auf deine Bewerbung.",),
        "thank": ("Das bedeutet uns viel.",),
        "scene": ("Ein Moment zum Genießen.", "So einfach kann Glück sein."),
    },
    "it": {
        "event": ("Vi aspettiamo!", "Ci vediamo lì!"),
        "news": ("Passate parola!", "Domande? Lasciateci un commento."),
        "remind": ("Grazie a tutti per la collaborazione.",),
        "sorry": ("Grazie per la pazienza.", "Grazie per la comprensione."),
        "hire": ("Aspettiamo la tua candidatura.",),
        "thank": ("Per noi significa molto.",),
        "scene": ("Un momento da assaporare.", "La felicità a volte è semplice."),
    },
    "pt": {
        "event": ("Contamos com a sua presença!", "Esperamos por você!"),
        "news": ("Conte aos seus amigos!", "Dúvidas? Deixe um comentário."),
        "remind": ("Obrigado pela colaboração.",),
        "sorry": ("Obrigado pela paciência.", "Obrigado pela compreensão."),
        "hire": ("Esperamos a sua candidatura.",),
        "thank": ("Isso significa muito para nós.",),
        "scene": ("Um momento para aproveitar.", "Às vezes a felicidade é simples assim."),
    },
}
"""The lines by language and kind; a kind that a language lacks gets none."""

QUESTIONS = {"event": "Will you be there?", "offer": "Are you interested?", "hire": "Is it you?"}
"""What a text ends with that has to end with a question."""


def closings(language: str, kind: str, seed: int) -> tuple[str, ...]:
    """The closing lines of a kind, the one that the seed chooses first."""
    lines = CLOSINGS[language].get(kind, ())
    first = seed % len(lines) if lines else 0
    return lines[first:] + lines[:first]


def question(kind: str) -> str:
    """A question to the readers."""
    return QUESTIONS.get(kind, "What do you think?")
