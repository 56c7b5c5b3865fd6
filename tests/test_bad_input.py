"""Bad input gets an error of ours, the plain call's own error, or the right answer; never a crash inside."""

from __future__ import annotations

import math

import numpy as np
import pytest

import adjoint
from adjoint import AdjointError, ArgumentError, DifferentiationError

V = np.array([0.3, -1.2, 2.1])


def square(x):
    return x * x


def total(x):
    return np.sum(x * x)


def product(x, y=2.0):
    return x * y


# ---- wrt --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrt", [2, 7, -5, "z", "X", (0, "z"), (0, 5), "", 1.5, None, ()])
def test_wrt_that_names_nothing(wrt):
    with pytest.raises(ArgumentError, match="ADJ304") as caught:
        adjoint.grad(product, wrt=wrt)(1.0, 2.0)
    assert "product" in str(caught.value)


def test_wrt_message_lists_the_parameters():
    with pytest.raises(ArgumentError, match="ADJ304") as caught:
        adjoint.grad(product, wrt="z")(1.0, 2.0)
    assert "x" in str(caught.value) and "y" in str(caught.value)


def test_wrt_by_index_name_and_tuple():
    assert adjoint.grad(product)(3.0, 5.0) == 5.0
    assert adjoint.grad(product, wrt=1)(3.0, 5.0) == 3.0
    assert adjoint.grad(product, wrt="y")(3.0, y=5.0) == 3.0
    assert adjoint.grad(product, wrt="x")(x=3.0, y=5.0) == 5.0
    assert adjoint.grad(product, wrt=("y", "x"))(3.0, 5.0) == (3.0, 5.0)
    assert adjoint.grad(product, wrt=(0,))(3.0, 5.0) == (5.0,)


def test_wrt_of_a_default_that_was_not_given():
    assert adjoint.grad(product, wrt="y")(3.0) == 3.0


def test_wrt_into_var_arguments():
    def f(*args, **options):
        return args[0] * args[1] * options["scale"]

    assert adjoint.grad(f, wrt=1)(2.0, 3.0, scale=5.0) == 10.0
    assert adjoint.grad(f, wrt="scale")(2.0, 3.0, scale=5.0) == 6.0


# ---- outputs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "arg"),
    [
        (square, V),
        (lambda x: (x, x), 1.0),
        (lambda x: [x], 1.0),
        (lambda x: {"a": x}, 1.0),
        (lambda x: None, 1.0),
        (lambda x: "text", 1.0),
        (lambda x: x.reshape(1, 3), V),
    ],
)
def test_grad_of_an_output_that_is_no_scalar(f, arg):
    for transform in (adjoint.grad, adjoint.value_and_grad):
        with pytest.raises(DifferentiationError, match="ADJ301") as caught:
            transform(f)(arg)
        assert "vjp" in str(caught.value) or "jacobian" in str(caught.value)


@pytest.mark.parametrize("f", [lambda x: x * 1j, lambda x: np.exp(1j * x), lambda x: complex(x, x)])
def test_grad_of_a_complex_output(f):
    with pytest.raises(DifferentiationError, match="ADJ301") as caught:
        adjoint.grad(f)(1.0)
    assert "complex" in str(caught.value)


def test_message_names_the_function_and_its_line():
    def two_outputs(x):
        return x, x

    place = rf"two_outputs` \(.*test_bad_input.py:{two_outputs.__code__.co_firstlineno}\)"
    with pytest.raises(adjoint.DifferentiationError, match=place + " is a tuple"):
        adjoint.grad(two_outputs)(1.0)
    with pytest.raises(adjoint.DifferentiationError, match=place):
        adjoint.value_and_grad(adjoint.differentiable(two_outputs))(np.ones(2))


def test_scalars_of_every_kind_are_scalar_outputs():
    assert np.array_equal(adjoint.grad(total)(V), 2.0 * V)
    assert np.array_equal(adjoint.grad(lambda x: np.array(np.sum(x)))(V), np.ones(3))
    assert adjoint.grad(lambda x: 3)(1.0) == 0.0


def test_has_aux_wants_a_pair():
    value, gradient = adjoint.value_and_grad(lambda x: (x * x, {"x": x}), has_aux=True)(3.0)
    assert value == (9.0, {"x": 3.0})
    assert gradient == 6.0
    assert adjoint.grad(lambda x: (x * x, "aux"), has_aux=True)(3.0) == (6.0, "aux")
    with pytest.raises(DifferentiationError):
        adjoint.grad(square, has_aux=True)(3.0)


# ---- arguments --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        True,
        np.bool_(True),
        np.array([True, False]),
        "text",
        b"bytes",
        None,
        np.array([1.0, 2.0], dtype=object),
        np.ma.masked_array([1.0, 2.0], mask=[True, False]),
        np.array(["a", "b"]),
        np.array(["2020-01-01"], dtype="datetime64[D]"),
        np.zeros(2, dtype=[("a", float)]),
        {1.0, 2.0},
        object(),
    ],
    ids=lambda value: f"{type(value).__name__}-{getattr(value, 'dtype', '')}",
)
def test_argument_without_a_tangent_space(value):
    for transform in (adjoint.grad, adjoint.value_and_grad):
        with pytest.raises(ArgumentError, match="ADJ303") as caught:
            transform(lambda x: 1.0)(value)
        assert "x" in str(caught.value)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_matrix_is_refused():
    with pytest.raises(ArgumentError, match="ADJ303"):
        adjoint.grad(lambda x: np.sum(x))(np.matrix([[1.0, 2.0]]))


def test_int_argument_is_treated_as_real():
    gradient = adjoint.grad(square)(3)
    assert gradient == 6.0
    assert isinstance(gradient, float)
    gradient = adjoint.grad(total)(np.array([1, 2, 3]))
    assert gradient.dtype == np.float64
    assert np.array_equal(gradient, [2.0, 4.0, 6.0])
    assert adjoint.value_and_grad(square)(3)[0] == 9


def test_leaves_without_a_tangent_space_give_none():
    config = {"x": 2.0, "n": 3, "flag": True, "name": "text", "nothing": None, "index": np.array([0, 1])}

    def f(c):
        return c["x"] ** c["n"]

    wanted = {"x": 12.0, "n": None, "flag": None, "name": None, "nothing": None, "index": None}
    assert adjoint.grad(f)(config) == wanted


def test_vjp_gives_none_for_arguments_without_a_tangent_space():
    def f(x, n, name, flag, nothing):
        return x**n

    _, pullback = adjoint.vjp(f, 2.0, 3, "a", True, None)
    assert pullback(1.0) == (12.0, None, None, None, None)


def test_unused_arguments_give_real_zeros():
    gradient = adjoint.grad(lambda x, y: np.sum(x), wrt=(0, 1))(V, np.ones((2, 2)))
    assert np.array_equal(gradient[1], np.zeros((2, 2)))
    assert adjoint.grad(lambda p: p["a"])({"a": 1.0, "b": V})["b"].tolist() == [0.0, 0.0, 0.0]
    assert adjoint.grad(lambda x, y: x, wrt=1)(1.0, 2.0) == 0.0


def test_complex_argument():
    gradient = adjoint.grad(lambda z: abs(z) ** 2)(1.0 + 2.0j)
    assert gradient == pytest.approx(2.0 + 4.0j)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_pass_through(bad):
    value, gradient = adjoint.value_and_grad(square)(bad)
    assert np.array_equal(value, square(bad), equal_nan=True)
    assert np.array_equal(gradient, 2.0 * bad, equal_nan=True)
    array = np.array([1.0, bad])
    with np.errstate(invalid="ignore"):
        assert np.array_equal(adjoint.grad(total)(array), 2.0 * array, equal_nan=True)
    assert adjoint.grad(lambda x: 1.0 / x)(math.inf) == 0.0


def test_zero_dimensional_arrays():
    gradient = adjoint.grad(square)(np.array(3.0))
    assert gradient == 6.0
    assert np.shape(gradient) == ()
    assert isinstance(gradient, np.ndarray | np.floating)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_empty_arrays(shape):
    value, gradient = adjoint.value_and_grad(total)(np.zeros(shape))
    assert value == 0.0
    assert gradient.shape == shape
    assert gradient.dtype == np.float64


def test_empty_containers():
    assert adjoint.grad(lambda p: 1.0)({}) == {}
    assert adjoint.grad(lambda p: 1.0)([]) == []
    assert adjoint.grad(lambda p: 1.0)(()) == ()


def test_float32_stays_float32():
    gradient = adjoint.grad(total)(V.astype(np.float32))
    assert gradient.dtype == np.float32
    assert type(adjoint.grad(square)(np.float32(3.0))) is np.float32


def test_memory_layouts():
    base = np.arange(12.0).reshape(3, 4)
    for array in (base.T, base[::-1, ::2], np.asfortranarray(base), np.broadcast_to(V, (2, 3))):
        assert np.array_equal(adjoint.grad(total)(array), 2.0 * array)


def test_read_only_arguments_and_cotangents():
    array = V.copy()
    array.setflags(write=False)
    y, pullback = adjoint.vjp(square, array)
    y_bar = np.ones(3)
    y_bar.setflags(write=False)
    (first,) = pullback(y_bar)
    assert np.array_equal(first, 2.0 * V)
    first[:] = 0.0
    assert np.array_equal(pullback(y_bar)[0], 2.0 * V)
    assert np.array_equal(y, V * V)


def test_results_do_not_share_memory_with_what_was_given():
    def copies(x, y):
        return x, y

    x, x_bar = V.copy(), np.ones(3)
    _, pullback = adjoint.vjp(copies, x, x)
    first, second = pullback((x_bar, x_bar))
    first[0] = 77.0
    assert second[0] == 1.0
    assert x_bar[0] == 1.0
    assert x[0] == V[0]


# ---- the call ---------------------------------------------------------------------------------------


def test_wrong_number_of_arguments_is_the_plain_type_error():
    for arguments, options in [((), {}), ((1.0, 2.0, 3.0), {}), ((1.0,), {"z": 1.0})]:
        with pytest.raises(TypeError) as caught:
            adjoint.grad(product)(*arguments, **options)
        assert "product" in str(caught.value) or "argument" in str(caught.value)


def test_error_of_the_users_code_is_the_users_error():
    def f(x):
        if x > 0.0:
            raise KeyError("mine")
        return x

    with pytest.raises(KeyError, match="mine"):
        adjoint.grad(f)(1.0)
    with pytest.raises(ZeroDivisionError):
        adjoint.grad(lambda x: x / 0)(1.0)
    with pytest.raises(AssertionError):
        adjoint.grad(_asserts)(-1.0)


def _asserts(x):
    assert x > 0.0
    return x


def test_shape_mismatch_in_the_primal_is_numpys_error():
    with pytest.raises(ValueError, match="shape|broadcast|mismatch"):
        adjoint.grad(lambda x: np.sum(x @ np.ones(4)))(V)


def test_traceback_of_generated_code_shows_its_source():
    import traceback

    def f(x):
        y = x * 2.0
        return y @ np.ones(4)

    with pytest.raises(ValueError) as caught:
        adjoint.grad(f)(V)
    text = "".join(traceback.format_exception(caught.value))
    assert "y @ np.ones(4)" in text


def test_what_is_no_function():
    for thing in (3, "sin", None, [square], np):
        with pytest.raises((ArgumentError, TypeError)):
            adjoint.grad(thing)(1.0)


# ---- cotangents -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "arg", "y_bar"),
    [
        (square, V, np.ones(4)),
        (square, V, np.ones((3, 1))),
        (square, V, (1.0, 2.0, 3.0)),
        (square, V, "text"),
        (square, 1.0, np.ones(2)),
        (square, 1.0, (1.0, 2.0)),
        (square, 1.0, {"a": 1.0}),
        (lambda x: (x, x * x), 1.0, 1.0),
        (lambda x: (x, x * x), 1.0, (1.0,)),
        (lambda x: (x, x * x), 1.0, (1.0, 2.0, 3.0)),
        (lambda x: {"a": x}, 1.0, {"b": 1.0}),
        (lambda x: {"a": x}, 1.0, (1.0,)),
        (lambda x: [x, x], 1.0, [1.0]),
    ],
)
def test_cotangent_that_does_not_fit(f, arg, y_bar):
    _, pullback = adjoint.vjp(f, arg)
    with pytest.raises(DifferentiationError, match="ADJ302"):
        pullback(y_bar)


def test_parts_of_a_cotangent_may_be_none():
    _, pullback = adjoint.vjp(lambda x: (x * x, 3.0 * x), 2.0)
    assert pullback((1.0, None)) == (4.0,)
    assert pullback((None, 1.0)) == (3.0,)
    assert pullback((None, None)) == (0.0,)
    assert pullback(None) == (0.0,)


def test_integer_cotangent_counts_as_real():
    _, pullback = adjoint.vjp(square, V)
    assert np.array_equal(pullback(np.array([1, 2, 3]))[0], 2.0 * V * [1, 2, 3])
    _, pullback = adjoint.vjp(square, 3.0)
    assert pullback(1) == (6.0,)


def test_refusal_survives_repr_and_pickle():
    import pickle

    with pytest.raises(AdjointError) as caught:
        adjoint.grad(product, wrt="z")(1.0)
    assert "ADJ304" in repr(caught.value) or "ADJ304" in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_user_arguments_are_unharmed_by_a_failing_call():
    def f(params):
        params = {**params, "w": params["w"] * 2.0}
        raise RuntimeError("late")

    params = {"w": V.copy()}
    with pytest.raises(RuntimeError, match="late"):
        adjoint.grad(f)(params)
    assert np.array_equal(params["w"], V)
