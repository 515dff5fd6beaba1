"""Optimization of prompts: budget, tasks, candidates, searches, and the result."""

from .optimizing import OPTIMIZERS, optimize_prompts
from .result import CandidateScores, Optimized, Shares, Spending
from .tuning import Tuned, tune_prompt

__all__ = [
    "OPTIMIZERS", "CandidateScores", "Optimized", "Shares", "Spending", "Tuned", "optimize_prompts", "tune_prompt",
]  # fmt: skip
