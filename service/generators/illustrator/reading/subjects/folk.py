"""What people are known by, and where they work."""

# ruff: noqa: SIM905 - words on lines are easier to read than a list of strings

from __future__ import annotations

INDOORS = frozenset(
    """
    waiter waitress barista librarian receptionist cashier florist shopkeeper salesperson
    hairdresser barber tailor seamstress tutor camarero camarera bibliotecaria bibliotecario
    cajero cajera serveur serveuse bibliothecaire vendeur vendeuse coiffeur coiffeuse kellner
    kellnerin bibliothekar bibliothekarin verkauferin kassiererin friseurin friseur cameriere
    cameriera parrucchiera fioraio
    """.split()
)
"""Words for plain figures who are at work indoors, folded."""

TOOLS = {
    "accordion player": "accordion",
    "guitar player": "guitar",
    "piano player": "piano",
    "violin player": "violin",
    "trumpet player": "trumpet",
    "saxophone player": "saxophone",
    "flute player": "flute",
    "akkordeonspieler": "accordion",
    "gitarrenspieler": "guitar",
    "acordeonista": "accordion",
    "accordeoniste": "accordion",
    "violinist": "violin",
    "guitarist": "guitar",
    "saxophonist": "saxophone",
    "trumpeter": "trumpet",
    "drummer": "drum-kit",
    "pianist": "piano",
    "cellist": "cello",
    "photographer": "camera",
    "fisherman": "fishing-pole",
    "angler": "fishing-pole",
    "painter": "easel",
    "geiger": "violin",
    "gitarrist": "guitar",
    "fotograf": "camera",
    "fischer": "fishing-pole",
    "violinista": "violin",
    "guitarrista": "guitar",
    "chitarrista": "guitar",
    "fotografo": "camera",
    "pescador": "fishing-pole",
    "pescatore": "fishing-pole",
    "violoniste": "violin",
    "guitariste": "guitar",
    "photographe": "camera",
    "pecheur": "fishing-pole",
}
"""What those are known by that a plain figure does not show -> the drawing of it."""
