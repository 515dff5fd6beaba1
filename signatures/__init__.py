"""What models are asked: the typed signatures, whose docstrings are the prompts."""

from .answer_check import AnswerComposed
from .composition import SHAPES_IN_WORDS, ComposeQuestion, MendComposition
from .entity_seeds import ChooseConnection
from .hop_answers import ReadHops, ReadStep, ReasonOverHops
from .hop_questions import AskAboutEntity, AskForEntity, AskProperty, HopReply
from .imputation import RebuildHop
from .naturalness import JudgeWording
from .paper import StateInteresting, WordQuestionZeroShot, WriteQueryZeroShot
from .paper_documents import AskContaining, AskPropertyPlain, AskWithAnswer, MergeQuestions, PickEntity
from .table_answers import AnswerWithSQL, ReasonWithSQL
from .table_questions import STYLES_IN_WORDS, WordQuestion, WordVagueQuestion
from .table_seeds import LEVELS_IN_WORDS, StateFact
from .table_sql import MendQuery, SQLText, WriteQuery, bare_sql

__all__ = [
    "LEVELS_IN_WORDS",
    "SHAPES_IN_WORDS",
    "STYLES_IN_WORDS",
    "AnswerComposed",
    "AnswerWithSQL",
    "AskAboutEntity",
    "AskContaining",
    "AskForEntity",
    "AskProperty",
    "AskPropertyPlain",
    "AskWithAnswer",
    "ChooseConnection",
    "ComposeQuestion",
    "HopReply",
    "JudgeWording",
    "MendComposition",
    "MendQuery",
    "MergeQuestions",
    "PickEntity",
    "ReadHops",
    "ReadStep",
    "ReasonOverHops",
    "ReasonWithSQL",
    "RebuildHop",
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
