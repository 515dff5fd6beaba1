"""What the process is told before any heavy library is imported; whatever the user has set stays."""

import os

DEFAULTS = {
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",  # bars are ours to draw
    "TRANSFORMERS_VERBOSITY": "error",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else litellm asks the network when it is imported
}


def settle() -> None:
    """Set the defaults in the environment of this process and of its children."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
