"""Runs SQL that nobody vouched for: confined workers, deadlines, caps and a check of the syntax tree."""

from .limits import Limits
from .pool import Sandbox, shared_sandbox

__all__ = ["Limits", "Sandbox", "shared_sandbox"]
