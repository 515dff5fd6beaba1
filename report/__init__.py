"""What a finished run looks like to a person: tables in the terminal, the card of the dataset."""

from .card import dataset_card, write_card
from .notices import told
from .summary import show

__all__ = ["dataset_card", "show", "told", "write_card"]
