"""Optimization of prompts: budget, tasks, candidates, searches, and the result."""

from .optimizing import OPTIMIZERS, optimize_prompts
from .result import CandidateScores, Optimized, Shares, Spending

__all__ = ["OPTIMIZERS", "CandidateScores", "Optimized", "Shares", "Spending", "optimize_prompts"]
