"""The vLLM of a run (`serve: vllm`): started when its models are asked, stopped before the next is trained.

A GPU holds one of them at a time, or a training. So a run keeps at most one, with all models of one base that are asked
together: LLMSynth for verdicts and ablation; base, LLMSynth, LLMCurated and control for the evaluation. Models of which
all weights were trained are a base of their own each, and take turns.
"""

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from ..backends import close_engines


@dataclass
class Served:
    """What is served at present."""

    say: Callable[[str], None]
    """Told in one sentence when vLLM is started, since that takes minutes."""
    _models: dict[str, Any] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)

    def lm(self, model: str, together: Sequence[str], arguments: Sequence[str], settings: dict[str, Any]) -> Any:
        """Return a model behind vLLM, which is started anew unless it has that model already.

        Args:
            model: Its name.
            together: Names that are asked beside it; those of the same base are loaded, too.
            arguments: More of vLLM's own.
            settings: Of every call, as for `vllm_models`.

        Raises:
            ConfigError: vLLM is not installed or does not start.
        """
        if model not in self._models:
            self._start(model, together, arguments, settings)
        return self._models[model]

    def close(self) -> None:
        """Stop vLLM, if it runs; what it held of the GPU is free when this returns."""
        self._models = {}
        self._open.close()

    def _start(self, model: str, together: Sequence[str], arguments: Sequence[str], settings: dict[str, Any]) -> None:
        from ..backends.serving.vllm import base_of, vllm_models

        self.close()
        base = base_of(model)
        names = list(dict.fromkeys([model, *(name for name in together if base_of(name) == base)]))
        _free_gpu()
        self.say(f"vLLM is started for {len(names)} model{'s' * (len(names) > 1)} on {base}.")
        self._models = self._open.enter_context(vllm_models(names, arguments=arguments, **settings))


def _free_gpu() -> None:
    """Give back what trainings and models of this process hold: vLLM takes nearly all there is."""
    close_engines()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
