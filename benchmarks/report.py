"""Tables of results, and the comparison of a result with an earlier one."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

SLACK = 1.25


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
