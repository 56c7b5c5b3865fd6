"""The problems of one function: what cannot be differentiated, with its place.

Only code that can carry a derivative is looked at; bookkeeping, logging and parsing pass.

>>> from adjoint.inspection import inferred
>>> def f(x):
...     x[0] = 0.0
...     return np.sum(x)
>>> for problem in Checker(inferred(f, np.ones(3))).run():
...     print(problem.code, problem.line, problem.label)
ADJ101 2 overwrites part of `x`; the pullback needs the old value
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from adjoint.rules.errors import (
    Problem,
    skeleton,
    spell,
)
from adjoint.rules.kinds import NUMERIC, Array, Dict, Kind, Known, List, Object, Unknown
from adjoint.rules.likeness import nearest
from adjoint.rules.registry import registry

from .aliases import Aliases
from .attempted import only_computes
from .changes import is_fields, root_name, targets_of, written_arguments
from .classes import runtime_type
from .decide import APPEND, MISSING, MUTATES, POP, UNBOUND, UNIT, is_foreign
from .explain import called_at, first_line, indented, problem_at, spelled
from .generators import (
    COMPREHENSIONS,
    comprehension_problems,
    given_once,
    is_iterator,
    kept_iterators,
    read_by_several,
)
from .managers import may_swallow
from .memory import callee, class_of, hashable, immutable, kind_at, stored_at
from .mutators import ARRAY_METHODS, FIELD_WRITERS, ITEM_METHODS, changed_argument, in_place_operator
from .nonlocals import may_be_given_active, written_outside
from .normalize import JUMPS, statement_exits
from .overwrites import Overwrites
from .records import made_by_steps, stores_plainly
from .silent import effects, may_fill, with_silence
from .surely import surely_arrays
from .syntax import Node, names_read, names_written, walk
from .tracing import is_certain, is_final, is_moving, iterates_in_steps
from .trees import own_nodes
from .unseen import calls_for_effect, changes_its_owner, is_change_to_come, keeps_state

SUSPENDED = frozenset({"Yield", "YieldFrom", "Await", "AsyncFor", "AsyncWith"})
RUN_TIME_CODE = (builtins.exec, builtins.eval, builtins.locals, builtins.globals)


class Checker:
    """Walks an annotated function; what cannot be reached is gone already."""

    def __init__(self, unit: Any, root: bool = False, silent: bool = False, strict: bool = True) -> None:
        self.unit = unit
        self.strict = strict  # the arguments are known, unlike at decoration
        self.root = root
        self.silent = silent
        self.final = False
        self.open = bool(SUSPENDED & unit.classes)
        self.problems: list[Problem] = []
        self.lasting: list[Problem] = []
        self.callees: list[tuple[Any, bool]] = []
        self.aliases = Aliases(unit, unit.summaries.memory)
        self.declared: set[str] = set()
        self.read = names_read(unit.tree.body)
        self.arrays: set[str] | None = None

    def run(self) -> list[Problem]:
        """Return the problems of the unit's own body, in the order of its lines."""
        self.whole_function()
        self.block(self.unit.tree.body)
        self.problems = effects(self.problems, self.lasting) if self.silent else self.problems
        return self.sorted()

    def is_final(self) -> bool:
        """Whether the problems found so far stay, however the function is run."""
        return self.final or not self.open and not any(SUSPENDED & u.classes for u, _ in self.callees)

    def overwrites(self) -> list[Problem]:
        """Return the changes of what a derivative needs later."""
        found = Overwrites(self.unit, self.unit.summaries)
        self.unit.changed, self.unit.changing = frozenset(found.parameters_changed), found.changing
        for node, name, line in found.found.values():
            kind = self.unit.inference.kinds.get(name)
            self.report(node, "ADJ105", name, kind, line=f"line {line}" if line else "a line above")
        return self.sorted()

    def sorted(self) -> list[Problem]:
        """Return every problem once."""
        unique = dict.fromkeys(self.problems)
        return sorted(unique, key=lambda p: (p.line, p.column))

    def report(self, node: Node, code: str, name: str, kind: Kind | None = None, **extra: str) -> None:
        """Note one problem; what the function does to others is refused however it is run."""
        self.final |= is_final(self.unit, self.root, code, name)
        self.open |= not is_certain(code, kind)
        self.problems.append(problem_at(self.unit, node, code, name, **extra))

    def whole_function(self) -> None:
        """Generators and coroutines."""
        tree = self.unit.tree
        if type(tree).__name__ == "AsyncFunctionDef":
            self.report(first_line(tree), "ADJ112", "async def")
        for node in own_nodes(tree.body) if SUSPENDED & self.unit.classes else ():
            kind = type(node).__name__
            if kind in ("Yield", "YieldFrom"):
                self.report(node, "ADJ111", "yield")
            elif kind in ("Await", "AsyncFor", "AsyncWith"):
                self.report(first_line(node), "ADJ112", kind.lower())

    # --- statements --------------------------------------------------------------------------
    def block(self, statements: list[Node]) -> None:
        """Check statements in order."""
        for statement in statements:
            self.aliases.at(statement)
            method = getattr(self, f"check_{type(statement).__name__}", self.expressions)
            method(statement)
            reported = {problem.line for problem in self.problems}
            for call in calls_for_effect(statement, self.read, self.unit):
                if call.lineno not in reported:
                    text = "a call of what only the running program knows, for its effect,"
                    self.report(call, "ADJ119", text)

    def check_If(self, node: Node) -> None:
        self.expressions(node.test)
        self.block(node.body)
        self.block(node.orelse)

    def check_For(self, node: Node) -> None:
        self.expressions(node.iter, read=True)
        self.targets(node)
        self.block(node.body)

    def check_While(self, node: Node) -> None:
        self.expressions(node.test)
        self.block(node.body)

    def check_With(self, node: Node) -> None:
        for item in node.items:
            self.expressions(item.context_expr)
            if kind_at(item.context_expr).active:
                self.report(item.context_expr, "ADJ119", "a context manager that holds an active value")
            cls: Any = class_of(item.context_expr)
            if type(item.context_expr).__name__ == "Call" and cls is None:
                cls = callee(item.context_expr)[0]
            if may_swallow(cls) and self.active_in_block(node.body):
                self.report(item.context_expr, "ADJ110", cls.__name__)
                self.lasting += self.problems[-1:]
        self.targets(node)
        self.block(node.body)

    def check_Try(self, node: Node) -> None:
        if self.active_inside(node) or statement_exits(node) & JUMPS:
            self.report(first_line(node), "ADJ110", "try")
            self.lasting += self.problems[-1:] if not only_computes(node, self.unit, self.strict) else []

    check_TryStar = check_Try

    def check_Match(self, node: Node) -> None:
        if self.active_inside(node) or statement_exits(node) & JUMPS:
            self.report(first_line(node), "ADJ119", "`match`")

    def check_ClassDef(self, node: Node) -> None:
        calls = (n for n in walk(self.unit.tree.body) if type(n).__name__ == "Call")
        made = any(getattr(call.func, "id", "") == node.name and self.concerns(call) for call in calls)
        if self.active_inside(node) or made and keeps_state(node):
            self.report(first_line(node), "ADJ119", "a class defined inside the function")

    def check_AsyncFor(self, node: Node) -> None:
        """Reported with the whole function."""

    check_AsyncWith = check_AsyncFunctionDef = check_AsyncFor

    def check_FunctionDef(self, node: Node) -> None:
        """A nested function is checked when it is compiled; only its writes outside matter here."""
        for target, name in written_outside(self.unit, node):
            self.report(target, "ADJ113", name)
        suspended = [n for n in own_nodes(node.body) if type(n).__name__ in ("Yield", "YieldFrom")]
        if suspended and (self.active_inside(node) or may_be_given_active(self.unit, node.name)):
            self.report(suspended[0], "ADJ119", "a generator made in the function")

    def check_Global(self, node: Node) -> None:
        self.declared |= set(node.names)

    check_Nonlocal = check_Global

    def check_Delete(self, node: Node) -> None:
        for target in targets_of(node):
            kind = type(target).__name__
            if kind in ("Subscript", "Attribute") and kind_at(target.value).active:
                self.store(target, node)

    def check_Assign(self, node: Node) -> None:
        target: Any = node.targets[0] if type(node).__name__ == "Assign" else node.target
        once = is_iterator(node.value) and given_once(self.unit.tree, node)
        self.expressions(node.value, type(target).__name__ in ("Tuple", "List"), once)
        if read_by_several(self.unit.tree, node):
            self.report(node.value, "ADJ119", "an iterator that is read in several places")
        if is_fields(node.value) and self.aliases.changed(target):
            self.report(node.value, "ADJ104", spelled(node.value))
        rebinds, changes = getattr(node.value, "rebinds", None), getattr(node, "changes", None)
        if rebinds is not None and not self.aliases.owned(rebinds[0]):
            self.report(node.value, "ADJ104", rebinds[0].id)
        if changes is not None and not self.aliases.owned(changes):
            self.report(node, "ADJ103", changes.id)
        self.targets(node)

    def check_AnnAssign(self, node: Node) -> None:
        if node.value is not None:
            self.check_Assign(node)

    def targets(self, node: Node) -> None:
        """Check the places that a statement stores into."""
        for target in targets_of(node):
            if type(target).__name__ == "Name":
                if target.id in self.declared and stored_at(target).active:
                    self.report(target, "ADJ113", target.id)
            elif kind_at(target.value).active or stored_at(target).active:
                self.store(target, node)

    def store(self, target: Node, node: Node) -> bool:
        """``base[...] = value`` or ``base.field = value``, base or value active; whether it is refused."""
        base, kind = target.value, kind_at(target.value)
        name, owned = spelled(base), self.aliases.owned(target.value)
        before = len(self.problems)
        if type(target).__name__ == "Subscript" and is_fields(base):
            self.report(target, "ADJ104", name)
        elif type(target).__name__ == "Attribute":
            if not (isinstance(kind, Object) and owned):
                self.report(target, "ADJ101" if isinstance(kind, Array) else "ADJ104", name)
            elif not stores_plainly(kind.cls, target.attr):
                self.report(target, "ADJ104", name)
            elif type(node).__name__ == "Delete":
                self.report(node, "ADJ119", "deleting a field that holds an active value")
        elif isinstance(kind, List | Dict):
            if not owned:
                self.report(target, "ADJ103", name)
            elif type(node).__name__ == "Delete":
                self.report(node, "ADJ119", "deleting items of an active container")
            elif isinstance(kind, List) and runtime_type(kind_at(target.slice)) is slice:
                self.report(target, "ADJ119", "assigning to a slice of a list of active values")
        elif self.is_array(base):
            self.report(target, "ADJ101", name, NUMERIC)
        elif not isinstance(kind, Unknown) or self.unit.strict or self.from_outside(base):
            self.report(target, "ADJ101", name, kind)
        return len(self.problems) > before

    def from_outside(self, base: Node) -> bool:
        """Whether an access path starts from something that this function never assigns."""
        name = root_name(base)
        return bool(name) and name not in names_written(self.unit.tree.body)

    def is_array(self, base: Node) -> bool:
        """Whether a variable is an array though its kind is not known, which at decoration few are."""
        if self.unit.strict or type(base).__name__ != "Name" or not isinstance(kind_at(base), Unknown):
            return False
        self.arrays = surely_arrays(self.unit) if self.arrays is None else self.arrays
        return base.id in self.arrays

    # --- augmented assignment ----------------------------------------------------------------
    def check_AugAssign(self, node: Node) -> None:
        """The kind of the target says whether it is a rebinding; if only the run knows, it is asked then."""
        self.expressions(node.value)
        target, kind = node.target, kind_at(node.target)
        node.augmented = None
        if not (stored_at(target).active or kind.active):
            return
        name = type(target).__name__ == "Name"
        if name and target.id in self.declared:
            self.report(target, "ADJ113", target.id)
        if not name and self.store(target, node) or immutable(kind):
            return
        if node.changes_object:
            return self.report(node, "ADJ104", spelled(target))
        owned = name and self.aliases.owned(target)
        if isinstance(kind, Array) and not owned:
            self.report(node, "ADJ102", spelled(target))
        elif isinstance(kind, List | Dict) and not owned:
            self.report(node, "ADJ103", spelled(target))
        elif self.silent and not owned and isinstance(kind, Unknown):  # it may be what the call is there for
            self.report(node, "ADJ119", "`+=` of what only the running program knows, for its effect,")
        elif not (owned and getattr(node, "exact", False)):
            problems = tuple(problem_at(self.unit, node, c, spelled(target)) for c in ("ADJ102", "ADJ103"))
            node.augmented = (owned, problems)

    # --- expressions -------------------------------------------------------------------------
    def expressions(self, node: Node, read: bool = False, once: bool = False) -> None:
        """Check every call and operator below a node; for ``read`` and ``once`` see `kept_iterators`."""
        ends = dict(with_silence(node))
        nodes, silence = list(ends), {child: self.silent or silent for child, silent in ends.items()}
        for iterated in iterates_in_steps(nodes, read):
            self.report(iterated, "ADJ119", "an object whose class hands out its items in steps")
        for kept in kept_iterators(nodes, read, once):
            self.report(kept, "ADJ119", "an iterator that is kept, and perhaps read twice,")
        called = {id(child.func) for child in nodes if type(child).__name__ == "Call"}
        for child in nodes:
            decision = getattr(child, "decision", None)
            if decision is not None and decision.how in (MISSING, UNBOUND, MUTATES):
                if not ends[child] or decision.how == MUTATES or may_fill(child, self.strict):
                    before = len(self.problems)
                    self.call_problem(child, decision)
                    self.lasting += self.problems[before:] if may_fill(child, self.strict) else []
            elif decision is not None and decision.how == UNIT:
                self.callees.append((decision.unit, silence[child] or not kind_at(child).active))
            name = type(child).__name__
            if name == "Call":
                handed = [unit for unit in (getattr(child, "handed", None),) if unit is not None]
                self.callees += [(unit, silence[child]) for unit in handed]
                self.call(child)
                if decision is not None and decision.how == APPEND and not hasattr(child, "is_statement"):
                    self.report(child, "ADJ119", "`.append()` inside an expression")
            elif name == "Attribute" and id(child) not in called and is_change_to_come(child):
                self.report(child, "ADJ119", f"passing on the method `.{child.attr}`")
            elif getattr(child, "unseen", False):
                self.report(child, "ADJ119", f"the field `.{child.attr}`, which unknown code stored,")
            elif name in ("Set", "SetComp") and kind_at(child).active:
                self.report(child, "ADJ119", "a set of active values")
            elif name == "comprehension" or name in COMPREHENSIONS:
                for where, code, text in comprehension_problems(child):
                    self.report(where, code, text)
            elif name == "NamedExpr" and kind_at(child).active:  # the others have become statements
                if child.target.id in self.declared:
                    self.report(child.target, "ADJ113", child.target.id)
                else:
                    self.report(child, "ADJ119", "an assignment inside a generator expression")

    def call(self, node: Node) -> None:
        """``values.extend(...)``, ``np.copyto(x, ...)``, ``np.add.at(x, ...)``, ``out=x``."""
        function, receiver = callee(node)
        active = self.concerns(node)
        if function is not None and is_moving(function, active):
            self.report(node, "ADJ119", f"`{spell(function)}` of active values")
        if function in RUN_TIME_CODE:
            if function in (builtins.exec, builtins.eval) or active:
                self.report(node, "ADJ114", function.__name__)
        elif function in FIELD_WRITERS and active and node.args:
            self.report(node, "ADJ104", spelled(node.args[0]))
        if getattr(node, "parses", False) and self.unit.strict:
            self.report(node, "ADJ116", spelled(node))
        if not active:
            return
        if isinstance(function, type) and node.decision and made_by_steps(function):
            self.report(node, "ADJ119", f"the way in which the class `{spell(function)}` makes its objects")
        if changes_its_owner(function):
            self.report(node, "ADJ103", spelled(node.func))
        if getattr(node, "completes_frozen", False):
            self.report(node, "ADJ119", f"the `__post_init__` of the frozen class `{function.__name__}`")
        for target in written_arguments(function, node):
            if not self.is_none(target):
                container = isinstance(kind_at(target), List | Dict)
                self.report(node, "ADJ103" if container else "ADJ101", spelled(target), kind_at(target))
        for arg in node.args:
            kind = kind_at(arg)
            if isinstance(kind, Known) and hashable(kind.value) and changed_argument(kind.value) is not None:
                self.report(arg, "ADJ101", "what it is called with", Array(np.dtype(float), ()))
        if receiver is not None and type(node.func).__name__ == "Attribute":
            self.method(node, receiver, node.func.attr)

    def is_none(self, target: Node) -> bool:
        """Whether ``out=None`` was written."""
        return kind_at(target) == Known(None)

    def concerns(self, node: Node) -> bool:
        """Whether any operand of a call is active."""
        values = [*node.args, *(k.value for k in node.keywords), callee(node)[1]]
        return any(v is not None and kind_at(v).active for v in values)

    def method(self, node: Node, base: Node, attr: str) -> None:
        """A method that changes a container (those of arrays have a decision of their own)."""
        kind = kind_at(base)
        changes = attr in ITEM_METHODS or attr in ("sort", "__setitem__", "__delitem__")
        if changes and is_fields(base):
            self.report(node, "ADJ104", spelled(base))
            return
        if isinstance(kind, List | Dict) and changes:
            word = type(kind).__name__.lower()
            if not self.aliases.owned(base):
                self.report(node, "ADJ103", spelled(base))
            elif getattr(getattr(node, "decision", None), "how", None) not in CHANGING:
                self.report(node, "ADJ119", f"`.{attr}()` of a {word} of active values")
            return
        if (
            isinstance(kind, Unknown)
            and attr in (*ITEM_METHODS, "send")
            and self.unit.strict
            and not self.from_outside(base)
        ):
            self.report(node, "ADJ119", f"`.{attr}()` of what only the running program knows")
        method = isinstance(kind, Unknown) and attr in (*ARRAY_METHODS, "sort") and self.from_outside(base)
        if method or isinstance(kind, Array) and in_place_operator(attr):
            self.report(node, "ADJ101", spelled(base))

    def call_problem(self, node: Node, decision: Any) -> None:
        """A call without a rule, a call that does not fit its rule, a method that mutates."""
        function = decision.target
        if decision.how == MUTATES:
            if self.concerns(node):
                self.report(node, "ADJ101", spelled(decision.operands[0]))
        elif "error" in decision.bound:
            raise called_at(self.unit, node, decision.bound["error"])
        elif self.is_change(node, function) or is_moving(function):
            return  # reported already
        elif decision.how == UNBOUND:
            misfit = registry.misfit(function, decision.keywords)
            self.report(node, "ADJ202", spell(function), skeleton=indented(skeleton(function)), misfit=misfit)
        elif is_foreign(function):
            self.report(
                getattr(node, "func", node), "ADJ120", spell(function), skeleton=indented(skeleton(function))
            )
        else:
            near = nearest(spell(function), [spell(f) for f in registry.primals()])
            text = ":  " + ", ".join(near) if near else ""
            self.report(node, "ADJ201", spell(function), skeleton=indented(skeleton(function)), nearest=text)

    def is_change(self, node: Node, function: Any) -> bool:
        """Whether a call without a rule is reported for what it changes."""
        if function in (*RUN_TIME_CODE, *FIELD_WRITERS):
            return True
        attr = getattr(getattr(node, "func", None), "attr", "")
        return type(node).__name__ == "Call" and (
            not all(map(self.is_none, written_arguments(function, node))) or in_place_operator(attr)
        )

    def active_inside(self, node: Node) -> bool:
        """Whether a statement that is copied as it stands reads or writes active values."""
        kinds: dict[str, Kind] = self.unit.inference.kinds
        env = getattr(node, "env_before", kinds)
        return any(env[n].active for n in names_read(node) if n in env) or any(
            kinds[n].active for n in names_written(node) if n in kinds
        )

    def active_in_block(self, block: list[Node]) -> bool:
        """Whether any expression of a block is active."""
        return any(kind_at(node).active for node in walk(block))


#: Decisions of the calls that change a local container and have a reverse.
CHANGING = (APPEND, POP)
