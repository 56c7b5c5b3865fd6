"""Check whole gradients against numerical differences; see `check_grad`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.compiling.leaves import Path, duplicate, leaf_at, leaves, replace_leaf
from adjoint.testing.comparing import assert_same, spoken
from adjoint.testing.differences import difference, inner, random_like


def check_grad(
    f: Callable[..., Any],
    /,
    *args: Any,
    wrt: Any = None,
    rtol: float | None = None,
    atol: float = 1e-8,
    seed: int = 0,
    **kwargs: Any,
) -> None:
    """Compare ``vjp(f, *args)`` with differences along random directions.

    Args:
        f: any function that can be differentiated; its output may be a container.
        args: its arguments: numbers, arrays, and containers of them.
        wrt: index, name or tuple of them, as for `adjoint.vjp`; everything if None.
        rtol: relative tolerance; by default 1e-6, or 1e-2 with single precision arguments.
        atol: absolute tolerance.
        seed: of the random directions.
        kwargs: keyword arguments, held fixed unless ``wrt`` names them.

    Raises:
        AssertionError: the value is not that of the plain call bit for bit, an argument was
            changed, the pullback is not repeatable, or a gradient is wrong.

    Example:
        >>> check_grad(lambda x: x * np.sin(x), 0.7)
    """
    from adjoint import vjp

    name = getattr(f, "__qualname__", repr(f))
    before = duplicate((args, kwargs))
    # The same arguments for both calls: BLAS may round differently in another memory layout.
    plain = duplicate(f(*args, **kwargs))
    assert_same((args, kwargs), before, f"{name}: changed its arguments in a plain call; argument")
    y, pullback = vjp(f, *args, wrt=wrt, **kwargs)
    assert_same(y, plain, f"{name}: value under differentiation against the plain call")
    assert_same((args, kwargs), before, f"{name}: arguments after the call")
    y_bar = random_like(plain, np.random.default_rng(seed))
    bars = duplicate(pullback(duplicate(y_bar)))
    assert_same(pullback(y_bar), bars, f"{name}: second call of the pullback")
    assert_same((args, kwargs), before, f"{name}: arguments after the pullback")
    _check_directions(f, name, before, _selected(f, wrt, before, bars), y_bar, rtol, atol, seed)


def _check_directions(
    f: Callable[..., Any],
    /,
    name: str,
    call: Any,
    bars: dict[Path, Any],
    y_bar: Any,
    rtol: float | None,
    atol: float,
    seed: int,
) -> None:
    """Move one argument at a time, twice, and compare slopes."""
    rng = np.random.default_rng(seed + 1)
    single = any(getattr(leaf, "dtype", None) in (np.float32, np.complex64) for _, leaf in leaves(call))
    rtol = rtol if rtol is not None else (1e-2 if single else 1e-6)
    for path, bar in bars.items():
        for _ in range(2):
            x = leaf_at(call, path)
            x_dot = random_like(x, rng)

            def along(x: Any, path: Path = path) -> Any:
                moved_args, moved_kwargs = duplicate(replace_leaf(call, path, x))
                return f(*moved_args, **moved_kwargs)

            wanted = difference(along, x, x_dot, y_bar, 1e-2 if single else 1e-4)
            scale = max(abs(wanted), _magnitude(bar, x_dot))
            got = inner(bar, x_dot)
            assert abs(got - wanted) <= atol + rtol * scale, (
                f"{name}: slope along {spoken(path)} is {got!r}, differences give {wanted!r} "
                f"(off by {abs(got - wanted):.3g})"
            )


def _magnitude(bar: Any, x_dot: Any) -> float:
    """Return a size of the terms of the inner product, to judge cancellation by."""
    total = 0.0
    for path, leaf in leaves(x_dot):
        part = leaf_at(bar, path)
        if part is not None and leaf is not None:
            total += float(np.sqrt(np.sum(np.abs(np.asarray(part) * leaf) ** 2)))
    return total


def _selected(f: Callable[..., Any], wrt: Any, call: Any, bars: Any) -> dict[Path, Any]:
    """Return the cotangents by the path of their argument in ``(args, kwargs)``."""
    if wrt is None:
        return {(0, i): bar for i, bar in enumerate(bars)}
    names = wrt if isinstance(wrt, tuple) else (wrt,)
    chosen = bars if isinstance(wrt, tuple) else (bars,)
    return {_place(f, name, call): bar for name, bar in zip(names, chosen, strict=True)}


def _place(f: Callable[..., Any], name: int | str, call: Any) -> Path:
    """Return where an argument given by index or name stands in ``(args, kwargs)``."""
    if isinstance(name, int):
        return (0, name % len(call[0]))
    if name in call[1]:
        return (1, name)
    return (0, list(inspect.signature(f).parameters).index(name))
