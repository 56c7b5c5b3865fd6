"""The parameters that a function's own code has, whatever it shows to the world."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any


def own_signature(function: Callable[..., Any]) -> inspect.Signature:
    """Return the signature of a function's code; ``__wrapped__`` and ``__signature__`` show another one.

    >>> def f(*args): ...
    >>> f.__signature__ = inspect.signature(lambda x: x)
    >>> str(own_signature(f)), str(inspect.signature(f, follow_wrapped=False))
    ('(*args)', '(x)')
    """
    if isinstance(function, types.FunctionType) and "__signature__" in vars(function):
        code, closure = function.__code__, function.__closure__
        bare = types.FunctionType(code, {}, function.__name__, function.__defaults__, closure)
        bare.__kwdefaults__ = function.__kwdefaults__
        bare.__annotations__ = function.__annotations__
        function = bare
    return inspect.signature(function, follow_wrapped=False)


__all__ = ["own_signature"]
