"""Nouns that rows may go by, and the class of rows each belongs to."""

from .concept import RowClass

_PEOPLE = """
player athlete driver rider actor singer politician minister president governor mayor senator bishop king queen
monarch emperor writer author laureate winner recipient ambassador member swimmer coach manager judge officer
general commander astronaut premier person employee student contestant customer artist musician
"""
_PLACES = """
country city town village mountain river lake island state county district province region municipality
continent capital suburb airport station park planet moon parish volcano peak sea ocean desert waterfall glacier
cave casino hotel theatre
"""
_ORGS = """
school college university company bank team club station band airline hospital church newspaper museum party
"""
_WORKS = """
film song album book novel episode game single play opera show series painting magazine
"""
_THINGS = """
building bridge tower ship aircraft locomotive car engine element mission satellite spacecraft language currency
bird tree dam tunnel road railway stadium reactor processor camera rocket star galaxy mineral dinosaur species
product order skyscraper submarine battleship lighthouse castle mine
"""

PEOPLE = frozenset(_PEOPLE.split())
CLASSES: dict[str, RowClass] = {
    **dict.fromkeys(_PLACES.split(), "place"),
    **dict.fromkeys(_ORGS.split(), "org"),
    **dict.fromkeys(_WORKS.split(), "work"),
    **dict.fromkeys(_THINGS.split(), "thing"),
    **dict.fromkeys(_PEOPLE.split(), "person"),
}
