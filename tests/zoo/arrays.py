"""Arrays: indexing, shapes, methods, broadcasting, array-valued programs."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])
M = np.array([[0.5, -1.1, 0.3], [1.7, 0.2, -0.6]])
T = np.arange(24.0).reshape(2, 3, 4) / 7.0 - 1.3


def integer_index(x):
    return x[0] * x[-1] + x[2] ** 2


def index_by_variable(x, k):
    return x[k] * x[k - 1]


def index_two_axes(m):
    return m[0, 1] * m[1, -1] + m[1][0]


def slice_step(x):
    return np.sum(x[::2] * x[1::2])


def slice_negative_step(x):
    return x[::-1] * x


def slice_shifted(x):
    return np.sum((x[1:] - x[:-1]) ** 2)


def ellipsis_and_newaxis(m):
    return np.sum(m[..., 0, None] * m[:, np.newaxis, :])


def boolean_mask(x):
    return np.sum(x[x > 0.0] ** 3)


def boolean_mask_saved(x):
    mask = np.abs(x) > 0.5
    return x[mask] * np.arange(mask.sum())


def integer_array_index(x):
    return x[[0, 2, 2, 1]] * np.array([1.0, 2.0, 3.0, 4.0])


def integer_array_pairs(m):
    rows, columns = np.array([0, 1, 1]), np.array([2, 0, 0])
    return m[rows, columns] ** 2


def gather_rows(table, indices):
    return np.sum(table[indices] ** 2)


def index_in_loop(x, order):
    total = 0.0
    for i in order:
        total = total + x[i] * x[i]
    return total


def shape_unpacking(m):
    n, k = m.shape
    return np.sum(m) / n + np.sum(m[0]) * k


def shape_arithmetic(m):
    return m.reshape(-1, m.shape[0]) @ np.ones(m.shape[0]) / m.size * m.ndim


def len_of_array(x):
    return np.sum(x) / len(x)


def array_methods(m):
    return m.sum(axis=0).mean() + m.T.reshape(-1).max() * m.min()


def methods_chained(m):
    return m.T.dot(m).ravel().cumsum()


def method_with_keywords(m):
    centred = m - m.mean(axis=1, keepdims=True)
    return (centred / m.std(axis=1, keepdims=True)).sum(axis=0)


def transpose_attribute(m):
    return m.T @ m


def broadcast_row_and_column(m, w):
    return (m + w) * w[None, :] + m[:, :1]


def broadcast_scalar(x, s):
    return x * s + s


def broadcast_size_one(m, b):
    return np.sum(m * b, axis=1)


def array_times_list_constant(x):
    return x * [1.0, 2.0, 3.0, 4.0]


def outer_by_none(x, z):
    return np.exp(-((x[:, None] - z[None, :]) ** 2))


def zero_dimensional(x):
    return np.sin(x) * x


def empty_array(x):
    return np.sum(x * x) + np.sum(x[:0])


def empty_argument(x):
    return x * 2.0


def creates_from_scalars(x):
    return np.array([x, x * x, 3.0])


def creates_matrix_from_scalars(t):
    rotation = np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]])
    return rotation @ np.array([1.0, 2.0])


def creates_constants(x):
    return np.zeros(4) + np.ones_like(x) * x + np.arange(4.0) * np.full(4, 2.0) * np.eye(4)[1]


def stack_of_rows(x):
    return np.stack([x, x * x, np.sin(x)], axis=1)


def concatenate_parts(x, z):
    return np.concatenate([x, z * x[:1], np.zeros(2)])


def where_untaken_nan(x):
    return np.where(x > 0.0, np.sqrt(np.where(x > 0.0, x, 1.0)), x * x)


def clip_and_maximum(x):
    return np.clip(x, -1.0, 1.0) + np.maximum(x, 0.1) * np.minimum(x, 2.0)


def relu(x):
    return np.maximum(0.0, x) * x


def reductions(t):
    return t.sum(axis=(0, 2)) * np.mean(t) + np.prod(t[0, :2], axis=None)


def max_with_axis(m):
    return np.max(m, axis=0) * np.max(m, axis=1, keepdims=True)


def logsumexp_by_hand(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def softmax_rows(m):
    e = np.exp(m - m.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def matrix_products(a, x):
    return a @ x + np.dot(a, x) * 2.0


def vector_products(x, z):
    return x @ z + np.inner(x, z) * np.outer(x, z)[0, 1]


def einsum_product(a, b):
    return np.einsum("ij,kj->ik", a, b)


def tensordot_product(t, m):
    return np.tensordot(t, m, axes=([1], [1]))


def split_and_join(x):
    a, b = np.split(x, 2)
    return np.concatenate([b, a * b])


def swap_axes(t):
    return np.transpose(t, (2, 0, 1)) * np.swapaxes(t, 0, 2).reshape(4, 2, 3)


def float_power_and_root(x):
    y = np.abs(x)
    return y**1.5 + np.sqrt(y) + 2.0**x


def augmented_on_fresh_result_rebound(x):
    y = x * 2.0
    y = y + x
    return y * y


def augmented_float_from_array(x):
    total = 0.0
    total += x[0]
    total *= x[1]
    total -= x[2] / x[3]
    total **= 2
    return total


def loop_over_columns(m):
    total = 0.0
    for j in range(m.shape[1]):
        total = total + m[:, j] @ m[:, j] * j
    return total


def recurrence_of_vectors(x, w):
    h = np.zeros(2)
    for t in range(x.shape[0]):
        h = np.tanh(w @ h + x[t])
    return h


def with_errstate(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x * x)
    return y * x


def comparison_as_number(x):
    return np.sum((x > 0.0) * x * x)


def sorted_array(x):
    return np.sort(x) * np.arange(4.0)


def argmax_index(x):
    return x[np.argmax(x)] * 2.0


def complex_intermediate(x):
    z = np.exp(1j * x)
    return np.real(z * z) + np.abs(z + 1.0)


def float32_stays(x):
    return x * np.float32(2.0) + x**2


def row_assignment_without_mutation(m):
    rows = [row / np.sum(row) for row in m]
    return np.vstack(rows)


def inactive_integer_array_written(x):
    order = np.arange(4)
    order[0], order[3] = 3, 0
    order += 1
    order -= 1
    return x[order] * order


def inactive_array_from_shape(x):
    weights = np.zeros(x.shape)
    for k in range(len(x)):
        weights[k] = 0.5**k
    return np.sum(weights * x)


def random_constant(x):
    noise = np.random.default_rng(0).normal(size=x.shape)
    return x * noise


def any_and_all(x):
    if np.any(x > 2.0) and not np.all(x > 0.0):
        return x * x
    return x


def diff_and_cumsum(x):
    return np.cumsum(x * x)[:-1] * np.diff(x)


def array_returned_unchanged(x):
    return x


def constant_result(x):
    return 3.0


def flat_view_of_argument(m):
    return np.ravel(m)[2:] * m.reshape(-1)[:4]


ZOO = [
    entry(integer_index, V),
    entry(index_by_variable, V, 2),
    entry(index_two_axes, M),
    entry(slice_step, V),
    entry(slice_negative_step, V),
    entry(slice_shifted, V),
    entry(ellipsis_and_newaxis, M),
    entry(boolean_mask, V),
    entry(boolean_mask_saved, V),
    entry(integer_array_index, V),
    entry(integer_array_pairs, M),
    entry(gather_rows, M, np.array([0, 1, 1])),
    entry(index_in_loop, V, [3, 0, 0]),
    entry(shape_unpacking, M),
    entry(shape_arithmetic, M),
    entry(len_of_array, V),
    entry(array_methods, M),
    entry(methods_chained, M),
    entry(method_with_keywords, M),
    entry(transpose_attribute, M),
    entry(broadcast_row_and_column, M, np.array([0.3, 0.4, 0.9])),
    entry(broadcast_scalar, V, 1.3),
    entry(broadcast_size_one, M, np.array([[0.3], [0.4]])),
    entry(array_times_list_constant, V),
    entry(outer_by_none, V, V[:2]),
    entry(zero_dimensional, np.array(1.3)),
    entry(empty_array, V),
    entry(empty_argument, np.zeros((0, 3))),
    entry(creates_from_scalars, 1.3),
    entry(creates_matrix_from_scalars, 1.3),
    entry(creates_constants, V),
    entry(stack_of_rows, V),
    entry(concatenate_parts, V, V[:2]),
    entry(where_untaken_nan, V),
    entry(clip_and_maximum, V),
    entry(relu, V),
    entry(reductions, T),
    entry(max_with_axis, M),
    entry(logsumexp_by_hand, V),
    entry(softmax_rows, M),
    entry(matrix_products, M, V[:3]),
    entry(vector_products, V, V[::-1]),
    entry(einsum_product, M, M * 0.3),
    entry(tensordot_product, T, M),
    entry(split_and_join, V),
    entry(swap_axes, T),
    entry(float_power_and_root, V),
    entry(augmented_on_fresh_result_rebound, V),
    entry(augmented_float_from_array, V),
    entry(loop_over_columns, M),
    entry(recurrence_of_vectors, M.T.copy(), np.array([[0.3, 0.1], [-0.5, 0.9]])),
    entry(with_errstate, V),
    entry(comparison_as_number, V),
    entry(sorted_array, V),
    entry(argmax_index, V),
    entry(complex_intermediate, V),
    entry(float32_stays, V.astype(np.float32)),
    entry(row_assignment_without_mutation, M),
    entry(inactive_integer_array_written, V),
    entry(inactive_array_from_shape, V),
    entry(random_constant, V),
    entry(any_and_all, V),
    entry(diff_and_cumsum, V),
    entry(array_returned_unchanged, V),
    entry(constant_result, V),
    entry(flat_view_of_argument, M),
]
