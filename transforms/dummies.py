"""The kind of a library call's result, found by running it on tiny arrays.

>>> from adjoint.rules.kinds import Array, FLOAT
>>> matrix = Array(np.dtype(float), ('n', 'n'))
>>> result_kind(np.sum, (matrix,), ())
Scalar(dtype=dtype('float64'), numpy=True, active=False)
>>> result_kind(np.transpose, (matrix,), ()).dims
('n', 'n')
"""

from __future__ import annotations

import functools
import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.kinds import (
    ANY,
    MANY,
    NUMERIC,
    ONE,
    Array,
    Dict,
    Kind,
    Known,
    List,
    Scalar,
    Tuple,
    Unknown,
    join,
    kind_of,
    map_children,
)


class NoDummyError(Exception):
    """The kind has no small example value."""


def dummy(kind: Kind, many: int, any_: int) -> Any:
    """Return a small value of this kind; dimensions that are not 1 get the given sizes."""
    match kind:
        case Known(value):
            return value
        case Scalar(dtype, is_numpy):
            value = dtype.type(True if dtype.kind == "b" else 1 if dtype.kind in "iu" else 0.5)
            return value if is_numpy else value.item()
        case Array(np.dtype() as dtype, tuple() as dims):
            sizes = {ONE: 1, MANY: many, ANY: any_}
            return _dummy_array(dtype, tuple(sizes[dim] for dim in dims))
        case Tuple(items, cls):
            values = [dummy(item, many, any_) for item in items]
            return tuple(values) if cls is None else cls(*values)
        case List(None):
            return []
        case List(element) if element is not None:
            return [dummy(element, many, any_) for _ in range(many)]
        case Dict(tuple() as entries, _):
            return {key: dummy(child, many, any_) for key, child in entries}
    raise NoDummyError


def _dummy_array(dtype: np.dtype[Any], shape: tuple[int, ...]) -> Any:
    """Square matrices come out symmetric and positive definite, so that `linalg` functions run."""
    if dtype.kind not in "fc":
        return np.ones(shape, dtype)
    if len(shape) >= 2 and shape[-1] == shape[-2]:
        return (np.eye(shape[-1]) + np.full(shape, 0.125)).astype(dtype)
    return np.full(shape, 0.5, dtype)


@functools.lru_cache(maxsize=8192)
def result_kind(
    function: Callable[..., Any], args: tuple[Kind, ...], kwargs: tuple[tuple[str, Kind], ...]
) -> Kind:
    """Return the inactive kind of ``function(*args, **kwargs)``; if unknown, "a number or array"."""
    kinds = [*args, *(kind for _, kind in kwargs)]
    if any(map(_is_open, kinds)):
        variants = [
            result_kind(
                function,
                tuple(_closed(kind, numpy) for kind in args),
                tuple((name, _closed(kind, numpy)) for name, kind in kwargs),
            )
            for numpy in (False, True)
        ]
        return _merge(*variants)
    flag = next((name for name, kind in kwargs if _is_flag(kind)), None)
    if flag is not None:
        return _merge(*(result_kind(function, args, _with(kwargs, flag, Known(on))) for on in (False, True)))
    if sum(map(_has_no_rank, kinds)) == 1:
        return _of_any_rank(function, args, kwargs)
    try:
        kind = _merge(_run(function, args, kwargs, 2, 2), _run(function, args, kwargs, 3, 3))
    except NoDummyError:
        return NUMERIC if not any(isinstance(kind, Unknown) for kind in kinds) else Unknown()
    except Exception:  # the function does not like the dummies: nothing is learnt from it
        return NUMERIC
    if any(_has_size(child) for child in kinds):
        kind = _forget_sizes(kind)  # a size may be computed from the value of an integer
    return _loosened(kind, function, args, kwargs) if any(map(_count_any, kinds)) else kind


def _is_flag(kind: Kind) -> bool:
    """Whether a kind is that of True or False, which may decide the form of a result."""
    return isinstance(kind, Scalar) and kind.dtype == bool


def _with(kwargs: tuple[tuple[str, Kind], ...], name: str, kind: Kind) -> tuple[tuple[str, Kind], ...]:
    """Return keyword arguments with another kind for one of them."""
    return tuple((each, kind if each == name else own) for each, own in kwargs)


def _of_any_rank(function: Any, args: tuple[Kind, ...], kwargs: tuple[tuple[str, Kind], ...]) -> Kind:
    """Return what the results for a number and for arrays of up to three dimensions have in common."""
    common: Kind | None = None
    for rank in (None, 0, 1, 2, 3):
        kind = result_kind(
            function,
            tuple(_of_rank(kind, rank) for kind in args),
            tuple((name, _of_rank(kind, rank)) for name, kind in kwargs),
        )
        common = kind if common is None else _merge(common, kind)
        if common == NUMERIC:
            break
    return common or NUMERIC


def _of_rank(kind: Kind, rank: int | None) -> Kind:
    if not _has_no_rank(kind):
        return kind
    assert isinstance(kind, Array) and kind.dtype is not None
    return Scalar(kind.dtype, None) if rank is None else Array(kind.dtype, (ANY,) * rank)


def _has_no_rank(kind: Kind) -> bool:
    return isinstance(kind, Array) and kind.dtype is not None and kind.dims is None


def _loosened(kind: Kind, function: Any, args: Any, kwargs: Any) -> Kind:
    """Return what is left of a kind if dimensions of unknown size may be one.

    A single one that cannot be one, as that of the vector in ``matrix @ vector``, leaves the kind as it is.
    """
    try:
        return join(_forget_sizes(kind), _forget_sizes(_run(function, args, kwargs, 2, 1)))
    except Exception:  # then they cannot all be one
        alone = sum(map(_count_any, [*args, *(child for _, child in kwargs)])) == 1
        return kind if alone else _forget_sizes(kind)


def _run(function: Any, args: Any, kwargs: Any, many: int, any_: int) -> Kind:
    values = [dummy(kind, many, any_) for kind in args]
    named = {name: dummy(kind, many, any_) for name, kind in kwargs}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return _with_sizes(function(*values, **named), many)


def _with_sizes(value: Any, many: int) -> Kind:
    """Return the kind of a value; a dimension counts as MANY only if it has the very size asked for."""
    if type(value) in (np.ndarray, np.memmap):
        names = {1: ONE, many: MANY}
        return Array(value.dtype, tuple(names.get(size, ANY) for size in value.shape))
    if isinstance(value, tuple):
        cls = type(value)
        return Tuple(tuple(_with_sizes(item, many) for item in value), None if cls is tuple else cls)
    if isinstance(value, list):
        kinds = [_with_sizes(item, many) for item in value]
        return List(functools.reduce(join, kinds) if kinds else None)
    kind = kind_of(value)
    return kind if not isinstance(kind, Known) or value is None else Unknown()


def _is_open(kind: Kind) -> bool:
    """Whether a kind holds a number that may be Python's or NumPy's."""
    return _closed(kind, False) != kind


def _closed(kind: Kind, numpy: bool) -> Kind:
    """Decide that the numbers of a kind which may be either are Python's, or NumPy's."""
    if isinstance(kind, Scalar):
        return Scalar(kind.dtype, numpy, kind.active) if kind.numpy is None else kind
    return map_children(kind, lambda child: _closed(child, numpy))


def _merge(a: Kind, b: Kind) -> Kind:
    return a if a == b else join(a, b)


def _forget_sizes(kind: Kind) -> Kind:
    if isinstance(kind, Array) and kind.dims is not None:
        return Array(kind.dtype, (ANY,) * len(kind.dims), kind.active)
    return map_children(kind, _forget_sizes)


def _has_size(kind: Kind) -> bool:
    """Whether a kind holds an integer whose value is not known."""
    match kind:
        case Scalar(dtype):
            return dtype.kind in "iu"
        case Tuple(items):
            return any(_has_size(item) for item in items)
        case List(element):
            return element is not None and _has_size(element)
        case _:
            return False


def _count_any(kind: Kind) -> int:
    """Count the dimensions of unknown size; those of the items of a list, or without a rank, count as two."""
    match kind:
        case Array(_, dims):
            return 2 if dims is None else dims.count(ANY)
        case Tuple(items):
            return sum(map(_count_any, items))
        case List(element):
            return 0 if element is None else 2 * _count_any(element)
        case _:
            return 0


def broadcast(*dims: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return the dimensions of a broadcast result.

    >>> broadcast(('n', '1'), ('?',))
    ('n', '?')
    """
    known = [d for d in dims if d is not None]
    if len(known) < len(dims):
        return None
    columns = itertools.zip_longest(*(reversed(d) for d in known), fillvalue=ONE)
    return tuple(reversed([_broadcast_dim(column) for column in columns]))


def _broadcast_dim(column: tuple[str, ...]) -> str:
    if MANY in column:
        return MANY
    return ANY if ANY in column else ONE
