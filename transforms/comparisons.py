"""The kinds of comparisons, which never carry a derivative.

>>> from adjoint.rules.kinds import FLOAT
>>> compare_kind('Lt', FLOAT, FLOAT).dtype, compare_kind('Is', FLOAT, Known(None))
(dtype('bool'), Known(value=False, active=False))
>>> compare_kind('Lt', Array(np.dtype(float), ('n',)), FLOAT).dims
('n',)
"""

from __future__ import annotations

import operator
import types
from typing import Any

from adjoint.rules.kinds import (
    BOOL,
    NUMERIC,
    Array,
    Kind,
    Known,
    Object,
    Tuple,
    Unknown,
    is_number,
    with_active,
)

from .dummies import result_kind

FOLDABLE = (bool, int, float, str, tuple)
ORDERINGS = {"Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge}


def defines(kind: Kind, function: Any) -> bool:
    """Whether a class says itself, in source, what a comparison of its objects means."""
    method = getattr(kind.cls, f"__{function.__name__}__", None) if isinstance(kind, Object) else None
    return isinstance(method, types.FunctionType) and not generated(method)


def generated(method: types.FunctionType) -> bool:
    """Whether a method was written by ``dataclasses`` or ``attrs``, which compare fields."""
    return method.__code__.co_filename.startswith(("<string>", "<attrs generated"))


def compare_kind(op: str, a: Kind, b: Kind) -> Kind:
    """Return the kind of a comparison; it never carries a derivative."""
    if op in ("Is", "IsNot") and isinstance(b, Known) and isinstance(a, Known):
        return Known((a.value is b.value) is (op == "Is"))
    if op in ("Is", "IsNot") and isinstance(b, Known) and b.value is None and not isinstance(a, Unknown):
        return Known(op == "IsNot")
    if op in ("Eq", "NotEq") and isinstance(a, Known) and isinstance(b, Known):
        return Known((a.value == b.value) is (op == "Eq")) if isinstance(a.value, FOLDABLE) else BOOL
    if op in ("Eq", "NotEq") and isinstance(a, Tuple) and isinstance(b, Tuple) and a.cls is b.cls is None:
        empty, unequal = not a.items and not b.items, len(a.items) != len(b.items)
        return Known(empty is (op == "Eq")) if empty or unequal else BOOL
    if op in ORDERINGS and is_known_real(a) and is_known_real(b):
        return Known(ORDERINGS[op](a.value, b.value))  # type: ignore[union-attr]
    if op in ("Is", "IsNot", "In", "NotIn"):
        return BOOL
    if isinstance(a, Array) or isinstance(b, Array):
        return comparison_of_arrays(a, b)
    return BOOL if is_number(a) and is_number(b) else Unknown()


def is_known_real(kind: Kind) -> bool:
    """Whether a value is a number that is known."""
    return isinstance(kind, Known) and isinstance(kind.value, bool | int | float)


def comparison_of_arrays(a: Kind, b: Kind) -> Kind:
    """Return the boolean array (or scalar) kind of an elementwise comparison."""
    kind = result_kind(operator.lt, (with_active(a, False), with_active(b, False)), ())
    return kind if kind != NUMERIC else Array(None, None)
