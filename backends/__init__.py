"""Language models by name: hosted ones, in-process ones, and their fine-tuning."""

from typing import TYPE_CHECKING, Any

from .registry import adapter_for, close_engines, make_lm, speaking, training_adapter

if TYPE_CHECKING:
    from .adapters import CompactAdapter
    from .training.provider import Lesson, train, train_all

__all__ = [
    "CompactAdapter",
    "Lesson",
    "adapter_for",
    "close_engines",
    "make_lm",
    "speaking",
    "train",
    "train_all",
    "training_adapter",
]


def __getattr__(name: str) -> Any:
    # Importing these brings dspy, a second that the command line's help should not take.
    if name == "CompactAdapter":
        from .adapters import CompactAdapter

        return CompactAdapter
    if name in ("Lesson", "train", "train_all"):
        from .training import provider

        return getattr(provider, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
