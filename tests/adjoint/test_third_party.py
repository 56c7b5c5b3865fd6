"""A package of somebody else, with rules and tests of its own, under plain pytest."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

from adjoint.testing import ownership, pushcheck, rulecheck, rulesweeps, secondcheck
from tests.tree import ROOT

PACKAGE = """
import numpy as np

from adjoint import frule, rrule, scalar_rule


def gain(x, k=2.0):
    return k * np.tanh(x)


@scalar_rule(gain)
def gain_rule(out, x, k=2.0):
    slope = np.tanh(x)
    return k * (1.0 - slope * slope), slope


def energy(x, w):
    return x @ w @ x


@rrule(energy)
def energy_rule(x, w):
    return x @ w @ x, lambda bar: (bar * (w @ x + x @ w), bar * np.outer(x, x))


@frule(energy)
def energy_forward(x, w):
    return x @ w @ x, lambda x_dot, w_dot: (x_dot @ (w @ x + x @ w), x @ w_dot @ x)


def cube(x):
    return x**3


@rrule(cube)
def cube_rule(x, mode=None):
    return x**3, lambda bar: (2.0 * x**2 * bar, None)
"""

TESTS = """
import gains
import numpy as np
import pytest

from adjoint.testing import check_grad, check_registry, check_rule

X, W = np.array([0.5, -1.25]), np.array([[1.0, 0.5], [0.25, 3.0]])


@pytest.mark.parametrize(("f", "args"), [(gains.gain, (X, 1.5)), (gains.energy, (X, W))])
def test_rules(f, args):
    check_rule(f, *args)
    check_grad(f, *args)


def test_wrong_derivative():
    check_rule(gains.cube, X)


def test_registry():
    check_registry("gains")
"""


def test_rules_of_another_package_are_checked_with_plain_pytest(tmp_path: pathlib.Path) -> None:
    (tmp_path / "gains.py").write_text(PACKAGE, encoding="utf-8")
    (tmp_path / "test_gains.py").write_text(TESTS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        ".",
    ]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert "2 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "gains.cube: cotangent of argument 0 differs by" in done.stdout
    assert "has a parameter `mode` that the function has not" in done.stdout


def test_the_checks_named_in_the_documentation_exist() -> None:
    text = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    table = text.partition("| check | by |")[2].partition("`check_registry(")[0]
    names = re.findall(r"`((?:RuleCheck|PushCheck)?\.?(?:check|run|value)_?\w*)`", table)
    assert len(names) >= 14
    known = (rulecheck, rulesweeps, secondcheck, ownership, pushcheck)
    for name in names:
        head, _, method = name.rpartition(".")
        owner = next((getattr(module, head) for module in known if head and hasattr(module, head)), None)
        found = hasattr(owner, method) if head else any(hasattr(module, name) for module in known)
        assert found, name
