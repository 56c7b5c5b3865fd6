"""Every rule against numerical differences, in the cases of the tables."""

import copy
import importlib
import operator
import os
import pathlib
import pkgutil

import numpy as np
import pytest
import scipy.linalg
import scipy.signal
import scipy.special
import scipy.stats

import adjoint.rules
from adjoint.rules.apply import find_rule
from adjoint.rules.composed import lost
from adjoint.rules.distributions import REFUSED
from adjoint.rules.registry import registry
from adjoint.testing import RuleCheck
from tests.rules.generators import normal

HERE = pathlib.Path(__file__).parent
for _module in pkgutil.iter_modules(adjoint.rules.__path__):
    importlib.import_module(f"adjoint.rules.{_module.name}")

TABLES = [importlib.import_module(f"{__package__}.{path.stem}") for path in sorted(HERE.glob("cases_*.py"))]
CASES = [case for table in TABLES for case in table.CASES]


#: Second derivatives are checked once for each rule, or in all cases: `ADJOINT_THOROUGH=1 pytest`.
THOROUGH = bool(os.environ.get("ADJOINT_THOROUGH"))


#: Functions that read memory which nobody wrote to where an axis is empty, and with it what they return.
UNFILLED = (np.fft.irfft, np.fft.irfft2, np.fft.irfftn, np.fft.hfft, np.einsum, scipy.linalg.solve_sylvester)


def one_of_each_rule():
    """Return the last case of every rule, which often is the most general one."""
    last = {}
    for case in CASES:
        found = find_rule(case.primal, case.args, case.kwargs)
        if found is not None:
            last[found[0].function] = case
    return {id(case) for case in last.values()}


SECOND = one_of_each_rule()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_rule(case):
    each = THOROUGH or id(case) in SECOND
    empty = each and not any(case.primal is primal for primal in UNFILLED)
    options = {"second": each, "empty": empty, **case.options}
    RuleCheck(case.primal, case.args, case.kwargs, **options).run()


def test_flat_iterator():
    x = normal(2, 3)
    (rule,) = registry.lookup(np.ndarray.flat)
    items, pullback = rule.function(x)
    assert items.tolist() == list(x.flat)
    value, item_pullback = registry.lookup(operator.getitem)[-1].function(items, 4)
    assert value == x[1, 1]
    assert np.array_equal(pullback(item_pullback(2.0)[0]), [[0.0, 0.0, 0.0], [0.0, 2.0, 0.0]])


def _of_tests(primal):
    """Whether a rule was loaded late by tests/rules/test_interface.py."""
    return str(getattr(primal, "__module__", "")).startswith("tests.")


def test_every_rule_has_a_case():
    covered = {id(case.primal) for case in CASES} | {id(np.ndarray.flat)} | set(map(id, REFUSED))
    covered |= {id(primal) for table in TABLES for primal in getattr(table, "PROGRAMS", ())}
    covered |= {id(member) for cls in OBJECTS for member in (cls, *vars(cls).values())}
    # A table holds no function that captures what moves: tests/rules/test_scipy_programs.py.
    covered |= {id(rule.primal) for rule in registry.rules() if home(rule.function) in CALLING}
    # A table cannot vary the entries of a sparse matrix: tests/rules/test_scipy_sparse.py has programs.
    covered |= {id(rule.primal) for rule in registry.rules() if ".scipy_sparse" in home(rule.function)}
    primals = [primal for primal in registry.primals() if _differentiable(primal) and not _of_tests(primal)]
    missing = [primal for primal in primals if id(primal) not in covered]
    assert not missing, f"no case in tests/rules/cases_*.py for: {missing}"


#: Parameters that have one meaning only, and why no case can give them another value.
ONE_VALUE = {
    (np.partition, "kind"): "NumPy has one algorithm",
    (copy.deepcopy, "memo"): "is written to",
    (np.generic.max, "where"): "a number cannot be left out",
    (np.generic.min, "where"): "a number cannot be left out",
    (np.polyfit, "full"): "other results have no rule",
    (np.polyfit, "cov"): "other results have no rule",
    (np.intersect1d, "return_indices"): "other results have no rule",
    (np.nan_to_num, "copy"): "otherwise an argument is changed",
    (np.fft.fftfreq, "device"): "NumPy has one device",
    (np.fft.rfftfreq, "device"): "NumPy has one device",
}


def given_parameters(case):
    """Return the parameters to which a case gives another value than the default, under any rule."""
    for rule in registry.lookup(case.primal):
        if rule.form == "constant":
            continue
        try:
            bound = rule.signature.bind(*case.args, **case.kwargs)
        except TypeError:
            continue
        for name, value in bound.arguments.items():
            if rule.signature.parameters[name].default is not value:
                yield name


#: Rules of objects and results of classes of SciPy, and their tests.
OBJECTS = (
    scipy.stats.gaussian_kde,
    scipy.stats.pearsonr,
    scipy.stats.linregress,
    type(scipy.stats.multinomial),
    scipy.signal.sosfilt,
    scipy.signal.sosfiltfilt,
    type(getattr(scipy.special, "sph_harm_y", None)),
    lost,
    scipy.signal.get_window,
)  # test_scipy_objects.py

#: Rules of SciPy's functions that call a function they are given, and of objects that are functions.
CALLING = tuple(
    f"adjoint.rules.scipy_{name}"
    for name in "roots quad interpolate splines grids interpolants equations minimize fits ode".split()
)


def home(function):
    """Return the module of a function; of a method of a compiled class the name of the class."""
    return getattr(function, "__module__", None) or getattr(function, "__objclass__", type).__name__


@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.1.0", reason="older versions lack what some cases are about"
)
def test_every_keyword_has_a_case():
    given = {(id(case.primal), name) for case in CASES for name in given_parameters(case)}
    missing = []
    for primal in registry.primals():
        if not home(primal).startswith(("scipy", "SuperLU")):
            rules = [rule for rule in registry.lookup(primal) if rule.form != "constant"]
            parameters = [p for rule in rules for p in rule.signature.parameters.values()]
            optional = {p.name for p in parameters if p.default is not p.empty}
            missing += [(primal, name) for name in optional if (id(primal), name) not in given]
    assert [pair for pair in missing if pair not in ONE_VALUE] == []


def test_every_rule_has_a_forward_rule():
    missing = [primal for primal in registry.primals() if _differentiable(primal) and not _pushed(primal)]
    assert not missing, f"no frule or linear declaration for: {missing}"


def _pushed(primal):
    return any(rule.form != "constant" for rule in registry.pushforwards(primal))


def _differentiable(primal):
    return any(
        rule.form != "constant" and not hasattr(rule.function, "refusal") for rule in registry.lookup(primal)
    )
