"""The fence: collect every problem of a function, then raise once.

Only code that can carry a derivative is looked at; bookkeeping, logging and parsing pass.
"""

from __future__ import annotations

import builtins
from typing import Any

from adjoint.rules.errors import (
    LanguageError,
    MissingRuleError,
    MutationError,
    Problem,
    RuleError,
    nearest,
    skeleton,
    spell,
)
from adjoint.rules.kinds import Array, Dict, Kind, Known, List, Object, Scalar, Tuple, Unknown, is_scalar
from adjoint.rules.registry import registry

from .aliases import Aliases
from .decide import MISSING, MUTATES, UNBOUND, is_foreign
from .explain import problem_at
from .syntax import Node, names_read, names_written, walk

LIST_MUTATORS = frozenset({"extend", "insert", "pop", "remove", "clear", "sort", "reverse", "append"})
DICT_MUTATORS = frozenset({"update", "setdefault", "pop", "popitem", "clear"})
ARRAY_FUNCTIONS = frozenset(
    {"copyto", "put", "place", "putmask", "fill_diagonal", "put_along_axis", "shuffle"}
)


def check(unit: Any) -> None:
    """Raise one error with all problems of a unit's own body."""
    problems = find_problems(unit)
    if not problems:
        return
    codes = {p.code for p in problems}
    if codes <= {"ADJ201", "ADJ120"}:
        raise MissingRuleError(problems)
    if codes <= {"ADJ202"}:
        raise RuleError(problems)
    raise (
        MutationError(problems)
        if codes <= {"ADJ101", "ADJ102", "ADJ103", "ADJ104"}
        else LanguageError(problems)
    )


def find_problems(unit: Any) -> list[Problem]:
    """Return the problems of a unit's own body, in the order of its lines."""
    checker = Checker(unit)
    checker.block(unit.tree.body)
    unique = dict.fromkeys(checker.problems)
    return sorted(unique, key=lambda p: (p.line, p.column))


class Checker:
    """Walks an annotated function; every branch that was not taken is skipped."""

    def __init__(self, unit: Any) -> None:
        self.unit = unit
        self.problems: list[Problem] = []
        self.aliases = Aliases(unit)
        self.declared: set[str] = set()

    def report(self, node: Node, code: str, name: str, **extra: str) -> None:
        """Note one problem."""
        self.problems.append(problem_at(self.unit, node, code, name, **extra))

    def block(self, statements: list[Node]) -> None:
        """Check statements in order."""
        for statement in statements:
            statement = getattr(statement, "becomes", None) or statement
            method = getattr(self, f"check_{type(statement).__name__}", None)
            if method is not None:
                method(statement)
            else:
                self.expressions(statement)
            self.aliases.after(statement)

    def expressions(self, node: Node) -> None:
        """Check every call and operator below a node."""
        for child in walk(node):
            decision = getattr(child, "decision", None)
            if decision is not None and decision.how in (MISSING, UNBOUND, MUTATES):
                self.call_problem(child, decision)
            name = type(child).__name__
            if name == "Call":
                self.check_mutating_call(child)
            elif name in ("Yield", "YieldFrom"):
                self.report(child, "ADJ111", "yield")
            elif name == "Await":
                self.report(child, "ADJ112", "await")

    # --- statements --------------------------------------------------------------------------
    def check_If(self, node: Node) -> None:
        self.expressions(node.test)
        if node.taken is not False:
            self.block(node.body)
        if node.taken is not True:
            self.block(node.orelse)

    def check_For(self, node: Node) -> None:
        self.expressions(node.iter)
        self.block(node.body)

    def check_While(self, node: Node) -> None:
        self.expressions(node.test)
        self.block(node.body)

    def check_With(self, node: Node) -> None:
        for item in node.items:
            self.expressions(item.context_expr)
            if item.context_expr.kind.active:
                self.report(item.context_expr, "ADJ119", "a context manager that holds an active value")
        self.block(node.body)

    def check_Try(self, node: Node) -> None:
        if self.active_inside(node):
            self.report(first_line(node), "ADJ110", "try")

    def check_Match(self, node: Node) -> None:
        if self.active_inside(node):
            self.report(first_line(node), "ADJ119", "`match`")

    def check_ClassDef(self, node: Node) -> None:
        if self.active_inside(node):
            self.report(first_line(node), "ADJ119", "a class defined inside the function")

    def check_AsyncFor(self, node: Node) -> None:
        self.report(first_line(node), "ADJ112", "async for")

    def check_AsyncWith(self, node: Node) -> None:
        self.report(first_line(node), "ADJ112", "async with")

    def check_FunctionDef(self, node: Node) -> None:
        """A nested function is checked when it is compiled; only its writes outside matter here."""
        for child in walk(node.body):
            if type(child).__name__ in ("Nonlocal", "Global"):
                for name in child.names:
                    kind = self.unit.inference.kinds.get(name)
                    if kind is not None and kind.active:
                        self.report(child, "ADJ113", name)

    def check_Global(self, node: Node) -> None:
        self.declared |= set(node.names)

    def check_Nonlocal(self, node: Node) -> None:
        self.declared |= set(node.names)

    def check_Delete(self, node: Node) -> None:
        for target in node.targets:
            if type(target).__name__ == "Subscript" and target.value.kind.active:
                self.store(target, node)

    def check_Assign(self, node: Node) -> None:
        self.expressions(node.value)
        rebinds = getattr(node.value, "rebinds", None)
        if rebinds is not None and not self.aliases.owned(rebinds[0]):
            self.report(node.value, "ADJ104", rebinds[0].id)
        for target in node.targets:
            self.target(target, node)

    def check_AnnAssign(self, node: Node) -> None:
        if node.value is not None:
            self.expressions(node.value)
            self.target(node.target, node)

    def target(self, target: Node, node: Node) -> None:
        """Check an assignment target."""
        kind = type(target).__name__
        if kind in ("Tuple", "List"):
            for item in target.elts:
                self.target(item, node)
        elif kind == "Starred":
            self.target(target.value, node)
        elif kind == "Name":
            if target.id in self.declared and target.stored.active:
                self.report(target, "ADJ113", target.id)
        elif target.value.kind.active or target.stored.active:
            self.store(target, node)

    def store(self, target: Node, node: Node) -> None:
        """``base[...] = value`` or ``base.field = value`` with an active base or value."""
        base, kind = target.value, target.value.kind
        name = spelled(base)
        if type(target).__name__ == "Attribute":
            if not (isinstance(kind, Object) and self.aliases.owned(base)):
                self.report(target, "ADJ104", name)
        elif isinstance(kind, List | Dict):
            if not self.aliases.owned(base):
                self.report(target, "ADJ103", name)
            elif type(node).__name__ == "Delete":
                self.report(node, "ADJ119", "deleting items of an active container")
        elif (
            isinstance(kind, Array | Scalar)
            or self.aliases.is_array(base)
            or not isinstance(kind, Unknown)
            or self.aliases.foreign(base)
            or self.unit.strict
        ):
            self.report(target, "ADJ101", name)

    def check_AugAssign(self, node: Node) -> None:
        self.expressions(node.value)
        target = node.target
        if not (target.stored.active or getattr(target, "kind", Unknown()).active):
            return
        if type(target).__name__ != "Name":
            self.store(target, node)
            return
        if target.id in self.declared:
            self.report(target, "ADJ113", target.id)
        kind = target.kind
        if is_scalar(kind) or isinstance(kind, Tuple):
            return
        if isinstance(kind, Array) and not self.aliases.owned(target):
            self.report(node, "ADJ102", target.id)
        elif isinstance(kind, List) and not self.aliases.owned(target):
            self.report(node, "ADJ103", target.id)

    # --- calls -------------------------------------------------------------------------------
    def check_mutating_call(self, node: Node) -> None:
        """``values.extend(...)``, ``np.copyto(x, ...)``, ``np.add.at(x, ...)``, ``out=x``."""
        func = node.func
        for keyword in node.keywords:
            if keyword.arg == "out" and self.concerns(node, keyword.value):
                self.report(node, "ADJ101", spelled(keyword.value))
        if type(func).__name__ != "Attribute":
            if isinstance(getattr(func, "kind", None), Known):
                self.check_function(node, func.kind.value)
            return
        base = func.value
        kind = kind_at(base)
        if isinstance(kind, Known):
            self.check_function(node, getattr(func.kind, "value", None))
            return
        added = any(kind_at(a).active for a in node.args)
        if isinstance(kind, List) and func.attr in LIST_MUTATORS and (kind.active or added):
            self.list_method(node, base, func.attr)
        elif isinstance(kind, Dict) and func.attr in DICT_MUTATORS and (kind.active or added):
            self.report(
                node,
                "ADJ103" if not self.aliases.owned(base) else "ADJ119",
                spelled(base) if not self.aliases.owned(base) else f"`.{func.attr}()` of a dict",
            )
        elif (
            isinstance(kind, Unknown)
            and kind.active
            and func.attr in ("sort", "fill", "put", "partition", "resize")
            and self.aliases.foreign(base)
        ):
            self.report(node, "ADJ101", spelled(base))

    def list_method(self, node: Node, base: Node, attr: str) -> None:
        if not self.aliases.owned(base):
            self.report(node, "ADJ103", spelled(base))
        elif attr != "append":
            self.report(node, "ADJ119", f"`.{attr}()` of a list of active values")

    def concerns(self, node: Node, target: Node) -> bool:
        """Whether a call that writes into ``target`` carries a derivative."""
        values = [*node.args, *(k.value for k in node.keywords), target]
        return any(kind_at(v).active for v in values)

    def check_function(self, node: Node, function: Any) -> None:
        """Functions that change an argument in place, and code made at run time."""
        name = getattr(function, "__name__", "")
        if function in (builtins.exec, builtins.eval, builtins.locals, builtins.globals):
            if function in (builtins.exec, builtins.eval) or self.concerns(node, node):
                self.report(node, "ADJ114", name)
            return
        changes = name in ARRAY_FUNCTIONS and not isinstance(function, type)
        at = name == "at" and type(getattr(function, "__self__", None)).__name__ == "ufunc"
        if (changes or at) and node.args and self.concerns(node, node.args[0]):
            self.report(node, "ADJ101", spelled(node.args[0]))

    def call_problem(self, node: Node, decision: Any) -> None:
        """A call without a rule, a call that does not fit its rule, a method that mutates."""
        function = decision.target
        if decision.how == MUTATES:
            self.report(node, "ADJ101", spelled(decision.operands[0]))
            return
        if any(keyword.arg == "out" for keyword in getattr(node, "keywords", [])):
            return  # reported as a mutation
        if decision.how == UNBOUND:
            self.report(node, "ADJ202", shown(function), skeleton=indented(function))
        elif "error" in decision.bound:
            raise decision.bound["error"]
        elif is_foreign(function):
            self.report(getattr(node, "func", node), "ADJ120", shown(function), skeleton=indented(function))
        elif not is_reported_mutation(function):
            near = nearest(shown(function), [shown(f) for f in registry.primals()])
            text = ":  " + ", ".join(near) if near else ""
            self.report(node, "ADJ201", shown(function), skeleton=indented(function), nearest=text)

    def active_inside(self, node: Node) -> bool:
        """Whether a statement that is copied as it stands reads or writes active values."""
        kinds: dict[str, Kind] = self.unit.inference.kinds
        env = getattr(node, "env_before", kinds)
        return any(env[n].active for n in names_read(node) if n in env) or any(
            kinds[n].active for n in names_written(node) if n in kinds
        )


def is_reported_mutation(function: Any) -> bool:
    """Whether a missing rule is reported as a mutation already."""
    name = getattr(function, "__name__", "")
    return (
        name in ARRAY_FUNCTIONS
        or name == "at"
        or function in (builtins.exec, builtins.eval, builtins.locals, builtins.globals)
    )


def kind_at(node: Node) -> Kind:
    """Return the kind of an expression; code that was not visited (a nested function's) has none."""
    kind: Kind | None = getattr(node, "kind", None)
    return Unknown() if kind is None else kind


def shown(function: Any) -> str:
    """Return a callable's name as a user writes it."""
    return spell(function)


def indented(function: Any) -> str:
    """Return a rule skeleton, indented below its line."""
    return "\n".join("    " + line if line else "" for line in skeleton(function).split("\n"))


def spelled(node: Node) -> str:
    """Return the variable that an expression starts from."""
    while type(node).__name__ in ("Attribute", "Subscript", "Call"):
        node = getattr(node, "value", None) or getattr(node, "func", None)
    return str(getattr(node, "id", "the value"))


def first_line(node: Node) -> Node:
    """Return a node that marks only the first word of a compound statement."""
    marker = node.__class__.__new__(node.__class__)
    marker.__dict__.update(node.__dict__)
    marker.end_lineno = node.lineno
    word = {"Try": 4, "Match": 6, "ClassDef": 6}.get(type(node).__name__, 5)
    marker.end_col_offset = node.col_offset + word
    return marker
