"""Find ``adjoint.rules`` and ``adjoint.transforms`` in a source tree.

Both packages lie at the top of the repository, beside ``adjoint/``; an installed distribution maps
them below ``adjoint``.  Python started from the repository's root sees the unmapped folders, so the
finder here answers for exactly these two names.  It is appended to ``sys.meta_path``: whatever an
installation offers is found first, and in an installation it is not registered at all.  This module
imports nothing of the project, and not ``pathlib``, which is slow to load.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os.path
import sys
from collections.abc import Sequence
from types import ModuleType

FOLDERS = {"adjoint.rules": "rules", "adjoint.transforms": "transforms"}


class CheckoutFinder:
    """Answer for the two mapped packages, below one repository root."""

    def __init__(self, root: str) -> None:
        self.root = root

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of a mapped package, None for every other name."""
        if fullname not in FOLDERS:
            return None
        folder = os.path.join(self.root, FOLDERS[fullname])
        init = os.path.join(folder, "__init__.py")
        return importlib.util.spec_from_file_location(fullname, init, submodule_search_locations=[folder])


def is_checkout(package: str) -> bool:
    """Whether a folder is the ``adjoint`` package of a source tree and not an installed one."""
    root = os.path.dirname(package)
    mapped = any(os.path.exists(os.path.join(package, folder)) for folder in FOLDERS.values())
    beside = all(os.path.isfile(os.path.join(root, folder, "__init__.py")) for folder in FOLDERS.values())
    return not mapped and beside and os.path.isfile(os.path.join(root, "pyproject.toml"))


def register(package: str) -> bool:
    """Append the finder for a source tree; do nothing, and return False, elsewhere."""
    if not is_checkout(package):
        return False
    sys.meta_path.append(CheckoutFinder(os.path.dirname(package)))
    return True


register(os.path.dirname(os.path.realpath(__file__)))
