"""The registry lint finds what it is for, and the library passes it."""

import functools
import importlib

import numpy as np
import pytest

import adjoint.rules.scipy_arrays  # noqa: F401 - registers its rules
from adjoint.rules.registry import frule, non_differentiable, registry, rrule, scalar_rule
from adjoint.testing import check_registry

#: One rule serves `np.real`, ``ndarray.real`` and ``complex.real``: `np.real(val=z)` is refused.
KNOWN = ("np.real: ", "np.imag: ")


def gain(x, k=2.0, *, strict=False):
    return k * x


def lint(package=__name__, **options):
    """Return the lines of the report about the rules of this file."""
    try:
        check_registry(package, **options)
    except AssertionError as error:
        return str(error).splitlines()[1:]
    return []


@pytest.fixture(autouse=True)
def scope():
    with registry.scope():
        yield


@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.1.0", reason="NumPy 2.0 names parameters otherwise"
)
def test_the_library_passes():
    for module in sorted(registry.lazy):  # rules that wait for a package are loaded when it is there
        importlib.import_module(module)
    found = [line for line in lint("adjoint.rules") if not line.startswith(KNOWN)]
    assert found == []


def test_a_good_rule_passes():
    rrule(gain)(lambda x, k=2.0, *, strict=False: (gain(x, k), lambda b: (k * b, x * b, None)))
    assert lint() == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (lambda x, scale=2.0: ..., "a parameter `scale` that the function has not"),
        (lambda x, k=3.0: ..., "the default of `k` in the rule at .* is 3.0"),
        (lambda k, x: ..., "its parameters in another order"),
        (lambda x, k=2: ..., "the default of `k`"),
    ],
)
def test_parameters(rule, words):
    rrule(gain)(rule)
    (line,) = lint()
    assert pytest.importorskip("re").search(words, line) and "test_registry_check.py" in line


def test_hidden_rules():
    rrule(gain)(lambda x, k=2.0: ...)
    rrule(gain)(lambda x, k=2.0, *, strict=False: ...)
    (line,) = lint()
    assert "is never used" in line
    rrule(gain)(lambda x, k=2.0: NotImplemented)
    scalar_rule(gain, when=lambda x, k: True)(lambda out, x, k=2.0: (k, x))
    assert len(lint()) == 1
    non_differentiable(gain)
    assert len(lint("tests")) >= 1


def test_bound_methods_and_values():
    class Spring:
        def force(self, x):
            return x

    rrule(Spring().force)(lambda x: (x, lambda b: b))
    assert ["bound method" in line for line in lint()] == [True]
    registry_line = "neither a function nor an attribute"
    rrule(3.5)(lambda x: (x, lambda b: b))
    assert sum(registry_line in line for line in lint()) == 1


def test_missing_forward_rules_are_told_on_request():
    rrule(gain)(lambda x, k=2.0: (gain(x, k), lambda b: (k * b, x * b)))
    assert lint() == [] and ["no forward rule" in line for line in lint(forward=True)] == [True]
    frule(gain)(lambda x, k=2.0: (gain(x, k), lambda x_dot, k_dot: (k * x_dot, x * k_dot)))
    assert lint(forward=True) == []


def test_only_the_package_that_was_asked_for():
    rrule(gain)(lambda x, scale: ...)
    assert lint("tests.adjoint") and not lint("tests.adj") and not lint("numpy")


def test_compiled_callables_have_no_parameters_to_compare():
    rrule(np.hypot, functools.partial)(lambda a, b: (np.hypot(a, b), lambda bar: (bar, bar)))
    assert lint() == []
