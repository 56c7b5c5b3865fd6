"""Rules of products: matmul, dot, vdot, inner, outer.

The common ranks have variants that are pasted as a person would write them; the general forms are
helpers.  Complex arguments follow the convention ``u_x + i u_y``: the other factor is conjugated.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, hermitian, real_pair

MATMULS = (np.matmul, operator.matmul, np.ndarray.__matmul__, np.linalg.matmul)
DOTS = (np.dot, np.ndarray.dot)


def _matrix_matrix(a: Kind, b: Kind) -> bool:
    return real_pair(a, 2, b, 2)


def _matrix_vector(a: Kind, b: Kind) -> bool:
    return real_pair(a, 2, b, 1)


def _vector_matrix(a: Kind, b: Kind) -> bool:
    return real_pair(a, 1, b, 2)


def _vector_vector(a: Kind, b: Kind) -> bool:
    return real_pair(a, 1, b, 1)


# -- matmul -------------------------------------------------------------------------------------


def matmul_a_bar(out_bar: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of ``a`` in ``a @ b`` for any ranks: ``out_bar @ b^H``, unbroadcast.

    Args:
        out_bar: cotangent of the product.
        a: shape (..., n, k) or (k,).
        b: shape (..., k, m) or (k,).
    """
    if np.ndim(b) == 1:
        return fit(unbroadcast(np.asarray(out_bar)[..., None] * np.conj(b), a), a)
    if np.ndim(a) == 1:
        product = np.matmul(np.conj(b), np.expand_dims(out_bar, -1))[..., 0]
    elif a.ndim == 2 and b.ndim > 2:
        # One matrix times a stack: contract over the stack at once instead of summing products.
        return fit(np.tensordot(out_bar, np.conj(b), (_but(b.ndim, -2), _but(b.ndim, -2))), a)
    else:
        product = np.matmul(out_bar, hermitian(b))
    return fit(unbroadcast(product, a), a)


def matmul_b_bar(out_bar: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of ``b`` in ``a @ b`` for any ranks: ``a^H @ out_bar``, unbroadcast.

    Args:
        out_bar: cotangent of the product.
        a: shape (..., n, k) or (k,).
        b: shape (..., k, m) or (k,).
    """
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return fit(out_bar * np.conj(a), b)
    if np.ndim(a) == 1:
        product = np.conj(a)[:, None] * np.expand_dims(out_bar, -2)
    elif np.ndim(b) == 1:
        return fit(np.tensordot(out_bar, np.conj(a), out_bar.ndim), b)
    elif b.ndim == 2 and a.ndim > 2:
        return fit(np.tensordot(np.conj(a), out_bar, (_but(a.ndim, -1), _but(a.ndim, -1))), b)
    else:
        product = np.matmul(hermitian(a), out_bar)
    return fit(unbroadcast(product, b), b)


def _but(ndim: int, axis: int) -> tuple[int, ...]:
    """Return all axes but one."""
    return tuple(k for k in range(ndim) if k != axis % ndim)


@rrule(*MATMULS, fresh=True)
def matmul(a: Any, b: Any) -> Any:
    """Stacks, vectors and complex factors."""
    out = a @ b

    def matmul_pullback(out_bar: Any) -> Any:
        return matmul_a_bar(out_bar, a, b), matmul_b_bar(out_bar, a, b)

    return out, matmul_pullback


@frule(*MATMULS)
def matmul_forward(a: Any, b: Any) -> Any:
    """The product rule."""
    out = a @ b

    def matmul_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return a_dot @ b, a @ b_dot

    return out, matmul_pushforward


@rrule(*MATMULS, when=_vector_vector, fresh=True)
def matmul_vector_vector(a: Any, b: Any) -> Any:
    """The inner product of two vectors."""
    out = a @ b

    def matmul_pullback(out_bar: Any) -> Any:
        return out_bar * b, out_bar * a

    return out, matmul_pullback


@rrule(*MATMULS, when=_vector_matrix, fresh=True)
def matmul_vector_matrix(a: Any, b: Any) -> Any:
    """A row vector times a matrix."""
    out = a @ b

    def matmul_pullback(out_bar: Any) -> Any:
        return b @ out_bar, np.outer(a, out_bar)

    return out, matmul_pullback


@rrule(*MATMULS, when=_matrix_vector, fresh=True)
def matmul_matrix_vector(a: Any, b: Any) -> Any:
    """A matrix times a vector."""
    out = a @ b

    def matmul_pullback(out_bar: Any) -> Any:
        return np.outer(out_bar, b), a.T @ out_bar

    return out, matmul_pullback


@rrule(*MATMULS, when=_matrix_matrix, fresh=True)
def matmul_matrix_matrix(a: Any, b: Any) -> Any:
    """A matrix times a matrix."""
    out = a @ b

    def matmul_pullback(out_bar: Any) -> Any:
        return out_bar @ b.T, a.T @ out_bar

    return out, matmul_pullback


# -- dot, inner, outer --------------------------------------------------------------------------


def dot_a_bar(out_bar: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.dot(a, b)`` for any ranks, numbers included.

    Args:
        out_bar: shape ``a.shape[:-1]`` followed by that of ``b`` without its last axis but one.
        a: number or array.
        b: number or array.
    """
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return fit(unbroadcast(out_bar * np.conj(b), a), a)
    free = np.ndim(b) - 1
    mine = tuple(range(np.ndim(out_bar) - free, np.ndim(out_bar)))
    return fit(np.tensordot(out_bar, np.conj(b), (mine, _but(np.ndim(b), -2 if free else 0))), a)


def dot_b_bar(out_bar: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of ``b`` in ``np.dot(a, b)`` for any ranks, numbers included."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return fit(unbroadcast(out_bar * np.conj(a), b), b)
    lead = tuple(range(np.ndim(a) - 1))
    product = np.tensordot(np.conj(a), out_bar, (lead, lead))
    return fit(np.moveaxis(product, 0, -2) if np.ndim(b) > 1 else product, b)


@rrule(*DOTS, fresh=True)
def dot(a: Any, b: Any) -> Any:
    """Any ranks, numbers and complex factors."""
    out = np.dot(a, b)

    def dot_pullback(out_bar: Any) -> Any:
        return dot_a_bar(out_bar, a, b), dot_b_bar(out_bar, a, b)

    return out, dot_pullback


@frule(*DOTS)
def dot_forward(a: Any, b: Any) -> Any:
    """The product rule."""
    out = np.dot(a, b)

    def dot_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return np.dot(a_dot, b), np.dot(a, b_dot)

    return out, dot_pushforward


@rrule(*DOTS, when=_vector_vector, fresh=True)
def dot_vector_vector(a: Any, b: Any) -> Any:
    """The inner product of two vectors."""
    out = np.dot(a, b)

    def dot_pullback(out_bar: Any) -> Any:
        return out_bar * b, out_bar * a

    return out, dot_pullback


@rrule(*DOTS, when=_vector_matrix, fresh=True)
def dot_vector_matrix(a: Any, b: Any) -> Any:
    """A row vector times a matrix."""
    out = np.dot(a, b)

    def dot_pullback(out_bar: Any) -> Any:
        return b @ out_bar, np.outer(a, out_bar)

    return out, dot_pullback


@rrule(*DOTS, when=_matrix_vector, fresh=True)
def dot_matrix_vector(a: Any, b: Any) -> Any:
    """A matrix times a vector."""
    out = np.dot(a, b)

    def dot_pullback(out_bar: Any) -> Any:
        return np.outer(out_bar, b), a.T @ out_bar

    return out, dot_pullback


@rrule(*DOTS, when=_matrix_matrix, fresh=True)
def dot_matrix_matrix(a: Any, b: Any) -> Any:
    """A matrix times a matrix."""
    out = np.dot(a, b)

    def dot_pullback(out_bar: Any) -> Any:
        return out_bar @ b.T, a.T @ out_bar

    return out, dot_pullback


def vdot_a_bar(out_bar: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.vdot(a, b)``, which conjugates ``a``."""
    return fit(np.conj(out_bar) * np.reshape(b, np.shape(a)), a)


def vdot_b_bar(out_bar: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of ``b`` in ``np.vdot(a, b)``."""
    return fit(out_bar * np.reshape(a, np.shape(b)), b)


@rrule(np.vdot, fresh=True)
def vdot(a: Any, b: Any) -> Any:
    """The inner product of flattened arrays."""
    out = np.vdot(a, b)

    def vdot_pullback(out_bar: Any) -> Any:
        return vdot_a_bar(out_bar, a, b), vdot_b_bar(out_bar, a, b)

    return out, vdot_pullback


@frule(np.vdot)
def vdot_forward(a: Any, b: Any) -> Any:
    """The product rule."""
    out = np.vdot(a, b)

    def vdot_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return np.vdot(a_dot, b), np.vdot(a, b_dot)

    return out, vdot_pushforward


def inner_a_bar(out_bar: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.inner(a, b)``, which sums over both last axes."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return dot_a_bar(out_bar, a, b)
    free = np.ndim(b) - 1
    mine = tuple(range(np.ndim(out_bar) - free, np.ndim(out_bar)))
    return fit(np.tensordot(out_bar, np.conj(b), (mine, tuple(range(free)))), a)


def inner_b_bar(out_bar: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of ``b`` in ``np.inner(a, b)``."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return dot_b_bar(out_bar, a, b)
    lead = tuple(range(np.ndim(a) - 1))
    return fit(np.tensordot(out_bar, np.conj(a), (lead, lead)), b)


@rrule(np.inner, fresh=True)
def inner(a: Any, b: Any) -> Any:
    """Any ranks, numbers and complex factors."""
    out = np.inner(a, b)

    def inner_pullback(out_bar: Any) -> Any:
        return inner_a_bar(out_bar, a, b), inner_b_bar(out_bar, a, b)

    return out, inner_pullback


@frule(np.inner)
def inner_forward(a: Any, b: Any) -> Any:
    """The product rule."""
    out = np.inner(a, b)

    def inner_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return np.inner(a_dot, b), np.inner(a, b_dot)

    return out, inner_pushforward


@rrule(np.inner, when=_vector_vector, fresh=True)
def inner_vector_vector(a: Any, b: Any) -> Any:
    """The inner product of two vectors."""
    out = np.inner(a, b)

    def inner_pullback(out_bar: Any) -> Any:
        return out_bar * b, out_bar * a

    return out, inner_pullback


def outer_a_bar(out_bar: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.outer(a, b)``, which flattens both."""
    return fit(out_bar @ np.conj(np.ravel(b)), a)


def outer_b_bar(out_bar: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of ``b`` in ``np.outer(a, b)``."""
    return fit(np.conj(np.ravel(a)) @ out_bar, b)


@rrule(np.outer, np.linalg.outer, fresh=True)
def outer(a: Any, b: Any) -> Any:
    """Arrays of any rank and numbers."""
    out = np.outer(a, b)

    def outer_pullback(out_bar: Any) -> Any:
        return outer_a_bar(out_bar, a, b), outer_b_bar(out_bar, a, b)

    return out, outer_pullback


@frule(np.outer, np.linalg.outer)
def outer_forward(a: Any, b: Any) -> Any:
    """The product rule."""
    out = np.outer(a, b)

    def outer_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return np.outer(a_dot, b), np.outer(a, b_dot)

    return out, outer_pushforward


@rrule(np.outer, np.linalg.outer, when=_vector_vector, fresh=True)
def outer_vector_vector(a: Any, b: Any) -> Any:
    """The outer product of two vectors."""
    out = np.outer(a, b)

    def outer_pullback(out_bar: Any) -> Any:
        return out_bar @ b, a @ out_bar

    return out, outer_pullback
