"""Second derivatives through functions that run with traced values: pushed are the run and the tape.

``record`` and ``pull`` are pushed together as any primal and its pullback: the value moves, and so does
what is on the tape.  ``pushed`` is pushed with two tangents for every traced value and one for both.
"""

from __future__ import annotations

import functools
from typing import Any

from adjoint.rules.forward import filled
from adjoint.rules.runtime import add, zeros_like
from adjoint.runtime.algebra import unsupported
from adjoint.runtime.moving import MOVING
from adjoint.runtime.pushing import push
from adjoint.runtime.pushing_calls import push_call, push_call_method
from adjoint.runtime.pushing_pushes import push_push, push_push_method
from adjoint.runtime.towers import algebra_of, flat
from adjoint.tracing.duals import ForwardRun, formed
from adjoint.tracing.holding import gathered, leaves_of, put_in
from adjoint.tracing.recording import Copies, finished, pull, pushed, record
from adjoint.tracing.storing import changed_array
from adjoint.tracing.tape import Item, Store, Tape, is_item, places_of
from adjoint.tracing.traced import Traced, plain

Pair = tuple[Any, Any]


class PushedTape(Tape):
    """A tape whose pullbacks move: beside each stands its tangent."""

    def pushed(self, out_bar: Any, out_bar_dot: Any) -> Pair:
        """Return the cotangents of the arguments, and their tangents."""
        both: tuple[list[Any], list[Any]] = [None] * self.count, [None] * self.count
        owned: tuple[set[int], set[int]] = set(), set()
        for bars, bar in zip(both, (out_bar, out_bar_dot), strict=True):
            for mark, share in leaves_of(self.result, bar):
                bars[mark] = add(bars[mark], share)
        for marks, (pullback, pullback_dot), inputs in reversed(self.entries):
            bar, bar_dot = (gathered(marks, bars.__getitem__) for bars in both)
            if type(pullback) in (Item, Store):
                for bars, mine, share in zip(both, owned, (bar, bar_dot), strict=True):
                    if share is not None:
                        pullback.move(bars, mine, inputs, marks)
            elif bar is not None or bar_dot is not None:
                bar = zeros_like(bar_dot) if bar is None else bar
                shares, moved = push((pullback, pullback_dot), (bar, bar_dot))
                for bars, result in zip(both, (shares, moved), strict=True):
                    if result is not None:
                        for mark, share in places_of(inputs, result):
                            bars[mark] = add(bars[mark], share)
        first, second = (
            tuple(gathered(template, bars.__getitem__) for template in self.arguments) for bars in both
        )
        return first, second


class PushedReverseRun(ForwardRun):
    """A run that keeps the pullback of every step and pushes it."""

    def __init__(self) -> None:
        super().__init__()
        self.tape = PushedTape()

    def step(self, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``f(*args, **kwargs)``, its tangent and its pushed pullback."""
        values, _, inputs = self.operands(args, kwargs)
        pairs, named = self.pairs(args, kwargs)
        if inputs and inputs[0][1:] == (0, ()) and len(inputs) == 1 and is_item(f, values):
            value, dot = push((f, None), *pairs, **named)
            return self.noted(f, args, (value, Item(*values)), (dot, None), inputs)
        pair, dots = push_call(push, (f, None), *pairs, **named)
        return self.noted(f, args, pair, dots, inputs)

    def step_method(self, base: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``base.name(*args, **kwargs)``."""
        inputs = self.operands((base, *args), kwargs)[2]
        (receiver, *pairs), named = self.pairs((base, *args), kwargs)
        pair, dots = push_call_method(push, receiver, (name, None), *pairs, **named)
        return self.noted(name, (base, *args), pair, dots, inputs)

    def noted(self, f: Any, args: Any, pair: Pair, dots: Any, inputs: Any) -> Any:
        """Return the result of a step with traced values in it; put its pullback on the tape."""
        if not inputs:
            return self.inactive(f, args, pair[0])
        dot, pullback_dot = (None, None) if dots is None else dots
        before = self.tape.count
        result, marks = self.raised(f, args, pair[0])
        if self.tape.count > before:
            self.set_tangents(marks, dot)
            self.note(marks, (pair[1], pullback_dot), inputs)
        return result

    def stored(self, x: Any, key: Any, value: Any, fresh: bool) -> Any:
        """Return what an array is after ``x[key] = value``; note it, and store the tangent as well."""
        result = super().stored(x, key, value, fresh)
        inputs = [
            (each.traced_mark, place, ())
            for place, each in enumerate((x, value))
            if type(each) is Traced and each.traced_mark is not None
        ]
        if not inputs:
            return result
        result = (
            result
            if result.traced_mark is not None
            else self.enter(result.traced_value, result.traced_memory)
        )
        self.note(result.traced_mark, (Store(key, plain(value)), None), inputs)
        return result


class TwiceForwardRun(ForwardRun):
    """A run with two tangents for every traced value, the second a derivative of value and tangent."""

    def __init__(self) -> None:
        super().__init__()
        self.outer: dict[int, Pair] = {}

    def step(self, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``f(*args, **kwargs)`` and its tangents."""
        operands, named = self.operands_twice(args, kwargs)
        return self.kept(f, args, push_push(push, ((f, None), None), *operands, **named))

    def step_method(self, base: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``base.name(*args, **kwargs)`` and its tangents."""
        (receiver, *operands), named = self.operands_twice((base, *args), kwargs)
        result = push_push_method(push, receiver, (name, None), *operands, **named)
        return self.kept(name, (base, *args), result)

    def operands_twice(self, args: Any, kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return arguments without traced values, each with its tangents."""
        first = self.pairs(args, kwargs)
        second, third = (self.pairs(args, kwargs, functools.partial(self.second, i)) for i in range(2))
        rows = zip(first[0], second[0], third[0], strict=True)
        named = {name: (first[1][name], (second[1][name][1], third[1][name][1])) for name in kwargs}
        return [(pair, (e[1], dot_e[1])) for pair, e, dot_e in rows], named

    def kept(self, f: Any, args: Any, result: Any) -> Any:
        """Return the result of a step with traced values in it."""
        value, dot, e, dot_e = flat(result, 2)
        if dot is None and e is None and dot_e is None:
            return self.inactive(f, args, value)
        made, marks = self.raised(f, args, value)
        self.set_tangents(marks, dot)
        self.set_outer(marks, e, dot_e)
        return made

    def set_outer(self, marks: Any, e: Any, dot_e: Any) -> None:
        """Give the traced values of a template their second tangents."""
        for place, tangent in enumerate((e, dot_e)):
            for mark, part in leaves_of(marks, tangent):
                before = self.outer.get(mark, (None, None))
                self.outer[mark] = (part, before[1]) if place == 0 else (before[0], part)

    def stored(self, x: Any, key: Any, value: Any, fresh: bool) -> Any:
        """Return what an array is after ``x[key] = value``, and store all tangents as well."""
        array = changed_array(x, key, value, fresh)
        result = self.enter(array)
        result.traced_memory.owned = True
        old, new = self.all_tangents(x), self.all_tangents(value)
        tangents: list[Any] = []
        for before, part in zip(old, new, strict=True):
            if before is None and part is None:
                tangents.append(None)
                continue
            dot = zeros_like(array) if before is None else before.copy()
            dot[key] = 0.0 if part is None else part
            tangents.append(dot)
        self.tangents[result.traced_mark] = tangents[0]
        self.outer[result.traced_mark] = tangents[1], tangents[2]
        return result

    def second(self, place: int, mark: int) -> Any:
        """Return the second tangent of a traced value (0) or of its tangent (1)."""
        return self.outer.get(mark, (None, None))[place]

    def all_tangents(self, x: Any) -> list[Any]:
        """Return the tangent of a value, and the second tangents of the value and of the tangent."""
        if type(x) is not Traced or x.traced_mark is None:
            return [None] * 3
        return [self.tangents[x.traced_mark], *self.outer.get(x.traced_mark, (None, None))]


def push_record(push_: Any, function: Pair, active: Pair, others: Pair) -> Pair:
    """``record(function, active, others)``: value and tape, and the tangents of both."""
    run = PushedReverseRun()
    copies: Copies = []
    entered = {}
    dots = active[1] or {}
    for name, value in active[0].items():
        entered[name], template = put_in(value, run.enter, copies)
        run.tape.arguments.append(template)
        run.set_tangents(template, dots.get(name))
    value, run.tape.result = finished(function[0], run, entered, others[0], copies)
    return (value, run.tape), (gathered(run.tape.result, run.tangents.__getitem__), run.tape)


def push_pull(push_: Any, tape: Pair, out_bar: Pair) -> Pair:
    """``pull(tape, out_bar)``: the cotangents and their tangents."""
    if not isinstance(tape[0], PushedTape):
        return pull(tape[0], out_bar[0]), None if out_bar[1] is None else pull(tape[0], out_bar[1])
    bars, dots = tape[0].pushed(*out_bar)
    return (bars[0], dots[0]) if len(bars) == 1 else (bars, dots)


def push_pushed(push_: Any, function: Pair, dots: Pair, active: Pair, others: Pair) -> Pair:
    """``pushed(function, dots, active, others)``: value and tangent, and the derivatives of both."""
    run = TwiceForwardRun()
    copies: Copies = []
    entered = {}
    outer, inner = active[1] or {}, dots[1] or {}
    for name, value in active[0].items():
        entered[name], template = put_in(value, run.enter, copies)
        run.set_tangents(template, filled(dots[0][name], value))
        run.set_outer(template, outer.get(name), inner.get(name))
    value, template = finished(function[0], run, entered, others[0], copies)
    e, dot_e = (gathered(template, functools.partial(run.second, i)) for i in range(2))
    return (value, gathered(template, run.tangents.__getitem__)), (e, dot_e)


def of_tangents(rule: Any) -> Any:
    """Return a rule for tangents that refuses anything else, such as Taylor series.

    Raises:
        RuleError: ADJ119.
    """

    def checked(push_: Any, *args: Pair, **kwargs: Pair) -> Any:
        if algebra_of(push_) is not None:
            raise unsupported(rule, "a derivative of a function that runs with traced values")
        return rule(push_, *args, **kwargs)

    return checked


MOVING[record], MOVING[pull], MOVING[pushed] = map(of_tangents, (push_record, push_pull, push_pushed))

__all__ = ["PushedTape", "formed"]
