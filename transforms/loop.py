"""Write pieces of a kernel as a function with one loop nest.

>>> import numpy as np
>>> from adjoint.transforms.flatten import Flattener
>>> from adjoint.transforms.formwalk import Forms
>>> from adjoint.transforms.loopforms import FormState
>>> from adjoint.transforms.syntax import parse, unparse
>>> n = ('x', 0)
>>> walker = Forms({'np': np}.get)
>>> flattener = Flattener(walker, Namer())
>>> state = FormState({'x': Form('f', (n,), 'x'), 'a': Form('f')})
>>> pieces = flattener.pieces(parse('y = a * np.sin(x)').body[0], state)
>>> print(unparse(Loop('f__loop', pieces, {'y'}, walker, 1).definition(Namer())))
def f__loop(a, x):
    n0 = x.shape[0]
    y = np.empty(n0)
    far = 0.0
    for i in range(n0):
        x_i = x[i]
        far = elementary.add(far, elementary.is_far(x_i))
        y_i = a * elementary.sin(x_i)
        y[i] = y_i
    if far > 0.0:
        raise Unfused
    return y
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .facts import ONE
from .flatten import Piece, base_name, clone_load
from .formwalk import Forms, Reduction
from .loopforms import FILLS, LIKES, Form, FormState, fill_value, shape_owner
from .namer import Namer
from .syntax import (
    Node,
    assign,
    call,
    clone,
    constant,
    expression,
    load,
    make,
    param,
    subscript,
    template,
)

#: Functions that have a vector form in ``adjoint.backend.elementary``.
VECTORISED = {getattr(np, name): name for name in "exp expm1 log log1p tanh sin cos".split()}
PERIODIC = (np.sin, np.cos)
INDICES = "ijk"
#: A sum over one axis is taken in blocks, which keeps its rounding error small.
BLOCK = 1024
JOINS = {
    np.sum: "elementary.add",
    np.mean: "elementary.add",
    np.max: "elementary.maximum",
    np.min: "elementary.minimum",
}
STARTS = {np.sum: "0.0", np.mean: "0.0", np.max: "-np.inf", np.min: "np.inf"}
EMPTY = {"f": "np.empty(SHAPE)", "i": "np.empty(SHAPE, np.int64)", "b": "np.empty(SHAPE, np.bool_)"}


@dataclass(frozen=True)
class Sum:
    """A sum, mean or extreme in a loop, the loop it runs along (None: all), and its part in one row."""

    reduction: Reduction
    axis: int | None
    part: str


class Loop:
    """One loop nest.

    ``arguments`` are the variables that its call passes, ``results`` those that it assigns,
    ``prepared`` the statements in front of it.
    """

    def __init__(self, name: str, pieces: list[Piece], kept: set[str], walker: Forms, rank: int) -> None:
        self.name = name
        self.walker = walker
        self.rank = rank
        names = {name for piece in pieces for name in (*piece.reads, *piece.writes)}
        self.namer = Namer({"elementary", "Unfused", "np", *names})
        self.indices = [self.namer.fresh(wish) for wish in INDICES[:rank]]
        self.n = [self.namer.fresh(f"n{k}") for k in range(rank)]
        self.far, self.block = self.namer.fresh("far"), self.namer.fresh("start")
        self.prepared: list[Node] = []
        self.inputs: dict[str, Form] = {}
        self.shapes: dict[str, Form] = {}  # arrays of which only the shape matters
        self.scalars: set[str] = set()
        self.entries: dict[str, str] = {}  # the number that stands for an array in the loop
        self.made: dict[str, str] = {}  # the letters of the arrays the loop computes
        self.updated: list[str] = []
        self.sums: dict[str, Sum] = {}
        self.loads: list[Node] = []
        self.body: list[Node] = []
        self.periodic = False
        for piece in pieces:
            self.piece(piece)
        self.kept = [name for name in self.made if name in kept or name in self.inputs]
        self.results = [*self.kept, *self.sums]

    @property
    def arguments(self) -> list[str]:
        """The variables that the call passes."""
        return sorted({*self.inputs, *self.shapes, *self.scalars})

    # --- pieces ------------------------------------------------------------------------------
    def piece(self, piece: Piece) -> None:
        """Translate one piece into statements about one entry."""
        first = len(self.body)
        node = piece.statement
        if piece.role == "map":
            value = self.number(node.value, piece)
            self.made.setdefault(piece.target.id, piece.form.dtype)
            self.body.append(assign(self.entry(piece.target.id), value))
        elif piece.role == "update":
            self.update(piece)
        elif piece.role == "store":
            self.store(piece)
        else:
            self.total(piece)
        for made in self.body[first:]:
            made.origin = getattr(node, "origin", None)

    def update(self, piece: Piece) -> None:
        """``x_bar += value``: an array of the loop is a number here, another one is changed in place."""
        name = piece.target.id
        if name not in self.made and name not in self.updated:
            self.array(name, piece.form)
            self.updated.append(name)
        value = self.number(piece.statement.value, piece)
        target = load(self.entry(name))
        target.ctx = make("Store")
        self.body.append(make("AugAssign", target=target, op=piece.statement.op, value=value))

    def store(self, piece: Piece) -> None:
        """``x_bar[1:] += value``: the slice is an argument that is changed in place."""
        name = self.namer.fresh(f"{base_name(piece.target)}_part")
        self.prepared.append(assign(name, clone_load(piece.target)))
        self.prepared[-1].origin = getattr(piece.statement, "origin", None)
        self.shapes[name] = piece.form
        value = self.number(piece.statement.value, piece)
        target = subscript(name, self.index(piece.form))
        target.ctx = make("Store")
        node = piece.statement
        if type(node).__name__ == "AugAssign":
            self.body.append(make("AugAssign", target=target, op=node.op, value=value))
        else:
            self.body.append(assign(target, value))

    def total(self, piece: Piece) -> None:
        """A sum, mean or extreme: of everything, of a row, or of entries that lie apart."""
        reduction = self.walker.reduction(piece.statement.value, FormState(piece.forms))
        assert reduction is not None  # that is what makes a piece a sum
        name = piece.target.id
        value = self.number(reduction.argument, piece)
        axis = None if reduction.axis is None else reduction.axis + self.rank - len(piece.form.axes)
        self.sums[name] = Sum(reduction, axis, self.namer.fresh("part"))
        if axis is None or axis == self.rank - 1:
            self.body.append(
                assign(self.sums[name].part, self.joined(reduction, load(self.sums[name].part), value))
            )
        else:
            entry = subscript(name, self.place(self.sums[name]))
            self.body.append(assign(entry, self.joined(reduction, clone(entry), value)))

    def joined(self, reduction: Reduction, so_far: Node, value: Node) -> Node:
        """Return a sum or extreme with one more entry."""
        return call(JOINS[reduction.function], [so_far, value])

    def place(self, sum_: Sum) -> Node:
        """Return the index of the entry of a result that belongs to this trip."""
        parts = [load(i) for i in self.indices]
        assert sum_.axis is not None
        parts[sum_.axis : sum_.axis + 1] = [constant(0)] if sum_.reduction.keepdims else []
        return self.one_or_tuple(parts)

    # --- expressions -------------------------------------------------------------------------
    def entry(self, name: str) -> str:
        """Return the name of the number that stands for an array."""
        if name not in self.entries:
            self.entries[name] = self.namer.fresh(f"{name}_i")
        return self.entries[name]

    def array(self, name: str, form: Form) -> str:
        """Read an array from outside once at the top of the loop."""
        if name not in self.inputs:
            self.inputs[name] = form
            self.loads.append(assign(self.entry(name), subscript(name, self.index(form))))
        return self.entry(name)

    def index(self, form: Form) -> Node:
        """Return the index of the entry that belongs to this trip; the last axes belong together."""
        names = self.indices[self.rank - len(form.axes) :]
        parts = [constant(0) if a == ONE else load(i) for a, i in zip(form.axes, names, strict=True)]
        return parts[0] if len(parts) == 1 else make("Tuple", elts=parts)

    def number(self, node: Node, piece: Piece) -> Node:
        """Return the expression for one entry."""
        kind = type(node).__name__
        method = getattr(self, f"number_{kind}", None)
        if method is not None:
            return method(node, piece)
        result = clone(node)
        for field in ("left", "right", "operand"):
            if hasattr(node, field):
                setattr(result, field, self.number(getattr(node, field), piece))
        if kind == "Compare":
            result.comparators = [self.number(item, piece) for item in node.comparators]
        return result

    def number_Name(self, node: Node, piece: Piece) -> Node:
        form = piece.forms.get(node.id)
        if node.id in self.made:
            return load(self.entry(node.id))
        if isinstance(form, Form) and form.axes:
            return load(self.array(node.id, form))
        if form is not None:
            self.scalars.add(node.id)
        return load(node.id)

    def number_UnaryOp(self, node: Node, piece: Piece) -> Node:
        value = self.number(node.operand, piece)
        if type(node.op).__name__ == "Invert":
            return make("UnaryOp", op=make("Not"), operand=value)
        return make("UnaryOp", op=node.op, operand=value)

    def number_BinOp(self, node: Node, piece: Piece) -> Node:
        left, right = self.number(node.left, piece), self.number(node.right, piece)
        if type(node.op).__name__ == "Pow" and getattr(right, "value", None) == 0.5:
            return call("np.sqrt", [left])
        return make("BinOp", left=left, op=node.op, right=right)

    def number_Attribute(self, node: Node, piece: Piece) -> Node:
        """``x.size``: of an array of the loop it is the product of the lengths."""
        if node.value.id in self.made:
            return expression(" * ".join(self.n))
        self.shaped(node.value.id, piece)
        return clone(node)

    def number_Call(self, node: Node, piece: Piece) -> Node:
        function = self.walker.function(node.func)
        if function is None:  # x.copy()
            return self.number(node.func.value, piece)
        if function in FILLS or function in LIKES:
            owner = node.args[0] if function in LIKES else shape_owner(node.args[function is np.broadcast_to])
            self.filling(owner, piece)
            return self.number(fill_value(node, function), piece)
        if getattr(function, "conforming", False) is True:
            self.filling(node.args[1], piece)
            return self.number(node.args[0], piece)
        args = [self.number(arg, piece) for arg in node.args]
        if function is np.where:
            return make("IfExp", test=args[0], body=args[1], orelse=args[2])
        if function is np.abs:
            return call("abs", args)
        if function in PERIODIC:
            args = [self.checked(args[0])]
        if function in VECTORISED:
            return call(f"elementary.{VECTORISED[function]}", args)
        return make("Call", func=clone(node.func), args=args)

    def checked(self, argument: Node) -> Node:
        """Name an angle and note whether it is too large for the vector form."""
        self.periodic = True
        if type(argument).__name__ != "Name":
            name = self.namer.fresh("angle")
            self.body.append(assign(name, argument))
            argument = load(name)
        self.body += template(
            f"{self.far} = elementary.add({self.far}, elementary.is_far(ANGLE))", ANGLE=argument
        )
        return clone(argument)

    def filling(self, owner: Node, piece: Piece) -> None:
        """Note that an array gives its shape."""
        if type(owner).__name__ == "Name" and owner.id not in self.made:
            self.shaped(owner.id, piece)

    def shaped(self, name: str, piece: Piece) -> None:
        """Note that the shape of an array is read or has to agree."""
        form = piece.forms[name]
        if name not in self.inputs:
            self.shapes[name] = form

    # --- the function ------------------------------------------------------------------------
    def definition(self, names: Namer) -> Node:
        """Return the function; its name is made to be unique."""
        self.name = names.fresh(self.name)
        arrays = {name: self.namer.fresh(name) if name in self.inputs else name for name in self.kept}
        body = [*self.lengths(), *self.checks()]
        shape = self.one_or_tuple([load(n) for n in self.n])
        for name, array in arrays.items():
            body.append(assign(array, expression(EMPTY[self.made[name]], SHAPE=shape)))
        body += [node for name, item in self.sums.items() for node in self.start(name, item)]
        body += [assign(self.far, constant(0.0))] if self.periodic else []
        body.append(self.nest(arrays))
        if self.periodic:
            body += template(f"if {self.far} > 0.0:\n    raise Unfused")
        for name, item in self.sums.items():
            if item.reduction.function is np.mean:
                axes = range(self.rank) if item.axis is None else [item.axis]
                count = expression(" * ".join(self.n[k] for k in axes))
                body += template("TOTAL = TOTAL / COUNT", TOTAL=name, COUNT=count)
        results = [load(arrays.get(name, name)) for name in self.results]
        if results:
            body.append(make("Return", value=self.one_or_tuple(results)))
        args = make("arguments", args=[param(name) for name in self.arguments])
        return make("FunctionDef", name=self.name, args=args, body=body)

    def one_or_tuple(self, nodes: list[Node]) -> Node:
        """Return the only node, or a tuple."""
        return nodes[0] if len(nodes) == 1 else make("Tuple", elts=nodes)

    def operands(self) -> dict[str, Form]:
        """The arrays whose shapes have to fit."""
        return {**self.inputs, **self.shapes}

    def lengths(self) -> list[Node]:
        """Read the lengths of the loops off the first array that has them."""
        found = []
        ordered = sorted(self.operands().items(), key=lambda item: not self.is_full(item[1]))
        for k in range(self.rank):
            for name, form in ordered:
                own = k - (self.rank - len(form.axes))
                if own >= 0 and (form.axes[own] != ONE or len(form.axes) == self.rank and self.all_ones(k)):
                    found += template(f"{self.n[k]} = ARRAY.shape[{own}]", ARRAY=load(name))
                    break
        return found

    def is_full(self, form: Form) -> bool:
        """Whether an array has every axis of the loop."""
        return len(form.axes) == self.rank and ONE not in form.axes

    def all_ones(self, k: int) -> bool:
        """Whether no array is longer than one along an axis."""
        forms = [form for form in self.operands().values() if k >= self.rank - len(form.axes)]
        return all(form.axes[k - (self.rank - len(form.axes))] == ONE for form in forms)

    def checks(self) -> list[Node]:
        """Check that every array has the lengths the loop is written for."""
        tests = []
        leader = next((name for name, form in self.operands().items() if self.is_full(form)), "")
        for name, form in sorted(self.operands().items()):
            if name == leader:
                continue  # the lengths are its own
            lengths = []
            for k, axis in enumerate(form.axes, self.rank - len(form.axes)):
                lengths.append("1" if axis == ONE else self.n[k])
            tests.append(f"{name}.shape != ({', '.join(lengths)},)")
        return template(f"if {' or '.join(tests)}:\n    raise Unfused") if tests else []

    def start(self, name: str, item: Sum) -> list[Node]:
        """Return what a sum or extreme begins with; there is no extreme of nothing."""
        value = expression(STARTS[item.reduction.function])
        axes = range(self.rank) if item.axis is None else [item.axis]
        checks = []
        if item.reduction.function in (np.max, np.min):
            checks = template(f"if {' or '.join(f'{self.n[k]} == 0' for k in axes)}:\n    raise Unfused")
        if item.axis is None:
            return [*checks, assign(name, value)]
        lengths = [load(n) for n in self.n]
        lengths[item.axis : item.axis + 1] = [constant(1)] if item.reduction.keepdims else []
        return [
            *checks,
            *template(
                "NAME = np.full(SHAPE, VALUE)", NAME=name, SHAPE=self.one_or_tuple(lengths), VALUE=value
            ),
        ]

    def nest(self, arrays: dict[str, str]) -> Node:
        """Return the loops."""
        full = Form("f", tuple(("axis", k) for k in range(self.rank)))
        body = [*self.loads, *self.body]
        for name in self.updated:
            body.append(self.written(name, full, name))
        for name, array in arrays.items():
            body.append(self.written(array, full, name))
        last = self.rank - 1
        inner = {name: item for name, item in self.sums.items() if item.axis in (None, last)}
        parts = [assign(item.part, expression(STARTS[item.reduction.function])) for item in inner.values()]
        adding = []
        for name, item in inner.items():
            target = load(name) if item.axis is None else subscript(name, self.place(item))
            adding.append(assign(target, self.joined(item.reduction, clone(target), load(item.part))))
        if self.rank == 1 and parts:
            return template(
                f"for {self.block} in range(0, {self.n[0]}, {BLOCK}):\n    PARTS\n"
                f"    for {self.indices[0]} in "
                f"range({self.block}, min({self.block} + {BLOCK}, {self.n[0]})):\n"
                "        BODY\n    ADDING",
                PARTS=parts,
                BODY=body,
                ADDING=adding,
            )[0]
        nest = template(f"for {self.indices[last]} in range({self.n[last]}):\n    BODY", BODY=body)
        outer = [*parts, *nest, *adding]
        for k in reversed(range(last)):
            outer = template(f"for {self.indices[k]} in range({self.n[k]}):\n    BODY", BODY=outer)
        return outer[0]

    def written(self, array: str, full: Form, name: str) -> Node:
        """Write one entry of an array."""
        target = subscript(array, self.index(full))
        target.ctx = make("Store")
        return assign(target, load(self.entry(name)))
