"""What a client is told of a request that is out of form: one sentence, with where."""

from typing import Any

NO_OBJECT = "Send one JSON object."


def fault_of(error: Any) -> str:
    """Say the first thing that is wrong with a request, from FastAPI's `RequestValidationError`."""
    if isinstance(error.body, bytes):  # a web page could send other kinds of content to this machine unasked
        return "The body is read as JSON only with the header `Content-Type: application/json`; send that."
    fault = error.errors()[0]
    if fault["type"] == "json_invalid":
        return f"The body is not JSON: {fault['ctx']['error']} at character {fault['loc'][-1]}."
    place = ".".join(str(part) for part in fault["loc"] if part != "body")
    if not place and fault["type"] in ("missing", "model_attributes_type"):
        return NO_OBJECT
    said = str(fault["msg"]).removeprefix("Value error, ")
    return f"{place}: {said}" if place else said


def unreadable(error: BaseException) -> str:
    """Say why a body could not be read as JSON at all, from what was raised at it."""
    if isinstance(error, UnicodeError):
        return "The body is not JSON: it is not UTF-8."
    if isinstance(error, RecursionError):
        return "The body cannot be read: it is nested too deep."
    return "The body cannot be read: it holds a number with too many digits."
