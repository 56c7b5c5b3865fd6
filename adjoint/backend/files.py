"""Kernels in files, so that numba can keep their machine code from one process to the next.

numba keeps machine code only of functions that stand in a file.  Where the environment variable
``ADJOINT_CACHE`` names a directory, kernels are written there, under a name that depends on their
text and on everything of ours that is compiled into them.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as directory:
...     first = kernel_file('def f(x): ...', 'f', directory)
...     first == kernel_file('def f(x): ...', 'f', directory), first == kernel_file('x = 1', 'f', directory)
(True, False)
"""

from __future__ import annotations

import functools
import hashlib
import os
from pathlib import Path


def cache_directory() -> str:
    """Return the directory for kernels; the empty string if they are not kept."""
    return os.environ.get("ADJOINT_CACHE", "")


def kernel_file(text: str, name: str, directory: str) -> str:
    """Return the file that holds a kernel; it is written if it is not there.

    An existing file stays as it is: numba takes machine code for outdated when the file is newer.
    """
    digest = hashlib.sha256((fingerprint() + text).encode()).hexdigest()[:16]
    path = Path(directory) / f"{name}_{digest}.py"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    return str(path)


@functools.cache
def fingerprint() -> str:
    """Return what identifies the code of ours that kernels call."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
