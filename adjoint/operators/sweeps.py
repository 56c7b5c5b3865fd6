"""Jacobians by sweeps: forward, many directions in one run, or backward, many cotangents in one pullback.

A sweep hands boxes to the generated code (:mod:`adjoint.rules.directions`); code that cannot take them is
run once for each direction instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.api import Pullback
from adjoint.compiling.mirror import real
from adjoint.forward import pushed, pushed_boxes
from adjoint.operators.variables import (
    Leaf,
    Variables,
    lanes_at,
    leaves_of,
    no_entries,
    tangent_tree,
    total,
    unit_directions,
)
from adjoint.rules.boxes import TooWide
from adjoint.rules.directions import Directions, repeated
from adjoint.rules.errors import DifferentiationError

Path = tuple[Any, ...]


class Blocks:
    """The blocks of a Jacobian while they are filled, and the value of the function.

    The block of a leaf of the value and a leaf of the variables has one row for each entry of the latter
    (a column of the Jacobian), so that directions are stored as they come.
    """

    def __init__(self, y: Any, variables: Variables) -> None:
        self.y = y
        self.variables = variables
        self.outputs = leaves_of(real_value(y))
        if not self.outputs:
            raise no_entries("the result", "Jacobian")
        self.blocks = {
            (out.path, leaf.path): np.zeros((leaf.size, out.size), np.result_type(out.dtype, leaf.dtype))
            for out in self.outputs
            for leaf in variables.leaves
        }

    @property
    def size(self) -> int:
        """The number of entries of the value."""
        return total(self.outputs)

    def add_columns(self, start: int, y_dot: Any, count: int) -> None:
        """Store tangents of the value for directions ``start`` and following."""
        for out in self.outputs:
            lanes = lanes_at(y_dot, out, count)
            lanes = lanes if out.dtype.kind == "c" else real(lanes)
            for leaf in self.variables.leaves:
                first, last = max(start, leaf.start), min(start + count, leaf.stop)
                if first < last:
                    block = self.blocks[out.path, leaf.path]
                    block[first - leaf.start : last - leaf.start] = lanes[first - start : last - start]

    def add_rows(self, out: Leaf, start: int, rows: dict[Path, Any]) -> None:
        """Store derivatives of the entries of a leaf of the value from ``start`` on."""
        for leaf in self.variables.leaves:
            given = rows[leaf.path]
            self.blocks[out.path, leaf.path][:, start : start + len(given)] = np.transpose(given)

    def arranged(self, out: Leaf) -> Any:
        """Return the blocks of a leaf of the value, nested as the variables are."""

        def block(leaf: Leaf) -> Any:
            columns = self.blocks[out.path, leaf.path].reshape(leaf.shape + out.shape)
            ndim = len(leaf.shape)
            made = np.transpose(columns, (*range(ndim, columns.ndim), *range(ndim)))
            return made if made.ndim else made[()]

        return self.variables.nested(block)


Enough = Callable[[Blocks], bool]


def never(blocks: Blocks) -> bool:
    """Go on."""
    return False


def real_value(y: Any) -> Any:
    """Return an integer result as a real number: it does not move."""
    if isinstance(y, int | np.integer) and not isinstance(y, bool):
        return float(y)
    return y.astype(float) if isinstance(y, np.ndarray) and y.dtype.kind in "iu" else y


# --- forward --------------------------------------------------------------------------------------
def push_chunk(variables: Variables, start: int, stop: int, unit: complex = 1.0) -> tuple[Any, Any]:
    """Return the value and its tangents for some unit directions."""
    boxes = unit_boxes(variables.leaves, start, stop, unit)
    if variables.specializer.plan("boxed", variables.args, variables.kwargs).compiled.unit.changed:
        boxes = {path: box.copy() for path, box in boxes.items()}  # they will be written into
    return push_directions(variables, boxes, stop - start)


def push_directions(variables: Variables, boxes: dict[Path, Directions], count: int) -> tuple[Any, Any]:
    """Return the value and its tangents for some directions; one run if the code takes boxes.

    Raises:
        TooWide: so many directions of an intermediate value take too much memory.
    """
    given = variables.specializer, variables.args, variables.kwargs
    plan = given[0].plan("boxed", *given[1:])
    if plan.takes_boxes and count > 1:
        try:
            tree = tangent_tree(variables.values, boxes)
            return pushed_boxes(*given, tree, lambda x_dot: repeated(x_dot, count), plan)
        except TooWide:
            raise
        except Exception:  # boxes meet NumPy's C code: the error is any; the user's own comes again below
            result = push_singly(variables, boxes, count)
            plan.takes_boxes = False
            return result
    return push_singly(variables, boxes, count)


def unit_boxes(leaves: list[Leaf], start: int, stop: int, unit: complex) -> dict[Path, Directions]:
    """Return unit directions for every leaf that they concern."""
    boxes = {leaf.path: unit_directions(leaf, start, stop, unit) for leaf in leaves}
    return {path: box for path, box in boxes.items() if box is not None}


def push_singly(variables: Variables, boxes: dict[Path, Directions], count: int) -> tuple[Any, Any]:
    """Return the value and its tangents for some directions by one run for each of them."""
    rows: list[Any] = []
    outputs: list[Leaf] = []
    for k in range(count):
        tree = tangent_tree(variables.values, {path: box.lanes[k] for path, box in boxes.items()})
        y, y_dot = pushed(variables.specializer, variables.args, variables.kwargs, tree)
        outputs = leaves_of(real_value(y))
        rows.append([lanes_at(y_dot, out, 1)[0].reshape(out.shape) for out in outputs])
    columns = zip(outputs, zip(*rows, strict=True), strict=True)
    return y, tangent_tree(y, {out.path: Directions(np.stack(column)) for out, column in columns})


def forward_sweeps(variables: Variables, size: int, enough: Enough = never) -> tuple[Blocks | None, int]:
    """Return a Jacobian by columns, ``size`` of them in one run, and the size that memory allows.

    Args:
        variables: what to differentiate by.
        size: the number of directions in one run.
        enough: asked with the blocks after the first run whether another way is better; then there is no
            result.
    """
    blocks, start = None, 0
    while start < variables.size:
        stop = min(start + size, variables.size)
        try:
            y, y_dot = push_chunk(variables, start, stop)
        except TooWide:
            size = (stop - start + 1) // 2
            continue
        blocks = Blocks(y, variables) if blocks is None else blocks
        blocks.add_columns(start, y_dot, stop - start)
        if any(leaf.dtype.kind == "c" for leaf in variables.leaves):
            check_columns(blocks, start, stop)
        if start == 0 and stop < variables.size and enough(blocks):
            return None, size
        start = stop
    if blocks is None:  # nothing to differentiate by
        blocks = Blocks(variables.specializer.f(*variables.args, **variables.kwargs), variables)
    return blocks, size


def check_columns(blocks: Blocks, start: int, stop: int) -> None:
    """Check that the derivative along ``i`` is ``i`` times that along 1 (the Cauchy-Riemann equations).

    Raises:
        DifferentiationError: ADJ301, they do not hold.
    """
    y_dot = push_chunk(blocks.variables, start, stop, 1j)[1]
    for out in blocks.outputs:
        lanes = lanes_at(y_dot, out, stop - start)
        for leaf in blocks.variables.leaves:
            first, last = max(start, leaf.start), min(stop, leaf.stop)
            if first < last and leaf.dtype.kind == "c":
                columns = blocks.blocks[out.path, leaf.path][first - leaf.start : last - leaf.start]
                check_rotation(columns, lanes[first - start : last - start])


def check_rotation(along_one: Any, along_i: Any) -> None:
    """Check the Cauchy-Riemann equations."""
    tolerance = float(np.sqrt(np.finfo(np.asarray(along_one).dtype).eps))
    if not np.allclose(1j * along_one, along_i, tolerance, tolerance, equal_nan=True):
        raise not_holomorphic()


# --- reverse --------------------------------------------------------------------------------------
def reverse_sweeps(variables: Variables, size: int, y: Any, pullback: Pullback) -> Blocks:
    """Return a Jacobian by rows: a pullback of ``size`` cotangents at a time, after one run."""
    blocks = Blocks(y, variables)
    for out in blocks.outputs:
        for start in range(0, out.size, size):
            stop = min(start + size, out.size)
            rows = pull_chunk(pullback, variables, y, out, start, stop)
            if out.dtype.kind == "c" or any(leaf.dtype.kind == "c" for leaf in variables.leaves):
                other = (
                    pull_chunk(pullback, variables, y, out, start, stop, 1j)
                    if out.dtype.kind == "c"
                    else None
                )
                rows = {leaf.path: complex_rows(leaf, rows, other) for leaf in variables.leaves}
            blocks.add_rows(out, start, rows)
    return blocks


def complex_rows(leaf: Leaf, rows: dict[Path, Any], other: dict[Path, Any] | None) -> Any:
    """Return derivatives from the cotangents for 1 and for ``i`` (None if the value is real).

    A cotangent is ``u_x + i u_y``, so for a real variable the two are the real and the imaginary part of
    the derivative, and for a complex one the conjugate of the derivative and ``i`` times that.
    """
    if leaf.dtype.kind != "c":
        return rows[leaf.path] if other is None else rows[leaf.path] + 1j * other[leaf.path]
    check_rotation(rows[leaf.path], np.zeros(1) if other is None else other[leaf.path])
    return np.conj(rows[leaf.path])


def pull_chunk(
    pullback: Pullback, variables: Variables, y: Any, out: Leaf, start: int, stop: int, unit: complex = 1.0
) -> dict[Path, Any]:
    """Return the cotangents of the variables, one row for each of some entries of a leaf of the value."""
    box = unit_boxes([Leaf(out.path, out.value, 0)], start, stop, unit)[out.path]
    return pull_directions(pullback, variables, y, out, box)


def pull_directions(
    pullback: Pullback, variables: Variables, y: Any, out: Leaf, box: Directions
) -> dict[Path, Any]:
    """Return the cotangents of the variables, one row for each of those given of a leaf of the value."""
    if pullback.plan.takes_boxes and len(box.lanes) > 1:
        try:
            bars = pullback.bars(tangent_tree(y, {out.path: box}))
            return {leaf.path: bars_at(bars, leaf, len(box.lanes)) for leaf in variables.leaves}
        except Exception:  # likewise
            pullback.plan.takes_boxes = False
    rows = [pullback.bars(tangent_tree(y, {out.path: lane})) for lane in box.lanes]
    return {leaf.path: np.stack([bars_at(row, leaf, 1)[0] for row in rows]) for leaf in variables.leaves}


def bars_at(bars: Any, leaf: Leaf, count: int) -> Any:
    """Return the cotangents of a leaf, one row for each; those of a real one must be real."""
    lanes = lanes_at(bars, leaf, count)
    return lanes if leaf.dtype.kind == "c" else real(lanes)


def not_holomorphic() -> DifferentiationError:
    """Return the error for a function of a complex argument that has no complex derivative."""
    return DifferentiationError(
        "ADJ301",
        title="the function is not holomorphic, so it has no derivative by a complex argument",
        why="its derivatives along 1 and along i differ by another factor than i (Cauchy-Riemann).",
        fixes=(
            "a real result: adjoint.grad, whose gradient is u_x + i u_y",
            "a complex result: adjoint.jvp along 1 and along 1j, or real arguments for the two parts",
        ),
    )


__all__ = ["Blocks", "forward_sweeps", "pull_directions", "push_directions", "reverse_sweeps"]
