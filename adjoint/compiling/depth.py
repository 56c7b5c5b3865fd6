"""A deep stack for compiling deeply nested programs.

The passes walk syntax trees recursively, and a sum of a thousand terms is a tree of a thousand levels:
Python itself compiles it, but has no room for several calls per level.

>>> @with_deep_stack
... def levels(n):
...     return 0 if n == 0 else 1 + levels.__wrapped__(n - 1)
>>> levels(10), levels(5000)
(10, 5000)
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import sys
import threading
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

#: Frames, and bytes of the stack that holds them (address space; what is not used costs nothing).
FRAMES, STACK = 60_000, 512 * 2**20
_lock = threading.RLock()


def with_deep_stack(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function again in a thread with a deep stack if the caller's stack is too small for it."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except RecursionError:
            if threading.current_thread().name == NAME:
                raise
            return in_deep_thread(functools.partial(function, *args, **kwargs))

    return run


NAME = "adjoint compiler"


def in_deep_thread(function: Callable[[], R]) -> R:
    """Call a function in a thread of its own, in a copy of the caller's context; raise what it raises."""
    results: list[R] = []
    errors: list[BaseException] = []
    context = contextvars.copy_context()

    def call() -> None:
        try:
            results.append(context.run(function))
        except BaseException as error:
            errors.append(error)

    with _lock, deep():
        thread = threading.Thread(target=call, name=NAME)
        thread.start()
        thread.join()
    if errors:
        raise errors[0]
    return results[0]


@contextlib.contextmanager
def deep() -> Iterator[None]:
    """Let threads that start here have a deep stack, and raise the limit of recursion meanwhile."""
    limit, size = sys.getrecursionlimit(), threading.stack_size()
    threading.stack_size(STACK)
    sys.setrecursionlimit(max(limit, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)


__all__ = ["with_deep_stack"]
