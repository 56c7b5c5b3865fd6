"""The examples run from a clean interpreter and do what they say."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.tree import ROOT

EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))


def run(name: str) -> str:
    """Run an example the way a reader would, from the root of the tree; return what it prints."""
    pytest.importorskip("scipy")
    path = ROOT / "docs" / "examples" / name
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error::RuntimeWarning"}
    done = subprocess.run(
        [sys.executable, str(path)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_digits_reads_more_than_95_percent_right() -> None:
    pytest.importorskip("sklearn")
    lines = run("digits.py").strip().splitlines()
    assert any(line.startswith("def loss") for line in lines)
    assert any("w1" in line and "bar" in line for line in lines)
    assert sum(line.startswith("  step") for line in lines) >= 3
    last = lines[-1]
    assert last.endswith(" %")
    assert float(last.removesuffix(" %")) > 95.0


def test_pendulum_finds_the_angle() -> None:
    text = run("pendulum.py")
    assert "def swing" in text
    assert text.strip().splitlines()[-1].endswith("0.300000000")


def test_oscillator_finds_the_truth() -> None:
    lines = run("oscillator.py").strip().splitlines()
    misfit = float(lines[-1].split()[1])
    assert 0.7 < misfit < 1.3
    assert "frequency=3.0" in lines[-2]


def test_every_example_has_a_test() -> None:
    assert [path.name for path in EXAMPLES] == ["digits.py", "oscillator.py", "pendulum.py"]
