"""HostedLM: a `dspy.LM` behind a server, asked at the server's pace; litellm or our own engine does the asking."""

from typing import Any

import dspy
from dspy.clients.call_result import CallResult, combine
from dspy.clients.errors import error_boundary
from dspy.clients.execution import PreparedCall, _canonical, finalize, prepare
from dspy.lm15 import Request, Response

from .faults import UNFINISHED, Fault, OnFault, unheard
from .http.engine import AsyncHttpEngine, HttpEngine, Meter
from .pace import Pace


class HostedLM(dspy.LM):  # type: ignore[misc]  # dspy is untyped
    """A model behind a server.

    - Further tries, waiting, and how many requests are in flight are its `pace`'s; dspy and litellm retry nothing.
    - `on_fault` is told every fault. Copies share pace, meter and engine.
    - `n` answers are one request where our own engine asks and the server does it.
    - An answer that was cut off or filtered says so: in `Response.finish_reason`, or, where dspy gives plain outputs,
      as an output `{"text": ..., "finish_reason": ...}`. Our adapters do not accept it.
    - What it saves of itself (`dump_state`) is a plain `dspy.LM` through litellm, without any key.
    """

    on_fault: OnFault = staticmethod(unheard)

    def __init__(self, name: str, *, pace: Pace, meter: Meter, structured: bool = False, **settings: Any) -> None:
        super().__init__(name, num_retries=0, **settings)
        self.pace = pace
        self.meter = meter
        self.structured = structured
        """Whether it is asked for JSON by a schema."""

    def __call__(self, prompt: Any = None, *, messages: Any = None, **kwargs: Any) -> Any:
        """Ask; raises dspy's LM errors, after the tries that may help."""
        call = self._direct_call(prompt, messages, kwargs)
        if call is None:
            ask = super().__call__
            return self.pace.run(lambda: ask(prompt, messages=messages, **kwargs), self._say)
        request, engine = _canonical(call), self.engine
        answers: list[Response] = []
        while len(answers) < call.n:
            wanted = call.n - len(answers)
            answers += self.pace.run(lambda wanted=wanted: self._bounded(engine, request, wanted), self._say)  # type: ignore[misc]  # bound at once
        return self._finished(call, answers[: call.n])

    async def acall(self, prompt: Any = None, *, messages: Any = None, **kwargs: Any) -> Any:
        """Ask without blocking; raises dspy's LM errors, after the tries that may help."""
        call = self._direct_call(prompt, messages, kwargs)
        if call is None:
            ask = super().acall
            return await self.pace.arun(lambda: ask(prompt, messages=messages, **kwargs), self._say)
        request, engine = _canonical(call), self._async_engine_spec
        answers: list[Response] = []
        while len(answers) < call.n:
            wanted = call.n - len(answers)
            answers += await self.pace.arun(lambda wanted=wanted: self._abounded(engine, request, wanted), self._say)  # type: ignore[misc]  # bound at once
        return self._finished(call, answers[: call.n])

    def _say(self, fault: Fault) -> None:
        self.on_fault(fault)

    def _direct_call(self, prompt: Any, messages: Any, kwargs: dict[str, Any]) -> PreparedCall | None:
        """Prepare a call that our engine answers without dspy's detours; None for one that needs them.

        dspy hops to another thread three times a call, for media files and price tables that are not ours.
        """
        settings = dspy.settings
        if not isinstance(self.engine, HttpEngine) or settings.send_stream is not None:
            return None
        if settings.callbacks or self.callbacks or kwargs.get("cache", self.cache):
            return None
        request = prompt if isinstance(prompt, Request) else kwargs.get("request")
        if isinstance(request, Request) and messages is None and request.model == self.model:
            return PreparedCall(None, None, kwargs, {"model": self.model}, request, False, 1, True)
        return prepare(self, prompt, messages, kwargs)

    def _bounded(self, engine: HttpEngine, request: Request, n: int) -> list[Response]:
        with error_boundary(self.model, unexpected=True):
            return engine.complete_all(request, n)

    async def _abounded(self, engine: AsyncHttpEngine, request: Request, n: int) -> list[Response]:
        with error_boundary(self.model, unexpected=True):
            return await engine.complete_all(request, n)

    def _finished(self, call: PreparedCall, answers: list[Response]) -> Any:
        logprobs = call.request is None and bool(call.legacy.get("logprobs"))
        results = [CallResult.native(answer, logprobs=logprobs) for answer in answers]
        for answer, result in zip(answers, results, strict=True):
            result.cost = self.meter.cost(answer.usage.input_tokens, answer.usage.output_tokens)
            if call.request is None and answer.finish_reason in UNFINISHED:
                result.outputs = [_marked(output, answer.finish_reason) for output in result.outputs]
        return finalize(self, call, results[0] if len(results) == 1 else combine(results, model_type=self.model_type))

    def _process_completion(self, response: Any, merged_kwargs: Any) -> Any:
        """Read litellm's answer as dspy does, and mark what is unfinished."""
        outputs = super()._process_completion(response, merged_kwargs)
        reasons = [getattr(choice, "finish_reason", None) for choice in response.choices]
        return [
            _marked(output, reason) if reason in UNFINISHED else output
            for output, reason in zip(outputs, reasons, strict=True)
        ]

    def dump_state(self) -> dict[str, Any]:
        """Return what makes a plain `dspy.LM` of it again; no key, no engine."""
        plain = self.copy(engine="litellm")
        if isinstance(self.engine, HttpEngine):
            plain.kwargs["api_base"] = self.engine.server.address
        return {**super(HostedLM, plain).dump_state(), "_dspy_lm_class": "dspy.clients.lm.LM"}


def _marked(output: Any, reason: str) -> dict[str, Any]:
    fields = output if isinstance(output, dict) else {"text": output}
    return {**fields, "finish_reason": reason}
