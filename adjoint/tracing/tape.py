"""Reverse mode with traced values: every step leaves its pullback on a tape.

The mark of a traced value is the number of its cotangent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from adjoint.rules.apply import has_tangent, scalar_bar
from adjoint.rules.containers import part
from adjoint.rules.errors import missing_rule
from adjoint.rules.indexing import accumulate_into, is_basic
from adjoint.rules.kinds import Opaque
from adjoint.rules.registry import Rule
from adjoint.rules.runtime import add, unbroadcast
from adjoint.rules.support import fit
from adjoint.runtime.dynamic import call, call_method
from adjoint.runtime.opaque import has_tangent_space
from adjoint.tracing.holding import gathered, leaves_of, taken_out, with_items
from adjoint.tracing.quick import FLOATS, operands, quick_rule
from adjoint.tracing.storing import attach, changed_array, memory_of_result, write
from adjoint.tracing.traced import Memory, Run, Traced, plain

Inputs = list[tuple[int, Any, tuple[Any, ...]]]
#: Marks of the result, pullback, and for each input its mark, argument and place in the argument.
Entry = tuple[Any, Any, Inputs]


class Tape(Opaque):
    """What one run has noted: all that its pullback reads."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.count = 0
        self.arguments: list[Any] = []
        self.result: Any = None

    def pullback(self, out_bar: Any) -> tuple[Any, ...]:
        """Return the cotangents of the arguments for one of the result."""
        bars: list[Any] = [None] * self.count
        owned: set[int] = set()
        for mark, bar in leaves_of(self.result, out_bar):
            bars[mark] = add(bars[mark], bar)
        for marks, pullback, inputs in reversed(self.entries):
            bar = bars[marks] if type(marks) is int else gathered(marks, bars.__getitem__)
            if bar is None:
                continue
            if type(pullback) in MOVING:
                pullback.move(bars, owned, inputs, marks)
                continue
            for mark, share in places_of(inputs, pullback(bar)):
                bars[mark] = add(bars[mark], share)
        return tuple(gathered(template, bars.__getitem__) for template in self.arguments)


def places_of(inputs: Inputs, result: Any) -> Iterator[tuple[int, Any]]:
    """Yield the marks of a step's inputs, each with its share in the result of the pullback."""
    _, args, kwargs = result
    for mark, place, path in inputs:
        share = args[place] if type(place) is int else kwargs.get(place)
        for key in path:
            share = part(share, key)
        if share is not None:
            yield mark, share


def is_buffer(bars: list[Any], owned: set[int], mark: int) -> bool:
    """Whether a cotangent may be written into: what was added to one of a 0-d array has made it a number."""
    return mark in owned and type(bars[mark]) is np.ndarray


class Item:
    """The pullback of ``x[key]`` of an array: it adds to one buffer, so that reading n items costs n."""

    __slots__ = ("dtype", "key", "shape")

    def __init__(self, x: Any, key: Any) -> None:
        self.key, self.shape, self.dtype = key, x.shape, x.dtype

    def move(self, bars: list[Any], owned: set[int], inputs: Inputs, out: int) -> None:
        """Add the cotangent of the item to that of the array."""
        mark, bar = inputs[0][0], bars[out]
        if not is_buffer(bars, owned, mark):
            before = bars[mark]
            bars[mark] = np.zeros(self.shape, self.dtype)
            if before is not None:
                bars[mark] += before
            owned.add(mark)
        accumulate_into(bars[mark], self.key, bar)


class Store:
    """The pullback of ``x[key] = value``: what was overwritten has no share in what came out."""

    __slots__ = ("key", "value")

    def __init__(self, key: Any, value: Any) -> None:
        self.key, self.value = key, value

    def move(self, bars: list[Any], owned: set[int], inputs: Inputs, mark: int) -> None:
        """Move the cotangent of the changed array to what the array was before and to the value."""
        bar = bars[mark] if is_buffer(bars, owned, mark) else np.array(bars[mark])
        share = np.array(bar[self.key])
        if not is_basic(self.key):
            share = np.where(written_last(bar.shape, self.key), share, 0.0)
        bar[self.key] = 0.0
        for before, place, _ in inputs:
            if place == 0:
                whole = before not in owned and bars[before] is None
                bars[before] = bar if whole else add(bars[before], bar)
                owned.add(before)
            else:
                fitted = fit(unbroadcast(share, self.value), self.value)
                bars[before] = add(bars[before], fitted)
        bars[mark] = None


def written_last(shape: tuple[int, ...], key: Any) -> Any:
    """Return for each entry of ``x[key]`` whether what is assigned to it stays: of repeated ones the last."""
    numbers = np.zeros(shape, int)
    order = np.arange(numbers[key].size).reshape(numbers[key].shape)
    numbers[key] = order
    return numbers[key] == order


class Elementwise:
    """The pullback of an elementwise function of floats."""

    __slots__ = ("out", "rule", "values")

    def __init__(self, rule: Rule, out: Any, values: list[Any]) -> None:
        self.rule, self.out, self.values = rule, out, values

    def move(self, bars: list[Any], owned: set[int], inputs: Inputs, out: int) -> None:
        """Add the products of the cotangent with the partial derivatives."""
        rule, values, bar = self.rule, self.values, bars[out]
        partials = rule.function(self.out, *values)
        partials = partials if len(values) > 1 else (partials,)
        strong = rule.singular or rule.selects
        for mark, place, _ in inputs:
            partial = partials[place]
            if not strong and type(partial) in FLOATS and type(bar) in FLOATS:
                share = bar * partial
            else:
                share = scalar_bar(bar, partial, values[place], strong)
            if share is not None:
                bars[mark] = share if bars[mark] is None else add(bars[mark], share)


MOVING = (Item, Store, Elementwise)


class ReverseRun(Run):
    """A run that keeps the pullback of every step."""

    def __init__(self) -> None:
        super().__init__()
        self.tape = Tape()

    def enter(self, value: Any, memory: Memory | None = None) -> Traced:
        """Return a number or array as a traced value."""
        mark = self.tape.count
        self.tape.count += 1
        if memory is None and isinstance(value, np.ndarray):
            memory = Memory(owned=False)
        return Traced(value, mark, self, memory)

    def write(self, x: Any, key: Any, value: Any) -> None:
        """Assign ``x[key] = value``."""
        found: list[Any] = []
        key = taken_out(key, found)
        write(x, key, as_array(value))

    def stored(self, x: Any, key: Any, value: Any, fresh: bool) -> Any:
        """Return what an array is after ``x[key] = value``; note it."""
        array = changed_array(x, key, value, fresh)
        inputs = [
            (each.traced_mark, place, ())
            for place, each in enumerate((x, value))
            if type(each) is Traced and each.traced_mark is not None
        ]
        if not inputs:
            return Traced(array, None, self, Memory(owned=True))
        result = self.enter(array, Memory(owned=True))
        self.note(result.traced_mark, Store(key, plain(value)), inputs)
        return result

    def note(self, marks: Any, pullback: Any, inputs: Inputs) -> None:
        """Put a step on the tape."""
        self.tape.entries.append((marks, pullback, inputs))

    def step(self, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``f(*args, **kwargs)`` and keep its pullback."""
        if len(args) < 3 and not kwargs:
            result = self.quick(f, args)
            if result is not NotImplemented:
                return result
        values, named, inputs = self.operands(args, kwargs)
        if not inputs:
            return self.inactive(f, args, f(*values, **named))
        value, pullback = call(f, *values, **named)
        item = inputs[0][1:] == (0, ()) and len(inputs) == 1 and is_item(f, values)
        return self.keep(f, args, value, Item(*values) if item else pullback, inputs)

    def quick(self, f: Any, args: tuple[Any, ...]) -> Any:
        """Compute an elementwise function of floats; ``NotImplemented`` for anything else."""
        rule = quick_rule(f, len(args))
        found = None if rule is None else operands(args)
        if rule is None or found is None:
            return NotImplemented
        values, inputs = found
        out = f(*values)
        if not inputs or type(out) not in FLOATS:
            return out if not inputs else NotImplemented
        return self.elementwise(rule, out, values, inputs)

    def elementwise(self, rule: Rule, out: Any, values: list[Any], inputs: Any) -> Traced:
        """Note an elementwise function of floats."""
        mark = self.tape.count
        self.tape.count += 1
        self.tape.entries.append((mark, Elementwise(rule, out, values), inputs))
        return Traced(out, mark, self)

    def inactive(self, f: Any, args: Any, value: Any) -> Any:
        """Return the result of a step that no active value went into: arrays can still be written into."""
        if type(value) is not np.ndarray or value.dtype.kind not in "fc":
            return value
        result = Traced(value, None, self, memory_of_result(f, args, value))
        attach(result, args)
        return result

    def step_method(self, base: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``base.name(*args, **kwargs)`` and keep its pullback."""
        (x, *values), named, inputs = self.operands((base, *args), kwargs)
        if not inputs:
            return self.inactive(name, (base, *args), getattr(x, name)(*values, **named))
        value, pullback = call_method(x, name, *values, **named)
        return self.keep(getattr(type(x), name, name), (base, *args), value, pullback, inputs)

    def operands(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], Any, Inputs]:
        """Return arguments without traced values, and where those were."""
        inputs: Inputs = []
        values = []
        for place, arg in enumerate(args):
            if type(arg) is Traced:
                if arg.traced_mark is not None:
                    inputs.append((arg.traced_mark, place, ()))
                if arg.traced_memory is not None:
                    arg.traced_memory.exposed = True
                values.append(arg.traced_value)
            else:
                values.append(self.without(arg, place, inputs))
        named = {name: self.without(arg, name, inputs) for name, arg in kwargs.items()}
        return values, named, inputs

    def without(self, arg: Any, place: Any, inputs: Inputs) -> Any:
        """Return an argument without traced values."""
        found: list[tuple[Any, tuple[Any, ...]]] = []
        value = taken_out(arg, found)
        for traced, path in found:
            if traced.traced_mark is not None:
                inputs.append((traced.traced_mark, place, path))
            if traced.traced_memory is not None:
                traced.traced_memory.exposed = True
        return value

    def keep(self, f: Any, args: Any, value: Any, pullback: Any, inputs: Inputs) -> Any:
        """Return the result of a step with traced values in it."""
        if not has_tangent_space(value):
            return value
        result, marks = self.raised(f, args, value)
        self.note(marks, pullback, inputs)
        return result

    def raised(self, f: Any, args: Any, value: Any) -> tuple[Any, Any]:
        """Return a result with its numbers and arrays traced, and its template."""
        if has_tangent(value):
            traced = self.enter(value, memory_of_result(f, args, value))
            if traced.traced_memory is not None and not traced.traced_memory.owned:
                attach(traced, args)
            return traced, traced.traced_mark
        if isinstance(value, tuple | list):
            pairs = [self.raised(f, args, item) for item in value]
            items = [item for item, _ in pairs]
            made = type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
            return made, type(value)(marks for _, marks in pairs) if type(value) in (tuple, list) else tuple(
                marks for _, marks in pairs
            )
        if isinstance(value, dict):
            entries = {key: self.raised(f, args, item) for key, item in value.items()}
            made = with_items(value, {k: item for k, (item, _) in entries.items()})
            return made, {k: m for k, (_, m) in entries.items()}
        if has_tangent_space(value):
            raise missing_rule(f)
        return value, None


def as_array(value: Any) -> Any:
    """Return what is assigned to items: a list that holds traced values becomes an array."""
    if type(value) is Traced or not isinstance(value, list | tuple):
        return value
    found: list[Any] = []
    taken_out(value, found)
    return found[0][0].traced_run.step(np.array, (value,), {}) if found else value


def is_item(f: Any, values: list[Any]) -> bool:
    """Whether a step reads an item of an array."""
    return getattr(f, "__name__", "") == "getitem" and type(values[0]) is np.ndarray


__all__ = ["ReverseRun", "Tape"]
