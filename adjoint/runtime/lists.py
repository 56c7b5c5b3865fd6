"""Lists that change while the program runs: their derivatives are lists that change the same way.

Operands are towers of the height of ``push`` (:mod:`adjoint.runtime.towers`).
"""

from __future__ import annotations

from typing import Any

from adjoint.runtime.opaque import unsupported
from adjoint.runtime.towers import Tower, assembled, filling, flat, height_of, items_of, still, value_of

#: The methods of a list that are followed.
LIST_CHANGES = ("append", "extend", "insert", "pop")


def changed_list(push: Any, base: Tower, name: str, args: tuple[Tower, ...]) -> Any:
    """``values.append(v)`` and its like.

    Raises:
        RuleError: ADJ119, what is put in moves, and the list is known to others as one that does not.
    """
    h = height_of(push)
    x, *rows = flat(base, h)
    method = getattr(x, name)
    if name == "pop":
        places = [value_of(t, h) for t in args]
        taken = method(*places)
        return assembled([taken, *(None if row is None else row.pop(*places) for row in rows)])
    *places, last = args
    given = [value_of(t, h) for t in places]
    item = value_of(last, h)
    if name == "extend":
        item = list(item)
        shares = items_of(push, value_of(last, h), item, last)[1:]
    else:
        shares = flat(last, h)[1:]
    for place, (row, share) in enumerate(zip(rows, shares, strict=True), 1):
        if row is not None:
            getattr(row, name)(*given, share if name == "extend" else filling(push, place)(share, item))
        elif moves(share):
            raise unsupported(method, f"`.{name}()` of a list that others hold")
    method(*given, item)
    return still(None, h)


def moves(share: Any) -> bool:
    """Whether a derivative, or that of one item of several, is more than nothing."""
    return any(part is not None for part in share) if isinstance(share, list) else share is not None


__all__ = ["LIST_CHANGES", "changed_list"]
