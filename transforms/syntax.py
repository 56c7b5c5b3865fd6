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

import ast
import contextlib
import functools
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import gast
from gast import (
    AST,
    Expr,
    FunctionDef,
    List,
    Load,
    Name,
    Starred,
    Store,
    Tuple,
)
from gast import iter_child_nodes as iter_child_nodes
from gast.ast3 import Ast3ToGAst
from gast.unparser import _Precedence, _Unparser

from .fields import BELOW, LEAVES, structured
from .names import free_names as free_names
from .names import names_read as names_read
from .names import names_written as names_written
from .trees import clone as clone
from .trees import reached as reached
from .trees import rebuilt as rebuilt
from .trees import revised as revised
from .trees import same as same
from .trees import shallow as shallow
from .trees import updated as updated
from .trees import walk as walk

#: A gast node.  gast has no types, so this says more to the reader than to the type checker.
Node: TypeAlias = Any

LOCATION = ("lineno", "col_offset", "end_lineno", "end_col_offset")
#: What `copy_location` carries over: the place in the user's file, and the user's node.
CARRIED = (*LOCATION, "origin")
#: Contexts and operators: one node of each class is enough, nobody changes them.
SHARED = frozenset(cls.__name__ for base in LEAVES for cls in base.__subclasses__())


def __getattr__(kind: str) -> Any:
    """Return a node class, a visitor or another name of gast."""
    if kind.startswith("_"):
        raise AttributeError(kind)
    return getattr(gast, kind)


# -- text to tree and back ----------------------------------------------------------------------


def parse(text: str) -> Node:
    """Parse a module; the text may be indented."""
    return from_ast(ast.parse(textwrap.dedent(text)))


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


class _Reader(Ast3ToGAst):  # type: ignore[misc]
    """gast's conversion, without a constructor call for every node; contexts and operators are shared."""

    def visit(self, node: Any) -> Node:
        """Convert a node: as gast does it if it is another in its world."""
        method = _method(_Reader, node.__class__)
        return self.generic_visit(node) if method is None else method(self, node)

    def generic_visit(self, node: Any) -> Node:
        """Convert a node whose fields are the same in both worlds."""
        if isinstance(node, LEAVES):  # printers of tracebacks hang notes on them: all trees share them
            return _leaf(node.__class__.__name__)
        new = _empty(node.__class__.__name__)
        new.__dict__ = fields = {**node.__dict__}
        for field in _structured(node.__class__.__name__):
            value = fields.get(field)
            if value.__class__ is list:
                fields[field] = [self.visit(item) if isinstance(item, ast.AST) else item for item in value]
            elif value is not None:
                fields[field] = self.visit(value)
        return new

    def visit_Name(self, node: Any) -> Node:
        """Convert a name: gast's may carry an annotation."""
        new = Name.__new__(Name)
        ctx = _leaf(node.ctx.__class__.__name__)
        new.__dict__ = {**node.__dict__, "ctx": ctx, "annotation": None, "type_comment": None}
        return new

    def visit_arg(self, node: Any) -> Node:
        """Convert a parameter."""
        new: Node = super().visit_arg(node)
        if new.annotation is not None:
            new.__class__ = Annotated
        return new


@functools.cache
def _method(visitor: type, cls: type) -> Any:
    """Return the method of a visitor for nodes of a class, if they have one of their own."""
    return getattr(visitor, f"visit_{cls.__name__}", None)


@functools.cache
def _structured(kind: str) -> tuple[str, ...]:
    return structured(getattr(gast, kind))


def _empty(kind: str) -> Node:
    cls = getattr(gast, kind)
    return cls.__new__(cls)


@functools.cache
def _leaf(kind: str) -> Node:
    """Return the one context or operator of a class: nobody changes them."""
    return _empty(kind)


def from_ast(tree: Any) -> Node:
    """Convert a tree of the standard ``ast`` module."""
    return _Reader().visit(tree)


def to_ast(tree: Node) -> Any:
    """Convert into a tree of the standard ``ast`` module, ready to be compiled."""
    return gast.fix_missing_locations(gast.gast_to_ast(tree))


class Annotated(Name):  # type: ignore[misc]
    """A parameter whose type is written down: the only name with a node below it."""


Annotated.__name__ = Name.__name__
BELOW[Name] = ()


class _Printer(_Unparser):  # type: ignore[misc]
    """gast's printer for trees whose nodes may lack locations and hold negative constants."""

    def get_type_comment(self, node: Node) -> None:
        """Print no type comments: finding them needs locations."""

    def traverse(self, node: Node) -> None:
        """Print a node or a list of them: names, the most frequent, without a detour."""
        if node.__class__ is list:
            for item in node:
                self.traverse(item)
        elif node.__class__ is Name:
            self._source.append(node.id)
        else:
            _method(_Printer, node.__class__)(self, node)

    def visit_BinOp(self, node: Node) -> None:
        """Print an operator as gast does, without its context managers."""
        operator = self.binop[node.op.__class__.__name__]
        precedence = self.binop_precedence[operator]
        right = operator in self.binop_rassoc
        parens = self.get_precedence(node) > precedence
        self._precedences[node.left] = precedence + right
        self._precedences[node.right] = precedence + (not right)
        self._source.append("(" if parens else "")
        self.traverse(node.left)
        self._source.append(f" {operator} ")
        self.traverse(node.right)
        self._source.append(")" if parens else "")

    def visit_If(self, node: Node) -> None:
        """Print a branch; an assignment that is the whole test needs no parentheses."""
        if node.test.__class__.__name__ != "NamedExpr":
            super().visit_If(node)
            return
        self.fill("if ")
        self.set_precedence(_Precedence.TEST, node.test.value)
        self.traverse(node.test.target)
        self.write(" := ")
        self.traverse(node.test.value)
        with self.block():
            self.traverse(node.body)
        if node.orelse:
            self.fill("else")
            with self.block():
                self.traverse(node.orelse)

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
    if kind in SHARED:
        return _leaf(kind)
    form = _form(kind)
    node = form.cls.__new__(form.cls)
    node.__dict__ = attributes = {**form.empty, **fields}
    if len(attributes) > len(form.empty):
        raise TypeError(f"{kind} has no field {', '.join(sorted(fields.keys() - form.empty.keys()))}")
    for key in form.lists:
        if attributes[key] is None:
            attributes[key] = []
    return node if where is None else copy_location(node, where)


@dataclass(frozen=True)
class _Form:
    """A node class, what its fields hold when nothing is given, and which of them hold lists."""

    cls: Any
    empty: dict[str, Any]
    lists: tuple[str, ...]


@functools.cache
def _form(kind: str) -> _Form:
    """Return how nodes of a class are made."""
    special = {"ctx": Load(), "is_async": 0, "simple": 1, "conversion": -1, "level": 0}
    cls = getattr(gast, kind)
    lists = [f for f in cls._fields if getattr(cls._field_types.get(f), "__origin__", None) is list]
    return _Form(cls, {field: special.get(field) for field in cls._fields}, tuple(lists))


def name(identifier: str, ctx: Node = None, where: Node = None) -> Node:
    """Make a name; it is read unless a context is given."""
    node = Name.__new__(Name)
    node.__dict__ = {"id": identifier, "ctx": ctx or _leaf("Load"), "annotation": None, "type_comment": None}
    return node if where is None else copy_location(node, where)


def load(identifier: str, where: Node = None) -> Node:
    """Make a name that is read."""
    return name(identifier, None, where)


def store(identifier: str, where: Node = None) -> Node:
    """Make a name that is assigned."""
    return name(identifier, _leaf("Store"), where)


def param(identifier: str, where: Node = None) -> Node:
    """Make a parameter of a function."""
    return name(identifier, _leaf("Param"), where)


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


def copy_location(node: Node, where: Node) -> Node:
    """Give a node the location and the origin of another; return it."""
    found = where.__dict__
    for attribute in CARRIED:
        if attribute in found:
            node.__dict__[attribute] = found[attribute]
    return node
