"""Turn generated text into functions.

The functions run in the user's own globals and see the user's own closure cells, so both stay live;
rules and run-time helpers are brought in as further cells.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Mapping
from typing import Any

from adjoint.compiling import linemap
from adjoint.rules.errors import LanguageError
from adjoint.rules.places import display_path
from adjoint.transforms.forms import Text


def load(text: Text, label: str, function: Any, cells: Mapping[str, types.CellType]) -> dict[str, Any]:
    """Compile generated text and return the functions it defines, by name.

    Args:
        text: the generated source.
        label: what tracebacks show as file name.
        function: the user's function, whose globals, cells and defaults are used.
        cells: the cells of the names that are neither globals nor the user's cells.
    """
    filename = linemap.register(text.text, label, text.line_map)
    free = {*cells, *function.__code__.co_freevars}
    try:
        tree = ast.parse(text.text, filename)
        shell = ast.parse(f"def factory({', '.join(sorted(free))}): pass")
        shell.body[0].body[:0] = tree.body  # type: ignore[attr-defined]
        code = compile(shell, filename, "exec")
    except (SyntaxError, MemoryError) as error:  # MemoryError: too many parentheses for the parser
        linemap.unregister(filename)
        raise too_deep(function, error) from None
    outer = next(c for c in code.co_consts if isinstance(c, types.CodeType))
    codes = {c.co_name: c for c in outer.co_consts if isinstance(c, types.CodeType)}
    own = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    return {name: bound(codes[name], function, {**own, **cells}, text) for name in text.names}


def too_deep(function: Any, error: BaseException) -> LanguageError:
    """Return the error for a derivative that exceeds a limit of Python's own parser."""
    place = f"{display_path(function.__code__.co_filename)}:{function.__code__.co_firstlineno}"
    return LanguageError(
        "ADJ119",
        title=f"`{function.__qualname__}` ({place}) is nested too deeply",
        why=f"Python cannot read the derivative: {str(error) or 'too many nested parentheses'}.",
        fixes=("move inner branches, loops or expressions into functions of their own",),
    )


def bound(code: types.CodeType, function: Any, cells: Mapping[str, types.CellType], text: Text) -> Any:
    """Return a function of the user's module with the given cells."""
    closure = tuple(cells[name] for name in code.co_freevars)
    made = types.FunctionType(code, function.__globals__, code.co_name, None, closure)
    made.__module__ = function.__module__
    made.__dict__["__adjoint_text__"] = text
    return made
