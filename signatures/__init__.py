"""What models are asked: the typed signatures, whose docstrings are the prompts."""

from .paper import StateInteresting, WordQuestionZeroShot, WriteQueryZeroShot
from .table_answers import AnswerWithSQL, ReasonWithSQL
from .table_questions import STYLES_IN_WORDS, WordQuestion, WordVagueQuestion
from .table_seeds import LEVELS_IN_WORDS, StateFact
from .table_sql import MendQuery, SQLText, WriteQuery, bare_sql

__all__ = [
    "LEVELS_IN_WORDS",
    "STYLES_IN_WORDS",
    "AnswerWithSQL",
    "MendQuery",
    "ReasonWithSQL",
    "SQLText",
    "StateFact",
    "StateInteresting",
    "WordQuestion",
    "WordQuestionZeroShot",
    "WordVagueQuestion",
    "WriteQuery",
    "WriteQueryZeroShot",
    "bare_sql",
]
