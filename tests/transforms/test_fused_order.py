"""Loops compute what the statements computed in order, whatever changes in place; run as plain Python."""

from __future__ import annotations

import math
import types
from typing import Any

import numpy as np
import pytest

from adjoint.rules.kinds import Array, Scalar
from adjoint.transforms.fuse import fused
from adjoint.transforms.syntax import parse, unparse

VECTOR = Array(np.dtype(float), ("n",))
NUMBER = Scalar(np.dtype(float))
ELEMENTARY = types.SimpleNamespace(
    add=lambda a, b: a + b, maximum=max, minimum=min, exp=math.exp, tanh=math.tanh, is_far=lambda x: 0.0
)

#: Bodies of kernels of two vectors ``x`` and ``y`` and a number ``s``.
BODIES = {
    "a slice is stored that a view reads": "b = x * 2.0; v = b[:-1]; c = v * 3 + 1; b[1:] += c; return b, c",
    "a view is read before and after an update": (
        "b = x * 2.0; v = b[::-1]; c = v * y + 1.0; b += y * 3.0 + c; d = v * c + 1.0; return b, c, d"
    ),
    "a slice is stored twice": (
        "b = np.zeros(x.shape); b[1:] = x[1:] * 2.0 + 1.0; b[:-1] += x[:-1] * 3.0 + 1.0; return b, s"
    ),
    "the stored array is read": "b = x * 2.0; b[1:] = x[:-1] * 3.0 + 1.0; c = b * y + 1.0; return b, c",
    "a number changes between": "t = s; c = x * t + 1.0; t = 5.0; d = c * t + 1.0; return c, d, t",
    "an array is bound again": "c = x * y + 1.0; d = c * 2.0 + x; c = d * y + 1.0; return c, d",
    "a sum is read behind": "c = x * y + 1.0; t = np.sum(c * c); d = c / t + 1.0; return c, d, t",
    "a product stands between": "c = x * y + 1.0; t = c @ c; c = c * 2.0 + x; d = c * t + 1.0; return c, d",
    "a product of a changed view": (
        "b = x * 2.0; v = b[1:]; b += y * 3.0 + 1.0; t = v @ v; c = b * t + 1.0; return b, c, t"
    ),
    "two names of one array": "b = x * 2.0; v = b[:]; b += y * 2.0 + 1.0; c = v * y + 1.0; return b, c",
}


def run(text: str, name: str, args: tuple[Any, ...]) -> Any:
    space: dict[str, Any] = {"np": np, "elementary": ELEMENTARY, "Unfused": RuntimeError}
    exec(text, space)
    return space[name](*(np.copy(arg) if isinstance(arg, np.ndarray) else arg for arg in args))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_loops_keep_the_order(body: str) -> None:
    text = f"def f(x, y, s):\n    {body}\n"
    kinds = {"x": VECTOR, "y": VECTOR, "s": NUMBER}
    functions = fused(parse(text).body[0], kinds, {"np": np}.get)
    loops = "\n".join(map(unparse, functions))
    rng = np.random.default_rng(1)
    args = rng.normal(size=6), rng.normal(size=6), 1.5
    expected, got = run(text, "f", args), run(loops, "f", args)
    assert "f__loop" in loops
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, err_msg=loops)
