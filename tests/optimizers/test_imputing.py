"""Imputation in curation: rebuilt offline or by a model, checked, answered by LLMSynth, told in figures."""

import json
import re
from typing import Any

import dspy
import pytest
from dspy.lm15 import Message, Request, Response, TextPart, Usage

from source2synth.backends import make_lm
from source2synth.data.document_records import Corpus, MultiHopExample
from source2synth.data.links import link_graph
from source2synth.data.records import Database
from source2synth.errors import ConfigError
from source2synth.optimizers import Curated, curate
from source2synth.optimizers.checks.documents import Library, asks_something_new
from source2synth.optimizers.imputing import chosen_hop, imputations, settle
from source2synth.programs import HopReasoner, SQLReasoner
from source2synth.programs.imputation import failed_at

from .conftest import AsyncScript, LearnsByHeart

TRAINING = {"epochs": 1}


@pytest.fixture(scope="module")
def examples(chains: list[MultiHopExample]) -> list[MultiHopExample]:
    return chains


class Reader:
    """An engine that answers whatever is asked from the passages in its prompt, once it was trained; and rebuilds."""

    supported_params = frozenset({"temperature", "max_tokens", "seed"})
    supports_response_schema = supports_function_calling = supports_reasoning = False

    def __init__(self, known: list[MultiHopExample], *, wrong: frozenset[str] = frozenset()) -> None:
        self.known = sorted(known, key=lambda one: (-len(one.hops), one.id))
        self.wrong = wrong
        self.prompts: list[tuple[str, str]] = []

    def __deepcopy__(self, memo: object) -> "Reader":
        return self

    def complete(self, request: Request) -> Response:
        prompt = str(request.messages[-1].text)
        self.prompts.append((request.model, prompt))
        said = "\n\n".join(f"[[ ## {name} ## ]]\n{text}" for name, text in self._said(request, prompt).items())
        return Response(
            id=None, model=request.model, message=Message.assistant([TextPart(said)]), finish_reason="stop",
            usage=Usage(input_tokens=1, output_tokens=1),
        )  # fmt: skip

    def _said(self, request: Request, prompt: str) -> dict[str, str]:
        fields = dict(re.findall(r"\[\[ ## (\w+) ## \]\]\n(.*?)(?=\n\n\[\[|\n\nRespond|\Z)", prompt, re.DOTALL))
        if "must_contain" in fields:
            marks = " and ".join(re.findall(r"#\d", fields["must_contain"]))
            return {"sub_question": f"What belongs to {marks or 'it'} as the text says?", "completed": ""}
        if "questions" in fields:
            return {"question": self._composed(fields["questions"]), "completed": ""}
        chosen = [one for one in self.known if all(hop.evidence[1].text in prompt for hop in one.hops)]
        answer = chosen[0].answer if chosen and chosen[0].id not in self.wrong else "not stated"
        return {"chain": f"a {answer}", "completed": ""}

    def _composed(self, questions: str) -> str:
        *before, last = json.loads(questions)
        for at in range(len(before), 0, -1):
            last = last.replace(f"#{at}", f"what answers “{before[at - 1]}”")
        return last


def model(reader: Reader, name: str = "scripted/base") -> Any:
    return dspy.LM(name, engine=reader, async_engine=AsyncScript(reader), provider=LearnsByHeart(), cache=False)


def curated(examples: list[MultiHopExample], villages: Corpus, reader: Reader, **options: Any) -> Curated:
    given = {"sources": villages, "student": model(reader), "seed": 4, "checks": (), "training": TRAINING}
    return curate(HopReasoner(), examples, ablation=False, **{**given, **options})


def test_what_is_judged_is_imputed_and_the_rest_is_not(examples: list[MultiHopExample], villages: Corpus) -> None:
    result = curated(examples, villages, Reader(examples), imputation="offline")
    plain = curated(examples, villages, Reader(examples))
    assert plain.imputation is None
    judged: list[Any] = list(result.parts["slice_1"])
    imputed = [one for one in judged if one.provenance.imputed]
    assert imputed
    assert {one.id for one in imputed} <= {one.id for one in result.kept}
    assert {one.id for one in result.parts["slice_0"]} == {one.id for one in plain.parts["slice_0"]}
    originals = {one.question for one in plain.parts["slice_1"]}
    assert {one.provenance.original_question for one in imputed} <= originals
    for one in judged:
        assert one.provenance.imputed or failed_at(one) or one.question in originals

    found = result.imputation
    assert found is not None
    assert (found.by, found.tried, found.imputed) == ("offline", len(result.parts["slice_1"]), len(imputed))
    assert found.imputed + sum(found.failed.values()) == found.tried
    assert found.words_before == pytest.approx(
        sum(len(str(one.provenance.original_question).split()) for one in imputed) / len(imputed), abs=0.01
    )
    assert (found.perplexity_before, found.perplexity_after) == (None, None)
    assert "scripted/base does not say" in found.unmeasured
    assert 0 < len(found.shown) <= 3


def test_another_answer_is_not_taken(examples: list[MultiHopExample], villages: Corpus) -> None:
    everything = frozenset(one.id for one in examples)
    result = curated(examples, villages, Reader(examples, wrong=everything), imputation="offline")
    assert result.imputation is not None
    assert result.imputation.imputed == 0
    assert result.imputation.failed["answer"] > 0
    assert result.imputation.unmeasured == "Nothing was imputed."


@pytest.mark.parametrize("by", ["synth", "other"])
def test_a_model_rebuilds_and_llmsynth_answers(examples: list[MultiHopExample], villages: Corpus, by: str) -> None:
    reader, other = Reader(examples), Reader(examples)
    result = curated(
        examples, villages, reader, imputation="synth" if by == "synth" else model(other, "scripted/other"),
        imputed_hop="random",
    )  # fmt: skip
    rebuilt = [name for name, prompt in (*reader.prompts, *other.prompts) if "must_contain" in prompt]
    assert rebuilt
    assert set(rebuilt) == ({result.synth.model} if by == "synth" else {"scripted/other"})
    assert {name for name, prompt in reader.prompts if "[[ ## passages" in prompt} == {result.synth.model}
    judged: list[Any] = list(result.parts["slice_1"])
    imputed = [one for one in judged if one.provenance.imputed]
    assert imputed
    assert all("belongs to" in one.question for one in imputed)
    hops = {next(at for at, hop in enumerate(one.hops) if "belongs to" in hop.question) for one in imputed}
    assert len(hops) > 1
    assert set(imputed[0].provenance.models) == {result.synth.model} | ({"scripted/other"} if by == "other" else set())


def test_a_draft_that_fails_a_check_costs_no_answer(examples: list[MultiHopExample], villages: Corpus) -> None:
    reader, other = Reader(examples), Reader(examples)
    other._composed = lambda questions: "Is it true?"  # type: ignore[method-assign]  # all the same words

    def never(example: MultiHopExample, library: Library) -> Any:
        from source2synth.optimizers.checks.verdicts import dropped, kept

        return dropped(example, "never", "no.") if example.provenance.imputed else kept(example, "never")

    result = curated(
        examples, villages, reader, imputation=model(other, "scripted/other"), checks=(never,)
    )  # fmt: skip
    assert result.imputation is not None
    assert result.imputation.failed == {"checks": result.imputation.tried}
    assert not [prompt for _, prompt in reader.prompts if "Is it true?" in prompt]


def test_questions_that_came_to_ask_the_same_are_taken_back(examples: list[MultiHopExample]) -> None:
    one, two, three = examples[:3]
    doubled = [
        MultiHopExample.of(
            question="What is the answer to the question of the third of the villages?", hops=before.hops,
            answer="Welmar", shape=before.shape, seed=before.seed,
            provenance=before.provenance.model_copy(
                update={"imputed": True, "original_question": before.question}
            ),
        )
        for before in (one, two)
    ]  # fmt: skip
    settled = settle([one, two, three], [*doubled, three])
    assert [row.id for row in settled] == sorted(row.id for row in (one, two, three))
    assert {failed_at(row) for row in settled if row.id != three.id} == {"checks"}
    assert {verdict.outcome for verdict in asks_something_new(settled)} == {"kept"}
    assert settle([one, two], [doubled[0], two])[0].id in {doubled[0].id, two.id}


def test_hops_are_chosen_by_number_or_drawn(examples: list[MultiHopExample]) -> None:
    three = [example for example in examples if len(example.hops) == 3]
    assert {chosen_hop(example, 2, 0) for example in three} == {1}
    drawn = [chosen_hop(example, "random", 0) for example in three]
    assert drawn == [chosen_hop(example, "random", 0) for example in three]
    assert len(set(drawn)) > 1


def test_a_hop_that_is_not_there_is_said(examples: list[MultiHopExample], villages: Corpus) -> None:
    result = curated(examples, villages, Reader(examples), imputation="offline", imputed_hop=4)
    assert result.imputation is not None
    assert result.imputation.failed == {"hop": result.imputation.tried}


def test_twins_are_trained_on_and_never_judged(examples: list[MultiHopExample], villages: Corpus) -> None:
    reader = Reader(examples)
    result = curated(examples, villages, reader, unanswerable=0.5)
    plain = curated(examples, villages, Reader(examples))
    assert len(result.twins) == round(0.5 * len(result.kept))
    assert {one.id for one in result.kept} == {one.id for one in plain.kept}
    twins: list[Any] = [*result.twins, *result.held_out_twins]
    assert not any(twin.answerable for twin in twins)
    assert len(result.held_out_twins) == round(0.5 * len(result.parts["held_out"]))
    assert not {twin.id for twin in result.twins} & {verdict.example_id for verdict in result.verdicts}
    assert result.synth.model != plain.synth.model  # named by the rows it was trained on


def test_a_student_that_scores_gives_perplexity(examples: list[MultiHopExample]) -> None:
    one = examples[0]
    made = one.provenance.model_copy(update={"imputed": True, "original_question": "How long is the Ilse River?"})
    found = imputations("offline", [one.model_copy(update={"provenance": made})], make_lm("tiny-reader"))
    assert found.perplexity_before is not None
    assert found.perplexity_after is not None
    assert found.perplexity_before != found.perplexity_after
    assert found.unmeasured == ""


def test_what_cannot_be_done_is_refused_at_once(
    examples: list[MultiHopExample], villages: Corpus, tmp_path: Any
) -> None:
    tiny = make_lm("tiny-reader")
    with pytest.raises(ConfigError, match="tiny-reader is asked in the compact form"):
        curated(examples, villages, Reader(examples), student=tiny, imputation="synth")
    with pytest.raises(ConfigError, match="can answer but not rebuild"):
        curated(examples, villages, Reader(examples), imputation=tiny)
    with pytest.raises(ConfigError, match="'llmsynth' is none"):
        curated(examples, villages, Reader(examples), imputation="llmsynth")
    with pytest.raises(ConfigError, match="no hop 0"):
        curated(examples, villages, Reader(examples), imputation="offline", imputed_hop=0)
    with pytest.raises(ConfigError, match=r"share of -0\.1"):
        curated(examples, villages, Reader(examples), unanswerable=-0.1)
    blind = HopReasoner(context="closed_book")
    with pytest.raises(ConfigError, match="closed-book sees none"):
        curate(blind, examples, sources=villages, student=model(Reader(examples)), unanswerable=0.2)
    with pytest.raises(ConfigError, match="are for documents"):
        curate(SQLReasoner(), examples, sources=Database.of(()), student=model(Reader(examples)), unanswerable=0.2)


def test_library_is_built_once_and_only_where_it_is_needed(
    examples: list[MultiHopExample], villages: Corpus, monkeypatch: Any
) -> None:
    from source2synth.optimizers import document_steps

    built: list[int] = []
    monkeypatch.setattr(
        document_steps, "library_of", lambda corpus: built.append(1) or Library(corpus, link_graph(corpus))
    )
    curated(examples, villages, Reader(examples))
    assert not built
    curated(examples, villages, Reader(examples), imputation="offline", unanswerable=0.2)
    assert built == [1]
