"""The tangent of a call: of a compiled function, or of one that only the running program knows.

>>> from adjoint import source
>>> def square(x):
...     return x * x
>>> def f(x):
...     return square(x) * 3.0
>>> print(source(f, mode='forward', stage='regroup'))
def f(x_dot, x):
    square_2, square_2_dot = square__pushforward(x_dot, x)
    out = square_2 * 3.0
    out_dot = square_2_dot * 3.0
    return out, out_dot
"""

from __future__ import annotations

from adjoint.rules.kinds import Closure, Known, Unknown

from .decide import Decision
from .dots import covers
from .push_rules import RulePush
from .reading import as_value
from .syntax import Node, attribute, call, clone, constant, load, make, store


class CallPush(RulePush):
    """Pushes tangents through calls that have no rule."""

    # --- compiled functions ------------------------------------------------------------------
    def by_unit(self, node: Node, variable: str, value: Node) -> None:
        """Call the pushforward of a compiled function: tangents first, then the arguments."""
        decision: Decision = value.decision
        unit = decision.unit
        name = self.unit.calls_part(unit, self.part)
        dots = [self.argument_dot(decision, parameter) for parameter in unit.active]
        args, keywords = self.unit_arguments(value, decision)
        request = call(name, [*self.unit_dots(dots), *args], keywords)
        if not self.has_dot(variable):
            return self.emit(make("Assign", node, targets=[pair_of(variable, "_")], value=request))
        return self.both(node, variable, value, request)

    def unit_dots(self, dots: list[Node]) -> list[Node]:
        """Return the leading arguments of a compiled function's pushforward."""
        return dots

    def both(self, node: Node, variable: str, value: Node, request: Node) -> None:
        """Emit ``v, v_dot = request``."""
        self.emit(make("Assign", node, targets=[pair_of(variable, self.name(variable))], value=request))
        dot = load(self.name(variable))
        how = value.decision.how
        known = not isinstance(value.kind, Unknown | Closure)
        # A part without a tangent here may have one later, in a loop for example.
        lacking = known and (how == "dynamic" or not covers(value.kind, self.kinds[variable]))
        if lacking or how == "dynamic" and variable in self.mutable:
            dot = call(self.helper("filled"), [dot, load(variable)])
        dot = self.owned_dot(variable, value, dot)
        if type(dot).__name__ != "Name":
            self.set(variable, dot)

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

    def argument_dot(self, decision: Decision, name: str) -> Node:
        """Return the tangent of what is bound to a parameter of the callee, or of a captured variable."""
        kind = decision.unit.parameters[name]
        if name not in decision.bound:
            return self.dot_as(decision.carried[name], kind)
        item = self.resolve(decision.bound[name])
        if isinstance(item, tuple | dict):
            return self.dots_of(item)
        return self.dot_as(item, kind)

    # --- run time ----------------------------------------------------------------------------
    def by_call(self, node: Node, variable: str, value: Node) -> None:
        """Push tangents when the program runs: the generic path."""
        self.both(node, variable, value, self.request(value))

    def request(self, value: Node) -> Node:
        """Return ``push((f, f_dot), (x, x_dot), ...)``."""
        kind = type(value).__name__
        if kind == "Call":
            return self.user_request(value)
        if kind == "Attribute":
            return self.pushed(load("getattr"), None, [value.value, constant(value.attr)], [])
        if kind in ("Tuple", "List"):
            function = self.helper("build_tuple" if kind == "Tuple" else "build_list")
            return self.pushed(load(function), None, value.elts, [])
        operator_name = self.unit.helper("operator", self.session.operator)
        function_name = "getitem" if kind == "Subscript" else value.decision.target.__name__
        parts = {"Subscript": ["value", "slice"], "UnaryOp": ["operand"]}.get(kind, ["left", "right"])
        args = [getattr(value, part) for part in parts]
        return self.pushed(attribute(operator_name, function_name), None, args, [])

    def user_request(self, value: Node) -> Node:
        """Return the request for a call that the user wrote."""
        func = value.func
        if type(func).__name__ == "Attribute" and not isinstance(func.value.kind, Known):
            request = self.pushed(load("_"), None, [func.value, *value.args], value.keywords)
            request.func = call(self.helper("push_method"), []).func
            request.args = [request.args[1], constant(func.attr), *request.args[2:]]
            return request
        return self.pushed(clone(func), self.dot(func), value.args, value.keywords)

    def pushed(self, function: Node, dot: Node | None, args: list[Node], keywords: list[Node]) -> Node:
        """Return ``push((function, dot), *args, **keywords)`` with each argument beside its tangent."""
        head = make("Tuple", elts=[function, dot or constant(None)])
        pairs = [
            make("keyword", arg=keyword.arg, value=self.beside(keyword.value, keyword.arg is None))
            for keyword in keywords
        ]
        return call(self.helper("push"), [head, *(self.beside(arg) for arg in args)], pairs)

    def beside(self, arg: Node, spread: bool = False) -> Node:
        """Return ``(x, x_dot)``; for ``*x`` and ``**x`` one such pair for each item."""
        if type(arg).__name__ == "Starred":
            pairs = self.beside(arg.value, True)
            return make("Starred", value=pairs, ctx=make("Load"))
        dot = (self.dot(arg) if is_operand(arg) else None) or constant(None)
        if spread:
            return call(self.helper("paired"), [as_value(clone(arg)), dot])
        return make("Tuple", elts=[as_value(clone(arg)), dot])


def is_operand(arg: Node) -> bool:
    """Whether an argument is something that may have a tangent (not an index)."""
    return type(arg).__name__ not in ("Slice", "Tuple") and hasattr(arg, "kind")


def pair_of(first: str, second: str) -> Node:
    """Return the target ``first, second``."""
    return make("Tuple", elts=[store(first), store(second)], ctx=make("Store"))


__all__ = ["CallPush"]
