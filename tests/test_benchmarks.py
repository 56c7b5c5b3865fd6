"""The benchmarks compare like with like: every hand-written adjoint is right, every row runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad
from benchmarks import fixed_costs, measure, passes, report, run, scaling
from benchmarks.case import Case
from benchmarks.cases import cases
from benchmarks.engines import ENGINES, disagreement, flat, tree_map

CASES = {case.name: case for case in cases()}

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@every_case
def test_compiled_equals_hand_written(case: Case) -> None:
    assert disagreement(case, ENGINES["adjoint"](case)) < 1e-10


@every_case
def test_hand_written_agrees_with_a_difference(case: Case) -> None:
    x, *rest = case.args
    rng = np.random.default_rng(0)
    direction = tree_map(lambda leaf: rng.normal(size=np.shape(leaf)), x)
    value, gradient = case.hand(*case.args)
    step = 1e-6
    ends = [case.f(moved(x, direction, h), *rest) for h in (step, -step)]
    slope = flat(gradient) @ flat(direction)
    assert (ends[0] - ends[1]) / (2.0 * step) == pytest.approx(slope, rel=3e-6)
    assert value == pytest.approx(case.f(*case.args), rel=1e-13)


def moved(tree: Any, direction: Any, step: float) -> Any:
    if isinstance(tree, tuple):
        return tuple(moved(x, d, step) for x, d in zip(tree, direction, strict=True))
    return tree + step * direction


def test_names_of_rows_are_unique_and_there_are_enough() -> None:
    assert len(CASES) == len(cases()) >= 40


def test_a_row_is_measured_and_printed() -> None:
    row = run.measure(CASES["x * x"], ["primal", "hand", "adjoint"], repeats=1, seconds=1e-4)
    assert set(row["ratios"]) == {"primal", "hand", "adjoint"} == set(row["peak bytes"])
    assert row["first call, seconds"]["adjoint"] > 0.0
    assert row["failures"] == {}
    text = report.table([row], ["primal", "hand", "adjoint"])
    assert text.splitlines()[2].startswith("| x * x |")


def test_pages_and_recorded_ratios_are_written_from_a_result(tmp_path: Path) -> None:
    row = run.measure(CASES["x * x"], ["primal", "hand", "adjoint"], repeats=1, seconds=1e-4)
    result, page, baseline = tmp_path / "result.json", tmp_path / "page.md", tmp_path / "baseline.json"
    result.write_text(json.dumps({"rows": [row]}))
    tables = [report.table([], report.ENGINES), report.compiled_table([])]
    page.write_text("\n\n".join(["before", tables[0], "between", tables[1], "after"]) + "\n")
    report.main([str(result), "--page", str(page), "--baseline", str(baseline)])
    lines = page.read_text().splitlines()
    assert [line for line in lines if not line.startswith("|")] == [
        "before",
        "",
        "",
        "between",
        "",
        "",
        "after",
    ]
    assert [line for line in lines if line.startswith("| x * x |")][1].endswith("| - | - | - |")
    assert set(json.loads(baseline.read_text())) == {"x * x"}
    with pytest.raises(ValueError, match="no table with the header"):
        report.with_table("nothing", tables[0])


def test_an_engine_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "autograd", lambda case: lambda: (0.0, 0.0))
    monkeypatch.setitem(ENGINES, "torch", lambda case: 1 / 0)
    runs, _first, failures = run.prepare(CASES["x * x"], ["primal", "autograd", "torch"])
    assert list(runs) == ["primal"]
    assert failures["autograd"].startswith("wrong by")
    assert failures["torch"].startswith("ZeroDivisionError")


def test_a_row_that_has_become_slower_is_named() -> None:
    rows = [{"name": name, "ratios": {"hand": 2.0, "adjoint": 3.0}} for name in ("a", "b", "new")]
    rows.append({"name": "c", "ratios": {"hand": 2.0}})
    worse = report.regressions(rows, {"a": 1.5, "b": 1.1, "c": 1.0})
    assert worse == ["b: adjoint/hand 1.50, recorded 1.10", "c: adjoint/hand failed, recorded 1.00"]


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
    assert report.duration(3.1e-6) == "3.1 us"
    assert report.duration(2.0) == "2 s"
    assert report.duration(None) == "-"
    times = measure.interleaved({"a": lambda: None, "b": lambda: None}, repeats=2, seconds=1e-5)
    assert set(times) == {"a", "b"}


def test_peak_memory_counts_arrays() -> None:
    assert measure.peak_bytes(lambda: np.zeros(10_000)) == pytest.approx(80_000, rel=0.1)


def test_call_overhead_case_is_the_lambda_of_the_text() -> None:
    assert adjoint.value_and_grad(lambda x: x * x)(1.3) == CASES["x * x"].hand(1.3)


def test_time_of_each_pass_is_printed() -> None:
    rows = fixed_costs.report_passes((10,)).splitlines()
    names = [row.split(" | ")[0].removeprefix("| ") for row in rows[2:]]
    assert names == [*passes.PASSES, "all"]
    times = [float(row.split(" | ")[1].removesuffix(" |")) for row in rows[2:]]
    assert all(time > 0.0 for time in times)
    assert times[-1] == pytest.approx(sum(times[:-1]), abs=0.01 * len(times))


@pytest.mark.parametrize("name", scaling.programs())
def test_programs_that_are_scaled_are_right(name: str) -> None:
    f, args_of = scaling.programs()[name]
    check_grad(f, *args_of(12), wrt=0)


def test_scaling_is_printed() -> None:
    f, args_of = scaling.programs()["recurrence"]
    cell = scaling.measure(f, args_of(10), 10)
    assert cell["ratio"] > 0.0 and cell["bytes"] > 0.0
    assert "| recurrence | " in scaling.table({"recurrence": {"10": cell}})


def test_the_baseline_is_about_these_rows() -> None:
    baseline = json.loads(Path(run.__file__).with_name("baseline.json").read_text(encoding="utf-8"))
    assert baseline.keys() == CASES.keys()
    assert all(ratio > 0.0 for ratio in baseline.values())
