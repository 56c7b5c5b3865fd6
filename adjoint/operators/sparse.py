"""Sparse Jacobians and Hessians: pattern from the program, coloured columns, one direction per colour."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from adjoint.api import grad, pull_back
from adjoint.operators import definitions
from adjoint.operators.coloring import column_colors, star_colors
from adjoint.operators.derived import defined_by
from adjoint.operators.jacobians import MAX_CHUNK
from adjoint.operators.jets import carried
from adjoint.operators.sparsity import Deps, Sparsity, as_array
from adjoint.operators.sweeps import pull_directions, push_directions, real_value
from adjoint.operators.variables import Leaf, lanes_at, leaves_of, variables
from adjoint.rules.boxes import TooWide
from adjoint.rules.directions import Directions
from adjoint.rules.errors import ArgumentError


@defined_by(definitions.refusing("pattern"))
def pattern(f: Callable[..., Any], *args: Any, wrt: int = 0, **kwargs: Any) -> Any:
    """Return which entries of the Jacobian of ``f`` can be other than zero.

    The pattern holds for every branch: what a branch, a trip count or an index decided by ``x`` could
    change is counted as depending on everything it reads.  Entries that are there may be zero,
    none is missing.

    Args:
        f: function of a number or array, with a number or array as result.
        args: the arguments; shapes, integers and constants count, and the program runs once.
        wrt: position of the argument to differentiate.
        kwargs: keyword arguments.

    Returns:
        A ``scipy.sparse.csr_array`` of True, one row per entry of the result, one column per entry of ``x``.

    Example:
        >>> pattern(np.diff, np.ones(4)).toarray().astype(int)
        array([[1, 1, 0, 0],
               [0, 1, 1, 0],
               [0, 0, 1, 1]])
    """
    from scipy.sparse import csr_array

    x = real(args[wrt], "the argument")
    given = (*args[:wrt], x, *args[wrt + 1 :])
    sets = np.empty(np.shape(x), object)
    for i in range(sets.size):
        sets.reshape(-1)[i] = Deps((i,))
    seed = sets if isinstance(x, np.ndarray) else sets[()]
    y, deps = carried(f, (wrt,), given, kwargs, Sparsity(), [seed])
    rows = as_array(real(y, "the result"), deps).reshape(-1)
    counts = np.fromiter(map(len, rows), int, rows.size)
    indices = np.fromiter((j for row in rows for j in sorted(row)), int, int(counts.sum()))
    start = np.concatenate([[0], np.cumsum(counts)])
    return csr_array((np.ones(indices.size, bool), indices, start), shape=(rows.size, np.size(x)))


@defined_by(definitions.refusing("sparse_jacobian"))
def sparse_jacobian(f: Callable[..., Any], *args: Any, wrt: int = 0, known: Any = None, **kwargs: Any) -> Any:
    """Return the Jacobian of ``f`` as a sparse matrix, by one direction for each colour of its columns.

    Up to 64 directions go through the function in one run.  Where its rows need fewer colours than its
    columns, pullbacks are used.

    Args:
        f: function of a number or array, with a number or array as result.
        args: the arguments.
        wrt: position of the argument to differentiate.
        known: the pattern, as `pattern` returns it, if it is known already.
        kwargs: keyword arguments.

    Returns:
        A ``scipy.sparse.csr_array`` with one row per entry of the result and one column per entry of ``x``.

    Raises:
        ArgumentError: ADJ303, the argument or the result is no number or array of real numbers.

    Example:
        >>> sparse_jacobian(lambda x: np.diff(x) ** 2, np.array([1.0, 2.0, 4.0])).toarray()
        array([[-2.,  2.,  0.],
               [ 0., -4.,  4.]])
    """
    x = real(args[wrt], "the argument")
    given = (*args[:wrt], x, *args[wrt + 1 :])
    found = pattern(f, *given, wrt=wrt, **kwargs) if known is None else known.tocsr()
    colors = column_colors(found)
    row_colors = column_colors(found.T) if densest(found, 0) < densest(found, 1) else colors
    if row_colors.size and np.max(row_colors) < np.max(colors, initial=0) and row_colors is not colors:
        return by_rows(f, given, wrt, kwargs, found, row_colors)
    columns = by_columns(f, given, wrt, kwargs, colors)
    return read_off(found, lambda i, j: columns[colors[j], i])


def real(x: Any, what: str) -> Any:
    """Check that a value is a real number or an array of them; an integer becomes a float.

    Raises:
        ArgumentError: ADJ303.
    """
    if isinstance(x, int | np.integer) and not isinstance(x, bool):
        return float(x)
    if isinstance(x, np.ndarray) and x.dtype.kind in "iu":
        return x.astype(float)
    if isinstance(x, float | np.floating) or isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return x
    found = "complex" if np.iscomplexobj(x) else type(x).__name__
    raise ArgumentError(
        "ADJ303",
        title=f"{what} of a sparse matrix must be a real number or array, not {found}",
        why="a row belongs to an entry of one array, a column to an entry of another.",
        fixes=("flatten the container into one array", "use adjoint.jacobian, which makes nested blocks"),
    )


def densest(found: Any, axis: int) -> int:
    """Return the largest number of entries in a column (axis 0) or row (axis 1)."""
    counts = np.diff((found.tocsc() if axis == 0 else found).indptr)
    return int(counts.max(initial=0))


def directions_of(colors: Any, leaf: Leaf, start: int, stop: int) -> Directions:
    """Return one direction for each of some colours: ones at its entries."""
    lanes = (np.arange(start, stop)[:, None] == colors).astype(leaf.dtype)
    return Directions(lanes.reshape((stop - start, *leaf.shape)))


def by_columns(f: Any, args: tuple[Any, ...], wrt: int, kwargs: Any, colors: Any) -> Any:
    """Return the compressed columns, one row for each colour."""
    given = variables(f, wrt, args, kwargs)
    count, size, start = int(np.max(colors, initial=-1)) + 1, MAX_CHUNK, 0
    columns = []
    while start < count:
        stop = min(start + size, count)
        try:
            leaf = given.leaves[0]
            boxes = {leaf.path: directions_of(colors, leaf, start, stop)}
            y, y_dot = push_directions(given, boxes, stop - start)
        except TooWide:
            size = (stop - start + 1) // 2
            continue
        columns.append(lanes_at(y_dot, leaves_of(real_value(y))[0], stop - start))
        start = stop
    return np.concatenate(columns) if columns else np.zeros((0, 0))


def by_rows(f: Any, args: tuple[Any, ...], wrt: int, kwargs: Any, found: Any, colors: Any) -> Any:
    """Return a sparse Jacobian by pullbacks of one cotangent for each colour of its rows."""
    given = variables(f, wrt, args, kwargs)
    y, pullback = pull_back(given.specializer, args, kwargs)
    (out,), leaf = leaves_of(y), given.leaves[0]
    count = int(np.max(colors)) + 1
    chunks = [
        pull_directions(pullback, given, y, out, directions_of(colors, out, start, stop))[leaf.path]
        for start, stop in pairwise([*range(0, count, MAX_CHUNK), count])
    ]
    rows = np.concatenate(chunks)
    return read_off(found, lambda i, j: rows[colors[i], j])


def read_off(found: Any, entry: Callable[[Any, Any], Any]) -> Any:
    """Return a sparse matrix with a pattern, its entries read off compressed rows or columns."""
    from scipy.sparse import csr_array

    i = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    values = entry(i, found.indices) if found.nnz else np.zeros(0)
    return csr_array((values, found.indices.copy(), found.indptr.copy()), shape=found.shape)


@defined_by(definitions.refusing("sparse_hessian"))
def sparse_hessian(f: Callable[..., Any], *args: Any, wrt: int = 0, known: Any = None, **kwargs: Any) -> Any:
    """Return the Hessian of a real-valued function as a sparse matrix, by one product for each colour.

    The columns are star-coloured: symmetry lets more of them share a direction than in a Jacobian.

    Args:
        f: function of a number or array, with a number as result.
        args: the arguments.
        wrt: position of the argument to differentiate.
        known: the pattern, symmetric, if it is known already.
        kwargs: keyword arguments.

    Returns:
        A symmetric ``scipy.sparse.csr_array``.

    Example:
        >>> sparse_hessian(lambda x: np.sum(x[1:] * x[:-1] ** 2), np.array([1.0, 2.0, 3.0])).toarray()
        array([[4., 2., 0.],
               [2., 6., 4.],
               [0., 4., 0.]])
    """
    x = real(args[wrt], "the argument")
    given = (*args[:wrt], x, *args[wrt + 1 :])
    gradient = grad(f, wrt)
    found = pattern(gradient, *given, wrt=wrt, **kwargs) if known is None else known
    found = (found + found.T).tocsr()
    colors = star_colors(found)
    columns = by_columns(gradient, given, wrt, kwargs, colors)

    def entry(i: Any, j: Any) -> Any:
        alone = unique_in_row(found, colors)
        value = columns[colors[j], i]
        return np.where(alone, value, columns[colors[i], j])

    return read_off(found, entry)


def unique_in_row(found: Any, colors: Any) -> Any:
    """Return for each entry whether its column's colour occurs once in its row."""
    i = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    key = i * (np.max(colors, initial=0) + 1) + colors[found.indices]
    _, place, count = np.unique(key, return_inverse=True, return_counts=True)
    return count[place] == 1


__all__ = ["pattern", "sparse_hessian", "sparse_jacobian"]
