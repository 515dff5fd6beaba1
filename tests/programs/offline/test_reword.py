"""Imputation without a model: other words of a hop's relation, composed again; only the answer is asked for."""

from collections.abc import Sequence
from typing import Any

import pytest

from source2synth.data.document_records import Corpus, HopAnswer, MultiHopExample, Passage
from source2synth.data.links import link_graph
from source2synth.data.sources.documents import read_documents
from source2synth.errors import ReplyError
from source2synth.optimizers.checks.documents import Library, run_document_checks
from source2synth.programs import HopReasoner, Imputation, MultiHopQuestions
from source2synth.programs.imputation import failed_at
from source2synth.programs.offline.hops import RewordHop
from source2synth.programs.offline.hops.wording import known_form

from ...pipeline.villages import write_articles
from ..articles import CORPUS, MOON


class Knowing(HopReasoner):
    """A solver that gives one answer."""

    def __init__(self, answer: str) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, passages: Sequence[Passage], question: str) -> HopAnswer:
        assert passages
        return HopAnswer(answer=self.answer)


@pytest.fixture(scope="module")
def villages(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return read_documents(write_articles(tmp_path_factory.mktemp("articles")))


@pytest.fixture(scope="module")
def examples(villages: Corpus) -> list[MultiHopExample]:
    return MultiHopQuestions.offline(hops=(2, 3), shapes=("chain",)).many(villages, 24, seed=2)


def test_other_words_ask_the_same_of_the_same(examples: list[MultiHopExample], villages: Corpus) -> None:
    for example in examples:
        for at, hop in enumerate(example.hops):
            if hop.relation == "birth date":  # is asked for in one way only
                with pytest.raises(ReplyError, match="no other words"):
                    RewordHop()(example, villages, index=at, rng=5)
                continue
            said = RewordHop()(example, villages, index=at, rng=5)
            again = hop.model_copy(update={"question": said})
            assert said != hop.question
            assert known_form(again)[1][0] == known_form(hop)[1][0]
            assert all(f"#{used + 1}" in said for used in hop.uses)


def test_what_is_imputed_passes_the_checks_and_keeps_all_but_its_words(
    examples: list[MultiHopExample], villages: Corpus
) -> None:
    made: list[tuple[MultiHopExample, Any]] = [
        (one, Imputation.offline(solver=Knowing(one.answer))(one, villages, rng=3, style="formal")) for one in examples
    ]
    imputed = [(before, after) for before, after in made if after.provenance.imputed]
    assert len(imputed) > len(examples) // 2
    library = Library(villages, link_graph(villages))
    assert {one.outcome for one in run_document_checks([after for _, after in imputed], library)} == {"kept"}
    for before, after in imputed:
        assert after.question != before.question == after.provenance.original_question
        assert (after.answer, after.seed, after.shape) == (before.answer, before.seed, before.shape)
        assert [hop.evidence for hop in after.hops] == [hop.evidence for hop in before.hops]
    ends = {failed_at(after) for _, after in made if not after.provenance.imputed}
    assert ends <= {"rebuild", "compose"}


def test_a_hop_that_no_relation_asks_and_a_wrong_answer_change_nothing(
    examples: list[MultiHopExample], villages: Corpus
) -> None:
    same = Imputation.offline(solver=Knowing("x"))(MOON, CORPUS)
    assert (same.question, failed_at(same)) == (MOON.question, "rebuild")
    ends = {failed_at(Imputation.offline(solver=Knowing("nobody"))(one, villages, rng=3)) for one in examples}
    assert "answer" in ends
    assert "" not in ends
