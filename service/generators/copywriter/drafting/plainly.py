"""Words that a model may add without claiming anything, and those that would be claims."""

from __future__ import annotations

from service.generators.prompt.language.lexicon import several
from service.generators.prompt.language.words import stem

GENERAL = several(
    """
    way start day perfect reminder remind beauty beautiful life world moment moments joy
    joyful warmth warm comfort comfortable peace peaceful calm calming quiet memory memories
    heart smile smiles magic magical simple simply simplicity little thing things best
    pleasure love loved lovely time times enjoy enjoyed relax relaxing slow slowly breathe
    feel feeling feelings share shared friend friends family mind soul home place bring
    brings make makes take takes need find finds see look keep cozy cosy special
    unforgettable wonderful delight delightful treat celebrate celebration happy happiness
    inspire inspiring inspiration dream dreams wonder everyday ordinary extraordinary gentle
    sweet soft sense connect connection together energy enjoyable fresh new great good
    favorite favourite experience experiences remember appreciate cherish savor savour
    escape end begin beginning right feels makes lets help helps everyone anyone people you
    truly always really just like season welcome welcoming atmosphere charm charming unique
    easy better nice small big rest break weekend morning evening afternoon night today
    tomorrow reward rewarding worth journey discover explore adventure story stories taste
    tasty delicious flavor flavour flavors fun laughter create creating lasting living learn
    learning grow growing language culture skill skills hope care caring attention detail
    touch fill fills filled turn turns come comes spend sit wait offer offers stay
    """
)
"""What is true of everything that pleases."""

PRAISE = several(
    """
    natural friendly material durable practical convenient design designed made handmade
    quality craft crafted style stylish elegant modern classic light lightweight handy
    useful gift perfect daily routine reliable healthy choice choose alternative future
    """
)
"""What is mostly true of goods that a shop presents."""

SETTINGS = several(
    """
    ocean sea beach mountain mountains river lake city forest snow sun moon sunset sunrise
    sand salt horizon wave waves island desert valley meadow garden park street streets
    village town harbor harbour bridge tower castle church school office hospital child
    children kids baby boy girl man woman men women grandmother grandfather mother father
    wife husband dog dogs cat cats bird birds horse horses fish wolf deer owl winter summer
    spring autumn rain storm wind fog car train boat ship plane phone computer laptop music
    guitar piano wine beer whisky champagne tea coffee chocolate cake bread cheese meat
    chicken rose roses tree trees flowers fire stars sky leather metal steel gold silver
    battery technology wireless bluetooth screen award award-winning experts certified
    """
)
"""Places, people, animals and things: none comes into a text that the prompt has not."""

PLEASING = frozenset(map(stem, GENERAL | PRAISE))
CLAIMS = frozenset(map(stem, SETTINGS))
