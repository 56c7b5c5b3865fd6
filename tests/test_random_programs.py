"""Random programs: value bit for bit, arguments unharmed, gradient against differences.

A failure prints the seed and a program made small.  More programs run when the environment names
their seeds: ``ADJOINT_PROGRAMS=240:10240 pytest -m slow tests/test_random_programs.py``.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.program_checks import GOOD, check, shrink
from tests.programs import make_program

FEW, BLOCK = 240, 40
CHOSEN = os.environ.get("ADJOINT_PROGRAMS")


def seeds_of(text: str) -> range:
    """Return the range that a text such as ``100:200`` means."""
    start, _, stop = text.partition(":")
    return range(int(start), int(stop))


def run(seeds: range) -> Counter[str]:
    """Check programs; fail at the first whose derivative is wrong, showing it small."""
    outcomes: Counter[str] = Counter()
    for seed in seeds:
        program = make_program(seed)
        verdict = check(program)
        outcomes[verdict.outcome] += 1
        if verdict.outcome not in GOOD:
            small = shrink(program, verdict.cause)
            pytest.fail(
                f"seed {seed}: {verdict.outcome}: {verdict.detail}\n\n{small.text}\narguments: {small.sorts}"
            )
    return outcomes


@pytest.mark.parametrize("start", range(0, FEW, BLOCK))
def test_some_programs(start: int) -> None:
    outcomes = run(range(start, start + BLOCK))
    assert outcomes["ok"] > 0.8 * BLOCK, f"too few programs were judged: {dict(outcomes)}"


@pytest.mark.slow
@pytest.mark.skipif(CHOSEN is None, reason="takes minutes; ADJOINT_PROGRAMS=240:10240 runs it")
def test_many_programs() -> None:
    seeds = seeds_of(str(CHOSEN))
    outcomes = run(seeds)
    print(dict(outcomes))
    assert outcomes["ok"] > 0.8 * len(seeds), f"too few programs were judged: {dict(outcomes)}"


def test_a_program_is_the_same_each_time() -> None:
    assert all(make_program(seed) == make_program(seed) for seed in range(20))


def test_a_wrong_gradient_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    from adjoint.api import Pullback

    right = Pullback.__call__
    monkeypatch.setattr(
        Pullback, "__call__", lambda self, y_bar: tuple(_spoiled(bar) for bar in right(self, y_bar))
    )
    program = next(p for p in map(make_program, range(100)) if check(p).outcome == "gradient")
    small = shrink(program, "gradient", rounds=60)
    assert check(small).outcome == "gradient"
    assert len(small.text) < len(program.text)


def _spoiled(bar: object) -> object:
    return bar * 1.01 if isinstance(bar, float) else bar
