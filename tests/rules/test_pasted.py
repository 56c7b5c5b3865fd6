"""Rules as the compiler uses them, pasted or called, give what their called form gives."""

from __future__ import annotations

import linecache
import types
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.rules.apply import apply_rule, find_rule

from .generators import Case
from .test_rules import CASES


def is_literal(value: Any) -> bool:
    """Whether a value can be written into the source of a call."""
    if isinstance(value, tuple | list):
        return type(value) in (tuple, list) and all(map(is_literal, value))
    return type(value) in (bool, int, str, slice, type(None), type(...))


def caller(case: Case, count: int) -> tuple[Any, list[Any]]:
    """Return a Python function that calls the primal, and the arguments it takes."""
    values: dict[str, Any] = {}
    words = []
    for i, arg in enumerate(case.args):
        name = f"a{i}"
        words.append(repr(arg) if is_literal(arg) else name)
        if not is_literal(arg):
            values[name] = arg
    for key, arg in case.kwargs.items():
        words.append(f"{key}={arg!r}" if is_literal(arg) else f"{key}=k_{key}")
        if not is_literal(arg):
            values[f"k_{key}"] = arg
    call = f"primal({', '.join(words)})"
    if isinstance(case.primal, types.GetSetDescriptorType | types.MemberDescriptorType):
        call = f"{words[0]}.{case.primal.__name__}"
    text = f"def run({', '.join(values)}):\n    return {call}\n"
    filename = f"<case {count}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    space: dict[str, Any] = {"primal": case.primal, "np": np, "__name__": "cases"}
    exec(compile(text, filename, "exec"), space)
    return space["run"], list(values.values())


def cotangent(value: Any, rng: np.random.Generator) -> Any:
    """Return a random cotangent of a value."""
    if isinstance(value, tuple | list):
        items = [cotangent(item, rng) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, np.ndarray | np.generic | float | complex):
        bar = rng.normal(size=np.shape(value))
        if np.iscomplexobj(value):
            bar = bar + 1j * rng.normal(size=np.shape(value))
        return bar.astype(np.asarray(value).dtype) if isinstance(value, np.ndarray) else bar[()]
    return None


def carries(value: Any) -> bool:
    """Whether an argument has a tangent space."""
    if isinstance(value, tuple | list):
        return any(map(carries, value))
    return (
        isinstance(value, np.ndarray | np.generic | float | complex) and np.asarray(value).dtype.kind in "fc"
    )


@pytest.mark.parametrize(("count", "case"), list(enumerate(CASES)), ids=[case.id for case in CASES])
def test_compiled_rule_equals_called_rule(count: int, case: Case) -> None:
    run, values = caller(case, count)
    if not any(map(carries, values)):
        pytest.skip("nothing to differentiate: all arguments are literals or integers")
    generators = np.random.Generator | np.random.RandomState
    if any(isinstance(v, generators) for v in [*values, getattr(case.primal, "__self__", None)]):
        pytest.skip("draws again at each call: the two values differ")
    found = find_rule(case.primal, case.args, dict(case.kwargs))
    assert found is not None
    if found[0].form == "constant":
        pytest.skip("has no derivative")
    value, called = apply_rule(*found)
    y, pullback = adjoint.vjp(run, *values)
    np.testing.assert_equal(y, run(*values))
    bar = cotangent(value, np.random.default_rng(count))
    if bar is None:
        pytest.skip("the value has no tangent space")
    bound = dict(zip(found[0].parameters, called(bar), strict=True))
    compare(case, values, found[1], bound, pullback(bar))


def compare(case: Case, values: list[Any], bound: Any, wanted: dict[str, Any], got: tuple[Any, ...]) -> None:
    """Compare the cotangents of the function's arguments with those of the rule's parameters."""
    for value, bar in zip(values, got, strict=True):
        if not carries(value):
            continue
        for name, argument in bound.arguments.items():
            items = argument if isinstance(argument, tuple) else (argument,)
            bars = wanted[name] if isinstance(argument, tuple) else (wanted[name],)
            for item, share in zip(items, bars if bars is not None else (None,) * len(items), strict=True):
                if item is value:
                    assert_close(case, bar, share, value)


def assert_close(case: Case, bar: Any, share: Any, value: Any) -> None:
    """Compare two cotangents of one value; ``None`` is zero."""
    if isinstance(value, tuple | list):
        for i, item in enumerate(value):
            if carries(item):
                assert_close(case, bar[i], None if share is None else share[i], item)
        return
    share = np.zeros(np.shape(value)) if share is None else share
    tolerance = 1e-5 if np.asarray(value).dtype in (np.float32, np.complex64) else 1e-11
    np.testing.assert_allclose(bar, share, rtol=tolerance, atol=tolerance, err_msg=case.id)


def products(*xs: Any) -> Any:
    return xs[0] * xs[1] + xs[2]


def test_what_a_rule_returns_for_several_arguments_is_computed_once() -> None:
    """An iterator in a pullback cannot be read for every argument anew."""

    def rule(*xs: Any) -> Any:
        out = products(*xs)

        def products_pullback(out_bar: Any) -> Any:
            bars = iter([xs[1] * out_bar, xs[0] * out_bar, out_bar])
            return tuple(bars)

        return out, products_pullback

    with adjoint.registry.scope():
        adjoint.rrule(products)(rule)
        gradient = adjoint.grad(lambda x: products(x, 2.0 * x, np.sin(x)) * 3.0)
        assert np.isclose(gradient(1.3), 3.0 * (4.0 * 1.3 + np.cos(1.3)))
