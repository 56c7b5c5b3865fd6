"""Judge the derivative of one call of a function somebody else wrote.

A verdict is ``right``; ``refused``, with one of our errors that names a place or a function; ``wrong``,
with a value that differs in a bit, arguments that were changed, or a gradient that differs from
differences; ``crash``, with any other error; or ``unjudged`` where differences say nothing: the plain
call fails, returns no floats, or has a kink at the arguments.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import adjoint
from adjoint.compiling.leaves import is_differentiable, leaves, map_leaves
from adjoint.testing.comparing import assert_same
from adjoint.testing.differences import difference, inner, random_like, shift

STEPS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10)
SEEDS = (0, 1)
FILLS = "writes into an array"
TRY = "a `try` block"


@dataclass(frozen=True)
class Verdict:
    """The outcome of a call, and what there is to say about it."""

    outcome: str
    detail: str = ""


@dataclass
class Case:
    """One call of a function; ``known`` says in words why it may be refused or cannot be judged."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    known: str = ""

    def __str__(self) -> str:
        named = self.function if hasattr(self.function, "__qualname__") else type(self.function)
        return f"{named.__module__}.{named.__qualname__}"

    def call(self) -> Any:
        """Return the value of the plain call, with arguments of its own."""
        args, kwargs = copy.deepcopy((self.args, self.kwargs))
        return self.function(*args, **kwargs)

    def active(self) -> tuple[int | str, ...]:
        """Return the arguments that hold floats."""
        places = tuple(i for i, arg in enumerate(self.args) if holds_floats(arg))
        return (*places, *(name for name, arg in self.kwargs.items() if holds_floats(arg)))

    def value_at(self, places: tuple[int | str, ...], values: tuple[Any, ...]) -> Any:
        """Return the plain call's value with some arguments replaced."""
        args, kwargs = list(self.args), dict(self.kwargs)
        for place, value in zip(places, values, strict=True):
            if isinstance(place, int):
                args[place] = value
            else:
                kwargs[place] = value
        return Case(self.function, tuple(args), kwargs).call()


def case(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Case:
    """Return a case that must be right."""
    return Case(function, args, kwargs)


def known(reason: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Case:
    """Return a case that may be refused or unjudged, with the reason in words."""
    return Case(function, args, kwargs, reason)


def holds_floats(tree: Any) -> bool:
    """Whether a tree has a leaf with a derivative."""
    return any(is_differentiable(leaf) for _, leaf in leaves(tree))


@contextmanager
def quiet() -> Iterator[None]:
    """Let other people's code warn."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def judge(one: Case) -> Verdict:
    """Return the verdict on a call."""
    with quiet():
        try:
            y = one.call()
            if not holds_floats(y) or not one.active():
                return Verdict("unjudged", "no floats")
        except Exception as error:
            return Verdict("unjudged", f"the plain call fails: {error!r}")
        return judge_derivative(one, y)


def judge_derivative(one: Case, y: Any) -> Verdict:
    """Differentiate; compare value, arguments and repeated pullbacks bit for bit."""
    args, kwargs = copy.deepcopy((one.args, one.kwargs))
    y_bar = random_like(y, np.random.default_rng(0))
    try:
        value, pullback = adjoint.vjp(one.function, *args, wrt=one.active(), **kwargs)
        bars = pullback(y_bar)
        again = pullback(y_bar)
    except adjoint.AdjointError as error:
        return Verdict("refused", str(error))
    except Exception as error:
        return Verdict("crash", repr(error))
    try:
        assert_same(value, y, "the value")
        assert_same((args, kwargs), (one.args, one.kwargs), "the arguments")
        assert_same(again, bars, "the second pullback")
    except AssertionError as error:
        return Verdict("wrong", str(error))
    return compare(one, y, y_bar, bars)


def compare(one: Case, y: Any, y_bar: Any, bars: Any) -> Verdict:
    """Compare a gradient with differences along random directions, relative to the arguments' size."""
    places = one.active()
    x = tuple(one.args[p] if isinstance(p, int) else one.kwargs[p] for p in places)

    def f(values: Any) -> Any:
        return one.value_at(places, values)

    for seed in SEEDS:
        x_dot = direction(x, np.random.default_rng(seed))
        found = sum(inner(bar, dot) for bar, dot in zip(bars, x_dot, strict=True))
        found_slopes = slopes(f, x, x_dot, y_bar)
        if any(agree(found, *each) for each in found_slopes):
            continue
        wanted, error = min(found_slopes, key=lambda each: each[1], default=(np.nan, np.inf))
        left, right = one_sided(f, x, x_dot, y_bar, y)
        scale = abs(wanted) + 1e-12 * abs(inner(y_bar, y))
        if abs(left - right) > 1e-2 * (abs(wanted) + abs(found)):
            return Verdict("unjudged", f"a kink: {left!r} and {right!r}, found {found!r}")
        if not np.isfinite(wanted) or error > 1e-3 * scale and not np.isnan(found):
            return Verdict("unjudged", f"differences disagree: {wanted!r} +- {error!r}, found {found!r}")
        if not abs(found - wanted) <= 1e-5 * scale:
            return Verdict("wrong", f"{found!r} instead of {wanted!r} +- {error!r}; {places}: {bars!r}")
    return Verdict("right")


def direction(x: Any, rng: np.random.Generator) -> Any:
    """Return a random direction in which every number moves by about its own size."""

    def move(leaf: Any) -> Any:
        if not is_differentiable(leaf):
            return None
        size = np.maximum(np.abs(leaf), 1e-3 if np.any(leaf) else 1.0)
        moved = np.asarray(rng.normal(size=np.shape(leaf)) * size)
        return moved.astype(leaf.dtype) if isinstance(leaf, np.ndarray) else type(leaf)(moved)

    return map_leaves(move, x)


def slopes(f: Callable[[Any], Any], x: Any, x_dot: Any, y_bar: Any) -> list[tuple[float, float]]:
    """Return derivatives from differences with several steps, and how well each agrees with half its step."""
    found: list[tuple[float, float]] = []
    for step in STEPS:
        try:
            wide, narrow = (difference(f, x, x_dot, y_bar, step=step * s) for s in (1.0, 0.5))
        except Exception:  # noqa: S112, BLE001 - the arguments left the function's domain
            continue
        found.append((narrow, abs(wide - narrow)))
    return found


def agree(found: float, wanted: float, error: float) -> bool:
    """Whether a derivative is that of differences; a search in small steps only has one in small steps."""
    return error <= 1e-3 * abs(wanted) and abs(found - wanted) <= 1e-5 * abs(wanted) + 5 * error


def one_sided(f: Callable[[Any], Any], x: Any, x_dot: Any, y_bar: Any, y: Any) -> tuple[float, float]:
    """Return the derivatives from the left and from the right, with the step for which they agree best."""
    middle = inner(y_bar, y)
    pairs = [
        tuple((inner(y_bar, f(shift(x, x_dot, t))) - middle) / t for t in (-step, step))
        for step in (1e-6, 1e-8)
    ]
    return min(pairs, key=lambda pair: abs(pair[0] - pair[1]))
