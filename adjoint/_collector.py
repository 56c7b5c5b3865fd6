"""Letting the garbage collector rest while many objects are made that all stay.

Modules, rules and syntax trees survive; the collector would visit all of them again and again (a fifth of
the time of importing the package).
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Pause the collector, if it runs, until the end of the ``with`` block."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


__all__ = ["paused"]
