"""Linear maps by recording what a pushforward does to its tangents, so that it can be done again alone.

Reference: Frostig, Johnson, Maclaurin, Paszke & Radul, "Decomposing reverse-mode automatic
differentiation" (2021): linearisation is forward mode with everything but the tangents evaluated.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adjoint.rules.boxes import Box, Unboxable, map_boxes, stores_into


@dataclass(frozen=True)
class Slot:
    """The place of a tangent on a tape."""

    place: int


@dataclass
class Step:
    """One operation: a function of slots and constants, where its results go, and what nobody reads later."""

    function: Any
    args: Any
    kwargs: Any
    results: Any
    done: list[int] = field(default_factory=list)


class Tape:
    """The operations that lead from the tangents of some arguments to the tangent of the value.

    >>> tape = Tape()
    >>> x_dot = tape.variable(np.zeros(2))
    >>> tape.finish(np.array([3.0, 4.0]) * x_dot + x_dot[0])
    >>> tape.play([np.array([1.0, 10.0])])
    array([ 4., 41.])
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.inputs = 0
        self.size = 0
        self.result: Any = None

    def variable(self, zero: Any) -> Recorder:
        """Return the tangent of one argument, of the form of ``zero``; before anything is recorded."""
        self.inputs += 1
        return self.fresh(zero)

    def fresh(self, value: Any) -> Recorder:
        """Return a recorder in a new slot."""
        self.size += 1
        return Recorder(self, self.size - 1, value)

    def owned(self, x_dot: Any) -> Recorder:
        """Return a plain tangent as one that may be changed in place; each run makes it anew."""
        made = self.record(np.array, (np.array(x_dot),), {})
        assert isinstance(made, Recorder)
        return made

    def record(self, function: Any, args: Any, kwargs: Any) -> Any:
        """Apply a function, and note that it was."""
        if stores_into(function, args, kwargs):
            raise Unboxable("a tangent would be stored in a plain array")
        with np.errstate(all="ignore"):  # the tangents at hand are zeros, and partials may be infinite
            value = function(*map_boxes(held, args), **map_boxes(held, kwargs))
        results = self.boxed(value)
        slots = map_boxes(lambda box: Slot(box.place), results)
        self.steps.append(Step(function, frozen(args), frozen(kwargs), slots))
        return results

    def boxed(self, value: Any) -> Any:
        """Return recorders for the numbers and arrays in a result."""
        if isinstance(value, tuple | list):
            items = [self.boxed(item) for item in value]
            return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
        if isinstance(value, dict):
            return {key: self.boxed(item) for key, item in value.items()}
        if value is None or isinstance(value, str | type | np.dtype):
            return value
        if isinstance(value, np.ndarray | np.generic | float | complex | int):
            return self.fresh(value)
        raise Unboxable(f"a result of type {type(value).__name__}")

    def finish(self, result: Any) -> None:
        """Note the tangent of the value; find out where each slot is read for the last time."""
        self.result = frozen(result)
        kept = set(slots_in(self.result))
        last: dict[int, Step] = {}
        for step in self.steps:
            for place in (*slots_in((step.args, step.kwargs)), *slots_in(step.results)):
                last[place] = step
        for place, step in last.items():
            if place not in kept and place >= self.inputs:
                step.done.append(place)

    def play(self, inputs: list[Any]) -> Any:
        """Return the tangent of the value for tangents of the arguments."""
        known: dict[int, Any] = dict(enumerate(inputs))
        for step in self.steps:
            value = step.function(*filled_in(step.args, known), **filled_in(step.kwargs, known))
            put(step.results, value, known)
            for place in step.done:
                known.pop(place, None)
        return filled_in(self.result, known)


class Recorder(Box):
    """A tangent whose operations are recorded; ``value`` is one of its form."""

    __slots__ = ("place", "tape", "value")

    def __init__(self, tape: Tape, place: int, value: Any) -> None:
        self.tape, self.place, self.value = tape, place, value

    @property
    def sample(self) -> Any:
        """A tangent of the same form."""
        return self.value

    def apply(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Record a function."""
        return self.tape.record(function, args, kwargs)

    def changed(self, function: Any, other: Any) -> Recorder:
        """Record a change in place; numbers cannot be changed."""
        if not self.ndim:
            raise Unboxable("a number cannot be changed in place")
        self.tape.record(function, (self, other), {})
        return self

    def __iadd__(self, other: Any) -> Recorder:
        """Add in place."""
        return self.changed(operator.iadd, other)

    def __isub__(self, other: Any) -> Recorder:
        """Subtract in place."""
        return self.changed(operator.isub, other)

    def __imul__(self, other: Any) -> Recorder:
        """Multiply in place."""
        return self.changed(operator.imul, other)

    def __itruediv__(self, other: Any) -> Recorder:
        """Divide in place."""
        return self.changed(operator.itruediv, other)


def held(box: Any) -> Any:
    """Return what a recorder holds."""
    return box.value


def frozen(tree: Any) -> Any:
    """Return operands with slots for recorders and copies of arrays, which may be changed later on."""
    if isinstance(tree, Recorder):
        return Slot(tree.place)
    if isinstance(tree, np.ndarray):
        return tree.copy()
    if isinstance(tree, tuple):
        items = [frozen(item) for item in tree]
        return type(tree)(*items) if hasattr(tree, "_fields") else tuple(items)
    if isinstance(tree, list):
        return [frozen(item) for item in tree]
    return {key: frozen(item) for key, item in tree.items()} if isinstance(tree, dict) else tree


def filled_in(tree: Any, known: dict[int, Any]) -> Any:
    """Return operands with values in the place of slots."""
    if isinstance(tree, Slot):
        return known[tree.place]
    if isinstance(tree, tuple):
        items = [filled_in(item, known) for item in tree]
        return type(tree)(*items) if hasattr(tree, "_fields") else tuple(items)
    if isinstance(tree, list):
        return [filled_in(item, known) for item in tree]
    return {key: filled_in(item, known) for key, item in tree.items()} if isinstance(tree, dict) else tree


def put(places: Any, value: Any, known: dict[int, Any]) -> None:
    """Note a result under its slots."""
    if isinstance(places, Slot):
        known[places.place] = value
    elif isinstance(places, tuple | list):
        for place, item in zip(places, value, strict=True):
            put(place, item, known)
    elif isinstance(places, dict):
        for key, place in places.items():
            put(place, value[key], known)


def slots_in(tree: Any) -> list[int]:
    """Return the places of all slots in a tree."""
    if isinstance(tree, Slot):
        return [tree.place]
    items = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, tuple | list) else ()
    return [place for item in items for place in slots_in(item)]


__all__ = ["Recorder", "Tape"]
