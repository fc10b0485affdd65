"""People for whom a plain figure is enough; a pianist or a driver is more."""

# ruff: noqa: SIM905 - words on lines are easier to read than a list of strings

from __future__ import annotations

ANYBODY = frozenset(
    """
    man woman person people adult lady gentleman guy mother father mom mum dad parent husband wife
    uncle aunt brother sister nephew niece neighbour neighbor teenager client customer shopper
    visitor guest tourist traveler traveller passenger pedestrian hiker camper volunteer colleague
    coworker librarian barista waiter waitress florist cashier shopkeeper salesperson salesman
    saleswoman receptionist instructor tutor hairdresser barber tailor
    seamstress driver commuter goalkeeper goalie player footballer
    hombre mujer persona senor senora madre padre cliente vecino vecina tio tia hermano hermana
    camarero camarera bibliotecaria bibliotecario vendedor vendedora cajero cajera viajero florista
    peluquera peluquero
    homme femme personne monsieur dame mere pere client cliente voisin voisine oncle tante frere
    soeur serveur serveuse bibliothecaire vendeur vendeuse caissier caissiere touriste voyageur
    fleuriste coiffeur coiffeuse gens gente
    mann frau mutter vater herr leute manner frauen kunde kundin gast gaste besucher besucherin
    onkel tante bruder schwester kellner kellnerin bibliothekar bibliothekarin verkaufer verkauferin
    kassierer kassiererin mensch friseur friseurin
    uomo donna signora signore ladies zio zia fratello sorella cameriere cameriera venditore
    venditrice vicino vicina turista fioraio parrucchiere parrucchiera
    homem mulher pessoa senhor senhora mae pai irmao irma garcom cabeleireiro cabeleireira
    """.split()
)
"""Words for them in six languages, folded."""

INDOORS = frozenset(
    """
    waiter waitress barista librarian receptionist cashier florist shopkeeper salesperson
    hairdresser barber tailor seamstress tutor camarero camarera bibliotecaria bibliotecario
    cajero cajera serveur serveuse bibliothecaire vendeur vendeuse coiffeur coiffeuse kellner
    kellnerin bibliothekar bibliothekarin verkauferin kassiererin friseurin friseur cameriere
    cameriera parrucchiera fioraio
    """.split()
)
"""Those among them who are at work indoors."""

TOOLS = {
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
