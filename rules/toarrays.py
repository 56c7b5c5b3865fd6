"""Rules for lists and tuples in the place of arrays: ``np.exp([x, y])``, ``weights * [1.0, 2.0]``.

NumPy makes an array of such an argument first.  For every elementwise function and operator that has a
rule, one more is registered here, which does the same and returns the cotangent as nested sequences.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.rules.apply import apply_rule, find_rule, push_rule
from adjoint.rules.conversions import nested_like
from adjoint.rules.forward import filled
from adjoint.rules.kinds import Array, Kind, Scalar, Tuple
from adjoint.rules.registry import frule, registry, rrule
from adjoint.rules.support import is_container

OPERATORS = (operator.add, operator.sub, operator.mul, operator.truediv, operator.mod, operator.pow)


def _some_container(args: Kind) -> bool:
    return isinstance(args, Tuple) and any(is_container(item) for item in args.items)


def _with_numpy(args: Kind) -> bool:
    """Whether one operand is a sequence and the other NumPy's, so that NumPy's operator is called."""
    items = args.items if isinstance(args, Tuple) else ()
    numpy = any(isinstance(item, Array) or isinstance(item, Scalar) and item.numpy for item in items)
    return numpy and _some_container(args)


def apply_to_arrays(function: Any, args: tuple[Any, ...]) -> Any:
    """Return value and pullback of an elementwise function whose arguments include sequences.

    The pullback gives one cotangent per argument, that of a sequence as nested sequences.
    """
    arrays = tuple(np.asarray(arg) if isinstance(arg, list | tuple) else arg for arg in args)
    found = find_rule(function, arrays, {})
    if found is None:
        return NotImplemented
    value, inner = apply_rule(*found)

    def pullback(value_bar: Any) -> Any:
        bars = zip(inner(value_bar), args, strict=True)
        return tuple(None if bar is None else nested_like(bar, arg) for bar, arg in bars)

    return value, pullback


def _array_dot(dot: Any, arg: Any) -> Any:
    """Return the tangent of an argument as that of an array, if it is a sequence."""
    if isinstance(arg, list | tuple):
        return None if dot is None else np.asarray(filled(dot, arg))
    return dot


def push_arrays(function: Any, args: tuple[Any, ...], dots: tuple[Any, ...]) -> Any:
    """Return the tangent of an elementwise function whose arguments include sequences; None is zero."""
    arrays = tuple(np.asarray(arg) if isinstance(arg, list | tuple) else arg for arg in args)
    array_dots = tuple(_array_dot(dot, arg) for dot, arg in zip(dots, args, strict=True))
    return push_rule(function, arrays, {}, array_dots, {})[1]


def register(function: Any, when: Any) -> None:
    """Register the rule of one function for arguments that are sequences."""

    @rrule(function, when=when, fresh=True)
    def over_sequences(*args: Any) -> Any:
        return apply_to_arrays(function, args)

    @frule(function, when=when)
    def over_sequences_forward(*args: Any) -> Any:
        out = function(*args)

        def over_sequences_pushforward(args_dot: Any) -> Any:
            return push_arrays(function, args, args_dot)

        return out, over_sequences_pushforward


for _function in registry.primals():
    if isinstance(_function, np.ufunc) and any(rule.form == "scalar" for rule in registry.lookup(_function)):
        register(_function, _some_container)

for _function in OPERATORS:
    register(_function, _with_numpy)
