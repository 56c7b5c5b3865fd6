"""backend="numba": the same values and gradients as the generated Python, or a located refusal."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import adjoint
from adjoint import BackendError, grad, value_and_grad
from adjoint.compiling.leaves import leaves
from tests import helpers as settings
from tests.test_zoo import ZOO

numba = pytest.importorskip("numba", reason="the numba backend needs the extra `numba`")

GRAVITY = 9.81
TABLE = np.array([1.0, 2.0, 4.0])


class Body(NamedTuple):
    """A mass on a spring."""

    mass: float
    stiffness: float


def logistic_map(r, n):
    x = 0.3
    for _ in range(n):
        x = r * x * (1.0 - x)
    return x


def collatz(x):
    steps = 0
    while x < 100.0:
        if int(x) % 2:  # noqa: SIM108, a branch is what is compiled
            x = 3.0 * x + 1.0
        else:
            x = x / 2.0 + 7.0
        steps += 1
        if steps > 50:
            break
    return x * steps


def newton(a):
    x = 1.0
    while True:
        step = (x * x - a) / (2.0 * x)
        x = x - step
        if abs(step) < 1e-12:
            break
    return x


def by_index(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += math.sin(x[i]) * x[i + 1] ** 2
    return total


def elementwise(x, y):
    return np.sum(np.exp(-x * y) * np.tanh(x) + np.where(x > 0.0, np.sqrt(np.abs(x)), y))


def dense(params, x):
    hidden = np.tanh(x @ params["w"] + params["b"])
    return np.sum(hidden * params["scale"])


def spring(body, x):
    return math.sqrt(body.stiffness / body.mass) * math.cos(x)


def falling(t):
    return 0.5 * GRAVITY * t * t + TABLE[1] * t


def helper(x, k=2.0):
    return x * math.exp(-k * x)


def calls(x):
    total = 0.0
    for i in range(3):
        total += helper(x, 0.5 * i) + helper(x)
    return total


RNG = np.random.default_rng(3)
CASES: list[tuple[Any, tuple[Any, ...]]] = [
    (logistic_map, (3.3, 40)),
    (collatz, (11.7,)),
    (newton, (2.0,)),
    (by_index, (RNG.normal(size=7),)),
    (elementwise, (RNG.normal(size=6), RNG.normal(size=6))),
    (dense, ({"w": RNG.normal(size=(3, 2)), "b": RNG.normal(size=2), "scale": 1.3}, RNG.normal(size=(4, 3)))),
    (spring, (Body(2.0, 3.0), 0.3)),
    (falling, (1.3,)),
    (calls, (0.7,)),
]


def assert_same(a: Any, b: Any) -> None:
    assert type(a) is type(b) or isinstance(a, float | np.floating)
    if isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, tuple):
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    else:
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("f", "args"), CASES)
def test_compiled_gradient_is_that_of_the_generated_python(f: Any, args: tuple[Any, ...]) -> None:
    expected = value_and_grad(f)(*args)
    compiled = value_and_grad(f, backend="numba")
    for _ in range(2):
        assert_same(compiled(*args), expected)


def test_globals_stay_live(monkeypatch: pytest.MonkeyPatch) -> None:
    slope = grad(falling, backend="numba")
    before = slope(1.0)
    monkeypatch.setitem(globals(), "GRAVITY", 1.62)
    assert slope(1.0) == pytest.approx(before - 9.81 + 1.62)
    TABLE[1] = 5.0
    assert slope(1.0) == pytest.approx(1.62 + 5.0)
    TABLE[1] = 2.0


def reads_gravity(t):
    return 0.5 * GRAVITY * t * t


def calls_what_reads_a_global(t):
    return reads_gravity(t) * 2.0


def reads_a_module(t):
    return settings.RATE * t * t


@pytest.mark.parametrize("f", [calls_what_reads_a_global, reads_a_module])
def test_data_that_numba_would_freeze_is_refused(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RATE", 2.0, raising=False)
    with pytest.raises(BackendError, match="which numba would freeze"):
        grad(f, backend="numba")(1.0)
    slope = grad(f, backend="auto")
    assert slope(1.0) == grad(f)(1.0)
    monkeypatch.setitem(globals(), "GRAVITY", 1.62)
    monkeypatch.setattr(settings, "RATE", 5.0)
    assert slope(1.0) == grad(f)(1.0) == pytest.approx(3.24 if f is calls_what_reads_a_global else 10.0)


def keyword_only(x, *, scale=2.0):
    return x * x * scale


def calls_with_keyword(x):
    return keyword_only(x, scale=3.0)


def test_keyword_only_parameters_are_refused() -> None:
    with pytest.raises(BackendError, match="keyword-only"):
        grad(calls_with_keyword, backend="numba")(1.3)
    assert grad(calls_with_keyword, backend="auto")(1.3) == pytest.approx(7.8)


def sorts(x):
    values = {"a": x, "b": x * x}
    return sum(values[key] for key in sorted(values, key=str.lower))


def test_what_numba_cannot_compile_is_named() -> None:
    with pytest.raises(BackendError, match=r"test_numba_backend\.py:\d+") as caught:
        grad(sorts, backend="numba")(2.0)
    assert caught.value.code == "ADJ502"


@pytest.mark.parametrize("f", [sorts, calls_with_keyword])
def test_auto_falls_back_and_says_why(f: Any) -> None:
    slope = grad(f, backend="auto")
    assert slope(2.0) == grad(f)(2.0)
    heading = adjoint.source(slope).partition("\n")[0]
    assert "with NumPy, since" in heading
    assert f"test_numba_backend.py:{f.__code__.co_firstlineno + 2}: " in heading or f is calls_with_keyword


def test_machine_code_is_kept_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADJOINT_CACHE", str(tmp_path))
    expected = value_and_grad(logistic_map)(3.3, 40)
    hits = []
    for _ in range(2):  # the second stands for another process: nothing but the files is shared
        compiled = value_and_grad(logistic_map, backend="numba")
        assert_same(compiled(3.3, 40), expected)
        kernel = compiled.specializer.latest.compiled.value_and_grad.function
        hits.append(sum(kernel.stats.cache_hits.values()))
    assert hits == [0, 1]
    assert len(list(tmp_path.glob("logistic_map__value_and_grad_*.py"))) == 1


def rows_stacked(x, n):
    rows = []
    for k in range(n):
        x = np.tanh(x) * (1.0 + 0.01 * k)
        rows.append(x)
    return np.sum(np.stack(rows) ** 2)


def test_rows_in_a_list_are_stacked() -> None:
    args = (RNG.normal(size=5), 4)
    assert_same(value_and_grad(rows_stacked, backend="numba")(*args), value_and_grad(rows_stacked)(*args))


def test_decorator_and_source() -> None:
    f = adjoint.differentiable(logistic_map, backend="numba")
    assert f.grad(3.3, 40) == pytest.approx(grad(logistic_map)(3.3, 40), rel=1e-12)
    assert "compiled by numba" in f.source()
    assert "reversed" not in f.source()


def test_index_out_of_bounds_is_an_error() -> None:
    def beyond(x):
        total = 0.0
        for i in range(4):
            total += x[i] * x[i]
        return total

    with pytest.raises(IndexError):
        grad(beyond, backend="numba")(np.ones(3))


def test_misspelled_backend() -> None:
    with pytest.raises(BackendError, match="there is no backend"):
        grad(newton, backend="nunba")


@pytest.mark.slow
@pytest.mark.parametrize("row", ZOO if "ADJOINT_NUMBA_ZOO" in os.environ else ZOO[:3])  # all take minutes
def test_zoo_is_right_or_falls_back(row: Any) -> None:
    try:
        expected = value_and_grad(row.f)(*row.arguments())
    except adjoint.AdjointError as error:
        assert error.code in ("ADJ301", "ADJ303", "ADJ304"), "only what has no gradient has none here"
        return
    found = value_and_grad(row.f, backend="auto")(*row.arguments())
    numbers = [
        [leaf for _, leaf in leaves(each) if isinstance(leaf, int | float | np.floating | np.ndarray)]
        for each in (found, expected)
    ]
    for a, b in zip(*numbers, strict=True):
        single = np.float32 in (np.asarray(a).dtype, np.asarray(b).dtype)
        np.testing.assert_allclose(a, b, rtol=1e-6 if single else 1e-12, atol=1e-14)
