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

from bisect import insort
from collections.abc import Set
from typing import Any

from .changes import every
from .effects import Effects, accesses, heads, reads
from .layers import Names
from .products import number, times
from .syntax import Node, clone, constant, load, make, revised, shallow, updated, walk

Live = set[str]


def simplify(block: list[Node], live: Live) -> list[Node]:
    """Return an equivalent block in which only ``live`` names matter afterwards."""
    effects = Effects()
    buffers = changed_in_place(block)
    for _ in range(3):
        before = len(block)
        block = propagate(block, Copies(), buffers, effects)
        block = eliminate(block, Names(live), effects)
        block = rename_results(block, live, effects)
        if len(block) == before or not has_copies(block, live):
            break
    return block


def has_copies(block: list[Node], live: Live) -> bool:
    """Whether another round may change anything: copies are left, and not just results that nobody reads."""
    statements = list(every(block))
    copies = {statement.targets[0].id for statement in statements if is_copy(statement)}
    if not copies <= live:
        return True
    return any(not copies.isdisjoint(reads(part)) for each in statements for part in heads(each))


def is_copy(statement: Node) -> bool:
    """Whether a statement gives a variable the value of another, or a number."""
    if type(statement).__name__ != "Assign" or type(statement.targets[0]).__name__ != "Name":
        return False
    return type(statement.value).__name__ == "Name" or number(statement.value) is not None


# --- dead code -----------------------------------------------------------------------------------
def eliminate(block: list[Node], live: Names, effects: Effects) -> list[Node]:
    """Drop statements whose results are not read; ``live`` becomes what is live before the block."""
    kept: list[Node] = []
    for statement in reversed(block):
        kind = type(statement).__name__
        if kind == "If":
            statement = _eliminate_if(statement, live, effects)
        elif kind == "For":
            statement = _eliminate_loop(statement, live, effects)
        else:
            statement = _eliminate_simple(statement, live, effects)
        if statement is not None:
            kept.append(statement)
    return kept[::-1]


def _eliminate_simple(statement: Node, live: Names, effects: Effects) -> Node | None:
    found = accesses(statement)
    written = found.written
    if not any([name in live for name in written]) or is_self_copy(statement):
        return None
    target: Any = statement.targets[0] if type(statement).__name__ == "Assign" else None
    kind = type(target).__name__
    if kind == "Name" and target.id not in live:
        new = make("Expr", value=statement.value)
        new.origin = getattr(statement, "origin", None)
        statement = new
    elif kind == "Name":
        live.discard(target.id)
        live.update(written - {target.id})
    elif kind == "Tuple":
        for name in written:
            live.discard(name)
    live.update(found.read)
    return statement


def is_self_copy(statement: Node) -> bool:
    """Whether a statement is ``x = x``."""
    target: Any = statement.targets[0] if type(statement).__name__ == "Assign" else None
    return type(target).__name__ == "Name" and getattr(statement.value, "id", None) == target.id


def _eliminate_if(statement: Node, live: Names, effects: Effects) -> Node | None:
    arms = (live.layer(), live.layer())
    body = eliminate(statement.body, arms[0], effects)
    orelse = eliminate(statement.orelse, arms[1], effects)
    if not body and not orelse:
        return None
    for name in arms[0].changed | arms[1].changed:
        if name not in arms[0] and name not in arms[1]:
            live.discard(name)
        else:
            live.add(name)
    live.update(reads(statement.test))
    return with_blocks(statement, body, orelse)


def _eliminate_loop(statement: Node, live: Names, effects: Effects) -> Node | None:
    around = live.layer()
    while True:
        inside = around.layer()
        body = eliminate(statement.body, inside, effects)
        if not inside.added():
            break
        around.update(inside.added())
    if not body:
        return None
    live.update(around.added())
    return with_blocks(statement, body, statement.orelse)


def with_blocks(statement: Node, body: list[Node], orelse: list[Node]) -> Node:
    """Return a branch or loop with other blocks; itself if they hold the same statements."""
    if same_items(body, statement.body) and same_items(orelse, statement.orelse):
        return statement
    new = shallow(statement)
    new.body, new.orelse = body, orelse
    return new


def same_items(a: list[Node], b: list[Node]) -> bool:
    """Whether two lists hold the very same nodes."""
    return len(a) == len(b) and all(x is y for x, y in zip(a, b, strict=True))


# --- copies and constants ------------------------------------------------------------------------
class Copies:
    """Names that are copies of another name, or a number: what each stands for."""

    def __init__(self) -> None:
        self.value: dict[str, Node] = {}
        self.users: dict[str, set[str]] = {}  # the copies of a name

    def copy(self) -> Copies:
        """Return the same knowledge, to go on with in a block."""
        new = Copies()
        for name, value in self.value.items():
            new.note(name, value)
        return new

    def note(self, name: str, value: Node) -> None:
        """Note that a name stands for a name or number."""
        self.value[name] = value
        if type(value).__name__ == "Name":
            self.users.setdefault(value.id, set()).add(name)

    def forget(self, changed: Set[str]) -> None:
        """Forget the copies of and in names that are assigned."""
        for name in changed:
            for known in (name, *self.users.pop(name, ())):
                self.value.pop(known, None)


def changed_in_place(block: list[Node]) -> set[str]:
    """Return the names of buffers that some statement of a block adds into."""
    names: set[str] = set()
    for statement in block:
        if type(statement).__name__ in ("If", "For"):
            names |= changed_in_place(statement.body) | changed_in_place(statement.orelse)
        else:
            names |= in_place(statement)
    return names


def propagate(block: list[Node], known: Copies, buffers: set[str], effects: Effects) -> list[Node]:
    """Replace names that are copies of a name or a number by the original."""
    result: list[Node] = []
    for statement in block:
        kind = type(statement).__name__
        if kind == "If":
            statement = _propagate_if(statement, known, buffers, effects)
        elif kind == "For":
            known.forget(effects(statement).written)
            body = propagate(statement.body, known.copy(), buffers, effects)
            statement = with_blocks(statement, body, statement.orelse)
        else:
            statement = _propagate_simple(statement, known, buffers)
        result.append(statement)
    return result


def _propagate_if(statement: Node, known: Copies, buffers: set[str], effects: Effects) -> Node:
    changed = effects(statement).written
    test = replaced(statement.test, known.value) if known.value else statement.test
    blocks = [
        propagate(block, known.copy(), buffers, effects) for block in (statement.body, statement.orelse)
    ]
    known.forget(changed)
    return with_blocks(updated(statement, test=test), *blocks)


def _propagate_simple(statement: Node, known: Copies, buffers: set[str]) -> Node:
    found = accesses(statement)
    changed = found.written
    copies = {name: known.value[name] for name in found.read if name in known.value} if known.value else {}
    for name in in_place(statement) if copies else ():  # a container must not become another one
        copies.pop(name, None)
    if copies:
        statement = _replaced_in(statement, copies, bool(changed & buffers))
    known.forget(changed)
    if type(statement).__name__ == "Assign" and type(statement.targets[0]).__name__ == "Name":
        value = statement.value
        target = statement.targets[0].id
        copy = type(value).__name__ == "Name" and value.id != target and getattr(value, "kind", None) is None
        if copy or number(value) is not None:
            known.note(target, value)
    return statement


def _replaced_in(statement: Node, known: dict[str, Node], buffer: bool) -> Node:
    """Return a simple statement with copies replaced in its value and in the indices of its targets."""
    old = getattr(statement, "value", None)
    value = old if old is None else replaced(old, known)
    if value is not old and is_bare(value) and not is_bare(old) and buffer:
        value = make("BinOp", left=constant(1.0), op=make("Mult"), right=value)  # still a new array
    if value is not old:
        statement = updated(statement, value=value)
    kind = type(statement).__name__
    if kind == "Assign":
        targets = [_with_index(target, known) for target in statement.targets]
        return statement if same_items(targets, statement.targets) else updated(statement, targets=targets)
    if kind == "AugAssign":
        return updated(statement, target=_with_index(statement.target, known))
    return statement


def is_bare(value: Node) -> bool:
    """Whether an expression names an existing value and makes no new one."""
    return type(value).__name__ in ("Name", "Attribute", "Subscript")


def _with_index(target: Node, known: dict[str, Node]) -> Node:
    """Return a target with copies replaced in its index."""
    if type(target).__name__ != "Subscript":
        return target
    return updated(target, slice=replaced(target.slice, known))


def in_place(statement: Node) -> Set[str]:
    """Return the names of the containers that a statement changes in place; ``x = x + y`` changes none."""
    found = accesses(statement)
    names = found.written & found.read
    if names and type(statement).__name__ == "Assign":
        names -= {target.id for target in statement.targets if type(target).__name__ == "Name"}
    return names


def replaced(node: Node, known: dict[str, Node]) -> Node:
    """Return an expression with copies replaced and products with one folded; itself if nothing changes."""
    if node.__class__.__name__ == "Name":
        return clone(known[node.id]) if node.id in known and type(node.ctx).__name__ == "Load" else node
    return folded(revised(node, lambda part: replaced(part, known)))


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
def rename_results(block: list[Node], live: Live, effects: Effects) -> list[Node]:
    """Compute a value under the name it ends up with: ``t = e; x_bar = t`` becomes ``x_bar = e``."""
    kept: list[Node | None] = list(block)
    places = occurrences(block, effects)
    after: set[str] = set(live)  # names read behind the statement
    for index in range(len(block) - 1, 0, -1):
        statement: Node = kept[index]
        start = _renamable(kept, index, places, live, after, effects)
        if start is None:
            after |= effects(statement).read
            continue
        old, new = statement.value.id, statement.targets[0].id
        kept[index] = None
        for at in [at for at in places[old] if start <= at < index]:
            kept[at] = renamed(kept[at], old, new)
            places[old].remove(at)
            insort(places[new], at)
    return [statement for statement in kept if statement is not None]


def occurrences(block: list[Node], effects: Effects) -> dict[str, list[int]]:
    """Return the positions of the statements that read or change each name."""
    places: dict[str, list[int]] = {}
    for at, statement in enumerate(block):
        found = effects(statement)
        for name in found.read | found.written:
            places.setdefault(name, []).append(at)
    return places


def _renamable(
    block: list[Node], index: int, places: dict[str, list[int]], live: Live, after: set[str], effects: Effects
) -> int | None:
    """Return where the source of a copy is first assigned, if it can be called like the target from there."""
    statement = block[index]
    if type(statement).__name__ != "Assign" or type(statement.value).__name__ != "Name":
        return None
    target, source = statement.targets[0], statement.value.id
    if type(target).__name__ != "Name" or target.id in live or source in after:
        return None
    both = sorted({at for name in (source, target.id) for at in places[name] if at < index}, reverse=True)
    return _definition(block, both, source, target.id, effects)


def _definition(
    block: list[Node], places: list[int], source: str, target: str, effects: Effects
) -> int | None:
    """Return which of ``places`` defines ``source``; None if ``target`` occurs behind it."""
    for start in places:
        if block[start] is None:
            continue
        found = effects(block[start])
        read, written = found.read, found.written
        plain = type(block[start]).__name__ == "Assign"
        if target in read or target in written:
            defines = plain and written == {source} and source not in read and target not in written
            return start if defines else None
        if plain and source in written and source not in read:
            return start
    return None


def renamed(node: Node, old: str, new: str) -> Node:
    """Return a statement with one name replaced by another wherever it occurs."""
    copy = clone(node)
    for current in walk(copy):
        if type(current).__name__ == "Name" and current.id == old:
            current.id = new
    return copy


__all__ = ["load", "simplify"]
