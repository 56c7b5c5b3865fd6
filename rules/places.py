"""How messages and generated comments name the user's files.

>>> file_name('/elsewhere/model.py'), display_path('/elsewhere/model.py')
('model.py', '/elsewhere/model.py')
"""

from __future__ import annotations

import functools
import os
import sys

#: Where this project lies.
PROJECT = tuple(
    os.path.join(os.path.dirname(os.path.dirname(__file__)), name, "")
    for name in ("adjoint", "rules", "transforms")
)


def display_path(filename: str) -> str:
    """Return a path relative to the working directory if it lies inside; ``In[3]`` for a notebook's cell."""
    if cell := notebook_cell(filename):
        return cell
    try:
        here = os.path.join(os.getcwd(), "")
    except OSError:  # the working directory was removed
        return filename
    return filename[len(here) :] if filename.startswith(here) and filename != here else filename


@functools.cache
def libraries() -> tuple[str, ...]:
    """Return where libraries lie: the standard one and installed packages."""
    import sysconfig  # slow to load, and not needed before something is refused

    return tuple(os.path.join(sysconfig.get_path(name), "") for name in ("stdlib", "purelib", "platlib"))


def is_library(filename: str) -> bool:
    """Whether a file belongs to an installed package or to Python, and is not the user's."""
    return os.path.abspath(filename).startswith(libraries())


def is_ours(filename: str) -> bool:
    """Whether a file belongs to this project, such as that of a rule's program."""
    return os.path.abspath(filename).startswith(PROJECT)


def from_user(text: str, filename: str, line: int) -> str:
    """Return the note of an error in the source of a library: the user's line, and what helps."""
    return (
        f"{text} ({display_path(filename)}:{line}), which calls a function of a library that has no rule: "
        "its source was differentiated. Write a rule for it, or use what docs/coverage.md lists"
    )


def file_name(filename: str) -> str:
    """Return the last part of a path, or ``In[3]`` for a cell of a notebook."""
    return notebook_cell(filename) or os.path.basename(filename)


def notebook_cell(filename: str) -> str:
    """Return the number of an IPython cell by the file name it was compiled under; empty for other files."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    named = getattr(getattr(shell, "compile", None), "format_code_name", lambda name: None)(filename)
    return named[1] if named else ""
