"""What a finished run looks like to a person: tables in the terminal, the card of the dataset."""

from .card import dataset_card, write_card
from .summary import show

__all__ = ["dataset_card", "show", "write_card"]
