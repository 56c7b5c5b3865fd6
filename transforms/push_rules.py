"""The tangent of an operation that has a rule: the rule is pasted, or called if it is not straight-line.

>>> from adjoint import source
>>> def f(x, a):
...     return np.sum(np.tanh(a @ x))
>>> print(source(f, np.ones(3), np.ones((3, 3)), mode='forward', stage='pushforward'))
def f(x_dot, x, a):
    matmul_2 = a @ x
    matmul_2_dot = a @ x_dot
    tanh_2 = np.tanh(matmul_2)
    tanh_2_dot = matmul_2_dot * (1.0 - tanh_2 * tanh_2)
    out = np.sum(tanh_2)
    out_dot = np.sum(tanh_2_dot)
    return out, out_dot
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.rules.errors import skeleton, spell
from adjoint.rules.kinds import Array, Scalar, is_complex, is_inexact, is_number, is_scalar, is_surely_real
from adjoint.rules.likeness import nearest
from adjoint.rules.registry import Rule, registry

from .arguments import is_active, rule_arguments, rule_name, rule_options
from .decide import Decision, applies, bind
from .dots import Dots, is_full
from .effects import reads
from .explain import problem_at
from .operations import summed
from .partials import may_broadcast, same_shape
from .paste import Body, is_zero, needed_steps, outer_value, parsed, substitute
from .products import number, scaled
from .reading import as_value
from .syntax import (
    Node,
    assign,
    attribute,
    call,
    clone,
    constant,
    load,
    make,
    names_read,
    same,
    store,
    subscript,
    walk,
)


class RulePush(Dots):
    """Writes ``v = operation(atoms)`` and its tangent by the forward rule of the operation."""

    def by_rule(self, node: Node, variable: str, value: Node) -> None:
        """Push tangents through an operation that has a rule."""
        decision: Decision = value.decision
        found = self.forward_rule(decision)
        if found is None:
            return self.missing(node, value, decision.target)
        rule, arguments = found
        bound = {name: self.resolve(item) for name, item in arguments.items()}
        if rule.form == "linear":
            return self.written(node, variable, value, lambda out: self.linear(value, decision), [])
        body = parsed(rule)
        if body is None:
            return self.called(node, variable, value, rule, bound)
        before: list[Node] = []
        make_dot = self.scalar if rule.form == "scalar" else self.pasted
        return self.written(
            node, variable, value, lambda out: make_dot(out, value, rule, body, bound, before), before
        )

    def forward_rule(self, decision: Decision) -> tuple[Rule, dict[str, Any]] | None:
        """Return the forward rule of an operation and its bound arguments; None if there is none."""
        operands = [self.resolve(item) for item in decision.operands]
        keywords = {name: self.resolve(item) for name, item in decision.keywords.items()}
        kinds, named = [item.kind for item in operands], {n: item.kind for n, item in keywords.items()}
        for rule in registry.pushforwards(decision.target, beside=decision.rule):
            if rule.form == "constant" or rule.form == "scalar" and rule is not decision.rule:
                continue  # another rule was chosen for these kinds
            if rule.form == "linear":
                others = [*kinds[1:], *named.values()]
                if operands and not any(kind.active for kind in others):
                    return rule, {}
                continue
            bound = bind(rule, operands, keywords)
            if bound is not None and applies(rule, bind(rule, kinds, named) or {}):
                return rule, bound
        return None

    def missing(self, node: Node, value: Node, function: Any) -> None:
        """Note that a function has no forward rule."""
        near = nearest(spell(function), [spell(f) for f in registry.primals()])
        text = ":  " + ", ".join(near) if near else ""
        pattern = skeleton(function, "frule").replace("\n", "\n    ")
        where = getattr(value, "func", value)
        where = where if hasattr(where, "lineno") else node
        self.problems.append(
            problem_at(self.unit, where, "ADJ201", spell(function), skeleton="    " + pattern, nearest=text)
        )

    problems: list[Any]

    # --- order -------------------------------------------------------------------------------
    def written(
        self,
        node: Node,
        variable: str,
        value: Node,
        make_dot: Callable[[str], Node],
        before: list[Node],
    ) -> None:
        """Write an operation and its tangent so that each reads what it means.

        Args:
            node: the statement.
            variable: the variable it assigns.
            value: the operation.
            make_dot: writes what the tangent needs and returns it, given the name of the new value.
            before: what ``make_dot`` wants written before the operation.
        """
        old = variable in names_read(value)
        new = self.namer.fresh(f"{variable}_{node.lineno}") if old else variable
        outer, self.out = self.out, []
        dot = make_dot(new)
        steps, self.out = self.out, outer
        dot = self.owned_dot(variable, value, dot)
        for statement in before:
            self.emit(statement)
        late = [*steps, assign(self.name(variable), dot)]
        read = set().union(*(reads(statement) for statement in late))
        if old and new not in read:
            self.extend(late)
            self.primal(node)
        elif old:
            self.emit(assign(new, value))
            self.extend(late)
            self.emit(assign(variable, load(new)))
        else:
            self.primal(node)
            self.extend(late)

    def extend(self, statements: list[Node]) -> None:
        """Append statements."""
        for statement in statements:
            self.emit(statement)

    def primal(self, node: Node) -> None:
        """Append a statement of the primal as it stands."""
        self.out.append(node)

    def owned_dot(self, variable: str, value: Node, dot: Node) -> Node:
        """Copy the tangent of a new array that will be changed in place, if it may be another's."""
        if variable not in self.changed:
            return dot
        if self.session.boxed:
            return call(self.helper("owned_box"), [dot])
        fresh = type(dot).__name__ in ("BinOp", "UnaryOp")
        return dot if fresh else call(self.numpy("array"), [dot])

    # --- kinds of rules ----------------------------------------------------------------------
    def linear(self, value: Node, decision: Decision) -> Node:
        """Return the same operation with the tangent in the place of the first operand."""
        first = self.resolve(decision.operands[0])
        dot = self.dot(first)
        assert dot is not None
        if not is_full(first.kind):
            dot = call(self.helper("filled"), [dot, clone(first)])
        return self.with_first(value, decision, dot)

    def with_first(self, value: Node, decision: Decision, dot: Node) -> Node:
        """Return an operation with another first operand."""
        new = value.__class__.__new__(value.__class__)
        notes = ("kind", "decision", "atom")
        new.__dict__.update({key: item for key, item in value.__dict__.items() if key not in notes})
        kind = type(value).__name__
        if kind == "Call" and getattr(value, "implicit", False):
            new.func = attribute(dot, decision.target.__name__)  # the call may be of a bound method
        elif kind == "Call":
            starred = any(type(arg).__name__ == "Starred" for arg in value.args)
            rest = decision.operands[1:] if starred else value.args[1:]
            new.args = [dot, *(clone(self.resolve(arg)) for arg in rest)]
            if self.session.boxed:
                new.func, new.args = load(self.helper("each")), [value.func, *new.args]
        else:
            field = {"BinOp": "left", "UnaryOp": "operand"}.get(kind, "value")
            setattr(new, field, dot)
        return new

    def operands(self, rule: Rule, bound: dict[str, Any]) -> dict[str, Node]:
        """Return what stands for each parameter of a rule."""
        names: dict[str, Node] = {}
        for name, parameter in rule.signature.parameters.items():
            if name in bound:
                names[name] = self.operand(bound[name])
            elif parameter.kind is parameter.VAR_POSITIONAL:
                names[name] = make("Tuple", elts=[])
            elif parameter.kind is parameter.VAR_KEYWORD:
                names[name] = make("Dict", keys=[], values=[])
            else:
                names[name] = self.default(parameter.default)
        return names

    def operand(self, item: Any) -> Node:
        """Return the expression for what is bound to a parameter."""
        if isinstance(item, tuple):
            return make("Tuple", elts=[as_value(clone(part)) for part in item])
        if isinstance(item, dict):
            keys = [constant(key) for key in item]
            return make("Dict", keys=keys, values=[clone(part) for part in item.values()])
        return as_value(clone(item))

    def default(self, value: Any) -> Node:
        """Return a default value of a rule's parameter as an expression."""
        if value is None or isinstance(value, bool | int | float | str):
            return constant(value)
        return load(self.unit.helper(getattr(value, "__name__", "default"), value))

    def outside(self, rule: Rule) -> Callable[[str], str]:
        """Return how the rule's free names are spelled in the generated code."""

        def spell_name(name: str) -> str:
            value = outer_value(rule, name)
            if value is self.session.numpy:
                return self.tangent_numpy()
            if self.session.boxed and value is not ...:
                value = self.session.runtime.taking_boxes(value)
            return name if value is ... else str(self.unit.helper(name, value))

        return spell_name

    def scalar(
        self, out: str, value: Node, rule: Rule, body: Body, bound: dict[str, Any], before: list[Node]
    ) -> Node:
        """Multiply tangents with the partials of an elementwise function."""
        names = self.operands(rule, bound) | {"out": load(out)}
        wanted = [(i, n) for i, n in enumerate(rule.parameters) if n in bound and bound[n].kind.active]
        results = [body.results[i] for i, _ in wanted]
        self.paste(needed_steps(body.steps, results), names, rule)
        terms: list[Node] = []
        full = False
        shaped = [load(out)] + [names[n] for n in bound if same_shape(bound[n].kind, value.kind, False)]
        for (_, name), result in zip(wanted, results, strict=True):
            partial = substitute(result, names, self.outside(rule))
            if number(partial) == 0.0 or is_zero(result, rule):
                continue
            dot, kind = self.dot(bound[name]), bound[name].kind
            assert dot is not None
            one = is_scalar(value.kind) and not self.session.nested
            product, _ = scaled(dot, partial, rule.strength, one, self.helper)
            if is_complex(kind) and is_surely_real(value.kind):
                product = call(self.numpy("real"), [product])
            elif not is_surely_real(kind) and not is_complex(value.kind):
                product = call(self.helper("real_part"), [product, load(out)])
            terms.append(product)
            alone = all(n == name or is_scalar(item.kind) for n, item in bound.items())
            full = full or not may_broadcast(kind, value.kind) or alone and isinstance(kind, Array)
            full = full or any(same(part, p) for p in shaped for part in walk(partial))
        if not terms:
            return self.zero(value.kind, load(out))
        total = summed(terms)
        return total if full or is_scalar(value.kind) else call(self.helper("spread"), [total, load(out)])

    def paste(self, steps: list[Node], names: dict[str, Node], rule: Rule) -> None:
        """Emit the assignments of a rule with fresh names for its locals."""
        for step in steps:
            local = step.targets[0].id
            expression = substitute(step.value, names, self.outside(rule))
            fresh = self.scratch(f"{local}_{self.origin.lineno}")
            names[local] = load(fresh)
            self.emit(assign(fresh, expression))

    def pasted(
        self, out: str, value: Node, rule: Rule, body: Body, bound: dict[str, Any], before: list[Node]
    ) -> Node:
        """Paste the inner pushforward of an frule."""
        names = self.operands(rule, bound)
        active = [(i, n) for i, n in enumerate(rule.parameters) if n in bound and is_active(bound[n])]
        results = [body.results[i] for i, _ in active]
        steps = needed_steps(body.steps, results)
        needed = set().union(*(reads(part) for part in [*results, *(s.value for s in steps)]))
        self.setup(out, rule, body, names, needed, before)
        for i, name in active:
            names[body.seeds[i]] = self.dots_of(bound[name])
        self.paste(steps, names, rule)
        given = [result for result in results if not is_zero(result, rule)]
        terms = [substitute(result, names, self.outside(rule)) for result in given]
        if not terms:
            return self.zero(value.kind, load(out))
        sure = isinstance(value.kind, Scalar) or isinstance(value.kind, Array) and value.kind.dims is not None
        if len(terms) > 1 and not sure:
            return call(self.helper("total"), [make("Tuple", elts=terms)])
        return summed(terms)

    def setup(
        self, out: str, rule: Rule, body: Body, names: dict[str, Node], needed: set[str], before: list[Node]
    ) -> None:
        """Paste the lines of a rule around the operation that its pushforward reads."""
        keep: list[Node] = []
        for statement in reversed(body.setup):
            if statement.targets[0].id in needed:
                needed |= reads(statement.value)
                keep.append(statement)
        late: set[str] = {body.value}
        names[body.value] = load(out)
        for statement in reversed(keep):
            local = statement.targets[0].id
            expression = substitute(statement.value, names, self.outside(rule))
            fresh = self.scratch(f"{local}_{self.origin.lineno}")
            after = bool(late & reads(statement.value))
            names[local] = load(fresh)
            if after:
                late.add(local)
                self.emit(assign(fresh, expression))
            else:
                before.append(assign(fresh, expression))

    def dots_of(self, item: Any) -> Node:
        """Return the tangent of what is bound to a parameter; parts without tangent are ``None``."""
        if isinstance(item, tuple):
            return make("Tuple", elts=[self.dots_of(part) for part in item])
        if isinstance(item, dict):
            values = [self.dots_of(part) for part in item.values()]
            return make("Dict", keys=[constant(key) for key in item], values=values)
        return self.dot(item) or constant(None)

    def called(self, node: Node, variable: str, value: Node, rule: Rule, bound: dict[str, Any]) -> None:
        """Call a rule that is not straight-line: it returns the value and a pushforward."""
        if rule.form == "scalar" or "NotImplemented" in rule.function.__code__.co_names:
            return self.by_call(node, variable, value)
        helper = self.unit.helper(rule_name(rule, "frule"), rule.function)
        arguments, keywords = rule_arguments(rule, bound)
        keywords += rule_options(rule, bound, self.unit.helper)
        name = self.namer.fresh(f"{variable}_pushforward")
        pair = make("Tuple", elts=[store(variable), store(name)], ctx=make("Store"))
        active = [n for n in rule.parameters if n in bound and is_active(bound[n])]
        dots = [self.dots_of(bound[n]) if n in active else self.no_dot(bound.get(n)) for n in rule.parameters]
        self.emit(make("Assign", node, targets=[pair], value=call(helper, arguments, keywords)))
        dot = call(self.helper("tried"), [load(name), *dots]) if self.session.boxed else call(name, dots)
        if len(rule.parameters) > 1 and len(active) == 1:
            dot = subscript(dot, constant(rule.parameters.index(active[0])))
        elif len(rule.parameters) > 1:
            dot = call(self.helper("total"), [dot])
        if self.session.nested and is_number(value.kind):  # a constant share, as of the form that `fit` reads
            dot = call(self.helper("filled"), [dot, load(variable)])
        self.set(variable, self.owned_dot(variable, value, dot))
        return None

    def no_dot(self, item: Any) -> Node:
        """Return what a called pushforward is given for a parameter without tangent: zeros for a number."""
        inexact = hasattr(item, "kind") and is_number(item.kind) and is_inexact(item.kind)
        return self.zero(item.kind, clone(item)) if inexact else constant(None)

    def by_call(self, node: Node, variable: str, value: Node) -> None:
        """Push tangents when the program runs."""
        raise NotImplementedError  # defined with the calls
