"""Facts of documents, found by patterns over their sentences, and the words of each relation."""

from .catalogue import ASKS, RELATION, RELATION_OF, RELATIONS
from .fact import Fact, Sort
from .nouns import SORTS, Topic, topic_of
from .reading import Reader, facts_of
from .relation import Ask, Compared, Pattern, Relation
from .stating import Statement, Stating

__all__ = [
    "ASKS",
    "RELATION",
    "RELATIONS",
    "RELATION_OF",
    "SORTS",
    "Ask",
    "Compared",
    "Fact",
    "Pattern",
    "Reader",
    "Relation",
    "Sort",
    "Statement",
    "Stating",
    "Topic",
    "facts_of",
    "topic_of",
]
