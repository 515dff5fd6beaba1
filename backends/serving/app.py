"""The server: chat completions, the list of models, health, and the solver itself."""

import json
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from dspy.lm15 import InvalidRequestError
from jinja2.exceptions import TemplateError

from ...errors import ConfigError, ReplyError, SourceError
from ..faults import kind_of
from ..local.asks import ClosedError, PromptTooLongError, QueueFullError, Reply
from ..local.engine import shared_worker
from ..local.fingerprint import fingerprint_of
from .asking import asks_of, begun, pieces, whole
from .guard import BUSY, Guard, problem
from .malformed import fault_of, unreadable
from .protocol import ChatRequest, SolveRequest

NEEDED = "Serving needs FastAPI and uvicorn: pip install 'source2synth[serve]'"


class Solve(Protocol):
    """Answers a question with the solver of a run; raises ConfigError, ReplyError."""

    async def __call__(self, request: SolveRequest, model: str) -> dict[str, Any]:
        """Return what it found, as JSON."""
        ...


def make_app(models: Mapping[str, str], *, solve: Solve | None = None, key: str | None = None, **limits: Any) -> Any:
    """Make the ASGI application.

    Args:
        models: Under which name which local model is served; the first is the default of the solver.
        solve: Answers `POST /v1/solve`; None: there is no such path.
        key: What clients must send; None: nothing.
        **limits: `largest` (bytes of a request), `most` (requests at once), `seconds` (for a request to come).

    Raises:
        ImportError: FastAPI is not installed; the message says how to get it.
    """
    try:
        from fastapi import FastAPI
    except ImportError as error:
        raise ImportError(NEEDED) from error
    app = FastAPI(title="source2synth", docs_url=None, redoc_url=None, openapi_url=None)
    _add_errors(app, models)
    _add_chat(app, models)
    if solve is not None:
        _add_solver(app, models, solve)
    return Guard(app, key, **limits)


class NoModelError(Exception):
    """A client asked for a model that is not served."""


_STATUS: dict[type[Exception], tuple[int, str]] = {
    NoModelError: (404, "model_not_found"),
    PromptTooLongError: (400, "context_length_exceeded"),
    ConfigError: (400, "invalid_request"),
    SourceError: (400, "invalid_request"),
    InvalidRequestError: (400, "invalid_request"),
    TemplateError: (400, "invalid_request"),  # turns that the model's chat template refuses
    ReplyError: (422, "no_answer"),
    QueueFullError: (503, "overloaded"),
    ClosedError: (503, "closing"),
}
_NO_SUCH = {
    404: ("There is nothing at PLACE here.", "not_found"),
    405: ("PLACE is not asked by this method.", "method_not_allowed"),
}


def _add_errors(app: Any, models: Mapping[str, str]) -> None:
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse
    from starlette.exceptions import HTTPException

    async def answer(request: Any, error: Exception) -> Any:
        told, status = _problem(error, models)
        return JSONResponse(told, status, headers={"retry-after": "1"} if status == 503 else None)

    async def out_of_form(request: Any, error: RequestValidationError) -> Any:
        return JSONResponse(problem(fault_of(error), "invalid_request", 400), 400)

    async def elsewhere(request: Any, error: HTTPException) -> Any:
        detail = unreadable(error.__cause__) if error.__cause__ else str(error.detail)
        said, code = _NO_SUCH.get(error.status_code, (detail, "invalid_request"))
        told = problem(said.replace("PLACE", request.url.path), code, error.status_code)
        return JSONResponse(told, error.status_code, headers=error.headers)

    app.add_exception_handler(RequestValidationError, out_of_form)
    app.add_exception_handler(HTTPException, elsewhere)
    for expected in (*_STATUS, Exception):
        app.add_exception_handler(expected, answer)


def _problem(error: Exception, models: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    """Return what a client is told of an error, and the status; of one that nobody expected, the log tells more."""
    found = next((place for known, place in _STATUS.items() if isinstance(error, known)), None)
    if found is None:
        return problem("The server failed at this request; its log says how.", "internal_error", 500), 500
    status, code = found
    said = str(error.args[0]) if error.args else type(error).__name__
    for name, model in sorted(models.items(), key=lambda served: -len(served[1])):
        said = said.replace(model, name)  # where a model lies on this machine is nobody's business
    return problem(said, code, status), status


def _named(models: Mapping[str, str], name: str) -> str:
    if name not in models:
        raise NoModelError(f"There is no model {name!r} here; there is {', '.join(models)}.")
    return models[name]


def _add_chat(app: Any, models: Mapping[str, str]) -> None:
    from fastapi.responses import StreamingResponse

    started = int(time.time())

    def told(name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": started, "owned_by": "source2synth"}

    @app.get("/health")  # type: ignore[untyped-decorator]  # fastapi is an extra
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/models")  # type: ignore[untyped-decorator]
    async def listed() -> dict[str, Any]:
        return {"object": "list", "data": [told(name) for name in models]}

    @app.get("/v1/models/{name:path}")  # type: ignore[untyped-decorator]
    async def one(name: str) -> dict[str, Any]:
        _named(models, name)
        return told(name)

    @app.post("/v1/chat/completions")  # type: ignore[untyped-decorator]
    async def chat(request: ChatRequest) -> Any:
        model = _named(models, request.model)
        if request.has_system and _compact(model):
            raise ConfigError(f"{request.model} was fine-tuned to be asked without a system message; leave it out.")
        if not request.stream:
            return _completion(request, await whole(shared_worker(), asks_of(request, model)))
        stream = await begun(pieces(shared_worker(), asks_of(request, model)))
        return StreamingResponse(_events(request, stream, models), media_type="text/event-stream")


def _compact(model: str) -> bool:
    return bool(fingerprint_of(model).get("adapter") == "CompactAdapter")


def _add_solver(app: Any, models: Mapping[str, str], solve: Solve) -> None:
    @app.post("/v1/solve")  # type: ignore[untyped-decorator]
    async def solved(request: SolveRequest) -> dict[str, Any]:
        from dspy.utils.exceptions import LMError

        try:
            return await solve(request, _named(models, request.model or next(iter(models))))
        except LMError as error:
            if kind_of(error) == "rate_limited":
                raise QueueFullError(BUSY) from error
            raise


def _completion(request: ChatRequest, replies: list[Reply]) -> dict[str, Any]:
    choices = [
        {
            "index": number,
            "message": {"role": "assistant", "content": reply.text},
            "logprobs": None,
            "finish_reason": _reason(reply),
        }
        for number, reply in enumerate(replies)
    ]
    return {**_head(request, "chat.completion"), "choices": choices, "usage": _usage(replies)}


def _head(request: ChatRequest, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": request.model}


def _reason(reply: Reply) -> str:
    return "stop" if reply.finished else "length"


def _usage(replies: list[Reply]) -> dict[str, int]:
    read, written = replies[0].input_tokens, sum(reply.output_tokens for reply in replies)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


async def _events(
    request: ChatRequest, stream: AsyncIterator[tuple[int, str | Reply]], models: Mapping[str, str]
) -> AsyncIterator[str]:
    head, replies = _head(request, "chat.completion.chunk"), []
    for number in range(request.n):
        yield _event(head, number, {"role": "assistant", "content": ""})
    try:
        async for number, piece in stream:
            if isinstance(piece, Reply):
                replies.append(piece)
                yield _event(head, number, {}, _reason(piece))
            else:
                yield _event(head, number, {"content": piece})
    except Exception as error:
        told, status = _problem(error, models)
        yield f"data: {json.dumps(told)}\n\n"
        if status >= 500 and not isinstance(error, tuple(_STATUS)):
            raise  # for the log
        return
    if request.stream_options.include_usage:
        yield f"data: {json.dumps({**head, 'choices': [], 'usage': _usage(replies)})}\n\n"
    yield "data: [DONE]\n\n"


def _event(head: dict[str, Any], number: int, delta: dict[str, str], reason: str | None = None) -> str:
    choice = {"index": number, "delta": delta, "logprobs": None, "finish_reason": reason}
    return f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"
