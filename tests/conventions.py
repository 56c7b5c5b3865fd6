"""The values that are used where a function has no derivative, as data: one row for each point.

The tests run every row in both modes; ``docs/conventions.md`` is written from the same rows.  The sources
are named by short words, see `SOURCES`.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

INF, NAN = float("inf"), float("nan")

SOURCES = {
    "ChainRules": "the rule of the same function in ChainRules.jl",
    "mean": "the subgradient of smallest norm, or the mean of the derivatives on both sides",
    "first": "the derivative of indexing with the position that the function itself finds, such as `argmax`",
    "symmetric": "one triangle is read, but the matrix is symmetric: both triangles receive half",
    "limit": "the limit of the derivative, or its value by continuity",
    "exact": "the function is smooth here; formulas that divide by an entry are not",
    "infinite": "the one-sided derivative is infinite, and is given as such",
    "strong zero": "a factor of exactly zero wins over an infinite or undefined one",
    "taken": "what is not taken does not count",
    "almost everywhere": "the derivative of the smooth pieces",
}


@dataclass(frozen=True)
class Convention:
    """One point: the expression in ``x`` and ``y``, the arguments, the derivatives by them, and why."""

    text: str
    point: tuple[Any, ...]
    wanted: tuple[Any, ...]
    source: str


def row(text: str, *point: Any, wanted: Any, source: str) -> Convention:
    """Return a row; a single derivative may stand alone."""
    return Convention(text, point, wanted if isinstance(wanted, tuple) else (wanted,), source)


Z3, EYE = [0.0, 0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]]
ZERO2 = [[0.0, 0.0], [0.0, 0.0]]

#: The derivative is that of the sum of all entries of the result.
CONVENTIONS = [
    row("abs(x)", 0.0, wanted=0.0, source="ChainRules"),
    row("np.abs(x)", 0j, wanted=0j, source="ChainRules"),
    row("np.angle(x)", 0j, wanted=0j, source="mean"),
    row("np.imag(x)", 2.0, wanted=0.0, source="ChainRules"),
    row("np.sign(x)", 0.0, wanted=0.0, source="ChainRules"),
    row("np.hypot(x, y)", 0.0, 0.0, wanted=(0.0, 0.0), source="ChainRules"),
    row("np.arctan2(x, y)", 0.0, 0.0, wanted=(0.0, 0.0), source="mean"),
    row("np.sinc(x)", 0.0, wanted=0.0, source="limit"),
    row("np.linalg.norm(x)", Z3, wanted=Z3, source="mean"),
    row("np.linalg.norm(x, 1)", Z3, wanted=Z3, source="mean"),
    row("np.linalg.norm(x, 3)", Z3, wanted=Z3, source="mean"),
    row("np.linalg.norm(x, np.inf)", Z3, wanted=Z3, source="mean"),
    row("np.linalg.norm(x, 'fro')", ZERO2, wanted=ZERO2, source="mean"),
    row("np.linalg.norm(x, np.inf)", [-2.0, 2.0, 1.0], wanted=[-1.0, 0.0, 0.0], source="first"),
    row("np.std(x)", [2.0, 2.0, 2.0], wanted=Z3, source="mean"),
    row("np.sqrt(x)", 0.0, wanted=INF, source="infinite"),
    row("np.log(x)", [0.0], wanted=[INF], source="infinite"),
    row("np.arcsin(x)", 1.0, wanted=INF, source="infinite"),
    row("np.arccos(x)", 1.0, wanted=-INF, source="infinite"),
    row("np.arctanh(x)", [1.0], wanted=[INF], source="infinite"),
    row("np.cbrt(x)", 0.0, wanted=INF, source="infinite"),
    row("np.sqrt(x) * 0.0", 0.0, wanted=0.0, source="strong zero"),
    row("np.log(x + 1.0) * 0.0", -1.0, wanted=0.0, source="strong zero"),
    row("np.arccos(x) * 0.0 + np.arcsin(x) * 0.0", 1.0, wanted=0.0, source="strong zero"),
    row("np.power(x, y)", 0.0, 0.0, wanted=(0.0, NAN), source="ChainRules"),
    row("np.power(x, y)", -2.0, 2.0, wanted=(-4.0, 4.0 * np.log(2.0)), source="ChainRules"),
    row("np.power(x, y)", 0.0, 2.0, wanted=(0.0, 0.0), source="ChainRules"),
    row("np.power(x, y)", 0.0, 1.0, wanted=(1.0, 0.0), source="ChainRules"),
    row("x**0", 0.0, wanted=0.0, source="exact"),
    row("x**2", 0.0, wanted=0.0, source="exact"),
    row("x**0.5", 0.0, wanted=INF, source="infinite"),
    row("x**-1.0", [0.0], wanted=[-INF], source="infinite"),
    row("np.maximum(x, y)", 2.0, 2.0, wanted=(0.5, 0.5), source="mean"),
    row("np.minimum(x, y)", 2.0, 2.0, wanted=(0.5, 0.5), source="mean"),
    row("np.fmax(x, y)", 2.0, 2.0, wanted=(0.5, 0.5), source="mean"),
    row("max(x, y)", 2.0, 2.0, wanted=(1.0, 0.0), source="first"),
    row("min(x, y)", 2.0, 2.0, wanted=(1.0, 0.0), source="first"),
    row("np.max(x)", [1.0, 2.0, 2.0], wanted=[0.0, 1.0, 0.0], source="first"),
    row("np.min(x)", [1.0, 1.0, 2.0], wanted=[1.0, 0.0, 0.0], source="first"),
    row("np.ptp(x)", [1.0, 1.0, 2.0], wanted=[-1.0, 0.0, 1.0], source="first"),
    row("np.median(x)", [1.0, 2.0, 3.0, 4.0], wanted=[0.0, 0.5, 0.5, 0.0], source="mean"),
    row("np.sort(x) @ np.arange(3.0)", [4.0, 4.0, 1.0], wanted=[1.0, 2.0, 0.0], source="first"),
    row("np.unique(x)", [1.0, 2.0, 2.0], wanted=[1.0, 1.0, 0.0], source="first"),
    row("np.clip(x, 0.0, 1.0)", [0.0, 1.0, 2.0], wanted=[1.0, 1.0, 0.0], source="ChainRules"),
    row("np.floor(x) + np.ceil(x) + np.round(x)", 2.0, wanted=0.0, source="almost everywhere"),
    row("np.mod(x, y)", 6.0, 2.0, wanted=(1.0, -3.0), source="almost everywhere"),
    row("np.prod(x)", [2.0, 0.0, 3.0], wanted=[0.0, 6.0, 0.0], source="exact"),
    row("np.prod(x)", [2.0, 0.0, 0.0], wanted=Z3, source="exact"),
    row("np.cumprod(x)", [2.0, 0.0, 3.0], wanted=[1.0, 8.0, 0.0], source="exact"),
    row("np.cumprod(x)", [0.0, 0.0, 3.0], wanted=[1.0, 0.0, 0.0], source="exact"),
    row("np.linalg.det(x)", [[1.0, 2.0], [2.0, 4.0]], wanted=[[4.0, -2.0], [-2.0, 1.0]], source="exact"),
    row("np.linalg.cholesky(x)", EYE, wanted=[[0.5, 0.5], [0.5, 0.5]], source="symmetric"),
    row("np.linalg.eigvals(x)", [[2.0, 1.0], [1.0, 3.0]], wanted=EYE, source="exact"),
    row("np.linalg.eigh(x)[0]", EYE, wanted=EYE, source="limit"),
    row("np.linalg.eigvalsh(x)", EYE, wanted=EYE, source="limit"),
    row("np.linalg.svd(x)[1]", EYE, wanted=EYE, source="limit"),
    row("np.linalg.norm(x, 'nuc')", EYE, wanted=EYE, source="limit"),
    row("np.where(x > 0.0, np.sqrt(x), 0.0)", [0.0, 4.0, -1.0], wanted=[0.0, 0.25, 0.0], source="taken"),
    row("np.where(x > 0.0, 1.0 / x, x)", [0.0, 2.0], wanted=[1.0, -0.25], source="taken"),
    row("np.where(x == 0.0, 1.0, np.sin(x) / x)", [0.0, np.pi], wanted=[0.0, -1.0 / np.pi], source="taken"),
    row("np.sum(np.log(x)[x > 0.0])", [0.0, 2.0, -1.0], wanted=[0.0, 0.5, 0.0], source="taken"),
    row("np.maximum(x, np.log(y))", [1.0], [0.0], wanted=([1.0], [0.0]), source="taken"),
    row("np.nan_to_num(x)", [float("nan"), INF, 1.0], wanted=[0.0, 0.0, 1.0], source="taken"),
]


def function_of(convention: Convention) -> Callable[..., Any]:
    """Return the function of a row; its source can be read, as that of any other."""
    names = ", ".join("xy"[: len(convention.point)])
    text = f"def f({names}):\n    return np.sum({convention.text})\n"
    filename = f"<convention {convention.text} at {convention.point}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    space: dict[str, Any] = {"np": np}
    exec(compile(text, filename, "exec"), space)
    function: Callable[..., Any] = space["f"]
    return function


def shown(value: Any) -> str:
    """Return a number or list as it is written in the page."""
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def page() -> str:
    """Return the text of docs/conventions.md."""
    lines = [
        "# Conventions at kinks and edges",
        "",
        "Where a function has no derivative, or where a formula for it would fail, these values are used, in",
        "reverse and in forward mode. For a result that is an array the derivative is that of the sum of its",
        "entries. This page is written from the table that the tests run:",
        "`python -m pytest tests/test_conventions.py --update-golden`.",
        "",
        "| expression | at | derivative | why |",
        "|---|---|---|---|",
    ]
    for each in CONVENTIONS:
        at = ", ".join(f"{name} = {shown(value)}" for name, value in zip("xy", each.point, strict=False))
        wanted = ", ".join(map(shown, each.wanted))
        lines.append(f"| `{each.text}` | {at} | {wanted} | {each.source} |")
    lines += ["", "The last column:", ""]
    lines += [f"- **{word}**: {text}" for word, text in SOURCES.items()]
    return "\n".join([*lines, "", COMPOSED, ""])


COMPOSED = """\
Conventions belong to functions, not to compositions of them. Though `np.sqrt(x * x)` is `abs(x)`, at 0 the
chain rule multiplies the infinite slope of the root by the slope zero of the square, which is NaN in reverse.
(Forward mode meets the zero first, and there the strong zero wins.) To help, every multiplication in every
program would have to look whether its cotangent is infinite. Write what is meant, and the table holds:
`abs(x)`, `np.hypot(x, y)`, `np.linalg.norm(x)`."""
