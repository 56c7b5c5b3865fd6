"""Find ``adjoint.rules`` and ``adjoint.transforms`` in a source tree.

Both packages lie at the top of the repository, beside ``adjoint/``; an installed distribution maps
them below ``adjoint``.  Python started from the repository's root sees the unmapped folders, so the
finder here answers for exactly these two names.  It is appended to ``sys.meta_path``: whatever an
installation offers is found first, and in an installation it is not registered at all.  This module
imports nothing of the project.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

FOLDERS = {"adjoint.rules": "rules", "adjoint.transforms": "transforms"}


class CheckoutFinder:
    """Answer for the two mapped packages, below one repository root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of a mapped package, None for every other name."""
        if fullname not in FOLDERS:
            return None
        folder = self.root / FOLDERS[fullname]
        init = folder / "__init__.py"
        return importlib.util.spec_from_file_location(
            fullname, init, submodule_search_locations=[str(folder)]
        )


def is_checkout(package: Path) -> bool:
    """Whether a folder is the ``adjoint`` package of a source tree and not an installed one."""
    root = package.parent
    mapped = any((package / folder).exists() for folder in FOLDERS.values())
    beside = all((root / folder / "__init__.py").is_file() for folder in FOLDERS.values())
    return not mapped and beside and (root / "pyproject.toml").is_file()


def register(package: Path) -> bool:
    """Append the finder for a source tree; do nothing, and return False, elsewhere."""
    if not is_checkout(package):
        return False
    sys.meta_path.append(CheckoutFinder(package.parent))
    return True


register(Path(__file__).resolve().parent)
