"""Which variables share memory with the value of an expression.

Works on annotated trees (``node.kind``, ``node.callee``, ``node.receiver``, left by inference) and,
knowing less, on plain ones.  Every answer errs on the side of sharing.

>>> from adjoint.transforms.syntax import parse_expression
>>> memory = Memory()
>>> texts = ('y[1:]', 'y + z', '(y, [z])', 'a if c else b')
>>> [sorted(memory.sources(parse_expression(text))) for text in texts]
[['y'], [], ['y', 'z'], ['a', 'b']]
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterable
from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Closure, Dict, Kind, Known, List, Object, Scalar, Tuple, Unknown
from adjoint.rules.registry import registry

from .decide import BUILD, PATH, UNIT
from .syntax import Node, names_read, names_written

#: Attributes of arrays that hold no memory of the array.
PLAIN_ATTRIBUTES = frozenset({"shape", "ndim", "size", "dtype", "itemsize", "nbytes", "strides"})
#: Builtins whose result holds nothing of their arguments.
PLAIN_BUILTINS = frozenset(
    "len int float complex bool str repr abs round isinstance issubclass hash id any all divmod pow print "
    "ord chr format sum range type callable hasattr ascii bin hex oct open input".split()
)
#: Builtins and methods whose result holds the items of their arguments, but not the containers.
ITEM_BUILTINS = frozenset(
    "list tuple set frozenset dict sorted reversed enumerate zip iter next max min".split()
)
ITEM_METHODS = frozenset("pop popitem get copy values items keys setdefault __getitem__".split())
#: Functions of NumPy that always make a new array.
NEW: frozenset[Any] = frozenset(
    {np.zeros, np.ones, np.empty, np.full, np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.copy}
    | {np.array, np.arange, np.linspace, np.eye, np.identity, np.tri, np.concatenate, np.where}
    | {np.ndarray.copy, np.ndarray.astype, np.ndarray.flatten, np.ndarray.tolist, np.ndarray.item}
    | {object.__new__, np.argsort, np.argmax, np.argmin, np.nonzero, np.flatnonzero, np.unique, np.bincount}
)
#: Functions that may return a view although their rule says otherwise.
VIEWS: frozenset[Any] = frozenset(
    {max, min, sum} | {np.diag, np.real, np.imag, np.real_if_close, np.asarray, np.linalg.matrix_power}
)
LIBRARIES = frozenset(
    "numpy scipy math cmath operator _operator builtins functools itertools random time".split()
    + ["dataclasses", "copy"]
)
CONTAINERS = (List, Dict, Tuple, Object)
DISPLAYS = frozenset("List Dict Set ListComp DictComp SetComp".split())
MAKERS = (list, dict, sorted, list.copy, dict.copy)


class Memory:
    """Answers questions about sharing; ``summaries`` tells what users' functions do."""

    def __init__(self, summaries: Any = None) -> None:
        self.summaries = summaries

    def sources(self, node: Node, through: bool = True) -> set[Any]:
        """Return the variables whose memory the value of an expression may share or contain.

        Args:
            node: the expression.
            through: whether an item of a container counts as sharing with the container.
        """
        kind = getattr(node, "kind", None)
        if kind is not None and immutable(kind):
            return set()
        method = getattr(self, f"of_{type(node).__name__}", None)
        return names_read(node) if method is None else method(node, through)

    def all(self, nodes: Iterable[Node], through: bool = True) -> set[Any]:
        """Return the sources of several expressions."""
        return set().union(*(self.sources(node, through) for node in nodes if node is not None))

    def items(self, node: Node, through: bool) -> set[Any]:
        """Return the sources of what a container holds."""
        held = type(node).__name__ == "Name" and isinstance(getattr(node, "kind", None), CONTAINERS)
        return set() if held and not through else self.sources(node, through)

    def variable(self, name: str) -> set[Any]:
        """Return what stands for the memory of a variable."""
        return {name}

    # --- expressions -------------------------------------------------------------------------
    def of_Name(self, node: Node, through: bool) -> set[Any]:
        return self.variable(node.id)

    def nothing(self, node: Node, through: bool) -> set[Any]:
        """Return no sources: the value is new."""
        return set()

    of_Constant = of_JoinedStr = of_Compare = of_Slice = nothing

    def of_BinOp(self, node: Node, through: bool) -> set[Any]:
        """Arithmetic makes new values; sequences and objects with operators of their own may not."""
        parts = [p for p in (node.left, node.right) if not is_arithmetic(p)]
        return self.all(parts, through)

    def of_UnaryOp(self, node: Node, through: bool) -> set[Any]:
        return set() if is_arithmetic(node.operand) else self.sources(node.operand, through)

    def of_BoolOp(self, node: Node, through: bool) -> set[Any]:
        return self.all(node.values, through)

    def of_IfExp(self, node: Node, through: bool) -> set[Any]:
        return self.all((node.body, node.orelse), through)

    def of_NamedExpr(self, node: Node, through: bool) -> set[Any]:
        return self.sources(node.value, through) | self.variable(node.target.id)

    def of_Starred(self, node: Node, through: bool) -> set[Any]:
        return self.items(node.value, through)

    def of_Tuple(self, node: Node, through: bool) -> set[Any]:
        return self.all(node.elts, through)

    of_List = of_Set = of_Tuple

    def of_Dict(self, node: Node, through: bool) -> set[Any]:
        return self.all(node.values, through)

    def of_ListComp(self, node: Node, through: bool) -> set[Any]:
        """What a comprehension collects, and what it walks over."""
        results = [getattr(node, f) for f in ("elt", "key", "value") if hasattr(node, f)]
        walked = set().union(*(self.items(g.iter, through) for g in node.generators))
        bound = set().union(*(names_written(g.target) for g in node.generators))
        return (self.all(results, through) | walked) - bound

    of_GeneratorExp = of_SetComp = of_DictComp = of_ListComp

    def of_Subscript(self, node: Node, through: bool) -> set[Any]:
        return self.items(node.value, through)

    def of_Attribute(self, node: Node, through: bool) -> set[Any]:
        if node.attr in PLAIN_ATTRIBUTES:
            return set()
        path = dotted(node)
        if path:
            return self.variable(path)
        decision = getattr(node, "decision", None)
        field = decision is None or decision.how == PATH
        return self.items(node.value, through) if field else self.sources(node.value, through)

    # --- calls -------------------------------------------------------------------------------
    def of_Call(self, node: Node, through: bool) -> set[Any]:
        function, receiver = callee(node)
        args = arguments(node)
        name = getattr(function, "__name__", "")
        if makes_new(function, node):
            return set()
        if is_builtin(function):
            if name in PLAIN_BUILTINS and not (name == "sum" and len(args) > 1):
                return set()
            if name in ITEM_BUILTINS:
                return set().union(*(self.items(a, through) for a in args))
        if receiver is not None and isinstance(getattr(receiver, "kind", None), List | Dict | Tuple):
            held = self.items(receiver, through) if node.func.attr in ITEM_METHODS else set()
            return held | self.all(args, through)
        known = self.returned(node, function, receiver)
        if known is not None:
            return known
        return self.all([*args, receiver, self.called(node)], through)

    def called(self, node: Node) -> Node | None:
        """Return the expression that is called unless it is known code: it may hold anything."""
        known = (
            isinstance(getattr(node.func, "kind", None), Known) or getattr(node, "receiver", None) is not None
        )
        return None if known else getattr(node.func, "value", node.func)

    def returned(self, node: Node, function: Any, receiver: Node | None) -> set[Any] | None:
        """Return what a user's function returns of its arguments, None if that is not known."""
        summary, bound = self.effects(node, function, receiver)
        if summary is None or bound is None:
            return None
        return set().union(*(self.argument(name, summary, bound) for name in summary.returned))

    def argument(self, name: str, summary: Any, bound: dict[str, list[Node]]) -> set[Any]:
        """Return the sources of what a callee knows under a name: a parameter or a variable outside."""
        if name in bound:
            return self.all(bound[name])
        return set() if name in summary.parameters and name not in summary.captured else self.variable(name)

    def effects(
        self, node: Node, function: Any, receiver: Node | None
    ) -> tuple[Any, dict[str, list[Node]] | None]:
        """Return the summary of the user's function that a call calls, and its bound arguments."""
        decision = getattr(node, "decision", None)
        if self.summaries is None:
            return None, None
        if decision is not None and decision.how == UNIT:
            return self.summaries.of_unit(decision.unit), {
                n: flat(item) for n, item in decision.bound.items()
            }
        unit = getattr(node, "unit", None)
        if unit is not None and hasattr(node, "bound"):
            return self.summaries.of_unit(unit), {n: flat(item) for n, item in node.bound.items()}
        if not isinstance(function, types.FunctionType) or library(function):
            return None, None
        return self.summaries.of(function, class_of(receiver)), bound_arguments(function, node, receiver)

    # --- new values --------------------------------------------------------------------------
    def is_new(self, value: Node) -> bool:
        """Whether an expression makes an array or container that nobody else can see."""
        kind = type(value).__name__
        if kind in DISPLAYS:
            return True
        if kind in ("BinOp", "UnaryOp"):
            parts = (value.left, value.right) if kind == "BinOp" else (value.operand,)
            return all(map(is_arithmetic, parts)) or isinstance(kind_at(value), List | Dict)
        if kind == "Subscript" and type(value.slice).__name__ == "Slice":
            return isinstance(kind_at(value.value), List)
        if kind == "IfExp":
            return self.is_new(value.body) and self.is_new(value.orelse)
        return kind == "Call" and self.call_is_new(value)

    def call_is_new(self, value: Node) -> bool:
        """Whether a call returns a value that nobody else can see."""
        decision = getattr(value, "decision", None)
        if decision is not None and decision.how == BUILD:
            return True
        function, _ = callee(value)
        if function in MAKERS:
            return True
        unit = (
            decision.unit if decision is not None and decision.how == UNIT else getattr(value, "unit", None)
        )
        if unit is not None and unit.initializes:
            summary = self.summaries.of_unit(unit)
            return summary is not None and unit.initializes not in summary.kept
        if isinstance(function, type) and isinstance(value.kind, Object) and not value.kind.fields:
            return True
        return makes_new(function, value)


def flat(item: Any) -> list[Node]:
    """Return the expressions bound to a parameter."""
    if isinstance(item, tuple | dict):
        return [n for part in (item.values() if isinstance(item, dict) else item) for n in flat(part)]
    return [item]


# --- kinds and callees ---------------------------------------------------------------------------


def immutable(kind: Kind) -> bool:
    """Whether nobody can change a value of this kind in place."""
    if isinstance(kind, Tuple):
        return all(immutable(item) for item in kind.items)
    return isinstance(kind, Scalar | Known)


def kind_at(node: Node) -> Kind:
    """Return the kind of an expression; code that was not visited (a nested function's) has none."""
    kind: Kind | None = getattr(node, "kind", None)
    return Unknown() if kind is None else kind


def stored_at(target: Node) -> Kind:
    """Return the kind of what is stored in a target; unreachable code has none."""
    kind: Kind | None = getattr(target, "stored", None)
    return Unknown() if kind is None else kind


def is_arithmetic(node: Node) -> bool:
    """Whether an operand is surely (or, in a plain tree, most likely) a number or array."""
    kind = getattr(node, "kind", None)
    if kind is None:
        return type(node).__name__ not in ("List", "Tuple", "ListComp", "BinOp") or (
            type(node).__name__ == "BinOp" and is_arithmetic(node.left) and is_arithmetic(node.right)
        )
    return isinstance(kind, Scalar | Array | Known)


def dotted(node: Node) -> str:
    """Return ``module.name`` for an attribute of something known, else nothing."""
    parts = [node.attr]
    while type(node.value).__name__ == "Attribute":
        node = node.value
        parts.append(node.attr)
    base = node.value
    if type(base).__name__ != "Name" or not isinstance(getattr(base, "kind", None), Known):
        return ""
    return ".".join([base.id, *reversed(parts)])


def callee(node: Node) -> tuple[Any, Node | None]:
    """Return the function that a call calls (None if unknown) and the receiver of a method."""
    target = getattr(node, "callee", None)
    receiver = getattr(node, "receiver", None)
    if isinstance(target, Known):
        return target.value, receiver
    if isinstance(target, Object):
        return inspect.getattr_static(target.cls, "__call__", None), node.func
    if receiver is None and type(node.func).__name__ == "Attribute":
        receiver = node.func.value
    return None, receiver


def arguments(node: Node) -> list[Node]:
    """Return the argument expressions of a call."""
    return [*node.args, *(keyword.value for keyword in node.keywords)]


def bound_arguments(function: Any, node: Node, receiver: Node | None) -> dict[str, list[Node]] | None:
    """Return the argument expressions of each parameter; None if only the running program knows."""
    if any(type(a).__name__ == "Starred" for a in node.args) or any(k.arg is None for k in node.keywords):
        return None
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    positional = names[: code.co_argcount]
    rest = code.co_varnames[len(names) :]
    bound: dict[str, list[Node]] = {}
    args = [receiver, *node.args] if receiver is not None else list(node.args)
    for i, arg in enumerate(args):
        bound.setdefault(positional[i] if i < len(positional) else (rest or ("",))[0], []).append(arg)
    for keyword in node.keywords:
        name = keyword.arg if keyword.arg in names else (rest or ("",))[-1]
        bound.setdefault(name, []).append(keyword.value)
    return bound


def class_of(receiver: Node | None) -> type | None:
    """Return the class of a receiver if it is known."""
    kind = getattr(receiver, "kind", None)
    return kind.cls if isinstance(kind, Object) else None


def makes_new(function: Any, node: Node) -> bool:
    """Whether a library function always returns memory of its own."""
    if function is None or not hashable(function) or function in VIEWS:
        return False
    if any(keyword.arg in ("out", "copy", None) for keyword in node.keywords):
        return False
    if isinstance(function, np.ufunc):
        return len(node.args) <= function.nin
    if function in NEW:
        return True
    rules = registry.lookup(function)
    return bool(rules) and all(r.fresh and (r.form == "rrule" or library(function)) for r in rules)


def hashable(function: Any) -> bool:
    """Whether a callable can be looked up in a table."""
    try:
        hash(function)
    except TypeError:
        return False
    return True


def is_builtin(function: Any) -> bool:
    """Whether a callable is one of Python's builtins."""
    return getattr(function, "__module__", None) == "builtins"


def library(function: Any) -> bool:
    """Whether a callable belongs to NumPy, SciPy or the standard library's mathematics."""
    module = getattr(function, "__module__", None)
    owner = getattr(function, "__objclass__", None)
    module = (
        module
        or getattr(owner, "__module__", None)
        or getattr(getattr(function, "__self__", None), "__module__", None)
    )
    if module is None:
        return isinstance(function, np.ufunc | types.BuiltinFunctionType)
    return str(module).partition(".")[0] in LIBRARIES


__all__ = ["Closure", "Memory", "arguments", "bound_arguments", "callee", "immutable", "library", "makes_new"]
