"""Runs a coroutine to its end from ordinary code."""

import asyncio
import contextvars
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def wait_for(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end from ordinary code, inside a running event loop too (then in a thread)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    with ThreadPoolExecutor(1) as pool:  # a thread sees dspy.context only through a copy of the context
        return pool.submit(contextvars.copy_context().run, asyncio.run, coroutine).result()
