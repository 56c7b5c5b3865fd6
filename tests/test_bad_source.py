"""Where a function's text comes from: hidden, missing, edited or oddly written sources."""

from __future__ import annotations

import functools
import importlib.util
import linecache
import math
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import MissingRuleError, SourceError
from tests.helpers import assert_right_or_refused

V = np.array([0.3, -1.2, 2.1])
opaque = np.frompyfunc(lambda v: v * v, 1, 1)


def square(x):
    return x * x


def test_function_from_exec_has_no_source():
    namespace: dict[str, Any] = {}
    exec("def f(x):\n    return x * x\n", namespace)
    with pytest.raises(SourceError, match="ADJ40") as caught:
        adjoint.grad(namespace["f"])(1.0)
    assert "f" in str(caught.value)


def test_lambda_from_eval_has_no_source():
    with pytest.raises(SourceError, match="ADJ40"):
        adjoint.grad(eval("lambda x: x * x"))(1.0)


def test_builtin_without_rule():
    with pytest.raises(MissingRuleError, match="ADJ201"):
        adjoint.grad(opaque)(1.0)


def test_builtin_with_rule():
    assert adjoint.grad(np.sin)(0.5) == pytest.approx(math.cos(0.5))
    assert adjoint.grad(math.exp)(0.5) == pytest.approx(math.exp(0.5))


@functools.lru_cache(maxsize=8)
def cached(x):
    return x * x


class Tripled:
    """A decorator that is a class; the function's own text is hidden behind ``__call__``."""

    def __init__(self, f):
        self.f = f

    def __call__(self, *args):
        return 3.0 * self.f(*args)


@Tripled
def tripled(x):
    return x * x


def renamed(f):
    def wrapper(*args, **kwargs):
        return 2.0 * f(*args, **kwargs)

    wrapper.__name__ = f.__name__
    return wrapper


@renamed
@renamed
def doubled_twice(x):
    return x * x


def misleading(f):
    @functools.wraps(f)
    def wrapper(x):
        return f(x) + 10.0 * x

    return wrapper


@misleading
def misled(x):
    return x * x


def test_wrappers_hiding_the_source():
    assert adjoint.grad(tripled)(2.0) == 12.0
    assert adjoint.grad(doubled_twice)(2.0) == 16.0
    assert adjoint.grad(misled)(2.0) == 14.0
    assert_right_or_refused(cached, 2.0)
    assert_right_or_refused(lambda x: cached(x) * x, 2.0)
    assert_right_or_refused(np.vectorize(square), V)


def _load(path: Path, text: str) -> ModuleType:
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BEFORE = "def f(x):\n    y = x * x\n    return y\n"


@pytest.mark.parametrize(
    "after",
    [
        "def f(x):\n    y = x * x * x\n    return y\n",
        "# a new first line\n\ndef f(x):\n    y = x * x * x\n    return y\n",
        "def g(x):\n    return x * x * x * x\n\ndef f(x):\n    y = x * x\n    return y\n",
        "def f(x):\n    return x +\n",
        "",
        "# shorter",
    ],
    ids=["body", "moved", "other", "syntax", "empty", "short"],
)
def test_file_edited_after_import_is_never_silently_used(tmp_path, after):
    module = _load(tmp_path / "edited.py", BEFORE)
    (tmp_path / "edited.py").write_text(after, encoding="utf-8")
    linecache.checkcache()
    try:
        gradient = adjoint.grad(module.f)(3.0)
    except SourceError as error:
        assert "ADJ40" in str(error)
        assert "edited.py" in str(error)
    else:
        assert gradient == 6.0


def test_file_deleted_after_import(tmp_path):
    module = _load(tmp_path / "deleted.py", BEFORE)
    (tmp_path / "deleted.py").unlink()
    linecache.checkcache()
    try:
        assert adjoint.grad(module.f)(3.0) == 6.0
    except SourceError as error:
        assert "ADJ40" in str(error)


def test_odd_texts_are_read(tmp_path):
    """Tabs, a byte-order mark, Windows line ends, an encoding cookie, a continued line, a nested def."""
    texts = {
        "tabs": "if True:\n\tdef f(x):\n\t\ty = x * x\n\t\treturn y\n",
        "bom": "\ufeffdef f(x):\n    return x * x\n",
        "crlf": "def f(x):\r\n    y = x * x\r\n    return y\r\n",
        "continued": "def f(\n    x,\n):\n    return x \\\n        * x\n",
        "comment": "def f(x):  # first\n# at column 0\n    s = '''\nx\n'''\n    return x * x  # last\n",
        "lambda": "f = (lambda x:\n     x\n     * x)\n",
        "lambdas": "g, f, h = lambda x: x, lambda x: x * x, lambda x: x + x\n",
        "one_line": "def f(x): return x * x\n",
    }
    for name, text in texts.items():
        path = tmp_path / f"{name}.py"
        path.write_bytes(text.encode("utf-8"))
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
            assert adjoint.grad(module.f)(3.0) == 6.0, name
        finally:
            del sys.modules[name]
