"""Every failure of source2synth, named after the boundary it crossed.

    Source2SynthError
    ├── ConfigError       the user must act: a recipe, an argument, a file that is not there
    ├── SourceError       a source could not be read
    ├── ReplyError        a model answered out of form, or not at all
    ├── ExecutionError    a query was refused, failed, or ran past its limits
    ├── TrainingError     fine-tuning failed
    └── BudgetError       a cap on calls, tokens or money was reached

A bad *example* is data (a `Verdict`), never an exception.
"""


class Source2SynthError(Exception):
    """Root of the tree: catch this to catch everything that source2synth raises on purpose."""


class ConfigError(Source2SynthError):
    """The user must act. The CLI prints it without a traceback and exits 2."""


class SourceError(Source2SynthError):
    """A source could not be read; the message names file, row, field and the mend. The CLI exits 2."""


class ReplyError(Source2SynthError):
    """A model's reply could not be used; an example that depends on it stays unjudged."""


class ExecutionError(Source2SynthError):
    """A query was refused, failed, or ran past its limits."""


class TrainingError(Source2SynthError):
    """Fine-tuning failed."""


class BudgetError(Source2SynthError):
    """A cap on calls, tokens or money was reached; what was paid for is kept."""
