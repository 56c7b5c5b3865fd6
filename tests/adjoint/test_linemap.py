"""Generated text in tracebacks, debuggers and notes."""

from __future__ import annotations

import dataclasses
import gc
import inspect
import linecache
import subprocess
import sys
import traceback
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adjoint.compiling.linemap import annotate, is_registered, register, source_text, unregister, user_line

ROOT = Path(__file__).parents[2]
TEXT = "def f(x):\n    y = 1 / x\n    return y\n"
MAP = {2: ("/u/user.py", 7, "in the pullback of `y = 1 / x`")}


@pytest.fixture
def name() -> Iterator[str]:
    name = register(TEXT, "f reverse", MAP)
    yield name
    unregister(name)


def function(name: str) -> Any:
    space: dict[str, Any] = {}
    exec(compile(source_text(name) or "", name, "exec"), space)
    return space["f"]


def caught(f: Any, *args: Any) -> BaseException:
    with pytest.raises(Exception) as info:  # noqa: B017, PT011
        f(*args)
    return info.value


def test_names(name: str) -> None:
    assert name.startswith("<adjoint f reverse ") and name.endswith(">")
    second = register(TEXT, "f reverse", {})
    assert second != name and second.startswith(name[:-1])
    unregister(second)
    assert register(TEXT, "f reverse", {}) == second
    unregister(second)


def test_names_are_the_same_in_every_process(name: str) -> None:
    program = f"from adjoint.compiling.linemap import register; print(register({TEXT!r}, 'f reverse', {{}}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == name


def test_tracebacks_show_generated_lines(name: str) -> None:
    linecache.checkcache()
    error = caught(function(name), 0)
    text = "".join(traceback.format_exception(error))
    assert "y = 1 / x" in text and name in text
    assert inspect.getsource(function(name)) == TEXT


def test_note_names_the_users_line(name: str) -> None:
    error = caught(function(name), 0)
    assert annotate(error) is error
    assert error.__notes__ == ["in the pullback of `y = 1 / x` (/u/user.py:7)"]
    annotate(error)
    assert len(error.__notes__) == 1


def test_innermost_generated_frame_counts(name: str) -> None:
    outer_name = register("def f(g, x):\n    return g(x)\n", "outer", {2: ("o.py", 1, "in `o`")})
    error = caught(function(outer_name), function(name), 0)
    annotate(error)
    annotate(error)
    assert error.__notes__ == ["in the pullback of `y = 1 / x` (/u/user.py:7)"]
    error = caught(function(outer_name), lambda x: 1 / x, 0)
    assert annotate(error).__notes__ == ["in `o` (o.py:1)"]
    unregister(outer_name)


def test_other_errors_are_left_alone() -> None:
    error = caught(lambda: 1 / 0)
    assert not hasattr(annotate(error), "__notes__")
    assert not hasattr(annotate(ValueError("never raised")), "__notes__")


def test_lines_between_belong_to_the_one_above(name: str) -> None:
    assert user_line(name, 3) == MAP[2]
    assert user_line(name, 1) is None
    assert user_line("<unknown>", 1) is None


def test_unregister(name: str) -> None:
    f = function(name)
    unregister(name)
    unregister(name)
    assert not is_registered(name) and source_text(name) is None
    assert name not in linecache.cache
    assert not hasattr(annotate(caught(f, 0)), "__notes__")


def test_unregister_as_finalizer() -> None:
    name = register(TEXT, "f", MAP)
    f = function(name)
    weakref.finalize(f, unregister, name)
    assert is_registered(name)
    del f
    gc.collect()
    assert not is_registered(name)


def test_exceptions_that_accept_no_attributes(name: str) -> None:
    @dataclasses.dataclass(frozen=True)
    class Frozen(Exception):
        x: float

    other = register("def f(e):\n    raise e\n", "raiser", {2: ("u.py", 1, "in `f`")})
    error = caught(function(other), Frozen(1.0))
    assert annotate(error) is error
    unregister(other)
