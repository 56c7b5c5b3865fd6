"""Functions that run with traced values: arrays they write into, what they may not change, second derivatives."""
# The specimens are odd on purpose.
# ruff: noqa

from __future__ import annotations

import copy
import functools
import logging
import operator

import numpy as np
import pytest

import adjoint
from adjoint import LanguageError, MutationError, RuleError
from adjoint.testing import check_grad
from tests.zoo import collecting, generators

V = np.array([0.3, -1.2, 2.1, 0.7])
TABLE = {"rows": [1.0]}


def doubles(x):
    yield x
    yield x * 2


def buffer_filled(x):
    out = np.zeros(6)
    out[0] = x
    for i, v in enumerate(doubles(x)):
        out[i + 1] = out[i] * v + x
    y = out * 2.0
    out[0] = 5.0
    out[3:5] += x * x
    out *= x
    return y.sum() + np.sum(out * out)


def written_through_views(v):
    m = np.zeros((3, 4))
    for i, w in enumerate(doubles(v)):
        row = m[i]
        row[:] = w
        row[1] += w[2]
        m[i][2] = w[0] * w[1]
    m[:, 0] *= 2.0
    m[2] = m[0] * m[1]
    k = m.copy()
    m.fill(1.0)
    k[k > 1.0] = 0.5 * v[0]
    k.sort()
    return np.sum(k * np.arange(12.0).reshape(3, 4)) + row.sum()


def view_follows_its_array(v):
    w = np.ones(3)
    z = w[:2]
    parts = []
    for g in doubles(v[0]):
        w[0] = g * g
        parts.append(z.sum() * v[1] + w.sum())
    return sum(parts)


def alias_sees_the_change(v):
    w = v.copy()
    u = w
    t = list(doubles(v[0]))
    w += t[0] * v
    w[1] = t[1]
    return np.sum(u * v)


def constant_kept_by_an_earlier_step(v):
    w = np.linspace(0.0, 1.0, 4)
    h = w
    t = list(doubles(v[0]))
    s = w @ v
    w[1] = 9.0
    h[2] = t[0]
    return s + w @ v + h.sum()


def array_without_axes(x):
    r = x * x + np.float64(0.0)
    t = list(doubles(r))
    z = np.zeros(t[1].shape)
    z[...] = t[1]
    z[z > 0] = np.sqrt(z[z > 0]) * x
    return float(z * z.ndim + z.size * z)


def array_without_axes_is_read_and_overwritten(x):
    s = np.where(x > 0.0, x, 2.0)
    rows = [[s], [1.0]]
    for i in range(3):
        row = rows[i % 2]
        row.append(s[()])
        s[...] = x * s
        s *= x
        row[0] = row[0] * s[()] + np.sin(s)
    return s * rows[0][-1] + rows[1][0]


def repeated_places_keep_the_last(v):
    rows = [[v[0]]]
    rows[0].append(v[1])
    x = np.outer(v, v)
    x[[0, 0, 1]] = v * rows[0][1]
    x[[1, 1], [2, 2]] = v[:2]
    x[[3, 2, 3]] = rows[0][0]
    x[[0, 0], 1:] *= v[1:]
    x[v > 0] += v * rows[0][1]
    return np.sum(x * x * v)


ARRAYS = [(repeated_places_keep_the_last, V), (buffer_filled, 1.3), (array_without_axes, 1.3),
          (array_without_axes_is_read_and_overwritten, 1.3), *((f, V) for f in (written_through_views, view_follows_its_array,
          alias_sees_the_change, constant_kept_by_an_earlier_step))]  # fmt: skip


@pytest.mark.parametrize(("f", "x"), ARRAYS, ids=[f.__name__ for f, _ in ARRAYS])
def test_arrays_that_are_written_into(f, x):
    check_grad(f, x)
    direction = np.cos(np.arange(4.0)) if isinstance(x, np.ndarray) else 1.0
    y, y_dot = adjoint.jvp(f, (x,), (direction,))
    assert y == f(x)
    assert y_dot == pytest.approx(np.sum(adjoint.grad(f)(x) * direction), rel=1e-12)


def scalar_functions(rows):
    """Yield the specimens from a number or array to a number."""
    for row in rows:
        x = row.args[0]
        if len(row.args) == 1 and isinstance(x, float | np.ndarray) and isinstance(row.f(x), float):
            yield row.f, x


SECOND = [*scalar_functions(generators.ZOO[::2]), *scalar_functions(collecting.ZOO[::2]), *ARRAYS]


@pytest.mark.parametrize(("f", "x"), SECOND, ids=[f.__name__ for f, _ in SECOND])
def test_second_derivatives_agree_with_differences(f, x):
    gradient, h = adjoint.grad(f), 1e-6
    v = np.cos(np.arange(x.size)).reshape(x.shape) if isinstance(x, np.ndarray) else 1.0
    wanted = (gradient(x + h * v) - gradient(x - h * v)) / (2.0 * h)
    np.testing.assert_allclose(adjoint.jvp(gradient, (x,), (v,))[1], wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("f", "x"), SECOND[::3], ids=[f.__name__ for f, _ in SECOND[::3]])
def test_modes_of_second_derivatives_agree(f, x):
    v = np.cos(np.arange(x.size)).reshape(x.shape) if isinstance(x, np.ndarray) else 1.0
    over_reverse = adjoint.jvp(adjoint.grad(f), (x,), (v,))[1]
    over_forward = adjoint.jvp(lambda t: adjoint.jvp(f, (t,), (v,))[1], (x,), (v,))[1]
    assert over_forward == pytest.approx(np.sum(over_reverse * v), rel=1e-10, abs=1e-12)


# ---- what came from outside ----------------------------------------------------------------------


def appends_to_an_alias(v):
    rows = [v]
    rows[0].append(2.0)
    return rows[0][0] * rows[0][-1]


def replaces_inside(v):
    first = v[0]
    first["k"] = [first["k"][0] * 2.0]
    return first["k"][0]


def fills_a_constant(x, out):
    rows = [[x]]
    rows[0].append(2.0)
    out.append(rows[0][0])
    return x * x


def fills_a_global(x):
    rows = [TABLE["rows"]]
    rows[0].append(x)
    return x * x


@pytest.mark.parametrize(
    ("f", "args"),
    [(appends_to_an_alias, ([0.7, 0.2],)), (replaces_inside, ([{"k": [0.7]}],)), (fills_a_constant, (0.7, []))],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_change_of_an_argument_is_refused_and_undone(f, args, mode):
    before = copy.deepcopy(args)
    tangents = [
        ([1.0] * len(a) if isinstance(a[0], float) else None) if isinstance(a, list) and a else None
        for a in args
    ]
    tangents[0] = adjoint.zero_tangent(args[0]) if isinstance(args[0], list) else 1.0
    with pytest.raises(MutationError, match="ADJ103"):
        adjoint.vjp(f, *args) if mode == "reverse" else adjoint.jvp(f, args, tangents)
    assert repr(args) == repr(before)


def test_no_traced_value_is_left_in_a_global():
    count = len(TABLE["rows"])
    with pytest.raises(MutationError, match="ADJ103"):
        adjoint.grad(fills_a_global)(0.7)
    assert all(type(value) is float for value in TABLE["rows"])
    del TABLE["rows"][count:]


def test_bookkeeping_happens_once():
    calls = []

    def f(x):
        calls.append("called")
        rows = {"a": []}
        rows["a"].append(x)
        return rows["a"][0] * 2.0

    assert adjoint.grad(f)(3.0) == 2.0
    assert calls == ["called"]


def returns_its_argument(v):
    rows = [[v[0]]]
    rows[0].append(1.0)
    return v


def returns_one_list_twice(x):
    a = [x]
    b = [a, a]
    b[0].append(2.0 * x)
    return b


def test_results_keep_their_identities():
    y, pullback = adjoint.vjp(returns_one_list_twice, 0.7)
    assert y == [[0.7, 1.4], [0.7, 1.4]] and y[0] is y[1]
    assert pullback([[1.0, 0.0], [0.0, 10.0]]) == (21.0,)
    assert adjoint.vjp(returns_its_argument, [0.7, 2.0])[1]([1.0, 3.0]) == ([1.0, 3.0],)


def deep(n, x):
    rows = {"a": [x]}
    if n == 0:
        return rows["a"][0]
    rows["a"].append(deep(n - 1, x * 0.999))
    return rows["a"][1]


def test_recursion_is_as_deep_as_in_the_plain_call():
    assert adjoint.grad(deep, wrt=1)(500, 2.0) == pytest.approx(0.999**500, rel=1e-12)


def test_recursion_without_end_is_python_s_error():
    with pytest.raises(RecursionError):
        adjoint.grad(deep, wrt=1)(-1, 2.0)


# ---- refusals ------------------------------------------------------------------------------------


def number_taken_out(x):
    rows = [[x], []]
    rows[1].append(2.0 * x)
    return sum(map(operator.methodcaller("__float__"), rows[1]))


def captured_by_a_callback(x):
    rows = {"a": []}
    rows["a"].append(np.vectorize(lambda t: t * x)(V))
    return rows["a"][0].sum()


class Model:
    def __init__(self, rate, start):
        self.rate = rate
        self.slope = self.rate(start)
        self.size = abs(self.slope)


MODELS = {"decay": Model, "none": None}


def function_given_to_a_class_chosen_late(x):
    model = MODELS["decay" if x > 0 else "none"]
    return model(lambda u: -u * x, 1.5).slope


def test_functions_that_hold_active_values_are_not_entered_as_constants():
    for derivative in (adjoint.grad(function_given_to_a_class_chosen_late), pushed_at_two):
        with pytest.raises(adjoint.AdjointError, match="ADJ104"):
            derivative(2.0)


def pushed_at_two(x):
    return adjoint.jvp(function_given_to_a_class_chosen_late, (x,), (1.0,))


@pytest.mark.parametrize("f", [number_taken_out, captured_by_a_callback])
def test_a_derivative_that_would_get_lost_is_refused(f):
    with pytest.raises(RuleError, match="ADJ121"):
        adjoint.grad(f)(2.0)


def returns_a_generator(x):
    return doubles(x)


def returns_a_closure(x):
    rows = [[x]]
    rows[0].append(2)
    return lambda y: y * rows[0][0]


@pytest.mark.parametrize(
    ("f", "code"), [(doubles, "ADJ111"), (returns_a_generator, "ADJ111"), (returns_a_closure, "ADJ119")]
)
def test_results_that_compute_later_are_refused(f, code):
    with pytest.raises(LanguageError, match=code):
        adjoint.vjp(f, 2.0)


def test_fields_that_a_property_hides_are_put_back_where_they_were() -> None:
    def f(a: float) -> Any:
        return np.poly1d([a, 1.0, 2.0])(2.0)

    with pytest.raises(adjoint.MissingRuleError, match="poly1d"):
        adjoint.grad(f)(3.0)


def entries_in_order(x):
    rows = [[1.0]]
    for (i, j), v in np.ndenumerate(x):
        rows[0].append(v * rows[0][-1] + i - j)
    for v in x.flat:
        rows[0].append(v * rows[0][-1])
    return rows[0][-1] * x.flat[2]


def entries_compiled(x):
    total = sum((i + 1) * v**2 / (j + 1) for (i, j), v in np.ndenumerate(x))
    return total + x.flat[2] * x.flat[1:3].sum()


@pytest.mark.parametrize("f", [entries_in_order, entries_compiled])
def test_walks_over_entries(f):
    """`np.ndenumerate` was refused at a line of NumPy's."""
    x = np.linspace(0.5, 1.5, 6).reshape(2, 3)
    check_grad(f, x)
    np.testing.assert_allclose(adjoint.jvp(f, (x,), (np.ones((2, 3)),))[1], adjoint.grad(f)(x).sum())


class Node:
    def __init__(self, name, parent=None):
        self.name, self.parent, self.children = name, parent, []
        if parent is not None:
            parent.children.append(self)


ROOT_NODE = Node("root")
Node("leaf", ROOT_NODE)
LOG = logging.getLogger("adjoint.tests")


def hands_on_what_holds_itself(x):
    rows = [[x]]
    rows[0].append(x * x)
    LOG.debug("%s", rows)
    tree = Node("mine")
    Node(rows[0][1], tree)
    print(ROOT_NODE is None, repr(tree)[:1])
    return tree.children[0].name * len(tree.children[0].parent.children)


def test_objects_that_hold_themselves(capsys):
    """A logger holds all others, and they hold it: looking for traced values in it did not end."""
    check_grad(hands_on_what_holds_itself, 0.7)


def scaled_by(k):
    def scaled(x, *rest, shift=0.0):
        return k * x + shift + sum(rest)

    return scaled


def partial_applications(x):
    rows = [[x]]
    rows[0].append(x * x)
    one = functools.partial(scaled_by(rows[0][1]), shift=x)
    return one(2.0, 0.5) + functools.partial(operator.mul, x)(2.0) * functools.partial(scaled_by(x), x)()


def test_partial_applications_among_traced_values():
    check_grad(partial_applications, 1.3)


def filled_by_columns(x):
    lengths = (len(each) for each in (x, x))
    places = np.indices(tuple(lengths)).reshape(2, -1).T
    out = np.empty_like(places, dtype=float)
    for n in range(2):
        out[:, n] = x[places[:, n]]
    return np.sum(out**2)


def test_an_array_that_is_written_into_keeps_its_layout():
    """Sums run in the order of the memory, and the value must be the same to the last bit."""
    for seed in range(5):
        x = np.random.default_rng(seed).normal(size=5)
        value, _ = adjoint.value_and_grad(filled_by_columns)(x)
        assert value == filled_by_columns(x)
    check_grad(filled_by_columns, V)


def asks_for_flags(x):
    rows = [[x]]
    rows[0].append(x * x)
    flags = getattr(rows[0][1], "flags", None)
    return np.sum(rows[0][1]) if getattr(flags, "writeable", True) else np.sum(rows[0][0])


def test_flags_of_traced_arrays_carry_no_derivative():
    check_grad(asks_for_flags, V)


def compiled_without_a_rule(x, squares):
    rows = [[x]]
    rows[0].append(x * x)
    for square in doubles(squares[0]):
        break
    return square(rows[0][1]) + 1.0  # the line


def test_a_missing_rule_found_in_the_reverse_names_the_line_that_called():
    line = compiled_without_a_rule.__code__.co_firstlineno + 5
    with pytest.raises(adjoint.MissingRuleError) as caught:
        adjoint.grad(compiled_without_a_rule)(0.5, [np.frompyfunc(lambda v: v * v, 1, 1)])
    assert any(f"test_traced.py:{line})" in note for note in caught.value.__notes__)
