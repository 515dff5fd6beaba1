"""Random worlds: what the embedded student reads is grounded in its passages, and nothing withheld is among it."""

import random

import pytest

from source2synth.data.links import link_graph
from source2synth.data.render_documents import read_chain
from source2synth.optimizers.checks.documents import (
    Library,
    follows_its_plan,
    hops_are_recomputed,
    run_document_checks,
    spans_are_found,
)
from source2synth.programs import MultiHopQuestions
from source2synth.programs.offline.hops.atlas import atlas_of
from source2synth.studies.tiny.sheets import is_table, to_sheet
from source2synth.studies.tiny.tokenizer import JOINTS, grown
from source2synth.studies.tiny.train import new_tokenizer
from source2synth.studies.tiny.world_pages import world_pages
from source2synth.studies.tiny.world_words import PREDICATES, WITHHELD_RELATIONS
from source2synth.studies.tiny.worlds import random_world


@pytest.fixture(scope="module")
def some_pages():
    return [page for seed in (5_000_001, 5_000_002) for page in world_pages(seed, 20)]


def documents_of(page):
    """Give the texts of a page by their titles."""
    parts = ("\n" + page["table"]).split("\nd ")[1:]
    return {title: text for title, _, text in (part.partition("\n") for part in parts)}


def test_worlds_and_their_pages_are_made_by_their_seed_alone(some_pages):
    assert random_world(random.Random(3)) == random_world(random.Random(3))
    assert random_world(random.Random(3)) != random_world(random.Random(4))
    assert list(world_pages(5_000_001, 20)) == some_pages[:20]


def test_every_answer_of_a_chain_stands_in_the_document_it_names(some_pages):
    found = 0
    for page in some_pages:
        texts = documents_of(page)
        for _, reply, *_ in page["questions"]:
            steps, answer = read_chain(reply)
            for _, said, title in steps:
                if title:
                    assert said in texts[title]
                    found += 1
            assert answer == steps[-1][1]
    assert found > 200


def test_what_the_documents_do_not_tell_is_not_stated(some_pages):
    lost = [read_chain(reply) for page in some_pages for _, reply, *_ in page["questions"] if "not stated" in reply]
    assert len(lost) > 5
    assert all(answer == "not stated" for _, answer in lost)


def test_all_kinds_of_questions_are_met_but_those_withheld(some_pages):
    kinds = {(shape, hops) for page in some_pages for _, _, shape, hops in page["questions"]}
    assert {("chain", 1), ("chain", 2), ("chain", 3), ("comparison", 3)} <= kinds
    assert {"fan_out", "join"} & {shape for shape, _ in kinds}
    assert "bridge_comparison" not in {shape for shape, _ in kinds}


def test_the_patterns_read_what_worlds_tell_and_nothing_withheld():
    read = set()
    for seed in range(12):
        world = random_world(random.Random(f"read {seed}"))
        read |= {fact.relation for fact in atlas_of(world, link_graph(world)).facts}
    assert not read & set(WITHHELD_RELATIONS)
    assert set(WITHHELD_RELATIONS) <= PREDICATES.keys()
    assert len(read) > 35


def test_questions_on_worlds_pass_the_checks_of_spans_and_of_computed_hops():
    world = random_world(random.Random("checked"))
    graph = link_graph(world)
    made = MultiHopQuestions.offline().many(world, 60, seed=1, graph=graph)
    checks = (follows_its_plan, spans_are_found, hops_are_recomputed)
    verdicts = run_document_checks(made, Library(world, graph), checks)
    assert {hop.operation for one in made for hop in one.hops} >= {"span", "compare", "count", "max"}
    assert [verdict.reason for verdict in verdicts if verdict.outcome != "kept"] == []
    wrong = [one.model_copy(update={"answer": "nobody"}) for one in made]
    hops = [(*one.hops[:-1], one.hops[-1].model_copy(update={"answer": "nobody"})) for one in wrong]
    wrong = [one.model_copy(update={"hops": chain}) for one, chain in zip(wrong, hops, strict=True)]
    assert all(verdict.outcome == "dropped" for verdict in run_document_checks(wrong, Library(world, graph), checks))


def test_a_grown_tokenizer_writes_the_same_text_in_fewer_tokens(some_pages):
    small = new_tokenizer(some_pages, 700)
    big = grown(small, [page["table"] for page in some_pages], 400)
    texts = [page["table"] for page in some_pages]
    assert all(big.decode(big(text)["input_ids"]) == text for text in texts)
    assert sum(len(big(text)["input_ids"]) for text in texts) < 0.8 * sum(
        len(small(text)["input_ids"]) for text in texts
    )
    assert len(big) == len(small) + 400
    assert {small.convert_tokens_to_ids(t) == big.convert_tokens_to_ids(t) for t in small.get_vocab()} == {True}
    assert JOINTS[0] in big.get_vocab()


def test_pages_of_documents_are_told_from_tables(some_pages):
    assert not any(map(is_table, some_pages))
    tokenizer = new_tokenizer(some_pages, 700)
    sheet = to_sheet(tokenizer, some_pages[0])
    assert tokenizer.decode(sheet.prefix).startswith("<|user|>d ")
