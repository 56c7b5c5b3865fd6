"""Fresh names: human, deterministic, never one of the user's.

>>> namer = Namer({'x', 'x_bar'})
>>> namer.fresh('x_bar'), namer.fresh('x_bar'), namer.fresh('saved')
('x_bar_2', 'x_bar_3', 'saved')
"""

from __future__ import annotations

from collections.abc import Iterable


class Namer:
    """Hands out names that are not taken yet."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)

    def fresh(self, wish: str) -> str:
        """Return the wished name, or the first of ``wish_2``, ``wish_3`` that is free."""
        name, count = wish, 1
        while name in self.taken:
            count += 1
            name = f"{wish}_{count}"
        self.taken.add(name)
        return name
