"""Compare value and gradient of every case across engines, as multiples of the plain primal.

    python -m benchmarks.run [--quick] [--only TEXT] [--engines NAMES] [--without PASSES]
                             [--json FILE] [--check FILE]

Every engine's result is checked against the hand-written adjoint before it is timed.  ``--check``
compares adjoint/hand with an earlier result and fails where it has grown by more than a quarter.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # before NumPy loads its BLAS
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np  # noqa: E402

from adjoint.transforms.options import without  # noqa: E402
from benchmarks.case import Case  # noqa: E402
from benchmarks.cases import cases  # noqa: E402
from benchmarks.engines import ENGINES, available, disagreement  # noqa: E402
from benchmarks.measure import interleaved, peak_bytes  # noqa: E402
from benchmarks.report import regressions, table  # noqa: E402

TOLERANCE = 1e-8
IN_NUMPY = ("primal", "hand", "adjoint", "autograd")  # the others allocate where Python cannot see it


def prepare(case: Case, names: Sequence[str]) -> tuple[dict[str, Any], dict[str, float], dict[str, str]]:
    """Return the engines that do the case rightly, their first calls' seconds, and why others do not."""
    runs: dict[str, Any] = {}
    first: dict[str, float] = {}
    failures: dict[str, str] = {}
    for name in names:
        try:
            start = time.process_time()
            run = ENGINES[name](case)
            run()
            spent = time.process_time() - start
            error = 0.0 if name == "primal" else disagreement(case, run)
        except Exception as problem:  # an engine that cannot do a case is a result, not a failure of ours
            failures[name] = f"{type(problem).__name__}: {problem}".splitlines()[0]
            continue
        if error > TOLERANCE:
            failures[name] = f"wrong by {error:.1e}"
        else:
            runs[name], first[name] = run, spent
    return runs, first, failures


def measure(case: Case, names: Sequence[str], repeats: int, seconds: float) -> dict[str, Any]:
    """Return one row of the result."""
    runs, first, failures = prepare(case, names)
    times = interleaved(runs, repeats, seconds)
    base = times["primal"]
    return {
        "name": case.name,
        "family": case.family,
        "seconds": times,
        "ratios": {name: spent / base for name, spent in times.items()},
        "first call, seconds": first,
        "peak bytes": {name: peak_bytes(runs[name]) for name in IN_NUMPY if name in runs},
        "failures": failures,
    }


def machine() -> dict[str, str]:
    """Return what a reader needs to judge the numbers."""
    return {"python": platform.python_version(), "numpy": np.__version__, "processor": platform.machine()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few, short repeats")
    parser.add_argument("--only", default="", help="run the cases whose name or family contains this text")
    parser.add_argument("--engines", default="", help="comma-separated names (default: all installed)")
    parser.add_argument("--without", default="", help="comma-separated passes to leave out")
    parser.add_argument("--json", type=Path, help="write the results to this file")
    parser.add_argument("--check", type=Path, help="fail where adjoint/hand is worse than in this file")
    options = parser.parse_args(arguments)
    repeats, seconds = (5, 0.02) if options.quick else (15, 0.1)
    names = options.engines.split(",") if options.engines else available()
    rows = []
    with without(*filter(None, options.without.split(","))):
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
    if options.check:
        worse = regressions(rows, json.loads(options.check.read_text(encoding="utf-8")))
        print("\n".join(["", *worse]) if worse else "\nNo row is slower than recorded.")
        sys.exit(1 if worse else 0)


if __name__ == "__main__":
    main()
