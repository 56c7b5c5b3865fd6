"""Compiling takes a number of steps in proportion to the length of a function, whatever it is made of."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adjoint import value_and_grad
from benchmarks.fixed_costs import load, program


def repeated(*lines: str) -> Callable[[int], str]:
    """Return a maker of functions that repeat some lines; ``#`` is the number of the repetition."""

    def make(count: int) -> str:
        body = [
            "a, b, w = x, 1.0, np.ones(3) * x",
            *(line.replace("#", str(k)) for k in range(count) for line in lines),
        ]
        text = "\n".join(f"    {line}" for line in [*body, "return a * b + np.sum(w)"])
        return f"import numpy as np\ndef f(x):\n{text}\n"

    return make


def arms(count: int) -> str:
    """Return a function with one branch of so many arms."""
    lines = [f"    {'elif' if k else 'if'} x < {k}.0:\n        y = np.sin(x) * {k}.0" for k in range(count)]
    return "\n".join(["import numpy as np", "def f(x):", "    y = x", *lines, "    return y", ""])


PROGRAMS: dict[str, Callable[[int], str]] = {
    "straight lines and branches": lambda count: program(4 * count),
    "variables": repeated("v# = np.sin(a) * x", "a = a * 0.9 + v#", "b = b + v# * #.5"),
    "copies": repeated("v# = a", "a = v# * x"),
    "loops": repeated("for k in range(2):", "    a = a * 0.5 + b", "    b = np.sin(a) * x"),
    "nested loops": repeated(
        "for i in range(2):", "    for k in range(2):", "        a = a * b", "        b = b * 0.5"
    ),
    "arrays": repeated("w = np.tanh(w) * a", "w = w + w[0]"),
    "augmented assignments": repeated(
        "w += 0.1 * b", "w *= 0.5", "m# = np.zeros(3)", "m#[0] = 1.0", "w = w + m# * w"
    ),
    "arms": lambda count: arms(count),
    "lists": repeated("v# = []", "v#.append(a)", "a = v#[-1] * 0.5 + x"),
}


def calls_while_compiling(text: str, path: Path) -> int:
    """Return how many functions are called, or generators resumed, by the first gradient."""
    path.write_text(text, encoding="utf-8")
    gradient = value_and_grad(load(path))
    count = 0

    def note(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        gradient(0.3)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("make", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_calls_grow_with_the_length(make: Callable[[int], str], tmp_path: Path) -> None:
    few, more, many = 4, 10, 34
    calls_while_compiling(make(3), tmp_path / "first.py")  # the rules are read when they are first used
    small, middle, large = (
        calls_while_compiling(make(n), tmp_path / f"long{n}.py") for n in (few, more, many)
    )
    each, later = (middle - small) / (more - few), (large - middle) / (many - more)
    assert later < 1.1 * each, f"{each:.0f} calls for each of the first repetitions, then {later:.0f}"
