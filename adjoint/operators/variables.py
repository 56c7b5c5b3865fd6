"""The variables of a Jacobian: the arguments that ``wrt`` names, as one vector of numbers, and back.

Every differentiable number of the arguments has a place in that vector, leaf after leaf.  A block of a
Jacobian belongs to a leaf of the value and a leaf of the arguments; blocks are nested as the two are.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.api import specializer_of
from adjoint.compiling.leaves import Path, child_at, children, is_differentiable, rebuild
from adjoint.compiling.specialize import Specializer, as_real, is_integer, refuse_untouchable, untouchable
from adjoint.compiling.target import bind, slots, target_of, value_at
from adjoint.rules.directions import Directions
from adjoint.rules.errors import ArgumentError
from adjoint.rules.tangents import Tangent


@dataclass(frozen=True)
class Leaf:
    """A differentiable number or array inside a value, and where its entries stand among all of them."""

    path: Path
    value: Any
    start: int

    @functools.cached_property
    def size(self) -> int:
        """The number of entries."""
        return int(np.size(self.value))

    @functools.cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape."""
        return np.shape(self.value)

    @functools.cached_property
    def dtype(self) -> Any:
        """The dtype."""
        return np.asarray(self.value).dtype

    @property
    def stop(self) -> int:
        """The place behind the last entry."""
        return self.start + self.size


def leaves_of(tree: Any) -> list[Leaf]:
    """Return the differentiable leaves of a value.

    >>> [(leaf.path, leaf.start, leaf.stop) for leaf in leaves_of({'w': np.ones(3), 'n': 2, 'b': 1.0})]
    [(('w',), 0, 3), (('b',), 3, 4)]
    """
    found: list[Leaf] = []
    for path, value in walk(tree, ()):
        found.append(Leaf(path, value, found[-1].stop if found else 0))
    return found


def walk(tree: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Yield the differentiable leaves of a tree and their paths."""
    pairs = None if isinstance(tree, np.ndarray | np.generic) else children(tree)
    if pairs is None:
        if is_differentiable(tree):
            yield path, tree
        return
    for key, child in pairs:
        yield from walk(child, (*path, key))


def total(leaves: list[Leaf]) -> int:
    """Return the number of entries of all leaves."""
    return leaves[-1].stop if leaves else 0


@dataclass
class Variables:
    """What a call is differentiated by.

    ``values`` holds the arguments that ``wrt`` names, integers as real numbers; a leaf's path begins with
    the position of its argument in it.
    """

    specializer: Specializer
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    values: tuple[Any, ...]
    single: bool

    @functools.cached_property
    def leaves(self) -> list[Leaf]:
        """The differentiable leaves."""
        return leaves_of(self.values)

    @property
    def size(self) -> int:
        """How many numbers there are to differentiate by."""
        return total(self.leaves)

    @property
    def key(self) -> Any:
        """What the shapes of the results may depend on, as far as it can be seen cheaply."""
        return tuple((leaf.path, leaf.shape, leaf.dtype) for leaf in self.leaves)

    def nested(self, make: Callable[[Leaf], Any]) -> Any:
        """Return something for every leaf, nested as the arguments are; without tuple for a single one."""
        made = nested(self.values, self.leaves, make)
        return made[0] if self.single else made


def variables(
    f: Any, wrt: Any, args: tuple[Any, ...], kwargs: dict[str, Any], known: Specializer | None = None
) -> Variables:
    """Return the variables of a call; ``known`` holds what was compiled for it before.

    Raises:
        ArgumentError: ADJ303 or ADJ304, an argument cannot be differentiated or ``wrt`` names none.
    """
    specializer = specializer_of(f, wrt) if known is None else known
    values = at_positions(wrt, args)
    if values is None:
        target = target_of(f)
        bound = bind(target, args, kwargs)
        values = []
        for place in slots(target, bound, wrt):
            value = value_at(bound, place, target.signature)
            refuse_untouchable(specializer.f, value, place)
            values.append(value)
    reals = tuple(as_real(value) if is_integer(value) else value for value in values)
    return Variables(specializer, args, kwargs, reals, not isinstance(wrt, tuple))


def at_positions(wrt: Any, args: tuple[Any, ...]) -> list[Any] | None:
    """Return the arguments that ``wrt`` names by plain indices; None if it names others, or other things."""
    indices = wrt if isinstance(wrt, tuple) else (wrt,)
    plain = indices and all(type(i) is int and 0 <= i < len(args) for i in indices)
    if not plain or len(set(indices)) < len(indices) or any(untouchable(args[i]) for i in indices):
        return None
    return [args[i] for i in indices]


def nested(tree: Any, leaves: list[Leaf], make: Callable[[Leaf], Any]) -> Any:
    """Return a tree of the same form with something else for every differentiable leaf, None for others.

    An object of a class that is no dataclass becomes a `Tangent`.
    """
    known = {leaf.path: leaf for leaf in leaves}

    def at(part: Any, path: Path) -> Any:
        if path in known:
            return make(known[path])
        pairs = None if isinstance(part, np.ndarray | np.generic) else children(part)
        if pairs is None:
            return None
        items = [at(child, (*path, key)) for key, child in pairs]
        if isinstance(part, dict | tuple | list):
            return rebuild(part, items)
        if hasattr(type(part), "__dataclass_fields__"):
            made = copy.copy(part)
            for (name, _), item in zip(pairs, items, strict=True):
                object.__setattr__(made, name, item)
            return made
        return Tangent(type(part), dict(zip([name for name, _ in pairs], items, strict=True)))

    return at(tree, ())


# --- directions -----------------------------------------------------------------------------------
def unit_directions(leaf: Leaf, start: int, stop: int, unit: complex = 1.0) -> Directions | None:
    """Return unit directions number ``start`` to ``stop`` as far as they concern a leaf.

    >>> unit_directions(Leaf((), np.zeros(3), 0), 1, 3).lanes
    array([[0., 1., 0.],
           [0., 0., 1.]])
    """
    first, last = max(start, leaf.start), min(stop, leaf.stop)
    if first >= last:
        return None
    lanes = np.zeros((stop - start, leaf.size), leaf.dtype)
    lanes[np.arange(first - start, last - start), np.arange(first - leaf.start, last - leaf.start)] = (
        unit if leaf.dtype.kind == "c" else 1.0
    )
    plain = (first, last) == (start, stop) and unit == 1.0 and len(leaf.shape) == 1
    return Directions(lanes.reshape((stop - start, *leaf.shape)), first - leaf.start if plain else None)


def tangent_tree(tree: Any, known: dict[Path, Any], path: Path = ()) -> Any:
    """Return tangents of some leaves as generated code holds them: dicts of fields for objects."""
    if path in known:
        return known[path]
    if not any(place[: len(path)] == path for place in known):
        return None
    items = {key: tangent_tree(child, known, (*path, key)) for key, child in children(tree) or []}
    if isinstance(tree, tuple | list):
        return list(items.values()) if isinstance(tree, list) else tuple(items.values())
    return items


def lanes_at(tree: Any, leaf: Leaf, count: int) -> Any:
    """Return the directions of a leaf of the value, one row for each; zeros where it does not move."""
    for key in leaf.path:
        tree = child_at(tree, key)
    if tree is None:
        return np.zeros((count, leaf.size))
    if not isinstance(tree, Directions):
        return np.broadcast_to(np.broadcast_to(tree, leaf.shape).reshape(leaf.size), (count, leaf.size))
    lanes = tree.lanes
    if lanes.shape[1:] != leaf.shape:
        lanes = np.broadcast_to(lanes.reshape(count, *(1,) * (len(leaf.shape) - tree.ndim), *tree.shape),
                                (count, *leaf.shape))  # fmt: skip
    return lanes.reshape(count, leaf.size)


def no_entries(what: str, function: str) -> ArgumentError:
    """Return the error for a value without any real or complex number in it."""
    return ArgumentError(
        "ADJ303",
        title=f"{what} holds no real or complex number, so there is no {function}",
        why="a derivative has one entry for each pair of floating-point numbers.",
        fixes=("return a float, an array of floats or a container of them", "use adjoint.jvp or adjoint.vjp"),
    )


__all__ = ["Leaf", "Variables", "lanes_at", "leaves_of", "nested", "tangent_tree", "total", "variables"]
