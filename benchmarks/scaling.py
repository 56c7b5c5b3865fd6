"""Does a gradient stay a constant multiple of its primal as the loop gets longer?

python -m benchmarks.scaling [--largest 1000000] [--json FILE]

Each cell is the time of value and gradient divided by the primal's; the last column is the peak memory
for each of ten thousand trips.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import indexing_rows, scalar_rows
from benchmarks.measure import interleaved, peak_bytes

TRACED = 10_000
Program = tuple[Callable[..., Any], Callable[[int], tuple[Any, ...]]]


def appended(x, n):
    ys = []
    for k in range(n):
        ys.append(x * k)
    return np.sum(np.stack(ys))


def while_loop(x, n):
    k, y = 0, x
    while k < n:
        y = y - 0.1 * y * y / n
        k += 1
    return y


def programs() -> dict[str, Program]:
    """Return the programs, each with its arguments for a number of trips."""
    rng = np.random.default_rng(7)
    return {
        "x[i] reads": (indexing_rows.neighbours, lambda n: (rng.normal(size=n),)),
        "recurrence": (scalar_rows.recurrence, lambda n: (1.1, n)),
        "while loop": (while_loop, lambda n: (1.1, n)),
        "list of floats": (indexing_rows.listed, lambda n: (0.7, n)),
        "list stacked": (appended, lambda n: (0.7, n)),
        "smoothing": (indexing_rows.smoothing, lambda n: (0.3, rng.normal(size=n))),
        "gather": (
            indexing_rows.gathered,
            lambda n: (rng.normal(size=1000), rng.integers(0, 1000, size=n), rng.random(n)),
        ),
    }


def measure(f: Callable[..., Any], args: tuple[Any, ...], trips: int) -> dict[str, float]:
    """Return ratio and bytes per trip of one program at one size."""
    from adjoint import value_and_grad

    compiled = value_and_grad(f)
    compiled(*args)
    runs = {"primal": lambda: f(*args), "adjoint": lambda: compiled(*args)}
    times = interleaved(runs, repeats=3 if trips > 10_000 else 7, seconds=0.03)
    cell = {"ratio": times["adjoint"] / times["primal"]}
    if trips <= TRACED:  # following every allocation of a million trips takes minutes
        cell["bytes"] = peak_bytes(runs["adjoint"]) / trips
    return cell


def table(results: dict[str, dict[str, dict[str, float]]]) -> str:
    """Return the results as a Markdown table."""
    sizes = list(next(iter(results.values())))
    lines = ["| program | " + " | ".join(f"n = {n}" for n in sizes) + " | bytes per trip |"]
    lines.append("|---|" + "---:|" * (len(sizes) + 1))
    for name, cells in results.items():
        ratios = [f"{cells[n]['ratio']:.2f}" for n in sizes]
        memory = [cells[n]["bytes"] for n in sizes if "bytes" in cells[n]][-1]
        lines.append(f"| {name} | " + " | ".join(ratios) + f" | {memory:.0f} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=1_000_000, help="the largest number of trips")
    parser.add_argument("--json", type=Path, help="write the results to this file")
    options = parser.parse_args(arguments)
    sizes = [n for n in (1000, 10_000, 100_000, 1_000_000) if n <= options.largest]
    results = {
        name: {str(n): measure(f, args_of(n), n) for n in sizes} for name, (f, args_of) in programs().items()
    }
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
