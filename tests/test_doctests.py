"""Every example in a docstring of the product and in the Markdown pages is run."""

from __future__ import annotations

import doctest
import importlib
import re
import sys
import textwrap
import traceback
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

from tests.test_layers import LATE
from tests.tree import ROOT, product_modules

#: ``# doctest: +SKIP`` stays possible; differences in white space are forgiven.
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS

PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md")] + sorted((ROOT / "docs").rglob("*.md"))
PIECES = traceback.format_exception_only
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)``` *$", re.MULTILINE | re.DOTALL
)


def in_one_piece(*error: Any, **options: Any) -> list[str]:
    """Print an exception and its notes as one text; early releases of 3.11 compare the last piece only."""
    return ["".join(PIECES(*error, **options))]


def run(test: doctest.DocTest) -> None:
    """Run one doctest; fail with doctest's own report."""
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    with mock.patch.object(traceback, "format_exception_only", in_one_piece):
        outcome = runner.run(test, out=report.append)
    assert outcome.failed == 0, "".join(report)


@pytest.mark.parametrize("name", [n for n in product_modules() if not n.endswith(".__main__")])
def test_module(name: str) -> None:
    if name in LATE:
        pytest.importorskip("numba", reason="its module is imported only where numba is installed")
    module = importlib.import_module(name)
    finder = doctest.DocTestFinder(exclude_empty=True)
    # Helper names a docstring need not import: those of the module itself, and np.
    for test in finder.find(module, name, extraglobs={"np": np}):
        if test.examples:
            run(test)


def page_test(path: Path, folder: Path) -> doctest.DocTest:
    """Return the python fences of a page as one doctest with one name space.

    A fence of ``>>>`` lines is run as it stands.  A fence that opens with ``# name.py`` is written
    to that file in ``folder`` and its names are imported.  Blocks are parsed one by one, so that a
    closing fence is not taken for expected output, and keep their line numbers for the report.
    """
    text = path.read_text(encoding="utf-8")
    examples: list[doctest.Example] = []
    for match in FENCE.finditer(text):
        if match["info"].split()[:1] == ["python"]:
            first = text.count("\n", 0, match.start("body"))
            examples += block_examples(match["body"], first, folder)
    return doctest.DocTest(examples, {"__name__": "__main__"}, path.name, str(path), 0, text)


def block_examples(body: str, first: int, folder: Path) -> list[doctest.Example]:
    """Return the examples of one fence whose first line is line ``first`` of the page."""
    body = textwrap.dedent(body)
    if name := re.match(r"# (\w+)\.py\n", body):
        (folder / f"{name[1]}.py").write_text(body, encoding="utf-8")
        return [doctest.Example(f"from {name[1]} import *\n", "", lineno=first)]
    examples = doctest.DocTestParser().get_examples(body)
    assert examples, f"a python fence without >>> and without a file name, line {first}; call it py"
    for example in examples:
        example.lineno += first
    return examples


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_page(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = page_test(path, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    try:
        run(test)
    finally:
        for file in tmp_path.glob("*.py"):
            sys.modules.pop(file.stem, None)


def test_page_collector_sees_fences(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n\n```python\n>>> 1 + 1\n2\n```\n\n```py\n>>> not run\n```\n", encoding="utf-8")
    found = page_test(page, tmp_path)
    assert [(e.source, e.want, e.lineno) for e in found.examples] == [("1 + 1\n", "2\n", 3)]


def test_page_collector_writes_files(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\n# some_model.py\nx = 2\n```\n", encoding="utf-8")
    assert [e.source for e in page_test(page, tmp_path).examples] == ["from some_model import *\n"]
    assert (tmp_path / "some_model.py").read_text(encoding="utf-8") == "# some_model.py\nx = 2\n"


def test_page_collector_fails_on_a_wrong_answer(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\n>>> 1 + 1\n3\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="Expected"):
        run(page_test(page, tmp_path))
