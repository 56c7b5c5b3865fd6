"""What a compilation leaves behind: no trees, and nothing for the garbage collector to find."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, jvp, vjp
from adjoint.transforms.syntax import Assign, BinOp


def first(x: Any, n: int) -> Any:
    y = np.sin(x) * x
    for _ in range(n):
        y = y * x + 0.5 if y > 0.1 else y - x
    return y / (1.0 + x * x)


def second(x: Any, n: int) -> Any:
    y = np.sin(x) * x
    for _ in range(n):
        y = y * x + 0.25 if y > 0.1 else y - x
    return y / (1.0 + x * x)


FORMS: dict[str, Callable[[Any], Any]] = {
    "fused": lambda f: grad(f)(0.5, 3),
    "split": lambda f: vjp(f, 0.5, 3),
    "forward": lambda f: jvp(f, (0.5, 3), (1.0, None)),
}


def nodes_alive() -> int:
    return sum(type(each) in (Assign, BinOp) for each in gc.get_objects())


@pytest.mark.parametrize("form", FORMS)
def test_no_tree_is_left(form: str) -> None:
    FORMS[form](first)  # the rules are read, once for all
    gc.collect()
    gc.disable()
    try:
        before = nodes_alive()
        FORMS[form](second)
        assert nodes_alive() <= before
    finally:
        gc.enable()
