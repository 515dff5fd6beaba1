"""What a report reads of a run's result; `pipeline.RunResult` has all of it, and lies on a higher floor."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import JsonValue

from ..data.imputations import Imputations


class ScoreLike(Protocol):
    """How one model did on one set of questions."""

    @property
    def model(self) -> str: ...  # noqa: D102
    @property
    def questions(self) -> str: ...  # noqa: D102
    @property
    def total(self) -> int: ...  # noqa: D102
    @property
    def accuracy(self) -> float: ...  # noqa: D102
    @property
    def low(self) -> float: ...  # noqa: D102
    @property
    def high(self) -> float: ...  # noqa: D102
    @property
    def seeds(self) -> int: ...  # noqa: D102


class DifferenceLike(Protocol):
    """How much better one model did than another."""

    @property
    def model(self) -> str: ...  # noqa: D102
    @property
    def than(self) -> str: ...  # noqa: D102
    @property
    def questions(self) -> str: ...  # noqa: D102
    @property
    def mean(self) -> float: ...  # noqa: D102
    @property
    def low(self) -> float: ...  # noqa: D102
    @property
    def high(self) -> float: ...  # noqa: D102


class FunnelLike(Protocol):
    """How many were left after each step."""

    @property
    def wanted(self) -> int: ...  # noqa: D102
    @property
    def seeds(self) -> int: ...  # noqa: D102
    @property
    def sql_written(self) -> int: ...  # noqa: D102
    @property
    def executed(self) -> int: ...  # noqa: D102
    @property
    def hops_written(self) -> int: ...  # noqa: D102
    @property
    def composed(self) -> int: ...  # noqa: D102
    @property
    def examples(self) -> int: ...  # noqa: D102
    @property
    def checked(self) -> int: ...  # noqa: D102
    @property
    def parts(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def judged(self) -> int: ...  # noqa: D102
    @property
    def imputed(self) -> int: ...  # noqa: D102
    @property
    def kept(self) -> int: ...  # noqa: D102
    @property
    def twins(self) -> int: ...  # noqa: D102
    @property
    def unjudged(self) -> int: ...  # noqa: D102
    @property
    def dropped(self) -> Mapping[str, int]: ...  # noqa: D102


class ResultLike(Protocol):
    """What a run came to."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def folder(self) -> str: ...  # noqa: D102
    @property
    def generator(self) -> str: ...  # noqa: D102
    @property
    def student(self) -> str: ...  # noqa: D102
    @property
    def seed(self) -> int: ...  # noqa: D102
    @property
    def keep(self) -> str: ...  # noqa: D102
    @property
    def sources(self) -> Mapping[str, JsonValue]: ...  # noqa: D102
    @property
    def funnel(self) -> FunnelLike: ...  # noqa: D102
    @property
    def training_rows(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def scores(self) -> Sequence[ScoreLike]: ...  # noqa: D102
    @property
    def differences(self) -> Sequence[DifferenceLike]: ...  # noqa: D102
    @property
    def imputation(self) -> Imputations | None: ...  # noqa: D102
    @property
    def models(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def files(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def notes(self) -> Sequence[str]: ...  # noqa: D102
