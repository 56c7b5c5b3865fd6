"""Timing: several functions in turn, so that a slow moment of the machine hits them all.

Times are those of the processor, all threads together: what other programs do meanwhile counts little.
"""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any


def calls_lasting(f: Callable[[], Any], seconds: float) -> int:
    """Return how many calls of ``f`` fill about so many seconds, at least one."""
    number = 1
    while True:
        spent = seconds_of(f, number)
        if spent >= seconds or number >= 10_000_000:
            return max(1, int(number * min(1.0, seconds / max(spent, 1e-9))))
        number *= 4


def seconds_of(f: Callable[[], Any], number: int) -> float:
    """Return the processor time that ``number`` calls take together."""
    trips = range(number)
    start = time.process_time()
    for _ in trips:
        f()
    return time.process_time() - start


def interleaved(functions: Mapping[str, Callable[[], Any]], repeats: int, seconds: float) -> dict[str, float]:
    """Return the median seconds per call of every function, measured in turns.

    Args:
        functions: what to call, by name.
        repeats: how many turns.
        seconds: how long one function is called in one turn.
    """
    numbers = {name: calls_lasting(f, seconds) for name, f in functions.items()}
    samples: dict[str, list[float]] = {name: [] for name in functions}
    gc.collect()
    for _ in range(repeats):
        for name, f in functions.items():
            samples[name].append(seconds_of(f, numbers[name]) / numbers[name])
    return {name: statistics.median(times) for name, times in samples.items()}


def peak_bytes(f: Callable[[], Any]) -> int:
    """Return how much Python and NumPy allocate at most during one call, the result included."""
    f()
    gc.collect()
    tracemalloc.start()
    try:
        f()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
