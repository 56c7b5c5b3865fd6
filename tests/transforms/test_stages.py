"""The text after each pass: it is there for every pass, and it runs."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from adjoint import source, value_and_grad
from adjoint.inspection import compiled_for
from adjoint.transforms.stages import STAGES, Stages
from tests.golden_functions import SAMPLES, Sample, Spring

NAMES = [sample.f.__name__ for sample in SAMPLES]
PLAIN = ("read", "normalize", "infer", "lower")
#: After these nothing is missing: values that are overwritten are kept, loops have their records.
COMPLETE = ("saving", "regroup", "fold", "direct")


def stages_of(sample: Sample, form: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the texts of all stages, and the names that generated code sees."""
    stages = Stages(keep=True)
    compiled = compiled_for(sample.f, sample.wrt, form, sample.args, {}, stages)
    names = dict(sample.f.__globals__)
    for function in compiled.functions.values():
        cells = function.__closure__ or ()
        names |= {n: c.cell_contents for n, c in zip(function.__code__.co_freevars, cells, strict=True)}
    return stages.texts, names


def run(text: str, names: dict[str, Any], name: str, *args: Any) -> Any:
    """Execute a stage's text and call the function it defines."""
    space = dict(names)
    exec(text, space)
    return space[name](*copy.deepcopy(args))


def assert_same(a: Any, b: Any) -> None:
    """Check that two values or containers are equal bit for bit."""
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        a, b = list(a.values()), list(b.values())
    if isinstance(a, tuple | list):
        assert len(a) == len(b)
        for left, right in zip(a, b, strict=True):
            assert_same(left, right)
    else:
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_stages_compute_the_value(sample: Sample) -> None:
    value = sample.f(*copy.deepcopy(sample.args))
    for form in ("fused", "forward"):
        texts, names = stages_of(sample, form)
        for stage in PLAIN:
            assert_same(run(texts[stage], names, sample.f.__name__, *sample.args), value)


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_stages_compute_value_and_gradient(sample: Sample) -> None:
    value, gradient = value_and_grad(sample.f, sample.wrt)(*copy.deepcopy(sample.args))
    texts, names = stages_of(sample, "fused")
    assert set(texts) == set(STAGES["reverse"])
    for stage in COMPLETE:
        out, bars = run(texts[stage], names, sample.f.__name__, *sample.args)
        assert_same(out, value)
        for left, right in zip(leaves(bars), leaves(gradient), strict=True):
            np.testing.assert_allclose(left, right)


def leaves(value: Any) -> list[Any]:
    """Return the numbers and arrays in nested containers, in order."""
    if isinstance(value, Spring):
        value = vars(value)
    if isinstance(value, Mapping):
        value = list(value.values())
    return [leaf for item in value for leaf in leaves(item)] if isinstance(value, tuple | list) else [value]


@pytest.mark.parametrize("mode", STAGES)
def test_every_stage_can_be_asked_for(mode: str) -> None:
    def f(x: float) -> float:
        return x * x if x > 1.0 else x

    for stage in STAGES[mode]:
        assert source(f, 2.0, mode=mode, stage=stage).startswith(("def f(", "# x: "))
    with pytest.raises(ValueError, match="regroup"):
        source(f, 2.0, mode=mode, stage="nothing")


def test_an_array_has_a_seed() -> None:
    assert source(np_double, np.ones(3), stage="fold").splitlines()[0] == "def np_double(x, out_bar):"


def np_double(x: Any) -> Any:
    return 2.0 * x
