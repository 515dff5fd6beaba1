"""A solver together with the model it answers with."""

from typing import Any

import dspy

from ..data.records import Database, SQLAnswer


class Answerer(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Answers questions with one model, through the adapter that this model was trained with.

    A fine-tuned student must be asked in the form it was trained in, which a solver alone cannot know.
    """

    def __init__(self, solver: Any, lm: Any) -> None:
        """Bind a solver (`programs.SQLReasoner`) to a `dspy.LM`."""
        super().__init__()
        self.solver = solver
        self.lm = lm

    def forward(self, database: Database, question: str) -> SQLAnswer:
        """Answer one question; raises what the solver raises."""
        from ..backends import speaking

        with speaking(self.lm):
            return self.solver(database, question)  # type: ignore[no-any-return]  # dspy is untyped

    async def aforward(self, database: Database, question: str) -> SQLAnswer:
        """Answer one question without blocking; raises what the solver raises."""
        from ..backends import speaking

        with speaking(self.lm):
            return await self.solver.acall(database, question)  # type: ignore[no-any-return]  # dspy is untyped
