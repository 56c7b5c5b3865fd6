"""The run-time path: calls whose callee, or the kinds of whose operands, only the program knows."""

from __future__ import annotations

import copy
import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.compiling.leaves import children, leaves
from adjoint.compiling.mirror import conform
from adjoint.runtime.arrangements import ARRANGEMENTS
from adjoint.runtime.dynamic import call, call_method
from adjoint.runtime.structural import STRUCTURAL
from adjoint.testing import check_grad
from adjoint.testing.comparing import assert_same
from adjoint.testing.differences import difference, inner, random_like
from adjoint.transforms.callers import CALLERS
from tests.adjoint.specimens import (
    STRUCTURE,
    A,
    Bag,
    Countdown,
    Counter,
    Disc,
    Lookup,
    Louder,
    M,
    Point,
    Ring,
    Spring,
    Swapped,
    Vector,
    combine,
    of,
    square,
    sub,
)

#: Entries whose value is no number or container; each has a test of its own.
APART = {super, functools.partial, functools.wraps, functools.update_wrapper, operator.imatmul}
APART |= {operator.methodcaller}  # in the zoo: its calls are those of a method
APART |= {np.ndenumerate}  # in the zoo: it stands for a Python function


def settled(value: Any) -> Any:
    """Replace what can be walked only once by the list of its items."""
    once = hasattr(value, "__next__") or type(value).__name__ in ("dict_values", "dict_items")
    return list(value) if once else value


def check_call(
    f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], pulled: Callable[..., Any] = call
) -> None:
    """Check value, repeatability, zeros, ownership and slopes of one run-time call."""

    def plain(arguments: Any) -> Any:
        positional, named = copy.deepcopy(arguments)
        return settled(f(*positional, **named))

    before = copy.deepcopy((args, kwargs))
    value, pullback = pulled(*args, **kwargs) if pulled is not call else call(f, *args, **kwargs)
    value = settled(value)
    assert_same(value, plain(before), "value")
    y_bar = random_like(value, np.random.default_rng(3))
    inside, kept = conform(value, y_bar, "the value"), conform(value, copy.deepcopy(y_bar), "the value")
    bars = copy.deepcopy(shares(pullback(inside), len(args), kwargs))
    assert_same(shares(pullback(inside), len(args), kwargs), bars, "second call of the pullback")
    assert_same(inside, kept, "cotangent after the pullback")
    assert_same((args, kwargs), before, "arguments")
    check_slopes(plain, before, bars, y_bar)
    zeros = shares(pullback(None), len(args), kwargs)
    assert all(bar is None or not np.any(bar) for _, bar in leaves(zeros))


def shares(bars: Any, count: int, kwargs: dict[str, Any]) -> Any:
    """Return the cotangents of positional and keyword arguments, in the form of the arguments."""
    _, positional, named = bars
    assert len(positional) >= count, "too few cotangents"
    return list(positional[:count]), {name: named.get(name) for name in kwargs}


def check_slopes(f: Callable[[Any], Any], arguments: Any, bars: Any, y_bar: Any) -> None:
    """Compare slopes along random directions with differences."""
    rng = np.random.default_rng(4)
    for _ in range(3):
        direction = random_like(arguments, rng)
        wanted = difference(f, arguments, direction, y_bar)
        assert inner(bars, direction) == pytest.approx(wanted, rel=1e-6, abs=1e-8)


def rows(table: dict[Any, list[Any]]) -> list[Any]:
    """Return one test case for every call of a table."""
    return [
        pytest.param(f, row, id=f"{getattr(f, '__qualname__', f)}-{i}")
        for f, calls in table.items()
        for i, row in enumerate(calls)
    ]


# --- builtins that move values -------------------------------------------------------------------


#: Tested in test_nesting, test_taylor, test_pullbacks and test_operators_inside.
OPERATORS = """
grad value_and_grad jvp vjp jet jacobian hessian hvp vhp derivative diag_hessian value_grad_hess linearize
jacobian_operator hessian_operator pattern sparse_jacobian sparse_hessian for_scipy prepare
"""


def test_every_structural_builtin_is_tested() -> None:
    operators = {getattr(adjoint, name) for name in OPERATORS.split()}
    assert set(STRUCTURE) | APART | operators == set(STRUCTURAL)


@pytest.mark.parametrize(("f", "row"), rows(STRUCTURE))
def test_structure(f: Any, row: Any) -> None:
    check_call(f, *row)


TOOLS: list[Any] = [*STRUCTURE, "a string, so that nobody can know what an item is"]
ORDER: dict[Any, int] = {f: i for i, f in enumerate(STRUCTURE)}
ONCE = {zip, enumerate, reversed, filter, iter, dict.values, dict.items, *ARRANGEMENTS, *CALLERS}
ONCE -= {functools.reduce}


def call_tool(i: int, args: Any, kwargs: Any) -> Any:
    return TOOLS[i](*args, **kwargs)


def call_tool_once(i: int, args: Any, kwargs: Any) -> Any:
    return list(TOOLS[i](*args, **kwargs))


@pytest.mark.parametrize(("f", "row"), rows(STRUCTURE))
def test_structure_through_a_callee_of_unknown_kind(f: Any, row: Any) -> None:
    if f is getattr and row[0][1] == "square":
        pytest.skip("the plain call stores the cached property in its argument")
    check_grad(call_tool_once if f in ONCE else call_tool, ORDER[f], *row)


def test_reduce_of_nothing_is_the_plain_error() -> None:
    with pytest.raises(TypeError, match="empty"):
        call(functools.reduce, sub, [])


def test_zip_of_different_lengths_is_the_plain_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        call(zip, [0.7], [1.3, 0.1], strict=True)


def test_cotangents_may_leave_out_items() -> None:
    _, pullback = call(list, (0.7, 1.3, 0.1))
    assert pullback([None, 2.0, None])[1] == ((None, 2.0, None),)
    _, pullback = call(dict, {"a": 0.7, "b": 1.3})
    assert pullback({"b": 2.0})[1] == ({"b": 2.0},)
    _, pullback = call(zip, [0.7, 1.3], [0.1, 0.2])
    assert pullback([None, (None, 3.0)])[1] == (None, [None, 3.0])
    _, pullback = call(map, square, [0.7, 1.3])
    assert pullback([None, 1.0])[1][1] == [0.0, 2.6]
    _, pullback = call(sorted, [2.0, 1.0])
    assert pullback([None, 5.0])[1] == ([5.0, None],)


def test_one_value_twice_in_a_container() -> None:
    check_grad(lambda i, x: TOOLS[i]([x, x])[1] * x, ORDER[list], 0.7)
    shared = np.array([0.7, 1.3])
    value, pullback = call(zip, shared, shared)
    bars = pullback([(1.0, 2.0), (3.0, 4.0)])[1]
    assert [bar.tolist() for bar in bars] == [[1.0, 3.0], [2.0, 4.0]]
    assert value == [(0.7, 0.7), (1.3, 1.3)]


def test_value_of_an_operand_is_not_its_cotangent_buffer() -> None:
    y_bar = [np.array([1.0, 2.0])]
    _, pullback = call(operator.add, y_bar[:1], [0.5])
    first, _ = pullback([y_bar[0], 3.0])[1]
    assert first[0] is y_bar[0] or not np.shares_memory(first[0], y_bar[0])
    assert y_bar[0].tolist() == [1.0, 2.0]


# --- callees -------------------------------------------------------------------------------------
CALLEES: dict[Any, list[Any]] = {
    square: [of(0.7), of(A)],
    combine: [
        of(0.7, 1.3),
        of(0.7, A, 0.4),
        of(0.7, 1.3, 0.4, 0.2, 0.3),
        of(0.7, 1.3, scale=0.4),
        of(0.7, 1.3, z=0.4, w=0.2),
    ],
    np.sin: [of(0.7), of(A)],
    np.maximum: [of(A, 0.4)],
    np.sum: [of(M), of(M, axis=1), of(M, 0, keepdims=True)],
    np.concatenate: [of([A, A]), of((M, M), axis=1)],
    np.dot: [of(A, A)],
    np.ndarray.sum: [of(M), of(M, axis=0)],
    math.exp: [of(0.7)],
    max: [of(0.7, 1.3), of([0.7, 1.3, 0.1])],
    sum: [of([0.7, 1.3]), of([0.7, A], 0.4)],
    abs: [of(-0.7), of(Vector(0.7, 1.3))],
    float: [of(0.7)],
    operator.neg: [of(A), of(Vector(0.7, 1.3))],
    operator.pow: [of(0.7, 1.3), of(A * A, 0.4)],
    operator.matmul: [of(M, A)],
    Point: [of(0.7), of(0.7, y=1.3)],
    Spring: [of(0.7), of(0.7, length=1.3)],
    Disc: [of(radius=0.7)],
    Ring: [of(0.7, 1.3), of(0.7, width=1.3)],
    Counter: [of(0.7), of(0.7, offset=0.4)],
    Louder: [of(0.7, 1.3), of(0.7, extra=0.2)],
    Counter.unit: [of(0.7)],
    Counter.cube: [of(0.7)],
    Counter.scaled: [of(Counter(0.7), 1.3), of(Counter(0.7), 1.3, by=0.2)],
    Vector: [of(0.7, 1.3)],
    Bag: [of(0.7, 1.3, 0.1)],
}


@pytest.mark.parametrize(("f", "row"), rows(CALLEES))
def test_callee(f: Any, row: Any) -> None:
    check_call(f, *row)


METHODS: list[tuple[Any, str, Any]] = [
    (A, "sum", of()),
    (M, "reshape", of(3, 2)),
    (M, "dot", of(A)),
    (M, "__getitem__", of(0)),
    (np.float64(0.7), "clip", of(0.0, 0.5)),
    ([0.7, 1.3], "copy", of()),
    ({"a": 0.7}, "get", of("a", 0.4)),
    ({"a": 0.7}, "items", of()),
    (Counter(0.7), "scaled", of(1.3)),
    (Counter(0.7), "scaled", of(1.3, by=0.2)),
    (Counter(0.7), "__call__", of(1.3)),
    (Counter(0.7), "function", of(1.3)),
    (Counter(0.7), "cube", of(1.3)),
    (Counter(0.7), "unit", of(1.3)),
    (Louder(0.7, 1.3), "__call__", of(0.4)),
    (Vector(0.7, 1.3), "__getitem__", of(1)),
    (Vector(0.7, 1.3), "__add__", of(Vector(0.1, 0.2))),
    (Swapped(0.7, 1.3), "__neg__", of()),
    (Spring(0.7, 1.3), "energy", of(0.4)),
    (Point(0.7, 1.3), "_replace", of(y=0.4)),
    (Bag(0.7, 1.3), "__iter__", of()),
    ((0.7, 1.3), "count", of(1.3)),
]


@pytest.mark.parametrize(
    ("base", "name", "row"), [pytest.param(*m, id=f"{type(m[0]).__name__}-{m[1]}") for m in METHODS]
)
def test_method(base: Any, name: str, row: Any) -> None:
    args, kwargs = row

    def method(base: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(base, name)(*args, **kwargs)

    def pulled(base: Any, *args: Any, **kwargs: Any) -> Any:
        return call_method(base, name, *args, **kwargs)

    check_call(method, (base, *args), kwargs, pulled)


def call_held_method(held: Any, i: int, name: str, args: Any, kwargs: Any) -> Any:
    return getattr(held[i], name)(*args, **kwargs)


@pytest.mark.parametrize(
    ("base", "name", "row"), [pytest.param(*m, id=f"{type(m[0]).__name__}-{m[1]}") for m in METHODS]
)
def test_method_of_a_receiver_of_unknown_kind(base: Any, name: str, row: Any) -> None:
    if name in ("items", "__iter__", "clip"):
        pytest.skip(
            "the value can be walked once, or the receiver is a scalar of a kind that cannot be moved"
        )
    check_grad(call_held_method, [base, "other", 3], 0, name, *row)


def test_method_of_a_module_or_class() -> None:
    value, pullback = call_method(np, "sin", 0.7)
    assert value == np.sin(0.7)
    assert pullback(2.0) == (None, (None, 2.0 * np.cos(0.7)), {})
    value, pullback = call_method(Counter, "cube", 0.7)
    assert pullback(1.0)[1][0] is None
    assert pullback(1.0)[1][1] == pytest.approx(3 * 0.7 * 0.7)


# --- what a callee holds -------------------------------------------------------------------------
def test_cotangent_of_a_bound_method_is_its_receiver_s() -> None:
    value, pullback = call(Counter(0.7).scaled, 1.3)
    f_bar, args_bars, _ = pullback(1.0)
    assert f_bar == {"gain": pytest.approx(3.9)}
    assert args_bars == (pytest.approx(2.1),)
    assert value == 0.7 * 1.3 * 3.0


def test_cotangent_of_a_bound_builtin_is_its_receiver_s() -> None:
    value, pullback = call(M.sum, axis=0)
    f_bar, args_bars, _ = pullback(np.array([1.0, 2.0, 3.0]))
    assert f_bar.tolist() == [[1.0, 2.0, 3.0]] * 2
    assert args_bars == ()
    assert value.tolist() == M.sum(axis=0).tolist()
    _, pullback = call({"a": 0.7, "b": 1.3}.get, "b", 0.1)
    assert pullback(2.0)[0] == {"b": 2.0}


def test_cotangent_of_a_partial_is_what_it_holds() -> None:
    held = functools.partial(combine, 0.7, scale=0.4)
    value, pullback = call(held, 1.3, z=0.2)
    f_bar, args_bars, kwargs_bars = pullback(1.0)
    assert value == combine(0.7, 1.3, z=0.2, scale=0.4)
    assert f_bar["args"] == (pytest.approx(1.3),)
    assert f_bar["keywords"] == {"scale": pytest.approx(0.2)}
    assert args_bars == (pytest.approx(0.7),)
    assert kwargs_bars == {"z": pytest.approx(0.4)}


def test_partial_made_with_active_values() -> None:
    def f(i: int, x: float, y: float) -> Any:
        tools = [functools.partial, np.sin, "x"]
        held = tools[i](combine, x, scale=y)
        return held(2) * held(y)

    check_grad(f, 0, 0.7, 1.3)


def test_partial_called_with_integers_only() -> None:
    check_grad(lambda i, x: [functools.partial(operator.mul, x), "x"][i](3) * x, 0, 0.7)


def test_callable_object_called_with_integers_only() -> None:
    check_grad(lambda i, x: [Counter(x), "x"][i](3) * x, 0, 0.7)


def test_closures_in_a_list() -> None:
    def f(i: int, x: float, y: float) -> Any:
        tools = [lambda v: v * x, lambda v: v + y * x, np.sin, Counter(x)]
        return tools[i](y) * tools[1](x) + tools[3](y)

    for i in range(4):
        check_grad(f, i, 0.7, 1.3)


def test_super_of_an_unknown_object() -> None:
    def f(held: Any, i: int, x: float) -> Any:
        return held[i](x)

    check_grad(f, [Louder(0.7, 1.3), "x"], 0, 0.4)
    proxy, pullback = call(super, Louder, Louder(0.7, 1.3))
    assert proxy.__call__(0.4) == Counter.__call__(Louder(0.7, 1.3), 0.4)
    assert pullback({"gain": 1.0}) == (None, (None, {"gain": 1.0}), {})


def test_attribute_that_a_class_computes() -> None:
    def f(held: Any, i: int) -> Any:
        return held[i].inverse * held[i].square + held[i].step * held[i].gain

    check_grad(lambda gain, i: f([Counter(gain), "x"], i), 0.7, 0)
    check_grad(lambda a, i: [Lookup({"a": a}), "x"][i].a * a, 0.7, 0)
    check_grad(lambda x, i: [Counter(x), "x"][i].__dict__["gain"] * x, 0.7, 0)
    check_grad(lambda x, i: vars([Counter(x), "x"][i])["gain"] * x, 0.7, 0)


def test_cached_property_is_differentiated_although_it_is_cached() -> None:
    counter = Counter(0.7)
    _ = counter.square
    bar = adjoint.grad(lambda c: c.square)(counter)
    assert bar.gain == pytest.approx(1.4)


def test_operators_of_classes_of_unknown_objects() -> None:
    def f(held: Any, i: int, x: float) -> Any:
        v = x + held[i] * x + held[i + 1]
        return (-v)[0] * abs(v) + v[1]

    check_grad(f, [Vector(0.7, 1.3), Swapped(0.1, 0.2), "x"], 0, 0.4)


def test_construction_of_a_class_of_unknown_kind() -> None:
    classes: list[Any] = [Counter, Spring, Louder, Ring, Point, np.array, "x"]

    def f(i: int, x: float, y: float) -> Any:
        return classes[i](x, y)

    def g(i: int, x: float) -> Any:
        return classes[i](x).gain * x

    check_grad(g, 0, 0.7)
    for i in range(1, 5):
        check_grad(f, i, 0.7, 1.3)


def test_walking_over_objects() -> None:
    def f(x: float, i: int) -> Any:
        tools = [list, sorted, tuple, "x"]
        return [v * v for v in tools[i](Bag(x, -x, x * x))]

    for i in range(3):
        check_grad(f, 0.7, i)


# --- refusals ------------------------------------------------------------------------------------
def test_iterator_written_in_python_is_refused() -> None:
    value, pullback = call(list, Countdown(0.7))
    assert value == [1.4, 0.7, 0.0]
    with pytest.raises(adjoint.MissingRuleError, match="Countdown"):
        pullback([1.0, 1.0, 1.0])


def test_compiled_code_without_a_rule_is_refused_when_a_derivative_is_asked() -> None:
    squared = np.frompyfunc(lambda x: x * x, 1, 1)
    value, pullback = call(squared, 0.7)
    assert value == 0.7 * 0.7
    assert pullback(None) == (None, (None,), {})
    with pytest.raises(adjoint.MissingRuleError, match="lambda"):
        pullback(1.0)


@pytest.mark.parametrize(
    ("base", "name", "args"),
    [
        ([0.7], "append", (1.3,)),
        (np.array([0.7, 0.1]), "sort", ()),
        ({"a": 0.7}, "update", ({"a": 1.3},)),
        ({0.7}, "add", (1.3,)),
    ],
)
def test_change_in_place_is_refused(base: Any, name: str, args: Any) -> None:
    before = copy.deepcopy(base)
    with pytest.raises(adjoint.AdjointError, match=name):
        call_method(base, name, *args)
    assert repr(base) == repr(before)


@pytest.mark.parametrize("x", [[0.7], np.array([0.7])])
def test_operator_in_place_on_a_mutable_value_is_refused(x: Any) -> None:
    with pytest.raises(adjoint.AdjointError, match="in place"):
        call(operator.iadd, x, x)
    assert len(x) == 1


def test_children_of_slots_are_seen_by_the_checks() -> None:
    assert children(Vector(0.7, 1.3)) == [("x", 0.7), ("y", 1.3)]
