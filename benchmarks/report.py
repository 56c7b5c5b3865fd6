"""Tables of results, and the comparison of a result with an earlier one.

    python -m benchmarks.report result.json [--page docs/performance.md] [--baseline benchmarks/baseline.json]

writes the tables of the page and the recorded ratios from what ``benchmarks.run --json`` has measured.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SLACK = 1.25
#: The columns of the first table of the page, and of the table of compiled programs.
ENGINES = ("primal", "hand", "adjoint", "autograd", "torch", "jax")
COMPILED = ("hand", "adjoint", "numba", "jax")


def table(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> str:
    """Return the rows as a Markdown table: the primal's time, then ratios, then geometric means.

    The last two columns are the peak memory of adjoint, divided by that of the hand-written
    adjoint, and the time of its first call.
    """
    columns = [name for name in names if name != "primal"]
    lines = [
        "| case | primal | " + " | ".join([*columns, "adjoint/hand", "memory", "first call"]) + " |",
        "|---|---:|" + "---:|" * (len(columns) + 3),
    ]
    for row in rows:
        cells = [f"{row['ratios'][name]:.2f}" if name in row["ratios"] else "-" for name in columns]
        cells += [quotient(row["ratios"]), quotient(row["peak bytes"])]
        cells.append(duration(row["first call, seconds"].get("adjoint")))
        lines.append(f"| {row['name']} | {duration(row['seconds']['primal'])} | " + " | ".join(cells) + " |")
    means = [mean([row["ratios"][name] for row in rows if name in row["ratios"]]) for name in columns]
    means += [mean(quotients([row[what] for row in rows])) for what in ("ratios", "peak bytes")]
    lines.append("| geometric mean | | " + " | ".join(means) + " | |")
    return "\n".join(lines)


def compiled_table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as a Markdown table for the numba backend, with the seconds of its first call."""
    lines = [f"| case | {' | '.join(COMPILED)} | first |", f"|---|{'---:|' * (len(COMPILED) + 1)}"]
    for row in rows:
        cells = [f"{row['ratios'][name]:.2f}" if name in row["ratios"] else "-" for name in COMPILED]
        first = row["first call, seconds"].get("numba")
        cells.append("-" if first is None or "numba" not in row["ratios"] else f"{first:.1f} s")
        lines.append(f"| {row['name']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def with_table(page: str, new: str) -> str:
    """Return a page in which a table has taken the place of the one with the same header.

    >>> with_table("| a |\\n|---|\\n| 1 |\\n\\nend", "| a |\\n|---|\\n| 2 |\\n| 3 |")
    '| a |\\n|---|\\n| 2 |\\n| 3 |\\n\\nend'
    """
    header = new.partition("\n")[0]
    before, found, rest = page.partition(header + "\n")
    if not found:
        raise ValueError(f"the page has no table with the header {header}")
    lines = rest.split("\n")
    count = next((i for i, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return "\n".join([before + new, *lines[count:]])


def quotients(rows: Sequence[Mapping[str, float]]) -> list[float]:
    """Return adjoint over hand of every row that has both."""
    return [row["adjoint"] / row["hand"] for row in rows if "adjoint" in row and row.get("hand")]


def quotient(row: Mapping[str, float]) -> str:
    """Return adjoint over hand as text."""
    return f"{quotients([row])[0]:.2f}" if quotients([row]) else "-"


def mean(ratios: Sequence[float]) -> str:
    """Return the geometric mean as text, a dash if there is nothing to average."""
    return f"{statistics.geometric_mean(ratios):.2f}" if ratios else "-"


def duration(seconds: float | None) -> str:
    """Return a time with a unit, such as ``3.1 us``."""
    if seconds is None:
        return "-"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def regressions(rows: Sequence[dict[str, Any]], baseline: Mapping[str, float]) -> list[str]:
    """Return a line for each row whose adjoint/hand exceeds the recorded one by more than the slack.

    Args:
        rows: what was measured now.
        baseline: adjoint/hand by the name of the row.
    """
    worse = []
    for row in rows:
        now, before = quotients([row["ratios"]]), baseline.get(row["name"])
        if before is not None and (not now or now[0] > SLACK * before):
            shown = f"{now[0]:.2f}" if now else "failed"
            worse.append(f"{row['name']}: adjoint/hand {shown}, recorded {before:.2f}")
    return worse


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the tables of a page and the recorded ratios from a result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path, help="what benchmarks.run --json wrote")
    parser.add_argument("--page", type=Path, help="the page whose tables are replaced")
    parser.add_argument("--baseline", type=Path, help="the file of recorded ratios")
    options = parser.parse_args(arguments)
    rows = json.loads(options.result.read_text(encoding="utf-8"))["rows"]
    if options.page:
        page = with_table(options.page.read_text(encoding="utf-8"), table(rows, ENGINES))
        page = with_table(page, compiled_table(rows))
        options.page.write_text(page, encoding="utf-8")
    if options.baseline:
        recorded = {row["name"]: round(quotients([row["ratios"]])[0], 2) for row in rows}
        options.baseline.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
