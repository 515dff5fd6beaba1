"""What an optimizer is shown of the calls behind a result: none that had to be mended, and those that failed too."""

import threading
from typing import Any, cast

import dspy
from dspy.utils.callback import BaseCallback
from dspy.utils.exceptions import AdapterParseError

from ...errors import ReplyError
from ...programs.asking import line

MENDED = ("failed_sql", "draft")
"""Inputs of the predictors that mend: what another one said before, and which would not do."""


class Showing:
    """Decides which calls of kept results become demonstrations: each once, and none that had to be mended.

    A result is kept although its first SQL failed, where a repair made up for it: that SQL, a draft that was mended,
    and a reply that could not be read are no examples to follow. Of tasks on the same few sources the same prompt comes
    up again and again; shown twice it would take the room of another one.
    """

    def __init__(self, student: Any) -> None:
        """Note which predictors are optimized."""
        self.wanted = {id(one.signature) for one in student.predictors()}
        self._shown: dict[int, tuple[Any, set[str]]] = {}
        """By predictor, and with it, so that its number is no other one's meanwhile."""
        self._lock = threading.Lock()

    def shows(self, trace: list[Any]) -> bool:
        """Keep of a trace, in place, what may be shown; tells whether there is something new to show."""
        refused = {str(inputs[name]) for _, inputs, _ in trace for name in MENDED if name in inputs}
        with self._lock:
            trace[:] = [one for one in trace if _is_whole(one) and not refused & _said(one[2]) and self._is_new(one)]
        return any(id(predictor.signature) in self.wanted for predictor, _, _ in trace)

    def _is_new(self, step: Any) -> bool:
        predictor, inputs, _ = step
        _, shown = self._shown.setdefault(id(predictor), (predictor, set()))
        asked = repr(sorted(inputs.items()))
        if asked in shown:
            return False
        shown.add(asked)
        return True


def _is_whole(step: Any) -> bool:
    predictor, _, reply = step
    return all(name in reply for name in predictor.signature.output_fields)


def _said(reply: Any) -> set[str]:
    """Return the texts of a reply as a mending predictor is given them: SQL bare, questions on one line."""
    found = set[str]()
    for value in reply.values():
        text = getattr(value, "sql", value)
        if isinstance(text, str):
            found.add(text)
            try:
                found.add(line(text, "text"))
            except ReplyError:
                continue
    return found


class Unread(BaseCallback):  # type: ignore[misc]  # dspy is untyped
    """Puts replies out of form into the trace, with what was asked.

    Our programs turn them into verdicts, and DSPy traces no call that failed, so that a search that reflects would
    never be shown those of a stage whose form is what goes wrong.
    """

    def __init__(self) -> None:
        self._asked: dict[str, tuple[Any, dict[str, Any]]] = {}

    def on_module_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """Note what a predictor is asked."""
        if isinstance(instance, dspy.Predict):
            given, signature = inputs.get("kwargs", inputs), cast("Any", instance).signature
            known = {name: given[name] for name in signature.input_fields if name in given}
            self._asked[call_id] = instance, known

    def on_module_end(self, call_id: str, outputs: Any | None, exception: BaseException | None = None) -> None:
        """Trace the reply, if it could not be read."""
        asked = self._asked.pop(call_id, None)
        trace = dspy.settings.trace
        if asked and trace is not None and isinstance(exception, AdapterParseError):
            trace.append((*asked, dspy.Prediction(reply=exception.lm_response)))


def watched() -> dict[str, Any]:
    """Return the settings of a search: what cannot be read is traced, and no history is kept.

    A bad result is a low score, however many there are: optimizers would stop at ten.
    """
    callbacks = [*dspy.settings.get("callbacks", []), Unread()]
    return {"disable_history": True, "max_errors": 10**9, "callbacks": callbacks}
