"""Kinds of what Python classes define: attributes, methods, ``super()``, construction.

>>> from adjoint.inspection import inferred
>>> from adjoint.transforms.stages import spelled
>>> class Spring:
...     def __init__(self, k):
...         self.k = k
...     def force(self, x):
...         return -self.k * x
>>> def f(x):
...     spring = Spring(2.0 * x)
...     return spring.force(x)
>>> kinds = inferred(f, 3.0).inference.kinds
>>> print(spelled(kinds['spring']))
Spring(k: active float64)
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adjoint.rules.errors import SourceError
from adjoint.rules.kinds import Kind, Known, Object, Scalar, Tuple, Unknown

from .classes import argument_kind, outward
from .decide import BUILD, DYNAMIC, MISSING, PATH, UNIT, Decision
from .infer_builtins import BuiltinInference
from .records import (
    OBJECT,
    builds_fields,
    generating,
    initializer,
    reads_plainly,
    record_fields,
    replaces_fields,
    starts_empty,
)
from .scope import read
from .syntax import Node, load, make

#: The methods that Python looks for in augmented assignments.
IN_PLACE_METHODS = {
    "Add": "__iadd__", "Sub": "__isub__", "Mult": "__imul__", "Div": "__itruediv__",
    "FloorDiv": "__ifloordiv__",
    "Mod": "__imod__", "Pow": "__ipow__", "MatMult": "__imatmul__", "BitOr": "__ior__", "BitAnd": "__iand__",
    "BitXor": "__ixor__", "LShift": "__ilshift__", "RShift": "__irshift__",
}  # fmt: skip


class ClassInference(BuiltinInference):
    """Decides what attributes and methods of objects are, and how objects are made."""

    call_function: Callable[..., Kind]
    call_unknown: Callable[..., Kind]

    # --- attributes and methods --------------------------------------------------------------
    def object_method(self, func: Node, base: Object, cls: type) -> tuple[Kind, Node | None]:
        """Return what ``obj.attr(...)`` calls, and the receiver if it is passed as first argument."""
        fields = dict(base.fields)
        if func.attr in fields and reads_plainly(cls, func.attr):
            func.kind = fields[func.attr]
            func.decision = Decision(PATH, func.attr)
            return func.kind, None
        found = inspect.getattr_static(cls, func.attr, None)
        plain = cls.__getattribute__ is OBJECT.__getattribute__
        if plain and isinstance(found, types.FunctionType):
            return self.scope.guarded(cls, func.attr), func.value
        if plain and isinstance(found, staticmethod):
            return Known(found.__func__), None
        return Unknown(base.active), None

    def object_attribute(self, node: Node, base: Object, cls: type, fields: dict[str, Kind]) -> Kind:
        """``obj.attr``: a field has a place of its own, a property is a call."""
        node.unseen = False
        if node.attr in fields and reads_plainly(cls, node.attr):
            node.decision = Decision(PATH, node.attr)
            return fields[node.attr]
        found = inspect.getattr_static(cls, node.attr, None)
        getter = property_getter(found) if cls.__getattribute__ is OBJECT.__getattribute__ else None
        if getter is not None:
            return self.call_function(node, getter, [node.value], {})
        if found is not None and not hasattr(found, "__get__") and reads_plainly(cls, node.attr):
            return self.scope.guarded(cls, node.attr)
        node.unseen = found is None and inspect.getattr_static(cls, "__getattr__", None) is None
        node.decision = Decision(DYNAMIC, getattr) if base.active else None
        return Unknown(base.active)

    # --- super -------------------------------------------------------------------------------
    def super_of(self, node: Node) -> tuple[type, Node] | None:
        """Return the class and the object of ``super()``, None if the expression is something else."""
        if type(node).__name__ != "Call" or type(node.func).__name__ != "Name" or node.keywords:
            return None
        if self.visit(node.func) != Known(super) or len(node.args) not in (0, 2):
            return None
        if node.args:
            owner, receiver = self.visit(node.args[0]), node.args[1]
        else:
            cell = self.scope.owner("__class__")
            parameters = [*self.unit.tree.args.posonlyargs, *self.unit.tree.args.args]
            if cell is None or not parameters or self.unit.local:
                return None
            owner, receiver = Known(read(cell, "__class__")), load(parameters[0].id, node)
        self.visit(receiver)
        return (owner.value, receiver) if isinstance(owner, Known) else None

    def following(self, node: Node, attr: str) -> tuple[Any, Node] | None:
        """Return what ``super().attr`` is in the class, and the object; None if it is not known."""
        found = self.super_of(node)
        if found is None or not isinstance(found[1].kind, Object):
            return None
        node.kind, node.decision = Known(super), None  # nothing of it is left in the generated code
        cls = found[1].kind.cls
        for base in cls.__mro__[cls.__mro__.index(found[0]) + 1 :]:
            if attr in vars(base):
                self.scope.guarded(base, attr)
                return vars(base)[attr], found[1]
        return None

    def call_super_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        """``super()`` of an object whose class only the running program knows."""
        found = self.super_of(node)
        if found is None:
            return Unknown()
        if not node.args:
            node.args = [load("__class__", node), found[1]]
            self.visit(node.args[0])
        active = found[1].kind.active
        node.decision = Decision(DYNAMIC, super) if active else None
        return Unknown(active)

    # --- operators ---------------------------------------------------------------------------
    def by_class(self, node: Node, function: Any, operands: list[Node]) -> Kind:
        """An operator that the class of an operand defines, or that only the running program knows."""
        active = any(operand.kind.active for operand in operands)
        for name, receiver, others in special_methods(function, operands):
            found = inspect.getattr_static(receiver.kind.cls, name, None)
            if active and isinstance(found, types.FunctionType):
                self.scope.guarded(receiver.kind.cls, name)
                kind = self.call_function(node, found, [receiver, *others], {})
                if not isinstance(kind, Unknown) and kind != Known(NotImplemented):
                    return kind
                break
        node.decision = Decision(DYNAMIC, function, operands) if active else None
        return Unknown(active)

    def changes_object(self, op: Node, kind: Kind) -> bool:
        """Whether the class of ``x`` defines ``x op= y`` as a method that stores into fields of ``x``."""
        if not isinstance(kind, Object):
            return False
        method = inspect.getattr_static(kind.cls, IN_PLACE_METHODS.get(type(op).__name__, ""), None)
        changes: bool = self.session.summaries.changes_receiver(method, kind.cls)
        return changes

    # --- construction ------------------------------------------------------------------------
    def call_class(
        self, node: Node, cls: type, args: list[Node], keywords: dict[str, Node], active: bool
    ) -> Kind:
        """Construction of an object: records are built from their fields, others by ``__init__``."""
        names = record_fields(cls)
        if cls is types.SimpleNamespace and not args:
            node.decision = Decision(BUILD, cls, args, keywords, bound=keywords)
            return Object(cls, tuple((name, value.kind) for name, value in keywords.items()))
        if names is None:
            return self.call_plain_class(node, cls, args, keywords, active)
        try:
            bound = inspect.signature(cls).bind(*args, **keywords).arguments
        except (TypeError, ValueError):
            return self.call_unknown(node)
        kinds = {name: argument_kind(value) for name, value in bound.items()}
        fields = builds_fields(cls, names, kinds)
        if fields is None:
            return self.call_unknown(node)
        node.decision = Decision(BUILD, cls, args, keywords, bound=bound)
        if issubclass(cls, tuple):
            return Tuple(tuple(fields[name] for name in names), cls)
        return Object(cls, tuple(fields.items()))

    def call_replaced(
        self, node: Node, function: Any, args: list[Node], keywords: dict[str, Node]
    ) -> Kind | None:
        """``dataclasses.replace(obj, field=value)``, ``point._replace(x=value)``; None for other calls."""
        kind = args[0].kind if len(args) == 1 else None
        if (
            not isinstance(kind, Tuple | Object)
            or kind.cls is None
            or not replaces_fields(function, kind.cls)
            or record_fields(kind.cls) is None
        ):
            return None
        if isinstance(kind, Tuple):
            names = kind.cls._fields  # type: ignore[attr-defined]
            items = dict(zip(names, kind.items, strict=True))
        else:
            names = tuple(field.name for field in dataclasses.fields(kind.cls) if field.init)
            items = dict(kind.fields)
        if not set(keywords) <= set(names) or set(items) != set(names):
            return None
        items |= {name: value.kind for name, value in keywords.items()}
        bound: dict[Any, Node] = {None: args[0], **keywords}
        node.decision = Decision(BUILD, function, args, keywords, bound=bound)
        if isinstance(kind, Tuple):
            return Tuple(tuple(items.values()), kind.cls)
        return Object(kind.cls, tuple(items.items()))

    def call_plain_class(
        self, node: Node, cls: type, args: list[Node], keywords: dict[str, Node], active: bool
    ) -> Kind:
        """A class with an ``__init__`` of its own: it fills a new object."""
        init = initializer(cls)
        known = self.scope.lookup("object") == Known(object) and "object" not in self.env
        if init is None or not known:
            empty = starts_empty(cls) and not args and not keywords
            node.completes_frozen = active and self.completes_frozen(cls)
            node.decision = Decision(DYNAMIC) if active else None
            return Object(cls, ()) if empty else Unknown(active)
        node.implicit = True
        maker = make("Attribute", node, value=load("object", node), attr="__new__")
        new = make("Call", node, func=maker, args=[node.func], keywords=[])
        new.kind, new.callee = Object(cls, ()), Known(object.__new__)
        self.scope.guarded(cls, "__init__")
        return self.initialize(node, init, new, args, keywords)

    def completes_frozen(self, cls: type) -> bool:
        """Whether a frozen dataclass has a ``__post_init__`` that sets fields all the same."""
        frozen = generating(cls) is not None and getattr(cls, "__dataclass_params__").frozen  # noqa: B009
        method = inspect.getattr_static(cls, "__post_init__", None)
        return bool(frozen and self.session.summaries.changes_receiver(method, cls))

    def initialize(
        self, node: Node, init: Any, receiver: Node, args: list[Node], keywords: dict[str, Node]
    ) -> Kind:
        """Call of an ``__init__`` on an object that nobody else can see; its value is the filled object."""
        try:
            bound = inspect.signature(init).bind(receiver, *args, **keywords).arguments
        except (TypeError, ValueError):
            return self.call_unknown(node)
        kinds = {name: outward(argument_kind(value)) for name, value in bound.items()}
        active = any(kind.active for kind in kinds.values())
        try:
            unit = self.session.specialize(init, kinds, self.depth + 1, initializes=True)
        except SourceError as error:
            node.decision = (
                Decision(MISSING, init, args, keywords, bound={"error": error}) if active else None
            )
            return Unknown(active)
        if unit is None:
            node.decision = Decision(DYNAMIC) if active else None
            return Unknown(active)
        result: Kind = self.session.result_of(unit)
        node.unit, node.bound = unit, bound
        if active or result.active:
            self.unit.units.append(unit)
            node.decision = Decision(UNIT, init, [receiver, *args], keywords, bound=bound, unit=unit)
        return result

    def is_initializer(self, node: Node, function: Any, args: list[Node]) -> bool:
        """Whether a call is a statement that fills an object: ``super().__init__(...)``, ``self.reset()``."""
        first: Any = args[0] if args and getattr(node, "is_statement", False) else None
        if type(first).__name__ != "Name" or not isinstance(first.kind, Object):
            return False
        if getattr(function, "__name__", "") == "__init__":
            return True
        active = first.kind.active or self.any_active(node)
        if not node.implicit or not active:
            return False
        changes: bool = self.session.summaries.changes_receiver(function, first.kind.cls)
        return changes

    def call_initializer(
        self, node: Node, function: Any, args: list[Node], keywords: dict[str, Node]
    ) -> Kind:
        """A method that fills its object, as a statement: the object's name is bound to the filled object."""
        if function is object.__init__:
            return Known(None)
        if not isinstance(function, types.FunctionType):
            return self.call_unknown(node)
        node.rebinds = (args[0], self.initialize(node, function, args[0], args[1:], keywords))
        return Known(None)


def special_methods(function: Any, operands: list[Node]) -> Iterator[tuple[str, Node, list[Node]]]:
    """Yield the method that an operator calls first, if the class of its receiver is known."""
    first, last = operands[0], operands[-1]
    name = function.__name__.strip("_")
    if isinstance(first.kind, Object):
        same = len(operands) == 1 or not isinstance(last.kind, Object) or last.kind.cls is first.kind.cls
        if same or name == "getitem":
            yield f"__{name}__", first, operands[1:]
    elif len(operands) == 2 and is_python_number(first.kind) and isinstance(last.kind, Object):
        yield f"__r{name}__", last, [first]


def is_python_number(kind: Kind) -> bool:
    """Whether values of a kind are numbers of Python, whose operators leave the work to other classes."""
    if isinstance(kind, Known):
        return isinstance(kind.value, int | float | complex) and not isinstance(kind.value, np.generic)
    return isinstance(kind, Scalar) and kind.numpy is False


def property_getter(found: Any) -> Any:
    """Return the Python function behind a property, None for any other attribute of a class."""
    if isinstance(found, property) and isinstance(found.fget, types.FunctionType):
        return found.fget
    return found.func if isinstance(found, functools.cached_property) else None


__all__ = ["ClassInference"]
