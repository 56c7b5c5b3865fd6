"""Remove from the reverse what nobody reads, and copies and factors of one.

>>> from adjoint.transforms.syntax import parse, unparse
>>> block = parse('''
... out_bar = 1.0
... y_bar = out_bar * 2.0 * r
... unused = y_bar * 3.0
... x_bar = y_bar
... result = x_bar + 1
... ''').body
>>> print(unparse(simplify(block, {'result'})))
y_bar = 2.0 * r
result = y_bar + 1
"""

from __future__ import annotations

from typing import Any

from .effects import effects, reads, writes
from .products import number, times
from .syntax import Node, clone, constant, load, make

Live = set[str]


def simplify(block: list[Node], live: Live) -> list[Node]:
    """Return an equivalent block in which only ``live`` names matter afterwards."""
    buffers = changed_in_place(block)
    for _ in range(3):
        before = len(block)
        block = propagate(block, {}, buffers)
        block, _live = eliminate(block, set(live))
        block = rename_results(block, live)
        if len(block) == before:
            break
    return block


# --- dead code -----------------------------------------------------------------------------------
def eliminate(block: list[Node], live: Live) -> tuple[list[Node], Live]:
    """Drop statements whose results are not read; return the block and what is live before it."""
    kept: list[Node] = []
    for statement in reversed(block):
        kind = type(statement).__name__
        if kind == "If":
            statement, live = _eliminate_if(statement, live)
        elif kind == "For":
            statement, live = _eliminate_loop(statement, live)
        else:
            statement, live = _eliminate_simple(statement, live)
        if statement is not None:
            kept.append(statement)
    return kept[::-1], live


def _eliminate_simple(statement: Node, live: Live) -> tuple[Node | None, Live]:
    written = writes(statement)
    if not written & live or is_self_copy(statement):
        return None, live
    if type(statement).__name__ == "Assign" and all(type(t).__name__ == "Name" for t in statement.targets):
        target = statement.targets[0].id
        popped = written - {target}
        if target not in live:
            new = make("Expr", value=statement.value)
            new.origin = getattr(statement, "origin", None)
            return new, live | reads(statement)
        return statement, (live - {target}) | reads(statement) | popped
    if type(statement).__name__ == "Assign" and type(statement.targets[0]).__name__ == "Tuple":
        return statement, (live - written) | reads(statement)
    return statement, live | reads(statement)


def is_self_copy(statement: Node) -> bool:
    """Whether a statement is ``x = x``."""
    target: Any = statement.targets[0] if type(statement).__name__ == "Assign" else None
    return type(target).__name__ == "Name" and getattr(statement.value, "id", None) == target.id


def _eliminate_if(statement: Node, live: Live) -> tuple[Node | None, Live]:
    body, live_body = eliminate(statement.body, set(live))
    orelse, live_else = eliminate(statement.orelse, set(live))
    if not body and not orelse:
        return None, live
    new = clone_shallow(statement)
    new.body, new.orelse = body, orelse
    return new, live_body | live_else | reads(statement.test)


def _eliminate_loop(statement: Node, live: Live) -> tuple[Node | None, Live]:
    around = set(live)
    while True:
        body, inside = eliminate(statement.body, set(around))
        if inside <= around:
            break
        around |= inside
    if not body:
        return None, live
    new = clone_shallow(statement)
    new.body = body
    return new, around


def clone_shallow(statement: Node) -> Node:
    """Copy a statement without copying its blocks."""
    new = statement.__class__.__new__(statement.__class__)
    new.__dict__.update(statement.__dict__)
    return new


# --- copies and constants ------------------------------------------------------------------------
def changed_in_place(block: list[Node]) -> set[str]:
    """Return the names of buffers that some statement of a block adds into."""
    names: set[str] = set()
    for statement in block:
        if type(statement).__name__ in ("If", "For"):
            names |= changed_in_place(statement.body) | changed_in_place(getattr(statement, "orelse", []))
        else:
            names |= in_place(statement)
    return names


def propagate(block: list[Node], known: dict[str, Node], buffers: set[str]) -> list[Node]:
    """Replace names that are copies of a name or a number by the original."""
    known = dict(known)
    result: list[Node] = []
    for statement in block:
        kind = type(statement).__name__
        statement = clone_shallow(statement)
        if kind in ("If", "For"):
            changed = writes(statement)
            inner = _without(known, changed) if kind == "For" else known
            if kind == "If":
                statement.test = replaced(statement.test, known)
                statement.orelse = propagate(statement.orelse, inner, buffers)
            statement.body = propagate(statement.body, inner, buffers)
            known = _without(known, changed)
        else:
            known = _propagate_simple(statement, known, buffers)
        result.append(statement)
    return result


def _propagate_simple(statement: Node, known: dict[str, Node], buffers: set[str]) -> dict[str, Node]:
    changed = writes(statement)
    protected = {name: value for name, value in known.items() if name not in in_place(statement)}
    if hasattr(statement, "value"):
        value = replaced(statement.value, protected)
        if is_bare(value) and not is_bare(statement.value) and changed & buffers:
            value = make("BinOp", left=constant(1.0), op=make("Mult"), right=value)  # still a new array
        statement.value = value
    if type(statement).__name__ in ("Assign", "AugAssign"):
        _replace_in_targets(statement, protected)
    known = _without(known, changed)
    if type(statement).__name__ == "Assign" and type(statement.targets[0]).__name__ == "Name":
        value = statement.value
        target = statement.targets[0].id
        copy = type(value).__name__ == "Name" and value.id != target and getattr(value, "kind", None) is None
        if copy or number(value) is not None:
            known[target] = value
    return known


def is_bare(value: Node) -> bool:
    """Whether an expression names an existing value and makes no new one."""
    return type(value).__name__ in ("Name", "Attribute", "Subscript")


def _replace_in_targets(statement: Node, known: dict[str, Node]) -> None:
    targets = statement.targets if type(statement).__name__ == "Assign" else [statement.target]
    for target in targets:
        if type(target).__name__ == "Subscript":
            target.slice = replaced(target.slice, known)


def in_place(statement: Node) -> set[str]:
    """Return the names of the containers that a statement changes in place."""
    read, written = effects(statement)
    return written & read


def _without(known: dict[str, Node], changed: set[str]) -> dict[str, Node]:
    return {
        name: value
        for name, value in known.items()
        if name not in changed and not (type(value).__name__ == "Name" and value.id in changed)
    }


def replaced(node: Node, known: dict[str, Node]) -> Node:
    """Return an expression with copies replaced and products with one folded."""
    if not known:
        return node
    kind = type(node).__name__
    if kind == "Name":
        return clone(known[node.id]) if node.id in known and type(node.ctx).__name__ == "Load" else node
    new = node.__class__.__new__(node.__class__)
    new.__dict__.update(node.__dict__)
    for field in new._fields:
        value = getattr(new, field, None)
        if isinstance(value, list):
            setattr(new, field, [replaced(v, known) if hasattr(v, "_fields") else v for v in value])
        elif hasattr(value, "_fields"):
            setattr(new, field, replaced(value, known))
    return folded(new)


def folded(node: Node) -> Node:
    """Fold a product with one, the negation of a number and a decided conditional expression."""
    kind = type(node).__name__
    if kind == "BinOp" and type(node.op).__name__ == "Mult":
        left, right = number(node.left), number(node.right)
        if left is not None and right is not None:
            return constant(left * right)
        if left == 1.0:
            return node.right
        if left == -1.0:
            return make("UnaryOp", op=make("USub"), operand=node.right)
        if right in (1.0, -1.0):
            return times(node.left, node.right)
    if kind == "UnaryOp" and type(node.op).__name__ == "USub" and type(node.operand).__name__ == "Constant":
        value = number(node.operand)
        return node if value is None else constant(-value)
    if kind == "IfExp" and number(node.test) is not None:
        return node.body if number(node.test) else node.orelse
    return node


# --- names of results ----------------------------------------------------------------------------
def rename_results(block: list[Node], live: Live) -> list[Node]:
    """Compute a value under the name it ends up with: ``t = e; x_bar = t`` becomes ``x_bar = e``."""
    index = len(block)
    after: set[str] = set(live)  # names read behind the statement
    while index > 1:
        index -= 1
        statement = block[index]
        start = _renamable(block, index, statement, live, after)
        if start is not None:
            old, new = statement.value.id, statement.targets[0].id
            middle = [renamed(s, old, new) for s in block[start:index]]
            block = block[:start] + middle + block[index + 1 :]
        else:
            after |= reads(statement)
    return block


def _renamable(block: list[Node], index: int, statement: Node, live: Live, after: set[str]) -> int | None:
    """Return where the source of a copy is first assigned, if it can be called like the target from there."""
    if type(statement).__name__ != "Assign" or type(statement.value).__name__ != "Name":
        return None
    target, source = statement.targets[0], statement.value.id
    if type(target).__name__ != "Name" or target.id in live or source in after:
        return None
    return _definition(block, index, source, target.id)


def _definition(block: list[Node], index: int, source: str, target: str) -> int | None:
    """Return where ``source`` is first assigned, if ``target`` does not occur between there and ``index``."""
    for start in range(index - 1, -1, -1):
        statement = block[start]
        read, written = effects(statement)
        if target in read or target in written:
            plain = type(statement).__name__ == "Assign" and written == {source}
            return start if plain and source not in read and target not in written else None
        if type(statement).__name__ == "Assign" and source in written and source not in read:
            return start
    return None


def renamed(node: Node, old: str, new: str) -> Node:
    """Return a statement with one name replaced by another wherever it occurs."""
    copy = clone(node)
    pending = [copy]
    while pending:
        current = pending.pop()
        if type(current).__name__ == "Name" and current.id == old:
            current.id = new
        for field in current._fields:
            value = getattr(current, field, None)
            pending += [v for v in (value if isinstance(value, list) else [value]) if hasattr(v, "_fields")]
    return copy


__all__ = ["load", "simplify"]
