"""Random programs: value bit for bit, arguments unharmed, gradient against differences.

Hypothesis makes the choices, and makes a failing program small.  Each block of programs has a seed;
more blocks run when the environment names theirs:
``ADJOINT_PROGRAMS=100:200 pytest -m slow tests/test_random_programs.py`` runs a hundred blocks.
"""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.program_checks import GOOD, Verdict, check
from tests.programs import Program, make_program

BLOCK = 40
BLOCKS = 6
CHOSEN = os.environ.get("ADJOINT_PROGRAMS")
PHASES = (Phase.generate, Phase.shrink)


class Failed(AssertionError):
    """A program fails; each outcome has a class of its own, so that none is made small into another."""

    def __init__(self, block: int, verdict: Verdict, program: Program) -> None:
        super().__init__(
            f"block {block}: {verdict.outcome}: {verdict.detail}\n\n{program.text}\n"
            f"arguments: {program.sorts}, seed {program.seed}"
        )


FAILED = {
    outcome: type(outcome.title(), (Failed,), {})
    for outcome in "crash value arguments gradient twice source fused forward".split()
}


def run(block: int, count: int = BLOCK) -> Counter[str]:
    """Check a block of programs; fail with one whose derivative is wrong, made small."""
    outcomes: Counter[str] = Counter()

    @seed(block)
    @settings(max_examples=count, phases=PHASES, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.randoms(use_true_random=False))
    def judged(rng: random.Random) -> None:
        program = make_program(rng)
        verdict = check(program)
        outcomes[verdict.outcome] += 1
        if verdict.outcome not in GOOD:
            raise FAILED[verdict.outcome](block, verdict, program)

    judged()
    return outcomes


@pytest.mark.parametrize("block", range(BLOCKS))
def test_some_programs(block: int) -> None:
    outcomes = run(block)
    assert outcomes["ok"] > 0.8 * BLOCK, f"too few programs were judged: {dict(outcomes)}"


@pytest.mark.slow
@pytest.mark.skipif(CHOSEN is None, reason="takes minutes; ADJOINT_PROGRAMS=6:256 runs it")
def test_many_programs() -> None:
    start, _, stop = str(CHOSEN).partition(":")
    blocks = range(int(start), int(stop))
    outcomes = sum((run(block) for block in blocks), Counter())
    print(dict(outcomes))
    assert outcomes["ok"] > 0.8 * outcomes.total(), f"too few programs were judged: {dict(outcomes)}"


def test_a_program_is_the_same_each_time() -> None:
    assert all(make_program(random.Random(i)) == make_program(random.Random(i)) for i in range(20))


def test_a_wrong_gradient_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    from adjoint.api import Pullback

    right = Pullback.__call__
    monkeypatch.setattr(
        Pullback, "__call__", lambda self, y_bar: tuple(_spoiled(bar) for bar in right(self, y_bar))
    )
    with pytest.raises(FAILED["gradient"]) as caught:
        run(0)
    main = str(caught.value).partition("def main")[2]
    assert len(main.splitlines()) < 9, f"not made small:\n{main}"


def _spoiled(bar: object) -> object:
    return bar * 1.01 if isinstance(bar, float) else bar
