"""What several test files share: refusals with a location, agreement or refusal, source text."""

from __future__ import annotations

import copy
import inspect
import os
from collections.abc import Callable
from typing import Any

import pytest

import adjoint
from adjoint.testing import check_grad

MARK = "# !"


def marked_lines(*functions: Callable[..., Any]) -> list[str]:
    """Return ``file.py:line`` for every line of the functions that ends in the mark ``# !``."""
    places = []
    for f in functions:
        lines, first = inspect.getsourcelines(inspect.unwrap(f))
        name = os.path.basename(inspect.getsourcefile(f) or "?")
        places += [f"{name}:{first + i}" for i, line in enumerate(lines) if line.rstrip().endswith(MARK)]
    return places


def assert_located(message: str, codes: tuple[str, ...], places: list[str]) -> None:
    """Check that a message holds its codes and places, and has the parts every refusal has."""
    for code in codes:
        assert code in message, f"no {code} in:\n{message}"
    for place in places:
        assert place in message, f"no {place} in:\n{message}"
    for part in ("why:", "fix:", "docs:", "^"):
        assert part in message, f"no {part!r} in:\n{message}"


def assert_refused(
    f: Callable[..., Any],
    *args: Any,
    codes: tuple[str, ...],
    error: type[Exception] = adjoint.LanguageError,
    where: tuple[Callable[..., Any], ...] = (),
) -> str:
    """Check that ``vjp(f, *args)`` is refused before it runs, at the marked lines.

    Args:
        f: the function.
        args: its arguments; they must not have been touched.
        codes: the codes that the message names.
        error: the class of the error.
        where: the functions that hold the marks, ``f`` if none are given.

    Returns:
        the message.
    """
    before = copy.deepcopy(args)
    with pytest.raises(error) as caught:
        adjoint.vjp(f, *args)
    message = str(caught.value)
    assert isinstance(caught.value, adjoint.AdjointError)
    assert_located(message, codes, marked_lines(*(where or (f,))))
    assert repr(args) == repr(before), "a refused call changed its arguments"
    return message


def assert_right_or_refused(f: Callable[..., Any], *args: Any) -> None:
    """Check that a gradient is right, or is refused with one of our errors: never wrong."""
    try:
        adjoint.vjp(f, *copy.deepcopy(args))
    except adjoint.AdjointError as error:
        assert "ADJ" in str(error)
    else:
        check_grad(f, *args)


def source_text(f: Callable[..., Any], *args: Any) -> str:
    """Return the generated source of ``f``, specialised on example arguments."""
    return str(adjoint.source(f, *args))
