"""What a statement of generated code reads and changes.

Calls are pure, except that ``pop`` and ``accumulate_into`` change their container.

>>> from adjoint.transforms.syntax import parse
>>> statement = parse('accumulate_into(x_bar, i, v_bar)').body[0]
>>> sorted(writes(statement)), sorted(reads(statement))
(['x_bar'], ['accumulate_into', 'i', 'v_bar', 'x_bar'])
"""

from __future__ import annotations

from .syntax import Node, names_read, names_written, walk

IN_PLACE = ("pop", "accumulate_into")


def reads(node: Node) -> set[str]:
    """Return the names that a statement or expression reads."""
    names: set[str] = names_read(node)
    if type(node).__name__ == "AugAssign" and type(node.target).__name__ == "Name":
        names = names | {node.target.id}
    return names


def writes(node: Node) -> set[str]:
    """Return the names that a statement assigns, or whose container it changes."""
    names: set[str] = set(names_written(node))
    for child in walk(node):
        kind = type(child).__name__
        if kind == "Subscript" and type(child.ctx).__name__ == "Store":
            names |= root(child.value)
        elif kind == "Call":
            names |= changed_by_call(child)
    return names


def changed_by_call(node: Node) -> set[str]:
    """Return the name of the container that a call changes in place, if any."""
    func = node.func
    if type(func).__name__ == "Attribute" and func.attr in ("pop", "append"):
        return root(func.value)
    if type(func).__name__ == "Name" and func.id.rstrip("_0123456789") in IN_PLACE and node.args:
        return root(node.args[0])
    return set()


def root(node: Node) -> set[str]:
    """Return the variable that an access path starts from."""
    while type(node).__name__ in ("Subscript", "Attribute"):
        node = node.value
    return {node.id} if type(node).__name__ == "Name" else set()
