"""A small real table, examples made by running SQL on it, and a scripted model that can be fine-tuned."""

import json
import threading
from collections.abc import Callable
from typing import Any

import dspy
import pytest
from dspy.clients.provider import Provider, TrainingJob
from dspy.lm15 import Message, Request, Response, TextPart, Usage

from source2synth.data import Corpus, MultiHopExample, read_documents
from source2synth.data.records import (
    Column,
    ColumnType,
    Database,
    ResultTable,
    Seed,
    SQLAnswer,
    SQLExample,
    Table,
    content_id,
)
from source2synth.data.sandbox import shared_sandbox
from source2synth.errors import ReplyError
from source2synth.programs import MultiHopQuestions

from ..pipeline.villages import write_articles

ROWS = (
    ("Mount Everest", "Himalaya", 8849, "1953-05-29", "NP", None),
    ("K2", "Karakoram", 8611, "1954-07-31", "PK", None),
    ("Lhotse", "Himalaya", 8516, "1956-05-18", "NP", None),
    ("Makalu", "Himalaya", 8485, "1955-05-15", "NP", "a"),
    ("Nanga Parbat", "Himalaya", 8126, "1953-07-03", "NP", None),
    ("Gasherbrum I", "Karakoram", 8080, "1958-07-05", "PK", "b"),
    ("Broad Peak", "Karakoram", 8051, "1957-06-09", "PK", None),
    ("Twin", "Andes", 8051, "1970-01-01", "AR", None),
)


def column(name: str, type_: ColumnType = "text", header: str = "") -> Column:
    return Column(name=name, header=header or name, type=type_)


MOUNTAINS = Table(
    name="mountains",
    title="Highest mountains",
    columns=(
        column("name"),
        column("range"),
        column("height_m", "integer", "Height (m)"),
        column("first_ascent", "date", "First ascent"),
        column("country"),
        column("note"),
    ),
    rows=ROWS,
)

MakeExample = Callable[..., SQLExample]


@pytest.fixture(scope="session")
def mountains() -> Database:
    return Database.of((MOUNTAINS,))


def build_example(database: Database, question: str, sql: str, *, table: str = "", **fields: Any) -> SQLExample:
    """Make an example by running its SQL; `answer` overrides what it gives."""
    source = database.only((table or database.tables[0].name,))
    answer = fields.pop("answer", None)
    if answer is None:
        answer = shared_sandbox().execute(source, [sql])[0].result or ResultTable(columns=("x",), rows=((1,),))
    seed = Seed(kind="uniform", text="", source_ids=(source.tables[0].name,))
    return SQLExample.of(question=question, sql=sql, answer=answer, level=1, database_id=source.id, seed=seed, **fields)


@pytest.fixture
def make(mountains: Database) -> MakeExample:
    return lambda question, sql, **fields: build_example(mountains, question, sql, **fields)


@pytest.fixture
def build() -> MakeExample:
    return build_example


class Ask(dspy.Signature):  # type: ignore[misc]
    """Write SQL."""

    table: str = dspy.InputField()
    question: str = dspy.InputField()
    sql: str = dspy.OutputField()


class Solver(dspy.Module):  # type: ignore[misc]
    """What SQLReasoner does, without its ground work: table and question in, executed SQL out."""

    def __init__(self) -> None:
        super().__init__()
        self.ask = dspy.Predict(Ask)

    async def aforward(self, database: Database, question: str) -> SQLAnswer:
        try:
            sql = (await self.ask.acall(table=database.tables[0].name, question=question)).sql
        except dspy.utils.exceptions.AdapterParseError as error:
            raise ReplyError("The reply has no SQL.") from error
        execution = (await shared_sandbox().aexecute(database, [sql]))[0]
        return SQLAnswer(sql=sql, result=execution.result, error=execution.error, output_tokens=3)

    def training_row(self, database: Database, example: SQLExample) -> dict[str, Any]:
        inputs = {"table": database.tables[0].name, "question": example.asked}
        return {"signature": Ask, "inputs": inputs, "outputs": {"sql": example.sql}}


@pytest.fixture
def solver() -> Solver:
    return Solver()


class Script:
    """An engine: answers by `reply(model, question, seed)`, and remembers what it was asked."""

    supported_params = frozenset({"temperature", "max_tokens", "seed"})
    supports_response_schema = supports_function_calling = supports_reasoning = False

    def __init__(self, reply: Callable[[str, str, int], str]) -> None:
        self.reply = reply
        self.asked: list[tuple[str, str, float | None]] = []
        self.lock = threading.Lock()

    def complete(self, request: Request) -> Response:
        text = request.messages[-1].text
        question = text.split("[[ ## question ## ]]")[-1].split("Respond with")[0].strip()
        with self.lock:
            number = sum(one[:2] == (request.model, question) for one in self.asked)
            self.asked.append((request.model, question, request.config.temperature))
        sql = self.reply(request.model, question, number)
        said = f"[[ ## sql ## ]]\n{sql}\n\n[[ ## completed ## ]]" if sql else ""
        return Response(
            id=None,
            model=request.model,
            message=Message.assistant([TextPart(said)]),
            finish_reason="stop",
            usage=Usage(input_tokens=1, output_tokens=1),
        )

    def __deepcopy__(self, memo: object) -> "Script":
        return self

    def __copy__(self) -> "Script":
        return self


class AsyncScript:
    def __init__(self, script: Any) -> None:
        self.script = script

    async def complete(self, request: Request) -> Response:
        return self.script.complete(request)

    def __deepcopy__(self, memo: object) -> "AsyncScript":
        return self


class LearnsByHeart(Provider):  # type: ignore[misc]
    """Fine-tuning that notes the rows: the new model is named after them."""

    def __init__(self) -> None:
        super().__init__()
        self.finetunable = True
        self.TrainingJob = TrainingJob
        self.trained: dict[str, dict[str, str]] = {}
        self.rows: dict[str, list[Any]] = {}
        self.options: dict[str, dict[str, Any]] = {}

    def finetune(
        self, job: Any, model: str, train_data: Any, train_data_format: Any = None, train_kwargs: Any = None
    ) -> str:
        learned = {}
        for row in train_data:
            *_, user, assistant = row["messages"]
            question = user["content"].split("[[ ## question ## ]]")[-1].split("Respond with")[0].strip()
            learned[question] = assistant["content"].split("[[ ## sql ## ]]")[-1].split("[[ ## comp")[0].strip()
        name = f"scripted/{content_id(json.dumps(learned), model)}"
        self.trained[name] = learned
        self.rows[name] = list(train_data)
        self.options[name] = dict(train_kwargs or {})
        return name


@pytest.fixture
def scripted() -> Callable[..., Any]:
    def make_lm(reply: Callable[[str, str, int], str], model: str = "scripted/base") -> Any:
        script = Script(reply)
        lm = dspy.LM(model, engine=script, async_engine=AsyncScript(script), provider=LearnsByHeart(), cache=False)
        lm.script = script
        return lm

    return make_lm


@pytest.fixture(scope="module")
def villages(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return read_documents(write_articles(tmp_path_factory.mktemp("articles") / "villages"))


@pytest.fixture(scope="module")
def chains(villages: Corpus) -> list[MultiHopExample]:
    """Offline-made questions on the villages, of two and three hops."""
    return MultiHopQuestions.offline(hops=(2, 3), shapes=("chain",)).many(villages, 30, seed=2)
