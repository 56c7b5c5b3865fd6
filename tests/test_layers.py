"""The three floors of the house, read off the import statements of every file of the product."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import adjoint
from tests.tree import PACKAGES, ROOT, product_modules

MODULES = product_modules()

#: What a pass may import of adjoint.rules: its vocabulary, never a file of rules.
VOCABULARY = {
    "kinds",
    "registry",
    "runtime",
    "errors",
    "places",
    "likeness",
    "apply",
    "symbolic",
    "callback",
    "signatures",
}

#: Packages that one module alone may import, wherever the import stands.
CONFINED = {
    "gast": {"adjoint.transforms.syntax"},
    "astunparse": {"adjoint.transforms.dump"},
}

#: What the product may import at all; the second group only inside a function.
REQUIRED = {"numpy", "gast", "astunparse", "adjoint"} | sys.stdlib_module_names
OPTIONAL = {"scipy", "numba", "llvmlite", "array_api_compat", "pygments", "numpy"}


def imported(tree: ast.AST, module: str, is_package: bool) -> set[str]:
    """Return the absolute dotted names an ast imports; names taken out of a package count as modules."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, module, is_package)
            names |= {f"{base}.{alias.name}" if base in PACKAGES else base for alias in node.names}
    return names


def absolute(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    """Return the absolute name of the module a ``from`` statement reads."""
    if node.level == 0:
        return node.module or ""
    parts = module.split(".")
    keep = len(parts) - node.level + (1 if is_package else 0)
    return ".".join([*parts[:keep], *([node.module] if node.module else [])])


def imports_of(module: str) -> set[str]:
    path = MODULES[module]
    return imported(ast.parse(path.read_text(encoding="utf-8")), module, path.name == "__init__.py")


def in_package(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


#: Modules that are themselves imported only when an optional package is used.
LATE = (
    "adjoint.backend.elementary",
    *(f"adjoint.backend.{name}overloads" for name in ("", "entry_", "join_", "linalg_", "reduction_")),
)


def complaints(module: str, names: set[str]) -> list[str]:
    """Return the imports of a module that point upwards or sideways."""
    if in_package(module, "adjoint.rules"):
        return [n for n in names if in_package(n, "adjoint") and not in_package(n, "adjoint.rules")]
    if in_package(module, "adjoint.transforms"):
        return [n for n in names if in_package(n, "adjoint") and not allowed_to_passes(n)]
    return []


def allowed_to_passes(name: str) -> bool:
    if in_package(name, "adjoint.transforms"):
        return True
    parts = name.split(".")
    return parts[:2] == ["adjoint", "rules"] and len(parts) > 2 and parts[2] in VOCABULARY


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_downwards(module: str) -> None:
    assert complaints(module, imports_of(module)) == []


@pytest.mark.parametrize("module", MODULES)
def test_confined_packages(module: str) -> None:
    used = {name.split(".")[0] for name in imports_of(module)}
    assert [package for package, homes in CONFINED.items() if package in used and module not in homes] == []


@pytest.mark.parametrize("module", MODULES)
def test_only_declared_packages(module: str) -> None:
    used = {name.split(".")[0] for name in imports_of(module)}
    assert used <= REQUIRED | OPTIONAL


@pytest.mark.parametrize("module", [name for name in MODULES if name not in LATE])
def test_optional_packages_are_imported_late(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    early = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = imported(ast.Module(early, []), module, MODULES[module].name == "__init__.py")
    assert {name.split(".")[0] for name in names} <= REQUIRED


@pytest.mark.parametrize("module", MODULES)
def test_product_stands_alone(module: str) -> None:
    """No file of the product names a folder outside the repository or on somebody's machine."""
    text = MODULES[module].read_text(encoding="utf-8")
    assert re.search(r"\.\./shared|/(home|Users|root)/\w", text) is None


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("adjoint.rules.a", "from adjoint.transforms import syntax", ["adjoint.transforms.syntax"]),
        ("adjoint.rules.a", "def f():\n    import adjoint.api", ["adjoint.api"]),
        ("adjoint.rules.a", "from adjoint.rules.kinds import Kind", []),
        ("adjoint.rules.a", "from .kinds import Kind", []),
        ("adjoint.rules.a", "from .. import api", ["adjoint.api"]),
        ("adjoint.transforms.a", "from adjoint.rules import elementwise", ["adjoint.rules.elementwise"]),
        ("adjoint.transforms.a", "from adjoint.rules import kinds, registry", []),
        ("adjoint.transforms.a", "import adjoint", ["adjoint"]),
        ("adjoint.api", "from adjoint.transforms import reverse", []),
    ],
)
def test_the_layer_test_itself(module: str, source: str, found: list[str]) -> None:
    assert complaints(module, imported(ast.parse(source), module, False)) == found


def test_top_level_folders_are_not_packages_of_their_own() -> None:
    """Importing ``rules`` instead of ``adjoint.rules`` would make a second registry."""
    for folder in ("rules", "transforms"):
        with pytest.raises(ImportError, match=f"adjoint.{folder}"):
            importlib.import_module(folder)


def test_an_installed_copy_needs_no_finder(tmp_path: Path) -> None:
    """The checkout finder keeps still when the mapped packages lie inside ``adjoint``."""
    from adjoint import _checkout

    package = tmp_path / "adjoint"
    for folder in (package / "rules", package / "transforms", tmp_path / "rules", tmp_path / "transforms"):
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
    (tmp_path / "pyproject.toml").touch()
    before = list(sys.meta_path)
    assert not _checkout.register(str(package))
    assert sys.meta_path == before
    assert _checkout.is_checkout(str(ROOT / "adjoint"))


#: Loaded when they are first used: a script that wants a gradient does not wait for them.
NOT_AT_IMPORT = """
    adjoint.testing adjoint.coveragetable adjoint.operators.jacobians adjoint.operators.jets
    adjoint.operators.linearize adjoint.operators.optimize adjoint.operators.sparse
    adjoint.operators.sparsity adjoint.operators.taylor adjoint.backend.kernels
    adjoint.tracing.recording adjoint.runtime.nesting_jet adjoint.rules.random adjoint.rules.fft
    adjoint.rules.pystatistics adjoint.rules.cmathmodule adjoint.rules.logs adjoint.transforms.fuse
    numpy.random numpy.fft scipy numba pathlib logging statistics hashlib difflib
""".split()


def test_what_an_import_does_not_load() -> None:
    """Beside what NumPy itself loads, ``import adjoint`` leaves these modules for their first use."""
    script = (
        "import sys, numpy; before = set(sys.modules); import adjoint; "
        f"print(*({set(NOT_AT_IMPORT)!r} & set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_names_loaded_late_are_those_that_type_checkers_see() -> None:
    """The table of late names and the imports for type checkers are one list, and every name is there."""
    path = MODULES["adjoint"]
    block = next(
        node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.If)
    )
    seen: dict[str, set[str]] = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names:
            home = f"adjoint.{alias.name}" if node.module == "adjoint" else node.module
            seen.setdefault(home, set()).add(alias.name)
    assert {home: set(names.split()) for home, names in adjoint.LATE.items()} == seen
    assert all(hasattr(adjoint, name) and name in dir(adjoint) for names in seen.values() for name in names)
    with pytest.raises(AttributeError, match="no_such_name"):
        adjoint.no_such_name  # noqa: B018


def test_rules_loaded_inside_a_scope_stay() -> None:
    """A scope forgets what its block registered, not the library's rules that it was the first to need."""
    script = """
import sys
import adjoint
assert "numpy.fft" not in sys.modules
with adjoint.registry.scope():
    import numpy.fft
    adjoint.non_differentiable(script := lambda x: x)
    inside = adjoint.registry.lookup(numpy.fft.fft)
assert inside and adjoint.registry.lookup(numpy.fft.fft) == inside
assert adjoint.registry.pushforwards(numpy.fft.fft) and not adjoint.registry.lookup(script)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
