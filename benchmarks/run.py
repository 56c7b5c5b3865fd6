"""Compare value and gradient of every case across engines, as multiples of the plain primal.

    python -m benchmarks.run [--quick] [--only TEXT] [--json FILE]

Every engine's result is checked against the hand-written adjoint before it is timed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # before NumPy loads its BLAS

import numpy as np  # noqa: E402

from benchmarks.cases import Case, cases  # noqa: E402
from benchmarks.engines import ENGINES, available, disagreement  # noqa: E402
from benchmarks.measure import interleaved  # noqa: E402

TOLERANCE = 1e-8


def prepare(case: Case, names: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the engines that do the case rightly, and why the others do not."""
    runs: dict[str, Any] = {}
    failures: dict[str, str] = {}
    for name in names:
        try:
            run = ENGINES[name](case)
            error = 0.0 if name == "primal" else disagreement(case, run)
        except Exception as problem:  # an engine that cannot do a case is a result, not a failure of ours
            failures[name] = f"{type(problem).__name__}: {problem}".splitlines()[0]
            continue
        if error > TOLERANCE:
            failures[name] = f"wrong by {error:.1e}"
        else:
            runs[name] = run
    return runs, failures


def measure(case: Case, names: Sequence[str], repeats: int, seconds: float) -> dict[str, Any]:
    """Return one row of the result."""
    runs, failures = prepare(case, names)
    times = interleaved(runs, repeats, seconds)
    base = times["primal"]
    ratios = {name: spent / base for name, spent in times.items()}
    row = {"name": case.name, "family": case.family}
    return {**row, "seconds": times, "ratios": ratios, "failures": failures}


def machine() -> dict[str, str]:
    """Return what a reader needs to judge the numbers."""
    return {"python": platform.python_version(), "numpy": np.__version__, "processor": platform.machine()}


def table(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> str:
    """Return the rows as a Markdown table: times of the primal, then ratios, then geometric means."""
    columns = [name for name in names if name != "primal"]
    lines = [
        "| case | primal | " + " | ".join(columns) + " |",
        "|---|---:|" + "---:|" * len(columns),
    ]
    for row in rows:
        cells = [f"{row['ratios'][name]:.2f}" if name in row["ratios"] else "-" for name in columns]
        lines.append(f"| {row['name']} | {duration(row['seconds']['primal'])} | " + " | ".join(cells) + " |")
    means = [
        geometric_mean([row["ratios"][name] for row in rows if name in row["ratios"]]) for name in columns
    ]
    lines.append("| geometric mean | | " + " | ".join(means) + " |")
    return "\n".join(lines)


def geometric_mean(ratios: Sequence[float]) -> str:
    """Return the mean as text, a dash if there is nothing to average."""
    return f"{statistics.geometric_mean(ratios):.2f}" if ratios else "-"


def duration(seconds: float) -> str:
    """Return a time with a unit, such as ``3.1 us``."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few, short repeats")
    parser.add_argument("--only", default="", help="run the cases whose name or family contains this text")
    parser.add_argument("--json", type=Path, help="write the results to this file")
    options = parser.parse_args(arguments)
    repeats, seconds = (3, 0.02) if options.quick else (15, 0.1)
    names = available()
    rows = []
    for case in cases():
        if options.only in case.name or options.only in case.family:
            rows.append(measure(case, names, repeats, seconds))
            for name, reason in rows[-1]["failures"].items():
                print(f"{case.name}: {name}: {reason}")
    print("Time of value and gradient, divided by that of the plain NumPy primal (medians):\n")
    print(table(rows, names))
    if options.json:
        result = {"machine": machine(), "engines": names, "rows": rows}
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
