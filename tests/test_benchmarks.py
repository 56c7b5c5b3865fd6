"""The benchmarks compare like with like: every hand-written adjoint is right, every row runs."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad
from benchmarks import fixed_costs, measure, run
from benchmarks.cases import Case, cases
from benchmarks.engines import ENGINES, disagreement

CASES = {case.name: case for case in cases()}
SMALL = {name: case for name, case in CASES.items() if "000" not in name}

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@every_case
def test_compiled_equals_hand_written(case: Case) -> None:
    assert disagreement(case, ENGINES["adjoint"](case)) < 1e-10


@pytest.mark.parametrize("case", SMALL.values(), ids=SMALL.keys())
def test_case_agrees_with_differences(case: Case) -> None:
    check_grad(case.f, *case.args, wrt=0)


@every_case
def test_hand_written_value_is_the_primal(case: Case) -> None:
    assert np.allclose(case.hand(*case.args)[0], case.f(*case.args), rtol=1e-13)


def test_a_row_is_measured_and_printed() -> None:
    row = run.measure(CASES["x * x"], ["primal", "hand", "adjoint"], repeats=1, seconds=1e-4)
    assert set(row["ratios"]) == {"primal", "hand", "adjoint"}
    assert row["failures"] == {}
    text = run.table([row], ["primal", "hand", "adjoint"])
    assert text.splitlines()[2].startswith("| x * x |")


def test_an_engine_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "autograd", lambda case: lambda: (0.0, 0.0))
    monkeypatch.setitem(ENGINES, "torch", lambda case: 1 / 0)
    runs, failures = run.prepare(CASES["x * x"], ["primal", "autograd", "torch"])
    assert list(runs) == ["primal"]
    assert failures["autograd"].startswith("wrong by")
    assert failures["torch"].startswith("ZeroDivisionError")


@pytest.mark.parametrize("lines", fixed_costs.LINES)
def test_programs_have_the_length_they_claim(lines: int) -> None:
    text = fixed_costs.program(lines)
    assert len(text.splitlines()) == lines + 1  # the import comes on top
    namespace: dict[str, object] = {}
    exec(text, namespace)


def test_program_of_fixed_costs_is_differentiated(tmp_path) -> None:
    path = tmp_path / "program.py"
    path.write_text(fixed_costs.program(40), encoding="utf-8")
    check_grad(fixed_costs.load(path), 0.3)


def test_duration_and_medians() -> None:
    assert run.duration(3.1e-6) == "3.1 us"
    assert run.duration(2.0) == "2 s"
    times = measure.interleaved({"a": lambda: None, "b": lambda: None}, repeats=2, seconds=1e-5)
    assert set(times) == {"a", "b"}


def test_call_overhead_case_is_the_lambda_of_the_text() -> None:
    assert adjoint.value_and_grad(lambda x: x * x)(1.3) == CASES["x * x"].hand(1.3)
