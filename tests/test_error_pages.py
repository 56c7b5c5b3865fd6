"""docs/errors.md: every code has its section, and its examples do what they say."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from tests.tree import ROOT, product_modules

PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (ADJ\d{3})\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
FENCES = re.compile(r"^```py ?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

#: The imports that the page shows before its first section.
PRELUDE = FENCES.search(PAGE)[2]  # type: ignore[index]


def examples(role: str) -> list[object]:
    return [
        pytest.param(code, body, id=f"{code}-{number}")
        for code, section in SECTIONS.items()
        for number, (found, body) in enumerate(FENCES.findall(section))
        if found == role
    ]


def execute(body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Import an example as a module, so that its functions have a source file."""
    from adjoint.rules.registry import registry

    name = f"error_page_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(f"{PRELUDE}\n\n{body}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with registry.scope():
        importlib.import_module(name)


@pytest.mark.parametrize(("code", "body"), examples("refused"))
def test_refused(code: str, body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from adjoint import AdjointError

    with pytest.raises(AdjointError) as caught:
        execute(body, tmp_path, monkeypatch)
    assert code in {caught.value.code, *(problem.code for problem in caught.value.problems)}
    assert f"docs/errors.md#{code.lower()}" in str(caught.value)


@pytest.mark.parametrize(("code", "body"), examples("accepted"))
def test_accepted(code: str, body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    execute(body, tmp_path, monkeypatch)


@pytest.mark.parametrize("module", product_modules())
def test_codes_have_sections(module: str) -> None:
    text = product_modules()[module].read_text(encoding="utf-8")
    assert set(re.findall(r"\bADJ[1-5]\d\d\b", text)) <= set(SECTIONS)


def test_page_has_examples() -> None:
    assert len(examples("refused")) >= 18
    assert len(SECTIONS) == len(re.findall(r"^## ", PAGE, re.MULTILINE))
