"""The numba backend."""

from __future__ import annotations

from adjoint.rules.errors import BackendError

BACKENDS = ("numpy", "numba", "auto")


def known_backend(name: str) -> None:
    """Refuse a misspelled backend.

    Raises:
        BackendError: ADJ501.
    """
    if name not in BACKENDS:
        raise BackendError(
            "ADJ501",
            title=f"there is no backend {name!r}",
            why="a derivative runs as generated Python or as code compiled by numba.",
            fixes=tuple(f"backend={known!r}" for known in BACKENDS),
        )
