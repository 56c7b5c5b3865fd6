"""``jet``: Taylor coefficients of a function along a curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.api import specializer_of
from adjoint.compiling.linemap import annotate
from adjoint.compiling.mirror import conform, mirror
from adjoint.compiling.specialize import run
from adjoint.compiling.target import Slot
from adjoint.forward import argument_dots, named
from adjoint.operators.taylor import Taylor
from adjoint.rules.errors import ArgumentError
from adjoint.rules.forward import filled
from adjoint.runtime.algebra import Carrier


def jet(
    f: Callable[..., Any], primals: Any, series: int | Sequence[Any], **kwargs: Any
) -> tuple[Any, list[Any]]:
    """Return the value of ``f`` and its Taylor coefficients along a curve.

    The curve is ``x(t) = x_0 + x_1 t + ... + x_K t^K``, and so is the result: ``y_k`` is the ``k``-th
    derivative with respect to ``t`` at zero *divided by k factorial* (`jax.experimental.jet` takes and
    returns derivatives instead).

    Args:
        f: function of any number of arguments with any output.
        primals: ``x_0``, a tuple of one value for each argument; with an order in place of ``series``
            the single argument itself, number or array.
        series: for each argument the list of its coefficients ``[x_1, ..., x_K]``, each in its shape or
            structure, shorter ones being completed by zeros, ``None`` for a constant; or the order ``K``,
            then the curve is ``x + t`` in every entry.
        kwargs: keyword arguments; constants.

    Returns:
        The value, and the list ``[y_1, ..., y_K]``.

    Raises:
        ArgumentError: ADJ302, a coefficient does not fit its argument.
        LanguageError, RuleError, SourceError: the function cannot be differentiated.

    Example:
        >>> jet(lambda x: x ** 3, 2.0, 3)
        (8.0, [12.0, 6.0, 1.0])
        >>> jet(lambda a, b: a * b, (2.0, 3.0), ([1.0, 0.0], [0.0, 1.0]))
        (6.0, [3.0, 2.0])
    """
    if isinstance(series, int | np.integer):
        primals, series = (primals,), (along_ones(primals, int(series)),)
    primals, given = tuple(primals), list(series)
    if len(primals) != len(given):
        raise ArgumentError(
            "ADJ302",
            title=f"jet got {len(primals)} arguments and {len(given)} series",
            why="every argument has one list of coefficients; None stands for a constant.",
            fixes=("pass the arguments and the series as tuples of the same length",),
        )
    order = max((len(s) for s in given if s is not None), default=0)
    wrt = tuple(i for i, s in enumerate(given) if s is not None)
    if not wrt or not order:
        return f(*primals, **kwargs), []
    padded = [[*given[i], *[None] * (order - len(given[i]))] for i in wrt]
    y, y_series = carried(f, wrt, primals, kwargs, Taylor(order), padded)
    return y, [mirror(y, c) for c in Taylor(order).coefficients(y, y_series)]


def along_ones(x: Any, order: int) -> list[Any]:
    """Return the coefficients of ``x + t``."""
    if order < 1:
        raise ValueError(f"the order of a jet is at least 1, not {order}")
    if not isinstance(x, np.ndarray):
        return [1.0, *[0.0] * (order - 1)]
    dtype = x.dtype if x.dtype.kind in "fc" else np.dtype(float)
    return [np.ones(x.shape, dtype), *[np.zeros(x.shape, dtype) for _ in range(order - 1)]]


def carried(
    f: Any, wrt: tuple[int, ...], args: Any, kwargs: Any, taylor: Carrier, series: list[Any]
) -> tuple[Any, Any]:
    """Run the generated function of an algebra on the user's arguments."""
    specializer = specializer_of(f, wrt)
    plan = specializer.plan(taylor.form, args, kwargs)

    def complete(value: Any, coefficients: Any, place: Slot) -> Any:
        if not isinstance(taylor, Taylor):
            return coefficients
        parts = [filled(conform(value, c, named(place), "tangent"), value) for c in coefficients]
        return taylor.collected(value, parts)

    dots = argument_dots(plan, specializer, args, kwargs, series, complete)
    function = plan.compiled.carried(taylor.form)
    try:
        return run(  # type: ignore[no-any-return]
            plan,
            lambda *values, **named: function(taylor, *dots, *values, **named),
            specializer,
            args,
            kwargs,
        )
    except Exception as error:
        raise annotate(error)  # noqa: B904 - the same exception, with a note


__all__ = ["carried", "jet"]
