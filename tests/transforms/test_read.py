"""Sources are found wherever Python code can stand, and only if they are the function's own."""

from __future__ import annotations

import ast
import doctest
import functools
import importlib
import importlib.util
import itertools
import linecache
import os
import py_compile
import subprocess
import sys
import textwrap
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjoint.rules.errors import SourceError
from adjoint.transforms.locate import FUTURES, parsed, same_code
from adjoint.transforms.read import Source, read, unwrap
from adjoint.transforms.syntax import make, param, to_ast, unparse, walk

ROOT = Path(__file__).parents[2]
COUNT = itertools.count()
Loader = Callable[..., types.ModuleType]


@pytest.fixture
def load(tmp_path: Path) -> Loader:
    """Return a function that writes a text to a file and imports it."""

    def loader(
        text: str, *, encoding: str = "utf-8", newline: str = "\n", name: str = ""
    ) -> types.ModuleType:
        name = name or f"read_case_{next(COUNT)}"
        path = tmp_path / f"{name}.py"
        with path.open("w", encoding=encoding, newline=newline) as file:
            file.write(textwrap.dedent(text).lstrip("\n"))
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return loader


def text_of(function: Any) -> str:
    return unparse(read(function).tree)


def body_of(function: Any) -> str:
    return unparse(read(function).tree.body)


def recompiled(source: Source) -> types.CodeType:
    """Compile a tree by itself, if need be inside a function that provides its free variables."""
    code = source.function.__code__
    body = [source.tree]
    if code.co_freevars:
        body = [make("FunctionDef", name="outer", body=body, args=make("arguments"))]
        body[0].args.args = [param(name) for name in code.co_freevars]
    module = to_ast(make("Module", body=body))
    module.body[:0] = parsed(source.filename, source.lines).imports
    compiled = compile(module, "<again>", "exec", code.co_flags & FUTURES, True)
    own = [c for c in compiled.co_consts if isinstance(c, types.CodeType)]
    if code.co_freevars:
        own = [c for c in own[0].co_consts if isinstance(c, types.CodeType)]
    return next(c for c in own if c.co_name == source.name)


def functions_of(module: types.ModuleType) -> Iterator[types.FunctionType]:
    """Yield the functions and methods that a module defines."""
    for value in list(vars(module).values()):
        members = list(vars(value).values()) if isinstance(value, type) else []
        for item in (value, *members):
            item = item.fget if isinstance(item, property) else unwrap(item)
            if isinstance(item, types.FunctionType) and item.__module__ == module.__name__:
                yield item


PACKAGES = [
    "json.decoder",
    "json.encoder",
    "statistics",
    "textwrap",
    "fractions",
    "difflib",
    "argparse",
    "contextlib",
    "functools",
    "numpy.linalg._linalg",
    "numpy.polynomial.polynomial",
    "numpy.polynomial.chebyshev",
    "numpy.lib._function_base_impl",
    "scipy.optimize._optimize",
    "scipy.optimize._linesearch",
]


@pytest.mark.parametrize("name", PACKAGES)
def test_trees_of_packages_compile_to_the_functions_code(name: str) -> None:
    module = importlib.import_module(name)
    checked = 0
    for function in functions_of(module):
        if function.__code__.co_filename == "<string>":
            continue
        source = read(function)
        assert same_code(recompiled(source), function.__code__), function.__qualname__
        checked += 1
    assert checked > 3


def test_generated_functions_of_packages_are_refused() -> None:
    from dataclasses import make_dataclass

    with pytest.raises(SourceError, match="exec") as caught:
        read(make_dataclass("Point", ["x"]).__init__)
    assert caught.value.code == "ADJ401"


# -- places in files ----------------------------------------------------------------------------


def test_positions_are_the_users(load: Loader) -> None:
    module = load("""
        # a comment
        class Model:
            @staticmethod
            def f(x):
                y = "é漢" + x
                return y
        """)
    source = read(module.Model.f)
    assert (source.tree.lineno, source.tree.col_offset, source.tree.end_lineno) == (4, 4, 6)
    value = source.tree.body[0].value
    line = source.lines[value.lineno - 1].encode()
    assert line[value.col_offset : value.end_col_offset].decode() == '"é漢" + x'
    assert source.filename == module.__file__
    assert source.name == "f"
    assert source.function is module.Model.f


def test_trees_are_fresh(load: Loader) -> None:
    module = load("def f(x):\n    return x\n")
    first = read(module.f).tree
    first.body.clear()
    assert text_of(module.f) == "def f(x):\n    return x"


LAMBDAS = """
    f = lambda x: x; g = lambda y: y * 2
    h, k = (lambda x: x + 1), (lambda x: x + 2)
    both = [lambda x: x + 1, lambda x: x + 1]
    nested = lambda a: lambda b: a + b
    inner = nested(1)
    const = [lambda: 0, lambda: 0.0, lambda: -0.0]
    many = (
        lambda x,
               y=2: x
        + y * (
            3)
    )
    called = (lambda f: f)(lambda x: x * 7)
    def default(x, act=lambda v: v * v): return act(x)
    class Box:
        method = lambda self, x: self.a * x
        table = {"a": lambda x: x - 1, "b": lambda x: x - 2}
    é = "漢字"; wide = lambda x: x + len("漢"); wider = lambda x: x + len("字")
    keyed = sorted([3, 1], key=(lambda v: -v)) and dict(f=lambda x: x ** 2, g=lambda x: x ** 3)
    comp = [lambda x, i=i: x * i for i in range(3)]
    """


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("f", "return x"),
        ("g", "return y * 2"),
        ("h", "return x + 1"),
        ("k", "return x + 2"),
        ("both[0]", "return x + 1"),
        ("both[1]", "return x + 1"),
        ("nested", "return lambda b: a + b"),
        ("inner", "return a + b"),
        ("const[0]", "return 0"),
        ("const[1]", "return 0.0"),
        ("const[2]", "return -0.0"),
        ("many", "return x + y * 3"),
        ("called", "return x * 7"),
        ("default", "return act(x)"),
        ("default.__defaults__[0]", "return v * v"),
        ("Box.method", "return self.a * x"),
        ("Box().method", "return self.a * x"),
        ("Box.table['a']", "return x - 1"),
        ("Box.table['b']", "return x - 2"),
        ("wide", "return x + len('漢')"),
        ("wider", "return x + len('字')"),
        ("keyed['f']", "return x ** 2"),
        ("keyed['g']", "return x ** 3"),
        ("comp[2]", "return x * i"),
    ],
)
def test_lambdas(load: Loader, expression: str, expected: str) -> None:
    module = load(LAMBDAS)
    assert body_of(eval(expression, vars(module))) == expected


def test_lambdas_become_functions(load: Loader) -> None:
    module = load("\nimport numpy\nf = lambda x, *a, k=1, **d: x\n")
    source = read(module.f)
    assert source.name == "lambda_2"
    assert unparse(source.tree) == "def lambda_2(x, *a, k=1, **d):\n    return x"
    assert (source.tree.lineno, source.tree.col_offset) == (2, 4)
    assert source.tree.body[0].col_offset == 28


SHAPES = """
    from __future__ import annotations
    import functools
    import numpy as np

    def decorate(*args):
        return lambda f: f

    @decorate(
        1,
        2,
    )
    @decorate()
    def decorated(x: np.ndarray) -> undefined:
        '''Doc.'''
        return x

    def outer(a):
        def middle(b):
            c = a
            def inner(x):
                nonlocal b
                b = 1
                return x + a + b + c
            return inner
        return middle

    inner = outer(1)(2)

    class Base:
        def f(self, x):
            return x

    class __Private(Base):
        def __init__(self):
            self.__w = 1
            self.__dunder__ = 2
        def f(self, x):
            def __helper(__a): return __a
            return super().f(x) * self.__w + __helper(__a=x)
        @classmethod
        def make(cls): return cls()
        @functools.lru_cache
        def cached(self): return self.__w
        @property
        def p(self): return self.__w

    Private = __Private

    if True:
        for i in range(1):
            with open(__file__):
                def buried(x): return x * i

    async def later(x): return x

    def gen(x):
        yield x

    def continued(x, \\
                  y):
        return x + \\
            y

    def first(x): return x
    def first(x): return x * 2
    """


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("decorated", "def decorated(x: np.ndarray) -> undefined:\n    '''Doc.'''\n    return x"),
        ("inner", "def inner(x):\n    nonlocal b\n    b = 1\n    return x + a + b + c"),
        ("outer(1)", None),
        ("Private.__init__", "def __init__(self):\n    self._Private__w = 1\n    self.__dunder__ = 2"),
        ("Private.make", "def make(cls):\n    return cls()"),
        ("Private().make", "def make(cls):\n    return cls()"),
        ("Private.cached", "def cached(self):\n    return self._Private__w"),
        ("Private.p.fget", "def p(self):\n    return self._Private__w"),
        ("buried", "def buried(x):\n    return x * i"),
        ("later", "async def later(x):\n    return x"),
        ("gen", "def gen(x):\n    yield x"),
        ("continued", "def continued(x, y):\n    return x + y"),
        ("first", "def first(x):\n    return x * 2"),
    ],
)
def test_shapes(load: Loader, expression: str, expected: str | None) -> None:
    source = read(eval(expression, vars(load(SHAPES))))
    got = unparse(source.tree).replace('"""', "'''")
    assert expected is None or got == expected
    assert same_code(recompiled(source), source.function.__code__) or "async" in got


def test_private_names(load: Loader) -> None:
    source = read(load(SHAPES).Private().f)
    assert unparse(source.tree) == (
        "def f(self, x):\n\n"
        "    def _Private__helper(_Private__a):\n        return _Private__a\n"
        "    return super().f(x) * self._Private__w + _Private__helper(_Private__a=x)"
    )


@pytest.mark.parametrize(
    ("encoding", "newline"),
    [
        ("utf-8", "\n"),
        ("utf-8", "\r\n"),
        ("utf-8", "\r"),
        ("utf-8-sig", "\n"),
        ("latin-1", "\n"),
        ("latin-1", "\r\n"),
    ],
)
def test_encodings_and_line_ends(load: Loader, encoding: str, newline: str) -> None:
    cookie = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else "# é\n"
    branch = "\tif é:\n\t\tü = lambda: é; v = lambda: é + 1\n\treturn v\n"
    module = load(
        cookie + f"def f(é):\n{branch}\x0c\ndef g(x):\n\treturn x\n",
        encoding=encoding,
        newline=newline,
    )
    assert body_of(module.f(1)) == "return é + 1"
    assert text_of(module.g) == "def g(x):\n    return x"
    assert read(module.g).tree.lineno == 7


# -- other homes of code --------------------------------------------------------------------------


def run_text(text: str, filename: str) -> dict[str, Any]:
    """Run a text as notebooks and generators of code do: named, and known to linecache."""
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    space: dict[str, Any] = {}
    exec(compile(text, filename, "exec"), space)
    return space


def test_text_in_linecache() -> None:
    space = run_text(
        "def factory(k):\n    def f(x):\n        return x * k\n    return f\n", "<adjoint f 12ab>"
    )
    assert text_of(space["factory"](2)) == "def f(x):\n    return x * k"


def test_notebook_cells() -> None:
    first = run_text("x = 1\nf = lambda x: x + 1\n", "/tmp/ipykernel_1/11.py")
    second = run_text("x = 1\nf = lambda x: x + 2\nawait_ = 1\n", "/tmp/ipykernel_1/12.py")
    linecache.cache.setdefault("/tmp/ipykernel_1/11.py", (1, None, [], ""))
    assert body_of(first["f"]) == "return x + 1"
    assert body_of(second["f"]) == "return x + 2"


def test_cell_with_await_at_top() -> None:
    text = (
        "def f(x): return x\nif 0:\n    await f(1)\n    def g(x): return 3\nelse:\n    def g(x): return x\n"
    )
    linecache.cache["<cell await>"] = (len(text), None, text.splitlines(keepends=True), "<cell await>")
    code = compile(text, "<cell await>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    space: dict[str, Any] = {}
    import asyncio

    result = eval(code, space)
    if result is not None:
        asyncio.run(result)
    assert text_of(space["g"]) == "def g(x):\n    return x"


def test_doctests() -> None:
    test = doctest.DocTestParser().get_doctest(
        ">>> def f(x):\n...     return x + 1\n>>> g = lambda x: x * 5\n>>> look(f); look(g)\n",
        {"look": lambda f: found.append(body_of(f))},
        "sample",
        None,
        0,
    )
    found: list[str] = []
    assert doctest.DocTestRunner().run(test).failed == 0
    assert found == ["return x + 1", "return x * 5"]


def in_test_module(x: float) -> float:
    assert x > 0, "pytest rewrites this"
    return x * 2


def test_functions_whose_asserts_pytest_rewrote() -> None:
    local = [lambda x: x + 1, lambda x: x + 2]
    assert "assert x > 0" in text_of(in_test_module)
    assert [body_of(f) for f in local] == ["return x + 1", "return x + 2"]
    assert "pytest rewrites" in text_of(in_test_module)


def test_frozen_modules() -> None:
    assert "def isabs(s):" in text_of(os.path.isabs)


# -- wrappers -----------------------------------------------------------------------------------


def test_wrappers_that_add_nothing_are_opened() -> None:
    assert text_of(np.linalg.norm).startswith("def norm(")
    assert unwrap(functools.lru_cache(in_test_module)) is in_test_module
    assert unwrap(staticmethod(in_test_module)) is in_test_module


def test_wrappers_that_may_change_the_value_are_read_themselves(load: Loader) -> None:
    module = load("""
        import functools
        def double(f):
            @functools.wraps(f)
            def wrapper(*args):
                return 2 * f(*args)
            return wrapper
        @double
        def f(x): return x
        """)
    assert text_of(module.f) == "def wrapper(*args):\n    return 2 * f(*args)"


# -- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "part"),
    [
        (len, "builtin_function_or_method"),
        (np.dot, "np.dot"),
        (np.add, "ufunc"),
        (dict, "type"),
        (functools.partial(in_test_module, 1), "partial"),
        (3, "int"),
        (eval("lambda x: x"), "exec() or eval()"),
        (eval(compile("lambda x: x", "<stdin>", "eval")), "prompt"),
        (eval(compile("lambda x: x", "<made up>", "eval")), "<made up>"),
        (eval(compile("lambda x: x", "/nowhere/model.py", "eval")), "/nowhere/model.py cannot be read"),
    ],
)
def test_no_source(function: Any, part: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(function)
    assert caught.value.code == "ADJ401"
    assert part in str(caught.value) and "fix:" in str(caught.value)


def test_text_kept_under_a_shared_name_is_another_text(monkeypatch: pytest.MonkeyPatch) -> None:
    # Since Python 3.13 linecache knows the text of `python -c`, under the name of all texts without file.
    text = "print('the command line')\n"
    monkeypatch.setitem(linecache.cache, "<string>", (len(text), None, [text], "<string>"))
    with pytest.raises(SourceError, match=r"exec\(\) or eval\(\)") as caught:
        read(eval("lambda x: x"))
    assert caught.value.code == "ADJ401" and "command line" not in str(caught.value)


@pytest.mark.parametrize("arguments", [["-c"], ["-"]])
def test_no_source_in_a_real_prompt(arguments: list[str]) -> None:
    text = (
        "from adjoint.transforms.read import read\n"
        "from adjoint.rules.errors import SourceError\n"
        "def f(x): return x\n"
        "try: read(f)\n"
        "except SourceError as error: print(error.code)\n"
    )
    command = [sys.executable, *arguments, *([text] if arguments == ["-c"] else [])]
    done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT, check=True)
    expected = ("ADJ401\n",) if sys.version_info < (3, 13) else ("ADJ401\n", "")
    assert done.stdout in expected, done.stderr


def test_only_compiled_file(tmp_path: Path) -> None:
    path = tmp_path / "only.py"
    path.write_text("def f(x): return x\n")
    py_compile.compile(str(path), str(tmp_path / "only.pyc"), doraise=True)
    path.unlink()
    spec = importlib.util.spec_from_file_location("only", tmp_path / "only.pyc")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(SourceError, match="compiled form"):
        read(module.f)


def edit(module: types.ModuleType, old: str, new: str) -> None:
    """Replace text in the file of a loaded module, as an editor does."""
    path = Path(str(module.__file__))
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    os.utime(path, (1, next(COUNT) + 1000))


STALE = """
    import math
    K = 2
    def f(x, k=1):
        y = x * 2.0
        return math.sin(y) if k else K
    class Model:
        def __init__(self): self.__w = 1
        def g(self, x):
            return [x * i for i in (1, 2)] + [self.__w]
    h = lambda x: x + 1; k = lambda x: x - 1
    """


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("x * 2.0", "x * 3.0", "f"),
        ("x * 2.0", "x * 2", "f"),
        ("x * 2.0", "x + 2.0", "f"),
        ("x * 2.0", "x * -2.0", "f"),
        ("sin", "cos", "f"),
        ("else K", "else L", "f"),
        ("def f(x", "def f(z, x", "f"),
        ("def f", "def ff", "f"),
        ("x * i", "x / i", "Model.g"),
        ("self.__w]", "self.__v]", "Model.g"),
        ("class Model", "class Other", "Model.g"),
        ("x + 1", "x + 3", "h"),
        ("K = 2", "K = = 2", "f"),
        ("K = 2", "def broken(:", "f"),
        ("y = x * 2.0", "return 1; yield = 3", "f"),
    ],
)
def test_edited_functions_are_refused(load: Loader, old: str, new: str, name: str) -> None:
    module = load(STALE)
    function = eval(name, vars(module))
    before = text_of(function)
    edit(module, old, new)
    with pytest.raises(SourceError) as caught:
        read(function)
    assert caught.value.code == "ADJ402"
    [problem] = caught.value.problems
    assert problem.filename == module.__file__ and problem.line == function.__code__.co_firstlineno
    edit(module, new, old)
    assert text_of(function) == before


def test_edits_elsewhere_do_not_matter(load: Loader) -> None:
    module = load(STALE)
    functions = [module.f, module.Model.g, module.h, module.k]
    before = [text_of(f) for f in functions]
    edit(module, "import math", "import math\n# one\n# two\nimport sys as f_")
    edit(module, "K = 2", "K = 3")
    for f, text in zip(functions[:2], before, strict=False):
        assert text_of(f) == text
    assert read(module.f).tree.lineno == 6
    assert [body_of(f) for f in functions[2:]] == ["return x + 1", "return x - 1"]


def test_swapped_lambdas_follow_their_code(load: Loader) -> None:
    module = load("f = lambda x: x + 1; g = lambda x: x - 1\n")
    edit(module, "f = lambda x: x + 1; g = lambda x: x - 1", "f = lambda x: x - 1; g = lambda x: x + 1")
    assert body_of(module.f) == "return x + 1"
    assert body_of(module.g) == "return x - 1"


def test_a_redefined_function_keeps_its_own_text(load: Loader) -> None:
    module = load("def f(x):\n    return x\nold = f\ndef f(x):\n    return x * 2\n")
    assert (body_of(module.old), body_of(module.f)) == ("return x", "return x * 2")


def test_reload_after_an_edit(load: Loader) -> None:
    module = load("def f(x):\n    return x\n", name="read_reload")
    edit(module, "return x", "return x * 2")
    again = importlib.util.spec_from_file_location("read_reload", module.__file__)
    assert again is not None and again.loader is not None
    sys.dont_write_bytecode, saved = True, sys.dont_write_bytecode
    try:
        new = importlib.util.module_from_spec(again)
        again.loader.exec_module(new)
    finally:
        sys.dont_write_bytecode = saved
    assert body_of(new.f) == "return x * 2"


def test_without_column_positions(tmp_path: Path) -> None:
    path = tmp_path / "columns.py"
    path.write_text(
        "from adjoint.transforms.read import read\n"
        "from adjoint.transforms.syntax import unparse\n"
        "from adjoint.rules.errors import SourceError\n"
        "f = lambda x: x + 1\n"
        "same = [lambda x: x * 2, lambda x: x * 2]\n"
        "g, h = lambda x: x * 3, lambda y: y * 3\n"
        "p, q = lambda x: x * 4, lambda x: x * 5\n"
        "for each in (f, same[1], h):\n"
        "    print(unparse(read(each).tree.body))\n"
        "try: print(unparse(read(p).tree.body))\n"
        "except SourceError as error: print(error.code)\n"
    )
    command = [sys.executable, "-X", "no_debug_ranges", str(path)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    assert done.stdout.splitlines() == ["return x + 1", "return x * 2", "return y * 3", "ADJ403"]


def test_second_function_of_a_file_reuses_the_parsed_file(
    load: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load("".join(f"def f{i}(x):\n    return x + {i}\n" for i in range(50)))
    read(module.f0)
    monkeypatch.setattr(ast, "parse", lambda *_: pytest.fail("parsed again"))
    assert body_of(module.f49) == "return x + 49"


def test_locations_are_complete(load: Loader) -> None:
    for function in (load(SHAPES).decorated, load(LAMBDAS).many):
        for node in walk(read(function).tree):
            if "lineno" in node._attributes:
                assert node.lineno >= 1 and node.end_lineno >= node.lineno
