"""Questions that a query answers, worded by a model in one of the styles."""

from typing import Any

import dspy

from ..data.records import Database, ResultTable, Seed, Style
from ..signatures.paper import WordQuestionZeroShot
from ..signatures.table_questions import STYLES_IN_WORDS, WordQuestion, WordVagueQuestion
from .asking import chosen, line, replying, shown
from .protocols import Query, Wording


class AskQuestion(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Has a model write the question of a query.

    Args:
        preset: `default`, or `paper`: from table and SQL alone; the paper has no styles, so its questions
            are labelled `formal`.
    """

    def __init__(self, preset: str = "default") -> None:
        super().__init__()
        self.preset = preset
        self.word = dspy.Predict(chosen(preset, {"default": WordQuestion, "paper": WordQuestionZeroShot}))
        self.word_vague = dspy.Predict(WordVagueQuestion) if preset == "default" else None

    def forward(
        self, database: Database, seed: Seed, query: Query, answer: ResultTable, *, style: Style, rng: int
    ) -> Wording:
        """Return a question in this style; a `vague` one comes with its sentence of knowledge.

        Raises:
            ReplyError: the reply cannot be read, or lacks the question or the sentence.
        """
        ask, inputs = self._asked(database, seed, query, answer, style)
        with replying("a question"):
            reply = ask(**inputs, config={"rollout_id": rng})
        return self._wording(reply, style)

    async def aforward(
        self, database: Database, seed: Seed, query: Query, answer: ResultTable, *, style: Style, rng: int
    ) -> Wording:
        """Return a question, without blocking; raises ReplyError as `forward` does."""
        ask, inputs = self._asked(database, seed, query, answer, style)
        with replying("a question"):
            reply = await ask.acall(**inputs, config={"rollout_id": rng})
        return self._wording(reply, style)

    def _asked(
        self, database: Database, seed: Seed, query: Query, answer: ResultTable, style: Style
    ) -> tuple[Any, dict[str, str]]:
        inputs = {"table": shown(database, seed.source_ids), "sql": query.sql}
        if self.preset == "paper":
            return self.word, inputs
        inputs["result"] = _size(answer)
        if style == "vague":
            return self.word_vague, inputs
        return self.word, inputs | {"style": STYLES_IN_WORDS[style]}

    def _wording(self, reply: Any, style: Style) -> Wording:
        text = line(reply.question, "question")
        if self.preset == "paper":
            return Wording(text=text, style="formal")
        knowledge = line(reply.knowledge, "sentence of knowledge") if style == "vague" else ""
        return Wording(text=text, style=style, knowledge=knowledge)


def _size(answer: ResultTable) -> str:
    """Say how large a result is, and of what, but no cell of it: a model that sees the answer gives it away."""
    rows = "1 row" if len(answer.rows) == 1 else f"{len(answer.rows)} rows"
    return f"{rows} of {', '.join(answer.columns)}"
