"""The definition in a file that belongs to a code object.

A file is parsed once with the standard ``ast`` and kept while its text stays the same.  A definition
is looked up by line, name and, for lambdas, columns; then the top-level statement around it is
compiled, and the code must equal the given one.

>>> lines = ['f = lambda x: x + 1; g = lambda x: x + 2']
>>> space = {}
>>> exec(compile(lines[0], '<example>', 'exec'), space)
>>> [found] = find(parsed('<example>', lines), space['g'].__code__)
>>> ast.unparse(found.node)
'lambda x: x + 2'
"""

from __future__ import annotations
import __future__

import ast
import collections
import contextlib
import functools
import threading
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Span: TypeAlias = tuple[int, int, int, int]
FILES = 64
BLOCKS = (ast.stmt, ast.ExceptHandler, ast.match_case)
FUTURES = functools.reduce(
    int.__or__, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names[2:])
)


@dataclass(frozen=True)
class Found:
    """A definition in a file, and the class around it whose private names it may use."""

    line: int
    name: str
    node: Definition
    owner: str


class Part:
    """One top-level statement of a file: the unit that is searched and compiled."""

    def __init__(self, statement: ast.stmt, file: File) -> None:
        self.statement = statement
        self.file = file
        self._codes: dict[tuple[int, bool], list[types.CodeType]] = {}

    @functools.cached_property
    def definitions(self) -> list[Found]:
        """The functions and lambdas in the statement, outer ones first."""
        first, last = _first_line(self.statement), self.statement.end_lineno
        lambdas = any("lambda" in line for line in self.file.lines[first - 1 : last])
        return list(_definitions(self.statement, "", lambdas))

    def codes(self, flags: int, alone: bool = False) -> list[types.CodeType]:
        """Return the code of every function in the statement, compiled with future flags.

        For a global that is imported Python compiles other code.  A file is compiled as a whole, with
        its imports; IPython compiles each statement of a cell ``alone``.
        """
        if (flags, alone) not in self._codes:
            module = ast.Module([*([] if alone else self.file.imports), self.statement], [])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                code = compile(
                    module, self.file.filename, "exec", flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True
                )
            self._codes[flags, alone] = list(_nested(code))
        return self._codes[flags, alone]


class File:
    """A parsed file."""

    def __init__(self, filename: str, lines: list[str]) -> None:
        self.filename = filename
        self.lines = lines
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse("".join(lines), filename)
        self.parts = [Part(statement, self) for statement in tree.body]

    @functools.cached_property
    def imports(self) -> list[ast.stmt]:
        """The imports of the module, outside functions and classes."""
        pending: list[ast.AST] = [part.statement for part in reversed(self.parts)]
        imports: list[ast.stmt] = []
        while pending:
            node = pending.pop()
            if isinstance(node, ast.Import | ast.ImportFrom):
                imports.append(node)
            elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                pending += [n for n in reversed(list(ast.iter_child_nodes(node))) if isinstance(n, BLOCKS)]
        return imports

    def at(self, line: int) -> list[Part]:
        """Return the statements that cover a line; several if semicolons separate them."""
        return [
            part
            for part in self.parts
            if _first_line(part.statement) <= line <= (part.statement.end_lineno or line)
        ]


_files: collections.OrderedDict[str, File] = collections.OrderedDict()
_lock = threading.Lock()


def parsed(filename: str, lines: list[str]) -> File:
    """Return a parsed file; the most recent ones are kept while their text stays the same."""
    with _lock:
        file = _files.get(filename)
        if file is None or file.lines != lines:
            file = _files[filename] = File(filename, list(lines))
        _files.move_to_end(filename)
        if len(_files) > FILES:
            _files.popitem(last=False)
        return file


def _first_line(node: ast.AST) -> int:
    """Return the line on which a statement starts: that of the first decorator, if any."""
    decorators = getattr(node, "decorator_list", None)
    line: int = decorators[0].lineno if decorators else node.lineno  # type: ignore[attr-defined]
    return line


#: What holds no functions.
LEAVES = (ast.Name, ast.Constant, ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)


def _definitions(node: ast.AST, owner: str, lambdas: bool) -> Iterator[Found]:
    """Yield the functions and lambdas in a tree, each with the class around it."""
    leaves = LEAVES if lambdas else (ast.expr, *LEAVES)
    pending = [(node, owner)]
    while pending:
        node, owner = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Found(_first_line(node), node.name, node, owner)
        elif isinstance(node, ast.Lambda):
            yield Found(node.lineno, "<lambda>", node, owner)
        inside = set(node.body) if isinstance(node, ast.ClassDef) else ()
        below = [child for child in ast.iter_child_nodes(node) if not isinstance(child, leaves)]
        pending += [(child, node.name if child in inside else owner) for child in reversed(below)]  # type: ignore[attr-defined]


def _nested(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield the code objects inside a code object."""
    for item in code.co_consts:
        if isinstance(item, types.CodeType):
            yield item
            yield from _nested(item)


# -- the definition that belongs to a code object -------------------------------------------------


def find(file: File, code: types.CodeType) -> list[Found]:
    """Return the definition whose code is the given one; none, or several that cannot be told apart."""
    at_line = file.at(code.co_firstlineno)
    if _was_rewritten(code) or code.co_filename.startswith(GENERATED):
        return _pick(at_line, code)
    return _verified(at_line, code, moved=False) or _verified(file.parts, code, moved=True)


#: Generated text does not change, and free names of the user's function are not bound in it.
GENERATED = "<adjoint "


def _was_rewritten(code: types.CodeType) -> bool:
    """Whether pytest replaced the assertions, so that the code cannot be compared."""
    return any(
        name.startswith("@py") for c in (code, *_nested(code)) for name in (*c.co_names, *c.co_varnames)
    )


def _verified(parts: list[Part], code: types.CodeType, *, moved: bool) -> list[Found]:
    """Return the definitions that compile to a code; the first line may differ if it moved."""
    for part in parts:
        if moved and all(found.name != code.co_name for found in part.definitions):
            continue
        for other in _candidates(part, code):
            if _corresponds(code, other, moved=moved) and (found := _pick([part], other)):
                return found
    return []


def _candidates(part: Part, code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield the codes in a statement as a file's and as a notebook cell's."""
    with contextlib.suppress(SyntaxError, ValueError):  # valid to parse, not to compile: not what was loaded
        for alone in (False, True):
            yield from part.codes(code.co_flags & FUTURES, alone)


def _corresponds(code: types.CodeType, other: types.CodeType, *, moved: bool) -> bool:
    """Whether compiled text is the code of the function, at its place or moved elsewhere."""
    if code.co_name != other.co_name or not same_code(code, other):
        return False
    if moved:
        return code.co_qualname == other.co_qualname
    if code.co_firstlineno != other.co_firstlineno:
        return False
    return code.co_name != "<lambda>" or list(code.co_positions()) == list(other.co_positions())


def _pick(parts: list[Part], code: types.CodeType) -> list[Found]:
    """Return the definitions at a code's first line that fit its name, parameters and columns."""
    found = [
        definition
        for part in parts
        for definition in part.definitions
        if definition.line == code.co_firstlineno and definition.name == code.co_name
    ]
    spans = _spans(code) if len(found) > 1 else []
    if not spans:
        return [f for f in found if len(found) < 2 or _parameters(f.node) == _arguments(code)]
    best = max(found, key=lambda f: _fit(f.node, spans))
    return [best]


def _spans(code: types.CodeType) -> list[Span]:
    """Return where the instructions of a code stand: (line, column, end line, end column)."""
    spans = []
    for line, end_line, column, end_column in code.co_positions():
        if line and end_line and column is not None and end_column:
            spans.append((line, column, end_line, end_column))
    return spans


def _fit(node: ast.AST, spans: list[Span]) -> tuple[int, int, int]:
    """Return how many instructions stand in a lambda's body; of equals the innermost is best."""
    body: Any = node.body  # type: ignore[attr-defined]
    if isinstance(body, list):
        return 0, 0, 0
    start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    inside = sum(start <= span[:2] and span[2:] <= end for span in spans)
    return inside, *start


def _parameters(node: Definition) -> list[str]:
    a = node.args
    extra = [p for p in (a.vararg, a.kwarg) if p is not None]
    return [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs, *extra)]


def _arguments(code: types.CodeType) -> list[str]:
    stars = bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)  # *args and **kwargs
    return list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + stars])


CODE_PARTS = (
    *("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_exceptiontable"),
    *("co_argcount", "co_posonlyargcount", "co_kwonlyargcount"),
)


def same_code(a: types.CodeType, b: types.CodeType) -> bool:
    """Whether two code objects compute the same; lines and columns do not count."""
    return all(getattr(a, part) == getattr(b, part) for part in CODE_PARTS) and same_constant(
        a.co_consts, b.co_consts
    )


def same_constant(a: Any, b: Any) -> bool:
    """Whether two constants of code are the same, in type and to the sign of zero."""
    if type(a) is not type(b):
        return False
    if isinstance(a, types.CodeType):
        return same_code(a, b)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same_constant, a, b))
    if isinstance(a, frozenset):
        return a == b and sorted(map(repr, a)) == sorted(map(repr, b))
    return a is b or repr(a) == repr(b)
