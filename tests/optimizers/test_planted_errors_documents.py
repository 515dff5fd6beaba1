"""What is planted in multi-hop examples is broken, holds together in itself, and is counted right."""

import argparse
import importlib.util
import random
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import source2synth
from source2synth.data.document_records import HopAnswer, MultiHopExample, Passage
from source2synth.data.leaks import shown_in
from source2synth.data.links import link_graph
from source2synth.data.records import Verdict
from source2synth.data.sources.documents import read_documents
from source2synth.evaluation import read_human_hops, wilson
from source2synth.optimizers.checks.documents import (
    Ablation,
    Library,
    follows_its_plan,
    neighbours_only,
    run_document_checks,
    spans_are_found,
)
from source2synth.optimizers.document_mutants import DOCUMENT_KINDS, Mutant, document_mutant

from ..programs.articles import LONGER

HOME = Path(source2synth.__file__).parent
CORPUS = read_documents(HOME / "data" / "samples" / "documents")
LIBRARY = Library(CORPUS, link_graph(CORPUS))
QUESTIONS, _ = read_human_hops(HOME / "data" / "samples" / "multihop_questions.jsonl", CORPUS)
TITAN = next(one for one in QUESTIONS if one.question == "Where was the astronomer who discovered Titan born?")


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "planted_errors_documents", HOME / "benchmarks" / "planted_errors_documents.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def broken(example: MultiHopExample, kind: Any, rng: int = 0) -> Mutant | None:
    answers = [one.answer for one in QUESTIONS if one is not example]
    return document_mutant(example, kind, LIBRARY, answers, random.Random(rng))


def library_with(mutant: Mutant) -> Library:
    if mutant.added is None:
        return LIBRARY
    corpus = CORPUS.model_copy(update={"documents": (*CORPUS.documents, mutant.added)})
    return Library(corpus, link_graph(corpus))


@pytest.mark.parametrize("kind", DOCUMENT_KINDS)
def test_what_is_broken_is_another_example_that_holds_together(kind: Any) -> None:
    mutants = [(one, mutant) for one in QUESTIONS[:30] if (mutant := broken(one, kind))]
    assert len(mutants) >= 10
    for original, mutant in mutants:
        library = library_with(mutant)
        assert mutant.example.id != original.id
        for check in (follows_its_plan, spans_are_found):
            verdict = check(mutant.example, library)
            assert verdict.outcome == "kept", verdict.reason
        assert broken(original, kind) == mutant


def test_each_kind_breaks_what_it_says() -> None:
    found = {kind: broken(TITAN, kind) for kind in DOCUMENT_KINDS}
    wrong, shortcut, bridge, answer, _, double = (found[kind] for kind in DOCUMENT_KINDS)
    assert wrong is not None
    assert wrong.example.question == TITAN.question
    assert wrong.example.hops[0].answer != "Christiaan Huygens"
    assert wrong.example.seed.source_ids[1] != TITAN.seed.source_ids[1]
    assert shortcut is not None
    assert shortcut.added is not None
    assert "The Hague in 1629. On Titan: It was discovered by Christiaan Huygens" in shortcut.added.text
    assert bridge is not None
    assert bridge.example.question == "Where was Christiaan Huygens born?"
    assert answer is not None
    assert shown_in(answer.example.question, [TITAN.answer, *TITAN.aliases])
    assert double is not None
    assert double.added is not None
    assert double.added.text.count("Christiaan Huygens was born in ") == 2
    assert double.added.text.count("Christiaan Huygens was born in The Hague") == 1


def test_an_answer_of_another_document_stands_there_without_the_bridge() -> None:
    mutants = [(one, mutant) for one in QUESTIONS if (mutant := broken(one, "other document"))]
    assert mutants
    for original, mutant in mutants:
        document = LIBRARY.document(mutant.example.hops[-1].evidence[0].document_id)
        assert document is not None
        assert document.id not in original.seed.source_ids
        bridge = original.hops[original.hops[-1].uses[0]].answer
        assert document.id not in LIBRARY.holders(bridge)


def test_a_shortcut_is_found_by_its_check_and_was_none_before() -> None:
    mutant = broken(TITAN, "shortcut")
    assert mutant is not None
    assert neighbours_only(TITAN, LIBRARY).outcome == "kept"
    assert neighbours_only(mutant.example, library_with(mutant)).outcome == "dropped"


def test_what_cannot_be_broken_is_none() -> None:
    assert {broken(LONGER, kind) for kind in DOCUMENT_KINDS} == {None}
    twin = TITAN.model_copy(update={"answerable": False})
    assert broken(twin, "bridge shown") is None


def test_planting_leaves_the_sound_ones_and_is_the_same_every_time(benchmark: ModuleType) -> None:
    judged, added = benchmark.plant(QUESTIONS, LIBRARY, 3)
    again, _ = benchmark.plant(QUESTIONS[::-1], LIBRARY, 3)
    assert judged == again
    assert [one.example for one in judged if one.kind is None] == sorted(QUESTIONS, key=lambda one: one.id)
    assert {one.kind for one in judged} == {None, *DOCUMENT_KINDS}
    assert set(added) == {"shortcut", "two answers"}
    fine = [one for one in run_document_checks(QUESTIONS, LIBRARY) if one.outcome == "kept"]
    assert sum(one.kind == "bridge shown" for one in judged) <= len(fine)


def test_recall_precision_and_what_sound_ones_cost_are_counted(benchmark: ModuleType) -> None:
    names = [one.model_copy(update={"id": f"{at}"}) for at, one in enumerate([TITAN] * 8)]
    judged = [benchmark.Judged(one, None if at < 4 else "shortcut", TITAN) for at, one in enumerate(names)]
    kept = {one.id: at not in (0, 4, 5, 6) for at, one in enumerate(names)}
    rows = {row["kind"]: row for row in benchmark.measured("checks", judged, kept)}
    row = rows["shortcut"]
    low, high = wilson(3, 4)
    assert row["recall"] == {"share": 0.75, "low": low, "high": high, "of": 4}
    assert row["sound_lost"]["share"] == 0.25
    assert row["precision"]["share"] == pytest.approx(0.75 / (0.75 + 0.25))
    assert row["precision"]["low"] < 0.75 < row["precision"]["high"]
    assert rows["two answers"]["precision"]["share"] == 0.0
    assert "able" not in row
    row = benchmark.measured("filter", judged, kept, {"0", "1", "7"})[0]
    assert (row["able"]["share"], row["able"]["of"]) == (0.5, 2)


def test_a_rule_asks_for_right_tries_with_all_documents(benchmark: ModuleType) -> None:
    judged = [benchmark.Judged(TITAN, None, TITAN), benchmark.Judged(LONGER, "shortcut", TITAN)]

    def verdict(example: MultiHopExample, outcome: str, right: int) -> Verdict:
        evidence = {"all": f"{right} of 3"}
        return Verdict.model_validate(
            {"example_id": example.id, "outcome": outcome, "check": "ablation", "reason": ".", "evidence": evidence}
        )

    tried = {TITAN.id: verdict(TITAN, "kept", 2), LONGER.id: verdict(LONGER, "kept", 1)}
    checked = {id: one.model_copy(update={"outcome": "kept"}) for id, one in tried.items()}
    lost = []
    for need in (1, 2, 3):
        rows = benchmark.by_rule(need, judged, checked, tried, argparse.Namespace(tries=3))
        filter_row = next(row for row in rows if (row["method"], row["kind"]) == (f"filter >= {need} of 3", "shortcut"))
        lost.append((filter_row["sound_lost"]["share"], filter_row["recall"]["share"], filter_row["able"]["of"]))
    assert lost == [(0.0, 0.0, 1), (0.0, 1.0, 1), (1.0, 1.0, 1)]


class Reader:
    """A solver that knows what the documents say of Titan: it needs both, and no third."""

    async def acall(self, passages: Sequence[Passage], question: str) -> HopAnswer:
        text = " ".join(one.text for one in passages)
        known = "discovered by Christiaan Huygens" in text and "born in The Hague" in text
        return HopAnswer(answer="The Hague" if known else "not stated")


async def test_the_filter_tries_every_example_in_the_documents_of_its_kind(benchmark: ModuleType) -> None:
    judged, added = benchmark.plant([TITAN], LIBRARY, 0)
    libraries = {None: LIBRARY}
    for kind, documents in added.items():
        corpus = CORPUS.model_copy(update={"documents": (*CORPUS.documents, *documents)})
        libraries[kind] = Library(corpus, link_graph(corpus))
    ablation = Ablation(Reader())
    verdicts = await benchmark.filtered(judged, libraries, lambda _: ablation)
    found = {one.kind: verdicts[one.example.id].outcome for one in judged}
    assert found[None] == "kept"
    assert found["wrong bridge"] == found["shortcut"] == "dropped"


def test_the_report_is_printed_and_written(
    benchmark: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judged, added = benchmark.plant([TITAN], LIBRARY, 0)
    corpus = CORPUS.model_copy(update={"documents": (*CORPUS.documents, *added["shortcut"])})
    checked = benchmark.checks(judged, {None: LIBRARY, "shortcut": Library(corpus, link_graph(corpus))})
    kept = {id: verdict.outcome == "kept" for id, verdict in checked.items()}
    rows = benchmark.measured("checks", judged, kept)
    benchmark.report(argparse.Namespace(out=tmp_path), rows, judged, checked)
    printed = capsys.readouterr().out
    assert (tmp_path / "planted_errors.txt").read_text() == printed
    assert "checks: of 1 sound ones 0.00" in printed
    assert any(line.split() == ["hides_what_is_sought", "bridge", "shown", "1"] for line in printed.splitlines())
