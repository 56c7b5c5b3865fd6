"""Find the source of a function, and be certain that it is the function's source.

An edited file is refused, never differentiated.  Nodes carry the user's own lines and (UTF-8 byte)
columns.

>>> import textwrap
>>> source = read(textwrap.indent)
>>> type(source.tree).__name__, source.name, source.tree.lineno > 1
('FunctionDef', 'indent', True)
"""

from __future__ import annotations

import ast
import functools
import linecache
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adjoint.rules.errors import Problem, SourceError, skeleton, spell
from adjoint.rules.places import display_path

from .locate import Found, find, parsed
from .syntax import Node, from_ast, make, parse, walk

#: Wrappers that compute what they wrap, and nothing else; any other wrapper is code of its own.
TRANSPARENT: tuple[type, ...] = (type(functools.lru_cache(maxsize=1)(int)), type(np.sum))

#: Names that Python gives to texts of every origin; since 3.13 it keeps that of ``python -c`` under one.
SHARED = ("<string>", "<stdin>")


@dataclass(frozen=True)
class Source:
    """A function's definition and the file it stands in.

    ``tree`` is a FunctionDef without decorators that the caller may change; a lambda has become
    one that returns its expression.  Names private to a class are spelled as Python stores them.
    """

    tree: Node
    filename: str
    lines: list[str]
    function: types.FunctionType
    name: str


def read(function: Callable[..., Any]) -> Source:
    """Return the source of a Python function, method or lambda.

    Raises:
        SourceError: there is no source (ADJ401), it is not the source of this function because the
            file was edited (ADJ402), or several lambdas fit (ADJ403).
    """
    plain = unwrap(function)
    if not isinstance(plain, types.FunctionType):
        raise _no_python_source(function)
    if hasattr(plain, "__adjoint_text__"):
        return _generated(plain, plain.__adjoint_text__.text)
    filename, lines = _lines(plain)
    if not lines:
        raise _no_text(plain)
    try:
        file = parsed(filename, lines)
    except (SyntaxError, ValueError) as error:
        raise _mismatch(plain, filename, "the file is no longer valid Python") from error
    found = find(file, plain.__code__)
    if not found:
        raise _mismatch(plain, filename, "the code now in the file is not the code that was loaded")
    if any(ast.dump(other.node) != ast.dump(found[0].node) for other in found[1:]):
        raise _ambiguous(plain, filename)
    tree = _tree(found[0])
    return Source(tree, filename, lines, plain, tree.name)


def _generated(function: types.FunctionType, text: str) -> Source:
    """Return the source of a generated function, which was compiled from exactly this text."""
    body = parse(text).body
    tree = next(node for node in body if getattr(node, "name", None) == function.__name__)
    return Source(tree, function.__code__.co_filename, text.split("\n"), function, tree.name)


def unwrap(function: Any) -> Any:
    """Return the function behind methods and wrappers that add nothing to its value.

    Those are bound, static and class methods, ``functools.cache`` and NumPy's dispatchers.  Other
    wrappers with a ``__wrapped__`` may change the value, so they are read as they are.
    """
    while True:
        wrapped = getattr(function, "__wrapped__", None)
        if isinstance(function, types.MethodType | staticmethod | classmethod):
            function = function.__func__
        elif isinstance(function, TRANSPARENT) and callable(wrapped):
            function = wrapped
        else:
            return function


# -- text and files -----------------------------------------------------------------------------


def _lines(function: types.FunctionType) -> tuple[str, list[str]]:
    """Return the name and the present lines of the file that holds a function."""
    filename = function.__code__.co_filename
    if filename.startswith("<frozen "):
        module = sys.modules.get(function.__module__)
        filename = getattr(module, "__file__", None) or filename
    linecache.checkcache(filename)
    return filename, linecache.getlines(filename, function.__globals__)


# -- the tree -----------------------------------------------------------------------------------


def _tree(found: Found) -> Node:
    """Return a definition as a fresh gast FunctionDef without decorators."""
    tree = from_ast(found.node)
    if isinstance(found.node, ast.Lambda):
        body = make("Return", tree.body, value=tree.body)
        tree = make("FunctionDef", tree, name=f"lambda_{tree.lineno}", args=tree.args, body=[body])
    tree.decorator_list = []
    owner = found.owner.lstrip("_")
    if owner:
        _mangle(tree, owner)
    return tree


def _mangle(tree: Node, owner: str) -> None:
    """Spell names private to a class as Python stores them; nested classes keep their own."""
    kinds = {"Name": "id", "Attribute": "attr", "keyword": "arg", "FunctionDef": "name"}
    inner = {
        id(below) for node in walk(tree) if type(node).__name__ == "ClassDef" for below in walk(node.body)
    }
    for node in walk(tree):
        if id(node) in inner:
            continue
        field = kinds.get(type(node).__name__)
        if field is not None:
            setattr(node, field, _mangled(getattr(node, field), owner))
        elif type(node).__name__ in ("Global", "Nonlocal"):
            node.names = [_mangled(name, owner) for name in node.names]


def _mangled(name: str | None, owner: str) -> str | None:
    private = name is not None and name.startswith("__") and not name.endswith("__") and "." not in name
    return f"_{owner}{name}" if private else name


# -- refusals -----------------------------------------------------------------------------------

IN_A_FILE = "put the function in a file and import it, or use IPython or Jupyter, which keep the text"


def _no_python_source(function: Any) -> SourceError:
    """Return the error for a callable that is no Python function."""
    kind = type(function).__name__
    return SourceError(
        "ADJ401",
        title=f"`{spell(function)}` has no Python source",
        why=f"it is a {kind}, not a function written in Python: there is no text to transform.",
        fixes=(f"give it a rule:\n{skeleton(function)}",),
    )


def _no_text(function: types.FunctionType) -> SourceError:
    """Return the error for a Python function whose text is nowhere to be found."""
    filename = function.__code__.co_filename
    if filename in ("<stdin>",) or filename.startswith("<python-input"):
        why = "it was typed at the Python prompt or piped into it, and Python does not keep that text."
        fixes: tuple[str, ...] = (IN_A_FILE,)
    elif filename == "<string>":
        why = "it comes from exec() or eval(), or `python -c` before 3.13: Python does not keep that text."
        fixes = (IN_A_FILE, "for generated code: register the text in linecache.cache before compiling it")
    elif filename.startswith("<timed exec>"):
        why = "the cell begins with %%time, under which IPython does not keep the text."
        fixes = ("define the function in a cell of its own", "time one line of a cell:  %time f(x)")
    elif filename.startswith("<"):
        why = f"it was compiled from text named {filename}, which is not in linecache."
        fixes = (IN_A_FILE, "for generated code: register the text in linecache.cache before compiling it")
    else:
        why = (
            f"the file {display_path(filename)} cannot be read: only its compiled form is here, or it moved."
        )
        fixes = ("install the package with its .py files", "start Python in the directory it was started in")
    problem = _problem(
        "ADJ401", "the source of a function cannot be found", function, filename, "", why, fixes
    )
    if filename in SHARED:  # what is kept under this name is another text
        problem = replace(problem, line=0)
    return SourceError([problem])


def _mismatch(function: types.FunctionType, filename: str, detail: str) -> SourceError:
    """Return the error for a function that is not in the text found under its file's name."""
    return _no_text(function) if filename in SHARED else _edited(function, filename, detail)


def _edited(function: types.FunctionType, filename: str, detail: str) -> SourceError:
    """Return the error for a file that no longer holds the function."""
    problem = _problem(
        "ADJ402",
        "the source of a function has changed since it was loaded",
        function,
        filename,
        "the function was loaded from here",
        f"{detail}; a derivative of the new text would not belong to the function that runs.",
        (
            "restart Python, or reload the module with importlib.reload",
            "if an import hook rewrites the module's code, exclude this module from it",
        ),
    )
    return SourceError([problem])


def _ambiguous(function: types.FunctionType, filename: str) -> SourceError:
    """Return the error for several lambdas on a line that cannot be told apart."""
    problem = _problem(
        "ADJ403",
        "several lambdas stand on this line",
        function,
        filename,
        "cannot tell which of them is meant",
        "Python was told to drop column positions (-X no_debug_ranges), so only the line is known.",
        ("put each lambda on a line of its own", "write a `def`"),
    )
    return SourceError([problem])


def _problem(
    code: str,
    title: str,
    function: types.FunctionType,
    filename: str,
    label: str,
    why: str,
    fixes: tuple[str, ...],
) -> Problem:
    """Return a problem that points at the first line of a function."""
    line = function.__code__.co_firstlineno
    text = linecache.getline(filename, line).rstrip()
    start = len(text) - len(text.lstrip())
    return Problem(
        code, title, filename, line, start, line, len(text), function.__qualname__, label, why, fixes
    )
