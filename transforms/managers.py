"""Context managers that swallow exceptions: after them nobody knows which lines ran.

>>> class Quiet:
...     def __exit__(self, *error):
...         return True
>>> may_swallow(Quiet), may_swallow(contextlib.nullcontext), may_swallow(contextlib.suppress)
(True, False, True)
"""

from __future__ import annotations

import contextlib
import dis
import inspect
import types
from typing import Any

#: Results of ``__exit__`` that let an exception through.
HARMLESS = (None, False, 0)


def may_swallow(cls: Any) -> bool:
    """Whether the ``__exit__`` of a class, where it is written in Python, may return a true value."""
    if not isinstance(cls, type):
        return False
    leave = inspect.getattr_static(cls, "__exit__", None)
    if not isinstance(leave, types.FunctionType):
        return False
    if (leave.__module__ or "") == "contextlib" and not issubclass(cls, contextlib.suppress):
        return False  # what these do is decided by the function or object inside
    return any(not harmless for harmless in results(leave.__code__))


def results(code: types.CodeType) -> list[bool]:
    """Return for every ``return`` of a function whether it certainly lets an exception through."""
    found, before = [], None
    for step in dis.get_instructions(code):
        if step.opname == "RETURN_CONST":
            found.append(step.argval in HARMLESS)
        elif step.opname == "RETURN_VALUE":
            constant = before is not None and before.opname == "LOAD_CONST"
            found.append(constant and before.argval in HARMLESS if before is not None else False)
        before = step
    return found
