"""Rules of einsum, kron, cross, convolve, correlate, multi_dot and matrix_power."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from adjoint.rules.registry import rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, hermitian

Labels = str


def einsum_labels(subscripts: str, ndims: tuple[int, ...]) -> tuple[list[Labels], Labels]:
    """Return the labels of every operand and of the output, with ellipses spelled out.

    Args:
        subscripts: as for ``np.einsum``.
        ndims: ranks of the operands.

    Example:
        >>> einsum_labels("...ij,j", (3, 1))
        (['zij', 'j'], 'zi')
    """
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    spare = [c for c in string.ascii_lowercase[::-1] + string.ascii_uppercase if c not in subscripts]
    widths = [ndim - len(term.replace("...", "")) for term, ndim in zip(terms, ndims, strict=True)]
    widest = max(width if "..." in term else 0 for term, width in zip(terms, widths, strict=True))
    extra = "".join(reversed(spare[:widest]))
    filled = [
        term.replace("...", extra[len(extra) - width :] if width else "")
        for term, width in zip(terms, widths, strict=True)
    ]
    if arrow:
        return filled, right.replace("...", extra)
    letters = left.replace("...", "").replace(",", "")
    return filled, extra + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))


def einsum_bars(
    out_bar: Any, subscripts: str, operands: tuple[Any, ...], optimize: Any = False
) -> tuple[Any, ...]:
    """Return the cotangents of all operands of ``np.einsum(subscripts, *operands)``.

    Each is an einsum of the cotangent with the other operands; axes that only the operand has are
    stretched, repeated labels go to the diagonal.

    Args:
        out_bar: cotangent of the output.
        subscripts: any string that NumPy accepts.
        operands: the arrays.
        optimize: handed to the inner einsum.
    """
    arrays = [np.asarray(operand) for operand in operands]
    terms, target = einsum_labels(subscripts, tuple(array.ndim for array in arrays))
    bars: list[Any] = []
    for i, (array, term) in enumerate(zip(arrays, terms, strict=True)):
        if array.dtype.kind not in "fc":
            bars.append(None)
            continue
        others = [(np.conj(arrays[k]), terms[k]) for k in range(len(arrays)) if k != i]
        bar = _einsum_bar(np.asarray(out_bar), target, others, array, term, optimize)
        bars.append(fit(bar, operands[i]))
    return tuple(bars)


def _einsum_bar(
    out_bar: Any, target: Labels, others: list[tuple[Any, Labels]], array: Any, term: Labels, optimize: Any
) -> Any:
    """Return the cotangent of one operand."""
    own = "".join(dict.fromkeys(term))
    seen = target + "".join(labels for _, labels in others)
    kept = "".join(c for c in own if c in seen)
    spec = ",".join([target, *(labels for _, labels in others)]) + "->" + kept
    bar = np.asarray(np.einsum(spec, out_bar, *(other for other, _ in others), optimize=optimize))
    sizes = {c: size for c, size in zip(term, array.shape, strict=True)}
    # A length-1 axis of the operand may have been stretched against the others.
    narrow = tuple(k for k, c in enumerate(kept) if sizes[c] == 1 and bar.shape[k] != 1)
    bar = bar.sum(axis=narrow, keepdims=True) if narrow else bar
    absent = tuple(k for k, c in enumerate(own) if c not in kept)
    bar = np.broadcast_to(np.expand_dims(bar, absent), [sizes[c] for c in own])
    if own == term:
        return bar if not absent else bar.copy()
    array_bar = np.zeros(array.shape, np.result_type(bar, array))
    np.einsum(f"{term}->{own}", array_bar)[...] = bar  # einsum of one operand is a view of it
    return array_bar


def einsum_call(subscripts: Any, operands: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """Return the string form of a call, also for ``einsum(a, [0, 1], b, [1, 2], [0, 2])``."""
    if isinstance(subscripts, str):
        return subscripts, operands
    items = (subscripts, *operands)
    texts = [_sublist(labels) for labels in items[1::2]]
    spec = ",".join(texts)
    if len(items) % 2:
        spec += "->" + _sublist(items[-1])
    return spec, items[: len(items) - len(items) % 2 : 2]


def _sublist(labels: Any) -> str:
    return "".join(
        "..." if k is ... else (string.ascii_uppercase + string.ascii_lowercase)[k] for k in labels
    )


def einsum_argument_bars(
    out_bar: Any, subscripts: Any, operands: tuple[Any, ...], optimize: Any
) -> tuple[Any, tuple[Any, ...]]:
    """Return the cotangents of ``subscripts`` and ``operands`` in either calling form."""
    spec, arrays = einsum_call(subscripts, operands)
    bars = einsum_bars(out_bar, spec, arrays, optimize)
    if isinstance(subscripts, str):
        return None, bars
    spread: list[Any] = [None] * (len(operands) + 1)
    spread[: 2 * len(bars) : 2] = bars
    return spread[0], tuple(spread[1:])


@rrule(np.einsum)
def einsum(subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    """Einsum of the cotangent with the other operands; a view if there is one operand."""
    out = np.einsum(subscripts, *operands, optimize=optimize)

    def einsum_pullback(out_bar: Any) -> Any:
        subscripts_bar, operands_bar = einsum_argument_bars(out_bar, subscripts, operands, optimize)
        return subscripts_bar, operands_bar, None

    return out, einsum_pullback


def kron_bars(out_bar: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """Return both cotangents of ``np.kron(a, b)``."""
    ndim = max(np.ndim(a), np.ndim(b))
    shape_a = (1,) * (ndim - np.ndim(a)) + np.shape(a)
    shape_b = (1,) * (ndim - np.ndim(b)) + np.shape(b)
    pairs = [size for pair in zip(shape_a, shape_b, strict=True) for size in pair]
    blocks = np.reshape(out_bar, pairs)
    even, odd = tuple(range(0, 2 * ndim, 2)), tuple(range(1, 2 * ndim, 2))
    every = tuple(range(ndim))
    a_bar = np.tensordot(blocks, np.conj(np.reshape(b, shape_b)), (odd, every))
    b_bar = np.tensordot(blocks, np.conj(np.reshape(a, shape_a)), (even, every))
    return fit(a_bar, a), fit(b_bar, b)


@rrule(np.kron, fresh=True)
def kron(a: Any, b: Any) -> Any:
    """Contract the blocks of the cotangent with the other factor."""
    out = np.kron(a, b)

    def kron_pullback(out_bar: Any) -> Any:
        a_bar, b_bar = kron_bars(out_bar, a, b)
        return a_bar, b_bar

    return out, kron_pullback


def _spatial(x: Any, axis: int) -> Any:
    """Move the vectors to the last axis and give plane ones a third component, zero."""
    x = np.moveaxis(np.asarray(x), axis, -1)
    if x.shape[-1] == 3:
        return x
    return np.concatenate([x, np.zeros((*x.shape[:-1], 1), x.dtype)], axis=-1)


def cross_bars(out_bar: Any, a: Any, b: Any, axes: tuple[int, int, int]) -> tuple[Any, Any]:
    """Return both cotangents of ``np.cross``: ``b x out_bar`` and ``out_bar x a``.

    Args:
        out_bar: cotangent of the product.
        a: vectors of 2 or 3 components along ``axes[0]``.
        b: vectors of 2 or 3 components along ``axes[1]``.
        axes: of the vectors in ``a``, ``b`` and the output.
    """
    u, v = _spatial(a, axes[0]), _spatial(b, axes[1])
    if np.shape(a)[axes[0]] == 2 == np.shape(b)[axes[1]]:
        zero = np.zeros_like(out_bar)
        g = np.stack([zero, zero, out_bar], axis=-1)
    else:
        g = np.moveaxis(out_bar, axes[2], -1)
    a_bar = unbroadcast(np.cross(np.conj(v), g), u)[..., : np.shape(a)[axes[0]]]
    b_bar = unbroadcast(np.cross(g, np.conj(u)), v)[..., : np.shape(b)[axes[1]]]
    return fit(np.moveaxis(a_bar, -1, axes[0]), a), fit(np.moveaxis(b_bar, -1, axes[1]), b)


@rrule(np.cross, fresh=True)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Any:
    """The triple product is cyclic: ``g . (a x b) = a . (b x g) = b . (g x a)``."""
    out = np.cross(a, b, axisa, axisb, axisc, axis)

    def cross_pullback(out_bar: Any) -> Any:
        axes = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
        a_bar, b_bar = cross_bars(out_bar, a, b, axes)
        return a_bar, b_bar, None, None, None, None

    return out, cross_pullback


@rrule(np.linalg.cross, fresh=True)
def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The triple product is cyclic."""
    out = np.linalg.cross(x1, x2, axis=axis)

    def cross_pullback(out_bar: Any) -> Any:
        x1_bar, x2_bar = cross_bars(out_bar, x1, x2, (axis, axis, axis))
        return x1_bar, x2_bar, None

    return out, cross_pullback


# -- convolution --------------------------------------------------------------------------------


def full_bar(out_bar: Any, n: int, m: int, mode: str, reverse: bool = False) -> Any:
    """Return the cotangent of the full convolution whose middle part was the output.

    Args:
        out_bar: cotangent of the part that ``mode`` keeps.
        n: length of the first factor.
        m: length of the second factor.
        mode: ``full``, ``same`` or ``valid``.
        reverse: the output runs backwards (correlate with a longer second factor).
    """
    short = min(n, m)
    start = {"full": 0, "same": (short - 1) // 2, "valid": short - 1}[mode]
    if reverse:
        start = n + m - 1 - start - len(out_bar)
    bar = np.zeros(n + m - 1, out_bar.dtype)
    bar[start : start + len(out_bar)] = out_bar
    return bar


def convolve_bars(bar: Any, a: Any, v: Any) -> tuple[Any, Any]:
    """Return both cotangents of the full convolution: correlations with the other factor."""
    one_a, one_v = np.atleast_1d(a), np.atleast_1d(v)
    a_bar = np.correlate(bar, one_v, "valid")
    v_bar = np.correlate(bar, one_a, "valid")
    return fit(a_bar, a), fit(v_bar, v)


@rrule(np.convolve, fresh=True)
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """Correlate the cotangent with the other factor."""
    out = np.convolve(a, v, mode)

    def convolve_pullback(out_bar: Any) -> Any:
        a_bar, v_bar = convolve_bars(full_bar(out_bar, np.size(a), np.size(v), mode), a, v)
        return a_bar, v_bar, None

    return out, convolve_pullback


def correlate_bars(out_bar: Any, a: Any, v: Any, mode: str) -> tuple[Any, Any]:
    """Return both cotangents of ``np.correlate``, the convolution with ``conj(v[::-1])``."""
    bar = full_bar(out_bar, np.size(a), np.size(v), mode, np.size(v) > np.size(a))
    a_bar, back_bar = convolve_bars(bar, a, np.conj(np.atleast_1d(v)[::-1]))
    return fit(a_bar, a), fit(np.conj(back_bar[::-1]), v)


@rrule(np.correlate, fresh=True)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """Convolve the cotangent with the other factor."""
    out = np.correlate(a, v, mode)

    def correlate_pullback(out_bar: Any) -> Any:
        a_bar, v_bar = correlate_bars(out_bar, a, v, mode)
        return a_bar, v_bar, None

    return out, correlate_pullback


# -- several matrices ---------------------------------------------------------------------------


def multi_dot_bars(out_bar: Any, arrays: Any) -> Any:
    """Return the cotangents of the factors: products of all to the left and all to the right."""
    matrices = [np.asarray(array) for array in arrays]
    if matrices[0].ndim == 1:
        matrices[0] = matrices[0][None, :]
    if matrices[-1].ndim == 1:
        matrices[-1] = matrices[-1][:, None]
    bar = np.reshape(out_bar, (matrices[0].shape[0], matrices[-1].shape[1]))
    bars = []
    for i, array in enumerate(arrays):
        array_bar = bar
        for matrix in matrices[:i]:
            array_bar = hermitian(matrix) @ array_bar
        for matrix in reversed(matrices[i + 1 :]):
            array_bar = array_bar @ hermitian(matrix)
        bars.append(fit(array_bar, array))
    return tuple(bars) if isinstance(arrays, tuple) else bars


@rrule(np.linalg.multi_dot, fresh=True)
def multi_dot(arrays: Any) -> Any:
    """Each factor receives the cotangent between its neighbours' conjugate transposes."""
    out = np.linalg.multi_dot(arrays)

    def multi_dot_pullback(out_bar: Any) -> Any:
        return multi_dot_bars(out_bar, arrays)

    return out, multi_dot_pullback


def matrix_power_bar(out_bar: Any, a: Any, n: int) -> Any:
    """Return the cotangent of ``a`` in ``np.linalg.matrix_power(a, n)``.

    The sum of ``h^i g h^(n-1-i)`` over i, with ``h`` the conjugate transpose, stands in the upper
    right block of the n-th power of ``[[h, g], [0, h]]``.

    Args:
        out_bar: shape (..., k, k).
        a: shape (..., k, k).
        n: any integer.
    """
    if n < 0:
        inverse = np.linalg.inv(a)
        h = hermitian(inverse)
        return fit(-h @ matrix_power_bar(out_bar, inverse, -n) @ h, a)
    k = a.shape[-1]
    h = hermitian(a)
    blocks = np.zeros((*np.shape(out_bar)[:-2], 2 * k, 2 * k), np.result_type(a, out_bar))
    blocks[..., :k, :k] = blocks[..., k:, k:] = h
    blocks[..., :k, k:] = out_bar
    return fit(np.linalg.matrix_power(blocks, n)[..., :k, k:], a)


@rrule(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Any:
    """The sum over the places of a factor in the product."""
    out = np.linalg.matrix_power(a, n)

    def matrix_power_pullback(out_bar: Any) -> Any:
        return matrix_power_bar(out_bar, a, n), None

    return out, matrix_power_pullback
