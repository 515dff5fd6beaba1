"""The simulation of simulation.py for the other stages on tables: who states facts or mends SQL has hidden rules.

Each kind of fact has a fault that the stage slips into on most tables, unless its instruction holds the lesson against
it or a demonstration shows that kind done right. The other stages make no faults of their own. Which faults there are
is drawn by seed; they show nowhere but in what our metric says.
"""

import random
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from source2synth.programs import TableQuestions
from source2synth.programs.questions import AskQuestion
from source2synth.programs.repair import RepairSQL
from source2synth.programs.seeds import ProposeFact
from source2synth.programs.sql import WriteSQL

KINDS = ("lookup", "count", "highest")
ANY = " of any size"
FAILS = 0.9
"""Share of facts on which the SQL that is written first cannot be run."""


class Fault(NamedTuple):
    """One way to go wrong in a stage."""

    stage: str
    spoil: Callable[[dict[str, str]], dict[str, str]]
    """Changes the fields of a reply."""
    lesson: str
    told: str
    """Found in the feedback when it happened."""
    kinds: tuple[str, ...] = KINDS


def _in(name: str, change: Callable[[str], str]) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda reply: {**reply, name: change(reply[name])}


def _without(name: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda reply: {field: text for field, text in reply.items() if field != name}


SEEDS = {
    "absent": Fault("seeds", _in("fact", lambda fact: fact + "zz"), "state what is in the table", "no row",
                    ("lookup",)),
    "nowhere": Fault("seeds", _in("columns", lambda _: '["it"]'), "rest on columns of the table", "rests on no column"),
    "formless": Fault("seeds", _without("columns"), "give fact and columns", "could not be read as a fact"),
    "idle": Fault("seeds", _in("fact", lambda fact: fact + ANY), "say nothing idle", "can be left out",
                  ("lookup", "count")),
}  # fmt: skip
REPAIRS = {
    "again": Fault("repair", lambda reply: {**reply, "query": reply["failed"]}, "change what the error names",
                   "mended 2 times"),
    "formless": Fault("repair", _without("query"), "give the mended query", "could not be read as mended SQL"),
    "idle": Fault("repair", _in("query", lambda sql: sql.replace("WHERE", "WHERE size IS NOT NULL AND")),
                  "add nothing", "can be left out", ("lookup", "count")),
    "empty": Fault("repair", _in("query", lambda sql: re.sub(r"'(.*)'", r"'\1!'", sql)), "leave values as they are",
                   "no row", ("lookup",)),
    "unordered": Fault("repair", _in("query", lambda sql: sql.replace(" ORDER BY size DESC", "")), "keep the order",
                       "LIMIT without ORDER BY", ("highest",)),
}  # fmt: skip
FAULTS = {"seeds": SEEDS, "repair": REPAIRS}
BREAKS = {
    "lookup": lambda sql: sql.replace("name =", "x.name ="),
    "count": lambda sql: sql.replace("COUNT(*)", "TALLY(sort)"),
    "highest": lambda sql: sql.replace("SELECT name", "SELECT nam"),
}
"""How SQL that is written first fails, by the kind of fact."""


def rules(stage: str, seed: int) -> dict[str, Fault]:
    """Draw the fault of each kind of fact."""
    draw = random.Random(f"{stage} {seed}")
    fitting = {kind: [one for one in FAULTS[stage].values() if kind in one.kinds] for kind in KINDS}
    return {kind: draw.choice(faults) for kind, faults in fitting.items()}


def program(simulation: Any, *stages: str) -> TableQuestions:
    """Return the generator; facts are a model's only where they are what is optimized."""
    seeds = ProposeFact() if "seeds" in stages else simulation.Facts()
    repairs = 2 if "repair" in stages else 0
    return TableQuestions(seeds=seeds, sql=WriteSQL(), repair=RepairSQL(), question=AskQuestion(), repairs=repairs)


def engine(simulation: Any, *stages: str, seed: int) -> Any:
    """Return the engine of simulation.py with these rules for some stages."""
    drawn = {stage: rules(stage, seed) for stage in stages}

    class Engine(simulation.Engine):  # type: ignore[misc]  # loaded by path
        def say(self, system: str, turns: list[str]) -> str:
            turns, fields = simulation.heard(turns)
            if "used_columns" in fields:
                return self.stated(system, turns[:-1], fields["table"].split()[1], fields["level"])
            if "failed_sql" in fields:
                return self.mended(system, turns[:-1], fields)
            said: str = super().say(system, turns)
            return said

        def stated(self, system: str, demos: list[str], table: str, level: str) -> str:
            draw = random.Random(f"{table} {level}")
            fact = simulation.stated(simulation.rows_of(int(table.removeprefix("things"))), draw)
            right = {"fact": fact, "columns": '["name", "size"]'}
            return self.unless_taught(fact.split()[0], "seeds", system, demos, right, f"{table} {level}")

        def sql(self, system: str, demos: list[str], fact: str, table: str) -> str:
            right: str = super().sql(system, demos, fact.removesuffix(ANY), table)
            if fact.endswith(ANY):
                right = right.replace("WHERE", simulation.IDLE)
            fails = "repair" in stages and simulation.luck(f"fails {fact}") < FAILS
            return BREAKS[fact.split()[0]](right) if fails else right

        def mended(self, system: str, demos: list[str], fields: dict[str, str]) -> str:
            fact = fields["fact"]
            right = super().sql(system, [], fact, fields["table"].split()[1])
            reply = {"reasoning": "As the error says.", "query": right, "failed": fields["failed_sql"]}
            return self.unless_taught(fact.split()[0], "repair", system, demos, reply, f"mends {fact}")

        def unless_taught(
            self, kind: str, of: str, system: str, demos: list[str], right: dict[str, str], about: str
        ) -> str:
            fault = drawn[of][kind]
            shown = any(re.search(rf"^{kind} ", demo, re.MULTILINE) for demo in demos)
            slips = fault.lesson not in system.lower() and not shown and simulation.luck(about) < simulation.SLIPS
            reply = fault.spoil(right) if slips else right
            reply = {name: text for name, text in reply.items() if name != "failed"}
            said: str = simulation.marked(**reply)
            return said

    made = Engine(0)
    made.rules = drawn[stages[0]]  # none of them is of the stages that simulation.py itself spoils
    made.faults = {f"{stage} {name}": fault for stage in stages for name, fault in FAULTS[stage].items()}
    return made
