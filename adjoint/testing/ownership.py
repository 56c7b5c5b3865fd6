"""Who owns the memory that a rule hands out and keeps: the aliasing checks of `adjoint.testing`.

Memory is overwritten with NaN where nobody may read it again; a rule that does is found out.
"""

from __future__ import annotations

import functools
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adjoint.compiling.leaves import duplicate, leaves, map_leaves
from adjoint.rules.apply import find_rule, rule_options
from adjoint.testing.comparing import assert_same, read_only, spoken

DEPTH = 6


def run_rule(primal: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what a rule function returns for a call; None unless it is value and pullback."""
    found = find_rule(primal, args, kwargs)
    if found is None or found[0].form != "rrule":
        return None
    rule, bound = found
    result = rule.function(*bound.args, **bound.kwargs, **rule_options(rule, bound))
    return None if result is NotImplemented else result


def check_handed_out(name: str, inner: Callable[[Any], Any], y: Any, arguments: Any, y_bar: Any) -> None:
    """Check that a pullback does not hand out memory that it reads again, or that belongs to an argument.

    Args:
        name: of the function, for messages.
        inner: the pullback as the rule made it.
        y: the value of the call.
        arguments: of the call, writable; checked to be unchanged.
        y_bar: cotangent of the value.
    """
    before, frozen = duplicate(arrays_of(arguments)), read_only(y_bar)
    bars = inner(frozen)
    wanted = duplicate(bars)
    inner(read_only(map_leaves(doubled, y_bar)))
    assert_same(bars, wanted, f"{name}: a second call of the pullback changes the cotangents of the first")
    poison(bars, [])
    assert_same(arrays_of(arguments), before, f"{name}: the pullback hands out memory of an argument")
    message = f"{name}: the pullback hands out memory that it reads again; cotangents of its second call"
    assert_same(duplicate(inner(frozen)), wanted, message)


def check_kept(name: str, inner: Callable[[Any], Any], y: Any, arguments: Any, y_bar: Any) -> None:
    """Check that a pullback reads nothing but what it captured.

    What is captured is saved by the generated code; anything else may be overwritten before the
    pullback runs.

    Args:
        name: of the function, for messages.
        inner: the pullback as the rule made it.
        y: the value of the call; overwritten.
        arguments: of the call, writable; overwritten.
        y_bar: cotangent of the value.
    """
    frozen = read_only(y_bar)
    wanted = duplicate(inner(frozen))
    kept = [array for array in reachable(inner) if isinstance(array, np.ndarray)]
    poison((arguments, y), [*kept, y_bar])
    message = f"{name}: the pullback reads memory that it did not capture; its cotangents"
    assert_same(duplicate(inner(frozen)), wanted, message)


def arrays_of(tree: Any) -> list[Any]:
    """Return the arrays of a tree."""
    return [leaf for _, leaf in leaves(tree) if isinstance(leaf, np.ndarray)]


def doubled(leaf: Any) -> Any:
    """Return another cotangent of the same form."""
    return None if leaf is None else leaf * 2


def poison(tree: Any, kept: list[Any]) -> None:
    """Overwrite the writable float arrays of a tree with NaN, except those that share memory with others."""
    others = [other for other in kept if isinstance(other, np.ndarray)]
    with warnings.catch_warnings():  # what np.broadcast_arrays returns warns when written to
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        for leaf in arrays_of(tree):
            writable = leaf.dtype.kind in "fc" and leaf.flags.writeable
            if writable and not any(np.shares_memory(leaf, other) for other in others):
                leaf.fill(np.nan)


def reachable(x: Any, depth: int = DEPTH) -> Iterator[Any]:
    """Yield what a function captured, and all that it holds."""
    if depth == 0:
        return
    if isinstance(x, types.FunctionType):
        inside = [cell.cell_contents for cell in x.__closure__ or ()]
        inside += [*(x.__defaults__ or ()), *(x.__kwdefaults__ or {}).values()]
    elif isinstance(x, types.MethodType):
        inside = [x.__func__, x.__self__]
    elif isinstance(x, functools.partial):
        inside = [x.func, *x.args, *x.keywords.values()]
    elif isinstance(x, dict):
        inside = list(x.values())
    elif isinstance(x, tuple | list | set):
        inside = list(x)
    else:
        yield x
        inside = [] if isinstance(x, types.ModuleType | type) else list(getattr(x, "__dict__", {}).values())
    for item in inside:
        yield from reachable(item, depth - 1)


def check_fresh(name: str, y: Any, arguments: Any) -> None:
    """Check that a value shares no memory with an argument."""
    outputs = [leaf for _, leaf in leaves(y) if isinstance(leaf, np.ndarray)]
    for path, leaf in leaves(arguments):
        if isinstance(leaf, np.ndarray):
            shared = any(np.shares_memory(output, leaf) for output in outputs)
            assert not shared, f"{name}: declared fresh, but shares memory with {spoken(path)}"


__all__ = ["check_fresh", "check_handed_out", "check_kept", "run_rule"]
