"""Elementwise functions with several outputs: both rules from one table of partial derivatives."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.runtime import strong_product, unbroadcast
from adjoint.rules.support import fit

Partials = tuple[tuple[Any, ...], ...]


def table(partials: Any, outputs: int, parameters: int) -> Partials:
    """Return the partials as rows, one for each output; with one parameter the rows may be bare."""
    if parameters == 1:
        partials = tuple(row if isinstance(row, tuple) else (row,) for row in partials)
    if len(partials) != outputs or any(len(row) != parameters for row in partials):
        raise ValueError(f"expected {outputs} rows of {parameters} partial derivatives, got {partials!r}")
    return tuple(map(tuple, partials))


def several(
    primal: Any, function: Callable[..., Any], parameters: tuple[str, ...], outputs: int, singular: bool
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the reverse and the forward rule of an elementwise function with several outputs.

    Args:
        primal: the function; it returns a tuple.
        function: takes the primal's outputs as one tuple and then its arguments, and returns for each
            output the partial derivatives by each argument.
        parameters: names of the arguments.
        outputs: their number.
        singular: whether a zero cotangent wins against an infinite partial.
    """
    product = strong_product if singular else lambda a, b: a * b
    signature = inspect.signature(function)
    named = list(signature.parameters.values())[1:]

    defaults = tuple(parameter.default for parameter in named)

    def rrule(*args: Any) -> tuple[Any, Callable[[Any], Any]]:
        values = (*args, *defaults[len(args) :])
        out = primal(*values)
        rows = table(function(out, *values), outputs, len(parameters))

        def pullback(out_bar: Any) -> Any:
            bars = [share(rows, out_bar, k, x, product) for k, x in enumerate(values)]
            return bars[0] if len(bars) == 1 else tuple(bars)

        return out, pullback

    def frule(*args: Any) -> tuple[Any, Callable[..., Any]]:
        values = (*args, *defaults[len(args) :])
        out = primal(*values)
        rows = table(function(out, *values), outputs, len(parameters))

        def pushforward(*dots: Any) -> Any:
            shares = [
                None
                if dot is None
                else tuple([None if row[k] is None else product(row[k], dot) for row in rows])
                for k, dot in enumerate(dots)
            ]
            return shares[0] if len(shares) == 1 else tuple(shares)

        return out, pushforward

    for rule in (rrule, frule):
        functools.update_wrapper(rule, function)
        rule.__signature__ = signature.replace(parameters=named)  # type: ignore[attr-defined]
    return rrule, frule


def share(rows: Partials, out_bar: Any, k: int, x: Any, product: Callable[[Any, Any], Any]) -> Any:
    """Return the cotangent of argument ``k``: the sum over the outputs; ``None`` if none has a share."""
    total: Any = None
    for row, bar in zip(rows, out_bar, strict=True):
        if bar is None or row[k] is None:
            continue
        part = product(bar, np.conj(row[k]) if np.iscomplexobj(row[k]) else row[k])
        total = part if total is None else total + part
    return None if total is None else fit(unbroadcast(total, x), x)


__all__ = ["several"]
