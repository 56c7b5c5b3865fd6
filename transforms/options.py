"""The passes that only make the generated code better, each of which can be switched off.

Without them the derivatives are the same; this is for finding out what one of them is worth, and whether
one of them is to blame.

>>> with without('fold'):
...     is_on('fold'), is_on('share')
(False, True)
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

#: facts: shapes and signs; rereads: one read of the same element; reuse: what the primal computed is
#: not computed again; share: quotients once;
#: buffers: first contributions assign; fold: constants, signs, small powers; direct: methods instead of
#: functions written in Python; again: elements read again instead of recorded; fuse: loops under numba.
PASSES = ("facts", "rereads", "reuse", "share", "buffers", "again", "fold", "direct", "fuse")
_off: set[str] = set()


def is_on(name: str) -> bool:
    """Whether a pass runs."""
    return name not in _off


@contextlib.contextmanager
def without(*names: str) -> Iterator[None]:
    """Compile without some passes inside the ``with`` block.

    Raises:
        ValueError: there is no pass of this name.
    """
    unknown = set(names) - set(PASSES)
    if unknown:
        raise ValueError(f"no such pass: {', '.join(sorted(unknown))}; there are {', '.join(PASSES)}")
    before = set(_off)
    _off.update(names)
    try:
        yield
    finally:
        _off.clear()
        _off.update(before)
