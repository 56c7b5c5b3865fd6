"""Turn ``match`` statements into branches.

Each case is a test of the subject followed by assignments of what its pattern captures.  A pattern
with alternatives that capture becomes one branch for each of them.

Reference: PEP 634, "Structural Pattern Matching: Specification".

>>> from adjoint.transforms.syntax import parse, unparse
>>> tree = parse('''
... def f(pair):
...     match pair:
...         case [a, b] if a > b:
...             return a - b
...         case _:
...             return 0
... ''').body[0]
>>> tree = branches(tree, Namer({'f', 'pair', 'a', 'b'}), lambda node: None, lambda name, value: name)
>>> print(unparse(tree))
def f(pair):
    if isinstance(pair, Sequence) and len(pair) == 2 and (pair[0] > pair[1]):
        a, b = (pair[0], pair[1])
        return a - b
    else:
        return 0
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adjoint.rules.kinds import Known
from adjoint.rules.runtime import Sequence

from .namer import Namer
from .syntax import (
    Node,
    assign,
    call,
    clone,
    constant,
    copy_location,
    expression,
    load,
    make,
    names_read,
    store,
    walk,
)

#: Classes whose positional pattern is matched by the subject itself.
WHOLE = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
BLOCKS = ("body", "orelse", "finalbody")
SCOPES = ("FunctionDef", "AsyncFunctionDef", "Lambda", "ClassDef")


@dataclass(frozen=True)
class Way:
    """One way to fit a pattern: what must be true, and what is captured."""

    tests: tuple[Node, ...] = ()
    captures: Mapping[str, Node] = field(default_factory=dict)

    def __add__(self, other: Way) -> Way:
        return Way(self.tests + other.tests, {**self.captures, **other.captures})


class Unclear(Exception):
    """A class pattern with positional parts whose class is not known when compiling."""


def branches(
    tree: Node,
    namer: Namer,
    kind_of: Callable[[Node], Any],
    helper: Callable[[str, Any], str],
    builtin: Callable[[str], str] = str,
) -> Node:
    """Return a function definition without ``match`` statements, where their classes are known (in place).

    Args:
        tree: a function definition.
        namer: hands out names for subjects that have none.
        kind_of: the kind of a name or attribute seen from outside the function, None if it has none.
        helper: registers an object and returns the name under which the function sees it.
        builtin: returns the name under which the function sees a builtin.
    """
    if any(type(node).__name__ == "Match" for node in walk(tree.body)):
        tree.body = Matching(namer, kind_of, helper, builtin).block(tree.body)
    return tree


class Matching:
    """Rewrites the ``match`` statements of one function."""

    def __init__(
        self,
        namer: Namer,
        kind_of: Callable[[Node], Any],
        helper: Callable[[str, Any], str],
        builtin: Callable[[str], str],
    ) -> None:
        self.namer = namer
        self.kind_of = kind_of
        self.helper = helper
        self.builtin_name = builtin

    def builtin(self, name: str) -> Node:
        """Return a read of a builtin."""
        return load(self.builtin_name(name))

    def block(self, statements: list[Node]) -> list[Node]:
        """Rewrite a block of statements, innermost first."""
        result: list[Node] = []
        for node in statements:
            if type(node).__name__ not in SCOPES:
                for name in BLOCKS:
                    if getattr(node, name, None):
                        setattr(node, name, self.block(getattr(node, name)))
                for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
                    part.body = self.block(part.body)
            result += self.match(node) if type(node).__name__ == "Match" else [node]
        return result

    def match(self, node: Node) -> list[Node]:
        """Return the branches that mean a ``match`` statement."""
        try:
            captured = {name for case in node.cases for name in captures(case.pattern)}
            before, subject = self.subject(node, captured)
            rows = [(case, way) for case in node.cases for way in self.ways(case.pattern, subject)]
        except Unclear:
            return [node]
        rest: list[Node] = []
        for case, way in reversed(rows):
            rest = self.branch(case, way, rest)
        for new in walk([*before, *rest]):
            if new._fields and not hasattr(new, "lineno"):
                copy_location(new, node)
        return [*before, *rest]

    def subject(self, node: Node, captured: set[str]) -> tuple[list[Node], Node]:
        """Give the subject a name that no pattern captures."""
        if type(node.subject).__name__ == "Name" and node.subject.id not in captured:
            return [], node.subject
        name = self.namer.fresh(f"subject_{node.lineno}")
        return [assign(name, node.subject, node)], load(name, node)

    def branch(self, case: Node, way: Way, rest: list[Node]) -> list[Node]:
        """Return ``if test: captures; body`` with the cases that follow."""
        tests = [clone(test) for test in way.tests]
        if case.guard is not None:
            tests.append(substituted(clone(case.guard), way.captures))
        body: list[Node] = clone(case.body)
        if len(way.captures) == 1:
            [(name, value)] = way.captures.items()
            body = [assign(name, clone(value), case.pattern), *body]
        elif way.captures:
            targets = [store(name) for name in way.captures]
            target = make("Tuple", case.pattern, elts=targets, ctx=make("Store"))
            value = make(
                "Tuple", case.pattern, elts=[clone(v) for v in way.captures.values()], ctx=make("Load")
            )
            body = [make("Assign", case.pattern, targets=[target], value=value), *body]
        if not tests:
            return body
        test = tests[0] if len(tests) == 1 else make("BoolOp", case.pattern, op=make("And"), values=tests)
        return [make("If", case.pattern, test=test, body=body, orelse=rest)]

    # --- patterns ----------------------------------------------------------------------------
    def ways(self, pattern: Node, subject: Node) -> list[Way]:
        """Return the ways in which a subject may fit a pattern, in the order in which they are tried."""
        found: list[Way] = getattr(self, f"of_{type(pattern).__name__}")(pattern, subject)
        return found

    def all_of(self, first: Way, parts: list[list[Way]]) -> list[Way]:
        """Return every combination of ways of the parts of a pattern."""
        return [sum(row, first) for row in itertools.product(*parts)]

    def of_MatchValue(self, pattern: Node, subject: Node) -> list[Way]:
        return [Way((expression("SUBJECT == VALUE", SUBJECT=subject, VALUE=pattern.value),))]

    def of_MatchSingleton(self, pattern: Node, subject: Node) -> list[Way]:
        return [Way((expression("SUBJECT is VALUE", SUBJECT=subject, VALUE=constant(pattern.value)),))]

    def of_MatchAs(self, pattern: Node, subject: Node) -> list[Way]:
        inner = [Way()] if pattern.pattern is None else self.ways(pattern.pattern, subject)
        own = Way((), {} if pattern.name is None else {pattern.name: subject})
        return [way + own for way in inner]

    def of_MatchOr(self, pattern: Node, subject: Node) -> list[Way]:
        rows = [way for part in pattern.patterns for way in self.ways(part, subject)]
        if any(way.captures for way in rows) or not all(way.tests for way in rows):
            return rows
        tests = [conjunction(list(way.tests)) for way in rows]
        return [Way((make("BoolOp", pattern, op=make("Or"), values=tests),))]

    def of_MatchSequence(self, pattern: Node, subject: Node) -> list[Way]:
        parts = pattern.patterns
        stars = [i for i, part in enumerate(parts) if type(part).__name__ == "MatchStar"]
        count = len(parts) - len(stars)
        after = len(parts) - stars[0] - 1 if stars else 0
        name = self.helper("Sequence", Sequence)
        tests = [
            expression(
                "ISINSTANCE(SUBJECT, CLASS)",
                ISINSTANCE=self.builtin("isinstance"),
                SUBJECT=subject,
                CLASS=load(name),
            )
        ]
        if count or not stars:
            text = "LEN(SUBJECT) >= COUNT" if stars else "LEN(SUBJECT) == COUNT"
            tests.append(expression(text, LEN=self.builtin("len"), SUBJECT=subject, COUNT=constant(count)))
        inner: list[list[Way]] = []
        for i, part in enumerate(parts):
            if stars and i == stars[0]:
                inner.append([self.star(part, subject, i, after)])
            else:
                at = i - len(parts) if stars and i > stars[0] else i
                inner.append(self.ways(part, expression("SUBJECT[AT]", SUBJECT=subject, AT=constant(at))))
        return self.all_of(Way(tuple(tests)), inner)

    def star(self, part: Node, subject: Node, before: int, after: int) -> Way:
        """``*rest`` captures a list of the items between the others."""
        if part.name is None:
            return Way()
        middle = make(
            "Slice",
            part,
            lower=constant(before) if before else None,
            upper=constant(-after) if after else None,
            step=None,
        )
        items = call(self.builtin_name("list"), [clone(subject)])
        return Way((), {part.name: make("Subscript", part, value=items, slice=middle, ctx=make("Load"))})

    def of_MatchMapping(self, pattern: Node, subject: Node) -> list[Way]:
        name = self.helper("Mapping", Mapping)
        tests = [
            expression(
                "ISINSTANCE(SUBJECT, CLASS)",
                ISINSTANCE=self.builtin("isinstance"),
                SUBJECT=subject,
                CLASS=load(name),
            )
        ]
        tests += [expression("KEY in SUBJECT", KEY=key, SUBJECT=subject) for key in pattern.keys]
        inner = [
            self.ways(part, expression("SUBJECT[KEY]", SUBJECT=subject, KEY=key))
            for key, part in zip(pattern.keys, pattern.patterns, strict=True)
        ]
        own: dict[str, Node] = {}
        if pattern.rest is not None:
            keys = make("Tuple", pattern, elts=[clone(key) for key in pattern.keys], ctx=make("Load"))
            text = "{KEY: VALUE for KEY, VALUE in SUBJECT.items() if KEY not in KEYS}"
            key, value = self.namer.fresh("key"), self.namer.fresh("value")
            own = {pattern.rest: expression(text, KEY=key, VALUE=value, SUBJECT=subject, KEYS=keys)}
        return self.all_of(Way(tuple(tests), own), inner)

    def of_MatchClass(self, pattern: Node, subject: Node) -> list[Way]:
        kind = self.kind_of(pattern.cls)
        cls = kind.value if isinstance(kind, Known) and isinstance(kind.value, type) else None
        tests = [
            expression(
                "ISINSTANCE(SUBJECT, CLASS)",
                ISINSTANCE=self.builtin("isinstance"),
                SUBJECT=subject,
                CLASS=pattern.cls,
            )
        ]
        inner: list[list[Way]] = []
        names = positional_fields(cls, pattern.patterns)
        if names is None:
            inner.append(self.ways(pattern.patterns[0], subject))
        for attr, part in zip(
            [*(names or ()), *pattern.kwd_attrs],
            [*(pattern.patterns if names is not None else ()), *pattern.kwd_patterns],
            strict=True,
        ):
            tests.append(
                expression(
                    "HASATTR(SUBJECT, NAME)",
                    HASATTR=self.builtin("hasattr"),
                    SUBJECT=subject,
                    NAME=constant(attr),
                )
            )
            place = make("Attribute", part, value=clone(subject), attr=attr, ctx=make("Load"))
            inner.append(self.ways(part, place))
        return self.all_of(Way(tuple(tests)), inner)


def positional_fields(cls: type | None, patterns: list[Node]) -> tuple[str, ...] | None:
    """Return the attributes that the positional parts of a class pattern name; None for the subject itself.

    Raises:
        Unclear: there are such parts, and the class is not known or does not name as many.
    """
    if not patterns:
        return ()
    if cls is None:
        raise Unclear
    names: tuple[str, ...] | None = getattr(cls, "__match_args__", None)
    if names is None and issubclass(cls, WHOLE) and len(patterns) == 1:
        return None
    if names is None or len(patterns) > len(names):
        raise Unclear
    return names[: len(patterns)]


def captures(pattern: Node) -> set[str]:
    """Return the names that a pattern captures."""
    names = {getattr(node, "name", None) for node in walk(pattern)}
    names |= {getattr(node, "rest", None) for node in walk(pattern)}
    return {name for name in names if name is not None}


def conjunction(tests: list[Node]) -> Node:
    """Return ``a and b`` of several tests."""
    return tests[0] if len(tests) == 1 else make("BoolOp", tests[0], op=make("And"), values=tests)


def substituted(guard: Node, values: Mapping[str, Node]) -> Node:
    """Return a guard in which captured names are spelled as what they capture."""
    if not names_read(guard) & set(values):
        return guard
    if type(guard).__name__ == "Name":
        return clone(values[guard.id])
    for name in guard._fields:
        part = getattr(guard, name, None)
        if isinstance(part, list):
            setattr(guard, name, [substituted(p, values) if hasattr(p, "_fields") else p for p in part])
        elif hasattr(part, "_fields"):
            setattr(guard, name, substituted(part, values))
    return guard


__all__ = ["branches"]
