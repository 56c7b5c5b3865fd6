"""The transforms a user calls: grad, value_and_grad, vjp."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.backend import known_backend
from adjoint.compiling.entry import MISS, entry_of
from adjoint.compiling.linemap import annotate
from adjoint.compiling.mirror import conform, mirror
from adjoint.compiling.specialize import Plan, Specializer, run
from adjoint.compiling.target import bind, placed, spoken, target_of, value_at
from adjoint.inspection import source_of_plan
from adjoint.rules.errors import DifferentiationError
from adjoint.rules.kinds import Array, Dict, Kind, List, Object, Opaque, Scalar, Tuple, is_complex


class ValueAndGrad:
    """Callable that returns a function's value together with its gradient; see :func:`value_and_grad`."""

    def __init__(
        self, f: Callable[..., Any], wrt: Any = 0, has_aux: bool = False, backend: str = "numpy"
    ) -> None:
        target_of(f)
        known_backend(backend)
        self.f = f
        self.specializer = Specializer(f, (None,) if wrt is None else wrt, has_aux, backend)
        self.single = not isinstance(wrt, tuple)
        self.has_aux = has_aux
        functools.update_wrapper(self, f, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Return ``(value, gradient)``."""
        entry = self.specializer.entry
        if entry is not None and not kwargs:
            try:
                found: tuple[Any, Any] = entry(args)
            except Exception as error:
                raise annotate(error)  # noqa: B904 - the same exception, with a note
            if found is not MISS:
                return found
        return self.general(args, kwargs)

    def general(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """Return ``(value, gradient)``, whatever the arguments are."""
        plan, value, bars = self.evaluate(args, kwargs)
        if plan.form == "fused" and not kwargs:
            self.enter(plan, args)
        return value, self.gradients(plan, bars, args, kwargs)

    def evaluate(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Plan, Any, Any]:
        """Return the specialisation of a call, the value, and the cotangents as generated code makes them."""
        plan = self.plan(args, kwargs)
        try:
            if plan.form == "fused":
                value, bars = run(plan, plan.compiled.value_and_grad, self.specializer, args, kwargs)
                self.check_value(value)
            else:
                value, saved = run(plan, plan.compiled.primal, self.specializer, args, kwargs)
                self.check_value(value)
                bars = plan.compiled.pullback(saved, (1.0, None) if self.has_aux else 1.0)
        except Exception as error:
            raise annotate(error)  # noqa: B904 - the same exception, with a note
        return plan, value, bars

    def enter(self, plan: Plan, args: tuple[Any, ...]) -> None:
        """Write the entry of a specialisation when it is used a second time."""
        plan.used += 1
        if plan.used == 2 and not self.has_aux:
            specializer = self.specializer
            check = functools.partial(check_scalar, specializer.f)
            plan.entry = entry_of(plan, args, self.single, check, specializer.backend == "numpy")
            specializer.entry = plan.entry

    def __repr__(self) -> str:
        """Say which derivative it is, and of what."""
        word = "gradient" if isinstance(self, Grad) else "value and gradient"
        return f"<{word} of {spoken(self.specializer.f)} with respect to {self.specializer.wrt!r}>"

    def plan(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Plan:
        """Return the specialisation for a call: fused if the result is surely a real number."""
        plan = self.specializer.plan("split" if self.unsure(args, kwargs) else "fused", args, kwargs)
        if plan.checked:
            return plan
        result = plan.compiled.unit.result
        if plan.form == "fused" and not scalar_result(result, self.has_aux):
            refuse_result(self.specializer.f, result, self.has_aux)
            self.specializer.split_keys.add(self.key(args, kwargs))
            return self.plan(args, kwargs)
        plan.checked = True
        return plan

    def key(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return the key of a call."""
        return self.specializer.key("", args, kwargs)

    def unsure(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether only the running program knows what a call returns."""
        split = self.specializer.split_keys
        return bool(split) and self.key(args, kwargs) in split

    def check_value(self, value: Any) -> None:
        """Check that the value is a real number."""
        if self.has_aux:
            if not isinstance(value, tuple) or len(value) != 2:
                raise bad_output(
                    self.specializer.f,
                    "is not a pair (value, aux)",
                    "return (value, aux) or leave has_aux out",
                )
            value = value[0]
        if type(value) is not float and type(value) is not np.float64:
            check_scalar(self.specializer.f, value)

    def gradients(self, plan: Plan, bars: Any, args: Any, kwargs: Any) -> Any:
        """Give the cotangents the form of the arguments."""
        if plan.only is not None:
            result = mirror(args[plan.only], bars)
            return result if self.single else (result,)
        active = plan.compiled.active
        named = dict(zip(active, bars if len(active) != 1 else (bars,), strict=True))
        if plan.indices is not None:
            pairs = zip(plan.indices, plan.places, strict=True)
            results = tuple(mirror(args[index], named.get(place[0])) for index, place in pairs)
        else:
            bound = bind(target_of(self.specializer.f), args, kwargs)
            results = tuple(gradient_at(self.specializer.f, bound, place, named) for place in plan.places)
        return results[0] if self.single else results

    def source(self) -> str:
        """Return the generated source of the latest specialisation."""
        return source_of_plan(self.specializer)


class Grad(ValueAndGrad):
    """Callable that returns a function's gradient; see :func:`grad`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the gradient, or ``(gradient, aux)``."""
        value, gradient = super().__call__(*args, **kwargs)
        return (gradient, value[1]) if self.has_aux else gradient


def gradient_at(f: Any, bound: Any, place: Any, named: dict[str, Any]) -> Any:
    """Return the gradient for one slot of the arguments."""
    name, part = place
    value = value_at(bound, place, target_of(f).signature)
    bar = named.get(name)
    if part is not None and bar is not None:
        bar = share_of(bar, part)
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
        return mirror(value.astype(float), bar)
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return mirror(float(value), bar)
    return mirror(value, bar)


def share_of(bar: Any, part: Any) -> Any:
    """Return the cotangent of one argument from that of ``*args`` or ``**kwargs``."""
    return bar.get(part) if isinstance(bar, dict) else bar[part]


def scalar_result(kind: Kind | None, aux: bool) -> bool:
    """Whether a result kind is surely a real number (or constant)."""
    if aux:
        return isinstance(kind, Tuple) and len(kind.items) == 2 and scalar_result(kind.items[0], False)
    if isinstance(kind, Scalar):
        return kind.dtype.kind in "fiub"
    return isinstance(kind, Array) and kind.dims == () and not is_complex(kind)


def refuse_result(f: Any, kind: Kind | None, aux: bool) -> None:
    """Raise at once if the kind of the result says that there is no gradient."""
    if aux and isinstance(kind, Tuple) and len(kind.items) == 2:
        kind = kind.items[0]
    elif aux and not isinstance(kind, List | Dict | Object | Scalar | Array):
        return
    if (
        isinstance(kind, Scalar | Array)
        and is_complex(kind)
        and (isinstance(kind, Scalar) or kind.dims == ())
    ):
        raise complex_output(f)
    if isinstance(kind, Array) and kind.dims:
        raise bad_output(
            f, f"is an array with {len(kind.dims)} dimension(s)", "reduce it to a number, e.g. with .sum()"
        )
    if isinstance(kind, Tuple | List | Dict):
        raise bad_output(
            f, f"is a {type(kind).__name__.lower()}", "return one number, or (value, aux) with has_aux=True"
        )


def check_scalar(f: Any, value: Any) -> None:
    """Raise unless a value is a real number.

    Raises:
        DifferentiationError: ADJ301.
    """
    if isinstance(value, complex | np.complexfloating) or (
        isinstance(value, np.ndarray) and value.dtype.kind == "c"
    ):
        raise complex_output(f)
    if isinstance(value, np.ndarray) and value.ndim:
        hint = (
            "take the item: y.item()"
            if value.size == 1
            else "reduce it to a number, e.g. with .sum(), or use vjp"
        )
        raise bad_output(f, f"is an array of shape {value.shape}", hint)
    if not isinstance(value, float | int | np.number | np.ndarray | np.bool_):
        raise bad_output(f, f"is of type {type(value).__name__}", "return a number")


def complex_output(f: Any) -> DifferentiationError:
    """Return the error for a complex output."""
    return DifferentiationError(
        "ADJ301",
        title=f"the output of {placed(f)} is complex, so its gradient is not defined",
        why="grad needs a real number to differentiate.",
        fixes=(
            "return a real number such as abs(z) ** 2 or z.real",
            "use adjoint.derivative or adjoint.jacobian: holomorphic functions, and those of real arguments",
            "use adjoint.vjp(f, ...) and choose the cotangent",
        ),
    )


def bad_output(f: Any, what: str, hint: str) -> DifferentiationError:
    """Return the error for an output that is not a real number."""
    return DifferentiationError(
        "ADJ301",
        title=f"the output of {placed(f)} {what}, so its gradient is not defined",
        why="grad needs a function that returns one real number.",
        fixes=(
            hint,
            "use adjoint.jacobian(f), which takes any output",
            "use adjoint.vjp(f, ...), which takes a cotangent of the output",
        ),
    )


def grad(f: Callable[..., Any], wrt: Any = 0, has_aux: bool = False, backend: str = "numpy") -> Grad:
    """Return a function that computes the gradient of ``f``.

    Args:
        f: function that returns a real number; any callable, decorated or not.
        wrt: index or name of the argument to differentiate, or a tuple of those.
        has_aux: ``f`` returns ``(value, aux)``; then the result is ``(gradient, aux)``.
        backend: ``"numpy"`` runs the generated Python; ``"numba"`` compiles it, for scalar loops,
            indexing and small arrays; ``"auto"`` compiles what numba can compile.

    Returns:
        A callable with the arguments of ``f``.  The gradient has the form of the argument: same
        container, shape and float dtype; integers named by ``wrt`` count as real numbers.

    Raises:
        ArgumentError: ADJ303 or ADJ304, an argument cannot be differentiated or ``wrt`` names none.
        DifferentiationError: ADJ301, the output is not a real number.
        LanguageError, RuleError, SourceError: the function cannot be differentiated.
        BackendError: ADJ501 or ADJ502, numba is not installed or cannot compile the function.

    Example:
        >>> grad(lambda x: x ** 3)(2.0)
        12.0
    """
    return Grad(f, wrt, has_aux, backend)


def value_and_grad(
    f: Callable[..., Any], wrt: Any = 0, has_aux: bool = False, backend: str = "numpy"
) -> ValueAndGrad:
    """Return a function that computes the value and the gradient of ``f`` in one run; see :func:`grad`.

    Example:
        >>> value_and_grad(lambda x, y: x * y, wrt=(0, 'y'))(2.0, 5.0)
        (10.0, (5.0, 2.0))
    """
    return ValueAndGrad(f, wrt, has_aux, backend)


class Pullback(Opaque):
    """The derivative of one evaluation: maps the output's cotangent to the arguments'.

    May be called any number of times; it never changes what it is given.
    """

    def __init__(
        self,
        plan: Plan,
        saved: Any,
        value: Any,
        specializer: Specializer,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.plan = plan
        self.value = value
        self.given = args, kwargs
        self.f, self.wrt = specializer.f, specializer.wrt
        #: Whether it returns one cotangent, not a tuple of them.
        self.single = self.wrt is not None and not isinstance(self.wrt, tuple)
        self._saved = saved
        self._bound = bind(target_of(self.f), args, kwargs)

    def __repr__(self) -> str:
        """Say of what it is the pullback."""
        return f"<pullback of {spoken(self.f)}>"

    def __call__(self, y_bar: Any) -> Any:
        """Return the cotangents of the arguments for a cotangent of the output.

        Raises:
            ArgumentError: ADJ302, the cotangent does not fit the output.
        """
        named = self.named_bars(conform(self.value, y_bar, "the output"))
        if self.wrt is None:
            return tuple(self._one(place, named) for place in self.plan.places)
        results = tuple(gradient_at(self.f, self._bound, place, named) for place in self.plan.places)
        return results[0] if self.single else results

    def bars(self, y_bar: Any) -> tuple[Any, ...]:
        """Return the cotangents as generated code makes them, one for each variable.

        ``y_bar`` fits the output, or holds boxes that stand for several cotangents.
        """
        named = self.named_bars(y_bar)
        shares = [(named.get(name), part) for name, part in self.plan.places]
        return tuple(bar if part is None or bar is None else share_of(bar, part) for bar, part in shares)

    def named_bars(self, y_bar: Any) -> dict[str, Any]:
        """Return the cotangents of the active parameters."""
        plan = self.plan
        bars: Any = (None,) * len(plan.compiled.active)
        if y_bar is not None and plan.compiled.active:
            try:
                bars = plan.compiled.pullback(self._saved, y_bar)
            except Exception as error:
                raise annotate(error)  # noqa: B904 - the same exception, with a note
            bars = bars if len(plan.compiled.active) != 1 else (bars,)
        return dict(zip(plan.compiled.active, bars, strict=True))

    def _one(self, place: Any, named: dict[str, Any]) -> Any:
        name, part = place
        value = value_at(self._bound, place, target_of(self.f).signature)
        bar = named.get(name)
        return mirror(value, bar if part is None or bar is None else bar[part])

    @property
    def source(self) -> str:
        """The generated source of primal and pullback."""
        return self.plan.compiled.source


def vjp(f: Callable[..., Any], /, *args: Any, wrt: Any = None, **kwargs: Any) -> tuple[Any, Pullback]:
    """Evaluate ``f`` and return its value and its pullback.

    Args:
        f: function of any number of arguments with any output.
        args: positional arguments, all differentiated unless ``wrt`` is given.
        wrt: index or name of the arguments to differentiate, or a tuple of those.
        kwargs: keyword arguments; constants unless ``wrt`` names them.

    Returns:
        The value, and a pullback.  ``pullback(y_bar)`` is a tuple with one cotangent for each
        positional argument; with ``wrt`` it mirrors ``wrt``.

    Example:
        >>> y, pullback = vjp(lambda a, b: a * b, 2.0, 3.0)
        >>> y, pullback(1.0)
        (6.0, (3.0, 2.0))
    """
    return pull_back(specializer_of(f, wrt), args, kwargs)


def pull_back(
    specializer: Specializer, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, Pullback]:
    """Return a function's value and its pullback, given its specialisations."""
    plan = specializer.plan("split", args, kwargs)
    try:
        value, saved = run(plan, plan.compiled.primal, specializer, args, kwargs)
    except Exception as error:
        raise annotate(error)  # noqa: B904 - the same exception, with a note
    return value, Pullback(plan, saved, value, specializer, args, kwargs)


def specializer_of(f: Any, wrt: Any) -> Specializer:
    """Return the specialisations of a decorated function; others are kept with the function."""
    cache = getattr(f, "__adjoint_cache__", None)
    if cache is None:
        return _shared(f, wrt)
    key = repr(wrt)  # True is not 1, and a list cannot be hashed
    if key not in cache:
        cache[key] = Specializer(f, wrt)
    found: Specializer = cache[key]
    return found


_SPECIALIZERS: dict[Any, Specializer] = {}


def _shared(f: Any, wrt: Any) -> Specializer:
    code = getattr(f, "__code__", None)
    if code is None or f.__closure__ is not None:
        return Specializer(f, wrt)
    key = (f, repr(wrt))
    if key not in _SPECIALIZERS:
        if len(_SPECIALIZERS) > 256:
            _SPECIALIZERS.clear()
        _SPECIALIZERS[key] = Specializer(f, wrt)
    return _SPECIALIZERS[key]
