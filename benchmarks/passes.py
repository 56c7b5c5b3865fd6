"""Time spent in each pass of a compilation.

python -m benchmarks.fixed_costs --passes
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from adjoint.compiling import compiler, specialize
from adjoint.transforms import pipeline, session
from adjoint.transforms.facts import Facts
from adjoint.transforms.infer import Inference
from adjoint.transforms.lower import Lowering
from adjoint.transforms.regions import Regions
from adjoint.transforms.reverse import Reverse
from adjoint.transforms.saving import Saving

#: The passes in their order: where each is looked up, and under which name.
PASSES: dict[str, tuple[Any, str]] = {
    "read": (session, "read"),
    "normalize": (session, "normalize"),
    "infer": (Inference, "run"),
    "check": (pipeline, "check"),
    "lower": (Lowering, "run"),
    "regions": (Regions, "__init__"),
    "facts": (Facts, "run"),
    "reverse": (Reverse, "block"),
    "simplify": (pipeline, "simplify"),
    "saving": (Saving, "run"),
    "regroup": (pipeline, "regroup"),
    "fold": (pipeline, "fold"),
    "emit": (compiler, "fused"),
    "load": (compiler, "load"),
    "the rest": (specialize, "compile_function"),
}


class Stopwatch:
    """Adds up the processor time of passes, each without the passes inside it."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.running: list[str] = []
        self.since = 0.0

    def switch(self) -> None:
        """Book the time since the last switch on the innermost running pass."""
        now = time.process_time()
        if self.running:
            self.seconds[self.running[-1]] += now - self.since  # type: ignore[assignment]
        self.since = now

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function whose time is booked under a name."""

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            self.switch()
            self.running.append(name)
            try:
                return function(*args, **kwargs)
            finally:
                self.switch()
                self.running.pop()

        return wrapper


@contextlib.contextmanager
def timed_passes() -> Iterator[Counter[str]]:
    """Measure the passes of the compilations inside the ``with`` block."""
    watch = Stopwatch()
    with contextlib.ExitStack() as stack:
        for name, (owner, attribute) in PASSES.items():
            function = watch.timed(name, getattr(owner, attribute))
            stack.enter_context(mock.patch.object(owner, attribute, function))
        yield watch.seconds
