"""What a finished run looks like to a person: tables in the terminal, the card of the dataset."""

from .card import dataset_card, write_card
from .notices import line_of, told
from .summary import show

__all__ = ["dataset_card", "line_of", "show", "told", "write_card"]
