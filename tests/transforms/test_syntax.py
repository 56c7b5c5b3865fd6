"""Building, printing and copying trees, and the names they read and write."""

from __future__ import annotations

import copy
import importlib
import math
import symtable
import sys
import textwrap
import timeit
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gast
import numpy as np
import pytest

from adjoint.transforms import syntax
from adjoint.transforms.syntax import (
    assign,
    attribute,
    call,
    clone,
    constant,
    copy_location,
    expression,
    load,
    make,
    name,
    names_read,
    names_written,
    param,
    parse,
    parse_expression,
    parse_statements,
    same,
    store,
    subscript,
    template,
    to_ast,
    unparse,
    walk,
)

SAMPLES = [
    importlib.import_module(n) for n in ("textwrap", "statistics", "contextlib", "fractions", "difflib")
]


def text_of_module(module: Any) -> str:
    return Path(module.__file__).read_text(encoding="utf-8")


# -- printing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("module", SAMPLES, ids=lambda m: m.__name__)
def test_printing_keeps_the_program(module: Any) -> None:
    tree = parse(text_of_module(module))
    text = unparse(tree)
    assert same(parse(text), tree)
    assert unparse(parse(text)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (-1.0, "-1.0"),
        (math.inf, "1e309"),
        (True, "True"),
        (None, "None"),
        ("a'b", '"a\'b"'),
        (1 - 2j, "(1-2j)"),
        (..., "..."),
        ((), "()"),
        ((1, (2, "x")), "(1, (2, 'x'))"),
        ((1,), "(1,)"),
        (np.float64(0.1), "0.1"),
    ],
)
def test_constants(value: Any, text: str) -> None:
    node = constant(value)
    assert unparse(node) == text
    assert repr(eval(text)) == repr(value) or isinstance(value, np.float64)


def test_negative_constants_keep_their_place() -> None:
    power = make("BinOp", left=constant(-2.0), op=make("Pow"), right=constant(2))
    assert unparse(power) == "(-2.0) ** 2"
    assert unparse(make("BinOp", left=constant(3), op=make("Pow"), right=constant(-2))) == "3 ** (-2)"
    assert unparse(attribute(constant(-1.5), "real")) == "(-1.5).real"
    assert unparse(make("BinOp", left=load("x"), op=make("Sub"), right=constant(-1))) == "x - -1"


def test_printing_lists_and_functions() -> None:
    assert unparse(parse_statements("x = 1\ny = 2")) == "x = 1\ny = 2"
    assert unparse([]) == ""
    assert unparse(parse_statements("def f():\n    pass")) == "def f():\n    pass"


# -- building -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (name("x"), "x"),
        (assign("y", load("x")), "y = x"),
        (assign(subscript("y", 0), load("x")), "y[0] = x"),
        (call("np.sum", [load("x")], {"axis": constant(0)}), "np.sum(x, axis=0)"),
        (call(load("f"), [], [make("keyword", arg=None, value=load("kw"))]), "f(**kw)"),
        (attribute(load("x"), "T"), "x.T"),
        (attribute("np.linalg", "norm"), "np.linalg.norm"),
        (subscript(load("x"), load("i")), "x[i]"),
        (subscript("x", (1, 2)), "x[1, 2]"),
        (subscript("d", "k"), "d['k']"),
        (make("Return"), "return"),
        (make("If", test=load("a"), body=[make("Pass")]), "if a:\n    pass"),
        (make("For", target=store("i"), iter=load("n"), body=[make("Break")]), "for i in n:\n    break"),
    ],
)
def test_constructors(node: Any, text: str) -> None:
    assert unparse(node) == text
    again = parse_statements(text)[0]
    assert same(again, node) or same(again.value, node)


def test_assigned_targets_are_not_read() -> None:
    target = parse_expression("(a, b[0])")
    assert names_written(assign(target, load("c"))) == {"a"}
    assert names_read(target) == {"a", "b"}


def test_made_functions_compile() -> None:
    function = make("FunctionDef", name="f", args=make("arguments"), body=[make("Return", value=load("x"))])
    function.args.args = [param("x")]
    space: dict[str, Any] = {}
    exec(compile(to_ast(make("Module", body=[function])), "<built>", "exec"), space)
    assert space["f"](3) == 3


def test_make_takes_location_and_origin() -> None:
    where = parse("\n\n  x").body[0].value
    where.origin = "the user's node"
    node = make("Return", where, value=load("y"))
    assert (node.lineno, node.col_offset, node.origin) == (3, 0, "the user's node")
    assert copy_location(load("z"), node).origin == "the user's node"
    assert not hasattr(load("z"), "lineno")


def test_make_refuses_unknown_fields() -> None:
    with pytest.raises(TypeError, match="Return has no field valu"):
        make("Return", valu=load("x"))


def test_made_lists_are_not_shared() -> None:
    make("If").body.append(1)
    assert make("If").body == []


def test_node_classes_are_attributes() -> None:
    assert syntax.Name is gast.Name
    with pytest.raises(AttributeError):
        _ = syntax.NoSuchNode
    assert not hasattr(syntax, "__wrapped__")


# -- templates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "replacements", "expected"),
    [
        ("A = B + B", {"A": "y", "B": parse_expression("x * 2")}, "y = x * 2 + x * 2"),
        ("A = B", {"A": parse_expression("(x[0], y.a)"), "B": load("z")}, "x[0], y.a = z"),
        ("def F(P):\n    return P", {"F": "f", "P": "x"}, "def f(x):\n    return x"),
        (
            "if T:\n    B\nelse:\n    C",
            {"T": load("t"), "B": parse_statements("a = 1; b = 2"), "C": []},
            None,
        ),
        ("f(ARGS, k=V)", {"ARGS": [load("a"), load("b")], "V": constant(1)}, "f(a, b, k=1)"),
        ("x = (ITEMS,)", {"ITEMS": [load("a"), load("b")]}, "x = (a, b)"),
        ("A += 1", {"A": parse_expression("x[i]")}, "x[i] += 1"),
        ("x.A(A=A)", {"A": load("v")}, "x.A(A=v)"),
        (
            "  for i in N:\n      B\n",
            {"N": load("n"), "B": parse_statements("pass")},
            "for i in n:\n    pass",
        ),
    ],
)
def test_template(text: str, replacements: dict[str, Any], expected: str | None) -> None:
    got = unparse(template(text, **replacements))
    assert got == (expected if expected is not None else "if t:\n    a = 1\n    b = 2")


def test_template_copies_and_leaves_no_location() -> None:
    value = parse("x * 2").body[0].value
    [statement] = template("A = B + B", A="y", B=value)
    left, right = statement.value.left, statement.value.right
    assert left is not value and left is not right
    assert left.lineno == 1 and not hasattr(statement, "lineno")
    again = template("A = B + B", A="z", B=value)
    assert unparse(statement) == "y = x * 2 + x * 2" and unparse(again) == "z = x * 2 + x * 2"


def test_template_targets_can_be_assigned() -> None:
    [statement] = template("A = 1", A=parse_expression("(p, [q, *r], s[0], t.u)"))
    contexts = {n.id: type(n.ctx).__name__ for n in walk(statement) if isinstance(n, gast.Name)}
    assert contexts == {"p": "Store", "q": "Store", "r": "Store", "s": "Load", "t": "Load"}


def test_template_refuses_unused_replacements() -> None:
    with pytest.raises(ValueError, match="no placeholder B"):
        template("A = 1", A="x", B="y")


def test_expression() -> None:
    assert unparse(expression("A + f(B)", A=constant(1), B="x")) == "1 + f(x)"


# -- copying ------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", SAMPLES, ids=lambda m: m.__name__)
def test_clone_is_deep(module: Any) -> None:
    tree = parse(text_of_module(module))
    twin = clone(tree)
    assert gast.dump(twin, include_attributes=True) == gast.dump(tree, include_attributes=True)
    shared = {id(n) for n in walk(tree) if n._fields} & {id(n) for n in walk(twin)}
    assert not shared
    before = unparse(tree)
    for node in walk(twin):
        if isinstance(node, gast.Name):
            node.id = "changed"
        if hasattr(node, "body") and isinstance(node.body, list):
            node.body.append(make("Pass"))
    assert unparse(tree) == before


def test_clone_keeps_extra_attributes() -> None:
    node = parse_expression("f(x)")
    node.origin = load("o")
    node.args[0].kind = [1]
    twin = clone(node)
    assert twin.origin is node.origin
    assert twin.args[0].kind is node.args[0].kind
    assert not same(clone([node, 3]), [node])


def test_clone_is_fast() -> None:
    tree = parse(text_of_module(SAMPLES[0]))
    ours = min(timeit.repeat(lambda: clone(tree), number=1, repeat=5))
    theirs = min(timeit.repeat(lambda: copy.deepcopy(tree), number=1, repeat=3))
    assert ours < theirs / 4


def test_walk_is_in_the_order_of_the_text() -> None:
    tree = parse("a = f(b, c)[d]\nif e: g")
    names = [n.id for n in walk(tree.body) if isinstance(n, gast.Name)]
    assert names == ["a", "f", "b", "c", "d", "e", "g"]


def test_same() -> None:
    assert same(parse("x  =  1"), parse("x = 1"))
    for a, b in (
        ("x = 1", "x = 1.0"),
        ("x = 0.0", "x = -0.0"),
        ("x", "y"),
        ("f(x)", "f(x, y)"),
        ("1", "True"),
    ):
        assert not same(parse(a), parse(b))


# -- names --------------------------------------------------------------------------------------

NAMES = [
    ("y = x", "x", "y"),
    ("y += x", "x y", "y"),
    ("y[i] = x.a", "i x y", ""),
    ("y.a += x", "x y", ""),
    ("a, (b, *c) = d", "d", "a b c"),
    ("for i in r:\n    s = i", "i r", "i s"),
    ("with a as b: pass", "a", "b"),
    ("import a.b, c as d\nfrom e import f as g, h", "", "a d g h"),
    ("try:\n    a\nexcept E as e:\n    b", "E a b", "e"),
    ("del x", "", "x"),
    ("(n := a) + n", "a n", "n"),
    ("x: T = y", "T y", "x"),
    ("global q\nq = 1", "", "q"),
    ("assert a, b", "a b", ""),
    ("f'{a} {b:{c}}'", "a b c", ""),
    ("[i * k for i in r]", "k r", ""),
    ("[i for i in i]", "i", ""),
    ("[j for i in r for j in i if i]", "r", ""),
    ("[j for i in r for j in s]", "r s", ""),
    ("{k: v for k, v in d.items() if k in e}", "d e", ""),
    ("[(last := i) for i in r]", "r", "last"),
    ("[[i * j for j in r] for i in s]", "r s", ""),
    ("f = lambda x, k=d: x + k + a", "a d", "f"),
    ("f = lambda: (y := 1) + y + z", "z", "f"),
    ("def g(x, k=d, *a, m: T = e, **kw) -> R:\n    y = x + c\n    return a, kw, m", "R T c d e", "g"),
    ("@deco\ndef g():\n    def h():\n        return u\n    u = 1\n    return h, w", "deco w", "g"),
    ("def g():\n    nonlocal n\n    n = 1", "n", "g"),
    ("def g():\n    if 1:\n        global n\n    n = 1", "n", "g"),
    ("def g():\n    return g", "g", "g"),
    ("class A(B, k=m):\n    x = y\n    z = x\n    def f(self): return x", "B m x y", "A"),
    ("class A:\n    x = x", "x", "A"),
    (
        "match m:\n    case [a, *b]: pass\n    case {'k': c, **d}: pass\n    case P(e) as f if e: pass",
        "P e m",
        "a b c d e f",
    ),
    ("match m:\n    case M.a | 3: pass\n    case _: pass", "M m", ""),
    ("lambda *a, **k: (a, k, b)", "b", ""),
    ("x = y if z else w", "w y z", "x"),
    ("(i for i in range(n))", "n range", ""),
]


@pytest.mark.parametrize(("text", "read", "written"), NAMES)
def test_names(text: str, read: str, written: str) -> None:
    tree = parse(text)
    assert " ".join(sorted(names_read(tree))) == read
    assert " ".join(sorted(names_written(tree.body))) == written


def tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from tables(child)


def reads(table: symtable.SymbolTable) -> set[str]:
    """Return what a scope and those inside it read, in terms of its own names (Python's verdict)."""
    own = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    for child in table.get_children():
        bound = {s.get_name() for s in child.get_symbols() if s.is_local() or s.is_parameter()}
        own |= reads(child) - bound
    return own


def bound(table: symtable.SymbolTable) -> set[str]:
    symbols = table.get_symbols()
    return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}


#: Since 3.12 Python lists the variables of these in the scope around, in part (PEP 709).
INLINED = (gast.ListComp, gast.SetComp, gast.DictComp) if sys.version_info >= (3, 12) else ()


@pytest.mark.parametrize(
    "module",
    [
        *SAMPLES,
        *map(importlib.import_module, ("argparse", "scipy.optimize._optimize", "numpy.linalg._linalg")),
    ],
    ids=lambda m: m.__name__,
)
def test_names_agree_with_pythons_own_symbol_table(module: Any) -> None:
    text = text_of_module(module)
    functions = {
        (n.name, n.lineno - len(n.decorator_list)): n
        for n in walk(parse(text))
        if isinstance(n, gast.FunctionDef)
    }
    checked = 0
    for table in tables(symtable.symtable(text, module.__name__, "exec")):
        node = functions.get((table.get_name(), table.get_lineno()))
        if node is None or table.get_type() != "function" or "__" in unparse(node):
            continue  # private names are mangled in the table
        if any(isinstance(n, (gast.ClassDef, gast.Global, gast.Nonlocal, *INLINED)) for n in walk(node.body)):
            continue
        assert names_written(node.body) == bound(table), node.name
        assert names_read(node.body) == reads(table) - {"__class__"}, node.name
        checked += 1
    assert checked > 5


def test_indented_text() -> None:
    text = "\n        def f(x):\n            return x\n"
    assert same(parse(text), parse(textwrap.dedent(text)))
