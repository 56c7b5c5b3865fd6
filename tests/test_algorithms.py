"""Gradients of whole programs, against differences, complex steps and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
from numpy.polynomial import chebyshev, hermite, legendre, polynomial

import adjoint
from adjoint.testing import check_grad
from tests import algorithms as programs

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3))
Y = np.where(rng.random(12) > 0.5, 1.0, -1.0)
LABELS = rng.integers(0, 4, size=12)
MLP = {
    "w1": 0.5 * rng.normal(size=(3, 5)), "b1": 0.1 * rng.normal(size=5),
    "w2": 0.5 * rng.normal(size=(5, 6)), "b2": 0.1 * rng.normal(size=6),
    "w3": 0.5 * rng.normal(size=(6, 4)), "b3": 0.1 * rng.normal(size=4),
}  # fmt: skip
RNN = {
    "wx": 0.5 * rng.normal(size=(4, 3)), "wh": 0.5 * rng.normal(size=(4, 4)),
    "b": 0.1 * rng.normal(size=4), "wo": rng.normal(size=(2, 4)),
}  # fmt: skip
SPD = X.T @ X + np.eye(3)
POINTS = np.array([[0.0, 0.0, 0.1], [1.2, 0.1, 0.0], [0.2, 1.3, 0.2], [1.1, 1.2, 1.0]])
RATES = np.array([1.1, 0.4, 0.1, 0.4])
MODEL = programs.Regressor(
    programs.Dense(0.5 * rng.normal(size=(3, 4)), np.zeros(4), np.tanh),
    programs.Dense(0.5 * rng.normal(size=(4, 1)), np.zeros(1)),
)

PROGRAMS = [
    (programs.logistic_loss, np.array([0.3, -0.2, 0.8]), 0.1, X, Y),
    (programs.mlp_loss, MLP, X, LABELS),
    (programs.mlp, MLP, X),
    (programs.rnn_loss, RNN, X[:6], rng.normal(size=(6, 2))),
    (programs.lstm_loss, 0.5 * rng.normal(size=(8, 6)), X[:5], np.array([0.2, -0.1])),
    (programs.kalman_loss, -1.0, 0.3, np.array([[1.0, 0.1], [0.0, 1.0]]), rng.normal(size=15)),
    (programs.newton_root, 1.5, 4.0),
    (programs.newton_while, 5.0),
    (programs.fixed_point, 0.8, 0.9),
    (programs.populations_after, np.array([2.0, 1.0]), RATES),
    (programs.black_scholes, 100.0, 95.0, 0.5, 0.02, 0.25),
    (programs.binomial_option, 100.0, 103.3, 0.25),
    (programs.mixture_log_likelihood, np.array([0.2, -0.3]), np.array([-1.0, 1.5]), np.zeros(2), Y * 0.7),
    (programs.soft_alignment, X[:4, 0], X[:5, 1], 0.6),
    (programs.viterbi_like, X[:5], 0.3 * rng.normal(size=(3, 3))),
    (programs.cosine_transform, X[:6, 0]),
    (programs.log_determinant, SPD),
    (programs.power_iteration, SPD),
    (programs.conjugate_gradients, SPD, np.array([1.0, -2.0, 0.5])),
    (programs.heat, X[:, 0], 0.2),
    (programs.gauss_legendre, 0.7, 0.1, 1.9),
    (programs.area_under, 1.3, 2.0),
    (programs.lennard_jones, POINTS),
    (programs.gaussian_process_nll, 0.2, -2.0, X[:6, 0], X[:6, 1]),
    (programs.attention, X[:4], X[4:8], X[8:12]),
    (programs.Regressor.loss, MODEL, X, Y),
    (MODEL.loss, X, Y),
]  # fmt: skip


def name_of(f):
    return getattr(f, "__qualname__", repr(f))


every_program = pytest.mark.parametrize(
    ("f", "args"), [pytest.param(f, args, id=f"{name_of(f)}-{i}") for i, (f, *args) in enumerate(PROGRAMS)]
)


@every_program
def test_program_agrees_with_differences(f, args):
    check_grad(f, *args)


# ---- functions of installed packages, whose source was not written for us -------------------------------


@pytest.mark.parametrize(
    ("f", "args"),
    [
        pytest.param(f, args, id=f.__name__)
        for f, *args in [
            (scipy.optimize.rosen, np.array([1.3, 0.7, 0.8, 1.9, 1.2])),
            (scipy.optimize.rosen_der, np.array([1.3, 0.7, 0.8, 1.9, 1.2])),
            (polynomial.polyval, np.array([0.3, -1.2]), np.array([1.0, -2.0, 0.5])),
            (chebyshev.chebval, np.array([0.3, -1.2]), np.array([1.0, -2.0, 0.5, 0.2])),
            (legendre.legval, np.array([0.3, -1.2]), np.array([1.0, -2.0, 0.5, 0.2])),
            (hermite.hermval, np.array([0.3, -1.2]), np.array([1.0, -2.0, 0.5, 0.2])),
        ]
    ],
)
def test_library_function_is_right_or_refused(f, args):
    """Foreign code may write in place or wrap its source; what is not refused must be right."""
    try:
        adjoint.vjp(f, *args)
    except adjoint.AdjointError as error:
        if f is scipy.optimize.rosen:
            raise
        assert "ADJ" in str(error)
    else:
        check_grad(f, *args)


def test_rosen_against_the_gradient_scipy_ships():
    x = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
    value, gradient = adjoint.value_and_grad(scipy.optimize.rosen)(x)
    assert value == scipy.optimize.rosen(x)
    assert gradient == pytest.approx(scipy.optimize.rosen_der(x), rel=1e-13)


def test_minimise_rosen():
    fun = adjoint.value_and_grad(scipy.optimize.rosen)
    found = scipy.optimize.minimize(fun, np.zeros(6), jac=True, method="BFGS")
    assert found.x == pytest.approx(np.ones(6), abs=1e-4)


# ---- closed forms and complex steps -----------------------------------------------------------------


def test_logistic_regression_in_closed_form():
    w, b = np.array([0.3, -0.2, 0.8]), 0.1
    chance = 1.0 / (1.0 + np.exp(Y * (X @ w + b)))
    gradient = adjoint.grad(programs.logistic_loss)(w, b, X, Y)
    assert gradient == pytest.approx(-X.T @ (Y * chance) / len(Y) + 0.01 * w, rel=1e-12)


def test_newton_root_by_the_implicit_function_theorem():
    a, b = 1.5, 4.0
    t = programs.newton_root(a, b)
    slope = 3.0 * t * t + a
    da, db = adjoint.grad(programs.newton_root, wrt=("a", "b"))(a, b)
    assert da == pytest.approx(-t / slope, rel=1e-10)
    assert db == pytest.approx(1.0 / slope, rel=1e-10)


def test_newton_square_root():
    assert adjoint.grad(programs.newton_while)(5.0) == pytest.approx(0.5 / math.sqrt(5.0), rel=1e-12)


def test_black_scholes_greeks():
    spot, strike, years, rate, volatility = 100.0, 95.0, 0.5, 0.02, 0.25
    spread = volatility * math.sqrt(years)
    d1 = (math.log(spot / strike) + (rate + 0.5 * volatility**2) * years) / spread
    density = math.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi)
    delta, vega = adjoint.grad(programs.black_scholes, wrt=("spot", "volatility"))(
        spot, strike, years, rate, volatility
    )
    assert delta == pytest.approx(programs.normal_cdf(d1), rel=1e-12)
    assert vega == pytest.approx(spot * density * math.sqrt(years), rel=1e-12)


def test_log_determinant_is_the_inverse():
    gradient = adjoint.grad(programs.log_determinant)(SPD)
    inverse = np.linalg.inv(SPD)
    assert gradient + gradient.T == pytest.approx(2.0 * inverse, rel=1e-10)


def test_cosine_transform_is_its_transpose():
    basis = np.array([programs.cosine_transform(row) for row in np.eye(6)]).T
    _, pullback = adjoint.vjp(programs.cosine_transform, X[:6, 0])
    y_bar = X[6:12, 1]
    assert pullback(y_bar)[0] == pytest.approx(basis.T @ y_bar, rel=1e-12)


def test_heat_is_self_adjoint():
    _, pullback = adjoint.vjp(programs.heat, X[:, 0], 0.2)
    assert pullback(X[:, 1])[0] == pytest.approx(programs.heat(X[:, 1], 0.2), rel=1e-12)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        pytest.param(programs.populations_after, (np.array([2.0, 1.0]), RATES), id="runge_kutta"),
        pytest.param(programs.heat, (X[:, 0], 0.2), id="heat"),
        pytest.param(programs.lennard_jones, (POINTS,), id="lennard_jones"),
        pytest.param(programs.kalman_loss, (-1.0, 0.3, np.array([[1.0, 0.1], [0.0, 1.0]]), Y), id="kalman"),
        pytest.param(programs.rnn_loss, (RNN["wx"], X[:6], np.ones((6, 2))), id="rnn"),
    ],
)
def test_complex_step(f, args):
    """The imaginary part at ``x + i h`` is the derivative without any cancellation."""
    if f is programs.rnn_loss:
        inputs = args[1:]

        def f(wx, *rest):
            return programs.rnn_loss({**RNN, "wx": wx}, *rest)

        args = (args[0], *inputs)
    x, *others = args
    direction = np.cos(np.arange(np.size(x))).reshape(np.shape(x))
    step = 1e-30
    y_dot = np.imag(f(x + 1j * step * direction, *others)) / step
    y, pullback = adjoint.vjp(f, *args)
    y_bar = np.cos(1.0 + np.arange(np.size(y))).reshape(np.shape(y))[()]
    x_bar = pullback(y_bar)[0]
    assert np.sum(x_bar * direction) == pytest.approx(np.sum(y_bar * y_dot), rel=1e-11)


def test_training_a_class_based_model_lowers_its_loss():
    model = MODEL
    first = model.loss(X, Y)
    value_and_gradient = adjoint.value_and_grad(programs.Regressor.loss)
    for _ in range(50):
        _, gradient = value_and_gradient(model, X, Y)
        model = programs.Regressor(
            *(
                programs.Dense(layer.w - 0.2 * bar.w, layer.b - 0.2 * bar.b, layer.activation)
                for layer, bar in zip(model.layers, gradient.layers, strict=True)
            )
        )
    assert model.loss(X, Y) < 0.7 * first
