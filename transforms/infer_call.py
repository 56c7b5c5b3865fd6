"""Kinds of calls and attributes (the call half of :mod:`adjoint.transforms.infer`).

>>> from adjoint.inspection import inferred
>>> from adjoint.transforms.syntax import walk
>>> def square(x):
...     return x * x
>>> def f(x):
...     return np.exp(square(x)) + x.sum() + len(x)
>>> decisions = [getattr(n, 'decision', None) for n in walk(inferred(f, np.ones(3)).tree.body)]
>>> [(d.how, getattr(d.target, '__name__', '')) for d in decisions if d is not None]
[('rule', 'add'), ('rule', 'add'), ('rule', 'exp'), ('unit', 'square'), ('rule', 'sum')]
"""

from __future__ import annotations

import functools
import inspect
import types
from typing import Any

import numpy as np

from adjoint.rules.errors import SourceError
from adjoint.rules.kinds import (
    BOOL,
    FLOAT,
    INT,
    NUMERIC,
    Array,
    Closure,
    Dict,
    Kind,
    Known,
    List,
    Never,
    Object,
    Scalar,
    Tuple,
    Unknown,
    with_active,
)
from adjoint.rules.registry import registry
from adjoint.rules.signatures import own_signature

from .arraylike import write_arrays
from .callers import standing_for
from .classes import argument_kind, container_type, outward, runtime_type
from .decide import (
    CONSTANT_UNLESS_DEFINED,
    DYNAMIC,
    MISSING,
    MUTATES,
    PATH,
    UNIT,
    Decision,
    choose,
    declared_kind,
    is_mirrored,
    is_user_function,
    rules_of,
)
from .dummies import result_kind
from .infer_builtins import known_constant
from .infer_class import ClassInference
from .infer_library import LibraryInference
from .outdated import Outdating
from .syntax import Node, constant, make
from .unwrapping import behind, notice

ARRAY_MUTATORS = frozenset(
    {"sort", "fill", "put", "partition", "resize", "itemset", "setflags", "setfield", "byteswap"}
)
DISPATCHING = functools.singledispatch(len).__code__  # type: ignore[attr-defined]


class CallInference(LibraryInference, ClassInference, Outdating):
    """Decides what a call is and what kind of value it returns."""

    def visit_Call(self, node: Node) -> Kind:
        kind = self.called(node)
        node.handed = self.handed_on(node) if kind.active and node.decision.how == DYNAMIC else None
        self.forget(node)
        return kind

    def called(self, node: Node) -> Kind:
        """Decide a call."""
        target: Kind
        func, node.rebinds, node.implicit = node.func, None, False
        inherited = self.following(func.value, func.attr) if type(func).__name__ == "Attribute" else None
        if inherited is not None:
            target, receiver = Known(inherited[0]), inherited[1]
            func.kind = target
        elif type(func).__name__ == "Attribute":
            target, receiver = self.method(func, self.visit(func.value))
        else:
            target, receiver = self.visit(func), None
        self.visit_arguments(node)
        if isinstance(target, Known) and receiver is None:
            for made in write_arrays(self.unit, node, target.value):
                self.visit(made)
        node.callee, node.receiver = target, receiver
        arguments = self.arguments(node)
        if arguments is None:
            return self.call_with_stars(node, target, receiver)
        if isinstance(target, Closure):
            return self.call_closure(node, target, *arguments)
        if isinstance(target, Known):
            return self.call_known(node, target.value, receiver, *arguments)
        if isinstance(target, Object) and getattr(target.cls, "__adjoint_dynamic__", False):
            return self.call_unknown(node, target.active)
        if isinstance(target, Object) and receiver is None:
            called = inspect.getattr_static(target.cls, "__call__", None)
            if isinstance(called, types.FunctionType):
                node.implicit = True
                function = self.scope.guarded(target.cls, "__call__")
                assert isinstance(function, Known)
                return self.call_function(node, function.value, [func, *arguments[0]], arguments[1])
        return self.call_unknown(node, target.active)

    def arguments(self, node: Node) -> tuple[list[Node], dict[str, Node]] | None:
        """Return the arguments of a call; ``*args`` and ``**kwargs`` of known form are spelled out."""
        args: list[Node] = []
        keywords: dict[str, Node] = {}
        for arg in node.args:
            items = [arg] if type(arg).__name__ != "Starred" else self.places_in(arg.value)
            if items is None:
                return None
            args += items
        for keyword in node.keywords:
            if keyword.arg is not None:
                keywords[keyword.arg] = keyword.value
                continue
            items, kind = self.places_in(keyword.value), keyword.value.kind
            if items is None or not isinstance(kind, Dict) or kind.items is None:
                return None
            keywords |= {str(key): item for (key, _), item in zip(kind.items, items, strict=True)}
        return args, keywords

    def places_in(self, source: Node) -> list[Node] | None:
        """Return the places inside a named tuple or dict as expressions; None if they are not known."""
        kind = source.kind
        if isinstance(kind, Tuple):
            pairs = list(enumerate(kind.items))
        elif isinstance(kind, Dict) and kind.items is not None and all(type(k) is str for k, _ in kind.items):
            pairs = list(kind.items)
        else:
            return None
        if type(source).__name__ != "Name":
            return None
        items = []
        for key, child in pairs:
            item = make("Subscript", source, value=source, slice=constant(key))
            item.kind, item.decision, item.slice.kind = child, Decision(PATH, key), Known(key)
            items.append(item)
        return items

    def visit_arguments(self, node: Node) -> None:
        for arg in node.args:
            self.visit(arg)
        for keyword in node.keywords:
            self.visit(keyword.value)

    def call_unknown(self, node: Node, active: bool = False) -> Kind:
        """A callee that only the running program knows."""
        active = active or self.any_active(node)
        if type(node.func).__name__ == "Attribute":
            active = active or node.func.value.kind.active
        node.decision = Decision(DYNAMIC) if active else None
        return Unknown(active)

    def call_with_stars(self, node: Node, target: Kind, receiver: Node | None) -> Kind:
        """``f(*args, **kwargs)``: bound when the program runs."""
        active = self.any_active(node) or target.active or (receiver is not None and receiver.kind.active)
        if isinstance(target, Known) and any(
            rule.form == "constant" for rule in registry.lookup(target.value)
        ):
            active = False
        node.decision = Decision(DYNAMIC) if active else None
        return Unknown(active)

    def any_active(self, node: Node) -> bool:
        """Whether any argument of a call is active."""
        return any(a.kind.active for a in node.args) or any(k.value.kind.active for k in node.keywords)

    # --- methods and attributes --------------------------------------------------------------
    def method(self, func: Node, base: Kind) -> tuple[Kind, Node | None]:
        """Return what ``base.attr(...)`` calls, and the receiver if it is passed as first argument."""
        func.kind = Unknown(base.active)
        if func.attr == "__class__":
            func.kind = self.visit_Attribute(func)
            return func.kind, None
        match base:
            case Known(value) if not isinstance(value, str | tuple | bool | int | float | None):
                func.kind = self.scope.attribute(value, func.attr)
                return func.kind, None
            case Array() | Scalar():
                return self.array_method(func, base)
            case Object(cls):
                return self.object_method(func, base, cls)
            case List() | Dict() | Tuple():
                return self.type_method(container_type(base), func, base)
            case Known(value):
                return self.type_method(type(value), func, base)
            case _:
                return Unknown(base.active), None

    def array_method(self, func: Node, base: Array | Scalar) -> tuple[Kind, Node | None]:
        cls: type = np.ndarray
        if isinstance(base, Scalar) and not base.numpy:
            cls = type(base.dtype.type().item())
        return self.type_method(cls, func, base)

    def type_method(self, cls: type, func: Node, base: Kind) -> tuple[Kind, Node | None]:
        """Return a method of a builtin class and its receiver; unknown names go the run-time way."""
        found = getattr(cls, func.attr, None)
        return (Unknown(base.active), None) if found is None else (Known(found), func.value)

    def visit_Attribute(self, node: Node) -> Kind:
        base = self.visit(node.value)
        if node.attr == "__class__":
            cls = runtime_type(base)
            return Unknown() if cls is None else Known(cls)
        match base:
            case Known(value) if not isinstance(value, bool | int | float):
                return self.scope.attribute(value, node.attr)
            case Tuple(items, cls) if node.attr in getattr(cls, "_fields", ()):
                index = getattr(cls, "_fields", ()).index(node.attr)
                node.decision = Decision(PATH, index)
                return items[index]
            case Object(cls, fields):
                return self.object_attribute(node, base, cls, dict(fields))
            case Array() | Scalar() | Known():
                return self.array_attribute(node, base)
            case _:
                node.decision = Decision(DYNAMIC, getattr) if base.active else None
                return Unknown(base.active)

    def array_attribute(self, node: Node, base: Kind) -> Kind:
        """``x.T``, ``x.shape``: array attributes have rules under their descriptors."""
        descriptor = getattr(np.ndarray, node.attr, None)
        plain = with_active(base, False)
        if node.attr == "shape":
            dims = base.dims if isinstance(base, Array) else () if isinstance(base, Scalar) else None
            return Unknown() if dims is None else Tuple((INT,) * len(dims))
        if node.attr == "ndim" and isinstance(base, Array) and base.dims is not None:
            return Known(len(base.dims))
        if node.attr in ("size", "ndim", "itemsize", "nbytes"):
            return INT
        if base.active and (descriptor is None or isinstance(descriptor, types.MethodDescriptorType)):
            # No attribute of arrays, or a method to be called later.
            node.decision = Decision(DYNAMIC, getattr)
            return Unknown(True)
        if base.active:
            node.decision = choose(descriptor, (node.value,), {}, (base,), {})
        kind = result_kind(_get(node.attr), (plain,), ())
        if base.active and node.decision is not None and node.decision.rule is not None:
            declared = declared_kind(node.decision, (plain,), {})
            kind = kind if declared is None else declared
        return with_active(kind, base.active and getattr(node, "decision", None) is not None)

    # --- known callees -----------------------------------------------------------------------
    def call_known(
        self, node: Node, function: Any, receiver: Node | None, args: list[Node], keywords: dict[str, Node]
    ) -> Kind:
        """Call of a known object, with the receiver of a method as first argument."""
        args = [receiver, *args] if receiver is not None else args
        node.implicit = receiver is not None
        if self.session.forward and is_mirrored(function) and len(args) == 3:
            return self.call_mirrored(node, args)
        if getattr(function, "__adjoint_dynamic__", False):
            return self.call_unknown(node)
        if function is object.__new__ and len(args) == 1 and isinstance(args[0].kind, Known):
            return Object(args[0].kind.value, ())
        if self.is_initializer(node, function, args):
            return self.call_initializer(node, function, args, keywords)
        replaced = self.call_replaced(node, function, args, keywords)
        if replaced is not None:
            return replaced
        structural = getattr(self, f"call_{getattr(function, '__name__', '')}_", None)
        if structural is not None and getattr(function, "__module__", None) in ("builtins", None):
            kind: Kind | None = structural(node, function, args, keywords)
            if kind is not None:
                return kind
        constant = known_constant(function, args, keywords)
        if constant is not None:
            node.decision = None
            return constant
        if (
            receiver is not None
            and isinstance(receiver.kind, Array | Scalar)
            and node.func.attr in ARRAY_MUTATORS
        ):
            node.decision = Decision(MUTATES, node.func.attr, (receiver,))
            return Known(None)
        if isinstance(function, types.MethodType) and isinstance(function.__func__, types.FunctionType):
            owner = getattr(node.func, "value", None)
            if owner is not None and owner.kind == Known(function.__self__) and not registry.lookup(function):
                node.implicit = True  # a class method
                return self.call_function(node, function.__func__, [owner, *args], keywords)
            if not registry.lookup(function) and not self.any_active(node):
                return Unknown()
            return self.call_unknown(node)
        return self.call_function(node, function, args, keywords)

    def call_function(self, node: Node, function: Any, args: list[Node], keywords: dict[str, Node]) -> Kind:
        """Call of a library function, a user's function, a class or something unknown."""
        kinds = [arg.kind for arg in args]
        named = {key: value.kind for key, value in keywords.items()}
        rules = rules_of(function, self.session.forward)
        active = any(kind.active for kind in [*kinds, *named.values()])
        if any(isinstance(kind, Never) for kind in kinds):
            return Never()
        inner = (behind(function) or standing_for(function)) if active and not rules else None
        if inner is not None:
            notice(function, self.unit.source.filename, node.lineno)
            return self.call_function(node, inner, args, keywords)
        if getattr(function, "__code__", None) is DISPATCHING and not rules:
            return self.call_unknown(node)
        if function in CONSTANT_UNLESS_DEFINED and any(isinstance(kind, Object | Dict) for kind in kinds):
            return self.by_class(node, function, args)
        if rules or not (is_user_function(function) or isinstance(function, type)):
            return self.call_library(node, function, args, keywords, active)
        if isinstance(function, type):
            return self.call_class(node, function, args, keywords, active)
        return self.call_user(node, function, args, keywords, active)

    def by_rule(self, node: Node, function: Any, args: Any, keywords: Any, kinds: Any, named: Any) -> Kind:
        """Operators on numbers."""
        active = any(kind.active for kind in kinds)
        return self.call_library(node, function, list(args), dict(keywords), active)

    # --- users' functions and classes --------------------------------------------------------
    def call_user(
        self, node: Node, function: Any, args: list[Node], keywords: dict[str, Node], active: bool
    ) -> Kind:
        """Call of a Python function with source: compile it for these kinds."""
        try:
            bound = own_signature(function).bind(*args, **keywords).arguments
        except (TypeError, ValueError):
            return self.call_unknown(node) if active else Unknown()
        if not active:
            kinds = {name: outward(argument_kind(value)) for name, value in bound.items()}
            node.unit, node.bound = self.session.inactive_unit(function, kinds, self.depth), bound
            return Unknown() if node.unit is None else self.session.result_of(node.unit)
        try:
            kinds, carried = self.passed_on(bound, self.session.source_of(function).tree)
            outside = {name: read.kind for name, read in carried.items()}
            unit = self.session.specialize(function, kinds, self.depth + 1, outside)
        except SourceError as error:
            node.decision = Decision(MISSING, function, args, keywords, bound={"error": error})
            return Unknown(True)
        if unit is None:
            node.decision = Decision(DYNAMIC)
            return Unknown(True)
        self.unit.units.append(unit)
        node.decision = Decision(UNIT, function, args, keywords, bound=bound, unit=unit, carried=carried)
        kind: Kind = self.session.result_of(unit)
        return kind


@functools.cache
def _get(attr: str) -> Any:
    """Return a function that reads an attribute (one object per name, so that results are cached)."""
    return lambda value: getattr(value, attr)


__all__ = ["BOOL", "FLOAT", "NUMERIC", "CallInference"]
