"""Modules that ask a model: what the prompt holds, what comes of the reply, and of replies out of form."""

from typing import Any

import pytest

from source2synth.data.records import STYLES, Database, ResultTable, Seed
from source2synth.errors import ConfigError, ReplyError
from source2synth.programs.protocols import Query, Used
from source2synth.programs.questions import AskQuestion
from source2synth.programs.repair import RepairSQL
from source2synth.programs.seeds import RECENT, ProposeFact
from source2synth.programs.sql import WriteSQL
from source2synth.signatures import LEVELS_IN_WORDS, STYLES_IN_WORDS

from .conftest import Scripted

TOP = "SELECT name FROM mountains ORDER BY height_m DESC LIMIT 1"
ANSWER = ResultTable(columns=("name",), rows=(("A cell of the answer",),))
FACT = {"fact": "Everest is the highest.", "columns": '["HEIGHT_M", "`First ascent`", "height_m", "no such"]'}
WRITTEN = {"reasoning": "Order by\nheight.", "query": f"```sql\n{TOP};\n```"}


def seeds(database: Database, seed: Seed) -> tuple[Any, dict[str, Any]]:
    return ProposeFact, {"database": database, "table": "mountains", "rng": 5}


def sql(database: Database, seed: Seed) -> tuple[Any, dict[str, Any]]:
    return WriteSQL, {"database": database, "seed": seed, "level": 3, "rng": 5}


def repair(database: Database, seed: Seed) -> tuple[Any, dict[str, Any]]:
    return RepairSQL, {"database": database, "seed": seed, "sql": "SELECT nam", "error": "no such column: nam"}


def question(database: Database, seed: Seed) -> tuple[Any, dict[str, Any]]:
    given = {"database": database, "seed": seed, "query": Query(sql=TOP), "answer": ANSWER}
    return AskQuestion, {**given, "style": "concise", "rng": 5}


CASES = [
    pytest.param(seeds, "fact", FACT, id="seeds"),
    pytest.param(sql, "reasoning", WRITTEN, id="sql"),
    pytest.param(repair, "reasoning", WRITTEN, id="repair"),
    pytest.param(question, "question", {"question": "Which is highest?"}, id="question"),
]


@pytest.mark.parametrize(("of", "field", "reply"), CASES)
async def test_awaited_and_called_give_and_ask_the_same(
    of: Any, field: str, reply: Any, scripted: Scripted, peaks: Database, highest: Seed
) -> None:
    module, given = of(peaks, highest)
    with scripted({field: [reply, reply]}) as script:
        assert module()(**given) == await module().acall(**given)
    assert script.prompts[0] == script.prompts[1]
    assert script.rollouts == [given.get("rng")] * 2
    assert "t mountains\nc name text | height_m integer" in script.prompts[0]
    assert "rivers" not in script.prompts[0]


BROKEN = ["", "I cannot do that.", "[[ ## reasoning ## ]]\nx\n\n[[ ## query ## ]]\n```sql\n```", "[[ ## fact ## ]]\nx"]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize(("of", "field", "reply"), CASES)
async def test_a_reply_out_of_form_is_a_reply_error(
    of: Any, field: str, reply: Any, broken: str, scripted: Scripted, peaks: Database, highest: Seed
) -> None:
    module, given = of(peaks, highest)
    with scripted({field: [broken, broken]}):
        with pytest.raises(ReplyError, match=r"^The model's reply .*\.$"):
            module()(**given)
        with pytest.raises(ReplyError, match=r"^The model's reply .*\.$"):
            await module().acall(**given)


@pytest.mark.parametrize("module", [ProposeFact, WriteSQL, RepairSQL, AskQuestion])
def test_an_unknown_preset_is_the_users_to_mend(module: Any) -> None:
    with pytest.raises(ConfigError, match="default, paper"):
        module("papre")


def test_a_fact_names_columns_as_the_table_spells_them(scripted: Scripted, peaks: Database) -> None:
    with scripted({"fact": [FACT]}):
        seed = ProposeFact()(database=peaks, table="MOUNTAINS", rng=1)
    assert seed == Seed(
        kind="model", text=FACT["fact"], source_ids=("mountains",), columns=("height_m", "First ascent")
    )


def test_a_fact_about_no_column_of_the_table_is_refused(scripted: Scripted, peaks: Database) -> None:
    with (
        scripted({"fact": [{"fact": "It is cold up there.", "columns": '["temperature"]'}]}),
        pytest.raises(ReplyError, match="no column of table mountains"),
    ):
        ProposeFact()(database=peaks, table="mountains", rng=1)


def test_the_prompt_for_a_fact_holds_level_and_what_was_used_last(scripted: Scripted, peaks: Database) -> None:
    used = Used(texts=tuple(f"fact no. {at}." for at in range(RECENT + 1)), columns=("height_m", "height_m"))
    with scripted({"fact": [FACT]}) as script:
        ProposeFact()(database=peaks, table="mountains", rng=1, level=4, used=used)
    (prompt,) = script.prompts
    assert LEVELS_IN_WORDS[4] in prompt
    assert f"fact no. {RECENT}." in prompt
    assert "fact no. 0." not in prompt
    assert prompt.split("[[ ## used_columns ## ]]")[1].count("height_m") == 1


@pytest.mark.parametrize(
    "written", [TOP, f"{TOP} ;", f"```sql\n{TOP}\n```", f"SQL: {TOP}", f'{{"sql": "```\\n{TOP};\\n```"}}']
)
def test_sql_is_freed_of_fences_and_labelled_with_its_own_level(
    written: str, scripted: Scripted, peaks: Database, highest: Seed
) -> None:
    with scripted({"reasoning": [{"reasoning": "Order by\nheight.", "query": written}]}):
        query = WriteSQL()(database=peaks, seed=highest, level=1, rng=1)
    assert query == Query(sql=TOP, level=3, reasoning="Order by height.")


def test_a_repair_shows_query_and_error(scripted: Scripted, peaks: Database, highest: Seed) -> None:
    with scripted({"reasoning": [WRITTEN]}) as script:
        query = RepairSQL()(database=peaks, seed=highest, sql="SELECT nam FROM mountains", error="no such column: nam")
    assert query.sql == TOP
    assert "SELECT nam FROM mountains" in script.prompts[0]
    assert "no such column: nam" in script.prompts[0]


@pytest.mark.parametrize("style", STYLES)
def test_a_question_keeps_to_its_style_and_never_sees_the_answer(
    style: Any, scripted: Scripted, peaks: Database, highest: Seed
) -> None:
    reply = {"question": '"Which\npeak is best?"', "knowledge": "Best means highest."}
    with scripted({"question": [reply]}) as script:
        wording = AskQuestion()(database=peaks, seed=highest, query=Query(sql=TOP), answer=ANSWER, style=style, rng=1)
    assert (wording.text, wording.style) == ("Which peak is best?", style)
    assert wording.knowledge == ("Best means highest." if style == "vague" else "")
    assert (STYLES_IN_WORDS[style] in script.prompts[0]) == (style != "vague")
    assert "1 row of name" in script.prompts[0]
    assert "A cell of the answer" not in script.prompts[0]


def test_a_vague_question_without_its_knowledge_is_refused(scripted: Scripted, peaks: Database, highest: Seed) -> None:
    with (
        scripted({"question": [{"question": "Which is best?", "knowledge": ""}]}),
        pytest.raises(ReplyError, match="sentence of knowledge"),
    ):
        AskQuestion()(database=peaks, seed=highest, query=Query(sql=TOP), answer=ANSWER, style="vague", rng=1)


def test_the_papers_prompts_hold_only_what_the_paper_shows(scripted: Scripted, peaks: Database, highest: Seed) -> None:
    replies = {"fact": [{"fact": "High!"}], "query": [{"query": TOP}], "question": [{"question": "Which?"}]}
    with scripted(replies) as script:
        seed = ProposeFact("paper")(database=peaks, table="mountains", rng=1, level=4, used=Used(texts=("taken",)))
        query = WriteSQL("paper")(database=peaks, seed=seed, level=4, rng=1)
        wording = AskQuestion("paper")(database=peaks, seed=seed, query=query, answer=ANSWER, style="vague", rng=1)
    assert (seed.text, seed.columns, query.sql, query.reasoning) == ("High!", (), TOP, "")
    assert (wording.text, wording.style, wording.knowledge) == ("Which?", "formal", "")
    assert not any(LEVELS_IN_WORDS[4] in prompt or "taken" in prompt for prompt in script.prompts)
    assert "interesting statement" in script.systems[0]
