"""The kind of ``array[index]``, read off the index expression.

>>> from adjoint.transforms.syntax import parse_expression
>>> from adjoint.rules.kinds import Array, Known
>>> import numpy as np
>>> index = parse_expression('a[0, 1:]').slice
>>> for part in [index, *index.elts]: part.kind = Known(0)
>>> index_kind(Array(np.dtype(float), ('n', 'n', '1')), index).dims
('?', '1')
"""

from __future__ import annotations

from adjoint.rules.kinds import ANY, ONE, Array, Kind, Known, List, Scalar, Tuple

from .dummies import broadcast
from .syntax import Node


def index_parts(index: Node) -> list[Node]:
    """Return the parts of an index expression, one per axis."""
    return list(index.elts) if type(index).__name__ == "Tuple" else [index]


def index_kind(base: Array, index: Node) -> Kind:
    """Return the (inactive) kind of ``base[index]``."""
    if (
        base.dims is None
        or isinstance(getattr(index, "kind", None), Tuple)
        and type(index).__name__ != "Tuple"
    ):
        return Array(base.dtype, None)
    dims = _walk(list(base.dims), [_classify(part) for part in index_parts(index)])
    if dims is None:
        return Array(base.dtype, None)
    if not dims and base.dtype is not None and not _has_ellipsis(index):
        return Scalar(base.dtype, True)
    return Array(base.dtype, dims)


def takes_an_axis(index: Node) -> bool:
    """Whether only an array can be indexed so: a NumPy number takes no more than ``...`` and ``None``."""
    return any(_classify(part) not in ("...", "new", None) for part in index_parts(index))


def _has_ellipsis(index: Node) -> bool:
    return any(_classify(part) == "..." for part in index_parts(index))


def _classify(part: Node) -> str | tuple[str, ...] | None:
    """Return what one index part does: take an element, keep or cut an axis, add one, gather."""
    if type(part).__name__ == "Slice":
        return "cut" if part.lower or part.upper or part.step else "keep"
    kind = part.kind
    match kind:
        case Known(None):
            return "new"
        case Known(value) if value is ...:
            return "..."
        case Known(slice() as value):
            return "keep" if value == slice(None) else "cut"
        case Known(value) | Scalar(value) if isinstance(value, bool):
            return None
        case Known(int()):
            return "take"
        case Scalar(dtype):
            return "take" if dtype.kind in "iu" else None
        case Array(dtype, tuple() as dims) if dtype is not None:
            return (("mask",) * len(dims) or None) if dtype.kind == "b" else ("gather", *dims)
        case List(Scalar(dtype)):
            return ("mask",) if dtype.kind == "b" else ("gather", ANY)
        case _:
            return None


def _walk(dims: list[str], parts: list[str | tuple[str, ...] | None]) -> tuple[str, ...] | None:
    """Apply the parts to the dimensions from left to right."""
    if any(part is None for part in parts):
        return None
    consumed = sum(_consumes(part) for part in parts if part not in ("new", "..."))
    if consumed > len(dims):
        return None
    if "..." not in parts:
        parts = [*parts, "..."]
    result: list[str | None] = []  # None marks the place of the gathered axes
    gathered: list[tuple[str, ...]] = []
    left = len(dims) - consumed
    for part in parts:
        if part == "...":
            result += dims[:left]
            del dims[:left]
        elif part == "new":
            result.append(ONE)
        elif isinstance(part, str):
            dim = dims.pop(0)
            result += [] if part == "take" else [dim if part == "keep" else ANY]
        elif part is not None:
            del dims[: _consumes(part)]
            gathered.append((ANY,) if part[0] == "mask" else part[1:])
            result.append(None)
    return _place(result, gathered)


def _place(result: list[str | None], gathered: list[tuple[str, ...]]) -> tuple[str, ...] | None:
    """Put the axes of gathered indices where NumPy puts them (only their number is certain)."""
    kept = [dim for dim in result if dim is not None]
    if not gathered:
        return tuple(kept)
    joint = broadcast(*gathered)
    if joint is None:
        return None
    first = result.index(None)
    if len(gathered) == 1:
        before = [dim for dim in result[:first] if dim is not None]
        return (*before, *joint, *kept[len(before) :])
    return (ANY,) * (len(joint) + len(kept))


def _consumes(part: str | tuple[str, ...] | None) -> int:
    """Return how many axes an index part uses up."""
    if isinstance(part, tuple):
        return len(part) if part[0] == "mask" else 1
    return 0 if part in ("new", "...") else 1
