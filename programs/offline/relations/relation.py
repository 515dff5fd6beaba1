"""What is known of a relation: the sentences that state it and the ways to ask for either end."""

from ....data.records import Record
from .fact import Kind, Sort


class Ask(Record):
    """How one end of a relation is asked for. `{s}` is the other end, `{n}` a noun for what is asked (`city`)."""

    name: str
    """Stands in `Hop.relation`; it tells which end is asked for."""
    questions: tuple[str, ...]
    phrases: tuple[str, ...] = ()
    """Names of the answer that can take the place of `{s}`: `the director of {s}`. None: nothing can follow on it."""
    noun: str = ""
    """For `{n}` where nothing tells what the answer is; empty: then forms with `{n}` are not used."""
    role: str = ""
    """`director`, for `Which film's director was born earlier`; empty if there is no such word."""
    called: str = ""
    """A name of an answer that nothing can follow on: `the length of {s}`."""


class Compared(Record):
    """Wordings for things of which a date or number is known; in each pair the later or larger one comes first."""

    better: tuple[str, str]
    """`was born later`, `was born earlier`."""
    best: tuple[str, str]
    """`was born last`, `was born first`."""
    truth: tuple[str, str]
    """`Was {a} born after {b}?`, `Was {a} born before {b}?`."""
    counted: tuple[str, str]
    """`were born after {b}`, `were born before {b}`."""
    total: str = ""
    """`the combined length of {all}`; empty if a sum makes no sense."""
    who: bool = False
    """Whether it is asked of persons."""


class Dated(Record):
    """How the subject of a relation is asked for, together with the year of another fact about it, `{y}`."""

    ask: Ask
    date: str
    """Name of the relation that gives the year."""


class Pattern(Record):
    """A form of words after the subject (`relations.slots`)."""

    form: str
    swapped: bool = False
    """The subject of the sentence is the object of the fact: `Vienna is the capital of Austria`."""


class Relation(Record):
    """One relation of the catalogue."""

    name: str
    patterns: tuple[Pattern, ...]
    keys: str
    """Words, one of which every sentence that states it has, in small letters; `(` may be one."""
    kind: Kind = "thing"
    """Of the object."""
    subjects: frozenset[Sort] = frozenset()
    """What a subject with a document may be; empty: anything."""
    nouns: frozenset[str] = frozenset()
    """Nouns that a subject with a document may have; empty: any."""
    objects: frozenset[Sort] = frozenset()
    """What an object with a document may be; empty: anything."""
    forward: Ask
    """Asks for the object."""
    inverse: Ask | None = None
    """Asks for the subject, where there is only one."""
    compared: Compared | None = None
    clause: str = ""
    """What the subject does, for joins: `was directed by {s}`."""
    dated: Dated | None = None
    """Asks for the subject where a date of it sets it apart."""
    unless: str = ""
    """A form of words; a document with it may state the relation of several, and is left alone."""
    sign: str = ""
    """A form of words that a document about the object has; without it, it is about a namesake."""
    linked: bool = False
    """Only an object that the corpus has a document about counts."""
    alone: bool = False
    """The sentence is left aside where `and` names a second object."""
