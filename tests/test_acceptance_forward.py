"""The acceptance checks of forward mode and derivatives built on it, one test for each id."""

from __future__ import annotations

import dis
import itertools
import json
import math
import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import derivative, grad, hessian, jacobian, jvp, value_grad_hess
from adjoint.compiling.compiler import compile_function
from adjoint.compiling.specialize import Specializer
from adjoint.rules.kinds import kind_of, with_active
from tests.test_jacobians import Counted

Function = Callable[[Any], Any]


def forward(f: Function) -> Function:
    """The derivative of a function of a number by forward mode."""
    return lambda x: jvp(f, (x,), (1.0,))[1]


MODES: dict[str, Callable[[Function], Function]] = {"forward": forward, "reverse": lambda f: grad(f)}


def loop(x: Any) -> Any:
    y = x
    for _ in range(3):
        y = np.sin(y) * x
    return y


def recursion(x: Any, n: int = 2) -> Any:
    return x if n == 0 else x * recursion(np.sin(x), n - 1)


WEIGHTS = np.random.default_rng(0).normal(size=(3, 4))


def network(x: Any) -> Any:
    hidden = np.tanh(WEIGHTS[0] * x + WEIGHTS[1])
    return np.sum(np.tanh(hidden * WEIGHTS[2]))


def at_order(f: Function, x: float, order: int) -> float:
    """A derivative of any order, by the residue of a circle around the point (64 points)."""
    angles = 2.0 * np.pi * np.arange(64) / 64
    values = np.array([f(x + 0.3 * np.exp(1j * angle)) for angle in angles])
    return float(math.factorial(order) * np.mean(values * np.exp(-1j * order * angles)).real / 0.3**order)


FUNCTIONS = {
    "sin": lambda x: np.sin(x),
    "fifth power": lambda x: x**5,
    "damped": lambda x: x * np.exp(-x),
    "network": network,
    "loop": loop,
    "recursion": recursion,
}


#: Words of modes, the innermost first: all up to order 3, and of orders 4 and 5 the pure and the alternating
#: ones and some by lot.
WORDS = ["".join(word) for order in (1, 2, 3) for word in itertools.product("fr", repeat=order)]
WORDS += ["ffff", "rrrr", "frfr", "rfrf", "fffff", "rrrrr", "frfrf", "rfrfr"]
LOT = random.Random(0)
WORDS += ["".join(LOT.choices("fr", k=order)) for order in (4, 5) for _ in range(2)]


@pytest.mark.parametrize("word", dict.fromkeys(WORDS))
@pytest.mark.parametrize("name", FUNCTIONS)
def test_dif_1_orders_by_nesting_and_mixing(name: str, word: str) -> None:
    f = FUNCTIONS[name]
    d = f
    for mode in word:
        d = MODES["forward" if mode == "f" else "reverse"](d)
    assert d(0.7) == pytest.approx(at_order(f, 0.7, len(word)), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_dif_1_orders_by_jet(name: str) -> None:
    f = FUNCTIONS[name]
    _, series = adjoint.jet(f, 0.7, 5)
    wanted = [at_order(f, 0.7, order) / math.factorial(order) for order in range(1, 6)]
    np.testing.assert_allclose(series, wanted, rtol=1e-10)


@pytest.mark.parametrize("outer", MODES.values(), ids=MODES)
@pytest.mark.parametrize("inner", MODES.values(), ids=MODES)
def test_dif_2_perturbations_are_not_confused(outer: Any, inner: Any) -> None:
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == pytest.approx(1.0)


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("middle", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_dif_2_three_levels_with_captured_variables(outer: str, middle: str, inner: str) -> None:
    first, second, third = MODES[inner], MODES[middle], MODES[outer]
    f = third(lambda x: second(lambda y: first(lambda z: x * y * z)(4.0) * y)(2.0))
    assert f(1.0) == pytest.approx(4.0)


def statements(text: str) -> int:
    """The number of lines of code in generated source."""
    lines = [line.strip() for line in text.splitlines()]
    return sum(1 for line in lines if line and not line.startswith(("#", "def ")))


def operations(f: Function) -> int:
    """The number of operations in a function: calls, operators and the return."""
    return sum(1 for each in dis.get_instructions(f) if each.opname in ("BINARY_OP", "CALL", "RETURN_VALUE"))


@pytest.mark.parametrize("name", ["sin", "fifth power", "damped", "network", "loop"])
def test_dif_3_statements_grow_at_most_sixfold_for_each_level(name: str) -> None:
    """A function, its primal and pullback, and the tangents of these."""
    f = FUNCTIONS[name]
    compiled = Specializer(f, 0).plan("split", (0.7,), {}).compiled
    assert statements(compiled.source) <= 6 * operations(f)
    _, saved = compiled.primal(0.7)
    kinds = [with_active(kind_of(saved), True), with_active(kind_of(1.0), True)]
    for function, given in (
        (compiled.primal, {"x": with_active(kind_of(0.7), True)}),
        (compiled.pullback, dict(zip(compiled.pullback.__code__.co_varnames, kinds, strict=False))),
    ):
        level = statements(function.__adjoint_text__.text)
        pushed = compile_function(function, given, "forward", nested=True)
        assert statements(pushed.source) <= 6 * level


def two_results(x: Any) -> Any:
    y = np.sin(x)
    u = y * x
    z = np.exp(x)
    v = z * z + np.cos(z)
    return u, v


def one_result(x: Any) -> Any:
    y = np.sin(x)
    u = y * x
    z = np.exp(x)
    v = z * z + np.cos(z)
    print(v)
    return u


def test_dif_3_nothing_is_derived_that_was_not_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Of two results only the first one's derivative: with the other as `aux`, or where it goes no further.

    Values are those of the plain call, so statements of the function itself are kept.
    """
    d = grad(two_results, has_aux=True)
    gradient, _ = d(0.7)
    texts = [d.source(), adjoint.source(one_result, 0.7), adjoint.source(one_result, 0.7, mode="forward")]
    texts += [adjoint.source(one_result, 0.7, mode="jet")]
    for text in texts:
        assert not re.findall(r"\b[vz]_(bar|dot|series)\b", text)
    assert gradient == pytest.approx(np.sin(0.7) + 0.7 * np.cos(0.7), rel=1e-14)
    assert derivative(one_result)(0.7) == pytest.approx(gradient, rel=1e-14)
    assert capsys.readouterr().out == f"{two_results(0.7)[1]}\n"


def test_fwd_1_no_box_ever_reaches_user_code() -> None:
    seen: list[type] = []

    def look(x: Any) -> None:
        seen.append(type(x))

    def f(x: Any) -> Any:
        look(x)
        y = np.sin(x)
        look(y)
        look(y[0])
        text = f"{y[0]:.3f} {json.dumps(float(y[1]))} {x.dtype}"
        look(text)
        return y * float(y[0]) if isinstance(y[0], float) else y

    for operator in (jacobian(f), jacobian(f, mode="reverse"), lambda x: jvp(f, (x,), (x,))):
        seen.clear()
        operator(np.array([0.3, 0.5]))
        assert set(seen) == {np.ndarray, np.float64, str}
    adjoint.linearize(f, np.array([0.3, 0.5]))[1](np.ones(2))
    hessian(lambda x: np.sum(f(x)))(np.array([0.3, 0.5]))
    assert set(seen) == {np.ndarray, np.float64, str}


@pytest.mark.parametrize("columns", [1, 63, 64, 65, 200])
def test_fwd_2_evaluations_are_columns_over_chunk(columns: int) -> None:
    counted = Counted(3)
    jacobian(counted.function(), mode="forward")(np.linspace(0.1, 0.9, columns))
    assert counted.calls == -(-columns // 64)


def test_fwd_3_value_gradient_and_hessian_in_one_call() -> None:
    counted = Counted(1)
    f = counted.function()
    value, gradient, curvature = value_grad_hess(lambda x: f(x)[0])(np.array([0.3, 0.5]))
    x = np.array([0.3, 0.5])
    assert counted.calls == 1
    assert value == pytest.approx(np.sum(np.sin(x) * x))
    np.testing.assert_allclose(gradient, np.cos(x) * x + np.sin(x))
    np.testing.assert_allclose(curvature, np.diag(2 * np.cos(x) - np.sin(x) * x))


def test_fwd_4_any_arguments_in_any_position() -> None:
    def f(k: Any, w: Any, *rest: Any, scale: Any = 1.0) -> Any:
        return k * w["a"] @ rest[0] * scale + rest[1]

    w, v = {"a": np.array([1.0, 2.0])}, np.array([3.0, 4.0])
    by_k, by_w, by_v, by_last, by_scale = jacobian(f, wrt=(0, 1, 2, 3, "scale"))(2.0, w, v, 5.0, scale=3.0)
    assert (by_k, by_last, by_scale) == (33.0, 1.0, 22.0)
    np.testing.assert_allclose(by_w["a"], 6.0 * v)
    np.testing.assert_allclose(by_v, 6.0 * w["a"])


KINKS: dict[str, tuple[Function, float, float]] = {
    "abs(0)": (np.abs, 0.0, 0.0),
    "maximum, tie": (lambda x: np.maximum(x, 0.0), 0.0, 0.5),
    "minimum, tie": (lambda x: np.minimum(x, 0.0), 0.0, 0.5),
    "norm(0)": (lambda x: np.linalg.norm(np.array([x, x])), 0.0, 0.0),
    "x**0 at 0": (lambda x: x**0, 0.0, 0.0),
    "x**1 at 0": (lambda x: x**1, 0.0, 1.0),
    "x**2 at 0": (lambda x: x**2, 0.0, 0.0),
    "where, untaken": (lambda x: np.where(x > 0.0, x, np.sqrt(x - 1.0)), 0.5, 1.0),
    "x * sqrt untaken": (lambda x: np.where(x == 0.0, 0.0, np.sqrt(x)), 0.0, 0.0),
    "sign": (np.sign, 0.0, 0.0),
}


@pytest.mark.parametrize(("f", "x", "wanted"), KINKS.values(), ids=KINKS)
def test_fwd_5_conventions_at_kinks_are_those_of_reverse_mode(f: Function, x: float, wanted: float) -> None:
    with np.errstate(all="ignore"):
        assert derivative(lambda x: f(x))(x) == pytest.approx(wanted)
        assert grad(lambda x: f(x))(x) == pytest.approx(wanted)


def test_fwd_5_zeros_among_the_values_choose_no_other_derivative() -> None:
    """ForwardDiff issue 506: a product with an inverse at an input with exact zeros."""

    def f(x: Any) -> Any:
        return x[:2] @ np.linalg.inv(x[2:].reshape(2, 2))

    x = np.array([2.0, 2.0, 1.0, 0.0, 0.0, 1.0])
    steps = [(f(x + 1e-6 * e) - f(x - 1e-6 * e)) / 2e-6 for e in np.eye(6)]
    np.testing.assert_allclose(jacobian(f)(x), np.stack(steps, axis=1), atol=1e-8)


def test_fwd_6_the_expensive_part_runs_once_for_each_chunk() -> None:
    """100 -> 10 000: 100 separate pushforwards evaluate the function 100 times, chunks twice.

    How much faster that is depends on the function and is measured in benchmarks, not here.
    """
    calls: list[int] = []
    times = np.linspace(0.0, 1.0, 10_000)

    def f(x: Any) -> Any:
        calls.append(1)
        return np.sin(times * np.sum(x**2))

    x = np.linspace(0.1, 0.9, 100)
    wanted = np.outer(np.cos(times * np.sum(x**2)) * times, 2 * x)
    np.testing.assert_allclose(jacobian(f, mode="forward")(x), wanted, rtol=1e-10)
    assert len(calls) == 2


def test_di_2_evaluations_of_every_operator() -> None:
    n, m = 130, 7
    x = np.linspace(0.1, 0.9, n)
    for run, most in (
        (lambda f: grad(lambda x: np.sum(f(x)))(x), 1),
        (lambda f: jacobian(f, mode="forward")(x), 3),
        (lambda f: jacobian(f, mode="reverse")(x), 1),
        (lambda f: hessian(lambda x: np.sum(f(x)))(x), 3),
        (lambda f: adjoint.hvp(lambda x: np.sum(f(x)))(x, x), 1),
        (lambda f: adjoint.linearize(f, x)[1](x), 1),
    ):
        counted = Counted(m)
        run(counted.function())  # type: ignore[no-untyped-call]
        assert counted.calls == most
