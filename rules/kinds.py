"""Kinds: what the compiler knows about a value without running the program.

A kind is an immutable, hashable description ("a float", "a float64 matrix", "a dict with these
keys").  Rules may look at kinds through their ``when`` predicate; the compiler carries them
through a function body.  Every leaf has an ``active`` bit: whether the value may depend on the
variables that are differentiated.
"""

from __future__ import annotations

import enum
import functools
import operator
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.rules.boxes import Box, Unboxable
from adjoint.rules.callback import is_pullback

#: What is known of one array dimension: exactly 1, anything but 1, or nothing.
ONE, MANY, ANY = "1", "n", "?"
#: Types of the keys of dicts that can be spelled as literals.
LITERALS = (str, bytes, int, bool, float, type(None))


@dataclass(frozen=True, slots=True)
class Never:
    """No value: a call whose result is not known yet, because it is being inferred."""

    active: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Any value at all; handled by the generic run-time path when active.

    ``written`` says that it is a text, or bytes, with the digits of an active value in it.
    """

    active: bool = False
    written: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """One particular object: a function, a module, ``None``, a literal."""

    value: Any
    active: bool = False

    def __hash__(self) -> int:
        identity = id(self.value) if _by_identity(self.value) else repr(self.value)  # slices have no hash
        return hash((type(self.value).__name__, identity))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Known) or type(self.value) is not type(other.value):
            return False
        if self.value is other.value:
            return True
        return not _by_identity(self.value) and repr(self.value) == repr(other.value)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A Python number (``numpy=False``) or a NumPy scalar; ``None`` where it may be either.

    Where integers and floats meet, the kind is that of floats with ``numpy=None``.
    """

    dtype: np.dtype[Any]
    numpy: bool | None = False
    active: bool = False


@dataclass(frozen=True, slots=True)
class Array:
    """An array of known dtype and rank; ``dims`` is None for unknown rank, ``dtype`` may be None.

    ``Array(None, None)`` stands for "some number or array".
    """

    dtype: np.dtype[Any] | None
    dims: tuple[str, ...] | None
    active: bool = False

    @property
    def ndim(self) -> int | None:
        """The rank, or None when it is not known."""
        return None if self.dims is None else len(self.dims)


@dataclass(frozen=True, slots=True)
class Tuple:
    """A tuple (or named tuple, then ``cls`` is its class) of known length."""

    items: tuple[Kind, ...]
    cls: type | None = None

    @property
    def active(self) -> bool:
        """Whether any item is active."""
        return any(item.active for item in self.items)


@dataclass(frozen=True, slots=True)
class List:
    """A list of unknown length with elements of one kind; None while it is known to be empty."""

    element: Kind | None

    @property
    def active(self) -> bool:
        """Whether the elements are active."""
        return self.element is not None and self.element.active


def is_literal_key(key: Any) -> bool:
    """Whether a key of a dict is spelled as a literal; others are known to the running program only.

    >>> is_literal_key(("a", 1)), is_literal_key(float)
    (True, False)
    """
    if type(key) is tuple:
        return all(map(is_literal_key, key))
    return type(key) in LITERALS and repr(key) not in ("nan", "inf", "-inf")


@dataclass(frozen=True, slots=True)
class Dict:
    """A dict with known keys, or (``items is None``) unknown keys and values of kind ``element``."""

    items: tuple[tuple[Any, Kind], ...] | None
    element: Kind | None = None

    @property
    def active(self) -> bool:
        """Whether any value is active."""
        if self.items is None:
            return self.element is not None and self.element.active
        return any(kind.active for _, kind in self.items)


@dataclass(frozen=True, slots=True)
class Object:
    """An instance of a Python class with known fields."""

    cls: type
    fields: tuple[tuple[str, Kind], ...]

    @property
    def active(self) -> bool:
        """Whether any field is active."""
        return any(kind.active for _, kind in self.fields)


@dataclass(frozen=True, slots=True)
class Closure:
    """A function defined inside the function being compiled; ``key`` names its definition."""

    key: int
    active: bool = False


Kind = Never | Unknown | Known | Scalar | Array | Tuple | List | Dict | Object | Closure

FLOAT = Scalar(np.dtype(float))
INT = Scalar(np.dtype(int))
BOOL = Scalar(np.dtype(bool))
NUMERIC = Array(None, None)


def _by_identity(value: Any) -> bool:
    """Whether two constants are the same only if they are one object."""
    if isinstance(value, tuple):
        return any(_by_identity(item) for item in value)
    return not isinstance(value, bool | int | float | complex | str | bytes | slice | type(None) | type(...))


def with_active(kind: Kind, active: bool) -> Kind:
    """Return the kind with every leaf that can carry a derivative set to ``active``."""
    match kind:
        case Scalar(dtype, numpy):
            carries = active and is_inexact(kind)
            return kind if kind.active == carries else Scalar(dtype, numpy, carries)
        case Array(dtype, dims):
            carries = active and is_inexact(kind)
            return kind if kind.active == carries else Array(dtype, dims, carries)
        case Unknown():
            return Unknown(active, kind.written)
        case Closure():
            return Closure(kind.key, active)
        case Known():
            return known_to_scalar(kind, active)
        case _:
            return map_children(kind, lambda child: with_active(child, active))


def known_to_scalar(kind: Known, active: bool) -> Kind:
    """Turn a known float into an active scalar; a callable that holds values may hold active ones."""
    if active and holds_arguments(kind.value):
        return Unknown(True)
    if active and isinstance(kind.value, float | complex):
        return Scalar(np.dtype(type(kind.value)), False, True)
    return kind


def holds_arguments(value: Any) -> bool:
    """Whether a callable may hold numbers: a partial, a method bound to a value, and their like."""
    if isinstance(value, types.BuiltinFunctionType | types.MethodWrapperType):
        return not isinstance(value.__self__, types.ModuleType | type | None)
    return isinstance(value, functools.partial | types.MethodType | operator.methodcaller | np.vectorize)


def map_children(kind: Kind, f: Callable[[Kind], Kind]) -> Kind:
    """Apply ``f`` to the direct children of a container kind."""
    match kind:
        case Tuple(items, cls):
            return Tuple(tuple(f(item) for item in items), cls)
        case List(element):
            return List(None if element is None else f(element))
        case Dict(items, element):
            mapped = None if items is None else tuple((key, f(child)) for key, child in items)
            return Dict(mapped, None if element is None else f(element))
        case Object(cls, fields):
            return Object(cls, tuple((name, f(child)) for name, child in fields))
        case _:
            return kind


def is_inexact(kind: Kind) -> bool:
    """Whether values of this kind can carry a derivative by their dtype (floats, complex, unknown)."""
    match kind:
        case Scalar(dtype) | Array(dtype):
            return dtype is None or dtype.kind in "fc"
        case _:
            return True


def is_number(kind: Kind) -> bool:
    """Whether the kind is certainly a number or an array of numbers."""
    match kind:
        case Known(value):
            return isinstance(value, int | float | complex | np.generic)
        case Scalar() | Array():
            return True
        case _:
            return False


def is_scalar(kind: Kind) -> bool:
    """Whether the kind is certainly a number and not an array."""
    return isinstance(kind, Scalar) or (isinstance(kind, Known) and is_number(kind))


def maybe_complex(kind: Kind) -> bool:
    """Whether values of this kind may be complex numbers or arrays of them."""
    return is_complex(kind) or isinstance(kind, Array) and kind.dtype is None


def is_complex(kind: Kind) -> bool:
    """Whether the kind is certainly complex."""
    match kind:
        case Scalar(dtype) | Array(dtype):
            return dtype is not None and dtype.kind == "c"
        case Known(value):
            return isinstance(value, complex | np.complexfloating)
        case _:
            return False


def is_surely_real(kind: Kind) -> bool:
    """Whether the kind is certainly a real number or an array of real numbers."""
    match kind:
        case Scalar(dtype) | Array(dtype):
            return dtype is not None and dtype.kind in "biuf"
        case Known(value):
            return isinstance(value, bool | int | float | np.integer | np.floating)
        case _:
            return False


def constant(kind: Kind) -> Any:
    """Return the value of a known constant, else ``NotImplemented``."""
    return kind.value if isinstance(kind, Known) else NotImplemented


def kind_of(value: Any, depth: int = 6) -> Kind:
    """Return the (inactive) kind of a run-time value."""
    cls = type(value)
    if cls in (float, int, bool, complex):
        return Scalar(np.dtype(cls))
    if cls is np.ndarray or cls is np.memmap:
        return Array(value.dtype, tuple(ONE if size == 1 else MANY for size in value.shape))
    if isinstance(value, np.generic) and value.dtype.kind in "biufc" and cls is value.dtype.type:
        return Scalar(value.dtype, True)
    if depth == 0:
        return Unknown()
    if isinstance(value, tuple):
        named = cls if cls is not tuple else None
        return Tuple(tuple(kind_of(item, depth - 1) for item in value), named)
    if cls is list:
        return List(join_all(kind_of(item, depth - 1) for item in value))
    if cls is dict:
        return _dict_kind(value, depth)
    return _object_kind(value, depth)


def _dict_kind(value: dict[Any, Any], depth: int) -> Kind:
    if len(value) <= 256 and all(map(is_literal_key, value)):
        return Dict(tuple((key, kind_of(item, depth - 1)) for key, item in value.items()))
    return Dict(None, join_all(kind_of(item, depth - 1) for item in value.values()))


def _object_kind(value: Any, depth: int) -> Kind:
    if isinstance(value, Box):
        raise Unboxable("several tangents at once are no primal value")
    cls = type(value)
    if isinstance(value, Opaque) or is_pullback(value):
        return Unknown()
    if (
        value is None
        or isinstance(value, str | bytes | type | slice | enum.Enum)
        or value is ...
        or value is NotImplemented
    ):
        return Known(value)
    if callable(value) and not hasattr(cls.__call__, "__code__"):
        return Known(value)
    if is_code(value):
        return Known(value)
    names = slot_names(cls)
    if isinstance(value, HOLDERS) or not names and not isinstance(getattr(value, "__dict__", None), dict):
        return Unknown()
    fields = {name: getattr(value, name) for name in names if hasattr(value, name)}
    fields |= own_fields(value)
    return Object(cls, tuple((name, kind_of(item, depth - 1)) for name, item in fields.items()))


class Opaque:
    """The base of objects that generated code hands on and never looks into."""


#: Classes whose objects hold more than their fields, or are numbers that may have operators of their own.
HOLDERS = (np.ndarray, dict, list, set, frozenset, int, float, complex, np.generic)


def is_code(value: Any) -> bool:
    """Whether a value belongs to the language or to NumPy: a function, a module, a dtype, a generator."""
    module = type(value).__module__.partition(".")[0]
    code = module in ("builtins", "types", "functools", "operator", "numpy")
    return isinstance(value, Opaque) or code and not isinstance(value, types.SimpleNamespace)


def own_fields(value: Any) -> dict[str, Any]:
    """Return the ``__dict__`` of an object; empty if it has none, or computes attributes of any name."""
    fields = getattr(value, "__dict__", None)
    return fields if isinstance(fields, dict) else {}


def slot_names(cls: type) -> list[str]:
    """Return the names under which the slots of a class are read."""
    names: list[str] = []
    for base in cls.__mro__:
        declared = vars(base).get("__slots__", ())
        for name in (declared,) if isinstance(declared, str) else declared:
            private = name.startswith("__") and not name.endswith("__")
            names.append(f"_{base.__name__.lstrip('_')}{name}" if private else name)
    return [name for name in names if name not in ("__dict__", "__weakref__")]


def join_all(kinds: Iterable[Kind]) -> Kind | None:
    """Join any number of kinds; None for none at all."""
    result: Kind | None = None
    for kind in kinds:
        result = kind if result is None else join(result, kind)
    return result


def join(a: Kind, b: Kind) -> Kind:
    """Return the least kind that describes values of both kinds."""
    if a == b or isinstance(b, Never):
        return a
    if isinstance(a, Never):
        return b
    a, b = widen_known(a), widen_known(b)
    if a == b:
        return a
    active = a.active or b.active
    match a, b:
        case Scalar(), Scalar():
            return _join_scalars(a, b, active)
        case Array(), Array():
            return Array(_join_dtypes(a.dtype, b.dtype), _join_dims(a.dims, b.dims), active)
        case ((Scalar() | Array()), (Scalar() | Array())):
            return Array(_join_dtypes(a.dtype, b.dtype), None, active)
        case Tuple(), Tuple() if len(a.items) == len(b.items) and a.cls is b.cls:
            return Tuple(tuple(join(x, y) for x, y in zip(a.items, b.items, strict=True)), a.cls)
        case List(), List():
            return List(join_all(x for x in (a.element, b.element) if x is not None))
        case Dict(), Dict():
            return _join_dicts(a, b)
        case Object(), Object() if a.cls is b.cls and [n for n, _ in a.fields] == [n for n, _ in b.fields]:
            pairs = zip(a.fields, b.fields, strict=True)
            return Object(a.cls, tuple((name, join(x, y)) for (name, x), (_, y) in pairs))
        case _:
            return Unknown(active, any(isinstance(k, Unknown) and k.written for k in (a, b)))


def _join_scalars(a: Scalar, b: Scalar, active: bool) -> Kind:
    dtype = a.dtype if a.dtype == b.dtype else np.result_type(a.dtype, b.dtype)
    same = a.dtype == b.dtype and a.numpy == b.numpy
    return Scalar(dtype, a.numpy if same else None, active)


def _join_dtypes(a: np.dtype[Any] | None, b: np.dtype[Any] | None) -> np.dtype[Any] | None:
    return a if a == b else None


def _join_dims(a: tuple[str, ...] | None, b: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(x if x == y else ANY for x, y in zip(a, b, strict=True))


def _join_dicts(a: Dict, b: Dict) -> Kind:
    if a.items is not None and b.items is not None and [k for k, _ in a.items] == [k for k, _ in b.items]:
        pairs = zip(a.items, b.items, strict=True)
        return Dict(tuple((key, join(x, y)) for (key, x), (_, y) in pairs))
    return Dict(None, join_all([*dict_values(a), *dict_values(b)]))


def dict_values(kind: Dict) -> list[Kind]:
    """Return the kinds of a dict's values."""
    if kind.items is not None:
        return [child for _, child in kind.items]
    return [] if kind.element is None else [kind.element]


def widen_known(kind: Kind) -> Kind:
    """Forget the value of a known number, keep other constants."""
    if isinstance(kind, Known) and isinstance(kind.value, bool | int | float | complex):
        return Scalar(np.dtype(type(kind.value)))
    if isinstance(kind, Known) and type(kind.value) is tuple:
        return Tuple(tuple(widen_known(Known(item)) for item in kind.value))
    return kind
