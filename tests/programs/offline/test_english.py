"""The little grammar of English, headers as words, and tables as their readers understand them."""

import doctest
import importlib

import pytest

from source2synth.data.records import Database
from source2synth.programs.offline.lexicon import concept_of
from source2synth.programs.offline.phrasebook.ask_pairs import comparative
from source2synth.programs.offline.phrasebook.concepts import CONCEPTS
from source2synth.programs.offline.phrasebook.english import a, conjugate, listed, plural, sentence, singular
from source2synth.programs.offline.phrasebook.headers import words_of
from source2synth.programs.offline.phrasebook.templates import say
from source2synth.programs.offline.reading import reading
from source2synth.programs.offline.titles import noun_in_title, spoken_title


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("country", "countries"),
        ("runner-up", "runners-up"),
        ("date of birth", "dates of birth"),
        ("loss", "losses"),
        ("match", "matches"),
        ("series", "series"),
        ("person", "people"),
        ("NHL team", "NHL teams"),
        ("party won", "parties won"),
        ("home city", "home cities"),
        ("bus", "buses"),
        ("day", "days"),
    ],
)
def test_plurals_and_back(one: str, many: str) -> None:
    assert plural(one) == many
    assert plural(many) == many
    assert singular(many) == one


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("attendance", "an attendance"),
        ("university", "a university"),
        ("NHL team", "an NHL team"),
        ("US title", "a US title"),
        ("hour", "an hour"),
        ("8849", "an 8849"),
        ("points", "points"),
        ("prize money", "prize money"),
    ],
)
def test_articles_go_by_sound(noun: str, expected: str) -> None:
    assert a(noun) == expected


def test_verbs_agree() -> None:
    assert conjugate("wear", past=False, many=False) == "wears"
    assert conjugate("wear", past=True, many=True) == "wore"
    assert conjugate("be", past=True, many=True) == "were"
    assert conjugate("was born in", past=False, many=True) == "were born in"
    assert conjugate("carry on", past=True, many=False) == "carried on"


def test_indirect_questions_are_not_inverted() -> None:
    words = {"s": "K2", "n": "height", "c": "in 2005"}
    assert say("how tall <be> {s}", words) == ("how tall is K2", "how tall K2 is")
    assert say("when <did> {s} [take] place", words) == ("when did K2 take place", "when K2 took place")
    assert say("what <be> the {n} of {s}", words) == ("what is the height of K2", "what the height of K2 is")


def test_sentences() -> None:
    assert sentence("who wears number 42") == "Who wears number 42?"
    assert sentence("iPods are what", ".") == "iPods are what."
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert [comparative(w) for w in ("tallest", "most populous", "best attended", "earliest")] == [
        "taller",
        "more populous",
        "better attended",
        "earlier",
    ]


@pytest.mark.parametrize(
    ("header", "noun", "unit"),
    [
        ("us viewers (millions)", "US viewers", "million"),
        ("Height (m)", "height", "m"),
        ("runner - up", "runner-up", ""),
        ("director (s)", "director", ""),
        ("area (km square)", "area", "km²"),
        ("nhl_team", "NHL team", ""),
        ("w", "wins", ""),
        ("years in toronto", "years in Toronto", ""),
        ("# of seasons", "number of seasons", ""),
        ("Opponent#", "opponent", ""),
        ("no in series", "number in the series", ""),
    ],
)
def test_headers_as_words(header: str, noun: str, unit: str) -> None:
    assert (words_of(header).noun, words_of(header).unit) == (noun, unit)


def test_titles() -> None:
    assert noun_in_title("List of tallest buildings in Ohio") == "building"
    assert noun_in_title("mountains") == "mountain"
    assert noun_in_title("2007 Rhein Fire season") == ""
    assert spoken_title("t_1_10470082_7") == ""
    assert spoken_title("Toronto Raptors all-time roster") == "Toronto Raptors all-time roster"


@pytest.mark.parametrize(
    ("table", "noun", "key"),
    [
        ("roster", "player", "player"),
        ("mountains", "mountain", "name"),
        ("games", "game", ""),
        ("medals", "country", "nation"),
        ("episodes", "episode", "title"),
    ],
)
def test_what_a_row_is(tables: dict[str, Database], table: str, noun: str, key: str) -> None:
    row = reading(tables[table], table).row
    assert (row.noun, row.key) == (noun, key)


def test_a_row_of_totals_is_no_row(tables: dict[str, Database]) -> None:
    assert reading(tables["medals"], "medals").strange == {5}


def test_no_header_means_two_things_in_one_file() -> None:
    for concept in CONCEPTS:
        assert len(set(concept.headers)) == len(concept.headers), concept.headers[0]
        assert concept_of(concept.headers[0]) is not None


@pytest.mark.parametrize("module", ["english", "templates", "headers"])
def test_examples_in_docstrings(module: str) -> None:
    found = importlib.import_module(f"source2synth.programs.offline.phrasebook.{module}")
    assert doctest.testmod(found).failed == 0
