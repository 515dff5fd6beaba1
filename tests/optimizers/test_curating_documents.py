"""Curation on documents, in Python: what is kept is answered from all its documents and from no fewer."""

from typing import Any

import dspy
import pytest
from dspy.lm15 import Message, Request, Response, TextPart, Usage

from source2synth.data.document_records import Corpus, MultiHopExample
from source2synth.errors import ConfigError
from source2synth.optimizers import Curate, Curated, curate
from source2synth.optimizers.kinds import kind_of
from source2synth.programs import HopReasoner

from .conftest import AsyncScript, LearnsByHeart

TRAINING = {"epochs": 1}


@pytest.fixture(scope="module")
def examples(chains: list[MultiHopExample]) -> list[MultiHopExample]:
    return chains


class Reader:
    """An engine that answers from the passages in its prompt if it was trained; some questions from memory."""

    supported_params = frozenset({"temperature", "max_tokens", "seed"})
    supports_response_schema = supports_function_calling = supports_reasoning = False

    def __init__(self, known: list[MultiHopExample], by_heart: set[str]) -> None:
        self.known = {example.question: example for example in known}
        self.by_heart = by_heart
        self.asked: set[str] = set()

    def __deepcopy__(self, memo: object) -> "Reader":
        return self

    def complete(self, request: Request) -> Response:
        self.asked.add(request.model)
        prompt = request.messages[-1].text
        example = next(example for question, example in self.known.items() if question in prompt)
        read = all(hop.evidence[1].text in prompt for hop in example.hops)
        knows = example.id in self.by_heart or (read and request.model != "scripted/base")
        answer = example.answer if knows else "not stated"
        fields = {"chain": f"a {answer}"}
        if "[[ ## reasoning ## ]]" in prompt:
            fields = {"reasoning": "Read.", "steps": "[]", "answer": answer}
        said = "\n\n".join(f"[[ ## {name} ## ]]\n{text}" for name, text in [*fields.items(), ("completed", "")])
        return Response(
            id=None, model=request.model, message=Message.assistant([TextPart(said)]), finish_reason="stop",
            usage=Usage(input_tokens=1, output_tokens=1),
        )  # fmt: skip


def model(reader: Reader, name: str = "scripted/base") -> Any:
    return dspy.LM(name, engine=reader, async_engine=AsyncScript(reader), provider=LearnsByHeart(), cache=False)


def curated(examples: list[MultiHopExample], villages: Corpus, reader: Reader, **options: Any) -> Curated:
    given = {"sources": villages, "student": model(reader), "seed": 4, "checks": (), "training": TRAINING}
    return curate(HopReasoner(), examples, **{**given, **options})


def ids(rows: Any) -> set[str]:
    return {row.id for row in rows}


def test_what_is_known_without_the_documents_is_dropped(examples: list[MultiHopExample], villages: Corpus) -> None:
    heart = ids(examples[::3])
    reader = Reader(examples, heart)
    result = curated(examples, villages, reader)
    judged = ids(result.parts["slice_1"])
    assert judged & heart
    assert ids(result.kept) == judged - heart
    reasons = {verdict.example_id: verdict.check for verdict in result.verdicts}
    assert {reasons[id] for id in judged & heart} == {"ablation"}
    assert len(result.control) == len(result.kept)
    assert "scripted/base" not in reader.asked  # the untuned student judges nothing


def test_without_ablation_it_is_kept(examples: list[MultiHopExample], villages: Corpus) -> None:
    result = curated(examples, villages, Reader(examples, ids(examples[::3])), ablation=False)
    assert ids(result.kept) == ids(result.parts["slice_1"])


def test_a_judge_may_be_named_for_the_ablation(examples: list[MultiHopExample], villages: Corpus) -> None:
    heart = ids(examples[::3])
    reader, judge = Reader(examples, set()), Reader(examples, heart)
    result = curated(examples, villages, reader, judge=model(judge, "scripted/judge"), half="both")
    assert ids(result.kept) == ids((*result.parts["slice_0"], *result.parts["slice_1"])) - heart
    assert judge.asked == {"scripted/judge"}


def test_the_checks_of_documents_are_run(examples: list[MultiHopExample], villages: Corpus) -> None:
    wrong = MultiHopExample.of(
        question=f"{examples[0].question} It is {examples[0].answer}.", hops=examples[0].hops,
        answer=examples[0].answer, shape="chain", seed=examples[0].seed,
    )  # fmt: skip
    verdicts = kind_of(villages).check([*examples, wrong], villages, None)
    assert [verdict.example_id for verdict in verdicts] == [*(example.id for example in examples), wrong.id]
    assert (verdicts[-1].outcome, verdicts[-1].check) == ("dropped", "hides_what_is_sought")
    assert kind_of(villages).check([wrong], villages, ())[0].outcome == "kept"


def test_curate_as_an_optimizer(examples: list[MultiHopExample], villages: Corpus) -> None:
    reader = Reader(examples, set())
    optimizer = Curate(sources=villages, student=model(reader), checks=(), training=TRAINING)
    solver = optimizer.compile(HopReasoner(), trainset=[dspy.Example(example=one) for one in examples])
    passages = solver.solver.sees(examples[0], villages)
    assert solver(passages, examples[0].question).answer == examples[0].answer


def test_what_is_neither_tables_nor_documents_is_refused() -> None:
    with pytest.raises(ConfigError, match="takes a Database or a Corpus"):
        kind_of("articles/")
