"""Functions of installed packages, not edited: each derivative is right, or refused with a reason.

Run it with ``python -m pytest -m thirdparty tests/thirdparty``; a table whose package is missing is
skipped.  The counts are printed at the end, and kept in ``docs/thirdparty.md``.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.thirdparty.conftest import COUNTS
from tests.thirdparty.judging import Case, judge, quiet

TABLES = sorted(p.stem for p in (Path(__file__).parent / "tables").glob("[a-z]*.py"))
ENOUGH = 20


def table(name: str) -> ModuleType | str:
    """Return a table, or the reason why it cannot be had."""
    try:
        with quiet():
            return importlib.import_module(f"tests.thirdparty.tables.{name}")
    except ModuleNotFoundError as error:
        return f"{error}; pip install 'adjoint[thirdparty]'"


def cases() -> list[Any]:
    """Return every case of every table, a skipped one for a table whose package is missing."""
    params: list[Any] = []
    for name in TABLES:
        found = table(name)
        if isinstance(found, str):
            params.append(pytest.param(name, None, id=name, marks=pytest.mark.skip(reason=found)))
            continue
        params += [pytest.param(name, each, id=f"{name}-{each}") for each in found.CASES]
    return params


@pytest.mark.thirdparty
@pytest.mark.parametrize(("name", "one"), cases())
def test_call(name: str, one: Case) -> None:
    verdict = judge(one)
    COUNTS[name][verdict.outcome] += 1
    good = ("right", "refused", "unjudged") if one.known else ("right",)
    assert verdict.outcome in good, f"{verdict.outcome}: {verdict.detail}"
    if verdict.outcome == "refused":
        assert ".py:" in verdict.detail or "ADJ2" in verdict.detail, f"no place: {verdict.detail}"


@pytest.mark.thirdparty
@pytest.mark.parametrize("name", TABLES)
def test_table_is_long_enough(name: str) -> None:
    found = table(name)
    if isinstance(found, str):
        pytest.skip(found)
    functions = {str(one) for one in found.CASES}
    assert len(functions) >= ENOUGH
