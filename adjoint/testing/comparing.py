"""Compare trees of arrays bit for bit or closely, and put them into other layouts and precisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.compiling.leaves import Path, duplicate, leaf_at, leaves, map_leaves, replace_leaf


def assert_same(got: Any, wanted: Any, message: str) -> None:
    """Assert that two trees are equal bit for bit: types, dtypes, shapes and values.

    Raises:
        AssertionError: they differ; the message names the first leaf that does.
    """
    got_leaves, wanted_leaves = list(leaves(got)), list(leaves(wanted))
    places = [path for path, _ in got_leaves] == [path for path, _ in wanted_leaves]
    assert places and type(got) is type(wanted), f"{message}: structure {got!r}, not {wanted!r}"
    for (path, a), (_, b) in zip(got_leaves, wanted_leaves, strict=True):
        where = f"{message} (at {spoken(path)})" if path else message
        assert type(a) is type(b), f"{where}: {type(a).__name__}, not {type(b).__name__}"
        if isinstance(a, np.ndarray | np.generic):
            assert a.dtype == b.dtype, f"{where}: dtype {a.dtype}, not {b.dtype}"
            assert a.shape == b.shape, f"{where}: shape {a.shape}, not {b.shape}"
            floating = a.dtype.kind in "fc"
            assert np.array_equal(a, b, equal_nan=floating), f"{where}: {a!r}, not {b!r}"
        elif not isinstance(a, np.random.Generator | np.random.RandomState):
            same = a is b or a == b or (a != a and b != b) or callable(a) or equal_fields(a, b)
            assert same, f"{where}: {a!r}, not {b!r}"


def equal_fields(a: Any, b: Any) -> bool:
    """Whether objects that define no equality, such as SciPy's distributions, hold equal numbers."""
    if not hasattr(a, "__dict__") or vars(a).keys() != vars(b).keys():
        return False
    plain = (bool, int, float, complex, tuple, dict, np.ndarray, np.generic)
    pairs = [(vars(a)[name], vars(b)[name]) for name in vars(a)]
    return all(repr(x) == repr(y) for x, y in pairs if isinstance(x, plain))


def assert_close(got: Any, wanted: Any, rtol: float, atol: float, message: str) -> None:
    """Assert that two arrays or numbers agree; absolute errors are relative to the largest entry.

    Raises:
        AssertionError: they differ; the message says by how much and where.
    """
    got, wanted = np.asarray(got), np.asarray(wanted)
    assert got.shape == wanted.shape, f"{message}: shape {got.shape}, not {wanted.shape}"
    if got.size == 0:
        return
    scale = float(np.max(np.abs(np.nan_to_num(wanted)), initial=0.0))
    error = np.abs(got - wanted)
    bad = ~((error <= rtol * np.abs(wanted) + atol * max(1.0, scale)) | (got == wanted))
    bad &= ~(np.isnan(got) & np.isnan(wanted))
    if bad.any():
        worst = np.unravel_index(
            int(np.argmax(np.where(bad, np.nan_to_num(error, nan=np.inf), -1.0))), bad.shape
        )
        raise AssertionError(
            f"{message} differs by {error[worst]:.3g} at {tuple(int(i) for i in worst)}: "
            f"{got[worst]!r}, not {wanted[worst]!r} ({int(bad.sum())} of {bad.size} entries differ)"
        )


def map_two(f: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """Combine two trees of one structure leaf by leaf; None stays None."""
    result = a
    for path, leaf in leaves(a):
        other = leaf_at(b, path)
        result = replace_leaf(result, path, None if leaf is None or other is None else f(leaf, other))
    return result


def read_only(tree: Any) -> Any:
    """Return a copy of a tree whose arrays cannot be written to, in the same memory layout."""

    def freeze(leaf: Any) -> Any:
        if isinstance(leaf, np.random.Generator | np.random.RandomState):
            return duplicate(leaf)
        if not isinstance(leaf, np.ndarray):
            return leaf
        twin = leaf.copy(order="K")
        twin = np.lib.stride_tricks.as_strided(twin, leaf.shape, twin.strides) if leaf.size == 0 else twin
        twin.setflags(write=False)
        return twin if twin.strides == leaf.strides else _same_layout(twin, leaf)

    return map_leaves(freeze, tree)


def _same_layout(twin: Any, leaf: Any) -> Any:
    """Return the values of ``twin`` in a read-only array with the stride signs of ``leaf``."""
    flip = tuple(slice(None, None, -1) if stride < 0 else slice(None) for stride in leaf.strides)
    base = np.array(twin[flip], order="K")
    base.setflags(write=False)
    return base[flip]


def spoken(path: Path) -> str:
    """Return words for a path such as ``(0, 1, 'w')``: argument 1, then ``['w']``."""
    if not path:
        return "the value"
    if isinstance(path[0], tuple):
        path = (int(path[0][0] == "kwarg"), path[0][1], *path[1:])
    head = (
        f"keyword {path[1]!r}"
        if path[0] == 1 and len(path) > 1
        else f"argument {path[1] if len(path) > 1 else path}"
    )
    return head + "".join(f"[{key!r}]" for key in path[2:])


def times_zero(leaf: Any) -> Any:
    """Return zeros like a cotangent."""
    return None if leaf is None else leaf * 0


def to_single(leaf: Any) -> Any:
    """Return an array in single precision, anything else as it is."""
    if isinstance(leaf, np.ndarray | np.generic) and leaf.dtype.kind in "fc":
        return leaf.astype(np.complex64 if leaf.dtype.kind == "c" else np.float32)
    return leaf


def to_double(leaf: Any) -> Any:
    """Return an array in double precision, anything else as it is."""
    if isinstance(leaf, np.ndarray | np.generic) and leaf.dtype.kind in "fc":
        return leaf.astype(np.complex128 if leaf.dtype.kind == "c" else np.float64)
    return leaf


def cast_like(bar: Any, y: Any) -> Any:
    """Return a cotangent in the dtype of its value."""
    return bar.astype(y.dtype) if isinstance(y, np.ndarray | np.generic) else bar


def fortran(leaf: Any) -> Any:
    """Return an array in Fortran order."""
    return np.asfortranarray(leaf) if isinstance(leaf, np.ndarray) and leaf.ndim > 1 else leaf


def reversed_strides(leaf: Any) -> Any:
    """Return equal values behind a negative first stride."""
    return leaf[::-1].copy()[::-1] if isinstance(leaf, np.ndarray) and leaf.ndim > 0 else leaf


def first_0d(x: Any) -> Any:
    """Return the first entry as a 0-d array."""
    return np.array(x.flat[0])


def first_1d(x: Any) -> Any:
    """Return the first entry as an array of length 1."""
    return x.ravel()[:1].copy()


def empty(x: Any) -> Any:
    """Return an empty array."""
    return x.ravel()[:0].copy()


def first_number(x: Any) -> Any:
    """Return the first entry as a number."""
    return x.flat[0]
