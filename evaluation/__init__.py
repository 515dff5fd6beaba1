"""Measuring: execution accuracy, intervals, and the questions that people wrote."""

from .accuracy import Grade, accuracy, grades
from .bootstrap import paired_bootstrap, wilson
from .human import read_human

__all__ = ["Grade", "accuracy", "grades", "paired_bootstrap", "read_human", "wilson"]
