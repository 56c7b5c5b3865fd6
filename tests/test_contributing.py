"""The rules that CONTRIBUTING.md shows are rules of the library, word for word."""

from __future__ import annotations

import textwrap

import pytest

from tests.test_doctests import FENCE
from tests.tree import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SHOWN = [textwrap.dedent(m["body"]) for m in FENCE.finditer(PAGE) if m["info"] == "py"]
LIBRARY = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").glob("*.py")))


@pytest.mark.parametrize("text", SHOWN, ids=lambda text: text.splitlines()[0])
def test_shown_rule_is_in_the_library(text: str) -> None:
    assert text.startswith("@") and text in LIBRARY
