"""One row of the zoo: a plain function and the arguments to try it on."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A function, its example arguments, and the name under which a failure is reported."""

    name: str
    f: Callable[..., Any]
    args: tuple[Any, ...]

    def arguments(self) -> tuple[Any, ...]:
        """Return a deep copy of the arguments; one object passed twice stays one object."""
        return copy.deepcopy(self.args)


def entry(f: Callable[..., Any], *args: Any, name: str | None = None) -> Entry:
    """Make a row; ``name`` is needed only where ``f`` has none or has several rows."""
    return Entry(name or getattr(f, "__name__", type(f).__name__), f, args)
