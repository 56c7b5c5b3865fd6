"""Check the gradient of one random program.

A verdict is ``ok``; ``skip`` (the plain program fails, or differences cannot judge it), ``refused``
(one of our errors), or what is wrong: ``crash``, ``value``, ``arguments``, ``gradient``, ``twice``,
``source``, ``fused``, ``forward``.
"""

from __future__ import annotations

import copy
import itertools
import linecache
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import adjoint
from tests.program_forward import wrong_forward, wrong_second
from tests.programs import Program

STEP = 1e-5
GOOD = ("ok", "skip", "refused")
_serial = itertools.count()


@dataclass(frozen=True)
class Verdict:
    """The outcome of a check, and what there is to say about it."""

    outcome: str
    detail: str = ""


def load(program: Program) -> Callable[..., Any]:
    """Execute a program's text so that its source is found."""
    filename = f"<program {program.seed}.{next(_serial)}>"
    linecache.cache[filename] = (len(program.text), None, program.text.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"__name__": __name__}  # dataclasses look for the module of their class
    exec(compile(program.text, filename, "exec"), namespace)
    function: Callable[..., Any] = namespace[program.name]
    return function


def check(program: Program) -> Verdict:
    """Return the verdict on a program."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            f = load(program)
            y = f(*program.arguments())
        except Exception as error:
            return Verdict("skip", f"plain {type(error).__name__}: {error}")
        if not all(
            isinstance(leaf, float | int | np.ndarray) and np.all(np.abs(leaf) < 1e5) for leaf in leaves(y)
        ):
            return Verdict("skip", "huge, NaN or no number")
        try:
            return compare(program, f, y)
        except adjoint.AdjointError as error:
            return Verdict("refused", error_line(error))
        except Exception as error:
            return Verdict("crash", f"{type(error).__name__}: {error}")


def compare(program: Program, f: Callable[..., Any], y: Any) -> Verdict:
    """Compare everything about a program's derivative with what it should be."""
    arguments, untouched = program.arguments(), program.arguments()
    value, pullback = adjoint.vjp(f, *arguments)
    if not same_bits(value, y):
        return Verdict("value", f"{value!r} instead of {y!r}")
    y_bar = cotangent(y)
    first, again = pullback(copy.deepcopy(y_bar)), pullback(y_bar)
    if not same_bits(list(arguments), list(untouched)) or not same_bits(y_bar, cotangent(y)):
        return Verdict("arguments", "were changed")
    if not same_bits(list(first), list(again)):
        return Verdict("twice", f"{first!r}, then {again!r}")
    wrong = differs(program, f, y_bar, first)
    return wrong or compare_modes(program, f, y, y_bar, first) or compare_forms(program, f, y, first, value)


def compare_modes(program: Program, f: Callable[..., Any], y: Any, y_bar: Any, bars: Any) -> Verdict | None:
    """Compare forward mode, and second derivatives of some programs, with reverse mode."""
    if program.seed % 4:  # each of the modes is compiled
        return None
    found = wrong_forward(f, program.arguments, y, y_bar, bars)
    if not found and isinstance(y, float) and program.seed % 12 == 0:
        found = wrong_second(f, program.arguments)
    return Verdict("forward", found) if found else None


def compare_forms(program: Program, f: Callable[..., Any], y: Any, bars: Any, value: Any) -> Verdict:
    """Compare the fused form with the split one, and the source with itself."""
    everything = tuple(range(len(program.sorts)))
    if program.seed % 5 == 0:  # it compiles four times
        texts = [adjoint.source(load(program), *program.arguments(), wrt=everything) for _ in range(2)]
        if without_serial(texts[0]) != without_serial(texts[1]):
            return Verdict("source", "differs from one compilation to the next")
    if not isinstance(y, float):
        return Verdict("ok")
    fused, gradient = adjoint.value_and_grad(f, wrt=everything)(*program.arguments())
    scaled = [[leaf * 0.7 for leaf in leaves(bar)] for bar in gradient]
    if not same_bits(fused, value) or not close(scaled, [leaves(bar) for bar in bars]):
        return Verdict("fused", f"{fused!r}, {gradient!r} instead of {value!r}, {bars!r} / 0.7")
    return Verdict("ok")


def without_serial(text: str) -> str:
    """Return a source text without the name of the file that only this check gave it."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def differs(program: Program, f: Callable[..., Any], y_bar: Any, bars: Any) -> Verdict | None:
    """Compare a gradient with differences along random directions; None if they agree."""
    rng = np.random.default_rng(program.seed + 1)
    for _ in range(2):
        arguments = program.arguments()
        direction = map_leaves(arguments, lambda leaf: rng.standard_normal(np.shape(leaf)))
        at = [pair(f(*moved(arguments, direction, step * STEP)), y_bar) for step in (-2, -1, 0, 1, 2)]
        narrow, wide = (at[3] - at[1]) / (2 * STEP), (at[4] - at[0]) / (4 * STEP)
        scale = 1.0 + abs(narrow)
        kink = abs((at[3] - at[2]) - (at[2] - at[1])) / STEP
        if not np.isfinite(narrow + wide) or abs(narrow - wide) > 1e-5 * scale or kink > 1e-2 * scale:
            return Verdict("skip", "differences disagree")
        found = sum(np.sum(a * b) for a, b in zip(leaves(list(bars)), leaves(direction), strict=True))
        if not abs(found - narrow) <= 1e-4 * scale:
            return Verdict("gradient", f"{found!r} instead of {narrow!r}")
    return None


def same_bits(a: Any, b: Any) -> bool:
    """Whether two values have the same types, shapes and bits (NaN equals NaN)."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same_bits, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same_bits(a[key], b[key]) for key in a)
    return bool(a == b) or (a != a and b != b)


# --- values as trees -------------------------------------------------------------------------
def map_leaves(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Apply a function to every float and array of a value."""
    if isinstance(tree, dict):
        return {key: map_leaves(value, change) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(map_leaves(value, change) for value in tree)
    return change(tree)


def leaves(tree: Any) -> list[Any]:
    """Return every float and array of a value, in order."""
    if isinstance(tree, dict):
        return [leaf for value in tree.values() for leaf in leaves(value)]
    if isinstance(tree, list | tuple):
        return [leaf for value in tree for leaf in leaves(value)]
    return [tree]


def moved(arguments: Any, direction: Any, step: float) -> Any:
    """Return the arguments, moved along a direction."""
    steps = iter(leaves(direction))
    return map_leaves(
        arguments,
        lambda leaf: (
            leaf + (step * next(steps) if isinstance(leaf, np.ndarray) else float(step * next(steps)))
        ),
    )


def cotangent(y: Any) -> Any:
    """Return a cotangent for a value, not the same for all its entries."""
    if isinstance(y, list | tuple | dict):
        return map_leaves(y, cotangent)
    if isinstance(y, np.ndarray):
        return 0.7 * np.cos(np.arange(y.size, dtype=float)).reshape(y.shape)
    return type(y)(0.7) if isinstance(y, float) else None


def pair(y: Any, y_bar: Any) -> float:
    """Return the inner product of a value and a cotangent."""
    return float(sum(np.sum(a * b) for a, b in zip(leaves(y), leaves(y_bar), strict=True) if b is not None))


def close(a: Any, b: Any) -> bool:
    """Whether two nested lists of numbers agree up to rounding."""
    return all(np.allclose(x, y, rtol=1e-9, atol=1e-9) for x, y in zip(leaves(a), leaves(b), strict=True))


def error_line(error: Exception) -> str:
    """Return the code and title of one of our errors."""
    return next((line for line in str(error).splitlines() if "ADJ" in line), str(error).splitlines()[0])
