"""Print generated statements as text with the user's own lines as comments.

What is printed is what is compiled; a line map tells which line of the user each line came from.

>>> from adjoint.transforms.syntax import parse
>>> block = parse('x_bar = y_bar * 2').body
>>> writer = Writer('demo.py', ['', 'y = x * 2'])
>>> block[0].origin = type('Line', (), {'lineno': 2})
>>> writer.block(block, 1)
>>> print(chr(10).join(writer.lines))
    # demo.py:2   y = x * 2
    x_bar = y_bar * 2
"""

from __future__ import annotations

import textwrap
from typing import Any

from adjoint.rules.places import file_name

from .syntax import Node, clone, make, parse, shallow, store, unparse
from .wrap import wrap


class Writer:
    """Collects the lines of one generated file."""

    def __init__(self, filename: str, source: list[str], comments: bool = True) -> None:
        self.filename = filename
        self.source = source
        self.comments = comments
        self.lines: list[str] = []
        self.line_map: dict[int, tuple[str, int, str]] = {}
        self.last: int | None = None
        self.context = ""
        self.notes: dict[tuple[str, int], str] = {}

    def text(self) -> str:
        """Return everything written so far."""
        return "\n".join(self.lines) + "\n"

    def line(self, text: str, origin: Any = None) -> None:
        """Write one line and remember where it came from."""
        for part in text.split("\n"):
            self.lines.append(part)
            number = getattr(origin, "lineno", None)
            if number is not None:
                self.line_map[len(self.lines)] = self.filename, number, self.note(number)

    def note(self, number: int) -> str:
        """Return what a traceback says of generated code that comes from a line of the user."""
        key = (self.context, number)
        if key not in self.notes:
            self.notes[key] = self.context.format(self.user(number))
        return self.notes[key]

    def user(self, number: int) -> str:
        """Return the user's line, stripped."""
        return self.source[number - 1].strip() if 0 < number <= len(self.source) else ""

    def comment(self, origin: Any, indent: str) -> None:
        """Write the user's line as a comment if it is not the one written last."""
        number = getattr(origin, "lineno", None)
        if not self.comments or number is None or number == self.last:
            return
        self.last = number
        name = file_name(self.filename)
        self.lines.append(f"{indent}# {name}:{number}   {self.user(number)}".rstrip())

    def block(self, statements: list[Node], depth: int) -> None:
        """Write statements at an indentation depth; an empty block becomes ``pass``."""
        if not statements:
            self.line("    " * depth + "pass")
        for statement in statements:
            self.statement(statement, depth)

    def statement(self, node: Node, depth: int) -> None:
        """Write one statement, compound statements part by part."""
        indent = "    " * depth
        origin = getattr(node, "origin", None)
        kind = type(node).__name__
        if kind in ("If", "For", "While", "With"):
            self.compound(node, kind, depth, indent, origin)
            return
        self.comment(origin, indent)
        text = unparse(node)
        if kind == "Return" and type(node.value).__name__ == "Tuple" and len(node.value.elts) > 1:
            text = f"return {text[len('return (') : -1]}"
        before, text = len(self.lines), wrap("\n".join(indent + line for line in text.split("\n")))
        self.line(text, origin)
        if kind in ("FunctionDef", "ClassDef"):
            self.inside(node, text, before)

    def inside(self, function: Node, text: str, before: int) -> None:
        """Map every line of a nested function or class, which is written in one go, to its own user line."""
        first, last = getattr(function, "lineno", None), getattr(function, "end_lineno", None)
        if first is None or last is None:
            return
        old, new = own_statements(function), own_statements(parse(textwrap.dedent(text)).body[0])
        if [type(n) for n in old] != [type(n) for n in new]:
            return  # the text reads as other statements: the line of the ``def`` stays
        for user, written in zip(old, new, strict=True):
            number = getattr(user, "lineno", None)
            for line in range(written.lineno, written.end_lineno + 1):
                if number is not None and first <= number <= last:
                    place = self.filename, number, self.note(number)
                    self.line_map[before + line] = place

    def compound(self, node: Node, kind: str, depth: int, indent: str, origin: Any) -> None:
        """Write a branch, loop or ``with``: header, body and ``else``."""
        if kind != "If" or not getattr(node, "chained", False):
            self.comment(origin, indent)
        handlers = getattr(node, "handlers", [])
        self.line(indent + "try:" if handlers else wrap(indent + self.header(node)), origin)
        self.block(node.body, depth + 1)
        for handler in handlers:
            caught = "" if handler.type is None else f" {unparse(handler.type)}"
            bound = "" if handler.name is None else f" as {handler.name.id}"
            self.line(f"{indent}except{caught}{bound}:")
            self.block(handler.body, depth + 1)
        orelse = getattr(node, "orelse", [])
        if not orelse:
            return
        self.rest(orelse, depth, indent, kind == "If")

    def rest(self, orelse: list[Node], depth: int, indent: str, branch: bool) -> None:
        """Write what follows the body of a branch or loop: ``elif`` as often as possible, then ``else``."""
        while branch and (inner := chained(orelse)) is not None:
            self.line(wrap(indent + "el" + self.header(inner)), getattr(inner, "origin", None))
            self.block(inner.body, depth + 1)
            orelse = inner.orelse
        if orelse:
            self.line(indent + "else:")
            self.block(orelse, depth + 1)

    def header(self, node: Node) -> str:
        """Return the first line of a compound statement."""
        bare = shallow(node)
        bare.body = [make("Pass")]
        if hasattr(bare, "orelse"):
            bare.orelse = []
        return unparse(bare).split("\n")[0]


def chained(orelse: list[Node]) -> Node | None:
    """Return the branch that an ``else`` consists of, its test kept under a name where that is needed.

    >>> inner = chained(parse("if_5 = x < 1\\nif if_5:\\n    y = x").body)
    >>> print(unparse(inner))
    if if_5 := x < 1:
        y = x
    """
    branch: Any = orelse[-1] if orelse else None
    if type(branch).__name__ != "If" or len(orelse) == 1:
        return branch if type(branch).__name__ == "If" else None
    target: Any = orelse[0].targets[0] if type(orelse[0]).__name__ == "Assign" else None
    name = getattr(target, "id", "")
    if len(orelse) > 2 or type(branch.test).__name__ != "Name" or branch.test.id != name:
        return None
    inner = shallow(branch)
    inner.test = make("NamedExpr", orelse[0], target=store(name), value=orelse[0].value)
    return inner


def own_statements(function: Node) -> list[Node]:
    """Return the statements of a function, outer ones before inner ones, in the order of the text."""
    found, pending = [], list(function.body)
    while pending:
        node = pending.pop(0)
        found.append(node)
        blocks = [getattr(node, name, []) for name in ("body", "handlers", "orelse", "finalbody")]
        pending = [inner for block in blocks for inner in block] + pending
    return found


def signature_text(args: Node) -> str:
    """Return a parameter list; defaults that are not literals are filled in when the code is loaded."""
    bare = clone(args)
    bare.defaults = [_literal(d) for d in bare.defaults]
    bare.kw_defaults = [None if d is None else _literal(d) for d in bare.kw_defaults]
    for parameter in [*bare.posonlyargs, *bare.args, *bare.kwonlyargs, bare.vararg, bare.kwarg]:
        if parameter is not None:
            parameter.annotation = None
    function = make("FunctionDef", name="f", args=bare, body=[make("Pass")])
    first = unparse(function).split("\n")[0]
    return first[len("def f(") : -2]


def _literal(node: Node) -> Node:
    """Return a default that is a literal, an ellipsis for any other."""
    return node if _is_literal(node) else make("Constant", value=...)


def _is_literal(node: Node) -> bool:
    kind = type(node).__name__
    if kind in ("Tuple", "List"):
        return all(map(_is_literal, node.elts))
    return kind == "Constant" or kind == "UnaryOp" and type(node.operand).__name__ == "Constant"
