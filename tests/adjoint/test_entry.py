"""The short way into a specialisation: it must decide exactly as the general way does."""

from __future__ import annotations

import math
import sys
import types
from typing import Any

import numpy as np
import pytest

from adjoint import grad, scalar_rule, value_and_grad
from adjoint.compiling.entry import MISS
from adjoint.rules.registry import registry


def warmed(f: Any, *args: Any, **options: Any) -> Any:
    """Return the value and gradient function of ``f`` with an entry for such arguments."""
    function = value_and_grad(f, **options)
    function(*args)
    function(*args)
    assert function.specializer.entry is not None
    assert function.specializer.entry(args) is not MISS
    return function


def weighted(params: Any, options: Any, n: int) -> Any:
    w, b = params
    total = np.sum(w * w) * n + b
    return total * options["scale"] if options["mode"] == "big" else total


PARAMS = (np.array([1.0, 2.0]), 3.0)
BIG = {"mode": "big", "scale": 2.0}


@pytest.mark.parametrize(
    "args",
    [
        (PARAMS, {"mode": "small", "scale": 2.0}, 2),
        (PARAMS, {"scale": 2.0, "mode": "big"}, 2),
        (PARAMS, {**BIG, "more": 1}, 2),
        (PARAMS, {"mode": "big", "scale": 2}, 2),
        (PARAMS, BIG, 2.0),
        (PARAMS, BIG, np.float64(2.0)),
        ((np.array([[1.0, 2.0]]), 3.0), BIG, 2),
        ((np.array([1.0]), 3.0), BIG, 2),
        ((np.array([1.0, 2.0], np.float32), 3.0), BIG, 2),
        ((np.array([1.0, 2.0], ">f8"), 3.0), BIG, 2),
        ([np.array([1.0, 2.0]), 3.0], BIG, 2),
        ((np.array([1.0, 2.0]), np.float64(3.0)), BIG, 2),
        ((np.array([1.0, 2.0]), np.array(3.0)), BIG, 2),
    ],
)
def test_other_kinds_miss(args: Any) -> None:
    function = warmed(weighted, PARAMS, BIG, 2)
    assert function.specializer.entry(args) is MISS
    expected = value_and_grad(weighted)(*args)
    for _ in range(4):
        value, gradient = function(*args)
        assert value == expected[0]
        assert type(gradient) is type(expected[1])
        for got, want in zip(gradient, expected[1], strict=True):
            np.testing.assert_array_equal(got, want)
            assert type(got) is type(want)
            assert getattr(got, "dtype", None) == getattr(want, "dtype", None)


def test_wrong_number_of_arguments_is_pythons_error() -> None:
    function = warmed(lambda x, y: x * y, 2.0, 3.0)
    with pytest.raises(TypeError, match="argument"):
        function(2.0)
    assert function(2.0, y=4.0) == (8.0, 4.0)


def test_lists_and_none() -> None:
    def total(items: Any, extra: Any) -> Any:
        return sum(x * x for x in items) if extra is None else extra

    function = warmed(total, [1.0, 2.0], None)
    assert function([3.0], None) == (9.0, [6.0])
    assert function.specializer.entry(([1.0, 2], None)) is MISS
    assert function.specializer.entry(([], None)) is MISS
    assert function([1.0, 2.0], 4.0) == (4.0, [0.0, 0.0])


def test_a_container_that_holds_itself_is_refused() -> None:
    function = warmed(lambda xs: xs[0][0] * 2.0, [[1.0]])
    loop: list[Any] = []
    loop.append(loop)
    assert function.specializer.entry((loop,)) is MISS


def make(text: str, **names: Any) -> Any:
    """Return ``f`` of a module with these globals, whose source can be read."""
    import linecache

    module = types.ModuleType("made")
    vars(module).update(names)
    filename = f"<made {abs(hash(text))}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec"), vars(module))
    return vars(module)["f"]


def test_rebound_globals_are_noticed() -> None:
    f = make("def f(x):\n    return g(x) * np.cos(0.0)\n", np=np, g=lambda x: x * x)
    function = warmed(f, 3.0)
    assert function(3.0) == (9.0, 6.0)
    f.__globals__["g"] = lambda x: 5.0 * x
    assert function(3.0) == (15.0, 5.0)
    f.__globals__["abs"] = None  # has nothing to do with it
    assert function(3.0) == (15.0, 5.0)
    del f.__globals__["g"]
    with pytest.raises(NameError):
        function(3.0)


def test_a_global_that_hides_a_builtin_is_noticed() -> None:
    f = make("def f(x):\n    return abs(x)\n")
    function = warmed(f, -3.0)
    f.__globals__["abs"] = lambda x: 2.0 * x
    assert function(-3.0) == (-6.0, 2.0)


def test_globals_named_like_parts_of_the_entry() -> None:
    f = make("def f(x):\n    return args(x) + value(x) + x_bar(x)\n", args=np.sin, value=np.cos, x_bar=np.exp)
    function = warmed(f, 0.0)
    assert function(0.0) == (2.0, 2.0)
    f.__globals__["args"] = f.__globals__["x_bar"] = np.cos
    assert function(0.0) == (3.0, 0.0)


def test_attributes_of_objects_are_noticed() -> None:
    class Model:
        step = staticmethod(lambda x: x * x)

    def f(x: Any) -> Any:
        return Model.step(x)

    function = warmed(f, 3.0)
    Model.step = staticmethod(lambda x: 4.0 * x)
    assert function(3.0) == (12.0, 4.0)


def test_a_new_rule_is_noticed() -> None:
    def hidden(x: Any) -> Any:
        return x * x

    def f(x: Any) -> Any:
        return hidden(x)

    function = warmed(f, 3.0)
    with registry.scope():

        @scalar_rule(hidden)
        def hidden_rule(out: Any, x: Any) -> Any:
            return 100.0

        assert function(3.0) == (9.0, 100.0)


def test_the_gradient_is_nobody_elses_array() -> None:
    x, a = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    for f in (lambda x, a: np.sum(x * a), lambda x, a: np.sum(x + a), lambda x, a: np.sum(a[::-1] * x)):
        function = warmed(f, x, a, wrt=(0, 1))
        first = function(x, a)[1]
        again = function(x, a)[1]
        for array in first:
            array += 100.0
        for got, want in zip(function(x, a)[1], again, strict=True):
            np.testing.assert_array_equal(got, want)
        assert not any(np.may_share_memory(p, q) for p in first for q in (*again, x, a))
        assert not np.may_share_memory(*first)
    np.testing.assert_array_equal(x, [1.0, 2.0])


def test_a_value_that_is_no_number_is_refused_here_too() -> None:
    def f(x: Any, items: Any) -> Any:
        return items[0] * x

    function = value_and_grad(f)
    for _ in range(3):
        assert function(2.0, [3.0])[0] == 6.0
    with pytest.raises(Exception, match="ADJ301"):
        function(2.0, [np.ones(2)])


def test_the_source_is_that_of_the_latest_call() -> None:
    function = warmed(lambda x: x * x, 3.0)
    assert "2.0 * x" in function.source()
    function(np.float64(3.0))
    assert "2.0 * x" in function.source()
    function(3.0)
    assert function.specializer.latest.compiled.unit.parameters["x"].dtype == np.float64


def test_errors_carry_the_users_line() -> None:
    import math

    def f(x: Any) -> Any:
        return math.log(x)

    function = warmed(f, 3.0)
    with pytest.raises(ValueError, match="domain|positive|expected") as caught:
        function(-1.0)
    assert any("math.log(x)" in note for note in caught.value.__notes__)


def test_grad_and_decorated_functions_share_it() -> None:
    function = grad(lambda x: x * x)
    assert [function(x) for x in (1.0, 2.0, 3.0)] == [2.0, 4.0, 6.0]
    assert function.specializer.entry is not None


def horner(x: Any, coefficients: Any) -> Any:
    y = 0.0
    for c in coefficients:
        y = y * x + c
    return y


def test_long_tuples_of_numbers() -> None:
    first = tuple(map(float, range(1, 11)))
    function = warmed(horner, 0.5, first)
    for other in (first, tuple(reversed(first)), first[:-1], first[:-1] + (10,), list(first), first):
        assert function(0.5, other) == value_and_grad(horner)(0.5, other)
    assert function.specializer.entry((0.5, tuple(reversed(first)))) is not MISS
    assert function.specializer.entry((0.5, first[:-1] + (10,))) is MISS
    assert function.specializer.entry((0.5, first[:-1])) is MISS


def test_functions_of_modules_that_are_replaced_are_noticed(monkeypatch: Any) -> None:
    module = types.ModuleType("formulas")
    monkeypatch.setitem(sys.modules, "formulas", module)
    module.sine = math.sin
    function = warmed(lambda x: module.sine(x), 0.5)
    assert function(0.5) == (math.sin(0.5), math.cos(0.5))
    module.sine = math.exp
    assert function(0.5) == (math.exp(0.5), math.exp(0.5))
    del module.sine
    with pytest.raises(AttributeError, match="sine"):
        function(0.5)


def test_defaults_that_come_later_are_used() -> None:
    def f(x: Any, n: Any) -> Any:
        return x * n

    function = warmed(f, 2.0, 3.0)
    f.__defaults__ = (5.0,)
    assert function(2.0, 3.0) == (6.0, 3.0)
    assert function(2.0) == (10.0, 5.0)
