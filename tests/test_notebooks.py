"""Notebooks and debuggers: cells as IPython runs them, generated lines as pdb shows them."""

from __future__ import annotations

import ast
import inspect
import io
import itertools
import linecache
import pdb
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import SourceError, grad

V = np.array([0.3, -1.2, 2.1])
FIRST = """\
import numpy as np
import math as m
from adjoint import differentiable

@differentiable
def f(x):
    return np.sum(np.sin(x) * x) * m.exp(0.0)
"""


@pytest.fixture
def run() -> Iterator[Any]:
    """A function that runs a cell as IPython does: each statement is compiled alone, the text is kept."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    names = (f"/tmp/ipykernel_17/{number}.py" for number in itertools.count(2065085769))
    used = []

    def cell(text: str) -> dict[str, Any]:
        name = next(names)
        used.append(name)
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        for statement in ast.parse(text, name).body:
            module = ast.Module([statement], [])
            exec(compile(module, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), namespace)
        return namespace

    yield cell
    for name in used:
        linecache.cache.pop(name, None)


def test_imports_and_functions_in_one_cell(run):
    f = run(FIRST)["f"]
    assert np.array_equal(f.grad(V), np.cos(V) * V + np.sin(V))
    assert "# 2065085769.py:7   return np.sum(np.sin(x) * x)" in f.source()


def test_redefining_a_function_in_a_later_cell_takes_effect(run):
    cells = run(FIRST + "\ndef g(x):\n    return 2.0 * f(x)\n")
    twice = grad(cells["g"])
    assert np.array_equal(twice(V), 2.0 * (np.cos(V) * V + np.sin(V)))
    run("@differentiable\ndef f(x):\n    return np.sum(3.0 * x)\n")
    assert np.array_equal(cells["f"].grad(V), np.full(3, 3.0))
    assert np.array_equal(twice(V), np.full(3, 6.0))


def test_running_a_cell_again_takes_effect(run):
    text = "scale = 2.0\ndef g(x):\n    return scale * x\n"
    g = grad(run(text)["g"])
    assert g(1.0) == 2.0
    run("scale = 7.0\n")
    assert g(1.0) == 7.0
    assert grad(run(text)["g"])(1.0) == 2.0


def test_one_name_twice_in_a_cell(run):
    text = "def f(x):\n    return 2.0 * x\nfirst = f\ndef f(x):\n    return 5.0 * x\n"
    cells = run(text)
    assert (grad(cells["first"])(1.0), grad(cells["f"])(1.0)) == (2.0, 5.0)


def test_a_class_redefined_in_a_later_cell(run):
    text = "class Model:\n    def loss(self, x):\n        return x ** {}\nmodel = Model()\n"
    assert grad(run(text.format(2))["model"].loss)(3.0) == 6.0
    assert grad(run(text.format(3))["model"].loss)(3.0) == 27.0


def test_refusal_shows_the_line_of_the_cell(run):
    with pytest.raises(adjoint.LanguageError) as caught:
        run("import adjoint\n\n@adjoint.differentiable\ndef f(x):\n    x[0] = 1.0\n    return x.sum()\n")
    assert "2065085769.py:5, in `f`" in str(caught.value)
    assert "    x[0] = 1.0\n" in str(caught.value)


def test_cell_without_text_says_what_to_do():
    code = compile("def f(x):\n    return x\n", "<timed exec>", "exec")
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    with pytest.raises(SourceError, match="cell of its own"):
        grad(namespace["f"])(1.0)


def test_notes_that_others_hang_on_the_shared_nodes_do_no_harm():
    """A printer of tracebacks sets ``parent`` on every node, and all trees share one ``Load``."""
    tree = ast.parse("y = x + 1")
    load = next(node for node in ast.walk(tree) if isinstance(node, ast.Load))
    load.parent = tree  # type: ignore[attr-defined]
    try:
        namespace: dict[str, Any] = {}
        name = "<shared nodes>"
        text = "def f(x):\n    y = x * x\n    return y * x\n"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        exec(compile(text, name, "exec"), namespace)
        assert grad(namespace["f"])(2.0) == 12.0
    finally:
        del load.parent  # type: ignore[attr-defined]
        linecache.cache.pop(name, None)


@pytest.mark.filterwarnings("ignore:Attempting to work in a virtualenv")
def test_in_ipython_itself():
    """The same in a real shell, whose cells have numbers."""
    pytest.importorskip("IPython", reason="IPython is not installed; the other tests imitate its cells")
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    try:
        shell.run_cell(FIRST + "value = f.grad(np.zeros(2))\n", store_history=True).raise_error()
        assert np.array_equal(shell.user_ns["value"], np.zeros(2))
        assert "# In[1]:7   return np.sum(np.sin(x) * x)" in shell.user_ns["f"].source()
        shell.run_cell("1/0", store_history=True)
        cell = "@differentiable\ndef f(x):\n    return np.sum(3.0 * x)\nvalue = f.grad(np.zeros(2))\n"
        shell.run_cell(cell, store_history=True).raise_error()
        assert np.array_equal(shell.user_ns["value"], np.full(2, 3.0))
    finally:
        InteractiveShell.clear_instance()


# --- debuggers -----------------------------------------------------------------------------------


def quotient(x):
    y = x - 1.0
    return 2.0 * x / y


def test_source_of_generated_functions_is_found_by_inspect():
    derivative = grad(quotient)
    derivative(3.0)
    function = derivative.specializer.latest.compiled.value_and_grad
    assert inspect.getsource(function).startswith("def quotient__value_and_grad(x):\n")


def test_traceback_shows_the_generated_line_and_names_the_users():
    with pytest.raises(ZeroDivisionError) as caught:
        grad(quotient)(1.0)
    text = "".join(traceback.format_exception(caught.value))
    assert "in quotient__value_and_grad\n" in text
    assert " / y\n" in text
    line = quotient.__code__.co_firstlineno + 2
    assert f"in the primal of `return 2.0 * x / y` (tests/test_notebooks.py:{line})" in text.replace(
        "\\", "/"
    )


def test_pdb_stops_in_generated_code_and_shows_its_lines():
    derivative = grad(quotient)
    derivative(3.0)
    code = derivative.specializer.latest.compiled.value_and_grad.__code__
    shown = io.StringIO()
    commands = io.StringIO("continue\nnext\np y\nlist\ncontinue\n")
    debugger = pdb.Pdb(stdin=commands, stdout=shown, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    previous = sys.gettrace()
    try:
        debugger.set_break(code.co_filename, code.co_firstlineno + 1)
        value = debugger.runcall(derivative, 3.0)
    finally:
        sys.settrace(previous)
        debugger.clear_all_breaks()
    assert value == pytest.approx(-0.5)
    text = shown.getvalue()
    assert "quotient__value_and_grad()\n-> y = x - 1.0\n" in text  # where it stopped
    assert "(Pdb) 2.0\n" in text  # the value of y
    assert "return 2.0 * x / y\n" in text and "x_bar = " in text  # the listing
