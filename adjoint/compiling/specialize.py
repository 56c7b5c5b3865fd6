"""Specialise and guard: one compiled form for each signature of the arguments seen.

The signature is the cheapest key from which the kinds of the arguments follow.  A specialisation is
used only while its guards hold; then it is compiled again.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.compiling.compiler import Compiled, compile_function
from adjoint.compiling.leaves import leaves
from adjoint.compiling.target import Slot, Target, argument_kinds, bind, placed, slots, target_of, value_at
from adjoint.rules.errors import ArgumentError, MutationError
from adjoint.rules.kinds import Kind, Unknown, kind_of, with_active
from adjoint.transforms.stages import Stages

MAX_SPECIALIZATIONS = 64
PLAIN = frozenset({float, int, bool, complex, str, type(None)})


def signature(x: Any) -> Any:
    """Return a hashable token from which the kind of a value follows."""
    cls = type(x)
    if cls in PLAIN:
        return x if cls is str else cls
    if cls is np.ndarray:
        shape = x.shape
        return (x.dtype, *[size == 1 for size in shape]) if 1 in shape else (x.dtype, -len(shape))
    if cls is tuple:
        return (tuple, *map(signature, x))
    if cls is dict:
        return (dict, *[(key, signature(value)) for key, value in x.items()])
    if cls is list:
        return (list, *dict.fromkeys(map(signature, x)))
    if isinstance(x, np.generic):
        return cls
    kind = kind_of(x)
    return kind


@dataclass(eq=False)
class Plan:
    """One specialisation and where the wanted variables stand in a call."""

    compiled: Compiled
    places: list[Slot]
    form: str
    promote: bool
    indices: list[int] | None  # which positional arguments these are, if they are plain ones
    checked: bool = False  # whether the kind of the result has been looked at
    takes_boxes: bool = True  # whether no run with several tangents at once has failed
    used: int = 0  # how often the general way has led here
    entry: Callable[[tuple[Any, ...]], Any] | None = None  # the short way; see compiling/entry.py

    @functools.cached_property
    def only(self) -> int | None:
        """Which positional argument is differentiated, if it is a single plain one."""
        active, indices = self.compiled.active, self.indices
        plain = indices is not None and len(indices) == 1 and active == [self.places[0][0]]
        return indices[0] if plain and indices is not None else None


class Specializer:
    """All specialisations of one function for one choice of variables and one form."""

    def __init__(
        self, f: Any, wrt: Any, aux: bool = False, backend: str = "numpy", memory: Any = None
    ) -> None:
        self.f = f
        self.wrt = wrt
        self.aux = aux
        self.backend = backend
        self.memory = memory
        self.plans: dict[Any, Plan] = {}
        self.latest: Plan | None = None
        self.entry: Callable[[tuple[Any, ...]], Any] | None = None
        self.split_keys: set[Any] = set()

    def key(self, form: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return the key of a call."""
        try:
            if not kwargs:
                return (form, *map(signature, args))
            named = [(name, signature(value)) for name, value in kwargs.items()]
            return (form, *map(signature, args), *named)
        except RecursionError:
            raise bottomless() from None

    def plan(self, form: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Plan:
        """Return a valid specialisation for these arguments."""
        key = self.key(form, args, kwargs)
        plan = self.plans.get(key)
        if plan is None or not plan.compiled.valid():
            plan = self.plans[key] = self.make(form, args, kwargs)
            if len(self.plans) > MAX_SPECIALIZATIONS:
                del self.plans[next(iter(self.plans))]
        self.latest, self.entry = plan, plan.entry
        if plan.compiled.unit.changed:
            refuse_shared(bind(target_of(self.f), args, kwargs).arguments, plan.compiled.unit.changed)
        return plan

    def make(
        self, form: str, args: tuple[Any, ...], kwargs: dict[str, Any], stages: Stages | None = None
    ) -> Plan:
        """Compile for the kinds of these arguments."""
        direct = getattr(type(self.f), "__adjoint_direct__", None)
        if direct is not None and form in ("forward", "boxed") and not kwargs and stages is None:
            plan = direct(self.f, form, args, self.wrt)
            if plan is not None:
                return plan  # type: ignore[no-any-return]
        target = target_of(self.f)
        bound = bind(target, args, kwargs)
        places = self.places(target, bound, len(args))
        promoted = False
        if self.wrt is not None:
            for place in places:
                value = value_at(bound, place, target.signature)
                refuse_untouchable(self.f, value, place)
                if is_integer(value):
                    set_at(bound, place, as_real(value))
                    promoted = True
        kinds = argument_kinds(target, bound, places)
        free = self.backend == "numpy" and stages is None and self.memory is None
        fused = "gradient" if free else "fused" if self.backend == "numpy" else "kernel"
        written = fused if form == "fused" else form
        compiled = compile_function(
            target.function, kinds, written, self.aux, stages=stages, memory=self.memory
        )
        if self.backend != "numpy" and form == "fused":
            from adjoint.backend.kernels import accelerated  # numba's passes, for those who ask for them

            compiled = accelerated(compiled, self.backend)
        promote = promoted or bool(target.args or target.kwargs or target.forwards)
        indices = None if promote else plain_indices(target, places, len(args))
        return Plan(compiled, places, form, promote, indices)

    def places(self, target: Target, bound: Any, count: int) -> list[Slot]:
        """Return the slots to differentiate; without ``wrt`` every positional argument."""
        if self.wrt is not None:
            return slots(target, bound, self.wrt)
        return [slots(target, bound, i)[0] for i in range(count)]


def plain_indices(target: Target, places: list[Slot], count: int) -> list[int] | None:
    """Return the positions of the slots if all of them are plain positional arguments of the call."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [name for name, p in target.signature.parameters.items() if p.kind in positional]
    indices = [names.index(name) if name in names else count for name, _ in places]
    plain = all(part is None for _, part in places) and all(index < count for index in indices)
    return indices if plain else None


def run(plan: Plan, function: Callable[..., Any], specializer: Specializer, args: Any, kwargs: Any) -> Any:
    """Call a generated primal with the user's arguments."""
    if not plan.promote:
        return function(*args, **kwargs)
    bound = bind(target_of(specializer.f), args, kwargs)
    if specializer.wrt is not None:
        signature_ = target_of(specializer.f).signature
        for place in plan.places:
            value = value_at(bound, place, signature_)
            if is_integer(value):
                set_at(bound, place, as_real(value))
    return function(*bound.args, **bound.kwargs)


def is_integer(value: Any) -> bool:
    """Whether a value named by ``wrt`` is an integer that stands for a real number."""
    if isinstance(value, np.ndarray | np.integer):
        return value.dtype.kind in "iu"
    return isinstance(value, int) and not isinstance(value, bool)


def as_real(value: Any) -> Any:
    """Return an integer value as a real one."""
    return value.astype(float) if isinstance(value, np.ndarray) else float(value)


def set_at(bound: Any, place: Slot, value: Any) -> None:
    """Replace the argument at a slot."""
    name, part = place
    if part is None:
        bound.arguments[name] = value
    elif isinstance(part, int):
        items = list(bound.arguments[name])
        items[part] = value
        bound.arguments[name] = tuple(items)
    else:
        bound.arguments[name] = {**bound.arguments[name], part: value}


def refuse_untouchable(f: Any, value: Any, place: Slot) -> None:
    """Refuse variables that cannot be differentiated.

    Raises:
        ArgumentError: ADJ303, a string, bool, None, object array, masked array, matrix ...
    """
    reason = untouchable(value)
    if reason:
        name = place[0] if place[1] is None else f"{place[0]}[{place[1]!r}]"
        raise ArgumentError(
            "ADJ303",
            title=f"argument `{name}` of {placed(f)} cannot be differentiated: it is {reason}",
            why="only real or complex numbers, arrays of them and containers of those have derivatives.",
            fixes=("pass a float or a float array", "name another argument with wrt="),
        )


def refuse_shared(arguments: dict[str, Any], changed: frozenset[str]) -> None:
    """Refuse arguments that share memory with one that the function changes in place.

    Raises:
        MutationError: ADJ105, the pullback would see the change through the other argument.
    """
    arrays = [(path, leaf) for path, leaf in leaves(arguments) if isinstance(leaf, np.ndarray)]
    for path, leaf in arrays:
        for other, also in arrays:
            if path[0] in changed and other[0] != path[0] and np.may_share_memory(leaf, also):
                raise MutationError(
                    "ADJ105",
                    title=f"`{path[0]}` and `{other[0]}` share memory, and the function changes `{path[0]}`",
                    why="the pullback would read the changed values through the other argument.",
                    fixes=(f"pass a copy: {path[0]}={path[0]}.copy()",),
                )


def bottomless() -> ArgumentError:
    """Return the error for a container that contains itself."""
    return ArgumentError(
        "ADJ303",
        title="an argument contains itself, or is nested too deeply",
        why="a derivative has the structure of the argument, so that structure must have an end.",
        fixes=("pass a container without the cycle",),
    )


def untouchable(value: Any) -> str:
    """Return what makes a value impossible to differentiate, empty if nothing does."""
    if isinstance(value, np.ma.MaskedArray):
        return "a masked array"
    if isinstance(value, np.matrix):
        return "an np.matrix"
    if isinstance(value, np.ndarray) and type(value) is not np.ndarray and not isinstance(value, np.memmap):
        return f"an ndarray subclass ({type(value).__name__})"
    if isinstance(value, np.ndarray) and value.dtype.kind not in "fciu":
        return f"an array of dtype {value.dtype}"
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        return "an integer too large for a float"
    if isinstance(value, np.bool_ | bool | str | bytes) or value is None or not differentiable(value):
        return f"of type {type(value).__name__}"
    return ""


def differentiable(value: Any) -> bool:
    """Whether a value is a number, a container, or an object with floats in its fields."""
    if isinstance(value, float | complex | int | np.integer | np.ndarray | tuple | list | dict):
        return True
    kind = with_active(kind_of(value), True)
    return kind.active and not isinstance(kind, Unknown)


__all__ = ["Kind", "Plan", "Specializer", "run", "signature"]
