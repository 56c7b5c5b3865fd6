"""The programs that are timed, by family, with arguments that are the same in every run."""

from __future__ import annotations

from benchmarks import (
    elementwise_rows,
    indexing_rows,
    learning_rows,
    linalg_rows,
    scalar_rows,
    stencil_rows,
    vector_rows,
)
from benchmarks.case import Case

FILES = (scalar_rows, vector_rows, elementwise_rows, learning_rows, stencil_rows, indexing_rows, linalg_rows)


def cases() -> list[Case]:
    """Return every row."""
    return [row for file in FILES for row in file.rows()]
