"""Take the ``else`` away from a branch that leaves its loop: what follows is not indented.

>>> from adjoint.transforms.syntax import parse, unparse
>>> block = parse('''
... while True:
...     if y < 1.0:
...         break
...     else:
...         y = y / 2.0
...         if y > 5.0:
...             y = y - 1.0
... ''').body
>>> print(unparse(unnested(block)))
while True:
    if y < 1.0:
        break
    y = y / 2.0
    if y > 5.0:
        y = y - 1.0
"""

from __future__ import annotations

from .syntax import Node, shallow

LEAVES = ("Break", "Continue", "Return", "Raise")


def unnested(block: list[Node]) -> list[Node]:
    """Return statements in which no ``else`` stands behind a body that never reaches its end."""
    result: list[Node] = []
    for statement in block:
        if type(statement).__name__ not in ("If", "For", "While", "With"):
            result.append(statement)
            continue
        new = shallow(statement)
        new.body, orelse = unnested(statement.body), unnested(getattr(statement, "orelse", []))
        leaves = type(new).__name__ == "If" and bool(new.body) and type(new.body[-1]).__name__ in LEAVES
        if hasattr(new, "orelse"):
            new.orelse = [] if leaves else orelse
        result.append(new)
        if leaves:
            result += orelse
    return result
