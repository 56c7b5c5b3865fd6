"""The reverse of a call: of a compiled function, or of one that only the running program knows.

>>> from adjoint import source
>>> def square(x):
...     return x * x
>>> def f(x):
...     return square(x) * 3.0
>>> print(source(f, stage='saving'))
def f(x):
    square_2, saved_2 = square__primal(x)
    out = square_2 * 3.0
    # reverse
    x_bar = square__pullback(saved_2, 3.0)
    result = x_bar
    return out, result
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.rules.kinds import Known, List, is_number

from .callers import CALLERS
from .decide import UNIT, Decision
from .operations import RuleReverse
from .partials import Contribution
from .reading import as_value
from .syntax import Node, assign, attribute, call, clone, constant, load, make, store, subscript

Read = Callable[[Node], Node]  # an operand as the reverse reads it
Share = Callable[[Node, Read], Node]  # the cotangent of an operand, taken from those of all


class CallReverse(RuleReverse):
    """Reverses calls that have no rule."""

    # --- compiled functions ------------------------------------------------------------------
    def by_unit(self, node: Node, variable: str, value: Node, bar: Node) -> None:
        """Call a compiled function: its primal returns what its pullback needs."""
        decision: Decision = value.decision
        unit = decision.unit
        primal, pullback = self.unit.calls(unit)
        saved = self.scratch(f"saved_{node.lineno}")
        self.regions.define(saved, node)
        pair = make("Tuple", elts=[store(variable), store(saved)], ctx=make("Store"))
        args, keywords = self.unit_arguments(value, decision)
        self.unit.replace(node, make("Assign", node, targets=[pair], value=call(primal, args, keywords)))
        result = call(pullback, [load(self.regions.read(saved, node, after=True)), bar])
        items = [(name, self.argument_of(decision, name)) for name in unit.active]
        if not items:
            return
        self.receive(node, variable, result, items)

    def at_once(self, node: Node, value: Node) -> None:
        """Run a ``map`` whose results have no cotangents as what stands for it, which gives a list."""
        decision: Any = getattr(value, "decision", None)
        called = decision is not None and decision.how == UNIT
        standing: Any = decision.unit.scope.function if called else None
        if standing in CALLERS.values() and isinstance(value.kind, List):
            run = call(self.unit.helper(standing.__name__, standing), [clone(a) for a in value.args])
            run.keywords = [clone(k) for k in value.keywords]
            self.unit.replace(node, make("Assign", node, targets=node.targets, value=run))

    def unit_arguments(self, value: Node, decision: Decision) -> tuple[list[Node], list[Node]]:
        """Return the arguments of the primal's call; captured variables go by keyword."""
        if type(value).__name__ != "Call":  # a property, an operator
            return [clone(self.resolve(operand)) for operand in decision.operands], []
        args, keywords = [clone(a) for a in value.args], [clone(k) for k in value.keywords]
        if value.implicit:
            args = [clone(self.resolve(decision.operands[0])), *args]
        carried = decision.carried.items()
        keywords += [make("keyword", arg=name, value=clone(read)) for name, read in carried]
        return args, keywords

    def argument_of(self, decision: Decision, name: str) -> Any:
        """Return the atom bound to a parameter of the callee; captured variables are themselves."""
        if name in decision.bound:
            return self.resolve(decision.bound[name])
        return decision.carried[name]

    def receive(self, node: Node, variable: str, result: Node, items: list[tuple[str, Any]]) -> None:
        """Bind the cotangents that a pullback returns and add them to the arguments'."""
        places = [self.place(item) if hasattr(item, "_fields") else None for _, item in items]
        direct = all(p is not None and p not in self.bars.state and p[0] != variable for p in places)
        if direct and len(set(places)) == len(places):
            targets = [store(self.bars.name(place)) for place in places if place is not None]
            for place, (_, item) in zip(places, items, strict=True):
                assert place is not None
                self.bars.state[place] = "borrowed" if is_number(item.kind) else "optional"
        else:
            targets = [store(self.scratch(f"{name}_bar_{node.lineno}")) for name, _ in items]
        target = targets[0] if len(targets) == 1 else make("Tuple", elts=targets, ctx=make("Store"))
        self.bars.emit(assign(target, result))
        if direct and len(set(places)) == len(places):
            return
        made = [
            c for t, (_, item) in zip(targets, items, strict=True) for c in self.spread_unit(item, load(t.id))
        ]
        self.contribute_all(variable, made)

    def spread_unit(self, item: Any, share: Node) -> list[Contribution]:
        """As ``spread_bound``; a missing cotangent of a tuple or dict argument is zero."""
        if isinstance(item, tuple | dict):
            pairs = list(enumerate(item)) if isinstance(item, tuple) else list(item.items())
            made = []
            for key, part in pairs:
                place = self.place(part)
                if place is not None and part.kind.active:
                    made.append(
                        (
                            place,
                            call(self.helper("part"), [clone(share), constant(key)]),
                            part.kind,
                            False,
                            True,
                        )
                    )
            return made
        return self.spread_bound(item, share, False)

    # --- run time ----------------------------------------------------------------------------
    def by_call(self, node: Node, variable: str, value: Node, bar: Node) -> None:
        """Differentiate when the program runs: the generic path."""
        request, atoms = self.dynamic_call(value)
        pullback = self.scratch(f"{variable}_pullback")
        self.regions.define(pullback, node)
        pair = make("Tuple", elts=[store(variable), store(pullback)], ctx=make("Store"))
        self.unit.replace(node, make("Assign", node, targets=[pair], value=request))
        bars = self.scratch(f"{variable}_bars")
        self.bars.emit(assign(bars, call(self.regions.read(pullback, node, after=True), [bar])))
        made: list[Contribution] = []
        for atom, share in atoms:
            place = self.place(atom)
            if place is not None and atom.kind.active:
                expression = share(load(bars), lambda item: self.reading(item, node, after=False))
                made.append((place, expression, atom.kind, False, True))
        self.contribute_all(variable, made)

    def run_only(self, node: Node, value: Node) -> None:
        """A call whose result nobody reads: the running program sees whether it changes something."""
        request, _ = self.dynamic_call(value)
        self.unit.replace(node, make("Expr", node, value=request))

    def dynamic_call(self, value: Node) -> tuple[Node, list[tuple[Node, Share]]]:
        """Return the run-time call, and for each operand how its cotangent is taken from the result."""
        kind = type(value).__name__
        if kind == "Call":
            return self.dynamic_user_call(value)
        if kind == "Attribute":
            args = [value.value, constant(value.attr)]
            return call(self.helper("call"), [load("getattr"), *map(clone, args)]), [
                (value.value, _positional(0))
            ]
        if kind in ("Tuple", "List"):
            function = self.helper("build_tuple" if kind == "Tuple" else "build_list")
            return self.dynamic_parts(load(function), value.elts, [])
        operator_name = self.unit.helper("operator", self.session.operator)
        function_name = getattr(value.decision.target, "__name__", "getitem")
        parts = {"Subscript": ["value", "slice"], "UnaryOp": ["operand"]}.get(kind, ["left", "right"])
        args = [as_value(getattr(value, part)) for part in parts]
        return self.dynamic_parts(attribute(operator_name, function_name), args, [])

    def dynamic_user_call(self, value: Node) -> tuple[Node, list[tuple[Node, Share]]]:
        func = value.func
        if type(func).__name__ == "Attribute" and not isinstance(func.value.kind, Known):
            request, atoms = self.dynamic_parts(load("_"), [func.value, *value.args], value.keywords)
            request.func = load(self.helper("call_method"))
            request.args = [request.args[1], constant(func.attr), *request.args[2:]]
            return request, atoms
        request, atoms = self.dynamic_parts(clone(func), value.args, value.keywords)
        if func.kind.active:
            atoms.append((func, lambda bars, _: subscript(bars, constant(0))))
        return request, atoms

    def dynamic_parts(
        self, function: Node, args: list[Node], keywords: list[Node]
    ) -> tuple[Node, list[tuple[Node, Share]]]:
        """Return ``call(function, *args, **keywords)`` and where each operand's cotangent stands."""
        atoms = [(arg.value if is_starred(arg) else arg, self._place(args, i)) for i, arg in enumerate(args)]
        atoms += [(keyword.value, self._keyword(keyword)) for keyword in keywords]
        request = call(
            self.helper("call"), [function, *(clone(a) for a in args)], [clone(k) for k in keywords]
        )
        return request, atoms

    def _place(self, args: list[Node], i: int) -> Share:
        """Return how the cotangent of a positional argument is taken from the result."""
        before, after = args[:i], args[i + 1 :]
        if is_starred(args[i]):
            return lambda bars, read: self._starred(args[i].value, before, after, bars, read)
        if any(map(is_starred, before)) and not any(map(is_starred, after)):
            return _positional(i - len(args))
        return lambda bars, read: subscript(subscript(bars, constant(1)), position(before, read))

    def _starred(self, arg: Node, before: list[Node], after: list[Node], bars: Node, read: Read) -> Node:
        start = position(before, read)
        upper: Any = constant(-len(after)) if after else None
        if any(map(is_starred, after)):
            upper = position([*before, make("Starred", value=arg)], read)
        piece = subscript(subscript(bars, constant(1)), make("Slice", lower=start, upper=upper))
        return call(self.helper("unpacked"), [read(arg), piece, constant(None)])

    def _keyword(self, keyword: Node) -> Share:
        if keyword.arg is not None:
            return lambda bars, _: call(
                make("Attribute", value=subscript(bars, constant(2)), attr="get"), [constant(keyword.arg)]
            )
        return lambda bars, read: call(
            self.helper("restricted"), [subscript(bars, constant(2)), read(keyword.value)]
        )


def is_starred(arg: Node) -> bool:
    """Whether an argument is ``*arg``."""
    return type(arg).__name__ == "Starred"


def position(before: list[Node], read: Read) -> Node:
    """Return the position of an argument behind others, some of which are ``*arg``."""
    place = constant(sum(not is_starred(arg) for arg in before))
    for arg in before:
        if is_starred(arg):
            place = make("BinOp", left=place, op=make("Add"), right=call("len", [read(arg.value)]))
    return place


def _positional(index: int) -> Share:
    return lambda bars, _: subscript(subscript(bars, constant(1)), constant(index))
