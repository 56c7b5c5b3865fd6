"""prepare: gradients that need no new memory, with the values of fresh ones."""

from __future__ import annotations

import threading
import tracemalloc
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import ArgumentError, PreparationMismatch, prepare, value_and_grad
from adjoint.operators.prepared import layout_of
from adjoint.runtime.memory import Memory
from adjoint.testing.differences import leaves

RNG = np.random.default_rng(5)


def products(a, b):
    return np.sum(a.T @ b + a @ b.T)


def chain(x, w):
    h = np.tanh(x @ w) * 2.0
    return np.sum(h * h + np.exp(-h))


def diffusion(u, rate):
    for _ in range(6):
        flow = u[1:] ** 2 - u[:-1] ** 2
        u = np.concatenate((u[:1], u[1:-1] + rate * (flow[1:] - flow[:-1]), u[-1:]))
    return np.sum(u**2)


def layer(x, w, b):
    return np.tanh(x @ w + b)


def network(layers, x):
    for w, b in layers:
        x = layer(x, w, b)
    return np.mean((x - 1.0) ** 2)


def by_name(params, x):
    hidden = np.maximum(x @ params["w"] + params["b"], 0.0)
    return np.sum(
        np.where(hidden > 1.0, np.sqrt(hidden), hidden * 0.5) - np.mean(hidden, axis=1, keepdims=True)
    )


def standardised(x):
    centred = x - np.mean(x, axis=0)
    return np.sum(centred / np.sqrt(np.mean(centred**2, axis=0) + 1e-3)) + np.sum(centred**3)


def branches(x, s):
    if s < 0.0:
        return np.sum(x * x) * s
    while s < 2.0:
        x = np.sin(x) + s
        s = s * 1.5
    return np.sum(np.abs(x) / (1.0 + x * x))


def transposed(x):
    y = x.T * 2.0 + np.exp(x.T)
    return np.sum(np.sum(y, axis=0) ** 2) + np.sum(y * y[:, ::-1])


@dataclass
class Model:
    """A line through points."""

    slope: Any
    offset: Any


def fitted(model, x):
    residual = model.slope * x + model.offset
    return np.sum(residual * residual)


MATRIX, OTHER, VECTOR = RNG.normal(size=(200, 200)), RNG.normal(size=(200, 200)), RNG.normal(size=40000)
#: NumPy's own scratch where operands are laid out differently; no array of the cases is that small.
SCRATCH = 200_000
#: What a call may need beside arrays; NumPy 2.0 has buffers for numbers among arrays.
FEW = 4096 if np.lib.NumpyVersion(np.__version__) >= "2.1.0" else SCRATCH
CASES: list[tuple[Any, tuple[Any, ...]]] = [
    (products, (MATRIX, OTHER)),
    (chain, (MATRIX, OTHER)),
    (diffusion, (VECTOR, 0.1)),
    (network, ([(MATRIX * 0.1, OTHER[0]), (OTHER * 0.1, MATRIX[1])], MATRIX)),
    (by_name, ({"w": MATRIX, "b": OTHER[0]}, OTHER)),
    (standardised, (MATRIX,)),
    (branches, (VECTOR, 0.3)),
    (branches, (VECTOR, -0.3)),
    (transposed, (RNG.normal(size=(160, 200)),)),
    (transposed, (np.asfortranarray(MATRIX),)),
]


def same(a: Any, b: Any) -> bool:
    return adjoint_leaves(a) == adjoint_leaves(b)


def adjoint_leaves(value: Any) -> list[Any]:
    return [(path, np.asarray(leaf).dtype, np.asarray(leaf).tolist()) for path, leaf in leaves(value)]


@pytest.mark.parametrize(("f", "args"), CASES)
def test_values_and_gradients_are_those_of_fresh_calls_bit_for_bit(f: Any, args: tuple[Any, ...]) -> None:
    expected = value_and_grad(f)(*args)
    before = adjoint_leaves(args)
    prepared = prepare(f, *args)
    for _ in range(3):
        assert same(prepared.value_and_grad(*args), expected)
    assert adjoint_leaves(args) == before


def largest_allocation(call: Any) -> int:
    """The most memory that a call needs beyond what was there before."""
    tracemalloc.start()
    try:
        call()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


#: Arrays laid out by columns and read backwards are in no order that memory is kept for.
KEPT = [case for case in CASES if case[0] is not transposed]


@pytest.mark.parametrize(("f", "args"), KEPT)
def test_later_calls_allocate_nothing(f: Any, args: tuple[Any, ...]) -> None:
    prepared = prepare(f, *args)
    prepared.value_and_grad(*args)
    uniform = f in (products, chain, branches)
    assert largest_allocation(lambda: prepared.value_and_grad(*args)) < (FEW if uniform else SCRATCH)


def test_a_million_entries_allocate_nothing() -> None:
    x, w = RNG.normal(size=(1000, 1000)), RNG.normal(size=(1000, 8))
    prepared = prepare(chain, x, w)
    gradient = np.empty_like(x)
    assert largest_allocation(lambda: prepared.value_and_grad(x, w, out=gradient)) < FEW
    assert np.array_equal(gradient, adjoint.grad(chain)(x, w))


@pytest.mark.parametrize("s", [1.34, -0.2, 0.5, 5.0])
def test_branches_stay_live(s: float) -> None:
    prepared = prepare(branches, VECTOR, -1.3)
    assert same(prepared.value_and_grad(VECTOR, s), value_and_grad(branches)(VECTOR, s))


def test_results_are_not_overwritten_while_somebody_holds_them() -> None:
    prepared = prepare(chain, MATRIX, OTHER)
    kept = [prepared(MATRIX * k, OTHER) for k in range(5)]
    views = [prepared(MATRIX * k, OTHER)[1:] for k in range(5)]
    for k in range(5):
        expected = adjoint.grad(chain)(MATRIX * k, OTHER)
        assert np.array_equal(kept[k], expected)
        assert np.array_equal(views[k], expected[1:])


def test_out_is_written_into() -> None:
    args = ({"w": MATRIX, "b": OTHER[0]}, OTHER)
    out = {"w": np.zeros_like(MATRIX), "b": np.zeros(200)}
    found = prepare(by_name, *args)(*args, out=out)
    assert found["w"] is out["w"]
    assert same(out, adjoint.grad(by_name)(*args))


def test_out_of_another_shape_is_refused() -> None:
    with pytest.raises(PreparationMismatch, match="`out` does not have the form"):
        prepare(chain, MATRIX, OTHER)(MATRIX, OTHER, out=np.zeros(3))


def test_other_shapes_are_refused_with_what_was_expected() -> None:
    prepared = prepare(chain, MATRIX, OTHER)
    with pytest.raises(
        PreparationMismatch, match=r"argument 1: expected float64\[200, 200\], got float64\[200, 5\]"
    ):
        prepared(MATRIX, OTHER[:, :5])
    with pytest.raises(PreparationMismatch, match=r"expected float64\[200, 200\], got float32\[200, 200\]"):
        prepared(MATRIX.astype(np.float32), OTHER)
    assert same(prepared(MATRIX, OTHER), adjoint.grad(chain)(MATRIX, OTHER))


def test_other_shapes_are_adapted_to() -> None:
    prepared = prepare(chain, MATRIX, OTHER, strict=False)
    for args in [(MATRIX[:30], OTHER), (MATRIX, OTHER[:, :5]), (MATRIX.astype(np.float32), OTHER)]:
        assert same(prepared.value_and_grad(*args), value_and_grad(chain)(*args))
        if args[0].dtype == np.float64:
            assert largest_allocation(lambda args=args: prepared(*args)) < FEW


def test_captured_arrays_stay_live() -> None:
    weights = MATRIX.copy()

    def loss(x):
        return np.sum(np.tanh(x @ weights) ** 2)

    prepared = prepare(loss, OTHER)
    weights[:] = 0.5 * OTHER
    assert same(prepared.value_and_grad(MATRIX), value_and_grad(loss)(MATRIX))
    weights = OTHER
    assert same(prepared.value_and_grad(MATRIX), value_and_grad(loss)(MATRIX))


def test_several_arguments_and_objects() -> None:
    prepared = prepare(chain, MATRIX, OTHER, wrt=(0, "w"))
    assert same(prepared.value_and_grad(MATRIX, OTHER), value_and_grad(chain, wrt=(0, "w"))(MATRIX, OTHER))
    model = Model(VECTOR, 0.5)
    assert same(prepare(fitted, model, VECTOR)(model, VECTOR), adjoint.grad(fitted)(model, VECTOR))


def test_aux_is_handed_on() -> None:
    def f(x):
        y = x * x
        return np.sum(y), y

    gradient, aux = prepare(f, VECTOR, has_aux=True)(VECTOR)
    assert np.array_equal(gradient, 2.0 * VECTOR)
    assert np.array_equal(aux, VECTOR * VECTOR)


def test_forks_compute_at_the_same_time() -> None:
    prepared = prepare(diffusion, VECTOR, 0.1)
    expected = [adjoint.grad(diffusion)(VECTOR * k, 0.1) for k in range(1, 5)]
    failures: list[int] = []

    def work(k: int, fork: Any) -> None:
        for _ in range(30):
            if not np.array_equal(fork(VECTOR * k, 0.1), expected[k - 1]):
                failures.append(k)

    threads = [threading.Thread(target=work, args=(k, prepared.fork())) for k in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_two_threads_with_one_memory_are_refused() -> None:
    prepared = prepare(chain, MATRIX, OTHER)
    with prepared.busy, pytest.raises(ArgumentError, match="fork"):
        prepared(MATRIX, OTHER)


def test_an_error_leaves_the_memory_usable() -> None:
    def f(x, n):
        y = x * 2.0
        if n > 1:
            raise ValueError("too many")
        return np.sum(y * y)

    prepared = prepare(f, VECTOR, 0)
    with pytest.raises(ValueError, match="too many"):
        prepared(VECTOR, 2)
    assert same(prepared(VECTOR, 1), adjoint.grad(f)(VECTOR, 1))


@pytest.mark.parametrize("exponent", [-2, -1, 0, 1, 2, 3, -1.0, 0.5, 2.5, np.float64(0.5), np.float64(-1.0)])
def test_powers_are_those_of_the_operator(exponent: Any) -> None:
    x = np.abs(VECTOR) + 0.1
    assert np.array_equal(Memory().raised(x, exponent), x**exponent)


def test_an_object_that_refers_to_itself() -> None:
    model = Model(VECTOR, 0.5)
    model.whole = model  # type: ignore[attr-defined]
    assert layout_of((model,)) == [{"slope": ((40000,), np.dtype(float)), "offset": None, "whole": None}]
