"""The reverse of an operation that has a rule: the rule is pasted, or called if it is not straight-line.

>>> from adjoint import source
>>> def f(x, w):
...     return np.sum(x[1:] @ w)
>>> print(source(f, np.ones((4, 2)), np.ones(2), stage='reverse'))
def f(x, w):
    item_2 = x[1:]
    matmul_2 = item_2 @ w
    out = np.sum(matmul_2)
    # reverse
    out_bar = 1.0
    matmul_2_bar = np.broadcast_to(out_bar, matmul_2.shape)
    item_2_bar = np.outer(matmul_2_bar, w)
    x_bar = np.zeros(x.shape)
    x_bar[1:] += item_2_bar
    result = x_bar
    return out, result
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

from adjoint.rules.apply import called
from adjoint.rules.kinds import Array, Known, Scalar, is_number
from adjoint.rules.registry import Rule

from .arguments import is_active, rule_arguments, rule_name, rule_options
from .bars import signed
from .decide import Decision
from .effects import accesses, reads
from .indexing import index_parts, takes_an_axis
from .partials import Contribution, PartialReverse
from .paste import Body, is_zero, needed, outer_value, parsed, substitute
from .products import times
from .reading import as_value
from .syntax import (
    Node,
    assign,
    call,
    clone,
    constant,
    load,
    make,
    same,
    store,
    subscript,
)

#: Cotangents of ``*args`` that are computed once, and then taken apart.
COMPUTED = ("Call", "ListComp", "GeneratorExp", "IfExp", "BinOp")


class RuleReverse(PartialReverse):
    """Reverses ``v = operation(atoms)`` by the rule that was chosen for it."""

    def by_rule(self, node: Node, variable: str, value: Node, bar: Node) -> None:
        """Reverse an operation that has a rule."""
        decision: Decision = value.decision
        rule = decision.rule
        assert rule is not None
        bound = {name: self.resolve(item) for name, item in decision.bound.items()}
        if self.is_array_read(decision, bound):
            return self.array_read(node, bound, self.kept(variable, bar, bound))
        body = parsed(rule)
        if body is None:
            return self.called_rule(node, variable, value, rule, bound, bar)
        if rule.form == "scalar":
            contributions = self.scalar(node, variable, value, rule, body, bound, bar)
        else:
            contributions = self.pullback(node, variable, value, rule, body, bound, bar)
        unseen = {c[0] for c in contributions if rule.complete and c[0] not in self.bars.state}
        self.contribute_all(variable, contributions)
        self.bars.complete |= unseen
        return None

    def is_array_read(self, decision: Decision, bound: dict[str, Any]) -> bool:
        """Whether the operation is ``x[index]`` of what certainly is an array."""
        if getattr(decision.target, "__name__", "") != "getitem":
            return False
        x, index = list(bound.values())
        array = isinstance(x.kind, Array) and (bool(x.kind.dims) or takes_an_axis(index))
        return array and self.place(x) is not None

    def kept(self, variable: str, bar: Node, bound: dict[str, Any]) -> Node:
        """Return a cotangent under another name if its variable is read itself: ``x = x[1:]``."""
        source = self.place(next(iter(bound.values())))
        if source is None or source[0] != variable:
            return bar
        name = self.scratch("item_bar")
        self.bars.emit(assign(name, bar))
        return load(name)

    def array_read(self, node: Node, bound: dict[str, Any], bar: Node) -> None:
        """``v = x[i]``: add into one buffer, O(1) for each read."""
        x, index = list(bound.values())
        source = self.place(x)
        assert source is not None
        self.own_array(source, x.kind, node)
        key = self.reading(index, node, after=False)
        buffer = self.bars.load(source)
        if all(is_basic(part) for part in index_parts(index)):
            target = make("Subscript", value=buffer, slice=key, ctx=make("Store"))
            self.bars.emit(make("AugAssign", target=target, op=make("Add"), value=bar))
        else:
            statement = call(self.helper("accumulate_into"), [buffer, as_value(key), bar])
            self.bars.emit(make("Expr", value=statement))

    def operands(self, node: Node, rule: Rule, bound: dict[str, Any]) -> dict[str, Node]:
        """Return what stands for each parameter of the rule in the reverse."""
        names: dict[str, Node] = {}
        for name, parameter in rule.signature.parameters.items():
            if name in bound:
                names[name] = self.bound_operand(bound[name], node)
            elif parameter.kind is parameter.VAR_POSITIONAL:
                names[name] = make("Tuple", elts=[])
            elif parameter.kind is parameter.VAR_KEYWORD:
                names[name] = make("Dict", keys=[], values=[])
            else:
                names[name] = self.default(parameter.default)
        return names

    def bound_operand(self, item: Any, node: Node) -> Node:
        if isinstance(item, tuple):
            return make("Tuple", elts=[as_value(self.reading(part, node, after=False)) for part in item])
        if isinstance(item, dict):
            values = [self.reading(part, node, after=False) for part in item.values()]
            return make("Dict", keys=[constant(key) for key in item], values=values)
        return as_value(self.reading(item, node, after=False))

    def default(self, value: Any) -> Node:
        """Return a default value of a rule's parameter as an expression."""
        if value is None or isinstance(value, bool | int | float | str):
            return constant(value)
        return load(self.unit.helper(getattr(value, "__name__", "default"), value))

    def outside(self, rule: Rule) -> Callable[[str], str]:
        """Return how the rule's free names are spelled in the generated code."""

        def spell(name: str) -> str:
            value = outer_value(rule, name)
            if value is self.session.numpy:
                return str(self.unit.numpy_name())
            return str(self.unit.builtin(name) if value is ... else self.unit.helper(name, value))

        return spell

    def paste(
        self, steps: list[Node], names: dict[str, Node], outside: Callable[[str], str], node: Node
    ) -> None:
        """Emit the assignments of a rule with fresh names for its locals."""
        for step in steps:
            local = step.targets[0].id
            expression = substitute(step.value, names, outside)
            fresh = self.scratch(f"{local}_{node.lineno}")
            names[local] = load(fresh)
            self.bars.emit(assign(fresh, expression))

    def pullback(
        self, node: Node, variable: str, value: Node, rule: Rule, body: Body, bound: dict[str, Any], bar: Node
    ) -> list[Contribution]:
        """Paste the inner pullback of an rrule."""
        names = self.operands(node, rule, bound)
        names[body.seeds[0]] = bar
        wanted = [
            (i, name) for i, name in enumerate(rule.parameters) if name in bound and is_active(bound[name])
        ]
        results = [body.results[i] for i, _ in wanted]
        steps, read = needed(body, tuple(i for i, _ in wanted))
        if body.value in read:
            names[body.value] = load(self.regions.read(variable, node, after=True, kind=value.kind))
        self.setup(node, variable, rule, body, names, read)
        self.paste(steps, names, self.outside(rule), node)
        made: list[Contribution] = []
        for (_, name), result in zip(wanted, results, strict=True):
            if is_zero(result, rule):
                continue
            share = substitute(result, names, self.outside(rule))
            parts = not is_number(value.kind)  # some of whose cotangents may be missing
            made += self.spread_bound(bound[name], share, is_fresh(share), parts)
        return made

    def setup(
        self, node: Node, variable: str, rule: Rule, body: Body, names: dict[str, Node], read: Set[str]
    ) -> None:
        """Put the rule's own preparatory lines into the primal, before the operation."""
        wanted = [statement for statement in body.setup]
        needed = {n for n in read}
        keep: list[Node] = []
        for statement in reversed(wanted):
            if statement.targets[0].id in needed:
                needed |= _names(statement.value)
                keep.append(statement)
        primal = dict(self.primal_operands(rule, node))
        for statement in reversed(keep):
            local = statement.targets[0].id
            after = body.value in _names(statement.value)
            primal[body.value] = load(variable)
            fresh = self.scratch(f"{local}_{node.lineno}")
            new = assign(fresh, substitute(statement.value, primal, self.outside(rule)), node)
            new.temporary = True
            primal[local] = load(fresh)
            names[local] = load(fresh)
            self.regions.define(fresh, node)
            self.unit.insert(node, new, after)

    def primal_operands(self, rule: Rule, node: Node) -> dict[str, Node]:
        """Return what stands for each parameter of the rule in the primal."""
        decision: Decision = node.value.decision
        names: dict[str, Node] = {}
        for name, parameter in rule.signature.parameters.items():
            if name in decision.bound:
                names[name] = displayed(self.resolve(decision.bound[name]))
            elif parameter.default is not parameter.empty:
                names[name] = self.default(parameter.default)
        return names

    def spread_bound(self, item: Any, share: Node, fresh: bool, optional: bool = False) -> list[Contribution]:
        """Return the contributions of one parameter's cotangent; those of ``*args`` may be ``None``."""
        if isinstance(item, tuple | dict):
            pairs = list(item.items() if isinstance(item, dict) else enumerate(item))
            if sum(is_active(part) for _, part in pairs) > 1 and type(share).__name__ in COMPUTED:
                self.bars.emit(assign(name := self.scratch("bars"), share))
                share = load(name)
            return [
                c
                for key, part in pairs
                for c in self.spread_bound(part, subscript(clone(share), constant(key)), False, True)
            ]
        place = self.place(item)
        if place is None or not item.kind.active:
            return []
        return [(place, share, item.kind, fresh, optional or not is_number(item.kind))]

    def by_call(self, node: Node, variable: str, value: Node, bar: Node) -> None:
        """Differentiate when the program runs."""
        raise NotImplementedError  # defined with the calls

    def called_rule(
        self, node: Node, variable: str, value: Node, rule: Rule, bound: dict[str, Any], bar: Node
    ) -> None:
        """Call a rule that is not straight-line: it returns the value and a pullback."""
        checked = self.session.nested and not rule.built_in  # by code that is not there to be differentiated
        if checked or rule.form == "scalar" or "NotImplemented" in rule.function.__code__.co_names:
            return self.by_call(node, variable, value, bar)
        active = tuple(p for p in rule.parameters if p in bound and is_active(bound[p]))
        helper = self.unit.helper(rule_name(rule), called(rule, active))
        pullback = self.scratch(f"{variable}_pullback")
        arguments, keywords = rule_arguments(rule, self.primal_bound(node))
        keywords += rule_options(rule, bound, self.unit.helper)
        self.regions.define(pullback, node)
        pair = make("Tuple", elts=[store(variable), store(pullback)], ctx=make("Store"))
        self.unit.replace(node, make("Assign", node, targets=[pair], value=call(helper, arguments, keywords)))
        result = call(self.regions.read(pullback, node, after=True), [bar])
        if len(rule.parameters) > 1:
            bars = self.scratch(f"{variable}_bars")
            self.bars.emit(assign(bars, result))
        made: list[Contribution] = []
        for i, name in enumerate(rule.parameters):
            if name in bound and is_active(bound[name]):
                share = subscript(bars, constant(i)) if len(rule.parameters) > 1 else result
                parts = not is_number(value.kind)  # some of whose cotangents may be missing
                made += self.spread_bound(bound[name], share, False, parts)
        self.contribute_all(variable, made)
        return None

    def primal_bound(self, node: Node) -> dict[str, Any]:
        return {name: self.resolve(item) for name, item in node.value.decision.bound.items()}

    def contribute_all(self, variable: str, contributions: list[Contribution]) -> None:
        """Add contributions, one sum for each place; those to what the user's line assigns come last.

        There the old cotangent is read under a name that is about to be assigned.
        """
        places = list(dict.fromkeys(c[0] for c in contributions))
        if len(places) > 1:
            last = self.rebound() | {variable}
            places.sort(key=lambda place: place[0] in last)
        for key in places:
            same_place = [c for c in contributions if c[0] == key]
            if len(same_place) == 1 or any(c[4] for c in same_place):
                for _, value, kind, fresh, optional in same_place:
                    self.bars.contribute(key, value, kind, fresh, optional)
                continue
            total = summed([c[1] for c in same_place])
            self.bars.contribute(key, total, same_place[0][2], fresh=True)

    def rebound(self) -> Set[str]:
        """Return the variables that the user's line assigns."""
        line = self.bars.origin
        return accesses(line).bound if type(line).__name__ in ("Assign", "AugAssign") else frozenset()


def displayed(item: Any) -> Node:
    """Return a bound operand as an expression: ``*args`` as a tuple, ``**kwargs`` as a dict."""
    if isinstance(item, tuple):
        return make("Tuple", elts=[as_value(clone(part)) for part in item])
    if isinstance(item, dict):
        values = [as_value(clone(part)) for part in item.values()]
        return make("Dict", keys=[constant(key) for key in item], values=values)
    return as_value(clone(item))


def summed(values: list[Node]) -> Node:
    """Return the sum of expressions; twice the same is written as a product."""
    if len(values) == 2 and same(values[0], values[1]):
        return times(constant(2.0), values[0])
    total = values[0]
    for value in values[1:]:
        op, value = signed(value)
        total = make("BinOp", left=total, op=make(op), right=value)
        total.accumulates = True
    return total


def _names(node: Node) -> Set[str]:
    return reads(node)


def is_basic(part: Node) -> bool:
    """Whether an index part surely selects without gathering (integers, slices, None, ...)."""
    if type(part).__name__ == "Slice":
        return True
    kind = getattr(part, "kind", None)
    if isinstance(kind, Known):
        value = kind.value
        return value is None or value is ... or isinstance(value, slice) or type(value) is int
    return isinstance(kind, Scalar) and kind.dtype.kind in "iu"


def is_fresh(node: Node) -> bool:
    """Whether an expression surely makes a new array."""
    return type(node).__name__ == "BinOp"
