"""Sparse Jacobians and Hessians: patterns that miss nothing, colourings, and how many directions it takes."""

import functools

import numpy as np
import pytest

import adjoint
from adjoint import hessian, jacobian, pattern, sparse_hessian, sparse_jacobian
from adjoint.operators import sparse
from adjoint.operators.coloring import column_colors, star_colors

RNG = np.random.default_rng(3)


def bratu(u):
    n = int(round(u.size**0.5))
    v = np.pad(u.reshape(n, n), 1)
    laplacian = v[2:, 1:-1] + v[:-2, 1:-1] + v[1:-1, 2:] + v[1:-1, :-2] - 4.0 * v[1:-1, 1:-1]
    return (laplacian * (n + 1) ** 2 + 6.0 * np.exp(v[1:-1, 1:-1])).ravel()


def brusselator(y):
    n = y.size // 2
    u, v = y[:n].reshape(4, 4), y[n:].reshape(4, 4)

    def laplacian(w):
        return np.roll(w, 1, 0) + np.roll(w, -1, 0) + np.roll(w, 1, 1) + np.roll(w, -1, 1) - 4.0 * w

    du = 1.0 + u * u * v - 4.4 * u + 0.1 * laplacian(u)
    dv = 3.4 * u - u * u * v + 0.1 * laplacian(v)
    return np.concatenate([du.ravel(), dv.ravel()])


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def loop(x):
    out = []
    for i in range(len(x)):
        if i == 0:
            out.append(x[0] ** 2)
        else:
            out.append(x[i] * x[i - 1])
    return np.array(out)


def stencil(x):
    a = np.array(
        [[2.0, -1.0, 0.0, 0.0], [-1.0, 2.0, -1.0, 0.0], [0.0, -1.0, 2.0, -1.0], [0.0, 0.0, -1.0, 2.0]]
    )
    return a @ np.sin(x[:4]) + np.cumsum(x[:4]) * np.array([1.0, 0.0, 0.0, 0.0])


JACOBIANS = {
    "bratu": (bratu, 36, 156, 7),
    "brusselator": (brusselator, 32, 192, 8),
    "loop": (loop, 6, 11, 2),
    "differences": (lambda x: np.diff(x) ** 2, 50, 98, 2),
    "diagonal": (lambda x: np.exp(x) * x, 7, 7, 1),
    "constant matrix": (stencil, 5, 13, 4),
    "block": (lambda x: np.stack([x[:2].sum() * x[:2], x[2:] * 3.0]), 4, 6, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", JACOBIANS)
def test_jacobians_equal_the_dense_ones(name):
    f, n, entries, colors = JACOBIANS[name]
    x = RNG.uniform(0.5, 1.5, n)
    before = x.copy()
    found = sparse_jacobian(f, x)
    assert found.format == "csr" and np.array_equal(x, before)
    dense = np.asarray(jacobian(f)(x)).reshape(-1, n)
    assert np.allclose(found.toarray(), dense, rtol=1e-13, atol=1e-14)
    assert found.nnz <= entries and column_colors(pattern(f, x)).max() + 1 <= colors
    again = sparse_jacobian(f, x + 0.1, known=pattern(f, x))
    assert np.allclose(
        again.toarray(), np.asarray(jacobian(f)(x + 0.1)).reshape(-1, n), rtol=1e-13, atol=1e-14
    )


@pytest.fixture
def counted(monkeypatch):
    """Count the directions pushed and pulled, and the runs that carry them."""
    counts = {"pushed": 0, "pulled": 0, "runs": 0}
    push, pull = sparse.push_directions, sparse.pull_directions

    def push_directions(given, boxes, count):
        counts["pushed"] += count
        counts["runs"] += 1
        return push(given, boxes, count)

    def pull_directions(pullback, given, y, out, box):
        counts["pulled"] += len(box.lanes)
        counts["runs"] += 1
        return pull(pullback, given, y, out, box)

    monkeypatch.setattr(sparse, "push_directions", push_directions)
    monkeypatch.setattr(sparse, "pull_directions", pull_directions)
    return counts


def test_di_4_two_directions_where_a_dense_jacobian_takes_49_pullbacks(counted):
    x = RNG.normal(size=50)
    found = sparse_jacobian(lambda x: np.diff(x) ** 2, x)
    assert counted == {"pushed": 2, "pulled": 0, "runs": 1}
    assert np.array_equal(found.toarray(), jacobian(lambda x: np.diff(x) ** 2)(x))


def test_di_3_a_hundred_thousand_unknowns_take_two_directions(counted):
    x = RNG.normal(size=100_000)
    found = sparse_jacobian(lambda x: np.diff(x) ** 2, x)
    assert (
        counted == {"pushed": 2, "pulled": 0, "runs": 1}
        and found.shape == (99_999, 100_000)
        and found.nnz == 199_998
    )
    d = np.diff(x)
    assert np.array_equal(found.diagonal(), -2.0 * d) and np.array_equal(found.diagonal(1), 2.0 * d)


def test_a_dense_row_is_taken_by_pullbacks(counted):
    def f(x):
        return np.concatenate([x[1:] * 2.0, np.array([np.sum(x * x)])])

    x = RNG.normal(size=9)
    assert np.allclose(sparse_jacobian(f, x).toarray(), jacobian(f)(x))
    assert counted == {"pushed": 0, "pulled": 2, "runs": 1}


HESSIANS = {
    "rosenbrock": (rosenbrock, 12, 34, 3),
    "separable": (lambda x: np.sum(np.exp(x) * x), 8, 8, 1),
    "quadratic": (lambda x: np.sum(np.diff(x, 2) ** 2), 9, 39, 9),
    "arrow": (lambda x: x[0] * np.sum(x[1:] ** 2), 7, 19, 7),
    "loop": (lambda x: np.sum(loop(x) ** 2), 6, 16, 6),
}  # fmt: skip


@pytest.mark.parametrize("name", HESSIANS)
def test_hessians_equal_the_dense_ones(name):
    f, n, entries, colors = HESSIANS[name]
    x = RNG.uniform(0.5, 1.5, n)
    found, dense = sparse_hessian(f, x), hessian(f)(x)
    assert np.allclose(found.toarray(), dense, rtol=1e-12, atol=1e-12)
    if name in ("rosenbrock", "separable"):
        assert found.nnz == entries and star_colors(pattern(adjoint.grad(f), x)).max() + 1 == colors


def test_star_colouring_reads_off_random_symmetric_matrices():
    from scipy.sparse import csr_array

    for density in (0.05, 0.2, 0.5):
        a = np.where(RNG.uniform(size=(15, 15)) < density, RNG.normal(size=(15, 15)), 0.0)
        a = a + a.T
        found = sparse_hessian(lambda x, a=a: 0.5 * x @ a @ x, np.ones(15), known=csr_array(a != 0))
        assert np.allclose(found.toarray(), a)


# --- every branch --------------------------------------------------------------------------------
def either(x):
    y = x * 2.0 if x[0] > 0.0 else x[::-1] * x[1]
    return y + 1.0


def early(x):
    if x[2] > 0.0:
        return x * x
    return np.cumsum(x)


def trips(x):
    s, i = x[0], 0
    while s < 3.0 and i < 4:
        s = s + 1.0
        i += 1
    return np.array([x[i] * 2.0, x[0]])


def leaving(x):
    total = x[0]
    for i in range(1, len(x)):
        if x[i] < 0.0:
            break
        total = total + x[i] ** 2
    return np.array([total, x[1]])


def chosen(x):
    k = int(np.argmax(x))
    return np.array([x[k] ** 2, x[0], x[k - 1]])


def flagged(x):
    flag = 1.0 if x[0] > 0.0 else 0.0
    n = 3 if flag > 0.5 else 1
    return x[:2] * x[n]


def shifted(x):
    k = 1
    if x[3] > 0.0:
        k = 2
    return np.roll(x, k) * x


def in_a_list(x):
    parts = [x[0], x[1]]
    if x[0] > x[1]:
        parts[0] = x[3] * x[2]
    return np.array(parts)


def helper(x, k):
    return x[k] ** 2


def by_helper(x):
    return np.array([helper(x, int(x[0] > 0.0)), x[4]])


def sorted_values(x):
    return np.sort(x) * np.arange(1.0, 6.0)


def kinks(x):
    return np.where(x > 0.0, x[::-1] ** 2, x) + np.maximum(x, np.roll(x, 1)) + np.abs(x)


def masked(x):
    return np.where(x[0] > 0.0, x, x[::-1])[:3]


def recursion(x):
    def go(i, s):
        return s if i == 5 or s > 2.0 else go(i + 1, s + x[i] ** 2)

    return np.array([go(0, x[0]), x[1] * 2.0])


def counted_rows(x):
    n = int(np.sum(x > 0.0))
    return np.concatenate([x[:n], x[n:] * x[0]])


def nested_list(x):
    rows = []
    for i in range(4):
        if x[i] > 0.0:
            rows.append(x[i] * x[4])
        else:
            rows.append(x[i + 1] ** 2)
    return np.stack(rows)


def chosen_function(x):
    f = np.sin if x[0] > 0.0 else (lambda z: z * x[3])
    return f(x[1:3])


def bound_index(x):
    return functools.partial(lambda k, y: y[k] * y[0], int(x[1] > 0.0) + 2)(x) * np.ones(2)


def sorted_items(x):
    return np.array([max(x[0], x[1]), sorted([x[0], x[4]])[0], sorted(x)[2]])


BRANCHES = [
    chosen_function, bound_index, sorted_items, either, early, trips, leaving, chosen, flagged, shifted,
    in_a_list, by_helper, sorted_values, kinks, masked, recursion, counted_rows, nested_list,
]  # fmt: skip


@pytest.mark.parametrize("f", BRANCHES)
def test_a_pattern_found_at_one_point_covers_every_other(f):
    points = [RNG.normal(size=5) for _ in range(12)]
    dense = [np.asarray(jacobian(f)(x)) for x in points]
    for x in points[:4]:
        found = pattern(f, x).toarray()
        for each in dense:
            assert not np.any((each != 0.0) & ~found)


def test_shapes_and_loop_counters_do_not_widen_a_pattern():
    def f(x):
        y = np.zeros_like(x) + x
        for i in range(x.shape[0]):
            if i % 2 == 0 and len(y) > 2:
                y = y * 1.5
        return y if x.ndim == 1 else y.T

    assert pattern(f, np.ones(6)).nnz == 6


def test_other_arguments_keywords_and_numbers():
    f = lambda a, x, *, scale: scale * x[1:] * a  # noqa: E731
    assert pattern(f, 2.0, np.ones(3), wrt=1, scale=2.0).nnz == 2
    assert sparse_jacobian(f, 2.0, np.ones(3), wrt=1, scale=2.0).toarray()[0, 1] == 4.0
    assert sparse_jacobian(lambda x: x * x, 3.0).toarray().tolist() == [[6.0]]
    assert sparse_jacobian(lambda x: x[:0], np.ones(3)).shape == (0, 3)
    assert sparse_jacobian(lambda x: x * 0.5, np.ones(2, np.float32)).dtype == np.float32
    assert sparse_jacobian(lambda x: x * 2.0, np.array([1, 2])).toarray().tolist() == [[2.0, 0.0], [0.0, 2.0]]


def test_containers_are_refused():
    with pytest.raises(adjoint.ArgumentError, match="sparse matrix must be a real number or array, not dict"):
        sparse_jacobian(lambda p: p["a"], {"a": 1.0})
    with pytest.raises(adjoint.ArgumentError, match="the result of a sparse matrix"):
        pattern(lambda x: (x, x), np.ones(2))


def test_directions_go_through_in_chunks():
    calls, x = [], RNG.normal(size=150)

    def banded(x):
        calls.append(1)
        return sum([x[i : 80 + i] ** 2 * x[:80] for i in range(71)])

    known = pattern(banded, x)
    calls.clear()
    found = sparse_jacobian(banded, x, known=known)
    assert len(calls) == 2  # 71 or more colours, at most 64 in one run
    assert np.allclose(found.toarray(), jacobian(banded)(x))
