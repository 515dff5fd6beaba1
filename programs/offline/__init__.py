"""The programs without a language model: facts by statistics, SQL from a grammar, wording from a phrase book."""

from .phrasebook.registers import REGISTERS
from .questions import PhrasebookQuestions
from .repair import OfflineRepair
from .seeds import FactSeeds
from .shapes import SHAPES
from .sql import GrammarSQL

__all__ = ["REGISTERS", "SHAPES", "FactSeeds", "GrammarSQL", "OfflineRepair", "PhrasebookQuestions"]
