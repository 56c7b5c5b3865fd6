"""`explain` says in words what the compiler made of a function."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

import adjoint

X = np.array([0.3, -1.2, 2.0])
WEIGHT = np.eye(3)


def squash(x):
    return np.tanh(x)


TABLE = {"squash": squash}


def scaled(c):
    def model(x, name):
        y = TABLE[name](WEIGHT @ squash(x))
        return np.sum(y) * c

    return model


def unknown_callee(x, functions, i):
    y = functions[i](x)
    return np.sum(y)


def steps(x):
    items = iter([x, x * 2])
    next(items)
    return np.sum(next(items))


@adjoint.differentiable
def root(a=2.0):
    x = 1.0
    while abs(x * x - a) > 1e-9:
        x = 0.5 * (x + a / x)
    return x


def transformed(x):
    return np.sum(np.fft.fft(x).real ** 2)


def line(text, word):
    """Return the lines of an explanation that belong to a word."""
    lines = text.splitlines()
    start = next(i for i, each in enumerate(lines) if each.startswith(f"{word}:"))
    end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith(" ")), len(lines))
    return "\n".join(lines[start:end])


def test_kinds_callees_and_what_is_relied_upon():
    text = adjoint.explain(scaled(3.0), X, "squash")
    assert text.startswith("`model` (") and "derivative with respect to x" in text
    assert "reverse" in line(text, "mode") and "with NumPy" in line(text, "mode")
    assert line(text, "arguments") == "arguments:  x: float64[n], name: 'squash'"
    assert line(text, "result") == "result:     float64"
    assert "`squash` (test_explain.py:" in line(text, "along")
    relied = line(text, "relies on").partition(":  ")[2].split(", ")
    assert sorted(relied) == ["TABLE", "WEIGHT", "c (closure)", "np", "squash"]
    assert "run time" not in text and "traced" not in text


def test_calls_that_only_the_running_program_knows_are_shown_at_their_lines():
    text = line(adjoint.explain(unknown_callee, X, [np.sin, np.cos], 1), "run time")
    assert "y = functions[i](x)" in text
    first = unknown_callee.__code__.co_firstlineno
    assert f"test_explain.py:{first + 1}" in text


def test_functions_that_run_with_traced_values_say_why():
    text = line(adjoint.explain(steps, X), "traced")
    assert "`next` of active values" in text and "ADJ119" in text
    assert f"test_explain.py:{steps.__code__.co_firstlineno + 2}" in text


def test_decorated_functions_and_gradients_explain_themselves():
    assert "mode:       forward" in root.explain(2.0)
    assert (
        adjoint.explain(adjoint.grad(steps), X).splitlines()[2:] == adjoint.explain(steps, X).splitlines()[2:]
    )
    assert "x: float64" in adjoint.explain(squash)


def test_what_cannot_be_differentiated_is_refused_as_ever():
    def changed(x):
        x[0] = 1.0
        return np.sum(x)

    with pytest.raises(adjoint.MutationError, match="ADJ101"):
        adjoint.explain(changed, X)
    with pytest.raises(adjoint.BackendError):
        adjoint.explain(squash, X, backend="cuda")


@pytest.mark.packages
@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")
def test_numba_and_what_it_leaves_to_numpy():
    assert "runs by numba" in adjoint.explain(lambda x: np.sum(np.exp(x) * x), X, backend="numba")
    text = line(adjoint.explain(transformed, X, backend="auto"), "mode")
    assert "runs with NumPy" in text
    assert "not compiled by numba: " in text and "fft" in text
