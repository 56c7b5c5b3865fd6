"""The report of the counts at the end of a run."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

OUTCOMES = ("right", "refused", "unjudged", "wrong", "crash")
COUNTS: defaultdict[str, Counter[str]] = defaultdict(Counter)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print how many calls of every package were right."""
    if not COUNTS:
        return
    terminalreporter.section("derivatives of installed packages")
    width = max(map(len, COUNTS))
    terminalreporter.write_line(" ".join([" " * width, *(f"{o:>8}" for o in OUTCOMES)]))
    total: Counter[str] = sum(COUNTS.values(), Counter())
    for name, counts in [*sorted(COUNTS.items()), ("all", total)]:
        terminalreporter.write_line(" ".join([f"{name:{width}}", *(f"{counts[o]:8}" for o in OUTCOMES)]))
