"""Check the forward rule of a call against its pullback and itself; see `PushCheck`.

The two are tied by the dot-product test: for every tangent ``x_dot`` and cotangent ``y_bar``,
``<y_bar, J x_dot> = <J^T y_bar, x_dot>``.  The pullback is checked against differences elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.compiling.leaves import (
    Path,
    duplicate,
    is_differentiable,
    leaf_at,
    leaves,
    map_leaves,
    replace_leaf,
)
from adjoint.rules.apply import push_rule
from adjoint.testing.comparing import assert_close, assert_same, map_two, read_only, spoken
from adjoint.testing.differences import random_like

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class PushCheck:
    """The forward rule of one call.

    Args:
        name: the function's name in messages.
        primal: the function.
        arguments: positional and keyword arguments of the call.
        value: what the plain call returns.
        again: runs a function with the global random draws of the first call.
        tight: relative tolerance of the dot-product test, in double precision.
    """

    name: str
    primal: Any
    arguments: Arguments
    value: Any
    again: Any
    tight: float = 1e-12

    @property
    def looser(self) -> float:
        """How much less precise than double precision the call is."""
        every = [leaf for _, leaf in leaves((self.arguments, self.value)) if is_differentiable(leaf)]
        widest = max(float(np.finfo(np.asarray(leaf).dtype).eps) for leaf in every)
        return max(1.0, widest / float(np.finfo(float).eps))

    def run(self, y_bar: Any, bar_at: Callable[[Path], Any], single: bool = False) -> None:
        """Run every check.

        The value equals the plain call's; arguments and tangents are unharmed; the tangent has the
        form of the value; it passes the dot-product test, for all arguments together and for each
        alone; the tangents of single arguments add up; the pushforward is linear.

        Args:
            y_bar: a cotangent of the value.
            bar_at: the pullback's cotangent of the argument at a path.
            single: whether the arguments are in single precision: only value and form are checked.
        """
        if not any(is_differentiable(leaf) for _, leaf in leaves(self.arguments)):
            return
        x_dot = random_like(self.arguments, np.random.default_rng(9))
        y_dot = self.pushed(x_dot)
        self.check_form(y_dot)
        if single:
            return
        self.check_dual(y_bar, y_dot, bar_at, x_dot, "all arguments")
        self.check_parts(y_bar, y_dot, bar_at, x_dot)
        other = random_like(self.arguments, np.random.default_rng(10))
        mixed = map_two(lambda a, b: 0.5 * a - 2.0 * b, x_dot, other)
        wanted = _mixed(y_dot, self.pushed(other))
        self.check_equal(self.pushed(mixed), wanted, "linearity of the pushforward")

    def pushed(self, x_dot: Any) -> Any:
        """Return the tangent of the value, having checked the value and what was handed in."""
        args, kwargs = read_only(self.arguments)
        args_dot, kwargs_dot = read_only(x_dot)
        try:
            with self.again():
                pushed = push_rule(self.primal, args, kwargs, *_moving(args_dot, kwargs_dot))
        except ValueError as error:
            raise AssertionError(
                f"{self.name}: the forward rule fails or writes into an argument: {error}"
            ) from error
        assert pushed is not NotImplemented, f"{self.name}: no forward rule accepts this call"
        value, y_dot = pushed
        assert_same(value, self.value, f"{self.name}: value of the forward rule against the plain call")
        assert_same((args, kwargs), self.arguments, f"{self.name}: arguments after the forward rule")
        assert_same((args_dot, kwargs_dot), x_dot, f"{self.name}: tangents after the forward rule")
        return _carried(self.value, duplicate(y_dot))

    def check_form(self, y_dot: Any) -> None:
        """Check that a tangent has the shapes and dtypes of its value."""
        for path, leaf in leaves(self.value):
            dot = leaf_at(y_dot, path)
            if dot is None or not is_differentiable(leaf):
                continue
            where = f"{self.name}: tangent of the value"
            assert np.shape(dot) == np.shape(leaf), f"{where} has shape {np.shape(dot)}, not {np.shape(leaf)}"
            narrow = type(dot) in (float, complex) and not isinstance(leaf, np.ndarray)
            dtype, wanted = np.asarray(dot).dtype, np.asarray(leaf).dtype
            assert narrow or dtype == wanted, f"{where} has dtype {dtype}, not {wanted}"

    def check_dual(
        self, y_bar: Any, y_dot: Any, bar_at: Callable[[Path], Any], x_dot: Any, which: str
    ) -> None:
        """Check that pushforward and pullback are transposes of each other."""
        left = list(_products((leaf_at(y_bar, path), leaf) for path, leaf in leaves(y_dot)))
        right = list(_products((bar_at(path), leaf) for path, leaf in leaves(x_dot)))
        scale = max(sum(map(abs, left)), sum(map(abs, right)), 1.0)
        error = abs(sum(left) - sum(right))
        assert error <= self.tight * self.looser * scale or not np.isfinite(scale), (
            f"{self.name}: forward rule and pullback disagree for {which}: "
            f"{sum(left)!r} and {sum(right)!r}, a difference of {error:.3g}"
        )

    def check_parts(self, y_bar: Any, y_dot: Any, bar_at: Callable[[Path], Any], x_dot: Any) -> None:
        """Check one argument's tangent at a time, and that those of all add up."""
        moving = [path for path, leaf in leaves(x_dot) if leaf is not None]
        if len(moving) < 2:
            return
        nothing = map_leaves(lambda leaf: None, x_dot)
        total = None
        for path in moving:
            alone = replace_leaf(nothing, path, leaf_at(x_dot, path))
            part = self.pushed(alone)
            self.check_form(part)
            self.check_dual(y_bar, part, bar_at, alone, spoken(path))
            total = part if total is None else _added(total, part)
        self.check_equal(total, y_dot, "sum of the tangents that single arguments give")

    def check_equal(self, got: Any, wanted: Any, what: str) -> None:
        """Check that two tangents of the value agree, None being zero."""
        for path, leaf in leaves(wanted):
            if leaf is not None:
                other = leaf_at(got, path)
                other = np.zeros(np.shape(leaf)) if other is None else other
                rtol, atol = 1e-9 * self.looser, 1e-10 * self.looser
                assert_close(other, leaf, rtol, atol, f"{self.name}: {what}")


def _moving(args_dot: tuple[Any, ...], kwargs_dot: dict[str, Any]) -> Arguments:
    """Return tangents with None for every argument of which nothing moves."""

    def whole(dot: Any) -> Any:
        return dot if any(leaf is not None for _, leaf in leaves(dot)) else None

    return tuple(map(whole, args_dot)), {name: whole(dot) for name, dot in kwargs_dot.items()}


def _carried(y: Any, y_dot: Any) -> Any:
    """Return a tangent without what belongs to integers of the value, which do not move."""
    result = y_dot
    for path, leaf in leaves(y):
        if not is_differentiable(leaf) and leaf_at(y_dot, path) is not None:
            result = replace_leaf(result, path, None)
    return result


def _products(pairs: Iterator[tuple[Any, Any]]) -> Iterator[float]:
    """Yield the real products of the entries of cotangents and tangents."""
    for bar, dot in pairs:
        if bar is not None and dot is not None:
            product = np.real(np.conj(bar) * dot)
            yield from np.ravel(product).tolist()


def _added(a: Any, b: Any) -> Any:
    return map_two(lambda x, y: x + y, _whole(a, b), _whole(b, a))


def _mixed(a: Any, b: Any) -> Any:
    return map_two(lambda x, y: 0.5 * x - 2.0 * y, a, b)


def _whole(a: Any, b: Any) -> Any:
    """Return the tangent ``a`` with zeros where only ``b`` has an entry."""
    result = b
    for path, leaf in leaves(b):
        own = leaf_at(a, path)
        result = replace_leaf(result, path, leaf * 0.0 if own is None and leaf is not None else own)
    return result
