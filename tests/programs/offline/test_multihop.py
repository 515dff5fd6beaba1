"""Multi-hop questions without a model, over the project's own articles: sound by every check, the same each time."""

import asyncio
import random
from pathlib import Path
from typing import Any, cast

import pytest

import source2synth.data
from source2synth.data.document_records import Corpus, Document, MultiHopExample, Shape
from source2synth.data.leaks import shown_in
from source2synth.data.links import LinkGraph, link_graph
from source2synth.data.records import Seed
from source2synth.data.sources.documents import read_documents
from source2synth.errors import ReplyError
from source2synth.programs.multihop_questions import MultiHopQuestions
from source2synth.programs.offline.hops import EntitySeeds, FactHops, RelationComposition, atlas_of, walks
from source2synth.programs.offline.hops.rules import rules_of
from source2synth.programs.offline.hops.walks import Walks
from source2synth.programs.plans import plan_of
from source2synth.programs.protocols_documents import UsedEntities

ARTICLES = Path(source2synth.data.__file__).parent / "samples" / "documents"


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_documents(ARTICLES)


@pytest.fixture(scope="module")
def graph(corpus: Corpus) -> LinkGraph:
    return link_graph(corpus)


@pytest.fixture(scope="module")
def examples(corpus: Corpus, graph: LinkGraph) -> list[MultiHopExample]:
    return MultiHopQuestions.offline().many(corpus, 60, seed=5, graph=graph)


def test_shapes_and_numbers_of_hops_are_there(examples: list[MultiHopExample]) -> None:
    kinds = {(one.shape, len(one.seed.source_ids)) for one in examples}
    chains: set[tuple[Shape, int]] = {("chain", 2), ("chain", 3), ("chain", 4)}
    assert chains < kinds
    assert {"comparison", "bridge_comparison", "fan_out"} <= {shape for shape, _ in kinds}


def test_hops_follow_the_plan_and_their_spans_hold(corpus: Corpus, examples: list[MultiHopExample]) -> None:
    for one in examples:
        plan = plan_of(one.shape, len(one.seed.source_ids))
        assert [hop.uses for hop in one.hops] == [step.uses for step in plan]
        for hop, step in zip(one.hops, plan, strict=True):
            assert all(f"#{at + 1}" in hop.question for at in hop.uses)
            if step.source is not None:
                span = hop.evidence[0]
                assert span.document_id == one.seed.source_ids[step.source]
                assert corpus.document(span.document_id).text[span.start : span.end] == hop.answer == span.text


def test_questions_are_whole_and_show_no_bridge(examples: list[MultiHopExample]) -> None:
    for one in examples:
        asked = [hop.answer for hop in one.hops if hop.operation == "span"]
        assert shown_in(one.question, [name for name in asked if name not in one.hops[-1].relation]) is None
        assert one.question[0].isupper()
        assert one.question.endswith(("?", "."))
        assert not {"#", "{", "}"} & set(one.question)


def test_the_same_seed_gives_the_same_questions(
    corpus: Corpus, graph: LinkGraph, examples: list[MultiHopExample]
) -> None:
    again = MultiHopQuestions.offline().many(read_documents(ARTICLES), 60, seed=5)
    assert again == examples
    assert MultiHopQuestions.offline().many(corpus, 60, seed=6, graph=graph) != examples


def test_awaiting_gives_questions_too(corpus: Corpus, graph: LinkGraph) -> None:
    found = asyncio.run(MultiHopQuestions.offline(hops=2, shapes=("chain",)).amany(corpus, 4, seed=1, graph=graph))
    assert {one.shape for one in found} == {"chain"}


def test_a_corpus_used_up_ends(corpus: Corpus, graph: LinkGraph) -> None:
    few = Corpus(documents=corpus.documents[:3])
    made = list(MultiHopQuestions.offline().attempts(few, 50, seed=1))
    assert sum(one.example is not None for one in made) < 5
    assert {one.verdict.check for one in made if one.verdict} <= {"seed", "hop", "compose"}


def test_a_seed_used_does_not_come_again(corpus: Corpus, graph: LinkGraph) -> None:
    used, seen = UsedEntities(), set[str]()
    for rng in range(6):
        seed = EntitySeeds().forward(corpus, graph, shape="chain", hops=2, rng=rng, used=used)
        assert seed.text not in seen
        seen.add(seed.text)
        used = used.plus(texts=(seed.text,), documents=seed.source_ids)


def test_a_hub_is_capped(corpus: Corpus, graph: LinkGraph) -> None:
    first = EntitySeeds().forward(corpus, graph, shape="chain", hops=2, rng=1)
    used = UsedEntities(documents=(first.source_ids[0],) * 3)
    for rng in range(8):
        seed = EntitySeeds(hub=3).forward(corpus, graph, shape="chain", hops=2, rng=rng, used=used)
        assert first.source_ids[0] not in seed.source_ids


@pytest.mark.parametrize("strategy", ["uniform", "rare", "coverage"])
def test_strategies_name_their_seeds(corpus: Corpus, graph: LinkGraph, strategy: str) -> None:
    seeds = EntitySeeds((strategy,))  # type: ignore[arg-type]  # one of them
    assert seeds.forward(corpus, graph, shape="chain", hops=2, rng=3).kind == strategy
    assert seeds.forward(corpus, graph, shape="comparison", hops=2, rng=3).kind == "comparison"


def test_a_seed_of_unconnected_documents_has_no_hop(corpus: Corpus, graph: LinkGraph) -> None:
    ids = (corpus.documents[0].id, corpus.documents[1].id)
    with pytest.raises(ReplyError, match="No facts were found"):
        FactHops().forward(
            corpus, graph, Seed(kind="uniform", text="a -> b", source_ids=ids), 0, (), shape="chain", rng=1
        )


def test_hops_of_unknown_relations_are_not_composed(examples: list[MultiHopExample]) -> None:
    one = next(one for one in examples if one.shape == "chain")
    strange = (one.hops[0].model_copy(update={"relation": "sings"}), *one.hops[1:])
    with pytest.raises(ReplyError, match="none that the relation 'sings' has"):
        RelationComposition().forward(strange, "chain", style="formal", rng=1)


def test_facts_that_contradict_each_other_are_not_asked_for(graph: LinkGraph) -> None:
    texts = {"Ann Lee": "Ann Lee was born in Ulm. She was a poet.", "Ulm": "Ulm is a city. Ann Lee was born in Kiel."}
    corpus = Corpus(documents=tuple(Document.of(title, text) for title, text in texts.items()))
    assert not [one for one in atlas_of(corpus, link_graph(corpus)).asked if one.ask == "birthplace"]


def test_places_of_one_name_are_not_one_place() -> None:
    texts = {
        "Jack Leeds": "Jack Leeds was a poet. Leeds died in Paris, Texas.",
        "Ann Moor": "Ann Moor (1851 – 1907) was a poet. Moor died in 1907 in Paris, France.",
        "Tom Hill": "Tom Hill was a poet. Hill died in Paris, France.",
    }
    corpus = Corpus(documents=tuple(Document.of(title, text) for title, text in texts.items()))
    atlas = atlas_of(corpus, link_graph(corpus))
    ends = {one.start: one.answer_key for one in atlas.asked if one.ask == "place of death"}
    assert ends["Jack Leeds"] != ends["Ann Moor"] == ends["Tom Hill"]


def test_limits_of_counts_are_round_and_between() -> None:
    rules = rules_of(("count", "max", "sum"), "length", ["100 km", "200 km", "900 km"], whole=True)
    assert ("count", "more 300 km") in rules
    assert ("sum", "sum") in rules
    dates = rules_of(("count", "max", "sum"), "birth date", ["1790", "5 May 1820", "1911"], whole=True)
    assert ("count", "later 1800") in dates
    assert ("sum", "sum") not in dates


def test_what_a_walk_begins_with_is_drawn_whole_however_much_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walks, "AT_ONCE", 10)
    drawn = Walks(cast("Any", None), random.Random(3), lambda one: 0.0)
    few, many = list(drawn.shares(range(8))), list(drawn.shares(range(1_000)))
    assert [sorted(one) for one in few] == [list(range(8))]
    assert len(many[0]) == 10
    assert sorted([*many[0], *many[1]]) == list(range(1_000))
    assert many[1] != sorted(many[1])
