"""Jacobians, Hessians and their products beside JAX, autograd and PyTorch, as ratios in one run.

Run: ``python -m benchmarks.derivatives``.  Times are the least of several; compilation is not counted, but
``python -m benchmarks.derivatives --first`` measures just that: first calls of derivatives of ``a * a * a``.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

RNG = np.random.default_rng(0)
TALL, WIDE, SQUARE = RNG.normal(size=(2000, 50)), RNG.normal(size=(20, 1000)), RNG.normal(size=(200, 200))
POINT = RNG.normal(size=1000)
WEIGHTS = RNG.normal(size=(64, 100))


def programs(np: Any, array: Callable[[Any], Any]) -> dict[str, tuple[str, Callable[[Any], Any], Any]]:
    """Return for each row the operator, the program in a namespace, and the point."""
    tall, wide, square, weights = map(array, (TALL, WIDE, SQUARE, WEIGHTS))
    return {
        "Jacobian 2000 x 50": ("jacfwd", lambda x: np.tanh(tall @ x), POINT[:50]),
        "Jacobian 20 x 1000": ("jacrev", lambda x: np.tanh(wide @ x), POINT),
        "Jacobian 200 x 200": ("jacfwd", lambda x: np.sin(square @ x) * x, POINT[:200]),
        "Hessian, n = 100": ("hessian", lambda x: np.sum(np.tanh(weights @ x) ** 2), POINT[:100]),
        "hvp, n = 100": ("hvp", lambda x: np.sum(np.tanh(weights @ x) ** 2), POINT[:100]),
    }


def ours(kind: str, f: Any, x: Any) -> Callable[[], Any]:
    """Return a row computed by adjoint."""
    import adjoint

    if kind == "hvp":
        product = adjoint.hvp(f)
        return lambda: product(x, x)
    made = adjoint.hessian(f) if kind == "hessian" else adjoint.jacobian(f)
    return lambda: made(x)


def by_jax(kind: str, f: Any, x: Any) -> Callable[[], Any]:
    """Return a row computed by JAX, compiled."""
    import jax

    x = jax.numpy.asarray(x)
    if kind == "hvp":
        compiled = jax.jit(lambda x: jax.jvp(jax.grad(f), (x,), (x,))[1])
    else:
        compiled = jax.jit(getattr(jax, kind)(f))
    return lambda: np.asarray(compiled(x))


def by_autograd(kind: str, f: Any, x: Any) -> Callable[[], Any]:
    """Return a row computed by autograd."""
    import autograd

    if kind == "hvp":
        product = autograd.hessian_vector_product(f)
        return lambda: product(x, x)
    made = autograd.hessian(f) if kind == "hessian" else autograd.jacobian(f)
    return lambda: made(x)


def by_torch(kind: str, f: Any, x: Any) -> Callable[[], Any]:
    """Return a row computed by PyTorch."""
    import torch

    x = torch.as_tensor(x)
    if kind == "hvp":
        return lambda: torch.func.jvp(torch.func.grad(f), (x,), (x,))[1].numpy()
    return lambda: getattr(torch.func, kind)(f)(x).numpy()


def engines() -> dict[str, Any]:
    """Return the installed engines: namespace, array maker and row maker."""
    found: dict[str, Any] = {"adjoint": (np, np.asarray, ours)}
    if importlib.util.find_spec("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)
        found["jax"] = (jax.numpy, jax.numpy.asarray, by_jax)
    if importlib.util.find_spec("autograd"):
        import autograd.numpy as anp

        found["autograd"] = (anp, np.asarray, by_autograd)
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        found["torch"] = (torch, torch.as_tensor, by_torch)
    return found


def least(run: Callable[[], Any], seconds: float = 0.4) -> float:
    """Return the least time of several runs."""
    run()
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


def first_calls() -> None:
    """Print the processor time of first calls: each compiles what it needs for a function nobody has seen."""
    import adjoint

    kinds: dict[str, Callable[[Any], Callable[[float], Any]]] = {
        "gradient": adjoint.grad,
        "jvp of a gradient": lambda f: lambda a: adjoint.jvp(adjoint.grad(f), (a,), (1.0,)),
        "gradient of a gradient": lambda f: adjoint.grad(adjoint.grad(f)),
        "Hessian": adjoint.hessian,
        "third derivative": lambda f: adjoint.grad(adjoint.grad(adjoint.grad(f))),
    }
    print("| first call, of `a * a * a` | milliseconds |\n|---|---:|")
    for name, make in kinds.items():
        cubes = [lambda a: a * a * a, lambda a: a * a * a * 1.0, lambda a: 1.0 * a * a * a]
        times = []
        for cube in cubes:
            start = time.process_time()
            make(cube)(2.0)
            times.append(time.process_time() - start)
        print(f"| {name} | {min(times) * 1e3:.1f} |")


def main() -> None:
    """Print the table."""
    if "--first" in sys.argv[1:]:
        return first_calls()
    makers = engines()
    names = list(makers)
    print(f"| derivative | adjoint | {' | '.join(f'{name} / adjoint' for name in names[1:])} |")
    print(f"|---|{'---:|' * len(names)}")
    rows: dict[str, dict[str, Callable[[], Any]]] = {}
    for name, (namespace, array, make) in makers.items():
        for row, (kind, f, x) in programs(namespace, array).items():
            rows.setdefault(row, {})[name] = make(kind, f, x)
    for row, runs in rows.items():
        wanted = np.asarray(runs["adjoint"]())
        for name, run in runs.items():
            if not np.allclose(np.asarray(run()), wanted, rtol=1e-8, atol=1e-10):
                raise AssertionError(f"{name} disagrees in {row}")
        times = {name: least(run) for name, run in runs.items()}
        own = times["adjoint"]
        ratios = " | ".join(f"{times[name] / own:.2f}" for name in names[1:])
        print(f"| {row} | {own * 1e3:.3g} ms | {ratios} |")
    return None


if __name__ == "__main__":
    main()
