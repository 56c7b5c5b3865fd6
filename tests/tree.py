"""Where the product's source lies, for the tests that read it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: Package name to the folder that holds its files.
PACKAGES = {
    "adjoint": ROOT / "adjoint",
    "adjoint.rules": ROOT / "rules",
    "adjoint.transforms": ROOT / "transforms",
}


def module_name(package: str, path: Path) -> str:
    """Return the import name of a file of a package."""
    parts = list(path.relative_to(PACKAGES[package]).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join([package, *parts])


def product_modules() -> dict[str, Path]:
    """Return every module of the product, by import name."""
    return {
        module_name(package, path): path
        for package, folder in PACKAGES.items()
        for path in sorted(folder.rglob("*.py"))
    }
