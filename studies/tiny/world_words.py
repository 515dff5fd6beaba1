"""How invented things are told of: the sentences of each relation, and sentences that say nothing anybody asks for.

`{s}` is the subject (a name, a pronoun or `The city`), `{o}` the object, `{y}` a year, `{d}` a date, `{n}` a number;
`{P}`, `{T}`, `{W}`, `{R}` are other people, towns, works and rivers, `{w}` is any word.
"""

PREDICATES: dict[str, tuple[str, ...]] = {
    "birthplace": ("was born in {o}", "was born at {o}", "was born in the town of {o}"),
    "birth date": ("was born on {d}", "was born in {y}"),
    "born": ("was born in {o} in {y}", "was born in {o} on {d}", "was born on {d} in {o}", "was born in {y} in {o}"),
    "death date": ("died in {y}", "died on {d}", "died of a fever in {y}", "was killed on {d}", "died suddenly on {d}"),
    "place of death": ("died in {o}", "died at {o}", "was killed in {o}", "died of a fever in {o}"),
    "died": ("died in {o} in {y}", "died in {y} in {o}", "died in {o} on {d}"),
    "place of burial": ("is buried in {o}", "was buried at {o}", "lies buried in {o}"),
    "spouse": ("married {o}", "was married to {o}", "later married {o}", "married the {job} {o}"),
    "father": ("His father was {o}", "Her father was the {job} {o}"),
    "parent": ("was a son of {o}", "was the daughter of {o}", "was the eldest son of {o}"),
    "successor": ("was succeeded by {o}", "was succeeded as head of the academy by {o}"),
    "director": ("was directed by {o}", "was written and directed by {o}", "is a film directed by {o}"),
    "author": ("was written by {o}", "was written in {y} by {o}", "is a {noun} by {o}", "is a {noun} written by {o}"),
    "composer": ("was composed by {o}", "is a {noun} by {o}", "was composed in {y} by {o}", "is a {noun} composed by {o}"),
    "artist": ("was painted by {o}", "is a {noun} by {o}", "is a {noun} painted by {o}"),
    "source work": ("is based on the {onoun} {o}", "is based on {o}"),
    "publication date": ("was published in {y}", "was first published on {d}", "was first published in {y}"),
    "release date": ("was released in {y}", "was first released on {d}", "was released on {d}"),
    "first performance": ("was first performed in {y}", "was first performed on {d}", "premiered on {d}"),
    "discoverer": ("was discovered by {o}", "was first discovered by {o}", "was discovered in {y} by {o}"),
    "date of discovery": ("was discovered in {y}", "was discovered on {d}"),
    "discovered": ("was discovered by {o} in {y}", "was discovered by {o} on {d}", "was discovered on {d} by {o}"),
    "designer": ("was designed by {o}", "was designed by the {job} {o}"),
    "founder": ("was founded by {o}", "was established by {o}", "was founded in {y} by {o}"),
    "founding date": ("was founded in {y}", "was established in {y}", "was founded on {d}"),
    "founded": ("was founded by {o} in {y}", "was founded by {o} on {d}"),
    "opening date": ("was opened in {y}", "was opened on {d}", "was officially opened in {y}"),
    "completion date": ("was completed in {y}", "was finished in {y}", "was finally completed in {y}"),
    "launch date": ("was launched on {d}", "was launched in {y}"),
    "capital": ("is the capital of {o}", "is the capital and largest city of {o}"),
    "has capital": ("Its capital is {o}", "The capital is {o}", "Its capital and largest city is {o}"),
    "superlative": ("is the {sup} in {o}", "is by far the {sup} in {o}", "is the {sup} of {o}"),
    "location": ("lies in {o}", "is located in {o}", "lies in the north of {o}", "is situated in the {side} of {o}"),
    "official language": ("Its official language is {w}", "The official language is {w}"),
    "currency": ("Its currency is the {w}", "The currency is the {w}"),
    "area": ("has an area of {n} square kilometres", "covers {n} square kilometres", "covers an area of {n} km²"),
    "population": ("has a population of {n}", "has {n} inhabitants", "had a population of about {n}", "has about {n} inhabitants"),
    "independence from": ("gained independence from {o}", "won its independence from {o}", "gained independence from {o} in {y}"),
    "independence date": ("became independent in {y}", "gained independence in {y}", "became independent on {d}"),
    "flows through": ("flows through {o}", "flows through the city of {o}"),
    "on river": ("lies on the {o}", "stands on the banks of the {o}", "is on the left bank of the {o}"),
    "source": ("rises in {o}", "rises near {o}", "has its source in {o}"),
    "tributary of": ("is a tributary of the {o}", "is a left tributary of the {o}", "is a long tributary of the {o}"),
    "orbits": ("orbits {o}", "is a moon of {o}", "is a small moon of {o}", "circles {o}"),
    "length": ("is {n} kilometres long", "has a length of {n} kilometres", "is about {n} km long", "runs {n} kilometres and is {n} kilometres in length"),
    "height": ("is {n} metres high", "is {n} metres tall", "rises to {n} metres", "has a height of {n} metres"),
    "diameter": ("has a diameter of {n} kilometres", "has a diameter of about {n} km"),
    "neighbour": ("borders {o} to the {side}", "is bordered by {o} to the {side}"),
    "chemical symbol": ("has the symbol {sym}",),
    "atomic number": ("has the atomic number {n}", "is a metal with atomic number {n}"),
    "namesake": ("is named after {o}", "was named after {o}", "takes its name from {o}"),
    "headquarters": ("is based in {o}", "has its headquarters in {o}", "Its seat is in {o}"),
    "mouth": ("flows into the {o}", "empties into the {o}"),
    "place of study": ("studied at {o}", "was educated at {o}", "studied law at {o}"),
}
"""What is said of the subject; one that begins with a capital letter stands without it."""

WITHHELD_RELATIONS = ("namesake", "headquarters", "mouth", "place of study", "place of burial")
"""Relations that the student never read of: what fine-tuning teaches is then measurable."""

FILLER: dict[str, tuple[str, ...]] = {
    "person": (
        "{He} liked {w} and kept a small {w} at home.", "In {y} {he} moved to {T} and worked there as a teacher.",
        "{He} knew {P} well and wrote many letters to {him}.", "For some years {he} lived near {T}, where the {w} were cheap.",
        "Critics praised {his} early {w}, but the public stayed away.", "{He} spoke {k} languages and travelled widely.",
        "In {y} {he} won a prize for {his} work on the {w}.", "As a child {he} was often ill and read a great deal.",
        "{He} never married and lived with {his} sister.", "{P} called {him} the best {w} of the age.",
        "After {y} {his} eyes grew weak, and {he} gave up {w}.", "A street in {T} bears {his} name.",
        "{He} is best known for {his} {w} of {y}.", "Together with {P} {he} went to {T} in {y}.",
    ),
    "place": (
        "Its old market is known for {w} and {w}.", "The {w} festival, held every summer, draws many visitors.",
        "A fire destroyed most of the houses in {y}.", "In {y} a new harbour was built by people from {T}.",
        "{P} lived here for some years and praised the {w}.", "A railway has joined it to {T} since {y}.",
        "Many people there make {w}, and the {w} is sold abroad.", "The town hall holds a collection of {w}.",
        "The winters are cold, and snow lies for {k} months.", "A tower of {k} storeys can be seen from far away.",
        "Part of {W} was written here.", "The first school was opened in {y}.", "In {y} it had only {k} families.",
    ),
    "water": (
        "Its water is clear, and {w} live in it.", "A dam of {y} made the {w} disappear.", "Boats carried {w} down to {T}.",
        "It freezes in hard winters.", "In {y} it rose {k} metres and flooded the fields near {T}.",
        "{P} painted it many times.", "The {w} on its banks are protected.", "Its upper course is steep and narrow.",
    ),
    "work": (
        "It tells the story of a {w} who comes to {T}.", "The first critics did not like the {w}.", "It is set in {T} in {y}.",
        "{P} called it the finest {w} of its time.", "It runs for almost {k} hours.", "A copy was found in {T} in {y}.",
        "It has been translated into {k} languages.", "It was compared with {W}, which is older.", "The end was changed twice.",
    ),
    "thing": (
        "It is famous for its {w}.", "About {k} people work there.", "{P} visited it in {y}.", "It was closed for {k} years after a fire.",
        "Its {w} were brought from {T}.", "The first plans were drawn in {y}.", "It has been repaired {k} times.",
        "Photographs from {y} show a dark {w}.", "Its surface is covered with {w}.",
    ),
    "any": (
        "The {w} of {T} was known to everybody.", "In the {w} of {y} there was much {w}.", "{P} and {P} met there in {y}.",
        "Some say that the {w} came from {T}, others from {T}.", "It took {k} years until the {w} was ready.",
        "Nobody knows why the {w} was given up.", "The {w} that stood there before had been sold in {y}.",
        "More than {k} hundred {w} were counted in {y}.", "There is a {w} with a {w} on it.", "For a long time {w} were rare.",
        "What {P} wrote about it is lost.", "After the war the {w} was moved to {T}.", "Only {k} of the {w} are left.",
        "Most of what is known comes from {P}, who saw it in {y}.", "{W} and {W} are mentioned in the same letter.",
        "On {k} {w} one can still read the word {w}.", "From {T} to {T} it takes {k} days by boat on the {R}.",
    ),
}  # fmt: skip
"""Sentences between the facts; they name others, so that a name alone finds nothing."""

JOINTS = (
    "of", "of the", "and", "and the", "in the", "which", "that was", "with a", "for", "from the", "to the", "on", "were", "was",
    "had been", "between", "by the", "as", "but", "when the", "whose", "who", "after the", "under", "over the", "not", ", the",
)  # fmt: skip
"""What stands between words in sentences that mean nothing."""
JOBS = (
    "physicist", "mathematician", "astronomer", "composer", "writer", "novelist", "poet", "director", "painter", "sculptor",
    "architect", "engineer", "inventor", "chemist", "biologist", "geologist", "philosopher", "politician", "queen", "king",
    "explorer", "singer", "pianist", "historian", "physician", "botanist",
)  # fmt: skip
TOWNS = ("city", "town", "village", "city", "town", "port")
LANDS = ("country", "republic", "kingdom", "country")
WORKS = ("film", "novel", "opera", "painting", "play", "symphony", "poem", "ballet", "book")
BUILT = ("bridge", "tower", "museum", "castle", "cathedral", "theatre")
GROUPS = ("university", "company", "society", "newspaper")
HEIGHTS = ("mountain", "volcano", "peak")
SUPERLATIVES = ("largest city", "longest river", "highest mountain", "second largest city", "largest lake", "oldest town")
SIDES = ("north", "south", "east", "west")
COUNTS = ("two", "three", "four", "five", "six", "seven", "nine", "eleven", "12", "20", "30")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
