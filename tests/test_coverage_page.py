"""docs/coverage.md is what the generator writes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.tree import ROOT

PAGE = ROOT / "docs" / "coverage.md"


def test_the_page_is_what_the_generator_writes(request: pytest.FixtureRequest) -> None:
    pytest.importorskip("scipy")
    text = written_by_a_new_process()
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text, encoding="utf-8", newline="\n")
    written = PAGE.read_text(encoding="utf-8")
    if versions(written) != versions(text):
        pytest.skip("the page was written with other versions of NumPy or SciPy, which have other functions")
    assert text == written, "write it again: python -m pytest tests/test_coverage_page.py --update-golden"


def written_by_a_new_process() -> str:
    """Return the page; in this process other tests may have registered rules."""
    code = "import sys; from adjoint.coveragetable import page; sys.stdout.write(page())"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    return done.stdout.decode("utf-8").replace("\r\n", "\n")


def versions(text: str) -> str:
    """Return the line that names the versions."""
    return next(line for line in text.splitlines() if line.startswith("Written with "))


def test_the_page_is_linked() -> None:
    assert "coverage.md" in (ROOT / "README.md").read_text(encoding="utf-8")
