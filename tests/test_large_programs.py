"""Programs larger than people write, which Python runs: long chains, deep nesting, many names."""

from __future__ import annotations

import inspect
import linecache
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import adjoint

POINT = 0.703


def lines(*parts: str) -> str:
    return "def f(x):\n" + "".join(f"    {part}\n" for part in parts)


def arms(word: str, count: int) -> list[str]:
    """``elif`` arms at even distances, each of which computes something else."""
    return [f"{word} x < {i / count}:\n        y = x * {i}.0" for i in range(1, count)]


def nested(count: int, *body: str) -> str:
    """Loops in loops; only the innermost runs more than once."""
    heads = [f"{'    ' * i}for i{i} in range({2 if i == count - 1 else 1}):" for i in range(count)]
    return lines("y = x", *heads, *("    " * count + line for line in body), "return y")


def leaving(count: int) -> list[str]:
    """Branches that leave a loop or the function, statements between them."""
    jumps = ("break", "continue", "return y * 3.0 * x")
    text = "    y = y + {}\n        if k > 1 and y > {}:\n            {}"
    return [text.format(i / 1e5, 1.5 - i / count, jumps[i // 7 % 3]) for i in range(count)]


PROGRAMS = {
    "elif chain": lines(
        "if x < 0:\n        y = x", *arms("elif", 120), "else:\n        y = x * x", "return y"
    ),
    "returns in a row": lines(
        *(f"if x < {i / 120}:\n        return x * {i}.0" for i in range(120)), "return x"
    ),
    "returns between statements": lines(
        "y = x",
        *(f"y = y * {1 + i / 1e4}\n    if y < {i / 150 - 1}:\n        return y * x" for i in range(150)),
        "return y * y",
    ),
    "exits of a loop": lines(
        "y = x", "for k in range(4):\n        y = y * 0.9", *leaving(120), "return y * y"
    ),
    "conditional expressions": lines(
        "return " + "".join(f"x * {i} if x < {i / 120} else " for i in range(120)) + "x"
    ),
    "match": lines(
        "match int(100 * x):",
        *(f"    case {i}:\n            y = x * {i}.0" for i in range(120)),
        "    case _:\n            y = x",
        "return y",
    ),
    "sum": lines("return " + " + ".join(f"x * {i}.0" for i in range(360))),
    "parentheses": lines("return " + "np.sin(x * " * 80 + "x" + ")" * 80),
    "nested loops": nested(20, "y = y * x"),
    "nested loops with branches": nested(14, "if y > 0.3:", "    y = y * x + i3", "else:", "    y = y - x"),
    "nested branches": lines(
        "y = x",
        *(f"{'    ' * i}if x > {i / 1000}:\n{'    ' * (i + 2)}y = y * x + 1.0" for i in range(80)),
        "return y",
    ),
    "statements": lines("y = x", *(f"y = y * 0.999 + np.sin(x) * {i}.0" for i in range(200)), "return y"),
    "names": lines(
        *(f"y{i} = x * {i}.0" for i in range(150)), "return " + " + ".join(f"y{i}" for i in range(150))
    ),
    "parameters": f"def f(x, {', '.join(f'p{i}=1.5' for i in range(299))}):\n    return x * p0 * x * p298\n",
    "functions in functions": lines(
        *(f"{'    ' * i}def g{i}(x):" for i in range(19)),
        "    " * 19 + "return x * x",
        *(f"{'    ' * i}return g{i}(x)" for i in reversed(range(19))),
    ),
}


@pytest.fixture
def define() -> Iterator[Callable[[str], Any]]:
    """A function that defines ``f`` from its text."""
    name = "<large program>"

    def defined(text: str) -> Any:
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        namespace: dict[str, Any] = {"np": np}
        exec(compile(text, name, "exec"), namespace)
        return namespace["f"]

    yield defined
    linecache.cache.pop(name, None)


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_large_program(text, define):
    f = define(text)
    step = 1e-6
    expected = pytest.approx((f(POINT + step) - f(POINT - step)) / (2 * step), rel=1e-6, abs=1e-6)
    value, pullback = adjoint.vjp(f, POINT)
    first = pullback(1.0)
    assert (value, pullback(1.0)) == (f(POINT), first)
    assert first[0] == expected
    assert adjoint.jvp(f, (POINT,), (1.0,)) == (f(POINT), expected)
    assert adjoint.check(f) == ()


def test_what_python_cannot_read_is_refused_with_the_reason(define):
    """Each arm keeps what its test has computed, so the arms are nested in the derivative."""
    tests = "".join(f"    elif (s := np.sin(x * {i})) > 2.0:\n        y = s * x\n" for i in range(120))
    f = define(
        f"def f(x):\n    if x < 0:\n        y = x\n{tests}    else:\n        y = x * x\n    return y\n"
    )
    with pytest.raises(adjoint.LanguageError, match="nested too deeply") as caught:
        adjoint.grad(f)(POINT)
    assert "functions of their own" in str(caught.value)


def test_deep_stack_of_the_caller_does_not_matter():
    """Compiling starts near the end of the caller's stack."""

    def sink(depth):
        return adjoint.grad(lambda x: x * np.sin(x))(0.0) if depth == 0 else sink(depth - 1)

    room = sys.getrecursionlimit() - 150
    assert sink(room - len(inspect.stack())) == 0.0
