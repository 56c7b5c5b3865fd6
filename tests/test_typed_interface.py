"""What type checkers see of decorated functions; mypy reads this file, too (see pyproject.toml)."""

from __future__ import annotations

from typing import assert_type

from adjoint import differentiable


@differentiable
def square(x: float, shift: int = 0) -> float:
    """Decorated bare."""
    return x * x + shift


@differentiable(wrt="y", allow_try=True)
def product(x: float, y: float) -> float:
    """Decorated with options."""
    return x * y


class Model:
    """A class with a decorated method."""

    scale = 3.0

    @differentiable
    def loss(self, w: float) -> float:
        """Decorated as a method."""
        return self.scale * w * w


def test_a_decorated_function_keeps_its_types() -> None:
    assert_type(square(2.0, shift=1), float)
    assert_type(product(2.0, 3.0), float)
    assert product.grad(2.0, 3.0) == 2.0
    assert square.grad(2.0) == 4.0


def test_a_decorated_method_keeps_the_type_of_its_result() -> None:
    assert_type(Model().loss(2.0), float)
    assert Model().loss.grad(2.0) == 12.0
    assert_type(Model.loss(Model(), 2.0), float)
