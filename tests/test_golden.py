"""Generated source, kept as files and reviewed as differences; the same bytes in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from adjoint import source
from adjoint.testing import check_grad
from tests.golden_functions import SAMPLES, Sample

ROOT = Path(__file__).parents[1]
NAMES = [sample.f.__name__ for sample in SAMPLES]

# Prints all texts; run in processes of its own.
PRINT_ALL = """
from adjoint import source
from tests.golden_functions import SAMPLES
for sample in SAMPLES:
    for stage in ("fused", "split"):
        print(source(sample.f, *sample.args, wrt=sample.wrt, stage=stage))
"""
STAGES = ["fused", "split"]
#: Functions whose forward source is kept, too.
FORWARD = ["cascade", "damped", "newton"]


def text(sample: Sample, stage: str) -> str:
    return source(sample.f, *sample.args, wrt=sample.wrt, stage=stage)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_generated_source(sample: Sample, stage: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{sample.f.__name__}.{stage}", text(sample, stage))


@pytest.mark.parametrize("name", FORWARD)
def test_generated_forward_source(name: str, golden: Callable[[str, str], None]) -> None:
    sample = SAMPLES[NAMES.index(name)]
    golden(f"{name}.forward", source(sample.f, *sample.args, wrt=sample.wrt, mode="forward"))


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_what_is_displayed_is_right(sample: Sample) -> None:
    check_grad(sample.f, *sample.args, wrt=sample.wrt)


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_lines_are_not_too_long(sample: Sample) -> None:
    lines = [line for stage in STAGES for line in text(sample, stage).splitlines()]
    assert [line for line in lines if len(line) > 100 and not line.lstrip().startswith("#")] == []


def test_the_same_bytes_in_every_process() -> None:
    assert printed("1") == printed("4242")


def printed(hash_seed: str) -> bytes:
    """Return what a process with this seed of string hashes prints."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PRINT_ALL],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def test_no_golden_file_is_left_over() -> None:
    wanted = {f"{name}.{stage}.txt" for name in NAMES for stage in STAGES}
    wanted |= {f"{name}.forward.txt" for name in FORWARD}
    assert {path.name for path in (ROOT / "tests" / "golden").glob("*.txt")} == wanted


def test_functions_with_the_same_derivative_are_written_once() -> None:
    sample = SAMPLES[NAMES.index("cascade")]  # calls `gain` with a float, and with NumPy's float
    assert text(sample, "fused").count("def gain") == 2
