"""Calls of functions that only the running program knows, made again: right, and noticed when they differ."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from adjoint import grad, jvp, scalar_rule, value_and_grad, vjp
from adjoint.rules.registry import registry
from adjoint.runtime import repeated
from adjoint.testing import check_grad


def stepped(x: Any, n: int) -> Any:
    steps = [lambda y, k: y + 0.1 * math.sin(y) * x, lambda y, k: y * x - 0.01 * k]
    y = x
    for k in range(n):
        y = steps[k % len(steps)](y, k)
    return y


def test_what_a_function_captures_is_not_remembered() -> None:
    for x in (0.7, 1.3, 0.2):
        check_grad(stepped, x, 6, wrt=0)
    y, pullback = vjp(lambda x: stepped(x, 5), 0.7)
    assert y == stepped(0.7, 5)
    assert pullback(1.0) == pullback(1.0)


def mixed(x: Any, values: Any) -> Any:
    apply = [lambda v: np.sum(v * x)]
    total = 0.0
    for v in values:
        total = total + apply[0](v) ** 2
    return total


def test_values_of_other_types_between() -> None:
    values: list[Any] = [2.0, 3, np.float64(0.5), np.array([1.0, 2.0]), np.array([[1.0]]), np.array(2.0), 2.0]
    expected = sum(2.0 * np.sum(v) ** 2 * 1.5 for v in values)
    for _ in range(2):
        assert grad(mixed)(1.5, values) == pytest.approx(expected, rel=1e-12)


def chosen(x: Any, functions: Any) -> Any:
    y = x
    for f in functions:
        y = f(y)
    return y


def scaled_by(scale: Any) -> Any:
    def scaled(y: Any) -> Any:
        return scale * y

    return scaled


def test_functions_of_one_text_are_told_apart() -> None:
    functions = [scaled_by(2.0), scaled_by(3.0), scaled_by(np.float64(5.0))]
    for _ in range(3):
        assert value_and_grad(chosen)(1.0, functions * 2) == (900.0, 900.0)


def test_a_rule_for_one_of_them_is_noticed() -> None:
    functions = [scaled_by(2.0), scaled_by(2.0)]
    for _ in range(2):
        assert grad(chosen)(1.0, functions) == 4.0

    with registry.scope():

        @scalar_rule(functions[1])
        def scaled_rule(out: Any, y: Any) -> Any:
            return 100.0

        for _ in range(3):
            assert grad(chosen)(1.0, functions) == 200.0


def test_rebound_globals_are_noticed() -> None:
    namespace: dict[str, Any] = {"rate": 2.0}
    import linecache

    text = "def f(y):\n    return rate * y\n"
    linecache.cache["<repeated>"] = (len(text), None, text.splitlines(keepends=True), "<repeated>")
    exec(compile(text, "<repeated>", "exec"), namespace)
    function = grad(chosen)
    assert [function(1.0, [namespace["f"]] * 3) for _ in range(2)] == [8.0, 8.0]
    namespace["rate"] = 3.0
    assert function(1.0, [namespace["f"]] * 3) == 27.0


def test_functions_with_defaults_go_the_general_way() -> None:
    def powered(x: Any) -> Any:
        functions = [lambda y, p=x: y * p]
        return functions[0](x) + functions[0](x, 3.0)

    for _ in range(2):
        assert value_and_grad(powered)(2.0) == (10.0, 7.0)


def test_variables_that_a_function_assigns_outside() -> None:
    def counted(x: Any) -> Any:
        count = 0

        def step(y: Any) -> Any:
            nonlocal count
            count = count + 1
            return y * x

        steps = [step]
        y = 1.0
        for _ in range(3):
            y = steps[0](y)
        return y * count

    try:
        results = [value_and_grad(counted)(2.0) for _ in range(2)]
    except Exception as refusal:
        assert "ADJ" in str(refusal)  # noqa: PT017 - refused is right, too
    else:
        assert results == [(24.0, 36.0)] * 2


def test_what_is_kept_is_bounded() -> None:
    for k in range(3):
        grad(chosen)(1.0, [scaled_by(float(k)) for _ in range(300)])
    assert len(repeated._KEPT) <= repeated.MAX_KEPT + 1


def test_second_derivatives() -> None:
    def wave(y: Any) -> Any:
        return y * math.sin(y)

    for _ in range(2):
        check_grad(lambda x: grad(chosen)(x, [wave, wave]), 0.7)


MODULE = """
def {kind}(x):
    rows = [[x]]
    {changed}
    fs = [lambda u, k=k: u * k + scale(x) for k in (np.maximum(x, 0.5), 0.5)]
    y = sum(g(rows[0][0]) for g in fs)
    x = 0
    return y + sum(list(map(lambda u: scale(u), [y, y])))
"""


def made(name: str, scale: str, kind: str) -> Any:
    """Return a function of a module made from a text."""
    import linecache

    body = MODULE.format(kind=kind, changed="rows[0].append(2.0)" if kind == "traced" else "pass")
    text = f"import numpy as np\ndef scale(x): return {scale}\n{body}"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    namespace: dict[str, Any] = {"__name__": name}
    exec(compile(text, name, "exec"), namespace)
    return namespace[kind]


@pytest.mark.parametrize("kind", ["plain", "traced"])
def test_modules_of_the_same_text_keep_their_own_globals(kind: str) -> None:
    functions = [made(f"<{kind} {scale}>", scale, kind) for scale in ("3.0 * x", "x * x * x")]
    for f in (*functions, *functions):
        assert vjp(f, 1.3)[0] == f(1.3)
        slope = (f(1.3 + 1e-5) - f(1.3 - 1e-5)) / 2e-5
        assert grad(f)(1.3) == pytest.approx(slope, rel=1e-8)
        assert jvp(f, (1.3,), (1.0,)) == (f(1.3), pytest.approx(slope, rel=1e-8))
        second = (grad(f)(1.3 + 1e-5) - grad(f)(1.3 - 1e-5)) / 2e-5
        assert grad(grad(f))(1.3) == pytest.approx(second, rel=1e-7, abs=1e-8)
