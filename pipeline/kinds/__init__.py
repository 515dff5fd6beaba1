"""What a run does differently for tables and for documents, said in one place each; the stages are the same."""

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import JsonValue

if TYPE_CHECKING:
    from ..recipe import Recipe
    from ..stage import Run
    from ..stages.seeds import Plan
    from ..store import StageFolder


class Kind(Protocol):
    """One kind of sources, from reading them to the solver that answers questions on them."""

    name: str
    """As `source.kind` of a recipe spells it."""
    embedded: str
    """The embedded student that `tiny` stands for in a recipe on such sources."""
    example: type[Any]
    """Record of an example."""
    attempt: type[Any]
    """Record of one go at an example."""
    judged: type[Any]
    """Record of an example with its verdict: the rows of `kept` and `dropped`."""
    division: type[Any]
    """Record that says what is in which part; its `part_of(example)` and `notes` are used."""
    unused: frozenset[str]
    """Fields of a recipe's generator that mean nothing to this kind."""
    ablates: bool
    """Whether it is proven that every source of an example is needed; such a kind has a `library` of its sources."""
    mend: str
    """What a user whose sources gave no example at all can do, in one sentence."""

    def read(self, run: "Run") -> Any:
        """Read the sources that the recipe names; raises SourceError, ConfigError."""
        ...

    def write(self, folder: "StageFolder", sources: Any) -> dict[str, JsonValue]:
        """Write them down, and count them."""
        ...

    def load(self, folder: "StageFolder") -> Any:
        """Return the sources that were written down."""
        ...

    def divide(self, run: "Run") -> Any:
        """Divide the sources."""
        ...

    def sizes(self, division: Any) -> dict[str, JsonValue]:
        """Say how the sources were divided, in figures."""
        ...

    def units(self, division: Any, recipe: "Recipe") -> list[tuple[str, Sequence[str]]]:
        """Return each part (`all` where examples are divided, not sources) with the units that examples are made of."""
        ...

    def levels(self, run: "Run") -> JsonValue:
        """Return the levels that plans are balanced by; None where they are not."""
        ...

    def balanced(self, run: "Run", plans: "list[Plan]") -> "list[Plan]":
        """Return the plans with the levels that their units can give."""
        ...

    def program(self, run: "Run") -> Any:
        """Return the program that makes examples, for its generator."""
        ...

    def attempts(self, run: "Run", program: Any, plan: "Plan") -> Iterator[Any]:
        """Make the examples of one plan; every go at one comes back."""
        ...

    def aattempts(self, run: "Run", program: Any, plan: "Plan") -> AsyncIterator[Any]:
        """Make them without blocking; the same ones."""
        ...

    def written(self, attempts: Sequence[Any], examples: Sequence[Any]) -> dict[str, JsonValue]:
        """Count what attempts came to on the way to an example, and of what sorts the examples are."""
        ...

    def checks(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Return all checks, and the reductions over all examples of a part."""
        ...

    def check(self, examples: Sequence[Any], sources: Any, checks: Sequence[Any]) -> list[Any]:
        """Run checks; one verdict an example, in their order."""
        ...

    def reduce(self, examples: Sequence[Any], sources: Any) -> list[Any]:
        """Run the reductions; one verdict an example, in their order."""
        ...

    def library(self, sources: Any) -> Any:
        """Return the sources with what their checks look up again and again; None where there is no such thing."""
        ...

    def solver(self, run: "Run") -> Any:
        """Return the program that asks a student, with the recipe's compiled prompt if the student is prompted."""
        ...

    def human(self, path: str | Path, sources: Any) -> tuple[list[Any], list[Any]]:
        """Read questions that people wrote, and notices of those that are about other sources."""
        ...

    def provable(self, examples: Sequence[Any], sources: Any) -> list[Any]:
        """Return the human examples that can be trained on: those whose chain of reasoning gives their answer."""
        ...


def kind_of(run: "Run") -> Kind:
    """Return the kind of sources that a run's recipe names."""
    if run.recipe.source.kind == "documents":
        from .documents import Documents

        return Documents()
    from .tables import Tables

    return Tables()
