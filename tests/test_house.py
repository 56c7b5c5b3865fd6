"""Limits every file of the product keeps: short files, short functions."""

from __future__ import annotations

import ast
import doctest
from pathlib import Path

import pytest

from tests.tree import product_modules

FILE_LINES = 450
FUNCTION_LINES = 60

MODULES = product_modules()


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES.keys())
def test_lengths(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= FILE_LINES
    assert long_functions(ast.parse(text)) == []


def long_functions(tree: ast.AST) -> list[str]:
    """Return the names of functions longer than the limit."""
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [f.name for f in functions if (f.end_lineno or f.lineno) - f.lineno >= FUNCTION_LINES]


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES.keys())
def test_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


#: Modules of the compiler without an example, and why.
NO_EXAMPLE = {"adjoint.transforms": "it is the package itself: every pass is a module below it"}
COMPILER = [name for name in MODULES if name.startswith("adjoint.transforms")]


@pytest.mark.parametrize("name", COMPILER)
def test_pass_shows_before_and_after(name: str) -> None:
    text = ast.get_docstring(ast.parse(MODULES[name].read_text(encoding="utf-8"))) or ""
    examples = doctest.DocTestParser().get_examples(text)
    shows = any(example.want for example in examples)
    assert shows or name in NO_EXAMPLE, (
        "show in the module's docstring what the pass does to a small function"
    )
    assert not (shows and name in NO_EXAMPLE)


def test_limit_is_sharp() -> None:
    body = "    pass\n" * (FUNCTION_LINES - 1)
    assert long_functions(ast.parse(f"def f():\n{body}")) == []
    assert long_functions(ast.parse(f"def f():\n{body}    pass\n")) == ["f"]
