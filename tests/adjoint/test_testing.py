"""The checkers must catch every kind of wrong rule, and say where."""

import dataclasses

import numpy as np
import pytest

import adjoint
from adjoint.rules.registry import frule, linear, registry, rrule, scalar_rule
from adjoint.testing import check_grad, check_rule

X = np.array([0.5, -1.25, 2.0])


def cube(x, scale=1.0):
    return scale * x**3


def refuse(message, rule, *args, **kwargs):
    """Register a rule for `cube` and expect the check to fail."""
    with registry.scope():
        rrule(cube)(rule)
        with pytest.raises(AssertionError, match=message):
            check_rule(cube, *args, **kwargs)


def test_right_rules_pass():
    with registry.scope():
        scalar_rule(cube)(lambda out, x, scale=1.0: (3.0 * scale * x**2, x**3))
        check_rule(cube, X)
        check_rule(cube, X, 2.0)
        check_rule(cube, X, scale=2.0)


def test_no_rule():
    with pytest.raises(AssertionError, match="no rule accepts"):
        check_rule(cube, X)


def test_wrong_derivative():
    def rule(x):
        return cube(x), lambda out_bar: 2.0 * x**2 * out_bar

    refuse("cube: cotangent of argument 0 differs by", rule, X)


def test_dropped_keyword():
    def rule(x, scale=1.0):
        return cube(x, scale), lambda out_bar: (3.0 * scale * x**2 * out_bar, None)

    refuse("keyword 'scale' differs by", rule, X, scale=2.0)


def test_wrong_value():
    def rule(x):
        return x**3 + 1e-15, lambda out_bar: 3.0 * x**2 * out_bar

    refuse("value of the rule against the plain call", rule, X)


def test_wrong_value_dtype():
    def rule(x):
        return np.asarray(cube(x), np.longdouble), lambda out_bar: 3.0 * x**2 * out_bar

    refuse("dtype", rule, X)


def test_argument_overwritten():
    def rule(x):
        out = cube(x)
        x *= 2.0
        return out, lambda out_bar: 3.0 * x**2 * out_bar

    refuse("writes into an argument", rule, X.copy())


def test_cotangent_overwritten():
    def rule(x):
        def pullback(out_bar):
            out_bar *= 3.0 * x**2
            return out_bar

        return cube(x), pullback

    refuse("writes into its cotangent", rule, X)


def test_pullback_with_memory():
    def rule(x):
        calls = []

        def pullback(out_bar):
            calls.append(None)
            return 3.0 * x**2 * out_bar * len(calls)

        return cube(x), pullback

    refuse("second call of the pullback", rule, X)


def test_not_linear():
    def rule(x):
        return cube(x), lambda out_bar: 3.0 * x**2 * out_bar + 1e-9 * out_bar**2

    refuse("linearity|zero cotangent", rule, X)


def test_widened_dtype():
    def rule(x):
        return cube(x), lambda out_bar: 3.0 * x**2 * out_bar * np.float64(1.0)

    refuse("float64 for the float32 parameter 'x'", rule, X)


def test_false_claim_of_freshness():
    def view(x):
        return x[1:]

    with registry.scope():
        rrule(view, fresh=True)(lambda x: (x[1:], lambda out_bar: np.concatenate([[0.0], out_bar])))
        with pytest.raises(AssertionError, match="declared fresh"):
            check_rule(view, X)


def test_wrong_arity():
    def rule(x, scale=1.0):
        return cube(x, scale), lambda out_bar: (out_bar,)

    with registry.scope():
        rrule(cube)(rule)
        with pytest.raises((AssertionError, ValueError)):
            check_rule(cube, X)


@dataclasses.dataclass
class Model:
    weight: np.ndarray
    bias: float


def loss(model, data, k):
    return {"sum": np.sum(np.tanh(data["x"] @ model.weight + model.bias)) * k, "parts": (model.bias * 2.0, k)}


def test_check_grad_of_containers():
    check_grad(loss, Model(np.array([0.5, 1.5]), 0.25), {"x": np.array([[1.0, 2.0], [3.0, -1.0]])}, 2)


def test_check_grad_by_name():
    check_grad(cube, X, wrt="x")
    check_grad(cube, X, 2.0, wrt=("scale", 0))


def test_check_grad_catches(monkeypatch):
    monkeypatch.setattr(
        adjoint, "vjp", lambda f, *args, **_: (f(*args), lambda y_bar: (y_bar,)), raising=False
    )
    with pytest.raises(AssertionError, match="slope along argument 0"):
        check_grad(cube, X)


def test_check_grad_catches_a_changed_value(monkeypatch):
    monkeypatch.setattr(adjoint, "vjp", lambda f, *args, **_: (f(*args) + 1e-15, None), raising=False)
    with pytest.raises(AssertionError, match="value under differentiation"):
        check_grad(cube, X)


def scaled(x, y):
    return x * y


def refuse_forward(message, rule, x=X):
    """Register a forward rule for `scaled`, whose pullback is right, and expect the check to fail."""
    with registry.scope():
        rrule(scaled)(lambda x, y: (scaled(x, y), lambda out_bar: (out_bar * y, np.sum(out_bar * x))))
        frule(scaled)(rule)
        with pytest.raises(AssertionError, match=message):
            check_rule(scaled, x, 1.5)


def test_right_forward_rule_passes():
    with registry.scope():
        rrule(scaled)(lambda x, y: (scaled(x, y), lambda out_bar: (out_bar * y, np.sum(out_bar * x))))
        frule(scaled)(lambda x, y: (scaled(x, y), lambda x_dot, y_dot: (x_dot * y, x * y_dot)))
        check_rule(scaled, X, 1.5)


def test_forward_sign():
    def rule(x, y):
        return scaled(x, y), lambda x_dot, y_dot: (x_dot * y, -x * y_dot)

    refuse_forward("forward rule and pullback disagree", rule)


def test_forward_value():
    def rule(x, y):
        return x * y + 1e-15, lambda x_dot, y_dot: (x_dot * y, x * y_dot)

    refuse_forward("value of the forward rule", rule)


def test_forward_shape():
    def rule(x, y):
        return scaled(x, y), lambda x_dot, y_dot: ((x_dot * y)[None], (x * y_dot)[None])

    refuse_forward("has shape", rule)


def test_forward_dtype():
    def rule(x, y):
        return scaled(x, y), lambda x_dot, y_dot: (np.asarray(x_dot * y, float), np.asarray(x * y_dot, float))

    refuse_forward("has dtype float64, not float32", rule)


def test_forward_not_separable():
    def rule(x, y):
        return scaled(x, y), lambda x_dot, y_dot: (x_dot * y + x * y_dot, 0.0 * x)

    refuse_forward("disagree for argument 1", rule)


def test_forward_not_linear():
    def rule(x, y):
        return scaled(x, y), lambda x_dot, y_dot: (x_dot * y, x * y_dot * abs(y_dot))

    refuse_forward("forward rule and pullback disagree|linearity", rule)


def test_forward_writes():
    def rule(x, y):
        def pushforward(x_dot, y_dot):
            x_dot *= y
            return x_dot, x * y_dot

        return scaled(x, y), pushforward

    refuse_forward("writes into an argument", rule)


def test_linear_declared_of_a_function_that_is_not():
    with registry.scope():
        rrule(cube)(lambda x: (cube(x), lambda out_bar: 3.0 * x**2 * out_bar))
        linear(cube)
        with pytest.raises(AssertionError, match="forward rule and pullback disagree"):
            check_rule(cube, X)
