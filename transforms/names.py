"""Which names a piece of a tree reads and which it binds, in the scope it stands in.

Used through :mod:`adjoint.transforms.syntax`; works on gast nodes, knows them by class name.

>>> from adjoint.transforms.syntax import parse
>>> tree = parse('''
... y = [w * x for x in xs]
... def g(t):
...     return t + shift
... ''')
>>> sorted(names_read(tree)), sorted(names_written(tree))
(['shift', 'w', 'xs'], ['g', 'y'])
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from .fields import BELOW

Node: TypeAlias = Any
Names: TypeAlias = tuple[set[str], set[str]]


def names_read(node: Node) -> set[str]:
    """Return the names that a node, or a list of statements, may read from its scope.

    Nested functions and lambdas read their free variables (and their defaults and decorators);
    what comprehensions bind is local to them.
    """
    return _names(node)[0]


def names_written(node: Node) -> set[str]:
    """Return the names that a node, or a list of statements, may bind or delete in its scope."""
    return _names(node)[1]


def _is(node: Node, *kinds: str) -> bool:
    return node.__class__.__name__ in kinds


def _names(node: Node) -> Names:
    """Return the names read and the names written by a node or a list of nodes."""
    names: Names = (set(), set())
    _collect(node, names)
    return names


def _collect(node: Any, names: Names) -> None:
    """Add the names of a node, or of each of a list, to those read and those written."""
    if node.__class__ is list:
        for item in node:
            _collect(item, names)
    elif node is not None:
        kind = node.__class__.__name__
        if kind == "Name":
            names[node.ctx.__class__.__name__ != "Load"].add(node.id)
            if node.annotation is not None:
                _collect(node.annotation, names)
        elif kind != "Constant":
            SPECIAL.get(kind, _collect_fields)(node, names)


def _collect_fields(node: Node, names: Names) -> None:
    fields = node.__dict__
    for field in BELOW[node.__class__]:
        value = fields.get(field)
        if value is not None:
            _collect(value, names)


def _collect_augmented(node: Node, names: Names) -> None:
    _collect_fields(node, names)
    if _is(node.target, "Name"):
        names[0].add(node.target.id)


def _collect_function(node: Node, names: Names) -> None:
    outside, own = [node.args.defaults, node.args.kw_defaults], node.args
    if not _is(node, "Lambda"):
        names[1].add(node.name)
        outside += [node.decorator_list, node.returns]
    outside.append([p.annotation for p in _parameters(own)])
    _collect(outside, names)
    names[0].update(free_names(node))


def _parameters(args: Node) -> list[Node]:
    """Return the parameters of a function definition."""
    parameters = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return [parameter for parameter in parameters if parameter is not None]


def free_names(function: Node) -> set[str]:
    """Return the names that the body of a function or lambda reads from the scope it stands in."""
    read, written = _names(function.body)
    local = written | {parameter.id for parameter in _parameters(function.args)}
    local |= {parameter.name for parameter in getattr(function, "type_params", [])}
    return (read - local) | _declared(function.body)


def _declared(body: Any) -> set[str]:
    """Return the names that a function body declares global or nonlocal."""
    body = body if isinstance(body, list) else []
    return {name for node in _own_statements(body) for name in node.names}


def _own_statements(body: list[Node]) -> Iterator[Node]:
    """Yield the global and nonlocal statements of a body, not those of functions inside it."""
    for node in body:
        if _is(node, "Global", "Nonlocal"):
            yield node
        elif not _is(node, "FunctionDef", "AsyncFunctionDef", "ClassDef"):
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                below = getattr(node, field, [])
                yield from _own_statements(below if isinstance(below, list) else [])


def _collect_class(node: Node, names: Names) -> None:
    names[1].add(node.name)
    _collect([node.decorator_list, node.bases, node.keywords], names)
    bound: set[str] = set()
    for statement in node.body:  # runs at once, in order: a name may be read outside, then bound
        read, written = _names(statement)
        functions = _is(statement, "FunctionDef", "AsyncFunctionDef")
        names[0].update(read if functions else read - bound)
        bound |= written


def _collect_comprehension(node: Node, names: Names) -> None:
    _collect(node.generators[0].iter, names)
    read, written = _names([getattr(node, f) for f in ("key", "value", "elt") if hasattr(node, f)])
    bound: set[str] = set()
    for i, generator in enumerate(node.generators):
        bound |= names_written(generator.target)
        parts = [generator.target, *generator.ifs, *([generator.iter] if i else [])]
        inner_read, inner_written = _names(parts)
        read, written = read | inner_read, written | inner_written
    names[0].update(read - bound)
    names[1].update(written - bound)


def _collect_import(node: Node, names: Names) -> None:
    for alias in node.names:
        names[1].add(alias.asname or alias.name.partition(".")[0])


def _collect_pattern(node: Node, names: Names) -> None:
    bound = node.rest if hasattr(node, "rest") else node.name
    if bound is not None:
        names[1].add(bound)
    _collect_fields(node, names)


#: How the names of nodes are found that are not those of the nodes below them.
SPECIAL: dict[str, Callable[[Node, Names], None]] = {
    "AugAssign": _collect_augmented,
    **dict.fromkeys(("FunctionDef", "AsyncFunctionDef", "Lambda"), _collect_function),
    "ClassDef": _collect_class,
    **dict.fromkeys(("ListComp", "SetComp", "DictComp", "GeneratorExp"), _collect_comprehension),
    **dict.fromkeys(("Import", "ImportFrom"), _collect_import),
    **dict.fromkeys(("MatchAs", "MatchStar", "MatchMapping"), _collect_pattern),
}
