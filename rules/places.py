"""How messages and generated comments name the user's files.

>>> file_name('/elsewhere/model.py'), display_path('/elsewhere/model.py')
('model.py', '/elsewhere/model.py')
"""

from __future__ import annotations

import os
import sys


def display_path(filename: str) -> str:
    """Return a path relative to the working directory if it lies inside; ``In[3]`` for a notebook's cell."""
    if cell := notebook_cell(filename):
        return cell
    try:
        here = os.path.join(os.getcwd(), "")
    except OSError:  # the working directory was removed
        return filename
    return filename[len(here) :] if filename.startswith(here) and filename != here else filename


def file_name(filename: str) -> str:
    """Return the last part of a path, or ``In[3]`` for a cell of a notebook."""
    return notebook_cell(filename) or os.path.basename(filename)


def notebook_cell(filename: str) -> str:
    """Return the number of an IPython cell by the file name it was compiled under; empty for other files."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    named = getattr(getattr(shell, "compile", None), "format_code_name", lambda name: None)(filename)
    return named[1] if named else ""
