"""Messages: complete, placed under the right characters, and picklable."""

from __future__ import annotations

import ctypes
import dataclasses
import functools
import io
import linecache
import math
import operator
import os
import pickle
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjoint.rules import errors
from adjoint.rules.errors import (
    AdjointError,
    ArgumentError,
    DifferentiationError,
    LanguageError,
    MissingRuleError,
    MutationError,
    Problem,
    RuleError,
    SourceError,
    skeleton,
    spell,
)
from adjoint.rules.likeness import nearest

#: Python tells the signature of getters since 3.13.
GETTER_ARGUMENTS = "obj" if sys.version_info >= (3, 13) else "*args"
CLASSES = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, AdjointError)]


def problem(text: str, column: int = 0, end: int | None = None, **changes: Any) -> Problem:
    """Return a problem on the first line of a text that linecache knows."""
    name = f"<test {len(text)} {hash(text)}>"
    linecache.cache[name] = (len(text), None, io.StringIO(text).readlines(), name)
    made = Problem(
        "ADJ101", "cannot", name, 1, column, 1, len(text) if end is None else end, "f", "label", "why."
    )
    return dataclasses.replace(made, **changes)


def carets(text: str, start: int, end: int, **changes: Any) -> tuple[str, str]:
    """Return the two lines of the excerpt, after the line number."""
    lines = str(problem(text, start, end, **changes)).splitlines()
    return lines[2][7:], lines[3][7:]


def test_whole_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.py").write_text("\n" * 13 + "        y[i] = np.sin(x[i])\n")
    monkeypatch.chdir(tmp_path)
    made = Problem(
        "ADJ101",
        "in-place assignment to an array element cannot be differentiated",
        str(tmp_path / "model.py"),
        *(14, 8, 14, 12),
        "running_sum",
        "overwrites part of `y`",
        "the pullback re-reads values.",
        ("one expression:  y = np.sin(x)", "give it a rule:\n@adjoint.rrule(f)\ndef f(x): ..."),
    )
    assert str(MutationError([made])) == (
        "in-place assignment to an array element cannot be differentiated [ADJ101]\n"
        "  model.py:14, in `running_sum`\n"
        "  14 |         y[i] = np.sin(x[i])\n"
        "     |         ^^^^ overwrites part of `y`\n"
        "why:  the pullback re-reads values.\n"
        "fix:  1. one expression:  y = np.sin(x)\n"
        "      2. give it a rule:\n"
        "         @adjoint.rrule(f)\n"
        "         def f(x): ...\n"
        "docs: docs/errors.md#adj101"
    )


def test_several_problems() -> None:
    error = LanguageError([problem("a = 1"), problem("b = 2", code="ADJ110"), problem("c = 3")])
    text = str(error)
    assert [f"problem {i} of 3: cannot [ADJ1" in text for i in (1, 2, 3)] == [True] * 3
    assert text.count("docs: ") == 3 and "docs/errors.md#adj110" in text
    assert error.code == "ADJ101" and len(error.problems) == 3
    assert "problem" not in str(LanguageError(problem("a = 1")))


@pytest.mark.parametrize(
    ("text", "start", "end", "shown", "marks"),
    [
        ("y = x + 1", 4, 5, "y = x + 1", "    ^ label"),
        ("\ty = x", 1, 2, "    y = x", "    ^ label"),
        ("ab\ty", 3, 4, "ab  y", "    ^ label"),
        ("é = ü", 4, 5, "é = ü", "    ^ label"),
        ("'漢字' + x", 7, 8, "'漢字' + x", "         ^ label"),
        ("'漢字'", 1, 3, "'漢字'", " ^^^^ label"),
        ("e\u0301 = x", 5, 6, "e\u0301 = x", "    ^ label"),
        ("\x0cy = x", 1, 2, "y = x", "^ label"),
        ("y = x", 4, 4, "y = x", "    ^ label"),
        ("y = x", 9, 12, "y = x", "     ^ label"),
        ("y = x", 2, 99, "y = x", "  ^^^ label"),
        ("y = x   \n", 0, 7, "y = x", "^^^^^ label"),
    ],
)
def test_carets(text: str, start: int, end: int, shown: str, marks: str) -> None:
    assert carets(text, start, end) == (shown, marks)


def test_nodes_over_several_lines_are_marked_to_the_end_of_the_first() -> None:
    assert carets("y = f(a,\n      b)\n", 4, 3, end_line=2) == ("y = f(a,", "    ^^^^ label")


def test_wide_line_numbers_stay_aligned() -> None:
    linecache.cache["<long>"] = (1, None, ["\n"] * 12344 + ["y = x\n"], "<long>")
    lines = str(
        problem("", filename="<long>", line=12345, end_line=12345, column=4, end_column=5)
    ).splitlines()
    assert lines[2:4] == ["12345 | y = x", "      |     ^ label"]


@pytest.mark.parametrize("changes", [{"filename": "/nowhere.py"}, {"line": 99}, {"line": 0}])
def test_missing_source_lines(changes: dict[str, Any]) -> None:
    text = str(LanguageError([problem("y = x", **changes)]))
    assert "label" in text and "^" not in text and "why." in text
    assert (":0" not in text) and "docs:" in text


def test_no_label_no_fixes_no_why() -> None:
    text = str(problem("y = x", label="", why=""))
    assert text.splitlines()[2:] == ["   1 | y = x", "     | ^^^^^", "docs: docs/errors.md#adj101"]


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "work" / "sub" / "a.py"
    inside.parent.mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    assert errors.display_path(str(inside)) == os.path.join("sub", "a.py")
    assert errors.display_path(str(tmp_path / "working.py")) == str(tmp_path / "working.py")
    assert errors.display_path("<adjoint f 1>") == "<adjoint f 1>"


def test_removed_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(os, "getcwd", gone)
    assert errors.display_path("/a/b.py") == "/a/b.py"


def test_message_stays_as_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text("y = x\n")
    error = LanguageError([problem("", filename=str(path), column=4, end_column=5)])
    path.unlink()
    linecache.cache.pop(str(path), None)
    assert "y = x" in str(error)


def test_errors_without_place() -> None:
    error = ArgumentError("ADJ303", title="bad `wrt`", why="no parameter `z`.", fixes=["use `x`"])
    assert str(error) == (
        "bad `wrt` [ADJ303]\nwhy:  no parameter `z`.\nfix:  1. use `x`\ndocs: docs/errors.md#adj303"
    )
    assert error.code == "ADJ303" and error.problems == ()


def test_tree_of_classes() -> None:
    assert issubclass(MutationError, LanguageError) and issubclass(MissingRuleError, RuleError)
    assert issubclass(ArgumentError, DifferentiationError) and issubclass(ArgumentError, TypeError)
    assert {LanguageError, RuleError, DifferentiationError, SourceError} <= set(AdjointError.__subclasses__())
    assert not issubclass(AdjointError, SyntaxError)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda c: c.__name__)
def test_classes_say_when_they_are_raised(cls: type[AdjointError]) -> None:
    assert (cls.__doc__ or "").startswith("Raised ")


@pytest.mark.parametrize("cls", CLASSES, ids=lambda c: c.__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(cls: type[AdjointError], protocol: int) -> None:
    for error in (cls([problem("y = x"), problem("z = x")]), cls("ADJ9", title="t", why="w", fixes=("f",))):
        error.add_note("in the pullback of `z`")
        again = pickle.loads(pickle.dumps(error, protocol))
        assert type(again) is cls and str(again) == str(error)
        assert (again.code, again.problems, again.__notes__) == (error.code, error.problems, error.__notes__)


# -- nearest ------------------------------------------------------------------------------------

LIBRARY = [
    "np.linalg.norm",
    "np.linalg.inv",
    "np.sum",
    "np.cumsum",
    "np.sin",
    "np.sinh",
    "np.arcsin",
    "scipy.special.erf",
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("np.linalg.nrom", ["np.linalg.norm"]),
        ("np.sinhh", ["np.sinh", "np.sin"]),
        ("libm.erf", ["scipy.special.erf"]),
        ("np.convolve", []),
        ("sum", ["np.sum", "np.cumsum"]),
    ],
)
def test_nearest(wanted: str, found: list[str]) -> None:
    assert nearest(wanted, LIBRARY) == found


def test_nearest_leaves_out_itself_and_keeps_to_n() -> None:
    assert "np.sin" not in nearest("np.sin", LIBRARY)
    assert len(nearest("np.sin", LIBRARY, n=1)) == 1


# -- skeletons ----------------------------------------------------------------------------------


def plain(x, w, k=2.0, axis=None, *, strict=False): ...


def starred(x, scale=1.0, *args, act=np.tanh, top=float("inf"), **options): ...


def hidden(x, token=object(), scale=1.0, /): ...  # noqa: B008


def annotated(x: np.ndarray, n: int = 3) -> float: ...


def ctypes_function() -> Any:
    function = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_double)(lambda a, b: a * b)
    function.argtypes = [ctypes.c_double, ctypes.c_double]
    return function


class Model:
    """A class whose method gets a skeleton."""

    def step(self, x: float, dt: float = 0.1) -> float:
        return x + dt


@pytest.mark.parametrize(
    ("function", "head"),
    [
        (plain, "def plain_rule(x, w, k=2.0, axis=None, *, strict=False):"),
        (starred, "def starred_rule(x, scale=1.0, *args, act=np.tanh, top=float('inf'), **options):"),
        (hidden, "def hidden_rule(x, scale=1.0):"),
        (annotated, "def annotated_rule(x, n=3):"),
        (Model.step, "def step_rule(self, x, dt=0.1):"),
        (lambda x: x, "def function_rule(x):"),
        (np.arctan2, "def arctan2_rule(x1, x2):"),
        (np.tanh, "def tanh_rule(x):"),
        (np.linalg.norm, "def norm_rule(x, ord=None, axis=None, keepdims=False):"),
        (np.sum, "def sum_rule(a, axis=None, dtype=None):"),
        (np.dot, "def dot_rule(a, b):"),
        (math.atan2, "def atan2_rule(y, x):"),
        (math.hypot, "def hypot_rule(*args):"),
        (max, "def max_rule(iterable):"),
        (operator.itemgetter(1), f"def itemgetter_rule({GETTER_ARGUMENTS}):"),
        (ctypes_function(), "def CFunctionType_rule(x1, x2):"),
        (functools.partial(plain, 1.0), "def partial_rule(w, k=2.0, axis=None, *, strict=False):"),
    ],
)
def test_skeletons(function: Callable[..., Any], head: str) -> None:
    text = skeleton(function)
    compile(text, "<skeleton>", "exec")
    lines = text.splitlines()
    assert lines[0].startswith("@adjoint.rrule(")
    assert lines[1] == head


def test_skeleton_runs_as_a_rule() -> None:
    text = skeleton(np.arctan2).replace("@adjoint.rrule(np.arctan2)\n", "").replace("...", "1.0")
    space: dict[str, Any] = {"np": np}
    exec(text, space)
    out, pullback = space["arctan2_rule"](1.0, 2.0)
    assert out == np.arctan2(1.0, 2.0) and pullback(1.0) == (1.0, 1.0)


def test_skeleton_forwards_every_argument() -> None:
    calls: list[Any] = []
    recorder = types.SimpleNamespace(f=lambda *a, **k: calls.append((a, k)))
    text = skeleton(plain).replace("@adjoint.rrule(", "@keep(")
    space: dict[str, Any] = {"keep": lambda _: lambda f: f, spell(plain).partition(".")[0]: None}
    text = text.replace(spell(plain), "recorder.f")
    exec(text, {**space, "recorder": recorder})
    function_space: dict[str, Any] = {**space, "recorder": recorder}
    exec(text, function_space)
    function_space["plain_rule"](1, 2, strict=True)
    assert calls == [((1, 2), {"k": 2.0, "axis": None, "strict": True})]


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (np.sin, "np.sin"),
        (np.linalg.norm, "np.linalg.norm"),
        (np.random.default_rng, "np.random.default_rng"),
        (math.sin, "math.sin"),
        (len, "len"),
        (np.ndarray.sum, "np.ndarray.sum"),
        (Model.step, f"{__name__}.Model.step"),
        (functools.partial(len), "functools.partial"),
    ],
)
def test_spelling(function: Any, name: str) -> None:
    assert spell(function) in (name, name.rpartition(".")[2])
