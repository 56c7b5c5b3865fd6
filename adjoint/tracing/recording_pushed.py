"""Derivatives of functions that run with traced values: pushed are the run and the tape, in any directions.

``record`` and ``pull`` are pushed together as any primal and its pullback: the value moves, and so does
what is on the tape.  ``pushed`` is pushed with one direction more, inside of the others.  A traced value has
a tower of derivatives (:mod:`adjoint.runtime.towers`); steps are calls of functions on towers.
"""

from __future__ import annotations

import copy
import functools
from typing import Any

from adjoint.compiling.compiler import runtime
from adjoint.rules.forward import filled
from adjoint.rules.kinds import Opaque
from adjoint.rules.runtime import add
from adjoint.runtime.linear import linear
from adjoint.runtime.moving import moves_towers
from adjoint.runtime.pushing_calls import push_call, push_call_method
from adjoint.runtime.pushing_pushes import Lifted
from adjoint.runtime.towers import (
    Tower,
    algebra_of,
    assembled,
    flat,
    grounded,
    height_of,
    still,
    summed,
    value_of,
)
from adjoint.tracing.holding import gathered, leaves_of, put_in
from adjoint.tracing.recording import Copies, finished, pull, pushed, record
from adjoint.tracing.tape import Item, Store, Tape, is_item, places_of
from adjoint.tracing.towers import TowerRun
from adjoint.tracing.traced import Traced, plain


class Share(Opaque):
    """One derivative of a tape: its number among those of every pullback on it."""

    def __init__(self, place: int) -> None:
        self.place = place


class TowerTape(Tape):
    """A tape whose pullbacks move: each is a list of the pullback and its derivatives."""

    def pullback(self, out_bar: Any) -> tuple[Any, ...]:
        """Return the cotangents of the arguments where nothing moves."""
        still = copy.copy(self)
        still.entries = [(m, p[0] if type(p) is list else p, inputs) for m, p, inputs in self.entries]
        return Tape.pullback(still, out_bar)

    def share(self, place: int) -> Share | None:
        """Return what stands for one of the derivatives of the tape; None if nothing on it moves that way."""
        moves = any(type(p) is list and p[place] is not None for _, p, _ in self.entries)
        return Share(place) if moves else None

    def pulled(self, push: Any, own: Tower, out_bar: Tower) -> Any:
        """Return the cotangents of the arguments and their derivatives.

        ``own`` is the tower of the tape: it says which of the derivatives on it belong to which direction.
        """
        sweep = Sweep(self, push, [share and share.place for share in flat(own, height_of(push))[1:]])
        for m, part in enumerate(flat(out_bar, sweep.height)):
            for mark, share in leaves_of(self.result, part):
                parts = [share if k == m else None for k in range(2**sweep.height)]
                sweep.add(mark, parts)
        for entry in reversed(self.entries):
            sweep.step(*entry)
        parts = [tuple(gathered(t, bars.__getitem__) for t in self.arguments) for bars in sweep.bars]
        return assembled([parts[0], *map(or_none, parts[1:])])


class Sweep:
    """The cotangents of all marks, and their derivatives, while a tape is pulled."""

    def __init__(self, tape: Tape, push: Any, shares: list[int | None]) -> None:
        self.push, self.height, self.shares = push, height_of(push), shares
        size = 2**self.height
        self.bars: list[list[Any]] = [[None] * tape.count for _ in range(size)]
        self.owned: list[set[int]] = [set() for _ in range(size)]

    def add(self, mark: int, parts: list[Any]) -> None:
        """Add a cotangent and its derivatives to those of a mark."""
        if algebra_of(self.push) is None:
            found = [add(bars[mark], part) for bars, part in zip(self.bars, parts, strict=True)]
        else:
            before, more = assembled([bars[mark] for bars in self.bars]), assembled(parts)
            found = flat(summed(self.push, before, more), self.height)
        for bars, part in zip(self.bars, found, strict=True):
            bars[mark] = part

    def step(self, marks: Any, pullback: Any, inputs: Any) -> None:
        """Undo one step."""
        parts = [gathered(marks, bars.__getitem__) for bars in self.bars]
        if type(pullback) in (Item, Store):
            for bars, mine, part in zip(self.bars, self.owned, parts, strict=True):
                if part is not None:
                    pullback.move(bars, mine, inputs, marks)
            return
        if all(part is None for part in parts):
            return
        own = assembled([pullback[0], *(None if m is None else pullback[m] for m in self.shares)])
        result = flat(self.push(own, grounded(assembled(parts), self.height)), self.height)
        moved: dict[tuple[int, int], list[Any]] = {}
        for m, part in enumerate(result):
            for k, (mark, share) in enumerate([] if part is None else all_places(inputs, part)):
                moved.setdefault((k, mark), [None] * len(result))[m] = share
        for (_, mark), shares in moved.items():
            if any(share is not None for share in shares):
                self.add(mark, shares)


def all_places(inputs: Any, result: Any) -> list[tuple[int, Any]]:
    """Return the mark of every input with its share, None included."""
    found = []
    for each in inputs:
        share = next((share for _, share in places_of([each], result)), None)
        found.append((each[0], share))
    return found


class TowerReverseRun(TowerRun):
    """A run that keeps the pullback of every step and pushes it."""

    tape: TowerTape

    def __init__(self, push: Any) -> None:
        super().__init__(push)
        self.tape = TowerTape()

    def step(self, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``f(*args, **kwargs)``, its derivatives and its pushed pullback."""
        towers, named, inputs = self.given(args, kwargs)
        head = still(f, self.height)
        reads = bool(inputs) and inputs[0][1:] == (0, ()) and len(inputs) == 1
        if reads and is_item(f, [value_of(t, self.height) for t in towers]) and self.algebra is None:
            x, key = (value_of(t, self.height) for t in towers)
            parts = flat(self.push(head, *towers, **named), self.height)
            return self.noted(f, args, parts, Item(x, key), inputs)
        return self.called(f, args, push_call(self.push, head, *towers, **named), inputs)

    def step_method(self, base: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``base.name(*args, **kwargs)``."""
        (receiver, *towers), named, inputs = self.given((base, *args), kwargs)
        result = push_call_method(self.push, receiver, still(name, self.height), *towers, **named)
        return self.called(name, (base, *args), result, inputs)

    def called(self, f: Any, args: Any, result: Tower, inputs: Any) -> Any:
        """Return the result of a step, given value and pullback and their derivatives."""
        pairs = [(None, None) if pair is None else pair for pair in flat(result, self.height)]
        return self.noted(f, args, [y for y, _ in pairs], [pullback for _, pullback in pairs], inputs)

    def noted(self, f: Any, args: Any, parts: list[Any], pullback: Any, inputs: Any) -> Any:
        """Return the result of a step with traced values in it; put its pullback on the tape."""
        if not inputs:
            return self.inactive(f, args, parts[0])
        before = self.tape.count
        result, marks = self.raised(f, args, parts[0])
        if self.tape.count > before:
            self.set_towers(marks, parts)
            self.note(marks, pullback, inputs)
        return result

    def stored(self, x: Any, key: Any, value: Any, fresh: bool) -> Any:
        """Return what an array is after ``x[key] = value``; note it, and store the derivatives as well."""
        result = super().stored(x, key, value, fresh)
        inputs = [
            (each.traced_mark, place, ())
            for place, each in enumerate((x, value))
            if type(each) is Traced and each.traced_mark is not None
        ]
        if inputs:
            self.note(result.traced_mark, Store(key, plain(value)), inputs)
        return result


class TowerForwardRun(TowerRun):
    """A run that pushes every step."""

    def step(self, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``f(*args, **kwargs)`` and its derivatives."""
        towers, named, _ = self.given(args, kwargs)
        return self.kept(f, args, self.push(still(f, self.height), *towers, **named))

    def step_method(self, base: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``base.name(*args, **kwargs)`` and its derivatives."""
        (receiver, *towers), named, _ = self.given((base, *args), kwargs)
        call = self.push.method if isinstance(self.push, Lifted) else self.algebra.push_method
        return self.kept(name, (base, *args), call(receiver, name, *towers, **named))

    def kept(self, f: Any, args: Any, result: Tower) -> Any:
        """Return the result of a step with traced values in it."""
        parts = flat(result, self.height)
        if all(part is None for part in parts[1:]):
            return self.inactive(f, args, parts[0])
        made, marks = self.raised(f, args, parts[0])
        self.set_towers(marks, parts)
        return made


def run_towers(run: TowerRun, function: Any, active: dict[str, Any], others: Any, parts: Any) -> Any:
    """Run a rewritten function on towers; return its value and template, and the templates of its arguments.

    ``parts(name)`` gives the derivatives of an argument, all but the value.
    """
    copies: Copies = []
    entered, templates = {}, []
    for name, value in active.items():
        entered[name], template = put_in(value, run.enter, copies)
        templates.append(template)
        run.set_towers(template, [None, *parts(name)])
    return *finished(function, run, entered, others, copies), templates


@moves_towers(record)
def push_record(push: Any, function: Tower, active: Tower, others: Tower) -> Any:
    """``record(function, active, others)``: value and tape, and the derivatives of both."""
    h = height_of(push)
    run = TowerReverseRun(push)
    dots = flat(active, h)[1:]

    def parts(name: str) -> list[Any]:
        return [None if each is None else each.get(name) for each in dots]

    given = value_of(active, h), value_of(others, h)
    value, run.tape.result, run.tape.arguments = run_towers(run, value_of(function, h), *given, parts)
    moved = [(run.part(run.tape.result, m), run.tape.share(m)) for m in range(1, 2**h)]
    return assembled(
        [(value, run.tape), *(None if pair[0] is None and pair[1] is None else pair for pair in moved)]
    )


@moves_towers(pull)
def push_pull(push: Any, tape: Tower, out_bar: Tower) -> Any:
    """``pull(tape, out_bar)``: the cotangents and their derivatives."""
    h = height_of(push)
    value = value_of(tape, h)
    if not isinstance(value, TowerTape):
        return linear(push, functools.partial(pull, value), out_bar)
    result = flat(value.pulled(push, tape, out_bar), h)
    single = len(result[0]) == 1
    return assembled([bars[0] if single and bars is not None else bars for bars in result])


@moves_towers(pushed)
def push_pushed(push: Any, function: Tower, dots: Tower, active: Tower, others: Tower) -> Any:
    """``pushed(function, dots, active, others)``: value and tangent, and the derivatives of both."""
    h = height_of(push)
    run = TowerForwardRun(Lifted(push))
    values, rows, inner = value_of(active, h), flat(active, h), flat(dots, h)

    def parts(name: str) -> list[Any]:
        first = filled(inner[0][name], values[name])
        pairs = [(part_of(x, name), part_of(dot, name)) for x, dot in zip(rows, inner, strict=True)]
        return [first, *(each for pair in pairs[1:] for each in pair)]

    value, template, _ = run_towers(run, value_of(function, h), values, value_of(others, h), parts)
    found = [None, *(run.part(template, m) for m in range(1, 2 ** (h + 1)))]
    pairs = [(found[2 * m], found[2 * m + 1]) for m in range(1, 2**h)]
    return assembled([(value, found[1]), *map(or_none, pairs)])


def or_none(parts: Any) -> Any:
    """Return some derivatives; None if there are none."""
    return None if all(part is None for part in parts) else parts


def part_of(parts: Any, name: str) -> Any:
    """Return the part of a dict that may be missing."""
    return None if parts is None else parts.get(name)


def carried(algebra: Any, function: Any, dots: dict[str, Any], active: Any, others: Any) -> Any:
    """Run a rewritten function; return its value and what an algebra carries beside it.

    Args:
        algebra: what carries it.
        function: the rewritten function.
        dots: what travels beside the arguments, by name.
        active: these arguments.
        others: the other arguments.
    """
    run = TowerForwardRun(algebra.push)
    value, template, _ = run_towers(
        run, function, active, others, lambda name: [algebra.filled(dots[name], active[name])]
    )
    return value, algebra.filled(run.part(template, 1), value)


vars(carried)["__adjoint_dynamic__"] = True
runtime.carried = carried

__all__ = ["TowerTape"]
