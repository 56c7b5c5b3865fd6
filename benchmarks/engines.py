"""The engines that are compared; each turns a case into a function of no arguments.

Calling that function gives the value and the gradient with respect to the first argument (the
plain primal gives the value alone).  An engine whose package is missing is left out.
"""

from __future__ import annotations

import importlib.util
import math
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.case import Case

Run = Callable[[], Any]


def retargeted(case: Case, engine: str, namespace: Any) -> Callable[..., Any]:
    """Return the program of a case with ``np`` and ``math`` standing for another namespace."""
    if engine in case.variants:
        return case.variants[engine]()
    names = {**case.f.__globals__, "np": namespace, "math": namespace}
    return types.FunctionType(case.f.__code__, names, case.f.__name__)


def tree_map(f: Callable[[Any], Any], tree: Any) -> Any:
    return tuple(tree_map(f, item) for item in tree) if isinstance(tree, tuple) else f(tree)


def primal(case: Case) -> Run:
    return lambda: case.f(*case.args)


def hand(case: Case) -> Run:
    return lambda: case.hand(*case.args)


def adjoint(case: Case) -> Run:
    from adjoint import value_and_grad

    compiled = value_and_grad(case.f)
    return lambda: compiled(*case.args)


def numba(case: Case) -> Run:
    """The same compiled by the numba backend."""
    from adjoint import value_and_grad

    compiled = value_and_grad(case.f, backend="numba")
    return lambda: compiled(*case.args)


def autograd(case: Case) -> Run:
    import autograd.numpy as anp
    from autograd import value_and_grad

    compiled = value_and_grad(retargeted(case, "autograd", anp))
    return lambda: compiled(*case.args)


def torch(case: Case) -> Run:
    import torch as package

    package.set_num_threads(1)
    package.set_default_dtype(package.float64)
    f = retargeted(case, "torch", package)
    first, *rest = tree_map(_to_tensor(package), case.args)

    def run() -> Any:
        leaves: list[Any] = []

        def leaf(tensor: Any) -> Any:
            leaves.append(tensor.clone().requires_grad_())
            return leaves[-1]

        y = f(tree_map(leaf, first), *rest)
        bars = package.autograd.grad(y, leaves)
        return y, bars if isinstance(first, tuple) else bars[0]

    return run


def _to_tensor(package: Any) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        if isinstance(value, int):
            return value
        return package.as_tensor(np.asarray(value)) if np.ndim(value) else package.tensor(value)

    return convert


def jax(case: Case) -> Run:
    import jax as package

    package.config.update("jax_enable_x64", True)
    f = retargeted(case, "jax", package.numpy)
    static = tuple(i for i, arg in enumerate(case.args) if isinstance(arg, int))
    compiled = package.jit(package.value_and_grad(f), static_argnums=static)
    args = [
        arg if i in static else package.tree_util.tree_map(package.numpy.asarray, arg)
        for i, arg in enumerate(case.args)
    ]
    return lambda: package.block_until_ready(compiled(*args))


#: In the order of the table's columns; the first is what the others are divided by.
ENGINES: dict[str, Callable[[Case], Run]] = {
    "primal": primal,
    "hand": hand,
    "adjoint": adjoint,
    "numba": numba,
    "autograd": autograd,
    "torch": torch,
    "jax": jax,
}


def available() -> list[str]:
    """Return the engines whose packages are installed."""
    own = {"primal", "hand"}
    return [name for name in ENGINES if name in own or importlib.util.find_spec(name) is not None]


def flat(value: Any) -> np.ndarray[Any, Any]:
    """Return every number of a value, gradient or both as one vector."""
    if isinstance(value, tuple | list):
        return np.concatenate([np.zeros(0), *map(flat, value)])
    if hasattr(value, "detach"):
        value = value.detach()
    return np.asarray(value, dtype=np.float64).reshape(-1)


def disagreement(case: Case, run: Run) -> float:
    """Return the relative distance of value and gradient from the hand-written ones."""
    wanted, got = flat(case.hand(*case.args)), flat(run())
    if wanted.shape != got.shape or not np.all(np.isfinite(got)):
        return math.inf
    return float(np.linalg.norm(got - wanted) / max(1e-300, np.linalg.norm(wanted)))
