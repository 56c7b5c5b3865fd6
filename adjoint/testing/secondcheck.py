"""Check the second derivative of a rule: its pullback, pushed forward, against differences of it.

Second derivatives are forward over reverse, so what counts is that the pullback itself can be differentiated:
along a direction of arguments and cotangent, its cotangents must move as differences of the pullback say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from adjoint.compiling.leaves import duplicate, is_differentiable, leaf_at, leaves, map_leaves
from adjoint.rules.errors import AdjointError
from adjoint.runtime.dynamic import call
from adjoint.runtime.pushing import push
from adjoint.testing.comparing import assert_close, spoken
from adjoint.testing.differences import random_like, shift

if TYPE_CHECKING:
    from adjoint.testing.rulecheck import RuleCheck

#: A cotangent of the value, the arguments and the keyword arguments.
Operands = tuple[Any, tuple[Any, ...], dict[str, Any]]


def check_second_order(check: RuleCheck, y: Any, y_bar: Any) -> None:
    """Compare the tangent of the pullback with 4-point differences of the pullback.

    Args:
        check: the rule, the call and the tolerances.
        y: the value of the call.
        y_bar: a cotangent of it.

    Raises:
        AssertionError: they disagree, or the second derivative is refused without a reason.
    """
    operands: Operands = (y_bar, tuple(check.args), dict(check.kwargs))
    precision = widest(y, operands)
    dots = random_like(operands, np.random.default_rng(11))
    if whole(dots[0]) is None or whole(dots[1:]) is None or precision > 1e-6:
        return
    if check.symmetric:
        dots = (dots[0], *map_leaves(symmetric, dots[1:]))
    try:
        got = pushed(check, operands, dots)
    except AdjointError as error:
        if not check.refusal and error.code != "ADJ203":  # declared as not implemented
            raise AssertionError(f"{check.name}: the pullback cannot be differentiated: {error}") from error
        return
    moved = [pulled(check, shift(operands, dots, k * check.step)) for k in (-2, -1, 1, 2)]
    rtol = max(10.0 * check.rtol, 50.0 * float(np.sqrt(precision)) if precision > 1e-15 else 1e-5)
    for path, leaf in leaves((operands[1], operands[2])):
        low2, low1, high1, high2 = (leaf_at(bars, path) for bars in moved)
        if not is_differentiable(leaf) or low1 is None:
            continue
        wanted = (8.0 * (high1 - low1) - (high2 - low2)) / (12.0 * check.step)
        bar_dot = leaf_at(got, path)
        bar_dot = np.zeros(np.shape(leaf)) if bar_dot is None else bar_dot
        message = f"{check.name}: second derivative, the tangent of the cotangent of {spoken(path)},"
        assert_close(bar_dot, wanted, rtol, rtol / 10.0, message)


def widest(y: Any, operands: Operands) -> float:
    """Return the coarsest precision among the arrays and numbers of a call and its value."""
    every = [leaf for _, leaf in leaves((y, operands)) if is_differentiable(leaf)]
    return max((float(np.finfo(np.asarray(leaf).dtype).eps) for leaf in every), default=0.0)


def symmetric(dot: Any) -> Any:
    """Return the Hermitian part of a tangent of matrices."""
    if np.ndim(dot) < 2:
        return dot
    return (dot + np.conj(np.swapaxes(dot, -1, -2))) / 2.0


def pulled(check: RuleCheck, operands: Operands) -> Any:
    """Return the cotangents of positional and keyword arguments."""
    y_bar, args, kwargs = duplicate(operands)
    with check.same_draws():
        _, pullback = call(check.primal, *args, **kwargs)
    return pullback(y_bar)[1:]


def pushed(check: RuleCheck, operands: Operands, dots: Any) -> Any:
    """Return the tangents of the cotangents of positional and keyword arguments, in one direction."""
    y_bar, args, kwargs = duplicate(operands)
    y_bar_dot, args_dot, kwargs_dot = dots
    pairs = [(value, whole(dot)) for value, dot in zip(args, args_dot, strict=True)]
    named = {name: (value, whole(kwargs_dot[name])) for name, value in kwargs.items()}
    with check.same_draws():
        (_, pullback), moved = push((call, None), (check.primal, None), *pairs, **named)
    _, bars_dot = push((pullback, None if moved is None else moved[1]), (y_bar, y_bar_dot))
    return None if bars_dot is None else bars_dot[1:]


def whole(dot: Any) -> Any:
    """Return a tangent, or None if nothing in it moves."""
    return dot if any(leaf is not None for _, leaf in leaves(dot)) else None


__all__ = ["check_second_order"]
