"""Second derivatives of running products where entries are zero, against exact values.

Running products are linear in every single entry, so mixed second differences with steps of one are exact.
"""

from __future__ import annotations

import numpy as np
import pytest

from adjoint import grad, hessian, jvp

ARRAYS = [
    np.array([[0.0, 0.0, 3.0], [0.0, 0.0, 4.0], [1.0, 2.0, 3.0]]),
    np.array([[0.0, 0.0, 0.0], [0.0, 5.0, 0.0]]),
]
PRODUCTS = [
    lambda a, axis: np.cumprod(a, axis),
    lambda a, axis: a.cumprod(axis),
    lambda a, axis: np.nancumprod(a, axis),
    lambda a, axis: np.multiply.accumulate(a, axis),
    lambda a, axis: np.prod(a, axis),
]
if hasattr(np, "cumulative_prod"):  # since NumPy 2.1
    PRODUCTS.append(lambda a, axis: np.cumulative_prod(a, axis=axis, include_initial=True))


def exact(f, a):
    """Return the second derivatives of a function that is linear in every single entry."""
    result = np.zeros((a.size, a.size))
    for i in range(a.size):
        for j in set(range(a.size)) - {i}:
            corners = []
            for p, q in ((1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)):
                b = a.ravel().copy()
                b[i], b[j] = p, q
                corners.append(f(b.reshape(a.shape)))
            result[i, j] = corners[0] - corners[1] - corners[2] + corners[3]
    return result


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("axis", [0, 1])
def test_second_derivatives_of_running_products_at_zeros(product, axis):
    for a in ARRAYS:
        weights = np.sqrt(np.arange(2.0, 2.0 + np.size(product(a, axis)))).reshape(product(a, axis).shape)

        def f(a, weights=weights):
            return np.sum(weights * product(a, axis))

        wanted = exact(f, a)
        rng = np.random.default_rng(3)
        v, u = rng.normal(size=a.shape), rng.normal(size=a.shape)

        def along_v(b, f=f, v=v):
            return jvp(f, (b,), (v,))[1]

        assert np.allclose(hessian(f)(a).reshape(wanted.shape), wanted)
        assert np.allclose(grad(along_v)(a).ravel(), wanted @ v.ravel())
        assert np.allclose(jvp(along_v, (a,), (u,))[1], u.ravel() @ wanted @ v.ravel())


def test_second_derivative_of_a_flattened_running_product_at_zeros():
    a = np.array([[2.0, 0.0], [0.0, 3.0]])

    def along(b):
        return jvp(lambda c: np.sum(np.cumprod(c)), (b,), (np.ones((2, 2)),))[1]

    # p = a + a b + a b c + a b c d at (2, 0, 0, 3): p_ab = 1, p_bc = a + a d = 8, all others are zero
    assert jvp(along, (a,), (np.ones((2, 2)),))[1] == pytest.approx(18.0)
