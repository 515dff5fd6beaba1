"""The benchmark of reading students asks what it says it asks, and its shortcuts see one passage only."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from source2synth.data.document_records import Passage
from source2synth.evaluation import wilson
from source2synth.programs import HopReasoner
from source2synth.studies.tiny.world_words import WITHHELD_RELATIONS

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "reader.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reader", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def passage(title: str, text: str) -> Passage:
    return Passage(document_id=title, title=title, start=0, end=len(text), text=text)


TITAN = passage("Titan", "It was found by Huygens on 25 March 1655. It was Huygens who drew it. It is far.")
HAGUE = passage("The Hague", "The Hague is a city. It has 550,000 inhabitants.")


@pytest.mark.parametrize(
    ("question", "guessed"),
    [
        ("Who discovered Titan?", "Huygens"),
        ("When was Titan discovered?", "25 March 1655"),
        ("Was Titan discovered before Rhea?", "yes"),
        ("Quick question: is Titan larger than Rhea?", "yes"),
        ("Which was discovered earlier, Rhea or Titan?", "Rhea"),
        ("Of Rhea, Dione and Titan, which was discovered last?", "Rhea"),
        ("Of Rhea and Titan, who came later?", "Rhea"),
    ],
)
def test_a_guess_fits_what_is_asked(benchmark: ModuleType, question: str, guessed: str) -> None:
    assert benchmark.guess([TITAN], question) == guessed


def test_there_may_be_nothing_to_guess_with(benchmark: ModuleType) -> None:
    assert benchmark.guess([passage("Titan", "Titan is a moon.")], "What is Titan?") == ""


def test_one_passage_is_the_first_hit(benchmark: ModuleType) -> None:
    corpus, examples = benchmark.two_hops(20, 1)
    for one in examples:
        seen = benchmark.OnePassage().sees(one, corpus)
        assert len(seen) == 1
        assert seen[0] in HopReasoner().sees(one, corpus)
    assert benchmark.first_hit([HAGUE, TITAN], "Who discovered the moon Titan?") == (TITAN,)


def test_chains_of_two_hops_have_two_documents_and_two_distractors(benchmark: ModuleType) -> None:
    corpus, examples = benchmark.two_hops(20, 1)
    solver = HopReasoner(context="gold+distractors")
    index = solver.index(corpus)
    assert len(examples) == 20
    assert {len(solver.sees(one, corpus, index)) for one in examples} == {4}


def test_what_was_withheld_is_asked_only_where_it_says_so(benchmark: ModuleType) -> None:
    _, unmet = benchmark.unmet_relations(10, 1)
    assert len(unmet) == 10
    assert all({hop.relation for hop in one.hops} & benchmark.UNMET for one in unmet)
    _, met = benchmark.random_worlds(40, 1)
    assert len(met) == 40
    assert not {hop.relation for one in met for hop in one.hops} & benchmark.UNMET
    assert set(WITHHELD_RELATIONS) <= benchmark.UNMET


def test_groups_keep_what_has_no_answer_apart(benchmark: ModuleType) -> None:
    _, examples = benchmark.random_worlds(48, 1)
    found = benchmark.grouped(examples, [one.answerable for one in examples])
    lost = sum(not one.answerable for one in examples)
    low, high = wilson(0, lost)
    assert lost > 0
    assert found["not answerable"] == {"right": 0.0, "interval": [round(low, 3), round(high, 3)], "of": lost}
    assert found["all"]["right"] == 1.0
    assert found["all"]["of"] == 48 - lost
    assert {"documents: 1", "documents: 2", "documents: 4", "unmet shapes"} <= found.keys()
