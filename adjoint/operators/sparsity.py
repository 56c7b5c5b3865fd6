"""Sparsity patterns: which entries of a result can depend on which entries of the arguments.

Beside every number the generated code carries a set of input indices, beside an array an object array of
them in its shape.  Moving data moves its sets by the same NumPy call; linear functions and products are
NumPy's own on the sets, where a sum is a union and a product with zero is empty.  What is not known here
makes every entry depend on everything that went in, so no entry is ever missed.

References: Griewank & Walther, "Evaluating Derivatives" (2nd ed., SIAM 2008), section 7.1; Walther,
"Computing sparse Hessians with automatic differentiation" (ACM TOMS 34, 2008).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from adjoint.rules.apply import find_rule, forward_rules, primal_of
from adjoint.rules.registry import registry
from adjoint.rules.support import members
from adjoint.runtime.algebra import NUMBERS, Carrier, Pair, over_leaves
from adjoint.runtime.opaque import has_tangent_space


class Deps(frozenset[int]):
    """The indices that a number depends on; sums and quotients are unions, a product with zero is empty."""

    __slots__ = ()

    def __add__(self, other: Any) -> Deps:
        """Return the union."""
        return united(self, other) if isinstance(other, Deps) else self

    __radd__ = __sub__ = __rsub__ = __or__ = __ror__ = __add__

    def __mul__(self, other: Any) -> Deps:
        """Return the union, the empty set for a constant zero."""
        return united(self, other) if isinstance(other, Deps) else self if other != 0 else NOTHING

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Deps:
        """Return the union."""
        return self.__add__(other)

    def __neg__(self) -> Deps:
        """Return the same."""
        return self

    def __lt__(self, other: Any) -> bool:
        """Refuse: what a comparison of values would give is not known."""
        raise TypeError("index sets have no order")

    __le__ = __gt__ = __ge__ = __lt__

    def conjugate(self) -> Deps:
        """Return the same."""
        return self


def united(a: Any, b: Any) -> Deps:
    """Return a union, one of the two sets itself if it holds the other."""
    if len(a) < len(b):
        a, b = b, a
    return a if b.issubset(a) else Deps(a.union(b))


NOTHING = Deps()
unite: Any = np.frompyfunc(united, 2, 1)


class Misfit(Exception):
    """Sets in another form than the value they belong to."""


def deps_of(x: Any) -> Deps:
    """Return what a function made of a set; a number is a constant that it filled in.

    Raises:
        Misfit: it is something else.
    """
    if isinstance(x, Deps):
        return x
    if isinstance(x, int | float | complex | np.number):
        return NOTHING
    raise Misfit


as_deps: Any = np.frompyfunc(deps_of, 1, 1)
as_slots: Any = np.frompyfunc(lambda x: 1 if x != 0 else 0, 1, 1)

#: Functions that are elementwise in all arguments that move.
ELEMENTWISE = frozenset(
    [np.where, np.clip, np.ndarray.clip, np.real, np.imag, np.conj, np.conjugate, np.nan_to_num,
     np.ndarray.real, np.ndarray.imag, np.ndarray.conj, np.ndarray.conjugate, np.ndarray.astype, np.array,
     np.asarray, np.float64, np.float32, float, abs, np.unwrap, *members(np, "astype")]
)  # fmt: skip
#: Functions that are linear in all arguments that move, the first of which holds what counts.
LINEAR = frozenset(
    [np.diff, np.ediff1d, np.pad, np.append, np.insert, np.nansum, np.broadcast_arrays, np.gradient, np.ravel,
     np.ndarray.ravel, np.ndarray.flatten, *members(np, "concat unstack permute_dims trapezoid")]
)  # fmt: skip
#: Reductions along an axis in which every entry of the axis counts.
REDUCTIONS = frozenset(
    [np.prod, np.max, np.min, np.amax, np.amin, np.std, np.var, np.ptp, np.median, np.nanmean,
     np.ndarray.prod, np.ndarray.max, np.ndarray.min, np.ndarray.std, np.ndarray.var, np.linalg.norm]
)  # fmt: skip


class Sparsity(Carrier):
    """Carries index sets; the first argument of generated code."""

    form = "sparsity"

    def __repr__(self) -> str:
        return "Sparsity()"

    # --- leaves ------------------------------------------------------------------------------
    def zero(self, x: Any) -> Any:
        """Return the sets of a constant."""
        return filled_with(NOTHING, np.shape(x)) if isinstance(x, np.ndarray) else NOTHING

    def rows(self, x: Any, dot: Any) -> list[Any]:
        """Return the sets of each row."""
        return list(dot)

    def is_still(self, dot: Any) -> bool:
        """Whether nothing depends on any input."""
        return not any(leaf for leaf in sets_in(dot))

    def part(self, value: Any, dot: Any, name: str) -> Any:
        """Return the same sets."""
        return dot

    def copied(self, dot: Any) -> Any:
        """Return sets of its own for an array that will be changed."""
        return copy.copy(dot)

    def store(self, base: Any, dot: Any, key: Any, value: Any) -> None:
        """Store the sets of an item."""
        dot[key] = value

    def store_anywhere(self, base: Any, dot: Any, key: Any, value: Any) -> None:
        """Store at a place that depends on the inputs: every entry may be meant."""
        if isinstance(base, np.ndarray):
            dot[...] = unite(dot, joined([dot, value]))
        else:
            dot[key] = value

    def mirror(self, f: Any, dot: Any, *args: Any) -> None:
        """Do to the sets what a function did to a buffer; if it cannot, any entry may have changed."""
        try:
            f(dot, *args)
        except (TypeError, ValueError):
            dot[...] = joined([dot, args[-1]])

    def blurred(self, dot: Any, *others: Any) -> Any:
        """Return sets that hold all of some others, too: another branch or trip may have read those."""
        return None if dot is None else widened(dot, joined([dot, *others]), True)

    # --- calls -------------------------------------------------------------------------------
    def anywhere(self, head: Pair, /, *args: Pair, **kwargs: Pair) -> Pair:
        """Call a function whose constants depend on the inputs: every entry may be meant."""
        values = tuple(value for value, _ in args)
        named = {name: value for name, (value, _) in kwargs.items()}
        return self.everything(primal_of(head[0], values, named), args, kwargs)

    def everything(self, out: Any, args: Any, kwargs: Any) -> Pair:
        """Return a value all of whose entries depend on everything that went in."""
        if not has_tangent_space(out) and not isinstance(out, float | int | np.ndarray | np.number):
            return out, None
        every = joined([dot for _, dot in (*args, *kwargs.values())])
        return out, over_leaves(out, None, lambda x, _: widened(self.zero(x), every))

    def generic_reverse(self, f: Any, head: Pair, args: Any, kwargs: Any, values: Any, named: Any) -> Pair:
        """Reverse code that decides at run time what it calls."""
        return self.everything(f(*values, **named), (head, *args), kwargs)

    def opaque(self, f: Any, args: Any, kwargs: Any, values: Any, named: Any) -> Pair:
        """A function without rule and source."""
        return self.everything(primal_of(f, values, named), args, kwargs)

    def by_table(self, f: Any, args: Any, kwargs: Any, values: Any, named: Any) -> Any:
        """What goes where by its value may go anywhere."""
        if f in (sorted, filter):
            value = list(f(*values, **named))
            return self.everything(value, args, kwargs)
        return super().by_table(f, args, kwargs, values, named)

    def by_rules(self, f: Any, args: Any, kwargs: Any, values: Any, named: Any) -> Any:
        """Elementwise, linear, bilinear, along an axis, or everything."""
        found = find_rule(f, values, named)
        dots = tuple(dot for _, dot in args)
        forward = list(forward_rules(f, values, named, dots, {n: dot for n, (_, dot) in kwargs.items()}))
        if found is None and not forward:
            return NotImplemented
        out = primal_of(f, values, named)
        numbers = all(isinstance(x, NUMBERS) for x, dot in (*args, *kwargs.values()) if dot is not None)
        if numbers and (any(rule.form == "scalar" for rule, _ in forward) or f in ELEMENTWISE):
            deps = self.elementwise(out, [*args, *kwargs.values()])
        elif f in REDUCTIONS:
            deps = self.reduction(f, out, args, kwargs)
        elif any(bound is None for _, bound in forward) or f in LINEAR and only_first(args, kwargs):
            deps = self.computed(f, out, args, kwargs)
        elif getattr(registry.series(f), "__name__", "") in ("product_series", "matmul_series"):
            deps = self.product(f, out, args, kwargs)
        else:
            deps = None
        return (out, deps) if deps is not None else self.everything(out, args, kwargs)

    def elementwise(self, out: Any, pairs: list[Pair]) -> Any:
        """Return the union of the arguments' sets, broadcast; None if that has another shape."""
        moving = [as_array(x, dot) for x, dot in pairs if dot is not None]
        total: Any = filled_with(NOTHING, np.shape(out))
        if any(np.broadcast_shapes(m.shape, total.shape) != total.shape for m in moving):
            return None
        for each in moving:
            total = unite(total, each)
        return fitted(total, out)

    def reduction(self, f: Any, out: Any, args: Any, kwargs: Any) -> Any:
        """Return the union along an axis; None if the call has another form."""
        (x, dot), *rest = args
        named = {name: value for name, (value, _) in kwargs.items()}
        given = {"axis": None, "keepdims": False, **named}
        if f is np.linalg.norm:
            given.pop("ord", None)
            rest = rest[1:]
        if rest:
            given["axis"] = rest[0][0]
        if dot is None or len(rest) > 1 or any(d is not None for _, d in (*args[1:], *kwargs.values())):
            return None
        if not given.keys() <= {"axis", "keepdims", "ddof"}:
            return None
        sets = as_array(x, dot)
        axes = range(sets.ndim) if given["axis"] is None else np.atleast_1d(given["axis"])
        for axis in sorted((int(a) % sets.ndim for a in axes), reverse=True):
            sets = np.asarray(unite.reduce(sets, axis=axis, keepdims=bool(given["keepdims"])), object)
        return fitted(sets, out)

    def computed(self, f: Any, out: Any, args: Any, kwargs: Any) -> Any:
        """Return what a linear function makes of the sets; None if it cannot."""
        (x, dot), *rest = args
        deps = self.filled(dot, x)
        try:
            made = primal_of(f, (deps, *(v for v, _ in rest)), {n: v for n, (v, _) in kwargs.items()})
            return over_leaves(out, made, lambda leaf, sets: fitted(np.asarray(sets, object), leaf))
        except (TypeError, ValueError, AttributeError, IndexError, Misfit):
            return None  # not for objects: everything depends on everything

    def product(self, f: Any, out: Any, args: Any, kwargs: Any) -> Any:
        """Return what a bilinear function makes of the sets: of each factor with the other's entries."""
        (x, x_dot), (y, y_dot), *rest = args
        constants = [value for value, _ in rest]
        named = {name: value for name, (value, _) in kwargs.items()}
        if any(dot is not None for _, dot in (*rest, *kwargs.values())):
            return None
        total: Any = filled_with(NOTHING, np.shape(out))
        try:
            if x_dot is not None:
                total = unite(total, as_deps(f(as_array(x, x_dot), entries(y, y_dot), *constants, **named)))
            if y_dot is not None:
                total = unite(total, as_deps(f(entries(x, x_dot), as_array(y, y_dot), *constants, **named)))
            return fitted(total, out)
        except (TypeError, ValueError, AttributeError, Misfit):
            return None  # not for objects: everything depends on everything


def only_first(args: Any, kwargs: Any) -> bool:
    """Whether nothing but the first argument moves."""
    return bool(args) and all(dot is None for _, dot in (*args[1:], *kwargs.values()))


def filled_with(deps: Deps, shape: tuple[int, ...]) -> Any:
    """Return an object array with the same set everywhere."""
    array = np.empty(shape, object)
    array[...] = deps
    return array


def as_array(x: Any, dot: Any) -> Any:
    """Return the sets of a number or array as an object array in its shape."""
    if isinstance(dot, np.ndarray):
        return dot
    return filled_with(NOTHING if dot is None else dot, np.shape(x))


def entries(x: Any, dot: Any) -> Any:
    """Return the entries of a factor: where it moves each may be anything, else zero or not."""
    return np.asarray(as_slots(x) if dot is None else filled_one(np.shape(x)), object)


def filled_one(shape: tuple[int, ...]) -> Any:
    """Return ones as objects."""
    return np.ones(shape, int).astype(object)


def fitted(sets: Any, out: Any) -> Any:
    """Return sets in the form of a value, an array for an array.

    Raises:
        Misfit: they have another shape.
    """
    if np.shape(sets) != np.shape(out):
        raise Misfit
    sets = as_deps(sets)
    if isinstance(out, np.ndarray):
        return np.asarray(sets, object) if not isinstance(sets, Deps) else filled_with(sets, ())
    return sets[()] if isinstance(sets, np.ndarray) else sets


def sets_in(dot: Any) -> Iterator[Deps]:
    """Yield the sets of anything."""
    if isinstance(dot, Deps):
        yield dot
    elif isinstance(dot, np.ndarray):
        yield from dot.ravel()
    elif isinstance(dot, tuple | list):
        for part in dot:
            yield from sets_in(part)
    elif isinstance(dot, dict):
        for part in dot.values():
            yield from sets_in(part)


def joined(dots: Any) -> Deps:
    """Return the union of all sets in some values."""
    every: set[int] = set()
    for leaf in sets_in(list(dots)):
        every |= leaf
    return Deps(every)


def widened(dot: Any, every: Deps, in_place: bool = False) -> Any:
    """Return sets of the same form that all hold some more indices; in place, so that views see it, too."""
    if isinstance(dot, Deps):
        return united(dot, every)
    if isinstance(dot, np.ndarray):
        wide = np.array(unite(dot, every), object).reshape(dot.shape)
        if in_place:
            dot[...] = wide
        return dot if in_place else wide
    if isinstance(dot, tuple | list):
        parts = [widened(part, every, in_place) for part in dot]
        if in_place and isinstance(dot, list):
            dot[:] = parts
            return dot
        return tuple(parts) if isinstance(dot, tuple) else parts
    if isinstance(dot, dict):
        named = {key: widened(part, every, in_place) for key, part in dot.items()}
        if in_place:
            dot.update(named)
        return dot if in_place else named
    return dot


__all__ = ["Deps", "Sparsity"]
