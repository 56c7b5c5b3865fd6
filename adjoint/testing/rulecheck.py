"""Check one derivative rule at one call; see `RuleCheck`."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.compiling.leaves import Path, duplicate, is_differentiable, leaf_at, leaves, map_leaves
from adjoint.rules.apply import apply_rule, find_rule, rule_options
from adjoint.rules.errors import RuleError
from adjoint.rules.registry import Rule, registry
from adjoint.testing.comparing import (
    assert_close,
    assert_same,
    cast_like,
    empty,
    first_0d,
    first_1d,
    first_number,
    fortran,
    map_two,
    read_only,
    reversed_strides,
    spoken,
    times_zero,
    to_double,
    to_single,
)
from adjoint.testing.differences import numerical_cotangent, random_like
from adjoint.testing.emptysweep import check_empty
from adjoint.testing.ownership import check_fresh, check_handed_out, check_kept, run_rule
from adjoint.testing.pushcheck import PushCheck
from adjoint.testing.rulesweeps import check_complex, check_integers, check_keywords, check_missing_cotangents
from adjoint.testing.secondcheck import check_second_order

Source = tuple[str, Any]


def call(primal: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function, or read an attribute descriptor, at the present state of NumPy's global draws."""
    with _same_draws():
        if inspect.isgetsetdescriptor(primal) or inspect.ismemberdescriptor(primal):
            return primal.__get__(*args)
        return primal(*args, **kwargs)


@contextlib.contextmanager
def _same_draws() -> Iterator[None]:
    """Put NumPy's global random state back afterwards, so that repeated calls draw the same."""
    state = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(state)


@dataclass(frozen=True)
class RuleCheck:
    """One rule at one call, and how closely it must agree.

    Args:
        primal: the function that has the rule.
        args: positional arguments of the call.
        kwargs: keyword arguments of the call.
        rtol: relative tolerance against differences, in double precision.
        atol: absolute tolerance, relative to the largest entry.
        single: tolerance of the single precision sweep.
        symmetric: the function reads one triangle and the rule gives a symmetric cotangent.
        step: spacing of the differences.
        tight: relative tolerance of the dot-product test of forward rule and pullback.
        sweep: whether to repeat the call in single precision and in other memory layouts.
        empty: whether to repeat the call with arrays without entries, as far as the function takes them.
        second: whether to check the second derivative, too.
        refusal: why the second derivative may be refused with an error; without a reason that is a fault.
    """

    primal: Any
    args: Sequence[Any]
    kwargs: Any
    rtol: float = 1e-6
    atol: float = 1e-8
    single: float = 2e-3
    symmetric: bool = False
    step: float = 1e-4
    tight: float = 1e-12
    sweep: bool = True
    empty: bool = True
    second: bool = True
    refusal: str = ""

    @property
    def name(self) -> str:
        """The name of the function in messages."""
        module = getattr(self.primal, "__module__", None) or ""
        return f"{module}.{getattr(self.primal, '__qualname__', self.primal)}".lstrip(".")

    def plain(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the function, at the present state of NumPy's global draws."""
        return call(self.primal, args, kwargs)

    def same_draws(self) -> contextlib.AbstractContextManager[None]:
        """Put NumPy's global random state back afterwards, so that repeated calls draw the same."""
        return _same_draws()

    def run(self) -> None:
        """Run every check.

        Value, dtype, shape and type equal the plain call; arguments and cotangent are unharmed;
        one cotangent per parameter, of the argument's shape and dtype; agreement with differences
        for every float in arguments and keywords, given or not; linearity; equal results when called
        again; the second derivative; missing cotangents of some outputs; the pullback reads what it
        captured only, and hands out no memory that it or the caller owns; no shared memory if the rule
        claims a fresh output;
        float32 stays float32; other layouts and, for elementwise rules, other shapes, integers and
        complex numbers agree; empty arrays give derivatives of the right form.
        """
        args, kwargs = tuple(self.args), dict(self.kwargs)
        y, pullback, _ = self.value_and_pullback(args, kwargs)
        y_bar = random_like(y, np.random.default_rng(7))
        bars = self.check_pullback(args, kwargs, pullback, y_bar)
        self.check_differences(args, kwargs, y_bar, bars)
        self.check_linear(y, pullback, y_bar, bars)
        check_missing_cotangents(self, y, pullback, y_bar)
        self.check_memory(y_bar)
        self.check_pushforward(args, kwargs, y, y_bar, bars)
        if self.second:
            check_second_order(self, y, y_bar)
        if self.sweep:
            self.check_single(args, kwargs)
            self.check_layouts(args, kwargs, y_bar, bars)
            self.check_shapes(args, kwargs)
            check_keywords(self)
            check_integers(self)
            check_complex(self)
            if self.empty:
                check_empty(self)

    def value_and_pullback(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, Callable[[Any], dict[Source, Any]], Rule]:
        """Return the rule's value, its pullback and the rule, having checked the value."""
        # The same memory layout for both calls: BLAS may round differently in another one.
        plain = call(self.primal, *read_only((args, kwargs)))
        frozen_args, frozen_kwargs = read_only((args, kwargs))
        found = find_rule(self.primal, frozen_args, frozen_kwargs)
        assert found is not None, f"{self.name}: no rule accepts this call"
        rule, bound = found
        try:
            with _same_draws():
                y, pullback = apply_rule(rule, bound)
        except (ValueError, RuleError) as error:
            raise AssertionError(
                f"{self.name}: the rule fails or writes into an argument: {error}"
            ) from error
        assert_same(y, plain, f"{self.name}: value of the rule against the plain call")
        assert_same((frozen_args, frozen_kwargs), (args, kwargs), f"{self.name}: arguments after the call")
        if rule.fresh:
            check_fresh(self.name, y, (frozen_args, frozen_kwargs))
        return y, functools.partial(self._pull, rule, pullback, args, kwargs), rule

    def _pull(
        self, rule: Rule, pullback: Any, args: tuple[Any, ...], kwargs: dict[str, Any], y_bar: Any
    ) -> dict[Source, Any]:
        """Call the pullback and sort its cotangents by where the arguments stood in the call."""
        try:
            bars = pullback(y_bar)
        except RuleError as error:
            raise AssertionError(f"{self.name}: {error}") from error
        if rule.form == "constant":
            return {}
        size = len(bars) if isinstance(bars, tuple) else -1
        wanted = len(rule.parameters)
        assert size == wanted, f"{self.name}: {size} cotangents for the {wanted} parameters {rule.parameters}"
        return _by_source(rule, args, kwargs, bars)

    def check_pullback(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], pullback: Callable[[Any], Any], y_bar: Any
    ) -> dict[Source, Any]:
        """Check that a pullback keeps its cotangent, repeats itself and fits the arguments."""
        frozen = read_only(y_bar)
        try:
            bars: dict[Source, Any] = duplicate(pullback(frozen))
            again = pullback(frozen)
        except ValueError as error:
            raise AssertionError(
                f"{self.name}: the pullback fails or writes into its cotangent: {error}"
            ) from error
        assert_same(frozen, y_bar, f"{self.name}: cotangent after the pullback")
        assert_same(again, bars, f"{self.name}: second call of the pullback")
        for path, leaf in leaves((args, kwargs)):
            bar = _bar_at(bars, path)
            if bar is not None and is_differentiable(leaf):
                self._check_form(bar, leaf, path)
        return bars

    def _check_form(self, bar: Any, leaf: Any, path: Path) -> None:
        where = f"{self.name}: cotangent of {spoken(path)}"
        assert np.shape(bar) == np.shape(leaf), f"{where} has shape {np.shape(bar)}, not {np.shape(leaf)}"
        if isinstance(leaf, np.ndarray | np.generic):
            dtype = getattr(bar, "dtype", np.dtype(type(bar)))
            narrow = isinstance(bar, float | complex) and not isinstance(bar, np.generic)
            assert narrow or dtype == leaf.dtype, f"{where} has dtype {dtype}, not {leaf.dtype}"
        else:
            assert np.iscomplexobj(leaf) or not np.iscomplexobj(bar), (
                f"{where} is complex for a real argument"
            )

    def check_differences(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], y_bar: Any, bars: dict[Source, Any]
    ) -> None:
        """Compare the cotangent of every float, entry by entry, with 4-point differences."""

        def f(arguments: Any) -> Any:
            return call(self.primal, *duplicate(arguments))

        for path, leaf in leaves((args, kwargs)):
            if not is_differentiable(leaf):
                continue
            wanted = numerical_cotangent(f, (args, kwargs), path, y_bar, self.step)
            if self.symmetric and np.ndim(leaf) >= 2:
                wanted = (wanted + np.conj(np.swapaxes(wanted, -1, -2))) / 2.0
            got = _bar_at(bars, path)
            got = np.zeros(np.shape(leaf)) if got is None else got
            assert_close(got, wanted, self.rtol, self.atol, f"{self.name}: cotangent of {spoken(path)}")

    def check_linear(self, y: Any, pullback: Any, y_bar: Any, bars: dict[Source, Any]) -> None:
        """Check that the pullback is linear and gives zero for zero."""
        other = random_like(y, np.random.default_rng(8))
        mixed = map_two(lambda a, b: 0.5 * a - 2.0 * b, y_bar, other)
        wanted = map_two(lambda a, b: 0.5 * a - 2.0 * b, bars, pullback(other))
        got = pullback(mixed)
        dtypes = [leaf.dtype for _, leaf in leaves(y) if hasattr(leaf, "dtype") and leaf.dtype.kind in "fc"]
        eps = float(max((np.finfo(dtype).eps for dtype in dtypes), default=0.0))
        rtol, atol = max(1e-9, 20.0 * eps), max(1e-10, 20.0 * eps)
        for path, leaf in leaves(wanted):
            if leaf is not None:
                message = f"{self.name}: linearity of the cotangent of {spoken(path)}"
                assert_close(leaf_at(got, path), leaf, rtol, atol, message)
        for path, leaf in leaves(pullback(map_leaves(times_zero, y_bar))):
            empty = leaf is None or not np.any(np.asarray(leaf))
            assert empty, f"{self.name}: a zero cotangent gives {leaf} for {spoken(path)}"

    def check_memory(self, y_bar: Any) -> None:
        """Check whose memory the rule reads and hands out, by overwriting what is nobody's."""
        if y_bar is None:
            return
        for check in (check_handed_out, check_kept):
            arguments = duplicate((tuple(self.args), dict(self.kwargs)))
            with _same_draws():
                result = run_rule(self.primal, *arguments)
            if result is not None:
                y, inner = result
                check(self.name, inner, y, arguments, y_bar)

    def check_pushforward(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], y: Any, y_bar: Any, bars: Any = None
    ) -> None:
        """Check the forward rule, if there is one, against the pullback; without cotangents, its form."""
        if registry.pushforwards(self.primal):
            check = PushCheck(self.name, self.primal, (args, kwargs), y, _same_draws, self.tight)
            check.run(y_bar, lambda path: _bar_at(bars, path), bars is None)

    def check_single(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Repeat the call in single precision: dtypes stay, values agree roughly."""
        low_args, low_kwargs = map_leaves(to_single, (args, kwargs))
        y, pullback, _ = self.value_and_pullback(low_args, low_kwargs)
        y_bar = random_like(y, np.random.default_rng(7))
        low = self.check_pullback(low_args, low_kwargs, pullback, y_bar)
        self._check_raw(low_args, low_kwargs, y, y_bar)
        self.check_pushforward(low_args, low_kwargs, y, y_bar)
        high_args, high_kwargs = map_leaves(to_double, (low_args, low_kwargs))
        y2, pullback2, _ = self.value_and_pullback(high_args, high_kwargs)
        high = pullback2(map_two(cast_like, y_bar, y2))
        for path, leaf in leaves(low):
            if leaf is not None and np.asarray(leaf).dtype.kind in "fc":
                message = f"{self.name}: single precision cotangent of {spoken(path)}"
                assert_close(leaf, leaf_at(high, path), self.single, self.single, message)

    def _check_raw(self, args: tuple[Any, ...], kwargs: dict[str, Any], y: Any, y_bar: Any) -> None:
        """Check that the rule itself keeps dtypes: the called form rounds them, the pasted does not."""
        found = find_rule(self.primal, *read_only((args, kwargs)))
        if found is None or found[0].form == "constant" or y_bar is None:
            return
        rule, bound = found
        with _same_draws():
            if rule.form == "scalar":
                raw = rule.function(y, *bound.args, **bound.kwargs)
            else:
                raw = rule.function(*bound.args, **bound.kwargs, **rule_options(rule, bound))[1](y_bar)
        raw = raw if len(rule.parameters) > 1 else (raw,)
        if not rule.built_in and any(is_double(leaf) for _, leaf in leaves(y)):
            return  # the function itself widens; its cotangents are rounded where the rule is called
        dtypes = {leaf.dtype for _, leaf in leaves((args, kwargs)) if hasattr(leaf, "dtype")}
        for name, bar in zip(rule.parameters, raw, strict=True):
            x = bound.arguments.get(name)
            weak = bar is None or type(bar) in (float, complex)
            if (
                weak
                or not isinstance(x, np.ndarray | np.generic)
                or not is_differentiable(x)
                or len(dtypes) > 1
            ):
                continue
            product = bar if rule.form == "rrule" else y_bar * bar
            narrowed = rule.form == "scalar" and not np.iscomplexobj(x)  # the compiler takes the real part
            wide = np.result_type(np.real(product) if narrowed else product)
            assert wide == x.dtype, f"{self.name}: the rule gives {wide} for the {x.dtype} parameter {name!r}"

    def check_layouts(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], y_bar: Any, bars: dict[Source, Any]
    ) -> None:
        """Repeat the call with arrays in Fortran order and with negative strides."""
        for layout in (fortran, reversed_strides):
            new_args, new_kwargs = map_leaves(layout, (args, kwargs))
            y, pullback, _ = self.value_and_pullback(new_args, new_kwargs)
            got = self.check_pullback(new_args, new_kwargs, pullback, map_leaves(layout, y_bar))
            if self.second and layout is reversed_strides:
                self.check_pushforward(new_args, new_kwargs, y, map_leaves(layout, y_bar), got)
            for path, leaf in leaves(bars):
                if leaf is not None:
                    message = f"{self.name}: cotangent of {spoken(path)} in {layout.__name__} layout"
                    assert_close(leaf_at(got, path), leaf, 1e-9, 1e-10, message)

    def check_shapes(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Repeat an elementwise call with 0-d, size-1 and empty arrays, and with scalars."""
        found = find_rule(self.primal, args, kwargs)
        arrays = [arg for arg in args if isinstance(arg, np.ndarray)]
        if found is None or found[0].form != "scalar" or not arrays or min(a.size for a in arrays) == 0:
            return
        for shape_of in (first_0d, first_1d, empty, first_number):
            new_args = tuple(shape_of(arg) if isinstance(arg, np.ndarray) else arg for arg in args)
            dataclasses.replace(self, args=new_args, sweep=False, second=False).run()


def is_double(leaf: Any) -> bool:
    """Return whether a leaf is an array or NumPy number of double precision."""
    return getattr(leaf, "dtype", None) in (np.float64, np.complex128)


def _by_source(
    rule: Rule, args: tuple[Any, ...], kwargs: dict[str, Any], bars: tuple[Any, ...]
) -> dict[Source, Any]:
    """Return cotangents by their place in the call: ``("arg", i)`` or ``("kwarg", name)``."""
    places = rule.signature.bind(
        *[("arg", i) for i in range(len(args))], **{name: ("kwarg", name) for name in kwargs}
    )
    result: dict[Source, Any] = {}
    for parameter, bar in zip(rule.parameters, bars, strict=True):
        source = places.arguments.get(parameter)
        if isinstance(source, dict):
            result.update({place: (bar or {}).get(name) for name, place in source.items()})
        elif source and isinstance(source[0], tuple):
            result.update(zip(source, [None] * len(source) if bar is None else bar, strict=True))
        elif source:
            result[source] = bar
    return result


def _bar_at(bars: dict[Source, Any], path: Path) -> Any:
    """Return the cotangent of the argument at a path of ``(args, kwargs)``."""
    place, key, *rest = path
    return leaf_at(bars.get(("kwarg" if place else "arg", key)), tuple(rest))
