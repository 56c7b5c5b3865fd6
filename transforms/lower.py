"""Desugar active code and name every differentiable operation (A-normal form).

After this pass an active statement is one of: ``name = operation(atoms)``, ``a, b = name``,
``name.append(atom)``, a branch, a loop, a nested function, the final ``return name``.  Atoms are
names, constants and paths such as ``params["w"]``.  Inactive code is left as the user wrote it.
Conditional expressions, ``and``/``or``, comprehensions and iteration over active containers become
statements; a branch whose test is known disappears.

Reference: Flanagan et al., "The essence of compiling with continuations" (PLDI 1993).

>>> from adjoint import source
>>> def f(x, flag=True):
...     y = np.sin(x) if flag else x
...     return y * (x + 1.0 if y > 0.0 else -x)
>>> print(source(f, 2.0, stage='lower'))
def f(x, flag=True):
    y = np.sin(x)
    if_3 = y > 0.0
    if if_3:
        choice_3 = x + 1.0
    else:
        choice_3 = -x
    out = y * choice_3
    return out
"""

from __future__ import annotations

import functools

from adjoint.rules.kinds import BOOL, Array, Kind, Known, Tuple

from .atoms import (
    active_target,
    active_value,
    as_read,
    has_star,
    is_active_block,
    is_atom,
    is_negated_name,
    needs_copy,
    operation_name,
    undecided,
)
from .decide import APPEND, DYNAMIC, MIRROR, POP, Decision, asks
from .effects import heads, scanned
from .infer_expr import OPERATORS
from .iteration import IterationLowering
from .reading import as_value
from .rereads import reread
from .rewrites import runs_code
from .syntax import Node, assign, copy_location, expression, load, make, names_read, names_written


class Lowering(IterationLowering):
    """Rewrites the body of one function; see the module docstring."""

    def run(self, tree: Node) -> Node:
        """Lower a normalised, annotated function in place."""
        tree.body = self.block(tree.body)
        return tree

    def block(self, statements: list[Node]) -> list[Node]:
        """Lower a block of statements."""
        outer, self.out = self.out, []
        for statement in statements:
            method = getattr(self, f"do_{type(statement).__name__}", self.out.append)
            self.line = getattr(statement, "lineno", self.line)
            self.origin = statement if hasattr(statement, "lineno") else self.origin
            written = scanned(heads(statement)).written  # what the blocks inside change is seen there
            method(statement)
            self.rereads.forget(written)
        result, self.out = self.out, outer
        return result

    def emit(self, statement: Node) -> None:
        """Append a statement; what is new is located where the user's statement stands."""
        if not hasattr(statement, "lineno"):
            copy_location(statement, self.origin)
        statement.origin = self.origin
        self.out.append(statement)
        if self.rereads.known:
            self.rereads.forget(names_written(statement))

    # --- statements --------------------------------------------------------------------------
    def do_Assign(self, node: Node) -> None:
        if not active_value(node.value) and not any(active_target(t) for t in node.targets):
            return self.emit(node)
        if len(node.targets) > 1:
            value = self.atom(node.value)
            for target in node.targets:
                self.assign_to(target, value)
            return None
        return self.assign_to(node.targets[0], node.value)

    def do_AnnAssign(self, node: Node) -> None:
        if node.value is not None:
            self.assign_to(node.target, node.value)

    def do_AugAssign(self, node: Node) -> None:
        """``x += y`` on a number is a rebinding; what may be a mutation was checked before."""
        if not node.target.stored.active:
            return self.emit(node)
        value = make("BinOp", node, left=as_read(node.target), op=node.op, right=node.value)
        value.kind, value.decision = node.target.stored, getattr(node, "decision", None)
        if value.decision is not None:
            node.target.atom = value.left
        return self.assign_to(node.target, self.decided_later(node, value))

    def decided_later(self, node: Node, value: Node) -> Node:
        """Let the running program decide what an augmented assignment is, if the kinds do not."""
        if getattr(node, "augmented", None) is None:
            return value
        owned, problems = node.augmented
        unit, function = self.infer.unit, OPERATORS[type(node.op).__name__]
        helper = functools.partial(self.infer.session.runtime.augmented, function, owned, problems)
        name = load(unit.helper(f"augmented_{self.line}", helper), node)
        name.kind = Known(helper)
        call = make("Call", node, func=name, args=[value.left, value.right], keywords=[])
        call.kind, call.decision = value.kind, Decision(DYNAMIC)
        return call

    def assign_to(self, target: Node, value: Node) -> None:
        """Lower ``target = value``."""
        kind = type(target).__name__
        if kind == "Name":
            self.bind(target, self.operation(value))
        elif kind in ("Tuple", "List"):
            self.unpack(target, value)
        else:
            value = self.atom(value)
            target.value = self.atom(target.value)
            if kind == "Subscript":
                target.slice = self.index(target.slice)
            self.emit(make("Assign", self.origin, targets=[target], value=value))

    def bind(self, target: Node, value: Node) -> None:
        """Emit ``name = value``."""
        self.infer.kinds.setdefault(target.id, target.stored)
        self.emit(make("Assign", self.origin, targets=[target], value=value))

    def unpack(self, target: Node, value: Node) -> None:
        """Lower ``a, (b, c) = value``."""
        display = type(value).__name__ in ("Tuple", "List") and not has_star(value) and not has_star(target)
        if display and len(value.elts) == len(target.elts):
            atoms = [
                self.temporary(self.operation(item), "item") if needs_copy(item) else self.atom(item)
                for item in value.elts
            ]
            for each, item in zip(target.elts, atoms, strict=True):
                self.assign_to(each, item)
            return
        source = self.whole(value)
        for each in target.elts:
            named = each.value if type(each).__name__ == "Starred" else each
            if type(named).__name__ == "Name" and hasattr(named, "stored"):
                self.infer.kinds.setdefault(named.id, named.stored)
        later = []
        for i, each in enumerate(target.elts):
            if type(each).__name__ not in ("Name", "Starred"):
                name = self.namer.fresh(f"item_{self.line}")
                target.elts[i] = make("Name", each, id=name, ctx=make("Store"))
                target.elts[i].stored = self.infer.kinds[name] = each.stored
                read = load(name, each)
                read.kind = each.stored
                later.append((each, read))
        self.emit(make("Assign", self.origin, targets=[target], value=source))
        for each, read in later:
            self.assign_to(each, read)

    def do_Expr(self, node: Node) -> None:
        decision = getattr(node.value, "decision", None)
        if decision is not None and decision.how == POP:
            self.temporary(self.operation(node.value), "pop")
            return
        if decision is not None and type(node.value).__name__ == "Call" and asks(decision):
            self.temporary(self.operation(node.value), operation_name(node.value))
            self.out[-1].effect = True  # what it does to its operands is all that it is called for
            return
        if decision is not None and decision.how == MIRROR:
            node.value.args[-1] = self.atom(node.value.args[-1])
        if decision is None or decision.how != APPEND:
            if type(node.value).__name__ != "Constant":
                self.emit(node)
            return
        call = node.value
        call.args = [self.atom(arg) for arg in call.args]
        self.emit(node)

    def do_If(self, node: Node) -> None:
        where = node
        node.body, node.orelse = self.block(node.body), self.block(node.orelse)
        self.origin, self.line = where, node.lineno if hasattr(node, "lineno") else self.line
        node.carries = is_active_block(node.body) or is_active_block(node.orelse)
        if node.carries:
            node.test = self.flag(node.test)
        self.emit(node)

    def flag(self, test: Node) -> Node:
        """Name the test of a branch, so that the reverse can read which way it went."""
        if type(test).__name__ == "Name" or is_negated_name(test):
            return test
        name = self.namer.fresh(f"if_{self.line}")
        statement = assign(name, undecided(test), self.origin)
        statement.temporary = True
        self.emit(statement)
        read = load(name, self.origin)
        read.kind = BOOL
        return read

    def do_While(self, node: Node) -> None:
        node.body = self.block(node.body)
        self.origin = node
        self.emit(node)

    def do_With(self, node: Node) -> None:
        node.body = self.block(node.body)
        self.origin = node
        self.emit(node)

    def do_Return(self, node: Node) -> None:
        if node.value.kind.active and type(node.value).__name__ != "Name":
            node.value = self.temporary(self.operation(node.value), "out", plain=True)
        self.emit(node)

    def do_Pass(self, node: Node) -> None:
        """Drop it; empty blocks are filled when the code is printed."""

    # --- expressions -------------------------------------------------------------------------
    def temporary(self, value: Node, hint: str, plain: bool = False) -> Node:
        """Emit ``hint_line = value`` and return the name."""
        name = self.namer.fresh(hint if plain else f"{hint}_{self.line}")
        statement = assign(name, value, self.origin)
        statement.temporary = not plain
        statement.targets[0].stored = value.kind
        self.infer.kinds[name] = value.kind
        self.emit(statement)
        read = load(name, self.origin)
        read.kind = value.kind
        return read

    def atom(self, node: Node) -> Node:
        """Reduce an expression to an atom."""
        if self.infer.volatile and self.infer.volatile & names_read(node):
            node.atom = self.temporary(self.operation(node), operation_name(node), plain=True)
            return node.atom  # a call beside it may assign what it reads
        if is_atom(node):
            return node
        value = self.operation(node)
        result = value if is_atom(value) else self.shared(value, operation_name(node))
        if result is not node:
            node.atom = result
        return result

    def shared(self, value: Node, hint: str) -> Node:
        """Return a temporary for a value: that of the same read of an array, if there is one."""
        found = reread(value)
        if found is None:
            return self.temporary(value, hint)
        text, names = found
        known = self.rereads.find(self.out, text)
        if known is None:
            result = self.temporary(value, hint)
            self.rereads.remember(self.out, text, names, result.id)
            return result
        result = load(known, self.origin)
        result.kind = value.kind
        return result

    def operation(self, node: Node) -> Node:
        """Reduce an expression to one operation on atoms; inactive expressions stay as they are."""
        if not active_value(node):
            return node
        method = getattr(self, f"lower_{type(node).__name__}", None)
        if method is None:
            return node
        result: Node = method(node)
        if result is not node and not hasattr(node, "atom"):
            node.atom = result
        return result

    def lower_BinOp(self, node: Node) -> Node:
        node.left, node.right = self.atom(node.left), self.atom(node.right)
        return node

    def lower_UnaryOp(self, node: Node) -> Node:
        node.operand = self.atom(node.operand)
        return node

    def lower_Compare(self, node: Node) -> Node:
        """A class of a user has said what it means."""
        node.left, node.comparators = self.atom(node.left), [self.atom(other) for other in node.comparators]
        return node

    def lower_Attribute(self, node: Node) -> Node:
        if not isinstance(node.value.kind, Known):
            node.value = self.atom(node.value)
        if node.attr == "flat" and isinstance(node.value.kind, Array) and node.value.kind.active:
            return self.annotate(expression("X.ravel()", X=node.value))  # what the rule of `flat` returns
        return node

    def lower_Subscript(self, node: Node) -> Node:
        node.value = self.atom(node.value)
        computed = active_value(node.slice) and not isinstance(node.value.kind, Array)
        node.slice = self.atom(as_value(node.slice)) if computed else self.index(node.slice)
        return node

    def index(self, node: Node) -> Node:
        """Reduce the parts of an index to atoms."""
        if type(node).__name__ == "Tuple":
            node.elts = [self.index(part) for part in node.elts]
            return node
        if type(node).__name__ == "Slice":
            for field in ("lower", "upper", "step"):
                part = getattr(node, field)
                setattr(node, field, None if part is None else self.atom(part))
            return node
        return self.argument(node)

    def lower_Call(self, node: Node) -> Node:
        if type(node.func).__name__ == "Attribute":
            if not isinstance(node.func.value.kind, Known):
                node.func.value = self.atom(node.func.value)
        elif not is_atom(node.func) and active_value(node.func):
            node.func = self.atom(node.func)
        node.args = [self.argument(arg) for arg in node.args]
        for keyword in node.keywords:
            keyword.value = self.atom(keyword.value)
        return node

    def argument(self, arg: Node) -> Node:
        if type(arg).__name__ == "Starred":
            arg.value = self.atom(arg.value)
            return arg
        return self.atom(arg)

    def lower_Tuple(self, node: Node) -> Node:
        return self.display(node)

    def lower_List(self, node: Node) -> Node:
        return self.display(node)

    def display(self, node: Node) -> Node:
        """Reduce the items of a tuple or list; starred items of known length are spelled out."""
        items: list[Node] = []
        for item in node.elts:
            if type(item).__name__ != "Starred":
                items.append(self.atom(item))
                continue
            source = self.atom(item.value)
            if isinstance(source.kind, Tuple):
                items += [self.atom(self.item(source, i)) for i in range(len(source.kind.items))]
            else:
                item.value = source
                items.append(item)
                node.decision = Decision(DYNAMIC)
        node.elts = items
        return node

    def lower_Dict(self, node: Node) -> Node:
        node.keys = [None if key is None else self.atom(key) for key in node.keys]
        node.values = [self.atom(value) for value in node.values]
        return node

    def lower_Lambda(self, node: Node) -> Node:
        self.defaults(node.args)
        return node

    def do_FunctionDef(self, node: Node) -> None:
        self.defaults(node.args)
        self.emit(node)

    def defaults(self, args: Node) -> None:
        """The defaults of a function's parameters are computed when it is defined."""
        args.defaults[:] = [self.atom(d) if active_value(d) else d for d in args.defaults]
        args.kw_defaults[:] = [self.atom(d) if d and active_value(d) else d for d in args.kw_defaults]

    def lower_IfExp(self, node: Node) -> Node:
        if node.taken is not None:
            if runs_code(node.test):
                self.emit(make("Expr", self.origin, value=node.test))
            return self.operation(node.body if node.taken else node.orelse)
        return self.choice(self.namer.fresh(f"choice_{self.line}"), node, node.kind)

    def choice(self, name: str, node: Node, kind: Kind) -> Node:
        """Write a conditional expression as a branch that assigns ``name``, of the kind given."""
        test = self.flag(node.test)
        arms = [self.arm(name, arm, kind) for arm in (node.body, node.orelse)]
        return self.joined(name, make("If", self.origin, test=test, body=arms[0], orelse=arms[1]), kind)

    def lower_BoolOp(self, node: Node) -> Node:
        """``a and b``: the second operand is evaluated only if the first does not decide."""
        name = self.namer.fresh(f"choice_{self.line}")
        conjunction = type(node.op).__name__ == "And"
        self.out += self.arm(name, node.values[0], node.kind)
        for value in node.values[1 : getattr(node, "evaluated", None)]:
            test = load(name) if conjunction else make("UnaryOp", op=make("Not"), operand=load(name))
            copy_location(test, self.origin)
            branch = make(
                "If",
                self.origin,
                test=self.flag_of_value(test),
                body=self.arm(name, value, node.kind),
                orelse=[],
            )
            self.joined(name, branch, node.kind)
        read = load(name, self.origin)
        read.kind = node.kind
        return read

    def flag_of_value(self, test: Node) -> Node:
        """Name a test that reads a variable about to be rebound."""
        if type(test).__name__ == "Name":
            call = make(
                "Call",
                self.origin,
                func=load(self.infer.unit.builtin("bool"), self.origin),
                args=[test],
                keywords=[],
            )
            return self.flag(call)
        return self.flag(test)

    def arm(self, name: str, value: Node, kind: Kind) -> list[Node]:
        """Return the statements of one arm of a conditional expression."""
        outer, self.out = self.out, []
        if type(value).__name__ == "IfExp" and value.taken is None and active_value(value):
            self.choice(name, value, kind)
        else:
            statement = assign(name, self.operation(value), self.origin)
            statement.targets[0].stored = value.kind
            self.infer.kinds[name] = kind
            self.emit(statement)
        result, self.out = self.out, outer
        return result

    def joined(self, name: str, branch: Node, kind: Kind) -> Node:
        """Emit a branch that assigns ``name`` and return the name."""
        branch.kinds_after = {name: kind}
        self.emit(branch)
        read = load(name, self.origin)
        read.kind = kind
        return read
