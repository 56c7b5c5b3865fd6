"""Rules of einsum, kron, cross, convolve and correlate."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, fit_out

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
    return on_repeated(bar, array, term, own)


def on_repeated(bar: Any, array: Any, term: Labels, own: Labels) -> Any:
    """Return an array of zeros in the form of ``array``, with ``bar`` where repeated labels agree."""
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


def einsum_dot(
    out: Any, subscripts: Any, operands: tuple[Any, ...], dots: tuple[Any, ...], optimize: Any
) -> Any:
    """Return the tangent of ``np.einsum``: one einsum for every operand that moves.

    Args:
        out: the value.
        subscripts: a string, or the first operand in the form with lists of axes.
        operands: the rest of the call.
        dots: tangents of ``(subscripts, *operands)``, None for zero.
        optimize: handed to the inner einsum.
    """
    spec, arrays = einsum_call(subscripts, operands)
    array_dots = dots[1:] if isinstance(subscripts, str) else dots[: 2 * len(arrays) : 2]
    total = np.zeros_like(out)
    for i, dot in enumerate(array_dots):
        if dot is not None and np.asarray(arrays[i]).dtype.kind in "fc":
            total = total + np.einsum(spec, *arrays[:i], dot, *arrays[i + 1 :], optimize=optimize)
    return fit_out(total, out)


@frule(np.einsum)
def einsum_forward(subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    """The product rule."""
    out = np.einsum(subscripts, *operands, optimize=optimize)

    def einsum_pushforward(subscripts_dot: Any, operands_dot: Any, optimize_dot: Any) -> Any:
        still = (None,) * len(operands)
        return (
            einsum_dot(out, subscripts, operands, (subscripts_dot, *still), optimize),
            einsum_dot(out, subscripts, operands, (None, *operands_dot), optimize),
            None,
        )

    return out, einsum_pushforward


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


@frule(np.kron)
def kron_forward(a: Any, b: Any) -> Any:
    """The product rule."""
    out = np.kron(a, b)

    def kron_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return np.kron(a_dot, b), np.kron(a, b_dot)

    return out, kron_pushforward


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


@frule(np.cross)
def cross_forward(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Any:
    """The product rule."""
    out = np.cross(a, b, axisa, axisb, axisc, axis)

    def cross_pushforward(
        a_dot: Any, b_dot: Any, axisa_dot: Any, axisb_dot: Any, axisc_dot: Any, axis_dot: Any
    ) -> Any:
        return (
            np.cross(a_dot, b, axisa, axisb, axisc, axis),
            np.cross(a, b_dot, axisa, axisb, axisc, axis),
            None,
            None,
            None,
            None,
        )

    return out, cross_pushforward


@rrule(np.linalg.cross, fresh=True)
def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The triple product is cyclic."""
    out = np.linalg.cross(x1, x2, axis=axis)

    def cross_pullback(out_bar: Any) -> Any:
        x1_bar, x2_bar = cross_bars(out_bar, x1, x2, (axis, axis, axis))
        return x1_bar, x2_bar, None

    return out, cross_pullback


@frule(np.linalg.cross)
def linalg_cross_forward(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The product rule."""
    out = np.linalg.cross(x1, x2, axis=axis)

    def linalg_cross_pushforward(x1_dot: Any, x2_dot: Any, axis_dot: Any) -> Any:
        return np.linalg.cross(x1_dot, x2, axis=axis), np.linalg.cross(x1, x2_dot, axis=axis), None

    return out, linalg_cross_pushforward


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


@frule(np.convolve)
def convolve_forward(a: Any, v: Any, mode: Any = "full") -> Any:
    """The product rule."""
    out = np.convolve(a, v, mode)

    def convolve_pushforward(a_dot: Any, v_dot: Any, mode_dot: Any) -> Any:
        return np.convolve(a_dot, v, mode), np.convolve(a, v_dot, mode), None

    return out, convolve_pushforward


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


@frule(np.correlate)
def correlate_forward(a: Any, v: Any, mode: Any = "valid") -> Any:
    """The product rule."""
    out = np.correlate(a, v, mode)

    def correlate_pushforward(a_dot: Any, v_dot: Any, mode_dot: Any) -> Any:
        return np.correlate(a_dot, v, mode), np.correlate(a, v_dot, mode), None

    return out, correlate_pushforward
