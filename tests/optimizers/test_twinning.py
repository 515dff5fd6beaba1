"""Unanswerable twins: as many as wanted, each without a document whose content stands nowhere else."""

import pytest

from source2synth.data.answers import NOT_STATED
from source2synth.data.document_records import Corpus, Document, MultiHopExample
from source2synth.data.links import link_graph
from source2synth.optimizers.checks.documents import Library, removed_is_needed, run_document_checks
from source2synth.optimizers.twinning import twins_of
from source2synth.programs import HopReasoner, MultiHopQuestions
from source2synth.programs.twins import twin_without

from ..programs.articles import CORPUS, GRAPH, IDS, LONGER, MOON, TEXTS


@pytest.fixture(scope="module")
def examples(villages: Corpus) -> list[MultiHopExample]:
    return MultiHopQuestions.offline(hops=(2, 3), shapes=("chain", "comparison")).many(villages, 30, seed=2)


@pytest.fixture(scope="module")
def library(villages: Corpus) -> Library:
    return Library(villages, link_graph(villages))


def test_as_many_as_wanted_each_passing_its_checks(examples: list[MultiHopExample], library: Library) -> None:
    found = twins_of(examples, library, share=0.2, seed=1)
    assert len(found.made) == 6
    assert not found.refused
    assert {one.outcome for one in found.verdicts} == {"kept"}
    assert {one.outcome for one in run_document_checks(found.made, library)} == {"kept"}
    for twin in found.made:
        base = next(one for one in examples if f"twin of {one.id} " in twin.provenance.notes[-1])
        assert (twin.answer, twin.answerable, twin.question) == (NOT_STATED, False, base.question)
        assert set(twin.seed.source_ids) < set(base.seed.source_ids)
        assert twin.id != base.id


def test_more_examples_leave_the_twins_of_those_that_come_first(
    examples: list[MultiHopExample], library: Library
) -> None:
    few = {twin.id for twin in twins_of(examples, library, share=0.2, seed=1).made}
    many = {twin.id for twin in twins_of(list(reversed(examples)), library, share=0.5, seed=1).made}
    assert few < many
    assert few != {twin.id for twin in twins_of(examples, library, share=0.2, seed=2).made}
    assert not twins_of(examples, library, share=0.0, seed=1).made


def test_a_twin_has_no_twin(library: Library, examples: list[MultiHopExample]) -> None:
    twins = twins_of(examples, library, share=0.5, seed=1).made
    assert not twins_of(twins, library, share=1.0, seed=1).verdicts


def test_a_student_learns_to_abstain_from_a_twin(examples: list[MultiHopExample], library: Library) -> None:
    solver = HopReasoner(reasoning=False)
    twin = twins_of(examples, library, share=0.2, seed=1).made[0]
    passages = solver.sees(twin, library.corpus)
    row = solver.training_row(passages, twin)
    assert row["outputs"]["chain"].splitlines()[-1] == f"a {NOT_STATED}"
    gone = {span.document_id for hop in twin.hops for span in hop.evidence[:1]} - set(twin.seed.source_ids)
    assert not gone & {passage.document_id for passage in passages}


def holding(title: str, text: str) -> Library:
    """Return the corpus with a sentence more in a document, under the ids that the examples know."""
    documents = tuple(
        one.model_copy(update={"text": f"{one.text} {text}"}) if one.title == title else one for one in CORPUS.documents
    )
    return Library(Corpus(documents=documents), GRAPH)


def test_what_is_taken_away_must_be_needed() -> None:
    library = Library(CORPUS, GRAPH)
    first, last = twin_without(MOON, 0), twin_without(MOON, 1)
    assert removed_is_needed(first, library).outcome == "kept"  # `Apollo 11` stands in what is left, but not the Moon
    assert removed_is_needed(last, library).outcome == "kept"
    assert removed_is_needed(MOON, library).outcome == "kept"

    told = removed_is_needed(first, holding("Neil Armstrong", "Apollo 11 landed on the Moon."))
    assert (told.outcome, told.check) == ("dropped", "removed_is_needed")
    assert "'Apollo 11'" in told.reason
    assert told.evidence["document"] == IDS["Neil Armstrong"]

    answered = removed_is_needed(last, holding("The Moon", "Neil Armstrong walked there."))
    assert "'Neil Armstrong'" in answered.reason


def test_another_document_is_taken_where_one_is_not_needed_and_none_where_none_is() -> None:
    half = holding("Neil Armstrong", "Apollo 11 landed on the Moon.")
    for seed in range(4):
        (twin,) = twins_of([MOON], half, share=1.0, seed=seed).made
        assert twin.seed.source_ids == MOON.seed.source_ids[:1]
    titles = {"The Moon": "Neil Armstrong walked there.", "Neil Armstrong": "Apollo 11 landed on the Moon."}
    documents = [Document.of(title, text) for title, text in TEXTS.items()]
    more = [
        one.model_copy(update={"text": f"{one.text} {titles[one.title]}"}) if one.title in titles else one
        for one in documents
    ]
    both = Library(Corpus(documents=tuple(more)), GRAPH)
    found = twins_of([MOON], both, share=1.0, seed=0)
    assert (len(found.made), len(found.refused)) == (0, 1)
    assert [one.outcome for one in found.verdicts] == ["dropped"]


def test_a_computed_answer_may_stand_in_what_is_left() -> None:
    library = Library(CORPUS, GRAPH)
    assert LONGER.answer in {CORPUS.document(id).title for id in LONGER.seed.source_ids}
    assert {removed_is_needed(twin_without(LONGER, at), library).outcome for at in (0, 1)} == {"kept"}
