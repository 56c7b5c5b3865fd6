"""Taylor mode: coefficients against 50-digit arithmetic and nested derivatives, and inside a gradient."""

import math
import operator

import mpmath
import numpy as np
import pytest

import adjoint
from adjoint import grad, hessian, jet, jvp

ORDER = 10


def expected(f, x, order=ORDER):
    """Return Taylor coefficients from arithmetic with 50 digits."""
    with mpmath.workdps(50):
        return [complex(c) if isinstance(c, mpmath.mpc) else float(c) for c in mpmath.taylor(f, x, order)]


def check(f, reference, x, rtol=1e-10):
    """Compare a jet with its reference, relative to the size of the coefficients so far."""
    value, series = jet(f, x, ORDER)
    wanted = expected(reference, x)
    assert np.asarray(value) == pytest.approx(np.asarray(f(x)), abs=0.0)
    scale = np.maximum.accumulate(np.abs(wanted)) + 1e-3
    assert np.max(np.abs(np.array([value, *series]) - wanted) / scale) < rtol


UNARY = {
    "exp": (np.exp, mpmath.exp, (0.0, 1.0, -1.0, 0.7)),
    "exp2": (np.exp2, lambda x: mpmath.mpf(2) ** x, (0.0, 1.0, -0.3)),
    "expm1": (np.expm1, mpmath.expm1, (0.0, 1.0, -0.3)),
    "log": (np.log, mpmath.log, (1.0, 0.3, 2.5)),
    "log2": (np.log2, lambda x: mpmath.log(x, 2), (1.0, 0.3)),
    "log10": (np.log10, mpmath.log10, (1.0, 0.3)),
    "log1p": (np.log1p, mpmath.log1p, (0.0, 1.0, -0.4)),
    "sqrt": (np.sqrt, mpmath.sqrt, (1.0, 0.5, 7.0)),
    "cbrt": (np.cbrt, mpmath.cbrt, (1.0, 0.5)),
    "square": (np.square, lambda x: x * x, (0.0, 1.0, -1.0, 0.3)),
    "reciprocal": (np.reciprocal, lambda x: 1 / x, (1.0, -1.0, 0.6)),
    "sin": (np.sin, mpmath.sin, (0.0, 1.0, -1.0, 2.7)),
    "cos": (np.cos, mpmath.cos, (0.0, 1.0, -1.0, 2.7)),
    "tan": (np.tan, mpmath.tan, (0.0, 1.0, -1.0)),
    "arcsin": (np.arcsin, mpmath.asin, (0.0, 0.4, -0.5)),
    "arccos": (np.arccos, mpmath.acos, (0.0, 0.4, -0.5)),
    "arctan": (np.arctan, mpmath.atan, (0.0, 1.0, -1.0)),
    "sinh": (np.sinh, mpmath.sinh, (0.0, 1.0, -1.0)),
    "cosh": (np.cosh, mpmath.cosh, (0.0, 1.0, -1.0)),
    "tanh": (np.tanh, mpmath.tanh, (0.0, 1.0, -1.0)),
    "arcsinh": (np.arcsinh, mpmath.asinh, (0.0, 1.0, -1.0)),
    "arccosh": (np.arccosh, mpmath.acosh, (1.5, 3.0)),
    "arctanh": (np.arctanh, mpmath.atanh, (0.0, 0.4, -0.5)),
    "sinc": (np.sinc, mpmath.sincpi, (0.0, 1.0, -1.0, 0.02, 2.3)),
    "abs": (np.abs, abs, (1.0, -1.0)),
    "math.exp": (math.exp, mpmath.exp, (0.0, 0.7)),
    "math.atan": (math.atan, mpmath.atan, (0.0, 0.7)),
    "math.tanh": (math.tanh, mpmath.tanh, (0.0, 0.7)),
    "deg2rad": (np.deg2rad, mpmath.radians, (0.0, 1.0)),
    "math.erf, derived from its rule": (math.erf, mpmath.erf, (0.0, 1.0, -0.4)),
    "logaddexp": (
        lambda x: np.logaddexp(x, 0.5), lambda x: mpmath.log(mpmath.exp(x) + mpmath.exp(0.5)), (0.0, 1.0),
    ),
    "logaddexp2": (
        lambda x: np.logaddexp2(0.5, x),
        lambda x: mpmath.log(mpmath.power(2, x) + mpmath.sqrt(2), 2),
        (0.5, 1.0),
    ),
    "heaviside": (lambda x: np.heaviside(x, 0.5) * x, lambda x: x, (1.0,)),
}  # fmt: skip

BINARY = {
    "x * sin(x)": (lambda x: x * np.sin(x), lambda x: x * mpmath.sin(x), (0.0, 1.0, -1.0)),
    "x / cos(x)": (lambda x: x / np.cos(x), lambda x: x / mpmath.cos(x), (0.0, 1.0, -1.0)),
    "x / x": (lambda x: x / x, lambda x: mpmath.mpf(1), (1.0, -1.0, 3.0)),
    "x ** 2": (lambda x: x**2, lambda x: x**2, (0.0, 1.0, -1.0)),
    "x ** 3": (lambda x: x**3, lambda x: x**3, (0.0, 1.0, -1.0)),
    "x ** 0.0": (lambda x: x**0.0, lambda x: mpmath.mpf(1), (0.0, 1.0, -1.0)),
    "x ** 2.0": (lambda x: x**2.0, lambda x: x**2, (0.0, 1.0, -1.0)),
    "x ** 2.5": (lambda x: x**2.5, lambda x: x ** mpmath.mpf(2.5), (1.0, 0.4)),
    "x ** -2": (lambda x: x**-2, lambda x: x**-2, (1.0, -1.0)),
    "2 ** x": (lambda x: 2.0**x, lambda x: mpmath.mpf(2) ** x, (0.0, 1.0, -1.0)),
    "x ** x": (lambda x: x**x, lambda x: x**x, (1.0, 0.4)),
    "(-2.0) ** whole": (lambda x: (x - 3.0) ** 7, lambda x: (x - 3) ** 7, (1.0, 3.0)),
    "abs(x) * x": (lambda x: abs(x) * x, lambda x: -x * x, (-1.0,)),
    "hypot": (lambda x: np.hypot(x, 2.0 - x), lambda x: mpmath.hypot(x, 2 - x), (0.0, 1.0)),
    "arctan2": (lambda x: np.arctan2(x, 1.0 + x), lambda x: mpmath.atan2(x, 1 + x), (0.0, 1.0)),
    "x - 1 / (1 + x)": (lambda x: x - 1.0 / (2.0 + x), lambda x: x - 1 / (2 + x), (0.0, -1.0)),
    "-x % 3": (lambda x: -x % 3.0, lambda x: 3 - x, (1.0,)),
}  # fmt: skip

POINTS = [(name, x) for table in (UNARY, BINARY) for name, (_, _, points) in table.items() for x in points]


@pytest.mark.parametrize(("name", "x"), POINTS, ids=[f"{name} at {x}" for name, x in POINTS])
def test_tay_1_elementwise_against_fifty_digits(name, x):
    f, reference, _ = (UNARY | BINARY)[name]
    check(f, reference, x)


def test_tay_1_conventions_at_kinks():
    assert jet(lambda x: abs(x) * x, 0.0, 3) == (0.0, [0.0, 0.0, 0.0])
    assert jet(np.hypot, (0.0, 0.0), ([1.0, 0.0], [1.0, 0.0]))[1] == [0.0, 0.0]
    value, series = jet(lambda x: np.sqrt(x * 0.0), 1.0, 2)  # an infinite slope against nothing that moves
    assert (value, *series) == (0.0, 0.0, 0.0)
    value, series = jet(lambda x: x**2.5, 0.0, 4)  # zero below the power, infinite above
    assert (value, *series) == (0.0, 0.0, 0.0, math.inf, -math.inf)


def test_tay_1_exp_of_sin_to_order_ten():
    value, series = jet(lambda x: np.exp(np.sin(x)), 0.0, 10)
    known = [1, 1, 1 / 2, 0, -1 / 8, -1 / 15, -1 / 240, 1 / 90, 31 / 5760, 1 / 5670, -2951 / 3628800]
    assert np.allclose([value, *series], known, rtol=1e-14, atol=1e-17)


def test_tay_1_solution_of_a_differential_equation():
    """Coefficients of the solution of y' = y ** 2, y(0) = 1, one after the other: 1 / (1 - t)."""
    coefficients = [1.0]
    for k in range(12):
        _, series = jet(lambda y: y * y, (coefficients[0],), ([*coefficients[1:], 0.0],))
        coefficients.append([coefficients[0] ** 2, *series][k] / (k + 1))
    assert np.allclose(coefficients, 1.0, rtol=1e-12)


# --- cost ----------------------------------------------------------------------------------------
class Counted:
    """A number that counts the operations it takes part in."""

    count = 0

    def __init__(self, x):
        self.x = x

    def do(self, other, f):
        Counted.count += 1
        return Counted(f(self.x, other.x if isinstance(other, Counted) else other))

    def __add__(self, other):
        return self.do(other, operator.add)

    def __mul__(self, other):
        return self.do(other, operator.mul)

    def __truediv__(self, other):
        return self.do(other, operator.truediv)

    __radd__, __rmul__ = __add__, __mul__


def test_tay_2_cost_grows_with_the_square_of_the_order():
    """Operations of the recurrences, counted: four times as many at most for twice the order."""
    from adjoint.rules.series import exp_series, mul_series

    def operations(order):
        Counted.count = 0
        x = [Counted(0.1) for _ in range(order + 1)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("adjoint.rules.series.fit_out", lambda c, out: c)
            exp_series(x[0], x)
            mul_series(x[0], x, x)
        return Counted.count

    assert operations(16) <= 4.2 * operations(8)


def test_tay_2_fifty_operations_are_one_function_for_every_order():
    def f(x):
        for _ in range(25):
            x = np.sin(x) * 1.01 + x * x / 3.0
        return x

    assert len(adjoint.source(f, 0.3, mode="jet").splitlines()) < 20
    low, high = jet(f, 0.3, 8)[1], jet(f, 0.3, 16)[1]
    assert np.allclose(low, high[:8], rtol=1e-13)


# --- control flow --------------------------------------------------------------------------------
def test_tay_3_loops_branches_recursion_and_containers():
    def product(x, n):
        return 1.0 if n == 0 else x * product(x, n - 1)

    def program(x):
        rows = [x]
        for i in range(3):
            rows.append(rows[i] * x + 1.0)
        total = {"sum": 0.0}
        for value in rows:
            total["sum"] = total["sum"] + value**2
        s = total["sum"]
        while s > 5.0:
            s = s / 3.0 if s > 40.0 else s / 2.0
            if s > 1e6:
                break
        return s + product(x, 4) + (lambda y: y * x)(rows[-1])

    def reference(x):
        rows = [x]
        for i in range(3):
            rows.append(rows[i] * x + 1)
        s = sum(v * v for v in rows)
        while s > 5:
            s = s / 3 if s > 40 else s / 2
        return s + x**4 + rows[-1] * x

    check(program, reference, 1.5)


def test_tay_3_arrays_objects_and_generic_calls():
    def program(x, apply):
        a = np.stack([x, x * x, np.sin(x)])
        first, second, third = a
        parts = [apply(v) for v in a]
        return first * second + third + sum(parts) + functools_reduce(lambda p, q: p * q, list(a))

    from functools import reduce as functools_reduce

    value, series = jet(program, (0.4, np.tanh), ([1.0, 0.0, 0.0], None))

    def g(x):
        tanhs = sum(map(mpmath.tanh, (x, x * x, mpmath.sin(x))))
        return x**3 + mpmath.sin(x) + tanhs + x**3 * mpmath.sin(x)

    assert np.allclose([value, *series], expected(g, 0.4, 3), rtol=1e-12)


def test_tay_3_arguments_are_unharmed_and_values_are_those_of_the_call():
    def f(p, x):
        return {"out": np.tanh(p["w"] @ x) * p["b"], "n": len(x)}

    p = {"w": np.arange(6.0).reshape(2, 3) / 5, "b": 2.0}
    x, v = np.ones(3), np.array([1.0, -1.0, 2.0])
    before = p["w"].copy()
    value, series = jet(f, (p, x), (None, [v, v]))
    assert np.array_equal(value["out"], f(p, x)["out"]) and np.array_equal(p["w"], before)
    curve = lambda t: f(p, x + v * t + v * t * t)["out"]  # noqa: E731
    first = lambda t: jvp(curve, (t,), (1.0,))[1]  # noqa: E731
    assert np.allclose(series[0]["out"], first(0.0))
    assert np.allclose(series[1]["out"], jvp(first, (0.0,), (1.0,))[1] / 2.0)


# --- reverse over jet ----------------------------------------------------------------------------
def network(p, x):
    for w, b in p[:-1]:
        x = np.tanh(w @ x + b)
    w, b = p[-1]
    return (w @ x + b)[0]


def parameters(width=6):
    rng = np.random.default_rng(0)
    shapes = ((width, 2), (width, width), (1, width))
    return [(rng.normal(size=shape), rng.normal(size=shape[0])) for shape in shapes]


def laplacian(p, x):
    total = 0.0
    for e in np.eye(2):
        total = total + 2.0 * jet(lambda z: network(p, z), (x,), ([e, e * 0.0],))[1][1]
    return total


def test_tay_4_gradient_of_a_laplacian_with_respect_to_weights():
    p, x = parameters(), np.array([0.3, 0.4])
    assert laplacian(p, x) == pytest.approx(np.trace(hessian(lambda z: network(p, z))(x)), rel=1e-12)

    def nested(p, x):
        def second(e):
            return jvp(lambda z: jvp(lambda y: network(p, y), (z,), (e,))[1], (x,), (e,))[1]

        return sum(map(second, np.eye(2)))

    got, h = grad(laplacian)(p, x), 1e-5
    for layer, (w, b) in enumerate(p):
        for array, bar in zip((w, b), got[layer], strict=True):
            flat, place = array.ravel(), array.size // 2
            kept = flat[place]
            flat[place] = kept + h
            above = nested(p, x)
            flat[place] = kept - h
            below = nested(p, x)
            flat[place] = kept
            assert bar.ravel()[place] == pytest.approx((above - below) / (2 * h), rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("transform", ["reverse", "forward"])
def test_tay_4_every_coefficient_has_the_right_derivative(transform):
    def g(x, v, order):
        y, s = jet(lambda a, b: np.tanh(a) * b * np.sum(a), (x, 2.0), ([v, v * v, x][:order], None))
        return np.sum(y) + sum(np.sum(np.cos(c) * (k + 1.0)) for k, c in enumerate(s))

    x, v, h = np.array([0.1, 0.5]), np.array([0.3, -0.4]), 1e-5
    for order in (1, 2, 3):
        wanted = (g(x + h * v, v + h * x, order) - g(x - h * v, v - h * x, order)) / (2 * h)
        if transform == "forward":
            got = jvp(lambda x, v, order=order: g(x, v, order), (x, v), (v, x))[1]
        else:
            x_bar, v_bar = grad(g, wrt=(0, 1))(x, v, order)
            got = x_bar @ v + v_bar @ x
        assert got == pytest.approx(wanted, rel=1e-7)


def test_tay_4_jet_of_a_gradient_and_of_a_jvp():
    f = lambda z: np.sin(z) * z  # noqa: E731
    wanted = expected(lambda z: mpmath.sin(z) + z * mpmath.cos(z), 0.3, 3)
    assert np.allclose(np.hstack(jet(lambda x: grad(f)(x), 0.3, 3)), wanted, rtol=1e-12)
    assert np.allclose(np.hstack(jet(lambda x: jvp(f, (x,), (1.0,))[1], 0.3, 3)), wanted, rtol=1e-12)


def along_a_curve(x):
    """The second coefficient of exp(sin z) along z = x + x^2 t + x t^2."""
    return jet(lambda z: np.exp(np.sin(z)), (x,), ([x * x, x],))[1][1]


def along_a_curve_expected(x):
    g = mpmath.exp(mpmath.sin(x))
    return g * mpmath.cos(x) * x + g * (mpmath.cos(x) ** 2 - mpmath.sin(x)) / 2 * x**4


def of_a_captured_weight(w):
    """The third coefficient of sin(w z) at 0.7."""
    return jet(lambda z: np.sin(w * z), 0.7, 3)[1][2]


def recursive(x, n=3):
    return x if n == 0 else x * recursive(np.sin(x), n - 1)


def of_a_recursion(w):
    return jet(lambda z: recursive(z * w, 2), 0.7, 2)[1][1]


def of_a_recursion_expected(w):
    inner = lambda z: z * w * mpmath.sin(z * w) * mpmath.sin(mpmath.sin(z * w))  # noqa: E731
    return mpmath.diff(inner, 0.7, 2) / 2


def of_a_container(w):
    curve = [{"a": 1.0, "b": w}, {"a": 0.0, "b": 1.0}]
    return jet(lambda p: p["a"] * np.sin(p["b"] * w), ({"a": w, "b": 0.7},), (curve,))[1][1]


def of_a_container_expected(w):
    along = lambda t: (w + t) * mpmath.sin((0.7 + w * t + t * t) * w)  # noqa: E731
    return mpmath.diff(along, 0, 2) / 2


JETS = {
    "along a curve": (along_a_curve, along_a_curve_expected),
    "captured": (of_a_captured_weight, lambda w: -(w**3) * mpmath.cos(w * mpmath.mpf("0.7")) / 6),
    "recursion": (of_a_recursion, of_a_recursion_expected),
    "container": (of_a_container, of_a_container_expected),
}


@pytest.mark.parametrize("word", ["f", "r", "ff", "fr", "rf", "rr", "frf", "rfr"])
@pytest.mark.parametrize("name", JETS)
def test_derivatives_of_a_jet_in_all_modes(name, word):
    f, wanted = JETS[name]
    derived = f
    for mode in word:
        derived = grad(derived) if mode == "r" else lambda x, g=derived: jvp(g, (x,), (1.0,))[1]
    assert derived(1.3) == pytest.approx(float(mpmath.diff(wanted, 1.3, len(word))), rel=1e-8)


def test_hessian_of_a_jet():
    def curvature(w):
        x, e = np.array([0.3, 0.2]), np.array([1.0, 0.0])
        return jet(lambda z: np.tanh(w @ z), (x,), ([e, 0.0 * e],))[1][1]

    def expected(a, b):
        y = mpmath.tanh(a * mpmath.mpf("0.3") + b * mpmath.mpf("0.2"))
        return -y * (1 - y**2) * a * a

    orders = [[(2, 0), (1, 1)], [(1, 1), (0, 2)]]
    wanted = [[float(mpmath.diff(expected, (0.5, 0.6), n)) for n in row] for row in orders]
    np.testing.assert_allclose(adjoint.hessian(curvature)(np.array([0.5, 0.6])), wanted, rtol=1e-8)


@pytest.mark.parametrize("derive", [grad, lambda f: lambda x: jvp(f, (x,), (1.0,))[1]])
def test_jet_of_the_derivative_of_a_recursion(derive):
    whole = jet(recursive, 0.7, 4)[1]
    value, series = jet(derive(recursive), 0.7, 3)
    np.testing.assert_allclose([value, *series], [k * c for k, c in enumerate(whole, 1)], rtol=1e-10)
    value, series = jet(derive(grad(recursive)), 0.7, 2)
    wanted = [k * (k - 1) * c for k, c in enumerate(whole, 1)][1:]
    np.testing.assert_allclose([value, *series], wanted, rtol=1e-10)


def test_jets_inside_jets():
    f = lambda x: jet(lambda z: np.sin(z) * x, x, 3)[1][2]  # noqa: E731
    wanted = mpmath.taylor(lambda x: -x * mpmath.cos(x) / 6, 0.7, 4)
    assert np.allclose(np.hstack(jet(f, 0.7, 4)), np.array(wanted, float), rtol=1e-10)
    thrice = lambda x: jet(lambda y: jet(lambda z: x * y * z**3, y, 2)[1][1], x, 1)[1][0]  # noqa: E731
    assert np.allclose(np.hstack(jet(thrice, 0.7, 2)), [6 * 0.7**3 / 0.7, 12 * 0.7, 6.0])


def test_the_derivative_of_a_jet_inside_a_jet_is_refused():
    f = grad(lambda x: jet(lambda z: np.sin(z) * x, x, 2)[1][1])
    with pytest.raises(adjoint.RuleError, match="jet inside a jet"):
        jet(f, 0.3, 2)


# --- arrays --------------------------------------------------------------------------------------
def matrix(t):
    return np.array([[2.0, 0.5, 0.1], [0.5, 3.0, -0.2], [0.1, -0.2, 1.5]]) + t * np.array(
        [[0.3, 0.1, 0.0], [0.1, -0.2, 0.4], [0.0, 0.4, 0.5]]
    )


ARRAYS = {
    "solve": lambda t: np.linalg.solve(matrix(t), np.array([1.0, t, t * t])),
    "inv": lambda t: np.linalg.inv(matrix(t)),
    "cholesky": lambda t: np.linalg.cholesky(matrix(t)),
    "det": lambda t: np.linalg.det(matrix(t)),
    "det, singular": lambda t: np.linalg.det(matrix(t) - matrix(0.0) + np.ones((3, 3))),
    "slogdet": lambda t: np.linalg.slogdet(matrix(t))[1],
    "eigvalsh": lambda t: np.linalg.eigvalsh(matrix(t)),
    "matmul": lambda t: matrix(t) @ matrix(2.0 * t) @ np.array([t, 1.0, 2.0]),
    "dot": lambda t: np.dot(matrix(t), matrix(t * t)),
    "einsum": lambda t: np.einsum("ij,jk,k->i", matrix(t), matrix(t), np.array([t, 1.0, 2.0])),
    "tensordot": lambda t: np.tensordot(matrix(t), matrix(t), axes=((0, 1), (1, 0))),
    "outer": lambda t: np.outer(matrix(t)[0], matrix(t)[:, 1]),
    "sum": lambda t: np.sum(np.exp(matrix(t)), axis=0),
    "cumsum": lambda t: np.cumsum(np.exp(matrix(t)), axis=1),
    "prod with a zero": lambda t: np.prod(np.array([t, 1.0 + t, 2.0, t - 1.0])),
    "cumprod with zeros": lambda t: np.cumprod(np.array([1.0 + t, t, t * 2.0, 3.0])),
    "std": lambda t: np.std(np.array([t, 1.0 + t * t, 2.0])),
    "norm": lambda t: np.linalg.norm(matrix(t)),
    "where": lambda t: np.where(matrix(0.0) > 0.4, np.sin(matrix(t)), np.log(matrix(t) + 0.5)),
    "max": lambda t: np.max(matrix(t) * matrix(t), axis=1),
    "sort": lambda t: np.sort(np.ravel(matrix(t) ** 2)),
    "stack": lambda t: np.stack([matrix(t)[0], matrix(t * t)[1]])[:, ::-1].T.reshape(-1),
    "fft": lambda t: np.abs(np.fft.fft(matrix(t)[0] * np.array([1.0, t, 2.0]) + 1.0)),
    "parts of a complex number": lambda t: (np.exp(1j * (0.5 + t)) * complex(t, 1.0)).imag,
    "interp": lambda t: np.interp(0.3 + 0.1 * t, np.array([0.0, 1.0]), np.array([t, np.sin(t)])),
}  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
def test_tay_5_arrays(name):
    """Coefficients against those of the polynomial through values at Chebyshev's points."""
    f, order = ARRAYS[name], 4
    value, series = jet(f, 0.0, order)
    nodes = 0.05 * np.cos(np.pi * (np.arange(16) + 0.5) / 16)
    values = np.array([np.ravel(f(t)) for t in nodes])
    powers = np.linalg.solve(np.vander(nodes / 0.05, 16, increasing=True), values)
    assert np.array_equal(value, f(0.0))
    for k, c in enumerate(series, start=1):
        assert np.shape(c) == np.shape(value)
        wanted = powers[k] / 0.05**k
        assert np.allclose(np.ravel(c), wanted, rtol=1e-6, atol=2e-6 * 10 ** max(0, k - 2)), (k, c, wanted)


def test_series_are_lists_of_the_arguments_form():
    value, series = jet(
        lambda x: x * x, (np.float32(2.0) * np.ones(2, np.float32),), ([np.ones(2, np.float32)],)
    )
    assert value.dtype == series[0].dtype == np.float32 and np.array_equal(series[0], [4.0, 4.0])
    assert jet(lambda a: {"y": (a, 1)}, 2.0, 2)[1] == [{"y": (1.0, None)}, {"y": (0.0, None)}]
    assert jet(lambda a, b: a * b, (2.0, 3.0), (None, None)) == (6.0, [])
    assert jet(lambda n: n * n, 3, 2) == (9.0, [6.0, 1.0])


def test_a_wrong_number_of_series_is_refused():
    with pytest.raises(adjoint.ArgumentError, match="2 arguments and 1 series"):
        jet(lambda a, b: a, (1.0, 2.0), ([1.0],))
    with pytest.raises(adjoint.ArgumentError, match="shape"):
        jet(np.sin, (np.ones(3),), ([np.ones(2)],))
    with pytest.raises(ValueError, match="at least 1"):
        jet(np.sin, 1.0, 0)


def test_rules_of_users_serve_taylor_mode():
    def softplus(x):
        return float(np.log1p(np.exp(x)))

    with adjoint.registry.scope():

        @adjoint.scalar_rule(softplus)
        def _(out, x):
            return 1.0 / (1.0 + np.exp(-x))

        check(softplus, lambda x: mpmath.log(1 + mpmath.exp(x)), 0.3)

        @adjoint.series_rule(softplus)
        def _(out, x):
            return [7.0 for _ in x[1:]]

        assert jet(softplus, 0.3, 2)[1] != [7.0, 7.0]  # only the library's rules are replaced by recurrences


def test_closures_from_other_functions_see_their_own_variables():
    def make(a):
        return lambda x: a * x

    def f(x, a):
        return make(3.0)(x)

    assert grad(f)(2.0, 7.0) == 3.0
    assert jvp(f, (2.0, 7.0), (1.0, None)) == (6.0, 3.0)
    assert jet(f, (2.0, 7.0), ([1.0, 0.0], None)) == (6.0, [3.0, 0.0])


def test_second_derivative_of_a_variance_where_an_entry_is_the_mean():
    x, v = np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.5, -0.25])
    second = jvp(lambda x: jvp(np.var, (x,), (v,))[1], (x,), (v,))[1]
    assert second == pytest.approx(2.0 * np.var(v), rel=1e-14)


@pytest.mark.parametrize("f", [np.sin, np.prod, np.var, np.linalg.norm, np.max, lambda *a: a[0] * a[0]])
def test_a_derivative_of_the_derivative_of_a_function_without_source(f):
    """The inner function takes ``*args``, whose tangent is a tuple."""
    x, v, h = np.array([0.1, 1.1, 2.1]), np.array([1.0, 0.5, -0.25]), 1e-6
    inner = lambda x: jvp(f, (x,), (v,))[1]  # noqa: E731
    wanted = (inner(x + h * v) - inner(x - h * v)) / (2 * h)
    assert np.allclose(jvp(inner, (x,), (v,))[1], wanted, rtol=1e-6, atol=1e-8)
    third = jvp(lambda x: jvp(inner, (x,), (v,))[1], (x,), (v,))[1]
    second = lambda x: jvp(inner, (x,), (v,))[1]  # noqa: E731
    assert np.allclose(third, (second(x + h * v) - second(x - h * v)) / (2 * h), rtol=1e-5, atol=1e-7)
    seen = jvp(lambda x: jet(f, (x,), ([v],))[1][0], (x,), (v,))[1]
    assert np.allclose(seen, wanted, rtol=1e-6, atol=1e-8)


def test_the_derivative_of_a_linear_function_is_a_zero_array():
    inner = lambda x: jvp(np.cumsum, (x,), (np.ones(3),))[1]  # noqa: E731
    value, tangent = jvp(inner, (np.ones(3),), (np.ones(3),))
    assert np.array_equal(value, [1.0, 2.0, 3.0]) and np.array_equal(tangent, np.zeros(3))


def test_a_fourth_derivative_by_nesting_is_right_or_refused():
    """Three times forward over the run-time path was zero; a jet has no such limit."""
    f = lambda t: np.sin(2.0 * t)  # noqa: E731

    def nested(order):
        g = f
        for _ in range(order):
            g = (lambda h: lambda t: jvp(h, (t,), (1.0,))[1])(g)
        return g(0.3)

    assert nested(3) == pytest.approx(-8.0 * np.cos(0.6), rel=1e-12)
    try:
        fourth = nested(4)
    except adjoint.RuleError as error:
        assert "second forward derivative" in str(error)
    else:
        assert fourth == pytest.approx(16.0 * np.sin(0.6), rel=1e-12)
    assert 24.0 * jet(f, 0.3, 4)[1][3] == pytest.approx(16.0 * np.sin(0.6), rel=1e-12)
