"""Costs that do not depend on the data: import, first gradient by length of the function, call overhead.

python -m benchmarks.fixed_costs [--json FILE | --passes]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import interleaved
from benchmarks.scalar_rows import square, square_by_hand

LINES = (10, 100, 1000)


def import_seconds(module: str, repeats: int = 9) -> float:
    """Return the median processor time that a fresh interpreter spends on importing a module."""
    script = f"import time; t = time.process_time(); import {module}; print(time.process_time() - t)"
    times = []
    for _ in range(repeats):
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        times.append(float(done.stdout))
    return statistics.median(times)


def program(lines: int) -> str:
    """Return the text of a scalar function with so many lines of straight-line and branching code."""
    body = ["def f(x):", "    a, b = x, 1.0"]
    kinds = (
        "    a = a * 0.5 + np.sin(b) * x",
        "    b = np.tanh(a * b) + 0.5 * x",
        "    if a > b: a = a * 0.9 - x / (2.0 + b * b)",
        "    a = a + b * np.exp(-a * a)",
    )
    body += [kinds[k % len(kinds)] for k in range(lines - 3)]
    return "\n".join(["import numpy as np", *body, "    return a * b", ""])


def plain_program(lines: int) -> str:
    """Return the text of a scalar function with so many lines of one to three operations each."""
    kinds = (
        "    a = np.sin(a) * x",
        "    b = a * a + 0.5 * x",
        "    a = np.exp(-b)",
        "    b = (a + x) / 2.0",
    )
    body = ["def f(x):", "    a, b = x, 1.0", *(kinds[k % len(kinds)] for k in range(lines - 3))]
    return "\n".join(["import numpy as np", *body, "    return a * b", ""])


def fresh_functions(lines: int, count: int, write: Callable[[int], str] = program) -> Iterator[Any]:
    """Yield functions of so many lines, each from a file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for k in range(count):
            path = Path(folder) / f"program_{lines}_{k}.py"
            path.write_text(write(lines), encoding="utf-8")
            yield load(path)


def first_gradient_seconds(lines: int, repeats: int = 5, write: Callable[[int], str] = program) -> float:
    """Return the median processor time of the first gradient of a function of so many lines."""
    from adjoint import value_and_grad

    times = []
    for f in fresh_functions(lines, repeats, write):
        start = time.process_time()
        value_and_grad(f)(0.3)
        times.append(time.process_time() - start)
    return statistics.median(times)


def pass_seconds(lines: int, repeats: int = 5) -> dict[str, float]:
    """Return the processor time of each pass in the first gradient of a function of so many lines."""
    from adjoint import value_and_grad
    from benchmarks.passes import PASSES, timed_passes

    runs = []
    for f in fresh_functions(lines, repeats):
        with timed_passes() as seconds:
            value_and_grad(f)(0.3)
        runs.append(seconds)
    return {name: statistics.median(run[name] for run in runs) for name in PASSES}


def load(path: Path) -> Any:
    """Import a file and return its function ``f``."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f


def call_overhead() -> dict[str, float]:
    """Return the seconds per call of ``lambda x: x * x``: primal, by hand, and compiled."""
    from adjoint import value_and_grad

    compiled = value_and_grad(square)
    compiled(1.3)  # it is compiled here, and not in the first sample
    functions = {
        "primal": lambda: square(1.3),
        "hand": lambda: square_by_hand(1.3),
        "adjoint": lambda: compiled(1.3),
    }
    return interleaved(functions, repeats=15, seconds=0.05)


def collect() -> dict[str, Any]:
    """Measure everything once."""
    numpy_alone, ours = import_seconds("numpy"), import_seconds("adjoint")
    return {
        "import, seconds": {"numpy": numpy_alone, "adjoint": ours, "difference": ours - numpy_alone},
        "first gradient, seconds": {
            **{f"{n} lines": first_gradient_seconds(n) for n in LINES},
            "100 lines of one to three operations": first_gradient_seconds(100, write=plain_program),
        },
        "x * x, seconds per call": call_overhead(),
    }


def report(costs: dict[str, Any]) -> str:
    """Return the costs as a Markdown table."""
    imports, first, call = costs.values()
    lines = ["| cost | |", "|---|---:|"]
    lines.append(
        f"| import, over NumPy's {1e3 * imports['numpy']:.0f} ms | {1e3 * imports['difference']:.0f} ms |"
    )
    lines += [f"| first gradient of {n} | {1e3 * spent:.1f} ms |" for n, spent in first.items()]
    over = call["adjoint"] - call["hand"]
    lines.append(f"| `value_and_grad` of `x * x`, per call | {1e6 * call['adjoint']:.2f} us |")
    lines.append(f"| of that, over the hand-written pair | {1e6 * over:.2f} us |")
    return "\n".join(lines)


def report_passes(lines: Sequence[int] = LINES) -> str:
    """Return the milliseconds of each pass for functions of several lengths as a Markdown table."""
    pass_seconds(10)  # the rules are read when they are first used
    columns = [pass_seconds(n) for n in lines]
    rows = [[name, *(column[name] for column in columns)] for name in columns[0]]
    rows.append(["all", *(sum(column.values()) for column in columns)])
    head = [f"| pass, ms | {' | '.join(f'{n} lines' for n in lines)} |", "|---|" + "---:|" * len(lines)]
    return "\n".join(
        head + [f"| {name} | {' | '.join(f'{1e3 * t:.2f}' for t in times)} |" for name, *times in rows]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the results to this file")
    parser.add_argument("--passes", action="store_true", help="print the time of each pass instead")
    options = parser.parse_args(arguments)
    if options.passes:
        print(report_passes())
        return
    costs = collect()
    print(report(costs))
    if options.json:
        options.json.write_text(json.dumps(costs, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
