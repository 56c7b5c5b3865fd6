"""Syntax trees: parsing, printing, building, copying and asking for names.

The only module that imports gast.  A node may carry more attributes than its fields (``origin``:
the user's node it came from); copies share them.  Made nodes need no location.
Every node class is an attribute of this module.

>>> tree = parse('y = np.sin(x) + 1')
>>> print(unparse(template('y_bar = PARTIAL * out_bar', PARTIAL=tree.body[0].value.left)))
y_bar = np.sin(x) * out_bar
>>> sorted(names_read(tree)), sorted(names_written(tree))
(['np', 'x'], ['y'])
"""

from __future__ import annotations

import contextlib
import functools
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import gast
from gast import (
    AST,
    Expr,
    FunctionDef,
    List,
    Load,
    Name,
    Param,
    Starred,
    Store,
    Tuple,
)
from gast import iter_child_nodes as iter_child_nodes
from gast.unparser import _Precedence, _Unparser

from .fields import BELOW
from .names import free_names as free_names
from .names import names_read as names_read
from .names import names_written as names_written

#: A gast node.  gast has no types, so this says more to the reader than to the type checker.
Node: TypeAlias = Any

LOCATION = ("lineno", "col_offset", "end_lineno", "end_col_offset")
#: What `copy_location` carries over: the place in the user's file, and the user's node.
CARRIED = (*LOCATION, "origin")


def __getattr__(kind: str) -> Any:
    """Return a node class, a visitor or another name of gast."""
    if kind.startswith("_"):
        raise AttributeError(kind)
    return getattr(gast, kind)


# -- text to tree and back ----------------------------------------------------------------------


def parse(text: str) -> Node:
    """Parse a module; the text may be indented."""
    return gast.parse(textwrap.dedent(text))


def parse_statements(text: str) -> list[Node]:
    """Parse statements; they carry no location."""
    body: list[Node] = clone(_unlocated(text).body)
    return body


def parse_expression(text: str) -> Node:
    """Parse one expression; it carries no location."""
    return parse_statements(text)[0].value


@functools.lru_cache(maxsize=1024)
def _unlocated(text: str) -> Node:
    """Parse a module whose nodes have no location, so that none of it looks like the user's."""
    tree = parse(text)
    for node in walk(tree):
        for attribute in LOCATION:
            node.__dict__.pop(attribute, None)
    return tree


def from_ast(tree: Any) -> Node:
    """Convert a tree of the standard ``ast`` module."""
    return gast.ast_to_gast(tree)


def to_ast(tree: Node) -> Any:
    """Convert into a tree of the standard ``ast`` module, ready to be compiled."""
    return gast.fix_missing_locations(gast.gast_to_ast(tree))


class _Printer(_Unparser):  # type: ignore[misc]
    """gast's printer for trees whose nodes may lack locations and hold negative constants."""

    def get_type_comment(self, node: Node) -> None:
        """Print no type comments: finding them needs locations."""

    def visit_Constant(self, node: Node) -> None:
        """Print a number; ``-1.0`` binds like a minus sign, which matters before ``**``."""
        negative = isinstance(node.value, int | float | complex) and repr(node.value).startswith("-")
        with self.require_parens(_Precedence.FACTOR, node) if negative else contextlib.nullcontext():
            super().visit_Constant(node)


def unparse(tree: Node) -> str:
    """Print a node or a list of statements as source text, without a final newline."""
    tree = gast.Module(tree, []) if isinstance(tree, list) else tree
    text: str = _Printer().visit(tree)
    return text.lstrip("\n")


# -- building -----------------------------------------------------------------------------------


def make(kind: str, where: Node = None, **fields: Any) -> Node:
    """Make a node of a named class; missing fields are empty, ``ctx`` is Load.

    Args:
        kind: the class, such as ``"If"``.
        where: node whose location and origin the new one takes.
        fields: the node's fields.

    Raises:
        TypeError: the class has no such field.
    """
    cls = getattr(gast, kind)
    node = cls.__new__(cls)
    empty = _empty_fields(kind)
    if not fields.keys() <= empty.keys():
        raise TypeError(f"{kind} has no field {', '.join(sorted(fields.keys() - empty.keys()))}")
    for key, value in empty.items():
        node.__dict__[key] = [] if value is list else value
    node.__dict__.update(fields)
    return node if where is None else copy_location(node, where)


@functools.cache
def _empty_fields(kind: str) -> dict[str, Any]:
    """Return what the fields of a node class hold when nothing is given; ``list`` for a new list."""
    special = {"ctx": Load(), "is_async": 0, "simple": 1, "conversion": -1, "level": 0}
    types = getattr(gast, kind)._field_types
    return {
        field: list if getattr(types.get(field), "__origin__", None) is list else special.get(field)
        for field in getattr(gast, kind)._fields
    }


def name(identifier: str, ctx: Node = None, where: Node = None) -> Node:
    """Make a name; it is read unless a context is given."""
    return make("Name", where, id=identifier, ctx=Load() if ctx is None else ctx)


def load(identifier: str, where: Node = None) -> Node:
    """Make a name that is read."""
    return make("Name", where, id=identifier)


def store(identifier: str, where: Node = None) -> Node:
    """Make a name that is assigned."""
    return make("Name", where, id=identifier, ctx=Store())


def param(identifier: str, where: Node = None) -> Node:
    """Make a parameter of a function."""
    return make("Name", where, id=identifier, ctx=Param())


def assign(target: str | Node, value: Node, where: Node = None) -> Node:
    """Make an assignment to a name, or to a target node."""
    node = store(target, where) if isinstance(target, str) else target
    if not isinstance(node.ctx, Store):
        node = _with_context(clone(node), Store())
    return make("Assign", where, targets=[node], value=value)


def constant(value: Any, where: Node = None) -> Node:
    """Make a literal: a number, text, None, ..., or a tuple of those."""
    if isinstance(value, tuple):
        return make("Tuple", where, elts=[constant(item, where) for item in value])
    if isinstance(value, float):
        value = float(value)  # NumPy's float64 is a float that prints differently
    return make("Constant", where, value=value)


def call(
    function: str | Node,
    args: Sequence[Node] = (),
    keywords: Mapping[str, Node] | Sequence[Node] = (),
    where: Node = None,
) -> Node:
    """Make a call; the function may be a dotted name, the keywords a dict or keyword nodes."""
    function = _dotted(function, where) if isinstance(function, str) else function
    if isinstance(keywords, Mapping):
        keywords = [make("keyword", where, arg=key, value=value) for key, value in keywords.items()]
    return make("Call", where, func=function, args=list(args), keywords=list(keywords))


def attribute(value: str | Node, attr: str, where: Node = None) -> Node:
    """Make ``value.attr``; the value may be a dotted name."""
    value = _dotted(value, where) if isinstance(value, str) else value
    return make("Attribute", where, value=value, attr=attr)


def _dotted(path: str, where: Node) -> Node:
    """Make a dotted name that is read."""
    first, *rest = path.split(".")
    return functools.reduce(lambda node, attr: attribute(node, attr, where), rest, load(first, where))


def subscript(value: str | Node, index: Node | int | str, where: Node = None) -> Node:
    """Make ``value[index]``; an index that is no node becomes a literal."""
    value = _dotted(value, where) if isinstance(value, str) else value
    index = index if isinstance(index, AST) else constant(index, where)
    return make("Subscript", where, value=value, slice=index)


# -- templates ----------------------------------------------------------------------------------


def template(text: str, **replacements: Any) -> list[Node]:
    """Parse statements and put nodes in the place of the placeholder names.

    A placeholder may stand for an expression, for a new name (a string: also the name of a
    function, a parameter or an assigned name), or for a list: of statements where the name is a
    statement of its own, else of arguments or items.  Every use gets its own copy.

    Raises:
        ValueError: a replacement has no placeholder in the text.

    Example:
        >>> print(unparse(template('''
        ...     for i in range(N):
        ...         BODY
        ... ''', N=constant(3), BODY=parse_statements('x = x + i; y = x'))))
        for i in range(3):
            x = x + i
            y = x
    """
    filler = _Filler(replacements)
    body = filler.fill_list(parse_statements(text))
    if unused := replacements.keys() - filler.used:
        raise ValueError(f"the template has no placeholder {', '.join(sorted(unused))}")
    return body


def expression(text: str, **replacements: Any) -> Node:
    """Parse an expression and put nodes in the place of the placeholder names."""
    return template(text, **replacements)[0].value


class _Filler:
    """Fills the placeholders of one template."""

    def __init__(self, replacements: Mapping[str, Any]) -> None:
        self.replacements = replacements
        self.used: set[str] = set()

    def fill_list(self, nodes: list[Any]) -> list[Any]:
        """Fill a list of statements or items; placeholders for lists are spliced."""
        filled: list[Any] = []
        for node in nodes:
            bare = node.value if isinstance(node, Expr) else node
            value = self.replacements.get(bare.id) if isinstance(bare, Name) else None
            if isinstance(value, list):
                self.used.add(bare.id)
                filled += clone(value)
            else:
                filled.append(self.fill(node) if isinstance(node, AST) else node)
        return filled

    def fill(self, node: Node) -> Node:
        """Fill one node, in place unless it is itself a placeholder."""
        if isinstance(node, Name) and node.id in self.replacements:
            return self.replace(node)
        if isinstance(node, FunctionDef) and isinstance(self.replacements.get(node.name), str):
            self.used.add(node.name)
            node.name = self.replacements[node.name]
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                setattr(node, field, self.fill_list(value))
            elif isinstance(value, AST):
                setattr(node, field, self.fill(value))
        return node

    def replace(self, node: Node) -> Node:
        """Return what a placeholder stands for, read or assigned as the placeholder is."""
        self.used.add(node.id)
        value = self.replacements[node.id]
        if isinstance(value, str):
            return make("Name", id=value, ctx=node.ctx)
        value = clone(value)
        return value if isinstance(node.ctx, Load) else _with_context(value, node.ctx)


def _with_context(node: Node, ctx: Node) -> Node:
    """Turn an expression into a target, in place."""
    if "ctx" in node._fields:
        node.ctx = ctx
    for item in getattr(node, "elts", []) if isinstance(node, Tuple | List) else []:
        _with_context(item, ctx)
    if isinstance(node, Starred):
        _with_context(node.value, ctx)
    return node


# -- copying and walking ------------------------------------------------------------------------


def copy_location(node: Node, where: Node) -> Node:
    """Give a node the location and the origin of another; return it."""
    found = where.__dict__
    for attribute in CARRIED:
        if attribute in found:
            node.__dict__[attribute] = found[attribute]
    return node


def clone(node: Node) -> Node:
    """Copy a node, or a list of nodes, with everything below it.

    Attributes that are not fields are shared, as are contexts and operators, which nobody changes.
    """
    if node.__class__ is list:
        return [clone(item) if isinstance(item, AST) else item for item in node]
    cls = node.__class__
    if not cls._fields:
        return node
    new = cls.__new__(cls)
    into = new.__dict__
    into.update(node.__dict__)
    for field in BELOW[cls]:
        value = into.get(field)
        if value is not None:
            into[field] = clone(value)
    return new


def walk(node: Node) -> Iterator[Node]:
    """Yield a node, or each of a list, and everything below it: parents first, as written.

    Contexts and operators are not nodes of their own here: they hold nothing.
    """
    pending = node[::-1] if isinstance(node, list) else [node]
    while pending:
        current = pending.pop()
        yield current
        fields = current.__dict__
        for field in BELOW[current.__class__]:
            value = fields.get(field)
            if value.__class__ is list:
                pending += [item for item in reversed(value) if item is not None]
            elif value is not None:
                pending.append(value)


def same(a: Any, b: Any) -> bool:
    """Whether two trees are the same program text; locations do not count."""
    if isinstance(a, AST):
        return a.__class__ is b.__class__ and all(
            same(getattr(a, field, None), getattr(b, field, None)) for field in a._fields
        )
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and repr(a) == repr(b)
