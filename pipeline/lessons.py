"""What a student of a run learns: which examples, into which stage's folder, how often."""

from collections.abc import Sequence
from typing import NamedTuple

from ..data.document_records import Example
from .store import StageFolder

HERE = "run:"
"""Starts the name of what lies in the run's own folder, so that the folder can be moved."""


class Teaching(NamedTuple):
    """Examples to learn from."""

    folder: StageFolder
    """Of the stage; what is learned lies in it."""
    examples: Sequence[Example]
    what: str
    """Name of the student in errors."""
    seeds: int
    """How often to learn it, from another seed each time."""
    label: str = ""
    """Tells the students of one stage apart."""
