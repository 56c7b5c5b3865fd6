"""Jacobians and Hessians of containers and several arguments, and how often the function runs for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

import adjoint
from adjoint import (
    ArgumentError,
    DifferentiationError,
    diag_hessian,
    grad,
    hessian,
    hvp,
    jacobian,
    value_and_grad,
    value_grad_hess,
    vhp,
)
from adjoint.forward import pushed_boxes
from adjoint.operators.linearize import LinearMap
from adjoint.operators.sweeps import push_singly, real_value, unit_boxes
from adjoint.operators.variables import lanes_at, leaves_of, tangent_tree, variables
from adjoint.rules.directions import repeated
from adjoint.rules.forward import filled
from tests.test_zoo import ZOO, same_bits
from tests.zoo.entry import Entry

#: What takes one direction at a time, and why.
ONE_BY_ONE = {
    "math_fsum_prod": "math.fsum wants floats",
    "complex_builtin": "complex() wants floats",
    "complex_inside": "complex() wants floats",
    "arrays_in_a_dict_change": "an array inside a container changes, and its tangent is a plain one",
    "arrays_in_lists_change": "an array inside a container changes, and its tangent is a plain one",
    "array_inplace": "a captured array changes, and its tangent is a plain one",
}


@pytest.mark.parametrize("row", ZOO)
def test_several_directions_and_the_linear_map_give_what_single_directions_give(row: Entry) -> None:
    arguments = row.arguments()
    wrt = tuple(i for i, x in enumerate(arguments) if leaves_of(x) and not isinstance(x, str))
    if not wrt:
        return  # there is nothing to differentiate by
    given = variables(row.f, wrt, arguments, {})
    count = min(given.size, 4)
    if not count:
        return  # an empty argument
    boxes = unit_boxes(given.leaves, 0, count, 1.0)
    y, singly = push_singly(given, boxes, count)
    tree = tangent_tree(given.values, boxes)
    wrap = lambda x_dot: repeated(x_dot, count)  # noqa: E731
    push = LinearMap(given, len(arguments), wrt)
    assert same_bits(push.y, row.f(*row.arguments()))
    assert (push.tape is None) == (row.name in ONE_BY_ONE)
    if row.name in ONE_BY_ONE:
        with pytest.raises((TypeError, ValueError)):
            pushed_boxes(given.specializer, row.arguments(), {}, tree, wrap)
        return
    _, together = pushed_boxes(given.specializer, row.arguments(), {}, tree, wrap)
    for leaf in leaves_of(real_value(y)):
        tolerance = 1e-5 if "float32" in row.name or leaf.dtype == np.float32 else 1e-12
        one, other = lanes_at(singly, leaf, count), lanes_at(together, leaf, count)
        np.testing.assert_allclose(other, one, rtol=tolerance, atol=tolerance)
        for k in (0, count - 1):
            lane = {path: box.lanes[k] for path, box in boxes.items()}
            again = push.moved(filled(tangent_tree(given.values, lane), given.values))
            np.testing.assert_allclose(lanes_at(again, leaf, 1)[0], one[k], rtol=tolerance, atol=tolerance)
    assert same_bits(list(arguments), list(row.arguments()))


# --- blocks -----------------------------------------------------------------------------------------
MODES = ["auto", "forward", "reverse"]


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclass
class Model:
    w: Any
    b: float
    name: str = "m"


def of_model(model: Any, x: Any) -> Any:
    return {"out": model.w @ x + model.b, "norm": (np.sum(model.w**2), 3)}


@pytest.mark.parametrize("mode", MODES)
def test_blocks_are_nested_first_as_the_result_then_as_the_arguments(mode: Any) -> None:
    w, x = np.arange(6.0).reshape(2, 3), np.array([1.0, -2.0, 0.5])
    blocks = jacobian(of_model, wrt=(0, "x"), mode=mode)(Model(w, 0.3), x)
    assert list(blocks) == ["out", "norm"]
    model, by_x = blocks["out"]
    assert isinstance(model, Model) and model.name is None
    wanted = np.einsum("ij,k->ijk", np.eye(2), x)
    np.testing.assert_allclose(model.w, wanted)
    np.testing.assert_allclose(model.b, np.ones(2))
    np.testing.assert_allclose(by_x, w)
    (norm_model, norm_x), nothing = blocks["norm"]
    np.testing.assert_allclose(norm_model.w, 2.0 * w)
    assert norm_model.b == 0.0 and norm_x.tolist() == [0.0, 0.0, 0.0]
    assert nothing is None


@pytest.mark.parametrize("mode", MODES)
def test_lists_named_tuples_and_numbers(mode: Any) -> None:
    def f(p: Any) -> Any:
        return [Pair(p.left * p.right[0], p.right[1]), p.left**2]

    blocks = jacobian(f, mode=mode)(Pair(3.0, [2.0, np.ones((2, 2))]))
    assert blocks[0].left.left == 2.0 and blocks[0].left.right[0] == 3.0
    assert blocks[1].left == 6.0 and blocks[1].right[1].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert blocks[0].right.right[1].shape == (2, 2, 2, 2)
    np.testing.assert_array_equal(blocks[0].right.right[1].reshape(4, 4), np.eye(4))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chunk", [None, 1, 2, 5])
def test_any_chunk_gives_the_same(mode: Any, chunk: int | None) -> None:
    x = np.linspace(0.5, 1.5, 7)
    wanted = np.diag(np.cos(x)) - np.diag(np.ones(6), 1)
    got = jacobian(lambda x: np.sin(x) - np.append(x[1:], 0.0), mode=mode, chunk=chunk)(x)
    np.testing.assert_allclose(got, wanted, atol=1e-14)


@pytest.mark.parametrize("mode", MODES)
def test_empty_arguments_and_results(mode: Any) -> None:
    assert jacobian(lambda x: x * 2.0, mode=mode)(np.zeros(0)).shape == (0, 0)
    assert jacobian(lambda x: x[:0], mode=mode)(np.zeros(3)).shape == (0, 3)
    assert jacobian(lambda x: np.sum(x), mode=mode)(np.zeros(0)).shape == (0,)


@pytest.mark.parametrize("mode", MODES)
def test_single_precision_stays(mode: Any) -> None:
    x = np.ones(3, np.float32)
    assert jacobian(lambda x: np.sin(x) * x[0], mode=mode)(x).dtype == np.float32


@pytest.mark.parametrize("mode", MODES)
def test_what_has_no_jacobian_is_refused(mode: Any) -> None:
    with pytest.raises(ArgumentError, match="ADJ303"):
        jacobian(lambda x: "text", mode=mode)(1.0)
    with pytest.raises(ArgumentError, match="ADJ303"):
        jacobian(lambda x: x, mode=mode)("text")
    with pytest.raises(ArgumentError, match="ADJ304"):
        jacobian(lambda x: x, wrt="y", mode=mode)(1.0)
    with pytest.raises(ValueError, match="no such mode"):
        jacobian(lambda x: x, mode="sideways")  # type: ignore[arg-type]


def energy(p: Any, t: float) -> Any:
    return np.sum(np.sin(p["w"]) * t) + p["b"] ** 3 * t**2


POINT = {"w": np.array([0.3, 0.7]), "b": 1.1}


def test_hessians_of_containers_and_several_arguments() -> None:
    blocks = hessian(energy, wrt=(0, "t"))(POINT, 0.5)
    by_p, by_t = blocks  # the gradient's leaves first, then what they are differentiated by
    np.testing.assert_allclose(by_p["w"][0]["w"], np.diag(-np.sin(POINT["w"]) * 0.5))
    np.testing.assert_allclose(by_p["w"][0]["b"], np.zeros(2))
    assert by_p["b"][0]["b"] == pytest.approx(6 * 1.1 * 0.25)
    np.testing.assert_allclose(by_p["w"][1], np.cos(POINT["w"]))
    np.testing.assert_allclose(by_t[0]["w"], np.cos(POINT["w"]))
    assert by_t[0]["b"] == pytest.approx(2 * 0.5 * 3 * 1.1**2) and by_t[1] == pytest.approx(2 * 1.1**3)
    value, gradient, again = value_grad_hess(energy, wrt=(0, "t"))(POINT, 0.5)
    assert value == energy(POINT, 0.5)
    assert gradient[1] == pytest.approx(grad(energy, 1)(POINT, 0.5))
    np.testing.assert_array_equal(again[0]["w"][0]["w"], by_p["w"][0]["w"])
    diagonal = diag_hessian(energy, wrt=(0, 1))(POINT, 0.5)
    np.testing.assert_allclose(diagonal[0]["w"], -np.sin(POINT["w"]) * 0.5)
    assert diagonal[1] == pytest.approx(2 * 1.1**3)


@pytest.mark.parametrize("product", [hvp, vhp])
def test_products_with_the_hessian_of_containers(product: Any) -> None:
    direction = ({"w": np.array([1.0, -1.0]), "b": 0.5}, 2.0)
    p_dot, t_dot = product(energy, wrt=(0, "t"))(POINT, 0.5, direction)
    np.testing.assert_allclose(p_dot["w"], -np.sin(POINT["w"]) * 0.5 * [1.0, -1.0] + 2.0 * np.cos(POINT["w"]))
    assert t_dot == pytest.approx(np.cos(POINT["w"]) @ [1.0, -1.0] + 0.5 * 3 * 1.1**2 + 2.0 * 2 * 1.1**3)
    assert product(lambda x, k: k * x**3)(2.0, 3.0, 1.0) == pytest.approx(36.0)


# --- how often the function runs ----------------------------------------------------------------------
class Counted:
    """A function that counts its evaluations."""

    def __init__(self, rows: int) -> None:
        self.calls = 0
        self.rows = rows

    def note(self) -> None:
        """Count one more."""
        self.calls += 1

    def function(self) -> Callable[[Any], Any]:
        """Return the function: of a vector, with so many results."""
        note, weights = self.note, np.ones((self.rows, 1))

        def f(x: Any) -> Any:
            note()
            return np.sum(np.sin(weights * x) * x, axis=1)

        return f


@pytest.mark.parametrize(
    ("rows", "columns"), [(1, 7), (7, 1), (3, 130), (130, 3), (200, 150), (150, 200), (2, 65)]
)
def test_evaluations_of_a_jacobian(rows: int, columns: int) -> None:
    x = np.linspace(0.1, 0.9, columns)
    wanted = np.tile(np.cos(x) * x + np.sin(x), (rows, 1))
    for mode, most in (
        ("auto", min(-(-columns // 64), rows)),
        ("forward", -(-columns // 64)),
        ("reverse", 1),
    ):
        counted = Counted(rows)
        np.testing.assert_allclose(jacobian(counted.function(), mode=mode)(x), wanted, rtol=1e-12)  # type: ignore[arg-type]
        assert counted.calls <= max(most, 1) if rows > 1 else counted.calls == 1, mode


def test_evaluations_of_gradient_and_hessian() -> None:
    counted = Counted(1)
    f = counted.function()
    g = lambda x: f(x)[0]  # noqa: E731
    x = np.linspace(0.1, 0.9, 130)
    grad(g)(x)
    assert counted.calls == 1
    hessian(g)(x)
    assert counted.calls == 1 + 3
    hessian(g, chunk=50)(x)
    assert counted.calls == 4 + 3
    value_grad_hess(g)(x)
    assert counted.calls == 7 + 3
    hvp(g)(x, x)
    assert counted.calls == 11
    value_and_grad(g)(x)
    assert counted.calls == 12


def test_wide_intermediate_values_are_pushed_in_smaller_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adjoint.rules.directions.LIMIT", 8 * 1000 * 5)
    x = np.linspace(0.0, 1.0, 12)
    f = jacobian(lambda x: np.sin(np.outer(np.ones(1000), x)).sum(axis=0), mode="forward")
    np.testing.assert_allclose(f(x), np.diag(1000.0 * np.cos(x)), atol=1e-9)


def test_a_failing_function_fails_with_its_own_error() -> None:
    def f(x: Any) -> Any:
        if x[0] > 0.0:
            raise ValueError("mine")
        return x

    with pytest.raises(ValueError, match="mine"):
        jacobian(f)(np.ones(3))


# --- complex ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", MODES)
def test_complex_results_and_holomorphic_functions(mode: Any) -> None:
    x, z = np.array([0.3, 1.2]), np.array([0.3 + 1j, 1.2 - 0.5j])
    np.testing.assert_allclose(jacobian(lambda x: np.exp(1j * x), mode=mode)(x), np.diag(1j * np.exp(1j * x)))
    np.testing.assert_allclose(jacobian(lambda z: np.sin(z) * 1j, mode=mode)(z), np.diag(1j * np.cos(z)))
    for wrong in (np.conj, np.abs, lambda z: z.real * 1j):
        with pytest.raises(DifferentiationError, match="not holomorphic"):
            jacobian(lambda z, wrong=wrong: wrong(z), mode=mode)(z)


def test_complex_derivatives_and_refusals() -> None:
    assert adjoint.derivative(lambda z: z**3)(1.0 + 1j) == pytest.approx(3 * (1 + 1j) ** 2)
    with pytest.raises(DifferentiationError, match="not holomorphic"):
        adjoint.derivative(lambda z: abs(z) ** 2)(1.0 + 1j)
    with pytest.raises(ArgumentError, match="complex argument"):
        hessian(lambda z: abs(z) ** 2)(1.0 + 1j)
