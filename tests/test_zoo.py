"""Every specimen of the zoo: value bit for bit, arguments unharmed, gradient right, source readable."""

from __future__ import annotations

import importlib
import importlib.util
import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.compiling.specialize import untouchable
from adjoint.testing import check_grad
from adjoint.testing.comparing import assert_close
from tests.helpers import source_text
from tests.zoo.entry import Entry

FILES = [
    "control",
    "loops",
    "calls",
    "names",
    "containers",
    "mappings",
    "keys",
    "objects",
    "kindred",
    "arrays",
    "scalars",
    "defaults",
    "walrus",
    "statements",
    "matching",
    "attempts",
    "iterations",
    "functions",
    "classes",
    "building",
    "generators",
    "collecting",
    "mixtures",
    "overloading",
    "stateful",
    "protocols",
    "passing",
    "closures",
    "storing",
    "making",
    "programs",
    "values",
    *(["python312"] if sys.version_info >= (3, 12) else []),
    *(["python313"] if sys.version_info >= (3, 13) else []),
]
if importlib.util.find_spec("attr"):
    FILES.append("attributes")
ZOO = [pytest.param(row, id=f"{name}-{row.name}")
       for name in FILES for row in importlib.import_module(f"tests.zoo.{name}").ZOO]  # fmt: skip

every_specimen = pytest.mark.parametrize("row", ZOO)


def same_bits(a: Any, b: Any) -> bool:
    """Whether two values have the same types, shapes, dtypes and bits (NaN equals NaN)."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same_bits, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same_bits(a[key], b[key]) for key in a)
    if is_object(a):
        return same_bits(vars(a), vars(b))
    return bool(a == b) or (a != a and b != b)


def is_object(a: Any) -> bool:
    """Whether a value is an instance of a class of the zoo, with fields of its own."""
    return hasattr(a, "__dict__") and type(a).__module__.startswith("tests.zoo")


def ones_like(y: Any) -> Any:
    """Return a cotangent for a value: a non-uniform one for every float in it, None elsewhere."""
    if isinstance(y, np.ndarray):
        return np.cos(np.arange(y.size, dtype=y.dtype)).reshape(y.shape).astype(y.dtype)
    if isinstance(y, tuple) and hasattr(y, "_fields"):
        return type(y)(*map(ones_like, y))
    if isinstance(y, list | tuple):
        return type(y)(map(ones_like, y))
    if isinstance(y, dict):
        return {key: ones_like(value) for key, value in y.items()}
    return type(y)(0.7) if isinstance(y, float | np.floating) else None


@every_specimen
def test_gradient_agrees_with_differences(row: Entry) -> None:
    check_grad(row.f, *row.arguments())


@every_specimen
def test_value_is_the_plain_value_and_arguments_are_unharmed(row: Entry) -> None:
    arguments, untouched = row.arguments(), row.arguments()
    y, _ = adjoint.vjp(row.f, *arguments)
    assert same_bits(y, row.f(*row.arguments()))
    assert same_bits(list(arguments), list(untouched))


@every_specimen
def test_pullback_gives_the_same_result_when_called_twice(row: Entry) -> None:
    arguments, untouched = row.arguments(), row.arguments()
    y, pullback = adjoint.vjp(row.f, *arguments)
    if is_object(y):
        pytest.skip("cotangents of objects are tested with check_grad")
    y_bar = ones_like(y)
    first, second = pullback(y_bar), pullback(y_bar)
    assert len(first) == len(arguments)
    assert same_bits(_plain(first), _plain(second))
    assert same_bits(y_bar, ones_like(y))
    assert same_bits(list(arguments), list(untouched))


@every_specimen
def test_gradient_in_one_function_is_that_of_the_pullback(row: Entry) -> None:
    """`grad` runs another text than `vjp`: it was wrong where a cotangent was the name of a variable."""
    y, pullback = adjoint.vjp(row.f, *row.arguments())
    if not isinstance(y, float):
        pytest.skip("grad is for functions with a real result")
    for i, (argument, bar) in enumerate(zip(row.arguments(), pullback(1.0), strict=True)):
        real = isinstance(argument, float) or getattr(argument, "dtype", np.dtype(int)).kind == "f"
        if real and not untouchable(argument):
            got = adjoint.grad(row.f, wrt=i)(*row.arguments())
            assert_close(got, np.zeros(1) if bar is None else bar, 1e-12, 1e-12, f"gradient {i}")


@every_specimen
def test_source_compiles_and_is_the_same_each_time(row: Entry) -> None:
    if isinstance(row.f, np.ufunc):
        pytest.skip("a rule is called directly; there is no source")
    text = source_text(row.f, *row.arguments())
    compile(text, row.name, "exec")
    assert text == source_text(row.f, *row.arguments())


def test_source_is_deterministic_across_processes() -> None:
    """The same functions compiled in a new interpreter with another hash seed give the same bytes."""
    script = (
        "import sys; sys.path.insert(0, '.')\n"
        "from tests.zoo import control, containers, mappings\n"
        "from tests.helpers import source_text\n"
        "import pickle\n"
        "rows = [*control.ZOO[:12], *containers.ZOO[:12], *mappings.ZOO[:6]]\n"
        "texts = [source_text(row.f, *row.arguments()) for row in rows]\n"
        "sys.stdout.buffer.write(pickle.dumps(texts))\n"
    )
    root = Path(__file__).resolve().parent.parent
    outputs = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=True)
        outputs.append(pickle.loads(done.stdout))
    assert outputs[0] == outputs[1]


def test_prints_happen_once(capsys: pytest.CaptureFixture[str]) -> None:
    from tests.zoo.names import prints

    adjoint.grad(prints)(1.3)
    assert capsys.readouterr().out.count("x is") == 1


def test_no_warning_in_generated_code() -> None:
    from tests.zoo.scalars import nan_in_untaken_branch

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert adjoint.grad(nan_in_untaken_branch)(-1.3) == 0.0


def _plain(value: Any) -> Any:
    """Replace objects by their fields, so that bits can be compared."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, float | int | str | np.ndarray | np.generic):
        return value
    is_record = hasattr(value, "__dict__") and not hasattr(value, "__code__")
    return _plain(vars(value)) if is_record else repr(value)
