"""Functions rewritten to run with traced values when they are first called; see `transforms.tracing`."""

from __future__ import annotations

import types
from typing import Any

from adjoint.compiling.load import load
from adjoint.runtime.captured import Code
from adjoint.transforms.emit import Writer, signature_text
from adjoint.transforms.forms import Text, write_function
from adjoint.transforms.namer import Namer
from adjoint.transforms.read import read
from adjoint.transforms.session import inventory, with_origins
from adjoint.transforms.tracing import module_names, traceable

#: The code of every rewritten function, the functions inside it included.
_CODES: set[types.CodeType] = set()
_MADE: dict[Code, tuple[types.FunctionType, dict[str, str]]] = {}
#: What rewritten functions call, by its name; filled by the modules whose functions they are.
HELPERS: dict[str, Any] = {}


def is_rewritten(f: Any) -> bool:
    """Whether a function has been rewritten, or was made by one that has."""
    return f.__code__ in _CODES


def register(code: types.CodeType) -> None:
    """Remember the code of a rewritten function."""
    _CODES.add(code)
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            register(inner)


def rewritten(f: Any) -> Any:
    """Return a Python function as it runs with traced values.

    Raises:
        SourceError: its source cannot be found, or has changed.
    """
    key = Code(f.__code__)
    found = _MADE.get(key)
    if found is None:
        if len(_MADE) > 512:
            _MADE.clear()
        found = _MADE[key] = make(f)
    made, helpers = found
    cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))
    cells |= {name: types.CellType(HELPERS[helper]) for helper, name in helpers.items()}
    closure = tuple(cells[name] for name in made.__code__.co_freevars)
    result = types.FunctionType(made.__code__, f.__globals__, f.__name__, f.__defaults__, closure)
    result.__kwdefaults__ = f.__kwdefaults__
    return result


def make(f: Any) -> tuple[types.FunctionType, dict[str, str]]:
    """Write, compile and register a rewritten function; return it and its names for the helpers."""
    source = read(f)
    namer = Namer(inventory(source.tree)[0] | set(f.__code__.co_freevars))
    helpers = {helper: namer.fresh(helper) for helper in HELPERS}
    name = f"{source.name}__traced"
    writer = Writer(source.filename, source.lines)
    tree = with_origins(traceable(source.tree, **helpers, modules=module_names(f, source.tree)))
    writer.line(f"# with traced values: {source.name}")
    write_function(writer, name, signature_text(tree.args), tree.body, True, "in `{}`")
    text = Text(writer.text(), (name,), writer.line_map)
    made = load(text, f"{source.name} traced", f, {n: types.CellType() for n in helpers.values()})[name]
    register(made.__code__)
    return made, helpers


__all__ = ["HELPERS", "is_rewritten", "register", "rewritten"]
