"""What fusing needs to know of values: dtype, rank, which axes are one long, and who allocated them.

Equal axis symbols are *probably* equal lengths: loops are laid out by them, and check the lengths
before they run.

>>> n, m = ('x', 0), ('x', 1)
>>> elementwise('f', Form('f', (n, m)), Form('f', (ONE, m))) == Form('f', (n, m))
True
>>> join(Form('f', (n,)), Form('f', (m,)), 'y')
Form(dtype='f', axes=(('some', 'y', 0),), origin=None)
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Known, Object, Scalar
from adjoint.rules.kinds import Dict as DictKind
from adjoint.rules.kinds import List as ListKind
from adjoint.rules.kinds import Tuple as TupleKind

from .facts import ONE
from .syntax import Node, make

Axis = Any
#: Functions of numbers that give a float, entry by entry.
FLOATS = (
    *(np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p, np.sqrt, np.cbrt, np.square),
    *(np.sin, np.cos, np.tan, np.sinh, np.cosh, np.tanh, np.arcsin, np.arccos, np.arctan, np.arcsinh),
    *(np.arccosh, np.arctanh, np.arctan2, np.hypot, np.floor, np.ceil, np.trunc, np.rint, np.logaddexp),
    *(np.reciprocal, np.deg2rad, np.rad2deg, np.copysign, np.heaviside),
)
#: Those that keep the dtype of what they are given.
SAME = (np.abs, np.negative, np.positive, np.maximum, np.minimum, np.sign, np.add, np.subtract, np.multiply)
TRUTHS = (np.isnan, np.isfinite, np.isinf, np.signbit, np.logical_and, np.logical_or, np.logical_not)
ELEMENTWISE = frozenset((*FLOATS, *SAME, *TRUTHS, np.where))
#: Functions of the shape of their first argument, and of a value that fills it.
FILLS: dict[Any, float | None] = {np.zeros: 0.0, np.ones: 1.0, np.full: None, np.broadcast_to: None}
LIKES: dict[Any, float | None] = {np.zeros_like: 0.0, np.ones_like: 1.0, np.full_like: None}


@dataclass(frozen=True)
class Form:
    """A number (no axes) or array: dtype float64, int64 or bool by its letter, axes, and its allocation."""

    dtype: str
    axes: tuple[Axis, ...] = ()
    origin: Any = None


@dataclass(frozen=True)
class Items:
    """A tuple."""

    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Fields:
    """A dict or object, by its keys or attributes."""

    parts: tuple[tuple[Any, Any], ...]


@dataclass(frozen=True)
class Sequence:
    """A list whose elements have one form; None while it is empty."""

    element: Any


@dataclass(frozen=True)
class FormState:
    """The forms of variables at one point: None where it is not known, none at all before an assignment."""

    forms: Mapping[str, Any]

    def joined(self, other: FormState) -> FormState:
        """Return what both paths agree on; a variable that only one assigns is read behind that one only."""
        both = {n: join(f, other.forms[n], n) for n, f in self.forms.items() if n in other.forms}
        return FormState({**self.forms, **other.forms, **both})


def join(a: Any, b: Any, name: str) -> Any:
    """Return the form of a value that has one of two forms, or None."""
    if a == b:
        return a
    match a, b:
        case Form(), Form() if a.dtype == b.dtype and len(a.axes) == len(b.axes):
            pairs = enumerate(zip(a.axes, b.axes, strict=True))
            axes = tuple(p if p == q else ("some", name, k) for k, (p, q) in pairs)
            return Form(a.dtype, axes, a.origin if a.origin == b.origin else None)
        case Items(), Items() if len(a.parts) == len(b.parts):
            parts = zip(a.parts, b.parts, strict=True)
            return Items(tuple(join(p, q, f"{name}.{k}") for k, (p, q) in enumerate(parts)))
        case Fields(), Fields() if dict(a.parts).keys() == dict(b.parts).keys():
            other = dict(b.parts)
            return Fields(tuple((key, join(p, other[key], f"{name}.{key}")) for key, p in a.parts))
        case Sequence(), Sequence():
            if a.element is None or b.element is None:
                return a if b.element is None else b
            element = join(a.element, b.element, name)
            return None if element is None else Sequence(element)
    return None


def form_of_kind(kind: Kind | None, name: Any) -> Any:
    """Return the form of a parameter; None where it is nothing that loops are made of."""
    match kind:
        case Known(value) if isinstance(value, bool | int | float):
            return Form({bool: "b", int: "i"}.get(type(value), "f"))
        case Scalar(dtype) | Array(dtype, ()) if dtype in LETTERS and isinstance(kind, Scalar):
            return Form(LETTERS[dtype])
        case Array(dtype, dims) if dtype in LETTERS and dims:
            axes = tuple(ONE if dim == "1" else (name, k) for k, dim in enumerate(dims))
            return Form(LETTERS[dtype], axes, name)
        case TupleKind(items):
            return Items(tuple(form_of_kind(item, (name, k)) for k, item in enumerate(items)))
        case ListKind(element) if element is not None:
            return Sequence(form_of_kind(element, (name, "item")))
        case DictKind(items) | Object(_, items) if items is not None:
            return Fields(tuple((key, form_of_kind(item, (name, key))) for key, item in items))
    return None


LETTERS = {np.dtype(np.float64): "f", np.dtype(np.int64): "i", np.dtype(np.bool_): "b"}


REDUCTIONS = (np.sum, np.mean, np.max, np.min)
NAMES = ("sum", "mean", "max", "min")
BUILTINS = {f.__name__: f for f in (len, max, min, abs, float, int, range, reversed)}
ORDERS = frozenset("Lt LtE Gt GtE Eq NotEq".split())


def shape_owner(node: Node) -> Node:
    """Return the array whose shape an expression is: ``x`` of ``x.shape`` and ``np.shape(x)``."""
    kind = type(node).__name__
    if kind == "Attribute" and node.attr == "shape":
        return node.value
    if kind == "Call" and getattr(node.func, "attr", "") == "shape" and len(node.args) == 1:
        return node.args[0]
    return None


def fill_value(node: Node, function: Any) -> Node:
    """Return what an array is filled with."""
    constant = {**FILLS, **LIKES}[function]
    if constant is not None:
        return make("Constant", value=constant) if len(node.args) == 1 else None
    if len(node.args) != 2:
        return None
    return node.args[0] if function is np.broadcast_to else node.args[1]


def literal(node: Node) -> Any:
    """Return the value of a literal, ``...`` for anything else."""
    if type(node).__name__ == "UnaryOp" and type(node.op).__name__ == "USub":
        value = literal(node.operand)
        return -value if type(value) is int else ...
    return node.value if type(node).__name__ == "Constant" else ...


def identity(forms: list[Any]) -> Any:
    """The form of a cotangent that already has the shape and dtype of its primal."""
    if len(forms) != 2 or not all(isinstance(form, Form) for form in forms):
        return None
    same = forms[0].axes == forms[1].axes and forms[0].dtype == forms[1].dtype == "f"
    return Form("f", forms[0].axes) if same else None


def scalar_call(function: Any, forms: list[Any]) -> Any:
    """The form of a builtin function of numbers."""
    if function is len:
        return Form("i")
    if not forms or any(not isinstance(form, Form) or form.dtype == "b" for form in forms):
        return None
    if function is abs and len(forms) == 1:
        return Form(forms[0].dtype, forms[0].axes)
    if any(form.axes for form in forms):
        return None
    if function in (float, int):
        return Form("f" if function is float else "i")
    letters = {form.dtype for form in forms}
    return Form(letters.pop()) if len(letters) == 1 and len(forms) > 1 else None


def is_entrywise(function: Any) -> bool:
    """Whether a function computes every entry from the same entries of its arguments."""
    return getattr(function, "entrywise", False) is True or any(function is known for known in ELEMENTWISE)


def called(function: Any, forms: list[Any]) -> Any:
    """The form of an elementwise function's result."""
    if not is_entrywise(function) or not forms or any(not isinstance(form, Form) for form in forms):
        return None
    if isinstance(function, np.ufunc) and len(forms) != function.nin:
        return None
    if function is np.where:
        if len(forms) != 3 or forms[0].dtype != "b" or "b" in (forms[1].dtype, forms[2].dtype):
            return None
        return elementwise("f" if "f" in (forms[1].dtype, forms[2].dtype) else "i", *forms)
    if function in TRUTHS:
        return elementwise("b", *forms)
    letters = {form.dtype for form in forms}
    if "b" in letters or function not in SAME and letters != {"f"}:
        return None
    return elementwise("f" if "f" in letters else "i", *forms)


def elementwise(letter: str, *forms: Any) -> Any:
    """The form of an elementwise result; of two axes the first stands for both."""
    if any(not isinstance(form, Form) for form in forms):
        return None
    columns = itertools.zip_longest(*(reversed(form.axes) for form in forms), fillvalue=ONE)
    axes = [next((axis for axis in column if axis != ONE), ONE) for column in columns]
    return Form(letter, tuple(reversed(axes)))
