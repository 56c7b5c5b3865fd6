"""What one row of the benchmarks is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """One row: a scalar function of its first argument, and the hand-written value and gradient.

    A program is plain NumPy.  Other engines run the same text with ``np`` and ``math`` standing for
    their own namespace; where an engine needs another form (JAX wants its own loops), ``variants``
    has a function that makes it, by the engine's name.
    """

    name: str
    family: str
    f: Callable[..., Any]
    args: tuple[Any, ...]
    hand: Callable[..., tuple[Any, Any]]
    variants: dict[str, Callable[[], Callable[..., Any]]] = field(default_factory=dict)
