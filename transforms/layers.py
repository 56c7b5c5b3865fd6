"""Sets of names that an arm of a branch, or a trip of a loop, can change without a copy of them.

>>> live = Names({'x', 'y'})
>>> arm = live.layer()
>>> arm.discard('x'); arm.add('z')
>>> sorted(name for name in 'xyz' if name in arm), sorted(name for name in 'xyz' if name in live)
(['y', 'z'], ['x', 'y'])
>>> sorted(arm.changed)
['x', 'z']
"""

from __future__ import annotations

from collections.abc import Iterable


class Names:
    """A set of names: what this layer says, for other names what the layer below says."""

    def __init__(self, names: Iterable[str] = (), below: Names | None = None) -> None:
        self.changed = dict.fromkeys(names, True)
        self.below = below

    def __contains__(self, name: str) -> bool:
        layer: Names | None = self
        while layer is not None:
            known = layer.changed.get(name)
            if known is not None:
                return known
            layer = layer.below
        return False

    def layer(self, names: Iterable[str] = ()) -> Names:
        """Return a set with the same names and some more, whose changes leave this one as it is.

        This one must stay as it is while the other is used: layers that say nothing are passed over.
        """
        below: Names | None = self
        while below is not None and not below.changed:
            below = below.below
        return Names(names, below)

    def add(self, name: str) -> None:
        """Add a name."""
        self.changed[name] = True

    def update(self, names: Iterable[str]) -> None:
        """Add names."""
        for name in names:
            self.changed[name] = True

    def discard(self, name: str) -> None:
        """Remove a name."""
        self.changed[name] = False

    def added(self) -> list[str]:
        """Return the names that this layer has and the one below has not."""
        below = self.below or ()
        return [name for name, present in self.changed.items() if present and name not in below]
