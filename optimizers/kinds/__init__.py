"""What curation does differently for tables and for documents, said once; all the rest is the same."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeGuard

from ...data.document_records import Corpus, Example, MultiHopExample, Sources
from ...data.records import Database, SQLExample, Try, Verdict
from ...errors import ConfigError


class Kind(Protocol):
    """One kind of sources and of the examples made from them."""

    ablates: bool
    """Whether the filter's keeping is followed by a proof that every source of an example is needed."""

    embedded: str
    """The embedded student that `tiny` stands for."""

    def divide(self, sources: Any, seed: int) -> Any:
        """Divide the sources into held-out, slice 0 and slice 1."""
        ...

    def check(self, examples: Sequence[Any], sources: Any, checks: Sequence[Any] | None) -> list[Verdict]:
        """Run checks (None: all of this kind), then duplicates and caps; one verdict an example, in their order."""
        ...

    def askings(self, example: Any, view: Any) -> tuple[Any, ...]:
        """Return an example as it is tried: itself, or twice, in both orders, where its answer is easy to guess."""
        ...

    def chance(self, example: Any) -> float:
        """Return how often a guess is right, 0.0 to 1.0; 0.0 of what is not easy to guess."""
        ...

    async def confirm(
        self, tries: Sequence[Try], example: Any, view: Any, match: Any, n: int, seed: int, sandbox: Any = None
    ) -> list[Try]:
        """Judge right tries again on `n` changed contents, where this kind has such a thing."""
        ...


def kind_of(of: Any) -> Kind:
    """Return the kind of sources or of an example; raises ConfigError if it is neither."""
    if isinstance(of, Database | SQLExample):
        from .tables import Tables

        return Tables()
    if isinstance(of, Corpus | MultiHopExample):
        from .documents import Documents

        return Documents()
    raise ConfigError(f"Curation takes a Database or a Corpus and its examples, not {type(of).__name__}.")


def is_example(of: Any) -> TypeGuard[Example]:
    """Tell whether this is an example of any kind."""
    return isinstance(of, Example)


def are_sources(of: Any) -> TypeGuard[Sources]:
    """Tell whether these are sources of any kind."""
    return isinstance(of, Sources)
