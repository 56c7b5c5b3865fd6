"""Runs with traced values that know a tower of derivatives of each of them; see `adjoint.runtime.towers`."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.runtime import zeros_like
from adjoint.runtime.algebra import unsupported
from adjoint.runtime.towers import algebra_of, assembled, filling, height_of
from adjoint.tracing.duals import formed, placed
from adjoint.tracing.holding import gathered, leaves_of
from adjoint.tracing.storing import changed_array
from adjoint.tracing.tape import Inputs, ReverseRun
from adjoint.tracing.traced import Memory, Traced


class TowerRun(ReverseRun):
    """A run that knows all derivatives of every traced value.

    Args:
        push: calls functions on towers.
    """

    def __init__(self, push: Any) -> None:
        super().__init__()
        self.push, self.height, self.algebra = push, height_of(push), algebra_of(push)
        self.rows: list[list[Any]] = [[] for _ in range(2**self.height)]

    def enter(self, value: Any, memory: Memory | None = None) -> Traced:
        """Return a number or array as a traced value; its derivatives follow."""
        for row in self.rows:
            row.append(None)
        return super().enter(value, memory)

    def set_towers(self, template: Any, parts: list[Any]) -> None:
        """Give the traced values of a template their derivatives; the first part, the value, is left out."""
        for row, part in zip(self.rows[1:], parts[1:], strict=True):
            for mark, dot in leaves_of(template, part):
                row[mark] = dot

    def part(self, template: Any, place: int) -> Any:
        """Return one derivative of what a template stands for."""
        return gathered(template, self.rows[place].__getitem__)

    def given(self, args: Any, kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any], Inputs]:
        """Return arguments without traced values, as towers, and where those were."""
        values, named, inputs = self.operands(args, kwargs)
        everything: dict[Any, Any] = {**dict(enumerate(values)), **named}
        columns: dict[Any, list[Any]] = {place: [value] for place, value in everything.items()}
        for place in range(1, len(self.rows)):
            moved = placed(inputs, self.rows[place].__getitem__)
            fill = filling(self.push, place)
            for key, value in everything.items():
                columns[key].append(formed(value, moved.get(key), fill))
        towers = {key: assembled(column) for key, column in columns.items()}
        return [towers[i] for i in range(len(values))], {name: towers[name] for name in named}, inputs

    def stored(self, x: Any, key: Any, value: Any, fresh: bool) -> Any:
        """Return what an array is after ``x[key] = value``, and store all derivatives as well.

        Raises:
            RuleError: ADJ119, what moves is a series.
        """
        array = changed_array(x, key, value, fresh)
        marks = [each.traced_mark if type(each) is Traced else None for each in (x, value)]
        if marks == [None, None]:
            return Traced(array, None, self, Memory(owned=True))
        if self.algebra is not None:
            raise unsupported(np.ndarray.__setitem__, "an array that traced code writes into")
        result = self.enter(array, Memory(owned=True))
        for row in self.rows[1:]:
            before, part = (None if mark is None else row[mark] for mark in marks)
            if before is not None or part is not None:
                dot = zeros_like(array) if before is None else np.array(before)
                dot[key] = 0.0 if part is None else part
                row[result.traced_mark] = dot
        return result


__all__ = ["TowerRun"]
