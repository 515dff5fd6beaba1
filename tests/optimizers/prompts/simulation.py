"""A generator with hidden rules, a solver, and a model that reflects: whole optimizations without a language model.

The generator writes SQL and questions about three kinds of facts. Each kind has a fault that it slips into on most
facts, unless its instruction holds the lesson against it or a demonstration shows that kind done right. Which faults
there are is drawn by seed; they show nowhere but in what our metric says. The reflecting model adds the lesson against
what it reads in the feedback, and sees nothing else.
"""

import hashlib
import json
import random
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, NamedTuple

import dspy
from dspy.lm15 import (
    Message,
    Request,
    Response,
    StreamDeltaEvent,
    StreamEndEvent,
    StreamStartEvent,
    TextDelta,
    TextPart,
    Usage,
)

from source2synth.data.records import Column, Database, Seed, Table
from source2synth.programs import SQLReasoner, TableQuestions
from source2synth.programs.questions import AskQuestion
from source2synth.programs.sql import WriteSQL

FIELD = re.compile(r"^\[\[ ## (\w+) ## \]\]\n(.*?)(?=^\[\[ ## \w+ ## \]\]|\Z)", re.MULTILINE | re.DOTALL)
ORDER = " ORDER BY size DESC"
IDLE = "WHERE size IS NOT NULL AND"
HIGHEST = "SELECT name FROM {table} WHERE size < {0} ORDER BY size DESC LIMIT 1"
SLIPS = 0.65
"""Share of facts on which the generator slips."""


class Fault(NamedTuple):
    """One way to go wrong."""

    stage: str
    spoil: Callable[[str], str]
    lesson: str
    told: str
    """Found in the feedback when it happened."""


FAULTS = {
    "column": Fault("sql", lambda sql: sql.replace("WHERE ", "WHERE x."), "name columns bare", "no such column"),
    "idle": Fault("sql", lambda sql: sql.replace("WHERE", IDLE), "no idle condition", "can be left out"),
    "empty": Fault("sql", lambda sql: re.sub(r"'(.*)'", r"'\1!'", sql), "copy values to the letter", "no row"),
    "unordered": Fault("sql", lambda sql: sql.replace(ORDER, ""), "order before a limit", "LIMIT without ORDER BY"),
    "open": Fault("question", lambda question: "Which of them is it?", "say every condition", "does not say"),
}
CHOICES = {
    "lookup": ("column", "empty", "open", "idle"),
    "count": ("column", "idle", "open"),
    "highest": ("unordered", "column"),
}


def rules(seed: int) -> dict[str, Fault]:
    """Draw the fault of each kind of fact."""
    draw = random.Random(f"rules {seed}")
    return {form: FAULTS[draw.choice(names)] for form, names in CHOICES.items()}


def tables(count: int = 20) -> Database:
    """Make tables of things with unique names and sizes."""
    kinds = {"name": "text", "sort": "text", "size": "integer"}
    columns = tuple(Column(name=name, header=name, type=kind) for name, kind in kinds.items())
    return Database.of(tuple(Table(name=f"things{at}", columns=columns, rows=rows_of(at)) for at in range(count)))


def rows_of(at: int) -> tuple[tuple[str, str, int], ...]:
    """Return the rows of the table of that number."""
    draw = random.Random(at)
    sizes = draw.sample(range(100, 999), 12)
    return tuple((f"Ta{at}x{n}", f"sort{draw.choice('ABC')}{at}", size) for n, size in enumerate(sizes))


def stated(rows: Sequence[Any], draw: random.Random) -> str:
    """State a fact of some rows: its kind, and the value it is about."""
    row = draw.choice(sorted(rows, key=lambda row: row[2])[2:])
    return draw.choice((f"lookup {row[0]}", f"count {row[1]}", f"highest {row[2]}"))


class Facts(dspy.Module):
    """Facts without a model: every random number is another one."""

    def forward(self, database: Database, table: str, *, rng: int, level: int = 1, used: Any = None) -> Seed:
        text = stated(database.table(table).rows, random.Random(rng))
        return Seed(kind="uniform", text=text, source_ids=(table,), columns=("name",))


def program() -> TableQuestions:
    """Return the generator that is optimized."""
    return TableQuestions(seeds=Facts(), sql=WriteSQL(), question=AskQuestion(), repairs=0)


class Engine:
    """Answers as generator, solver or reflecting model, by what is asked of it."""

    supported_params = frozenset({"temperature", "max_tokens", "seed", "n"})
    supports_response_schema = supports_function_calling = supports_reasoning = False

    def __init__(self, seed: int, *, patience: int | None = None) -> None:
        self.rules, self.faults = rules(seed), FAULTS
        self.calls = 0
        self.lock = threading.Lock()
        self.reflected: list[str] = []

    def complete(self, request: Request) -> Response:
        with self.lock:
            self.calls += 1
        said = self.say(str(request.system or ""), [one.text for one in request.messages])
        return Response(
            id=None, model=request.model, message=Message.assistant([TextPart(said)]), finish_reason="stop",
            usage=Usage(input_tokens=40, output_tokens=10),
        )  # fmt: skip

    def stream(self, request: Request) -> Iterator[Any]:
        said = self.complete(request)
        yield StreamStartEvent(model=request.model)
        yield StreamDeltaEvent(TextDelta(said.text or ""))
        yield StreamEndEvent(finish_reason="stop", usage=said.usage)

    def say(self, system: str, turns: list[str]) -> str:
        fields = {name: text.strip() for name, text in FIELD.findall(turns[-1].partition("Respond with")[0])}
        if "fact" in fields:
            table = fields["table"].split()[1]
            return marked(reasoning="As the fact says.", query=self.sql(system, turns[:-1], fields["fact"], table))
        if "sql" in fields and "style" in fields:
            return marked(question=self.question(system, turns[:-1], fields["sql"]))
        if set(fields) == {"table", "question"}:
            return marked(sql=solve(fields["question"], fields["table"].split()[1]))
        return self.reflect(system, turns[-1], fields)

    def sql(self, system: str, demos: list[str], fact: str, table: str) -> str:
        form, _, value = fact.partition(" ")
        sql = {
            "lookup": f"SELECT size FROM {table} WHERE name = '{value}'",
            "count": f"SELECT COUNT(*) FROM {table} WHERE sort = '{value}'",
            "highest": HIGHEST.format(value, table=table),
        }[form]
        return self.maybe(form, "sql", system, demos, sql, sql)

    def question(self, system: str, demos: list[str], sql: str) -> str:
        form = form_of(sql)
        value = (re.findall(r"'(.*)'|< (\d+)", sql) or [("", "")])[0]
        value = "".join(value)
        question = {
            "lookup": f"What is the size of {value}?",
            "count": f"How many are of the sort {value}?",
            "highest": f"Which name has the highest size below {value}?",
        }[form]
        return self.maybe(form, "question", system, demos, question, sql)

    def maybe(self, form: str, stage: str, system: str, demos: list[str], right: str, about: str) -> str:
        fault = self.rules[form]
        if fault.stage != stage or fault.lesson in system.lower() or any(form_of(demo) == form for demo in demos):
            return right
        return fault.spoil(right) if luck(about) < SLIPS else right

    def reflect(self, system: str, prompt: str, fields: dict[str, str]) -> str:
        """Propose a prompt. GEPA shows feedback, and the lessons against it are added; others show none."""
        with self.lock:
            self.reflected.append(prompt)
        if "examples_with_feedback" in fields:
            read = " ".join(one["Feedback"] for one in json.loads(fields["examples_with_feedback"]))
            lessons = [fault.lesson for fault in self.faults.values() if fault.told in read]
            told = " ".join(f"Mind: {lesson}." for lesson in lessons) or "Be careful."
            return json.dumps({"new_instruction": f"{fields['current_instruction']}\n{told}"})
        wanted = re.findall(r"\[\[ ## (\w+) ## \]\]", prompt.partition("Respond with")[2])
        return marked(**{name: f"Take care, please ({self.calls})." for name in wanted if name != "completed"})

    def __deepcopy__(self, memo: object) -> "Engine":
        return self

    def __copy__(self) -> "Engine":
        return self


class AsyncEngine:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def complete(self, request: Request) -> Response:
        return self.engine.complete(request)

    async def stream(self, request: Request) -> AsyncIterator[Any]:
        for event in self.engine.stream(request):
            yield event

    def __deepcopy__(self, memo: object) -> "AsyncEngine":
        return self


class Priced:
    """A tenth of a cent a thousand tokens."""

    def cost(self, prompt: int, reply: int) -> float:
        return (prompt + reply) * 1e-6


def model(engine: Engine, name: str, *, priced: bool = False) -> Any:
    lm = dspy.LM(f"scripted/{name}", engine=engine, async_engine=AsyncEngine(engine), cache=False, num_retries=0)
    if priced:
        lm.meter = Priced()
    return lm


def solver() -> SQLReasoner:
    return SQLReasoner(reasoning=False)


def solve(question: str, table: str) -> str:
    for form, sql in {
        r"What is the size of (.+)\?": "SELECT size FROM {table} WHERE name = '{0}'",
        r"How many are of the sort (.+)\?": "SELECT COUNT(*) FROM {table} WHERE sort = '{0}'",
        r"Which name has the highest size below (.+)\?": HIGHEST,
    }.items():
        if found := re.fullmatch(form, question):
            return sql.format(*found.groups(), table=table)
    return "SELECT 1"


def heard(turns: list[str]) -> tuple[list[str], dict[str, str]]:
    """Return the turns up to the last request, and its fields; whoever is asked once more has the same habits."""
    while "could not be read" in turns[-1] and "Reply again" in turns[-1]:
        turns = turns[:-2]
    asked = turns[-1].partition("Respond with")[0]
    return turns, {name: text.strip() for name, text in FIELD.findall(asked)}


def form_of(text: str) -> str:
    if "COUNT(" in text or "How many" in text:
        return "count"
    return "highest" if "LIMIT" in text or "highest" in text else "lookup"


def luck(text: str) -> float:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 16**8


def marked(**fields: str) -> str:
    return "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in [*fields.items(), ("completed", "")])
