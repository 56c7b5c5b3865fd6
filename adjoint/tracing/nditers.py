"""``np.nditer`` over traced arrays: every entry is a view without axes, read and written where it lies.

The places, and their order, are those of NumPy's own iterator over the plain arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.tracing.applying import SPECIAL, apply
from adjoint.tracing.traced import lost, plain

#: Flags that change neither what the entries are nor their order.
HARMLESS = frozenset("multi_index c_index f_index refs_ok zerosize_ok copy_if_overlap ranged".split())


class EntryIterator:
    """Walks over arrays in step, as ``np.nditer`` does."""

    def __init__(self, op: Any, flags: Any = None, op_flags: Any = None, order: str = "K") -> None:
        given = op if isinstance(op, list | tuple) else [op]
        if any(each is None for each in given):
            raise lost("`np.nditer` makes an array for its results")
        self.operands = [each if hasattr(plain(each), "shape") else apply(np.asarray, each) for each in given]
        if not set(flags or ()) <= HARMLESS:
            raise lost("`np.nditer` hands out copies of several entries")
        given = [plain(each) for each in self.operands]
        iterator: Any = np.nditer  # whose declaration knows literal flags only
        self.places = iterator(given, [*{*(flags or ()), "multi_index"}], op_flags, order=order)
        self.started = False

    def __getattr__(self, name: str) -> Any:
        """What NumPy's iterator knows: ``multi_index``, ``index``, ``finished``, ``iternext``, ``shape``."""
        return getattr(self.places, name)

    @property
    def value(self) -> Any:
        """The entries at this place: one, or a tuple of those of several arrays."""
        found = tuple(self.entry(each) for each in self.operands)
        return found if len(found) > 1 else found[0]

    def entry(self, x: Any) -> Any:
        """Return the entry of an array, which may be repeated along axes of size one."""
        sizes = np.shape(plain(x))
        place = self.places.multi_index[self.places.ndim - len(sizes) :]
        return x[(*(0 if size == 1 else i for size, i in zip(sizes, place, strict=True)), ...)]

    def __getitem__(self, i: int) -> Any:
        return self.entry(self.operands[i])

    def __setitem__(self, i: int, value: Any) -> None:
        self.entry(self.operands[i])[...] = value

    def __len__(self) -> int:
        return len(self.operands)

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        if self.places.finished or self.started and not self.places.iternext():
            raise StopIteration
        self.started = True
        return self.value

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        self.places.close()


SPECIAL[np.nditer] = EntryIterator
__all__: list[str] = []
