"""Word lists of the reader and the copywriter."""

from __future__ import annotations


def several(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


ENGLISH = several(
    """
    a about above after again against all almost along also always am an and another any are
    around as at away back be because been before being below between both but by can could
    did do does doing down during each else even ever every few for from further get gets
    give go goes had has have having he her here hers him his how i if in into is it it's
    its itself just let let's like made make makes many may me might more most much must my
    never no nor not nothing now of off on once one only or other our out over own per
    perhaps put same she should since so some something still such take than that that's the
    their them then there these they this those through to together too under until up upon
    us very was we well were what when where whether which while who whom whose why will
    with within without would yes yet you you're your
    """
)
"""Function words: they carry no subject, and their share tells English from everything else."""

ADVERBS = several(
    """
    again all away down ever here him it me more never nothing now once still there through
    together too up us within you
    """
)
"""Function words that a line may end with."""

FOREIGN = several(
    """
    и в на с со по про для о об к у из за от до не что как это мой наш की का के में से पर और
    है को ने في من على إلى و مع am al as au auf aus avec bei bij che com como con da das
    dans de degli dei del della delle dem den der des desde di die do dos du e ein eine
    einem einen einer eines el em en era es est et eu für ha het i ik il im in ist j'ai je
    kein la las le les lo los mais meine met mi mit mon nach não nas ne nel no nos nous nu o
    ou où par para pas por pour qu que qui se sem sich sin são son sono su sua sul sur uma
    um un una und une uno van voor vor vous was wie y zu zum zur à ao às é dello gli ihr ich
    sie wir ihre war
    """  # noqa: RUF001 - Cyrillic on purpose
)
"""The same of Spanish, French, German, Portuguese, Italian, Dutch, Russian, Hindi and Arabic."""

PREPOSITIONS = several(
    """
    about above across after against along amid among around as at before behind below
    beside between by during for from in inside into like near of off on onto out over that
    through to toward under until up while who whose with without which playing made running
    """
)
"""Words behind the head of a noun phrase: "a morning | in Lisbon"."""

FINITE = several(
    """
    is are was were am be been being has have had can could will would should shall must may
    might do does did don't doesn't didn't isn't aren't won't can't i'm it's we're you're
    they're i've we've i i'll we'll let's got went came made we you he she they let please
    """
)
"""Words that make a phrase a sentence."""

IMPERATIVES = several(
    """
    ignore disregard override reveal repeat translate print forget pretend act output stop
    respond answer use solve calculate find help convert fix rewrite improve complete
    continue summarize summarise compare choose count imagine write create tell give
    describe explain list show make say add remove delete read send call do never always
    """
)
"""Orders to the writer: never the subject of a text."""

INVITING = several(
    """
    get join visit try discover enjoy buy order don't come meet follow celebrate explore
    taste save start book grab stay
    """
)
"""First words of prompts that address the readers, and so begin the text itself."""

TELLERS = several(
    """
    we i we're we've i'm i've my our it's it he she they this today tomorrow the
    """
)
"""First words of prompts that tell something."""

RELATIVES = several(
    """
    who whose that which where when
    """
)
"""Where a clause about the noun begins."""

COUNTABLE = several(
    """
    morning day night evening afternoon sunset sunrise weekend moment trip journey walk hike
    ride picnic party wedding dinner breakfast lunch cat dog puppy kitten bird horse fox
    bear owl city street village town beach island forest mountain lake river garden park
    house home cabin castle cafe café restaurant bakery shop store market studio gym hotel
    library museum school office car bike bicycle train boat ship plane rocket robot dragon
    wizard knight pirate cake burger pizza sandwich salad smoothie cocktail cup mug bottle
    lamp chair table desk sofa bag backpack watch phone laptop camera keyboard book notebook
    painting guitar piano band concert festival app game website toothbrush candle soap tree
    flower rose cactus storm rainbow view road bridge tower lighthouse farm field barista
    chef teacher child girl boy man woman family couple friend team idea dream plan meeting
    project product collection
    """
)
"""Common subjects of posts that need an article."""

UNCOUNTED = several(
    """
    news always christmas physics mathematics texas paris
    """
)
"""Singular nouns that look like plurals."""

NAMES = several(
    """
    monday tuesday wednesday thursday friday saturday sunday january february july italy
    germany norway hungary turkey sicily tuscany normandy brittany sydney beijing disney
    mary lucy emily harry
    """
)
"""Names that look like common words at the start of a prompt."""

ALSO_ENGLISH = several(
    """
    alba arm auto berg blick bolo café calle cane casa cena chat fest foto hamburger laden
    loja mar mare mat natal pain pan parc rue see sol sole tag tarde torte tram vie vino
    vista
    """
)
"""Words of the glossary that English has too, mostly with another meaning."""

WEAK = several(
    """
    cup piece bit kind sort lot photo picture image new first great good best nice big small
    short little caption post text instagram day time thing things people one two three four
    five ten finally taza tasse tazza xícara copo playing made running morgens пост написать
    """
)
"""Words that say too little for a hashtag."""

NOT_FORMS = several(
    """
    morning evening wedding spring building painting meeting
    """
)
"""Nouns that look like the form of a verb."""

COMMON = several(
    """
    new old cold hot warm fresh sweet dark black white red blue green golden yellow pink
    small big little great good best first last quiet modern wild free fast slow soft wooden
    open local summer winter spring autumn two three four five coffee tea bamboo vegan
    street snow rain night morning evening sun moon sea ocean food home house work time life
    music art christmas climate remote electric space ice chocolate
    """
)
"""First words that are no names, although a prompt begins with a capital."""

COMMON_ENDINGS = (
    *("y", "ed", "ful", "al", "ic", "ous", "ive", "less", "made", "est", "ing", "tion"),
    *("ness", "ment", "able", "ible"),
)
"""Endings of such words."""
