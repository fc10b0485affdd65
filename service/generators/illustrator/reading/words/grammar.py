"""Words around things that decide what a prompt means: units, labels, plurals, verbs' company."""

from __future__ import annotations

NO_COUNT = {
    *("%", "$", "€", "£", "#", "percent", "euros", "dollars", "euro", "dollar", "am", "pm", "uhr"),
    *("year", "years", "month", "months", "week", "weeks", "day", "days", "hour", "hours"),
    *("minute", "minutes", "second", "seconds", "story", "storey", "stories", "star", "stars"),
    *("degree", "degrees", "km", "kg", "cm", "mm", "mph", "mile", "miles", "meter", "meters"),
    *("metre", "metres", "inch", "inches", "foot", "feet", "page", "pages", "step", "steps"),
    *("ano", "anos", "mes", "meses", "hora", "horas", "dia", "dias", "minutos", "semanas"),
    *("an", "ans", "mois", "heure", "heures", "jour", "jours", "minutes", "semaines", "etages"),
    *("jahr", "jahre", "jahren", "jahrige", "jahriges", "jahriger", "monate", "stunden", "tage"),
    *("minuten", "wochen", "stockig", "prozent", "anni", "mesi", "ore", "giorni", "settimane"),
    *("minuti", "piani", "pisos", "andares", "estrellas", "etoiles", "sterne", "stelle"),
    *("estrelas", "seater", "way", "piece", "course", "legged", "wheeled", "in"),
}
"""Beside these a number counts nothing to be drawn: "50% off", "a five-year-old girl"."""
LABELS = {
    *("room", "no", "nr", "number", "chapter", "platform", "level", "floor", "part", "route"),
    *("line", "season", "episode", "version", "top", "page", "step", "highway", "apartment"),
    *("zimmer", "nummer", "kapitel", "seite", "gleis", "linie", "stock", "habitacion", "numero"),
    *("capitulo", "pagina", "sala", "linea", "planta", "chambre", "chapitre", "quai", "ligne"),
    *("camera", "capitolo", "binario", "quarto", "andar", "linha", "salle", "at", "um", "alle"),
}
"""Behind these a number is a name: "Room 5"."""
SAME_PLURAL = {"sheep", "fish", "deer", "moose", "bison", "salmon", "trout", "squid", "aircraft"}
PLURALS = ("en", "es", "fr", "pt")
"""Languages in which more than one of a thing shows in its word."""
MANY_ENDINGS = ("s", "x", "men", "people", "children", "mice", "geese", "feet", "teeth", "oxen")
DOZENS = {"dozen", "dozens", "docenas", "docena", "douzaine", "douzaines", "dutzend", "dozzine"}
ACTORS = {"to", "we", "you", "they", "i", "he", "she", "it", "who", "please", "can", "will", "let"}
ACTORS |= {"us", "don", "t", "must", "should", "would", "could", "may", "not", "ll"}
"""Behind these an English word is a verb: "we fish", "to book"."""
OF = {"de", "di", "d", "del", "da", "do", "della", "des", "du", "von", "aus", "of"}
OBJECTS = {"a", "an", "the", "your", "our", "my", "his", "her", "this", "now", "online", "early"}
LIVING = {"vertebrate", "mammal", "placental", "invertebrate", "arthropod", "bird", "insect"}
LIVING |= {"chordate", "animal", "carnivore", "reptile", "fish"}
WITH = {"with", "con", "avec", "mit", "com"}
AND = {"and", "und", "y", "et", "e", "&", ","}
PRONOUNS = {"it", "him", "them", "ihm", "ihnen", "lui", "eux", "elle", "lei", "esso", "essa"}
PRONOUNS |= {"ella", "ellos", "ellas", "dele", "dela", "deles", "loro", "her", "ihr", "each"}
"""Behind a relation these stand for the subject before: "a bench with a tree behind it"."""
POSSESSIVES = {"her", "ihr"}
"""Pronouns that are articles before another word: "behind her dog"."""
SIDE_OF = OF | {"neben", "vom", "dello", "dell", "das", "dos"}
"""Behind or at the end of "left" these give it a second side: "left of", "links neben"."""
DEFINITE = {"the", "el", "la", "los", "las", "le", "les", "l", "der", "die", "das", "dem", "den"}
DEFINITE |= {"il", "lo", "gli", "i", "o", "os", "as", "del", "du", "do", "della", "dell", "da"}
DEFINITE |= {"al", "au"}
"""Before a word that was said already it is the same thing."""
PAIRS = {"pair", "pairs", "par", "pares", "paire", "paires", "paar", "paare", "paio", "paia"}
FULL = {"full", "filled", "lleno", "llena", "plein", "pleine", "voll", "pieno", "piena", "cheio"}
FULL |= {"voller", "cheia", "containing"}
"""Behind a vessel these say what is in it."""
ARTICLES = {"a", "an", "the", "this", "that", "my", "your", "our", "his", "her", "their"}
FOR = {"for", "para", "pour", "fur", "per", "serves"}
EACH = {"per", "por", "par", "pro", "je", "a"}
EATERS = {"people", "person", "persons", "guests", "personas", "persona", "personnes", "personne"}
EATERS |= {"personen", "persone", "pessoas", "pessoa", "gaste", "invitados", "convives", "ospiti"}
"""Behind "for four" and "per" these say how much there is, and add no people."""
